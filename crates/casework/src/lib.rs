//! Casework: carrying a household for years.
//!
//! A [`case`] is a container for one household's situation and holds no narrative. What is said lies in compartments
//! ([`compartment`]): 本人, 家族 (one a person), 共同, 職員. Who the people are lies in the case's face sheet ([`person`]).
//!
//! Architecture invariants: a block of narrative belongs to exactly one compartment, and no query reads blocks without
//! saying of which; everything sealed is opened through a grant of `office::access`; kinship and households grant
//! nothing; the past is events and revisions; time alone changes nothing. Locks are taken in one order: the case's row
//! (or the running number), the audit chain, the rest.

#![warn(missing_docs)]

pub mod addendum;
pub mod approach;
pub mod assessment;
pub mod attachment;
pub mod caller;
pub mod case;
pub mod case_list;
pub mod check_in;
pub mod circle;
pub mod closing;
mod codes;
pub mod compartment;
pub mod consent;
pub mod contact;
pub mod contact_rule;
pub mod dealings;
pub mod despite;
pub mod disclosure;
pub mod draft;
pub mod drawing;
pub mod duplicate;
pub mod engagement;
mod error;
pub mod hand_over;
pub mod head_count;
pub mod history;
pub mod household;
pub mod identity;
pub mod looked;
pub mod milestone;
pub mod note;
pub mod observation;
pub mod of_letters;
pub mod outgoing;
pub mod overview;
pub mod partial_day;
pub mod peer;
pub mod person;
pub mod person_link;
pub mod plan;
pub mod plan_paper;
pub mod quick_log;
pub mod refusal;
pub mod retention;
pub mod review;
pub mod safety_flag;
pub mod search;
pub mod silence;
pub mod small_steps;
mod staff_room;
pub mod staff_times;
pub mod stage;
pub mod subject_knows;
pub mod task;
pub mod timeline;
pub mod today;
pub mod unfinished;
mod unknown;
pub mod visit;
mod visit_buddy;
pub mod visit_card;
pub mod visit_heard;
pub mod visit_moved;
pub mod visit_outcome;
pub mod visit_plan;
mod visit_timeline;
pub mod waiting;
pub mod whereabouts;
pub mod workers;
pub mod workload;

pub use case::{Case, Knows, NewCase};
pub use compartment::{Compartment, Voice};
pub use error::{Error, Result};
pub use partial_day::PartialDay;
pub use person::{AgeBand, Gender, Identity, NewPerson, Part, Person, Relationship};

use basics::Clock;
use mailbox::Mailbox;
use std::sync::Arc;
use store::{Db, Migration};

/// The tables of this room.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "casework/0001_case",
        sql: include_str!("../migrations/0001_case.sql"),
    },
    Migration {
        name: "casework/0002_findable",
        sql: include_str!("../migrations/0002_findable.sql"),
    },
    Migration {
        name: "casework/0010_contact",
        sql: include_str!("../migrations/0010_contact.sql"),
    },
    Migration {
        name: "casework/0020_people",
        sql: include_str!("../migrations/0020_people.sql"),
    },
    Migration {
        name: "casework/0030_assessment",
        sql: include_str!("../migrations/0030_assessment.sql"),
    },
    Migration {
        name: "casework/0040_visit",
        sql: include_str!("../migrations/0040_visit.sql"),
    },
    Migration {
        name: "casework/0050_engagement",
        sql: include_str!("../migrations/0050_engagement.sql"),
    },
    Migration {
        name: "casework/0060_hand_over",
        sql: include_str!("../migrations/0060_hand_over.sql"),
    },
    Migration {
        name: "casework/0070_paper",
        sql: include_str!("../migrations/0070_paper.sql"),
    },
    Migration {
        name: "casework/0080_despite",
        sql: include_str!("../migrations/0080_despite.sql"),
    },
    Migration {
        name: "casework/0090_answered",
        sql: include_str!("../migrations/0090_answered.sql"),
    },
    Migration {
        name: "casework/0091_whose_words",
        sql: include_str!("../migrations/0091_whose_words.sql"),
    },
    Migration {
        name: "casework/0092_agreements",
        sql: include_str!("../migrations/0092_agreements.sql"),
    },
    Migration {
        name: "casework/0093_subject_knows",
        sql: include_str!("../migrations/0093_subject_knows.sql"),
    },
    Migration {
        name: "casework/0091_threads",
        sql: include_str!("../migrations/0091_threads.sql"),
    },
];

/// The cases of this installation: what every function of the room needs.
#[derive(Clone)]
pub struct Casework(Arc<Inside>);

struct Inside {
    db: Db,
    clock: Clock,
    mailbox: Mailbox,
}

impl Casework {
    /// Puts the room together.
    pub fn new(db: Db, clock: Clock, mailbox: Mailbox) -> Self {
        Self(Arc::new(Inside { db, clock, mailbox }))
    }

    pub(crate) fn db(&self) -> &Db {
        &self.0.db
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.0.mailbox
    }
}
