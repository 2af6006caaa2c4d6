//! `/toziru`: 「この画面をとじる」. Takes the cookies away, asks the browser to forget, and leads to a page anyone might
//! have open. Works without a script: every private page is `no-store`, so Back asks the server again and finds the
//! neutral beginning (field/guide.md C5).

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};

use crate::{App, cookie};

/// The door.
pub fn routes() -> Router<App> {
    Router::new().route("/toziru", get(close).post(close))
}

async fn close(State(app): State<App>, headers: HeaderMap) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let out = response.headers_mut();
    for name in cookie::names(&headers) {
        if let Some(line) = cookie::clear_as_sent(&app.config, &name) {
            out.append(header::SET_COOKIE, line);
        }
    }
    out.insert(
        HeaderName::from_static("clear-site-data"),
        HeaderValue::from_static("\"cookies\", \"storage\", \"cache\""),
    );
    if let Ok(away) = HeaderValue::from_str(&app.config.exit_url) {
        out.insert(header::LOCATION, away);
    }
    response
}
