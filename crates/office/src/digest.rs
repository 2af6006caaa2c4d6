//! Hashes that this room keeps instead of the thing itself.

use data_encoding::BASE64URL_NOPAD;
use vault::{SymmetricKey, Zeroizing};

/// A keyed hash of these parts for this purpose. Each part goes in with its length, so that no two lists look alike.
pub(crate) fn keyed(key: &SymmetricKey, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    key.mac(&joined(purpose, parts))
}

/// What the database keeps of a random token of 128 bits and more: its hash. It needs no key, since nobody can try
/// all tokens.
pub(crate) fn of_token(purpose: &str, token: &[u8]) -> [u8; 32] {
    vault::hash(&joined(purpose, &[token]))
}

fn joined(purpose: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = purpose.as_bytes().to_vec();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

/// A secret of 256 bits that lives in a browser's cookie.
pub(crate) struct Token(Zeroizing<[u8; 32]>);

impl Token {
    pub(crate) fn fresh() -> Self {
        Self(Zeroizing::new(vault::random()))
    }

    /// Reads it back from a cookie; `None` for anything else.
    pub(crate) fn parse(cookie: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(cookie.trim().as_bytes()).ok()?);
        bytes
            .as_slice()
            .try_into()
            .ok()
            .map(|bytes| Self(Zeroizing::new(bytes)))
    }

    pub(crate) fn cookie(&self) -> String {
        BASE64URL_NOPAD.encode(self.0.as_ref())
    }

    pub(crate) fn hash(&self, purpose: &str) -> [u8; 32] {
        of_token(purpose, self.0.as_ref())
    }

    pub(crate) fn key(&self, purpose: &str) -> SymmetricKey {
        SymmetricKey::derive(self.0.as_ref(), b"ippo token", purpose)
    }
}
