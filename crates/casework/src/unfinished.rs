//! Drafts of notes that nobody confirmed. Their author is reminded after a day; when the author does not work on the case
//! any more, its main worker may confirm or discard what they left. Whose words they are does not change.

use crate::Result;
use basics::time::{from_micros, to_jst};
use basics::{CaseId, CompartmentId, NoteId, StaffId};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use office::access::{CaseGrant, CaseScope};
use office::custody::{self, Assignment, AssignmentKind};
use office::session::Session;
use office::staff::{self, Role, Staff};
use store::{Conn, params};

/// So long after it was begun a draft is told of to its author.
const AFTER: SignedDuration = SignedDuration::from_hours(24);

/// A draft that waits for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfinished {
    /// Which.
    pub note: NoteId,
    /// Whether a colleague left it who does not work on the case any more.
    pub left: bool,
}

/// Who works on one case at this moment, and who there is.
struct Hands<'a> {
    now: Timestamp,
    staff: &'a [Staff],
    workers: &'a [Assignment],
}

impl Hands<'_> {
    fn works(&self, who: StaffId, case: CaseId, main: bool) -> bool {
        self.workers.iter().any(|one| {
            let as_what = if main {
                one.kind == AssignmentKind::Main
            } else {
                one.kind != AssignmentKind::Peer
            };
            one.case == case
                && one.staff == who
                && as_what
                && one.from <= self.now
                && one.until.is_none_or(|until| until > self.now)
        })
    }

    /// Whether whoever wrote it cannot finish it any more. A supervisor writes without being assigned.
    fn is_left_by(&self, author: StaffId, case: CaseId) -> bool {
        let found = self.staff.iter().find(|one| one.id == author);
        match found.filter(|one| one.active) {
            None => true,
            Some(one) => one.role != Role::Supervisor && !self.works(author, case, false),
        }
    }
}

/// Whether this colleague may confirm or discard a draft that another one wrote.
pub(crate) async fn falls_to(
    conn: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
    author: StaffId,
) -> Result<bool> {
    let workers = custody::assignments(conn, grant, session.clock()).await?;
    let staff = staff::list(conn, grant.office()).await?;
    let hands = Hands {
        now: session.clock().now(),
        staff: &staff,
        workers: &workers,
    };
    let case = grant.case();
    let barred = custody::is_barred(conn, case, author).await?;
    Ok(hands.works(session.staff(), case, true) && (barred || hands.is_left_by(author, case)))
}

/// The drafts that wait for this colleague: their own of more than a day, and those left to them as the main worker.
pub(crate) async fn of(
    conn: &mut Conn,
    session: &Session,
    scope: &CaseScope,
) -> Result<Vec<(CaseId, Date, Unfinished)>> {
    let sql = format!(
        "SELECT n.id, n.case_id, n.compartment_id, n.author, n.created_at FROM note n JOIN casefile f ON f.id = n.case_id \
         WHERE f.office_id = $1 AND n.state = 'draft' AND {} ORDER BY n.created_at, n.id",
        scope.sql("n.case_id")
    );
    let rows: Vec<(i64, i64, i64, i64, i64)> =
        conn.all(&sql, params![scope.office().get()]).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let clock = session.clock();
    let workers = custody::assignment::of_office(conn, scope, clock).await?;
    let staff = staff::list(conn, scope.office()).await?;
    let hands = Hands {
        now: clock.now(),
        staff: &staff,
        workers: &workers,
    };
    let mut mine = Vec::new();
    for (note, case, compartment, author, created) in rows {
        let (case, author) = (CaseId::from(case), StaffId::from(author));
        let created = from_micros(created);
        let waits = if author == session.staff() {
            hands.now.duration_since(created) >= AFTER
        } else {
            hands.works(session.staff(), case, true)
                && (hands.is_left_by(author, case)
                    || custody::is_barred(conn, case, author).await?)
        };
        if waits && scope.reaches(case, CompartmentId::from(compartment)) {
            let draft = Unfinished {
                note: note.into(),
                left: author != session.staff(),
            };
            mine.push((case, to_jst(created).date(), draft));
        }
    }
    Ok(mine)
}
