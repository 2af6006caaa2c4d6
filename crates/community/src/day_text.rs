//! Days as people write them: 2026-12-29, 12/29, 12月29日, 令和8年12月29日, and 12/29〜1/3.

use jiff::ToSpan;
use jiff::civil::Date;

/// From a day to a day, both included.
pub(crate) type Span = (Date, Date);

/// What a line says. A day without a year is the next one from `today` on; the end of a range is the next one after
/// its beginning. Words after the day (「年末休業」) are passed over. The error is a sentence for whoever wrote it.
pub(crate) fn read(line: &str, today: Date) -> Result<Span, String> {
    let plain = without_weekdays(&narrow(line));
    let text = plain.trim();
    let ends: Vec<&str> = text
        .splitn(2, ['〜', '~', '–', '—', '→'])
        .map(str::trim)
        .collect();
    let (first, rest) = one(ends[0], today)?;
    let Some(end) = ends.get(1) else {
        return match split_at_kara(rest) {
            Some(end) => until(first, end),
            None if rest.chars().any(|c| c.is_ascii_digit()) => Err(not_understood(line)),
            None => Ok((first, first)),
        };
    };
    if !rest.trim().is_empty() {
        return Err(not_understood(line));
    }
    until(first, end)
}

fn until(first: Date, end: &str) -> Result<Span, String> {
    let (last, rest) = match day_only(end) {
        Some((day, rest)) => {
            let last = Date::new(first.year(), first.month(), day)
                .map_err(|_| "おわりの日は、その月にありません。".to_owned())?;
            (last, rest)
        }
        None => one(end, first)?,
    };
    if rest.chars().any(|c| c.is_ascii_digit()) {
        return Err(not_understood(end));
    }
    if last < first {
        return Err("おわりの日が、はじめの日より前です。".to_owned());
    }
    if last > first.saturating_add(100.days()) {
        return Err("一続きの休みは、100日までで書いてください。".to_owned());
    }
    Ok((first, last))
}

fn split_at_kara(rest: &str) -> Option<&str> {
    let end = rest.trim_start().strip_prefix("から")?.trim();
    (!end.is_empty()).then_some(end)
}

/// 「12/29〜31」: the day alone.
fn day_only(text: &str) -> Option<(i8, &str)> {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (day, rest) = text.split_at(digits);
    let rest = rest.strip_prefix('日').unwrap_or(rest);
    let more = rest.starts_with(['/', '-', '.', '年', '月']);
    (!more).then_some((day.parse().ok()?, rest))
}

/// One day at the beginning of a text, and what comes after it.
fn one(text: &str, after: Date) -> Result<(Date, &str), String> {
    let (era, mut rest) = match text
        .strip_prefix("令和")
        .or_else(|| text.strip_prefix(['R', 'r']))
    {
        Some(rest) => (2018, rest),
        None => (0, text),
    };
    let mut parts: Vec<i16> = Vec::new();
    if let (2018, Some(later)) = (era, rest.strip_prefix('元')) {
        parts.push(1);
        rest = after_separator(later);
    }
    while parts.len() < 3 {
        let digits = rest.chars().take_while(char::is_ascii_digit).count();
        let (number, later) = rest.split_at(digits);
        let Ok(number) = number.parse() else { break };
        parts.push(number);
        let next = after_separator(later);
        let ends_here = next.len() == later.len() || later.starts_with('日');
        rest = next;
        if ends_here {
            break;
        }
    }
    let day = match parts[..] {
        [year, month, day] => day_of(if era > 0 { era + year } else { year }, month, day),
        [month, day] if era == 0 => next_from(after, month, day),
        _ => return Err(not_understood(text)),
    };
    let day = day.ok_or_else(|| format!("{text}：この日付は、こよみにありません。"))?;
    if !(2020..=2099).contains(&day.year()) {
        return Err(format!(
            "{text}：2020年から2099年までの日付を書いてください。"
        ));
    }
    Ok((day, rest.strip_prefix("まで").unwrap_or(rest)))
}

fn after_separator(text: &str) -> &str {
    text.strip_prefix(['/', '-', '.', '年', '月', '日'])
        .unwrap_or(text)
}

fn day_of(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// The next such day from this day on; 29 February may be years away.
fn next_from(from: Date, month: i16, day: i16) -> Option<Date> {
    (from.year()..from.year() + 9)
        .filter_map(|year| day_of(year, month, day))
        .find(|found| *found >= from)
}

fn not_understood(text: &str) -> String {
    let shown: String = text.trim().chars().take(40).collect();
    format!(
        "「{shown}」を日付として読めませんでした。2026-12-29 や 12/29〜1/3 のように書いてください。"
    )
}

/// Full width to plain: 「１２／２９」.
fn narrow(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{3000}' => ' ',
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            other => other,
        })
        .collect()
}

/// Without 「（火）」 and 「(月・祝)」.
fn without_weekdays(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('(') {
        let Some((inside, later)) = after.split_once(')') else {
            break;
        };
        kept.push_str(before);
        if !inside
            .chars()
            .all(|c| "月火水木金土日祝休振替・曜 ".contains(c))
        {
            kept.push('(');
            kept.push_str(inside);
            kept.push(')');
        }
        rest = later;
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_ways_an_office_writes_a_day() {
        let today = date(2026, 11, 22);
        let new_year = (date(2026, 12, 29), date(2027, 1, 3));
        let day = (date(2026, 12, 29), date(2026, 12, 29));
        for text in [
            "2026-12-29",
            "2026/12/29",
            "2026.12.29",
            "12/29",
            "１２／２９",
            "12月29日",
            "2026年12月29日（火）",
            "令和8年12月29日",
            "R8.12.29",
            "令和８年１２月２９日（火・休）　年末休業",
            "12/29 年末",
        ] {
            assert_eq!(read(text, today), Ok(day), "{text}");
        }
        for text in [
            "2026-12-29〜2027-01-03",
            "12/29～1/3",
            "12月29日(火)〜1月3日(日)まで",
            "12/29 ~ 1/3",
            "12月29日から1月3日まで",
            "令和8年12月29日〜令和9年1月3日",
        ] {
            assert_eq!(read(text, today), Ok(new_year), "{text}");
        }
        assert_eq!(
            read("12/29〜31", today),
            Ok((date(2026, 12, 29), date(2026, 12, 31)))
        );
        assert_eq!(read("11/21", today).unwrap().0, date(2027, 11, 21));
        assert_eq!(read("11/22", today).unwrap().0, today);
        assert_eq!(read("2/29", today).unwrap().0, date(2028, 2, 29));
        assert_eq!(
            read("令和元年5月1日", today).unwrap_err(),
            "令和元年5月1日：2020年から2099年までの日付を書いてください。"
        );
    }

    #[test]
    fn what_is_no_day_is_said_and_nothing_is_guessed() {
        let today = date(2026, 11, 22);
        for text in [
            "",
            "年末",
            "2/30",
            "2026-13-01",
            "12",
            "2026-12",
            "12/29 10:00",
            "2027-01-05〜2027-01-03",
            "平成30年1月1日",
            "1999-01-01",
            "12/29〜",
            "2026-01-01〜2027-12-31",
            "99999999999/1/1",
            "12/29〜年明け",
            "第2水曜",
        ] {
            assert!(
                read(text, today).is_err(),
                "{text}: {:?}",
                read(text, today)
            );
        }
    }
}
