//! How sure a contact is, since when, and where it is known from.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::window::{Text, Window};

/// How sure a contact is (data/PROVENANCE.md says what each means).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// An official page of the last three years, or two sources that agree.
    High,
    /// Between the two.
    MediumHigh,
    /// One official or press source, or an older one.
    Medium,
    /// An address, no phone.
    MediumAddress,
    /// The name, nothing more.
    NameOnly,
    /// One old press item: its phone is not shown.
    Low,
    /// A placeholder.
    Missing,
}

impl Confidence {
    /// All of them, surest first.
    pub const ALL: &'static [Self] = &[
        Self::High,
        Self::MediumHigh,
        Self::Medium,
        Self::MediumAddress,
        Self::NameOnly,
        Self::Low,
        Self::Missing,
    ];

    /// As the data files write it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::MediumHigh => "medium-high",
            Self::Medium => "medium",
            Self::MediumAddress => "medium-address",
            Self::NameOnly => "name-only",
            Self::Low => "low",
            Self::Missing => "missing",
        }
    }

    /// The inverse of [`Self::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|confidence| confidence.code() == code)
    }

    /// Whether a phone of this confidence may be shown.
    pub const fn shows_phone(self) -> bool {
        matches!(self, Self::High | Self::MediumHigh | Self::Medium)
    }

    /// In a reader's words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::High => "公式のページなどで確認しています",
            Self::MediumHigh => "公式の一覧などで確認しています",
            Self::Medium => "ひとつの資料で確認しています",
            Self::MediumAddress => "住所は確認しています。電話番号は、まだ確認できていません",
            Self::NameOnly => "名前だけ確認しています。連絡先は、まだ確認できていません",
            Self::Low => "古い資料だけがあります。連絡先は、まだ確認できていません",
            Self::Missing => "名前も連絡先も、まだ確認できていません",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The day (or only the month or year) of which the source speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// As the source gives it, with any remark.
    pub text: Text,
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
}

impl Confirmed {
    /// Reads `2024-03-17`, `2018-05`, `2022`, each perhaps followed by a remark.
    pub fn read(text: impl Into<Text>) -> Option<Self> {
        let text = text.into();
        let head: String = text
            .chars()
            .take_while(|c| c.is_ascii_digit() || *c == '-')
            .collect();
        let mut parts = head.split('-').filter(|part| !part.is_empty());
        let year = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
        let month = parts
            .next()
            .and_then(|m| m.parse().ok())
            .filter(|m| (1..=12).contains(m));
        let day = parts
            .next()
            .and_then(|d| d.parse().ok())
            .filter(|&d| month.is_some_and(|m| Date::new(year, m, d).is_ok()));
        Some(Self {
            text,
            year,
            month,
            day,
        })
    }

    /// `2024-03-17`, `2018-05` or `2022`.
    pub fn iso(&self) -> String {
        match (self.month, self.day) {
            (Some(month), Some(day)) => format!("{:04}-{month:02}-{day:02}", self.year),
            (Some(month), None) => format!("{:04}-{month:02}", self.year),
            _ => format!("{:04}", self.year),
        }
    }

    /// 「2024年3月17日」「2018年5月」「2022年」
    pub fn words(&self) -> String {
        match (self.month, self.day) {
            (Some(month), Some(day)) => format!("{}年{month}月{day}日", self.year),
            (Some(month), None) => format!("{}年{month}月", self.year),
            _ => format!("{}年", self.year),
        }
    }

    /// Whole months from then to the given day; a missing month or day counts as the earliest.
    pub fn months_before(&self, today: Date) -> i32 {
        let months = (i32::from(today.year()) - i32::from(self.year)) * 12
            + i32::from(today.month())
            - i32::from(self.month.unwrap_or(1));
        if today.day() < self.day.unwrap_or(1) {
            months - 1
        } else {
            months
        }
    }
}

/// How old a confirmation is (guide.md §B: unconfirmed for 12 months is labelled, for 18 months leaves the guide).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Within 12 months.
    Fresh,
    /// More than 12, up to 18 months.
    Ageing,
    /// More than 18 months.
    Stale,
    /// The source is undated.
    Undated,
}

impl Window {
    /// How old the confirmation is on the given day.
    pub fn freshness(&self, today: Date) -> Freshness {
        match self
            .confirmed
            .as_ref()
            .map(|confirmed| confirmed.months_before(today))
        {
            None => Freshness::Undated,
            Some(..12) => Freshness::Fresh,
            Some(12..=18) => Freshness::Ageing,
            Some(_) => Freshness::Stale,
        }
    }
}

/// Where something is known from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Title of the page, or a remark.
    pub title: Text,
    /// Its address, where it has one.
    pub url: Option<Text>,
}
