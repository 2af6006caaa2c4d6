//! `/tegami/dare`: who opened these letters, and 「私はこう言いたい」. The same page for every thread.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Request},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::get,
};
use basics::japanese;
use mailbox::return_code::Token;

use super::{
    Envelope, LETTER_LIMIT, enter, envelope, envelope_of_form, page, trouble, write::Draft,
};
use crate::{App, Form, Page, Trouble, Visit, page::see_other, parts::Mistake, show_with};

/// The doors.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/tegami/dare", get(look).post(say))
        .route("/tegami/dare/{done}", get(look_after))
}

/// A day's openings in words.
struct Line {
    day: String,
    who: &'static str,
    times: usize,
}

#[derive(Template)]
#[template(path = "public/tegami-dare.html")]
struct History {
    page: Page,
    said: bool,
    lines: Vec<Line>,
    csrf: String,
    draft: Draft,
    mistakes: Vec<Mistake>,
}

async fn look(visit: Visit, headers: HeaderMap) -> Response {
    first(&visit, &headers, false).await
}

async fn look_after(visit: Visit, Path(done): Path<String>, headers: HeaderMap) -> Response {
    match done.as_str() {
        "okutta" => first(&visit, &headers, true).await,
        _ => Trouble::NotFound.into_response(),
    }
}

async fn first(visit: &Visit, headers: &HeaderMap, said: bool) -> Response {
    match envelope(visit, headers).await {
        Ok(envelope) => whole(visit, &envelope, said, Draft::default(), Vec::new()).await,
        Err(response) => response,
    }
}

async fn whole(
    visit: &Visit,
    envelope: &Envelope,
    said: bool,
    draft: Draft,
    mistakes: Vec<Mistake>,
) -> Response {
    let found = match visit.app.casework.access_history(&envelope.holder).await {
        Ok(found) => found,
        Err(error) => {
            tracing::error!(target: "web", ?error, "an access history could not be shown");
            return Trouble::Resting.into_response();
        }
    };
    let lines = found.into_iter().map(|one| Line {
        day: japanese::date_with_year(one.on),
        who: one.who.label(),
        times: one.times,
    });
    let status = if mistakes.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let told = History {
        page: page(visit).with_error(!mistakes.is_empty()),
        said,
        lines: lines.collect(),
        csrf: envelope.token(visit),
        draft: Draft {
            token: Token::fresh().field(),
            ..draft
        },
        mistakes,
    };
    show_with(status, &told)
}

async fn say(visit: Visit, request: Request) -> Response {
    let headers = request.headers().clone();
    let form = match Form::read(request, LETTER_LIMIT).await {
        Ok(form) => form,
        Err(trouble) => return trouble.into_response(),
    };
    let envelope = match envelope_of_form(&visit, &headers, &form).await {
        Ok(envelope) => envelope,
        // Whatever keeps the envelope shut, the words are given back.
        Err(_) if !form.words().is_empty() => {
            return Trouble::Stale { kept: form.words() }.into_response();
        }
        Err(response) => return response,
    };
    let draft = Draft::of(&form);
    let token = Token::from_field(&draft.token);
    let added = visit
        .app
        .casework
        .add_addendum(&envelope.holder, &draft.words, &token)
        .await;
    match added {
        Ok(()) | Err(casework::Error::Mailbox(mailbox::Error::Again)) => {
            see_other("/tegami/dare/okutta")
        }
        Err(casework::Error::Mailbox(mailbox::Error::WrongCode)) => enter::no_longer(&visit),
        Err(casework::Error::Mailbox(
            error @ (mailbox::Error::Empty | mailbox::Error::TooLong(_) | mailbox::Error::TooMany),
        )) => {
            let mistakes = vec![Mistake::at("bun", error.to_string())];
            whole(&visit, &envelope, false, draft, mistakes).await
        }
        Err(casework::Error::Mailbox(error)) => trouble(&error),
        Err(error) => {
            tracing::error!(target: "web", ?error, "an addendum was not stored");
            Trouble::Stale { kept: form.words() }.into_response()
        }
    }
}
