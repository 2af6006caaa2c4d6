//! The return code: how somebody without a name comes back to their letter
//! (field/intake.md §E1).
//!
//! A **locator** of six digits finds the row, a **secret** opens it. There are two
//! secrets. The *long* one has 128 random bits, goes into links and QR codes, and
//! needs no slow derivation. The *spoken* one has 18 digits (59.8 bits), can be read
//! over the telephone, and is stretched with Argon2id; what it opens is the long one.
//! An 8-bit keyed filter turns 255 of 256 wrong spoken secrets away before Argon2
//! runs; the 52 bits left behind it cost about four million CPU-years to search.
//!
//! Both are derived from the one-time token of the form the letter was written in:
//! the same form sent twice (a double click) leads to the same code, and the server
//! keeps neither token nor code.

use crate::password::stretch;
use crate::sheet::{decode, encode};
use crate::symmetric::{SymmetricKey, mac, random};
use zeroize::Zeroizing;

const LONG_BYTES: usize = 16;
const LONG_CHARS: usize = 26;
const LOCATORS: u32 = 1_000_000;
const SPOKEN: u64 = 1_000_000_000_000_000_000;
const DIGITS: usize = 26;

/// Six digits that find a thread and open nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Locator(u32);

impl Locator {
    /// A random locator; the caller sees to it that it is free.
    pub fn random() -> Self {
        // 2³² is so much larger than 10⁶ that the bias is below one in four thousand.
        Self(u32::from_le_bytes(random()) % LOCATORS)
    }

    /// From the number in the database.
    pub fn from_number(number: i64) -> Option<Self> {
        u32::try_from(number)
            .ok()
            .filter(|n| *n < LOCATORS)
            .map(Self)
    }

    /// The number for the database.
    pub fn number(self) -> i64 {
        i64::from(self.0)
    }
}

/// 128 bits for links and QR codes. Wiped when dropped.
#[derive(Clone)]
pub struct LongSecret(Zeroizing<[u8; LONG_BYTES]>);

/// 18 digits for the telephone. Wiped when dropped.
#[derive(Clone)]
pub struct SpokenSecret(Zeroizing<u64>);

/// What a person may have typed, scanned or read out.
pub enum Typed {
    /// From a link, a QR code or a cookie.
    Long(Locator, LongSecret),
    /// From the digits.
    Spoken(Locator, SpokenSecret),
}

/// The two secrets of a letter form's one-time token. `pepper` is the installation's
/// secret from ippo.toml.
pub fn from_token(token: &[u8], pepper: &[u8]) -> (LongSecret, SpokenSecret) {
    let root = SymmetricKey::derive(token, pepper, "return code");
    let mut long = Zeroizing::new([0u8; LONG_BYTES]);
    long.copy_from_slice(&root.branch("long").bytes()[..LONG_BYTES]);
    let spoken = root.branch("spoken");
    let mut wide = [0u8; 16];
    wide.copy_from_slice(&spoken.bytes()[..16]);
    // 128 bits modulo 10¹⁸: the bias is below 2⁻⁶⁸.
    let spoken = (u128::from_le_bytes(wide) % u128::from(SPOKEN)) as u64;
    (LongSecret(long), SpokenSecret(Zeroizing::new(spoken)))
}

impl LongSecret {
    /// The key it opens: plain HKDF, because the secret is random.
    pub fn key(&self, salt: &[u8]) -> SymmetricKey {
        SymmetricKey::derive(self.0.as_ref(), salt, "return code long")
    }

    /// Sealed under the spoken secret's key, so that the digits lead to it.
    pub fn wrap_under(&self, key: &SymmetricKey, locator: Locator) -> Vec<u8> {
        key.seal(&locator.0.to_be_bytes(), self.0.as_ref())
    }

    /// The inverse of [`Self::wrap_under`].
    pub fn open(key: &SymmetricKey, locator: Locator, wrapped: &[u8]) -> Option<Self> {
        let bytes = key.open(&locator.0.to_be_bytes(), wrapped).ok()?;
        Some(Self(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }
}

impl SpokenSecret {
    /// The key it opens: Argon2id, about 28 ms. Run it through [`crate::password::Gate`].
    pub fn key(&self, salt: &[u8]) -> SymmetricKey {
        stretch(&self.0.to_be_bytes(), salt).branch("return code spoken")
    }

    /// The filter byte stored beside the row.
    pub fn filter(&self, salt: &[u8], pepper: &[u8]) -> u8 {
        let key = SymmetricKey::derive(pepper, salt, "spoken filter");
        mac(key.bytes(), &self.0.to_be_bytes())[0]
    }

    /// The digits as a number, to be sealed for showing the code again.
    pub fn digits(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{:018}", *self.0))
    }

    /// From those digits.
    pub fn from_digits(digits: &str) -> Option<Self> {
        let well_formed = digits.len() == 18 && digits.bytes().all(|b| b.is_ascii_digit());
        well_formed
            .then(|| digits.parse().ok())?
            .map(|n| Self(Zeroizing::new(n)))
    }
}

/// Link and QR form: six digits, a hyphen, 26 characters.
pub fn long_form(locator: Locator, secret: &LongSecret) -> Zeroizing<String> {
    Zeroizing::new(format!("{:06}-{}", locator.0, encode(secret.0.as_ref())))
}

/// Spoken form: 24 digits and two check digits (ISO 7064 MOD 97-10, which notices
/// every single wrong digit and every swapped pair), in groups of four.
pub fn spoken_form(locator: Locator, secret: &SpokenSecret) -> Zeroizing<String> {
    let data = Zeroizing::new(format!("{:06}{:018}", locator.0, *secret.0));
    let all = Zeroizing::new(format!("{}{:02}", *data, 98 - remainder(&data) * 100 % 97));
    let groups: Vec<&str> = (0..DIGITS)
        .step_by(4)
        .map(|at| &all[at..(at + 4).min(DIGITS)])
        .collect();
    Zeroizing::new(groups.join(" "))
}

/// Reads either form. Forgiving of spaces, hyphens, full-width characters, letter
/// case, and a whole address pasted around the code. `None` is a wrong code.
pub fn read(text: &str) -> Option<Typed> {
    let plain: String = text.chars().map(narrow).collect();
    let plain = plain
        .trim()
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let bare: Zeroizing<String> =
        Zeroizing::new(plain.chars().filter(char::is_ascii_alphanumeric).collect());
    if bare.len() == DIGITS && bare.bytes().all(|b| b.is_ascii_digit()) {
        return (remainder(&bare) == 1).then(|| {
            Some(Typed::Spoken(
                Locator(bare[..6].parse().ok()?),
                SpokenSecret::from_digits(&bare[6..24])?,
            ))
        })?;
    }
    if bare.len() == 6 + LONG_CHARS {
        let bytes = Zeroizing::new(decode(&bare[6..])?);
        let secret = LongSecret(Zeroizing::new(bytes.as_slice().try_into().ok()?));
        return Some(Typed::Long(Locator(bare[..6].parse().ok()?), secret));
    }
    None
}

/// Full-width letters and digits, and the many dashes of Japanese keyboards.
fn narrow(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '　' => ' ',
        other => other,
    }
}

fn remainder(digits: &str) -> u32 {
    digits
        .bytes()
        .fold(0, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97)
}

/// The one-time token of a form, 256 bits, from which a code is derived: the same form sent twice
/// leads to the same code.
pub struct Token(Zeroizing<[u8; 32]>);

impl Token {
    /// A new one, for a form about to be shown.
    pub fn fresh() -> Self {
        Self(Zeroizing::new(random()))
    }

    /// From the hidden field. What is no token of ours becomes a fresh one: a letter is
    /// not refused because an old phone mangled a field.
    pub fn from_field(field: &str) -> Self {
        let bytes = (0..64).step_by(2).map(|at| {
            field
                .get(at..at + 2)
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
        });
        match bytes.collect::<Option<Vec<u8>>>().map(<[u8; 32]>::try_from) {
            Some(Ok(token)) if field.len() == 64 => Self(Zeroizing::new(token)),
            _ => Self::fresh(),
        }
    }

    /// For the hidden field: 64 hexadecimal digits.
    pub fn field(&self) -> String {
        let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
        let pair = |byte: &u8| [digit(byte >> 4), digit(byte & 15)];
        self.0.iter().flat_map(pair).collect()
    }

    /// Its bytes, to derive from.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code() -> (Locator, LongSecret, SpokenSecret) {
        let (long, spoken) = from_token(b"token", b"pepper");
        (Locator(42), long, spoken)
    }

    #[test]
    fn both_forms_are_read_back_however_they_are_typed() {
        let (locator, long, spoken) = code();
        let digits = spoken_form(locator, &spoken);
        assert_eq!(
            digits.len(),
            32,
            "{} is 26 digits in groups of four",
            *digits
        );
        let wide: String = digits
            .chars()
            .map(|c| {
                if c == ' ' {
                    '　'
                } else {
                    char::from_u32(c as u32 + 0xfee0).unwrap()
                }
            })
            .collect();
        for typed in [
            digits.to_string(),
            digits.replace(' ', "-"),
            digits.replace(' ', ""),
            wide,
        ] {
            match read(&typed) {
                Some(Typed::Spoken(l, s)) => {
                    assert_eq!((l, s.digits()), (locator, spoken.digits()));
                }
                _ => panic!("{typed} was not read"),
            }
        }
        let link = long_form(locator, &long);
        for typed in [
            link.to_string(),
            link.to_lowercase(),
            format!("https://example.jp/tegami/k/{}", *link),
        ] {
            match read(&typed) {
                Some(Typed::Long(l, s)) => assert_eq!((l, s.0), (locator, long.0.clone())),
                _ => panic!("{typed} was not read"),
            }
        }
    }

    #[test]
    fn a_misheard_digit_and_swapped_neighbours_are_noticed() {
        let (locator, _, spoken) = code();
        let digits = spoken_form(locator, &spoken).replace(' ', "");
        for at in 0..DIGITS {
            let mut wrong = digits.clone().into_bytes();
            wrong[at] = if wrong[at] == b'9' {
                b'0'
            } else {
                wrong[at] + 1
            };
            assert!(read(std::str::from_utf8(&wrong).unwrap()).is_none());
            if at > 0 && digits.as_bytes()[at] != digits.as_bytes()[at - 1] {
                let mut swapped = digits.clone().into_bytes();
                swapped.swap(at, at - 1);
                assert!(read(std::str::from_utf8(&swapped).unwrap()).is_none());
            }
        }
    }

    #[test]
    fn the_digits_lead_to_the_long_secret() {
        let (locator, long, spoken) = code();
        let wrapped = long.wrap_under(&spoken.key(b"a salt of 16 byt"), locator);
        let opened = LongSecret::open(&spoken.key(b"a salt of 16 byt"), locator, &wrapped).unwrap();
        assert_eq!(opened.0, long.0);
        assert!(LongSecret::open(&spoken.key(b"another salt 16b"), locator, &wrapped).is_none());
        assert!(
            LongSecret::open(&spoken.key(b"a salt of 16 byt"), Locator(43), &wrapped).is_none()
        );
    }

    #[test]
    fn the_same_form_gives_the_same_code_and_another_form_another() {
        let (long, spoken) = from_token(b"token", b"pepper");
        let (long_again, spoken_again) = from_token(b"token", b"pepper");
        assert_eq!(long.0, long_again.0);
        assert_eq!(spoken.digits(), spoken_again.digits());
        for (token, pepper) in [(b"tokem", b"pepper"), (b"token", b"salted")] {
            let (other, other_spoken) = from_token(token, pepper);
            assert_ne!(other.0, long.0);
            assert_ne!(other_spoken.digits(), spoken.digits());
        }
    }

    #[test]
    fn nonsense_is_no_code() {
        for text in [
            "",
            "1234",
            "みかん",
            "000000-",
            "💐",
            &"9".repeat(26),
            &"Z".repeat(32),
            "////",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
