//! Stories in a real browser, and what the wire and the disk tell about them.
//!
//! One binary, one browser at a time (`.config/nextest.toml`).

mod kit;
