//! `/desk/mensetsu`: the coming weeks by day, and what of the last days is not noted yet.

use askama::Template;
use axum::{Router, http::StatusCode, response::Response, routing::get};
use basics::japanese;
use community::appointment::State;
use community::appointment::desk::{Line, Whose};
use community::open_slots::by_day;
use community::slip::Reminder;
use jiff::{Span, civil::Date};

use super::{called, gist};
use crate::{
    App, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::Mistake,
    public::yoyaku::{hours, moment},
    show_with,
};

/// So far the list looks ahead, and back.
const AHEAD_DAYS: i64 = 42;
const BACK_DAYS: i64 = 14;

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/mensetsu", get(look).post(act))
}

struct Row {
    id: i64,
    hours: String,
    called: String,
    gist: String,
    way: &'static str,
    with: String,
    room: String,
    note: bool,
    call: bool,
    collides: bool,
    may_open: bool,
    begun: bool,
    held: bool,
    own: bool,
}

struct Day {
    date: String,
    today: bool,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "desk/mensetsu.html")]
struct ListPage {
    page: Page,
    me: Me,
    first: Option<String>,
    waiting: Option<String>,
    open: Vec<Day>,
    days: Vec<Day>,
    mistakes: Vec<Mistake>,
}

async fn look(colleague: Colleague) -> Response {
    draw(&colleague, Vec::new(), StatusCode::OK).await
}

async fn draw(colleague: &Colleague, mistakes: Vec<Mistake>, status: StatusCode) -> Response {
    match page(colleague, mistakes).await {
        Ok(page) => show_with(status, &page),
        Err(error) => colleague.place_trouble(error).await,
    }
}

async fn page(colleague: &Colleague, mistakes: Vec<Mistake>) -> community::Result<ListPage> {
    let app = colleague.app();
    let (session, room) = (&colleague.session, &app.community);
    let today = app.clock.today();
    let first = today.saturating_sub(Span::new().days(BACK_DAYS));
    let last = today.saturating_add(Span::new().days(AHEAD_DAYS));
    let lines = room.appointments(session, first, last).await?;
    let office = office::office::one(&mut app.db.read().await?, session.office()).await?;
    let slots = room.open_slots(&office, None).await?;
    let (past, coming): (Vec<Line>, Vec<Line>) = lines
        .into_iter()
        .partition(|line| line.appointment.day < today);
    let open = past
        .into_iter()
        .filter(|line| line.appointment.state == State::Booked);
    Ok(ListPage {
        page: colleague.page("面接").with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/mensetsu"),
        first: by_day(slots)
            .first()
            .and_then(|day| day.slots.first())
            .map(|slot| moment(slot.starts_at, false)),
        waiting: room
            .waiting_time(office.id)
            .await?
            .map(community::waiting_time::Waiting::sentence),
        open: days(colleague, open.collect(), today),
        days: days(colleague, coming, today),
        mistakes,
    })
}

fn days(colleague: &Colleague, lines: Vec<Line>, today: Date) -> Vec<Day> {
    let mut days: Vec<(Date, Vec<Row>)> = Vec::new();
    for line in lines {
        let day = line.appointment.day;
        let row = row(colleague, &line);
        match days.last_mut() {
            Some(last) if last.0 == day => last.1.push(row),
            _ => days.push((day, vec![row])),
        }
    }
    let named = |(day, rows): (Date, Vec<Row>)| Day {
        date: japanese::date(day),
        today: day == today,
        rows,
    };
    days.into_iter().map(named).collect()
}

fn row(colleague: &Colleague, line: &Line) -> Row {
    let one = &line.appointment;
    let note = match &line.whose {
        Whose::Hidden => false,
        Whose::Slip(words) | Whose::Known(_, words) => !words.note.trim().is_empty(),
    };
    Row {
        id: one.id,
        hours: hours(one.starts_at, one.ends_at),
        called: called(line),
        gist: gist(line),
        way: one.way.label(),
        with: line.with.clone(),
        room: line.room.clone().unwrap_or_default(),
        note,
        call: line.reminder == Reminder::Call && one.state == State::Booked,
        collides: line.collides,
        may_open: line.whose != Whose::Hidden,
        begun: one.starts_at <= colleague.app().clock.now(),
        held: one.state == State::Held,
        own: one.is_with(colleague.session.staff()),
    }
}

async fn act(Sent { colleague, form }: Sent) -> Response {
    let room = colleague.app().community.clone();
    let session = &colleague.session;
    let id = form.line("id").parse::<i64>().unwrap_or(0);
    let done = match form.text("act") {
        "sumi" => room.note_held(session, id, true).await,
        "modosu" => room.note_held(session, id, false).await,
        _ => return draw(&colleague, Vec::new(), StatusCode::OK).await,
    };
    match done {
        Ok(()) => see_other("/desk/mensetsu"),
        Err(community::Error::Illegal(sentence)) => {
            let mistakes = vec![Mistake::at("hibi", sentence)];
            draw(&colleague, mistakes, StatusCode::CONFLICT).await
        }
        Err(error) => colleague.place_trouble(error).await,
    }
}
