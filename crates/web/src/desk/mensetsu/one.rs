//! `/desk/mensetsu/{id}`: one appointment. What the slip says; another time, off, or done.

use askama::Template;
use axum::{Router, extract::Path, http::StatusCode, response::Response, routing::get};
use basics::StaffId;
use community::Error;
use community::appointment::State;
use community::appointment::desk::{Line, Whose};
use community::open_slots::by_day;
use jiff::Span;

use super::{called, gist};
use crate::{
    App, Page,
    desk::{
        colleague::{Colleague, Me, Sent},
        days,
    },
    page::see_other,
    parts::{Choice, Mistake},
    public::yoyaku::{DayTimes, Time, day_times, hours},
    show_with,
};

/// So many days of other times are shown.
const DAYS: usize = 10;

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/mensetsu/{id}", get(look).post(act))
}

#[derive(Template)]
#[template(path = "desk/mensetsu_hitotsu.html")]
struct OnePage {
    page: Page,
    me: Me,
    id: i64,
    version: i64,
    called: String,
    gist: String,
    hidden: bool,
    case: Option<(String, String)>,
    day: String,
    hours: String,
    way: &'static str,
    with: String,
    room: String,
    note: String,
    phone: String,
    reminder: &'static str,
    made: String,
    state: &'static str,
    booked: bool,
    held: bool,
    begun: bool,
    collides: bool,
    times: Vec<DayTimes>,
    colleagues: Vec<Choice>,
    mistakes: Vec<Mistake>,
}

async fn look(colleague: Colleague, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse() else {
        return colleague.not_found().await;
    };
    draw(&colleague, id, Vec::new(), StatusCode::OK).await
}

async fn draw(
    colleague: &Colleague,
    id: i64,
    mistakes: Vec<Mistake>,
    status: StatusCode,
) -> Response {
    match page(colleague, id, mistakes).await {
        Ok(page) => show_with(status, &page),
        Err(error) => colleague.place_trouble(error).await,
    }
}

async fn page(
    colleague: &Colleague,
    id: i64,
    mistakes: Vec<Mistake>,
) -> community::Result<OnePage> {
    let app = colleague.app();
    let (session, room) = (&colleague.session, &app.community);
    let line = room.appointment(session, id).await?;
    let one = &line.appointment;
    let (today, now) = (app.clock.today(), app.clock.now());
    let booked = one.state == State::Booked;
    let mut times = Vec::new();
    if booked && line.whose != Whose::Hidden {
        let last = today.saturating_add(Span::new().weeks(6));
        let slots = room.slots_to_move_at_desk(session, id, today, last).await?;
        let mut free = by_day(slots);
        free.truncate(DAYS);
        times = day_times(free);
    }
    let mut conn = app.db.read().await?;
    let staff = office::staff::list(&mut conn, session.office()).await?;
    let name = |id: StaffId| staff.iter().find(|one| one.id == id);
    let made_by = one.made_by.and_then(name);
    let made_at = days::moment(one.made_at, today);
    let (note, phone) = words(&line);
    Ok(OnePage {
        page: colleague
            .page("面接の予約")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/mensetsu"),
        id,
        version: one.version,
        called: called(&line),
        gist: gist(&line),
        hidden: line.whose == Whose::Hidden,
        case: match &line.whose {
            Whose::Known(caller, _) => Some((
                format!("/desk/case/{}", caller.case),
                format!("ケース {}", caller.number),
            )),
            _ => None,
        },
        day: basics::japanese::date(one.day),
        hours: hours(one.starts_at, one.ends_at),
        way: one.way.label(),
        with: line.with.clone(),
        room: line.room.clone().unwrap_or_default(),
        note,
        phone,
        reminder: line.reminder.label(),
        made: match made_by {
            Some(colleague) => format!("{made_at} {}さんが受けました", colleague.name),
            None => format!("{made_at} ご自身で"),
        },
        state: one.state.label(),
        booked,
        held: one.state == State::Held,
        begun: one.starts_at <= now,
        collides: line.collides,
        times,
        colleagues: staff
            .iter()
            .filter(|one| {
                one.active
                    && office::access::may(one.role, office::access::Action::KeepAppointments)
            })
            .map(|one| Choice::new(one.id.get().to_string(), &one.name))
            .collect(),
        mistakes,
    })
}

fn words(line: &Line) -> (String, String) {
    match &line.whose {
        Whose::Hidden => (String::new(), String::new()),
        Whose::Slip(words) | Whose::Known(_, words) => (words.note.clone(), words.phone.clone()),
    }
}

async fn act(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let Ok(id) = id.parse::<i64>() else {
        return colleague.not_found().await;
    };
    let room = colleague.app().community.clone();
    let session = &colleague.session;
    let done = match form.text("act") {
        "sumi" => room.note_held(session, id, true).await,
        "modosu" => room.note_held(session, id, false).await,
        "yameru" => room.cancel_at_desk(session, id).await,
        "utsusu" => {
            let staff = form.line("dare").parse::<i64>().ok().map(StaffId::from);
            let version = form.line("version").parse().unwrap_or(0);
            match Time::read(form.text("toki")) {
                Some(time) => {
                    room.move_at_desk(session, (id, version), time.starts_at, time.minutes, staff)
                        .await
                }
                None => Err(Error::invalid("toki", "時間を、ひとつ選んでください。")),
            }
        }
        _ => return draw(&colleague, id, Vec::new(), StatusCode::OK).await,
    };
    let stopped = |sentence: String, status| {
        let mistakes = vec![Mistake::at("toki", sentence)];
        draw(&colleague, id, mistakes, status)
    };
    match done {
        Ok(()) => see_other(&format!("/desk/mensetsu/{id}")),
        Err(Error::Invalid { sentence, .. }) => {
            stopped(sentence, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(stop @ (Error::Taken | Error::Meanwhile)) => {
            stopped(stop.to_string(), StatusCode::CONFLICT).await
        }
        Err(Error::Illegal(sentence)) => stopped(sentence.to_owned(), StatusCode::CONFLICT).await,
        Err(error) => match error.guard() {
            Some(sentence) => stopped(sentence.to_owned(), StatusCode::CONFLICT).await,
            None => colleague.place_trouble(error).await,
        },
    }
}
