//! 「私はこう言いたい」: what a writer wants to stand beside what the office wrote. It lies in the thread like a letter,
//! but asks for no answer: no promise, no waiting. Nobody at the desk can change it, and whoever holds a code may write
//! one, so that the page where it is written tells nothing about what the office did with the letters.

use crate::holder::Holder;
use crate::letter::{self, Draft, LetterRow, Side, checked, sent_hash};
use crate::return_code::Token;
use crate::thread;
use crate::{Error, Mailbox, Result};
use basics::time::from_micros;
use basics::{CaseId, ThreadId};
use jiff::{SignedDuration, Timestamp};
use office::access::{self, Action};
use office::limits::{self, BucketKey, Rate};
use office::session::Session;
use store::{Conn, params, transact};
use vault::Sealed;

/// How many one thread takes: ten at once, then one an hour.
const IN_ONE_THREAD: Rate = Rate {
    capacity: 10,
    refill: SignedDuration::from_secs(3_600),
};

/// Where an addendum stands, without its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddendumRef {
    /// Its identifier.
    pub id: i64,
    /// In which thread.
    pub thread: ThreadId,
    /// When it was written.
    pub at: Timestamp,
}

impl Mailbox {
    /// Adds one. Nothing moves: whose turn it is, the promise and the wish stay as they are.
    pub async fn add_addendum(&self, holder: &Holder, body: &str, token: &Token) -> Result<i64> {
        let body = checked(body)?;
        let now = self.clock().now();
        let id = holder.thread.id;
        let bucket = BucketKey::of(self.pepper(), "mailbox.addendum", &id.get().to_be_bytes());
        transact!(self.db(), "mailbox.addendum", |tx| {
            if !limits::take_in(tx, now, bucket, IN_ONE_THREAD).await? {
                return Err(Error::TooMany);
            }
            let grant = holder.open(tx, self, "mailbox.addendum").await?;
            let draft = Draft {
                side: Side::Addendum,
                staff: None,
                body: &body,
                sent_hash: Some(sent_hash(token.bytes(), Side::Addendum, &body)),
            };
            letter::append(tx, self.clock(), &grant, &draft).await
        })
    }
}

/// The addenda in the threads of a case, in codes and times, newest first; the caller shows those in the asker's reach.
pub async fn of_case(conn: &mut Conn, case: CaseId) -> Result<Vec<AddendumRef>> {
    let rows: Vec<(i64, i64, i64)> = conn
        .all(
            "SELECT l.id, l.thread_id, l.at FROM letter l JOIN thread t ON t.id = l.thread_id \
             WHERE t.case_id = $1 AND l.side = 'addendum' ORDER BY l.at DESC, l.id DESC",
            params![case.get()],
        )
        .await?;
    let read = |(id, thread, at): (i64, i64, i64)| AddendumRef {
        id,
        thread: thread.into(),
        at: from_micros(at),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Opens the addenda of one thread for a colleague; recorded as reading the thread.
pub async fn of_thread(
    tx: &mut Conn,
    session: &Session,
    id: ThreadId,
) -> Result<Vec<(AddendumRef, String)>> {
    let action = Action::ReadThread;
    let Some(thread) = thread::by_id(tx, id).await? else {
        return Err(access::absent(session, id, action).into());
    };
    let grant = access::open_thread(tx, session, thread.reference(), action).await?;
    let sql = format!(
        "SELECT {} FROM letter WHERE thread_id = $1 AND side = 'addendum' ORDER BY seq",
        LetterRow::COLS
    );
    let rows: Vec<LetterRow> = tx.all(&sql, params![id.get()]).await?;
    rows.into_iter()
        .map(|row| {
            let sealed = Sealed::<String>::from_bytes(row.body);
            let body = grant.open(&sealed, &letter::place(row.id, Side::Addendum))?;
            let found = AddendumRef {
                id: row.id,
                thread: id,
                at: from_micros(row.at),
            };
            Ok((found, body))
        })
        .collect()
}
