//! Open now? Always answered with the next concrete time, never with "tomorrow".

use basics::japanese;
use jiff::civil::{Date, DateTime, Time};
use jiff::{ToSpan, Zoned};

use super::schedule::{Day, Schedule, Span};

/// How far ahead the next opening is looked for: longer than any closing the data knows.
const HORIZON_DAYS: i32 = 60;

/// Why it cannot be said whether a window is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// Today is a holiday and the source does not speak of holidays.
    Holiday,
    /// 年末年始, and the source does not speak of it.
    TurnOfYear,
}

/// What a schedule means at one moment. All times are those of a wall clock in Japan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenState {
    /// Open now.
    Open {
        /// Until then; `None`: it does not close in the next two months.
        until: Option<DateTime>,
    },
    /// Closed now.
    Closed {
        /// The next moment at which it is open for sure.
        next_open: Option<DateTime>,
    },
    /// It would be open on an ordinary day; whether it is today, the source does not say.
    NotSure {
        /// Why.
        doubt: Doubt,
        /// The next moment at which it is open for sure.
        next_open: Option<DateTime>,
    },
}

impl OpenState {
    /// Open for sure.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// The next sure opening, when it is not open for sure now.
    pub fn next_open(&self) -> Option<DateTime> {
        match self {
            Self::Open { .. } => None,
            Self::Closed { next_open } | Self::NotSure { next_open, .. } => *next_open,
        }
    }

    /// For a page: 「いま開いています（17:00まで）」, 「いまは閉まっています。つぎに開くのは 24日(月) 9:00」.
    pub fn sentence(&self, now: &Zoned) -> String {
        let next = |at: &Option<DateTime>| {
            at.map_or_else(String::new, |at| {
                format!("つぎに開くのは {}", moment(at, now.date()))
            })
        };
        match self {
            Self::Open { until: None } => "いま開いています（24時間）".to_owned(),
            Self::Open { until: Some(until) } if until.time() == Time::midnight() => {
                "いま開いています（24:00まで）".to_owned()
            }
            Self::Open { until: Some(until) } => {
                format!("いま開いています（{}まで）", japanese::time(until.time()))
            }
            Self::Closed { next_open: None } => "いまは閉まっています".to_owned(),
            Self::Closed { next_open } => format!("いまは閉まっています。{}", next(next_open)),
            Self::NotSure { doubt, next_open } => {
                let doubt = match doubt {
                    Doubt::Holiday => "きょうは祝日です。開いているかは、まだ確認できていません",
                    Doubt::TurnOfYear => "年末年始に開いているかは、まだ確認できていません",
                };
                if next_open.is_none() {
                    doubt.to_owned()
                } else {
                    format!("{doubt}。{}", next(next_open))
                }
            }
        }
    }

    /// Only the concrete next time, for a small place: 「きょう 13:00」, 「24日(月) 9:00」, 「1月4日(月) 9:00」.
    pub fn next_words(&self, now: &Zoned) -> Option<String> {
        self.next_open().map(|at| moment(at, now.date()))
    }
}

fn moment(at: DateTime, today: Date) -> String {
    let day = at.date();
    let time = japanese::time(at.time());
    let weekday = japanese::weekday(day);
    if day == today {
        format!("きょう {time}")
    } else if (day.year(), day.month()) == (today.year(), today.month()) {
        format!("{}日({weekday}) {time}", day.day())
    } else {
        format!("{}月{}日({weekday}) {time}", day.month(), day.day())
    }
}

/// What the schedule means at this moment (taken as Japan's wall clock, whatever zone it is given in).
pub fn open_state(schedule: &Schedule, now: &Zoned) -> OpenState {
    let now = basics::time::to_jst(now.timestamp()).datetime();
    if schedule.is_always() {
        return OpenState::Open { until: None };
    }
    let minute = now.hour() as u16 * 60 + now.minute() as u16;
    let inside = |spans: &[Span]| {
        spans
            .iter()
            .copied()
            .find(|span| (span.from..span.to).contains(&minute))
    };
    match schedule.day(now.date()) {
        Day::Sure(spans) => match inside(spans) {
            Some(span) => OpenState::Open {
                until: closing(schedule, now.date(), span),
            },
            None => OpenState::Closed {
                next_open: next_open(schedule, now),
            },
        },
        Day::Unsure(spans, doubt) if inside(spans).is_some() => OpenState::NotSure {
            doubt,
            next_open: next_open(schedule, now),
        },
        Day::Unsure(..) => OpenState::Closed {
            next_open: next_open(schedule, now),
        },
    }
}

/// The end of the span, or of the spans that follow it over midnight without a gap. `None`: no end within the horizon.
fn closing(schedule: &Schedule, mut day: Date, mut span: Span) -> Option<DateTime> {
    for _ in 0..HORIZON_DAYS {
        let following = day.tomorrow().ok()?;
        match schedule.day(following) {
            Day::Sure([first, ..]) if span.to == 1440 && first.from == 0 => {
                day = following;
                span = *first;
            }
            _ => return Some(at(day, span.to)),
        }
    }
    None
}

fn next_open(schedule: &Schedule, now: DateTime) -> Option<DateTime> {
    (0..HORIZON_DAYS).find_map(|ahead| {
        let day = now.date().checked_add(ahead.days()).ok()?;
        let Day::Sure(spans) = schedule.day(day) else {
            return None;
        };
        spans
            .iter()
            .map(|span| at(day, span.from))
            .find(|&opens| opens > now)
    })
}

fn at(day: Date, minute: u16) -> DateTime {
    let midnight = day.at(0, 0, 0, 0);
    midnight
        .checked_add(i64::from(minute).minutes())
        .unwrap_or(midnight)
}
