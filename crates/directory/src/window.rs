//! A window: a place that listens, with everything that is known about it, and where each thing is known from.

use std::borrow::Cow;

use basics::MunicipalityCode;
use serde::{Deserialize, Serialize};

use crate::area::Area;
use crate::confidence::{Confidence, Confirmed, Source};
use crate::contact::{Channel, Phone};
use crate::facts::Facts;
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
