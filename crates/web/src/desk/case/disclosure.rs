//! `/desk/case/{id}/kaiji`: requests for one's own records, line by line, and the paper that is handed over.
//! `/desk/kaiji/sonpi`: the one answer to 「あの人は相談しましたか」; nothing is looked up for it.

use askama::Template;
use axum::{Router, extract::Path, http::StatusCode, response::Response, routing::get};
use basics::{CaseId, PersonId};
use casework::{
    Error,
    disclosure::{
        ARTICLE, Decision, EXISTENCE, Line, NewRequest, Preview, Printed, Request, Standing, State,
    },
};
use office::access::{self, Action};

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::{Choice, Mistake},
    show, show_with,
};

use super::{head::Head, overview::case_id};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk/kaiji/sonpi", get(existence))
        .route("/desk/case/{id}/kaiji", get(list).post(take_down))
        .route("/desk/case/{id}/kaiji/{request}", get(look).post(decide))
        .route("/desk/case/{id}/kaiji/{request}/insatsu", get(print))
}

#[derive(Template)]
#[template(path = "desk/case/disclosures.html")]
struct ListPage {
    page: Page,
    me: Me,
    head: Head,
    requests: Vec<RequestLine>,
    standings: Vec<Choice>,
    people: Vec<Choice>,
    received: String,
    words: String,
    mistakes: Vec<Mistake>,
}

impl ListPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

struct RequestLine {
    id: i64,
    received: String,
    standing: &'static str,
    whose: String,
    state: &'static str,
}

#[derive(Template)]
#[template(path = "desk/case/disclosure.html")]
struct PreviewPage {
    page: Page,
    me: Me,
    head: Head,
    request: Request,
    whose: String,
    lines: Vec<Line>,
    decisions: Vec<Decision>,
    preparing: bool,
    submitted: bool,
    may_approve: bool,
    given: usize,
    black: usize,
    absent: usize,
    /// The grounds under which lines are still to be decided, with how many.
    open: Vec<(Decision, usize)>,
    /// The line whose form was sent, with what was typed.
    typed: String,
    chosen: String,
    reason: String,
    /// What was typed for all the lines of one ground.
    ground: String,
    wake: String,
    mistakes: Vec<Mistake>,
}

impl PreviewPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }

    /// Whether this line is decided here and now, by this colleague.
    fn decides(&self, line: &Line) -> bool {
        self.preparing || (line.late && self.submitted && self.may_approve)
    }

    /// Whether this decision is the one to show as chosen: what was typed, else what stands.
    fn is_chosen(&self, line: &Line, decision: &Decision) -> bool {
        if self.typed == line.key() && !self.chosen.is_empty() {
            self.chosen == decision.code()
        } else {
            line.decision == *decision
        }
    }
}

#[derive(Template)]
#[template(path = "desk/case/disclosure_print.html")]
struct PrintPage {
    page: Page,
    me: Me,
    lines: Vec<Printed>,
    draft: bool,
    existence: &'static str,
    article: &'static str,
}

async fn list(colleague: Colleague, Path(id): Path<String>) -> Response {
    draw_list(
        &colleague,
        &id,
        &Form::default(),
        Vec::new(),
        StatusCode::OK,
    )
    .await
}

async fn draw_list(
    colleague: &Colleague,
    id: &str,
    form: &Form,
    mistakes: Vec<Mistake>,
    status: StatusCode,
) -> Response {
    let room = &colleague.app().casework;
    let (view, requests) = match room.disclosures(&colleague.session, case_id(id)).await {
        Ok(found) => found,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let named = |id: Option<PersonId>| {
        let person = id.and_then(|id| view.person(id));
        person.map_or_else(String::new, casework::Person::label)
    };
    let page = ListPage {
        page: colleague.page("開示請求").with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(&view, "kaiji"),
        standings: Standing::ALL
            .iter()
            .map(|one| {
                let chosen = form.text("standing") == one.code();
                Choice::new(one.code(), one.label()).chosen(chosen)
            })
            .collect(),
        people: view
            .people
            .iter()
            .map(|one| {
                let value = one.id.to_string();
                let chosen = form.text("person") == value;
                Choice::new(value, one.label()).chosen(chosen)
            })
            .collect(),
        requests: requests
            .iter()
            .map(|one| RequestLine {
                id: one.id,
                received: basics::japanese::date_with_year(one.received_on),
                standing: one.standing.label(),
                whose: named(one.person),
                state: one.state.label(),
            })
            .collect(),
        received: match form.get("received") {
            Some(typed) => typed.to_owned(),
            None => colleague.session.clock().today().to_string(),
        },
        words: form.text("words").to_owned(),
        mistakes,
    };
    show_with(status, &page)
}

async fn take_down(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    if form.text("act") != "take" {
        return draw_list(&colleague, &id, &form, Vec::new(), StatusCode::OK).await;
    }
    let mut mistakes = Vec::new();
    let standing = Standing::from_code(form.text("standing"));
    if standing.is_none() {
        mistakes.push(Mistake::at(
            "standing",
            "どの立場での請求かを選んでください。",
        ));
    }
    let received = form.line("received").parse();
    if received.is_err() {
        mistakes.push(Mistake::at(
            "received",
            "受け取った日を、2026-11-24 のように書いてください。",
        ));
    }
    let (Some(standing), Ok(received_on)) = (standing, received) else {
        return draw_list(
            &colleague,
            &id,
            &form,
            mistakes,
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await;
    };
    let new = NewRequest {
        standing,
        person: form.line("person").parse::<i64>().ok().map(PersonId::from),
        received_on,
        words: form.text("words").to_owned(),
    };
    let case = case_id(&id);
    let room = &colleague.app().casework;
    match room
        .request_disclosure(&colleague.session, case, &new)
        .await
    {
        Ok(request) => see_other(&format!("/desk/case/{case}/kaiji/{request}")),
        Err(Error::Invalid { field, sentence }) => {
            let mistakes = vec![Mistake::at(field, sentence)];
            draw_list(
                &colleague,
                &id,
                &form,
                mistakes,
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}

async fn preview(colleague: &Colleague, id: &str, request: &str) -> Result<Preview, Error> {
    let room = &colleague.app().casework;
    let request = request.parse().unwrap_or(0);
    room.disclosure(&colleague.session, case_id(id), request)
        .await
}

async fn look(colleague: Colleague, Path((id, request)): Path<(String, String)>) -> Response {
    let form = Form::default();
    draw(&colleague, &id, &request, &form, Vec::new(), StatusCode::OK).await
}

async fn draw(
    colleague: &Colleague,
    id: &str,
    request: &str,
    form: &Form,
    mistakes: Vec<Mistake>,
    status: StatusCode,
) -> Response {
    let preview = match preview(colleague, id, request).await {
        Ok(preview) => preview,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let count =
        |wanted: fn(&Line) -> bool| preview.lines.iter().filter(|line| wanted(line)).count();
    let whose = preview
        .request
        .person
        .and_then(|id| preview.view.person(id));
    let state = preview.request.state;
    let page = PreviewPage {
        page: colleague.page("開示請求").with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(&preview.view, "kaiji"),
        whose: whose.map_or_else(
            || "（求める権利のある記録はありません）".to_owned(),
            casework::Person::label,
        ),
        given: count(|line| line.decision == Decision::Give),
        absent: count(|line| !line.decision.is_shown()),
        black: count(|line| line.decision.is_shown() && line.decision != Decision::Give),
        open: Decision::ALL
            .iter()
            .map(|ground| {
                let lines = preview.lines.iter();
                let open = lines.filter(|line| line.is_undecided() && line.decision == *ground);
                (*ground, open.count())
            })
            .filter(|(_, left)| *left > 0)
            .collect(),
        decisions: Decision::ALL.to_vec(),
        preparing: state == State::Preparing,
        submitted: state == State::Submitted,
        may_approve: colleague.may(Action::ApproveDisclosure)
            && preview.request.submitted_by != Some(colleague.session.staff()),
        request: preview.request,
        lines: preview.lines,
        typed: form.text("line").to_owned(),
        chosen: form.text("decision").to_owned(),
        reason: form.text("reason").to_owned(),
        ground: form.text("ground").to_owned(),
        wake: form.text("wake").to_owned(),
        mistakes,
    };
    show_with(status, &page)
}

async fn decide(
    Path((id, request)): Path<(String, String)>,
    Sent { colleague, form }: Sent,
) -> Response {
    let (case, number): (CaseId, i64) = (case_id(&id), request.parse().unwrap_or(0));
    let (room, session) = (&colleague.app().casework, &colleague.session);
    let done = match form.text("act") {
        "line" => match Decision::from_code(form.text("decision")) {
            Some(decision) => {
                let (line, reason) = (form.text("line"), form.text("reason"));
                room.decide_line(session, case, number, line, decision, reason)
                    .await
            }
            None => Err(Error::invalid("decision", "どう扱うかを選んでください。")),
        },
        "rest" => match Decision::from_code(form.text("ground")) {
            Some(ground) => {
                let reason = form.text("wake");
                room.decide_rest(session, case, number, ground, reason)
                    .await
            }
            None => Err(Error::invalid(
                "kimeru",
                "どの扱いの行を決めるかを選んでください。",
            )),
        },
        "submit" => room.submit_disclosure(session, case, number).await,
        "approve" => room.judge_disclosure(session, case, number, true).await,
        "return" => room.judge_disclosure(session, case, number, false).await,
        _ => return draw(&colleague, &id, &request, &form, Vec::new(), StatusCode::OK).await,
    };
    match done {
        // A second press on the same button: what was wanted is so.
        Ok(()) | Err(Error::Again) => see_other(&format!("/desk/case/{case}/kaiji/{number}")),
        Err(Error::Invalid { field, sentence }) => {
            let mistakes = vec![Mistake::at(field, sentence)];
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            draw(&colleague, &id, &request, &form, mistakes, status).await
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}

/// What is handed over. Nothing on it comes from the case but the lines: neither number nor name nor how many were left
/// out.
async fn print(colleague: Colleague, Path((id, request)): Path<(String, String)>) -> Response {
    let room = &colleague.app().casework;
    let request = request.parse().unwrap_or(0);
    let printed = room.print_disclosure(&colleague.session, case_id(&id), request);
    match printed.await {
        Ok(preview) => show(&paper(
            &colleague,
            preview.printed(),
            preview.request.state != State::Approved,
        )),
        Err(error) => colleague.case_trouble(error).await,
    }
}

/// The same paper without a line: for whoever asks whether somebody else consulted, known here or not.
async fn existence(colleague: Colleague) -> Response {
    if let Err(error) = access::permit(&colleague.session, Action::PrepareDisclosure, "").await {
        return colleague.trouble(error).await;
    }
    show(&paper(&colleague, Vec::new(), false))
}

fn paper(colleague: &Colleague, lines: Vec<Printed>, draft: bool) -> PrintPage {
    PrintPage {
        page: colleague.page("開示請求への回答"),
        me: colleague.me(""),
        lines,
        draft,
        existence: EXISTENCE,
        article: ARTICLE,
    }
}
