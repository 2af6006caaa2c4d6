//! Stories of this room, each on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod appointments;
mod calendars;
mod changes;
mod known_people;
mod notices;
mod places;
mod world;
