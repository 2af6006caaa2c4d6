//! Answers in, windows with reasons out. A pure function: no clock, no database, no input or output of its own.
//!
//! In order: the rules that fire give weights (the largest counts), then what is added or taken away; windows
//! that may not appear are taken out; the rest is ranked; the invariants of guide.md §E3 are enforced; the first
//! three are the answer and the rest stands behind 「ほかの窓口」.

use std::cmp::Reverse;

use directory::Kind;

use crate::answers::Answers;
use crate::condition::Ranked;
use crate::rules::{AddTo, Effect, Keeps, Line, Order, Rule, Rules, What};
use crate::surroundings::Surroundings;
use crate::text::Text;

/// What the guide says to one sheet of answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation<'r> {
    /// Version of the rules.
    pub version: &'r str,
    /// Tier 0: above everything else.
    pub urgent: Vec<Urgent<'r>>,
    /// Sentences to say above the windows.
    pub said: Vec<Because<'r>>,
    /// The first three, or fewer.
    pub top: Vec<Item<'r>>,
    /// The rest by weight.
    pub more: Vec<Item<'r>>,
    /// 「もうすこし先で」.
    pub later: Vec<Item<'r>>,
    /// Lines to name below the windows; not ranked.
    pub beside: Vec<&'r Line>,
    /// 「ほかの窓口を先に出さなかったわけ」.
    pub why_not: Vec<WhyNot<'r>>,
    /// The rules that fired, sorted.
    pub fired: Vec<&'r str>,
}

/// A line of tier 0 with the sentences of the rules that put it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urgent<'r> {
    /// Which line.
    pub line: &'r Line,
    /// Why.
    pub because: Vec<Because<'r>>,
}

/// A reason and the rule it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Because<'r> {
    /// The rule's id.
    pub rule: &'r str,
    /// The reason.
    pub text: &'r Text,
}

/// One window of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item<'r> {
    /// Which kind.
    pub kind: Kind,
    /// Final weight; 0 for 「もうすこし先で」.
    pub weight: i32,
    /// Why it is here: the reason of the rule that gave it its weight.
    pub because: Because<'r>,
    /// What else to say on its card.
    pub notes: Vec<Because<'r>>,
    /// Other kinds that are the same body here (R17).
    pub also: Vec<Kind>,
}

/// Why a window is not shown, or not among the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WhyNot<'r> {
    /// The rule's id.
    pub rule: &'r str,
    /// Which windows.
    pub kinds: &'r [Kind],
    /// The sentence.
    pub text: &'r Text,
}

impl Rules {
    /// The guide's answer.
    pub fn recommend(&self, answers: &Answers, around: &Surroundings) -> Recommendation<'_> {
        let mut sheet = Sheet::new(self);
        for rule in self
            .rules
            .iter()
            .filter(|rule| !rule.when.looks_at_ranking())
        {
            if rule.when.holds(answers, around) {
                sheet.fire(rule, answers, around);
            }
        }
        sheet.finish(answers, around)
    }
}

/// One more than the number of kinds: `Kind as usize` is the place in these arrays.
const KINDS: usize = Kind::ALL.len();

/// What has been collected while the rules fire.
struct Sheet<'r> {
    rules: &'r Rules,
    fired: Vec<&'r str>,
    /// Largest weight so far, and the reason that came with it.
    weights: [Option<(i32, Because<'r>)>; KINDS],
    added: [i32; KINDS],
    excluded: [bool; KINDS],
    later: [Option<Because<'r>>; KINDS],
    notes: Vec<(Kind, Because<'r>)>,
    urgent: Vec<(&'r str, Because<'r>)>,
    beside: Vec<&'r str>,
    said: Vec<Because<'r>>,
    why_not: Vec<WhyNot<'r>>,
    orders: Vec<&'r Order>,
}

impl<'r> Sheet<'r> {
    fn new(rules: &'r Rules) -> Self {
        Sheet {
            rules,
            fired: Vec::with_capacity(16),
            weights: [None; KINDS],
            added: [0; KINDS],
            excluded: [false; KINDS],
            later: [None; KINDS],
            notes: Vec::new(),
            urgent: Vec::new(),
            beside: Vec::new(),
            said: Vec::new(),
            why_not: Vec::new(),
            orders: Vec::new(),
        }
    }

    fn fire(&mut self, rule: &'r Rule, answers: &Answers, around: &Surroundings) {
        self.fired.push(&rule.id);
        for effect in &rule.effects {
            if effect
                .when
                .as_ref()
                .is_none_or(|when| when.holds(answers, around))
            {
                self.apply(rule, effect, answers, around);
            }
        }
        for why_not in &rule.why_not {
            if why_not
                .when
                .as_ref()
                .is_none_or(|when| when.holds(answers, around))
            {
                self.why_not.push(WhyNot {
                    rule: &rule.id,
                    kinds: &why_not.kinds,
                    text: &why_not.text,
                });
            }
        }
    }

    fn apply(
        &mut self,
        rule: &'r Rule,
        effect: &'r Effect,
        answers: &Answers,
        around: &Surroundings,
    ) {
        let because = Because {
            rule: &rule.id,
            text: effect.reason.as_ref().unwrap_or(&rule.reason),
        };
        match &effect.what {
            What::Weight { of, weight } => {
                let slot = &mut self.weights[*of as usize];
                if slot.is_none_or(|(heaviest, _)| heaviest < *weight) {
                    *slot = Some((*weight, because));
                }
            }
            What::Add {
                to: AddTo::Kind(kind),
                add,
            } => self.added[*kind as usize] += add,
            What::Add {
                to: AddTo::Prev,
                add,
            } => {
                if let Some(kind) = answers.prev {
                    self.added[kind as usize] += add;
                }
            }
            What::Add {
                to: AddTo::LackingChannel,
                add,
            } => {
                for facts in around
                    .windows
                    .iter()
                    .filter(|facts| facts.offers_channel == Some(false))
                {
                    self.added[facts.kind as usize] += add;
                    self.notes.push((facts.kind, because));
                }
            }
            What::Urgent(codes) => self
                .urgent
                .extend(codes.iter().map(|code| (code.as_str(), because))),
            What::Beside(codes) => self.beside.extend(codes.iter().map(String::as_str)),
            What::Later(kinds) => {
                for kind in kinds {
                    self.later[*kind as usize].get_or_insert(because);
                }
            }
            What::Exclude(kinds) => {
                for kind in kinds {
                    self.excluded[*kind as usize] = true;
                }
            }
            What::Note(kinds) => self.notes.extend(kinds.iter().map(|kind| (*kind, because))),
            What::Say => self.said.push(because),
            What::Order(order) => self.orders.push(order),
        }
    }

    /// From weights to the answer.
    fn finish(mut self, answers: &Answers, around: &Surroundings) -> Recommendation<'r> {
        self.take_out(answers, around);
        let mut list = self.ranked(around);
        let tie = list.windows(2).any(|pair| pair[0].weight == pair[1].weight);
        for order in std::mem::take(&mut self.orders) {
            reorder(order, &mut list, around);
        }
        self.demote_early_work(&mut list, answers, around);
        for rule in self
            .rules
            .rules
            .iter()
            .filter(|rule| rule.when.looks_at_ranking())
        {
            let kinds: Vec<Kind> = list.iter().map(|item| item.kind).collect();
            if rule
                .when
                .holds_after(answers, around, Ranked { kinds: &kinds, tie })
            {
                self.fired.push(&rule.id);
                for effect in &rule.effects {
                    if let What::Order(order) = &effect.what {
                        reorder(order, &mut list, around);
                    }
                }
            }
        }
        self.never_first(&mut list);
        self.collected(list)
    }

    /// Windows that may not appear at all.
    fn take_out(&mut self, answers: &Answers, around: &Surroundings) {
        for invariant in &self.rules.invariants {
            if let Keeps::Never(kinds, when) = &invariant.keeps
                && when.holds(answers, around)
            {
                for kind in kinds {
                    self.excluded[*kind as usize] = true;
                }
            }
        }
        if self.orders.contains(&&Order::DropStale) {
            // The first window is never dropped: R41 then shows the one of the level above.
            for facts in around
                .windows
                .iter()
                .filter(|facts| facts.stale && facts.kind != Kind::Hc)
            {
                self.excluded[facts.kind as usize] = true;
            }
        }
        for (at, excluded) in self.excluded.iter().enumerate() {
            if *excluded {
                self.weights[at] = None;
                self.later[at] = None;
            }
        }
        for invariant in &self.rules.invariants {
            if let Keeps::OnlyWith(kind, with) = &invariant.keeps
                && self.weights[*with as usize].is_none()
            {
                self.weights[*kind as usize] = None;
            }
        }
    }

    /// By weight; R42 decides between equals.
    fn ranked(&self, around: &Surroundings) -> Vec<Item<'r>> {
        let mut list: Vec<Item<'r>> = Vec::with_capacity(8);
        for kind in Kind::ALL {
            if let Some((weight, because)) = self.weights[*kind as usize] {
                let weight = weight + self.added[*kind as usize];
                let notes = self.notes_of(*kind);
                list.push(Item {
                    kind: *kind,
                    weight,
                    because,
                    notes,
                    also: Vec::new(),
                });
            }
        }
        list.sort_by_key(|item| {
            let facts = around.window(item.kind);
            let level = facts.and_then(|facts| facts.level);
            let offers = facts.and_then(|facts| facts.offers_channel) == Some(true);
            let open = facts.and_then(|facts| facts.open_now) == Some(true);
            (
                Reverse(item.weight),
                level.is_none(),
                level,
                !offers,
                !open,
                item.kind.code(),
            )
        });
        list
    }

    fn notes_of(&self, kind: Kind) -> Vec<Because<'r>> {
        self.notes
            .iter()
            .filter(|(noted, _)| *noted == kind)
            .map(|(_, because)| *because)
            .collect()
    }

    /// Windows that may stand on the first page only later go to 「もうすこし先で」, should a weight ever put them there.
    fn demote_early_work(
        &mut self,
        list: &mut Vec<Item<'r>>,
        answers: &Answers,
        around: &Surroundings,
    ) {
        for invariant in &self.rules.invariants {
            if let Keeps::TopOnly(kinds, when) = &invariant.keeps
                && !when.holds(answers, around)
            {
                list.retain(|item| {
                    let early = kinds.contains(&item.kind);
                    if early {
                        self.later[item.kind as usize].get_or_insert(item.because);
                    }
                    !early
                });
            }
        }
    }

    fn never_first(&self, list: &mut [Item<'r>]) {
        for invariant in &self.rules.invariants {
            if let Keeps::NeverFirst(kind) = &invariant.keeps
                && list.len() > 1
                && list[0].kind == *kind
            {
                list.swap(0, 1);
            }
        }
    }

    fn collected(mut self, mut top: Vec<Item<'r>>) -> Recommendation<'r> {
        let more = top.split_off(top.len().min(self.rules.places));
        let mut later: Vec<Item<'r>> = Vec::new();
        for kind in Kind::ALL {
            if let Some(because) = self.later[*kind as usize]
                && !top.iter().chain(&more).any(|item| item.kind == *kind)
            {
                let notes = self.notes_of(*kind);
                later.push(Item {
                    kind: *kind,
                    weight: 0,
                    because,
                    notes,
                    also: Vec::new(),
                });
            }
        }
        later.sort_by_key(|item| item.kind.code());
        self.fired.sort_unstable();
        // Lines keep the order of the data, so that they look the same on every page.
        let urgent = self.rules.lines.iter().filter_map(|line| {
            let because: Vec<_> = self
                .urgent
                .iter()
                .filter(|(code, _)| *code == line.code)
                .map(|(_, because)| *because)
                .collect();
            (!because.is_empty()).then_some(Urgent { line, because })
        });
        Recommendation {
            version: &self.rules.version,
            urgent: urgent.collect(),
            said: self.said,
            top,
            more,
            later,
            beside: self
                .rules
                .lines
                .iter()
                .filter(|line| self.beside.contains(&line.code.as_str()))
                .collect(),
            why_not: self.why_not,
            fired: self.fired,
        }
    }
}

fn reorder(order: &Order, list: &mut Vec<Item<'_>>, around: &Surroundings) {
    match order {
        Order::MergeSameBody => {
            for (one, other) in &around.same_body {
                merge(list, *one, *other);
            }
        }
        Order::OutreachFirst(among) => {
            let visits =
                |kind: Kind| around.window(kind).and_then(|facts| facts.outreach) == Some(true);
            let places: Vec<usize> = (0..list.len())
                .filter(|at| among.contains(&list[*at].kind))
                .collect();
            let mut kinds: Vec<Item<'_>> = places.iter().map(|at| list[*at].clone()).collect();
            kinds.sort_by_key(|item| !visits(item.kind));
            for (at, item) in places.into_iter().zip(kinds) {
                list[at] = item;
            }
        }
        Order::Keep { kind, place } => {
            if let Some(at) = list.iter().position(|item| item.kind == *kind)
                && at >= *place
            {
                let item = list.remove(at);
                list.insert(place - 1, item);
            }
        }
        // Done while ranking and taking out; named in the data so that the page can print them.
        Order::BreakTies | Order::DropStale | Order::NeverPad => {}
    }
}

/// Two cards that are one body become one, at the better place. The centre's card stays the centre's, so that
/// "the centre is among the first three" stays true.
fn merge(list: &mut Vec<Item<'_>>, one: Kind, other: Kind) {
    let place = |kind: Kind| list.iter().position(|item| item.kind == kind);
    let (Some(a), Some(b)) = (place(one), place(other)) else {
        return;
    };
    if a == b {
        return;
    }
    let (upper, lower) = (a.min(b), a.max(b));
    let removed = list.remove(lower);
    let kept = &mut list[upper];
    if removed.kind == Kind::Hc {
        kept.also.push(kept.kind);
        kept.kind = removed.kind;
        kept.because = removed.because;
    } else {
        kept.also.push(removed.kind);
    }
    kept.notes.extend(removed.notes);
    kept.also.extend(removed.also);
}
