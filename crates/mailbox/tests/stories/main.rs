//! What the mailbox promises, as stories, on both databases.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod all_at_once;
mod at_the_desk;
mod first_letters;
mod in_time;
mod return_codes;
mod the_writer;
mod world;
