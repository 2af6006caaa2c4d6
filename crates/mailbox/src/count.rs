//! Counts that survive the words: written in the same transaction as what they count
//! (field/intake.md §E6), by calendar month in Asia/Tokyo.

use crate::{Error, Origin, Result, Thread, Writer};
use basics::OfficeId;
use jiff::civil::Date;
use store::{Conn, params};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A first letter (相談 実件数 of letters).
    FirstLetter,
    /// Any letter of a writer, the first included (延件数).
    Letter,
    /// An answer of the office.
    Answer,
    /// A thread closed.
    Closed,
    /// A thread erased.
    Erased,
}

impl What {
    fn code(self) -> &'static str {
        match self {
            What::FirstLetter => "first_letter",
            What::Letter => "letter",
            What::Answer => "answer",
            What::Closed => "closed",
            What::Erased => "erased",
        }
    }
}

/// `YYYY-MM`.
pub fn month_of(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

pub(crate) async fn add(tx: &mut Conn, thread: &Thread, what: What, day: Date) -> Result<()> {
    add_for(tx, thread.office, thread.writer, thread.origin, what, day).await
}

pub(crate) async fn add_for(
    tx: &mut Conn,
    office: OfficeId,
    writer: Writer,
    origin: Origin,
    what: What,
    day: Date,
) -> Result<()> {
    tx.exec(
        "INSERT INTO mailbox_count (office_id, month, what, writer, origin, n) VALUES ($1, $2, $3, $4, $5, 1) \
         ON CONFLICT (office_id, month, what, writer, origin) DO UPDATE SET n = mailbox_count.n + 1",
        params![office.get(), month_of(day), what.code(), writer.code(), origin.code()],
    )
    .await?;
    Ok(())
}

/// How many there were in a month, over all writers and origins.
pub async fn in_month(conn: &mut Conn, office: OfficeId, month: &str, what: What) -> Result<i64> {
    let (n,): (i64,) = conn
        .one(
            "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM mailbox_count WHERE office_id = $1 AND month = $2 AND what = $3",
            params![office.get(), month, what.code()],
        )
        .await
        .map_err(Error::from)?;
    Ok(n)
}
