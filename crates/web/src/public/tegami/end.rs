//! `/tegami/owari`: ended by its writer, and erased now.

use askama::Template;
use axum::{Router, http::HeaderMap, response::Response, routing::get};

use super::{envelope, envelope_of_form, page, trouble, without_code};
use crate::{App, Form, Page, Visit, show};

/// The door.
pub fn routes() -> Router<App> {
    Router::new().route("/tegami/owari", get(ask).post(erase))
}

#[derive(Template)]
#[template(path = "public/tegami-owari.html")]
struct Ask {
    page: Page,
    csrf: String,
}

async fn ask(visit: Visit, headers: HeaderMap) -> Response {
    match envelope(&visit, &headers).await {
        Ok(envelope) => show(&Ask {
            page: page(&visit),
            csrf: envelope.token(&visit),
        }),
        Err(response) => response,
    }
}

#[derive(Template)]
#[template(path = "public/tegami-keshita.html")]
struct Erased {
    page: Page,
}

/// The farewell is the answer itself, not a page of its own: nobody can open it without having erased something.
async fn erase(visit: Visit, headers: HeaderMap, form: Form) -> Response {
    let envelope = match envelope_of_form(&visit, &headers, &form).await {
        Ok(envelope) => envelope,
        Err(response) => return response,
    };
    match visit.app.mailbox.end_and_erase(&envelope.holder).await {
        Ok(()) => without_code(&visit, show(&Erased { page: page(&visit) })),
        Err(error) => trouble(&error),
    }
}
