//! `/desk/kyou`: what is due; `/desk/futan`: how much everybody carries.

use axum::Router;

use crate::App;

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
}
