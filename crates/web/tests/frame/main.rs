//! The frame of the pages: what every answer wears, how it looks, what is kept when something goes wrong.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod doors;
mod form;
mod house;
mod log;
mod look;
