//! Twelve months of one programme, as its page shows them: how often, how long, who came (field/domain.md §3.9).

use community::attendance::year::Counted;
use jiff::{Span, civil::Date};

/// The first day of the twelve months that end with this one.
pub(super) fn since(today: Date) -> Date {
    today
        .first_of_month()
        .saturating_sub(Span::new().months(11))
}

/// A month, or the sum.
#[derive(Default)]
pub(super) struct Month {
    /// 「2026年11月」
    pub name: String,
    /// How many days it took place.
    pub times: usize,
    /// 「6時間30分」
    pub open: String,
    /// Everybody but the staff, each as often as they came.
    pub people: u32,
    pub principals: u32,
    pub family: u32,
    pub peers: u32,
    pub others: u32,
    pub first_timers: u32,
}

/// The months in which something was counted, the newest first, and their sum.
pub(super) struct Year {
    pub months: Vec<Month>,
    pub sum: Month,
}

impl Year {
    /// `None` when nothing was counted.
    pub(super) fn of(counted: &[Counted]) -> Option<Self> {
        let mut firsts: Vec<Date> = counted.iter().map(|one| one.day.first_of_month()).collect();
        firsts.dedup();
        let in_month = |first: &Date| {
            let days = counted
                .iter()
                .filter(|one| one.day.first_of_month() == *first);
            Month::of(format!("{}年{}月", first.year(), first.month()), days)
        };
        (!counted.is_empty()).then(|| Self {
            months: firsts.iter().rev().map(in_month).collect(),
            sum: Month::of("合計".to_owned(), counted.iter()),
        })
    }
}

impl Month {
    fn of<'c>(name: String, days: impl Iterator<Item = &'c Counted>) -> Self {
        let mut month = Self {
            name,
            ..Self::default()
        };
        let mut minutes = 0;
        for one in days {
            let heads = &one.heads;
            month.times += 1;
            minutes += one.minutes;
            month.people += heads.people();
            month.principals += heads.principals;
            month.family += heads.family;
            month.peers += heads.peers;
            month.others += heads.others;
            month.first_timers += heads.first_timers;
        }
        month.open = match (minutes / 60, minutes % 60) {
            (hours, 0) => format!("{hours}時間"),
            (hours, minutes) => format!("{hours}時間{minutes}分"),
        };
        month
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use community::attendance::Heads;
    use jiff::civil::date;

    #[test]
    fn months_are_summed_and_the_sum_is_theirs() {
        let day = |day, principals, first_timers| Counted {
            gathering: 1.into(),
            day,
            minutes: 90,
            heads: Heads {
                principals,
                staff: 2,
                first_timers,
                ..Heads::default()
            },
        };
        let counted = [
            day(date(2025, 12, 2), 3, 1),
            day(date(2025, 12, 31), 2, 0),
            day(date(2026, 1, 6), 4, 2),
        ];
        let year = Year::of(&counted).unwrap();
        let lines: Vec<_> = year
            .months
            .iter()
            .map(|month| {
                (
                    month.name.as_str(),
                    month.times,
                    month.people,
                    month.open.as_str(),
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                ("2026年1月", 1, 4, "1時間30分"),
                ("2025年12月", 2, 5, "3時間")
            ]
        );
        assert_eq!(
            (year.sum.times, year.sum.people, year.sum.first_timers),
            (3, 9, 3)
        );
        assert_eq!(year.sum.open, "4時間30分");
        assert!(Year::of(&[]).is_none());
        assert_eq!(since(date(2026, 11, 28)), date(2025, 12, 1));
        assert_eq!(since(date(2026, 12, 31)), date(2026, 1, 1));
    }
}
