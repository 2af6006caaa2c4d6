//! When colleagues are out on visits, as times and nothing else: for whoever gives out appointments. Neither the case nor
//! the visit can be learnt from it.

use crate::Result;
use basics::time::{from_micros, micros};
use basics::{OfficeId, StaffId};
use jiff::Timestamp;
use store::{Conn, params};

/// A stretch of time in which a colleague is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Out {
    /// Who.
    pub staff: StaffId,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// The visits of an office, planned or under way, that touch these days. Whoever goes along is out as well.
pub async fn out(
    conn: &mut Conn,
    office: OfficeId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Out>> {
    let rows: Vec<(i64, Option<i64>, i64, i64)> = conn
        .all(
            "SELECT staff_id, buddy_id, leave_at, return_at FROM visit \
             WHERE office_id = $1 AND state IN ('planned', 'out') AND return_at > $2 AND leave_at < $3 \
             ORDER BY leave_at, id",
            params![office.get(), micros(from), micros(until)],
        )
        .await?;
    let both = |(staff, buddy, leave, back): (i64, Option<i64>, i64, i64)| {
        [Some(staff), buddy]
            .into_iter()
            .flatten()
            .map(move |staff| Out {
                staff: staff.into(),
                from: from_micros(leave),
                until: from_micros(back),
            })
    };
    Ok(rows.into_iter().flat_map(both).collect())
}
