//! A rule as a form asks for it: every field as it was typed, so that nothing is lost when something is not right.

use super::{DayOfWeek, Nth, Pattern, Rule};
use crate::day_text;
use crate::error::{Error, Result};
use jiff::civil::{Date, Time};

/// The fields of a form about a rule. Names of the fields: `kurikaeshi`, `nanshuu`, `youbi` (several), `dai` (several),
/// `nichi`, `tsuki`, `hajime`, `owari`, `kaisuu`, `jikoku`, `made`, `shukujitsu`, `heikan`, `yasumu_hi`, `fueru_hi`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spoken {
    /// `kurikaeshi`: weekly, monthly_nth, monthly_day, month_end, yearly.
    pub each: String,
    /// `nanshuu`: every so many weeks or months; empty is 1.
    pub every: String,
    /// `youbi`: mo, tu, …
    pub weekdays: Vec<String>,
    /// `dai`: 1 to 4, -1.
    pub nth: Vec<String>,
    /// `nichi`: 「1、15」, or the day of the year's month.
    pub days: String,
    /// `tsuki`: the month of a yearly day.
    pub month: String,
    /// `hajime`: 2026-12-01.
    pub from: String,
    /// `owari`: may be empty.
    pub until: String,
    /// `kaisuu`: may be empty.
    pub count: String,
    /// `jikoku`: 14:00.
    pub starts: String,
    /// `made`: 16:00.
    pub ends: String,
    /// `shukujitsu` = yasumu: not on holidays.
    pub skip_holidays: bool,
    /// `heikan` = yasumu: not on closing days.
    pub skip_closing_days: bool,
    /// `yasumu_hi`: days left out, one a line.
    pub left_out: String,
    /// `fueru_hi`: days added, one a line.
    pub extra: String,
}

impl Spoken {
    /// From a form: `all` gives every value sent under a name.
    pub fn read(all: impl Fn(&'static str) -> Vec<String>) -> Self {
        let one = |name| {
            all(name)
                .into_iter()
                .next()
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        Self {
            each: one("kurikaeshi"),
            every: one("nanshuu"),
            weekdays: all("youbi"),
            nth: all("dai"),
            days: one("nichi"),
            month: one("tsuki"),
            from: one("hajime"),
            until: one("owari"),
            count: one("kaisuu"),
            starts: one("jikoku"),
            ends: one("made"),
            skip_holidays: one("shukujitsu") == "yasumu",
            skip_closing_days: one("heikan") == "yasumu",
            left_out: one("yasumu_hi"),
            extra: one("fueru_hi"),
        }
    }

    /// The rule that was meant, or the first field that is not right. A day without a year is counted from `hajime`.
    pub fn rule(&self) -> Result<Rule> {
        let from: Date = self
            .from
            .parse()
            .map_err(|_| Error::invalid("hajime", "はじめの日を入れてください。"))?;
        let until = match self.until.as_str() {
            "" => None,
            text => Some(
                text.parse()
                    .map_err(|_| Error::invalid("owari", "おわりの日を、日付で入れてください。"))?,
            ),
        };
        let count = match self.count.as_str() {
            "" => None,
            text => Some(
                text.parse()
                    .map_err(|_| Error::invalid("kaisuu", "回数を、数字で入れてください。"))?,
            ),
        };
        if until.is_some() && count.is_some() {
            return Err(Error::invalid(
                "kaisuu",
                "おわりの日と回数は、どちらか一つにしてください。",
            ));
        }
        let starts = clock(&self.starts)
            .ok_or_else(|| Error::invalid("jikoku", "はじまりの時刻を入れてください。"))?;
        let of_day = |time: Time| i32::from(time.hour()) * 60 + i32::from(time.minute());
        let ends = match self.ends.as_str() {
            "24:00" => Some(24 * 60),
            text => clock(text).map(of_day),
        };
        let minutes = ends.and_then(|ends| u16::try_from(ends - of_day(starts)).ok());
        let minutes = minutes.ok_or_else(|| {
            Error::invalid("made", "おわりの時刻を、はじまりより後にしてください。")
        })?;
        let rule = Rule {
            pattern: self.pattern()?,
            from,
            until,
            count,
            starts,
            minutes,
            skip_holidays: self.skip_holidays,
            skip_closing_days: self.skip_closing_days,
            left_out: days("yasumu_hi", &self.left_out, from)?,
            extra: days("fueru_hi", &self.extra, from)?,
        };
        rule.check()?;
        Ok(rule)
    }

    fn pattern(&self) -> Result<Pattern> {
        let every = match self.every.as_str() {
            "" => 1,
            text => text
                .parse()
                .map_err(|_| Error::invalid("nanshuu", "間隔を、数字で入れてください。"))?,
        };
        let on: Vec<DayOfWeek> = self
            .weekdays
            .iter()
            .filter_map(|code| DayOfWeek::from_code(code))
            .collect();
        let not_a_day = || Error::invalid("nichi", "日を、1から31の数字で入れてください。");
        match self.each.as_str() {
            "weekly" => Ok(Pattern::Weekly { every, on }),
            "monthly_nth" => Ok(Pattern::MonthlyNth {
                every,
                nth: self
                    .nth
                    .iter()
                    .filter_map(|code| Nth::from_code(code))
                    .collect(),
                on,
            }),
            "monthly_day" => {
                let numbers = self
                    .days
                    .split(['、', ',', '・', ' ', '　'])
                    .filter(|text| !text.is_empty());
                let days = numbers
                    .map(|text| text.trim_end_matches('日').parse().map_err(|_| not_a_day()));
                Ok(Pattern::MonthlyDay {
                    every,
                    days: days.collect::<Result<_>>()?,
                })
            }
            "month_end" => Ok(Pattern::MonthEnd { every }),
            "yearly" => Ok(Pattern::Yearly {
                month: self.month.parse().map_err(|_| {
                    Error::invalid("tsuki", "月を、1から12の数字で入れてください。")
                })?,
                day: self
                    .days
                    .trim_end_matches('日')
                    .parse()
                    .map_err(|_| not_a_day())?,
            }),
            _ => Err(Error::invalid("kurikaeshi", "くり返し方を選んでください。")),
        }
    }

    /// The form of a rule that stands.
    pub fn of(rule: &Rule) -> Self {
        let ends = match (rule.ends().hour(), rule.ends().minute()) {
            (0, 0) => "24:00".to_owned(),
            (hour, minute) => format!("{hour:02}:{minute:02}"),
        };
        let mut spoken = Self {
            from: rule.from.to_string(),
            until: rule.until.map(|day| day.to_string()).unwrap_or_default(),
            count: rule
                .count
                .map(|count| count.to_string())
                .unwrap_or_default(),
            starts: format!("{:02}:{:02}", rule.starts.hour(), rule.starts.minute()),
            ends,
            skip_holidays: rule.skip_holidays,
            skip_closing_days: rule.skip_closing_days,
            left_out: lines(&rule.left_out),
            extra: lines(&rule.extra),
            every: "1".to_owned(),
            ..Self::default()
        };
        let codes = |on: &[DayOfWeek]| on.iter().map(|day| day.code().to_owned()).collect();
        match &rule.pattern {
            Pattern::Weekly { every, on } => {
                "weekly".clone_into(&mut spoken.each);
                spoken.every = every.to_string();
                spoken.weekdays = codes(on);
            }
            Pattern::MonthlyNth { every, nth, on } => {
                "monthly_nth".clone_into(&mut spoken.each);
                spoken.every = every.to_string();
                spoken.nth = nth.iter().map(|nth| nth.code().to_owned()).collect();
                spoken.weekdays = codes(on);
            }
            Pattern::MonthlyDay { every, days } => {
                "monthly_day".clone_into(&mut spoken.each);
                spoken.every = every.to_string();
                let days: Vec<String> = days.iter().map(u8::to_string).collect();
                spoken.days = days.join("、");
            }
            Pattern::MonthEnd { every } => {
                "month_end".clone_into(&mut spoken.each);
                spoken.every = every.to_string();
            }
            Pattern::Yearly { month, day } => {
                "yearly".clone_into(&mut spoken.each);
                spoken.month = month.to_string();
                spoken.days = day.to_string();
            }
        }
        spoken
    }
}

fn clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn lines(days: &[Date]) -> String {
    let lines: Vec<String> = days.iter().map(Date::to_string).collect();
    lines.join("\n")
}

/// Days, one or a range a line.
fn days(field: &'static str, text: &str, from: Date) -> Result<Vec<Date>> {
    let mut found = Vec::new();
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(super::MOST_SINGLE_DAYS + 1)
    {
        let (first, last) =
            day_text::read(line, from).map_err(|sentence| Error::invalid(field, sentence))?;
        found.extend(
            first
                .series(jiff::Span::new().days(1))
                .take_while(|day| *day <= last),
        );
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_form() -> Spoken {
        Spoken::read(|name| {
            let values: &[&str] = match name {
                "kurikaeshi" => &["monthly_nth"],
                "youbi" => &["we"],
                "dai" => &["2", "4"],
                "hajime" => &["2026-12-01"],
                "jikoku" => &["14:00"],
                "made" => &["16:00"],
                "shukujitsu" | "heikan" => &["yasumu"],
                "yasumu_hi" => &["2027-01-13\n12/23"],
                _ => &[],
            };
            values.iter().map(|value| (*value).to_owned()).collect()
        })
    }

    #[test]
    fn a_form_becomes_a_rule_and_a_rule_a_form() {
        let rule = a_form().rule().unwrap();
        assert_eq!(
            rule.sentence(),
            "毎月 第2・第4水曜日 14:00〜16:00（祝日・年末年始などはお休み）"
        );
        let left_out: Vec<String> = rule.left_out.iter().map(Date::to_string).collect();
        assert_eq!(left_out, ["2026-12-23", "2027-01-13"]);
        assert_eq!(Spoken::of(&rule).rule().unwrap(), rule);
        for (each, days, month) in [
            ("monthly_day", "1、15日", ""),
            ("month_end", "", ""),
            ("yearly", "3", "11"),
        ] {
            let form = Spoken {
                each: each.to_owned(),
                days: days.to_owned(),
                month: month.to_owned(),
                ..a_form()
            };
            let rule = form.rule().unwrap();
            assert_eq!(Spoken::of(&rule).rule().unwrap(), rule, "{each}");
        }
        let late = Spoken {
            ends: "24:00".to_owned(),
            ..a_form()
        }
        .rule()
        .unwrap();
        assert_eq!(Spoken::of(&late).ends, "24:00");
    }

    #[test]
    fn what_is_not_right_names_its_field() {
        let field = |form: Spoken| match form.rule() {
            Err(Error::Invalid { field, .. }) => field,
            _ => "",
        };
        assert_eq!(
            field(Spoken {
                each: String::new(),
                ..a_form()
            }),
            "kurikaeshi"
        );
        assert_eq!(
            field(Spoken {
                nth: vec!["9".to_owned()],
                ..a_form()
            }),
            "youbi"
        );
        assert_eq!(
            field(Spoken {
                from: "あした".to_owned(),
                ..a_form()
            }),
            "hajime"
        );
        assert_eq!(
            field(Spoken {
                ends: "13:00".to_owned(),
                ..a_form()
            }),
            "made"
        );
        assert_eq!(
            field(Spoken {
                starts: String::new(),
                ..a_form()
            }),
            "jikoku"
        );
        assert_eq!(
            field(Spoken {
                extra: "いつか".to_owned(),
                ..a_form()
            }),
            "fueru_hi"
        );
        let both = Spoken {
            until: "2027-01-01".to_owned(),
            count: "3".to_owned(),
            ..a_form()
        };
        assert_eq!(field(both), "kaisuu");
        assert_eq!(
            field(Spoken {
                every: "0".to_owned(),
                ..a_form()
            }),
            "nanshuu"
        );
    }
}
