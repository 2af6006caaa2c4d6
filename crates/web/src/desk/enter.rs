//! `/desk/nyuuryoku`: a letter that came by telephone, on paper or over the counter.

use askama::Template;
use axum::{Router, http::StatusCode, response::Response, routing::get};
use mailbox::{Error, Origin, Writer, entered::EnteredLetter, return_code::Token};
use office::access::{self, Action};

use crate::{
    App, Form, Page,
    parts::{Choice, Mistake},
    show_with,
};

use super::{
    code_card,
    colleague::{Colleague, Me, Sent},
};

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/nyuuryoku", get(ask).post(enter))
}

#[derive(Template)]
#[template(path = "desk/enter.html")]
struct EnterPage {
    page: Page,
    me: Me,
    origins: Vec<Choice>,
    writers: Vec<Choice>,
    body: String,
    token: String,
    again: bool,
    mistakes: Vec<Mistake>,
}

impl EnterPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

async fn ask(colleague: Colleague) -> Response {
    draw(
        &colleague,
        &Form::default(),
        Vec::new(),
        false,
        StatusCode::OK,
    )
    .await
}

async fn draw(
    colleague: &Colleague,
    form: &Form,
    mistakes: Vec<Mistake>,
    again: bool,
    status: StatusCode,
) -> Response {
    if let Err(error) = access::permit(&colleague.session, Action::EnterLetter, "").await {
        return colleague.trouble(error).await;
    }
    let chosen = |name: &str, code: &str| form.text(name) == code;
    let by_hand = Origin::ALL.iter().filter(|origin| **origin != Origin::Web);
    show_with(
        status,
        &EnterPage {
            page: colleague
                .page("手紙を入れる")
                .with_error(!mistakes.is_empty()),
            me: colleague.me("/desk/nyuuryoku"),
            origins: by_hand
                .map(|o| Choice::new(o.code(), o.label()).chosen(chosen("origin", o.code())))
                .collect(),
            writers: Writer::ALL
                .iter()
                .map(|w| Choice::new(w.code(), w.label()).chosen(chosen("writer", w.code())))
                .collect(),
            body: form.text("body").to_owned(),
            token: Token::from_field(form.text("token")).field(),
            again,
            mistakes,
        },
    )
}

async fn enter(Sent { colleague, form }: Sent) -> Response {
    if form.text("act") != "enter" {
        return draw(&colleague, &form, Vec::new(), false, StatusCode::OK).await;
    }
    let origin = Origin::from_code(form.text("origin")).filter(|origin| *origin != Origin::Web);
    let Some(origin) = origin else {
        let mistake = Mistake::at("origin", "どのように届いたかを選んでください。");
        return draw(
            &colleague,
            &form,
            vec![mistake],
            false,
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await;
    };
    let token = Token::from_field(form.text("token"));
    let writer = Writer::from_code(form.text("writer")).unwrap_or(Writer::Unsaid);
    let letter = EnteredLetter {
        origin,
        writer,
        body: form.text("body"),
        token: &token,
    };
    let mailbox = &colleague.app().mailbox;
    match mailbox.enter_letter(&colleague.session, &letter).await {
        Ok((id, code)) => match mailbox
            .thread_for(&colleague.session, id, Action::EnterLetter)
            .await
        {
            Ok(thread) => code_card::shown(&colleague, &thread, &code, true),
            Err(error) => colleague.trouble(error).await,
        },
        Err(Error::Again) => {
            draw(
                &colleague,
                &Form::default(),
                Vec::new(),
                true,
                StatusCode::OK,
            )
            .await
        }
        Err(error @ (Error::Empty | Error::TooLong(_))) => {
            let text = if matches!(error, Error::Empty) {
                "まだ何も書かれていません。".to_owned()
            } else {
                error.to_string()
            };
            draw(
                &colleague,
                &form,
                vec![Mistake::at("body", text)],
                false,
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await
        }
        Err(error) => colleague.trouble(error).await,
    }
}
