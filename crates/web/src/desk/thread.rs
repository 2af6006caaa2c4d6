//! `/desk/tegami/{id}`: a thread. One form; `act` says which button was pressed.

use axum::{
    Json, Router,
    extract::{Path, RawQuery},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use basics::{StaffId, ThreadId};
use mailbox::{Error, Tray, answer::Reply, return_code::Token};
use office::{
    access::{self, Action},
    presence::{self, Doing},
};

use crate::{App, page::see_other, parts::Mistake, show_with};

use super::{
    case::despite::Beyond,
    code_card,
    colleague::{Colleague, Sent},
    days,
    thread_view::{Said, Typed, done_words, others, read, subject},
};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk/tegami/{id}", get(look).post(act))
        .route("/desk/tegami/{id}/bangou", get(ask_code).post(give_code))
        .route("/desk/tegami/{id}/imasu", post(alive))
}

fn thread_id(text: &str) -> Option<ThreadId> {
    text.parse::<i64>().ok().map(ThreadId::from)
}

async fn look(colleague: Colleague, Path(id): Path<String>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let done = form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == "ok")
        .map_or("", |(_, code)| done_words(&code));
    draw(
        &colleague,
        &id,
        Typed::default(),
        Said {
            done,
            ..Said::default()
        },
        StatusCode::OK,
    )
    .await
}

async fn draw(
    colleague: &Colleague,
    id: &str,
    typed: Typed,
    said: Said,
    status: StatusCode,
) -> Response {
    let Some(id) = thread_id(id) else {
        return colleague.not_found().await;
    };
    match read(colleague, id, typed, said).await {
        Ok(page) => show_with(status, &page),
        Err(error) => colleague.trouble(error).await,
    }
}

async fn act(Path(path_id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let Some(id) = thread_id(&path_id) else {
        return colleague.not_found().await;
    };
    let typed = Typed::read(&form);
    match form.text("act") {
        "reply" => reply(&colleague, id, typed).await,
        "note" => note(&colleague, id, typed).await,
        "insert" => match read(&colleague, id, typed, Said::default()).await {
            Ok(page) => show_with(StatusCode::OK, &page.insert_phrase()),
            Err(error) => colleague.trouble(error).await,
        },
        "" | "redraw" => draw(&colleague, &path_id, typed, Said::default(), StatusCode::OK).await,
        other => {
            let done = small_step(&colleague, id, other, &typed).await;
            after(&colleague, id, typed, other, done).await
        }
    }
}

/// After something was done: on to the page anew, unless words would be lost; then the page with the words in it.
async fn after(
    colleague: &Colleague,
    id: ThreadId,
    typed: Typed,
    act: &str,
    done: Result<(), Refused>,
) -> Response {
    let path = id.to_string();
    match done {
        Ok(()) if typed.has_words() => {
            let said = Said {
                done: done_words(act),
                ..Said::default()
            };
            draw(
                colleague,
                &path,
                Typed {
                    promise: None,
                    to: String::new(),
                    ..typed
                },
                said,
                StatusCode::OK,
            )
            .await
        }
        Ok(()) => see_other(&format!("/desk/tegami/{id}?ok={act}")),
        Err(Refused::Mistake(mistake)) => {
            let said = Said {
                mistakes: vec![mistake],
                ..Said::default()
            };
            draw(
                colleague,
                &path,
                typed,
                said,
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await
        }
        // A letter came while the colleague was about to close: it is shown first.
        Err(Refused::Room(Error::Meanwhile)) => {
            let said = Said {
                meanwhile: true,
                ..Said::default()
            };
            draw(colleague, &path, typed, said, StatusCode::CONFLICT).await
        }
        Err(Refused::Room(error)) => colleague.trouble(error).await,
    }
}

/// Why something was not done.
enum Refused {
    /// Something to look at in the form.
    Mistake(Mistake),
    /// The room said no.
    Room(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        match error {
            Error::Day => Self::Mistake(Mistake::at("promise", Error::Day.to_string())),
            other => Self::Room(other),
        }
    }
}

async fn small_step(
    colleague: &Colleague,
    id: ThreadId,
    act: &str,
    typed: &Typed,
) -> Result<(), Refused> {
    let (mailbox, session) = (&colleague.app().mailbox, &colleague.session);
    match act {
        "take" => mailbox.assign(session, id, Some(session.staff())).await?,
        "back" => mailbox.assign(session, id, None).await?,
        "hand" => {
            let Ok(to) = typed.to.parse::<i64>() else {
                return Err(Refused::Mistake(Mistake::at(
                    "to",
                    "だれに引き継ぐかを選んでください。",
                )));
            };
            mailbox.assign(session, id, Some(StaffId::from(to))).await?;
        }
        "promise" => {
            let day = days::read_day(
                typed.promise.as_deref().unwrap_or_default(),
                colleague.app().clock.today(),
            );
            mailbox
                .set_promise(session, id, day.ok_or(Error::Day)?)
                .await?;
        }
        "close" => mailbox.close(session, id, typed.seen).await?,
        "reopen" => mailbox.reopen(session, id).await?,
        "to_inbox" => mailbox.move_to(session, id, Tray::Inbox).await?,
        "to_check" => mailbox.move_to(session, id, Tray::Check).await?,
        _ => return Err(Refused::Room(Error::NotFound)),
    }
    Ok(())
}

async fn reply(colleague: &Colleague, id: ThreadId, mut typed: Typed) -> Response {
    let (app, path) = (colleague.app(), id.to_string());
    let next_promise = match typed.next.as_str() {
        "" => None,
        text => match days::read_day(text, app.clock.today()) {
            Some(day) => Some(day),
            None => {
                return mistaken(
                    colleague,
                    &path,
                    typed,
                    "next",
                    "日付を、たとえば「12月1日」のように書いてください。",
                )
                .await;
            }
        },
    };
    let token = Token::from_field(&typed.token);
    let reply = Reply {
        body: &typed.body,
        token: &token,
        seen: typed.seen.unwrap_or(0),
        next_promise,
    };
    let answered = app
        .casework
        .answer_letter(&colleague.session, id, &reply, typed.despite.as_ref())
        .await;
    let answered = match answered {
        Ok(seq) => Ok(seq),
        Err(casework::Error::Mailbox(error)) => Err(error),
        // A guard of the case spoke: what was typed stays, and where a reason may go past it, that is offered.
        Err(casework::Error::Guarded(sentence)) => {
            return mistaken(colleague, &path, typed, "body", &sentence).await;
        }
        Err(error) => {
            let Some(beyond) = std::mem::take(&mut typed.beyond).after(&error) else {
                return colleague.case_trouble(error).await;
            };
            let said = Said {
                mistakes: beyond.mistakes(),
                ..Said::default()
            };
            let typed = Typed { beyond, ..typed };
            return draw(colleague, &path, typed, said, StatusCode::CONFLICT).await;
        }
    };
    match answered {
        // A double click: it has arrived, and that is what is said.
        Ok(_) | Err(Error::Again) => {
            let left = Typed {
                body: String::new(),
                next: String::new(),
                token: String::new(),
                beyond: Beyond::default(),
                despite: None,
                ..typed
            };
            after(colleague, id, left, "reply", Ok(())).await
        }
        Err(Error::Meanwhile) => {
            let said = Said {
                meanwhile: true,
                ..Said::default()
            };
            draw(colleague, &path, typed, said, StatusCode::CONFLICT).await
        }
        Err(error @ (Error::Empty | Error::TooLong(_))) => {
            mistaken(colleague, &path, typed, "body", &words(&error)).await
        }
        Err(error @ Error::Day) => {
            mistaken(colleague, &path, typed, "next", &error.to_string()).await
        }
        Err(error) => colleague.trouble(error).await,
    }
}

async fn note(colleague: &Colleague, id: ThreadId, typed: Typed) -> Response {
    let token = Token::from_field(&typed.token);
    match colleague
        .app()
        .mailbox
        .note(&colleague.session, id, &typed.note, &token)
        .await
    {
        Ok(_) | Err(Error::Again) => {
            let left = Typed {
                note: String::new(),
                token: String::new(),
                ..typed
            };
            after(colleague, id, left, "note", Ok(())).await
        }
        Err(error @ (Error::Empty | Error::TooLong(_))) => {
            mistaken(colleague, &id.to_string(), typed, "note", &words(&error)).await
        }
        Err(error) => colleague.trouble(error).await,
    }
}

fn words(error: &Error) -> String {
    match error {
        Error::Empty => "まだ何も書かれていません。".to_owned(),
        other => other.to_string(),
    }
}

async fn mistaken(
    colleague: &Colleague,
    id: &str,
    typed: Typed,
    field: &str,
    text: &str,
) -> Response {
    let said = Said {
        mistakes: vec![Mistake::at(field, text)],
        ..Said::default()
    };
    draw(colleague, id, typed, said, StatusCode::UNPROCESSABLE_ENTITY).await
}

/// The page's sign of life while somebody really is at it. Answers who else is there and how many letters there are.
async fn alive(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let Some(id) = thread_id(&id) else {
        return colleague.not_found().await;
    };
    let (app, session) = (colleague.app(), &colleague.session);
    if !session.may(Action::ReadThread) {
        return colleague
            .trouble(access::absent(session, id, Action::ReadThread))
            .await;
    }
    let doing = if form.text("doing") == "answering" {
        Doing::Answering
    } else {
        Doing::Viewing
    };
    let looked = async {
        let thread = app
            .mailbox
            .thread_for(session, id, Action::ReadThread)
            .await?;
        presence::touch(&app.db, session, &subject(id), doing).await?;
        let present = presence::others_at(&mut app.db.read().await?, session, &subject(id)).await?;
        Ok::<_, Error>((thread.letters, others(present)))
    };
    match looked.await {
        Ok((letters, others)) => {
            Json(serde_json::json!({ "letters": letters, "others": others })).into_response()
        }
        Err(error) => colleague.trouble(error).await,
    }
}

async fn ask_code(colleague: Colleague, Path(id): Path<String>) -> Response {
    let Some(id) = thread_id(&id) else {
        return colleague.not_found().await;
    };
    let session = &colleague.session;
    if !session.may(Action::ReissueCode) || !session.holds_office_key() {
        return colleague
            .trouble(access::absent(session, id, Action::ReissueCode))
            .await;
    }
    match colleague
        .app()
        .mailbox
        .thread_for(session, id, Action::ReissueCode)
        .await
    {
        Ok(thread) => code_card::ask(&colleague, &thread),
        Err(error) => colleague.trouble(error).await,
    }
}

async fn give_code(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    if form.text("act") != "give" {
        return ask_code(colleague, Path(id)).await;
    }
    let Some(id) = thread_id(&id) else {
        return colleague.not_found().await;
    };
    let given = async {
        let code = colleague
            .app()
            .mailbox
            .reissue_code(&colleague.session, id)
            .await?;
        let thread = colleague
            .app()
            .mailbox
            .thread_for(&colleague.session, id, Action::ReissueCode)
            .await?;
        Ok::<_, Error>((thread, code))
    };
    match given.await {
        Ok((thread, code)) => code_card::shown(&colleague, &thread, &code, false),
        Err(error) => colleague.trouble(error).await,
    }
}
