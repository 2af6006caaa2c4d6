//! On which days a programme takes place (RFC 5545 rules, in words an office uses).
//!
//! A [`Rule`] is pure: no clock, no database. Its days are counted on a grid of whole days, so no time zone can shift
//! one; the hour is the rule's own. The crate `rrule` expands, and nothing here runs longer than [`LONGEST_DAYS`].

mod form;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod rfc5545;
#[cfg(test)]
mod tests;

pub use form::Spoken;

use crate::error::{Error, Result};
use basics::holidays::{is_holiday, is_new_year_closure};
use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday};
use office::calendar::Opening;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// One question is answered for at most so many days from its first.
pub const LONGEST_DAYS: i32 = 800;
/// At most so many days left out, and as many added by hand.
pub const MOST_SINGLE_DAYS: usize = 200;
/// A rule that has given so many days since it began gives no more: a hundred years of every day of the week.
const MOST_STEPS: usize = 40_000;

basics::codes! {
    /// A day of the week.
    DayOfWeek {
        /// Monday.
        Monday = "mo", "月";
        /// Tuesday.
        Tuesday = "tu", "火";
        /// Wednesday.
        Wednesday = "we", "水";
        /// Thursday.
        Thursday = "th", "木";
        /// Friday.
        Friday = "fr", "金";
        /// Saturday.
        Saturday = "sa", "土";
        /// Sunday.
        Sunday = "su", "日";
    }
}

basics::codes! {
    /// Which one of a month.
    Nth {
        /// The first.
        First = "1", "第1";
        /// The second.
        Second = "2", "第2";
        /// The third.
        Third = "3", "第3";
        /// The fourth.
        Fourth = "4", "第4";
        /// The last, whether the month has four or five.
        Last = "-1", "最後の";
    }
}

impl DayOfWeek {
    /// Of a day of the calendar.
    pub fn of(day: Date) -> Self {
        match day.weekday() {
            Weekday::Monday => Self::Monday,
            Weekday::Tuesday => Self::Tuesday,
            Weekday::Wednesday => Self::Wednesday,
            Weekday::Thursday => Self::Thursday,
            Weekday::Friday => Self::Friday,
            Weekday::Saturday => Self::Saturday,
            Weekday::Sunday => Self::Sunday,
        }
    }
}

/// How it comes round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "each", rename_all = "snake_case")]
pub enum Pattern {
    /// 毎週, on these days of the week.
    Weekly {
        /// 1: every week, 2: 隔週. Weeks begin on Monday.
        every: u8,
        /// On which days.
        on: Vec<DayOfWeek>,
    },
    /// 毎月 第n曜日.
    MonthlyNth {
        /// 1: every month.
        every: u8,
        /// Which of the month.
        nth: Vec<Nth>,
        /// On which days of the week.
        on: Vec<DayOfWeek>,
    },
    /// 毎月 n日. A month without that day has none.
    MonthlyDay {
        /// 1: every month.
        every: u8,
        /// 1 to 31.
        days: Vec<u8>,
    },
    /// 毎月 末日.
    MonthEnd {
        /// 1: every month.
        every: u8,
    },
    /// 毎年.
    Yearly {
        /// 1 to 12.
        month: u8,
        /// 1 to 31; 29 February comes in leap years only.
        day: u8,
    },
}

/// How a programme recurs. Stored as JSON in `programme.rule`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// How it comes round.
    pub pattern: Pattern,
    /// Not before this day.
    pub from: Date,
    /// Not after this day.
    #[serde(default)]
    pub until: Option<Date>,
    /// So many times; a time that falls out (holiday, left out) counts too, as in RFC 5545: a day that is closed later
    /// never moves the days that were already told.
    #[serde(default)]
    pub count: Option<u16>,
    /// Begins at.
    pub starts: Time,
    /// Lasts so long.
    pub minutes: u16,
    /// Not on 国民の祝日.
    pub skip_holidays: bool,
    /// Not on the office's closing days and, where the office closes for the new year, not then.
    pub skip_closing_days: bool,
    /// Single days that are left out.
    #[serde(default)]
    pub left_out: Vec<Date>,
    /// Single days that come to it, also on a holiday: somebody chose them by hand.
    #[serde(default)]
    pub extra: Vec<Date>,
}

impl Rule {
    /// Whether this is a rule the house can keep, and what to do if not. Fields are those of [`Spoken`].
    pub fn check(&self) -> Result<()> {
        self.pattern.check()?;
        if !(2000..=2099).contains(&self.from.year()) {
            return Err(Error::invalid(
                "hajime",
                "はじめの日を、西暦の年から入れてください。",
            ));
        }
        if self.until.is_some_and(|until| until < self.from) {
            return Err(Error::invalid(
                "owari",
                "おわりの日を、はじめの日より後にしてください。",
            ));
        }
        if self.count.is_some_and(|count| !(1..=500).contains(&count)) {
            return Err(Error::invalid(
                "kaisuu",
                "回数は、1回から500回の間で入れてください。",
            ));
        }
        let begins = i32::from(self.starts.hour()) * 60 + i32::from(self.starts.minute());
        if self.minutes < 15 || begins + i32::from(self.minutes) > 24 * 60 {
            return Err(Error::invalid(
                "made",
                "おわりの時刻を、はじまりから15分より後、その日のうちにしてください。",
            ));
        }
        if self.left_out.len() > MOST_SINGLE_DAYS {
            return Err(Error::invalid(
                "yasumu_hi",
                "お休みにする日は、200日までです。",
            ));
        }
        if self.extra.len() > MOST_SINGLE_DAYS {
            return Err(Error::invalid(
                "fueru_hi",
                "追加で開く日は、200日までです。",
            ));
        }
        Ok(())
    }

    /// The RRULE of RFC 5545, without its name, for a `DTSTART` with a time. `UNTIL` is the end of the last day in Japan,
    /// in UTC, so that the last day itself counts (§3.3.10).
    pub fn rrule_text(&self) -> String {
        let mut text = self.pattern.rrule_text();
        if let Some(until) = self.until {
            let _ = write!(text, ";UNTIL={}T145959Z", until.strftime("%Y%m%d"));
        } else if let Some(count) = self.count {
            let _ = write!(text, ";COUNT={count}");
        }
        text
    }

    /// The days from `from` to `to`, both included, in order. Never more than [`LONGEST_DAYS`] after `from` are looked at.
    pub fn days(&self, from: Date, to: Date, opening: &Opening) -> Vec<Date> {
        let last = from.saturating_add(LONGEST_DAYS.days()).min(to);
        let mut found: BTreeSet<Date> = expand(self.from, &self.rrule_text(), from, last)
            .unwrap_or_default()
            .into_iter()
            .filter(|day| self.until.is_none_or(|until| *day <= until))
            .filter(|day| !self.falls_out(*day, opening))
            .collect();
        let within = self.extra.iter().filter(|day| (from..=last).contains(*day));
        found.extend(within);
        for day in &self.left_out {
            found.remove(day);
        }
        found.into_iter().collect()
    }

    fn falls_out(&self, day: Date, opening: &Opening) -> bool {
        let closed = opening.closing_days.contains(&day)
            || (opening.closed_new_year && is_new_year_closure(day));
        (self.skip_holidays && is_holiday(day)) || (self.skip_closing_days && closed)
    }

    /// When it ends on its day.
    pub fn ends(&self) -> Time {
        let end = i32::from(self.starts.hour()) * 60
            + i32::from(self.starts.minute())
            + i32::from(self.minutes);
        let end = i8::try_from(end / 60).ok().zip(i8::try_from(end % 60).ok());
        end.and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok())
            .unwrap_or(Time::midnight())
    }

    /// In a sentence: 「毎月 第2・第4水曜日 14:00〜16:00（祝日はお休み）」.
    pub fn sentence(&self) -> String {
        let clock = basics::japanese::time;
        let ends = match clock(self.ends()).as_str() {
            "0:00" => "24:00".to_owned(),
            time => time.to_owned(),
        };
        let mut words = format!("{} {}〜{ends}", self.pattern.words(), clock(self.starts));
        if let Some(until) = self.until {
            let _ = write!(words, "、{}まで", basics::japanese::date_with_year(until));
        } else if let Some(count) = self.count {
            let _ = write!(words, "、全{count}回");
        }
        let mut asides = Vec::new();
        asides.extend(self.pattern.aside());
        asides.push(match (self.skip_holidays, self.skip_closing_days) {
            (true, true) => "祝日・年末年始などはお休み",
            (true, false) => "祝日はお休み",
            (false, true) => "年末年始などはお休み、祝日はあります",
            (false, false) => "祝日もあります",
        });
        format!("{words}（{}）", asides.join("。"))
    }
}

impl Pattern {
    fn check(&self) -> Result<()> {
        let every = match self {
            Self::Weekly { every, .. }
            | Self::MonthlyNth { every, .. }
            | Self::MonthlyDay { every, .. }
            | Self::MonthEnd { every } => *every,
            Self::Yearly { .. } => 1,
        };
        if !(1..=12).contains(&every) {
            return Err(Error::invalid(
                "nanshuu",
                "間隔は、1から12の間で入れてください。",
            ));
        }
        match self {
            Self::Weekly { on, .. } if on.is_empty() => {
                Err(Error::invalid("youbi", "曜日を、1つ以上選んでください。"))
            }
            Self::MonthlyNth { on, nth, .. } if on.is_empty() || nth.is_empty() => Err(
                Error::invalid("youbi", "第何の何曜日かを、1つ以上選んでください。"),
            ),
            Self::MonthlyDay { days, .. }
                if days.is_empty() || days.iter().any(|day| !(1..=31).contains(day)) =>
            {
                Err(Error::invalid(
                    "nichi",
                    "日は、1から31の間で入れてください。",
                ))
            }
            // 2028 has a 29 February; what no leap year has, no year has.
            Self::Yearly { month, day } if day_of(2028, *month, *day).is_none() => {
                Err(Error::invalid("nichi", "この月に、その日はありません。"))
            }
            _ => Ok(()),
        }
    }

    fn rrule_text(&self) -> String {
        match self {
            Self::Weekly { every, on } => {
                format!(
                    "FREQ=WEEKLY;INTERVAL={every};WKST=MO;BYDAY={}",
                    week_codes("", on)
                )
            }
            Self::MonthlyNth { every, nth, on } => {
                let days: Vec<String> = ordered(nth)
                    .iter()
                    .map(|nth| week_codes(nth.code(), on))
                    .collect();
                format!("FREQ=MONTHLY;INTERVAL={every};BYDAY={}", days.join(","))
            }
            Self::MonthlyDay { every, days } => {
                let days: Vec<String> = ordered(days).iter().map(u8::to_string).collect();
                format!(
                    "FREQ=MONTHLY;INTERVAL={every};BYMONTHDAY={}",
                    days.join(",")
                )
            }
            Self::MonthEnd { every } => format!("FREQ=MONTHLY;INTERVAL={every};BYMONTHDAY=-1"),
            Self::Yearly { month, day } => {
                format!("FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={day}")
            }
        }
    }

    fn words(&self) -> String {
        let months = |every: u8| match every {
            1 => "毎月".to_owned(),
            every => format!("{every}か月ごと"),
        };
        match self {
            Self::Weekly { every, on } => {
                let each = match every {
                    1 => "毎週".to_owned(),
                    2 => "隔週".to_owned(),
                    every => format!("{every}週ごと"),
                };
                format!("{each} {}", week_words(on))
            }
            Self::MonthlyNth { every, nth, on } => {
                let nth: Vec<&str> = ordered(nth).iter().map(|nth| nth.label()).collect();
                format!("{} {}{}", months(*every), nth.join("・"), week_words(on))
            }
            Self::MonthlyDay { every, days } => {
                let days: Vec<String> =
                    ordered(days).iter().map(|day| format!("{day}日")).collect();
                format!("{} {}", months(*every), days.join("・"))
            }
            Self::MonthEnd { every } => format!("{} 末日", months(*every)),
            Self::Yearly { month, day } => format!("毎年 {month}月{day}日"),
        }
    }

    /// What a reader of the sentence would otherwise have to find out.
    fn aside(&self) -> Option<&'static str> {
        match self {
            Self::MonthlyDay { days, .. } if days.iter().any(|day| *day > 28) => {
                Some("その日のない月はお休み")
            }
            Self::Yearly { month: 2, day: 29 } => Some("うるう年だけ"),
            _ => None,
        }
    }
}

/// In order, each once: a form sends what was ticked, as it was ticked.
fn ordered<T: Ord + Copy>(these: &[T]) -> Vec<T> {
    let set: BTreeSet<T> = these.iter().copied().collect();
    set.into_iter().collect()
}

fn week_codes(nth: &str, on: &[DayOfWeek]) -> String {
    let codes: Vec<String> = ordered(on)
        .iter()
        .map(|day| format!("{nth}{}", day.code().to_uppercase()))
        .collect();
    codes.join(",")
}

/// 「火・木曜日」
fn week_words(on: &[DayOfWeek]) -> String {
    let labels: Vec<&str> = ordered(on).iter().map(|day| day.label()).collect();
    format!("{}曜日", labels.join("・"))
}

fn day_of(year: i16, month: u8, day: u8) -> Option<Date> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    Date::new(year, month, day).ok()
}

/// The days of an RFC 5545 recurrence that begins on `start`, from `from` to `to`; `None` for a rule that cannot be read.
///
/// Every day is its noon in UTC: an `UNTIL` at midnight of the next day or at the end of the day in Japan then means
/// what it means to whoever wrote it.
pub(crate) fn expand(start: Date, rule: &str, from: Date, to: Date) -> Option<Vec<Date>> {
    let rule = with_until_in_utc(rule);
    let text = format!("DTSTART:{}T120000Z\nRRULE:{rule}", start.strftime("%Y%m%d"));
    let set: rrule::RRuleSet = text.parse().ok()?;
    // `limit`: a rule that never gives a day ends after 100 000 empty turns.
    let set = set.limit();
    let days = set
        .into_iter()
        .take(MOST_STEPS)
        .filter_map(|at| jiff::Timestamp::from_second(at.timestamp()).ok())
        .map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).date())
        .take_while(|day| *day <= to)
        .filter(|day| *day >= from);
    let mut days: Vec<Date> = days.collect();
    days.dedup();
    Some(days)
}

/// RFC 5545 §3.3.10: `UNTIL` has the type of `DTSTART`, and its bound is inclusive. For whole days it is a date, which
/// lasts until the end of that day; a local time without a zone is taken for its day as well.
fn with_until_in_utc(rule: &str) -> String {
    let parts = rule.split(';').map(|part| {
        let until = part
            .get(..6)
            .filter(|name| name.eq_ignore_ascii_case("UNTIL="))
            .and_then(|_| part.get(6..14))
            .filter(|_| !part.ends_with(['Z', 'z']));
        until.map_or_else(|| part.to_owned(), |day| format!("UNTIL={day}T235959Z"))
    });
    parts.collect::<Vec<_>>().join(";")
}
