//! `/annai`: a few gentle questions, then the windows that fit and why. Everything may be skipped.
//!
//! * [`ask`]: one question a page; [`list`]: what was answered, and forgetting it; [`zenbu`]: all on one page.
//! * [`result`] and [`card`]: what fits; [`kaado`]: the words to say and the card for the hand; [`kimari`]: the rules.
//! * [`sheet`]: the answers in one sealed cookie; [`place`]: reading where somebody lives; [`around`]: the windows there.
//!
//! Invariants, each kept by a test: no answer ever stands in an address, a title, a log line or a database row; the
//! titles say nothing; both ways through give the same result; a damaged or old cookie leads gently to the beginning.
//! A form of this door carries no token: the cookie stands for nobody, and requests from other sites are refused anyway.

mod around;
mod ask;
mod card;
mod kaado;
mod kimari;
mod list;
mod place;
mod result;
mod sheet;
mod view;
mod words;
mod zenbu;

use askama::Template;
use axum::{
    Router,
    http::{HeaderMap, header},
    response::Response,
    routing::get,
};

use guide::Answers;

use crate::{App, Page, Visit, cookie, show};
use sheet::{COOKIE, Kept, Sheet};
use words::Words;

/// The doors.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/annai", get(start))
        .merge(result::routes())
        .merge(list::routes())
        .merge(zenbu::routes())
        .merge(kaado::routes())
        .merge(kimari::routes())
        .merge(ask::routes())
}

/// A window that fits, for pages outside this door: what kind, why, and where it stands in the directory.
pub(crate) struct Fitting {
    /// What kind of window.
    pub kind: String,
    /// Why.
    pub because: String,
    /// Its name, when the directory knows one there.
    pub window: String,
    /// Its page; empty without a window.
    pub href: String,
}

/// What fits somebody of whom these few things are known: the guide's first windows, and those for later.
pub(crate) fn fitting(app: &App, answers: &Answers) -> Vec<Fitting> {
    let now = app.clock.now_jst();
    let around = around::surroundings(&app.directory, answers, &now);
    let said = app.guide.recommend(answers, &around);
    let view = |item: &guide::engine::Item<'_>| {
        let window = around::window_of(&app.directory, answers, item.kind, &now);
        Fitting {
            kind: app
                .guide
                .card(item.kind)
                .map_or_else(String::new, |card| card.name.get(false).to_owned()),
            because: item.because.text.get(false).to_owned(),
            window: window.map_or_else(String::new, |window| window.name.to_string()),
            href: window.map_or_else(String::new, |window| {
                format!("/madoguchi/mado/{}", window.id)
            }),
        }
    };
    said.top
        .iter()
        .chain(&said.more)
        .take(6)
        .map(view)
        .collect()
}

/// A page of this door: 「ご案内 3」, and nothing about anybody. 「見やすさ」 leads back to it.
fn page(visit: &Visit, step: &str) -> Page {
    let mut page = visit.page(format!("ご案内 {step}"));
    page.back_to = Some(visit.path.clone());
    page
}

#[derive(Template)]
#[template(path = "public/annai.html")]
struct Start {
    page: Page,
    w: Words,
    /// There is a sheet to go on with: the address of the result so far.
    goes_on: bool,
    /// A sheet was there and could not be read any more.
    gone: bool,
    questions: usize,
}

async fn start(visit: Visit, headers: HeaderMap) -> Response {
    let kept = Sheet::carried(&visit.app, &headers);
    let mut page = visit.page("ご案内");
    page.back_to = Some(visit.path.clone());
    let mut response = show(&Start {
        w: Words { easy: page.easy() },
        page,
        goes_on: matches!(&kept, Kept::Sheet(sheet) if !sheet.answers.is_empty()),
        gone: kept == Kept::Gone,
        questions: visit
            .app
            .guide
            .questions
            .iter()
            .filter(|question| !question.is_follow_up())
            .count(),
    });
    if kept == Kept::Gone {
        response
            .headers_mut()
            .append(header::SET_COOKIE, cookie::clear(&visit.app.config, COOKIE));
    }
    response
}
