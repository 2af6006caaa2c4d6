//! Notes: what was said and seen, in blocks, inside one compartment. 下書き → 確定 → 訂正.
//!
//! A draft belongs to its author, who may change it or throw it away. What is confirmed is never changed: a correction is
//! one more revision, with its reason, and every revision stays in sight with its author (inv. 11). Every query that reads
//! blocks says of which compartment, and takes the grant that opens it (inv. 1).

mod block;
mod read;

pub(crate) use block::tidy;
pub use block::{Block, BlockKind, MAX_CHARS, MayShare};
pub use read::{NoteView, RevisionView, of_compartments};
pub(crate) use read::{of_contacts, these};

use crate::codes::codes;
use crate::search::{self, Source};
use crate::{Casework, Error, Result, case, compartment, unfinished};
use basics::time::micros;
use basics::{CaseId, CompartmentId, ContactId, NoteId, StaffId, new_id};
use jiff::Timestamp;
use office::access::{Action, CaseGrant, CompartmentGrant};
use office::session::Session;
use store::{Conn, params, transact};
use vault::{Json, Place};

codes! {
    /// Where a note stands.
    State {
        /// 下書き: its author is still writing.
        Draft = "draft", "下書き";
        /// 確定: from here on it is only added to.
        Confirmed = "confirmed", "確定";
    }
}

/// A note to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewNote<'a> {
    /// The contact it tells of.
    pub contact: Option<ContactId>,
    /// Whether it is shown with that contact, because both lie in the same compartment.
    pub with_contact: bool,
    /// When what it tells of happened.
    pub at: Timestamp,
    /// What it says.
    pub blocks: &'a [Block],
    /// Confirmed at once, or a draft.
    pub state: State,
    /// A hash that is the same when the same thing is sent twice.
    pub once: Option<[u8; 32]>,
}

fn blocks_place(revision: i64) -> Place {
    Place {
        table: "note_revision",
        row: revision,
        column: "blocks",
    }
}

fn reason_place(revision: i64) -> Place {
    Place {
        table: "note_revision",
        row: revision,
        column: "reason",
    }
}

/// Writes a note into an opened compartment, inside a transaction. [`Error::Again`] when the same was sent before.
pub(crate) async fn write(
    tx: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
    inside: &CompartmentGrant,
    new: &NewNote<'_>,
) -> Result<NoteId> {
    let clock = session.clock();
    let blocks = block::checked(new.blocks)?;
    let id = NoteId::from(new_id(clock));
    let now = clock.now_micros();
    let confirmed_at = (new.state == State::Confirmed).then_some(now);
    let stored = tx
        .exec(
            "INSERT INTO note (id, case_id, compartment_id, contact_id, stands_alone, author, state, at, created_at, \
             confirmed_at, version, sent_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11) \
             ON CONFLICT (sent_hash) DO NOTHING",
            params![
                id.get(),
                inside.case().get(),
                inside.compartment().get(),
                new.contact.map(ContactId::get),
                !(new.with_contact && new.contact.is_some()),
                session.staff().get(),
                new.state.code(),
                micros(new.at),
                now,
                confirmed_at,
                new.once.map(|hash| hash.to_vec())
            ],
        )
        .await?;
    if stored == 0 {
        return Err(Error::Again);
    }
    add_revision(tx, session, inside, id, 1, None, &blocks).await?;
    record(tx, grant, "note.written", id, new.state.code()).await?;
    Ok(id)
}

async fn record(
    tx: &mut Conn,
    grant: &CaseGrant,
    action: &'static str,
    id: NoteId,
    more: &str,
) -> Result<()> {
    let entry = grant.entry(action).because(format!("note={id},{more}"));
    Ok(office::audit::record(tx, &entry).await?)
}

async fn add_revision(
    tx: &mut Conn,
    session: &Session,
    inside: &CompartmentGrant,
    note: NoteId,
    seq: i64,
    reason: Option<&String>,
    blocks: &[Block],
) -> Result<()> {
    let clock = session.clock();
    let id = new_id(clock);
    let sealed = inside.seal(&blocks_place(id), &Json(blocks.to_vec()));
    let reason = reason.map(|reason| inside.seal(&reason_place(id), reason).as_bytes().to_vec());
    tx.exec(
        "INSERT INTO note_revision (id, note_id, compartment_id, seq, author, at, reason, blocks) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![
            id,
            note.get(),
            inside.compartment().get(),
            seq,
            session.staff().get(),
            clock.now_micros(),
            reason,
            sealed.as_bytes()
        ],
    )
    .await?;
    findable(tx, session, inside, note, blocks).await
}

async fn findable(
    tx: &mut Conn,
    session: &Session,
    inside: &CompartmentGrant,
    note: NoteId,
    blocks: &[Block],
) -> Result<()> {
    let words: Vec<&str> = blocks.iter().map(|block| &*block.text).collect();
    let words = words.join("\n");
    search::keep(
        tx,
        inside,
        session.clock(),
        Source::Note,
        note.get(),
        &words,
    )
    .await
}

/// A note in codes, found inside one case.
struct Head {
    compartment: CompartmentId,
    author: StaffId,
    state: State,
    version: i64,
}

async fn head(tx: &mut Conn, case: CaseId, id: NoteId) -> Result<Head> {
    let found: Option<(i64, i64, String, i64)> = tx
        .first(
            "SELECT compartment_id, author, state, version FROM note WHERE id = $1 AND case_id = $2",
            params![id.get(), case.get()],
        )
        .await?;
    let (compartment, author, state, version) = found.ok_or(Error::NotFound)?;
    Ok(Head {
        compartment: compartment.into(),
        author: author.into(),
        state: State::from_code(&state).ok_or(Error::Damaged("note.state"))?,
        version,
    })
}

impl Head {
    /// Whether this colleague may confirm or throw it away: whoever wrote it, and after them the case's main worker.
    async fn must_be_theirs_to_settle(
        &self,
        tx: &mut Conn,
        session: &Session,
        grant: &CaseGrant,
        seen: i64,
    ) -> Result<()> {
        let left = self.state == State::Draft
            && self.author != session.staff()
            && unfinished::falls_to(tx, session, grant, self.author).await?;
        match (left, self.version == seen) {
            (false, _) => self.must_be_draft_of(session, seen),
            (true, true) => Ok(()),
            (true, false) => Err(Error::Meanwhile),
        }
    }

    fn must_be_draft_of(&self, session: &Session, seen: i64) -> Result<()> {
        if self.state != State::Draft {
            return Err(Error::Illegal(
                "確定した記録は、書きかえられません。訂正として、理由をそえて書き足してください。",
            ));
        }
        if self.author != session.staff() {
            return Err(Error::Illegal(
                "下書きを変えられるのは、書いた人だけです。書き足すことがあれば、新しい記録に書いてください。書いた人が担当を離れたあとは、主担当が、そのまま確定するか、捨てることができます。",
            ));
        }
        if self.version == seen {
            Ok(())
        } else {
            Err(Error::Meanwhile)
        }
    }
}

/// Moves the version on; whoever saw an older one is told, and nothing of theirs or ours is lost.
async fn advance(
    tx: &mut Conn,
    id: NoteId,
    from: State,
    seen: i64,
    to: State,
    now: i64,
) -> Result<()> {
    let moved = tx
        .exec(
            "UPDATE note SET version = version + 1, state = $1, \
             confirmed_at = CASE WHEN $2 = 'confirmed' THEN COALESCE(confirmed_at, $3) ELSE confirmed_at END \
             WHERE id = $4 AND state = $5 AND version = $6",
            params![to.code(), to.code(), now, id.get(), from.code(), seen],
        )
        .await?;
    if moved == 1 {
        Ok(())
    } else {
        Err(Error::Meanwhile)
    }
}

impl Casework {
    /// One note with all its revisions, for its page.
    pub async fn note(
        &self,
        session: &Session,
        case: CaseId,
        id: NoteId,
    ) -> Result<(case::CaseView, NoteView)> {
        transact!(self.db(), "note.read", |tx| {
            let (found, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            let head = head(tx, case, id).await?;
            let inside = compartment::open(
                tx,
                session,
                &grant,
                head.compartment,
                Action::ReadCompartment,
            )
            .await?;
            let note = these(tx, &inside, &[id]).await?.pop();
            let mut note = note.ok_or(Error::NotFound)?;
            note.falls_to_asker = note.state == State::Draft
                && note.author != session.staff()
                && unfinished::falls_to(tx, session, &grant, note.author).await?;
            let view = case::view(tx, found, &grant, self).await?;
            Ok((view, note))
        })
    }

    /// Saves a draft again. `seen` is the version the author had before them: [`Error::Meanwhile`] when another window of
    /// theirs saved in between; nothing is overwritten.
    pub async fn save_draft(
        &self,
        session: &Session,
        case: CaseId,
        id: NoteId,
        seen: i64,
        blocks: &[Block],
    ) -> Result<()> {
        let blocks = block::checked(blocks)?;
        transact!(self.db(), "note.save_draft", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            let head = head(tx, case, id).await?;
            let inside =
                compartment::open(tx, session, &grant, head.compartment, Action::WriteNote).await?;
            head.must_be_draft_of(session, seen)?;
            advance(
                tx,
                id,
                State::Draft,
                seen,
                State::Draft,
                self.clock().now_micros(),
            )
            .await?;
            let (revision,): (i64,) = tx
                .one(
                    "SELECT id FROM note_revision WHERE note_id = $1 AND compartment_id = $2 AND seq = 1",
                    params![id.get(), inside.compartment().get()],
                )
                .await?;
            let sealed = inside.seal(&blocks_place(revision), &Json(blocks.clone()));
            tx.exec(
                "UPDATE note_revision SET blocks = $1, at = $2 WHERE id = $3 AND compartment_id = $4",
                params![
                    sealed.as_bytes(),
                    self.clock().now_micros(),
                    revision,
                    inside.compartment().get()
                ],
            )
            .await?;
            findable(tx, session, &inside, id, &blocks).await?;
            record(tx, &grant, "note.draft_saved", id, "draft").await
        })
    }

    /// Confirms a draft as its author last saw it. From here on it is only added to. A draft whose author does not work on
    /// the case any more is confirmed as it stands by the main worker; its author stays its author.
    pub async fn confirm_note(
        &self,
        session: &Session,
        case: CaseId,
        id: NoteId,
        seen: i64,
    ) -> Result<()> {
        transact!(self.db(), "note.confirm", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            let head = head(tx, case, id).await?;
            compartment::open(tx, session, &grant, head.compartment, Action::WriteNote).await?;
            if head.state == State::Confirmed {
                return Err(Error::Again);
            }
            head.must_be_theirs_to_settle(tx, session, &grant, seen)
                .await?;
            let now = self.clock().now_micros();
            advance(tx, id, State::Draft, seen, State::Confirmed, now).await?;
            record(tx, &grant, "note.confirmed", id, "confirmed").await
        })
    }

    /// Throws a draft away, while it is one: its author can, or the main worker after them.
    pub async fn discard_note(
        &self,
        session: &Session,
        case: CaseId,
        id: NoteId,
        seen: i64,
    ) -> Result<()> {
        transact!(self.db(), "note.discard", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            let head = head(tx, case, id).await?;
            let inside =
                compartment::open(tx, session, &grant, head.compartment, Action::WriteNote).await?;
            head.must_be_theirs_to_settle(tx, session, &grant, seen)
                .await?;
            tx.exec(
                "DELETE FROM note_revision WHERE note_id = $1 AND compartment_id = $2",
                params![id.get(), inside.compartment().get()],
            )
            .await?;
            tx.exec(
                "DELETE FROM note WHERE id = $1 AND state = 'draft'",
                params![id.get()],
            )
            .await?;
            search::forget(tx, Source::Note, id.get()).await?;
            record(tx, &grant, "note.discarded", id, "draft").await
        })
    }

    /// Corrects a confirmed note: one more revision, with its reason. What stood there before stays in sight.
    pub async fn correct_note(
        &self,
        session: &Session,
        case: CaseId,
        id: NoteId,
        seen: i64,
        reason: &str,
        blocks: &[Block],
    ) -> Result<()> {
        let reason = tidy(reason);
        if reason.trim().is_empty() {
            return Err(Error::invalid("reason", "訂正の理由を書いてください。"));
        }
        let blocks = block::checked(blocks)?;
        transact!(self.db(), "note.correct", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            let head = head(tx, case, id).await?;
            let inside =
                compartment::open(tx, session, &grant, head.compartment, Action::WriteNote).await?;
            if head.state != State::Confirmed {
                return Err(Error::Illegal(
                    "まだ下書きです。訂正ではなく、書き直してください。",
                ));
            }
            if head.version != seen {
                return Err(Error::Meanwhile);
            }
            let now = self.clock().now_micros();
            advance(tx, id, State::Confirmed, seen, State::Confirmed, now).await?;
            let (last,): (i64,) = tx
                .one(
                    "SELECT CAST(MAX(seq) AS BIGINT) FROM note_revision WHERE note_id = $1 AND compartment_id = $2",
                    params![id.get(), inside.compartment().get()],
                )
                .await?;
            add_revision(tx, session, &inside, id, last + 1, Some(&reason), &blocks).await?;
            record(tx, &grant, "note.corrected", id, "corrected").await
        })
    }
}
