//! The doors as stories over HTTP, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests

mod annai;
mod ba;
mod basho;
mod calendars;
mod consents;
mod custody;
mod dealings;
mod desk;
mod everyone;
mod kaku;
mod madoguchi;
mod mother;
mod papers;
mod people;
mod records;
mod tegami;
mod visits;
mod world;
mod yoyaku;
