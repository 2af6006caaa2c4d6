//! `/desk/case/{id}/mita`: who looked at the case, and when.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use basics::japanese;
use casework::looked::Looked;
use office::audit::words;

use crate::{
    App, Page,
    desk::{
        colleague::{Colleague, Me},
        days,
    },
    show,
};

use super::{head::Head, overview::case_id};

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case/{id}/mita", get(look))
}

/// One line of a day.
struct LineView {
    last: String,
    name: String,
    what: String,
    part: String,
    emergency: bool,
    times: usize,
}

#[derive(Template)]
#[template(path = "desk/case/looked.html")]
struct LookedPage {
    page: Page,
    me: Me,
    head: Head,
    days: Vec<(String, Vec<LineView>)>,
}

async fn look(colleague: Colleague, Path(id): Path<String>) -> Response {
    let room = &colleague.app().casework;
    let found = room.who_looked(&colleague.session, case_id(&id)).await;
    let (view, looked) = match found {
        Ok(found) => found,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let today = colleague.app().clock.today();
    let mut by_day: Vec<(String, Vec<LineView>)> = Vec::new();
    for one in looked {
        let day = days::on(one.on, today);
        let line = line(one);
        match by_day.last_mut() {
            Some((known, lines)) if *known == day => lines.push(line),
            _ => by_day.push((day, vec![line])),
        }
    }
    show(&LookedPage {
        page: colleague.page("だれが見たか"),
        me: colleague.me("/desk/case"),
        head: Head::of(&view, "tantou"),
        days: by_day,
    })
}

fn line(one: Looked) -> LineView {
    let at = basics::time::to_jst(one.last);
    LineView {
        last: japanese::time(at.time()),
        name: one.name,
        what: words::label(&one.action).unwrap_or("そのほか").to_owned(),
        part: one.part,
        emergency: one.emergency,
        times: one.times,
    }
}
