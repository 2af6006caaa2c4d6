//! `/desk/case`: one's cases. Numbers and what to call people; no narrative is opened by looking at the list.

use askama::Template;
use axum::{Router, response::Response, routing::get};
use casework::case::CaseLine;
use jiff::civil::Date;
use office::access::Action;

use crate::{
    App, Page,
    desk::colleague::{Colleague, Me},
    desk::days,
    show,
};

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case", get(list))
}

#[derive(Template)]
#[template(path = "desk/case/list.html")]
struct ListPage {
    page: Page,
    me: Me,
    lines: Vec<CaseLine>,
    leads: bool,
}

impl ListPage {
    fn on(&self, day: &Date) -> String {
        days::on(*day, self.page.now.date())
    }
}

async fn list(colleague: Colleague) -> Response {
    match colleague.app().casework.cases(&colleague.session).await {
        Ok(lines) => show(&ListPage {
            page: colleague.page("ケース"),
            me: colleague.me("/desk/case"),
            lines,
            leads: colleague.may(Action::HandOver),
        }),
        Err(error) => colleague.case_trouble(error).await,
    }
}
