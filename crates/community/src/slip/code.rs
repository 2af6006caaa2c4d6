//! The twelve digits of a slip, as they are shown, read, kept and looked for; at the door the last four of them.

use super::Token;
use crate::{Community, Result};
use store::{Conn, params};
use vault::{SymmetricKey, Zeroizing};

const DIGITS: usize = 12;
/// So many digits, the last ones, are said at the door.
pub(crate) const SHORT: usize = 4;
const CODES: u64 = 1_000_000_000_000;

/// The twelve digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(Zeroizing<String>);

impl Code {
    /// From whatever was typed: full-width digits, gaps and dashes are forgiven. `None` when it is no code.
    pub fn read(typed: &str) -> Option<Self> {
        let digits: String = typed
            .chars()
            .filter_map(|sign| match sign {
                '0'..='9' => Some(sign),
                '０'..='９' => char::from_digit(u32::from(sign) - u32::from('０'), 10),
                _ => None,
            })
            .take(DIGITS + 1)
            .collect();
        let stray = typed
            .chars()
            .any(|sign| sign.is_alphabetic() && sign != 'ー');
        (digits.len() == DIGITS && !stray).then(|| Self(Zeroizing::new(digits)))
    }

    /// The digits without gaps, for the cookie.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// 「4821-0937-1156」, as it is shown and written down.
    pub fn spoken(&self) -> String {
        let (first, rest) = self.0.split_at(4);
        let (second, third) = rest.split_at(4);
        format!("{first}-{second}-{third}")
    }

    /// From a form's token: the same form sent twice leads to the same code. `attempt` moves on when the digits are
    /// somebody else's already.
    pub(super) fn of_form(token: &Token, pepper: &SymmetricKey, attempt: u8) -> Self {
        let mut input = token.bytes().to_vec();
        input.push(attempt);
        let mac = pepper.branch("slip code").mac(&input);
        let mut number = [0u8; 8];
        number.copy_from_slice(&mac[..8]);
        // 2⁶⁴ is not a multiple of 10¹²; the difference in likelihood is below 10⁻⁷.
        let digits = u64::from_be_bytes(number) % CODES;
        Self(Zeroizing::new(format!("{digits:0DIGITS$}")))
    }

    pub(super) fn mac(&self, pepper: &SymmetricKey) -> [u8; 32] {
        pepper.branch("slip finder").mac(self.0.as_bytes())
    }

    /// What the database keeps of the last four digits of this slip's code.
    pub(super) fn short_mac(&self, pepper: &SymmetricKey, id: i64) -> [u8; 32] {
        short_mac(pepper, id, &self.0[DIGITS - SHORT..])
    }

    pub(super) fn key(&self, pepper: &SymmetricKey) -> SymmetricKey {
        let input = pepper.branch("slip key").mac(self.0.as_bytes());
        SymmetricKey::derive(&input, b"ippo slip", "the key under the code")
    }
}

/// Bound to the slip, so that equal digits do not look equal.
fn short_mac(pepper: &SymmetricKey, id: i64, digits: &str) -> [u8; 32] {
    let input = [&id.to_be_bytes()[..], digits.as_bytes()].concat();
    pepper.branch("slip short form").mac(&input)
}

/// Which of these slips has a code that ends in these digits.
pub(crate) async fn ending_in(
    conn: &mut Conn,
    room: &Community,
    ids: &[i64],
    digits: &str,
) -> Result<Vec<i64>> {
    let mut found = Vec::new();
    for id in ids {
        let mac = short_mac(room.pepper(), *id, digits);
        let (n,): (i64,) = conn
            .one(
                "SELECT COUNT(*) FROM slip WHERE id = $1 AND short_mac = $2",
                params![*id, &mac],
            )
            .await?;
        if n > 0 {
            found.push(*id);
        }
    }
    Ok(found)
}

/// Which of these slips has this code.
pub(crate) async fn of_code(
    conn: &mut Conn,
    room: &Community,
    ids: &[i64],
    code: &Code,
) -> Result<Vec<i64>> {
    let mac = code.mac(room.pepper());
    let found: Option<(i64,)> = conn
        .first("SELECT id FROM slip WHERE code_mac = $1", params![&mac])
        .await?;
    let found = found.map(|(id,)| id).filter(|id| ids.contains(id));
    Ok(found.into_iter().collect())
}

/// Without the digits: whoever reads a log must not be able to open the slip.
impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code")
    }
}
