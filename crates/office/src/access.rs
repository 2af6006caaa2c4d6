//! The one place that decides who may do what and who may open what (house.md, idea 1).
//!
//! Three things come out of here and are made nowhere else: a [`Permit`] for what is not narrative, a [`Grant`] that
//! opens one thread, and [`NotFound`], which is all that anyone learns who may not. Every way through here leaves a row
//! in the audit chain.

mod action;
mod card;
mod case;
mod drawer;
mod glass;
mod office_words;
mod on_duty;
mod slip;

pub use action::{Action, may};
pub use card::{
    CardGrant, CardRef, NewCardKeys, absent_card, card_subject, may_give_cards, new_card, open_card,
};
pub use case::{
    CaseGrant, CaseGrantInList, CaseRef, CaseScope, CompartmentGrant, CompartmentKind,
    CompartmentRef, Reach, absent_case, absent_compartment, barred_cases, case_scope, case_subject,
    compartment_subject, found_case, knows_of_letters, letters_in_reach, open_case,
};
pub use drawer::Drawer;
pub use glass::{Broken, break_glass, glass_until, open_behind_glass};
pub use office_words::{open_for_office, seal_for_office};
pub use on_duty::take_on_duty;
pub use slip::{KeptFor, SlipKeys, may_run, open_own, open_slips, wrap_for_own};

use crate::audit::{self, Actor, Entry};
use crate::error::{Error, Result};
use crate::session::Session;
use basics::{CaseId, Clock, CompartmentId, OfficeId, ThreadId};
use store::Conn;
use vault::{CompartmentKey, Narrative, OpeningKey, Place, Sealed, Zeroizing};

/// Absent or forbidden: the same word, the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("お探しのページは見つかりませんでした。")]
pub struct NotFound;

/// The right to do one thing that is not narrative, in one office.
#[derive(Clone, Debug)]
pub struct Permit {
    office: OfficeId,
    actor: Actor,
    action: Action,
    clock: Clock,
}

impl Permit {
    /// In which office.
    pub fn office(&self) -> OfficeId {
        self.office
    }

    /// Who.
    pub fn actor(&self) -> Actor {
        self.actor
    }

    /// The clock by which it is recorded.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// An audit entry under this permit.
    pub fn entry(&self, action: &'static str, subject: impl Into<String>) -> Entry {
        Entry::done(self.office, self.actor, action, subject, self.clock.now())
    }

    /// A permit for one thing is none for another.
    pub fn must_be_for(&self, action: Action) -> Result<(), NotFound> {
        if self.action == action {
            Ok(())
        } else {
            Err(NotFound)
        }
    }
}

/// Asks for a permit in the asker's own office. A refusal is in the chain before this returns.
///
/// Not inside a transaction: see [`audit::RefusalLog::refuse`].
pub async fn permit(session: &Session, action: Action, subject: &str) -> Result<Permit> {
    if may(session.role(), action) {
        return Ok(Permit {
            office: session.office(),
            actor: Actor::Staff(session.staff()),
            action,
            clock: session.clock().clone(),
        });
    }
    session
        .refusals()
        .refuse(refusal(session, action, subject, "role"))
        .await?;
    Err(Error::NotFound)
}

/// The permit of whoever sits at the machine itself (`ippo init`, `ippo demo`, `ippo import`). It opens nothing:
/// the machine holds no keys.
pub fn operator(clock: &Clock, office: OfficeId, action: Action) -> Permit {
    Permit {
        office,
        actor: Actor::Operator,
        action,
        clock: clock.clone(),
    }
}

/// What must be known of a thread to decide who may open it.
#[derive(Clone, Copy, Debug)]
pub struct ThreadRef<'a> {
    /// Whose it is.
    pub office: OfficeId,
    /// Which one.
    pub id: ThreadId,
    /// Its key, sealed to the office.
    pub wrapped_key: &'a [u8],
    /// The case and compartment it belongs to, once somebody opened a case for its writer.
    pub part_of: Option<(CaseId, CompartmentId, CompartmentKind)>,
}

impl ThreadRef<'_> {
    fn subject(&self) -> String {
        subject(self.id)
    }
}

fn subject(id: ThreadId) -> String {
    format!("thread:{id}")
}

/// The key to one thread, for one asker. Only this module makes one, and only after the asking is recorded.
pub struct Grant {
    office: OfficeId,
    thread: ThreadId,
    actor: Actor,
    key: OpeningKey,
}

impl Grant {
    /// Opens one sealed thing of this thread.
    pub fn open<T: Narrative>(&self, sealed: &Sealed<T>, place: &Place) -> Result<T> {
        Ok(sealed.open(&self.key, place)?)
    }

    /// Seals one thing into this thread.
    pub fn seal<T: Narrative>(&self, place: &Place, value: &T) -> Sealed<T> {
        self.key.sealing().seal(place, value)
    }

    /// The half of the key that only adds: for wrapping it under a new return code.
    pub fn sealing(&self) -> &CompartmentKey {
        self.key.sealing()
    }

    /// Which thread.
    pub fn thread(&self) -> ThreadId {
        self.thread
    }

    /// Whose thread.
    pub fn office(&self) -> OfficeId {
        self.office
    }

    /// Who asked.
    pub fn actor(&self) -> Actor {
        self.actor
    }
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grant")
            .field("thread", &self.thread)
            .field("actor", &self.actor)
            .finish_non_exhaustive()
    }
}

/// Opens a thread for a signed-in colleague, inside the transaction that does the thing, and records it there.
///
/// Whoever may not (another office's thread, a role that reads no letters, an account without the office key) gets
/// [`Error::NotFound`], the same as for a thread that does not exist; the refusal is noted in the asker's chain and
/// committed by the refusal writer as soon as this transaction is over. Callers await
/// [`audit::RefusalLog::settled`] before the answer leaves.
pub async fn open_thread(
    tx: &mut Conn,
    session: &Session,
    thread: ThreadRef<'_>,
    action: Action,
) -> Result<Grant> {
    let reached = match thread.part_of {
        Some((case, compartment, kind)) => {
            case::reaches_letters(tx, session, case, compartment, kind, action).await?
        }
        None => Ok(String::new()),
    };
    let opened = reached.and_then(|reach| Ok((decide(session, &thread, action)?, reach)));
    let (key, reach) = match opened {
        Ok(opened) => opened,
        Err(reason) => {
            session
                .refusals()
                .note(refusal(session, action, &thread.subject(), reason));
            return Err(Error::NotFound);
        }
    };
    let actor = Actor::Staff(session.staff());
    let now = session.clock().now();
    let entry = Entry::done(thread.office, actor, action.code(), thread.subject(), now);
    audit::record(tx, &entry.because(reach)).await?;
    Ok(Grant {
        office: thread.office,
        thread: thread.id,
        actor,
        key,
    })
}

fn decide(
    session: &Session,
    thread: &ThreadRef<'_>,
    action: Action,
) -> Result<OpeningKey, &'static str> {
    if thread.office != session.office() {
        return Err("other_office");
    }
    if !may(session.role(), action) {
        return Err("role");
    }
    let office_key = session.office_key().map_err(|_| "no_office_key")?;
    office_key
        .open_compartment(thread.wrapped_key, thread.id.get())
        .map_err(|_| "key_does_not_fit")
}

/// Opens the words of a report about a window: sealed to the office like a letter, but in no thread. Recorded; who may
/// not learns what [`open_thread`] would tell them.
pub async fn open_report(
    tx: &mut Conn,
    session: &Session,
    office: OfficeId,
    report: i64,
    wrapped_key: &[u8],
) -> Result<Grant> {
    const ACTION: &str = "window_report.read";
    let sealed = ThreadRef {
        office,
        id: report.into(),
        wrapped_key,
        part_of: None,
    };
    let (actor, now) = (Actor::Staff(session.staff()), session.clock().now());
    let subject = format!("window_report:{report}");
    match decide(session, &sealed, Action::ReadThread) {
        Ok(key) => {
            audit::record(tx, &Entry::done(office, actor, ACTION, subject, now)).await?;
            Ok(Grant {
                office,
                thread: sealed.id,
                actor,
                key,
            })
        }
        Err(reason) => {
            let refusal = Entry::refused(session.office(), actor, ACTION, subject, now);
            session.refusals().note(refusal.because(reason));
            Err(Error::NotFound)
        }
    }
}

/// The marks of one letter, sealed under its thread's key, as a list at the desk finds them.
pub struct SealedMarks {
    /// Which thread.
    pub thread: ThreadId,
    /// Its key, sealed to the office.
    pub wrapped_key: Vec<u8>,
    /// Where the marks belong.
    pub place: Place,
    /// The marks.
    pub marks: Sealed<String>,
}

/// Opens the marks (never the words) of letters for a list at the desk, in the asker's own office, and records the
/// looking as one row. The keys stay in here. Marks that do not open are left out; they are not worth a broken page.
pub async fn open_marks(
    tx: &mut Conn,
    session: &Session,
    sealed: &[SealedMarks],
) -> Result<Vec<(ThreadId, Zeroizing<String>)>> {
    let action = Action::SeeInbox;
    if !may(session.role(), action) {
        session
            .refusals()
            .note(refusal(session, action, "", "role"));
        return Err(Error::NotFound);
    }
    let Ok(office_key) = session.office_key() else {
        session
            .refusals()
            .note(refusal(session, action, "", "no_office_key"));
        return Err(Error::NoOfficeKey);
    };
    let actor = Actor::Staff(session.staff());
    audit::record(
        tx,
        &Entry::done(
            session.office(),
            actor,
            action.code(),
            "",
            session.clock().now(),
        ),
    )
    .await?;
    let open = |one: &SealedMarks| {
        let key = office_key
            .open_compartment(&one.wrapped_key, one.thread.get())
            .ok()?;
        let marks = one.marks.open(&key, &one.place).ok()?;
        Some((one.thread, Zeroizing::new(marks)))
    };
    Ok(sealed.iter().filter_map(open).collect())
}

/// For a thread that is not there: the asking is noted, and the answer is that of [`open_thread`] to a stranger.
pub fn absent(session: &Session, id: ThreadId, action: Action) -> Error {
    absent_subject(session, &subject(id), action)
}

fn absent_subject(session: &Session, subject: &str, action: Action) -> Error {
    session
        .refusals()
        .note(refusal(session, action, subject, "absent"));
    Error::NotFound
}

/// Opens a thread for whoever showed its return code. That the code was right is proved by the key itself: only a
/// right code opens it (`vault`). Recorded in the same transaction.
pub async fn code_holder(
    tx: &mut Conn,
    clock: &Clock,
    office: OfficeId,
    thread: ThreadId,
    key: OpeningKey,
    action: &'static str,
) -> Result<Grant> {
    let actor = Actor::CodeHolder(thread);
    audit::record(
        tx,
        &Entry::done(office, actor, action, subject(thread), clock.now()),
    )
    .await?;
    Ok(Grant {
        office,
        thread,
        actor,
        key,
    })
}

fn refusal(session: &Session, action: Action, subject: &str, reason: &'static str) -> Entry {
    let actor = Actor::Staff(session.staff());
    Entry::refused(
        session.office(),
        actor,
        action.code(),
        subject,
        session.clock().now(),
    )
    .because(reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staff::Role;

    #[test]
    fn an_administrator_may_do_nothing_with_letters() {
        for action in Action::ALL
            .into_iter()
            .filter(|action| action.code().starts_with("thread."))
        {
            assert!(!may(Role::Administrator, action), "{action:?}");
            assert!(!may(Role::Peer, action), "{action:?}");
            assert!(
                may(Role::Coordinator, action) && may(Role::Supervisor, action),
                "{action:?}"
            );
        }
        let of_cases = |action: &Action| {
            ["case.", "compartment.", "disclosure.", "erasure."]
                .iter()
                .any(|room| action.code().starts_with(room))
        };
        for action in Action::ALL.into_iter().filter(of_cases) {
            assert!(!may(Role::Administrator, action), "{action:?}");
            assert!(!may(Role::Peer, action), "{action:?}");
        }
        assert!(!may(Role::Administrator, Action::SeeInbox));
        assert!(!may(Role::Administrator, Action::GrantOfficeKey));
    }

    #[test]
    fn a_coordinator_changes_no_accounts() {
        assert!(!may(Role::Coordinator, Action::ManageStaff));
        assert!(!may(Role::Coordinator, Action::SeeAudit));
        assert!(may(Role::Coordinator, Action::PauseLetters));
    }
}
