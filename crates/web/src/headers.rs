//! What every answer tells the browser: what it may load, keep and pass on. One place decides by the door.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, Response as HttpResponse, StatusCode, header},
    middleware::Next,
    response::Response,
};
use tower_http::compression::predicate::{DefaultPredicate, Predicate};

use crate::App;

/// Which door a path belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Ordinary public pages: may be found by search engines, may be kept for a minute.
    Public,
    /// The guide, the exit, preferences: leave nothing behind.
    Guide,
    /// Letters, bookings and private calendars: leave nothing behind, and mix secrets with what was typed.
    Mailbox,
    /// The people who answer.
    Desk,
    /// Files that never change under their name.
    Asset,
}

impl Door {
    /// The door of a path.
    pub fn of(path: &str) -> Self {
        // The rules of the guide are an ordinary page: the same for everybody, nothing of anybody.
        if path.starts_with("/annai/kimari") {
            return Self::Public;
        }
        match path.trim_start_matches('/').split('/').next().unwrap_or("") {
            "annai" | "toziru" | "yomi" => Self::Guide,
            // The address of a private calendar is its secret.
            "tegami" | "yoyaku" | "koyomi" => Self::Mailbox,
            "desk" | "partner" => Self::Desk,
            "assets" | "favicon.ico" => Self::Asset,
            _ => Self::Public,
        }
    }

    /// Nothing of this door may be kept by browser or proxy.
    pub fn leaves_no_trace(self) -> bool {
        matches!(self, Self::Guide | Self::Mailbox | Self::Desk)
    }

    /// Secrets stand beside typed text, so compressed length would tell about them (BREACH).
    pub fn mixes_secrets(self) -> bool {
        matches!(self, Self::Mailbox | Self::Desk)
    }
}

const CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const CSP_DESK: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The visit cards alone may start a worker: the one that lets them open without a network.
const CSP_CARDS: &str = "default-src 'none'; style-src 'self'; script-src 'self'; worker-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

fn csp_of(path: &str) -> &'static str {
    match (Door::of(path), path) {
        (_, "/desk/houmon/kaado" | "/desk/houmon/kara" | "/desk/houmon/sw.js") => CSP_CARDS,
        (Door::Desk, _) => CSP_DESK,
        _ => CSP,
    }
}

const CSP_FILE: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

/// Marks an answer that is somebody's file: whatever a browser makes of it, it runs nothing and asks for nothing.
#[derive(Clone, Copy)]
pub struct Sandboxed;

/// Marks an answer that must not be compressed.
#[derive(Clone, Copy)]
struct Plain;

/// The layer that puts the headers on.
pub async fn put_on(State(app): State<App>, request: Request, next: Next) -> Response {
    let door = Door::of(request.uri().path());
    let csp = csp_of(request.uri().path());
    let reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = next.run(request).await;
    let status = response.status();
    let sandboxed = response.extensions().get::<Sandboxed>().is_some();
    let headers = response.headers_mut();
    let mut put = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value))
    };

    put(
        header::CONTENT_SECURITY_POLICY,
        if sandboxed { CSP_FILE } else { csp },
    );
    put(header::REFERRER_POLICY, "no-referrer");
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::X_FRAME_OPTIONS, "DENY");
    put(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    put(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    put(
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    );
    if app.config.is_https() {
        put(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if door.leaves_no_trace() {
        put(
            HeaderName::from_static("x-robots-tag"),
            "noindex, nofollow, noarchive",
        );
    }

    if door.leaves_no_trace()
        || !reading
        || !(status.is_success() || status == StatusCode::NOT_MODIFIED)
    {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    } else if !headers.contains_key(header::CACHE_CONTROL) {
        // Opening hours change with the minute and colours with a cookie.
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, max-age=60"),
        );
        headers.append(header::VARY, HeaderValue::from_static("cookie"));
    }
    response
}

/// The layer inside of the compression: marks the answers of doors that mix secrets with typed text.
pub async fn mark_secrets(request: Request, next: Next) -> Response {
    let door = Door::of(request.uri().path());
    let mut response = next.run(request).await;
    if door.mixes_secrets() {
        response.extensions_mut().insert(Plain);
    }
    response
}

/// gzip, except for streams, tiny answers and pages that mix secrets with typed text.
#[derive(Clone, Copy, Debug)]
pub struct MayCompress;

impl Predicate for MayCompress {
    fn should_compress<B: axum::body::HttpBody>(&self, response: &HttpResponse<B>) -> bool {
        response.extensions().get::<Plain>().is_none()
            && DefaultPredicate::new().should_compress(response)
    }
}
