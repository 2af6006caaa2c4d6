//! Past a ban, a refusal or agreed hours: only with a written reason, which stays with what was done (inv. 6, 9).

use crate::approach::{Way, by};
use crate::codes::codes;
use crate::{Error, Result, staff_room};
use basics::time::{from_micros, to_jst};
use basics::{ContactId, PersonId, new_id};
use jiff::civil::Date;
use office::access::CaseGrant;
use office::custody::notice::{self, NoticeKind};
use std::collections::HashMap;
use store::{Conn, params};
use vault::{Place, Sealed};

codes! {
    /// On what ground somebody is reached although a guard stands.
    Basis {
        /// A ban or a refusal stands; life or health is in danger. The supervisors are told.
        Vital = "vital", "いのちにかかわるため、それでも連絡する";
        /// Only the agreed hours stand in the way.
        Hours = "hours", "決めた時間の外になるが、わけを残して進める";
    }
}

impl Basis {
    /// How it is shown with what was done.
    pub fn done_label(self) -> &'static str {
        match self {
            Self::Vital => "いのちにかかわるため、きまりをこえて連絡",
            Self::Hours => "決めた時間の外",
        }
    }
}

/// A colleague goes past a guard, and says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Despite {
    /// On what ground.
    pub basis: Basis,
    /// Why, in the colleague's words; sealed.
    pub reason: String,
}

/// That a guard was passed, as it is shown with what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// On what ground.
    pub basis: Basis,
    /// Why.
    pub reason: String,
}

/// What it was done for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum For {
    Contact,
    Visit,
    Letter,
    Thread,
}

impl For {
    fn column(self) -> &'static str {
        match self {
            Self::Contact => "contact_id",
            Self::Visit => "visit_id",
            Self::Letter => "letter_id",
            Self::Thread => "thread_id",
        }
    }
}

/// The rows of guards that were passed in this transaction, until it is known what for.
#[derive(Debug, Default)]
pub(crate) struct Passed(Vec<i64>);

impl Passed {
    pub fn add(&mut self, row: Option<i64>) {
        self.0.extend(row);
    }

    /// Says what it was for.
    pub async fn was_for(&self, tx: &mut Conn, what: For, id: i64) -> Result<()> {
        for row in &self.0 {
            let sql = format!(
                "UPDATE vital_reach SET {} = $1 WHERE id = $2",
                what.column()
            );
            tx.exec(&sql, params![id, *row]).await?;
        }
        Ok(())
    }
}

fn place(id: i64) -> Place {
    Place {
        table: "vital_reach",
        row: id,
        column: "reason",
    }
}

/// Writes down that somebody is reached past a guard; a danger to life or health is told to the supervisors.
pub(crate) async fn record(
    tx: &mut Conn,
    grant: &CaseGrant,
    person: PersonId,
    way: Way,
    despite: &Despite,
) -> Result<i64> {
    let ask = match despite.basis {
        Basis::Vital => "いのちや体の危険について、わかっていることを書いてください。",
        Basis::Hours => "なぜその時間になったのかを書いてください。",
    };
    let reason = staff_room::required("wake", &despite.reason, ask)?;
    let id = new_id(grant.clock());
    tx.exec(
        "INSERT INTO vital_reach (id, case_id, person_id, way, by_staff, at, reason, basis) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![
            id,
            grant.case().get(),
            person.get(),
            way.code(),
            by(grant),
            grant.clock().now_micros(),
            grant.seal(&place(id), &reason).as_bytes(),
            despite.basis.code()
        ],
    )
    .await?;
    let action = match despite.basis {
        Basis::Vital => {
            let kind = NoticeKind::VitalReach;
            let (clock, office) = (grant.clock(), grant.office());
            notice::tell_supervisors(tx, clock, office, kind, grant.case(), id).await?;
            "case.vital_reach"
        }
        Basis::Hours => "case.outside_hours",
    };
    let entry = grant.entry(action).because(format!("way={}", way.code()));
    office::audit::record(tx, &entry).await?;
    Ok(id)
}

/// A guard that was passed, as it is kept: its identifier, for whom, when, and why.
pub(crate) type Kept = (i64, PersonId, Date, Past);

/// Every guard of an opened case that was passed, oldest first.
pub(crate) async fn kept(conn: &mut Conn, grant: &CaseGrant) -> Result<Vec<Kept>> {
    let rows: Vec<(i64, i64, i64, String, Vec<u8>)> = conn
        .all(
            "SELECT id, person_id, at, basis, reason FROM vital_reach WHERE case_id = $1 ORDER BY at, id",
            params![grant.case().get()],
        )
        .await?;
    rows.into_iter()
        .map(|(id, person, at, basis, reason)| {
            let past = Past {
                basis: Basis::from_code(&basis).ok_or(Error::Damaged("vital_reach.basis"))?,
                reason: grant.open(&Sealed::<String>::from_bytes(reason), &place(id))?,
            };
            Ok((id, person.into(), to_jst(from_micros(at)).date(), past))
        })
        .collect()
}

/// Whether a guard was passed for this very visit or letter to this person.
pub(crate) async fn passed_for(
    conn: &mut Conn,
    grant: &CaseGrant,
    person: PersonId,
    what: For,
    id: i64,
) -> Result<bool> {
    let sql = format!(
        "SELECT COUNT(*) FROM vital_reach WHERE case_id = $1 AND person_id = $2 AND {} = $3",
        what.column()
    );
    let values = params![grant.case().get(), person.get(), id];
    let (n,): (i64,) = conn.one(&sql, values).await?;
    Ok(n > 0)
}

/// The contacts of an opened case for which a guard was passed, and why.
pub(crate) async fn of_contacts(
    conn: &mut Conn,
    grant: &CaseGrant,
) -> Result<HashMap<ContactId, Past>> {
    let found = of_case(conn, grant, For::Contact).await?;
    Ok(found
        .into_iter()
        .map(|(id, past)| (id.into(), past))
        .collect())
}

/// Those of one visit.
pub(crate) async fn of_visit(conn: &mut Conn, grant: &CaseGrant, visit: i64) -> Result<Vec<Past>> {
    let found = of_case(conn, grant, For::Visit).await?;
    let mine = found.into_iter().filter(|(id, _)| *id == visit);
    Ok(mine.map(|(_, past)| past).collect())
}

async fn of_case(conn: &mut Conn, grant: &CaseGrant, what: For) -> Result<Vec<(i64, Past)>> {
    type Row = (i64, i64, String, Vec<u8>);
    let column = what.column();
    let sql = format!(
        "SELECT id, {column}, basis, reason FROM vital_reach WHERE case_id = $1 AND {column} IS NOT NULL ORDER BY at, id"
    );
    let rows: Vec<Row> = conn.all(&sql, params![grant.case().get()]).await?;
    rows.into_iter()
        .map(|(id, of, basis, reason)| {
            let past = Past {
                basis: Basis::from_code(&basis).ok_or(Error::Damaged("vital_reach.basis"))?,
                reason: grant.open(&Sealed::<String>::from_bytes(reason), &place(id))?,
            };
            Ok((of, past))
        })
        .collect()
}
