//! How a window is reached: its telephone, and the ways it takes a consultation.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::window::Text;

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
