//! The directory: which windows there are, whom they serve, when they are open, and how sure that is.
//!
//! [`Directory::load`] reads the data embedded by `build.rs` (municipalities, postal codes, ひきこもり centres,
//! 自立相談支援機関, halls, national lines); [`Directory::with_windows`] adds the windows an operator imported
//! ([`import`], [`imported`]). From then on it is only read: `windows_for(code)` is everyone's question.
//!
//! Architecture invariants:
//! - A window serves a set of municipality codes with exclusions ([`Area`]), never a distance.
//! - A phone of a confidence below medium is not in a [`Window`], nor in the program's image.
//! - What no source says is `None`, [`Fact::Unknown`] or [`hours::Stated::NotStated`]; nothing is filled in.
//! - The shipped data is checked against itself when the program is built, not when it runs.
//! - Only [`imported`] and [`report`] touch the database; all else is pure.

pub mod area;
pub mod confidence;
pub mod contact;
mod directory;
pub mod facts;
pub mod find;
pub mod hotline;
pub mod hours;
pub mod import;
pub mod imported;
pub mod kind;
pub mod kind_info;
pub mod machine;
pub mod municipality;
pub mod own_window;
pub mod postal;
mod record;
pub mod report;
mod search;
pub mod typed_place;
pub mod window;

pub use area::Area;
pub use confidence::{Confidence, Confirmed, Freshness, Source};
pub use contact::{Channel, Phone, Toll};
pub use directory::{Directory, WindowLine};
pub use facts::{Fact, Facts};
pub use find::{HowToFind, Site};
pub use hotline::{Hotline, LineUse};
pub use hours::{Hours, OpenState, Schedule, open_state};
pub use import::{Import, Problem};
pub use kind::{Kind, UnknownKind};
pub use kind_info::{KindInfo, kind_info};
pub use municipality::{Municipalities, Municipality, MunicipalityType};
pub use own_window::OwnWindow;
pub use postal::PostalError;
pub use typed_place::TypedPlace;
pub use window::{Age, Level, Text, Window};

/// The tables of this room: [`imported`] windows and [`report`]s of mistakes.
pub const MIGRATIONS: &[store::Migration] = &[store::Migration {
    name: "directory/0001_directory",
    sql: include_str!("../migrations/0001_directory.sql"),
}];
