//! Days and times as a person would say them.

use jiff::Zoned;
use jiff::civil::{Date, Time, Weekday};

/// One character: 月火水木金土日.
pub fn weekday(day: Date) -> &'static str {
    match day.weekday() {
        Weekday::Monday => "月",
        Weekday::Tuesday => "火",
        Weekday::Wednesday => "水",
        Weekday::Thursday => "木",
        Weekday::Friday => "金",
        Weekday::Saturday => "土",
        Weekday::Sunday => "日",
    }
}

/// 「11月24日（火）」
pub fn date(day: Date) -> String {
    format!("{}月{}日（{}）", day.month(), day.day(), weekday(day))
}

/// 「2026年11月24日」
pub fn date_with_year(day: Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// 「9:05」 – for the normal pages.
pub fn time(at: Time) -> String {
    format!("{}:{:02}", at.hour(), at.minute())
}

/// 「午前9時5分」 – やさしい日本語 writes no 24-hour clock (在留支援のためのやさしい日本語ガイドライン).
pub fn easy_time(at: Time) -> String {
    let half = if at.hour() < 12 { "午前" } else { "午後" };
    let hour = at.hour() % 12;
    match at.minute() {
        0 => format!("{half}{hour}時"),
        minute => format!("{half}{hour}時{minute}分"),
    }
}

/// 「14:00〜16:00」
pub fn span(from: Time, until: Time) -> String {
    format!("{}〜{}", time(from), time(until))
}

/// 「午後2時から 午後4時まで」 – the same guideline asks for words instead of 「〜」.
pub fn easy_span(from: Time, until: Time) -> String {
    format!("{}から {}まで", easy_time(from), easy_time(until))
}

/// 「11月24日（火）午前9時5分」
pub fn easy_date_time(at: &Zoned) -> String {
    format!("{}{}", date(at.date()), easy_time(at.time()))
}

/// 「11月24日（火）9:05」
pub fn date_time(at: &Zoned) -> String {
    format!("{}{}", date(at.date()), time(at.time()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_read_aloud() {
        let at = crate::time::to_jst("2026-11-24T00:05:00Z".parse().unwrap());
        assert_eq!(date_time(&at), "11月24日（火）9:05");
        assert_eq!(easy_time(at.time()), "午前9時5分");
        assert_eq!(easy_date_time(&at), "11月24日（火）午前9時5分");
        let (two, four) = (
            jiff::civil::time(14, 0, 0, 0),
            jiff::civil::time(16, 30, 0, 0),
        );
        assert_eq!(span(two, four), "14:00〜16:30");
        assert_eq!(easy_span(two, four), "午後2時から 午後4時30分まで");
        assert_eq!(easy_time(jiff::civil::time(12, 0, 0, 0)), "午後0時");
    }
}
