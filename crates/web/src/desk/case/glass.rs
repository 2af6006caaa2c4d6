//! `/desk/kinkyuu`: breaking the glass of one case by its number, and looking at it afterwards.

use askama::Template;
use axum::{Router, http::StatusCode, response::Response, routing::get};
use basics::{CaseId, japanese};
use casework::{Error, review::GlassLine};
use office::{
    Role,
    access::{self, Action},
};

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

use super::custody::{mistake_of, moment};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/kinkyuu", get(look).post(act))
}

/// A broken glass as the page shows it.
struct LineView {
    id: i64,
    case: CaseId,
    number: i64,
    name: String,
    at: String,
    until: String,
    reason: String,
    opened: String,
    due: String,
    late: bool,
    reviewed: String,
    review: String,
    hidden: String,
    hidden_because: String,
    mine: bool,
    /// Whether the reader reviews it, and who does.
    for_me: bool,
    reviewers: String,
}

#[derive(Template)]
#[template(path = "desk/case/glass.html")]
struct GlassPage {
    page: Page,
    me: Me,
    number: String,
    reason: String,
    hours: Vec<Choice>,
    leads: bool,
    shown: bool,
    waiting: Vec<LineView>,
    seen: Vec<LineView>,
    words: String,
    days: String,
    why_hidden: String,
    at_glass: i64,
    mistakes: Vec<Mistake>,
}

impl GlassPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

async fn look(colleague: Colleague) -> Response {
    draw(&colleague, &Form::default(), Vec::new()).await
}

async fn draw(colleague: &Colleague, form: &Form, mistakes: Vec<Mistake>) -> Response {
    if let Err(error) = access::permit(&colleague.session, Action::BreakGlass, "").await {
        return colleague.trouble(error).await;
    }
    let leads = colleague.session.role() == Role::Supervisor;
    let found = colleague.app().casework.glass_to_review(&colleague.session);
    let lines = match found.await {
        Ok(lines) => lines,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let shown = leads || !lines.is_empty();
    let (seen, waiting): (Vec<_>, Vec<_>) = lines
        .into_iter()
        .map(|line| view(colleague, line))
        .partition(|line| !line.reviewed.is_empty());
    let hours = ["1", "2", "3"]
        .map(|hour| Choice::new(hour, format!("{hour}時間")).chosen(form.has("hours", hour)));
    let status = if mistakes.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = GlassPage {
        page: colleague
            .page("緊急の閲覧")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        number: form.line("number"),
        reason: form.text("reason").to_owned(),
        hours: hours.into(),
        leads,
        shown,
        waiting,
        seen,
        words: form.text("words").to_owned(),
        days: form.line("days"),
        why_hidden: form.text("why_hidden").to_owned(),
        at_glass: form.line("glass").parse().unwrap_or(0),
        mistakes,
    };
    show_with(status, &page)
}

fn view(colleague: &Colleague, line: GlassLine) -> LineView {
    let glass = line.glass;
    let opened: Vec<String> = line
        .opened
        .iter()
        .map(|(kind, at)| format!("{kind}の区画（{}）", moment(*at)))
        .collect();
    let for_me = glass.is_for(colleague.session.staff());
    let reviewers: Vec<String> = (glass.reviewers.iter())
        .map(|(_, name)| name.clone())
        .collect();
    LineView {
        id: glass.id,
        case: glass.case,
        number: line.number,
        name: glass.name,
        at: moment(glass.from),
        until: moment(glass.until),
        reason: glass.reason,
        opened: if opened.is_empty() {
            "表紙だけ（区画は開いていません）".to_owned()
        } else {
            opened.join("、")
        },
        due: japanese::date(glass.review_due_on),
        late: glass.reviewed_at.is_none() && glass.review_due_on < colleague.app().clock.today(),
        reviewed: glass.reviewed_at.map(moment).unwrap_or_default(),
        review: glass.review,
        hidden: glass.hidden_until.map(moment).unwrap_or_default(),
        hidden_because: glass.hidden_because,
        mine: glass.staff == colleague.session.staff(),
        for_me,
        reviewers: reviewers.join("、"),
    }
}

async fn act(Sent { colleague, form }: Sent) -> Response {
    let (room, session) = (&colleague.app().casework, &colleague.session);
    let glass = form.line("glass").parse().unwrap_or(0);
    let done = match form.text("act") {
        "break" => return break_it(&colleague, &form).await,
        "review" => room.review_glass(session, glass, form.text("words")).await,
        "hide" => {
            let days = form.line("days").parse().unwrap_or(0);
            room.hide_glass(session, glass, days, form.text("why_hidden"))
                .await
        }
        _ => return draw(&colleague, &form, Vec::new()).await,
    };
    match done {
        Ok(()) => see_other("/desk/kinkyuu"),
        Err(error) => match mistake_of(&error) {
            Some(mistake) => draw(&colleague, &form, vec![mistake]).await,
            None => colleague.case_trouble(error).await,
        },
    }
}

/// Unknown number, another office's, one that must not be known: one sentence at the field, what was typed kept.
async fn break_it(colleague: &Colleague, form: &Form) -> Response {
    if let Err(error) = access::permit(&colleague.session, Action::BreakGlass, "").await {
        return colleague.trouble(error).await;
    }
    let number = crate::desk::days::whole_number(form.text("number")).unwrap_or(0);
    let hours = form.line("hours").parse().unwrap_or(0);
    let reason = form.text("reason");
    let broken = colleague
        .app()
        .casework
        .break_glass(&colleague.session, number, reason, hours);
    let mistake = match broken.await {
        Ok(broken) if broken.id == 0 => return see_other(&format!("/desk/case/{}", broken.case)),
        Ok(broken) => return see_other(&format!("/desk/case/{}/tantou", broken.case)),
        Err(error) if error.is_not_found() => {
            if colleague.session.refusals().settled().await.is_err() {
                return colleague
                    .case_trouble(Error::Office(office::Error::NotRecorded))
                    .await;
            }
            Mistake::at(
                "number",
                "この番号のケースは開けませんでした。番号を確かめてください。急ぐときは、センター長か当番に声をかけてください。",
            )
        }
        Err(error) => match mistake_of(&error) {
            Some(mistake) => mistake,
            None => return colleague.case_trouble(error).await,
        },
    };
    draw(colleague, form, vec![mistake]).await
}
