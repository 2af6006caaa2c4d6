//! The sheet of answers in one cookie: encrypted, authenticated, gone when the browser closes or after an hour.
//!
//! The server keeps nothing. Whoever holds the device can carry the cookie but not read it; whoever changes a byte of
//! it begins again. The same sealed bytes stand in a hidden field of the one-page form's result, which uses no cookie.

use axum::http::{HeaderMap, HeaderValue};
use data_encoding::BASE64URL_NOPAD;
use guide::{Answers, answers::SHEET_BYTES};
use vault::SymmetricKey;

use crate::{App, cookie};

/// The cookie's name. It says nothing.
pub(super) const COOKIE: &str = "a";
/// How long a sheet lives after the last answer.
const LIFE_SECONDS: i64 = 60 * 60;
/// Layout of the sealed bytes; raised whenever it changes, so that an old cookie is read as "begin again".
const LAYOUT: u8 = 1;
/// Where the sealed bytes belong.
const PLACE: &[u8] = b"annai/sheet";
/// The longest words kept from the question about the place.
const WORDS: usize = 60;

/// What is kept between two pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sheet {
    /// The answers so far.
    pub answers: Answers,
    /// What could not be taken yet and is shown again.
    pub pending: Pending,
}

/// An answer that has to be looked at once more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Pending {
    /// Nothing.
    #[default]
    Nothing,
    /// Words for the place that led nowhere, or to several places.
    Place {
        /// Where the person lives.
        typed: String,
        /// Where the asker lives.
        asker: String,
    },
    /// More wishes than three, one bit each.
    Wishes(u16),
}

/// What a browser brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// No cookie: a first visit, or after 「この画面をとじる」.
    Nothing,
    /// A cookie that cannot be read any more: too old, changed, or of another installation.
    Gone,
    /// A sheet.
    Sheet(Sheet),
}

fn key(app: &App) -> SymmetricKey {
    SymmetricKey::derive(&*app.config.key("annai"), b"ippo annai", "answers")
}

/// The part of some words that is kept.
fn shortened(words: &str) -> String {
    words.trim().chars().take(WORDS).collect()
}

impl Sheet {
    /// A sheet with these answers.
    pub fn of(answers: Answers) -> Self {
        Self {
            answers,
            pending: Pending::Nothing,
        }
    }

    /// What the browser carries.
    pub fn carried(app: &App, headers: &HeaderMap) -> Kept {
        match cookie::read(headers, &app.config, COOKIE) {
            None | Some("") => Kept::Nothing,
            Some(value) => Self::opened(app, value).map_or(Kept::Gone, Kept::Sheet),
        }
    }

    /// The cookie for this sheet.
    pub fn to_cookie(&self, app: &App) -> HeaderValue {
        cookie::set(&app.config, COOKIE, &self.sealed(app))
    }

    /// The sheet as one unreadable word.
    pub fn sealed(&self, app: &App) -> String {
        let mut plain = vec![LAYOUT];
        plain.extend_from_slice(&app.clock.now().as_second().to_be_bytes());
        plain.extend_from_slice(&self.answers.to_bytes());
        match &self.pending {
            Pending::Nothing => {}
            Pending::Place { typed, asker } => {
                plain.push(b'p');
                plain.extend_from_slice(shortened(typed).as_bytes());
                plain.push(0);
                plain.extend_from_slice(shortened(asker).as_bytes());
            }
            Pending::Wishes(bits) => {
                plain.push(b'w');
                plain.extend_from_slice(&bits.to_be_bytes());
            }
        }
        BASE64URL_NOPAD.encode(&key(app).seal(PLACE, &plain))
    }

    /// The sheet from [`Sheet::sealed`]; nothing when it is damaged, foreign or too old.
    pub fn opened(app: &App, sealed: &str) -> Option<Self> {
        let sealed = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
        let plain = key(app).open(PLACE, &sealed).ok()?;
        let (layout, rest) = plain.split_first()?;
        let (at, rest) = rest.split_at_checked(8)?;
        let age = app.clock.now().as_second() - i64::from_be_bytes(at.try_into().ok()?);
        // A clock set back a little must not lose anyone's answers.
        if *layout != LAYOUT || !(-LIFE_SECONDS..=LIFE_SECONDS).contains(&age) {
            return None;
        }
        let (answers, pending) = rest.split_at_checked(SHEET_BYTES)?;
        let pending = match pending.split_first() {
            None => Pending::Nothing,
            Some((b'p', words)) => {
                let (typed, asker) = std::str::from_utf8(words).ok()?.split_once('\0')?;
                Pending::Place {
                    typed: typed.to_owned(),
                    asker: asker.to_owned(),
                }
            }
            Some((b'w', bits)) => Pending::Wishes(u16::from_be_bytes(bits.try_into().ok()?)),
            Some(_) => return None,
        };
        Some(Self {
            answers: Answers::from_bytes(answers)?,
            pending,
        })
    }
}
