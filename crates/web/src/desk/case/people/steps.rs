//! `…/ayumi`: five years of small steps on one page, and one more.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use basics::CaseId;
use casework::drawing::{Drawing, Shape, five_years::five_years};
use casework::small_steps::SmallStep;
use casework::{Error, case::CaseView};
use jiff::civil::Date;

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

use super::{Head, case_id, mistake, status};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case/{id}/ayumi", get(look).post(act))
}

struct Line {
    id: Option<i64>,
    day: String,
    words: String,
    place: String,
}

#[derive(Template)]
#[template(path = "desk/case/people/steps.html")]
struct StepsPage {
    page: Page,
    me: Me,
    head: Head,
    line: Drawing,
    lines: Vec<Line>,
    places: Vec<Choice>,
    day: String,
    words: String,
    mistakes: Vec<Mistake>,
}

impl StepsPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

async fn look(colleague: Colleague, Path(id): Path<String>) -> Response {
    draw(&colleague, case_id(&id), &Form::default(), Vec::new()).await
}

async fn draw(colleague: &Colleague, id: CaseId, form: &Form, mistakes: Vec<Mistake>) -> Response {
    let casework = &colleague.app().casework;
    let looked = async {
        let view = casework.case(&colleague.session, id).await?;
        let steps = casework.small_steps(&colleague.session, id).await?;
        Ok((view, steps))
    };
    let (view, steps) = match looked.await {
        Ok(found) => found,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let page = colleague
        .page("小さな一歩")
        .with_error(!mistakes.is_empty());
    let today = page.now.date();
    let named = |id| view.compartments.iter().find(|one| one.id == id);
    let lines = steps.iter().rev().map(|one| Line {
        id: one.id,
        day: basics::japanese::date_with_year(one.step.day),
        words: one.step.words.clone(),
        place: named(one.compartment)
            .map(|place| view.name_of(place))
            .unwrap_or_default(),
    });
    let all: Vec<SmallStep> = steps.iter().map(|one| one.step.clone()).collect();
    let page = StepsPage {
        me: colleague.me("/desk/case"),
        head: Head::of(&view, "hito"),
        line: five_years(&all, today),
        lines: lines.collect(),
        places: places(&view, form.text("place")),
        day: form
            .get("day")
            .map_or_else(|| today.to_string(), str::to_owned),
        words: form.line("words"),
        page,
        mistakes,
    };
    show_with(status(&page.mistakes), &page)
}

/// The compartments that may be written into.
fn places(view: &CaseView, chosen: &str) -> Vec<Choice> {
    let writable = |one: &&casework::Compartment| {
        view.reach == office::access::Reach::Assigned || one.kind == office::CompartmentKind::Staff
    };
    view.compartments
        .iter()
        .filter(writable)
        .map(|one| {
            let id = one.id.to_string();
            Choice::new(id.clone(), view.name_of(one)).chosen(id == chosen)
        })
        .collect()
}

async fn act(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let id = case_id(&id);
    let casework = &colleague.app().casework;
    let done = match form.text("act") {
        "note" => note(&colleague, id, &form).await,
        "withdraw" => {
            let step = form.line("step").parse().unwrap_or(0);
            casework
                .withdraw_small_step(&colleague.session, id, step)
                .await
        }
        _ => return draw(&colleague, id, &form, Vec::new()).await,
    };
    match done.map_err(mistake) {
        Ok(()) => see_other(&format!("/desk/case/{id}/ayumi")),
        Err(Ok(mistake)) => draw(&colleague, id, &form, vec![mistake]).await,
        Err(Err(error)) => colleague.case_trouble(error).await,
    }
}

async fn note(colleague: &Colleague, id: CaseId, form: &Form) -> Result<(), Error> {
    let day: Date = form
        .line("day")
        .parse()
        .map_err(|_| Error::invalid("day", "日付を「2026-11-22」のように書いてください。"))?;
    let place: i64 = form
        .line("place")
        .parse()
        .map_err(|_| Error::invalid("place", "だれから聞いたことかを選んでください。"))?;
    let step = SmallStep {
        day,
        words: form.line("words"),
    };
    let casework = &colleague.app().casework;
    let noted = casework.note_small_step(&colleague.session, id, place.into(), &step);
    noted.await.map(|_| ())
}
