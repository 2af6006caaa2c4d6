//! 郵便番号: seven digits to the municipalities (or wards) they lie in.
//!
//! The table stays where the program's image has it: 142,920 entries of five bytes, sorted, searched by halving.

use basics::MunicipalityCode;

use crate::record::{POSTAL_WIDTH, SEVERAL};

static TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/postal.bin"));

/// Why a postal code led nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostalError {
    /// Not seven digits.
    #[error("郵便番号は7けたの数字で書いてください（例: 950-0000 のように）。")]
    NotSevenDigits,
    /// Seven digits that Japan Post has not given out (or gave out after the table was made).
    #[error("郵便番号 {0} は見つかりませんでした。市区町村の名前でも探せます。")]
    Unknown(String),
}

/// Reads a postal code as people write it: with 〒, hyphens of any kind, full-width digits, spaces.
pub fn digits(text: &str) -> Result<u32, PostalError> {
    let mut number = 0;
    let mut count = 0;
    for c in text.chars() {
        let digit = match c {
            '0'..='9' => c as u32 - '0' as u32,
            '０'..='９' => c as u32 - '０' as u32,
            '〒' | '〶' | '-' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | 'ー' | 'ｰ' | '－'
            | '・' => continue,
            _ if c.is_whitespace() => continue,
            _ => return Err(PostalError::NotSevenDigits),
        };
        count += 1;
        if count > 7 {
            return Err(PostalError::NotSevenDigits);
        }
        number = number * 10 + digit;
    }
    if count == 7 {
        Ok(number)
    } else {
        Err(PostalError::NotSevenDigits)
    }
}

/// How many postal codes the table holds.
pub fn len() -> usize {
    TABLE.len() / POSTAL_WIDTH
}

/// Every postal code in the table, ascending.
pub fn all() -> impl Iterator<Item = u32> {
    (0..len()).map(|at| entry(at).0)
}

pub(crate) fn lookup(
    text: &str,
    several: &[Vec<u16>],
) -> Result<Vec<MunicipalityCode>, PostalError> {
    let wanted = digits(text)?;
    let (mut low, mut high) = (0, len());
    while low < high {
        let middle = low.midpoint(high);
        if entry(middle).0 < wanted {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let unknown = || PostalError::Unknown(format!("{:03}-{:04}", wanted / 10_000, wanted % 10_000));
    if low == len() || entry(low).0 != wanted {
        return Err(unknown());
    }
    let value = entry(low).1;
    let numbers = if value < SEVERAL {
        std::slice::from_ref(&value)
    } else {
        several
            .get(usize::from(value - SEVERAL))
            .map(Vec::as_slice)
            .ok_or_else(unknown)?
    };
    Ok(numbers
        .iter()
        .filter_map(|&number| MunicipalityCode::from_number(number).ok())
        .collect())
}

fn entry(at: usize) -> (u32, u16) {
    let bytes = &TABLE[at * POSTAL_WIDTH..(at + 1) * POSTAL_WIDTH];
    (
        u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]),
        u16::from_be_bytes([bytes[3], bytes[4]]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_postal_code_is_read_as_people_write_it() {
        for text in [
            "9518068",
            "951-8068",
            "〒951-8068",
            "〒 ９５１－８０６８",
            "951 8068",
            "９５１ー８０６８",
            " 951‐8068\u{3000}",
        ] {
            assert_eq!(digits(text), Ok(9_518_068), "{text}");
        }
        for text in ["", "951806", "95180680", "951-806a", "新潟"] {
            assert_eq!(digits(text), Err(PostalError::NotSevenDigits), "{text}");
        }
    }
}
