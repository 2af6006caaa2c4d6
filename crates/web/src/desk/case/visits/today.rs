//! `/desk/houmon`: who is where today, out and back with one press, and who is on duty.

use askama::Template;
use axum::{Router, http::StatusCode, response::Response, routing::get};
use basics::{StaffId, time::to_jst};
use casework::Error;
use casework::check_in::Today;
use casework::visit::State;
use jiff::civil::Date;
use office::{Role, duty};

use crate::{
    App, Page,
    desk::{
        case::despite::{self, Beyond},
        colleague::{Colleague, Me, Sent},
        days,
    },
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

/// How many days of the roster are shown.
const ROSTER_DAYS: u8 = 7;

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/houmon", get(look).post(act))
}

struct Line {
    id: i64,
    names: String,
    href: String,
    case: String,
    leave: String,
    back: String,
    state: &'static str,
    own: bool,
    planned: bool,
    out: bool,
    overdue: bool,
    begun: bool,
}

struct DutyLine {
    code: String,
    day: String,
    name: String,
    mine: bool,
    free: bool,
}

#[derive(Template)]
#[template(path = "desk/houmon.html")]
struct TodayPage {
    page: Page,
    me: Me,
    day: String,
    lines: Vec<Line>,
    on_duty: String,
    ground: &'static str,
    roster: Vec<DutyLine>,
    leads: bool,
    colleagues: Vec<Choice>,
    /// The visit whose leaving a guard stopped, and the choice to go past it.
    beyond: Option<(i64, Beyond)>,
    mistakes: Vec<Mistake>,
}

impl TodayPage {
    fn beyond(&self, visit: &i64) -> Option<&Beyond> {
        let (of, beyond) = self.beyond.as_ref()?;
        (of == visit).then_some(beyond)
    }
}

async fn look(colleague: Colleague) -> Response {
    draw(&colleague, Vec::new(), StatusCode::OK).await
}

async fn draw(colleague: &Colleague, mistakes: Vec<Mistake>, status: StatusCode) -> Response {
    match page(colleague, mistakes).await {
        Ok(page) => show_with(status, &page),
        Err(error) => colleague.case_trouble(error).await,
    }
}

async fn page(colleague: &Colleague, mistakes: Vec<Mistake>) -> casework::Result<TodayPage> {
    let app = colleague.app();
    let session = &colleague.session;
    let today = app.clock.today();
    let visits = app.casework.visits_on(session, today).await?;
    let mut conn = app.db.read().await?;
    let office = session.office();
    let on_duty = duty::on_duty(&mut conn, office, today, None, &[]).await?;
    let roster = duty::roster(&mut conn, office, today, ROSTER_DAYS).await?;
    let leads = session.role() == Role::Supervisor;
    let colleagues = office::staff::list(&mut conn, office).await?;
    let may_be = |one: &office::Staff| {
        one.active && matches!(one.role, Role::Supervisor | Role::Coordinator)
    };
    let me = session.staff();
    let duty_line = |(day, who): (Date, Option<(StaffId, String)>)| DutyLine {
        code: day.to_string(),
        day: basics::japanese::date(day),
        mine: who.as_ref().is_some_and(|(id, _)| *id == me),
        free: who.is_none(),
        name: who.map(|(_, name)| name).unwrap_or_default(),
    };
    Ok(TodayPage {
        page: colleague
            .page("きょうの訪問")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/houmon"),
        day: basics::japanese::date(today),
        lines: visits.into_iter().map(|one| line(one, today)).collect(),
        on_duty: on_duty.names(),
        ground: on_duty.ground.sentence(),
        roster: roster.into_iter().map(duty_line).collect(),
        leads,
        colleagues: colleagues
            .iter()
            .filter(|one| may_be(one))
            .map(|one| Choice::new(one.id.get().to_string(), &one.name))
            .collect(),
        beyond: None,
        mistakes,
    })
}

fn line(one: Today, today: Date) -> Line {
    let visit = one.visit;
    let wall = |at| {
        let day = to_jst(at).date();
        if day == today {
            basics::japanese::time(to_jst(at).time())
        } else {
            days::moment(at, today)
        }
    };
    let number = one.number;
    Line {
        id: visit.id,
        names: one.names,
        href: number.map_or_else(String::new, |_| {
            format!("/desk/case/{}/houmon/{}", visit.case, visit.id)
        }),
        case: number.map_or_else(String::new, |number| format!("ケース {number}")),
        leave: wall(visit.leave_at),
        back: wall(visit.return_at),
        state: if one.overdue {
            "戻る予定の時刻を過ぎています"
        } else {
            visit.state.label()
        },
        own: one.own,
        planned: visit.state == State::Planned,
        out: visit.state == State::Out,
        overdue: one.overdue,
        begun: one.begun,
    }
}

async fn act(Sent { colleague, form }: Sent) -> Response {
    let room = colleague.app().casework.clone();
    let session = &colleague.session;
    let visit = form.line("visit").parse::<i64>().unwrap_or(0);
    let done = match form.text("act") {
        "out" => {
            let despite = despite::chosen(&form);
            room.go_out_despite(session, visit, despite.as_ref()).await
        }
        "back" => room.come_back(session, visit).await,
        "notgone" => room.not_gone(session, visit).await,
        "later" => room.extend(session, visit).await,
        "reached" => room.reached(session, visit, form.text("kotoba")).await,
        "duty" => {
            let day = form.line("hi").parse::<Date>().ok();
            let who = match form.text("dare") {
                "me" => Ok(Some(session.staff())),
                "" => Ok(None),
                other => other.parse::<i64>().map(|id| Some(StaffId::from(id))),
            };
            match (day, who) {
                (Some(day), Ok(who)) => duty::set(&colleague.app().db, session, day, who)
                    .await
                    .map_err(Error::from),
                _ => Err(Error::invalid("toban", "日と職員を選んでください。")),
            }
        }
        _ => return draw(&colleague, Vec::new(), StatusCode::OK).await,
    };
    let stopped = |field: &str, sentence: String, status| {
        let mistakes = vec![Mistake::at(field, sentence)];
        draw(&colleague, mistakes, status)
    };
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    match done {
        Ok(()) => see_other("/desk/houmon"),
        Err(error @ (Error::Passable { .. } | Error::Invalid { field: "wake", .. })) => {
            let beyond = Beyond::answered(&form, &error).unwrap_or_default();
            let mistakes = beyond.mistakes();
            match page(&colleague, mistakes).await {
                Ok(mut page) => {
                    page.beyond = Some((visit, beyond));
                    show_with(StatusCode::CONFLICT, &page)
                }
                Err(error) => colleague.case_trouble(error).await,
            }
        }
        Err(Error::Invalid {
            field: "kotoba",
            sentence,
        }) => stopped(&format!("kotoba-{visit}"), sentence, wrong).await,
        Err(
            Error::Invalid { field, sentence }
            | Error::Office(office::Error::Invalid { field, sentence }),
        ) => stopped(field, sentence, wrong).await,
        Err(Error::Guarded(sentence)) => stopped("kyou", sentence, wrong).await,
        Err(Error::Illegal(sentence)) => {
            stopped("kyou", sentence.to_owned(), StatusCode::CONFLICT).await
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}
