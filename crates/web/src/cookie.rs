//! Cookies: `__Host-` and `Secure` when the public address is https, plain names otherwise (the demo, a closed network
//! behind a proxy). Always `HttpOnly`, `SameSite=Lax`, and gone when the browser closes.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::Config;

fn full_name(config: &Config, name: &str) -> String {
    if config.is_https() {
        format!("__Host-{name}")
    } else {
        name.to_owned()
    }
}

/// The value of a cookie, if the browser sent it.
pub fn read<'h>(headers: &'h HeaderMap, config: &Config, name: &str) -> Option<&'h str> {
    let wanted = full_name(config, name);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == wanted).then_some(value))
}

/// A `Set-Cookie` value. `value` must be plain ASCII without `;` (encode bytes as base64url first); anything else is
/// written as an empty cookie rather than as a broken header.
pub fn set(config: &Config, name: &str, value: &str) -> HeaderValue {
    line(config, name, value, "")
}

/// A `Set-Cookie` value that the browser keeps for so many days: only for what must outlive it (a known device).
pub fn set_for_days(config: &Config, name: &str, value: &str, days: u32) -> HeaderValue {
    line(
        config,
        name,
        value,
        &format!("; Max-Age={}", u64::from(days) * 86_400),
    )
}

/// A `Set-Cookie` value that takes a cookie away.
pub fn clear(config: &Config, name: &str) -> HeaderValue {
    line(config, name, "", "; Max-Age=0")
}

fn line(config: &Config, name: &str, value: &str, extra: &str) -> HeaderValue {
    let clean = value
        .bytes()
        .all(|b| b.is_ascii_graphic() && !matches!(b, b';' | b',' | b'"' | b'\\'));
    let value = if clean { value } else { "" };
    let secure = if config.is_https() { "; Secure" } else { "" };
    let name = full_name(config, name);
    HeaderValue::from_str(&format!(
        "{name}={value}; Path=/{secure}; HttpOnly; SameSite=Lax{extra}"
    ))
    .unwrap_or(HeaderValue::from_static(""))
}

/// The names of all cookies the browser sent, as sent.
pub fn names(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// A `Set-Cookie` value that takes a cookie away by the name the browser used for it.
pub fn clear_as_sent(config: &Config, sent: &str) -> Option<HeaderValue> {
    let secure = if config.is_https() { "; Secure" } else { "" };
    HeaderValue::from_str(&format!(
        "{sent}=; Path=/{secure}; HttpOnly; SameSite=Lax; Max-Age=0"
    ))
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_https_a_cookie_is_bound_to_the_host() {
        let https = Config::new("https://example.jp/", [0; 32]);
        let line = set(&https, "v", "t=dark");
        assert_eq!(
            line,
            "__Host-v=t=dark; Path=/; Secure; HttpOnly; SameSite=Lax"
        );
        let http = Config::new("http://127.0.0.1:8080", [0; 32]);
        assert_eq!(set(&http, "v", "a;b"), "v=; Path=/; HttpOnly; SameSite=Lax");
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("x=1; __Host-v=t=dark"),
        );
        assert_eq!(read(&headers, &https, "v"), Some("t=dark"));
        assert_eq!(read(&headers, &http, "v"), None);
    }
}
