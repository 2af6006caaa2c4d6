//! Quick log and the timeline of a case: `…/kaku`, `…/keika`.

use axum::Router;

use crate::App;

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
}
