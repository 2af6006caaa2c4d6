//! Who works on a case, acquaintance, break-glass, read-and-sign: `…/tantou`.

use axum::Router;

use crate::App;

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
}
