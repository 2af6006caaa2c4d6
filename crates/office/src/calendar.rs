//! When an office is open, and by which day it promises to answer.
//!
//! Pure functions over [`Opening`]: no clock of its own, no database. 国民の祝日 and 年末年始 come from
//! [`basics::holidays`].

use basics::holidays::{is_holiday, is_new_year_closure};
use basics::time::to_jst;
use jiff::Timestamp;
use jiff::civil::{Date, Time, time};
use serde::{Deserialize, Serialize};

/// How far ahead a search for an open day goes before it gives up: an office whose every day is closed by
/// mistake must not hang a page.
const HORIZON_DAYS: usize = 400;

/// From when to when the office answers on one day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// Opens at.
    pub from: Time,
    /// Closes at.
    pub to: Time,
}

/// The opening days and hours of one office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Opening {
    /// Monday first; `None` is a day of the week on which the office is closed.
    pub week: [Option<Hours>; 7],
    /// Further days on which the office is closed, in order.
    pub closing_days: Vec<Date>,
    /// Closed from 29 December to 3 January.
    pub closed_new_year: bool,
    /// Closed on 国民の祝日.
    pub closed_holidays: bool,
}

/// Whether somebody is there now, and if not, when next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenNow {
    /// Open until this time today.
    Until(Time),
    /// Closed; opens next on this day at this time.
    From(Date, Time),
    /// Closed, and no open day within the next year is known.
    Unknown,
}

impl Default for Opening {
    /// Monday to Friday, 8:30 to 17:15: the usual hours of a municipal office.
    fn default() -> Self {
        let day = Some(Hours {
            from: time(8, 30, 0, 0),
            to: time(17, 15, 0, 0),
        });
        Self {
            week: [day, day, day, day, day, None, None],
            closing_days: Vec::new(),
            closed_new_year: true,
            closed_holidays: true,
        }
    }
}

impl Opening {
    /// The hours of this very day; `None` when the office is closed on it.
    pub fn hours_on(&self, day: Date) -> Option<Hours> {
        let closed = (self.closed_new_year && is_new_year_closure(day))
            || (self.closed_holidays && is_holiday(day))
            || self.closing_days.contains(&day);
        if closed {
            return None;
        }
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
        self.week.get(weekday).copied().flatten()
    }

    /// Whether the office is open at some time of this day.
    pub fn is_open(&self, day: Date) -> bool {
        self.hours_on(day).is_some()
    }

    /// The `n`-th open day after `day` (`n` = 1: the next one). `None` when there is none within a year.
    pub fn nth_open_day_after(&self, day: Date, n: u32) -> Option<Date> {
        let skip = usize::try_from(n.max(1) - 1).unwrap_or(0);
        self.open_days_after(day).nth(skip)
    }

    /// The next open day after `day`.
    pub fn next_open_day(&self, day: Date) -> Option<Date> {
        self.nth_open_day_after(day, 1)
    }

    /// Whether somebody is there at this moment.
    pub fn open_now(&self, now: Timestamp) -> OpenNow {
        let local = to_jst(now);
        let (today, clock) = (local.date(), local.time());
        if let Some(hours) = self.hours_on(today) {
            if clock < hours.from {
                return OpenNow::From(today, hours.from);
            }
            if clock < hours.to {
                return OpenNow::Until(hours.to);
            }
        }
        self.open_days_after(today)
            .find_map(|day| {
                self.hours_on(day)
                    .map(|hours| OpenNow::From(day, hours.from))
            })
            .unwrap_or(OpenNow::Unknown)
    }

    /// The day by which an answer is promised to a letter that arrives now: the `promise_days`-th open day after
    /// the day of receipt. What arrives after closing time counts as received the next day, so that the office
    /// always has that many whole open days.
    ///
    /// An office with no open day at all (a mistake that [`Settings::check`](crate::office::Settings::check)
    /// refuses) promises the same number of weeks instead of none.
    pub fn promise_day(&self, now: Timestamp, promise_days: u32) -> Date {
        let local = to_jst(now);
        let today = local.date();
        let after_closing = self
            .hours_on(today)
            .is_some_and(|hours| local.time() >= hours.to);
        let received = if after_closing {
            today.tomorrow().unwrap_or(today)
        } else {
            today
        };
        self.nth_open_day_after(received, promise_days)
            .unwrap_or_else(|| {
                received
                    .checked_add(jiff::Span::new().weeks(i64::from(promise_days.clamp(1, 30))))
                    .unwrap_or(received)
            })
    }

    fn open_days_after(&self, day: Date) -> impl Iterator<Item = Date> {
        day.series(jiff::Span::new().days(1))
            .skip(1)
            .take(HORIZON_DAYS)
            .filter(|day| self.is_open(*day))
    }
}

/// The promised day as the public pages say it: 「11月26日（木）まで」.
pub fn promise_text(day: Date) -> String {
    format!("{}まで", basics::japanese::date(day))
}

/// The week in one line a stretch of equal days: 「月〜金 8:30〜17:15」.
pub fn week_text(opening: &Opening) -> Vec<String> {
    const NAMES: [&str; 7] = ["月", "火", "水", "木", "金", "土", "日"];
    let mut lines = Vec::new();
    let mut first = 0;
    while first < 7 {
        let hours = opening.week[first];
        let last = (first..7)
            .take_while(|day| opening.week[*day] == hours)
            .last()
            .unwrap_or(first);
        if let Some(hours) = hours {
            let days = match last - first {
                0 => NAMES[first].to_owned(),
                1 => format!("{}・{}", NAMES[first], NAMES[last]),
                _ => format!("{}〜{}", NAMES[first], NAMES[last]),
            };
            let clock = basics::japanese::time;
            lines.push(format!("{days} {}〜{}", clock(hours.from), clock(hours.to)));
        }
        first = last + 1;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn at(text: &str) -> Timestamp {
        text.parse::<jiff::civil::DateTime>()
            .unwrap()
            .to_zoned(basics::time::jst())
            .unwrap()
            .timestamp()
    }

    #[test]
    fn a_letter_in_the_night_before_a_holiday_waits_for_whole_open_days() {
        let opening = Opening::default();
        // 2026-11-23 is 勤労感謝の日 (Monday). Sunday 3 a.m.: Tue, Wed, Thu.
        assert_eq!(
            opening.promise_day(at("2026-11-22T03:00"), 3),
            date(2026, 11, 26)
        );
        // Monday morning in office hours: Tue, Wed, Thu; in the evening: Wed, Thu, Fri.
        assert_eq!(
            opening.promise_day(at("2026-11-16T10:00"), 3),
            date(2026, 11, 19)
        );
        assert_eq!(
            opening.promise_day(at("2026-11-16T17:15"), 3),
            date(2026, 11, 20)
        );
    }

    #[test]
    fn the_turn_of_the_year_is_jumped_over() {
        let opening = Opening::default();
        // 2026-12-28 is a Monday, the last open day; 4 January 2027 a Monday.
        assert_eq!(
            opening.next_open_day(date(2026, 12, 28)),
            Some(date(2027, 1, 4))
        );
        assert_eq!(
            opening.promise_day(at("2027-01-01T03:00"), 3),
            date(2027, 1, 6)
        );
    }

    /// Every quarter of a day for three years: the promised day is open, exactly the promised number of open days
    /// lie before it, and a later letter is never promised an earlier day.
    #[test]
    fn every_promise_keeps_its_word() {
        let opening = Opening::default();
        let mut before = date(2026, 1, 1);
        for quarter in 0..3 * 365 * 4 {
            let now = at("2026-01-01T00:30") + jiff::SignedDuration::from_hours(6 * quarter);
            let promised = opening.promise_day(now, 3);
            let today = to_jst(now).date();
            let open_days = today
                .series(jiff::Span::new().days(1))
                .skip(1)
                .take_while(|day| *day <= promised)
                .filter(|day| opening.is_open(*day))
                .count();
            let in_the_evening = to_jst(now).hour() == 18 && opening.is_open(today);
            assert!(opening.is_open(promised) && promised >= before, "{now}");
            assert!(
                open_days == 3 || in_the_evening && open_days == 4,
                "{now}: {open_days}"
            );
            before = promised;
        }
    }

    #[test]
    fn closing_days_and_saturdays_are_the_offices_own() {
        let mut opening = Opening::default();
        opening.closing_days.push(date(2026, 11, 24));
        opening.week[5] = Some(Hours {
            from: time(10, 0, 0, 0),
            to: time(15, 0, 0, 0),
        });
        assert!(opening.is_open(date(2026, 11, 28)) && !opening.is_open(date(2026, 11, 24)));
        assert_eq!(
            week_text(&opening),
            ["月〜金 8:30〜17:15", "土 10:00〜15:00"]
        );
        opening.closed_holidays = false;
        assert!(opening.is_open(date(2026, 11, 23)));
    }

    #[test]
    fn open_now_says_until_when_or_from_when() {
        let opening = Opening::default();
        assert_eq!(
            opening.open_now(at("2026-11-20T12:00")),
            OpenNow::Until(time(17, 15, 0, 0))
        );
        assert_eq!(
            opening.open_now(at("2026-11-20T08:00")),
            OpenNow::From(date(2026, 11, 20), time(8, 30, 0, 0))
        );
        assert_eq!(
            opening.open_now(at("2026-11-20T18:00")),
            OpenNow::From(date(2026, 11, 24), time(8, 30, 0, 0))
        );
    }

    #[test]
    fn an_office_that_never_opens_hangs_nothing() {
        let opening = Opening {
            week: [None; 7],
            ..Opening::default()
        };
        assert_eq!(opening.next_open_day(date(2026, 11, 20)), None);
        assert_eq!(
            opening.promise_day(at("2026-11-20T12:00"), 3),
            date(2026, 12, 11)
        );
        assert_eq!(opening.open_now(at("2026-11-20T12:00")), OpenNow::Unknown);
    }
}
