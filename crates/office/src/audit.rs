//! Nothing happens unrecorded: one hash chain an office (house.md, idea 3).
//!
//! A row says who did what to which thing, when, and whether it was allowed; in codes and numbers, never in a name
//! or a sentence. Each row's hash covers the row before it. [`record`] writes inside the transaction it speaks of;
//! refusals go through [`RefusalLog`], because a row written in the transaction that then fails would vanish with it.

mod verify;
pub mod words;

pub use verify::{Anchor, ChainReport, Fault, verify, verify_against};

use crate::error::{Error, Result};
use basics::time::{from_micros, micros};
use basics::{OfficeId, StaffId, ThreadId};
use jiff::Timestamp;
use serde::Serialize;
use store::{Conn, Db, params, row, transact};
use tokio::sync::{mpsc, oneshot};
use vault::chain::START;

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in colleague.
    Staff(StaffId),
    /// Somebody who showed the return code of this thread.
    CodeHolder(ThreadId),
    /// Somebody of whom nothing is known: a first letter, a wrong code, a refused sign-in.
    Stranger,
    /// The program by itself (retention, reminders).
    Program,
    /// Somebody at the machine's command line.
    Operator,
}

impl Actor {
    fn parts(self) -> (&'static str, i64) {
        match self {
            Self::Staff(id) => ("staff", id.get()),
            Self::CodeHolder(id) => ("code_holder", id.get()),
            Self::Stranger => ("stranger", 0),
            Self::Program => ("program", 0),
            Self::Operator => ("operator", 0),
        }
    }

    fn from_parts(kind: &str, id: i64) -> Option<Self> {
        Some(match kind {
            "staff" => Self::Staff(id.into()),
            "code_holder" => Self::CodeHolder(id.into()),
            "stranger" => Self::Stranger,
            "program" => Self::Program,
            "operator" => Self::Operator,
            _ => return None,
        })
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Ok,
    /// It was refused.
    Refused,
}

impl Outcome {
    fn code(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
        }
    }
}

/// One thing to record. Codes and numbers only: anything else is dropped from `subject` and `detail` before writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whose chain; [`OfficeId::INSTALLATION`] when no office is concerned.
    pub office: OfficeId,
    /// Who.
    pub actor: Actor,
    /// What, as a code: `thread.reply`.
    pub action: &'static str,
    /// To which thing: `thread:42`, `staff:7`. Empty when there is none.
    pub subject: String,
    /// Done or refused.
    pub outcome: Outcome,
    /// Why or how, as a code: `other_office`. Empty when there is nothing to add.
    pub detail: String,
    /// When.
    pub at: Timestamp,
}

impl Entry {
    /// Something that was done.
    pub fn done(
        office: OfficeId,
        actor: Actor,
        action: &'static str,
        subject: impl Into<String>,
        at: Timestamp,
    ) -> Self {
        Self {
            office,
            actor,
            action,
            subject: subject.into(),
            outcome: Outcome::Ok,
            detail: String::new(),
            at,
        }
    }

    /// Something that was refused.
    pub fn refused(
        office: OfficeId,
        actor: Actor,
        action: &'static str,
        subject: impl Into<String>,
        at: Timestamp,
    ) -> Self {
        Self {
            outcome: Outcome::Refused,
            ..Self::done(office, actor, action, subject, at)
        }
    }

    /// The same entry with a code that says why or how.
    #[must_use]
    pub fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

/// Writes the entry into its office's chain, inside the transaction it speaks of, and tells the store so.
/// Write it last: from here to the commit, others who record in the same office wait.
pub async fn record(tx: &mut Conn, entry: &Entry) -> Result<()> {
    append(tx, std::slice::from_ref(entry)).await
}

/// Writes one refusal in a transaction of its own. For the command line and for tests; a server has a
/// [`RefusalLog`], which stands a flood.
pub async fn refuse(db: &Db, entry: Entry) -> Result<()> {
    write_all(db, &[entry]).await
}

async fn write_all(db: &Db, entries: &[Entry]) -> Result<()> {
    transact!(db, "audit.refusals", |tx| {
        append(tx, entries).await?;
        Ok::<_, Error>(())
    })
}

/// Appends entries to their chains, office by office in ascending order (so that two transactions that touch the
/// same chains never wait for each other in a circle).
async fn append(tx: &mut Conn, entries: &[Entry]) -> Result<()> {
    let mut in_order: Vec<&Entry> = entries.iter().collect();
    in_order.sort_by_key(|entry| entry.office);
    for of_one_office in in_order.chunk_by(|a, b| a.office == b.office) {
        append_to_one(tx, of_one_office[0].office, of_one_office).await?;
    }
    tx.mark_recorded();
    Ok(())
}

async fn append_to_one(tx: &mut Conn, office: OfficeId, entries: &[&Entry]) -> Result<()> {
    let (last, mut hash) = advance_head(tx, office, entries.len() as i64).await?;
    let first = last - entries.len() as i64 + 1;
    for (seq, entry) in (first..).zip(entries) {
        let (actor_kind, actor_id) = entry.actor.parts();
        let row = AuditRow {
            office_id: office.get(),
            seq,
            at: micros(entry.at),
            actor_kind: actor_kind.to_owned(),
            actor_id,
            action: codes_only(entry.action),
            subject: codes_only(&entry.subject),
            outcome: entry.outcome.code().to_owned(),
            detail: codes_only(&entry.detail),
            hash: Vec::new(),
        };
        hash = row.hash_after(&hash)?;
        tx.exec(
            "INSERT INTO audit_row (office_id, seq, at, actor_kind, actor_id, action, subject, outcome, detail, hash) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            params![
                row.office_id, row.seq, row.at, &row.actor_kind, row.actor_id, &row.action, &row.subject, &row.outcome,
                &row.detail, &hash[..]
            ],
        )
        .await?;
    }
    tx.exec(
        "UPDATE audit_head SET hash = $1 WHERE office_id = $2",
        params![&hash[..], office.get()],
    )
    .await?;
    Ok(())
}

/// Takes the chain's lock and the next numbers in one statement. Returns the last number taken and the hash of the
/// row before the first one taken.
async fn advance_head(tx: &mut Conn, office: OfficeId, by: i64) -> Result<(i64, [u8; 32])> {
    const ADVANCE: &str =
        "UPDATE audit_head SET seq = seq + $1 WHERE office_id = $2 RETURNING seq, hash";
    let mut head: Option<(i64, Vec<u8>)> = tx.first(ADVANCE, params![by, office.get()]).await?;
    if head.is_none() {
        tx.exec(
            "INSERT INTO audit_head (office_id, seq, hash) VALUES ($1, 0, $2) ON CONFLICT (office_id) DO NOTHING",
            params![office.get(), &START],
        )
        .await?;
        head = tx.first(ADVANCE, params![by, office.get()]).await?;
    }
    let (seq, hash) = head.ok_or(Error::Damaged("audit_head"))?;
    Ok((
        seq,
        hash.try_into()
            .map_err(|_| Error::Damaged("audit_head.hash"))?,
    ))
}

/// Letters, digits and `._:-=,/` pass; everything else (spaces, Japanese, line ends) does not, so that no name or
/// sentence can slip into a log that is kept for years.
fn codes_only(text: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || "._:-=,/".contains(*c);
    text.chars().filter(plain).take(120).collect()
}

/// The way to record refusals while the server runs: a queue and one writer, which commits everything that is
/// waiting in one transaction. So a flood of wrong codes costs few commits, and each row is there all the same.
#[derive(Clone, Debug)]
pub struct RefusalLog {
    queue: mpsc::UnboundedSender<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    entry: Option<Entry>,
    written: oneshot::Sender<bool>,
}

/// How many refusals one transaction takes at most.
const BATCH: usize = 500;
/// How many refusals wait in memory while the database does not take them.
const MOST_LEFT: usize = 50_000;
/// How long the writer waits for company: it bounds a flood to about 100 commits a second.
const LINGER: std::time::Duration = std::time::Duration::from_millis(10);

impl RefusalLog {
    /// Starts the writer; it ends when the last handle is gone and the queue is empty. Needs a tokio runtime.
    pub fn start(db: &Db) -> Self {
        let (queue, waiting) = mpsc::unbounded_channel();
        tokio::spawn(write_refusals(db.clone(), waiting));
        Self { queue }
    }

    /// Records the refusal and returns when it is committed. Not inside a transaction: with SQLite's single writer
    /// that would wait for itself. Use [`RefusalLog::note`] there.
    pub async fn refuse(&self, entry: Entry) -> Result<()> {
        let written = self.enqueue(Some(entry))?;
        if written.await.unwrap_or(false) {
            Ok(())
        } else {
            Err(Error::NotRecorded)
        }
    }

    /// Puts the refusal into the queue without waiting. It is committed as soon as the database is free;
    /// [`RefusalLog::settled`] waits for it.
    pub fn note(&self, entry: Entry) {
        if self.enqueue(Some(entry)).is_err() {
            tracing::error!(
                "a refusal could not be recorded: the writer of the audit chain has ended"
            );
        }
    }

    /// Returns when everything noted so far is committed: before an answer "not found" leaves, and at shut-down.
    pub async fn settled(&self) -> Result<()> {
        let written = self.enqueue(None)?;
        if written.await.unwrap_or(false) {
            Ok(())
        } else {
            Err(Error::NotRecorded)
        }
    }

    fn enqueue(&self, entry: Option<Entry>) -> Result<oneshot::Receiver<bool>> {
        let (written, receiver) = oneshot::channel();
        self.queue
            .send(Waiting { entry, written })
            .map_err(|_| Error::NotRecorded)?;
        Ok(receiver)
    }
}

async fn write_refusals(db: Db, mut waiting: mpsc::UnboundedReceiver<Waiting>) {
    // What could not be written yet goes before what comes: so nothing is "settled" while an older row is missing.
    let mut left: Vec<Entry> = Vec::new();
    while let Some(first) = waiting.recv().await {
        tokio::time::sleep(LINGER).await;
        let mut batch = vec![first];
        while batch.len() < BATCH {
            let Ok(next) = waiting.try_recv() else { break };
            batch.push(next);
        }
        let mut entries = std::mem::take(&mut left);
        entries.extend(batch.iter_mut().filter_map(|one| one.entry.take()));
        let written = entries.is_empty() || write_patiently(&db, &entries).await;
        if !written {
            left = entries;
            if left.len() > MOST_LEFT {
                let lost = left.len() - MOST_LEFT;
                tracing::error!(
                    rows = lost,
                    "refusals are lost: too many could not be recorded"
                );
                left.truncate(MOST_LEFT);
            }
        }
        for one in batch {
            // Who no longer waits does not need to know.
            let _ = one.written.send(written);
        }
    }
}

async fn write_patiently(db: &Db, entries: &[Entry]) -> bool {
    for pause in [50, 200, 800, 0] {
        match write_all(db, entries).await {
            Ok(()) => return true,
            Err(error) => tracing::warn!(
                rows = entries.len(),
                ?error,
                "refusals could not be recorded yet"
            ),
        }
        tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
    }
    tracing::error!(rows = entries.len(), "refusals could not be recorded");
    false
}

row! {
    /// A row of the chain, as stored.
    struct AuditRow {
        pub office_id: i64,
        pub seq: i64,
        pub at: i64,
        pub actor_kind: String,
        pub actor_id: i64,
        pub action: String,
        pub subject: String,
        pub outcome: String,
        pub detail: String,
        pub hash: Vec<u8>,
    }
}

/// What is hashed: the row as JSON with its fields in this order.
#[derive(Serialize)]
struct Canonical<'a> {
    office: i64,
    seq: i64,
    at: i64,
    actor_kind: &'a str,
    actor_id: i64,
    action: &'a str,
    subject: &'a str,
    outcome: &'a str,
    detail: &'a str,
}

impl AuditRow {
    fn hash_after(&self, previous: &[u8; 32]) -> Result<[u8; 32]> {
        let canonical = Canonical {
            office: self.office_id,
            seq: self.seq,
            at: self.at,
            actor_kind: &self.actor_kind,
            actor_id: self.actor_id,
            action: &self.action,
            subject: &self.subject,
            outcome: &self.outcome,
            detail: &self.detail,
        };
        let bytes = serde_json::to_vec(&canonical).map_err(|_| Error::Damaged("audit_row"))?;
        Ok(vault::chain::next(previous, &bytes))
    }
}

/// A row for the desk's audit page.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its number in the office's chain.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who; `None` for a kind this version does not know.
    pub actor: Option<Actor>,
    /// The code of what was done.
    pub action: String,
    /// The thing it was done to.
    pub subject: String,
    /// Whether it was refused.
    pub refused: bool,
    /// The code of why or how.
    pub detail: String,
}

/// The rows of one office for this colleague, newest first, without the first `skip` of them. Rows about the things in
/// `unknown` (`case:7`) are left out as if there were none, except the colleague's own refusals: whoever asked for
/// something that is not there finds that row, too.
pub async fn page(
    conn: &mut Conn,
    office: OfficeId,
    reader: StaffId,
    unknown: &[String],
    skip: i64,
    limit: i64,
) -> Result<Vec<Recorded>> {
    let code = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_:-".contains(c);
    let subjects: Vec<String> = unknown
        .iter()
        .filter(|subject| subject.chars().all(code))
        .map(|subject| format!(", '{subject}'"))
        .collect();
    let holders: Vec<String> = unknown
        .iter()
        .filter_map(|subject| subject.strip_prefix("thread:")?.parse::<i64>().ok())
        .map(|thread| format!(", {thread}"))
        .collect();
    let rows: Vec<AuditRow> = conn
        .all(
            &format!(
                "SELECT {} FROM audit_row WHERE office_id = $1 AND ((outcome = 'refused' AND actor_kind = 'staff' AND actor_id = $2) \
                 OR NOT (subject IN ('-'{}) OR (actor_kind = 'code_holder' AND actor_id IN (-1{})))) \
                 ORDER BY seq DESC LIMIT $3 OFFSET $4",
                AuditRow::COLS,
                subjects.concat(),
                holders.concat(),
            ),
            params![office.get(), reader.get(), limit, skip],
        )
        .await?;
    Ok(rows.into_iter().map(shown).collect())
}

/// What was done to these things, newest first, refusals left out: a person's own access history.
pub async fn history(
    conn: &mut Conn,
    office: OfficeId,
    subjects: &[String],
    limit: i64,
) -> Result<Vec<Recorded>> {
    let sql = format!(
        "SELECT {} FROM audit_row WHERE office_id = $1 AND subject = $2 AND outcome = 'ok' ORDER BY seq DESC LIMIT $3",
        AuditRow::COLS
    );
    let mut found = Vec::new();
    for subject in subjects {
        let rows: Vec<AuditRow> = conn
            .all(&sql, params![office.get(), subject, limit])
            .await?;
        found.extend(rows.into_iter().map(shown));
    }
    found.sort_by_key(|row| std::cmp::Reverse(row.seq));
    found.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(found)
}

fn shown(row: AuditRow) -> Recorded {
    Recorded {
        seq: row.seq,
        at: from_micros(row.at),
        actor: Actor::from_parts(&row.actor_kind, row.actor_id),
        action: row.action,
        subject: row.subject,
        refused: row.outcome == Outcome::Refused.code(),
        detail: row.detail,
    }
}
