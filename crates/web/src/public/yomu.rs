//! `/yomu`: reading. Nothing here asks anything.

use askama::Template;
use axum::{Router, response::Response, routing::get};

use crate::{App, Page, Visit, show};

/// The door.
pub fn routes() -> Router<App> {
    Router::new().route("/yomu", get(list))
}

#[derive(Template)]
#[template(path = "public/yomu.html")]
struct List {
    page: Page,
}

async fn list(visit: Visit) -> Response {
    show(&List { page: visit.page("読みもの") })
}
