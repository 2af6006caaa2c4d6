//! A word to a colleague inside the desk: "a first approach waits for you", "the glass was broken". Codes only; nothing
//! is mailed. Whoever must not know of a case (知人回避) is never told of it.

use crate::custody;
use crate::error::Result;
use crate::session::Session;
use crate::staff::Role;
use basics::{CaseId, Clock, OfficeId, StaffId, new_id, time::from_micros};
use jiff::Timestamp;
use store::{Conn, params};

/// A notice that was not yet put away.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its identifier.
    pub id: i64,
    /// What happened, as a code: `approach_proposed`.
    pub kind: String,
    /// In which case.
    pub case: Option<CaseId>,
    /// To which thing of it, if that needs saying.
    pub subject: Option<i64>,
    /// When.
    pub at: Timestamp,
}

/// Tells one colleague, unless they must not know of the case.
pub async fn tell(
    tx: &mut Conn,
    clock: &Clock,
    office: OfficeId,
    staff: StaffId,
    kind: &'static str,
    about: (Option<CaseId>, Option<i64>),
) -> Result<()> {
    let (case, subject) = about;
    if let Some(case) = case
        && custody::is_barred(tx, case, staff).await?
    {
        return Ok(());
    }
    tx.exec(
        "INSERT INTO notice (id, office_id, staff_id, kind, case_id, subject, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![
            new_id(clock),
            office.get(),
            staff.get(),
            kind,
            case.map(CaseId::get),
            subject,
            clock.now_micros()
        ],
    )
    .await?;
    Ok(())
}

/// Tells every supervisor of the office who may know of the case.
pub async fn tell_supervisors(
    tx: &mut Conn,
    clock: &Clock,
    office: OfficeId,
    kind: &'static str,
    about: (Option<CaseId>, Option<i64>),
) -> Result<()> {
    let leading: Vec<(i64,)> = tx
        .all(
            "SELECT id FROM staff WHERE office_id = $1 AND role = $2 AND active = 1 ORDER BY id",
            params![office.get(), Role::Supervisor.code()],
        )
        .await?;
    for (staff,) in leading {
        tell(tx, clock, office, staff.into(), kind, about).await?;
    }
    Ok(())
}

/// The colleague's own notices that were not put away, newest first.
pub async fn unseen(conn: &mut Conn, session: &Session) -> Result<Vec<Notice>> {
    type Row = (i64, String, Option<i64>, Option<i64>, i64);
    let rows: Vec<Row> = conn
        .all(
            "SELECT id, kind, case_id, subject, at FROM notice WHERE staff_id = $1 AND seen_at IS NULL \
             ORDER BY at DESC, id LIMIT 100",
            params![session.staff().get()],
        )
        .await?;
    let notice = |(id, kind, case, subject, at): Row| Notice {
        id,
        kind,
        case: case.map(CaseId::from),
        subject,
        at: from_micros(at),
    };
    Ok(rows.into_iter().map(notice).collect())
}

/// Puts one of the colleague's own notices away. Somebody else's is left alone.
pub async fn put_away(tx: &mut Conn, session: &Session, id: i64) -> Result<()> {
    tx.exec(
        "UPDATE notice SET seen_at = $1 WHERE id = $2 AND staff_id = $3 AND seen_at IS NULL",
        params![session.clock().now_micros(), id, session.staff().get()],
    )
    .await?;
    Ok(())
}
