//! `/tegami/hiraku` and `/tegami/k/{code}`: coming back. A wrong code is answered with the same page, the same bytes,
//! after the same time, whatever was wrong and whichever way it came; nothing typed stands in it.

use askama::Template;
use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::get,
};

use super::{carried, page, trouble, with_code, without_code};
use crate::{App, Form, Page, Visit, form::USUAL_LIMIT, parts::Mistake, show, show_with};

/// The doors. Everything below `/k` is a code, also what is none.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/tegami/hiraku", get(ask).post(enter))
        .route("/tegami/k", get(link))
        .route("/tegami/k/", get(link))
        .route("/tegami/k/{*code}", get(link))
}

#[derive(Template)]
#[template(path = "public/tegami-hiraku.html")]
struct Enter {
    page: Page,
    mistakes: Vec<Mistake>,
    has_open: bool,
    gone: bool,
}

async fn ask(visit: Visit, headers: HeaderMap) -> Response {
    let has_open = carried(&visit, &headers).is_some();
    show(&Enter {
        page: page(&visit),
        mistakes: Vec::new(),
        has_open,
        gone: false,
    })
}

/// The browser carries a code that opens nothing any more: erased, or changed elsewhere.
pub fn no_longer(visit: &Visit) -> Response {
    without_code(
        visit,
        show(&Enter {
            page: page(visit),
            mistakes: Vec::new(),
            has_open: false,
            gone: true,
        }),
    )
}

async fn enter(visit: Visit, request: Request) -> Response {
    let form = Form::read(request, USUAL_LIMIT)
        .await
        .unwrap_or_else(|trouble| trouble.saved);
    open(&visit, form.text("ban")).await
}

async fn link(visit: Visit) -> Response {
    let path = visit.path.trim_start_matches("/tegami/k").to_owned();
    open(
        &visit,
        &percent_encoding::percent_decode_str(&path).decode_utf8_lossy(),
    )
    .await
}

async fn open(visit: &Visit, typed: &str) -> Response {
    match visit.app.mailbox.enter(typed).await {
        Ok(code) => with_code(visit, &code, "/tegami/fuutou"),
        Err(mailbox::Error::WrongCode) => wrong(visit),
        Err(error) => trouble(&error),
    }
}

fn wrong(visit: &Visit) -> Response {
    let mistakes = vec![Mistake::at("ban", "この番号では、手紙を開けませんでした")];
    let told = Enter {
        page: page(visit).with_error(true),
        mistakes,
        has_open: false,
        gone: false,
    };
    show_with(StatusCode::UNPROCESSABLE_ENTITY, &told)
}
