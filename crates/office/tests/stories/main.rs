//! What the office room promises, as stories, on both databases.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod access;
mod accounts;
mod audit;
mod desk;
mod keys;
mod session;
mod sign_in;
mod world;
