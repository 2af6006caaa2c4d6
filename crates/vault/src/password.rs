//! Passwords and spoken digits: Argon2id, m = 19 MiB, t = 2, p = 1 (OWASP minimum),
//! about 28 ms and 19 MB each. A [`Gate`] keeps a flood from taking both cores.

use crate::symmetric::{SymmetricKey, random, same};
use crate::{Error, Result};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::Arc;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

const SALT: usize = 16;
const PROOF: usize = 32;

/// What the database keeps of a password: salt and a proof that opens nothing.
#[derive(Clone)]
pub struct PasswordRecord(Vec<u8>);

/// Without the bytes: passwords can be tried against them.
impl std::fmt::Debug for PasswordRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordRecord")
    }
}

impl PasswordRecord {
    /// From the bytes in the database.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes for the database.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A record no password fits, for the work of an unknown name.
    pub fn nobody() -> Self {
        Self([0u8; SALT + PROOF].to_vec())
    }
}

/// A new password: its record, and the key it opens (which is not stored).
pub fn set(password: &str) -> (PasswordRecord, SymmetricKey) {
    let salt: [u8; SALT] = random();
    let root = stretch(password.as_bytes(), &salt);
    let mut record = salt.to_vec();
    record.extend_from_slice(&root.mac(b"password proof"));
    (PasswordRecord(record), root.branch("password key"))
}

/// The key a password opens, if it is the right one.
pub fn verify(record: &PasswordRecord, password: &str) -> Option<SymmetricKey> {
    let (salt, proof) = record.0.split_at_checked(SALT)?;
    let root = stretch(password.as_bytes(), salt);
    same(&root.mac(b"password proof"), proof).then(|| root.branch("password key"))
}

/// Argon2id of anything a person can type, to a key.
pub fn stretch(secret: &[u8], salt: &[u8]) -> SymmetricKey {
    let params = Params::new(19 * 1024, 2, 1, Some(32)).unwrap_or_default();
    let mut out = Zeroizing::new([0u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(secret, salt, out.as_mut())
        .unwrap_or_else(|_| unreachable!("salt and output have fixed, allowed lengths"));
    SymmetricKey::from_bytes(*out)
}

/// How many of these may run at once in this process; the others wait their turn.
#[derive(Clone)]
pub struct Gate(Arc<Semaphore>);

impl Gate {
    /// A gate for `at_once` computations.
    pub fn new(at_once: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once)))
    }

    /// Runs slow work on a thread of its own, when there is room.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let permit = Arc::clone(&self.0)
            .acquire_owned()
            .await
            .map_err(|_| Error::Closed)?;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.map_err(|_| Error::Closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_password_opens_and_another_does_not() {
        let (record, key) = set("ふつうの長い合言葉です");
        let opened = verify(&record, "ふつうの長い合言葉です").unwrap();
        assert!(same(key.bytes(), opened.bytes()));
        assert!(verify(&record, "ふつうの長い合言葉でした").is_none());
        assert!(verify(&PasswordRecord::nobody(), "").is_none());
        assert!(verify(&PasswordRecord::from_bytes(vec![]), "").is_none());
    }
}
