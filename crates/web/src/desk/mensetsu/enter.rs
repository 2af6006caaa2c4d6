//! `/desk/mensetsu/ireru`: an appointment for somebody who called or came by, and the code to read out. From a case's
//! page (`/desk/mensetsu/ireru/{case}`) it is that person's: to everybody else it is 「予約」.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query},
    http::StatusCode,
    response::Response,
    routing::get,
};
use basics::{CaseId, CompartmentId, StaffId};
use community::Error;
use community::appointment::Who;
use community::appointment::book::{Booked, ForCaller, NewAppointment};
use community::offered_hours::Way;
use community::open_slots::by_day;
use community::slip::{Reminder, Token, Words};
use jiff::Span;
use office::access::{self, Action};
use std::collections::HashMap;

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    parts::{Choice, Mistake},
    public::yoyaku::{DayTimes, Time, day_times, hours},
    show, show_with,
};

/// So many days of times are shown.
const DAYS: usize = 10;

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk/mensetsu/ireru", get(ask).post(send))
        .route("/desk/mensetsu/ireru/{case}", get(ask_of).post(send_of))
}

/// The case it is for, as the page needs it.
struct Of {
    id: CaseId,
    title: String,
    voices: Vec<(CompartmentId, String)>,
}

#[derive(Template)]
#[template(path = "desk/mensetsu_ireru.html")]
struct EnterPage {
    page: Page,
    me: Me,
    action: String,
    title: String,
    ways: Vec<(String, &'static str, bool)>,
    way: &'static str,
    voices: Vec<Choice>,
    times: Vec<DayTimes>,
    colleagues: Vec<Choice>,
    who: Vec<Choice>,
    people: String,
    again: bool,
    words: Words,
    reminders: Vec<Choice>,
    sends_mail: bool,
    reminder_to: String,
    token: String,
    mistakes: Vec<Mistake>,
}

impl EnterPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

async fn ask(colleague: Colleague, Query(query): Query<HashMap<String, String>>) -> Response {
    let form = kata(&query);
    draw(&colleague, None, &form, Vec::new(), StatusCode::OK).await
}

async fn ask_of(
    colleague: Colleague,
    Path(case): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    match of(&colleague, &case).await {
        Ok(of) => {
            let form = kata(&query);
            draw(&colleague, Some(&of), &form, Vec::new(), StatusCode::OK).await
        }
        Err(other) => other,
    }
}

/// The way of meeting, chosen by a link.
fn kata(query: &HashMap<String, String>) -> Form {
    let way = query.get("kata").map_or("", String::as_str);
    Form::from_pairs([("kata", way)])
}

async fn of(colleague: &Colleague, case: &str) -> Result<Of, Response> {
    let Ok(id) = case.parse::<i64>() else {
        return Err(colleague.not_found().await);
    };
    match colleague
        .app()
        .casework
        .case(&colleague.session, id.into())
        .await
    {
        Ok(view) => Ok(Of {
            id: id.into(),
            title: format!("ケース {}", view.case.number),
            voices: view
                .compartments
                .iter()
                .filter(|one| one.kind != access::CompartmentKind::Staff)
                .map(|one| (one.id, view.name_of(one)))
                .collect(),
        }),
        Err(error) => Err(colleague.case_trouble(error).await),
    }
}

async fn draw(
    colleague: &Colleague,
    of: Option<&Of>,
    form: &Form,
    mistakes: Vec<Mistake>,
    status: StatusCode,
) -> Response {
    match page(colleague, of, form, mistakes).await {
        Ok(page) => show_with(status, &page),
        Err(error) => colleague.place_trouble(error).await,
    }
}

async fn page(
    colleague: &Colleague,
    of: Option<&Of>,
    form: &Form,
    mistakes: Vec<Mistake>,
) -> community::Result<EnterPage> {
    let app = colleague.app();
    let (session, room) = (&colleague.session, &app.community);
    access::permit(session, Action::KeepAppointments, "").await?;
    let ways = room.ways(session.office()).await?;
    let way = way(form)
        .filter(|way| ways.contains(way))
        .or(ways.first().copied());
    let today = app.clock.today();
    let last = today.saturating_add(Span::new().weeks(6));
    let mut slots = room
        .open_slots_at_desk(session, today, last, None, of.map(|of| of.id))
        .await?;
    slots.retain(|slot| way.is_some_and(|way| slot.allows(way)));
    let mut free = by_day(slots);
    free.truncate(DAYS);
    let action = of.map_or_else(
        || "/desk/mensetsu/ireru".to_owned(),
        |of| format!("/desk/mensetsu/ireru/{}", of.id),
    );
    let mut conn = app.db.read().await?;
    let staff = office::staff::list(&mut conn, session.office()).await?;
    let chosen = |name: &str, value: &str| form.text(name) == value;
    let people = form.line("people");
    let sends_mail = app.config.sends_mail;
    let reminder = Reminder::wished(form.text("shirase"), sends_mail);
    Ok(EnterPage {
        page: colleague
            .page("面接を入れる")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/mensetsu"),
        title: of.map(|of| of.title.clone()).unwrap_or_default(),
        ways: ways
            .iter()
            .map(|one| {
                let href = format!("{action}?kata={}", one.code());
                (href, one.label(), Some(*one) == way)
            })
            .collect(),
        way: way.map_or("", Way::code),
        voices: of.map_or_else(Vec::new, |of| {
            let voice = |(id, label): &(CompartmentId, String)| {
                let id = id.to_string();
                let is = chosen("kukaku", &id) || of.voices.len() == 1;
                Choice::new(id, label).chosen(is)
            };
            of.voices.iter().map(voice).collect()
        }),
        times: day_times(free),
        colleagues: staff
            .iter()
            .filter(|one| one.active && access::may(one.role, Action::KeepAppointments))
            .map(|one| {
                let id = one.id.to_string();
                let is = chosen("dare_to", &id);
                Choice::new(id, &one.name).chosen(is)
            })
            .collect(),
        who: Who::ALL
            .iter()
            .map(|who| Choice::new(who.code(), who.label()).chosen(chosen("dare", who.code())))
            .collect(),
        people: if people.is_empty() {
            "1".to_owned()
        } else {
            people
        },
        // Somebody of a case was talked with before, unless somebody says otherwise.
        again: form.flag("maeni") || (of.is_some() && form.text("act").is_empty()),
        words: words(form),
        reminders: Reminder::offered(sends_mail)
            .map(|one| Choice::new(one.code(), one.label()).chosen(one == reminder))
            .collect(),
        sends_mail,
        reminder_to: form.line("reminder_to"),
        token: Token::from_field(form.text("_f")).field(),
        action,
        mistakes,
    })
}

fn way(form: &Form) -> Option<Way> {
    Way::from_code(form.text("kata"))
}

fn words(form: &Form) -> Words {
    Words {
        nickname: form.line("nickname"),
        calendar_name: String::new(),
        note: form.text("note").to_owned(),
        phone: form.line("phone"),
    }
}

async fn send(Sent { colleague, form }: Sent) -> Response {
    taken(&colleague, None, &form).await
}

async fn send_of(Path(case): Path<String>, Sent { colleague, form }: Sent) -> Response {
    match of(&colleague, &case).await {
        Ok(of) => taken(&colleague, Some(&of), &form).await,
        Err(other) => other,
    }
}

async fn taken(colleague: &Colleague, of: Option<&Of>, form: &Form) -> Response {
    if form.text("act") != "ireru" {
        return draw(colleague, of, form, Vec::new(), StatusCode::OK).await;
    }
    match store(colleague, of, form).await {
        Ok((time, booked)) => code(colleague, time, &booked),
        Err(Error::Invalid { field, sentence }) => {
            let mistakes = vec![Mistake::at(field, sentence)];
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            draw(colleague, of, form, mistakes, status).await
        }
        Err(gone @ (Error::Taken | Error::Illegal(_))) => {
            let mistakes = vec![Mistake::at("toki", gone.to_string())];
            draw(colleague, of, form, mistakes, StatusCode::CONFLICT).await
        }
        Err(error) => match error.guard() {
            Some(sentence) => {
                let mistakes = vec![Mistake::at("kukaku", sentence)];
                draw(colleague, of, form, mistakes, StatusCode::CONFLICT).await
            }
            None => colleague.place_trouble(error).await,
        },
    }
}

async fn store(
    colleague: &Colleague,
    of: Option<&Of>,
    form: &Form,
) -> community::Result<(Time, Booked)> {
    let app = colleague.app();
    let session = &colleague.session;
    let time = Time::read(form.text("toki"))
        .ok_or_else(|| Error::invalid("toki", "時間を、ひとつ選んでください。"))?;
    let way = way(form).ok_or_else(|| Error::invalid("toki", "会い方を選んでください。"))?;
    let whose = match of {
        None => None,
        Some(of) => {
            let known = |(id, _): &&(CompartmentId, String)| form.text("kukaku") == id.to_string();
            let (inside, _) = of
                .voices
                .iter()
                .find(known)
                .ok_or_else(|| Error::invalid("kukaku", "だれと会うのかを選んでください。"))?;
            Some((of.id, *inside))
        }
    };
    let office = office::office::one(&mut app.db.read().await?, session.office()).await?;
    let token = Token::from_field(form.text("_f"));
    let new = NewAppointment {
        office: &office,
        token: &token,
        starts_at: time.starts_at,
        minutes: time.minutes,
        way,
        who: Who::from_code(form.text("dare")).unwrap_or(Who::Unsaid),
        people: basics::fold(&form.line("people"))
            .trim()
            .parse()
            .unwrap_or(0),
        first_time: !form.flag("maeni"),
        words: words(form),
        reminder: Reminder::wished(form.text("shirase"), app.config.sends_mail),
        reminder_to: form.line("reminder_to"),
    };
    let caller = ForCaller {
        of: whose,
        staff: form.line("dare_to").parse::<i64>().ok().map(StaffId::from),
    };
    let booked = app
        .community
        .enter_appointment(session, &new, caller)
        .await?;
    Ok((time, booked))
}

#[derive(Template)]
#[template(path = "desk/mensetsu_bangou.html")]
struct CodePage {
    page: Page,
    me: Me,
    id: i64,
    day: String,
    hours: String,
    groups: Vec<String>,
    spoken: String,
    entry: String,
}

/// The code, to be read out. It can be shown again by sending the same form again, and not otherwise.
fn code(colleague: &Colleague, time: Time, booked: &Booked) -> Response {
    let spoken = booked.code.spoken();
    show(&CodePage {
        page: colleague.page("予約の番号"),
        me: colleague.me("/desk/mensetsu"),
        id: booked.id,
        day: basics::japanese::date(basics::time::to_jst(time.starts_at).date()),
        hours: hours(time.starts_at, time.ends_at()),
        groups: spoken.split('-').map(str::to_owned).collect(),
        spoken,
        entry: format!("{}/yoyaku/hikae", colleague.app().config.public_url),
    })
}
