//! `/annai/kaado`: three lines to read out, to show or to hand over, and a card for the hand to print and fold. Made at
//! the moment of showing, from the cookie or from the sealed sheet of the one-page form; nothing is stored.

use askama::Template;
use axum::{Router, http::HeaderMap, response::Response, routing::get};
use guide::Answers;

use super::{
    around::surroundings,
    card::{Card, Table},
    page, result,
    sheet::{Kept, Sheet},
    words::Words,
    zenbu::CARRIED,
};
use crate::{App, Form, Page, Visit, page::see_other, show};

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/annai/kaado", get(with_cookie).post(with_form))
}

#[derive(Template)]
#[template(path = "public/annai-kaado.html")]
struct Shown<'a> {
    page: &'a Page,
    w: Words,
    lines: Vec<String>,
    top: Vec<Card<'a>>,
    today: String,
    from_form: bool,
}

async fn with_cookie(visit: Visit, headers: HeaderMap) -> Response {
    match Sheet::carried(&visit.app, &headers) {
        Kept::Sheet(sheet) => cards(&visit, &sheet.answers, false),
        Kept::Nothing | Kept::Gone => see_other("/annai"),
    }
}

async fn with_form(visit: Visit, form: Form) -> Response {
    match Sheet::opened(&visit.app, form.text(CARRIED)) {
        Some(sheet) => cards(&visit, &sheet.answers, true),
        None => see_other("/annai"),
    }
}

fn cards(visit: &Visit, answers: &Answers, from_form: bool) -> Response {
    let app = &visit.app;
    let page = page(visit, "カード");
    let w = Words { easy: page.easy() };
    let now = app.clock.now_jst();
    let around = surroundings(&app.directory, answers, &now);
    let said = app.guide.recommend(answers, &around);
    let table = Table {
        directory: &app.directory,
        rules: &app.guide,
        answers,
        page: &page,
        now: &now,
        already: Vec::new(),
    };
    let place = result::place(app, answers);
    show(&Shown {
        w,
        lines: app.guide.phrase_card(
            answers,
            Some(place.as_str()).filter(|p| !p.is_empty()),
            w.easy,
        ),
        top: said
            .top
            .iter()
            .filter_map(|item| table.card(item))
            .collect(),
        today: basics::japanese::date_with_year(now.date()),
        from_form,
        page: &page,
    })
}
