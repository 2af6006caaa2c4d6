//! `/desk`: what waits, oldest promise first. Numbers, days and marks; no letter is opened by looking at the list.

use askama::Template;
use axum::{Router, extract::RawQuery, response::Response, routing::get};
use basics::{StaffId, time::to_jst};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use mailbox::{
    State as Turn, Thread, Wish,
    inbox::{LINES, Line, Pulse, Shelf},
    risk_words::Mark,
};
use office::{Role, presence::Present};

use crate::{App, Page, page::see_other, show};

use super::{
    colleague::{Colleague, Me, Watching},
    days, events, reports,
};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk", get(inbox))
        .route("/desk/ichiran", get(list))
}

/// A shelf in the row above the list.
struct ShelfTab {
    href: String,
    label: &'static str,
    count: i64,
    current: bool,
}

/// A line as it is shown.
struct LineView {
    id: i64,
    href: String,
    number: i64,
    what: String,
    marks: Vec<Mark>,
    due: String,
    late: bool,
    today: bool,
    who: String,
    age: String,
    taken: String,
    mine: bool,
    here: Vec<String>,
    wish: &'static str,
}

/// The list alone: what the page holds, and what it fetches when something came.
#[derive(Template)]
#[template(path = "parts/desk_list.html")]
struct List {
    shelf: Shelf,
    tabs: Vec<ShelfTab>,
    lines: Vec<LineView>,
    stamp: String,
    waiting: i64,
    full: bool,
}

impl List {
    fn late(&self) -> usize {
        self.lines.iter().filter(|line| line.late).count()
    }

    fn is_waiting_shelf(&self) -> bool {
        self.shelf == Shelf::Waiting
    }
}

#[derive(Template)]
#[template(path = "desk/inbox.html")]
struct InboxPage {
    page: Page,
    me: Me,
    list: String,
    shelf: &'static str,
    paused: bool,
    keys_wanted: Vec<String>,
    reports: usize,
}

fn asked_shelf(query: Option<String>) -> Option<Shelf> {
    let query = query.unwrap_or_default();
    let asked = form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == "tana")
        .map(|(_, value)| value.into_owned());
    asked.map_or(Some(Shelf::Waiting), |code| Shelf::from_code(&code))
}

async fn inbox(colleague: Colleague, RawQuery(query): RawQuery) -> Response {
    if colleague.session.role() == Role::Administrator {
        return see_other("/desk/madoguchi");
    }
    let Some(shelf) = asked_shelf(query) else {
        return colleague.not_found().await;
    };
    match inbox_page(&colleague, shelf).await {
        Ok(page) => show(&page),
        Err(error) => colleague.trouble(error).await,
    }
}

async fn inbox_page(colleague: &Colleague, shelf: Shelf) -> mailbox::Result<InboxPage> {
    let list = look(colleague, shelf).await?;
    let reports = reports::waiting(colleague).await?;
    let mut conn = colleague.app().db.read().await?;
    let office = office::office::one(&mut conn, colleague.session.office()).await?;
    let keys_wanted = office::office_key::waiting(&mut conn, office.id).await?;
    let title = match list.waiting {
        0 => "受信箱".to_owned(),
        waiting => format!("（{waiting}）受信箱"),
    };
    Ok(InboxPage {
        page: colleague.page(title),
        me: colleague.me("/desk"),
        list: list.render().map_err(|_| mailbox::Error::NotFound)?,
        shelf: shelf.code(),
        paused: office.settings.paused.is_some(),
        reports,
        keys_wanted: keys_wanted.into_iter().map(|one| one.name).collect(),
    })
}

/// The list anew, for a page that was told that something came.
async fn list(Watching(colleague): Watching, RawQuery(query): RawQuery) -> Response {
    let Some(shelf) = asked_shelf(query) else {
        return colleague.not_found().await;
    };
    match look(&colleague, shelf).await {
        Ok(list) => show(&list),
        Err(error) => colleague.trouble(error).await,
    }
}

async fn look(colleague: &Colleague, shelf: Shelf) -> mailbox::Result<List> {
    let (app, session) = (colleague.app(), &colleague.session);
    // The pulse first: what comes after it is shown now and announced once more, never missed.
    let pulse: Pulse = app.mailbox.pulse_in_reach(session).await?;
    let lines = app.mailbox.shelf(session, shelf).await?;
    let counts = app.mailbox.shelf_counts(session).await?;
    let mut conn = app.db.read().await?;
    let staff = office::staff::list(&mut conn, session.office()).await?;
    let present =
        office::presence::in_office(&mut conn, session.office(), app.clock.now_micros()).await?;
    let office = office::office::one(&mut conn, session.office()).await?;
    let name = |id: StaffId| {
        staff
            .iter()
            .find(|one| one.id == id)
            .map_or_else(|| "前の職員".to_owned(), |one| one.name.clone())
    };
    let seen = Seen {
        me: session.staff(),
        now: app.clock.now(),
        today: app.clock.today(),
        retention: i64::from(office.settings.retention_days),
    };
    let tab = |(one, count): (Shelf, i64)| ShelfTab {
        href: if one == Shelf::Waiting {
            "/desk".to_owned()
        } else {
            format!("/desk?tana={}", one.code())
        },
        label: one.label(),
        count,
        current: one == shelf,
    };
    Ok(List {
        shelf,
        tabs: counts.into_iter().map(tab).collect(),
        full: i64::try_from(lines.len()).unwrap_or(0) >= LINES,
        lines: lines
            .into_iter()
            .map(|line| seen.line(line, name, &present))
            .collect(),
        stamp: events::stamp(pulse),
        waiting: pulse.waiting,
    })
}

/// From where the list is looked at.
struct Seen {
    me: StaffId,
    now: Timestamp,
    today: Date,
    retention: i64,
}

impl Seen {
    fn line(&self, line: Line, name: impl Fn(StaffId) -> String, present: &[Present]) -> LineView {
        let Line { thread, marks } = line;
        let subject = format!("thread:{}", thread.id);
        let here = present
            .iter()
            .filter(|one| one.subject == subject && one.staff != self.me)
            .map(|one| format!("{}さんが{}", one.name, one.doing.label()))
            .collect();
        let late = thread.is_overdue(self.today);
        LineView {
            id: thread.id.get(),
            href: format!("/desk/tegami/{}", thread.id),
            number: thread.number,
            what: what(&thread),
            marks,
            due: self.due(&thread),
            late,
            today: !late && thread.state == Turn::Waiting && thread.promised_on == Some(self.today),
            who: format!("{}・{}", thread.writer.label(), thread.origin.label()),
            age: days::ago(
                thread.waiting_since.unwrap_or(thread.last_letter_at),
                self.now,
            ),
            taken: thread.taken_by.map(&name).unwrap_or_default(),
            mine: thread.taken_by == Some(self.me),
            here,
            wish: match thread.wish {
                Wish::Reply => "",
                other => other.label(),
            },
        }
    }

    fn due(&self, thread: &Thread) -> String {
        match (thread.state, thread.promised_on, thread.closed_at) {
            // Erased with the records of its case, on no day that is known now.
            (Turn::Closed, _, Some(_)) if thread.part_of.is_some() => {
                "記録とともに残ります".to_owned()
            }
            (Turn::Closed, _, Some(closed)) => {
                let gone = to_jst(closed).date().saturating_add(self.retention.days());
                format!("{}に消えます", basics::japanese::date(gone))
            }
            (_, Some(day), _) => days::due(day, self.today),
            _ => "—".to_owned(),
        }
    }
}

/// Whether it is the first letter or the next of a correspondence. Notes count as letters in a thread, so no number here.
fn what(thread: &Thread) -> String {
    if thread.answered_at.is_none() {
        "はじめての手紙"
    } else {
        "つづきの手紙"
    }
    .to_owned()
}
