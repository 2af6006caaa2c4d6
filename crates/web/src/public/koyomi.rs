//! Calendars for other programs: `/basho/koyomi.ics`, what is on, for everybody; `/koyomi/{secret}.ics`, a colleague's
//! own hours for whoever knows the address. The log writes the pattern of an address, never the address.

use axum::{
    Router,
    extract::Path,
    http::header,
    response::{IntoResponse as _, Response},
    routing::get,
};
use community::calendar_file::{OpenGathering, open_gatherings};
use community::gathering::State;
use jiff::ToSpan;

use super::basho::trouble;
use crate::{App, Config, Trouble, Visit};

/// How far back and ahead the open calendar goes, in days.
const BACK: i32 = 14;
const AHEAD: i32 = 183;

/// The doors.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/basho/koyomi.ics", get(open))
        .route("/koyomi/{file}", get(own))
}

/// The name of the machine in the public address: what stands behind the @ of an entry's name.
fn host(config: &Config) -> &str {
    let address = config.public_url.as_str();
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    address.split(['/', ':']).next().unwrap_or(address)
}

fn file(text: String) -> Response {
    (
        [(header::CONTENT_TYPE, "text/calendar; charset=utf-8")],
        text,
    )
        .into_response()
}

async fn open(visit: Visit) -> Response {
    let app = &visit.app;
    let today = app.clock.today();
    let (from, until) = (
        today.saturating_sub(BACK.days()),
        today.saturating_add(AHEAD.days()),
    );
    let on = match app.community.on_between(from, until).await {
        Ok(on) => on,
        Err(error) => return trouble(&error),
    };
    let base = &app.config.public_url;
    let gatherings: Vec<OpenGathering> = on
        .iter()
        .map(|one| OpenGathering {
            number: one.programme.number,
            seq: one.gathering.seq,
            title: one.programme.draft.details.title.clone(),
            place: one.programme.public_place(),
            words: one.gathering.words.clone(),
            url: format!("{base}/basho/{}", one.programme.number),
            starts_at: one.gathering.starts_at,
            ends_at: one.gathering.ends_at,
            cancelled: one.gathering.state == State::Cancelled,
            version: one.gathering.version,
            changed_at: None,
        })
        .collect();
    // The calendar's name stands in somebody's list of calendars: the neutral one of the site.
    let name = format!("{}の予定", app.config.site_name);
    file(open_gatherings(
        host(&app.config),
        &name,
        app.clock.now(),
        &gatherings,
    ))
}

async fn own(visit: Visit, Path(name): Path<String>) -> Response {
    let Some(token) = name.strip_suffix(".ics") else {
        return Trouble::NotFound.into_response();
    };
    match visit
        .app
        .community
        .feed_file(token, host(&visit.app.config))
        .await
    {
        Ok(text) => file(text),
        Err(error) => trouble(&error),
    }
}
