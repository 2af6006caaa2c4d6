//! A case at a glance: where it stands, how to reach people, what was last and what comes next. Codes, days and the face
//! sheet; no narrative is opened by looking at it.

use crate::case::{self, CaseView};
use crate::contact::{self, Contact};
use crate::contact_rule::{self, ContactPoint};
use crate::engagement::{self, Engagement};
use crate::subject_knows::{self, KnowsEvent};
use crate::visit::{self, Visit};
use crate::{Casework, Result};
use basics::{CaseId, CompartmentId};
use mailbox::Thread;
use office::access::Action;
use office::session::Session;
use store::transact;

/// How many contacts are shown.
const CONTACTS: i64 = 6;

/// What the case's first page shows.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The case, its people, compartments and workers.
    pub view: CaseView,
    /// The support period that runs, or the last one.
    pub engagement: Engagement,
    /// Whether the person knows, as it was heard, the newest first.
    pub knows: Vec<KnowsEvent>,
    /// Ways to reach people, with their rules.
    pub contact_points: Vec<ContactPoint>,
    /// The last contacts in the asker's reach, newest first.
    pub contacts: Vec<Contact>,
    /// Visits that are planned or under way.
    pub visits: Vec<Visit>,
    /// Threads of letters in the asker's reach.
    pub threads: Vec<Thread>,
}

impl Casework {
    /// The case at a glance. One row in the chain.
    pub async fn overview(&self, session: &Session, id: CaseId) -> Result<Overview> {
        transact!(self.db(), "case.read", |tx| {
            let (case, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let view = case::view(tx, case, &grant, self).await?;
            let reach: Vec<CompartmentId> = view.compartments.iter().map(|one| one.id).collect();
            let mut threads = mailbox::of_case::threads_of(tx, id).await?;
            threads.retain(|thread| {
                thread
                    .part_of
                    .is_some_and(|(_, compartment, _)| reach.contains(&compartment))
            });
            Ok(Overview {
                engagement: engagement::current(tx, id).await?,
                knows: subject_knows::of_case(tx, &grant).await?,
                contact_points: contact_rule::of_case(tx, &grant).await?,
                contacts: contact::latest(tx, id, &reach, CONTACTS).await?,
                visits: visit::coming(tx, id, &reach).await?,
                threads,
                view,
            })
        })
    }
}
