//! 復旧シート: the office's private key on paper, for the safe. It opens everything
//! when every password is lost, so it is printed once and kept nowhere else.
//!
//! 11 groups of 5 characters (Crockford's alphabet: no I, L, O, U), the last two
//! bytes a checksum, so that a mistyped group is noticed.

use crate::symmetric::hash;
use crate::{Error, PrivateKey, Result};
use zeroize::Zeroizing;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BYTES: usize = 34;

/// The text to print.
pub fn write(key: &PrivateKey) -> Zeroizing<String> {
    let secret = key.to_bytes();
    let mut bytes = Zeroizing::new([0u8; BYTES]);
    bytes[..32].copy_from_slice(secret.as_ref());
    bytes[32..].copy_from_slice(&hash(secret.as_ref())[..2]);
    let text = Zeroizing::new(encode(bytes.as_ref()));
    let groups: Vec<&str> = (0..text.len())
        .step_by(5)
        .map(|at| &text[at..(at + 5).min(text.len())])
        .collect();
    Zeroizing::new(groups.join("-"))
}

/// Reads a sheet back; forgiving of case, spaces, and O for 0, I or L for 1.
pub fn read(text: &str) -> Result<PrivateKey> {
    let bytes = Zeroizing::new(decode(text).ok_or(Error::Sheet)?);
    if bytes.len() != BYTES || hash(&bytes[..32])[..2] != bytes[32..] {
        return Err(Error::Sheet);
    }
    PrivateKey::from_bytes(&bytes[..32]).map_err(|_| Error::Sheet)
}

/// Base 32 with Crockford's alphabet, five bits a character, most significant first.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut held, mut bits) = (0u32, 0);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(ALPHABET[(held >> bits) as usize & 31]));
        }
    }
    if bits > 0 {
        out.push(char::from(ALPHABET[(held << (5 - bits)) as usize & 31]));
    }
    out
}

/// The inverse of [`encode`]; left-over bits must be zero.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut held, mut bits) = (0u32, 0);
    for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let c = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let value = ALPHABET.iter().position(|a| char::from(*a) == c)? as u32;
        held = ((held << 5) | value) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits) as u8);
        }
    }
    (held & ((1 << bits) - 1) == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyPair;

    #[test]
    fn the_sheet_gives_the_key_back() {
        let key = KeyPair::generate().private;
        let sheet = write(&key);
        assert_eq!(sheet.split('-').count(), 11);
        assert_eq!(read(&sheet).unwrap().public(), key.public());
        assert_eq!(
            read(&sheet.to_lowercase().replace('-', " ").replace('1', "l"))
                .unwrap()
                .public(),
            key.public()
        );
    }

    #[test]
    fn a_mistyped_character_is_noticed() {
        let sheet = write(&KeyPair::generate().private);
        let mut missed = 0;
        for at in (0..sheet.len()).filter(|at| at % 6 != 5) {
            let mut wrong = sheet.as_bytes().to_vec();
            wrong[at] = if wrong[at] == b'7' { b'8' } else { b'7' };
            missed += usize::from(read(std::str::from_utf8(&wrong).unwrap()).is_ok());
        }
        assert_eq!(missed, 0);
        assert!(read("").is_err());
    }
}
