//! Might these two be the same human? A hint for the staff's own eyes, over the people of the cases the asker may open
//! anyway; never across offices, never shown to anybody outside, and nothing happens by itself.
//!
//! Two readings are alike when they fold to the same ([`sound`]): ひらがな and カタカナ, 長音, a forgotten 濁点; or when one
//! character of them differs. Old and new forms of kanji (齋・斎・斉, 邊・辺) fold alike already ([`basics::fold`]).

use crate::case::{self, Case};
use crate::codes::codes;
use crate::contact_rule;
use crate::person::{self, AgeBand, Person};
use crate::person_link::{self, At};
use crate::{Casework, Result};
use basics::{PersonId, fold};
use office::access::{self, Action, CaseScope};
use office::session::Session;
use std::collections::{BTreeMap, BTreeSet};
use store::{Conn, transact};

codes! {
    /// What is alike.
    Alike {
        /// The name as written.
        Name = "name", "名前が同じ";
        /// The reading.
        Kana = "kana", "よみが同じ";
        /// Nearly the reading.
        NearKana = "near_kana", "よみが似ている";
        /// What they are called.
        Nickname = "nickname", "呼び名が同じ";
        /// The day of birth.
        Birth = "birth", "生まれた日が同じ";
        /// The year of birth.
        BirthYear = "birth_year", "生まれた年が同じ";
        /// 年代
        Age = "age", "年代が同じ";
        /// Where they live.
        Municipality = "municipality", "市区町村が同じ";
        /// The address.
        Address = "address", "住所が同じ";
        /// A telephone number.
        Phone = "phone", "電話番号が同じ";
    }
}

impl Alike {
    /// How much it says; only for the order of the list.
    fn weight(self) -> u32 {
        match self {
            Self::Name | Self::Birth => 5,
            Self::Kana | Self::Phone => 4,
            Self::Address => 3,
            Self::NearKana | Self::Nickname | Self::BirthYear => 2,
            Self::Municipality | Self::Age => 1,
        }
    }
}

/// One side of a hint.
#[derive(Debug, Clone)]
pub struct Side {
    /// Which person of which case.
    pub at: At,
    /// The case's number.
    pub number: i64,
    /// What the desk calls them.
    pub label: String,
}

/// Two who might be the same.
#[derive(Debug, Clone)]
pub struct Hint {
    /// One.
    pub a: Side,
    /// The other.
    pub b: Side,
    /// What is alike.
    pub alike: Vec<Alike>,
}

impl Casework {
    /// Who might be the same human, among the people of the asker's cases; what is alike most stands first.
    pub async fn duplicate_hints(&self, session: &Session) -> Result<Vec<Hint>> {
        transact!(self.db(), "person.duplicates", |tx| {
            let scope = access::case_scope(tx, session, Action::SeeCases).await?;
            let people = person::in_scope(tx, &scope).await?;
            let cases = case::in_scope(tx, &scope).await?;
            let settled = person_link::spoken_for(tx, session.office()).await?;
            let numbers = Numbers::read(tx, &scope, &cases).await?;
            let all: Vec<&Person> = people.values().flatten().collect();
            let mut hints: Vec<Hint> = pairs(&all, &numbers)
                .into_iter()
                .filter(|(a, b)| !settled.contains(&(a.id.min(b.id), a.id.max(b.id))))
                .filter_map(|(a, b)| {
                    let alike = compare(a, b, numbers.shared(a.id, b.id))?;
                    let (a, b) = (side(&cases, a)?, side(&cases, b)?);
                    let (a, b) = if a.number <= b.number { (a, b) } else { (b, a) };
                    Some(Hint { a, b, alike })
                })
                .collect();
            let weight = |hint: &Hint| hint.alike.iter().map(|one| one.weight()).sum::<u32>();
            hints.sort_by_key(|hint| (u32::MAX - weight(hint), hint.a.number, hint.b.number));
            Ok(hints)
        })
    }
}

/// The telephone numbers of the people in scope, as digits.
#[derive(Debug, Default)]
struct Numbers(BTreeMap<PersonId, BTreeSet<String>>);

impl Numbers {
    async fn read(conn: &mut Conn, scope: &CaseScope, cases: &[Case]) -> Result<Self> {
        let mut all = Self::default();
        for (_, point) in contact_rule::phones(conn, scope, cases).await? {
            let digits = contact_rule::digits(&point.value);
            if digits.len() >= WHOLE_NUMBER {
                all.0.entry(point.person).or_default().insert(digits);
            }
        }
        Ok(all)
    }

    fn of(&self, person: PersonId) -> impl Iterator<Item = &String> {
        self.0.get(&person).into_iter().flatten()
    }

    fn shared(&self, a: PersonId, b: PersonId) -> bool {
        self.of(a).any(|one| self.of(b).any(|other| one == other))
    }
}

/// From how many digits on a number stands for one telephone.
const WHOLE_NUMBER: usize = 9;

fn side(cases: &[Case], person: &Person) -> Option<Side> {
    let case = cases.iter().find(|case| case.id == person.case)?;
    Some(Side {
        at: At {
            case: person.case,
            person: person.id,
        },
        number: case.number,
        label: person.label(),
    })
}

/// Pairs worth looking at: those that share a key. Grows with the number of people, not with its square.
fn pairs<'a>(all: &[&'a Person], numbers: &Numbers) -> Vec<(&'a Person, &'a Person)> {
    let mut shelves: BTreeMap<String, Vec<&'a Person>> = BTreeMap::new();
    for person in all {
        let of_phone = numbers.of(person.id).map(|digits| format!("t{digits}"));
        for key in keys(person).into_iter().chain(of_phone) {
            shelves.entry(key).or_default().push(person);
        }
    }
    let mut seen: BTreeSet<(PersonId, PersonId)> = BTreeSet::new();
    let mut pairs = Vec::new();
    for shelf in shelves.values() {
        for (at, one) in shelf.iter().enumerate() {
            for other in &shelf[at + 1..] {
                let key = (one.id.min(other.id), one.id.max(other.id));
                if one.case != other.case && seen.insert(key) {
                    pairs.push((*one, *other));
                }
            }
        }
    }
    pairs.sort_by_key(|(a, b)| (a.id, b.id));
    pairs
}

/// What a person is shelved under: name, nickname, day of birth, address, and their reading with up to one character left out.
fn keys(person: &Person) -> BTreeSet<String> {
    let who = &person.identity;
    let mut keys = BTreeSet::new();
    let mut add = |kind: char, text: String| {
        if !text.is_empty() {
            keys.insert(format!("{kind}{text}"));
        }
    };
    add('n', fold(&who.name));
    add('c', sound(&who.nickname));
    add('a', fold(&who.address));
    add(
        'b',
        who.born_on.map(|day| day.to_string()).unwrap_or_default(),
    );
    let kana = sound(&who.kana);
    if kana.chars().count() >= NEAR_FROM {
        for left_out in 0..kana.chars().count() {
            let short = kana.chars().enumerate().filter(|(at, _)| *at != left_out);
            add('k', short.map(|(_, c)| c).collect());
        }
    }
    add('k', kana);
    keys
}

/// A reading shorter than this is only alike when it is the same.
const NEAR_FROM: usize = 5;

/// What is alike, when it is enough to say so.
fn compare(a: &Person, b: &Person, same_phone: bool) -> Option<Vec<Alike>> {
    let (x, y) = (&a.identity, &b.identity);
    let same = |one: &str, other: &str| !one.is_empty() && one == other;
    let mut alike = Vec::new();
    if same(&fold(&x.name), &fold(&y.name)) {
        alike.push(Alike::Name);
    }
    let (kana, other) = (sound(&x.kana), sound(&y.kana));
    if same(&kana, &other) {
        alike.push(Alike::Kana);
    } else if near(&kana, &other) {
        alike.push(Alike::NearKana);
    }
    if same(&sound(&x.nickname), &sound(&y.nickname)) {
        alike.push(Alike::Nickname);
    }
    if x.born_on.is_some() && x.born_on == y.born_on {
        alike.push(Alike::Birth);
    } else if x.birth_year.is_some() && x.birth_year == y.birth_year {
        alike.push(Alike::BirthYear);
    } else if a.age_band != AgeBand::Unknown && a.age_band == b.age_band {
        alike.push(Alike::Age);
    }
    if a.municipality.is_some() && a.municipality == b.municipality {
        alike.push(Alike::Municipality);
    }
    if same(&fold(&x.address), &fold(&y.address)) {
        alike.push(Alike::Address);
    }
    if same_phone {
        alike.push(Alike::Phone);
    }
    let has = |one: Alike| alike.contains(&one);
    let named =
        has(Alike::Name) || has(Alike::Kana) || has(Alike::Nickname) || has(Alike::NearKana);
    // A family shares its address and its town; that alone says nothing about who is who. The same number in two cases
    // is worth a look: somebody called twice, or two of one household consult without the office seeing it.
    (named || has(Alike::Birth) || has(Alike::Phone)).then_some(alike)
}

/// How a reading sounds to somebody who did not hear it well: kana and width folded, no voicing marks, no small kana, no
/// long vowels.
pub fn sound(text: &str) -> String {
    let mut out = String::new();
    for c in fold(text).chars() {
        let c = plain(c);
        let long = out
            .chars()
            .last()
            .is_some_and(|before| lengthens(before, c));
        if !long {
            out.push(c);
        }
    }
    out
}

fn plain(c: char) -> char {
    const VOICED: &str = "がかぎきぐくげけごこざさじしずすぜせぞそだたぢしづすでてどとばはびひぶふべへぼほぱはぴひぷふぺへぽほゔうゐいゑえをおぁあぃいぅうぇえぉおっつゃやゅゆょよゎわ";
    let mut pairs = VOICED.chars();
    while let (Some(from), Some(to)) = (pairs.next(), pairs.next()) {
        if from == c {
            return to;
        }
    }
    c
}

/// Whether a vowel only makes the kana before it long: おお, おう, えい, うう.
fn lengthens(before: char, vowel: char) -> bool {
    const ROWS: [(&str, &str); 5] = [
        ("あかさたなはまやらわ", "あ"),
        ("いきしちにひみり", "い"),
        ("うくすつぬふむゆる", "う"),
        ("えけせてねへめれ", "えい"),
        ("おこそとのほもよろ", "おう"),
    ];
    ROWS.iter()
        .any(|(row, vowels)| row.contains(before) && vowels.contains(vowel))
}

/// One character more, less or different; for readings long enough that this says something.
fn near(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (short, long) = if a.len() <= b.len() {
        (&a, &b)
    } else {
        (&b, &a)
    };
    if short.len() < NEAR_FROM || long.len() - short.len() > 1 {
        return false;
    }
    let from_start = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let from_end = short
        .iter()
        .rev()
        .zip(long.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    from_start + from_end + 1 >= long.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_that_sound_alike_are_alike() {
        for (a, b) in [
            ("サトウ ユウコ", "さとうゆうこ"),
            ("さとー ゆーこ", "さとう ゆうこ"),
            ("おおの", "おうの"),
            ("やまざき", "やまさき"),
            ("ﾀｶﾊｼ", "たかはし"),
            ("みづえ", "みずえ"),
            ("しょうた", "しようた"),
        ] {
            assert_eq!(sound(a), sound(b), "{a} {b}");
        }
        assert_ne!(sound("やまだ"), sound("やまもと"));
    }

    #[test]
    fn old_and_new_kanji_are_one() {
        for (a, b) in [
            ("齋藤", "斉藤"),
            ("斎藤", "齊藤"),
            ("渡邊", "渡辺"),
            ("髙橋", "高橋"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} {b}");
        }
    }

    #[test]
    fn one_character_apart_is_near_and_two_are_not() {
        assert!(near("たなかはなこ", "たなかはるこ"));
        assert!(near("たなかはなこ", "たなかはな"));
        assert!(near("たなかはなこ", "あたなかはなこ"));
        assert!(!near("たなかはなこ", "なかたはなこ"));
        assert!(!near("さとう", "さとお"));
        assert!(!near("", ""));
    }
}
