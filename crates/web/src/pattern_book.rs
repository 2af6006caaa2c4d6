//! The pattern book (`/desk/mihon`): every part of the pages in all its states, to look at and to test.

use askama::Template;
use axum::{Router, response::Response, routing::get};

use crate::{App, Page, Visit, show};

/// The door; mounted only when the configuration asks for it.
pub fn routes() -> Router<App> {
    Router::new().route("/desk/mihon", get(book))
}

#[derive(Template)]
#[template(path = "desk/mihon.html")]
struct Book {
    page: Page,
}

async fn book(visit: Visit) -> Response {
    show(&Book { page: visit.page("見本帳") })
}
