//! `/toziru`: 「この画面をとじる」. Takes the cookies away, asks the browser to forget, and leads to a page anyone might
//! have open. Works without a script: every private page is `no-store`, so Back asks the server again and finds the
//! neutral beginning (field/guide.md C5).
//!
//! In two steps, because Chromium keeps the page just left in memory for Back even when it is `no-store`, and puts it
//! there only once the next page stands: a blank page first, which hides everything at once, then the way out, which
//! asks the browser to forget what it has put there meanwhile. Pages that say "gone" (answers, an envelope, a session)
//! do the same with a picture of nothing, `/toziru/wasureru`. `e2e` walks this with script and without.

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};

use crate::{App, cookie};

/// A page with nothing on it; the link is for browsers that do not follow by themselves.
const BLANK: &str = "<!doctype html><html lang=\"ja\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>天気</title><a href=\"/toziru/tenki\">天気</a>";

/// The doors.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/toziru", get(close).post(close))
        .route("/toziru/tenki", get(leave))
        .route("/toziru/wasureru", get(forget_pages))
}

async fn close(State(app): State<App>, headers: HeaderMap) -> Response {
    let mut response = Html(BLANK).into_response();
    forget(&app, &headers, &mut response);
    response.headers_mut().insert(
        header::REFRESH,
        HeaderValue::from_static("0; url=/toziru/tenki"),
    );
    response
}

async fn leave(State(app): State<App>, headers: HeaderMap) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    forget(&app, &headers, &mut response);
    if let Ok(away) = HeaderValue::from_str(&app.config.exit_url) {
        response.headers_mut().insert(header::LOCATION, away);
    }
    response
}

/// A picture of nothing whose headers make the browser forget the pages before this one; cookies stay.
async fn forget_pages() -> Response {
    let picture = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    let mut response = ([(header::CONTENT_TYPE, "image/svg+xml")], picture).into_response();
    response.headers_mut().insert(
        HeaderName::from_static("clear-site-data"),
        HeaderValue::from_static("\"cache\""),
    );
    response
}

fn forget(app: &App, headers: &HeaderMap, response: &mut Response) {
    let out = response.headers_mut();
    for name in cookie::names(headers) {
        if let Some(line) = cookie::clear_as_sent(&app.config, &name) {
            out.append(header::SET_COOKIE, line);
        }
    }
    out.insert(
        HeaderName::from_static("clear-site-data"),
        HeaderValue::from_static("\"cookies\", \"storage\", \"cache\""),
    );
}
