//! The pattern book: every part of the pages in all its states, to look at and to test. `/mihon` shows it as the public
//! sees it, `/desk/mihon` as the desk does. Mounted only when the configuration asks for it; holds no data.

use askama::Template;
use axum::{Router, routing::get};

use crate::{
    App, Page, Visit,
    parts::{Choice, Mistake},
    show,
};

/// The doors.
pub fn routes() -> Router<App> {
    Router::new()
        .route(
            "/mihon",
            get(async |visit: Visit| show(&PublicBook::new(visit.page("見本帳").unlisted()))),
        )
        .route(
            "/desk/mihon",
            get(async |visit: Visit| show(&DeskBook::new(visit.page("見本帳")))),
        )
}

#[derive(Template)]
#[template(path = "public/mihon.html")]
struct PublicBook {
    page: Page,
    mistakes: Vec<Mistake>,
    who: Vec<Choice>,
    want: Vec<Choice>,
}

impl PublicBook {
    fn new(page: Page) -> Self {
        Self {
            page,
            mistakes: vec![
                Mistake::at("yubin2", "7けたの数字で書いてください"),
                Mistake::at("bun2", "ひとことでも書いてから送ってください"),
            ],
            who: who(),
            want: want(),
        }
    }
}

#[derive(Template)]
#[template(path = "desk/mihon.html")]
struct DeskBook {
    page: Page,
    who: Vec<Choice>,
    want: Vec<Choice>,
}

impl DeskBook {
    fn new(page: Page) -> Self {
        Self {
            page,
            who: who(),
            want: want(),
        }
    }
}

fn who() -> Vec<Choice> {
    vec![
        Choice::new("self", "自分のこと"),
        Choice::new("parent", "子どものこと")
            .hint("大人のお子さんも")
            .chosen(true),
        Choice::new("sibling", "きょうだいのこと"),
        Choice::new("unknown", "わからない").apart(),
        Choice::new("none", "こたえたくない"),
    ]
}

fn want() -> Vec<Choice> {
    vec![
        Choice::new("listen", "話をきいてほしい").chosen(true),
        Choice::new("place", "家のほかに、いられる場所"),
        Choice::new("unknown", "わからない").apart(),
    ]
}
