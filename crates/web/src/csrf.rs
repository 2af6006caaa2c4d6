//! Requests that another site made a browser send are turned away.
//!
//! Two nets. [`guard`] looks at `Sec-Fetch-Site`, then at `Origin`, on every request that changes something. Old
//! phones send neither (and with `no-referrer` some send `Origin: null`), so wherever a cookie stands for a person the
//! form also carries a [`token`] bound to that cookie. Both are needed (stack.md §10.1).

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq as _;

use crate::{App, Config, Trouble};

/// The hidden field that carries the token.
pub const FIELD: &str = "_t";

/// The layer: lets reading through, and changing only from our own pages.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let reading = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if reading || from_here(request.headers(), &app.config) {
        next.run(request).await
    } else {
        Trouble::FromElsewhere.into_response()
    }
}

fn from_here(headers: &HeaderMap, config: &Config) -> bool {
    let text = |name| {
        headers
            .get(name)
            .and_then(|v: &axum::http::HeaderValue| v.to_str().ok())
    };
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    match text(header::ORIGIN) {
        None | Some("null") => true,
        Some(origin) => {
            let host = origin.split_once("://").map_or("", |(_, host)| host);
            origin == config.public_url
                || text(header::HOST).is_some_and(|own| own.eq_ignore_ascii_case(host))
        }
    }
}

/// The token for a form, bound to the cookie value that stands for the person.
pub fn token(config: &Config, cookie_value: &str) -> String {
    BASE64URL_NOPAD.encode(&config.mac("csrf", cookie_value.as_bytes())[..18])
}

/// Whether a form carried the right token.
pub fn token_fits(config: &Config, cookie_value: &str, sent: &str) -> bool {
    token(config, cookie_value)
        .as_bytes()
        .ct_eq(sent.as_bytes())
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn asked(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        from_here(&headers, &Config::new("https://ippo.example", [0; 32]))
    }

    #[test]
    fn only_our_own_pages_may_change_something() {
        assert!(asked(&[("sec-fetch-site", "same-origin")]));
        assert!(asked(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "null")
        ]));
        assert!(!asked(&[("sec-fetch-site", "cross-site")]));
        assert!(!asked(&[
            ("sec-fetch-site", "same-site"),
            ("origin", "https://ippo.example")
        ]));
        assert!(asked(&[("origin", "https://ippo.example")]));
        assert!(asked(&[
            ("origin", "http://127.0.0.1:8080"),
            ("host", "127.0.0.1:8080")
        ]));
        assert!(!asked(&[
            ("origin", "https://evil.example"),
            ("host", "ippo.example")
        ]));
        assert!(asked(&[]), "old phones send neither; the token decides");
    }

    #[test]
    fn a_token_fits_only_its_own_cookie() {
        let config = Config::new("https://ippo.example", [7; 32]);
        let token = token(&config, "abc");
        assert!(token_fits(&config, "abc", &token));
        assert!(!token_fits(&config, "abd", &token));
        assert!(!token_fits(&config, "abc", ""));
    }
}
