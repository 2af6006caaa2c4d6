//! `/basho`: places to be, groups, talks. Looked at without leaving anything; booked under any name.
//!
//! * [`list`]: what is on, by day, for whom, where; [`place`]: one place and how it feels; [`book`]: a seat;
//!   [`leaflet`]: the month on one sheet.
//!
//! Everything here is chosen, never typed: an address holds codes. The form that takes words stands under `/yoyaku`,
//! with the doors that leave no trace.

mod book;
mod leaflet;
mod list;
mod place;

use axum::{
    Router,
    response::{IntoResponse as _, Response},
};
use basics::{MunicipalityCode, japanese, time::to_jst};
use community::gathering::{Gathering, OnDay, State};
use community::programme::{ForWhom, Programme};

use crate::{App, Page, Trouble, Visit};

/// The doors.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(list::routes())
        .merge(leaflet::routes())
        .merge(place::routes())
        .merge(book::routes())
}

/// A page of this door.
fn page(visit: &Visit, title: &str) -> Page {
    visit.page(title).under("/", "はじめ")
}

/// The room's errors as pages; what belongs to a form is caught before.
pub(super) fn trouble(error: &community::Error) -> Response {
    if error.is_not_found() {
        return Trouble::NotFound.into_response();
    }
    tracing::error!(error = ?error, "places");
    Trouble::Broken.into_response()
}

/// 「14:00〜16:00」, or in easy Japanese 「午後2時から 午後4時まで」.
pub(super) fn hours(gathering: &Gathering, easy: bool) -> String {
    let clock = |at| to_jst(at).time();
    let (from, until) = (clock(gathering.starts_at), clock(gathering.ends_at));
    if easy {
        japanese::easy_span(from, until)
    } else {
        japanese::span(from, until)
    }
}

/// 「11月26日（木）」
pub(super) fn day(gathering: &Gathering) -> String {
    japanese::date(gathering.day)
}

/// Whether it is of use to somebody of this town or prefecture: it is there, or one takes part from home.
pub(super) fn is_near(programme: &Programme, asked: MunicipalityCode) -> bool {
    match programme.draft.municipality {
        Some(code) => code == asked || code.prefecture() == asked,
        None => programme.draft.online,
    }
}

/// For whom, with the ages when any are asked.
pub(super) fn for_whom(programme: &Programme, easy: bool) -> String {
    let who = match (programme.draft.for_whom, easy) {
        (ForWhom::Anyone, false) => "どなたでも",
        (ForWhom::Anyone, true) => "だれでも",
        (ForWhom::Principal, false) => "ひきこもりの状態にある方・経験のある方",
        (ForWhom::Principal, true) => "ひきこもりの 人、ひきこもりだった 人",
        (ForWhom::Family, false) => "ご家族",
        (ForWhom::Family, true) => "家族",
    };
    match programme.draft.details.ages.trim() {
        "" if easy => format!("{who}（何歳でも いいです）"),
        "" => format!("{who}（年齢は問いません）"),
        ages => format!("{who}（{ages}）"),
    }
}

/// One day of one place, as a line in a list.
pub(super) struct Line {
    pub(super) href: String,
    pub(super) title: String,
    pub(super) kind: &'static str,
    pub(super) hours: String,
    pub(super) place: String,
    pub(super) for_whom: String,
    pub(super) cost: String,
    pub(super) words: String,
    pub(super) cancelled: bool,
    pub(super) online: bool,
    pub(super) first: bool,
    /// How one takes part: 「予約なしで来られます」「空きがあります」.
    pub(super) how: String,
    pub(super) run_by: String,
}

impl Line {
    pub(super) fn of(on: &OnDay, easy: bool) -> Self {
        let (programme, gathering) = (&on.programme, &on.gathering);
        let draft = &programme.draft;
        Self {
            href: format!("/basho/{}", programme.number),
            title: draft.details.title.clone(),
            kind: draft.kind.label(),
            hours: hours(gathering, easy),
            place: programme.public_place(),
            for_whom: for_whom(programme, easy),
            cost: draft.details.cost.clone(),
            words: gathering.words.clone(),
            cancelled: gathering.state == State::Cancelled,
            online: draft.online,
            first: draft.first_time_friendly,
            how: how(on, easy),
            run_by: draft.details.run_by_name.clone(),
        }
    }
}

/// How one takes part on this day.
pub(super) fn how(on: &OnDay, easy: bool) -> String {
    let draft = &on.programme.draft;
    let room = on
        .gathering
        .room(&on.programme)
        .words(draft.keeps_waiting_list);
    match (draft.walk_in, easy) {
        (true, false) => "予約なしで来られます".to_owned(),
        (true, true) => "予約しなくて いいです".to_owned(),
        (false, false) => format!("予約して来る会です。{room}"),
        (false, true) => format!("予約して 来て ください。{room}"),
    }
}

/// The first sentence of a longer text, for a line in a list.
pub(super) fn first_sentence(text: &str) -> String {
    text.split_inclusive(['。', '\n'])
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}
