//! People, household, drawings, ways to reach them: `…/hito`.

use axum::Router;

use crate::App;

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
}
