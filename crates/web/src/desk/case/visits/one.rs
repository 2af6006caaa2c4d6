//! `/desk/case/{id}/houmon/{visit}`: one visit, what happened, and what came of it.

use askama::Template;
use axum::{Router, extract::Path, http::StatusCode, response::Response, routing::get};
use basics::{StaffId, time::to_jst};
use casework::Error;
use casework::visit_heard::{Spoken, Whose, whose_in_words};
use casework::visit_moved::NewTime;
use casework::visit_outcome::{Met, NewOutcome, Said, WholeVisit};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::Action;

use crate::{
    App, Form, Page,
    desk::{
        case::{
            despite::{self, Beyond},
            head::Head,
            overview::case_id,
        },
        colleague::{Colleague, Me, Sent},
        days,
    },
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

use super::of_case::{is_ahead, on};

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case/{id}/houmon/{visit}", get(look).post(act))
}

struct EventLine {
    at: String,
    what: &'static str,
    name: String,
    until: String,
    words: String,
}

struct OutcomeLine {
    version: i64,
    met: &'static str,
    times: String,
    next_on: String,
    said: Said,
    heard: Vec<HeardLine>,
    by: String,
    note: String,
}

struct HeardLine {
    whose: String,
    words: String,
    note: String,
}

/// Somebody's words, to be written down.
struct HeardField {
    /// The names of the two fields.
    whose: String,
    words: String,
    voices: Vec<Choice>,
    typed: String,
}

/// Another time, as typed or as it stands.
struct Moved {
    day: String,
    leave: String,
    back: String,
}

struct DraftLine {
    note: String,
    by: String,
    beside: bool,
    whose: String,
    words: String,
}

#[derive(Template)]
#[template(path = "desk/case/visit.html")]
struct VisitPage {
    page: Page,
    me: Me,
    head: Head,
    id: i64,
    when: String,
    target: &'static str,
    wanted: &'static str,
    goals: String,
    whole: WholeVisit,
    events: Vec<EventLine>,
    outcomes: Vec<OutcomeLine>,
    drafts: Vec<DraftLine>,
    ahead: bool,
    writes: bool,
    may_approve: bool,
    /// Who may go along instead.
    along: Vec<Choice>,
    alone: String,
    met: Vec<Choice>,
    heard: Vec<HeardField>,
    moved: Moved,
    beyond: Beyond,
    typed: Typed,
    seen: i64,
    mistakes: Vec<Mistake>,
}

impl VisitPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

struct Typed {
    arrived: String,
    left: String,
    next: String,
    reaction: String,
    safety: String,
    promise: String,
}

async fn look(colleague: Colleague, Path((id, visit)): Path<(String, String)>) -> Response {
    draw(
        &colleague,
        &id,
        &visit,
        &Form::default(),
        Vec::new(),
        StatusCode::OK,
    )
    .await
}

async fn draw(
    colleague: &Colleague,
    id: &str,
    visit: &str,
    form: &Form,
    mistakes: Vec<Mistake>,
    status: StatusCode,
) -> Response {
    draw_with(colleague, (id, visit), form, None, mistakes, status).await
}

async fn draw_with(
    colleague: &Colleague,
    (id, visit): (&str, &str),
    form: &Form,
    beyond: Option<Beyond>,
    mistakes: Vec<Mistake>,
    status: StatusCode,
) -> Response {
    let room = &colleague.app().casework;
    let number = visit.parse::<i64>().unwrap_or(0);
    let found = room.visit(&colleague.session, case_id(id), number).await;
    let whole = match found {
        Ok(whole) => whole,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let today = colleague.app().clock.today();
    let seen = whole.outcomes.first().map_or(0, |one| one.version);
    let text = |name: &str| form.text(name).trim().to_owned();
    let goals: Vec<&str> = whole.visit.goals.iter().map(|goal| goal.label()).collect();
    let state = whole.visit.state;
    let page = VisitPage {
        page: colleague.page("訪問").with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(&whole.view, "houmon"),
        id: whole.visit.id,
        when: format!(
            "{}〜{}",
            days::moment(whole.visit.leave_at, today),
            basics::japanese::time(to_jst(whole.visit.return_at).time())
        ),
        target: whole.visit.target.label(),
        wanted: whole.visit.wanted_by.label(),
        goals: goals.join("、"),
        events: events(&whole, today),
        outcomes: outcomes(&whole, today),
        drafts: drafts(&whole, today),
        ahead: is_ahead(state),
        writes: whole.writable && whole.to_write,
        heard: heard_fields(&whole, form),
        moved: Moved::of(&whole, form),
        beyond: beyond.unwrap_or_else(|| Beyond::typed(form)),
        may_approve: whole.waits_for_approval && colleague.may(Action::ApproveCase),
        along: whole
            .may_go
            .iter()
            .filter(|one| one.staff != whole.visit.staff)
            .map(|one| {
                let chosen = match form.get("buddy") {
                    Some(typed) => typed == one.staff.to_string(),
                    None => whole.visit.buddy == Some(one.staff),
                };
                Choice::new(one.staff.to_string(), &one.name).chosen(chosen)
            })
            .collect(),
        alone: match form.get("alone") {
            Some(typed) => typed.to_owned(),
            None => whole.words.alone.clone(),
        },
        met: Met::ALL
            .iter()
            .map(|one| Choice::new(one.code(), one.label()).chosen(form.has("aeta", one.code())))
            .collect(),
        typed: Typed {
            arrived: form.line("tsuita"),
            left: form.line("deta"),
            next: form.line("tsugi"),
            reaction: text("reaction"),
            safety: text("safety"),
            promise: text("promise"),
        },
        // What was typed belongs to the version its page showed.
        seen: form.line("seen").parse().unwrap_or(seen),
        mistakes,
        whole,
    };
    show_with(status, &page)
}

/// How many voices one form writes down; more go into the next version.
const VOICES: usize = 2;

fn heard_fields(whole: &WholeVisit, form: &Form) -> Vec<HeardField> {
    let field = |n: usize| {
        let (speaker, words) = (format!("dare-{n}"), format!("kotoba-{n}"));
        let chosen = form.text(&speaker);
        // What colleagues saw has its own fields below.
        let spoken = whole.voices.iter().filter(|(one, _)| *one != Whose::Staff);
        let choice = |(one, label): &(Whose, String)| {
            Choice::new(one.code(), label).chosen(one.code() == chosen)
        };
        HeardField {
            voices: spoken.map(choice).collect(),
            typed: form.text(&words).trim().to_owned(),
            whose: speaker,
            words,
        }
    };
    let fields: Vec<HeardField> = (1..=VOICES).map(field).collect();
    if fields.iter().all(|one| one.voices.is_empty()) {
        return Vec::new();
    }
    fields
}

impl Moved {
    fn of(whole: &WholeVisit, form: &Form) -> Self {
        let visit = &whole.visit;
        let or = |name: &str, stands: String| form.get(name).map_or(stands, str::to_owned);
        let wall = |at| days::time_field(to_jst(at).time());
        Self {
            day: or("hi", visit.day.to_string()),
            leave: or("deru", wall(visit.leave_at)),
            back: or("modori", wall(visit.return_at)),
        }
    }
}

/// The time a form moves a visit to.
fn read_time(form: &Form, today: Date) -> Result<NewTime, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let day = days::read_day(form.text("hi"), today);
    if day.is_none() {
        mistakes.push(Mistake::at("hi", "日を入れてください。"));
    }
    let mut moment = |field: &str, words: &str| {
        let read = days::read_time(form.text(field));
        if read.is_none() {
            mistakes.push(Mistake::at(field, words));
        }
        on(day?, read?)
    };
    let leave = moment("deru", "出発の時刻を入れてください。");
    let back = moment("modori", "戻る予定の時刻を入れてください。");
    match leave.zip(back) {
        Some((leave_at, return_at)) if mistakes.is_empty() => Ok(NewTime {
            leave_at,
            return_at,
            despite: despite::chosen(form),
        }),
        _ => Err(mistakes),
    }
}

fn events(whole: &WholeVisit, today: Date) -> Vec<EventLine> {
    let line = |one: &casework::check_in::Event| EventLine {
        at: days::moment(one.at, today),
        what: one.label(),
        name: one.name.clone(),
        until: one.return_at.map_or_else(String::new, |at| {
            format!("{}まで", basics::japanese::time(to_jst(at).time()))
        }),
        words: one.words.clone(),
    };
    whole.events.iter().map(line).collect()
}

fn clock(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "—".to_owned(), |at| days::time_field(to_jst(at).time()))
}

fn outcomes(whole: &WholeVisit, today: Date) -> Vec<OutcomeLine> {
    let line = |one: &casework::visit_outcome::Outcome| OutcomeLine {
        version: one.version,
        met: one.met.label(),
        times: format!("着 {}　出 {}", clock(one.arrived_at), clock(one.left_at)),
        next_on: one.next_on.map(basics::japanese::date).unwrap_or_default(),
        said: one.said.clone(),
        heard: one
            .heard
            .iter()
            .map(|one| HeardLine {
                whose: whose_in_words(&whole.view, one.compartment),
                words: one.words.clone(),
                note: one.note.map_or_else(String::new, |id| id.to_string()),
            })
            .collect(),
        by: format!("{}　{}", one.name, days::moment(one.at, today)),
        note: one.note.map_or_else(String::new, |id| id.to_string()),
    };
    whole.outcomes.iter().map(line).collect()
}

fn drafts(whole: &WholeVisit, today: Date) -> Vec<DraftLine> {
    let line = |one: &casework::visit_outcome::DeviceDraft| DraftLine {
        note: one.note.map_or_else(String::new, |id| id.to_string()),
        by: format!(
            "{}　{}に書き、{}に届きました",
            one.name,
            days::moment(one.typed_at, today),
            days::moment(one.received_at, today)
        ),
        beside: one.beside,
        whose: whose_in_words(&whole.view, one.compartment),
        words: one.words.clone(),
    };
    whole.drafts.iter().map(line).collect()
}

fn read(form: &Form, day: Date) -> Result<NewOutcome, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let met = Met::from_code(form.text("aeta"));
    if met.is_none() {
        mistakes.push(Mistake::at("aeta", "会えたかどうかを選んでください。"));
    }
    let mut time = |field: &str| {
        let typed = form.line(field);
        let read = days::read_time(&typed).and_then(|at| on(day, at));
        if read.is_none() && !typed.is_empty() {
            mistakes.push(Mistake::at(field, "時刻は、14:30 のように入れてください。"));
        }
        read
    };
    let (arrived_at, left_at) = (time("tsuita"), time("deta"));
    let typed = form.line("tsugi");
    let next_on = days::read_day(&typed, day);
    if next_on.is_none() && !typed.is_empty() {
        mistakes.push(Mistake::at("tsugi", "日は、12/8 のように入れてください。"));
    }
    let text = |name: &str| form.text(name).trim().to_owned();
    let mut heard = Vec::new();
    for n in 1..=VOICES {
        let words = text(&format!("kotoba-{n}"));
        if words.is_empty() {
            continue;
        }
        let field = format!("dare-{n}");
        match Whose::from_code(form.text(&field)) {
            Some(whose) => heard.push(Spoken { whose, words }),
            None => mistakes.push(Mistake::at(&field, "だれの言葉かを選んでください。")),
        }
    }
    match met {
        Some(met) if mistakes.is_empty() => Ok(NewOutcome {
            met,
            arrived_at,
            left_at,
            next_on,
            said: Said {
                reaction: text("reaction"),
                safety: text("safety"),
                next: text("promise"),
            },
            heard,
            seen: form.line("seen").parse().unwrap_or(0),
        }),
        _ => Err(mistakes),
    }
}

async fn act(
    Path((id, visit)): Path<(String, String)>,
    Sent { colleague, form }: Sent,
) -> Response {
    let room = colleague.app().casework.clone();
    let (case, number) = (case_id(&id), visit.parse::<i64>().unwrap_or(0));
    let session = &colleague.session;
    let done = match form.text("act") {
        "cancel" => room.cancel_visit(session, case, number).await,
        "approve" => room.approve_alone(session, case, number).await,
        "buddy" => {
            let buddy = form.line("buddy").parse::<i64>().ok().map(StaffId::from);
            let alone = form.text("alone");
            match room.change_buddy(session, case, number, buddy, alone).await {
                Err(Error::Again) => Ok(()),
                other => other,
            }
        }
        "move" => match read_time(&form, colleague.app().clock.today()) {
            Ok(new) => match room.move_visit(session, case, number, &new).await {
                Err(Error::Again) => Ok(()),
                other => other,
            },
            Err(mistakes) => {
                let wrong = StatusCode::UNPROCESSABLE_ENTITY;
                return draw(&colleague, &id, &visit, &form, mistakes, wrong).await;
            }
        },
        "outcome" => {
            let day = match room.visit(session, case, number).await {
                Ok(whole) => whole.visit.day,
                Err(error) => return colleague.case_trouble(error).await,
            };
            match read(&form, day) {
                Ok(new) => room
                    .record_outcome(session, case, number, &new)
                    .await
                    .map(drop),
                Err(mistakes) => {
                    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
                    return draw(&colleague, &id, &visit, &form, mistakes, wrong).await;
                }
            }
        }
        _ => return draw(&colleague, &id, &visit, &form, Vec::new(), StatusCode::OK).await,
    };
    match done {
        Ok(()) => see_other(&format!("/desk/case/{case}/houmon/{number}")),
        Err(Error::Meanwhile) => {
            // Both stay to be seen: the other's above, what was typed below, to be sent as the next version.
            let mistake = Mistake::at("reaction", Error::Meanwhile.to_string());
            let newest: Vec<(&str, &str)> =
                form.iter().filter(|(name, _)| *name != "seen").collect();
            let form = Form::from_pairs(newest);
            let status = StatusCode::CONFLICT;
            draw(&colleague, &id, &visit, &form, vec![mistake], status).await
        }
        Err(error @ (Error::Passable { .. } | Error::Invalid { field: "wake", .. })) => {
            let beyond = Beyond::answered(&form, &error);
            let mistakes = beyond.as_ref().map(Beyond::mistakes).unwrap_or_default();
            let at = (id.as_str(), visit.as_str());
            draw_with(
                &colleague,
                at,
                &form,
                beyond,
                mistakes,
                StatusCode::CONFLICT,
            )
            .await
        }
        Err(Error::Guarded(sentence)) if form.text("act") != "outcome" => {
            let mistakes = vec![Mistake::at("hi", sentence)];
            draw(
                &colleague,
                &id,
                &visit,
                &form,
                mistakes,
                StatusCode::CONFLICT,
            )
            .await
        }
        Err(Error::Invalid { field, sentence }) => {
            let mistakes = vec![Mistake::at(field, sentence)];
            let wrong = StatusCode::UNPROCESSABLE_ENTITY;
            draw(&colleague, &id, &visit, &form, mistakes, wrong).await
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}
