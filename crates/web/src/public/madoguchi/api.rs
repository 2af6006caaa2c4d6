//! `/api/services`: the directory for other directories, in the shape of Human Services Data (HSDS 3, profile
//! "hsds-jp-hikikomori"). Open data: anyone may read it from anywhere.

use axum::{
    Router,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use directory::{Window, machine};
use serde::{Deserialize, Serialize};

use super::read_code;
use crate::{App, Trouble};

/// Services on one page.
const PER_PAGE: usize = 50;

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/api/services", get(list))
        .route("/api/services/{id}", get(one))
}

/// The questions that may be asked, as HSDS names them; `area` is a municipality's code.
#[derive(Deserialize)]
struct Asked {
    area: Option<String>,
    page: Option<usize>,
}

#[derive(Serialize)]
struct Listed {
    total_items: usize,
    total_pages: usize,
    page_number: usize,
    size: usize,
    first_page: bool,
    last_page: bool,
    empty: bool,
    contents: Vec<machine::HsdsService>,
}

async fn list(State(app): State<App>, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let Ok(Query(asked)) = asked else {
        return Trouble::NotFound.into_response();
    };
    let windows: Vec<&Window> = match asked.area.as_deref() {
        None => app.directory.windows().iter().collect(),
        Some(area) => match read_code(&app.directory, area) {
            Some(code) => app.directory.windows_for(code),
            None => return Trouble::NotFound.into_response(),
        },
    };
    let pages = windows.len().div_ceil(PER_PAGE).max(1);
    let number = asked.page.unwrap_or(1);
    if !(1..=pages).contains(&number) {
        return Trouble::NotFound.into_response();
    }
    let contents: Vec<_> = windows
        .iter()
        .skip((number - 1) * PER_PAGE)
        .take(PER_PAGE)
        .map(|window| machine::hsds(&app.directory, window))
        .collect();
    send(&Listed {
        total_items: windows.len(),
        total_pages: pages,
        page_number: number,
        size: contents.len(),
        first_page: number == 1,
        last_page: number == pages,
        empty: contents.is_empty(),
        contents,
    })
}

async fn one(State(app): State<App>, Path(id): Path<String>) -> Response {
    match app.directory.window(&id) {
        Some(window) => send(&machine::hsds(&app.directory, window)),
        None => Trouble::NotFound.into_response(),
    }
}

fn send(value: &impl Serialize) -> Response {
    let mut response = axum::Json(value).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=3600"),
    );
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    response
}
