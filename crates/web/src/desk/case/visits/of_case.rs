//! `/desk/case/{id}/houmon`: the visits of a case, and a new one.

use askama::Template;
use axum::{Router, extract::Path, http::StatusCode, response::Response, routing::get};
use basics::{CompartmentId, StaffId, time::to_jst};
use casework::Error;
use casework::contact_rule::RuleLine;
use casework::visit::{CaseVisits, Goal, NewVisit, State, Target, WantedBy, Words};
use jiff::Timestamp;
use jiff::civil::{Date, Time};

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

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case/{id}/houmon", get(look).post(plan))
}

struct Line {
    href: String,
    when: String,
    names: String,
    target: &'static str,
    goals: String,
    state: &'static str,
}

#[derive(Template)]
#[template(path = "desk/case/visits.html")]
struct VisitsPage {
    page: Page,
    me: Me,
    head: Head,
    lines: Vec<Line>,
    targets: Vec<Choice>,
    wanted: Vec<Choice>,
    goals: Vec<Choice>,
    first: Vec<Choice>,
    along: Vec<Choice>,
    compartments: Vec<Choice>,
    approval: bool,
    typed: Typed,
    rules: Vec<RuleLine>,
    beyond: Beyond,
    mistakes: Vec<Mistake>,
}

impl VisitsPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }

    /// Whether something was filled in already: then the form stands open.
    fn begun(&self) -> bool {
        let t = &self.typed;
        let said = [&t.leave, &t.back, &t.goal, &t.agreed, &t.place];
        let more = [&t.say, &t.careful, &t.alone];
        let picked = [&self.wanted, &self.targets, &self.compartments, &self.goals];
        !self.mistakes.is_empty()
            || said.into_iter().chain(more).any(|text| !text.is_empty())
            || picked.into_iter().flatten().any(|one| one.chosen)
    }
}

struct Typed {
    day: String,
    leave: String,
    back: String,
    goal: String,
    agreed: String,
    place: String,
    say: String,
    careful: String,
    alone: String,
}

impl Typed {
    fn of(form: &Form, today: Date) -> Self {
        let text = |name: &str| form.text(name).trim().to_owned();
        let day = form.get("hi").map_or(today.to_string(), str::to_owned);
        Self {
            day,
            leave: form.line("deru"),
            back: form.line("modori"),
            goal: text("goal"),
            agreed: text("agreed"),
            place: text("place"),
            say: text("say"),
            careful: text("careful"),
            alone: text("alone"),
        }
    }
}

async fn look(colleague: Colleague, Path(id): Path<String>) -> Response {
    draw(
        &colleague,
        &id,
        &Form::default(),
        Vec::new(),
        StatusCode::OK,
    )
    .await
}

async fn draw(
    colleague: &Colleague,
    id: &str,
    form: &Form,
    mistakes: Vec<Mistake>,
    status: StatusCode,
) -> Response {
    draw_with(colleague, id, form, None, mistakes, status).await
}

async fn draw_with(
    colleague: &Colleague,
    id: &str,
    form: &Form,
    beyond: Option<Beyond>,
    mistakes: Vec<Mistake>,
    status: StatusCode,
) -> Response {
    let room = &colleague.app().casework;
    let found = room.visits(&colleague.session, case_id(id)).await;
    let seen = match found {
        Ok(seen) => seen,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let today = colleague.app().clock.today();
    let me = colleague.session.staff().get().to_string();
    let chosen_in = |name: &str, code: &str| form.has(name, code);
    let go = |name: &'static str, code: &str, fallback: &str| {
        form.get(name)
            .map_or(code == fallback, |typed| typed == code)
    };
    let page = VisitsPage {
        page: colleague.page("訪問").with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(&seen.view, "houmon"),
        lines: lines(&seen, today),
        targets: Target::ALL
            .iter()
            .map(|one| Choice::new(one.code(), one.label()).chosen(chosen_in("aite", one.code())))
            .collect(),
        wanted: WantedBy::ALL
            .iter()
            .map(|one| Choice::new(one.code(), one.label()).chosen(chosen_in("nozomi", one.code())))
            .collect(),
        goals: Goal::ALL
            .iter()
            .map(|one| {
                Choice::new(one.code(), one.label()).chosen(chosen_in("mokuteki", one.code()))
            })
            .collect(),
        first: seen
            .may_go
            .iter()
            .filter(|one| !one.peer)
            .map(|one| {
                let code = one.staff.get().to_string();
                Choice::new(&code, &one.name).chosen(go("dare", &code, &me))
            })
            .collect(),
        along: seen
            .may_go
            .iter()
            .map(|one| {
                let code = one.staff.get().to_string();
                Choice::new(&code, &one.name).chosen(go("buddy", &code, ""))
            })
            .collect(),
        compartments: compartments(&seen, form),
        approval: seen.alone_wants_approval,
        typed: Typed::of(form, today),
        rules: seen.rules.clone(),
        beyond: beyond.unwrap_or_else(|| Beyond::typed(form)),
        mistakes,
    };
    show_with(status, &page)
}

fn compartments(seen: &CaseVisits, form: &Form) -> Vec<Choice> {
    let writable = |id: &CompartmentId| seen.writable.contains(id);
    let those = seen
        .view
        .compartments
        .iter()
        .filter(|one| writable(&one.id));
    those
        .map(|one| {
            let code = one.id.get().to_string();
            let chosen = form.has("kukaku", &code);
            Choice::new(code, seen.view.name_of(one)).chosen(chosen)
        })
        .collect()
}

fn lines(seen: &CaseVisits, today: Date) -> Vec<Line> {
    let line = |one: &casework::visit::VisitView| {
        let visit = &one.visit;
        let goals: Vec<&str> = visit.goals.iter().map(|goal| goal.label()).collect();
        Line {
            // A visit whose words are not in reach has no page for this colleague.
            href: one.words.as_ref().map_or_else(String::new, |_| {
                format!("/desk/case/{}/houmon/{}", visit.case, visit.id)
            }),
            when: format!(
                "{}〜{}",
                days::moment(visit.leave_at, today),
                basics::japanese::time(to_jst(visit.return_at).time())
            ),
            names: one.names.clone(),
            target: visit.target.label(),
            goals: goals.join("、"),
            state: visit.state.label(),
        }
    };
    seen.visits.iter().map(line).collect()
}

/// A moment of a day in Japan.
pub(super) fn on(day: Date, at: Time) -> Option<Timestamp> {
    let zoned = day.to_datetime(at).to_zoned(basics::time::jst()).ok()?;
    Some(zoned.timestamp())
}

fn read(form: &Form, today: Date) -> Result<NewVisit, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let day = days::read_day(form.text("hi"), today);
    if day.is_none() {
        mistakes.push(Mistake::at("hi", "日を入れてください。"));
    }
    let mut time = |field: &str, words: &str| {
        let read = days::read_time(form.text(field));
        if read.is_none() {
            mistakes.push(Mistake::at(field, words));
        }
        read
    };
    let leave = time("deru", "出発の時刻を入れてください。");
    let back = time("modori", "戻る予定の時刻を入れてください。");
    let target = Target::from_code(form.text("aite"));
    if target.is_none() {
        mistakes.push(Mistake::at("aite", "だれに会う訪問かを選んでください。"));
    }
    let wanted_by = WantedBy::from_code(form.text("nozomi"));
    if wanted_by.is_none() {
        mistakes.push(Mistake::at(
            "nozomi",
            "だれが望んでいる訪問かを選んでください。",
        ));
    }
    let number = |name: &str| form.line(name).parse::<i64>().ok();
    let compartment = number("kukaku");
    if compartment.is_none() {
        mistakes.push(Mistake::at("kukaku", "どの区画に残すかを選んでください。"));
    }
    let words = Typed::of(form, today);
    let moments = day.zip(leave).zip(back).and_then(|((day, leave), back)| {
        let from = on(day, leave)?;
        Some((from, on(day, back)?))
    });
    match (moments, target, wanted_by, compartment, number("dare")) {
        (Some((leave_at, return_at)), Some(target), Some(wanted_by), Some(kept), Some(staff))
            if mistakes.is_empty() =>
        {
            Ok(NewVisit {
                compartment: kept.into(),
                target,
                leave_at,
                return_at,
                wanted_by,
                goals: Goal::ALL
                    .iter()
                    .copied()
                    .filter(|goal| form.has("mokuteki", goal.code()))
                    .collect(),
                words: Words {
                    goal: words.goal,
                    agreed: words.agreed,
                    place: words.place,
                    say: words.say,
                    careful: words.careful,
                    alone: words.alone,
                },
                staff: staff.into(),
                buddy: number("buddy").map(StaffId::from),
                despite: despite::chosen(form),
            })
        }
        _ => {
            if mistakes.is_empty() {
                mistakes.push(Mistake::at("dare", "行く人を選んでください。"));
            }
            Err(mistakes)
        }
    }
}

async fn plan(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    if form.text("act") != "plan" {
        return draw(&colleague, &id, &form, Vec::new(), StatusCode::OK).await;
    }
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let new = match read(&form, colleague.app().clock.today()) {
        Ok(new) => new,
        Err(mistakes) => return draw(&colleague, &id, &form, mistakes, wrong).await,
    };
    let room = &colleague.app().casework;
    let case = case_id(&id);
    match room.plan_visit(&colleague.session, case, &new).await {
        Ok(visit) => see_other(&format!("/desk/case/{case}/houmon/{visit}")),
        Err(error @ (Error::Passable { .. } | Error::Invalid { field: "wake", .. })) => {
            let beyond = Beyond::answered(&form, &error);
            let mistakes = beyond.as_ref().map(Beyond::mistakes).unwrap_or_default();
            draw_with(
                &colleague,
                &id,
                &form,
                beyond,
                mistakes,
                StatusCode::CONFLICT,
            )
            .await
        }
        Err(Error::Invalid { field, sentence }) => {
            draw(
                &colleague,
                &id,
                &form,
                vec![Mistake::at(field, sentence)],
                wrong,
            )
            .await
        }
        Err(Error::Guarded(sentence)) => {
            let alone = new.buddy.is_none() && new.words.alone.is_empty();
            let field = if alone { "alone" } else { "aite" };
            draw(
                &colleague,
                &id,
                &form,
                vec![Mistake::at(field, sentence)],
                wrong,
            )
            .await
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}

/// Whether this state still waits for the day.
pub(super) fn is_ahead(state: State) -> bool {
    state == State::Planned
}
