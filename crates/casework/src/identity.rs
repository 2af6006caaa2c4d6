//! The identity ladder: anonymous → nickname → number → named → verified, and back; every step undoable exactly.
//!
//! A step is an event with everything that was known once it was taken; the person's row is the last of them. Where
//! somebody stands follows from what is known and how it became known ([`Known::level`]), never from time (inv. 13), and
//! counting needs no more than L1 (inv. 30). Nothing is merged.

use crate::case;
use crate::codes::codes;
use crate::person::{self, AgeBand, Gender, Identity, Person, Relationship};
use crate::search::{self, Source};
use crate::{Casework, Error, Result};
use basics::time::from_micros;
use basics::{CaseId, Clock, PersonId, new_id};
use jiff::Timestamp;
use office::access::{Action, CaseGrant};
use office::session::Session;
use serde::{Deserialize, Serialize};
use store::{Conn, params, transact};
use vault::{Json, Place, Sealed};

codes! {
    /// A step of the ladder.
    Level {
        /// L0
        Uncounted = "0", "どなたか、まだわからない";
        /// L1
        Pseudonym = "1", "呼び名がある";
        /// L2
        Coded = "2", "受付コードがある";
        /// L3
        Named = "3", "名前やよみを聞いた";
        /// L4
        Verified = "4", "書類で確かめた";
    }
}

impl Level {
    /// 0–4.
    pub fn number(self) -> i64 {
        match self {
            Self::Uncounted => 0,
            Self::Pseudonym => 1,
            Self::Coded => 2,
            Self::Named => 3,
            Self::Verified => 4,
        }
    }

    /// From 0–4.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.number() == number)
    }
}

codes! {
    /// How it became known.
    Ground {
        /// The case was opened with it.
        Opened = "opened", "ケースを開いたとき";
        /// 本人・家族から聞いた
        Told = "told", "本人・家族から聞いた";
        /// 受付コードを渡した
        Code = "code", "受付コードを渡した";
        /// 申込票などに書いてもらった
        Form = "form", "申込票などに書いてもらった";
        /// 身分証などの書類を見た
        Document = "document", "身分証などの書類を見た";
        /// 関係機関から（根拠のある場合）
        Agency = "agency", "関係機関から聞いた";
        /// 聞き違い・書き違いを直す
        Corrected = "corrected", "聞き違い・書き違いを直す";
        /// 消してほしい、呼び名に戻してほしいと言われた
        Asked = "asked", "消してほしいと言われた";
        /// A step was taken back.
        SteppedBack = "stepped_back", "一つ前に戻した";
    }
}

impl Ground {
    /// Those that a form offers.
    pub const OFFERED: [Self; 7] = [
        Self::Told,
        Self::Form,
        Self::Document,
        Self::Code,
        Self::Agency,
        Self::Corrected,
        Self::Asked,
    ];
}

/// Everything known about who somebody is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Who they are.
    pub identity: Identity,
    /// What they are to the principal.
    pub relationship: Relationship,
    /// 年代
    pub age_band: AgeBand,
    /// 性別
    pub gender: Gender,
    /// Where they live.
    pub municipality: Option<basics::MunicipalityCode>,
    /// Whether they hold a return code.
    pub has_code: bool,
    /// Whether the name was seen in a document.
    pub verified: bool,
}

impl Known {
    /// Where on the ladder this much is.
    pub fn level(&self) -> Level {
        let Identity { name, kana, .. } = &self.identity;
        let named = !name.is_empty() || !kana.is_empty();
        match () {
            () if named && self.verified => Level::Verified,
            () if named => Level::Named,
            () if self.has_code => Level::Coded,
            () if !self.identity.nickname.is_empty() => Level::Pseudonym,
            () => Level::Uncounted,
        }
    }

    /// The words for what differs from an earlier state, for the list of steps. Never the contents.
    fn differs_from(&self, before: &Self) -> Vec<&'static str> {
        let (new, old) = (&self.identity, &before.identity);
        [
            (new.nickname != old.nickname, "呼び名"),
            (new.name != old.name, "名前"),
            (new.kana != old.kana, "よみ"),
            (
                (new.birth_year, new.born_on) != (old.birth_year, old.born_on),
                "生まれた日",
            ),
            (new.address != old.address, "住所"),
            (self.relationship != before.relationship, "続柄"),
            (self.age_band != before.age_band, "年代"),
            (self.gender != before.gender, "性別"),
            (self.municipality != before.municipality, "市区町村"),
            (self.has_code != before.has_code, "受付コード"),
            (self.verified != before.verified, "書類での確認"),
        ]
        .into_iter()
        .filter_map(|(differs, word)| differs.then_some(word))
        .collect()
    }
}

/// A step somebody takes: what is known now, and how it became known.
#[derive(Debug, Clone)]
pub struct Step {
    /// Who they are.
    pub identity: Identity,
    /// What they are to the principal.
    pub relationship: Relationship,
    /// 年代
    pub age_band: AgeBand,
    /// 性別
    pub gender: Gender,
    /// Where they live.
    pub municipality: Option<basics::MunicipalityCode>,
    /// How it became known.
    pub ground: Ground,
    /// The last step its author had seen; another one in between is not overwritten.
    pub seen: i64,
}

impl Step {
    /// A step that changes nothing yet, for a form or a test to fill in.
    pub fn from(person: &Person, seen: i64, ground: Ground) -> Self {
        Self {
            identity: person.identity.clone(),
            relationship: person.relationship,
            age_band: person.age_band,
            gender: person.gender,
            municipality: person.municipality,
            ground,
            seen,
        }
    }

    fn checked(&self) -> Result<()> {
        let Identity {
            nickname,
            name,
            kana,
            address,
            ..
        } = &self.identity;
        let short = |field, text: &str, most: usize| {
            if text.chars().count() <= most {
                Ok(())
            } else {
                Err(Error::invalid(
                    field,
                    format!("{most}文字までで書いてください。"),
                ))
            }
        };
        short("nickname", nickname, 40)?;
        short("name", name, 60)?;
        short("kana", kana, 80)?;
        short("address", address, 200)?;
        if self.ground == Ground::Document && name.is_empty() {
            return Err(Error::invalid(
                "name",
                "書類で確かめた名前を書いてください。",
            ));
        }
        if !Ground::OFFERED.contains(&self.ground) {
            return Err(Error::invalid(
                "ground",
                "どうしてわかったかを選んでください。",
            ));
        }
        Ok(())
    }

    /// What is known after this step. Verified stays verified until the name or the birth is said anew.
    fn after(&self, before: &Known) -> Known {
        let mut identity = self.identity.clone();
        if let Some(day) = identity.born_on {
            identity.birth_year = Some(day.year());
        }
        let core = |one: &Identity| {
            (
                one.name.clone(),
                one.kana.clone(),
                one.birth_year,
                one.born_on,
            )
        };
        let same = core(&identity) == core(&before.identity);
        Known {
            relationship: self.relationship,
            age_band: self.age_band,
            gender: self.gender,
            municipality: self.municipality,
            has_code: before.has_code || self.ground == Ground::Code,
            verified: self.ground == Ground::Document || (before.verified && same),
            identity,
        }
    }
}

/// A step that was taken.
#[derive(Debug, Clone)]
pub struct IdentityEvent {
    /// 1, 2, 3 … of this person.
    pub seq: i64,
    /// From where.
    pub from: Level,
    /// To where.
    pub to: Level,
    /// How it became known.
    pub ground: Ground,
    /// Who wrote it down.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The step that this one took back.
    pub undoes: Option<i64>,
    /// Whether it was taken back later.
    pub undone: bool,
    /// What it changed, in words without contents.
    pub changed: Vec<&'static str>,
    /// Everything known after it.
    pub after: Known,
}

store::row! {
    struct EventRow {
        pub id: i64,
        pub seq: i64,
        pub from_level: i64,
        pub to_level: i64,
        pub ground: String,
        pub by_staff: i64,
        pub at: i64,
        pub undoes: Option<i64>,
        pub after: Vec<u8>,
    }
}

fn place(event: i64) -> Place {
    Place {
        table: "identity_event",
        row: event,
        column: "after",
    }
}

/// A step as it is stored, opened.
struct Taken {
    row: EventRow,
    known: Known,
}

async fn steps(conn: &mut Conn, grant: &CaseGrant, person: PersonId) -> Result<Vec<Taken>> {
    let sql = format!(
        "SELECT {} FROM identity_event WHERE person_id = $1 AND case_id = $2 ORDER BY seq",
        EventRow::COLS
    );
    let rows: Vec<EventRow> = conn
        .all(&sql, params![person.get(), grant.case().get()])
        .await?;
    rows.into_iter()
        .map(|row| {
            let sealed = Sealed::<Json<Known>>::from_bytes(row.after.clone());
            let Json(known) = grant.open(&sealed, &place(row.id))?;
            Ok(Taken { row, known })
        })
        .collect()
}

/// Which steps still count: those that were not taken back, and that take nothing back themselves.
fn standing(steps: &[Taken]) -> Vec<&Taken> {
    let undone: Vec<i64> = steps.iter().filter_map(|one| one.row.undoes).collect();
    steps
        .iter()
        .filter(|one| one.row.undoes.is_none() && !undone.contains(&one.row.seq))
        .collect()
}

/// The step with which a person enters a case.
pub(crate) async fn begin(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    person: PersonId,
    known: &Known,
) -> Result<()> {
    let step = NewEvent {
        seq: 1,
        from: known.level(),
        ground: Ground::Opened,
        undoes: None,
        known,
    };
    record(tx, grant, clock, person, &step).await
}

struct NewEvent<'a> {
    seq: i64,
    from: Level,
    ground: Ground,
    undoes: Option<i64>,
    known: &'a Known,
}

async fn record(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    person: PersonId,
    new: &NewEvent<'_>,
) -> Result<()> {
    let id = new_id(clock);
    let sealed = grant.seal(&place(id), &Json(new.known.clone()));
    let written = tx
        .exec(
            "INSERT INTO identity_event (id, person_id, case_id, seq, from_level, to_level, ground, by_staff, at, undoes, after) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
            params![
                id,
                person.get(),
                grant.case().get(),
                new.seq,
                new.from.number(),
                new.known.level().number(),
                new.ground.code(),
                person::who(grant),
                clock.now_micros(),
                new.undoes,
                sealed.as_bytes()
            ],
        )
        .await?;
    if written == 1 {
        Ok(())
    } else {
        Err(Error::Meanwhile)
    }
}

/// Makes this what is known: a new event, the person's row, and what a search finds.
async fn take(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    person: PersonId,
    new: &NewEvent<'_>,
) -> Result<Level> {
    record(tx, grant, clock, person, new).await?;
    let known = new.known;
    let identity = grant.seal(
        &person::identity_place(person),
        &Json(known.identity.clone()),
    );
    tx.exec(
        "UPDATE person SET relationship = $1, identity_level = $2, identity = $3, \
         age_as_of = CASE WHEN age_band = $4 THEN age_as_of ELSE CAST($5 AS BIGINT) END, age_band = $6, gender = $7, \
         municipality = $8 WHERE id = $9 AND case_id = $10",
        params![
            known.relationship.code(),
            known.level().number(),
            identity.as_bytes(),
            known.age_band.code(),
            clock.now_micros(),
            known.age_band.code(),
            known.gender.code(),
            known.municipality.map(|code| code.as_str().to_owned()),
            person.get(),
            grant.case().get()
        ],
    )
    .await?;
    search::keep_on_face_sheet(
        tx,
        grant,
        clock,
        Source::Person,
        person.get(),
        &known.identity.searchable(),
    )
    .await?;
    let action = match new.undoes {
        Some(_) => "person.stepped_back",
        None => "person.learned",
    };
    let (from, to) = (new.from.number(), known.level().number());
    let detail = format!(
        "person={person},level={from}>{to},ground={}",
        new.ground.code()
    );
    office::audit::record(tx, &grant.entry(action).because(detail)).await?;
    Ok(known.level())
}

/// The person got a return code: L2, if they were below. Their letters and contacts stay where they are.
pub(crate) async fn code_given(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    person: PersonId,
) -> Result<()> {
    let steps = steps(tx, grant, person).await?;
    let Some(last) = steps.last() else {
        return Err(Error::NotFound);
    };
    if last.known.has_code {
        return Ok(());
    }
    let known = Known {
        has_code: true,
        ..last.known.clone()
    };
    let event = NewEvent {
        seq: last.row.seq + 1,
        from: last.known.level(),
        ground: Ground::Code,
        undoes: None,
        known: &known,
    };
    take(tx, grant, clock, person, &event).await.map(|_| ())
}

impl Casework {
    /// More (or less) is known about somebody than before: one step. What was known stays restorable.
    pub async fn learn(
        &self,
        session: &Session,
        case: CaseId,
        person: PersonId,
        step: &Step,
    ) -> Result<Level> {
        step.checked()?;
        transact!(self.db(), "person.learn", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            person::one(tx, &grant, person).await?;
            let steps = steps(tx, &grant, person).await?;
            let last = steps.last().ok_or(Error::NotFound)?;
            if last.row.seq != step.seen {
                return Err(Error::Meanwhile);
            }
            let known = step.after(&last.known);
            if known == last.known {
                return Err(Error::invalid(
                    "ground",
                    "変わったところがありません。わかったことを書いてから、記録してください。",
                ));
            }
            let event = NewEvent {
                seq: last.row.seq + 1,
                from: last.known.level(),
                ground: step.ground,
                undoes: None,
                known: &known,
            };
            take(tx, &grant, self.clock(), person, &event).await
        })
    }

    /// Takes the last step back: exactly what was known before it is known again. `seen`: the last step on the page.
    pub async fn step_back(
        &self,
        session: &Session,
        case: CaseId,
        person: PersonId,
        seen: i64,
    ) -> Result<Level> {
        transact!(self.db(), "person.step_back", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            person::one(tx, &grant, person).await?;
            let steps = steps(tx, &grant, person).await?;
            let last = steps.last().ok_or(Error::NotFound)?;
            if last.row.seq != seen {
                return Err(Error::Meanwhile);
            }
            let standing = standing(&steps);
            let [.., before, undone] = standing.as_slice() else {
                return Err(Error::Illegal("これより前には戻れません。"));
            };
            let event = NewEvent {
                seq: last.row.seq + 1,
                from: last.known.level(),
                ground: Ground::SteppedBack,
                undoes: Some(undone.row.seq),
                known: &before.known,
            };
            take(tx, &grant, self.clock(), person, &event).await
        })
    }

    /// The steps of one person, oldest first.
    pub async fn identity_steps(
        &self,
        session: &Session,
        case: CaseId,
        person: PersonId,
    ) -> Result<Vec<IdentityEvent>> {
        transact!(self.db(), "person.steps", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            of_person(tx, &grant, person).await
        })
    }
}

/// The steps of one person of an opened case, oldest first.
pub(crate) async fn of_person(
    conn: &mut Conn,
    grant: &CaseGrant,
    person: PersonId,
) -> Result<Vec<IdentityEvent>> {
    let steps = steps(conn, grant, person).await?;
    let undone: Vec<i64> = steps.iter().filter_map(|one| one.row.undoes).collect();
    let names = person::names_of_staff(conn, grant).await?;
    let mut before: Option<&Known> = None;
    let mut events = Vec::new();
    for Taken { row, known } in &steps {
        let level = |number| Level::from_number(number).ok_or(Error::Damaged("identity_event"));
        events.push(IdentityEvent {
            seq: row.seq,
            from: level(row.from_level)?,
            to: level(row.to_level)?,
            ground: Ground::from_code(&row.ground)
                .ok_or(Error::Damaged("identity_event.ground"))?,
            by: names.get(&row.by_staff).cloned().unwrap_or_default(),
            at: from_micros(row.at),
            undoes: row.undoes,
            undone: undone.contains(&row.seq),
            changed: before.map_or_else(Vec::new, |before| known.differs_from(before)),
            after: known.clone(),
        });
        before = Some(known);
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Known {
        Known {
            identity: Identity::default(),
            relationship: Relationship::Oneself,
            age_band: AgeBand::Unknown,
            gender: Gender::Unsaid,
            municipality: None,
            has_code: false,
            verified: false,
        }
    }

    fn step(ground: Ground) -> Step {
        let known = nothing();
        Step {
            identity: known.identity,
            relationship: known.relationship,
            age_band: known.age_band,
            gender: known.gender,
            municipality: None,
            ground,
            seen: 1,
        }
    }

    #[test]
    fn only_a_seen_document_verifies_and_only_a_name() {
        let mut new = step(Ground::Document);
        assert!(new.checked().is_err());
        new.identity.name = "山田 花子".to_owned();
        let seen = new.after(&nothing());
        assert_eq!(seen.level(), Level::Verified);
        new.ground = Ground::Told;
        assert_eq!(new.after(&nothing()).level(), Level::Named);
        // Another address by hearsay leaves the name verified; another name does not.
        new.identity.address = "となりの町".to_owned();
        assert_eq!(new.after(&seen).level(), Level::Verified);
        new.identity.name = "山川 花子".to_owned();
        assert_eq!(new.after(&seen).level(), Level::Named);
    }

    #[test]
    fn the_ladder_follows_from_what_is_known() {
        let mut known = nothing();
        assert_eq!(known.level(), Level::Uncounted);
        known.age_band = AgeBand::Forties;
        assert_eq!(known.level(), Level::Uncounted);
        known.identity.nickname = "すみれ".to_owned();
        assert_eq!(known.level(), Level::Pseudonym);
        known.has_code = true;
        assert_eq!(known.level(), Level::Coded);
        known.identity.kana = "やまだ".to_owned();
        assert_eq!(known.level(), Level::Named);
    }
}
