//! The shape of `rules.toml` as it is written, before it is checked and typed: see [`crate::rules`].

use directory::Kind;
use serde::Deserialize;

use crate::rules::{
    AddTo, Decision, Effect, Invariant, Keeps, Line, Order, Rule, RulesError, What, WhyNotRule,
    condition, nonsense,
};
use crate::text::Text;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RulesFile {
    pub(crate) version: String,
    pub(crate) places: usize,
    pub(crate) line: Vec<Line>,
    pub(crate) rule: Vec<ReadRule>,
    pub(crate) invariant: Vec<ReadInvariant>,
    pub(crate) decisions: Vec<Decision>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadRule {
    id: String,
    when: String,
    says: Text,
    reason: Text,
    source: String,
    #[serde(default)]
    effect: Vec<ReadEffect>,
    #[serde(default)]
    why_not: Vec<ReadWhyNot>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadWhyNot {
    kinds: Vec<Kind>,
    when: Option<String>,
    text: Text,
}

/// Exactly one of the verbs must be there: `weight`, `add`, `urgent`, `beside`, `later`, `exclude`, `note_on`,
/// `say`, `order`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadEffect {
    when: Option<String>,
    reason: Option<Text>,
    weight: Option<i32>,
    of: Option<Kind>,
    add: Option<i32>,
    to: Option<String>,
    urgent: Option<Vec<String>>,
    beside: Option<Vec<String>>,
    later: Option<Vec<Kind>>,
    exclude: Option<Vec<Kind>>,
    note_on: Option<Vec<Kind>>,
    say: Option<bool>,
    order: Option<String>,
    place: Option<usize>,
    among: Option<Vec<Kind>>,
}

impl ReadRule {
    pub(crate) fn check(self) -> Result<Rule, RulesError> {
        let id = self.id;
        let effects = self
            .effect
            .into_iter()
            .map(|effect| effect.check(&id))
            .collect::<Result<_, _>>()?;
        let why_not = self
            .why_not
            .into_iter()
            .map(|read| {
                let when = read
                    .when
                    .map(|source| condition(&id, &source))
                    .transpose()?;
                Ok(WhyNotRule {
                    kinds: read.kinds,
                    when,
                    text: read.text,
                })
            })
            .collect::<Result<_, RulesError>>()?;
        let when = condition(&id, &self.when)?;
        Ok(Rule {
            id,
            when,
            says: self.says,
            reason: self.reason,
            source: self.source,
            effects,
            why_not,
        })
    }
}

impl ReadEffect {
    pub(crate) fn check(self, id: &str) -> Result<Effect, RulesError> {
        let when = self
            .when
            .as_deref()
            .map(|source| condition(id, source))
            .transpose()?;
        let mut verbs = Vec::new();
        if let (Some(weight), Some(of)) = (self.weight, self.of) {
            verbs.push(What::Weight { of, weight });
        }
        if let (Some(add), Some(to)) = (self.add, &self.to) {
            let to = match to.as_str() {
                "prev" => AddTo::Prev,
                "lacking_channel" => AddTo::LackingChannel,
                code => AddTo::Kind(
                    code.parse()
                        .map_err(|_| nonsense(id, &format!("`{code}` is not a window")))?,
                ),
            };
            verbs.push(What::Add { to, add });
        }
        verbs.extend(self.urgent.map(What::Urgent));
        verbs.extend(self.beside.map(What::Beside));
        verbs.extend(self.later.map(What::Later));
        verbs.extend(self.exclude.map(What::Exclude));
        verbs.extend(self.note_on.map(What::Note));
        if self.say == Some(true) {
            verbs.push(What::Say);
        }
        if let Some(order) = &self.order {
            verbs.push(What::Order(
                match (order.as_str(), self.of, self.place, self.among) {
                    ("merge_same_body", None, None, None) => Order::MergeSameBody,
                    ("drop_stale", None, None, None) => Order::DropStale,
                    ("outreach_first", None, None, Some(among)) => Order::OutreachFirst(among),
                    ("break_ties", None, None, None) => Order::BreakTies,
                    ("keep", Some(kind), Some(place), None) if place > 0 => {
                        Order::Keep { kind, place }
                    }
                    ("never_pad", None, None, None) => Order::NeverPad,
                    _ => {
                        return Err(nonsense(
                            id,
                            &format!("the order `{order}` is unknown or incomplete"),
                        ));
                    }
                },
            ));
        }
        match (verbs.pop(), verbs.is_empty()) {
            (Some(what), true) => Ok(Effect {
                when,
                what,
                reason: self.reason,
            }),
            _ => Err(nonsense(id, "an effect must do exactly one thing")),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadInvariant {
    id: String,
    text: Text,
    by_rule: Option<String>,
    never: Option<Vec<Kind>>,
    top_only: Option<Vec<Kind>>,
    when: Option<String>,
    never_first: Option<Kind>,
    only_with: Option<(Kind, Kind)>,
}

impl ReadInvariant {
    pub(crate) fn check(self) -> Result<Invariant, RulesError> {
        let id = self.id;
        let when = self
            .when
            .map(|source| condition(&id, &source))
            .transpose()?;
        let keeps = match (
            self.by_rule,
            self.never,
            self.top_only,
            self.never_first,
            self.only_with,
            when,
        ) {
            (Some(rule), None, None, None, None, None) => Keeps::ByRule(rule),
            (None, Some(kinds), None, None, None, Some(when)) => Keeps::Never(kinds, when),
            (None, None, Some(kinds), None, None, Some(when)) => Keeps::TopOnly(kinds, when),
            (None, None, None, Some(kind), None, None) => Keeps::NeverFirst(kind),
            (None, None, None, None, Some((kind, with)), None) => Keeps::OnlyWith(kind, with),
            (None, None, None, None, None, None) => Keeps::NeverEmpty,
            _ => {
                return Err(nonsense(
                    &id,
                    "an invariant must be kept in exactly one way",
                ));
            }
        };
        Ok(Invariant {
            id,
            text: self.text,
            keeps,
        })
    }
}
