//! 気づき: what a host noticed, for those who run it. A peer reads their own notes; colleagues who run the gathering read
//! all of them. It is not a record of anybody: what concerns one person belongs into their case.

use crate::attendance::run;
use crate::gathering;
use crate::{Community, Error, Result};
use basics::{GatheringId, StaffId, new_id, time::from_micros};
use jiff::Timestamp;
use office::access::{Action, KeptFor, may_run, open_own, open_slips, wrap_for_own};
use office::audit::{self, Actor, Entry};
use office::session::Session;
use office::staff::Role;
use store::{params, transact};
use vault::{CompartmentKey, Place, Sealed};

/// The longest note, in characters.
pub const MAX_CHARS: usize = 2_000;

/// What a host noticed.
#[derive(Debug, Clone)]
pub struct Note {
    /// Who wrote it.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
    /// The words.
    pub words: String,
}

store::row! {
    struct NoteRow {
        pub id: i64,
        pub staff_id: i64,
        pub at: i64,
        pub key_for_office: Vec<u8>,
        pub key_for_writer: Vec<u8>,
        pub words: Vec<u8>,
    }
}

fn place(id: i64) -> Place {
    Place {
        table: "gathering_note",
        row: id,
        column: "words",
    }
}

impl Community {
    /// Writes a note.
    pub async fn write_gathering_note(
        &self,
        session: &Session,
        id: GatheringId,
        words: &str,
    ) -> Result<()> {
        let words = words.trim();
        if words.is_empty() || words.chars().count() > MAX_CHARS {
            return Err(Error::invalid(
                "words",
                "気づいたことを、2,000文字までで書いてください。",
            ));
        }
        transact!(self.db(), "gathering_note.write", |tx| {
            let (found, _) = run(tx, session, id).await?;
            let office = office::office::one(tx, found.office).await?;
            let note = new_id(self.clock());
            let key = CompartmentKey::fresh();
            tx.exec(
                "INSERT INTO gathering_note (id, gathering_id, staff_id, at, key_for_office, key_for_writer, words) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                params![
                    note,
                    id.get(),
                    session.staff().get(),
                    self.clock().now_micros(),
                    &key.wrap_for(&office.public_key, note)?,
                    &wrap_for_own(session, &key, note)?,
                    key.seal(&place(note), &words.to_owned()).as_bytes(),
                ],
            )
            .await?;
            let entry = Entry::done(
                found.office,
                Actor::Staff(session.staff()),
                "gathering_note.written",
                gathering::subject(id),
                self.clock().now(),
            );
            audit::record(tx, &entry).await?;
            Ok::<_, Error>(())
        })
    }

    /// The notes of one gathering: all for colleagues who run it, their own for a peer.
    pub async fn gathering_notes(&self, session: &Session, id: GatheringId) -> Result<Vec<Note>> {
        transact!(self.db(), "gathering_note.read", |tx| {
            let (found, hosts) = run(tx, session, id).await?;
            debug_assert!(may_run(session, found.office, &hosts));
            let rows: Vec<NoteRow> = tx
                .all(
                    &format!(
                        "SELECT {} FROM gathering_note WHERE gathering_id = $1 ORDER BY at, id",
                        NoteRow::COLS
                    ),
                    params![id.get()],
                )
                .await?;
            let own_only = session.role() == Role::Peer;
            let keys = if own_only {
                let entry = Entry::done(
                    found.office,
                    Actor::Staff(session.staff()),
                    Action::RunGathering.code(),
                    gathering::subject(id),
                    self.clock().now(),
                );
                audit::record(tx, &entry.because("own_notes")).await?;
                None
            } else {
                let kept_for = KeptFor::Gathering {
                    id: id.get(),
                    hosts: &hosts,
                };
                let action = Action::RunGathering;
                Some(open_slips(tx, session, found.office, kept_for, action).await?)
            };
            let mut notes = Vec::new();
            for row in rows {
                let sealed = Sealed::<String>::from_bytes(row.words);
                let words = match &keys {
                    Some(keys) => {
                        keys.open(&row.key_for_office, row.id, &sealed, &place(row.id))?
                    }
                    None if row.staff_id == session.staff().get() => open_own(
                        session,
                        &row.key_for_writer,
                        row.id,
                        &sealed,
                        &place(row.id),
                    )?,
                    None => continue,
                };
                notes.push(Note {
                    by: row.staff_id.into(),
                    at: from_micros(row.at),
                    words,
                });
            }
            Ok::<_, Error>(notes)
        })
    }
}
