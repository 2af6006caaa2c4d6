//! Who works on a case, who must not know of it, and their own word that they do not know the family.

use crate::case::{self, CaseView};
use crate::{Casework, Result};
use basics::{CaseId, PersonId, StaffId};
use jiff::Timestamp;
use office::access::{Action, Reach};
use office::custody::acquaintance::{self, Acquaintance, Denied};
use office::custody::{self, NewAssignment};
use office::{Role, Session, Staff, staff};
use store::transact;

/// What the page 「担当」 shows.
#[derive(Debug, Clone)]
pub struct Workers {
    /// The case.
    pub view: CaseView,
    /// Who must not know of it.
    pub denied: Vec<Denied>,
    /// The colleagues who are one of its people.
    pub linked: Vec<(StaffId, String, PersonId)>,
    /// Who can approve for it; empty when the only supervisors must not know of it.
    pub approvers: Vec<Staff>,
    /// Whom it could be given to: active colleagues who read cases, and peer supporters.
    pub colleagues: Vec<Staff>,
    /// Whether the asker has still to say that they do not know the family.
    pub must_check: bool,
    /// Whether the asker has a hand-over sheet to read before the first contact.
    pub sheet_unread: bool,
    /// Whether the asker says who works on it and who must not know of it.
    pub settles: bool,
    /// Whether every compartment is in the asker's reach, so that they can give all of it.
    pub reaches_all: bool,
    /// Until when the glass is broken, when that is how it is seen.
    pub glass_until: Option<Timestamp>,
}

impl Casework {
    /// Who works on the case. One row in the chain.
    pub async fn workers(&self, session: &Session, id: CaseId) -> Result<Workers> {
        transact!(self.db(), "case.workers", |tx| {
            let (case, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let denied = acquaintance::denied(tx, &grant).await?;
            let linked = acquaintance::linked(tx, &grant).await?;
            let approvers = acquaintance::approvers(tx, session.office(), id).await?;
            let mut colleagues = staff::list(tx, session.office()).await?;
            colleagues.retain(|one| one.active && one.role != Role::Administrator);
            let sheet_unread = custody::sheet_unread(tx, &grant, self.clock()).await?;
            let glass_until = office::access::glass_until(tx, &grant).await?;
            let (settles, reaches_all) = (
                grant.settles_custody(),
                grant.leads() || grant.reaches_all(),
            );
            let view = case::view(tx, case, &grant, self).await?;
            let now = self.clock().now();
            let must_check = view.workers.iter().any(|one| {
                one.staff == session.staff() && one.from <= now && !one.conflict_checked
            });
            Ok(Workers {
                must_check: must_check && view.reach == Reach::Assigned,
                denied,
                linked,
                approvers,
                colleagues,
                sheet_unread,
                settles,
                reaches_all,
                glass_until,
                view,
            })
        })
    }

    /// Lets a colleague work on the case.
    pub async fn assign(&self, session: &Session, id: CaseId, new: &NewAssignment) -> Result<i64> {
        transact!(self.db(), "case.assign", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::AssignCase).await?;
            Ok(custody::assign(tx, &grant, self.clock(), new).await?)
        })
    }

    /// Ends an assignment at a moment; what was written stays the colleague's.
    pub async fn end_assignment(
        &self,
        session: &Session,
        id: CaseId,
        assignment: i64,
        at: Timestamp,
    ) -> Result<()> {
        transact!(self.db(), "case.unassign", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::AssignCase).await?;
            Ok(custody::end_assignment(tx, &grant, assignment, at).await?)
        })
    }

    /// 知人回避, for oneself or another. From the commit on the case does not exist for that colleague.
    pub async fn declare_acquaintance(
        &self,
        session: &Session,
        id: CaseId,
        colleague: StaffId,
        reason: Acquaintance,
    ) -> Result<()> {
        transact!(self.db(), "case.acquaintance", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::DeclareAcquaintance).await?;
            Ok(acquaintance::declare(tx, &grant, self.clock(), colleague, reason).await?)
        })
    }

    /// Lifts one; never by the colleague concerned, for whom the case does not exist.
    pub async fn lift_acquaintance(&self, session: &Session, id: CaseId, entry: i64) -> Result<()> {
        transact!(self.db(), "case.acquaintance_lifted", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::DeclareAcquaintance).await?;
            Ok(acquaintance::lift(tx, &grant, self.clock(), entry).await?)
        })
    }

    /// 「この家族を知りません」
    pub async fn confirm_unacquainted(&self, session: &Session, id: CaseId) -> Result<()> {
        transact!(self.db(), "case.conflict_checked", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            Ok(custody::confirm_unacquainted(tx, &grant, self.clock()).await?)
        })
    }

    /// A supervisor says that a colleague is one of the case's people (inv. 16).
    pub async fn link_colleague(
        &self,
        session: &Session,
        id: CaseId,
        colleague: StaffId,
        person: PersonId,
    ) -> Result<()> {
        transact!(self.db(), "case.colleague_linked", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ApproveCase).await?;
            Ok(acquaintance::link_colleague(tx, &grant, self.clock(), colleague, person).await?)
        })
    }

    /// Undoes [`Casework::link_colleague`].
    pub async fn unlink_colleague(
        &self,
        session: &Session,
        id: CaseId,
        colleague: StaffId,
        person: PersonId,
    ) -> Result<()> {
        transact!(self.db(), "case.colleague_unlinked", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ApproveCase).await?;
            Ok(acquaintance::unlink_colleague(tx, &grant, colleague, person).await?)
        })
    }
}
