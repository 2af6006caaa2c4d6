//! The plan on paper, for one person: what was said by them or with them, and nothing of anybody else's. Before a paper is
//! put into somebody's hands it is asked whether they may be reached with it (inv. 8, 9).

use crate::approach::{self, Asked, Way};
use crate::person::{self, Person};
use crate::plan::{self, PlanPart};
use crate::{Casework, Error, Result, case, compartment};
use basics::{CaseId, PersonId};
use office::access::Action;
use office::session::Session;
use store::transact;

/// One person's paper.
#[derive(Debug, Clone)]
pub struct PlanPaper {
    /// For whom.
    pub person: Person,
    /// The parts they hold, the newest version each. Whose plan a part belongs to is not said: it could name somebody else.
    pub parts: Vec<PlanPart>,
}

impl Casework {
    /// The plan as it may be given to this person. One row in the chain.
    pub async fn plan_paper(
        &self,
        session: &Session,
        id: CaseId,
        person: PersonId,
    ) -> Result<PlanPaper> {
        transact!(self.db(), "plan.printed", |tx| {
            let (of, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let people = person::of_case(tx, &grant).await?;
            let found = people.into_iter().find(|one| one.id == person);
            let found = found.ok_or(Error::NotFound)?;
            approach::may_reach(tx, &grant, &of, &Asked::plainly(person, Way::Print)).await?;
            let mut opened = compartment::open_all(tx, session, &grant).await?;
            opened.retain(|(one, _)| one.is_held_by(person));
            let plans = plan::of_compartments(tx, id, &compartment::grants(opened)).await?;
            let entry = grant
                .entry("plan.printed")
                .because(format!("person={person}"));
            office::audit::record(tx, &entry).await?;
            Ok(PlanPaper {
                person: found,
                parts: plans.into_iter().flat_map(|one| one.parts).collect(),
            })
        })
    }
}
