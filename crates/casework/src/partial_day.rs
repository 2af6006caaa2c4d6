//! A day as closely as somebody remembers it: a year, a month, a day.

use crate::{Error, Result};
use jiff::civil::Date;

/// 「2019年ごろ」, 「2019年4月」, 「2019年4月1日」.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartialDay {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
}

impl PartialDay {
    /// Reads `2019`, `2019-04`, `2019-04-01`, 「2019年4月」 and the like; blank is `None`.
    pub fn parse(field: &'static str, text: &str) -> Result<Option<Self>> {
        let plain: String = text
            .trim()
            .chars()
            .map(|c| match c {
                '０'..='９' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
                '年' | '月' | '/' | '.' | '－' | '／' => '-',
                other => other,
            })
            .filter(|c| !matches!(c, '日' | '頃') && !c.is_whitespace())
            .collect();
        let plain = plain.trim_end_matches("ごろ").trim_end_matches('-');
        if plain.is_empty() {
            return Ok(None);
        }
        let refused = || {
            Error::invalid(
                field,
                "日付は「2019」「2019-04」「2019-04-01」のように、わかるところまで書いてください。",
            )
        };
        let mut parts = plain.split('-');
        let year: i16 = parts
            .next()
            .and_then(|part| part.parse().ok())
            .filter(|year| (1900..=2100).contains(year))
            .ok_or_else(refused)?;
        let mut more = || {
            parts
                .next()
                .map(|part| part.parse::<i8>().map_err(|_| refused()))
                .transpose()
        };
        let (month, day) = (more()?, more()?);
        if parts.next().is_some() || Date::new(year, month.unwrap_or(1), day.unwrap_or(1)).is_err()
        {
            return Err(refused());
        }
        Ok(Some(Self { year, month, day }))
    }

    /// From the column.
    pub(crate) fn stored(text: Option<String>) -> Result<Option<Self>> {
        match text {
            Some(text) => Self::parse("day", &text).map_err(|_| Error::Damaged("partial day")),
            None => Ok(None),
        }
    }

    /// The year.
    pub fn year(self) -> i16 {
        self.year
    }

    /// As it is stored and as a form shows it again.
    pub fn code(self) -> String {
        let mut text = format!("{:04}", self.year);
        for part in [self.month, self.day].into_iter().flatten() {
            text = format!("{text}-{part:02}");
        }
        text
    }

    /// As it is read aloud.
    pub fn label(self) -> String {
        match (self.month, self.day) {
            (Some(month), Some(day)) => format!("{}年{month}月{day}日", self.year),
            (Some(month), None) => format!("{}年{month}月", self.year),
            _ => format!("{}年", self.year),
        }
    }

    /// Whether it certainly lies after a day.
    pub fn is_after(self, day: Date) -> bool {
        Date::new(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1))
            .is_ok_and(|first| first > day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_closely_as_it_is_known() {
        for (typed, code, label) in [
            ("2019", "2019", "2019年"),
            ("２０１９年４月", "2019-04", "2019年4月"),
            ("2019/4/1", "2019-04-01", "2019年4月1日"),
            ("2019年ごろ", "2019", "2019年"),
        ] {
            let day = PartialDay::parse("x", typed).unwrap().unwrap();
            assert_eq!((day.code().as_str(), day.label().as_str()), (code, label));
            assert_eq!(PartialDay::stored(Some(day.code())).unwrap(), Some(day));
        }
        assert!(PartialDay::parse("x", " ").unwrap().is_none());
        for wrong in ["19", "2019-13", "2019-02-30", "きのう", "2019-1-1-1"] {
            assert!(PartialDay::parse("x", wrong).is_err(), "{wrong}");
        }
    }
}
