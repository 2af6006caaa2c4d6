//! The doors as stories over HTTP, on both databases.

mod desk;
mod annai;
mod tegami;
mod world;
