//! Keys, sealing and opening, return codes, the hash chain.
//!
//! What a person said or staff wrote is [`Sealed`] under its compartment's key;
//! the key is sealed to the office's public key, the office's private key to each
//! staff member's, which their password opens (house.md, ideas 1 and 2).
//!
//! Architecture invariants: no I/O and no clock; a [`CompartmentKey`] can only
//! seal, only an [`OpeningKey`] opens, and an `OpeningKey` comes out of nothing
//! but a wrapped one plus the key it was wrapped for; secrets are wiped from
//! memory when dropped and never implement `Debug` or `Display` with content.

pub mod chain;
pub mod code;
mod compartment;
mod error;
mod keypair;
pub mod password;
pub mod sheet;
mod symmetric;

pub use compartment::{CompartmentKey, Json, Narrative, OpeningKey, Place, Sealed};
pub use error::Error;
pub use keypair::{KeyPair, PrivateKey, PublicKey};
pub use symmetric::{SymmetricKey, hash, mac, random, same};
pub use zeroize::Zeroizing;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
