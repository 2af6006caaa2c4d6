//! What is taken, in quarters of an hour: the key of the table is the guard. Two people cannot hold one slot, whatever
//! happens at the same moment, because the database keeps one row a colleague (or room) and quarter.

use crate::{Error, Result};
use basics::{OfficeId, StaffId};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::HashSet;
use store::{Conn, Value, params};

/// What only one appointment can have at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resource {
    /// A colleague.
    Staff(StaffId),
    /// A room.
    Room(i64),
}

impl Resource {
    fn code(self) -> String {
        match self {
            Self::Staff(id) => format!("staff:{id}"),
            Self::Room(id) => format!("room:{id}"),
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        let (kind, id) = code.split_once(':')?;
        let id: i64 = id.parse().ok()?;
        match kind {
            "staff" => Some(Self::Staff(id.into())),
            "room" => Some(Self::Room(id)),
            _ => None,
        }
    }
}

/// The quarters from one moment to another; begun ones count whole.
pub(crate) fn quarters(from: Timestamp, until: Timestamp) -> std::ops::Range<i64> {
    const QUARTER: i64 = 900;
    let last = until.as_second() + i64::from(until.subsec_nanosecond() > 0);
    from.as_second().div_euclid(QUARTER)
        ..last.div_euclid(QUARTER) + i64::from(last.rem_euclid(QUARTER) != 0)
}

/// Takes the resources for these quarters: all of them or none ([`Error::Taken`], and the caller's transaction is undone).
/// What the appointment holds already counts as taken by it. Rows go in in one order everywhere, so that two who want
/// overlapping times wait for each other in one direction only.
pub(crate) async fn claim(
    tx: &mut Conn,
    appointment: i64,
    resources: &[Resource],
    quarters: std::ops::Range<i64>,
) -> Result<()> {
    let mut wanted: Vec<(String, i64)> = Vec::new();
    for resource in resources {
        wanted.extend(quarters.clone().map(|quarter| (resource.code(), quarter)));
    }
    wanted.sort_unstable();
    wanted.dedup();
    let mut rows = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    for (what, quarter) in &wanted {
        let n = values.len();
        rows.push(format!("(${}, ${}, ${})", n + 1, n + 2, n + 3));
        values.extend([what.into(), quarter.into(), appointment.into()]);
    }
    let sql = format!(
        "INSERT INTO taken_quarter (what, quarter, appointment_id) VALUES {} ON CONFLICT DO NOTHING",
        rows.join(", ")
    );
    tx.exec(&sql, &values).await?;
    let held: Vec<(String, i64)> = tx
        .all(
            "SELECT what, quarter FROM taken_quarter WHERE appointment_id = $1",
            params![appointment],
        )
        .await?;
    let held: HashSet<(String, i64)> = held.into_iter().collect();
    if wanted.iter().all(|one| held.contains(one)) {
        Ok(())
    } else {
        Err(Error::Taken)
    }
}

/// Gives back what the appointment holds besides these; with no resources, everything.
pub(crate) async fn release_others(
    tx: &mut Conn,
    appointment: i64,
    resources: &[Resource],
    quarters: std::ops::Range<i64>,
) -> Result<()> {
    let held: Vec<(String, i64)> = tx
        .all(
            "SELECT what, quarter FROM taken_quarter WHERE appointment_id = $1 ORDER BY what, quarter",
            params![appointment],
        )
        .await?;
    let kept: HashSet<String> = resources.iter().map(|one| one.code()).collect();
    for (what, quarter) in held {
        if kept.contains(&what) && quarters.contains(&quarter) {
            continue;
        }
        tx.exec(
            "DELETE FROM taken_quarter WHERE what = $1 AND quarter = $2 AND appointment_id = $3",
            params![what, quarter, appointment],
        )
        .await?;
    }
    Ok(())
}

/// What is taken in an office on these days, without what one appointment holds itself.
pub(crate) async fn between(
    conn: &mut Conn,
    office: OfficeId,
    first: Date,
    last: Date,
    except: Option<i64>,
) -> Result<HashSet<(Resource, i64)>> {
    let rows: Vec<(String, i64)> = conn
        .all(
            "SELECT t.what, t.quarter FROM appointment a JOIN taken_quarter t ON t.appointment_id = a.id \
             WHERE a.office_id = $1 AND a.day BETWEEN $2 AND $3 AND a.id <> $4",
            params![office.get(), first.to_string(), last.to_string(), except.unwrap_or(0)],
        )
        .await?;
    let read = |(what, quarter): (String, i64)| Some((Resource::from_code(&what)?, quarter));
    Ok(rows.into_iter().filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begun_quarters_count_whole() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let length = |from, until| quarters(at(from), at(until)).count();
        assert_eq!(length("2026-11-24T01:00:00Z", "2026-11-24T01:45:00Z"), 3);
        assert_eq!(length("2026-11-24T01:05:00Z", "2026-11-24T01:46:00Z"), 4);
        assert_eq!(length("2026-11-24T01:00:00Z", "2026-11-24T01:00:00Z"), 0);
    }
}
