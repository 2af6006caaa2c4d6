//! `/madoguchi/sagasu`: a postal code, the name of a place, or any words. The answer stands in the body; what was typed
//! never turns up in an address, a title or a log line.

use askama::Template;
use axum::{Router, response::Response, routing::get};
use basics::MunicipalityCode;
use directory::TypedPlace;

use super::{href, line::Line, under_entry};
use crate::{App, Form, Page, Visit, page::see_other, show};

/// More places than these are too many to choose from; the windows are shown all the same.
const PLACES: usize = 40;

/// Windows shown at most.
const SHOWN: usize = 50;

/// More than anyone types; a longer text is cut before it is looked at.
const LONGEST: usize = 100;

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new().route(
        "/madoguchi/sagasu",
        get(async || see_other("/madoguchi")).post(search),
    )
}

struct PlaceLink {
    href: String,
    name: String,
}

/// What to say when nothing leads on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Empty,
    UnknownPostal,
    NotPostal,
    NotFound,
}

#[derive(Template)]
#[template(path = "public/madoguchi-sagasu.html")]
struct Found<'a> {
    page: Page,
    typed: String,
    said: Said,
    places: Vec<PlaceLink>,
    lines: Vec<Line<'a>>,
    count: usize,
}

async fn search(visit: Visit, form: Form) -> Response {
    let directory = &visit.app.directory;
    let typed: String = form.line("q").chars().take(LONGEST).collect();
    let read = directory.typed_place(&typed);
    let places = match &read {
        TypedPlace::One(code) => return see_other(&href(*code)),
        TypedPlace::Several(codes) if codes.len() <= PLACES => codes.clone(),
        _ => Vec::new(),
    };
    let windows = match &read {
        TypedPlace::Nothing | TypedPlace::UnknownPostal => Vec::new(),
        _ => directory.search(&typed),
    };
    let said = match (&read, windows.is_empty() && places.is_empty()) {
        (TypedPlace::Nothing, _) => Said::Empty,
        (TypedPlace::UnknownPostal, _) => Said::UnknownPostal,
        (TypedPlace::NotPostal, true) => Said::NotPostal,
        (_, true) => Said::NotFound,
        _ => Said::Nothing,
    };
    let all = directory.municipalities();
    let mut page = under_entry(&visit, "さがした結果").unlisted();
    page.back_to = Some("/madoguchi".to_owned());
    let now = page.now.clone();
    let to = |code: &MunicipalityCode| PlaceLink {
        href: href(*code),
        name: directory
            .municipality(*code)
            .map_or_else(String::new, |place| place.full_name(all)),
    };
    let lines = windows
        .iter()
        .take(SHOWN)
        .map(|window| {
            let code = window.serves.serves.first().copied();
            let line = match code {
                Some(code) => Line::new(directory, window, code, &now),
                None => Line::national(directory, window, &now),
            };
            let served = directory.serves_sentence(window);
            // 府中市 lies in Tokyo and in Hiroshima.
            let prefecture = code.map_or("", |code| all.name(code.prefecture()));
            let why = if served.starts_with(prefecture) {
                served
            } else {
                format!("{prefecture}：{served}")
            };
            line.because(why).short()
        })
        .collect();
    show(&Found {
        page,
        said,
        places: places.iter().map(to).collect(),
        lines,
        count: windows.len(),
        typed,
    })
}
