//! `/tegami`: letters without a name. Choose an office, write, keep a code, come back and read the answer.
//!
//! * [`offices`]: which office; [`write`]: the first letter; [`split`]: one letter that is too long becomes several.
//! * [`code`]: the code, its QR code and the card for the hand; [`enter`]: coming back with it.
//! * [`thread`]: letters and answers; [`history`]: who opened them; [`consents`]: what may be
//!   told elsewhere; [`end`]: erased now.
//!
//! The doors hold no rule: everything is decided in the room `mailbox`. What they keep for a person is one cookie with
//! the long code, gone when the browser closes. No page here puts anything typed into an address or a title.

mod code;
mod consents;
mod end;
mod enter;
mod history;
mod offices;
mod promise;
pub(crate) mod qr;
mod split;
mod thread;
mod write;

use std::net::{IpAddr, SocketAddr};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
};
use mailbox::holder::Holder;
use office::office::Office;

use crate::{App, Form, Page, Trouble, Visit, cookie, csrf, page::see_other};

/// The cookie that carries the long code. The name says nothing.
const COOKIE: &str = "k";

/// Set with the letter form, to learn whether this browser keeps cookies at all. It holds nothing.
const PROBE: &str = "c";

/// The longest form that is read: far more than fits into a letter, so that nothing typed is lost.
const LETTER_LIMIT: usize = 256 * 1024;

/// The doors.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(offices::routes())
        .merge(write::routes())
        .merge(code::routes())
        .merge(enter::routes())
        .merge(thread::routes())
        .merge(history::routes())
        .merge(consents::routes())
        .merge(end::routes())
}

/// A page of this door. The title is the same everywhere: a history shows 「手紙」 and nothing more.
fn page(visit: &Visit) -> Page {
    visit.page("手紙").under("/", "はじめ")
}

/// Somebody whose browser carries a code that opens.
struct Envelope {
    holder: Holder,
    /// The long code, as in the cookie.
    code: String,
}

impl Envelope {
    /// The token that every form of an open envelope carries.
    fn token(&self, visit: &Visit) -> String {
        csrf::token(&visit.app.config, &self.code)
    }

    /// Whose letters they are.
    async fn office(&self, visit: &Visit) -> Result<Office, Response> {
        office_of(visit, self.holder.thread().office).await
    }
}

/// The code in the cookie, unchecked.
fn carried<'h>(visit: &Visit, headers: &'h HeaderMap) -> Option<&'h str> {
    cookie::read(headers, &visit.app.config, COOKIE).filter(|code| !code.is_empty())
}

/// Opens the envelope that the browser carries, or leads gently to where a code is entered.
async fn envelope(visit: &Visit, headers: &HeaderMap) -> Result<Envelope, Response> {
    let Some(code) = carried(visit, headers) else {
        return Err(see_other("/tegami/hiraku"));
    };
    opened_by(visit, code).await
}

/// The envelope that this code opens.
async fn opened_by(visit: &Visit, code: &str) -> Result<Envelope, Response> {
    match visit.app.mailbox.holder(code).await {
        Ok(holder) => Ok(Envelope {
            holder,
            code: code.to_owned(),
        }),
        Err(mailbox::Error::WrongCode) => Err(enter::no_longer(visit)),
        Err(error) => Err(trouble(&error)),
    }
}

/// The same for a form: it must have come from a page of this envelope.
async fn envelope_of_form(
    visit: &Visit,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Envelope, Response> {
    let envelope = envelope(visit, headers).await?;
    if csrf::token_fits(&visit.app.config, &envelope.code, form.text(csrf::FIELD)) {
        Ok(envelope)
    } else {
        Err(Trouble::Stale { kept: form.words() }.into_response())
    }
}

/// Whether the browser brought back any cookie of this door.
fn keeps_cookies(visit: &Visit, headers: &HeaderMap) -> bool {
    [PROBE, COOKIE]
        .iter()
        .any(|name| cookie::read(headers, &visit.app.config, name).is_some())
}

/// Lays the probe beside a page.
fn with_probe(visit: &Visit, mut response: Response) -> Response {
    response.headers_mut().append(
        header::SET_COOKIE,
        cookie::set(&visit.app.config, PROBE, "1"),
    );
    response
}

/// Puts the code into the browser and leads on.
fn with_code(visit: &Visit, code: &str, to: &str) -> Response {
    let mut response = see_other(to);
    response.headers_mut().append(
        header::SET_COOKIE,
        cookie::set(&visit.app.config, COOKIE, code),
    );
    response
}

/// Takes the code out of the browser.
fn without_code(visit: &Visit, mut response: Response) -> Response {
    response
        .headers_mut()
        .append(header::SET_COOKIE, cookie::clear(&visit.app.config, COOKIE));
    response
}

async fn office_of(visit: &Visit, id: basics::OfficeId) -> Result<Office, Response> {
    let mut conn = visit
        .app
        .db
        .read()
        .await
        .map_err(|error| trouble(&error.into()))?;
    office::office::one(&mut conn, id)
        .await
        .map_err(|error| trouble(&error.into()))
}

/// A room's error that no page of this door explains better. What was typed never stands in it.
fn trouble(error: &mailbox::Error) -> Response {
    if error.is_not_found() {
        return Trouble::NotFound.into_response();
    }
    match error {
        mailbox::Error::Store(_) | mailbox::Error::Office(office::Error::Store(_)) => {
            tracing::warn!(target: "web", "letters: {error}");
            Trouble::Resting
        }
        _ => {
            tracing::error!(target: "web", "letters: {error}");
            Trouble::Broken
        }
    }
    .into_response()
}

/// Where a request came from, for this hour's limit only. Which proxies are believed is decided once, before the
/// doors (`ippo::proxies`).
pub(super) fn address(request: &Request) -> Option<IpAddr> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.map(|peer| peer.0.ip().to_canonical())
}

/// 「11月22日（日）3:05」, with the year when it is another one.
fn moment(at: jiff::Timestamp, today: jiff::civil::Date) -> String {
    let local = basics::time::to_jst(at);
    let year = if local.date().year() == today.year() {
        String::new()
    } else {
        format!("{}年", local.date().year())
    };
    format!("{year}{}", basics::japanese::date_time(&local))
}

/// A number as it is read: 4,000.
fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn numbers_are_read_in_threes() {
        assert_eq!(
            [thousands(7), thousands(4_000), thousands(1_234_567)],
            ["7", "4,000", "1,234,567"]
        );
    }
}
