//! Days and sums of contacts over the cases in somebody's reach: codes and counts, nothing is opened.

use crate::{Error, Result};
use basics::{CaseId, StaffId};
use jiff::civil::Date;
use office::access::CaseScope;
use store::{Conn, params};

/// The last contact of the case `f`: one step down the index, however long the case is.
const LAST: &str = "(SELECT l.id FROM contact l WHERE l.case_id = f.id AND l.void_at IS NULL ORDER BY l.at DESC, l.id DESC LIMIT 1)";

/// The agreed next days up to `until` that no later contact has followed, oldest first. For the start page.
pub(crate) async fn next_days(
    conn: &mut Conn,
    scope: &CaseScope,
    until: Date,
) -> Result<Vec<(CaseId, Date)>> {
    let sql = format!(
        "SELECT c.case_id, c.next_on FROM casefile f JOIN contact c ON c.id = {LAST} \
         WHERE f.office_id = $1 AND c.next_on <= $2 AND {} ORDER BY c.next_on, c.case_id",
        scope.sql("f.id")
    );
    let rows: Vec<(i64, String)> = conn
        .all(&sql, params![scope.office().get(), until.to_string()])
        .await?;
    rows.into_iter()
        .map(|(case, day)| {
            let day = day.parse().map_err(|_| Error::Damaged("contact.next_on"))?;
            Ok((case.into(), day))
        })
        .collect()
}

/// Contacts and minutes of each colleague in a span of days, over the cases in scope. For the workload.
pub(crate) async fn load_of_staff(
    conn: &mut Conn,
    scope: &CaseScope,
    from: Date,
    to: Date,
) -> Result<Vec<(StaffId, i64, i64)>> {
    let sql = format!(
        "SELECT s.staff_id, COUNT(*), CAST(COALESCE(SUM(c.minutes), 0) AS BIGINT) FROM contact c \
         JOIN contact_staff s ON s.contact_id = c.id \
         WHERE c.office_id = $1 AND c.day >= $2 AND c.day <= $3 AND c.void_at IS NULL AND {} \
         GROUP BY s.staff_id ORDER BY s.staff_id",
        scope.sql("c.case_id")
    );
    let office = scope.office().get();
    let rows: Vec<(i64, i64, i64)> = conn
        .all(&sql, params![office, from.to_string(), to.to_string()])
        .await?;
    Ok(rows
        .into_iter()
        .map(|(staff, n, minutes)| (staff.into(), n, minutes))
        .collect())
}
