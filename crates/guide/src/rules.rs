//! The rules as data: `rules/rules.toml`, read once at start and printed on the page 「この案内の決まり」.
//!
//! Conditions, weights, texts and the decisions that guide.md §E left open all stand in that file. This module
//! only gives them types, and refuses data in which something is missing.

use std::collections::HashSet;

use directory::Kind;
use serde::Deserialize;

use crate::cards::{Card, PhraseLine, ReadCards, ReadPhrases};
use crate::condition::{Condition, ConditionError};
use crate::questions::{Question, ReadQuestions};
use crate::reading::Readings;
use crate::rules_file::{ReadInvariant, ReadRule, RulesFile};
use crate::text::Text;

/// Everything the guide knows: rules, decisions, questions, cards.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Version of the rules, printed with every result.
    pub version: String,
    /// How many windows stand on the first page.
    pub places: usize,
    /// National lines and the like that may stand above or beside the windows, in the order they are printed.
    pub lines: Vec<Line>,
    /// R01 to R44, in that order.
    pub rules: Vec<Rule>,
    /// What holds for every combination of answers.
    pub invariants: Vec<Invariant>,
    /// What guide.md §E left open, and how it was decided.
    pub decisions: Vec<Decision>,
    /// The questions of the web pages, in order.
    pub questions: Vec<Question>,
    /// One card a kind of window.
    pub cards: Vec<Card>,
    pub(crate) phrases: Vec<PhraseLine>,
    pub(crate) readings: Readings,
}

/// Why the guide's data cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// Not well-formed, or a field is missing (so is a rule with only one of its two texts).
    #[error("the guide's data in {file} cannot be read: {why}")]
    Read {
        /// Which file.
        file: &'static str,
        /// What the reader says.
        why: String,
    },
    /// A condition is wrong.
    #[error("{place}: {why}")]
    Condition {
        /// Rule, question or phrase.
        place: String,
        /// What is wrong.
        why: ConditionError,
    },
    /// Well-formed, but it makes no sense.
    #[error("{place}: {why}")]
    Sense {
        /// Rule, question or card.
        place: String,
        /// What is wrong.
        why: String,
    },
}

/// A line or place that is named by the guide without being ranked: 110, 119, 189, the SOS lines.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Code in the list `urgent` of the machine door.
    pub code: String,
    /// What it is called.
    pub name: Text,
    /// What it is for.
    pub note: Text,
    /// Identifiers of the directory's hotlines behind it; numbers live there and nowhere else. Empty: the number
    /// is not confirmed yet.
    pub hotlines: Vec<String>,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `R01` to `R44`.
    pub id: String,
    /// When it fires.
    pub when: Condition,
    /// The same in words.
    pub says: Text,
    /// The reason shown to the person.
    pub reason: Text,
    /// Where it comes from.
    pub source: String,
    /// What it does, each part perhaps under a further condition.
    pub effects: Vec<Effect>,
    /// Sentences for 「ほかの窓口を先に出さなかったわけ」.
    pub why_not: Vec<WhyNotRule>,
}

/// One effect of a rule.
#[derive(Clone, Debug)]
pub struct Effect {
    /// A further condition.
    pub when: Option<Condition>,
    /// What happens.
    pub what: What,
    /// A reason of its own, in place of the rule's.
    pub reason: Option<Text>,
}

/// What an effect does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The window has at least this weight.
    Weight {
        /// Which.
        of: Kind,
        /// How much.
        weight: i32,
    },
    /// Added to the window's weight, if it has one.
    Add {
        /// To which.
        to: AddTo,
        /// How much, perhaps negative.
        add: i32,
    },
    /// Lines above everything else (tier 0).
    Urgent(Vec<String>),
    /// Lines named below the windows.
    Beside(Vec<String>),
    /// Windows for 「もうすこし先で」 (tier 3).
    Later(Vec<Kind>),
    /// Windows that are not shown.
    Exclude(Vec<Kind>),
    /// The reason is added to the cards of these windows.
    Note(Vec<Kind>),
    /// The reason is said above the windows.
    Say,
    /// Something about the order of the finished list.
    Order(Order),
}

/// To which window something is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddTo {
    /// This one.
    Kind(Kind),
    /// The window that did not work out before.
    Prev,
    /// Every window that is known to lack the chosen ways.
    LackingChannel,
}

/// What a rule does to the finished list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Windows that are one body become one card (R17).
    MergeSameBody,
    /// Windows whose check is too old leave the guide (R41).
    DropStale,
    /// Among these, one that is known to come to the home goes first (R28).
    OutreachFirst(Vec<Kind>),
    /// Equal weights: nearer, offers a chosen way, open now, code (R42).
    BreakTies,
    /// This window moves up to this place (R43).
    Keep {
        /// Which.
        kind: Kind,
        /// Counted from 1.
        place: usize,
    },
    /// Nothing is added to a short list (R44).
    NeverPad,
}

/// A sentence about windows that are not shown, or not first.
#[derive(Clone, Debug)]
pub struct WhyNotRule {
    /// Which windows.
    pub kinds: Vec<Kind>,
    /// A further condition.
    pub when: Option<Condition>,
    /// The sentence.
    pub text: Text,
}

/// Something that holds for every combination of answers; the engine enforces it whatever the weights say.
#[derive(Clone, Debug)]
pub struct Invariant {
    /// `I1` and so on.
    pub id: String,
    /// In words.
    pub text: Text,
    /// What the engine does about it.
    pub keeps: Keeps,
}

/// How an invariant is kept.
#[derive(Clone, Debug)]
pub enum Keeps {
    /// Kept by the rule with this id (HC by R43).
    ByRule(String),
    /// These windows never appear while the condition holds.
    Never(Vec<Kind>, Condition),
    /// These windows stand on the first page only while the condition holds.
    TopOnly(Vec<Kind>, Condition),
    /// This window is never the first: it changes places with the second.
    NeverFirst(Kind),
    /// The first appears only together with the second.
    OnlyWith(Kind, Kind),
    /// There is at least one window: kept by R10.
    NeverEmpty,
}

/// Something guide.md §E left open.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// `D01` and so on.
    pub id: String,
    /// The question.
    pub question: String,
    /// What was decided.
    pub decision: String,
    /// Why.
    pub why: String,
}

impl Rules {
    /// The rules this program ships.
    pub fn shipped() -> Result<Rules, RulesError> {
        Rules::read(
            include_str!("../rules/rules.toml"),
            include_str!("../rules/questions.toml"),
            include_str!("../rules/cards.toml"),
            include_str!("../rules/phrases.toml"),
        )
    }

    /// Rules from the texts of the four files.
    pub fn read(
        rules: &str,
        questions: &str,
        cards: &str,
        phrases: &str,
    ) -> Result<Rules, RulesError> {
        let file: RulesFile = parse("rules.toml", rules)?;
        let read_questions: ReadQuestions = parse("questions.toml", questions)?;
        let read_cards: ReadCards = parse("cards.toml", cards)?;
        let read_phrases: ReadPhrases = parse("phrases.toml", phrases)?;
        let rules = Rules {
            version: file.version,
            places: file.places,
            lines: file.line,
            rules: file
                .rule
                .into_iter()
                .map(ReadRule::check)
                .collect::<Result<_, _>>()?,
            invariants: file
                .invariant
                .into_iter()
                .map(ReadInvariant::check)
                .collect::<Result<_, _>>()?,
            decisions: file.decisions,
            questions: read_questions.check()?,
            cards: read_cards.check(),
            phrases: read_phrases.check()?,
            readings: Readings::read(include_str!("../rules/readings.txt"))?,
        };
        rules.check()?;
        Ok(rules)
    }

    /// The rule with this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// The line with this code.
    pub fn line(&self, code: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.code == code)
    }

    /// The card of a kind of window.
    pub fn card(&self, kind: Kind) -> Option<&Card> {
        self.cards.iter().find(|card| card.kind == kind)
    }

    /// The question with this id.
    pub fn question(&self, id: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == id)
    }

    /// One effect in words, for the page 「この案内の決まり」.
    pub fn describe(&self, effect: &Effect, easy: bool) -> String {
        let name = |kind: Kind| {
            self.card(kind).map_or_else(
                || kind.code().to_owned(),
                |card| card.name.get(easy).to_owned(),
            )
        };
        let names = |kinds: &[Kind]| {
            kinds
                .iter()
                .map(|kind| name(*kind))
                .collect::<Vec<_>>()
                .join("、")
        };
        let lines = |codes: &[String]| {
            codes
                .iter()
                .filter_map(|code| self.line(code))
                .map(|line| line.name.get(easy))
                .collect::<Vec<_>>()
                .join("、")
        };
        match &effect.what {
            What::Weight { of, weight } => format!("{}：{weight}", name(*of)),
            What::Add { to, add } => {
                let whom = match to {
                    AddTo::Kind(kind) => name(*kind),
                    AddTo::Prev => "前に合わなかった窓口".to_owned(),
                    AddTo::LackingChannel => "選んだ方法がない窓口".to_owned(),
                };
                format!("{whom}：{add:+}")
            }
            What::Urgent(codes) => format!("いちばん上に出す：{}", lines(codes)),
            What::Beside(codes) => format!("下にならべる：{}", lines(codes)),
            What::Later(kinds) => format!("「もうすこし先で」に出す：{}", names(kinds)),
            What::Exclude(kinds) => format!("出さない：{}", names(kinds)),
            What::Note(kinds) => format!("説明を足す：{}", names(kinds)),
            What::Say => "結果のはじめに一言そえる".to_owned(),
            What::Order(order) => match order {
                Order::MergeSameBody => "同じところは1枚にまとめる".to_owned(),
                Order::DropStale => "案内には出さない".to_owned(),
                Order::OutreachFirst(kinds) => {
                    format!("訪問があるほうを先にする：{}", names(kinds))
                }
                Order::BreakTies => {
                    "近い順、選んだ方法がある順、いま開いている順、記号の順".to_owned()
                }
                Order::Keep { kind, place } => format!("{}を{place}番めに置く", name(*kind)),
                Order::NeverPad => "足りないままにする".to_owned(),
            },
        }
    }

    /// What types alone cannot say.
    fn check(&self) -> Result<(), RulesError> {
        let mut ids = HashSet::new();
        for rule in &self.rules {
            let sense = |why: String| RulesError::Sense {
                place: rule.id.clone(),
                why,
            };
            if !ids.insert(rule.id.as_str()) {
                return Err(sense("there are two rules with this id".to_owned()));
            }
            let mut texts = vec![&rule.says, &rule.reason];
            texts.extend(
                rule.effects
                    .iter()
                    .filter_map(|effect| effect.reason.as_ref()),
            );
            texts.extend(rule.why_not.iter().map(|why_not| &why_not.text));
            if !texts.iter().all(|text| text.is_whole()) {
                return Err(sense("a text is empty in one of its versions".to_owned()));
            }
            for effect in &rule.effects {
                if let What::Urgent(codes) | What::Beside(codes) = &effect.what
                    && let Some(code) = codes.iter().find(|code| self.line(code).is_none())
                {
                    return Err(sense(format!("there is no line `{code}`")));
                }
                let about_order = matches!(
                    effect.what,
                    What::Order(Order::BreakTies | Order::Keep { .. } | Order::NeverPad)
                );
                if rule.when.looks_at_ranking() && !about_order {
                    return Err(sense(
                        "a rule about the finished list may only change its order".to_owned(),
                    ));
                }
            }
        }
        if !self.rules.is_sorted_by(|a, b| a.id < b.id) {
            return Err(RulesError::Sense {
                place: "rules".to_owned(),
                why: "the rules are not in order".to_owned(),
            });
        }
        for kind in crate::answers::guide_kinds() {
            if self.card(kind).is_none_or(|card| !card.is_whole()) {
                let why = "its card is missing or has an empty text".to_owned();
                return Err(RulesError::Sense {
                    place: kind.code().to_owned(),
                    why,
                });
            }
        }
        Ok(())
    }
}

fn parse<'t, T: Deserialize<'t>>(file: &'static str, text: &'t str) -> Result<T, RulesError> {
    toml::from_str(text).map_err(|error| RulesError::Read {
        file,
        why: error.to_string(),
    })
}

pub(crate) fn condition(place: &str, source: &str) -> Result<Condition, RulesError> {
    Condition::parse(source).map_err(|why| RulesError::Condition {
        place: place.to_owned(),
        why,
    })
}

pub(crate) fn nonsense(place: &str, why: &str) -> RulesError {
    RulesError::Sense {
        place: place.to_owned(),
        why: why.to_owned(),
    }
}
