//! `/desk/madoguchi/yasumi`: closing days from a calendar file or from lines. First every line is shown with what would
//! come of it; a second press takes the days over.

use askama::Template;
use axum::{Router, extract::RawQuery, http::StatusCode, response::Response, routing::get};
use community::{
    Error,
    closing_days::{Looked, Source, Standing, Stands, What},
};
use jiff::civil::Date;
use office::access::{self, Action};

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::Mistake,
    public::yoyaku::hours,
    show_with,
};

const HERE: &str = "/desk/madoguchi/yasumi";

pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/madoguchi/yasumi", get(look).post(act))
}

#[derive(Template)]
#[template(path = "desk/closing_days.html")]
struct ClosingPage {
    page: Page,
    me: Me,
    typed: String,
    seen: Option<Seen>,
    done: String,
    /// What stands on these days, or on the closing days there are.
    standing: Vec<Busy>,
    mistakes: Vec<Mistake>,
}

impl ClosingPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

/// What was looked at.
struct Seen {
    lines: Vec<Line>,
    days: Vec<String>,
    version: i64,
    too_many: bool,
    /// Somebody else saved the office meanwhile.
    again: bool,
}

/// Something that stands on a closing day, as a link for whoever may open it.
pub(in crate::desk) struct Busy {
    pub(in crate::desk) text: String,
    /// Empty: the asker opens no appointments or plans no days.
    pub(in crate::desk) href: String,
}

/// What stands on closing days, one line each.
pub(in crate::desk) fn busy(colleague: &Colleague, standing: &[Standing]) -> Vec<Busy> {
    let line = |one: &Standing| {
        let hours = hours(one.starts_at, one.ends_at);
        let (what, href, action) = match &one.what {
            Stands::Gathering {
                programme, title, ..
            } => (
                title.clone(),
                format!("/desk/ba/{programme}"),
                Action::SeePlaces,
            ),
            Stands::Appointment { id } => (
                "面接の予約".to_owned(),
                format!("/desk/mensetsu/{id}"),
                Action::KeepAppointments,
            ),
        };
        Busy {
            text: format!("{} {hours}　{what}", basics::japanese::date(one.day)),
            href: if colleague.may(action) {
                href
            } else {
                String::new()
            },
        }
    };
    standing.iter().map(line).collect()
}

struct Line {
    place: String,
    sentence: String,
    new: bool,
    stop: bool,
}

impl Seen {
    fn of(looked: &Looked, again: bool) -> Self {
        let line = |line: &community::closing_days::Line| Line {
            place: line.place.clone(),
            sentence: line.sentence(),
            new: matches!(line.what, What::New(_)),
            stop: matches!(line.what, What::NotUnderstood(_)),
        };
        Self {
            lines: looked.lines.iter().map(line).collect(),
            days: looked.new.iter().map(Date::to_string).collect(),
            version: looked.version,
            too_many: looked.too_many,
            again,
        }
    }
}

/// What the page shows beside its form.
#[derive(Default)]
struct Said {
    seen: Option<Seen>,
    done: String,
    standing: Vec<Busy>,
    mistakes: Vec<Mistake>,
    status: StatusCode,
}

fn draw(colleague: &Colleague, typed: &str, said: Said) -> Response {
    let page = ClosingPage {
        page: colleague
            .page("休みの日を入れる")
            .with_error(!said.mistakes.is_empty()),
        me: colleague.me("/desk/madoguchi"),
        typed: typed.to_owned(),
        seen: said.seen,
        done: said.done,
        standing: said.standing,
        mistakes: said.mistakes,
    };
    show_with(said.status, &page)
}

async fn look(colleague: Colleague, RawQuery(query): RawQuery) -> Response {
    if let Err(error) = access::permit(&colleague.session, Action::EditOffice, "closing_days").await
    {
        return colleague.trouble(error).await;
    }
    let count = query.as_deref().and_then(|query| query.strip_prefix("ok="));
    let done = match count.and_then(|count| count.parse::<u16>().ok()) {
        Some(count) => format!("{count}日を、休みの日に加えました。"),
        None => String::new(),
    };
    let room = &colleague.app().community;
    let standing = match room.standing_on_closing_days(&colleague.session).await {
        Ok(standing) => busy(&colleague, &standing),
        Err(error) => return colleague.place_trouble(error).await,
    };
    draw(
        &colleague,
        "",
        Said {
            done,
            standing,
            ..Said::default()
        },
    )
}

async fn act(Sent { colleague, form }: Sent) -> Response {
    // The page itself is for those who may change the office, whatever was sent.
    if let Err(error) = access::permit(&colleague.session, Action::EditOffice, "closing_days").await
    {
        return colleague.trouble(error).await;
    }
    match form.text("act") {
        "look" => {
            let source = match form.file("fairu") {
                Some(bytes) => Source::File(bytes),
                None => Source::Lines(form.text("gyou")),
            };
            look_at(&colleague, form.text("gyou"), source, false).await
        }
        "take" => take(&colleague, &form).await,
        _ => draw(&colleague, form.text("gyou"), Said::default()),
    }
}

async fn look_at(colleague: &Colleague, typed: &str, source: Source<'_>, again: bool) -> Response {
    let room = &colleague.app().community;
    match room.look_at_closing_days(&colleague.session, source).await {
        Ok(looked) => {
            let status = if again {
                StatusCode::CONFLICT
            } else {
                StatusCode::OK
            };
            let seen = Some(Seen::of(&looked, again));
            draw(
                colleague,
                typed,
                Said {
                    seen,
                    standing: busy(colleague, &looked.standing),
                    status,
                    ..Said::default()
                },
            )
        }
        Err(Error::Invalid { field, sentence }) => {
            let at = if field == "file" { "fairu" } else { "gyou" };
            let said = Said {
                mistakes: vec![Mistake::at(at, sentence)],
                status: StatusCode::UNPROCESSABLE_ENTITY,
                ..Said::default()
            };
            draw(colleague, typed, said)
        }
        Err(error) => colleague.place_trouble(error).await,
    }
}

async fn take(colleague: &Colleague, form: &Form) -> Response {
    let days: Vec<Date> = form.all("hi").filter_map(|day| day.parse().ok()).collect();
    let version = form.line("version").parse().unwrap_or(0);
    let room = &colleague.app().community;
    match room
        .take_closing_days(&colleague.session, version, &days)
        .await
    {
        Ok(count) => see_other(&format!("{HERE}?ok={count}")),
        Err(Error::Meanwhile) => {
            let lines: Vec<String> = days.iter().map(Date::to_string).collect();
            let lines = lines.join("\n");
            look_at(colleague, &lines, Source::Lines(&lines), true).await
        }
        Err(Error::Invalid { sentence, .. }) => {
            let said = Said {
                mistakes: vec![Mistake::at("gyou", sentence)],
                status: StatusCode::UNPROCESSABLE_ENTITY,
                ..Said::default()
            };
            draw(colleague, form.text("gyou"), said)
        }
        Err(error) => colleague.place_trouble(error).await,
    }
}
