//! `/kono-site`: who runs this, what is kept and what is not, where the data comes from, what works and what does not.

use askama::Template;
use axum::{Router, response::Response, routing::get};

use crate::{App, Page, Visit, show};

/// The door.
pub fn routes() -> Router<App> {
    Router::new().route("/kono-site", get(about))
}

#[derive(Template)]
#[template(path = "public/kono-site.html")]
struct About {
    page: Page,
}

async fn about(visit: Visit) -> Response {
    show(&About { page: visit.page("このサイトについて") })
}
