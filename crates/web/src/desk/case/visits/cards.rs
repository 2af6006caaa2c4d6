//! `/desk/houmon/kaado`: today's own visits to take along. On paper; and, with JavaScript, in the device: the browser
//! encrypts them under a PIN, a service worker serves the empty shell without a network, and what is typed there comes
//! back as drafts (`/desk/houmon/okuru`). The server never sees the PIN and never overwrites anything (inv. 29).

use askama::Template;
use axum::{
    Json, Router,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use casework::Error;
use casework::visit_card::Card;
use casework::visit_heard::Whose;
use casework::visit_outcome::FromDevice;
use jiff::Timestamp;
use serde_json::json;

use crate::{
    App, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::{Visit, see_other},
    show,
};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk/houmon/kaado", get(look))
        .route("/desk/houmon/kaado.json", get(take))
        .route("/desk/houmon/kara", get(shell))
        .route("/desk/houmon/sw.js", get(worker))
        .route("/desk/houmon/okuru", get(back_to_the_cards).post(send))
}

#[derive(Template)]
#[template(path = "desk/kaado.html")]
struct CardsPage {
    page: Page,
    me: Me,
    day: String,
    office: String,
    phone: String,
    cards: Vec<Card>,
}

/// What is there without a network: nothing of anybody. The same for everybody, signed in or not.
#[derive(Template)]
#[template(path = "desk/kara.html")]
struct ShellPage {
    page: Page,
}

async fn office_of(colleague: &Colleague) -> casework::Result<(String, String)> {
    let mut conn = colleague.app().db.read().await?;
    let office = office::office::one(&mut conn, colleague.session.office()).await?;
    Ok((office.name, office.settings.phone))
}

async fn look(colleague: Colleague) -> Response {
    let cards = colleague.app().casework.cards(&colleague.session, false);
    let found = match cards.await {
        Ok(found) => found,
        Err(error) => return colleague.case_trouble(error).await,
    };
    match office_of(&colleague).await {
        Ok((office, phone)) => show(&CardsPage {
            page: colleague.page("訪問カード"),
            me: colleague.me("/desk/houmon"),
            day: basics::japanese::date(colleague.app().clock.today()),
            office,
            phone,
            cards: found.cards,
        }),
        Err(error) => colleague.case_trouble(error).await,
    }
}

async fn take(colleague: Colleague) -> Response {
    let cards = colleague.app().casework.cards(&colleague.session, true);
    let found = match cards.await {
        Ok(found) => found,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let (office, phone) = match office_of(&colleague).await {
        Ok(known) => known,
        Err(error) => return colleague.case_trouble(error).await,
    };
    Json(json!({
        "until": found.until.as_millisecond(),
        "office": office,
        "phone": phone,
        "cards": found.cards,
    }))
    .into_response()
}

async fn shell(visit: Visit) -> Response {
    show(&ShellPage {
        page: visit.page("訪問カード"),
    })
}

/// The service worker. Its files are named by their content, so a new program brings a new worker.
async fn worker() -> Response {
    const SOURCE: &str = include_str!("../../../../assets/houmon-sw.js");
    let files: Vec<&str> = ["public.css", "desk.css", "houmon.js", "icon.svg"]
        .iter()
        .map(|name| crate::assets::url(name))
        .collect();
    let script = SOURCE.replace("\"FILES\"", &json!(files).to_string());
    let mut response = script.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/javascript; charset=utf-8"),
    );
    headers.insert(
        "service-worker-allowed",
        HeaderValue::from_static("/desk/houmon/"),
    );
    response
}

async fn back_to_the_cards() -> Response {
    see_other("/desk/houmon/kaado")
}

/// Takes one draft from a device. The answer is for its script.
async fn send(Sent { colleague, form }: Sent) -> Response {
    let number = |name: &str| form.line(name).parse::<i64>().unwrap_or(0);
    let draft = FromDevice {
        visit: number("visit"),
        client_id: form.line("client"),
        typed_at: Timestamp::from_millisecond(number("typed")).unwrap_or(Timestamp::UNIX_EPOCH),
        based_on: number("based"),
        whose: Whose::from_code(&form.line("whose")),
        words: form.text("words").to_owned(),
    };
    let room = &colleague.app().casework;
    match room.take_draft(&colleague.session, &draft).await {
        Ok(taken) => Json(json!({ "again": taken.again, "beside": taken.beside })).into_response(),
        Err(Error::Invalid { sentence, .. }) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Json(json!({ "sentence": sentence })),
        )
            .into_response(),
        Err(error) => colleague.case_trouble(error).await,
    }
}
