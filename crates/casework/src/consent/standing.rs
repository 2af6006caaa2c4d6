//! What holds of a consent at one moment, folded from its events. Pure.

use super::{Deed, Item, Purpose};
use basics::time::to_jst;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// One event, in codes and times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What was done.
    pub deed: Deed,
    /// When.
    pub at: Timestamp,
    /// Which items.
    pub items: BTreeSet<Item>,
    /// What for.
    pub purposes: BTreeSet<Purpose>,
    /// The last day; for 考え中 the day before which nobody asks again.
    pub until: Option<Date>,
}

/// What may be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Which items.
    pub items: BTreeSet<Item>,
    /// What for.
    pub purposes: BTreeSet<Purpose>,
    /// The last day.
    pub until: Date,
}

/// How a consent stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Asked; thinking.
    Thinking {
        /// The day before which nobody asks again.
        not_before: Option<Date>,
    },
    /// Given, perhaps made smaller since; whether the last day has passed is the asker's question.
    Given(Scope),
    /// The person chose not to.
    Refused,
    /// Taken back.
    Withdrawn,
    /// Never was: a mistake of whoever wrote it.
    Void,
}

impl Held {
    /// Whether this may be told at that moment (inv. 4).
    pub fn allows(&self, item: Item, purpose: Purpose, at: Timestamp) -> bool {
        match self {
            Self::Given(scope) => {
                to_jst(at).date() <= scope.until
                    && scope.items.contains(&item)
                    && scope.purposes.contains(&purpose)
            }
            _ => false,
        }
    }
}

/// Folds the events up to `at`. A mistake (void) is one from the beginning, whenever it was noticed. Narrowing only ever
/// takes away; what was taken back or refused stays so: a new consent is a new row.
pub fn fold(events: &[Event], at: Timestamp) -> Held {
    if events.iter().any(|event| event.deed == Deed::Void) {
        return Held::Void;
    }
    let mut held = Held::Thinking { not_before: None };
    for event in events.iter().filter(|event| event.at <= at) {
        held = match (held, event.deed) {
            (Held::Thinking { .. }, Deed::Ask) => Held::Thinking {
                not_before: event.until,
            },
            (Held::Thinking { .. }, Deed::Give) => Held::Given(Scope {
                items: event.items.clone(),
                purposes: event.purposes.clone(),
                // Without a day it holds on the day it was given, and no longer.
                until: event.until.unwrap_or_else(|| to_jst(event.at).date()),
            }),
            (Held::Given(scope), Deed::Narrow) => Held::Given(narrowed(scope, event)),
            (Held::Thinking { .. } | Held::Given(_), Deed::Withdraw) => Held::Withdrawn,
            (Held::Thinking { .. }, Deed::Refuse) => Held::Refused,
            (held, _) => held,
        };
    }
    held
}

fn narrowed(scope: Scope, event: &Event) -> Scope {
    Scope {
        items: scope.items.intersection(&event.items).copied().collect(),
        purposes: scope
            .purposes
            .intersection(&event.purposes)
            .copied()
            .collect(),
        until: event
            .until
            .map_or(scope.until, |until| until.min(scope.until)),
    }
}
