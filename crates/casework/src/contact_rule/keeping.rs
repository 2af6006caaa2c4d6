//! Writing a way to reach somebody down, changing it (a new row), ending it, and finding whose number it is.

use super::{Channel, ContactPoint, NewContactPoint, PointRow, Words, digits, place, read};
use crate::case::{self, Case};
use crate::person::{self, Person};
use crate::search::{self, Source};
use crate::{Casework, Error, Result};
use basics::{CaseId, Clock, PersonId, new_id};
use jiff::civil::Time;
use office::access::{self, Action, CaseGrant, CaseScope};
use office::session::Session;
use store::{Conn, params, transact};
use vault::{Json, Sealed};

/// Whose number it was: found in the asker's own cases.
#[derive(Debug, Clone)]
pub struct NumberFound {
    /// In which case.
    pub case: CaseId,
    /// Its number.
    pub number: i64,
    /// Who, as the desk calls them.
    pub person: String,
    /// What kind of number.
    pub channel: Channel,
}

impl Casework {
    /// A new way to reach somebody; `replaces`: the rule it takes the place of.
    pub async fn keep_contact_point(
        &self,
        session: &Session,
        case: CaseId,
        person: PersonId,
        new: &NewContactPoint,
        replaces: Option<i64>,
    ) -> Result<i64> {
        new.checked()?;
        transact!(self.db(), "contact_point.keep", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            person::one(tx, &grant, person).await?;
            if let Some(old) = replaces {
                end(tx, &grant, self.clock(), person, old).await?;
            }
            insert(tx, &grant, self.clock(), person, new, replaces).await
        })
    }

    /// A way to reach somebody is no longer valid.
    pub async fn end_contact_point(
        &self,
        session: &Session,
        case: CaseId,
        person: PersonId,
        point: i64,
    ) -> Result<()> {
        transact!(self.db(), "contact_point.end", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            end(tx, &grant, self.clock(), person, point).await?;
            let detail = format!("contact_point={point}");
            let entry = grant.entry("contact_point.ended").because(detail);
            office::audit::record(tx, &entry).await?;
            Ok(())
        })
    }

    /// Who in the asker's own cases has a number with these digits. Four at least; one row in the chain.
    pub async fn whose_number(&self, session: &Session, typed: &str) -> Result<Vec<NumberFound>> {
        let wanted = digits(typed);
        if wanted.len() < 4 {
            return Err(Error::invalid(
                "number",
                "番号は4けた以上で書いてください。",
            ));
        }
        transact!(self.db(), "contact_point.find", |tx| {
            let scope = access::case_scope(tx, session, Action::SearchCases).await?;
            let people = person::in_scope(tx, &scope).await?;
            let cases = case::in_scope(tx, &scope).await?;
            let mut found = Vec::new();
            for (case, point) in phones(tx, &scope, &cases).await? {
                if !digits(&point.value).contains(&wanted) {
                    continue;
                }
                let whose = people
                    .get(&case.id)
                    .and_then(|people| people.iter().find(|one| one.id == point.person));
                found.push(NumberFound {
                    case: case.id,
                    number: case.number,
                    person: whose.map(Person::label).unwrap_or_default(),
                    channel: point.channel,
                });
            }
            Ok(found)
        })
    }
}

/// The telephone numbers of these cases that are in scope. Who may not be opened is left out.
pub(crate) async fn phones<'a>(
    conn: &mut Conn,
    scope: &CaseScope,
    cases: &'a [Case],
) -> Result<Vec<(&'a Case, ContactPoint)>> {
    let sql = format!(
        "SELECT {} FROM contact_point WHERE case_id = $1 AND ended_at IS NULL AND channel IN ('home_phone', 'mobile') ORDER BY id",
        PointRow::COLS
    );
    let mut found = Vec::new();
    for case in cases {
        let Some(sheet) = scope.face_sheet(case.reference()) else {
            continue;
        };
        let rows: Vec<PointRow> = conn.all(&sql, params![case.id.get()]).await?;
        for row in rows {
            let sealed = Sealed::<Json<Words>>::from_bytes(row.words.clone());
            let Json(words) = sheet.open(&sealed, &place(row.id))?;
            found.push((case, read(row, words)?));
        }
    }
    Ok(found)
}

async fn insert(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    person: PersonId,
    new: &NewContactPoint,
    replaces: Option<i64>,
) -> Result<i64> {
    let id = new_id(clock);
    let words = Words {
        value: new.value.clone(),
        ourselves: new.ourselves.clone(),
        remark: new.remark.clone(),
    };
    let sealed = grant.seal(&place(id), &Json(words));
    let time = |time: Option<Time>| time.map(|time| time.strftime("%H:%M").to_string());
    tx.exec(
        "INSERT INTO contact_point (id, case_id, person_id, channel, words, from_time, until_time, may_say_centre_name, \
         others, ban, replaces, noted_by, noted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        params![
            id,
            grant.case().get(),
            person.get(),
            new.channel.code(),
            sealed.as_bytes(),
            time(new.from),
            time(new.until),
            new.may_say_centre_name,
            new.others.code(),
            new.ban,
            replaces,
            person::who(grant),
            clock.now_micros()
        ],
    )
    .await?;
    search::keep_on_face_sheet(
        tx,
        grant,
        clock,
        Source::ContactPoint,
        id,
        &new.searchable(),
    )
    .await?;
    let detail = format!(
        "person={person},channel={},ban={}",
        new.channel.code(),
        i32::from(new.ban)
    );
    let entry = grant.entry("contact_point.kept").because(detail);
    office::audit::record(tx, &entry).await?;
    Ok(id)
}

async fn end(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    person: PersonId,
    point: i64,
) -> Result<()> {
    let ended = tx
        .exec(
            "UPDATE contact_point SET ended_by = $1, ended_at = $2 WHERE id = $3 AND person_id = $4 AND case_id = $5 \
             AND ended_at IS NULL",
            params![
                person::who(grant),
                clock.now_micros(),
                point,
                person.get(),
                grant.case().get()
            ],
        )
        .await?;
    if ended == 0 {
        return Err(Error::Meanwhile);
    }
    search::forget(tx, Source::ContactPoint, point).await
}
