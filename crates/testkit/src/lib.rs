//! What tests lean on, and nothing else may: both databases from one source ([`on_both_databases!`]),
//! a clock that stands where the story needs it ([`clock_at`]), a client with cookies that reads pages and
//! fills in forms ([`client::Client`], feature `client`), and builders for what most stories begin with
//! (feature `office`).
//!
//! Architecture invariant: only `[dev-dependencies]` name this crate; `cargo xtask check` sees to it.

// A test helper that cannot go on has one good answer: stop the test and say why.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

#[cfg(feature = "office")]
pub mod builders;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "client")]
pub mod html;
pub mod mail_server;

mod clock;
mod databases;

pub use clock::clock_at;
pub use databases::{Engine, TestDb, on_postgres, on_sqlite};
