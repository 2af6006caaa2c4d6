//! One contact, note, thread or addendum as the timeline and a note's page show it.

use basics::{CompartmentId, PersonId, StaffId};
use casework::case::CaseView;
use casework::contact::{Contact, Party};
use casework::note::{Block, NoteView, RevisionView, State};
use jiff::civil::Date;
use office::access::CompartmentKind;

use crate::desk::days;

use super::page::label_of;

/// A block in words.
pub(super) struct BlockLine {
    pub kind: &'static str,
    pub source: String,
    pub subject: String,
    pub share: &'static str,
    pub text: String,
}

/// One revision in words.
pub(super) struct Earlier {
    pub by: String,
    pub at: String,
    pub reason: String,
    pub blocks: Vec<BlockLine>,
}

/// A note in words.
pub(super) struct NoteLine {
    pub id: i64,
    pub version: i64,
    pub draft: bool,
    /// Whether the asker wrote it.
    pub mine: bool,
    /// Whether the asker may add to it.
    pub may_write: bool,
    pub by: String,
    /// 「山田 11月24日 10:30 確定」
    pub standing: String,
    /// 「訂正：鈴木 11月25日 9:00」, empty when there was none.
    pub corrected: String,
    pub reason: String,
    pub blocks: Vec<BlockLine>,
    pub earlier: Vec<Earlier>,
}

/// What words need: names.
pub(super) struct Names<'a> {
    pub view: &'a CaseView,
    pub staff: &'a dyn Fn(StaffId) -> String,
    pub me: StaffId,
    pub today: Date,
}

impl Names<'_> {
    pub fn block(&self, block: &Block) -> BlockLine {
        BlockLine {
            kind: block.kind.label(),
            source: block
                .source
                .map(|id| label_of(self.view, id))
                .unwrap_or_default(),
            subject: block
                .subject
                .map(|id| label_of(self.view, id))
                .unwrap_or_default(),
            share: block.may_share.label(),
            text: block.text.clone(),
        }
    }

    fn revision(&self, one: &RevisionView) -> Earlier {
        Earlier {
            by: (self.staff)(one.author),
            at: days::moment(one.at, self.today),
            reason: one.reason.clone(),
            blocks: one.blocks.iter().map(|block| self.block(block)).collect(),
        }
    }

    pub fn note(&self, note: &NoteView) -> NoteLine {
        let at = |at| days::moment(at, self.today);
        let standing = match note.confirmed_at {
            Some(confirmed) => format!("{} 確定", at(confirmed)),
            None => format!("{} から下書き", at(note.created_at)),
        };
        let correction = note.correction();
        NoteLine {
            id: note.id.get(),
            version: note.version,
            draft: note.state == State::Draft,
            mine: note.author == self.me,
            may_write: self.may_write(note.kind),
            by: (self.staff)(note.author),
            standing,
            corrected: correction
                .map(|last| format!("{} {}", (self.staff)(last.author), at(last.at)))
                .unwrap_or_default(),
            reason: correction
                .map(|last| last.reason.clone())
                .unwrap_or_default(),
            blocks: note
                .blocks()
                .iter()
                .map(|block| self.block(block))
                .collect(),
            earlier: note.earlier().map(|one| self.revision(one)).collect(),
        }
    }

    /// Whether a form for this kind of compartment is shown at all; sending it asks again.
    pub fn may_write(&self, kind: CompartmentKind) -> bool {
        kind == CompartmentKind::Staff || self.view.reach == office::access::Reach::Assigned
    }

    /// A compartment's name.
    pub fn compartment(&self, id: CompartmentId) -> (String, &'static str) {
        let found = self.view.compartments.iter().find(|one| one.id == id);
        found.map_or_else(
            || ("区画".to_owned(), "staff"),
            |one| (self.view.name_of(one), one.kind.code()),
        )
    }

    /// With whom a contact was.
    pub fn party(&self, contact: &Contact) -> String {
        match contact.party {
            Party::Agency | Party::Anonymous => contact.party.label().to_owned(),
            _ => self.people(&contact.people),
        }
    }

    fn people(&self, people: &[PersonId]) -> String {
        let names: Vec<String> = people.iter().map(|id| label_of(self.view, *id)).collect();
        names.join("、")
    }
}
