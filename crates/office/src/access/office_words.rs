//! A few words from colleague to colleague that belong to no case: 「電話がつながった、渋滞で遅れる」. Whoever holds the
//! office's key reads them; they lie sealed like everything else.

use crate::error::{Error, Result};
use crate::session::Session;

/// Seals words to the office, for one place.
pub fn seal_for_office(session: &Session, place: &str, words: &str) -> Result<Vec<u8>> {
    let key = session.records_key()?.branch("words between colleagues");
    Ok(key.seal(place.as_bytes(), words.as_bytes()))
}

/// Opens them again. The caller has asked for what they belong to, and recorded it.
pub fn open_for_office(session: &Session, place: &str, sealed: &[u8]) -> Result<String> {
    let key = session.records_key()?.branch("words between colleagues");
    let bytes = key.open(place.as_bytes(), sealed)?;
    String::from_utf8(bytes.to_vec()).map_err(|_| Error::Damaged("words between colleagues"))
}
