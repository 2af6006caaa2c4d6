//! 予備コード: ten codes for the day the phone with the authenticator app is lost. Each is good once.
//!
//! The database keeps a keyed hash of each; the key comes from the colleague's password, so whoever has the database
//! cannot even try the codes.

use crate::error::Result;
use basics::StaffId;
use store::{Conn, params};
use vault::SymmetricKey;

/// How many codes a colleague gets.
pub const COUNT: i64 = 10;
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ01";
const LENGTH: usize = 10;

/// Ten fresh codes, to be shown once and printed.
pub struct RecoveryCodes(pub Vec<String>);

impl RecoveryCodes {
    /// Ten codes of 50 random bits each, in two groups of five.
    pub(crate) fn fresh() -> Self {
        let code = |_| {
            let bytes: [u8; LENGTH] = vault::random();
            let text: String = bytes
                .iter()
                .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
                .collect();
            format!("{}-{}", &text[..5], &text[5..])
        };
        Self((0..COUNT).map(code).collect())
    }
}

/// What is compared: capitals, no separators, and the letters that look like digits taken for them.
fn normal(typed: &str) -> String {
    let letter = |c: char| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(letter)
        .take(LENGTH * 2)
        .collect()
}

fn mac(key: &SymmetricKey, staff: StaffId, code: &str) -> [u8; 32] {
    crate::digest::keyed(
        &key.branch("recovery codes"),
        "recovery code",
        &[&staff.get().to_be_bytes(), normal(code).as_bytes()],
    )
}

/// Stores fresh codes instead of any older ones.
pub(crate) async fn replace(
    tx: &mut Conn,
    staff: StaffId,
    key: &SymmetricKey,
    codes: &RecoveryCodes,
) -> Result<()> {
    remove(tx, staff).await?;
    for (slot, code) in (0..COUNT).zip(&codes.0) {
        tx.exec(
            "INSERT INTO staff_recovery (staff_id, slot, code_mac) VALUES ($1, $2, $3)",
            params![staff.get(), slot, &mac(key, staff, code)],
        )
        .await?;
    }
    Ok(())
}

pub(crate) async fn remove(tx: &mut Conn, staff: StaffId) -> Result<()> {
    tx.exec(
        "DELETE FROM staff_recovery WHERE staff_id = $1",
        params![staff.get()],
    )
    .await?;
    Ok(())
}

/// Which unused code this is, if it is one.
pub(crate) async fn find(
    conn: &mut Conn,
    staff: StaffId,
    key: &SymmetricKey,
    typed: &str,
) -> Result<Option<i64>> {
    let wanted = mac(key, staff, typed);
    let codes: Vec<(i64, Vec<u8>)> = conn
        .all(
            "SELECT slot, code_mac FROM staff_recovery WHERE staff_id = $1 AND used_at IS NULL",
            params![staff.get()],
        )
        .await?;
    Ok(codes
        .into_iter()
        .find(|(_, mac)| vault::same(mac, &wanted))
        .map(|(slot, _)| slot))
}

/// Uses a code up and says how many are left; `None` when somebody was quicker with it.
pub(crate) async fn use_up(
    tx: &mut Conn,
    staff: StaffId,
    slot: i64,
    now: i64,
) -> Result<Option<i64>> {
    let used = tx
        .exec(
            "UPDATE staff_recovery SET used_at = $1 WHERE staff_id = $2 AND slot = $3 AND used_at IS NULL",
            params![now, staff.get(), slot],
        )
        .await?;
    if used == 0 {
        return Ok(None);
    }
    let (left,): (i64,) = tx
        .one(
            "SELECT COUNT(*) FROM staff_recovery WHERE staff_id = $1 AND used_at IS NULL",
            params![staff.get()],
        )
        .await?;
    Ok(Some(left))
}
