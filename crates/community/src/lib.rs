//! Places and people: 居場所, 当事者会, 家族会, 講座, and 面接予約.
//!
//! Registration itself is a barrier (field/casework.md E16), so nothing here asks for more than it needs: one comes
//! without a booking, or books under any name and holds a code.
//!
//! - [`programme`] (with its [`feel`]) is what is offered, [`recurrence`] says on which days, [`gathering`] is one time
//!   it takes place (開催回), [`gathering_desk`] how the desk plans it.
//! - [`slip`] is what somebody without a name holds: twelve digits. [`booking`] puts it to a gathering, with a waiting
//!   list that fills by itself; [`attendance`] counts heads; [`gathering_note`] is what a host noticed.
//! - [`offered_hours`] (with [`meeting_room`] and [`away`]), [`open_slots`], [`taken`], [`appointment`], [`waiting_time`]:
//!   面接予約, from a colleague's hours to a slot that only one person can get.
//! - [`calendar_file`], [`feed`], [`closing_days`], [`week`]: calendars in, calendars out, and the office's week.
//! - [`notice`]: what is told to whoever asked for it; [`retention`]: what is forgotten, and when.
//!
//! Architecture invariants: there is no word for somebody who did not come; what a person typed lies in a slip, sealed to
//! the office and under the code; who was there is never in a compartment of the family (inv. 25); two people cannot hold
//! one slot, because a primary key forbids it; a calendar that leaves the house carries no name.

#![warn(missing_docs)]

pub mod appointment;
pub mod attendance;
pub mod away;
pub mod booking;
pub mod calendar_file;
pub mod closing_days;
mod day_text;
mod error;
pub mod feed;
pub mod feel;
pub mod gathering;
pub mod gathering_desk;
pub mod gathering_note;
pub mod meeting_room;
pub mod notice;
pub mod offered_hours;
pub mod open_slots;
pub mod programme;
pub mod recurrence;
pub mod retention;
pub mod slip;
pub mod taken;
pub mod waiting_time;
pub mod week;

pub use error::{Error, Result};

use basics::Clock;
use casework::Casework;
use office::audit::RefusalLog;
use std::sync::Arc;
use store::{Db, Migration};
use vault::SymmetricKey;

/// The tables of this room.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "community/0001_programme",
        sql: include_str!("../migrations/0001_programme.sql"),
    },
    Migration {
        name: "community/0002_appointment",
        sql: include_str!("../migrations/0002_appointment.sql"),
    },
    Migration {
        name: "community/0003_calendar",
        sql: include_str!("../migrations/0003_calendar.sql"),
    },
    Migration {
        name: "community/0004_notice",
        sql: include_str!("../migrations/0004_notice.sql"),
    },
    Migration {
        name: "community/0005_door",
        sql: include_str!("../migrations/0005_door.sql"),
    },
];

/// The room: what every function of it needs.
#[derive(Clone)]
pub struct Community(Arc<Inside>);

struct Inside {
    db: Db,
    clock: Clock,
    /// The installation's secret from ippo.toml; never in the database.
    pepper: SymmetricKey,
    casework: Casework,
    refusals: RefusalLog,
}

impl Community {
    /// Puts the room together.
    pub fn new(
        db: Db,
        clock: Clock,
        pepper: &SymmetricKey,
        casework: Casework,
        refusals: RefusalLog,
    ) -> Self {
        let pepper = pepper.branch("community");
        Self(Arc::new(Inside {
            db,
            clock,
            pepper,
            casework,
            refusals,
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

    pub(crate) fn casework(&self) -> &Casework {
        &self.0.casework
    }

    pub(crate) fn refusals(&self) -> &RefusalLog {
        &self.0.refusals
    }
}
