//! Who has not come back from a visit: a line at the head of every page of the desk, for those who look after it, and the
//! same line alone (`/desk/houmon/keihou`) for pages that stay open.

use askama::Template;
use axum::{Router, response::Response, routing::get};
use basics::time::to_jst;
use office::Session;

use crate::{App, show};

use super::colleague::{Me, Watching};

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/houmon/keihou", get(line))
}

/// One line.
#[derive(Clone)]
pub(super) struct AlarmLine {
    /// Which visit.
    pub visit: i64,
    /// Who went.
    pub names: String,
    /// When they were to be back.
    pub when: String,
    /// The visit's page, for whoever may know of the case; empty otherwise.
    pub href: String,
    /// 「ケース 12」
    pub case: String,
    /// Whether the reader is one of those who went.
    pub own: bool,
    /// Whether anybody pressed 「出発」.
    pub left: bool,
}

/// What this colleague's pages say. A page is not refused because the alarm could not be asked for; that is logged.
pub(super) async fn lines(app: &App, session: &Session) -> Vec<AlarmLine> {
    let alarms = match app.casework.alarms(session).await {
        Ok(alarms) => alarms,
        Err(error) => {
            tracing::error!(target: "web", ?error, "overdue visits could not be asked for");
            return Vec::new();
        }
    };
    let line = |alarm: casework::check_in::Alarm| AlarmLine {
        visit: alarm.visit,
        names: alarm.names,
        when: basics::japanese::date_time(&to_jst(alarm.return_at)),
        href: alarm.case.map_or_else(String::new, |(case, _)| {
            format!("/desk/case/{case}/houmon/{}", alarm.visit)
        }),
        case: alarm
            .case
            .map_or_else(String::new, |(_, number)| format!("ケース {number}")),
        own: alarm.own,
        left: alarm.left,
    };
    alarms.into_iter().map(line).collect()
}

#[derive(Template)]
#[template(path = "parts/desk_alarm.html")]
struct Lines {
    me: Me,
}

async fn line(Watching(colleague): Watching) -> Response {
    let alarms = lines(colleague.app(), &colleague.session).await;
    show(&Lines {
        me: Me {
            alarms,
            ..Me::of(&colleague.session, "")
        },
    })
}
