//! AES-256-GCM under a 256-bit key; format `version(1) | nonce(12) | ciphertext+tag`.

use crate::{Error, Result};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const NONCE: usize = 12;

/// A symmetric key. Wiped when dropped.
#[derive(Clone)]
pub struct SymmetricKey(Zeroizing<[u8; 32]>);

impl SymmetricKey {
    /// A key nobody knows yet.
    pub fn random() -> Self {
        Self(Zeroizing::new(random()))
    }

    /// HKDF-SHA256. Only for input that is itself random enough (≥ 96 bits);
    /// passwords and spoken digits go through [`crate::password`] first.
    pub fn derive(input: &[u8], salt: &[u8], purpose: &str) -> Self {
        let mut key = Zeroizing::new([0u8; 32]);
        // 32 bytes is far below HKDF's limit of 255 blocks: it cannot fail.
        let _ = Hkdf::<Sha256>::new(Some(salt), input).expand(purpose.as_bytes(), key.as_mut());
        Self(key)
    }

    /// A key for another purpose, from this one.
    #[must_use]
    pub fn branch(&self, purpose: &str) -> Self {
        Self::derive(self.0.as_ref(), b"ippo branch", purpose)
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA256 under this key: a keyed fingerprint.
    pub fn mac(&self, message: &[u8]) -> [u8; 32] {
        mac(self.0.as_ref(), message)
    }

    /// Seals; `aad` says where the bytes belong and must be the same at opening.
    pub fn seal(&self, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = random();
        let cipher = Aes256Gcm::new(self.bytes().into());
        let body = cipher
            .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad })
            .unwrap_or_else(|_| unreachable!("AES-GCM takes up to 64 GiB"));
        let mut out = Vec::with_capacity(1 + NONCE + body.len());
        out.push(VERSION);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&body);
        out
    }

    /// Opens what [`Self::seal`] made with the same key and `aad`.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let (version, rest) = sealed.split_first().ok_or(Error::Closed)?;
        let (nonce, body) = rest.split_at_checked(NONCE).ok_or(Error::Closed)?;
        if *version != VERSION {
            return Err(Error::Closed);
        }
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| Error::Closed)?;
        let cipher = Aes256Gcm::new(self.bytes().into());
        cipher
            .decrypt(&Nonce::from(nonce), Payload { msg: body, aad })
            .map(Zeroizing::new)
            .map_err(|_| Error::Closed)
    }
}

/// Random bytes from the operating system.
///
/// # Panics
/// When the operating system has no random source: nothing secret can be made then.
#[allow(clippy::expect_used)]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).expect("the operating system's random source");
    bytes
}

/// SHA-256.
pub fn hash(message: &[u8]) -> [u8; 32] {
    Sha256::digest(message).into()
}

/// HMAC-SHA256.
pub fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key)
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Whether two byte strings are equal, in time that does not tell where they differ.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_only_with_its_key_and_place() {
        let key = SymmetricKey::random();
        let sealed = key.seal(b"here", b"words");
        assert_eq!(key.open(b"here", &sealed).unwrap().as_slice(), b"words");
        assert_eq!(key.open(b"there", &sealed).unwrap_err(), Error::Closed);
        assert_eq!(
            SymmetricKey::random().open(b"here", &sealed).unwrap_err(),
            Error::Closed
        );
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(
                key.open(b"here", &changed).unwrap_err(),
                Error::Closed,
                "byte {at}"
            );
        }
        for short in 0..sealed.len() {
            assert!(key.open(b"here", &sealed[..short]).is_err());
        }
    }

    #[test]
    fn the_same_secret_gives_the_same_key() {
        let a = SymmetricKey::derive(b"secret", b"salt", "purpose");
        let b = SymmetricKey::derive(b"secret", b"salt", "purpose");
        assert!(same(a.bytes(), b.bytes()));
        assert!(!same(
            a.bytes(),
            SymmetricKey::derive(b"secret", b"salt", "other").bytes()
        ));
        assert!(!same(a.bytes(), a.branch("x").bytes()));
    }
}
