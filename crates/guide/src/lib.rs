//! The guide: gentle answers in, windows with reasons out.
//!
//! Everything the guide decides stands in `rules/*.toml` (rules R01 to R44 of guide.md §E with both texts, the
//! decisions that were left open, the questions, the words of the cards). [`Rules::shipped`] reads it once at
//! start; [`Rules::recommend`] is a pure function of [`Answers`] and [`Surroundings`]: no clock, no database, no
//! input or output, so that the same answers always give the same windows and every combination can be tried.
//!
//! - [`answers`]: what a person said, as fourteen bytes for the cookie;
//! - [`door`]: the machine door behind `ippo guide --json`;
//! - [`questions`] and [`cards`]: what the web pages print;
//! - [`condition`]: the small language the rules' conditions are written in.

pub mod age;
pub mod answers;
pub mod cards;
pub mod choice;
pub mod condition;
pub mod door;
pub mod engine;
pub mod questions;
pub mod reading;
pub mod rules;
mod rules_file;
pub mod surroundings;
pub mod text;

pub use age::{AGE_BANDS, AgeBand};
pub use answers::{Answers, Dis, How, Illness, Money, Risk, School, Stage, Want, Who};
pub use cards::Card;
pub use choice::{Choice, Set};
pub use condition::Condition;
pub use door::AnswerError;
pub use engine::{Because, Item, Recommendation, Urgent, WhyNot};
pub use questions::{Form, Group, Pick, Question};
pub use reading::Segment;
pub use rules::{Decision, Effect, Invariant, Keeps, Line, Rule, Rules, RulesError, What};
pub use surroundings::{Level, Surroundings, WindowFacts};
pub use text::Text;
