//! 国民の祝日 from 2020 on (国民の祝日に関する法律, 昭和23年法律第178号, as amended).
//!
//! 春分の日 and 秋分の日 are announced a year ahead by 国立天文台; the usual
//! approximation used here agrees with every announced day and is good to 2099.

use jiff::civil::{Date, Weekday, date};

/// The name of the holiday on this day, substitutes (振替休日) and the day between
/// two holidays (国民の休日) included. `None` on other days.
pub fn holiday_name(day: Date) -> Option<&'static str> {
    named(day)
        .or_else(|| substitute(day).then_some("振替休日"))
        .or_else(|| between(day).then_some("国民の休日"))
}

/// Whether the day is a public holiday.
pub fn is_holiday(day: Date) -> bool {
    holiday_name(day).is_some()
}

/// 29 December to 3 January: the days on which public offices are closed
/// (行政機関の休日に関する法律 第1条; municipal ordinances follow it).
pub fn is_new_year_closure(day: Date) -> bool {
    matches!((day.month(), day.day()), (12, 29..=31) | (1, 1..=3))
}

/// 第2条: the holidays with a name of their own.
fn named(day: Date) -> Option<&'static str> {
    let year = day.year();
    // The Olympic special measures of 2020 and 2021 moved three days.
    let moved = match year {
        2020 => Some([
            (7, 23, "海の日"),
            (7, 24, "スポーツの日"),
            (8, 10, "山の日"),
        ]),
        2021 => Some([(7, 22, "海の日"), (7, 23, "スポーツの日"), (8, 8, "山の日")]),
        _ => None,
    };
    if let Some(moved) = moved {
        let hit = moved
            .iter()
            .find(|(m, d, _)| (*m, *d) == (day.month(), day.day()));
        if let Some((_, _, name)) = hit {
            return Some(name);
        }
    }
    let monday = |n: i8| day.weekday() == Weekday::Monday && (day.day() - 1) / 7 + 1 == n;
    match (day.month(), day.day()) {
        (1, 1) => Some("元日"),
        (1, _) if monday(2) => Some("成人の日"),
        (2, 11) => Some("建国記念の日"),
        (2, 23) => Some("天皇誕生日"),
        (3, d) if d == vernal_equinox(year) => Some("春分の日"),
        (4, 29) => Some("昭和の日"),
        (5, 3) => Some("憲法記念日"),
        (5, 4) => Some("みどりの日"),
        (5, 5) => Some("こどもの日"),
        (7, _) if moved.is_none() && monday(3) => Some("海の日"),
        (8, 11) if moved.is_none() => Some("山の日"),
        (9, _) if monday(3) => Some("敬老の日"),
        (9, d) if d == autumnal_equinox(year) => Some("秋分の日"),
        (10, _) if moved.is_none() && monday(2) => Some("スポーツの日"),
        (11, 3) => Some("文化の日"),
        (11, 23) => Some("勤労感謝の日"),
        _ => None,
    }
}

/// 第3条第2項: a holiday on a Sunday moves to the next day that is no holiday.
fn substitute(day: Date) -> bool {
    let mut before = day;
    while let Ok(previous) = before.yesterday() {
        if named(previous).is_none() {
            return false;
        }
        if previous.weekday() == Weekday::Sunday {
            return true;
        }
        before = previous;
    }
    false
}

/// 第3条第3項: a day between two holidays is a holiday.
fn between(day: Date) -> bool {
    match (day.yesterday(), day.tomorrow()) {
        (Ok(previous), Ok(next)) => named(previous).is_some() && named(next).is_some(),
        _ => false,
    }
}

fn vernal_equinox(year: i16) -> i8 {
    equinox(20.8431, year)
}

fn autumnal_equinox(year: i16) -> i8 {
    equinox(23.2488, year)
}

fn equinox(base: f64, year: i16) -> i8 {
    let since = f64::from(year - 1980);
    (base + 0.242_194 * since).floor() as i8 - (since / 4.0).floor() as i8
}

/// All holidays of a calendar year, in order.
pub fn holidays_of(year: i16) -> Vec<(Date, &'static str)> {
    date(year, 1, 1)
        .series(jiff::Span::new().days(1))
        .take_while(|day| day.year() == year)
        .filter_map(|day| holiday_name(day).map(|name| (day, name)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 内閣府「国民の祝日について」, the days of 2026 and 2027 as month/day.
    #[test]
    fn the_days_of_2026_and_2027() {
        let days = |year| {
            holidays_of(year)
                .iter()
                .map(|(day, _)| format!("{}/{}", day.month(), day.day()))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            days(2026),
            "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/20 8/11 9/21 9/22 9/23 10/12 11/3 11/23"
        );
        assert_eq!(
            days(2027),
            "1/1 1/11 2/11 2/23 3/21 3/22 4/29 5/3 5/4 5/5 7/19 8/11 9/20 9/23 10/11 11/3 11/23"
        );
        assert_eq!(holiday_name(date(2026, 9, 22)), Some("国民の休日"));
        assert_eq!(holiday_name(date(2027, 3, 22)), Some("振替休日"));
    }

    #[test]
    fn the_new_year_closure_is_six_days() {
        let closed = date(2026, 12, 25)
            .series(jiff::Span::new().days(1))
            .take(15)
            .filter(|day| is_new_year_closure(*day))
            .count();
        assert_eq!(closed, 6);
    }
}
