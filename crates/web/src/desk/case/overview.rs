//! `/desk/case/{id}`: the case at a glance.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use basics::CaseId;
use casework::case::CaseView;

use crate::{
    App, Page,
    desk::colleague::{Colleague, Me},
    show,
};

use super::head::Head;

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case/{id}", get(look))
}

#[derive(Template)]
#[template(path = "desk/case/overview.html")]
struct OverviewPage {
    page: Page,
    me: Me,
    head: Head,
    view: CaseView,
}

/// The identifier in an address; anything else is a case that does not exist.
pub(super) fn case_id(text: &str) -> CaseId {
    CaseId::from(text.parse::<i64>().unwrap_or(0))
}

async fn look(colleague: Colleague, Path(id): Path<String>) -> Response {
    let found = colleague
        .app()
        .casework
        .case(&colleague.session, case_id(&id));
    match found.await {
        Ok(view) => show(&OverviewPage {
            page: colleague.page("ケース"),
            me: colleague.me("/desk/case"),
            head: Head::of(&view, ""),
            view,
        }),
        Err(error) => colleague.case_trouble(error).await,
    }
}
