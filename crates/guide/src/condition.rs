//! The language of conditions in the rule data.
//!
//! ```text
//! always                        age < 40                    want has place|peer
//! who is parent|sibling         age unknown                 want only info
//! stage is s3|s4                has_kw                      risk has suicide
//! money is urgent               parent_old                  how given
//! not …    … and …    … or …    ( … )                       prev given
//! ranked tie                    ranked misses HC            ranked fewer 3
//! ```
//!
//! An age that was not said is neither below nor above anything. The `ranked` conditions look at the finished
//! list and may only stand in rules R42 and later.

use std::fmt;

use directory::Kind;

use crate::answers::{Answers, Dis, How, Illness, Money, Risk, School, Stage, Want, Who};
use crate::choice::Choice;
use crate::surroundings::Surroundings;

/// A parsed condition, with the text it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    source: String,
    expr: Expr,
}

/// Why a condition could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the condition `{source_text}` cannot be read: {why}")]
pub struct ConditionError {
    source_text: String,
    why: String,
}

/// What the finished list looks like, for the `ranked` conditions.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ranked<'a> {
    pub kinds: &'a [Kind],
    pub tie: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Expr {
    Always,
    Not(Box<Expr>),
    All(Vec<Expr>),
    Any(Vec<Expr>),
    /// One of these codes (bits by position) is the answer, or is among the answers.
    Among(Key, u16),
    /// The set of answers is exactly these.
    Only(Key, u16),
    Given(Key),
    Age(Compare, u8),
    AgeUnknown,
    Flag(Flag),
    RankedTie,
    RankedMisses(Kind),
    RankedFewer(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Who,
    School,
    Want,
    How,
    Stage,
    Money,
    Illness,
    Dis,
    Risk,
    Prev,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compare {
    Below,
    AtMost,
    AtLeast,
    Above,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flag {
    ParentOld,
    KnowMe,
    HasMuni,
    HasKw,
    Closed,
    NoArea,
    CityCentre,
    AskerArea,
    SameBody,
    Stale,
}

impl Condition {
    /// Reads a condition.
    pub fn parse(source: &str) -> Result<Self, ConditionError> {
        let spaced = source.replace('(', " ( ").replace(')', " ) ");
        let mut words = Words {
            words: spaced.split_whitespace().collect(),
            at: 0,
        };
        let fail = |why: String| ConditionError {
            source_text: source.to_owned(),
            why,
        };
        let expr = words.any().map_err(fail)?;
        if let Some(word) = words.peek() {
            return Err(fail(format!("`{word}` is one word too many")));
        }
        Ok(Condition {
            source: source.to_owned(),
            expr,
        })
    }

    /// The condition as it is written in the data.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Does it hold for these answers?
    pub fn holds(&self, answers: &Answers, around: &Surroundings) -> bool {
        self.expr.holds(answers, around, Ranked::default())
    }

    pub(crate) fn holds_after(
        &self,
        answers: &Answers,
        around: &Surroundings,
        ranked: Ranked<'_>,
    ) -> bool {
        self.expr.holds(answers, around, ranked)
    }

    pub(crate) fn looks_at_ranking(&self) -> bool {
        self.expr.looks_at_ranking()
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl Expr {
    fn holds(&self, answers: &Answers, around: &Surroundings, ranked: Ranked<'_>) -> bool {
        match self {
            Expr::Always => true,
            Expr::Not(inner) => !inner.holds(answers, around, ranked),
            Expr::All(parts) => parts.iter().all(|part| part.holds(answers, around, ranked)),
            Expr::Any(parts) => parts.iter().any(|part| part.holds(answers, around, ranked)),
            Expr::Among(key, bits) => key.bits(answers) & bits != 0,
            Expr::Only(key, bits) => key.bits(answers) == *bits,
            Expr::Given(Key::Prev) => answers.prev.is_some(),
            Expr::Given(key) => key.bits(answers) != 0,
            Expr::AgeUnknown => answers.age.is_none(),
            Expr::Age(compare, than) => answers.age.is_some_and(|age| match compare {
                Compare::Below => age < *than,
                Compare::AtMost => age <= *than,
                Compare::AtLeast => age >= *than,
                Compare::Above => age > *than,
            }),
            Expr::Flag(flag) => match flag {
                Flag::ParentOld => answers.parent_old,
                Flag::KnowMe => answers.know_me,
                Flag::HasMuni => around.has_muni,
                Flag::HasKw => around.has_kw,
                Flag::Closed => around.closed,
                Flag::NoArea => around.no_area,
                Flag::CityCentre => around.city_centre,
                Flag::AskerArea => around.asker_area,
                Flag::SameBody => !around.same_body.is_empty(),
                Flag::Stale => around.windows.iter().any(|window| window.stale),
            },
            Expr::RankedTie => ranked.tie,
            Expr::RankedMisses(kind) => !ranked.kinds.iter().take(3).any(|ranked| ranked == kind),
            Expr::RankedFewer(count) => ranked.kinds.len() < *count,
        }
    }

    fn looks_at_ranking(&self) -> bool {
        match self {
            Expr::Not(inner) => inner.looks_at_ranking(),
            Expr::All(parts) | Expr::Any(parts) => parts.iter().any(Expr::looks_at_ranking),
            Expr::RankedTie | Expr::RankedMisses(_) | Expr::RankedFewer(_) => true,
            _ => false,
        }
    }
}

impl Key {
    fn bits(self, answers: &Answers) -> u16 {
        match self {
            Key::Who => 1 << answers.who.index(),
            Key::School => 1 << answers.school.index(),
            Key::Want => answers.want.bits(),
            Key::How => answers.how.bits(),
            Key::Stage => 1 << answers.stage.index(),
            Key::Money => 1 << answers.money.index(),
            Key::Illness => 1 << answers.illness.index(),
            Key::Dis => answers.dis.bits(),
            Key::Risk => answers.risk.bits(),
            Key::Prev => 0,
        }
    }

    fn bit_of(self, code: &str) -> Result<u16, String> {
        fn bit<C: Choice>(code: &str) -> Result<u16, String> {
            C::from_code(code)
                .map(|choice| 1 << choice.index())
                .ok_or_else(|| format!("`{}` has no value `{code}`", C::KEY))
        }
        match self {
            Key::Who => bit::<Who>(code),
            Key::School => bit::<School>(code),
            Key::Want => bit::<Want>(code),
            Key::How => bit::<How>(code),
            Key::Stage => bit::<Stage>(code),
            Key::Money => bit::<Money>(code),
            Key::Illness => bit::<Illness>(code),
            Key::Dis => bit::<Dis>(code),
            Key::Risk => bit::<Risk>(code),
            Key::Prev => Err("`prev` can only be `given`".to_owned()),
        }
    }

    fn from_word(word: &str) -> Option<Key> {
        Some(match word {
            "who" => Key::Who,
            "school" => Key::School,
            "want" => Key::Want,
            "how" => Key::How,
            "stage" => Key::Stage,
            "money" => Key::Money,
            "illness" => Key::Illness,
            "dis" => Key::Dis,
            "risk" => Key::Risk,
            "prev" => Key::Prev,
            _ => return None,
        })
    }

    fn is_set(self) -> bool {
        matches!(self, Key::Want | Key::How | Key::Dis | Key::Risk)
    }
}

impl Flag {
    fn from_word(word: &str) -> Option<Flag> {
        Some(match word {
            "parent_old" => Flag::ParentOld,
            "know_me" => Flag::KnowMe,
            "has_muni" => Flag::HasMuni,
            "has_kw" => Flag::HasKw,
            "closed" => Flag::Closed,
            "no_area" => Flag::NoArea,
            "city_centre" => Flag::CityCentre,
            "asker_area" => Flag::AskerArea,
            "same_body" => Flag::SameBody,
            "stale" => Flag::Stale,
            _ => return None,
        })
    }
}

/// Reads words from left to right; `or` binds weakest, then `and`, then `not`.
struct Words<'a> {
    words: Vec<&'a str>,
    at: usize,
}

impl<'a> Words<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).copied()
    }

    fn next(&mut self) -> Result<&'a str, String> {
        let word = self.peek().ok_or("it ends too early")?;
        self.at += 1;
        Ok(word)
    }

    fn skip(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(word);
        self.at += usize::from(found);
        found
    }

    fn any(&mut self) -> Result<Expr, String> {
        let first = self.all()?;
        let mut parts = vec![first];
        while self.skip("or") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Expr::Any))
    }

    fn all(&mut self) -> Result<Expr, String> {
        let first = self.unary()?;
        let mut parts = vec![first];
        while self.skip("and") {
            parts.push(self.unary()?);
        }
        Ok(one_or(parts, Expr::All))
    }

    fn unary(&mut self) -> Result<Expr, String> {
        if self.skip("not") {
            return Ok(Expr::Not(Box::new(self.unary()?)));
        }
        if self.skip("(") {
            let inner = self.any()?;
            return if self.skip(")") {
                Ok(inner)
            } else {
                Err("a `)` is missing".to_owned())
            };
        }
        self.atom()
    }

    fn atom(&mut self) -> Result<Expr, String> {
        let word = self.next()?;
        match word {
            "always" => return Ok(Expr::Always),
            "age" => return self.age(),
            "ranked" => return self.ranked(),
            _ => {}
        }
        if let Some(flag) = Flag::from_word(word) {
            return Ok(Expr::Flag(flag));
        }
        let key = Key::from_word(word).ok_or_else(|| format!("`{word}` means nothing here"))?;
        let relation = self.next()?;
        match relation {
            "given" if key.is_set() || key == Key::Prev => Ok(Expr::Given(key)),
            "is" if !key.is_set() => Ok(Expr::Among(key, self.bits(key)?)),
            "has" if key.is_set() => Ok(Expr::Among(key, self.bits(key)?)),
            "only" if key.is_set() => Ok(Expr::Only(key, self.bits(key)?)),
            _ => Err(format!("`{word} {relation}` cannot be said")),
        }
    }

    fn bits(&mut self, key: Key) -> Result<u16, String> {
        self.next()?
            .split('|')
            .try_fold(0, |bits, code| Ok(bits | key.bit_of(code)?))
    }

    fn age(&mut self) -> Result<Expr, String> {
        let compare = match self.next()? {
            "unknown" => return Ok(Expr::AgeUnknown),
            "<" => Compare::Below,
            "<=" => Compare::AtMost,
            ">=" => Compare::AtLeast,
            ">" => Compare::Above,
            other => return Err(format!("`age {other}` cannot be said")),
        };
        let number = self.next()?;
        let age = number
            .parse()
            .map_err(|_| format!("`{number}` is not an age"))?;
        Ok(Expr::Age(compare, age))
    }

    fn ranked(&mut self) -> Result<Expr, String> {
        match self.next()? {
            "tie" => Ok(Expr::RankedTie),
            "misses" => {
                let code = self.next()?;
                code.parse()
                    .map(Expr::RankedMisses)
                    .map_err(|_| format!("`{code}` is not a window"))
            }
            "fewer" => {
                let number = self.next()?;
                number
                    .parse()
                    .map(Expr::RankedFewer)
                    .map_err(|_| format!("`{number}` is not a count"))
            }
            other => Err(format!("`ranked {other}` cannot be said")),
        }
    }
}

fn one_or(mut parts: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            parts.push(last);
            many(parts)
        }
        (_, None) => Expr::Always,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(condition: &str, answers: Answers) -> bool {
        Condition::parse(condition)
            .unwrap()
            .holds(&answers, &Surroundings::default())
    }

    #[test]
    fn words_bind_as_a_reader_expects() {
        let me = Answers {
            who: Who::Me,
            age: Some(30),
            ..Answers::default()
        };
        assert!(holds("who is self and age < 40 or has_kw and age > 90", me));
        assert!(!holds("who is self and (age >= 40 or has_kw)", me));
        assert!(holds("not who is parent|sibling and not age >= 40", me));
        assert!(holds("not (who is self and age > 40)", me));
    }

    #[test]
    fn an_age_that_was_not_said_is_neither_below_nor_above() {
        for condition in ["age < 40", "age >= 40", "age <= 120", "age > 0"] {
            assert!(!holds(condition, Answers::default()), "{condition}");
        }
        assert!(holds("age unknown", Answers::default()));
    }

    #[test]
    fn only_means_exactly_these() {
        let mut sheet = Answers::default();
        assert!(!holds("want only info", sheet));
        sheet.want.insert(Want::Info);
        assert!(holds("want only info", sheet));
        sheet.want.insert(Want::Work);
        assert!(!holds("want only info", sheet) && holds("want has info|place", sheet));
    }

    #[test]
    fn a_slip_in_the_data_is_named() {
        for (condition, why) in [
            ("want is work", "`want is` cannot be said"),
            ("who has self", "`who has` cannot be said"),
            ("want has werk", "`want` has no value `werk`"),
            ("age < many", "`many` is not an age"),
            ("(always", "a `)` is missing"),
            ("always always", "`always` is one word too many"),
            ("", "it ends too early"),
            ("rain", "`rain` means nothing here"),
        ] {
            let error = Condition::parse(condition).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
