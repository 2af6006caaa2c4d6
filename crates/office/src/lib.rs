//! The office: who works there, who may do and open what, and the record of everything that was done.
//!
//! - [`office`]: the offices and what they tell the public; [`calendar`]: when they are open, what they promise.
//! - [`staff`], [`enrol`], [`office_key`]: accounts, invitations, and who holds the key to the letters.
//! - [`sign_in`], [`session`], [`totp`], [`recovery`], [`limits`]: the staff entrance.
//! - [`access`]: **the one place** that decides who may open what, and the only maker of a [`Grant`].
//! - [`custody`]: who works on which case, who must not, and who broke the glass: the facts that access decides by.
//! - [`readers`]: who will read what is about to be written. [`audit`]: the hash chain.
//! - [`phrases`], [`presence`]: small helpers of the desk.
//! - [`duty`]: who looks after alarms today.
//!
//! Architecture invariants: only [`access`] makes a [`Grant`] or a [`Permit`]; the office's private key never leaves
//! this crate except on the founding's recovery sheet; every change and every reading of narrative leaves a row in the
//! chain, refusals in a transaction of their own; nothing here knows a letter, a case or a page.

#![warn(missing_docs)]

pub mod access;
pub mod audit;
pub mod calendar;
pub mod custody;
mod digest;
pub mod duty;
pub mod enrol;
mod error;
pub mod founding;
pub mod limits;
pub mod office;
pub mod office_key;
pub mod phrases;
pub mod presence;
pub mod readers;
pub mod recovery;
pub mod session;
pub mod sign_in;
pub mod staff;
pub mod totp;

pub use access::{
    Action, CaseGrant, CaseRef, CaseScope, CompartmentGrant, CompartmentKind, CompartmentRef,
    Grant, NotFound, Permit, ThreadRef,
};
pub use audit::{Actor, Entry, Outcome, RefusalLog};
pub use calendar::{Hours, OpenNow, Opening};
pub use enrol::{Enrolment, Invitation, Invited};
pub use error::{Error, Result};
pub use office::{NewOffice, Office, Pause, Settings};
pub use recovery::RecoveryCodes;
pub use session::Session;
pub use sign_in::{Attempt, Entrance, SignedIn};
pub use staff::{Qualification, Role, Staff, StaffForm};
pub use totp::TotpSecret;

use store::Migration;

/// The tables of this room.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "office/0001_office",
        sql: include_str!("../migrations/0001_office.sql"),
    },
    Migration {
        name: "office/0002_audit",
        sql: include_str!("../migrations/0002_audit.sql"),
    },
    Migration {
        name: "office/0003_custody",
        sql: include_str!("../migrations/0003_custody.sql"),
    },
    Migration {
        name: "office/0005_glass",
        sql: include_str!("../migrations/0005_glass.sql"),
    },
];
