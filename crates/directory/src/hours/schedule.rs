//! A week of opening hours, with what is said about holidays and the turn of the year.

use jiff::civil::{Date, Weekday};

/// From (inclusive) to (exclusive), in minutes since midnight; `to` is at most 1,440.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First minute open.
    pub from: u16,
    /// First minute closed again.
    pub to: u16,
}

/// What a source says about a kind of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stated {
    /// Closed, it says.
    Closed,
    /// Open as on other days of the week, it says.
    Open,
    /// It does not say.
    NotStated,
}

/// The days around New Year: from a day of one year to a day of the next (or within January).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TurnOfYear {
    /// What is said about them.
    pub stated: Stated,
    /// First day, `(month, day)`.
    pub from: (i8, i8),
    /// Last day, `(month, day)`.
    pub to: (i8, i8),
}

impl TurnOfYear {
    /// 29 December to 3 January, the days on which public offices are closed.
    pub const fn usual(stated: Stated) -> Self {
        Self {
            stated,
            from: (12, 29),
            to: (1, 3),
        }
    }

    /// Whether the day is one of them.
    pub fn covers(&self, day: Date) -> bool {
        let at = (day.month(), day.day());
        if self.from <= self.to {
            (self.from..=self.to).contains(&at)
        } else {
            at >= self.from || at <= self.to
        }
    }
}

/// Opening hours that repeat every week.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Schedule {
    /// Monday first; the spans of a day are sorted and do not touch.
    pub week: [Vec<Span>; 7],
    /// 国民の祝日 and 休日.
    pub holidays: Stated,
    /// 年末年始.
    pub turn_of_year: TurnOfYear,
    /// Further days closed every year, `(month, day)`: 慰霊の日.
    pub closed_days: Vec<(i8, i8)>,
}

/// What is known about one day.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Day<'a> {
    /// These spans (none: closed).
    Sure(&'a [Span]),
    /// These spans if it is open at all; the source does not say.
    Unsure(&'a [Span], super::Doubt),
}

impl Schedule {
    /// Day and night, every day of the year.
    pub fn always() -> Self {
        Self {
            week: std::array::from_fn(|_| vec![Span { from: 0, to: 1440 }]),
            holidays: Stated::Open,
            turn_of_year: TurnOfYear::usual(Stated::Open),
            closed_days: Vec::new(),
        }
    }

    /// Whether it never closes.
    pub fn is_always(&self) -> bool {
        *self == Self::always()
    }

    /// The spans of a day of the week.
    pub fn on(&self, weekday: Weekday) -> &[Span] {
        &self.week[weekday.to_monday_zero_offset() as usize]
    }

    pub(crate) fn day(&self, day: Date) -> Day<'_> {
        const CLOSED: &[Span] = &[];
        let spans = self.on(day.weekday());
        if self.closed_days.contains(&(day.month(), day.day())) {
            return Day::Sure(CLOSED);
        }
        let holiday = basics::holidays::is_holiday(day).then_some(self.holidays);
        let turn = self
            .turn_of_year
            .covers(day)
            .then_some(self.turn_of_year.stated);
        if holiday == Some(Stated::Closed) || turn == Some(Stated::Closed) {
            return Day::Sure(CLOSED);
        }
        if spans.is_empty() {
            return Day::Sure(CLOSED);
        }
        if turn == Some(Stated::NotStated) {
            return Day::Unsure(spans, super::Doubt::TurnOfYear);
        }
        if holiday == Some(Stated::NotStated) {
            return Day::Unsure(spans, super::Doubt::Holiday);
        }
        Day::Sure(spans)
    }

    /// 「祝日は要確認」 and the like, when the source is silent about days that matter.
    pub fn caveat(&self) -> Option<&'static str> {
        match (self.holidays, self.turn_of_year.stated) {
            (Stated::NotStated, Stated::NotStated) => Some("祝日と年末年始は、確認できていません"),
            (Stated::NotStated, _) => Some("祝日は、確認できていません"),
            (_, Stated::NotStated) => Some("年末年始は、確認できていません"),
            _ => None,
        }
    }

    /// One line a reader can take in: 「月火水木金 9:00〜17:00」, days with the same hours together.
    pub fn lines(&self) -> Vec<String> {
        const DAYS: [&str; 7] = ["月", "火", "水", "木", "金", "土", "日"];
        let mut lines: Vec<(Vec<usize>, &[Span])> = Vec::new();
        for (day, spans) in self
            .week
            .iter()
            .enumerate()
            .filter(|(_, spans)| !spans.is_empty())
        {
            match lines.iter_mut().find(|(_, other)| *other == spans) {
                Some((days, _)) => days.push(day),
                None => lines.push((vec![day], spans)),
            }
        }
        lines
            .into_iter()
            .map(|(days, spans)| {
                let consecutive =
                    days.len() > 2 && days.windows(2).all(|pair| pair[1] == pair[0] + 1);
                let names = match (&days[..], consecutive) {
                    ([first, .., last], true) => format!("{}〜{}", DAYS[*first], DAYS[*last]),
                    _ => days
                        .iter()
                        .map(|&day| DAYS[day])
                        .collect::<Vec<_>>()
                        .join("・"),
                };
                let spans: Vec<String> = spans
                    .iter()
                    .map(|span| format!("{}〜{}", clock(span.from), clock(span.to)))
                    .collect();
                format!("{names} {}", spans.join("、"))
            })
            .collect()
    }
}

fn clock(minute: u16) -> String {
    format!("{}:{:02}", minute / 60, minute % 60)
}
