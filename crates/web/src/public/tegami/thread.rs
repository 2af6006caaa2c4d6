//! `/tegami/fuutou`: the open envelope. Letters and answers, the promised day, write more, say what is wished.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Request},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use basics::{MunicipalityCode, japanese};
use jiff::ToSpan as _;
use mailbox::{Letter, MAX_CHARS, Side, State, Wish, return_code::Token};
use office::office::Office;

use super::{
    Envelope, LETTER_LIMIT, code,
    code::Shown,
    enter, envelope, envelope_of_form, moment, page, split, trouble, without_code,
    write::{Draft, TooLong},
};
use crate::{App, Form, Page, Trouble, Visit, page::see_other, parts::Mistake, show, show_with};

/// The doors.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/tegami/fuutou", get(read).post(write_more))
        .route("/tegami/fuutou/{done}", get(read_after))
        .route("/tegami/kimochi", post(wish))
        .route("/tegami/tojiru", post(close))
        .route(
            "/tegami/tojita",
            get(async |visit: Visit| show(&Closed { page: page(&visit) })),
        )
}

/// A letter or an answer as the page shows it.
struct Sheet {
    mine: bool,
    /// Written down by staff for somebody who telephoned or came by.
    dictated: bool,
    at: String,
    body: String,
    last: bool,
}

/// What the page says above the letters.
enum Standing {
    /// An answer is promised by this day.
    Waiting(String),
    /// The promised day has gone by.
    Overdue(String),
    /// Waiting without a day.
    Open,
    /// The last word is the office's.
    Answered,
    /// 「返事はいりません」
    NoReply,
    /// 「今はそっとしておいて」
    Quiet,
    /// Closed; erased on this day.
    Closed(String),
}

#[derive(Template)]
#[template(path = "public/tegami-fuutou.html")]
struct Thread {
    page: Page,
    name: String,
    area: String,
    paused: Option<office::Pause>,
    standing: Standing,
    done: Done,
    sheets: Vec<Sheet>,
    code: Option<Shown>,
    last_time: bool,
    csrf: String,
    draft: Draft,
    mistakes: Vec<Mistake>,
    too_long: Option<TooLong>,
}

impl Thread {
    fn asks_reply(&self) -> bool {
        !matches!(self.standing, Standing::NoReply | Standing::Quiet)
    }
    fn is_quiet(&self) -> bool {
        matches!(self.standing, Standing::Quiet)
    }
}

/// What has just been done, said once above the letters.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Done {
    #[default]
    Nothing,
    Sent,
    Wished,
}

async fn read(visit: Visit, headers: HeaderMap) -> Response {
    open(&visit, &headers, Done::Nothing).await
}

async fn read_after(visit: Visit, Path(done): Path<String>, headers: HeaderMap) -> Response {
    match done.as_str() {
        "okutta" => open(&visit, &headers, Done::Sent).await,
        "kaeta" => open(&visit, &headers, Done::Wished).await,
        _ => Trouble::NotFound.into_response(),
    }
}

async fn open(visit: &Visit, headers: &HeaderMap, done: Done) -> Response {
    let envelope = match envelope(visit, headers).await {
        Ok(envelope) => envelope,
        Err(response) => return response,
    };
    let draft = Draft {
        token: Token::fresh().field(),
        ..Draft::default()
    };
    whole(visit, &envelope, done, draft, None)
        .await
        .unwrap_or_else(|other| other)
}

/// The page with everything in it.
async fn whole(
    visit: &Visit,
    envelope: &Envelope,
    done: Done,
    draft: Draft,
    wrong: Option<mailbox::Error>,
) -> Result<Response, Response> {
    let thread = envelope.holder.thread();
    if thread.must_change_code {
        // First of all the code becomes the writer's own.
        return Err(see_other("/tegami/bangou"));
    }
    // Before reading: the reading of an answer is what ends the showing.
    let code = code::shown(visit, envelope).await?;
    let letters = visit
        .app
        .mailbox
        .read_as_holder(&envelope.holder)
        .await
        .map_err(|error| trouble(&error))?;
    let office = envelope.office(visit).await?;
    let too_long = match wrong {
        Some(mailbox::Error::TooLong(chars)) => Some(TooLong::of(&draft.words, chars)),
        _ => None,
    };
    let mistakes: Vec<Mistake> = match (&too_long, &wrong) {
        (Some(long), _) => vec![Mistake::at("bun", long.sentence())],
        (None, Some(error)) => vec![Mistake::at("bun", error.to_string())],
        (None, None) => Vec::new(),
    };
    let status = if mistakes.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let today = visit.app.clock.today();
    let told = Thread {
        page: page(visit).with_error(!mistakes.is_empty()),
        area: area(office.jurisdiction),
        standing: standing(thread, &office, today),
        last_time: code.is_some() && letters.iter().any(|letter| letter.side == Side::Office),
        sheets: sheets(letters, today),
        paused: office.settings.paused,
        name: office.name,
        done,
        code,
        csrf: envelope.token(visit),
        draft,
        mistakes,
        too_long,
    };
    Ok(show_with(status, &told))
}

fn standing(thread: &mailbox::Thread, office: &Office, today: jiff::civil::Date) -> Standing {
    match (thread.wish, thread.state, thread.promised_on) {
        (_, State::Closed, _) => {
            let from = thread
                .closed_at
                .map_or(today, |at| basics::time::to_jst(at).date());
            let erased = from.saturating_add(i64::from(office.settings.retention_days).days());
            Standing::Closed(japanese::date_with_year(erased))
        }
        (Wish::NoReply, ..) => Standing::NoReply,
        (Wish::Quiet, ..) => Standing::Quiet,
        (Wish::Reply, State::Waiting, Some(day)) if thread.is_overdue(today) => {
            Standing::Overdue(japanese::date(day))
        }
        (Wish::Reply, State::Waiting, Some(day)) => {
            Standing::Waiting(office::calendar::promise_text(day))
        }
        (Wish::Reply, State::Waiting, None) => Standing::Open,
        (Wish::Reply, State::Answered, _) => Standing::Answered,
    }
}

fn sheets(letters: Vec<Letter>, today: jiff::civil::Date) -> Vec<Sheet> {
    let count = letters.len();
    letters
        .into_iter()
        .enumerate()
        .map(|(place, letter)| Sheet {
            mine: matches!(letter.side, Side::Writer | Side::Addendum),
            dictated: letter.side == Side::Writer && letter.staff.is_some(),
            at: moment(letter.at, today),
            body: letter.body,
            last: place + 1 == count,
        })
        .collect()
}

/// The page of the windows that serve where this office is.
fn area(code: MunicipalityCode) -> String {
    let prefecture = code.prefecture();
    let short = &prefecture.as_str()[..2];
    if code == prefecture {
        format!("/madoguchi/{short}")
    } else {
        format!("/madoguchi/{short}/{code}")
    }
}

async fn write_more(visit: Visit, request: Request) -> Response {
    let headers = request.headers().clone();
    let form = match Form::read(request, LETTER_LIMIT).await {
        Ok(form) => form,
        Err(trouble) => return trouble.into_response(),
    };
    let envelope = match envelope_of_form(&visit, &headers, &form).await {
        Ok(envelope) => envelope,
        // Whatever keeps the envelope shut, the words are given back.
        Err(response) => return kept_or(response, &form),
    };
    let draft = Draft::of(&form);
    let token = Token::from_field(&draft.token);
    let pages = if form.flag("wakeru") {
        split::parts(&draft.words, MAX_CHARS)
    } else {
        vec![draft.words.as_str()]
    };
    let mut sent = if pages.is_empty() {
        Err(mailbox::Error::Empty)
    } else {
        Ok(())
    };
    for body in pages {
        match visit
            .app
            .mailbox
            .write_more(&envelope.holder, body, &token)
            .await
        {
            // A double click: it is there already.
            Ok(_) | Err(mailbox::Error::Again) => {}
            Err(error) => {
                sent = Err(error);
                break;
            }
        }
    }
    match sent {
        Ok(()) => see_other("/tegami/fuutou/okutta"),
        Err(wrong @ (mailbox::Error::Empty | mailbox::Error::TooLong(_))) => {
            whole(&visit, &envelope, Done::Nothing, draft, Some(wrong))
                .await
                .unwrap_or_else(|other| other)
        }
        Err(mailbox::Error::WrongCode | mailbox::Error::NotFound) => {
            kept_or(enter::no_longer(&visit), &form)
        }
        Err(error) => {
            tracing::error!(target: "web", "a letter was not stored: {error}");
            show_with(
                StatusCode::SERVICE_UNAVAILABLE,
                &NotSent {
                    page: page(&visit).with_error(true),
                    csrf: envelope.token(&visit),
                    draft,
                },
            )
        }
    }
}

#[derive(Template)]
#[template(path = "public/tegami-mada.html")]
struct NotSent {
    page: Page,
    csrf: String,
    draft: Draft,
}

/// The response, or the words back when the response would lose them.
fn kept_or(response: Response, form: &Form) -> Response {
    let kept = form.words();
    if kept.is_empty() {
        response
    } else {
        Trouble::Stale { kept }.into_response()
    }
}

async fn wish(visit: Visit, headers: HeaderMap, form: Form) -> Response {
    let envelope = match envelope_of_form(&visit, &headers, &form).await {
        Ok(envelope) => envelope,
        Err(response) => return response,
    };
    let Some(wish) = Wish::from_code(form.text("kimochi")) else {
        return see_other("/tegami/fuutou");
    };
    match visit.app.mailbox.wish(&envelope.holder, wish).await {
        Ok(()) => see_other("/tegami/fuutou/kaeta"),
        Err(error) => trouble(&error),
    }
}

#[derive(Template)]
#[template(path = "public/tegami-tojita.html")]
struct Closed {
    page: Page,
}

/// Takes the code out of the browser. Needs no envelope: closing must work whatever has happened to the thread.
async fn close(visit: Visit) -> Response {
    without_code(&visit, see_other("/tegami/tojita"))
}
