//! Stories of this room, each on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod approach;
mod assessing;
mod attaching;
mod consenting;
mod custody;
mod despite;
mod disclosing;
mod due;
mod engagement;
mod hand_over;
mod history;
mod keeping;
mod leaving;
mod links;
mod logging;
mod opening;
mod peers;
mod people;
mod planning;
mod searching;
mod secret_bytes;
mod today;
mod visit;
mod world;
