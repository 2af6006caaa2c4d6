//! 年度: the year the statistics are counted in.

use jiff::civil::{Date, date};

/// A Japanese fiscal year: 1 April to 31 March (地方自治法 第208条第1項).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FiscalYear(i16);

impl FiscalYear {
    /// The fiscal year a day belongs to.
    pub fn of(day: Date) -> Self {
        Self(if day.month() >= 4 {
            day.year()
        } else {
            day.year() - 1
        })
    }

    /// The calendar year in which it begins.
    pub fn year(self) -> i16 {
        self.0
    }

    /// Its first day.
    pub fn first_day(self) -> Date {
        date(self.0, 4, 1)
    }

    /// Its last day.
    pub fn last_day(self) -> Date {
        date(self.0 + 1, 3, 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_turns_on_the_first_of_april() {
        assert_eq!(FiscalYear::of(date(2027, 3, 31)).year(), 2026);
        assert_eq!(FiscalYear::of(date(2027, 4, 1)).year(), 2027);
        assert_eq!(
            FiscalYear::of(date(2027, 1, 1)).last_day(),
            date(2027, 3, 31)
        );
    }
}
