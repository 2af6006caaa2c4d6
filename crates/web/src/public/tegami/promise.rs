//! What an office says about its answer, in words: by which day, when somebody is there, which days in between do not count.

use basics::{holidays::holiday_name, japanese};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use office::{OpenNow, Settings, calendar};

/// The words beside the letter form.
pub struct Promise {
    /// 「11月26日（木）まで」
    pub until: String,
    /// 「月〜金 8:30〜17:15」, one entry a stretch of equal days.
    pub week: Vec<String>,
    /// 「祝日と年末年始（12月29日〜1月3日）は休みです」; empty when the office is open on them.
    pub rest: String,
    /// When somebody is there next, when nobody is there now.
    pub next: Option<String>,
    /// Days before the promised one on which the office is closed although it is usually open.
    pub closed: Vec<String>,
}

impl Promise {
    /// The words for a letter that arrives now.
    pub fn of(settings: &Settings, now: Timestamp) -> Self {
        let opening = &settings.opening;
        let today = basics::time::to_jst(now).date();
        let until = settings.promise_day(now);
        Self {
            until: calendar::promise_text(until),
            week: calendar::week_text(opening),
            rest: match (opening.closed_holidays, opening.closed_new_year) {
                (true, true) => "祝日と、年末年始（12月29日〜1月3日）は休みです。",
                (true, false) => "祝日は休みです。",
                (false, true) => "年末年始（12月29日〜1月3日）は休みです。",
                (false, false) => "",
            }
            .to_owned(),
            next: match opening.open_now(now) {
                OpenNow::From(day, at) if day == today => {
                    Some(format!("きょうの{}", japanese::time(at)))
                }
                OpenNow::From(day, at) => {
                    Some(format!("{}{}", japanese::date(day), japanese::time(at)))
                }
                OpenNow::Until(_) | OpenNow::Unknown => None,
            },
            closed: today
                .series(1.day())
                .take_while(|day| *day <= until)
                .take(60)
                .filter(|day| usually_open(settings, *day) && !opening.is_open(*day))
                .map(|day| match holiday_name(day) {
                    Some(name) => format!("{}は{name}", japanese::date(day)),
                    None => format!("{}は窓口の休み", japanese::date(day)),
                })
                .collect(),
        }
    }
}

fn usually_open(settings: &Settings, day: Date) -> bool {
    let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
    settings
        .opening
        .week
        .get(weekday)
        .is_some_and(Option::is_some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holiday_before_the_promised_day_is_named() {
        // Sunday, 22 November 2026, 3 a.m.; Monday is 勤労感謝の日.
        let promise = Promise::of(
            &Settings::default(),
            "2026-11-21T18:00:00Z".parse().unwrap(),
        );
        assert_eq!(promise.until, "11月26日（木）まで");
        assert_eq!(promise.next.as_deref(), Some("11月24日（火）8:30"));
        assert_eq!(promise.closed, ["11月23日（月）は勤労感謝の日"]);
        let open = Promise::of(
            &Settings::default(),
            "2026-11-24T01:00:00Z".parse().unwrap(),
        );
        assert!(open.next.is_none() && open.closed.is_empty());
    }
}
