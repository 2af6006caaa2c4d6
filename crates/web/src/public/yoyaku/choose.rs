//! `/yoyaku/mado/{office}/{way}`: a day and a time, then a few questions that may all stay empty. It is theirs at once;
//! when somebody else was faster, the page says so, shows the next free times and keeps what was typed.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Request},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::get,
};
use basics::japanese;
use community::appointment::Who;
use community::appointment::book::NewAppointment;
use community::offered_hours::Way;
use community::open_slots::by_day;
use community::slip::{Reminder, Token, Words};
use office::office::Office;

use super::{DayTimes, Time, day_times_for, hours_for, nearest, office_of, said, segment, way_of};
use crate::{
    App, Form, Page, Trouble, Visit,
    form::USUAL_LIMIT,
    parts::{Choice, Mistake},
    public::{basho, hikae, tegami},
    show_with,
};

/// So many days stand on one page.
const DAYS: usize = 8;
/// So many times are shown when the wanted one is gone.
const NEAREST: usize = 9;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/yoyaku/mado/{office}/{way}", get(first_days).post(send))
        .route("/yoyaku/mado/{office}/{way}/{part}", get(later_days))
}

#[derive(Template)]
#[template(path = "public/yoyaku-toki.html")]
struct Times {
    page: Page,
    action: String,
    name: String,
    way: &'static str,
    days: Vec<DayTimes>,
    earlier: Option<String>,
    later: Option<String>,
    up: String,
    weeks: i64,
    mistakes: Vec<Mistake>,
}

async fn first_days(visit: Visit, Path((office, way)): Path<(String, String)>) -> Response {
    days(&visit, &office, &way, 0).await
}

async fn later_days(
    visit: Visit,
    Path((office, way, part)): Path<(String, String, String)>,
) -> Response {
    match part.parse::<usize>() {
        Ok(part) if part < 20 => days(&visit, &office, &way, part).await,
        _ => Trouble::NotFound.into_response(),
    }
}

async fn days(visit: &Visit, office: &str, way: &str, part: usize) -> Response {
    match asked(visit, office, way).await {
        Ok((office, way)) => times(visit, &office, way, part, Vec::new()).await,
        Err(other) => other,
    }
}

async fn asked(visit: &Visit, office: &str, way: &str) -> Result<(Office, Way), Response> {
    let Some(way) = way_of(way) else {
        return Err(Trouble::NotFound.into_response());
    };
    Ok((office_of(visit, office).await?, way))
}

fn address(office: &Office, way: Way) -> String {
    format!("/yoyaku/mado/{}/{}", office.id, segment(way))
}

/// The days and times, a part at a time.
async fn times(
    visit: &Visit,
    office: &Office,
    way: Way,
    part: usize,
    mistakes: Vec<Mistake>,
) -> Response {
    let slots = match visit.app.community.open_slots(office, Some(way)).await {
        Ok(slots) => slots,
        Err(error) => return basho::trouble(&error),
    };
    let mut days = by_day(slots);
    let more = days.len() > (part + 1) * DAYS;
    let here: Vec<_> = days.drain(..).skip(part * DAYS).take(DAYS).collect();
    let action = address(office, way);
    let part_at = |part: usize| match part {
        0 => action.clone(),
        part => format!("{action}/{part}"),
    };
    let status = if mistakes.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    show_with(
        status,
        &Times {
            page: hikae::page(visit).with_error(!mistakes.is_empty()),
            name: office.name.clone(),
            way: said(way),
            days: day_times_for(visit, here),
            earlier: (part > 0).then(|| part_at(part - 1)),
            later: more.then(|| part_at(part + 1)),
            up: format!("/yoyaku/mado/{}", office.id),
            weeks: community::open_slots::HORIZON_WEEKS,
            action,
            mistakes,
        },
    )
}

/// What was chosen and typed, as it goes back into the form.
struct Typed {
    who: Option<Who>,
    people: String,
    again: bool,
    words: Words,
    reminder: Reminder,
    reminder_to: String,
    token: String,
}

impl Typed {
    fn of(form: &Form, sends_mail: bool) -> Self {
        let people = form.line("people");
        Self {
            who: Who::from_code(form.text("dare")),
            people: if people.is_empty() {
                "1".to_owned()
            } else {
                people
            },
            again: form.flag("maeni"),
            words: Words {
                nickname: form.line("nickname"),
                calendar_name: form.line("calendar_name"),
                note: form.text("note").to_owned(),
                phone: form.line("phone"),
            },
            reminder: Reminder::wished(form.text("shirase"), sends_mail),
            reminder_to: form.line("reminder_to"),
            token: Token::from_field(form.text("_f")).field(),
        }
    }

    fn people(&self) -> i64 {
        basics::fold(&self.people).trim().parse().unwrap_or(0)
    }
}

#[derive(Template)]
#[template(path = "public/yoyaku-kaku.html")]
struct Ask {
    page: Page,
    action: String,
    name: String,
    way: Way,
    said: &'static str,
    time: String,
    day: String,
    hours: String,
    /// When the wanted time is gone: the next ones.
    others: Vec<DayTimes>,
    gone: bool,
    typed: Typed,
    sends_mail: bool,
    mistakes: Vec<Mistake>,
}

impl Ask {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }

    fn who(&self) -> Vec<Choice> {
        let choice =
            |who: &Who| Choice::new(who.code(), who.label()).chosen(self.typed.who == Some(*who));
        let mut all: Vec<Choice> = Who::ALL.iter().map(choice).collect();
        if let Some(last) = all.pop() {
            all.push(last.apart());
        }
        all
    }

    fn reminders(&self) -> Vec<Choice> {
        hikae::reminders(self.typed.reminder, self.sends_mail)
    }

    fn by_phone(&self) -> bool {
        matches!(self.way, Way::Phone | Way::Home)
    }
}

/// The questions, or with what was typed and what to look at again.
fn ask(
    visit: &Visit,
    office: &Office,
    (way, time): (Way, Time),
    typed: Typed,
    mistakes: Vec<Mistake>,
    others: Option<Vec<DayTimes>>,
) -> Response {
    let status = match (mistakes.is_empty(), others.is_some()) {
        (_, true) => StatusCode::CONFLICT,
        (false, _) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::OK,
    };
    let wrong = !mistakes.is_empty();
    show_with(
        status,
        &Ask {
            page: hikae::page(visit).with_error(wrong),
            action: address(office, way),
            name: office.name.clone(),
            way,
            said: said(way),
            time: time.field(),
            day: japanese::date(basics::time::to_jst(time.starts_at).date()),
            hours: hours_for(visit, time.starts_at, time.ends_at()),
            gone: others.is_some(),
            others: others.unwrap_or_default(),
            typed,
            sends_mail: visit.app.config.sends_mail,
            mistakes,
        },
    )
}

async fn send(
    visit: Visit,
    Path((office, way)): Path<(String, String)>,
    request: Request,
) -> Response {
    let from = tegami::address(&request);
    let form = match Form::read(request, USUAL_LIMIT).await {
        Ok(form) => form,
        Err(trouble) => return trouble.into_response(),
    };
    let (office, way) = match asked(&visit, &office, &way).await {
        Ok(found) => found,
        Err(other) => return other,
    };
    let typed = Typed::of(&form, visit.app.config.sends_mail);
    let Some(time) = Time::read(form.text("toki")) else {
        let mistakes = vec![Mistake::at("toki", "時間を、ひとつ選んでください")];
        return times(&visit, &office, way, 0, mistakes).await;
    };
    if form.text("act") != "yoyaku" {
        return ask(&visit, &office, (way, time), typed, Vec::new(), None);
    }
    let token = Token::from_field(&typed.token);
    let new = NewAppointment {
        office: &office,
        token: &token,
        starts_at: time.starts_at,
        minutes: time.minutes,
        way,
        who: typed.who.unwrap_or(Who::Unsaid),
        people: typed.people(),
        first_time: !typed.again,
        words: typed.words.clone(),
        reminder: typed.reminder,
        reminder_to: typed.reminder_to.clone(),
    };
    let room = &visit.app.community;
    match room.book_appointment(&new, from).await {
        Ok(booked) => hikae::made(&visit, &booked.code, "予約できました").await,
        Err(community::Error::Invalid { field, sentence }) => {
            let mistakes = vec![Mistake::at(field, sentence)];
            ask(&visit, &office, (way, time), typed, mistakes, None)
        }
        Err(gone @ community::Error::Taken) => {
            let free = match room.open_slots(&office, Some(way)).await {
                Ok(slots) => nearest(&visit, slots, time.starts_at, NEAREST),
                Err(error) => return basho::trouble(&error),
            };
            let mistakes = vec![Mistake::at("toki", gone.to_string())];
            ask(&visit, &office, (way, time), typed, mistakes, Some(free))
        }
        Err(stop @ (community::Error::Illegal(_) | community::Error::TooMany)) => {
            let mistakes = vec![Mistake::at("toki", stop.to_string())];
            ask(&visit, &office, (way, time), typed, mistakes, None)
        }
        Err(error) => basho::trouble(&error),
    }
}
