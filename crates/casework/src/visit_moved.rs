//! Another time for a visit that has not begun: what was agreed stays, the guards are asked anew, and whoever goes along is
//! told.

use crate::check_in::{self, happened, may_be_silenced, must_be_unwritten};
use crate::despite::{Despite, For};
use crate::visit::{self, Going, State, may_visit};
use crate::visit_plan::check_times;
use crate::{Casework, Error, Result, case, compartment};
use basics::CaseId;
use basics::time::{micros, to_jst};
use jiff::Timestamp;
use office::access::Action;
use office::custody::notice::NoticeKind;
use office::session::Session;
use store::{params, transact};

/// Another time.
#[derive(Debug, Clone)]
pub struct NewTime {
    /// When the colleagues leave.
    pub leave_at: Timestamp,
    /// When they expect to be back.
    pub return_at: Timestamp,
    /// Past a guard, and why.
    pub despite: Option<Despite>,
}

impl Casework {
    /// Moves a visit that nobody has left for. [`Error::Again`] when it is already there. A supervisor's word that
    /// somebody may go alone is asked again, as is everybody the visit reaches: other hours may be agreed for them.
    pub async fn move_visit(
        &self,
        session: &Session,
        case: CaseId,
        id: i64,
        new: &NewTime,
    ) -> Result<()> {
        transact!(self.db(), "visit.moved", |tx| {
            let (of, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let was = visit::row_of(tx, case, id).await?.read()?;
            let write = Action::WriteNote;
            compartment::open(tx, session, &grant, was.compartment, write).await?;
            if was.state != State::Planned {
                return Err(Error::Illegal("日時を変えられるのは、出発の前だけです。"));
            }
            if (was.leave_at, was.return_at) == (new.leave_at, new.return_at) {
                return Err(Error::Again);
            }
            check_times(new.leave_at, new.return_at, self.clock().now())?;
            must_be_unwritten(tx, id).await?;
            may_be_silenced(tx, session, &was).await?;
            // `visit: None`: what was passed for the old hour was not passed for this one.
            let going = Going {
                visit: None,
                target: was.target,
                compartment: was.compartment,
                leave_at: new.leave_at,
                return_at: new.return_at,
            };
            let passed = may_visit(tx, &grant, &of, &going, new.despite.as_ref()).await?;
            let done = tx
                .exec(
                    "UPDATE visit SET day = $1, leave_at = $2, return_at = $3, alone_approved_by = NULL \
                     WHERE id = $4 AND case_id = $5 AND state = 'planned' AND leave_at = $6",
                    params![
                        to_jst(new.leave_at).date().to_string(),
                        micros(new.leave_at),
                        micros(new.return_at),
                        id,
                        case.get(),
                        micros(was.leave_at)
                    ],
                )
                .await?;
            if done == 0 {
                return Err(Error::Meanwhile);
            }
            passed.was_for(tx, For::Visit, id).await?;
            happened(tx, session, &was, "moved", Some(new.return_at), None).await?;
            check_in::tell_goers(tx, session, &was, NoticeKind::VisitMoved).await
        })
    }
}
