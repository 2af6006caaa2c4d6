//! One line a request on standard error: the route's pattern, never the path, the query, the agent or an address.

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use std::time::Instant;

use crate::headers::Door;

/// The layer that writes the line.
pub async fn one_line(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let asset = Door::of(request.uri().path()) == Door::Asset;
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("-", MatchedPath::as_str);
    let status = response.status().as_u16();
    let ms = started.elapsed().as_secs_f64() * 1000.0;
    if asset {
        tracing::debug!(target: "web", "{method} {route} {status} {ms:.1}ms");
    } else {
        tracing::info!(target: "web", "{method} {route} {status} {ms:.1}ms");
    }
    response
}

/// Panics say where, not what: the message of a panic may quote what someone typed. Called once at start-up.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(target: "web", "a panic at {place}");
    }));
}
