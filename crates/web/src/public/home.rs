//! `/`: what this is, in three quiet sentences, and the doors.

use askama::Template;
use axum::{Router, response::Response, routing::get};

use crate::{App, Page, Visit, show};

/// The door.
pub fn routes() -> Router<App> {
    Router::new().route("/", get(home))
}

#[derive(Template)]
#[template(path = "public/home.html")]
struct Home {
    page: Page,
}

async fn home(visit: Visit) -> Response {
    let page = visit.page("はじめに").described(
        "家ですごす時間が長いご本人と、ご家族、まわりの方のための案内です。住んでいるところの相談窓口をさがす、名前を書かずに手紙を送る、読むだけ。どれからでも。",
    );
    show(&Home { page })
}
