//! Search inside what the asker may open: sealed texts opened in memory, nothing readable written down.
//!
//! Whoever writes something that can be found also keeps its folded text here, sealed under the same key
//! ([`keep`], [`keep_on_face_sheet`]), in the same transaction.

mod find;

pub use find::{Found, Hit, LINES, What};

use crate::Result;
use crate::codes::codes;
use basics::{Clock, fold};
use office::access::{CaseGrant, CompartmentGrant};
use store::{Conn, params};
use vault::{Place, Sealed};

codes! {
    /// What was found.
    Source {
        /// Names, kana, nickname of a person.
        Person = "person", "名前・よみ・呼び名";
        /// A telephone number, an address, an e-mail address.
        ContactPoint = "contact_point", "連絡先";
        /// The words of a note.
        Note = "note", "記録";
        /// The words of a plan.
        Plan = "plan", "計画";
        /// The name of an attached file, and what was noted about it.
        Attachment = "attachment", "添付";
        /// The words of an assessment or observation.
        Assessment = "assessment", "見立て";
        /// A small step.
        SmallStep = "small_step", "小さな一歩";
    }
}

fn place(row: i64) -> Place {
    Place {
        table: "findable",
        row,
        column: "folded",
    }
}

/// Keeps the words of something in a compartment; again for the same thing replaces them. Empty words are forgotten.
pub(crate) async fn keep(
    tx: &mut Conn,
    grant: &CompartmentGrant,
    clock: &Clock,
    source: Source,
    row: i64,
    words: &str,
) -> Result<()> {
    let sealed = grant.seal(&place(row), &fold(words));
    let compartment = Some(grant.compartment().get());
    put(
        tx,
        grant.case().get(),
        compartment,
        clock,
        source,
        row,
        words,
        &sealed,
    )
    .await
}

/// The same for the face sheet.
pub(crate) async fn keep_on_face_sheet(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    source: Source,
    row: i64,
    words: &str,
) -> Result<()> {
    let sealed = grant.seal(&place(row), &fold(words));
    put(
        tx,
        grant.case().get(),
        None,
        clock,
        source,
        row,
        words,
        &sealed,
    )
    .await
}

#[allow(
    clippy::too_many_arguments,
    reason = "one private statement, two callers above"
)]
async fn put(
    tx: &mut Conn,
    case: i64,
    compartment: Option<i64>,
    clock: &Clock,
    source: Source,
    row: i64,
    words: &str,
    sealed: &Sealed<String>,
) -> Result<()> {
    if words.trim().is_empty() {
        return forget(tx, source, row).await;
    }
    tx.exec(
        "INSERT INTO findable (source, row_id, case_id, compartment_id, at, folded) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (source, row_id) DO UPDATE SET compartment_id = excluded.compartment_id, at = excluded.at, \
         folded = excluded.folded",
        params![source.code(), row, case, compartment, clock.now_micros(), sealed.as_bytes()],
    )
    .await?;
    Ok(())
}

/// Forgets something that can no longer be found (erased, undone).
pub(crate) async fn forget(tx: &mut Conn, source: Source, row: i64) -> Result<()> {
    tx.exec(
        "DELETE FROM findable WHERE source = $1 AND row_id = $2",
        params![source.code(), row],
    )
    .await?;
    Ok(())
}
