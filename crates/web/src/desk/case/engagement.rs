//! Engagement, silence, first approach, refusal: `…/kakawari`.

use axum::Router;

use crate::App;

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
}
