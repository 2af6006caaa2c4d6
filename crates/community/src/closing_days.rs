//! Closing days in: from a calendar file or from lines, into the office's own.
//!
//! First everything is looked at ([`Community::look_at_closing_days`]) and every line gets its sentence; only then, as
//! a step of its own, the days are taken over ([`Community::take_closing_days`]). Nothing is guessed silently, and
//! nothing that was read is kept.

mod ics;
mod standing;

pub use standing::{Standing, Stands};

use crate::{Community, Error, Result, day_text};
use jiff::Span;
use jiff::civil::Date;
use office::access::{self, Action};
use office::session::Session;
use std::collections::BTreeSet;

/// The longest file, and the longest text, in bytes.
pub const MOST_BYTES: usize = 256 * 1024;
/// An office keeps at most so many closing days ([`office::Settings::check`]).
pub const MOST_DAYS: usize = 400;
/// Of a text, at most so many lines are looked at; of a calendar, so many events.
const MOST_LINES: usize = 1_000;
/// How far ahead a recurring event is followed.
const AHEAD_YEARS: i16 = 2;

/// Where the days come from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// A calendar file (.ics), as it was uploaded.
    File(&'a [u8]),
    /// Lines as they were pasted.
    Lines(&'a str),
}

/// One line of what was read, or one event of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where: 「3行目」, or what the event is called and its day.
    pub place: String,
    /// What came of it.
    pub what: What,
}

/// What a line comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// These days would come in.
    New(Vec<Date>),
    /// All of its days are closing days already.
    Known,
    /// Left out, with the reason.
    LeftOut(String),
    /// Not understood, with what to do.
    NotUnderstood(String),
}

/// A new closing day on which something stands already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    /// The day.
    pub day: Date,
    /// How many gatherings with bookings.
    pub gatherings: i64,
    /// How many appointments.
    pub appointments: i64,
}

/// What taking over would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// Every line, in order.
    pub lines: Vec<Line>,
    /// The days that would come in, in order, each once.
    pub new: Vec<Date>,
    /// Of them, those on which something stands already.
    pub busy: Vec<Busy>,
    /// What it is, one by one.
    pub standing: Vec<Standing>,
    /// The version of the office's settings that was looked at.
    pub version: i64,
    /// With the new days there would be more than an office may keep.
    pub too_many: bool,
}

impl Line {
    /// What came of it, in a sentence.
    pub fn sentence(&self) -> String {
        match &self.what {
            What::New(days) => match days[..] {
                [] => String::new(),
                [day] => format!("{}を加えます。", full(day)),
                [first, .., last] => {
                    format!(
                        "{}から{}までのうち、{}日を加えます。",
                        full(first),
                        full(last),
                        days.len()
                    )
                }
            },
            What::Known => "もう休みの日に入っています。".to_owned(),
            What::LeftOut(why) => why.clone(),
            What::NotUnderstood(sentence) => sentence.clone(),
        }
    }
}

/// 「2026年12月29日（火）」
fn full(day: Date) -> String {
    format!("{}年{}", day.year(), basics::japanese::date(day))
}

/// What one line says, before it is known which days are new.
enum Said {
    Days(Vec<Date>),
    LeftOut(String),
    NotUnderstood(String),
}

/// Reads without an office: days in order, bounded. Pure; for tests and for [`Community::look_at_closing_days`].
fn read(source: Source<'_>, today: Date) -> Result<Vec<(String, Said)>> {
    let (field, length) = match source {
        Source::File(bytes) => ("file", bytes.len()),
        Source::Lines(text) => ("lines", text.len()),
    };
    if length > MOST_BYTES {
        return Err(Error::invalid(
            field,
            "大きすぎます。256KBまでにしてください。",
        ));
    }
    let said = match source {
        Source::File(bytes) => ics::read(bytes, today)?,
        Source::Lines(text) => lines(text, today),
    };
    if said.is_empty() {
        return Err(Error::invalid(field, "日付が一つもありませんでした。"));
    }
    if said.len() > MOST_LINES {
        return Err(Error::invalid(
            field,
            "多すぎます。1,000行（1,000件）までにしてください。",
        ));
    }
    Ok(said)
}

fn lines(text: &str, today: Date) -> Vec<(String, Said)> {
    let numbered = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    numbered
        .take(MOST_LINES + 1)
        .map(|(n, line)| {
            let shown: String = line.trim().chars().take(60).collect();
            let said = match day_text::read(line, today) {
                Ok((first, last)) => Said::Days(days(first, last)),
                Err(sentence) => Said::NotUnderstood(sentence),
            };
            (format!("{}行目：{shown}", n + 1), said)
        })
        .collect()
}

fn days(first: Date, last: Date) -> Vec<Date> {
    let all = first.series(Span::new().days(1));
    all.take_while(|day| *day <= last).take(MOST_DAYS).collect()
}

fn sort_out(
    said: Vec<(String, Said)>,
    known: &BTreeSet<Date>,
    today: Date,
) -> (Vec<Line>, BTreeSet<Date>) {
    let mut new = BTreeSet::new();
    let mut sorted = Vec::new();
    for (place, said) in said {
        let what = match said {
            Said::LeftOut(why) => What::LeftOut(why),
            Said::NotUnderstood(sentence) => What::NotUnderstood(sentence),
            Said::Days(days) => {
                let ahead: Vec<Date> = days.into_iter().filter(|day| *day >= today).collect();
                let fresh: Vec<Date> = ahead
                    .iter()
                    .copied()
                    .filter(|day| !known.contains(day) && !new.contains(day))
                    .collect();
                if ahead.is_empty() {
                    What::LeftOut("過ぎた日なので、入れません。".to_owned())
                } else if fresh.is_empty() {
                    What::Known
                } else {
                    new.extend(fresh.iter().copied());
                    What::New(fresh)
                }
            }
        };
        sorted.push(Line { place, what });
    }
    (sorted, new)
}

impl Community {
    /// What taking these days over would do. Nothing is changed and nothing that was read is kept.
    pub async fn look_at_closing_days(
        &self,
        session: &Session,
        source: Source<'_>,
    ) -> Result<Looked> {
        let permit = access::permit(session, Action::EditOffice, "closing_days").await?;
        let today = self.clock().today();
        let said = read(source, today)?;
        let mut conn = self.db().read().await?;
        let office = office::office::one(&mut conn, permit.office()).await?;
        let known: BTreeSet<Date> = office
            .settings
            .opening
            .closing_days
            .iter()
            .copied()
            .collect();
        let (lines, new) = sort_out(said, &known, today);
        let mut standing = Vec::new();
        if new.len() <= MOST_DAYS {
            standing = standing::on(&mut conn, permit.office(), &new).await?;
        }
        Ok(Looked {
            lines,
            too_many: known.len() + new.len() > MOST_DAYS,
            new: new.into_iter().collect(),
            busy: standing::by_day(&standing),
            standing,
            version: office.version,
        })
    }

    /// Takes days over into the office's closing days: as one change of the office, with its version. Programmes that
    /// do not take place on closing days lose the days that nobody booked.
    pub async fn take_closing_days(
        &self,
        session: &Session,
        version: i64,
        new: &[Date],
    ) -> Result<usize> {
        let permit = access::permit(session, Action::EditOffice, "closing_days").await?;
        let mut office = office::office::one(&mut self.db().read().await?, permit.office()).await?;
        let known: BTreeSet<Date> = office
            .settings
            .opening
            .closing_days
            .iter()
            .copied()
            .collect();
        let fresh: BTreeSet<Date> = new
            .iter()
            .copied()
            .filter(|day| !known.contains(day))
            .collect();
        if fresh.is_empty() {
            return Ok(0);
        }
        office.settings.opening.closing_days.extend(&fresh);
        let (name, settings) = (&office.name, &office.settings);
        let changed = office::office::change(self.db(), &permit, version, name, settings).await;
        changed.map_err(|error| match error {
            office::Error::ChangedMeanwhile => Error::Meanwhile,
            office::Error::Invalid { .. } => Error::invalid(
                "lines",
                "休みの日は400日分まで入れられます。窓口の設定で、過ぎた日を消してください。",
            ),
            other => other.into(),
        })?;
        self.lay_out_days_of(Some(permit.office())).await?;
        Ok(fresh.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn look(source: Source<'_>, known: &[Date]) -> (Vec<Line>, Vec<Date>) {
        let today = date(2026, 11, 22);
        let known = known.iter().copied().collect();
        let (lines, new) = sort_out(read(source, today).unwrap(), &known, today);
        (lines, new.into_iter().collect())
    }

    #[test]
    fn every_line_gets_its_sentence() {
        let text = "2026-12-29\n\n12/30〜31\n令和8年12月30日\n年末年始\n2026-11-01\n2027年2月30日\n１２／２８\n";
        let (lines, new) = look(Source::Lines(text), &[date(2026, 12, 28)]);
        let said: Vec<String> = lines
            .iter()
            .map(|line| format!("{} → {}", line.place, line.sentence()))
            .collect();
        assert_eq!(
            said,
            [
                "1行目：2026-12-29 → 2026年12月29日（火）を加えます。",
                "3行目：12/30〜31 → 2026年12月30日（水）から2026年12月31日（木）までのうち、2日を加えます。",
                "4行目：令和8年12月30日 → もう休みの日に入っています。",
                "5行目：年末年始 → 「年末年始」を日付として読めませんでした。2026-12-29 や 12/29〜1/3 のように書いてください。",
                "6行目：2026-11-01 → 過ぎた日なので、入れません。",
                "7行目：2027年2月30日 → 2027年2月30日：この日付は、こよみにありません。",
                "8行目：１２／２８ → もう休みの日に入っています。",
            ]
        );
        assert_eq!(
            new,
            [date(2026, 12, 29), date(2026, 12, 30), date(2026, 12, 31)]
        );
    }

    #[test]
    fn size_is_bounded() {
        let today = date(2026, 11, 22);
        let long = "2026-12-29\n".repeat(MOST_BYTES / 11 + 1);
        for source in [Source::Lines(&long), Source::File(long.as_bytes())] {
            assert!(matches!(read(source, today), Err(Error::Invalid { .. })));
        }
        let many = "12/29\n".repeat(MOST_LINES + 1);
        assert!(matches!(
            read(Source::Lines(&many), today),
            Err(Error::Invalid { .. })
        ));
        assert!(matches!(
            read(Source::Lines("\n \n"), today),
            Err(Error::Invalid { .. })
        ));
    }
}
