//! Days and times as people type them, and as the desk says them.

use basics::time::to_jst;
use jiff::Timestamp;
use jiff::civil::{Date, Time};

fn half_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            other => other,
        })
        .collect()
}

fn numbers(text: &str) -> Vec<i64> {
    half_width(text)
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect::<Option<Vec<i64>>>()
        .unwrap_or_default()
}

/// A number of a case as people type it: 12, １２, No. 12.
pub(super) fn whole_number(text: &str) -> Option<i64> {
    match numbers(text)[..] {
        [number] => Some(number),
        _ => None,
    }
}

/// A day: 2026-12-28, 2026年12月28日, 12/28 (then the next such day, seen from `today`).
pub(super) fn read_day(text: &str, today: Date) -> Option<Date> {
    let day = |year: i64, month: i64, day: i64| {
        Date::new(
            i16::try_from(year).ok()?,
            i8::try_from(month).ok()?,
            i8::try_from(day).ok()?,
        )
        .ok()
    };
    match numbers(text)[..] {
        [year, month, at] => day(year, month, at),
        [month, at] => {
            let year = i64::from(today.year());
            day(year, month, at)
                .filter(|found| *found >= today)
                .or_else(|| day(year + 1, month, at))
        }
        _ => None,
    }
}

/// A time: 8:30, ８：３０, 8時30分, 0830, 17時.
pub(super) fn read_time(text: &str) -> Option<Time> {
    let time = |hour: i64, minute: i64| {
        Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()
    };
    let plain = half_width(text.trim());
    match numbers(&plain)[..] {
        [together] if plain.len() == 4 && plain.bytes().all(|byte| byte.is_ascii_digit()) => {
            time(together / 100, together % 100)
        }
        [hour] => time(hour, 0),
        [hour, minute] => time(hour, minute),
        _ => None,
    }
}

/// As an input of type `time` holds it.
pub(super) fn time_field(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// How many calendar days from `from` to `to`.
pub(super) fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

/// How long ago, in the largest fitting unit: 「3日前」.
pub(super) fn ago(then: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(then).as_mins().max(0);
    let days = days_between(to_jst(then).date(), to_jst(now).date());
    match minutes {
        0 => "たったいま".to_owned(),
        1..60 => format!("{minutes}分前"),
        60..1440 if days == 0 => format!("{}時間前", minutes / 60),
        _ if days <= 1 => format!("きのう {}", basics::japanese::time(to_jst(then).time())),
        _ => format!("{days}日前"),
    }
}

/// A day, with its year when it is not this one.
pub(super) fn on(day: Date, today: Date) -> String {
    if day.year() == today.year() {
        basics::japanese::date(day)
    } else {
        basics::japanese::date_with_year(day)
    }
}

/// A moment in full, with the year when it is not this one.
pub(super) fn moment(at: Timestamp, today: Date) -> String {
    let at = to_jst(at);
    let year = if at.year() == today.year() {
        String::new()
    } else {
        format!("{}年", at.year())
    };
    format!(
        "{year}{} {}",
        basics::japanese::date(at.date()),
        basics::japanese::time(at.time())
    )
}

/// A promised day as the desk says it, in words: 「きょうまで」「2日すぎています（11月20日（金）まで）」.
pub(super) fn due(day: Date, today: Date) -> String {
    let said = basics::japanese::date(day);
    match days_between(today, day) {
        0 => "きょうまで".to_owned(),
        1 => format!("あすまで（{said}）"),
        late if late < 0 => format!("{}日すぎています（{said}）", -late),
        _ => format!("{said}まで"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    #[test]
    fn days_and_times_are_read_as_people_type_them() {
        let today = date(2026, 11, 22);
        for text in [
            "2026-12-28",
            "２０２６年１２月２８日",
            "12/28",
            "12月28日",
            " 2026/12/28 ",
        ] {
            assert_eq!(read_day(text, today), Some(date(2026, 12, 28)), "{text}");
        }
        assert_eq!(read_day("1/4", today), Some(date(2027, 1, 4)));
        for bad in ["", "2026-13-01", "あした", "99999999999999999999-1-1"] {
            assert_eq!(read_day(bad, today), None, "{bad}");
        }
        for text in ["8:30", "08:30", "８：３０", "8時30分", "0830"] {
            assert_eq!(read_time(text), Some(time(8, 30, 0, 0)), "{text}");
        }
        assert_eq!(read_time("25:00"), None);
    }

    #[test]
    fn a_promise_is_said_in_words() {
        let today = date(2026, 11, 22);
        assert_eq!(due(date(2026, 11, 22), today), "きょうまで");
        assert_eq!(
            due(date(2026, 11, 20), today),
            "2日すぎています（11月20日（金））"
        );
        assert_eq!(due(date(2026, 11, 26), today), "11月26日（木）まで");
    }
}
