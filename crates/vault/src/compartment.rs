//! Narrative under its compartment's key (house.md, idea 1).
//!
//! One compartment (a thread of letters, later a case's 本人 or 家族 side) has one
//! key. Whoever writes may hold a [`CompartmentKey`]; whoever reads needs an
//! [`OpeningKey`], which only an owner's private key or a code's key gives out.

use crate::symmetric::SymmetricKey;
use crate::{Error, PrivateKey, PublicKey, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use zeroize::Zeroizing;

const PURPOSE: &str = "ippo compartment key";
/// Sealed texts are padded to a multiple of this, so that the length of the bytes
/// does not tell 「はい」 from a page.
const BLOCK: usize = 256;

/// Where sealed bytes belong. A row copied elsewhere does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Table name.
    pub table: &'static str,
    /// Row identifier.
    pub row: i64,
    /// Column name.
    pub column: &'static str,
}

impl Place {
    fn aad(&self) -> Vec<u8> {
        format!("{}/{}/{}", self.table, self.row, self.column).into_bytes()
    }
}

/// What may be sealed: text, or a value as JSON.
pub trait Narrative: Sized {
    /// The bytes to be sealed; wiped afterwards.
    fn to_bytes(&self) -> Zeroizing<Vec<u8>>;
    /// Back from the bytes.
    fn from_bytes(bytes: &[u8]) -> Result<Self>;
}

impl Narrative for String {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.as_bytes().to_vec())
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        String::from_utf8(bytes.to_vec()).map_err(|_| Error::Unreadable)
    }
}

/// A structured value, sealed as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: Serialize + DeserializeOwned> Narrative for Json<T> {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Types sealed here hold only strings, numbers and lists: they always serialise.
        Zeroizing::new(serde_json::to_vec(&self.0).unwrap_or_default())
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes)
            .map(Json)
            .map_err(|_| Error::Unreadable)
    }
}

/// A `T` nobody can read without an [`OpeningKey`].
pub struct Sealed<T> {
    bytes: Vec<u8>,
    kind: PhantomData<fn() -> T>,
}

impl<T: Narrative> Sealed<T> {
    /// From the bytes in the database.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            kind: PhantomData,
        }
    }

    /// The bytes for the database.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Opens it. The key sits inside a `Grant` of `office::access`.
    pub fn open(&self, key: &OpeningKey, place: &Place) -> Result<T> {
        let padded = key.0.0.open(&place.aad(), &self.bytes)?;
        T::from_bytes(unpadded(&padded)?)
    }
}

/// What was sealed, without its padding.
fn unpadded(padded: &[u8]) -> Result<&[u8]> {
    let end = padded
        .iter()
        .rposition(|byte| *byte != 0)
        .ok_or(Error::Unreadable)?;
    if padded[end] != 0x80 {
        return Err(Error::Unreadable);
    }
    Ok(&padded[..end])
}

impl<T> Clone for Sealed<T> {
    fn clone(&self) -> Self {
        Self {
            bytes: self.bytes.clone(),
            kind: PhantomData,
        }
    }
}

impl<T> std::fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} bytes)", self.bytes.len())
    }
}

/// A compartment's key in the hands of somebody who may add but not read.
#[derive(Clone)]
pub struct CompartmentKey(SymmetricKey);

/// A compartment's key in the hands of somebody who may read.
pub struct OpeningKey(CompartmentKey);

impl CompartmentKey {
    /// The key of a new compartment.
    pub fn fresh() -> Self {
        Self(SymmetricKey::random())
    }

    /// Seals a value for its place, padded.
    pub fn seal<T: Narrative>(&self, place: &Place, value: &T) -> Sealed<T> {
        let mut bytes = value.to_bytes();
        bytes.push(0x80);
        let padded = bytes.len().next_multiple_of(BLOCK);
        bytes.resize(padded, 0);
        Sealed::from_bytes(self.0.seal(&place.aad(), &bytes))
    }

    /// Wraps the key for the holder of a private key. `owner` is the compartment's id.
    pub fn wrap_for(&self, public: &PublicKey, owner: i64) -> Result<Vec<u8>> {
        public.seal(PURPOSE, &owner.to_be_bytes(), self.0.bytes())
    }

    /// Wraps the key under another symmetric key (a return code's).
    pub fn wrap_under(&self, key: &SymmetricKey, owner: i64) -> Vec<u8> {
        key.seal(&wrap_aad(owner), self.0.bytes())
    }
}

impl OpeningKey {
    /// Lets `look` see what lies sealed at a place, without copying it; the buffer is wiped afterwards. For a search.
    pub fn peek<R>(
        &self,
        sealed: &[u8],
        place: &Place,
        look: impl FnOnce(&[u8]) -> R,
    ) -> Result<R> {
        let padded = self.0.0.open(&place.aad(), sealed)?;
        Ok(look(unpadded(&padded)?))
    }

    /// The same key for adding to the compartment.
    pub fn sealing(&self) -> &CompartmentKey {
        &self.0
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| Error::Unreadable)?;
        Ok(Self(CompartmentKey(SymmetricKey::from_bytes(bytes))))
    }
}

impl PrivateKey {
    /// Opens a compartment key that was wrapped for this key's public half.
    pub fn open_compartment(&self, wrapped: &[u8], owner: i64) -> Result<OpeningKey> {
        OpeningKey::from_bytes(&self.open(PURPOSE, &owner.to_be_bytes(), wrapped)?)
    }
}

impl SymmetricKey {
    /// Opens a compartment key that was wrapped under this key.
    pub fn open_compartment(&self, wrapped: &[u8], owner: i64) -> Result<OpeningKey> {
        OpeningKey::from_bytes(&self.open(&wrap_aad(owner), wrapped)?)
    }
}

fn wrap_aad(owner: i64) -> Vec<u8> {
    let mut aad = PURPOSE.as_bytes().to_vec();
    aad.extend_from_slice(&owner.to_be_bytes());
    aad
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyPair;

    const PLACE: Place = Place {
        table: "letter",
        row: 1,
        column: "body",
    };

    #[test]
    fn a_letter_opens_for_the_office_and_for_the_code_and_nowhere_else() {
        let office = KeyPair::generate();
        let code = SymmetricKey::random();
        let key = CompartmentKey::fresh();
        let sealed = key.seal(&PLACE, &"眠れません".to_owned());

        let for_office = key.wrap_for(&office.public, 9).unwrap();
        let for_code = key.wrap_under(&code, 9);
        let opened = office.private.open_compartment(&for_office, 9).unwrap();
        assert_eq!(sealed.open(&opened, &PLACE).unwrap(), "眠れません");
        let opened = code.open_compartment(&for_code, 9).unwrap();
        assert_eq!(sealed.open(&opened, &PLACE).unwrap(), "眠れません");

        assert!(
            office.private.open_compartment(&for_office, 8).is_err(),
            "another thread's key"
        );
        assert!(code.open_compartment(&for_code, 8).is_err());
        assert!(
            sealed.open(&opened, &Place { row: 2, ..PLACE }).is_err(),
            "a row copied elsewhere"
        );
    }

    #[test]
    fn the_length_of_the_bytes_does_not_tell_the_length_of_the_words() {
        let key = CompartmentKey::fresh();
        let lengths: std::collections::BTreeSet<usize> = (0..80)
            .map(|n| key.seal(&PLACE, &"あ".repeat(n)).as_bytes().len())
            .collect();
        assert_eq!(lengths.len(), 1);
    }

    #[test]
    fn padding_comes_off_exactly() {
        let office = KeyPair::generate();
        let key = CompartmentKey::fresh();
        let wrapped = key.wrap_for(&office.public, 1).unwrap();
        let opening = office.private.open_compartment(&wrapped, 1).unwrap();
        for n in [0, 1, 254, 255, 256, 257, 4000] {
            let text = "x".repeat(n);
            let sealed = key.seal(&PLACE, &text);
            assert_eq!(sealed.open(&opening, &PLACE).unwrap(), text);
            let seen = opening.peek(sealed.as_bytes(), &PLACE, |words| words == text.as_bytes());
            assert!(seen.unwrap());
        }
    }
}
