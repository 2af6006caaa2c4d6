//! Reads where somebody lives, however it is written: a postal code with or without 〒, in any width; the name of a
//! municipality in kanji, kana or Latin letters, with or without its prefecture, even with the rest of the address.

use basics::{MunicipalityCode, fold};
use directory::{Directory, Municipality, PostalError};

use crate::Form;

/// More places than this are too many to choose from.
const MOST: usize = 30;

/// What some words stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing was written.
    Nothing,
    /// One place.
    One(MunicipalityCode),
    /// Several: which one?
    Several(Vec<MunicipalityCode>),
    /// None that is known; the sentence says what to do.
    Unknown(&'static str),
}

const NO_SUCH_CODE: &str = "その郵便番号は見つかりませんでした。市町村の名前でも大丈夫です。";
const NOT_SEVEN: &str = "郵便番号は7けたの数字です。市町村の名前でも大丈夫です。";
const NO_SUCH_NAME: &str =
    "その名前の市町村は見つかりませんでした。都道府県だけを選んでも大丈夫です。";
const TOO_MANY: &str = "合うところが多くあります。都道府県の名前もいっしょに書いてください。";

/// Reads one field.
pub(super) fn read(directory: &Directory, text: &str) -> Place {
    let text = text.trim();
    if text.is_empty() {
        return Place::Nothing;
    }
    match directory.postal(text) {
        Ok(codes) => return several(codes),
        Err(PostalError::Unknown(_)) => return Place::Unknown(NO_SUCH_CODE),
        Err(PostalError::NotSevenDigits) => {}
    }
    if let Some(codes) = postal_with_address(directory, text) {
        return several(codes);
    }
    let has_letters = text
        .chars()
        .any(|c| c.is_alphabetic() && c != 'ー' && c != 'ｰ');
    if !has_letters {
        return Place::Unknown(NOT_SEVEN);
    }
    by_name(directory, text)
}

fn several(mut codes: Vec<MunicipalityCode>) -> Place {
    codes.sort_unstable();
    codes.dedup();
    match codes.as_slice() {
        [] => Place::Unknown(NO_SUCH_NAME),
        [one] => Place::One(*one),
        many if many.len() > MOST => Place::Unknown(TOO_MANY),
        _ => Place::Several(codes),
    }
}

/// 「〒951-8068 新潟市中央区…」: the seven digits in front decide.
fn postal_with_address(directory: &Directory, text: &str) -> Option<Vec<MunicipalityCode>> {
    let end = text.find(|c: char| c.is_alphabetic() && c != 'ー' && c != 'ｰ')?;
    directory.postal(&text[..end]).ok()
}

fn by_name(directory: &Directory, text: &str) -> Place {
    let all = directory.municipalities();
    let word = fold(text);
    let hits = all.search(text);
    if !hits.is_empty() {
        return several(narrowed(&word, &hits));
    }
    // 「新潟県新潟市中央区西堀通」: the longest known name that the text begins with.
    let mut best: (usize, Vec<MunicipalityCode>) = (0, Vec::new());
    for place in all.all() {
        let prefecture = all.name(place.code.prefecture());
        for name in [
            place.name.to_owned(),
            format!("{}{}", place.county, place.name),
            format!("{prefecture}{}", place.name),
            place.full_name(all),
        ] {
            let name = fold(&name);
            if name.chars().count() < 2 || !word.starts_with(&name) {
                continue;
            }
            if name.len() > best.0 {
                best = (name.len(), vec![place.code]);
            } else if name.len() == best.0 && !best.1.contains(&place.code) {
                best.1.push(place.code);
            }
        }
    }
    if best.1.is_empty()
        && let Some((prefecture, rest)) = all
            .prefectures()
            .find_map(|p| Some((p, word.strip_prefix(&fold(p.name))?)))
        && !rest.is_empty()
    {
        let within: Vec<&Municipality> = all
            .search(rest)
            .into_iter()
            .filter(|m| m.code.prefecture() == prefecture.code)
            .collect();
        return several(narrowed(rest, &within));
    }
    several(best.1)
}

/// Whole names (and wards of that name) before parts of names; a city stands for its wards.
fn narrowed(word: &str, hits: &[&Municipality]) -> Vec<MunicipalityCode> {
    let exact = |m: &&&Municipality| fold(m.name) == word || fold(m.kana) == word;
    let ending = |m: &&&Municipality| fold(m.name).ends_with(word) || fold(m.kana).ends_with(word);
    let full = word.ends_with(['市', '区', '町', '村', '県', '府', '都', '道']);
    let whole: Vec<&Municipality> = if full && hits.iter().any(|m| ending(&m)) {
        hits.iter().filter(ending).copied().collect()
    } else if hits.iter().filter(exact).count() > 0 {
        hits.iter().filter(exact).copied().collect()
    } else {
        hits.to_vec()
    };
    whole
        .iter()
        .filter(|m| {
            // A ward of a city that is itself among the hits is not asked for separately.
            m.parent.is_none_or(|parent| {
                !whole
                    .iter()
                    .any(|other| other.code == parent && !parent.is_prefecture())
            })
        })
        .map(|m| m.code)
        .collect()
}

/// The answers to the question about the place, as a form brought them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// Where the person lives.
    pub area: Place,
    /// Where the asker lives, if elsewhere.
    pub asker: Place,
}

impl Places {
    /// Reads the fields `area`, `pref`, `erabu`, `asker`, `asker_erabu`. What is written counts before the prefecture.
    pub fn from_form(directory: &Directory, form: &Form) -> Self {
        let area = match chosen(read(directory, &form.line("area")), form.text("erabu")) {
            Place::Nothing => prefecture(directory, form.text("pref")),
            place => place,
        };
        let asker = chosen(
            read(directory, &form.line("asker")),
            form.text("asker_erabu"),
        );
        Self { area, asker }
    }

    /// Whether both can be taken.
    pub fn are_clear(&self) -> bool {
        [&self.area, &self.asker]
            .iter()
            .all(|place| matches!(place, Place::Nothing | Place::One(_)))
    }
}

/// One of several that was chosen.
fn chosen(place: Place, code: &str) -> Place {
    match (&place, MunicipalityCode::parse(code)) {
        (Place::Several(codes), Ok(code)) if codes.contains(&code) => Place::One(code),
        _ => place,
    }
}

fn prefecture(directory: &Directory, code: &str) -> Place {
    match MunicipalityCode::parse(code) {
        Ok(code) if code.is_prefecture() && directory.municipality(code).is_some() => {
            Place::One(code)
        }
        _ => Place::Nothing,
    }
}

impl Place {
    /// The code, when there is exactly one.
    pub fn code(&self) -> Option<MunicipalityCode> {
        match self {
            Self::One(code) => Some(*code),
            _ => None,
        }
    }

    /// What to say about it at the field; empty when it is fine.
    pub fn mistake(&self) -> &'static str {
        match self {
            Self::Nothing | Self::One(_) => "",
            Self::Several(_) => "合うところがいくつかあります。どれに近いですか。",
            Self::Unknown(sentence) => sentence,
        }
    }

    /// The places to choose from.
    pub fn candidates(&self) -> &[MunicipalityCode] {
        match self {
            Self::Several(codes) => codes,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(code: &str) -> MunicipalityCode {
        MunicipalityCode::parse(code).unwrap()
    }

    #[test]
    fn a_place_is_found_however_it_is_written() {
        let directory = Directory::load();
        for (text, expected) in [
            ("", Place::Nothing),
            ("  ", Place::Nothing),
            ("〒９５１－８０６８", Place::One(code("15103"))),
            ("951-8068 新潟市中央区", Place::One(code("15103"))),
            ("みどり市", Place::One(code("10212"))),
            ("みどりし", Place::One(code("10212"))),
            ("新潟県新潟市中央区西堀通", Place::One(code("15103"))),
            ("新潟県 新潟市", Place::One(code("15100"))),
            ("世田谷", Place::One(code("13112"))),
            ("横浜市", Place::One(code("14100"))),
            ("沖縄県", Place::One(code("47000"))),
        ] {
            assert_eq!(read(&directory, text), expected, "{text}");
        }
        for text in ["府中市", "新潟", "北区", "横浜", "midori"] {
            let place = read(&directory, text);
            assert!(place.candidates().len() > 1, "{text}: {place:?}");
        }
        for text in ["000-0000", "12345", "〒", "ゆめのしま国", "<script>", "市"] {
            assert!(
                matches!(read(&directory, text), Place::Unknown(_)),
                "{text}: {:?}",
                read(&directory, text)
            );
        }
    }
}
