//! The doors as stories over HTTP, on both databases.

mod tegami;
mod world;
