//! Reading notes. Everything goes through [`select`], which takes the grant of one compartment and asks for the blocks of
//! that compartment alone (inv. 1).

use super::{Block, State, blocks_place, reason_place};
use crate::contact::numbers;
use crate::{Error, Result};
use basics::time::from_micros;
use basics::{CaseId, CompartmentId, ContactId, NoteId, StaffId};
use jiff::Timestamp;
use office::access::{CompartmentGrant, CompartmentKind};
use store::{Conn, params};
use vault::{Json, Sealed};

/// A note as its compartment's readers see it.
#[derive(Debug, Clone)]
pub struct NoteView {
    /// Its identifier.
    pub id: NoteId,
    /// Of which case.
    pub case: CaseId,
    /// Where it lies.
    pub compartment: CompartmentId,
    /// What that is for.
    pub kind: CompartmentKind,
    /// The contact it tells of.
    pub contact: Option<ContactId>,
    /// Draft or confirmed.
    pub state: State,
    /// Who wrote it first.
    pub author: StaffId,
    /// When what it tells of happened.
    pub at: Timestamp,
    /// When it was first written down.
    pub created_at: Timestamp,
    /// When it was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// What to give back when changing it.
    pub version: i64,
    /// Whether it is a draft of a colleague who does not work on the case any more, and the asker confirms or discards it
    /// now. Known on the page of the one note only.
    pub falls_to_asker: bool,
    /// Every revision, first to last; there is always one.
    pub revisions: Vec<RevisionView>,
}

impl NoteView {
    /// What it says now.
    pub fn blocks(&self) -> &[Block] {
        self.revisions.last().map_or(&[], |last| &last.blocks)
    }

    /// What stood there before, newest first.
    pub fn earlier(&self) -> impl Iterator<Item = &RevisionView> {
        self.revisions.iter().rev().skip(1)
    }

    /// The last correction, if there was one.
    pub fn correction(&self) -> Option<&RevisionView> {
        self.revisions.last().filter(|last| last.seq > 1)
    }
}

/// One revision of a note.
#[derive(Debug, Clone)]
pub struct RevisionView {
    /// Its place, from 1.
    pub seq: i64,
    /// Who wrote it.
    pub author: StaffId,
    /// When.
    pub at: Timestamp,
    /// Why; empty for the first.
    pub reason: String,
    /// What it says.
    pub blocks: Vec<Block>,
}

store::row! {
    struct NoteRow {
        pub id: i64,
        pub contact_id: Option<i64>,
        pub author: i64,
        pub state: String,
        pub at: i64,
        pub created_at: i64,
        pub confirmed_at: Option<i64>,
        pub version: i64,
    }
}

store::row! {
    struct RevisionRow {
        pub id: i64,
        pub note_id: i64,
        pub seq: i64,
        pub author: i64,
        pub at: i64,
        pub reason: Option<Vec<u8>>,
        pub blocks: Vec<u8>,
    }
}

/// All notes of the opened compartments, oldest first; drafts too.
pub async fn of_compartments(tx: &mut Conn, grants: &[CompartmentGrant]) -> Result<Vec<NoteView>> {
    let mut notes = Vec::new();
    for grant in grants {
        notes.extend(select(tx, grant, "1 = 1", "1 = 1").await?);
    }
    notes.sort_by_key(|note: &NoteView| (note.at, note.id));
    Ok(notes)
}

/// These notes, as far as they lie in this compartment.
pub(crate) async fn these(
    tx: &mut Conn,
    grant: &CompartmentGrant,
    ids: &[NoteId],
) -> Result<Vec<NoteView>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = numbers(ids.iter().map(|id| id.get()));
    select(
        tx,
        grant,
        &format!("id IN ({list})"),
        &format!("note_id IN ({list})"),
    )
    .await
}

/// The notes shown with these contacts, as far as they lie in this compartment.
pub(crate) async fn of_contacts(
    tx: &mut Conn,
    grant: &CompartmentGrant,
    contacts: &[ContactId],
) -> Result<Vec<NoteView>> {
    if contacts.is_empty() {
        return Ok(Vec::new());
    }
    let list = numbers(contacts.iter().map(|id| id.get()));
    let ids: Vec<(i64,)> = tx
        .all(
            &format!(
                "SELECT id FROM note WHERE compartment_id = $1 AND contact_id IN ({list}) AND stands_alone = 0"
            ),
            params![grant.compartment().get()],
        )
        .await?;
    let ids: Vec<NoteId> = ids.into_iter().map(|(id,)| id.into()).collect();
    these(tx, grant, &ids).await
}

/// Notes of one compartment that fulfil a condition (over identifiers only), with all revisions.
async fn select(
    tx: &mut Conn,
    grant: &CompartmentGrant,
    which: &str,
    whose: &str,
) -> Result<Vec<NoteView>> {
    let compartment = grant.compartment().get();
    let notes: Vec<NoteRow> = tx
        .all(
            &format!(
                "SELECT {} FROM note WHERE compartment_id = $1 AND {which} ORDER BY at, id",
                NoteRow::COLS
            ),
            params![compartment],
        )
        .await?;
    let revisions: Vec<RevisionRow> = tx
        .all(
            &format!(
                "SELECT {} FROM note_revision WHERE compartment_id = $1 AND {whose} ORDER BY note_id, seq",
                RevisionRow::COLS
            ),
            params![compartment],
        )
        .await?;
    let mut by_note: std::collections::HashMap<i64, Vec<RevisionView>> =
        std::collections::HashMap::new();
    for row in revisions {
        let note = row.note_id;
        by_note.entry(note).or_default().push(open(grant, row)?);
    }
    notes
        .into_iter()
        .map(|row| {
            Ok(NoteView {
                id: row.id.into(),
                case: grant.case(),
                compartment: grant.compartment(),
                kind: grant.kind(),
                contact: row.contact_id.map(ContactId::from),
                state: State::from_code(&row.state).ok_or(Error::Damaged("note.state"))?,
                author: row.author.into(),
                at: from_micros(row.at),
                created_at: from_micros(row.created_at),
                confirmed_at: row.confirmed_at.map(from_micros),
                version: row.version,
                falls_to_asker: false,
                revisions: by_note.remove(&row.id).unwrap_or_default(),
            })
        })
        .collect()
}

fn open(grant: &CompartmentGrant, row: RevisionRow) -> Result<RevisionView> {
    let sealed = Sealed::<Json<Vec<Block>>>::from_bytes(row.blocks);
    let Json(blocks) = grant.open(&sealed, &blocks_place(row.id))?;
    let reason = row
        .reason
        .map(|reason| grant.open(&Sealed::<String>::from_bytes(reason), &reason_place(row.id)))
        .transpose()?;
    Ok(RevisionView {
        seq: row.seq,
        author: row.author.into(),
        at: from_micros(row.at),
        reason: reason.unwrap_or_default(),
        blocks,
    })
}
