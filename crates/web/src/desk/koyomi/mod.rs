//! Calendars at the desk: the week on one page ([`week`]), a colleague's private calendar ([`feeds`]), closing days from
//! a file or from lines ([`closing`]).

mod closing;
mod feeds;
mod week;

pub(super) use closing::{Busy, busy};

use axum::Router;

use crate::App;

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(week::routes())
        .merge(feeds::routes())
        .merge(closing::routes())
}
