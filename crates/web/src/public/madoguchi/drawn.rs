//! Pages that are drawn at most once a minute and then handed out as they are, packed or plain.
//!
//! A page of the directory says nothing of anybody: it depends on its address, on how the reader wants to see pages,
//! and on the minute ("open now"). So the words are made once, packed once, and shared. Few are kept, the oldest go.

use std::{
    collections::HashMap,
    io::Write as _,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use askama::Template;
use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use data_encoding::HEXLOWER;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};

use crate::{
    Trouble, Visit,
    prefs::{Prefs, Size, Theme},
};

/// As many pages as are kept; about six kilobytes each when packed, twenty when not.
const KEPT: usize = 256;

/// The pages drawn in this minute, and the list of all addresses.
#[derive(Clone, Default)]
pub struct Drawn {
    pages: Arc<Mutex<HashMap<Key, Arc<Sheet>>>>,
    pub(super) addresses: Arc<OnceLock<Vec<String>>>,
}

/// The address, and how the reader wants to see pages.
type Key = (String, u8);

/// One page, ready to be sent.
struct Sheet {
    minute: i64,
    etag: HeaderValue,
    plain: Bytes,
    packed: Bytes,
}

/// The page at this address: the kept one of this minute, or the one that `draw` makes.
pub(super) fn page<T: Template>(
    visit: &Visit,
    asked: &HeaderMap,
    draw: impl FnOnce() -> T,
) -> Response {
    match kept(visit) {
        Some(sheet) => sheet.send(asked),
        None => fresh(visit, asked, &draw()),
    }
}

/// The same for a page that has to ask somebody first: nobody is asked when the page is kept.
pub(super) async fn page_knowing<T: Template, K>(
    visit: &Visit,
    asked: &HeaderMap,
    ask: impl Future<Output = K>,
    draw: impl FnOnce(K) -> T,
) -> Response {
    match kept(visit) {
        Some(sheet) => sheet.send(asked),
        None => fresh(visit, asked, &draw(ask.await)),
    }
}

fn minute(visit: &Visit) -> i64 {
    visit.app.clock.now().as_second().div_euclid(60)
}

fn key(visit: &Visit) -> Key {
    (visit.path.clone(), bits(visit.prefs))
}

fn kept(visit: &Visit) -> Option<Arc<Sheet>> {
    let minute = minute(visit);
    let drawn = &visit.app.drawn.pages;
    let pages = drawn.lock().unwrap_or_else(PoisonError::into_inner);
    let sheet = pages.get(&key(visit))?;
    (sheet.minute == minute).then(|| Arc::clone(sheet))
}

fn fresh(visit: &Visit, asked: &HeaderMap, template: &impl Template) -> Response {
    let minute = minute(visit);
    let drawn = &visit.app.drawn.pages;
    let sheet = match template.render() {
        Ok(html) => Arc::new(Sheet::new(minute, html)),
        Err(error) => {
            tracing::error!(target: "web", "a template could not be written: {error}");
            return Trouble::Broken.into_response();
        }
    };
    let mut pages = drawn.lock().unwrap_or_else(PoisonError::into_inner);
    if pages.len() >= KEPT {
        pages.retain(|_, sheet| sheet.minute == minute);
    }
    if pages.len() >= KEPT {
        pages.clear();
    }
    pages.insert(key(visit), Arc::clone(&sheet));
    drop(pages);
    sheet.send(asked)
}

/// How the reader wants to see pages, as a number.
fn bits(prefs: Prefs) -> u8 {
    let theme = match prefs.theme {
        Theme::Auto => 0,
        Theme::Light => 1,
        Theme::Dark => 2,
    };
    let size = match prefs.size {
        Size::Normal => 0,
        Size::Large => 1,
        Size::Larger => 2,
    };
    theme | size << 2 | u8::from(prefs.easy) << 4 | u8::from(prefs.ruby) << 5
}

impl Sheet {
    fn new(minute: i64, html: String) -> Self {
        let hash = HEXLOWER.encode(&Sha256::digest(html.as_bytes())[..8]);
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
        // Writing to memory does not fail; were it so, the plain page is sent.
        let packed = match encoder.write_all(html.as_bytes()) {
            Ok(()) => encoder.finish().unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        Self {
            minute,
            etag: HeaderValue::from_str(&format!("W/\"{hash}\""))
                .unwrap_or(HeaderValue::from_static("W/\"-\"")),
            plain: html.into(),
            packed: packed.into(),
        }
    }

    fn send(&self, asked: &HeaderMap) -> Response {
        let gzip = !self.packed.is_empty() && takes_gzip(asked);
        let mut response = if holds(asked, &self.etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else if gzip {
            self.packed.clone().into_response()
        } else {
            self.plain.clone().into_response()
        };
        let changed = response.status() == StatusCode::OK;
        let mut put =
            |name: HeaderName, value: HeaderValue| response.headers_mut().insert(name, value);
        if changed {
            put(
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            );
            if gzip {
                put(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
        }
        put(header::ETAG, self.etag.clone());
        put(header::VARY, HeaderValue::from_static("accept-encoding"));
        response
    }
}

fn words(asked: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let lines = asked
        .get_all(name)
        .into_iter()
        .filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

fn takes_gzip(asked: &HeaderMap) -> bool {
    words(asked, header::ACCEPT_ENCODING).any(|word| {
        let (coding, quality) = word.split_once(';').unwrap_or((word, ""));
        coding.trim() == "gzip" && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn holds(asked: &HeaderMap, etag: &HeaderValue) -> bool {
    let own = etag.to_str().unwrap_or("").trim_start_matches("W/");
    words(asked, header::IF_NONE_MATCH)
        .any(|word| word == "*" || word.trim_start_matches("W/") == own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_that_has_the_page_gets_no_second_one() {
        let sheet = Sheet::new(0, "<p>おなじ</p>".repeat(50));
        let mut asked = HeaderMap::new();
        let first = sheet.send(&asked);
        assert_eq!(first.status(), StatusCode::OK);
        assert!(first.headers().get(header::CONTENT_ENCODING).is_none());
        asked.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
        assert_eq!(sheet.send(&asked).status(), StatusCode::NOT_MODIFIED);
        asked.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"other\""));
        asked.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("br, gzip;q=0.8"),
        );
        assert_eq!(
            sheet.send(&asked).headers()[header::CONTENT_ENCODING],
            "gzip"
        );
        asked.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("gzip;q=0, br"),
        );
        assert!(
            sheet
                .send(&asked)
                .headers()
                .get(header::CONTENT_ENCODING)
                .is_none()
        );
    }
}
