//! The code: shown after the first letter (`/tegami/todoita`), looked at again and changed (`/tegami/bangou`), printed
//! for the hand (`/tegami/kaado`). It is shown until the first answer has been read, then never again.

use askama::Template;
use axum::{
    Router,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
    routing::get,
};
use mailbox::return_code::{ShownCode, Token};

use super::{Envelope, carried, enter, envelope, opened_by, page, qr::Qr, trouble, with_code};
use crate::{App, Form, Page, Trouble, Visit, csrf, page::see_other, show};

/// The doors.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/tegami/todoita", get(arrived).post(code_of_form))
        .route("/tegami/bangou", get(look).post(change))
        .route("/tegami/bangou/kawatta", get(changed))
        .route("/tegami/kaado", get(card))
}

/// A code as the pages show it.
pub struct Shown {
    /// The digits in groups of four.
    pub groups: Vec<String>,
    /// The link with the long form.
    pub link: String,
    /// The same as a drawing.
    pub qr: Option<Qr>,
}

impl Shown {
    /// From the mailbox's words.
    pub fn of(visit: &Visit, code: &ShownCode) -> Self {
        let link = format!("{}/tegami/k/{}", visit.app.config.public_url, *code.long);
        Self {
            groups: code.spoken.split(' ').map(str::to_owned).collect(),
            qr: Qr::of(&link),
            link,
        }
    }
}

/// The code of an open envelope, as long as it may be shown.
pub async fn shown(visit: &Visit, envelope: &Envelope) -> Result<Option<Shown>, Response> {
    let code = visit
        .app
        .mailbox
        .code_to_show(&envelope.holder)
        .await
        .map_err(|error| trouble(&error))?;
    Ok(code.map(|code| Shown::of(visit, &code)))
}

#[derive(Template)]
#[template(path = "public/tegami-todoita.html")]
struct Arrived {
    page: Page,
    name: String,
    until: String,
    code: Shown,
    changed: bool,
    /// The browser keeps no cookies: this page is the only time the code is shown.
    only_here: bool,
}

async fn arrived(visit: Visit, headers: HeaderMap) -> Response {
    show_code(&visit, &headers, false)
        .await
        .unwrap_or_else(|other| other)
}

async fn changed(visit: Visit, headers: HeaderMap) -> Response {
    show_code(&visit, &headers, true)
        .await
        .unwrap_or_else(|other| other)
}

async fn show_code(
    visit: &Visit,
    headers: &HeaderMap,
    changed: bool,
) -> Result<Response, Response> {
    let envelope = envelope(visit, headers).await?;
    if envelope.holder.thread().must_change_code {
        return Err(see_other("/tegami/bangou"));
    }
    show_arrived(visit, &envelope, changed, false).await
}

#[derive(Template)]
#[template(path = "public/tegami-todoita-ban.html")]
struct ArrivedHere {
    page: Page,
    code: String,
}

/// The answer to a letter from a browser that keeps no cookies: one button leads to the code. The digits are stretched
/// (28 ms) only behind it, so that a flood of letters costs no more from such a browser than from any other. Sending
/// the form again (a reload) leads to the same letter and the same code.
pub fn arrived_here(visit: &Visit, code: String) -> Response {
    show(&ArrivedHere {
        page: page(visit),
        code,
    })
}

/// Behind that button: the code, carried in the form instead of a cookie.
async fn code_of_form(visit: Visit, form: Form) -> Response {
    let shown = match opened_by(&visit, form.text("ban")).await {
        Ok(envelope) => show_arrived(&visit, &envelope, false, true).await,
        Err(other) => Err(other),
    };
    shown.unwrap_or_else(|other| other)
}

async fn show_arrived(
    visit: &Visit,
    envelope: &Envelope,
    changed: bool,
    only_here: bool,
) -> Result<Response, Response> {
    let thread = envelope.holder.thread();
    let Some(code) = shown(visit, envelope).await? else {
        return Err(see_other("/tegami/fuutou"));
    };
    let name = envelope.office(visit).await?.name;
    let until = thread
        .promised_on
        .map(office::calendar::promise_text)
        .unwrap_or_default();
    Ok(show(&Arrived {
        page: page(visit),
        name,
        until,
        code,
        changed,
        only_here,
    }))
}

#[derive(Template)]
#[template(path = "public/tegami-bangou.html")]
struct Look {
    page: Page,
    must_change: bool,
    code: Option<Shown>,
    csrf: String,
    token: String,
}

async fn look(visit: Visit, headers: HeaderMap) -> Response {
    match look_at(&visit, &headers).await {
        Ok(response) | Err(response) => response,
    }
}

async fn look_at(visit: &Visit, headers: &HeaderMap) -> Result<Response, Response> {
    let envelope = envelope(visit, headers).await?;
    let must_change = envelope.holder.thread().must_change_code;
    let code = if must_change {
        None
    } else {
        shown(visit, &envelope).await?
    };
    let (csrf, token) = (envelope.token(visit), Token::fresh().field());
    Ok(show(&Look {
        page: page(visit),
        must_change,
        code,
        csrf,
        token,
    }))
}

/// A link that is only looked at (a preview, a scanner) changes nothing; this form does. Sent twice it leads to the
/// same new code, so the old cookie of a second click is still answered.
async fn change(visit: Visit, headers: HeaderMap, form: Form) -> Response {
    let Some(old) = carried(&visit, &headers) else {
        return see_other("/tegami/hiraku");
    };
    let token = Token::from_field(form.text("_f"));
    let fits = csrf::token_fits(&visit.app.config, old, form.text(csrf::FIELD));
    if !fits {
        return Trouble::Stale { kept: Vec::new() }.into_response();
    }
    match visit.app.mailbox.change_code_by_form(old, &token).await {
        Ok(code) => with_code(&visit, &code, "/tegami/bangou/kawatta"),
        Err(mailbox::Error::WrongCode) => enter::no_longer(&visit),
        Err(error) => trouble(&error),
    }
}

#[derive(Template)]
#[template(path = "public/tegami-kaado.html")]
struct Card {
    page: Page,
    code: Shown,
    site: String,
}

async fn card(visit: Visit, headers: HeaderMap) -> Response {
    match card_of(&visit, &headers).await {
        Ok(response) | Err(response) => response,
    }
}

async fn card_of(visit: &Visit, headers: &HeaderMap) -> Result<Response, Response> {
    let envelope = envelope(visit, headers).await?;
    if envelope.holder.thread().must_change_code {
        return Err(see_other("/tegami/bangou"));
    }
    let Some(code) = shown(visit, &envelope).await? else {
        return Err(see_other("/tegami/bangou"));
    };
    let site = format!("{}/tegami/hiraku", visit.app.config.public_url);
    Ok(show(&Card {
        page: page(visit),
        code,
        site,
    }))
}
