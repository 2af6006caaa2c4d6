//! X25519 key pairs; sealing to a public key is HPKE base mode
//! (RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305).

use crate::{Error, Result};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use zeroize::Zeroizing;

type Dh = X25519HkdfSha256;
const ENCAPPED: usize = 32;

/// A key anybody may have: what is sealed to it only its private half opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PublicKey([u8; 32]);

/// The half that opens. Wiped when dropped.
#[derive(Clone)]
pub struct PrivateKey(Zeroizing<[u8; 32]>);

/// Both halves.
#[derive(Clone)]
pub struct KeyPair {
    /// To be given away.
    pub public: PublicKey,
    /// To be kept.
    pub private: PrivateKey,
}

impl KeyPair {
    /// A new pair.
    pub fn generate() -> Self {
        let (private, _) = Dh::gen_keypair();
        let private = PrivateKey(Zeroizing::new(private.to_bytes().into()));
        Self {
            public: private.public(),
            private,
        }
    }
}

impl PublicKey {
    /// From the 32 bytes in the database.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        bytes.try_into().map(Self).map_err(|_| Error::Unreadable)
    }

    /// The 32 bytes.
    pub fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// Seals to this key. `purpose` and `aad` must be the same at opening.
    pub fn seal(&self, purpose: &str, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
        let key = <Dh as Kem>::PublicKey::from_bytes(&self.0).map_err(|_| Error::Unreadable)?;
        let (encapped, body) = hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, Dh>(
            &OpModeS::Base,
            &key,
            purpose.as_bytes(),
            plain,
            aad,
        )
        .map_err(|_| Error::Unreadable)?;
        let mut out = encapped.to_bytes().to_vec();
        out.extend_from_slice(&body);
        Ok(out)
    }
}

impl PrivateKey {
    /// From 32 secret bytes (out of another sealed envelope).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| Error::Unreadable)?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// The secret bytes, to be sealed at once.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.0.clone()
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        match <Dh as Kem>::PrivateKey::from_bytes(self.0.as_ref()) {
            Ok(key) => PublicKey(Dh::sk_to_pk(&key).to_bytes().into()),
            Err(_) => unreachable!("every 32 bytes are an X25519 private key"),
        }
    }

    /// Opens what was sealed to the public half with the same purpose and `aad`.
    pub fn open(&self, purpose: &str, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let (encapped, body) = sealed.split_at_checked(ENCAPPED).ok_or(Error::Closed)?;
        let key =
            <Dh as Kem>::PrivateKey::from_bytes(self.0.as_ref()).map_err(|_| Error::Closed)?;
        let encapped = <Dh as Kem>::EncappedKey::from_bytes(encapped).map_err(|_| Error::Closed)?;
        hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Dh>(
            &OpModeR::Base,
            &key,
            &encapped,
            purpose.as_bytes(),
            body,
            aad,
        )
        .map(Zeroizing::new)
        .map_err(|_| Error::Closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_private_half_opens_and_only_for_the_same_purpose() {
        let pair = KeyPair::generate();
        let sealed = pair.public.seal("letter", b"7", b"words").unwrap();
        assert_eq!(
            pair.private
                .open("letter", b"7", &sealed)
                .unwrap()
                .as_slice(),
            b"words"
        );
        assert!(pair.private.open("note", b"7", &sealed).is_err());
        assert!(pair.private.open("letter", b"8", &sealed).is_err());
        assert!(
            KeyPair::generate()
                .private
                .open("letter", b"7", &sealed)
                .is_err()
        );
        assert!(pair.private.open("letter", b"7", &sealed[..20]).is_err());
        let again = PrivateKey::from_bytes(pair.private.to_bytes().as_ref()).unwrap();
        assert_eq!(again.public(), pair.public);
    }
}
