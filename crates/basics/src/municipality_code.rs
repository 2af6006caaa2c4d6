//! 全国地方公共団体コード (総務省): which prefecture, city, ward, town or village.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Five digits: two for the prefecture, three for the body inside it
/// (`000` the prefecture itself, `1xx` designated cities, their wards and the
/// special wards of Tokyo, `2xx` cities, from `3xx` towns and villages).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MunicipalityCode([u8; 5]);

/// The text is not a municipality code.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("「{0}」は市区町村コードではありません。5けたの数字で書いてください（例: 15100）。")]
pub struct NotAMunicipalityCode(pub String);

impl MunicipalityCode {
    /// Reads five digits, or six with a correct check digit (総務省's six-digit form).
    pub fn parse(text: &str) -> Result<Self, NotAMunicipalityCode> {
        let refused = || NotAMunicipalityCode(text.chars().take(20).collect());
        let bytes = text.trim().as_bytes();
        if !(bytes.len() == 5 || bytes.len() == 6) || !bytes.iter().all(u8::is_ascii_digit) {
            return Err(refused());
        }
        let mut digits = [0u8; 5];
        digits.copy_from_slice(&bytes[..5]);
        let code = Self(digits);
        if bytes.len() == 6 && bytes[5] - b'0' != code.check_digit() {
            return Err(refused());
        }
        let prefecture: u8 = (digits[0] - b'0') * 10 + (digits[1] - b'0');
        if (1..=47).contains(&prefecture) {
            Ok(code)
        } else {
            Err(refused())
        }
    }

    /// The five digits.
    pub fn as_str(&self) -> &str {
        // Only ASCII digits are ever stored.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The check digit of the six-digit form: 11 − (weighted sum mod 11), last digit.
    pub fn check_digit(&self) -> u8 {
        let sum: u32 = self
            .0
            .iter()
            .zip([6u32, 5, 4, 3, 2])
            .map(|(digit, weight)| u32::from(digit - b'0') * weight)
            .sum();
        ((11 - sum % 11) % 10) as u8
    }

    /// The prefecture this body lies in, as its own code (`xx000`).
    #[must_use]
    pub fn prefecture(&self) -> Self {
        Self([self.0[0], self.0[1], b'0', b'0', b'0'])
    }

    /// Whether this is a prefecture's own code.
    pub fn is_prefecture(&self) -> bool {
        &self.0[2..] == b"000"
    }

    /// The code as a number, 1000 to 47999.
    pub fn number(&self) -> u16 {
        self.0
            .iter()
            .fold(0, |number, digit| number * 10 + u16::from(digit - b'0'))
    }

    /// The code from its number (the inverse of [`Self::number`]).
    pub fn from_number(number: u16) -> Result<Self, NotAMunicipalityCode> {
        Self::parse(&format!("{number:05}"))
    }
}

impl fmt::Display for MunicipalityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for MunicipalityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for MunicipalityCode {
    type Err = NotAMunicipalityCode;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for MunicipalityCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for MunicipalityCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_and_six_digits_are_read_and_the_check_digit_is_checked() {
        let niigata = MunicipalityCode::parse("15100").unwrap();
        assert_eq!(MunicipalityCode::parse("151009").unwrap(), niigata);
        assert!(MunicipalityCode::parse("151008").is_err());
        assert_eq!(niigata.prefecture().as_str(), "15000");
        assert_eq!(
            MunicipalityCode::from_number(1100).unwrap().as_str(),
            "01100"
        );
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in ["", "1510", "00000", "48000", "1510a", "１５１００"] {
            assert!(MunicipalityCode::parse(text).is_err(), "{text}");
        }
    }
}
