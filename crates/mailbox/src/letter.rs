//! One letter, answer or note.

use crate::{Error, Result, Thread, risk_words};
use basics::time::from_micros;
use basics::{Clock, StaffId, ThreadId, new_id};
use jiff::Timestamp;
use office::access::Grant;
use store::{Conn, params};
use vault::{CompartmentKey, Place, Sealed, hash};

/// How many characters one letter may have (Unicode scalar values, after line ends are made one character).
pub const MAX_CHARS: usize = 4_000;

/// Who wrote it, and for whom it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The writer, to the office.
    Writer,
    /// The office, to the writer.
    Office,
    /// The staff, to each other. Never leaves towards the writer.
    Note,
    /// The writer, to stand beside what the office wrote (「私はこう言いたい」): asks for no answer.
    Addendum,
}

impl Side {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Side::Writer => "writer",
            Side::Office => "office",
            Side::Note => "note",
            Side::Addendum => "addendum",
        }
    }

    fn from_code(code: &str) -> Self {
        match code {
            "writer" => Side::Writer,
            "office" => Side::Office,
            "addendum" => Side::Addendum,
            // What is not known to be for the writer is not for the writer.
            _ => Side::Note,
        }
    }
}

/// An opened letter.
#[derive(Clone)]
pub struct Letter {
    /// Its place in the thread, from 1.
    pub seq: i64,
    /// Who wrote it.
    pub side: Side,
    /// Which colleague, for answers and notes.
    pub staff: Option<StaffId>,
    /// When.
    pub at: Timestamp,
    /// The words.
    pub body: String,
}

/// Without the words.
impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letter")
            .field("seq", &self.seq)
            .field("side", &self.side)
            .finish_non_exhaustive()
    }
}

store::row! {
    pub(crate) struct LetterRow {
        pub id: i64,
        pub seq: i64,
        pub side: String,
        pub staff_id: Option<i64>,
        pub at: i64,
        pub body: Vec<u8>,
    }
}

/// Whose words they are is part of the place: a note that somebody relabels as an answer in
/// the database opens for nobody, the writer least of all.
pub(crate) fn place(letter: i64, side: Side) -> Place {
    Place {
        table: "letter",
        row: letter,
        column: match side {
            Side::Writer => "body/writer",
            Side::Office => "body/office",
            Side::Note => "body/note",
            Side::Addendum => "body/addendum",
        },
    }
}

/// Where the risk words of a letter stand.
pub(crate) fn marks_place(letter: i64) -> Place {
    Place {
        table: "letter",
        row: letter,
        column: "marks",
    }
}

/// The words as they will be kept: one kind of line end, no control characters,
/// no empty lines at the end. Refuses what is empty or too long.
pub(crate) fn checked(body: &str) -> Result<String> {
    let body = body.replace("\r\n", "\n").replace('\r', "\n");
    let body: String = body
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let body = body.trim_end().trim_start_matches('\n');
    if body.trim().is_empty() {
        return Err(Error::Empty);
    }
    let chars = body.chars().count();
    if chars > MAX_CHARS {
        return Err(Error::TooLong(chars));
    }
    Ok(body.to_owned())
}

/// The fingerprint by which a double click is known. The token is random, so the
/// fingerprint tells nothing of the text; an edited text is another letter.
pub(crate) fn sent_hash(token: &[u8], side: Side, body: &str) -> [u8; 32] {
    let mut input = Vec::with_capacity(token.len() + body.len() + 16);
    for part in [side.code().as_bytes(), token, body.as_bytes()] {
        input.extend_from_slice(&(part.len() as u64).to_be_bytes());
        input.extend_from_slice(part);
    }
    hash(&input)
}

/// A letter ready to be stored.
pub(crate) struct Draft<'a> {
    pub side: Side,
    pub staff: Option<StaffId>,
    pub body: &'a String,
    pub sent_hash: Option<[u8; 32]>,
}

/// A letter under its thread's key, with the risk words found in it.
pub(crate) struct SealedLetter {
    id: i64,
    body: Vec<u8>,
    marks: Option<Vec<u8>>,
}

impl SealedLetter {
    /// Seals the words for a letter with this identifier. Only what the writer wrote is searched for risk words.
    pub(crate) fn new(id: i64, key: &CompartmentKey, side: Side, body: &String) -> Self {
        let marks = matches!(side, Side::Writer | Side::Addendum).then(|| {
            key.seal(&marks_place(id), &risk_words::find_padded(body))
                .as_bytes()
                .to_vec()
        });
        Self {
            id,
            body: key.seal(&place(id, side), body).as_bytes().to_vec(),
            marks,
        }
    }
}

/// Puts a letter at the end of a thread. [`Error::Again`] when the same form with the
/// same words was sent before: the caller's transaction is undone and nothing changes.
pub(crate) async fn append(
    tx: &mut Conn,
    clock: &Clock,
    grant: &Grant,
    draft: &Draft<'_>,
) -> Result<i64> {
    let thread = grant.thread();
    // Takes the thread's row lock: from here on letters of one thread are one after the other.
    let (seq,): (i64,) = tx
        .first(
            "UPDATE thread SET letters = letters + 1 WHERE id = $1 RETURNING letters",
            params![thread.get()],
        )
        .await?
        .ok_or(Error::NotFound)?;
    let sealed = SealedLetter::new(new_id(clock), grant.sealing(), draft.side, draft.body);
    insert(tx, thread, seq, clock.now_micros(), draft, &sealed).await?;
    Ok(seq)
}

pub(crate) async fn insert(
    tx: &mut Conn,
    thread: ThreadId,
    seq: i64,
    at: i64,
    draft: &Draft<'_>,
    sealed: &SealedLetter,
) -> Result<()> {
    let stored = tx
        .exec(
            "INSERT INTO letter (id, thread_id, seq, side, staff_id, at, sent_hash, body, marks) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (sent_hash) DO NOTHING",
            params![
                sealed.id,
                thread.get(),
                seq,
                draft.side.code(),
                draft.staff.map(StaffId::get),
                at,
                draft.sent_hash.map(|hash| hash.to_vec()),
                &sealed.body,
                &sealed.marks
            ],
        )
        .await?;
    if stored == 0 {
        Err(Error::Again)
    } else {
        Ok(())
    }
}

/// All letters of a thread, opened; notes only when asked for.
pub(crate) async fn read(
    conn: &mut Conn,
    thread: &Thread,
    grant: &Grant,
    notes: bool,
) -> Result<Vec<Letter>> {
    let rows: Vec<LetterRow> = conn
        .all(
            &format!(
                "SELECT {} FROM letter WHERE thread_id = $1 ORDER BY seq",
                LetterRow::COLS
            ),
            params![thread.id.get()],
        )
        .await?;
    let open = |row: LetterRow| {
        let side = Side::from_code(&row.side);
        let body = grant.open(
            &Sealed::<String>::from_bytes(row.body),
            &place(row.id, side),
        )?;
        Ok(Letter {
            seq: row.seq,
            side,
            staff: row.staff_id.map(StaffId::from),
            at: from_micros(row.at),
            body,
        })
    };
    rows.into_iter()
        .filter(|row| notes || Side::from_code(&row.side) != Side::Note)
        .map(open)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_empty_or_too_long_is_told_with_its_length() {
        assert!(matches!(checked(" \r\n　"), Err(Error::Empty)));
        assert_eq!(checked(&"あ".repeat(4_000)).unwrap().chars().count(), 4_000);
        assert!(matches!(
            checked(&"あ".repeat(4_001)),
            Err(Error::TooLong(4_001))
        ));
        // A browser sends CRLF; a line end counts as one character.
        assert!(checked(&"あ\r\n".repeat(2_000)).is_ok());
        assert_eq!(checked("\u{0}眠れない\u{7}\r\n\r\n").unwrap(), "眠れない");
    }

    proptest! {
        #[test]
        fn checking_twice_changes_nothing(body in "\\PC{1,60}|[\\r\\n\\t あa]{1,30}") {
            if let Ok(once) = checked(&body) {
                prop_assert_eq!(checked(&once).unwrap(), once);
            }
        }
    }
}
