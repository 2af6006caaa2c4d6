//! A calendar file as closing days: whole days only. The reader takes what calendars of town halls and telephones write.

use super::{AHEAD_YEARS, MOST_DAYS, MOST_LINES, Said, days};
use crate::recurrence::expand;
use crate::{Error, Result};
use jiff::civil::Date;
use jiff::{Span, ToSpan};

/// The events of a calendar, each with what it says.
pub(super) fn read(bytes: &[u8], today: Date) -> Result<Vec<(String, Said)>> {
    let text = std::str::from_utf8(bytes).map_err(|_| not_a_calendar())?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if !text
        .get(..15)
        .is_some_and(|head| head.eq_ignore_ascii_case("BEGIN:VCALENDAR"))
    {
        return Err(not_a_calendar());
    }
    let mut events = Vec::new();
    let mut event: Option<Event> = None;
    // Components within an event (VALARM) have days of their own; they are not the event's.
    let mut inside = 0_usize;
    for line in unfolded(text) {
        let Some((name, parameters, value)) = content_line(&line) else {
            continue;
        };
        match (
            name.as_str(),
            value.to_ascii_uppercase().as_str(),
            &mut event,
        ) {
            ("BEGIN", "VEVENT", None) => event = Some(Event::default()),
            ("BEGIN", _, Some(_)) => inside += 1,
            ("END", "VEVENT", Some(_)) if inside == 0 => {
                events.extend(event.take().map(|event| event.said(today)));
                if events.len() > MOST_LINES {
                    break;
                }
            }
            ("END", _, Some(_)) => inside = inside.saturating_sub(1),
            (_, _, Some(event)) if inside == 0 => event.take(&name, parameters, value),
            _ => {}
        }
    }
    Ok(events)
}

fn not_a_calendar() -> Error {
    Error::invalid(
        "file",
        "カレンダーのファイル（.ics）として読めませんでした。下の欄に、日付を一行ずつ書くこともできます。",
    )
}

/// RFC 5545 §3.1: a line that begins with a blank goes on from the one before.
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split(['\n', '\r']).filter(|line| !line.is_empty()) {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// Name, parameters, value. A colon in quotes belongs to its parameter.
fn content_line(line: &str) -> Option<(String, String, &str)> {
    let mut quoted = false;
    let colon = line.char_indices().find_map(|(at, sign)| {
        quoted ^= sign == '"';
        (sign == ':' && !quoted).then_some(at)
    })?;
    let (head, value) = (&line[..colon], line[colon + 1..].trim_end());
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    Some((
        name.to_ascii_uppercase(),
        parameters.to_ascii_uppercase(),
        value,
    ))
}

#[derive(Default)]
struct Event {
    start: Option<(String, String)>,
    end: Option<String>,
    duration: Option<String>,
    rule: Option<String>,
    left_out: Vec<Date>,
    added: Vec<Date>,
    name: String,
    cancelled: bool,
}

impl Event {
    fn take(&mut self, name: &str, parameters: String, value: &str) {
        match name {
            "DTSTART" => self.start = Some((parameters, value.to_owned())),
            "DTEND" => self.end = Some(value.to_owned()),
            "DURATION" => self.duration = Some(value.to_owned()),
            "RRULE" => self.rule = Some(value.to_owned()),
            "EXDATE" => self
                .left_out
                .extend(value.split(',').take(MOST_DAYS).filter_map(day)),
            "RDATE" => self
                .added
                .extend(value.split(',').take(MOST_DAYS).filter_map(day)),
            "SUMMARY" => self.name = plain(value),
            "STATUS" => self.cancelled = value.eq_ignore_ascii_case("CANCELLED"),
            _ => {}
        }
    }

    fn said(self, today: Date) -> (String, Said) {
        let name = if self.name.is_empty() {
            "（名前のない予定）"
        } else {
            &self.name
        };
        let first = self.start.as_ref().and_then(|(_, value)| day(value));
        let place = match first {
            Some(first) => format!("{name}（{}）", basics::japanese::date_with_year(first)),
            None => name.to_owned(),
        };
        let said = self.days(today);
        (place, said)
    }

    fn days(self, today: Date) -> Said {
        let left_out = |why: &str| Said::LeftOut(why.to_owned());
        if self.cancelled {
            return left_out("とりやめになった予定なので、入れません。");
        }
        let Some((parameters, start)) = self.start else {
            return Said::NotUnderstood("始まりの日がありません。".to_owned());
        };
        if start.contains(['T', 't'])
            && !parameters.contains("VALUE=DATE;")
            && !parameters.ends_with("VALUE=DATE")
        {
            return left_out("時刻のある予定なので、入れません。一日休みの予定だけを入れます。");
        }
        let Some(first) = day(&start) else {
            return Said::NotUnderstood("始まりの日を読めませんでした。".to_owned());
        };
        let length = match (&self.end, &self.duration) {
            // The end of whole days is the day after the last (RFC 5545 §3.6.1).
            (Some(end), _) => day(end)
                .and_then(|end| first.until(end).ok())
                .map(|span| span.get_days()),
            (None, Some(duration)) => whole_days(duration),
            (None, None) => Some(1),
        };
        let Some(length) = length.map(|days| days.max(1)).filter(|days| *days <= 100) else {
            return left_out("一続きの休みは、100日までです。");
        };
        let mut starts = vec![first];
        if let Some(rule) = &self.rule {
            let until = today.saturating_add(Span::new().years(AHEAD_YEARS));
            let from = today.saturating_sub(length.days());
            let Some(found) = expand(first, rule, from, until) else {
                return Said::NotUnderstood(
                    "くり返し方を読めませんでした。日付を一行ずつ書いてください。".to_owned(),
                );
            };
            starts = found;
        }
        starts.extend(&self.added);
        starts.retain(|start| !self.left_out.contains(start));
        if starts.len() > MOST_DAYS {
            return left_out(
                "くり返しが多すぎます（400日まで）。休みの曜日は、窓口の設定で入れてください。",
            );
        }
        let mut all: Vec<Date> = starts
            .into_iter()
            .flat_map(|start| days(start, start.saturating_add((length - 1).days())))
            .collect();
        all.sort_unstable();
        all.dedup();
        if all.is_empty() {
            return left_out("これから2年のあいだに、この予定の日はありません。");
        }
        Said::Days(all)
    }
}

/// `20261229` at the beginning of a value.
fn day(value: &str) -> Option<Date> {
    let digits = value.get(..8)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let found = Date::new(
        digits[..4].parse().ok()?,
        digits[4..6].parse().ok()?,
        digits[6..].parse().ok()?,
    );
    found.ok().filter(|day| (1900..=2100).contains(&day.year()))
}

/// `P3D`, `P1W`.
fn whole_days(duration: &str) -> Option<i32> {
    let number = duration.strip_prefix('P')?;
    if let Some(weeks) = number.strip_suffix('W') {
        return weeks.parse::<i32>().ok()?.checked_mul(7);
    }
    number.strip_suffix('D')?.parse().ok()
}

/// The escapes of RFC 5545 §3.3.11 undone, in one short line.
fn plain(value: &str) -> String {
    let mut text = String::new();
    let mut signs = value.chars();
    while let Some(sign) = signs.next() {
        match (sign, sign == '\\') {
            (_, true) => match signs.next() {
                Some('n' | 'N') => text.push(' '),
                Some(other) => text.push(other),
                None => {}
            },
            (other, false) if !other.is_control() => text.push(other),
            _ => {}
        }
    }
    text.trim().chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Source, sort_out};
    use jiff::civil::{Date, date};

    const CALENDAR: &str = "\u{feff}BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VTIMEZONE\r\nTZID:Asia/Tokyo\r\n\
        BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
        BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:年末年始\\, 休業\r\nDTSTART;VALUE=DATE:20261229\r\nDTEND;VALUE=DATE:20270104\r\n\
        BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-P1D\r\nDTSTART;VALUE=DATE:20260101\r\nEND:VALARM\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:2\r\nSUMMARY:開所\r\n 記念日\r\nDTSTART;VALUE=DATE:20200601\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:3\r\nSUMMARY:職員会議\r\nDTSTART;TZID=\"Asia/Tokyo:x\":20261201T100000\r\nDTEND:20261201T110000Z\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:4\r\nSUMMARY:点検\r\nDTSTART;VALUE=DATE:20261210\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:5\r\nDTSTART;VALUE=DATE:20261215\r\nDURATION:P2D\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:6\r\nSUMMARY:むかし\r\nDTSTART;VALUE=DATE:20250101\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:7\r\nSUMMARY:月末棚卸\r\nDTSTART;VALUE=DATE:20261031\r\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=4\r\n\
        EXDATE;VALUE=DATE:20261231\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:8\r\nSUMMARY:いつか\r\nDTSTART;VALUE=DATE:20261231\r\nRRULE:FREQ=SOMETIMES\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:9\r\nSUMMARY:毎日\r\nDTSTART;VALUE=DATE:20261231\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\n\
        END:VCALENDAR\r\n";

    fn look(text: &str) -> (Vec<String>, Vec<Date>) {
        let today = date(2026, 11, 22);
        let said = super::super::read(Source::File(text.as_bytes()), today).unwrap();
        let (lines, new) = sort_out(said, &std::collections::BTreeSet::new(), today);
        let said = lines
            .iter()
            .map(|line| format!("{} → {}", line.place, line.sentence()));
        (said.collect(), new.into_iter().collect())
    }

    #[test]
    fn whole_days_of_a_calendar_come_in_and_everything_else_is_told() {
        let (said, new) = look(CALENDAR);
        assert_eq!(
            said,
            [
                "年末年始, 休業（2026年12月29日） → 2026年12月29日（火）から2027年1月3日（日）までのうち、6日を加えます。",
                "開所記念日（2020年6月1日） → 2027年6月1日（火）から2028年6月1日（木）までのうち、2日を加えます。",
                "職員会議（2026年12月1日） → 時刻のある予定なので、入れません。一日休みの予定だけを入れます。",
                "点検（2026年12月10日） → とりやめになった予定なので、入れません。",
                "（名前のない予定）（2026年12月15日） → 2026年12月15日（火）から2026年12月16日（水）までのうち、2日を加えます。",
                "むかし（2025年1月1日） → 過ぎた日なので、入れません。",
                "月末棚卸（2026年10月31日） → 2026年11月30日（月）から2027年1月31日（日）までのうち、2日を加えます。",
                "いつか（2026年12月31日） → くり返し方を読めませんでした。日付を一行ずつ書いてください。",
                "毎日（2026年12月31日） → くり返しが多すぎます（400日まで）。休みの曜日は、窓口の設定で入れてください。",
            ]
        );
        assert_eq!(new.len(), 6 + 2 + 2 + 2);
    }

    #[test]
    fn line_ends_of_every_machine_are_read() {
        let (said, new) = look(CALENDAR);
        assert_eq!(
            look(&CALENDAR.replace("\r\n", "\n")),
            (said.clone(), new.clone())
        );
        assert_eq!(look(&CALENDAR.replace("\r\n", "\r")), (said, new));
    }

    #[test]
    fn what_is_no_calendar_is_refused() {
        let today = date(2026, 11, 22);
        for bytes in [
            &b"PK\x03\x04"[..],
            b"",
            b"date,name\n2026-12-29,x",
            b"\xff\xfeB\0E\0",
            b"BEGIN:VCALENDAR",
        ] {
            assert!(
                super::super::read(Source::File(bytes), today).is_err(),
                "{bytes:?}"
            );
        }
    }
}
