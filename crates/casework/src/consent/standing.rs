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
            (Held::Given(scope), Deed::Narrow) => Held::Given(narrowed(&scope, event)),
            (Held::Thinking { .. } | Held::Given(_), Deed::Withdraw) => Held::Withdrawn,
            (Held::Thinking { .. }, Deed::Refuse) => Held::Refused,
            (held, _) => held,
        };
    }
    held
}

fn narrowed(scope: &Scope, event: &Event) -> Scope {
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

#[cfg(test)]
mod tests {
    use super::*;
    use basics::time::start_of_day;
    use jiff::SignedDuration;
    use proptest::prelude::*;

    /// The naive model (inv. 4): give ∧ ¬withdraw ∧ ¬void ∧ now ≤ the last day ∧ every narrowing still holds the item.
    /// Only the first settling event counts: what was refused or taken back before it was given was never given.
    fn naive(events: &[Event], item: Item, purpose: Purpose, at: Timestamp) -> bool {
        if events.iter().any(|event| event.deed == Deed::Void) {
            return false;
        }
        let seen: Vec<&Event> = events.iter().filter(|event| event.at <= at).collect();
        let settles =
            |event: &&&Event| matches!(event.deed, Deed::Give | Deed::Refuse | Deed::Withdraw);
        let Some(first) = seen.iter().find(settles) else {
            return false;
        };
        if first.deed != Deed::Give || seen.iter().any(|event| event.deed == Deed::Withdraw) {
            return false;
        }
        let given = seen.iter().position(|event| std::ptr::eq(*event, *first));
        let after = &seen[given.unwrap_or_default()..];
        let binds = |event: &&&Event| std::ptr::eq(**event, *first) || event.deed == Deed::Narrow;
        after.iter().filter(binds).all(|event| {
            event.items.contains(&item)
                && event.purposes.contains(&purpose)
                && event.until.is_none_or(|day| to_jst(at).date() <= day)
        })
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let deed = prop::sample::select(vec![
            Deed::Ask,
            Deed::Give,
            Deed::Give,
            Deed::Narrow,
            Deed::Narrow,
            Deed::Refuse,
            Deed::Withdraw,
            Deed::Void,
        ]);
        let items = prop::collection::btree_set(prop::sample::select(Item::ALL.to_vec()), 0..11);
        let purposes =
            prop::collection::btree_set(prop::sample::select(Purpose::ALL.to_vec()), 0..5);
        let event = (
            deed,
            0_i64..60,
            items,
            purposes,
            prop::option::of(0_i64..90),
        );
        prop::collection::vec(event, 0..6).prop_map(|mut all| {
            all.sort_by_key(|one| one.1);
            let event =
                |(deed, day, items, purposes, until): (Deed, i64, _, _, Option<i64>)| Event {
                    deed,
                    at: moment(day),
                    items,
                    purposes,
                    // A consent without a last day cannot be written; the ledger gives it one.
                    until: until
                        .or((deed == Deed::Give).then_some(365))
                        .map(|n| to_jst(moment(n)).date()),
                };
            all.into_iter().map(event).collect()
        })
    }

    fn moment(day: i64) -> Timestamp {
        start_of_day(jiff::civil::date(2026, 11, 1)) + SignedDuration::from_hours(24 * day + 10)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn what_holds_is_what_a_naive_reading_says(
            events in events(),
            item in prop::sample::select(Item::ALL.to_vec()),
            purpose in prop::sample::select(Purpose::ALL.to_vec()),
            day in 0_i64..100,
        ) {
            let at = moment(day) + SignedDuration::from_hours(1);
            prop_assert_eq!(fold(&events, at).allows(item, purpose, at), naive(&events, item, purpose, at));
        }

        /// inv. 5: after a withdrawal nothing flows, whatever came before or comes after.
        #[test]
        fn nothing_flows_after_a_withdrawal(events in events(), more in events(), day in 0_i64..100) {
            let mut all = events;
            let withdrawn = moment(70);
            all.push(Event { deed: Deed::Withdraw, at: withdrawn, items: BTreeSet::new(), purposes: BTreeSet::new(), until: None });
            all.extend(more.into_iter().map(|event| Event { at: withdrawn + SignedDuration::from_hours(1), ..event }));
            let at = withdrawn + SignedDuration::from_hours(24 * day + 2);
            for item in Item::ALL {
                for purpose in Purpose::ALL {
                    prop_assert!(!fold(&all, at).allows(*item, *purpose, at));
                }
            }
        }
    }
}
