//! 実人員 per 年度: how many persons were in support, and how many times somebody came back. Codes and days only; nobody
//! needs a name to be counted (inv. 30), and one who comes back in the same year is one person (inv. 15).

use crate::{Casework, Result};
use basics::FiscalYear;
use office::access::{self, Action, CaseScope};
use office::session::Session;
use store::{Conn, params, transact};

/// The persons of one fiscal year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Persons {
    /// 実人員: persons with an engagement on at least one day of the year.
    pub persons: i64,
    /// Of these, of whom not even a nickname is known (L0).
    pub nameless: i64,
    /// Engagements that had a day in the year.
    pub engagements: i64,
    /// Engagements that began in the year and were not the person's first: somebody came back.
    pub returns: i64,
}

/// Counts inside what the asker may know of; what was cancelled or entered by mistake counts nowhere.
pub async fn count_persons(
    conn: &mut Conn,
    scope: &CaseScope,
    year: FiscalYear,
) -> Result<Persons> {
    let sql = format!(
        "SELECT COUNT(DISTINCT c.principal_id), \
         COUNT(DISTINCT CASE WHEN p.identity_level = 0 THEN c.principal_id END), COUNT(*), \
         CAST(COALESCE(SUM(CASE WHEN e.began_on >= $1 AND EXISTS (SELECT 1 FROM engagement f WHERE f.case_id = e.case_id \
         AND f.state NOT IN ('cancelled', 'entered-in-error') AND (f.began_on < e.began_on OR (f.began_on = e.began_on AND f.id < e.id))) \
         THEN 1 ELSE 0 END), 0) AS BIGINT) \
         FROM engagement e JOIN casefile c ON c.id = e.case_id JOIN person p ON p.id = c.principal_id \
         WHERE e.office_id = $2 AND e.state NOT IN ('cancelled', 'entered-in-error') AND e.began_on <= $3 \
         AND (e.ended_on IS NULL OR e.ended_on >= $4) AND {}",
        scope.sql("e.case_id")
    );
    let first = year.first_day().to_string();
    let (persons, nameless, engagements, returns): (i64, i64, i64, i64) = conn
        .one(
            &sql,
            params![
                first.clone(),
                scope.office().get(),
                year.last_day().to_string(),
                first
            ],
        )
        .await?;
    Ok(Persons {
        persons,
        nameless,
        engagements,
        returns,
    })
}

impl Casework {
    /// [`count_persons`] for a supervisor.
    pub async fn count_persons(&self, session: &Session, year: FiscalYear) -> Result<Persons> {
        transact!(self.db(), "engagement.count", |tx| {
            let scope = access::case_scope(tx, session, Action::SeeWorkload).await?;
            count_persons(tx, &scope, year).await
        })
    }
}
