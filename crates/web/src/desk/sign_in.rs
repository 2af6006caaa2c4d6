//! `/desk/hairu` and `/desk/deru`: password and six digits in one form, and out again.
//!
//! A refusal is the same page, the same bytes, whatever the reason: it shows nothing of what was typed.

use std::net::{IpAddr, SocketAddr};

use askama::Template;
use axum::{
    Router,
    extract::{ConnectInfo, FromRequestParts, RawQuery},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use office::{Attempt, SignedIn};

use crate::{App, Form, Page, Trouble, Visit, cookie, page::see_other, show_with};

use super::{
    colleague::{DEVICE_COOKIE, SESSION_COOKIE, Sent},
    kept::{self, Kept, desk_path},
};

/// How long a browser counts as known (the office forgets it after half a year unseen).
const DEVICE_DAYS: u32 = 180;

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk/hairu", get(ask).post(enter))
        .route("/desk/deru", post(leave))
}

/// What stands above the form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Nothing,
    /// The session ended.
    Ended,
    /// Signed out.
    Out,
    /// Not this time.
    Refused,
    /// The password check's queue is full.
    Busy,
}

#[derive(Template)]
#[template(path = "desk/sign_in.html")]
struct SignInPage<'a> {
    page: Page,
    kara: &'a str,
    kept: &'a Kept,
    said: Said,
    refused: String,
}

/// The page, with what was typed elsewhere in it.
pub(super) fn page(visit: &Visit, status: StatusCode, kept: &Kept, said: Said) -> Response {
    let page = visit.page("サインイン").with_error(said == Said::Refused);
    let refused = office::Error::SignInRefused.to_string();
    show_with(
        status,
        &SignInPage {
            page,
            kara: &kept.path,
            kept,
            said,
            refused,
        },
    )
}

async fn ask(visit: Visit, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let asked = |name: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let path = desk_path(asked("kara").as_deref().unwrap_or("/desk")).to_owned();
    let said = match (asked("deta"), asked("owari")) {
        (Some(_), _) => Said::Out,
        (_, Some(_)) => Said::Ended,
        _ => Said::Nothing,
    };
    page(
        &visit,
        StatusCode::OK,
        &Kept {
            path,
            fields: Vec::new(),
        },
        said,
    )
}

/// Where a request came from, when known.
pub(super) struct Address(pub Option<IpAddr>);

impl FromRequestParts<App> for Address {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(
            parts
                .extensions
                .get::<ConnectInfo<SocketAddr>>()
                .map(|info| info.0.ip()),
        ))
    }
}

async fn enter(
    visit: Visit,
    Address(address): Address,
    headers: HeaderMap,
    form: Form,
) -> Response {
    let kept = Kept::from_sign_in(&form);
    let attempt = Attempt {
        login: form.text("login"),
        password: form.text("password"),
        code: form.text("code"),
        address,
        device: cookie::read(&headers, &visit.app.config, DEVICE_COOKIE),
    };
    match visit.app.entrance.sign_in(attempt).await {
        Ok(signed_in) => welcome(&visit, kept, &signed_in).await,
        Err(office::Error::SignInRefused) => {
            page(&visit, StatusCode::FORBIDDEN, &kept, Said::Refused)
        }
        Err(office::Error::Busy) => {
            page(&visit, StatusCode::SERVICE_UNAVAILABLE, &kept, Said::Busy)
        }
        Err(error) => {
            tracing::error!(target: "web", ?error, "sign-in could not be tried");
            page(&visit, StatusCode::SERVICE_UNAVAILABLE, &kept, Said::Busy)
        }
    }
}

async fn welcome(visit: &Visit, kept: Kept, signed_in: &SignedIn) -> Response {
    let config = &visit.app.config;
    let mut response = if kept.is_empty() {
        match signed_in.recovery_codes_left {
            Some(left) => see_other(&format!("/desk/watashi?yobi={left}")),
            None if kept.path == "/desk" => see_other(first_page(visit, signed_in).await),
            None => see_other(&kept.path),
        }
    } else {
        match visit.app.entrance.resume(&signed_in.session_cookie).await {
            Ok(Some(session)) => kept::back_page(visit, &session, kept, StatusCode::OK, true),
            _ => return Trouble::Resting.into_response(),
        }
    };
    let headers = response.headers_mut();
    headers.append(
        header::SET_COOKIE,
        cookie::set(config, SESSION_COOKIE, &signed_in.session_cookie),
    );
    headers.append(
        header::SET_COOKIE,
        cookie::set_for_days(config, DEVICE_COOKIE, &signed_in.device_cookie, DEVICE_DAYS),
    );
    response
}

/// Where the day begins: the inbox, or for a peer supporter their own cards.
async fn first_page(visit: &Visit, signed_in: &SignedIn) -> &'static str {
    let session = visit.app.entrance.resume(&signed_in.session_cookie).await;
    match session {
        Ok(Some(session)) => match session.role() {
            office::Role::Peer => "/desk/pia/kaado",
            // Without the key there is nothing to see there yet; the inbox says what to do.
            office::Role::Coordinator | office::Role::Supervisor if session.holds_office_key() => {
                "/desk/kyou"
            }
            _ => "/desk",
        },
        _ => "/desk",
    }
}

async fn leave(Sent { colleague, .. }: Sent) -> Response {
    if let Err(error) = colleague.app().entrance.sign_out(&colleague.session).await {
        return colleague.trouble(error).await;
    }
    let mut response = see_other("/desk/hairu?deta=1");
    let headers = response.headers_mut();
    headers.append(
        header::SET_COOKIE,
        cookie::clear(&colleague.app().config, SESSION_COOKIE),
    );
    headers.insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    response
}
