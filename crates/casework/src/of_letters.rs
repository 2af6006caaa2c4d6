//! Letters of a case: a thread becomes part of it, in the compartment of whoever wrote; is answered past no guard; and is
//! taken out again.
//!
//! Nothing of a thread is copied or sealed anew, and not one byte of its writer's pages changes: they never learn that
//! there is a case, or that somebody else of the household writes too.

use crate::approach::{self, Asked, Way};
use crate::case;
use crate::compartment::{self, Voice};
use crate::despite::{Despite, For, Passed};
use crate::identity;
use crate::person::{self, Person};
use crate::staff_room;
use crate::{Casework, Error, Result};
use basics::{CaseId, PersonId, ThreadId};
use mailbox::Thread;
use mailbox::answer::Reply;
use office::access::{self, Action};
use office::session::Session;
use store::transact;

/// A case of one's own and its people, for choosing whose letter it is.
#[derive(Debug, Clone)]
pub struct Choosable {
    /// Which.
    pub case: CaseId,
    /// Its number.
    pub number: i64,
    /// Its people, the principal first.
    pub people: Vec<Person>,
}

impl Casework {
    /// The asker's own cases with their people: face sheets, no narrative. One row in the chain.
    pub async fn own_people(&self, session: &Session) -> Result<Vec<Choosable>> {
        transact!(self.db(), "case.list", |tx| {
            let scope = access::case_scope(tx, session, Action::SeeCases).await?;
            let own = scope.own();
            let mut people = person::of_cases(tx, &scope, Some(&own)).await?;
            let mut cases = Vec::with_capacity(own.len());
            for id in own {
                if let Some(case) = case::by_id(tx, id).await? {
                    cases.push(Choosable {
                        case: id,
                        number: case.number,
                        people: people.remove(&id).unwrap_or_default(),
                    });
                }
            }
            cases.sort_by_key(|one| -one.number);
            Ok(cases)
        })
    }

    /// Answers a letter, whether or not it is part of a case. Of a case, everybody whose letters they are is asked for
    /// first, as before any other word that goes out (inv. 8, 9); the number of the answer in its thread.
    pub async fn answer_letter(
        &self,
        session: &Session,
        thread: ThreadId,
        reply: &Reply<'_>,
        despite: Option<&Despite>,
    ) -> Result<i64> {
        transact!(self.db(), "mailbox.reply", |tx| {
            let mut passed = Passed::default();
            if let Some((case, room, _)) = mailbox::of_case::part_of(tx, session, thread).await? {
                let (of, grant) = case::open(tx, session, case, Action::ReadCase).await?;
                let all = compartment::of_case(tx, case).await?;
                let theirs = all.iter().filter(|one| one.id == room);
                for person in theirs.flat_map(|one| one.holders.iter().copied().chain(one.person)) {
                    let asked = Asked {
                        despite,
                        ..Asked::plainly(person, Way::Letter)
                    };
                    passed.add(approach::may_reach(tx, &grant, &of, &asked).await?);
                }
            }
            let seq = self.mailbox().reply_in(tx, session, thread, reply).await?;
            passed.was_for(tx, For::Thread, thread.get()).await?;
            Ok(seq)
        })
    }

    /// Adds a thread to a case, in the compartment of the person who wrote; it is opened if they were not heard before.
    /// Whoever writes letters holds a return code: they stand at L2 of the ladder at least.
    pub async fn attach_thread(
        &self,
        session: &Session,
        case: CaseId,
        thread: ThreadId,
        writer: PersonId,
    ) -> Result<()> {
        transact!(self.db(), "case.attach_thread", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            staff_room::must_belong(tx, case.id, writer).await?;
            let voice = if writer == case.principal {
                Voice::Principal(writer)
            } else {
                Voice::Family(writer)
            };
            let room = compartment::open_new(tx, session, &grant, self.clock(), &voice).await?;
            let room = compartment::open(tx, session, &grant, room, Action::WriteNote).await?;
            mailbox::of_case::attach(tx, session, thread, &room).await?;
            identity::code_given(tx, &grant, self.clock(), writer, thread).await?;
            let entry = grant.entry("case.thread_attached").because(format!(
                "thread={thread},compartment={}",
                room.compartment()
            ));
            office::audit::record(tx, &entry).await?;
            Ok(())
        })
    }

    /// Takes a thread out of its case: it lies in the office's inbox as before, and what was known of its writer by its
    /// code alone is not known any more.
    pub async fn detach_thread(
        &self,
        session: &Session,
        case: CaseId,
        thread: ThreadId,
    ) -> Result<()> {
        transact!(self.db(), "case.detach_thread", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let all = mailbox::of_case::threads_of(tx, case.id).await?;
            let room_of = |one: &Thread| one.part_of.map(|(_, room, _)| room);
            let Some(room) = all.iter().find(|one| one.id == thread).map(room_of) else {
                return Err(Error::NotFound);
            };
            mailbox::of_case::detach(tx, session, thread).await?;
            let rooms = compartment::of_case(tx, case.id).await?;
            let writer = rooms.iter().find(|one| Some(one.id) == room);
            if let Some(writer) = writer.and_then(|one| one.person) {
                let same = all
                    .iter()
                    .find(|one| one.id != thread && room_of(one) == room);
                let other = same.map(|one| one.id);
                let clock = self.clock();
                identity::code_taken_back(tx, &grant, clock, writer, thread, other).await?;
            }
            let entry = grant
                .entry("case.thread_detached")
                .because(format!("thread={thread}"));
            office::audit::record(tx, &entry).await?;
            Ok(())
        })
    }

    /// The threads of a case whose compartments are in the asker's reach, in codes and days.
    pub async fn threads_of_case(&self, session: &Session, case: CaseId) -> Result<Vec<Thread>> {
        transact!(self.db(), "case.threads", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            let mut threads = mailbox::of_case::threads_of(tx, case.id).await?;
            threads.retain(|one| {
                one.part_of
                    .is_some_and(|(_, compartment, _)| grant.reaches(compartment))
            });
            Ok(threads)
        })
    }
}
