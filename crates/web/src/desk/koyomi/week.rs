//! `/desk/shuu`: the office's week on one page, who is where. Days side by side on a desk, one after the other on a
//! telephone, A4 landscape on paper.

use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery},
    response::Response,
    routing::get,
};
use basics::StaffId;
use community::week::{self, Day, Entry, What};
use jiff::civil::{Date, Time};
use jiff::{ToSpan, civil::time};
use office::{Session, access::may_run};

use crate::{
    App, Page,
    desk::colleague::{Colleague, Me},
    show,
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk/shuu", get(now))
        .route("/desk/shuu/{week}", get(then))
}

#[derive(Template)]
#[template(path = "desk/shuu.html")]
struct WeekPage {
    page: Page,
    me: Me,
    /// 「11月23日（月）〜29日（日）」
    span: String,
    before: String,
    after: String,
    /// Whether this is the week that holds today.
    current: bool,
    /// Everybody, or one colleague.
    who: Vec<Way>,
    days: Vec<DayOf>,
    printed: String,
}

/// A choice in a row.
struct Way {
    href: String,
    label: String,
    chosen: bool,
}

struct DayOf {
    title: String,
    today: bool,
    closed: bool,
    /// 「8:30〜17:15」, or why it is closed.
    hours: String,
    /// A holiday on which the office works.
    holiday: &'static str,
    lines: Vec<Line>,
}

struct Line {
    hours: String,
    names: String,
    what: String,
    /// The appointment's or the gathering's own page.
    own: String,
    href: String,
    case: String,
    chip: &'static str,
    off: bool,
}

async fn now(colleague: Colleague, RawQuery(query): RawQuery) -> Response {
    let today = colleague.app().clock.today();
    draw(&colleague, today, query.as_deref()).await
}

async fn then(
    colleague: Colleague,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    match week::monday_of_address(&text) {
        Some(monday) => draw(&colleague, monday, query.as_deref()).await,
        None => colleague.not_found().await,
    }
}

async fn draw(colleague: &Colleague, day: Date, query: Option<&str>) -> Response {
    let app = colleague.app();
    let seen = match app.community.week(&colleague.session, day).await {
        Ok(seen) => seen,
        Err(error) => return colleague.place_trouble(error).await,
    };
    let today = app.clock.today();
    let monday = seen.monday;
    let asked: Option<i64> = query.and_then(|query| query.strip_prefix("dare=")?.parse().ok());
    let only = asked
        .map(StaffId::from)
        .filter(|id: &StaffId| seen.colleagues.iter().any(|one| one.id == *id));
    let here = week::address_of(monday);
    let with = |week: &str| match only {
        Some(id) => format!("/desk/shuu/{week}?dare={id}"),
        None => format!("/desk/shuu/{week}"),
    };
    let everybody = Way {
        href: format!("/desk/shuu/{here}"),
        label: "みんな".to_owned(),
        chosen: only.is_none(),
    };
    let each = seen.colleagues.iter().map(|one| Way {
        href: format!("/desk/shuu/{here}?dare={}", one.id),
        label: one.name.clone(),
        chosen: only == Some(one.id),
    });
    let name_of = |id: StaffId| {
        let found = seen.colleagues.iter().find(|one| one.id == id);
        found.map_or("職員", |one| one.name.as_str())
    };
    let days = seen.days.iter().filter(|day| shown(day)).map(|day| DayOf {
        title: basics::japanese::date(day.day),
        today: day.day == today,
        closed: day.hours.is_none(),
        hours: day.hours.map_or_else(
            || day.closed.unwrap_or("休み").to_owned(),
            |hours| span(hours.from, hours.to),
        ),
        holiday: day
            .holiday
            .filter(|name| day.closed != Some(*name))
            .unwrap_or_default(),
        lines: day
            .entries
            .iter()
            .filter(|entry| only.is_none_or(|id| entry.staff.contains(&id)))
            .map(|entry| line(&colleague.session, entry, &name_of))
            .collect(),
    });
    let sunday = monday.saturating_add(6.days());
    show(&WeekPage {
        page: colleague.page("一週間"),
        me: colleague.me("/desk/shuu"),
        span: format!(
            "{}年{}〜{}",
            monday.year(),
            basics::japanese::date(monday),
            basics::japanese::date(sunday)
        ),
        before: with(&week::address_of(monday.saturating_sub(7.days()))),
        after: with(&week::address_of(monday.saturating_add(7.days()))),
        current: (monday..=sunday).contains(&today),
        who: std::iter::once(everybody).chain(each).collect(),
        days: days.collect(),
        printed: basics::japanese::date(today),
    })
}

/// A day of the week on which the office never opens is shown only when something stands on it.
fn shown(day: &Day) -> bool {
    day.hours.is_some() || day.closed.is_some() || !day.entries.is_empty()
}

/// 「14:00〜16:00」; midnight at the end is the end of the day.
fn span(from: Time, until: Time) -> String {
    let midnight = time(0, 0, 0, 0);
    let clock = basics::japanese::time;
    match (from == midnight, until == midnight) {
        (true, true) => "終日".to_owned(),
        (_, true) => format!("{}〜24:00", clock(from)),
        _ => format!("{}〜{}", clock(from), clock(until)),
    }
}

fn line<'n>(session: &Session, entry: &Entry, name_of: &impl Fn(StaffId) -> &'n str) -> Line {
    let names: Vec<&str> = entry.staff.iter().map(|id| name_of(*id)).collect();
    let mut line = Line {
        hours: span(entry.from, entry.until),
        names: names.join("、"),
        what: String::new(),
        own: String::new(),
        href: String::new(),
        case: String::new(),
        chip: "",
        off: false,
    };
    let mut of_case = |case: &Option<(basics::CaseId, i64)>, rest: &str| {
        if let Some((id, number)) = case {
            line.href = format!("/desk/case/{id}{rest}");
            line.case = format!("ケース {number}");
        }
    };
    match &entry.what {
        What::Appointment {
            id,
            way,
            room,
            case,
        } => {
            of_case(case, "");
            line.own = format!("/desk/mensetsu/{id}");
            line.what = match room {
                Some(room) => format!("面接（{way}・{room}）"),
                None => format!("面接（{way}）"),
            };
        }
        What::Visit { case, out } => {
            of_case(case, "/houmon");
            "訪問".clone_into(&mut line.what);
            line.chip = if *out { "出ています" } else { "" };
        }
        What::Gathering {
            title,
            kind,
            cancelled,
            id,
            programme,
        } => {
            // Who comes on a day is absent for whoever does not run it; the place is there for all.
            line.own = if may_run(session, session.office(), &entry.staff) {
                format!("/desk/ba/{programme}/{id}")
            } else {
                format!("/desk/ba/{programme}")
            };
            line.what = format!("{}「{title}」", kind.label());
            line.off = *cancelled;
            line.chip = if *cancelled { "とりやめ" } else { "" };
        }
        What::Away => "不在".clone_into(&mut line.what),
    }
    line
}
