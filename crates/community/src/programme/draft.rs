//! A programme as it is written down, before it is anything.

use super::{ForWhom, Kind, PlaceShown, RunBy};
use crate::feel::Feel;
use crate::recurrence::Rule;
use crate::{Error, Result};
use basics::{MunicipalityCode, StaffId};
use serde::{Deserialize, Serialize};

/// What the public reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// What it is called.
    pub title: String,
    /// What it is, in a few sentences.
    pub about: String,
    /// Who runs it, when it is not the office.
    pub run_by_name: String,
    /// Which ages, in words. Empty: no age is asked.
    pub ages: String,
    /// How much of the place is told.
    pub place_shown: PlaceShown,
    /// The name of the building; never shown when the place is told after booking.
    pub place_name: String,
    /// The address; shown only when the place is shown in full.
    pub address: String,
    /// The nearest station or bus stop. Empty: not known.
    pub station: String,
    /// From the door to the seat, in words.
    pub way_in: String,
    /// What it costs. Empty: not known.
    pub cost: String,
    /// Whom to ask, in words.
    pub contact: String,
    /// A page of its own, if it has one.
    pub url: String,
    /// What it feels like.
    pub feel: Feel,
}

/// What is told after booking only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AfterBooking {
    /// The place and how to get there.
    pub place: String,
    /// The link of an online gathering.
    pub link: String,
    /// What else to know on the day.
    pub words: String,
}

/// A programme as the desk's form brings it.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What sort.
    pub kind: Kind,
    /// For whom.
    pub for_whom: ForWhom,
    /// Who runs it.
    pub run_by: RunBy,
    /// Where; `None` for what is online only.
    pub municipality: Option<MunicipalityCode>,
    /// Whether one may take part from home.
    pub online: bool,
    /// はじめての人も来やすい
    pub first_time_friendly: bool,
    /// One may come without booking.
    pub walk_in: bool,
    /// One may book.
    pub takes_bookings: bool,
    /// When it is full, one may wait.
    pub keeps_waiting_list: bool,
    /// How many seats; `None` when nobody counts.
    pub capacity: Option<u32>,
    /// What the public reads.
    pub details: Details,
    /// What is told after booking.
    pub after_booking: AfterBooking,
    /// How it recurs.
    pub rule: Option<Rule>,
    /// The colleagues and peers who run it.
    pub hosts: Vec<StaffId>,
}

impl Draft {
    /// Whether somebody who looked at the other has looked at this one too: only who runs it here is left out.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let aside = |draft: &Self| Self {
            hosts: Vec::new(),
            ..draft.clone()
        };
        aside(self) == aside(other)
    }

    /// What is wrong with it, as the first sentence the form should show.
    pub fn check(&self) -> Result<()> {
        let long = |text: &str, most: usize| text.chars().count() > most;
        let invalid = |field, sentence: &str| Err(Error::invalid(field, sentence));
        let details = &self.details;
        if details.title.trim().is_empty() || long(&details.title, 60) {
            return invalid("title", "名前を、60文字までで書いてください。");
        }
        if long(&details.about, 2_000) {
            return invalid("about", "説明は、2,000文字までで書いてください。");
        }
        if self.run_by == RunBy::Other && details.run_by_name.trim().is_empty() {
            return invalid("run_by_name", "開いている団体の名前を書いてください。");
        }
        let short = [
            ("run_by_name", &details.run_by_name),
            ("ages", &details.ages),
            ("place_name", &details.place_name),
            ("address", &details.address),
            ("station", &details.station),
            ("cost", &details.cost),
            ("contact", &details.contact),
            ("url", &details.url),
            ("sounds", &details.feel.sounds),
            ("light", &details.feel.light),
            ("smell", &details.feel.smell),
        ];
        if let Some((field, _)) = short.into_iter().find(|(_, text)| long(text, 200)) {
            return invalid(field, "ここは、200文字までで書いてください。");
        }
        let longer = [
            ("way_in", &details.way_in),
            ("what_people_do", &details.feel.what_people_do),
            ("after_place", &self.after_booking.place),
            ("after_words", &self.after_booking.words),
            ("link", &self.after_booking.link),
        ];
        if let Some((field, _)) = longer.into_iter().find(|(_, text)| long(text, 1_000)) {
            return invalid(field, "ここは、1,000文字までで書いてください。");
        }
        if !self.online && self.municipality.is_none() {
            return invalid("municipality", "どの市区町村で開くのかを選んでください。");
        }
        if !self.walk_in && !self.takes_bookings {
            return invalid(
                "takes_bookings",
                "予約なしで来られるか、予約ができるか、どちらかを選んでください。",
            );
        }
        if self
            .capacity
            .is_some_and(|seats| !(1..=1_000).contains(&seats))
        {
            return invalid("capacity", "定員は、1人から1,000人の間で入れてください。");
        }
        let told_later = details.place_shown == PlaceShown::AfterBooking && !self.online;
        if told_later && self.walk_in {
            return invalid(
                "place_shown",
                "予約なしで来られる場は、場所をのせる必要があります。",
            );
        }
        if told_later && self.after_booking.place.trim().is_empty() {
            return invalid("after_place", "予約した人に伝える場所を書いてください。");
        }
        for (field, url) in [("url", &details.url), ("link", &self.after_booking.link)] {
            let url = url.trim();
            if !(url.is_empty() || url.starts_with("https://") || url.starts_with("http://")) {
                return invalid(field, "アドレスは https:// から書いてください。");
            }
        }
        if let Some(rule) = &self.rule {
            rule.check()?;
        }
        let feel = &details.feel;
        if let (Some(from), Some(to)) = (feel.people_from, feel.people_to)
            && from > to
        {
            return invalid("people_from", "人数は、少ないほうを先に入れてください。");
        }
        Ok(())
    }
}
