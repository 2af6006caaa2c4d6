//! Ages at which programmes change (field/casework.md §E10): quiet prompts for staff, a year or two ahead, computed from
//! coarse ages. Nothing is stored but that a colleague put a prompt away; no page of the person's knows of any of this.

use crate::case;
use crate::codes::codes;
use crate::household::{self, Passing};
use crate::person::{self, AgeBand, Part, Person, Relationship};
use crate::staff_room;
use crate::{Casework, Result};
use basics::{CaseId, PersonId};
use jiff::civil::Date;
use office::access::Action;
use office::session::Session;
use std::collections::{BTreeMap, BTreeSet};
use store::{Conn, params, transact};

codes! {
    /// A programme that begins, ends or changes at an age.
    Programme {
        /// 介護保険
        LongTermCare = "kaigo", "介護保険";
        /// 障害福祉サービス
        Disability = "shougai", "障害福祉サービス";
        /// 年金
        Pension = "nenkin", "年金";
        /// 成年後見
        Guardianship = "kouken", "成年後見";
        /// 後期高齢者医療
        LateElderly = "kouki", "後期高齢者医療";
        /// 児童・学校の支援
        Youth = "jidou", "児童・学校の支援";
        /// 子ども・若者の支援
        Young = "wakamono", "子ども・若者の支援";
        /// 相続・住まい
        Inheritance = "souzoku", "相続・住まいの手続き";
        /// 働くことの相談
        Work = "shigoto", "働くことの相談";
    }
}

/// What changes at an age: the programmes, and the kinds of window (codes of the directory) to look at beforehand.
struct Change {
    age: i16,
    words: &'static str,
    programmes: &'static [Programme],
    windows: &'static [&'static str],
}

/// Of the person themself.
const OWN: &[Change] = &[
    Change {
        age: 18,
        words: "児童福祉や学校の窓口から、おとなの窓口に変わるころです",
        programmes: &[Programme::Youth, Programme::Young],
        windows: &["HC", "KW", "EDU"],
    },
    Change {
        age: 39,
        words: "子ども・若者の窓口は、39歳までのところが多くあります",
        programmes: &[Programme::Young, Programme::Work],
        windows: &["HC", "KW", "JS"],
    },
    Change {
        age: 40,
        words: "介護保険の第2号被保険者になります。健診や手当の対象も変わります",
        programmes: &[Programme::LongTermCare],
        windows: &["HC", "JS", "PHC"],
    },
    Change {
        age: 50,
        words: "地域若者サポートステーションは、49歳までです",
        programmes: &[Programme::Work],
        windows: &["HC", "JS", "SAPO", "HW"],
    },
    Change {
        age: 65,
        words: "介護保険が、障害福祉サービスに優先するようになります。老齢年金の手続きもこのころです",
        programmes: &[
            Programme::LongTermCare,
            Programme::Disability,
            Programme::Pension,
        ],
        windows: &["HOUKATSU", "DIS", "FUKUSHI"],
    },
];

/// Of a mother or father.
const PARENTS: &[Change] = &[
    Change {
        age: 65,
        words: "親御さんが介護保険・年金の年齢になります。世帯の暮らしを一度いっしょに見直せるころです",
        programmes: &[Programme::LongTermCare, Programme::Pension],
        windows: &["HOUKATSU"],
    },
    Change {
        age: 75,
        words: "親御さんが後期高齢者医療に移ります",
        programmes: &[Programme::LateElderly, Programme::LongTermCare],
        windows: &["HOUKATSU"],
    },
    Change {
        age: 80,
        words: "親御さんの入院や、その後の暮らしを話せるうちに話しておけるころです",
        programmes: &[Programme::LongTermCare, Programme::Guardianship],
        windows: &["HOUKATSU", "JS", "LAW"],
    },
];

/// After a mother or father died: for those who live on.
const BEREFT: Change = Change {
    age: AFTER_DEATH,
    words: "親御さんが亡くなられました。落ち着いたころに、年金・相続・住まいとお金のことを、いっしょに見られるころです",
    programmes: &[
        Programme::Pension,
        Programme::Inheritance,
        Programme::Guardianship,
    ],
    windows: &["FUKUSHI", "JS", "LAW"],
};

/// The age under which a prompt about a death is put away.
pub const AFTER_DEATH: i16 = 0;

/// For how many years after a death its prompt stays.
const AFTER: i16 = 2;

/// How many years ahead a prompt comes.
const AHEAD: i16 = 2;

/// A prompt for staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Milestone {
    /// Of which case.
    pub case: CaseId,
    /// Whose age.
    pub person: PersonId,
    /// What to call them.
    pub who: String,
    /// Which age; [`AFTER_DEATH`] for what follows a death.
    pub age: i16,
    /// When: 「2028年3月」 when the day is known, else 「2028年ごろ」.
    pub when: String,
    /// What changes.
    pub words: &'static str,
    /// The programmes to look at.
    pub programmes: &'static [Programme],
    /// Kinds of window, in the directory's codes.
    pub windows: &'static [&'static str],
}

impl Milestone {
    /// What it is about, in a word: 「65歳」.
    pub fn title(&self) -> String {
        match self.age {
            AFTER_DEATH => "亡くなられたあと".to_owned(),
            age => format!("{age}歳"),
        }
    }
}

/// What is known beside the face sheets: since when each age band is known, and who died.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    since: BTreeMap<PersonId, Date>,
    passed: BTreeMap<PersonId, Passing>,
    away: BTreeSet<(PersonId, i16)>,
}

impl Beside {
    /// Of the cases that `condition` (over `case_id`) names.
    pub async fn read(conn: &mut Conn, condition: &str) -> Result<Self> {
        Ok(Self {
            since: known_since(conn, condition).await?,
            passed: household::passed(conn, condition).await?,
            away: dismissed(conn, condition).await?,
        })
    }

    /// The prompts of one person on this day that nobody put away. Nobody is prompted about the ages of the dead.
    pub fn prompts(&self, person: &Person, today: Date) -> Vec<Milestone> {
        let mut all = if let Some(passing) = self.passed.get(&person.id) {
            after_death(person, passing, today).into_iter().collect()
        } else {
            let since = self.since.get(&person.id).copied().unwrap_or(today);
            of_person(person, since, today)
        };
        all.retain(|one| !self.away.contains(&(one.person, one.age)));
        all
    }
}

fn after_death(person: &Person, passing: &Passing, today: Date) -> Option<Milestone> {
    let parent = matches!(
        person.relationship,
        Relationship::Mother | Relationship::Father
    );
    let day = passing.day();
    (parent && today.year() <= day.year() + AFTER).then(|| Milestone {
        case: person.case,
        person: person.id,
        who: person.label(),
        age: BEREFT.age,
        when: passing
            .on
            .map(super::partial_day::PartialDay::label)
            .unwrap_or_default(),
        words: BEREFT.words,
        programmes: BEREFT.programmes,
        windows: BEREFT.windows,
    })
}

/// From which year to which somebody may have been born.
fn born(person: &Person, known_since: Date) -> Option<(i16, i16)> {
    let identity = &person.identity;
    if let Some(year) = identity.born_on.map(Date::year).or(identity.birth_year) {
        return Some((year, year));
    }
    let (youngest, oldest) = match person.age_band {
        AgeBand::Unknown | AgeBand::Over65 => return None,
        AgeBand::Under15 => (10, 14),
        AgeBand::Teens => (15, 19),
        AgeBand::Twenties => (20, 29),
        AgeBand::Thirties => (30, 39),
        AgeBand::Forties => (40, 49),
        AgeBand::Fifties => (50, 59),
        AgeBand::EarlySixties => (60, 64),
    };
    Some((
        known_since.year() - oldest - 1,
        known_since.year() - youngest,
    ))
}

/// The prompts of one person on this day. `known_since`: when the age band was written down. The prompt comes two years
/// before the age may be reached, and goes once it surely was.
fn of_person(person: &Person, known_since: Date, today: Date) -> Vec<Milestone> {
    let changes = match (person.part, person.relationship) {
        (Part::Principal, _) => OWN,
        (_, Relationship::Mother | Relationship::Father) => PARENTS,
        _ => return Vec::new(),
    };
    let Some((first, last)) = born(person, known_since) else {
        return Vec::new();
    };
    let near = |change: &&Change| {
        first + change.age - AHEAD <= today.year() && today.year() <= last + change.age
    };
    let when = |age: i16| match person.identity.born_on {
        Some(day) => format!("{}年{}月", day.year() + age, day.month()),
        None if first == last => format!("{}年ごろ", first + age),
        None => format!(
            "{}年から{}年ごろ（{}として）",
            first + age,
            last + age,
            person.age_band.label()
        ),
    };
    changes
        .iter()
        .filter(near)
        .map(|change| Milestone {
            case: person.case,
            person: person.id,
            who: person.label(),
            age: change.age,
            when: when(change.age),
            words: change.words,
            programmes: change.programmes,
            windows: change.windows,
        })
        .collect()
}

/// Which prompts were put away, of the cases that `condition` (over `case_id`) names.
async fn dismissed(conn: &mut Conn, condition: &str) -> Result<BTreeSet<(PersonId, i16)>> {
    let sql = format!("SELECT person_id, age FROM milestone_dismissed WHERE {condition}");
    let rows: Vec<(i64, i64)> = conn.all(&sql, params![]).await?;
    let read = |(person, age): (i64, i64)| Some((person.into(), i16::try_from(age).ok()?));
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Since when each person's age band is known, of the cases that `condition` names.
async fn known_since(conn: &mut Conn, condition: &str) -> Result<BTreeMap<PersonId, Date>> {
    let sql = format!("SELECT id, COALESCE(age_as_of, added_at) FROM person WHERE {condition}");
    let rows: Vec<(i64, i64)> = conn.all(&sql, params![]).await?;
    let read = |(person, at): (i64, i64)| {
        let day = basics::time::to_jst(basics::time::from_micros(at)).date();
        (PersonId::from(person), day)
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The prompts of an opened case.
pub(crate) async fn of_case(
    conn: &mut Conn,
    grant: &office::CaseGrant,
    today: Date,
) -> Result<Vec<Milestone>> {
    let condition = format!("case_id = {}", grant.case());
    let beside = Beside::read(conn, &condition).await?;
    let people = person::of_case(conn, grant).await?;
    let all = people.iter().flat_map(|one| beside.prompts(one, today));
    Ok(all.collect())
}

impl Casework {
    /// Puts a prompt away, for everybody who works on the case.
    pub async fn dismiss_milestone(
        &self,
        session: &Session,
        case: CaseId,
        person: PersonId,
        age: i16,
    ) -> Result<()> {
        transact!(self.db(), "milestone.dismiss", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            staff_room::must_belong(tx, case.id, person).await?;
            tx.exec(
                "INSERT INTO milestone_dismissed (case_id, person_id, age, by_staff, at) \
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                params![
                    case.id.get(),
                    person.get(),
                    age,
                    session.staff().get(),
                    self.clock().now_micros()
                ],
            )
            .await?;
            office::audit::record(tx, &grant.entry("milestone.dismissed")).await?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::{Gender, Identity};
    use jiff::civil::date;

    fn somebody(part: Part, relationship: Relationship, band: AgeBand) -> Person {
        Person {
            id: 1.into(),
            case: 1.into(),
            part,
            relationship,
            identity_level: 1,
            identity: Identity::default(),
            age_band: band,
            gender: Gender::Unsaid,
            municipality: None,
        }
    }

    fn ages(person: &Person, since: Date, today: Date) -> Vec<i16> {
        of_person(person, since, today)
            .iter()
            .map(|one| one.age)
            .collect()
    }

    /// Story 9: at 63 the prompt comes, with care insurance, disability and pension.
    #[test]
    fn two_years_ahead_of_sixty_five() {
        let mut person = somebody(Part::Principal, Relationship::Oneself, AgeBand::Unknown);
        person.identity.birth_year = Some(1963);
        let since = date(2020, 4, 1);
        assert_eq!(ages(&person, since, date(2025, 12, 31)), Vec::<i16>::new());
        assert_eq!(ages(&person, since, date(2026, 1, 1)), [65]);
        assert_eq!(ages(&person, since, date(2028, 12, 31)), [65]);
        assert!(ages(&person, since, date(2029, 1, 1)).is_empty());
        let prompt = &of_person(&person, since, date(2026, 6, 1))[0];
        assert_eq!(prompt.when, "2028年ごろ");
        let words: Vec<_> = prompt.programmes.iter().map(|one| one.label()).collect();
        assert_eq!(words, ["介護保険", "障害福祉サービス", "年金"]);
        person.identity.born_on = Some(date(1963, 5, 2));
        assert_eq!(
            of_person(&person, since, date(2026, 6, 1))[0].when,
            "2028年5月"
        );
    }

    /// With an age band only, the prompt comes when the eldest of the band is near, and says that it is not sure.
    #[test]
    fn a_band_is_said_as_about() {
        let person = somebody(
            Part::Principal,
            Relationship::Oneself,
            AgeBand::EarlySixties,
        );
        let since = date(2026, 4, 1);
        let prompt = &of_person(&person, since, since)[0];
        assert_eq!(
            (prompt.age, prompt.when.as_str()),
            (65, "2026年から2031年ごろ（60〜64歳として）")
        );
        let fifty = somebody(Part::Principal, Relationship::Oneself, AgeBand::Fifties);
        assert_eq!(
            ages(&fifty, since, date(2029, 1, 1)),
            [65],
            "the band grew older with its people"
        );
        let unknown = somebody(Part::Principal, Relationship::Oneself, AgeBand::Unknown);
        assert!(ages(&unknown, since, since).is_empty());
    }

    #[test]
    fn parents_have_ages_of_their_own_and_sisters_none() {
        let mut person = somebody(Part::Family, Relationship::Father, AgeBand::Unknown);
        person.identity.birth_year = Some(1950);
        let since = date(2020, 4, 1);
        assert_eq!(ages(&person, since, date(2024, 4, 1)), [75]);
        assert_eq!(ages(&person, since, date(2028, 4, 1)), [80]);
        person.relationship = Relationship::ElderSister;
        assert!(ages(&person, since, date(2028, 4, 1)).is_empty());
    }

    /// The windows are kinds that the directory knows.
    #[test]
    fn every_window_is_a_code_in_capitals() {
        let all = OWN
            .iter()
            .chain(PARENTS)
            .chain([&BEREFT])
            .flat_map(|one| one.windows);
        assert!(
            all.copied()
                .all(|code| !code.is_empty() && code == code.to_uppercase())
        );
    }
}
