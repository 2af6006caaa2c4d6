//! `/annai/1` to `/annai/7`: one question a page. Every answer is kept in the cookie and led on from (303), so that
//! Back works and no address tells anything. `…/naosu` is the same page, come to from the list of answers.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use guide::{Answers, Form as Shape, Question, questions};

use super::{
    page,
    place::{self, Places},
    sheet::{Kept, Pending, Sheet},
    view::{QuestionView, wish},
    words::Words,
};
use crate::{App, Form, Page, Trouble, Visit, page::see_other, show};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/annai/{page}", get(ask).post(answer))
        .route("/annai/{page}/naosu", get(ask_again).post(answer_again))
}

#[derive(Template)]
#[template(path = "public/annai-shitsumon.html")]
struct Asked {
    page: Page,
    w: Words,
    q: QuestionView,
    action: String,
    back: String,
    /// How many may follow; none when coming from the list of answers.
    left: Option<usize>,
}

async fn ask(visit: Visit, headers: HeaderMap, Path(slug): Path<String>) -> Response {
    show_question(&visit, &headers, &slug, false)
}

async fn ask_again(visit: Visit, headers: HeaderMap, Path(slug): Path<String>) -> Response {
    show_question(&visit, &headers, &slug, true)
}

fn show_question(visit: &Visit, headers: &HeaderMap, slug: &str, again: bool) -> Response {
    let rules = &visit.app.guide;
    let Some(question) = rules.question_at(slug) else {
        return Trouble::NotFound.into_response();
    };
    let sheet = match Sheet::carried(&visit.app, headers) {
        Kept::Sheet(sheet) => sheet,
        Kept::Nothing if is_first(visit, question) => Sheet::default(),
        Kept::Nothing | Kept::Gone => return see_other("/annai"),
    };
    let page = page(visit, question.slug.trim_end_matches('b'));
    let w = Words { easy: page.easy() };
    let pending = match &sheet.pending {
        pending @ Pending::Place { .. } if question.form == Shape::Area => pending,
        pending @ Pending::Wishes(_) if question.form == Shape::AtMostThree => pending,
        _ => &Pending::Nothing,
    };
    let q = QuestionView::new(&visit.app, w, question, &sheet.answers, pending);
    let ahead = (!again).then(|| rules.questions_left(&sheet.answers, question));
    show(&Asked {
        page: page.with_error(!q.mistakes.is_empty()),
        w,
        action: address(question, again),
        back: if again {
            "/annai/kotae".to_owned()
        } else {
            rules
                .previous_question(&sheet.answers, question)
                .map_or_else(|| "/annai".to_owned(), |before| address(before, false))
        },
        left: ahead,
        q,
    })
}

fn is_first(visit: &Visit, question: &Question) -> bool {
    visit
        .app
        .guide
        .questions
        .first()
        .is_some_and(|first| first.id == question.id)
}

fn address(question: &Question, again: bool) -> String {
    format!(
        "/annai/{}{}",
        question.slug,
        if again { "/naosu" } else { "" }
    )
}

async fn answer(
    visit: Visit,
    headers: HeaderMap,
    Path(slug): Path<String>,
    form: Form,
) -> Response {
    take(&visit, &headers, &slug, &form, false)
}

async fn answer_again(
    visit: Visit,
    headers: HeaderMap,
    Path(slug): Path<String>,
    form: Form,
) -> Response {
    take(&visit, &headers, &slug, &form, true)
}

fn take(visit: &Visit, headers: &HeaderMap, slug: &str, form: &Form, again: bool) -> Response {
    let rules = &visit.app.guide;
    let Some(question) = rules.question_at(slug) else {
        return Trouble::NotFound.into_response();
    };
    let before = match Sheet::carried(&visit.app, headers) {
        Kept::Sheet(sheet) => sheet.answers,
        Kept::Nothing | Kept::Gone if is_first(visit, question) => Answers::default(),
        Kept::Nothing | Kept::Gone => return see_other("/annai"),
    };
    let skipped = Form::default();
    let form = if form.flag("skip") { &skipped } else { form };
    let sheet = answered(&visit.app, question, &before, form);
    let to = if sheet.pending == Pending::Nothing {
        next(visit, question, &before, &sheet.answers, again)
    } else {
        format!(
            "{}#{}",
            address(question, again),
            look_at(&visit.app, &sheet.pending)
        )
    };
    let mut response = see_other(&to);
    response
        .headers_mut()
        .append(header::SET_COOKIE, sheet.to_cookie(&visit.app));
    response
}

/// What the browser scrolls to when something has to be looked at once more.
fn look_at(app: &App, pending: &Pending) -> &'static str {
    match pending {
        Pending::Place { typed, asker } => {
            let several = |words: &str| !place::read(&app.directory, words).candidates().is_empty();
            let unknown = |words: &str| {
                matches!(place::read(&app.directory, words), place::Place::Unknown(_))
            };
            if unknown(typed) || unknown(asker) {
                "err"
            } else if several(typed) {
                "erabu"
            } else {
                "asker_erabu"
            }
        }
        Pending::Nothing | Pending::Wishes(_) => "err",
    }
}

fn next(
    visit: &Visit,
    question: &Question,
    before: &Answers,
    after: &Answers,
    again: bool,
) -> String {
    let following = visit.app.guide.next_question(after, question);
    if !again {
        return following.map_or_else(|| "/annai/kekka".to_owned(), |next| address(next, false));
    }
    // A changed answer may bring a follow-up question with it; otherwise back to the list.
    match following {
        Some(next) if next.is_follow_up() && !next.is_asked(before) => address(next, true),
        _ => "/annai/kotae".to_owned(),
    }
}

/// The sheet after one question. What is missing counts as skipped, what is not an option is left out.
pub(super) fn answered(app: &App, question: &Question, before: &Answers, form: &Form) -> Sheet {
    if question.form == Shape::Area {
        let places = Places::from_form(&app.directory, form);
        if !places.are_clear() {
            let pending = Pending::Place {
                typed: form.line("area"),
                asker: form.line("asker"),
            };
            return Sheet {
                answers: *before,
                pending,
            };
        }
        return Sheet::of(Answers {
            area: places.area.code(),
            asker_area: places.asker.code(),
            ..*before
        });
    }
    let known: Vec<&str> = form
        .all(&question.id)
        .filter(|value| {
            question
                .options()
                .chain(&question.aside)
                .any(|pick| pick.value == *value)
        })
        .collect();
    match question.answer(before, known.iter().copied()) {
        Ok(answers) => Sheet::of(answers),
        Err(_) => Sheet {
            answers: *before,
            pending: Pending::Wishes(wishes(question, &known)),
        },
    }
}

fn wishes(question: &questions::Question, values: &[&str]) -> u16 {
    question
        .options()
        .filter(|pick| values.contains(&pick.value.as_str()))
        .filter_map(wish)
        .fold(0, |bits, at| bits | 1 << at)
}
