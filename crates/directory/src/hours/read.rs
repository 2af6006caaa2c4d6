//! Reads the hours as public bodies write them: 「月〜金 9:00-12:00, 13:00-16:00（祝日・年末年始を除く）」.
//!
//! The reader is strict: one word it does not know, and nothing is understood. A wrong "open now" sends someone who
//! gathered all their strength to a telephone nobody answers.

use crate::contact::Channel;

use super::schedule::{Schedule, Span, Stated, TurnOfYear};

/// Reads the two columns. `None`: not understood, or the days of the week are not said.
pub fn read(hours: &str, closed: &str) -> Option<(Option<Channel>, Schedule)> {
    let mut found = Found::default();
    closed_days(&plain(closed), &mut found)?;
    let hours = plain(hours);
    let (channel, hours) = label(&hours);
    // 「／」 between parts for different days has become 「/」; dates like 12/29 stand in brackets only.
    for part in split_outside_brackets(hours, '/') {
        segment(part, &mut found)?;
    }
    found.schedule().map(|schedule| (channel, schedule))
}

/// What has been read so far.
#[derive(Default)]
struct Found {
    parts: Vec<(Option<Days>, Vec<Span>)>,
    /// Days of the week that are said to be closed, Monday first.
    closed: [bool; 7],
    holidays: Option<Stated>,
    turn_of_year: Option<TurnOfYear>,
    closed_dates: Vec<(i8, i8)>,
    /// Said to be closed in the middle of the day: 「正午から午後1時までを除く」.
    pauses: Vec<Span>,
}

type Days = [bool; 7];

const DAY_NAMES: &str = "月火水木金土日";
const WEEKDAYS: Days = [true, true, true, true, true, false, false];

impl Found {
    fn schedule(mut self) -> Option<Schedule> {
        if self.parts.is_empty() {
            return None;
        }
        // 「休日」 alone may or may not mean Saturday: enough for holidays, not enough to know the week.
        let stated_closed = self.closed;
        let mut week: [Vec<Span>; 7] = Default::default();
        for (days, spans) in std::mem::take(&mut self.parts) {
            let days = match days {
                Some(days) => days,
                // The days closed are listed and Sunday is among them: then the list is about the week.
                None if stated_closed[6] => stated_closed.map(|closed| !closed),
                None => return None,
            };
            for (day, spans_of_day) in week.iter_mut().enumerate() {
                if !days[day] {
                    continue;
                }
                if stated_closed[day] || !spans_of_day.is_empty() {
                    return None; // the text contradicts itself
                }
                *spans_of_day = without(&spans, &self.pauses);
            }
        }
        if week.iter().all(Vec::is_empty) {
            return None;
        }
        Some(Schedule {
            week,
            holidays: self.holidays.unwrap_or(Stated::NotStated),
            turn_of_year: self
                .turn_of_year
                .unwrap_or(TurnOfYear::usual(Stated::NotStated)),
            closed_days: self.closed_dates,
        })
    }

    fn close_holidays(&mut self) {
        self.holidays = Some(Stated::Closed);
    }
}

fn without(spans: &[Span], pauses: &[Span]) -> Vec<Span> {
    let mut left = spans.to_vec();
    for pause in pauses {
        left = left
            .into_iter()
            .flat_map(|span| {
                [
                    Span {
                        from: span.from,
                        to: span.to.min(pause.from),
                    },
                    Span {
                        from: span.from.max(pause.to),
                        to: span.to,
                    },
                ]
            })
            .filter(|span| span.from < span.to)
            .collect();
    }
    left
}

/// One way of writing for what is written in many: half-width digits, one hyphen, no spaces.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32).unwrap_or(c),
            '～' | '〜' | '~' | '－' | '‐' | '–' | '—' | '−' => '-',
            '：' => ':',
            '（' => '(',
            '）' => ')',
            '、' | '，' => ',',
            '／' => '/',
            _ => c,
        })
        .collect()
}

/// 「電話受付:」 says which channel; the others say which door, of a place with one door.
fn label(text: &str) -> (Option<Channel>, &str) {
    for (label, channel) in [
        ("電話受付:", Some(Channel::Tel)),
        ("役場本庁:", None),
        ("市役所本庁舎:", None),
        ("開庁時間:", None),
        ("窓口:", Some(Channel::Office)),
    ] {
        if let Some(rest) = text.strip_prefix(label) {
            return (channel, rest);
        }
    }
    (None, text)
}

fn split_outside_brackets(text: &str, at: char) -> Vec<&str> {
    let mut depth = 0;
    text.split(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == at && depth == 0
    })
    .collect()
}

/// 「平日 8時30分-17時15分(土日祝を除く)」
fn segment(text: &str, found: &mut Found) -> Option<()> {
    let mut rest = String::new();
    let mut inside: Option<String> = None;
    for c in text.chars() {
        match (c, &mut inside) {
            ('(', None) => inside = Some(String::new()),
            (')', Some(words)) => {
                let words = std::mem::take(words);
                inside = None;
                // The days may stand in the bracket: 「午前９時～午後５時（平日の月～金曜日）」.
                rest.insert_str(0, bracket(&words, found)?);
            }
            ('(' | ')', _) => return None,
            (c, Some(words)) => words.push(c),
            (c, None) => rest.push(c),
        }
    }
    if inside.is_some() {
        return None;
    }
    // 「土日祝日を除く平日の…」, 「…※土日祝日を除く」
    if let Some((before, after)) = rest.clone().split_once("を除く") {
        let start = before.rfind('※').map_or(0, |at| at + '※'.len_utf8());
        if start == 0 {
            closed_days(before, found)?;
            after.clone_into(&mut rest);
        } else {
            closed_days(&before[start..], found)?;
            rest = format!("{}{after}", &before[..start - '※'.len_utf8()]);
        }
    }
    let text = rest.trim_end_matches('。');
    if matches!(text, "24時間" | "終日" | "24時間・緊急時") {
        found.holidays = Some(Stated::Open);
        found.turn_of_year = Some(TurnOfYear::usual(Stated::Open));
        found
            .parts
            .push((Some([true; 7]), vec![Span { from: 0, to: 1440 }]));
        return Some(());
    }
    let (days, times) = days(text, found)?;
    let spans = spans(times)?;
    found.parts.push((days, spans));
    Some(())
}

/// What stands in brackets: closing days, a pause, the need to book; or the days themselves, which are handed back
/// (else an empty text).
fn bracket(words: &str, found: &mut Found) -> Option<&'static str> {
    if let Some(pause) = words.trim_end_matches('。').strip_suffix("を除く")
        && let Some(spans) = spans(pause)
    {
        found.pauses.extend(spans);
        return Some("");
    }
    if words == "平日の月-金曜日" {
        return Some("平日");
    }
    if words == "祝日の場合は休み" {
        found.close_holidays();
        return Some("");
    }
    for part in words.trim_end_matches('。').split(',') {
        if matches!(part, "要予約" | "予約制" | "要電話予約") {
            continue;
        }
        let list = ["を除く", "除く", "は休み", "休み", "休", "閉庁"]
            .iter()
            .find_map(|end| part.strip_suffix(end))
            .or_else(|| {
                // 「祝休日,…を除く」: the end of the list says what the whole list is.
                (words.ends_with("除く") || words.ends_with('休') || words.ends_with("休み"))
                    .then_some(part)
            })?;
        closed_days(list, found)?;
    }
    Some("")
}

/// A list of what is closed: 「土曜日・日曜日・祝日・12月29日-1月3日」.
fn closed_days(list: &str, found: &mut Found) -> Option<()> {
    for word in list
        .split(['・', ','])
        .flat_map(|word| word.split("及び"))
        .filter(|word| !word.is_empty())
    {
        match word {
            "祝" | "祝日" | "祝休日" | "祝祭日" | "休日" | "国民の祝日" => {
                found.close_holidays();
            }
            "年末年始" | "年末年始期間" => {
                found.turn_of_year = Some(TurnOfYear::usual(Stated::Closed));
            }
            "慰霊の日" => found.closed_dates.push((6, 23)),
            "土日祝" | "土日祝日" | "土日祝祭日" => {
                found.closed[5] = true;
                found.closed[6] = true;
                found.close_holidays();
            }
            "土日" => {
                found.closed[5] = true;
                found.closed[6] = true;
            }
            _ => match (day_of(word), dates(word)) {
                (Some(day), _) => found.closed[day] = true,
                (None, Some(turn)) => found.turn_of_year = Some(turn),
                (None, None) => return None,
            },
        }
    }
    Some(())
}

/// 「土」「土曜」「土曜日」
fn day_of(word: &str) -> Option<usize> {
    let name = word
        .strip_suffix("曜日")
        .or_else(|| word.strip_suffix('曜'))
        .unwrap_or(word);
    let mut chars = name.chars();
    let (day, None) = (chars.next()?, chars.next()) else {
        return None;
    };
    DAY_NAMES.chars().position(|c| c == day)
}

/// 「12/29-1/3」「12月29日-1月3日」
fn dates(word: &str) -> Option<TurnOfYear> {
    let (from, to) = word.split_once('-')?;
    let date = |text: &str| {
        let (month, day) = text
            .split_once('/')
            .or_else(|| text.strip_suffix('日')?.split_once('月'))?;
        Some((
            month.parse::<i8>().ok().filter(|m| (1..=12).contains(m))?,
            day.parse::<i8>().ok().filter(|d| (1..=31).contains(d))?,
        ))
    };
    let turn = TurnOfYear {
        stated: Stated::Closed,
        from: date(from)?,
        to: date(to)?,
    };
    // Only what lies around New Year: a summer closing would be another thing.
    (matches!(turn.from.0, 12 | 1) && turn.to.0 == 1).then_some(turn)
}

/// The days at the head of the text, and the rest. No days at all is allowed: the closing days may say it.
fn days<'a>(text: &'a str, found: &mut Found) -> Option<(Option<Days>, &'a str)> {
    let start = text
        .find(|c: char| c.is_ascii_digit())
        .into_iter()
        .chain(text.find("午前"))
        .chain(text.find("午後"))
        .chain(text.find("正午"))
        .min()?;
    let (head, times) = text.split_at(start);
    let head = head.trim_start_matches("毎週").trim_end_matches('の');
    if head.is_empty() {
        return Some((None, times));
    }
    if head == "毎日" {
        found.holidays.get_or_insert(Stated::Open);
        found
            .turn_of_year
            .get_or_insert(TurnOfYear::usual(Stated::Open));
        return Some((Some([true; 7]), times));
    }
    if head == "平日" {
        found.close_holidays(); // 平日: neither Saturday nor Sunday nor a holiday
        return Some((Some(WEEKDAYS), times));
    }
    let mut days: Days = [false; 7];
    for word in head.split(['・', ',']) {
        match word.split_once('-').or_else(|| word.split_once("から")) {
            Some((from, to)) => {
                let (from, to) = (day_of(from)?, day_of(to)?);
                if from >= to {
                    return None;
                }
                days[from..=to].fill(true);
            }
            None => days[day_of(word)?] = true,
        }
    }
    Some((Some(days), times))
}

/// 「10:00-12:00,13:00-16:00」「午前8時30分から午後5時15分まで」
fn spans(text: &str) -> Option<Vec<Span>> {
    let mut spans = Vec::new();
    for part in text.split([',', '・']) {
        let part = part.strip_suffix("まで").unwrap_or(part);
        let (from, to) = part.split_once("から").or_else(|| part.split_once('-'))?;
        let span = Span {
            from: time(from, part)?,
            to: time(to, part)?,
        };
        if span.from >= span.to || spans.last().is_some_and(|last: &Span| last.to >= span.from) {
            return None;
        }
        spans.push(span);
    }
    Some(spans)
}

/// Minutes since midnight: 「9:00」「9時」「午後5時15分」「正午」; a bare 「9」 only where the range ends in 時.
fn time(text: &str, range: &str) -> Option<u16> {
    if text == "正午" {
        return Some(720);
    }
    let (half, text) = if let Some(rest) = text.strip_prefix("午前") {
        (0, rest)
    } else if let Some(rest) = text.strip_prefix("午後") {
        (12, rest)
    } else {
        (24, text)
    };
    let (hour, minute) = if let Some((hour, minute)) = text.split_once(':') {
        (hour, number(minute).filter(|_| minute.len() == 2)?)
    } else if let Some((hour, minute)) = text.split_once('時') {
        (
            hour,
            if minute.is_empty() {
                0
            } else if minute == "半" {
                30
            } else {
                number(minute.strip_suffix('分')?)?
            },
        )
    } else if range.ends_with('時') {
        (text, 0)
    } else {
        return None;
    };
    let hour = number(hour)?;
    let hour = match half {
        24 => hour,
        _ if hour > 12 => return None,
        12 if hour < 12 => hour + 12,
        _ => hour,
    };
    (minute < 60 && (hour < 24 || hour == 24 && minute == 0)).then_some(hour * 60 + minute)
}

fn number(text: &str) -> Option<u16> {
    if text.is_empty() || text.len() > 2 {
        None
    } else {
        text.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// tests/hours.csv: ways public bodies write hours, and what is understood (nothing, where `lines` is empty).
    #[test]
    fn hours_are_read_as_the_table_says() {
        let table = include_bytes!("../../tests/hours.csv");
        let mut rows = 0;
        for row in csv::Reader::from_reader(&table[..]).records() {
            let row = row.unwrap();
            let words = |stated| match stated {
                Stated::Closed => "closed",
                Stated::Open => "open",
                Stated::NotStated => "not stated",
            };
            let found =
                read(&row[0], &row[1]).map_or_else(<[String; 3]>::default, |(_, schedule)| {
                    let turn = schedule.turn_of_year.stated;
                    [
                        schedule.lines().join(" / "),
                        words(schedule.holidays).into(),
                        words(turn).into(),
                    ]
                });
            assert_eq!(
                found,
                [&row[2], &row[3], &row[4]],
                "{} | {}",
                &row[0],
                &row[1]
            );
            rows += 1;
        }
        assert_eq!(rows, ROWS);
    }

    const ROWS: usize = 42;
}
