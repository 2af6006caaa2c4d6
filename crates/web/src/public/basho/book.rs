//! `/yoyaku/ba/3/12`: a seat on one day, under any name. Nothing has to be filled in.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Request},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::get,
};
use community::booking::{NewBooking, State, Who};
use community::gathering::{OnDay, Room};
use community::programme::ForWhom;
use community::slip::{Reminder, Token, Words};

use super::{day, for_whom, hours, trouble};
use crate::{
    App, Form, Page, Trouble, Visit,
    form::USUAL_LIMIT,
    parts::{Choice, Mistake},
    public::{hikae, tegami},
    show, show_with,
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/yoyaku/ba/{number}/{seq}", get(ask).post(send))
}

/// What was chosen and typed, as it goes back into the form.
struct Typed {
    who: Option<Who>,
    people: String,
    perhaps: bool,
    first_time: Option<bool>,
    tell: bool,
    words: Words,
    reminder: Reminder,
    reminder_to: String,
    token: String,
}

impl Typed {
    fn fresh() -> Self {
        Self {
            who: None,
            people: "1".to_owned(),
            perhaps: false,
            first_time: None,
            tell: false,
            words: Words::default(),
            reminder: Reminder::Nothing,
            reminder_to: String::new(),
            token: Token::fresh().field(),
        }
    }

    fn of(form: &Form, sends_mail: bool) -> Self {
        Self {
            who: Who::from_code(form.text("dare")),
            people: form.line("people"),
            perhaps: form.flag("perhaps"),
            first_time: match form.text("hajimete") {
                "hai" => Some(true),
                "iie" => Some(false),
                _ => None,
            },
            tell: form.flag("tell"),
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

    fn people(&self) -> Option<u32> {
        basics::fold(&self.people).trim().parse().ok()
    }
}

#[derive(Template)]
#[template(path = "public/yoyaku-ba.html")]
struct Ask {
    page: Page,
    action: String,
    title: String,
    day: String,
    hours: String,
    place: String,
    for_whom: String,
    family: bool,
    full: bool,
    full_words: &'static str,
    typed: Typed,
    sends_mail: bool,
    mistakes: Vec<Mistake>,
}

impl Ask {
    fn who(&self) -> Vec<Choice> {
        let mut all = vec![Who::Principal, Who::Family, Who::Other];
        if self.family {
            all = vec![Who::Family, Who::Other];
        }
        let choice =
            |who: Who| Choice::new(who.code(), who.label()).chosen(self.typed.who == Some(who));
        let mut choices: Vec<Choice> = all.into_iter().map(choice).collect();
        choices.push(choice(Who::Unsaid).apart());
        choices
    }

    fn first_time(&self) -> Vec<Choice> {
        vec![
            Choice::new("hai", "はい").chosen(self.typed.first_time == Some(true)),
            Choice::new("iie", "いいえ").chosen(self.typed.first_time == Some(false)),
        ]
    }

    fn reminders(&self) -> Vec<Choice> {
        hikae::reminders(self.typed.reminder, self.sends_mail)
    }
}

async fn on_day(visit: &Visit, number: &str, seq: &str) -> Result<OnDay, Response> {
    let (Ok(number), Ok(seq)) = (number.parse(), seq.parse()) else {
        return Err(Trouble::NotFound.into_response());
    };
    visit
        .app
        .community
        .on_day(number, seq)
        .await
        .map_err(|error| trouble(&error))
}

fn form(visit: &Visit, on: &OnDay, typed: Typed, mistakes: Vec<Mistake>) -> Response {
    let (programme, gathering) = (&on.programme, &on.gathering);
    let room = gathering.room(programme);
    let wrong = !mistakes.is_empty();
    let ask = Ask {
        page: hikae::page(visit).with_error(wrong),
        action: format!("/yoyaku/ba/{}/{}", programme.number, gathering.seq),
        title: programme.draft.details.title.clone(),
        day: day(gathering),
        hours: hours(gathering, visit.prefs.easy),
        place: programme.public_place(),
        for_whom: for_whom(programme, visit.prefs.easy),
        family: programme.draft.for_whom == ForWhom::Family,
        full: room == Room::Full,
        full_words: room.words(programme.draft.keeps_waiting_list),
        typed,
        sends_mail: visit.app.config.sends_mail,
        mistakes,
    };
    if wrong {
        show_with(StatusCode::UNPROCESSABLE_ENTITY, &ask)
    } else {
        show(&ask)
    }
}

async fn ask(visit: Visit, Path((number, seq)): Path<(String, String)>) -> Response {
    match on_day(&visit, &number, &seq).await {
        Ok(on) if on.gathering.is_open(&on.programme, visit.app.clock.now()) => {
            form(&visit, &on, Typed::fresh(), Vec::new())
        }
        Ok(on) => closed(&visit, &on),
        Err(other) => other,
    }
}

#[derive(Template)]
#[template(path = "public/yoyaku-owari.html")]
struct Closed {
    page: Page,
    title: String,
    day: String,
    words: String,
    cancelled: bool,
    number: i64,
}

fn closed(visit: &Visit, on: &OnDay) -> Response {
    show(&Closed {
        page: hikae::page(visit),
        title: on.programme.draft.details.title.clone(),
        day: day(&on.gathering),
        words: on.gathering.words.clone(),
        cancelled: on.gathering.state == community::gathering::State::Cancelled,
        number: on.programme.number,
    })
}

async fn send(
    visit: Visit,
    Path((number, seq)): Path<(String, String)>,
    request: Request,
) -> Response {
    let address = tegami::address(&request);
    let sent = match Form::read(request, USUAL_LIMIT).await {
        Ok(sent) => sent,
        Err(trouble) => return trouble.into_response(),
    };
    let on = match on_day(&visit, &number, &seq).await {
        Ok(on) => on,
        Err(other) => return other,
    };
    let typed = Typed::of(&sent, visit.app.config.sends_mail);
    let Some(people) = typed.people() else {
        let sentence = "一緒に来る人数を、数字で書いてください。";
        return form(&visit, &on, typed, vec![Mistake::at("people", sentence)]);
    };
    let token = Token::from_field(&typed.token);
    let booking = NewBooking {
        programme: on.programme.number,
        seq: on.gathering.seq,
        who: typed.who.unwrap_or(Who::Unsaid),
        people,
        perhaps: typed.perhaps,
        first_time: typed.first_time,
        wait: true,
        tell: typed.tell,
        token: &token,
        words: typed.words.clone(),
        reminder: typed.reminder,
        reminder_to: typed.reminder_to.clone(),
        address,
    };
    match visit.app.community.book(&booking).await {
        Ok(booked) => {
            let heading = match booked.state {
                State::Waiting => "空きを待つことにしました",
                _ => "席をとりました",
            };
            hikae::made(&visit, &booked.code, heading).await
        }
        Err(community::Error::Invalid { field, sentence }) => {
            form(&visit, &on, typed, vec![Mistake::at(field, sentence)])
        }
        Err(stop @ (community::Error::Full | community::Error::TooMany)) => {
            let sentence = stop.to_string();
            form(&visit, &on, typed, vec![Mistake::at("people", sentence)])
        }
        Err(community::Error::Illegal(_)) => closed(&visit, &on),
        Err(error) => trouble(&error),
    }
}
