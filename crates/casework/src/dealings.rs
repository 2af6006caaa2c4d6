//! 「関わり」: everything about how the office deals with a household, for its one page: engagements, first approaches,
//! refusals, the agreed pace, tasks, ages, letters.

use crate::approach::{self, Approach};
use crate::case::{self, CaseView};
use crate::engagement::{self, Course};
use crate::milestone::{self, Milestone};
use crate::refusal::{self, Refusal};
use crate::silence::{self, Watch};
use crate::task::{self, Task};
use crate::{Casework, Result, staff_room};
use basics::{CaseId, StaffId};
use mailbox::Thread;
use office::access::Action;
use office::session::Session;
use store::transact;

/// All of it, as far as the asker reaches it.
#[derive(Debug, Clone)]
pub struct Dealings {
    /// The case.
    pub view: CaseView,
    /// Its engagements.
    pub course: Course,
    /// First approaches, the latest first.
    pub approaches: Vec<Approach>,
    /// Refusals, the latest first.
    pub refusals: Vec<Refusal>,
    /// Agreed paces that stand.
    pub watches: Vec<Watch>,
    /// Tasks that are not done.
    pub tasks: Vec<Task>,
    /// Ages that come near.
    pub milestones: Vec<Milestone>,
    /// Letters of the case, in codes and days.
    pub threads: Vec<Thread>,
    /// Whether the asker may write into the staff's compartment, and so do anything here.
    pub may_write: bool,
    /// The colleagues of the office, for names and for "who heard it".
    pub colleagues: Vec<(StaffId, String)>,
}

impl Dealings {
    /// A colleague's name.
    pub fn name_of(&self, staff: StaffId) -> &str {
        let found = self.colleagues.iter().find(|(id, _)| *id == staff);
        found.map_or("前の職員", |(_, name)| name.as_str())
    }
}

impl Casework {
    /// The page 「関わり」 of a case.
    pub async fn dealings(&self, session: &Session, case: CaseId) -> Result<Dealings> {
        transact!(self.db(), "case.dealings", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            let id = case.id;
            let room = staff_room::read(tx, session, &grant).await?;
            let may_write = room.as_ref().is_some_and(|room| {
                session.may(Action::ChangeCase) && grant.may_write(room.compartment(), room.kind())
            });
            let mut threads = mailbox::of_case::threads_of(tx, id).await?;
            threads.retain(|one| {
                one.part_of
                    .is_some_and(|(_, compartment, _)| grant.reaches(compartment))
            });
            let colleagues = office::staff::list(tx, case.office).await?;
            let today = self.clock().today();
            Ok(Dealings {
                course: engagement::course(tx, id, room.as_ref()).await?,
                approaches: approach::of_case(tx, id, room.as_ref()).await?,
                refusals: refusal::of_case(tx, id, room.as_ref()).await?,
                watches: silence::of_case(tx, id, room.as_ref()).await?,
                tasks: task::of_case(tx, id, room.as_ref()).await?,
                milestones: milestone::of_case(tx, &grant, today).await?,
                view: case::view(tx, case, &grant, self).await?,
                threads,
                may_write,
                colleagues: colleagues
                    .into_iter()
                    .map(|one| (one.id, one.name))
                    .collect(),
            })
        })
    }
}
