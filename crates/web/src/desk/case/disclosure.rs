//! `…/kaiji`: requests for one's own records.

use axum::Router;

use crate::App;

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
}
