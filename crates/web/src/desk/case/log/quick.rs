//! `…/kaku`: what happened, written down in under a minute.

use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::get,
};
use casework::Error;
use casework::note::State;
use casework::quick_log::form_key;
use mailbox::return_code::Token;

use crate::{
    App, Form,
    desk::{
        case::{despite::Beyond, overview::case_id},
        colleague::{Colleague, Sent},
        days,
    },
    page::see_other,
    parts::Mistake,
    show_with,
};

use super::{
    page::{self, Said},
    typed,
};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case/{id}/kaku", get(ask).post(sent))
}

async fn ask(colleague: Colleague, Path(id): Path<String>) -> Response {
    draw(&colleague, &id, None, Said::default(), StatusCode::OK).await
}

/// The page with what was typed; without, with what was left there before.
async fn draw(
    colleague: &Colleague,
    id: &str,
    form: Option<&Form>,
    mut said: Said,
    status: StatusCode,
) -> Response {
    let asked = colleague
        .app()
        .casework
        .log_form(&colleague.session, case_id(id))
        .await;
    let asked = match asked {
        Ok(asked) => asked,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let left = asked.draft.as_ref().filter(|_| form.is_none());
    let kept = left
        .map(|left| (left.at, typed::from_text(&left.text)))
        .filter(|(_, form)| typed::says_something(form));
    if let Some((at, _)) = &kept {
        said.kept = days::moment(*at, colleague.app().clock.today());
    }
    let none = Form::default();
    let form = form
        .or(kept.as_ref().map(|(_, form)| form))
        .unwrap_or(&none);
    show_with(status, &page::draw(colleague, &asked, form, said))
}

async fn sent(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    match form.text("act") {
        "keep" => keep(&colleague, &id, &form).await,
        "discard" => discard(&colleague, &id).await,
        "log" => log(&colleague, &id, &form, State::Confirmed).await,
        "draft" => log(&colleague, &id, &form, State::Draft).await,
        _ => {
            let said = Said::default();
            draw(&colleague, &id, Some(&form), said, StatusCode::OK).await
        }
    }
}

/// What the page saves by itself while somebody writes. Sealed for them alone, so that nobody is asked about the case.
async fn keep(colleague: &Colleague, id: &str, form: &Form) -> Response {
    let token = Token::from_field(form.text("token"));
    let key = form_key(case_id(id));
    let text = typed::to_text(form);
    match colleague
        .app()
        .casework
        .keep_draft(&colleague.session, &key, &token, &text)
        .await
    {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => colleague.case_trouble(error).await,
    }
}

async fn discard(colleague: &Colleague, id: &str) -> Response {
    let key = form_key(case_id(id));
    let dropped = colleague
        .app()
        .casework
        .drop_draft(&colleague.session, &key);
    match dropped.await {
        Ok(()) => see_other(&format!("/desk/case/{}/kaku", case_id(id))),
        Err(error) => colleague.case_trouble(error).await,
    }
}

async fn log(colleague: &Colleague, id: &str, form: &Form, state: State) -> Response {
    let (app, session) = (colleague.app(), &colleague.session);
    let case = case_id(id);
    let asked = match app.casework.log_form(session, case).await {
        Ok(asked) => asked,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let now = app.clock.now_jst();
    let log = match typed::read(form, &asked, &now, state) {
        Ok(log) => log,
        Err(mistakes) => {
            let said = Said {
                mistakes,
                ..Said::default()
            };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return show_with(status, &page::draw(colleague, &asked, form, said));
        }
    };
    let token = Token::from_field(form.text("token"));
    let (status, said) = match app.casework.log(session, case, &log, &token).await {
        Ok(_) | Err(Error::Again) => {
            let said = match state {
                State::Draft => "shitagaki",
                State::Confirmed => "kaku",
            };
            return see_other(&format!("/desk/case/{case}/keika?ok={said}"));
        }
        Err(error @ (Error::Passable { .. } | Error::Invalid { field: "wake", .. })) => {
            let beyond = Beyond::answered(form, &error);
            let said = Said {
                mistakes: beyond.as_ref().map(Beyond::mistakes).unwrap_or_default(),
                beyond,
                ..Said::default()
            };
            (StatusCode::CONFLICT, said)
        }
        Err(Error::Invalid { field, sentence }) => {
            let said = Said {
                mistakes: vec![Mistake::at(
                    if field == "words" { "b1" } else { field },
                    sentence,
                )],
                ..Said::default()
            };
            (StatusCode::UNPROCESSABLE_ENTITY, said)
        }
        Err(error @ (Error::Guarded(_) | Error::Illegal(_))) => {
            let said = Said {
                stopped: error.to_string(),
                new_token: matches!(error, Error::Illegal(_)),
                ..Said::default()
            };
            (StatusCode::CONFLICT, said)
        }
        Err(error) => return colleague.case_trouble(error).await,
    };
    show_with(status, &page::draw(colleague, &asked, form, said))
}
