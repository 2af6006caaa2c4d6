//! Who goes along on a visit is changed before it begins: both are told, and why somebody now goes alone is written down.

use crate::visit::{self, State, VisitRow, may_go};
use crate::{Casework, Error, Result, case, compartment};
use basics::{CaseId, StaffId};
use office::access::Action;
use office::custody::notice::{self, NoticeKind};
use office::session::Session;
use store::{params, transact};
use vault::Json;

impl Casework {
    /// Another colleague goes along, or nobody. Nobody only with the reason, as in [`Casework::plan_visit`]; a
    /// supervisor's word that somebody may go alone is asked again.
    pub async fn change_buddy(
        &self,
        session: &Session,
        case: CaseId,
        id: i64,
        buddy: Option<StaffId>,
        alone: &str,
    ) -> Result<()> {
        let alone = alone.trim();
        transact!(self.db(), "visit.buddy", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let row: VisitRow = visit::row_of(tx, case, id).await?;
            let was = row.read()?;
            let write = Action::WriteNote;
            let inside = compartment::open(tx, session, &grant, was.compartment, write).await?;
            if was.state != State::Planned {
                return Err(Error::Illegal(
                    "いっしょに行く人を変えられるのは、出発の前だけです。",
                ));
            }
            if was.buddy == buddy {
                return Err(Error::Again);
            }
            let known = may_go(tx, &grant, self).await?;
            let fits = |who: StaffId| who != was.staff && known.iter().any(|one| one.staff == who);
            if buddy.is_some_and(|who| !fits(who)) {
                return Err(Error::invalid(
                    "buddy",
                    "この職員は、このケースの担当に入っていません。先に担当に加えるか、ほかの職員を選んでください。",
                ));
            }
            if buddy.is_none() && alone.is_empty() {
                return Err(Error::invalid(
                    "alone",
                    "訪問は二人で行くのが決まりです。ひとりで行くときは、そのわけを書いてください。",
                ));
            }
            let mut words = row.words(&inside)?;
            if buddy.is_none() {
                alone.clone_into(&mut words.alone);
            }
            let sealed = inside.seal(&visit::words_place(id), &Json(words));
            let done = tx
                .exec(
                    "UPDATE visit SET buddy_id = $1, alone_approved_by = NULL, words = $2 \
                     WHERE id = $3 AND case_id = $4 AND state = 'planned'",
                    params![buddy.map(StaffId::get), sealed.as_bytes(), id, case.get()],
                )
                .await?;
            if done == 0 {
                return Err(Error::Meanwhile);
            }
            let told = [
                (was.buddy, NoticeKind::VisitWithout),
                (buddy, NoticeKind::VisitAlong),
            ];
            for (who, kind) in told {
                if let Some(who) = who {
                    let (clock, office) = (self.clock(), grant.office());
                    notice::tell(tx, clock, office, who, kind, Some(case), Some(id)).await?;
                }
            }
            let name = |who: Option<StaffId>| {
                who.map_or_else(|| "nobody".to_owned(), |who| who.to_string())
            };
            let detail = format!("visit={id},from={},to={}", name(was.buddy), name(buddy));
            let entry = grant.entry("visit.buddy").because(detail);
            Ok(office::audit::record(tx, &entry).await?)
        })
    }
}
