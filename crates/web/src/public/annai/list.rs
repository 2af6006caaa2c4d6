//! `/annai/kotae`: what was answered, each with 「なおす」. `/annai/kesu`: the answers are gone.

use askama::Template;
use axum::{
    Router,
    http::{HeaderMap, header},
    response::Response,
    routing::{get, post},
};
use guide::{Answers, Form as Shape};

use super::{
    page,
    sheet::{COOKIE, Kept, Sheet},
    words::Words,
};
use crate::{App, Page, Visit, cookie, page::see_other, show};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/annai/kotae", get(list))
        .route("/annai/kesu", post(forget))
        .route("/annai/kieta", get(forgotten))
}

/// One answered (or skipped) question.
pub(super) struct Line {
    pub slug: String,
    pub short: String,
    pub said: Vec<String>,
}

#[derive(Template)]
#[template(path = "public/annai-kotae.html")]
struct Answered {
    page: Page,
    w: Words,
    lines: Vec<Line>,
}

async fn list(visit: Visit, headers: HeaderMap) -> Response {
    let Kept::Sheet(sheet) = Sheet::carried(&visit.app, &headers) else {
        return see_other("/annai");
    };
    let page = page(&visit, "たしかめ");
    let w = Words { easy: page.easy() };
    show(&Answered {
        lines: lines(&visit.app, w, &sheet.answers),
        page,
        w,
    })
}

/// Every question that was asked, with what was said to it.
fn lines(app: &App, w: Words, answers: &Answers) -> Vec<Line> {
    app.guide
        .route(answers)
        .into_iter()
        .map(|question| Line {
            slug: question.slug.clone(),
            short: question.short.get(w.easy).to_owned(),
            said: if question.form == Shape::Area {
                places(app, w, answers)
            } else {
                question
                    .chosen(answers)
                    .into_iter()
                    .map(|pick| pick.label.get(w.easy).to_owned())
                    .collect()
            },
        })
        .collect()
}

fn places(app: &App, w: Words, answers: &Answers) -> Vec<String> {
    let all = app.directory.municipalities();
    let name = |code| all.get(code).map_or_else(String::new, |m| m.full_name(all));
    let mut said: Vec<String> = answers.area.map(name).into_iter().collect();
    if let Some(code) = answers.asker_area {
        said.push(format!("{}{}", w.t("あなたは ", "あなたは "), name(code)));
    }
    said
}

async fn forget(visit: Visit) -> Response {
    let mut response = see_other("/annai/kieta");
    response
        .headers_mut()
        .append(header::SET_COOKIE, cookie::clear(&visit.app.config, COOKIE));
    response
}

#[derive(Template)]
#[template(path = "public/annai-kieta.html")]
struct Forgotten {
    page: Page,
    w: Words,
}

async fn forgotten(visit: Visit) -> Response {
    let page = visit.page("ご案内");
    let w = Words { easy: page.easy() };
    show(&Forgotten { page, w })
}
