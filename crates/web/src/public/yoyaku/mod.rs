//! `/yoyaku`: to talk with somebody at an office, at a time one chooses oneself, without a name and without a telephone.
//!
//! * [`front`]: the first free time and the honest waiting time; how it goes.
//! * [`choose`]: days and times, then a few questions that may all stay empty; theirs at once, also at night.
//! * [`change`]: to another time, by the twelve digits · [`held`]: what they open, for the page of
//!   [`hikae`](super::hikae).
//!
//! Ways and times are chosen, never typed; nothing typed is in an address. The digits travel in forms.

mod change;
mod choose;
mod front;
pub(super) mod held;

use axum::{
    Router,
    response::{IntoResponse as _, Response},
};
use basics::{OfficeId, japanese, time::to_jst};
use community::offered_hours::Way;
use community::open_slots::{OpenDay, Slot, by_day};
use community::waiting_time::Waiting;
use jiff::{SignedDuration, Timestamp};
use office::office::Office;

use crate::{App, Trouble, Visit};

/// The doors.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(front::routes())
        .merge(choose::routes())
        .merge(change::routes())
}

/// A way of meeting as addresses and people say it.
pub(super) const WAYS: [(Way, &str, &str, &str); 4] = [
    (
        Way::VisitIn,
        "raisho",
        "センターで会う",
        "面接の部屋で、職員と話します",
    ),
    (
        Way::Phone,
        "denwa",
        "電話で話す",
        "その時間に、電話で話します",
    ),
    (
        Way::Online,
        "online",
        "オンラインで話す",
        "顔を出さなくても、文字だけでもかまいません",
    ),
    (
        Way::Home,
        "houmon",
        "来てもらう（希望）",
        "どこで会うかは、先に相談して決めます",
    ),
];

fn way_of(segment: &str) -> Option<Way> {
    WAYS.iter().find(|way| way.1 == segment).map(|way| way.0)
}

/// As people say it.
pub(super) fn said(way: Way) -> &'static str {
    WAYS.iter().find(|one| one.0 == way).map_or("", |one| one.2)
}

fn segment(way: Way) -> &'static str {
    WAYS.iter().find(|one| one.0 == way).map_or("", |one| one.1)
}

/// 「11月26日（木）10:00」, or in easy Japanese 「11月26日（木）午前10時」.
pub(crate) fn moment(at: Timestamp, easy: bool) -> String {
    if easy {
        japanese::easy_date_time(&to_jst(at))
    } else {
        japanese::date_time(&to_jst(at))
    }
}

/// 「10:00〜10:45」
pub(crate) fn hours(from: Timestamp, until: Timestamp) -> String {
    japanese::span(to_jst(from).time(), to_jst(until).time())
}

/// The same for whoever asked for easy Japanese: 「午前10時から 午前10時45分まで」.
fn hours_for(visit: &Visit, from: Timestamp, until: Timestamp) -> String {
    if visit.prefs.easy {
        japanese::easy_span(to_jst(from).time(), to_jst(until).time())
    } else {
        hours(from, until)
    }
}

/// How long people waited for a first talk.
pub(crate) fn waited(waiting: Waiting, easy: bool) -> String {
    match (easy, waiting.median_days) {
        (false, _) => waiting.sentence(),
        (true, 0) => "はじめて 話す 人は、その日に 話せました。".to_owned(),
        (true, days) => format!("はじめて 話す 人は、{days}日くらい 待ちました。"),
    }
}

/// A time as a form sends it: minutes since 1970 and how long.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time {
    pub(crate) starts_at: Timestamp,
    pub(crate) minutes: i64,
}

impl Time {
    pub(crate) fn of(slot: &Slot) -> Self {
        Self {
            starts_at: slot.starts_at,
            minutes: slot.minutes,
        }
    }

    pub(crate) fn read(field: &str) -> Option<Self> {
        let (at, minutes) = field.trim().split_once('-')?;
        let at: i64 = at.parse().ok()?;
        Some(Self {
            starts_at: Timestamp::from_second(at.checked_mul(60)?).ok()?,
            minutes: minutes.parse().ok()?,
        })
    }

    pub(crate) fn field(self) -> String {
        format!("{}-{}", self.starts_at.as_second() / 60, self.minutes)
    }

    pub(crate) fn ends_at(self) -> Timestamp {
        self.starts_at
            .saturating_add(SignedDuration::from_mins(self.minutes))
            .unwrap_or(self.starts_at)
    }
}

/// The times of one day, as radios.
pub(crate) struct DayTimes {
    /// 「11月26日（木）」
    pub(crate) day: String,
    /// What is sent, and what is read.
    pub(crate) times: Vec<(String, String)>,
}

pub(crate) fn day_times(days: Vec<OpenDay>) -> Vec<DayTimes> {
    times_said(days, hours)
}

/// The same for whoever asked for easy Japanese.
fn day_times_for(visit: &Visit, days: Vec<OpenDay>) -> Vec<DayTimes> {
    times_said(days, |from, until| hours_for(visit, from, until))
}

fn times_said(days: Vec<OpenDay>, hours: impl Fn(Timestamp, Timestamp) -> String) -> Vec<DayTimes> {
    let time = |slot: &Slot| {
        (
            Time::of(slot).field(),
            hours(slot.starts_at, slot.ends_at()),
        )
    };
    days.into_iter()
        .map(|one| DayTimes {
            day: japanese::date(one.day),
            times: one.slots.iter().map(time).collect(),
        })
        .collect()
}

/// The nearest free times to one that is gone: from its day on, or from the first when there are none later.
fn nearest(visit: &Visit, slots: Vec<Slot>, gone: Timestamp, most: usize) -> Vec<DayTimes> {
    let day = to_jst(gone).date();
    let (before, after): (Vec<Slot>, Vec<Slot>) =
        slots.into_iter().partition(|slot| slot.day() < day);
    let mut near = if after.is_empty() { before } else { after };
    near.truncate(most);
    day_times_for(visit, by_day(near))
}

async fn office_of(visit: &Visit, id: &str) -> Result<Office, Response> {
    let Ok(id) = id.parse::<i64>() else {
        return Err(Trouble::NotFound.into_response());
    };
    let found = async {
        let mut conn = visit.app.db.read().await?;
        Ok::<_, community::Error>(office::office::one(&mut conn, OfficeId::from(id)).await?)
    };
    found.await.map_err(|error| super::basho::trouble(&error))
}

#[cfg(test)]
mod tests {
    use super::Time;

    #[test]
    fn a_time_survives_its_form_and_what_is_none_is_none() {
        let time = Time::read("29364480-45").unwrap();
        assert_eq!(time.field(), "29364480-45");
        for none in [
            "",
            "x",
            "1",
            "1-x",
            "-",
            "9999999999999999999-45",
            "9223372036854775807-45",
        ] {
            assert!(Time::read(none).is_none(), "{none}");
        }
    }
}
