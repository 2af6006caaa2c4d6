//! `/desk/ba`: every programme of the office, what comes next in each.

use askama::Template;
use axum::{Router, response::Response, routing::get};
use community::gathering::State as DayState;
use community::programme::{RunBy, State};
use office::access::Action;

use crate::{
    App, Page,
    desk::colleague::{Colleague, Me},
    show,
};

use super::hours;

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/ba", get(list))
}

struct Line {
    id: i64,
    title: String,
    kind: &'static str,
    run_by: String,
    state: &'static str,
    tone: &'static str,
    /// 「11月26日（木） 14:00〜16:00」; empty: none.
    next: String,
    /// 「予約 3人／12人」; empty when no seats are booked.
    booked: String,
    waiting: String,
    /// Others run it, and nobody has looked at it.
    unchecked: bool,
}

#[derive(Template)]
#[template(path = "desk/ba.html")]
struct ListPage {
    page: Page,
    me: Me,
    lines: Vec<Line>,
    ended: Vec<Line>,
    may_edit: bool,
}

async fn list(colleague: Colleague) -> Response {
    match read(&colleague).await {
        Ok(page) => show(&page),
        Err(error) => colleague.place_trouble(error).await,
    }
}

async fn read(colleague: &Colleague) -> community::Result<ListPage> {
    let (room, session) = (&colleague.app().community, &colleague.session);
    let (today, now) = (colleague.app().clock.today(), colleague.app().clock.now());
    let (mut lines, mut ended) = (Vec::new(), Vec::new());
    for one in room.programmes(session).await? {
        let over = one.state == State::Ended;
        let mut line = Line {
            id: one.id.get(),
            kind: one.draft.kind.label(),
            run_by: match one.draft.run_by {
                RunBy::Office => String::new(),
                RunBy::Other => one.draft.details.run_by_name.clone(),
            },
            state: match one.state {
                State::Draft => "準備中",
                State::Listed => "公開中",
                State::Ended => "終わり",
            },
            tone: if one.state == State::Listed {
                "ok"
            } else {
                "unknown"
            },
            next: String::new(),
            booked: String::new(),
            waiting: String::new(),
            unchecked: one.draft.run_by == RunBy::Other && one.checked_on.is_none(),
            title: one.draft.details.title.clone(),
        };
        if over {
            ended.push(line);
            continue;
        }
        let days = room.days_of(session, one.id, today).await?;
        let next = days
            .into_iter()
            .find(|day| day.state == DayState::Planned && day.ends_at > now);
        if let Some(next) = next {
            line.next = format!("{} {}", basics::japanese::date(next.day), hours(&next));
            if one.draft.takes_bookings {
                line.booked = seats(next.taken, next.capacity(&one));
                let waiting = room.waiting_by_day(session, one.id, next.day).await?;
                if let Some(n) = waiting.get(&next.id) {
                    line.waiting = format!("空きを待つ人 {n}組");
                }
            }
        }
        lines.push(line);
    }
    Ok(ListPage {
        page: colleague.page("場"),
        me: colleague.me("/desk/ba"),
        lines,
        ended,
        may_edit: colleague.may(Action::EditPlaces),
    })
}

/// 「予約 3人／12人」
pub(super) fn seats(taken: i64, capacity: Option<u32>) -> String {
    match capacity {
        Some(seats) => format!("予約 {taken}人／定員 {seats}人"),
        None => format!("予約 {taken}人"),
    }
}
