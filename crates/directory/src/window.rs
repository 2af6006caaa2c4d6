//! A window: a place that listens, with everything that is known about it, and where each thing is known from.

use std::borrow::Cow;
use std::fmt;

use basics::MunicipalityCode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::area::Area;
use crate::hours::Hours;
use crate::kind::Kind;

/// A text of the shipped data (borrowed from the program's image) or of an operator's own window.
pub type Text = Cow<'static, str>;

/// A window, as the pages and the guide see it. What must not be shown (a phone of little confidence) is not in it.
#[derive(Clone, Debug)]
pub struct Window {
    /// Stable and shareable, used in addresses: `hc-15000-1`.
    pub id: Text,
    /// What sort of place it is.
    pub kind: Kind,
    /// Further kinds the same body acts as (a ひきこもり centre that is the 子ども・若者総合相談センター too).
    pub also: Vec<Kind>,
    /// Its name as the source writes it. For a placeholder: what is known to exist.
    pub name: Text,
    /// The body that is responsible (設置主体). None: not known.
    pub operator: Option<Text>,
    /// The body that runs it for the operator (委託先), where known.
    pub run_by: Option<Text>,
    /// How near to the resident it is.
    pub level: Level,
    /// A branch of another window of the same body.
    pub branch: bool,
    /// The telephone, only when its confidence is medium or better.
    pub phone: Option<Phone>,
    /// What to say or know when calling.
    pub phone_note: Option<Text>,
    /// Fax number.
    pub fax: Option<Text>,
    /// Mail address.
    pub email: Option<Text>,
    /// A form on the web that takes the place of mail.
    pub form: Option<Text>,
    /// Its own page.
    pub url: Option<Text>,
    /// Postal code of the place.
    pub postal: Option<Text>,
    /// Where it is.
    pub address: Option<Text>,
    /// Opening hours, by channel.
    pub hours: Vec<Hours>,
    /// The ways it takes a consultation, as far as the source names them.
    pub channels: Vec<Channel>,
    /// The source's own words for the ways.
    pub channels_text: Option<Text>,
    /// More to know, in our words.
    pub note: Option<Text>,
    /// Whom it is for by age, where the source says so. `None` is "the source does not say", not "any age".
    pub age: Option<Age>,
    /// How sure the contact is.
    pub confidence: Confidence,
    /// When the source said it. None: undated.
    pub confirmed: Option<Confirmed>,
    /// Where it is known from.
    pub sources: Vec<Source>,
    /// Whom it serves.
    pub serves: Area,
    /// More about whom it serves.
    pub serves_note: Option<Text>,
    /// Listed before the main office for residents of these municipalities: it stands there.
    pub first_for: Vec<MunicipalityCode>,
    /// What a caller would like to know before calling.
    pub facts: Facts,
    /// The publisher of the source marked the row as still to be checked.
    pub needs_review: bool,
    /// A placeholder: the window exists, nothing about it is confirmed.
    pub fallback: bool,
    /// Entered by this installation's operator, not shipped.
    pub imported: bool,
}

impl Window {
    /// The name, with the municipality where the name alone does not say it: 「社会福祉課（加須市）」.
    pub fn title(&self, all: &crate::Municipalities) -> String {
        match &self.serves.serves[..] {
            [one] if self.kind == Kind::Js => {
                let place = all.get(*one).map_or("", |m| m.name);
                let stem = place.trim_end_matches(['市', '町', '村', '区']);
                if self.name.contains(stem) {
                    self.name.to_string()
                } else {
                    format!("{}（{place}）", self.name)
                }
            }
            _ => self.name.to_string(),
        }
    }

    /// Whether it takes consultations this way; `None` when the source does not say.
    pub fn takes(&self, channel: Channel) -> Option<bool> {
        if self.channels.is_empty() {
            None
        } else {
            Some(self.channels.contains(&channel))
        }
    }

    /// Whether the age lies in what the source says; `true` when either is unknown.
    pub fn suits_age(&self, age: Option<u8>) -> bool {
        match (&self.age, age) {
            (Some(limits), Some(age)) => {
                limits.from.is_none_or(|from| age >= from) && limits.to.is_none_or(|to| age <= to)
            }
            _ => true,
        }
    }

    /// Whether it is this kind or acts as it.
    pub fn is(&self, kind: Kind) -> bool {
        self.kind == kind || self.also.contains(&kind)
    }

    /// The hours that count for "open now": those of the telephone, else those of the window as a whole.
    pub fn main_hours(&self) -> Option<&Hours> {
        self.hours
            .iter()
            .find(|hours| hours.channel == Some(Channel::Tel))
            .or_else(|| self.hours.first())
    }
}

/// How near to the resident a window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Of a city, ward, town or village.
    City,
    /// Of a prefecture.
    Prefecture,
    /// Of the whole country.
    National,
}

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

/// A telephone number of the one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Phone(Text);

impl Phone {
    /// The number as the source writes it. None when it is empty or holds something that is not dialled.
    pub fn new(number: impl Into<Text>) -> Option<Self> {
        let number = number.into();
        let dialled = number.chars().any(|c| c.is_ascii_digit())
            && number
                .chars()
                .all(|c| matches!(c, '0'..='9' | '-' | '#' | '+'));
        dialled.then_some(Self(number))
    }

    /// As written, with hyphens.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For a link: `tel:` and the digits, `tel:%238008`.
    pub fn href(&self) -> String {
        let digits: String = self.0.chars().filter(|&c| c != '-').collect();
        format!("tel:{}", digits.replace('#', "%23"))
    }

    /// What the call costs, where the number itself says so: the caller pays for 0570 (ナビダイヤル), not for 0120 and 0800.
    pub fn toll(&self) -> Option<Toll> {
        match &self.0 {
            n if n.starts_with("0120") || n.starts_with("0800") => Some(Toll::Free),
            n if n.starts_with("0570") => Some(Toll::Navi),
            _ => None,
        }
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a number says about the cost of calling it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toll {
    /// フリーダイヤル
    Free,
    /// ナビダイヤル: the caller pays, IP telephones often cannot reach it.
    Navi,
}

/// A way to consult.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// 電話
    Tel,
    /// メール, a web form
    Mail,
    /// LINE and other chats
    Chat,
    /// オンライン
    Online,
    /// FAX
    Fax,
    /// 手紙
    Letter,
    /// 来所, 面談
    Office,
    /// 訪問: someone comes
    Visit,
}

impl Channel {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Tel,
        Self::Mail,
        Self::Chat,
        Self::Online,
        Self::Fax,
        Self::Letter,
        Self::Office,
        Self::Visit,
    ];

    /// The guide's word for it (§E1 `how`).
    pub const fn code(self) -> &'static str {
        match self {
            Self::Tel => "tel",
            Self::Mail => "mail",
            Self::Chat => "chat",
            Self::Online => "online",
            Self::Fax => "fax",
            Self::Letter => "letter",
            Self::Office => "office",
            Self::Visit => "visit",
        }
    }

    /// The inverse of [`Self::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|channel| channel.code() == code)
    }

    /// The word on the page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Tel => "電話",
            Self::Mail => "メール",
            Self::Chat => "チャット・LINE",
            Self::Online => "オンライン",
            Self::Fax => "FAX",
            Self::Letter => "手紙",
            Self::Office => "窓口へ行く",
            Self::Visit => "来てもらう",
        }
    }

    /// Reads a source's words, 「電話;メール;来所(予約制)」 or 「電話・来所」. Words that name no way are left out.
    pub fn read(methods: &str) -> Vec<Self> {
        let mut found: Vec<Self> = methods
            .split([';', '・', '、', '；', ' '])
            .filter_map(|word| {
                Some(match word.split(['(', '（']).next().unwrap_or("").trim() {
                    "電話" => Self::Tel,
                    "メール" => Self::Mail,
                    "LINE" | "チャット" | "SNS" => Self::Chat,
                    "オンライン" => Self::Online,
                    "FAX" | "ファクス" | "ファックス" => Self::Fax,
                    "手紙" => Self::Letter,
                    "来所" | "面談" | "面接" | "個別面談" => Self::Office,
                    "訪問" => Self::Visit,
                    _ => return None,
                })
            })
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// What is known about one question.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Fact {
    /// No source says.
    #[default]
    Unknown,
    /// A source says so; `words` are its words.
    Known {
        /// The answer.
        yes: bool,
        /// The words of the source from which it was taken.
        words: Text,
    },
}

impl Fact {
    pub(crate) fn yes(words: impl Into<Text>) -> Self {
        Self::Known {
            yes: true,
            words: words.into(),
        }
    }

    pub(crate) fn no(words: impl Into<Text>) -> Self {
        Self::Known {
            yes: false,
            words: words.into(),
        }
    }

    /// The answer, if any.
    pub fn known(&self) -> Option<bool> {
        match self {
            Self::Unknown => None,
            Self::Known { yes, .. } => Some(*yes),
        }
    }

    /// For sure yes.
    pub fn is_yes(&self) -> bool {
        self.known() == Some(true)
    }

    /// 「はい」「いいえ」「まだ確認できていません」
    pub fn label(&self) -> &'static str {
        match self.known() {
            Some(true) => "はい",
            Some(false) => "いいえ",
            None => "まだ確認できていません",
        }
    }
}

/// The questions people have before they call. Taken only from what the data really says.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// 無料
    pub free: Fact,
    /// 家族だけでも相談できる
    pub family_ok: Fact,
    /// 名前を言わなくてよい
    pub anonymous_ok: Fact,
    /// 声を出さなくてよい (mail, chat, letter, fax)
    pub voiceless_ok: Fact,
    /// 家から出なくてよい
    pub from_home_ok: Fact,
    /// 家に来てもらえる
    pub home_visit: Fact,
    /// 行くには予約がいる
    pub booking: Fact,
}

impl Facts {
    /// What the ways of consulting say by themselves: mail needs no voice, the telephone no going out.
    pub(crate) fn from_channels(channels: &[Channel], words: &Text) -> Self {
        let any = |wanted: &[Channel]| {
            if channels.iter().any(|c| wanted.contains(c)) {
                Fact::yes(words.clone())
            } else {
                Fact::Unknown
            }
        };
        Self {
            voiceless_ok: any(&[Channel::Mail, Channel::Chat, Channel::Fax, Channel::Letter]),
            from_home_ok: any(&[
                Channel::Tel,
                Channel::Mail,
                Channel::Chat,
                Channel::Online,
                Channel::Fax,
                Channel::Letter,
                Channel::Visit,
            ]),
            home_visit: any(&[Channel::Visit]),
            booking: if words.contains("予約") {
                Fact::yes(words.clone())
            } else {
                Fact::Unknown
            },
            ..Self::default()
        }
    }
}

/// Whom a window is for by age.
#[derive(Clone, Debug)]
pub struct Age {
    /// In words.
    pub note: Text,
    /// Youngest age, if the source gives one.
    pub from: Option<u8>,
    /// Oldest age, if the source gives one.
    pub to: Option<u8>,
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
