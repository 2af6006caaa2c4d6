//! Visits at the desk.
//!
//! * [`of_case`]: `/desk/case/{id}/houmon`, the visits of a case and a new one · [`one`]: one visit, and what came of it.
//! * [`today`]: `/desk/houmon`, who is where, out and back, the duty roster.
//! * [`cards`]: `/desk/houmon/kaado`, what a colleague takes along, with and without a network.

mod cards;
mod of_case;
mod one;
mod today;

use axum::Router;

use crate::App;

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(of_case::routes())
        .merge(one::routes())
        .merge(today::routes())
        .merge(cards::routes())
}
