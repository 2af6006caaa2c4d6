//! The second factor: six digits from an authenticator app (RFC 6238, SHA-1, 30 seconds, one step of tolerance).

use crate::error::{Error, Result};
use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use totp_rs::{Builder, Totp};
use vault::Zeroizing;

/// The shared secret of one colleague's authenticator app: 160 bits (RFC 4226 §4).
#[derive(Clone)]
pub struct TotpSecret(Zeroizing<[u8; 20]>);

impl TotpSecret {
    /// A secret nobody knows yet.
    pub fn random() -> Self {
        Self(Zeroizing::new(vault::random()))
    }

    /// Reads the text that [`TotpSecret::base32`] shows; forgiving of case and spaces.
    pub fn parse(text: &str) -> Result<Self> {
        let plain: String = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
            .to_ascii_uppercase();
        let bytes = Zeroizing::new(BASE32_NOPAD.decode(plain.as_bytes()).unwrap_or_default());
        Self::from_bytes(&bytes)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let bytes = bytes.try_into().map_err(|_| Error::Damaged("totp"))?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// The text to type into the app by hand.
    pub fn base32(&self) -> String {
        BASE32_NOPAD.encode(self.0.as_ref())
    }

    /// The address behind the QR code. `login` holds only characters that need no escaping.
    pub fn uri(&self, login: &str) -> String {
        format!(
            "otpauth://totp/Ippo:{login}?secret={}&issuer=Ippo",
            self.base32()
        )
    }

    /// The six digits at this moment (for `ippo demo`, which prints them, and for tests).
    pub fn code_at(&self, now: Timestamp) -> String {
        self.totp()
            .map(|totp| totp.generate(seconds(now)).to_string())
            .unwrap_or_default()
    }

    /// The step that these digits belong to, if they are right now. Each step is good once: the caller keeps the
    /// last one used.
    pub(crate) fn step_of(&self, digits: &str, now: Timestamp) -> Option<i64> {
        self.totp()
            .ok()?
            .check(digits, seconds(now))
            .map(|step| step as i64)
    }

    fn totp(&self) -> Result<Totp> {
        Builder::new()
            .with_secret(self.0.as_ref())
            .build()
            .map_err(|_| Error::Damaged("totp"))
    }
}

fn seconds(now: Timestamp) -> u64 {
    u64::try_from(now.as_second()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, the last six of its eight digits.
    #[test]
    fn the_digits_of_the_rfc() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        for (second, digits) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (2_000_000_000, "279037"),
        ] {
            let now = Timestamp::from_second(second).unwrap();
            assert_eq!(secret.code_at(now), digits);
            assert_eq!(secret.step_of(digits, now), Some(second / 30));
        }
        assert_eq!(
            TotpSecret::parse(&secret.base32().to_lowercase())
                .unwrap()
                .bytes(),
            secret.bytes()
        );
        assert!(TotpSecret::parse("ABC").is_err());
    }
}
