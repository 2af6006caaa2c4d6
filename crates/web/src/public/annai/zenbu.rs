//! `/annai/zenbu`: every question on one page, one sending, the result in its answer. No cookie, nothing kept; what the
//! result page needs to lead on is sealed in a hidden field of its own forms.

use askama::Template;
use axum::{Router, response::Response, routing::get};
use guide::Answers;

use super::{
    ask::answered,
    page, result,
    sheet::{Pending, Sheet},
    view::QuestionView,
    words::Words,
};
use crate::{App, Form, Page, Visit, parts::Mistake, show};

/// The field that carries the sealed sheet.
pub(super) const CARRIED: &str = "_a";

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/annai/zenbu", get(ask).post(answer))
}

#[derive(Template)]
#[template(path = "public/annai-zenbu.html")]
struct All {
    page: Page,
    w: Words,
    questions: Vec<QuestionView>,
    mistakes: Vec<Mistake>,
}

async fn ask(visit: Visit) -> Response {
    form_page(&visit, |w| {
        let sheet = Sheet::default();
        views(&visit.app, w, &sheet)
    })
}

fn views(app: &App, w: Words, sheet: &Sheet) -> Vec<QuestionView> {
    app.guide
        .questions
        .iter()
        .map(|question| {
            let mut view = QuestionView::new(app, w, question, &sheet.answers, &sheet.pending);
            if let Some(place) = &mut view.place {
                place.ask_asker = true;
            }
            view
        })
        .collect()
}

fn form_page(visit: &Visit, questions: impl FnOnce(Words) -> Vec<QuestionView>) -> Response {
    let page = page(visit, "まとめて");
    let w = Words { easy: page.easy() };
    let questions = questions(w);
    let mistakes: Vec<Mistake> = questions.iter().flat_map(|q| q.mistakes.clone()).collect();
    show(&All {
        page: page.with_error(!mistakes.is_empty()),
        w,
        questions,
        mistakes,
    })
}

async fn answer(visit: Visit, form: Form) -> Response {
    if form.flag("naosu") {
        let sheet = Sheet::opened(&visit.app, form.text(CARRIED)).unwrap_or_default();
        return form_page(&visit, |w| views(&visit.app, w, &sheet));
    }
    let mut answers = Answers::default();
    let mut pending = Vec::new();
    for question in &visit.app.guide.questions {
        let sheet = answered(&visit.app, question, &answers, &form);
        // A follow-up question counts only after the answer that brings it.
        if sheet.pending == Pending::Nothing && question.is_asked(&answers) {
            answers = sheet.answers;
        }
        if sheet.pending != Pending::Nothing {
            pending.push(question.id.as_str());
        }
    }
    if pending.is_empty() {
        let sealed = Sheet::of(answers).sealed(&visit.app);
        let page = page(&visit, "けっか");
        return result::answer(&visit, page, &answers, Some(sealed)).await;
    }
    form_page(&visit, |w| {
        visit
            .app
            .guide
            .questions
            .iter()
            .map(|question| {
                let mut view = QuestionView::from_form(&visit.app, w, question, &form);
                if question.form == guide::Form::AtMostThree
                    && pending.contains(&question.id.as_str())
                {
                    view.too_many(w);
                }
                view
            })
            .collect()
    })
}
