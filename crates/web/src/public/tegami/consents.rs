//! `/tegami/doui`: what the writer allowed to be told elsewhere, and taking it back in one step. The same page for every
//! thread: without a case, or without a consent, there is nothing to show and nothing is said about why.

use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery},
    http::HeaderMap,
    response::{IntoResponse as _, Response},
    routing::get,
};
use basics::japanese;
use casework::consent::{ConsentId, Held, Item, OwnConsent, Purpose};

use super::{enter, envelope, envelope_of_form, page, trouble};
use crate::{App, Form, Page, Trouble, Visit, page::see_other, show};

/// The doors.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/tegami/doui", get(look))
        .route("/tegami/doui/{id}", get(to_the_list).post(take_back))
}

/// A consent in plain words.
struct Line {
    id: ConsentId,
    to: &'static str,
    what: String,
    purpose: String,
    until: String,
    said: String,
}

#[derive(Template)]
#[template(path = "public/tegami-doui.html")]
struct Consents {
    page: Page,
    taken_back: bool,
    /// What may be told now.
    now: Vec<Line>,
    /// What is not told: to whom, and how it stands.
    quiet: Vec<(&'static str, String)>,
    csrf: String,
}

async fn look(visit: Visit, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let envelope = match envelope(&visit, &headers).await {
        Ok(envelope) => envelope,
        Err(response) => return response,
    };
    let all = match visit.app.casework.consents_by_code(&envelope.holder).await {
        Ok(all) => all,
        Err(error) => return refused(&visit, error),
    };
    let (stands, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.stands);
    show(&Consents {
        page: page(&visit),
        taken_back: query.as_deref() == Some("ok=1"),
        now: stands.iter().filter_map(line).collect(),
        quiet: rest
            .iter()
            .map(|one| (one.recipient.label(), stand(one)))
            .collect(),
        csrf: envelope.token(&visit),
    })
}

fn line(one: &OwnConsent) -> Option<Line> {
    let Held::Given(scope) = &one.held else {
        return None;
    };
    let items: Vec<&str> = scope.items.iter().copied().map(Item::label).collect();
    let purposes: Vec<&str> = scope.purposes.iter().copied().map(Purpose::label).collect();
    Some(Line {
        id: one.id,
        to: one.recipient.label(),
        what: items.join("、"),
        purpose: purposes.join("、"),
        until: japanese::date_with_year(scope.until),
        said: format!(
            "{}（{}）",
            japanese::date_with_year(one.on),
            one.method.label()
        ),
    })
}

/// How something that is not told stands. No word says that anything is missing.
fn stand(one: &OwnConsent) -> String {
    let day = japanese::date_with_year(one.on);
    match &one.held {
        Held::Withdrawn => format!("{day}に、取りやめました"),
        Held::Refused => format!("{day}に、伝えないことを選びました"),
        Held::Given(scope) => format!("{}で、終わりました", japanese::date_with_year(scope.until)),
        Held::Thinking { .. } | Held::Void => "考え中です".to_owned(),
    }
}

/// An address somebody kept from the form leads back to the list; it never tells which consents there are.
async fn to_the_list() -> Response {
    see_other("/tegami/doui")
}

async fn take_back(
    visit: Visit,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Response {
    let envelope = match envelope_of_form(&visit, &headers, &form).await {
        Ok(envelope) => envelope,
        Err(response) => return response,
    };
    let Ok(id) = id.parse() else {
        return Trouble::NotFound.into_response();
    };
    let casework = &visit.app.casework;
    match casework.withdraw_by_code(&envelope.holder, id).await {
        Ok(()) => see_other("/tegami/doui?ok=1"),
        Err(error) => refused(&visit, error),
    }
}

/// Somebody else's and nobody's consent are answered alike.
fn refused(visit: &Visit, error: casework::Error) -> Response {
    match error {
        casework::Error::Mailbox(mailbox::Error::WrongCode) => enter::no_longer(visit),
        casework::Error::Mailbox(error) => trouble(&error),
        error if error.is_not_found() => Trouble::NotFound.into_response(),
        error => {
            tracing::error!(target: "web", ?error, "consents by code");
            Trouble::Resting.into_response()
        }
    }
}
