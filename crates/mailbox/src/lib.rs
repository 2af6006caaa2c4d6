//! Letters without a name: somebody writes at three in the morning, keeps a code,
//! and finds the office's answer there days later.
//!
//! A first letter is accepted first and judged later ([`first_letter`]); the writer
//! comes back by code ([`return_code`], [`holder`]); the desk sees what waits,
//! oldest promise first ([`inbox`]), answers, notes and hands over ([`answer`]);
//! whoever holds the code may add what they want to say ([`addendum`]); a thread may become part of a case ([`of_case`]);
//! what is closed is erased in time and only counts stay ([`retention`], [`count`]).
//!
//! Architecture invariants: no word of a letter is in any column, log or error; a
//! note of the staff never leaves towards the writer; every function that opens a
//! letter goes through `office::access`; nothing slow (Argon2) runs inside a
//! transaction; numbers have no gaps. Locks are taken in one order everywhere, so that
//! no two transactions wait for each other in a circle: the sender's limit, the running
//! number, the audit chain, the thread, the counts.

pub mod addendum;
pub mod answer;
pub mod count;
pub mod entered;
mod error;
pub mod first_letter;
pub mod holder;
pub mod inbox;
mod letter;
pub mod of_case;
pub mod passing;
pub mod retention;
pub mod return_code;
pub mod risk_words;
mod thread;

pub use error::{Error, Result};
pub use letter::{Letter, MAX_CHARS, Side};
pub use thread::{Origin, State, Thread, Tray, Wish, Writer};

use basics::Clock;
use office::audit::RefusalLog;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use store::{Db, Migration};
use vault::SymmetricKey;
use vault::password::Gate;

/// The tables of this room.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "mailbox/0001_thread",
        sql: include_str!("../migrations/0001_thread.sql"),
    },
    Migration {
        name: "mailbox/0002_part_of_case",
        sql: include_str!("../migrations/0002_part_of_case.sql"),
    },
];

/// The mailbox of this installation: what every function of the room needs.
#[derive(Clone)]
pub struct Mailbox(Arc<Inside>);

struct Inside {
    db: Db,
    clock: Clock,
    /// The installation's secret from ippo.toml; never in the database.
    pepper: SymmetricKey,
    gate: Gate,
    refusals: RefusalLog,
    /// Words were erased, but the write-ahead log still holds them: to be tried again.
    unscrubbed: AtomicBool,
}

impl Mailbox {
    /// Puts the mailbox together. `gate` is shared with the sign-in, so that both
    /// together never run more Argon2 computations than the machine bears.
    pub fn new(
        db: Db,
        clock: Clock,
        pepper: &SymmetricKey,
        gate: Gate,
        refusals: RefusalLog,
    ) -> Self {
        let pepper = pepper.branch("mailbox");
        Self(Arc::new(Inside {
            db,
            clock,
            pepper,
            gate,
            refusals,
            unscrubbed: AtomicBool::new(false),
        }))
    }

    pub(crate) fn db(&self) -> &Db {
        &self.0.db
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn pepper(&self) -> &SymmetricKey {
        &self.0.pepper
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    pub(crate) fn refusals(&self) -> &RefusalLog {
        &self.0.refusals
    }

    pub(crate) fn unscrubbed(&self) -> &AtomicBool {
        &self.0.unscrubbed
    }
}
