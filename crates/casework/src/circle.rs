//! The people of a case as their page shows them: who they are and since when we know it, the household, the ways to reach
//! them. One asking, one row in the chain.

use crate::case::{self, CaseView};
use crate::contact_rule::{self, ContactPoint};
use crate::household::{self, Household};
use crate::identity::{self, IdentityEvent};
use crate::{Casework, Result};
use basics::{CaseId, PersonId};
use office::access::Action;
use office::session::Session;
use std::collections::BTreeMap;
use store::transact;

/// Everybody around one case.
#[derive(Debug, Clone)]
pub struct Circle {
    /// The case with its people and compartments.
    pub view: CaseView,
    /// The household.
    pub household: Household,
    /// Ways to reach people; bans first.
    pub points: Vec<ContactPoint>,
    /// The steps of the identity ladder, oldest first.
    pub steps: BTreeMap<PersonId, Vec<IdentityEvent>>,
}

impl Casework {
    /// Everybody around one case.
    pub async fn circle(&self, session: &Session, id: CaseId) -> Result<Circle> {
        transact!(self.db(), "case.circle", |tx| {
            let (case, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let view = case::view(tx, case, &grant, self).await?;
            let mut steps = BTreeMap::new();
            for person in &view.people {
                let taken = identity::of_person(tx, &grant, person.id).await?;
                steps.insert(person.id, taken);
            }
            Ok(Circle {
                household: household::of_case(tx, &grant).await?,
                points: contact_rule::of_case(tx, &grant).await?,
                steps,
                view,
            })
        })
    }
}
