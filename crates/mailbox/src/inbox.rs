//! What waits at the desk, oldest promise first, with the words that caused a mark.
//!
//! The list opens no letter: it shows numbers, days and marks. Looking at it is one
//! row in the audit chain.

use crate::letter::marks_place;
use crate::risk_words::{self, Mark};
use crate::thread::{self, Thread};
use crate::{Mailbox, Result};
use basics::{OfficeId, ThreadId};
use office::access::{self, SealedMarks};
use office::session::Session;
use std::collections::HashMap;
use store::{Conn, params, transact};
use vault::Sealed;

/// How many lines a shelf shows at most.
pub const LINES: i64 = 200;
/// How many letters' marks are opened for one shelf at most.
const MARKS_OPENED: i64 = 5 * LINES;

/// The shelves of the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Letters that wait for an answer.
    Waiting,
    /// たしかめる箱: many came from one place at once; a person looks.
    Check,
    /// Read, but no answer is wanted now.
    NoReply,
    /// Answered; the writer's turn or nobody's.
    Answered,
    /// Closed, until they are erased.
    Closed,
}

impl Shelf {
    /// All shelves in the order of the desk.
    pub const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Check,
        Self::NoReply,
        Self::Answered,
        Self::Closed,
    ];

    /// The code in addresses of the desk.
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Check => "check",
            Self::NoReply => "no-reply",
            Self::Answered => "answered",
            Self::Closed => "closed",
        }
    }

    /// From the code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shelf| shelf.code() == code)
    }

    /// The word on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "返事を待っている",
            Self::Check => "たしかめる箱",
            Self::NoReply => "返事はいらない",
            Self::Answered => "返事ずみ",
            Self::Closed => "終わり",
        }
    }

    fn condition(self) -> &'static str {
        match self {
            Self::Waiting => "state = 'waiting' AND tray = 'inbox' AND wish = 'reply'",
            Self::Check => "state = 'waiting' AND tray = 'check'",
            Self::NoReply => "state = 'waiting' AND tray = 'inbox' AND wish <> 'reply'",
            Self::Answered => "state = 'answered'",
            Self::Closed => "state = 'closed'",
        }
    }

    fn order(self) -> &'static str {
        match self {
            Self::Waiting | Self::Check | Self::NoReply => {
                "COALESCE(promised_on, '9999'), waiting_since, id"
            }
            Self::Answered | Self::Closed => "last_letter_at DESC, id",
        }
    }
}

/// One line of the inbox.
#[derive(Debug, Clone)]
pub struct Line {
    /// The thread, in codes, days and counts.
    pub thread: Thread,
    /// Words of the list that stand in its unanswered letters.
    pub marks: Vec<Mark>,
}

/// What a desk page watches to know that something came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulse {
    /// How many wait for an answer.
    pub waiting: i64,
    /// How many lie in the たしかめる箱.
    pub to_check: i64,
    /// When the last letter came or went, µs.
    pub last_letter_at: i64,
}

impl Mailbox {
    /// One shelf of the asker's own office.
    pub async fn shelf(&self, session: &Session, which: Shelf) -> Result<Vec<Line>> {
        transact!(self.db(), "mailbox.shelf", |tx| {
            let reach = access::letters_in_reach(tx, session, "case_id").await?;
            let sql = format!(
                "office_id = $1 AND {} AND {reach} ORDER BY {} LIMIT $2",
                which.condition(),
                which.order()
            );
            let threads = thread::select(tx, &sql, params![session.office().get(), LINES]).await?;
            let sealed = unanswered_marks(tx, session.office(), which, &reach).await?;
            let opened = access::open_marks(tx, session, &sealed).await?;
            let mut marks: HashMap<ThreadId, Vec<Mark>> = HashMap::new();
            for (id, found) in opened {
                let known = marks.entry(id).or_default();
                for mark in risk_words::from_padded(&found) {
                    if !known.contains(&mark) {
                        known.push(mark);
                    }
                }
            }
            Ok(threads
                .into_iter()
                .map(|thread| Line {
                    marks: marks.remove(&thread.id).unwrap_or_default(),
                    thread,
                })
                .collect())
        })
    }

    /// How many threads in the asker's reach lie on each shelf, in the order of [`Shelf::ALL`]. Opens and records
    /// nothing.
    pub async fn shelf_counts(&self, session: &Session) -> Result<Vec<(Shelf, i64)>> {
        let mut conn = self.db().read().await?;
        let reach = access::letters_in_reach(&mut conn, session, "case_id").await?;
        let office = session.office();
        let mut counts = Vec::with_capacity(Shelf::ALL.len());
        for shelf in Shelf::ALL {
            let sql = format!(
                "SELECT COUNT(*) FROM thread WHERE office_id = $1 AND {} AND {reach}",
                shelf.condition()
            );
            let (count,): (i64,) = conn.one(&sql, params![office.get()]).await?;
            counts.push((shelf, count));
        }
        Ok(counts)
    }

    /// How many wait in the asker's reach, for the tab's title and the live update. Opens and records nothing.
    pub async fn pulse_in_reach(&self, session: &Session) -> Result<Pulse> {
        let mut conn = self.db().read().await?;
        let reach = access::letters_in_reach(&mut conn, session, "case_id").await?;
        pulse(&mut conn, session.office(), &reach).await
    }

    /// The pulse of the whole office, letters of all cases too: only to notice that something changed. What a colleague
    /// is told is taken anew with [`Mailbox::pulse_in_reach`].
    pub async fn pulse_of_office(&self, office: OfficeId) -> Result<Pulse> {
        let mut conn = self.db().read().await?;
        pulse(&mut conn, office, "1 = 1").await
    }

    /// Those of these threads that are in the asker's reach. Opens and records nothing.
    pub async fn in_reach(&self, session: &Session, threads: &[ThreadId]) -> Result<Vec<ThreadId>> {
        if threads.is_empty() {
            return Ok(Vec::new());
        }
        let mut conn = self.db().read().await?;
        let reach = access::letters_in_reach(&mut conn, session, "case_id").await?;
        let list: Vec<String> = threads.iter().map(|id| id.get().to_string()).collect();
        let sql = format!(
            "SELECT id FROM thread WHERE office_id = $1 AND id IN ({}) AND {reach} ORDER BY id",
            list.join(", ")
        );
        let rows: Vec<(i64,)> = conn.all(&sql, params![session.office().get()]).await?;
        Ok(rows.into_iter().map(|(id,)| id.into()).collect())
    }
}

async fn pulse(conn: &mut Conn, office: OfficeId, reach: &str) -> Result<Pulse> {
    let sql = format!(
        "SELECT CAST(COALESCE(SUM(CASE WHEN state = 'waiting' AND tray = 'inbox' AND wish = 'reply' THEN 1 ELSE 0 END), 0) AS BIGINT), \
         CAST(COALESCE(SUM(CASE WHEN state = 'waiting' AND tray = 'check' THEN 1 ELSE 0 END), 0) AS BIGINT), \
         COALESCE(MAX(last_letter_at), 0) FROM thread WHERE office_id = $1 AND {reach}"
    );
    let (waiting, to_check, last_letter_at): (i64, i64, i64) =
        conn.one(&sql, params![office.get()]).await?;
    Ok(Pulse {
        waiting,
        to_check,
        last_letter_at,
    })
}

/// Only of the lines that are shown: after a flood of letters the desk must still open at once.
async fn unanswered_marks(
    conn: &mut Conn,
    office: OfficeId,
    shelf: Shelf,
    reach: &str,
) -> Result<Vec<SealedMarks>> {
    let sql = format!(
        "SELECT t.id, t.key_for_office, l.id, l.marks FROM letter l JOIN thread t ON t.id = l.thread_id \
         WHERE t.id IN (SELECT id FROM thread WHERE office_id = $1 AND {} AND {reach} ORDER BY {} LIMIT $2) \
         AND t.state = 'waiting' AND l.side = 'writer' AND l.marks IS NOT NULL \
         AND l.at >= t.waiting_since ORDER BY t.id, l.seq LIMIT $3",
        shelf.condition(),
        shelf.order()
    );
    let rows: Vec<(i64, Vec<u8>, i64, Vec<u8>)> = conn
        .all(&sql, params![office.get(), LINES, MARKS_OPENED])
        .await?;
    let sealed = |(thread, wrapped_key, letter, marks): (i64, Vec<u8>, i64, Vec<u8>)| SealedMarks {
        thread: thread.into(),
        wrapped_key,
        place: marks_place(letter),
        marks: Sealed::from_bytes(marks),
    };
    Ok(rows.into_iter().map(sealed).collect())
}
