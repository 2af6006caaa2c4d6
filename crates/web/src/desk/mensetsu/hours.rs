//! `/desk/mensetsu/jikan`: the hours one offers, when one is not there, the rooms, and what is told after booking.

use askama::Template;
use axum::{Router, http::StatusCode, response::Response, routing::get};
use basics::{
    StaffId, japanese,
    time::{jst, to_jst},
};
use community::Error;
use community::offered_hours::{Hours, OfferedHours, Way};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use office::Role;
use office::access::{self, Action};

use crate::{
    App, Form, Page,
    desk::{
        colleague::{Colleague, Me, Sent},
        days,
    },
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

const WEEK: [&str; 7] = ["月", "火", "水", "木", "金", "土", "日"];

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/mensetsu/jikan", get(look).post(act))
}

struct HoursLine {
    id: i64,
    name: String,
    when: String,
    ways: String,
    how: String,
    until: String,
    may: bool,
}

struct AwayLine {
    id: i64,
    name: String,
    from: String,
    when: String,
    may: bool,
}

struct RoomLine {
    id: i64,
    name: String,
    active: bool,
}

#[derive(Template)]
#[template(path = "desk/mensetsu_jikan.html")]
struct HoursPage {
    page: Page,
    me: Me,
    hours: Vec<HoursLine>,
    absences: Vec<AwayLine>,
    rooms: Vec<RoomLine>,
    colleagues: Vec<Choice>,
    weekdays: Vec<Choice>,
    ways: Vec<Choice>,
    lengths: Vec<Choice>,
    pauses: Vec<Choice>,
    room_choices: Vec<Choice>,
    guides: Vec<(&'static str, &'static str, String)>,
    form: Form,
    today: String,
    mistakes: Vec<Mistake>,
}

impl HoursPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }

    /// What was typed, or what stands there first.
    fn typed<'p>(&'p self, field: &str, first: &'p str) -> &'p str {
        match self.form.text(field) {
            "" => first,
            typed => typed,
        }
    }
}

async fn look(colleague: Colleague) -> Response {
    draw(&colleague, Form::default(), Vec::new(), StatusCode::OK).await
}

async fn draw(
    colleague: &Colleague,
    form: Form,
    mistakes: Vec<Mistake>,
    status: StatusCode,
) -> Response {
    match page(colleague, form, mistakes).await {
        Ok(page) => show_with(status, &page),
        Err(error) => colleague.place_trouble(error).await,
    }
}

async fn page(
    colleague: &Colleague,
    form: Form,
    mistakes: Vec<Mistake>,
) -> community::Result<HoursPage> {
    let app = colleague.app();
    let (session, room) = (&colleague.session, &app.community);
    access::permit(session, Action::EditPlaces, "hours").await?;
    let hours = room.offered_hours(session).await?;
    let absences = room.absences(session).await?;
    let rooms = room.meeting_rooms(session).await?;
    let mut guides = room.guides(session.office()).await?;
    let today = app.clock.today();
    let mut conn = app.db.read().await?;
    let mut staff = office::staff::list(&mut conn, session.office()).await?;
    staff.retain(|one| one.active && access::may(one.role, Action::KeepAppointments));
    let me = session.staff();
    let leads = session.role() == Role::Supervisor;
    let name = |id: StaffId| {
        let found = staff.iter().find(|one| one.id == id);
        found.map_or("—".to_owned(), |one| one.name.clone())
    };
    let room_name = |id: i64| {
        rooms
            .iter()
            .find(|one| one.id == id)
            .map(|one| one.name.clone())
    };
    let line = |one: &OfferedHours| HoursLine {
        id: one.id,
        name: name(one.hours.staff),
        when: format!(
            "{} {}〜{}",
            WEEK.get(usize::try_from(one.hours.weekday).unwrap_or(0))
                .unwrap_or(&""),
            japanese::time(one.hours.from),
            japanese::time(one.hours.to)
        ),
        ways: one
            .hours
            .ways
            .iter()
            .map(|way| way.label())
            .collect::<Vec<_>>()
            .join("・"),
        how: how(&one.hours, one.hours.room.and_then(room_name)),
        until: span(&one.hours, today),
        may: leads || one.hours.staff == me,
    };
    let minutes = |field: &str, all: &[i64], first: &str| {
        let chosen = match form.text(field) {
            "" => first.to_owned(),
            typed => typed.to_owned(),
        };
        let choice = |minutes: &i64| {
            let value = minutes.to_string();
            let is = value == chosen;
            Choice::new(value, format!("{minutes}分")).chosen(is)
        };
        all.iter().map(choice).collect()
    };
    let chosen_staff = form.line("dare");
    let chosen_staff = if chosen_staff.is_empty() {
        me.to_string()
    } else {
        chosen_staff
    };
    Ok(HoursPage {
        page: colleague
            .page("面接の時間")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/mensetsu"),
        hours: hours.iter().map(line).collect(),
        absences: absences
            .iter()
            .map(|one| AwayLine {
                id: one.id,
                name: name(one.staff),
                from: days::moment(one.from, today),
                when: stretch(one.from, one.until, today),
                may: leads || one.staff == me,
            })
            .collect(),
        rooms: rooms
            .iter()
            .map(|one| RoomLine {
                id: one.id,
                name: one.name.clone(),
                active: one.active,
            })
            .collect(),
        colleagues: staff
            .iter()
            .filter(|one| leads || one.id == me)
            .map(|one| {
                let id = one.id.to_string();
                let is = id == chosen_staff;
                Choice::new(id, &one.name).chosen(is)
            })
            .collect(),
        weekdays: (0..7)
            .map(|day: usize| {
                let value = day.to_string();
                let is = form.text("youbi") == value;
                Choice::new(value, format!("{}曜日", WEEK[day])).chosen(is)
            })
            .collect(),
        ways: Way::ALL
            .iter()
            .map(|way| {
                Choice::new(way.code(), way.label())
                    .chosen(form.all("kata").any(|one| one == way.code()))
            })
            .collect(),
        lengths: minutes("nagasa", &[30, 45, 60, 75, 90, 120], "60"),
        pauses: minutes("ma", &[0, 15, 30, 45, 60], "15"),
        room_choices: rooms
            .iter()
            .filter(|one| one.active)
            .map(|one| {
                let id = one.id.to_string();
                let is = form.text("heya") == id;
                Choice::new(id, &one.name).chosen(is)
            })
            .collect(),
        guides: Way::ALL
            .iter()
            .map(|way| {
                (
                    way.code(),
                    way.label(),
                    guides.remove(way).unwrap_or_default(),
                )
            })
            .collect(),
        today: today.to_string(),
        form,
        mistakes,
    })
}

fn how(hours: &Hours, room: Option<String>) -> String {
    let mut parts = vec![format!("1回{}分", hours.minutes)];
    if hours.pause > 0 {
        parts.push(format!("あと{}分あける", hours.pause));
    }
    if hours.in_pairs {
        parts.push("二人で".to_owned());
    }
    parts.extend(room);
    parts.join("・")
}

fn span(hours: &Hours, today: Date) -> String {
    let from = if hours.from_day > today {
        format!("{}から", japanese::date(hours.from_day))
    } else {
        String::new()
    };
    match hours.until_day {
        Some(last) => format!("{from}{}まで", japanese::date(last)),
        None => from,
    }
}

/// 「12月1日（火） 9:00〜17:00」; whole days without the clock.
fn stretch(from: Timestamp, until: Timestamp, today: Date) -> String {
    let (first, last) = (to_jst(from), to_jst(until));
    let midnight = |at: &jiff::Zoned| at.time() == Time::midnight();
    if midnight(&first) && midnight(&last) {
        let last = last.date().yesterday().unwrap_or(last.date());
        if first.date() == last {
            return format!("{} 一日", japanese::date(last));
        }
        return format!("{}〜{}", japanese::date(first.date()), japanese::date(last));
    }
    if first.date() == last.date() {
        let clock = japanese::time(last.time());
        return format!("{}〜{clock}", days::moment(from, today));
    }
    format!(
        "{}〜{}",
        days::moment(from, today),
        days::moment(until, today)
    )
}

async fn act(Sent { colleague, form }: Sent) -> Response {
    let room = colleague.app().community.clone();
    let session = &colleague.session;
    let id = form.line("id").parse::<i64>().unwrap_or(0);
    let today = colleague.app().clock.today();
    let done = match form.text("act") {
        "dasu" => match typed_hours(&colleague, &form, today) {
            Ok(hours) => room.offer_hours(session, &hours).await.map(drop),
            Err(error) => Err(error),
        },
        "oeru" => room.end_hours(session, id, today).await,
        "fuzai" => match typed_absence(&colleague, &form, today) {
            Ok((staff, from, until)) => room
                .note_absence(session, staff, from, until)
                .await
                .map(drop),
            Err(error) => Err(error),
        },
        "iru" => room.take_absence_back(session, id).await,
        "heya" => room
            .add_meeting_room(session, form.text("room_name"))
            .await
            .map(drop),
        "heya_kaeru" => {
            let active = form.flag("tsukau");
            room.change_meeting_room(session, id, form.text("namae"), active)
                .await
        }
        "annai" => match Way::from_code(form.text("kata")) {
            Some(way) => room.save_guide(session, way, form.text("bun")).await,
            None => Err(Error::invalid("guide", "会い方を選んでください。")),
        },
        _ => return draw(&colleague, form, Vec::new(), StatusCode::OK).await,
    };
    let stopped = |field: &str, sentence: String, status| {
        let mistakes = vec![Mistake::at(field, sentence)];
        draw(&colleague, form.clone(), mistakes, status)
    };
    match done {
        Ok(()) => see_other("/desk/mensetsu/jikan"),
        Err(
            Error::Invalid { field, sentence }
            | Error::Office(office::Error::Invalid { field, sentence }),
        ) => stopped(field, sentence, StatusCode::UNPROCESSABLE_ENTITY).await,
        Err(Error::Illegal(sentence)) => {
            stopped("hours", sentence.to_owned(), StatusCode::CONFLICT).await
        }
        Err(error) => colleague.place_trouble(error).await,
    }
}

fn whose(colleague: &Colleague, form: &Form) -> StaffId {
    let chosen = form.line("dare").parse::<i64>().ok().map(StaffId::from);
    chosen.unwrap_or_else(|| colleague.session.staff())
}

fn clock(form: &Form, field: &'static str) -> community::Result<Time> {
    days::read_time(form.text(field))
        .ok_or_else(|| Error::invalid(field, "時刻を「10:00」のように入れてください。"))
}

fn typed_hours(colleague: &Colleague, form: &Form, today: Date) -> community::Result<Hours> {
    let day = |field: &'static str| match form.text(field).trim() {
        "" => Ok(None),
        typed => days::read_day(typed, today)
            .map(Some)
            .ok_or_else(|| Error::invalid(field, "日付を「12月1日」のように入れてください。")),
    };
    Ok(Hours {
        staff: whose(colleague, form),
        weekday: form.line("youbi").parse().unwrap_or(-1),
        from: clock(form, "from")?,
        to: clock(form, "to")?,
        ways: form.all("kata").filter_map(Way::from_code).collect(),
        room: form.line("heya").parse().ok(),
        minutes: form.line("nagasa").parse().unwrap_or(0),
        pause: form.line("ma").parse().unwrap_or(0),
        in_pairs: form.flag("futari"),
        from_day: day("from_day")?.unwrap_or(today),
        until_day: day("until_day")?,
    })
}

fn typed_absence(
    colleague: &Colleague,
    form: &Form,
    today: Date,
) -> community::Result<(StaffId, Timestamp, Timestamp)> {
    let wrong = || Error::invalid("away", "いつからいつまで不在かを入れてください。");
    let first = days::read_day(form.text("fuzai_hi"), today).ok_or_else(wrong)?;
    let last = match form.text("fuzai_made").trim() {
        "" => first,
        typed => days::read_day(typed, today).ok_or_else(wrong)?,
    };
    let time = |field: &str, first: Time| match form.text(field).trim() {
        "" => Ok(first),
        typed => days::read_time(typed).ok_or_else(wrong),
    };
    let from = first.to_datetime(time("fuzai_kara", Time::midnight())?);
    let until = last.to_datetime(time("fuzai_owari", Time::MAX)?);
    let at = |moment: jiff::civil::DateTime| {
        moment
            .to_zoned(jst())
            .map(|zoned| zoned.timestamp())
            .map_err(|_| wrong())
    };
    // Midnight of the next day, not its last nanosecond.
    let until = to_jst(at(until)?);
    let until = if until.subsec_nanosecond() > 0 {
        until
            .timestamp()
            .saturating_add(jiff::SignedDuration::from_nanos(1))
            .map_err(|_| wrong())?
    } else {
        until.timestamp()
    };
    Ok((whose(colleague, form), at(from)?, until))
}
