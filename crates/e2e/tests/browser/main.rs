//! Stories in a real browser, and what the wire and the disk tell about them.
//!
//! One binary, one browser at a time (`.config/nextest.toml`).

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test

mod circle;
mod desk;
mod desk_live;
mod everybody;
mod guide_walk;
mod kit;
mod mailbox;
mod no_trace;
mod offline;
mod places;
mod quick_log;
mod small;
