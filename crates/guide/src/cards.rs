//! The words on a result card, one set a kind of window (guide.md §E5), and the 言い方カード (§F4).
//!
//! The texts speak of a kind of window in general. What is true of one window (hours, whether a name is asked)
//! comes from the directory, with the day it was confirmed.

use directory::Kind;
use serde::Deserialize;

use crate::answers::Answers;
use crate::condition::Condition;
use crate::rules::{Rules, RulesError, condition, nonsense};
use crate::surroundings::Surroundings;
use crate::text::Text;

/// The words of one card. The reason (なぜ) is not here: it comes from the rule that fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Which kind of window.
    pub kind: Kind,
    /// What it is called.
    pub name: Text,
    /// What it is, in one sentence.
    pub what: Text,
    /// つぎの一歩.
    pub next_step: Text,
    /// どんな人が出るか.
    pub who_answers: Text,
    /// 聞かれること.
    pub asked: Text,
    /// 聞かれないこと, or what may be left unsaid.
    pub not_asked: Text,
    /// 言い方の例.
    pub say: Text,
    /// ことわられたら.
    pub refused: Text,
}

impl Card {
    /// Every text of the card.
    pub fn texts(&self) -> [&Text; 8] {
        [
            &self.name,
            &self.what,
            &self.next_step,
            &self.who_answers,
            &self.asked,
            &self.not_asked,
            &self.say,
            &self.refused,
        ]
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.texts().iter().all(|text| text.is_whole())
    }
}

/// `cards.toml`: what most windows have in common is written once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadCards {
    common: Common,
    card: Vec<ReadCard>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Common {
    next_step: Text,
    who_answers: Text,
    asked: Text,
    not_asked: Text,
    say: Text,
    refused: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadCard {
    kind: Kind,
    name: Text,
    what: Text,
    next_step: Option<Text>,
    who_answers: Option<Text>,
    asked: Option<Text>,
    not_asked: Option<Text>,
    say: Option<Text>,
    refused: Option<Text>,
}

impl ReadCards {
    pub(crate) fn check(self) -> Vec<Card> {
        let common = self.common;
        let card = |read: ReadCard| Card {
            kind: read.kind,
            name: read.name,
            what: read.what,
            next_step: read.next_step.unwrap_or_else(|| common.next_step.clone()),
            who_answers: read
                .who_answers
                .unwrap_or_else(|| common.who_answers.clone()),
            asked: read.asked.unwrap_or_else(|| common.asked.clone()),
            not_asked: read.not_asked.unwrap_or_else(|| common.not_asked.clone()),
            say: read.say.unwrap_or_else(|| common.say.clone()),
            refused: read.refused.unwrap_or_else(|| common.refused.clone()),
        };
        self.card.into_iter().map(card).collect()
    }
}

/// One possible sentence of the 言い方カード. In every slot the first one whose condition holds is said; slots
/// `1a`, `1b` make up line 1, and so on. What stands in `[…]` is left out when the area is not known.
#[derive(Clone, Debug)]
pub(crate) struct PhraseLine {
    slot: String,
    when: Condition,
    pub(crate) text: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadPhrases {
    phrase: Vec<ReadPhrase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadPhrase {
    slot: String,
    when: String,
    text: Text,
}

impl ReadPhrases {
    pub(crate) fn check(self) -> Result<Vec<PhraseLine>, RulesError> {
        let mut lines = Vec::new();
        for read in self.phrase {
            if !read.text.is_whole()
                || lines
                    .last()
                    .is_some_and(|last: &PhraseLine| last.slot > read.slot)
            {
                return Err(nonsense(
                    &read.slot,
                    "phrases must be whole and stand in the order of their slots",
                ));
            }
            lines.push(PhraseLine {
                when: condition(&read.slot, &read.when)?,
                slot: read.slot,
                text: read.text,
            });
        }
        Ok(lines)
    }
}

impl Rules {
    /// Three lines to read out, to show or to hand over (言い方カード). Made from the answers at the moment of
    /// showing; nothing of it is kept. `area_name` is where the person lives, as the directory spells it.
    pub fn phrase_card(
        &self,
        answers: &Answers,
        area_name: Option<&str>,
        easy: bool,
    ) -> Vec<String> {
        let around = Surroundings::default();
        let mut lines: Vec<(&str, String)> = Vec::new();
        let mut said = "";
        for phrase in &self.phrases {
            if phrase.slot == said || !phrase.when.holds(answers, &around) {
                continue;
            }
            said = &phrase.slot;
            let sentence = with_area(phrase.text.get(easy), area_name);
            let line = &phrase.slot[..1];
            match lines.last_mut() {
                Some((last, text)) if *last == line => text.push_str(&sentence),
                _ => lines.push((line, sentence)),
            }
        }
        lines.into_iter().map(|(_, text)| text).collect()
    }

    /// Every text the 言い方カード can be made of, for the tests of tone.
    pub fn phrase_texts(&self) -> impl Iterator<Item = &Text> {
        self.phrases.iter().map(|phrase| &phrase.text)
    }
}

fn with_area(template: &str, area_name: Option<&str>) -> String {
    let mut said = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('[') {
        said.push_str(before);
        let (optional, after) = after.split_once(']').unwrap_or((after, ""));
        if let Some(name) = area_name {
            said.push_str(&optional.replace("{area}", name));
        }
        rest = after;
    }
    said.push_str(rest);
    said
}
