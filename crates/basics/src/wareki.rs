//! 和暦: the Japanese era of a day, from Meiji's adoption of the solar calendar
//! (1873-01-01) on. Era borders: 大正 1912-07-30, 昭和 1926-12-25, 平成 1989-01-08,
//! 令和 2019-05-01 (元号を改める政令).

use jiff::civil::{Date, date};

const ERAS: [(Date, &str); 5] = [
    (date(2019, 5, 1), "令和"),
    (date(1989, 1, 8), "平成"),
    (date(1926, 12, 25), "昭和"),
    (date(1912, 7, 30), "大正"),
    (date(1873, 1, 1), "明治"),
];

/// Era name and year of the era, or `None` before 1873.
pub fn era_of(day: Date) -> Option<(&'static str, i16)> {
    let (begins, name) = ERAS.iter().find(|(begins, _)| *begins <= day)?;
    // 明治6年 is 1873: the era itself began in 1868.
    let first = if *name == "明治" {
        1868
    } else {
        begins.year()
    };
    Some((name, day.year() - first + 1))
}

/// 「令和8年11月22日」; the first year is written 元年.
pub fn format(day: Date) -> String {
    match era_of(day) {
        Some((era, 1)) => format!("{era}元年{}月{}日", day.month(), day.day()),
        Some((era, year)) => format!("{era}{year}年{}月{}日", day.month(), day.day()),
        None => crate::japanese::date_with_year(day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eras_change_on_their_day() {
        assert_eq!(format(date(2019, 4, 30)), "平成31年4月30日");
        assert_eq!(format(date(2019, 5, 1)), "令和元年5月1日");
        assert_eq!(format(date(1989, 1, 7)), "昭和64年1月7日");
        assert_eq!(format(date(1926, 12, 24)), "大正15年12月24日");
        assert_eq!(format(date(1873, 1, 1)), "明治6年1月1日");
        assert_eq!(era_of(date(1872, 12, 31)), None);
    }
}
