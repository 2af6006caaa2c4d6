//! What `build.rs` writes and [`crate::Directory::load`] reads: the shipped data in its embedded form.
//!
//! Both include this one file, so the two can never disagree. All texts are borrowed from the program's own image;
//! an empty text means "the source does not say".

use serde::{Deserialize, Serialize};

/// Everything that is embedded, except the postal codes (a fixed-width table of its own).
#[derive(Serialize, Deserialize)]
pub struct Blob<'a> {
    #[serde(borrow)]
    pub municipalities: Vec<MunicipalityRecord<'a>>,
    #[serde(borrow)]
    pub windows: Vec<WindowRecord<'a>>,
    #[serde(borrow)]
    pub hotlines: Vec<HotlineRecord<'a>>,
    /// `(title, url)`; windows refer to them by position.
    #[serde(borrow)]
    pub sources: Vec<(&'a str, &'a str)>,
    /// Postal codes that span several municipalities: the table holds `SEVERAL + position`.
    pub postal_several: Vec<Vec<u16>>,
}

/// Values in the postal table from here on point into [`Blob::postal_several`]; below are municipality numbers
/// (the largest possible is 47,999).
pub const SEVERAL: u16 = 0xC000;

/// Bytes an entry of the postal table takes: three of postal code, two of municipality number, big-endian.
pub const POSTAL_WIDTH: usize = 5;

#[derive(Serialize, Deserialize)]
pub struct MunicipalityRecord<'a> {
    pub code: u16,
    pub parent: u16,
    /// Position in the table of `crate::municipality::MunicipalityType`.
    pub kind: u8,
    pub name: &'a str,
    pub kana: &'a str,
    pub romaji: &'a str,
    pub county: &'a str,
    pub url: &'a str,
}

#[derive(Serialize, Deserialize, Default)]
pub struct WindowRecord<'a> {
    pub id: &'a str,
    pub kind: &'a str,
    #[serde(borrow)]
    pub also: Vec<&'a str>,
    /// `n`, `p` or `c`: national, prefecture, city.
    pub level: char,
    pub branch: bool,
    pub name: &'a str,
    pub operator: &'a str,
    pub run_by: &'a str,
    pub phone: &'a str,
    pub phone_note: &'a str,
    pub fax: &'a str,
    pub email: &'a str,
    pub form: &'a str,
    pub url: &'a str,
    pub postal: &'a str,
    pub address: &'a str,
    pub hours: &'a str,
    pub closed: &'a str,
    pub methods: &'a str,
    pub note: &'a str,
    pub age_note: &'a str,
    pub age_from: Option<u8>,
    pub age_to: Option<u8>,
    pub confidence: &'a str,
    pub confirmed: &'a str,
    pub sources: Vec<u16>,
    pub serves: Vec<u16>,
    pub except: Vec<u16>,
    /// `serves` means these codes only, not what lies in them.
    pub exactly: bool,
    pub first_for: Vec<u16>,
    pub serves_note: &'a str,
    pub needs_review: bool,
    pub fallback: bool,
    pub free: &'a str,
    pub family: &'a str,
    pub no_voiceless: &'a str,
    /// Folded for search: the name; the places and their readings; everything else.
    pub folded: (&'a str, &'a str, &'a str),
}

#[derive(Serialize, Deserialize)]
pub struct HotlineRecord<'a> {
    pub id: &'a str,
    pub label: &'a str,
    pub number: &'a str,
    pub cost: &'a str,
    pub availability: &'a str,
    pub url: &'a str,
    pub publisher: &'a str,
    pub confirmed: &'a str,
    pub source: &'a str,
    pub confidence: &'a str,
    pub recheck: bool,
}
