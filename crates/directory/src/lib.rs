//! The directory: which windows there are, whom they serve, when they are open.

pub mod kind;

pub use kind::{Kind, UnknownKind};
