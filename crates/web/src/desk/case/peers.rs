//! `/desk/pia`: peer supporters and their cards.

use axum::Router;

use crate::App;

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
}
