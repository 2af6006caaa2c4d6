//! Calendars at the desk: the week on one page ([`week`]), a colleague's private calendar ([`feeds`]), closing days from
//! a file or from lines ([`closing`]).

mod closing;
mod feeds;
mod week;

use axum::{
    Router,
    response::{IntoResponse as _, Response},
};

use super::colleague::Colleague;
use crate::{App, Trouble};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(week::routes())
        .merge(feeds::routes())
        .merge(closing::routes())
}

/// What a refusal or fault of the room of places becomes; what belongs to a field the page shows itself.
async fn trouble(colleague: &Colleague, error: community::Error) -> Response {
    use community::Error as E;
    if error.is_not_found() {
        return colleague.not_found().await;
    }
    match error {
        E::Office(error) => colleague.trouble(error).await,
        E::Casework(error) => colleague.case_trouble(error).await,
        E::Invalid { .. } | E::Illegal(_) | E::Meanwhile => Trouble::Stopped {
            sentence: error.to_string(),
        }
        .into_response(),
        other => {
            tracing::error!(target: "web", error = ?other, "a calendar could not be shown or changed");
            Trouble::Broken.into_response()
        }
    }
}
