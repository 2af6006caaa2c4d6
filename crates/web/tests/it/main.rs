//! The doors as stories over HTTP, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests

mod desk;
mod annai;
mod madoguchi;
mod tegami;
mod world;
