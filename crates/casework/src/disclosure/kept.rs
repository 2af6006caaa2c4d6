//! What was decided about each line, and (from the submission on) the line itself as it stood then: whatever is written,
//! corrected or taken out later, the answer says what it said. Each copy lies under the key of where the line lay.

use super::lines::LineSource;
use super::rule::Decision;
use super::{Line, reason_place};
use crate::{Error, Result};
use basics::CompartmentId;
use office::access::{CaseGrant, CompartmentGrant};
use office::session::Session;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::{Conn, params};
use vault::{Json, Place, Sealed};

/// Which line: source, row, part.
pub(super) type Key = (String, i64, i64);

/// The decisions of a request; with the reason of those that were made by hand.
pub(super) type Decided = HashMap<Key, (Decision, Option<String>)>;

/// A line as it stood. It names itself, so that two copies cannot change places.
#[derive(Clone, Serialize, Deserialize)]
struct Copy {
    key: String,
    place: String,
    whose: String,
    words: String,
}

fn copy_place(request: i64) -> Place {
    Place {
        table: "disclosure_line",
        row: request,
        column: "copy",
    }
}

fn opened_reason(grant: &CaseGrant, request: i64, sealed: Vec<u8>) -> Result<String> {
    let sealed = Sealed::<String>::from_bytes(sealed);
    Ok(grant.open(&sealed, &reason_place(request))?)
}

fn decision_of(code: &str) -> Result<Decision> {
    Decision::from_code(code).ok_or(Error::Damaged("disclosure_line.decision"))
}

/// Every decision of a request.
pub(super) async fn decided(tx: &mut Conn, grant: &CaseGrant, request: i64) -> Result<Decided> {
    type Row = (String, i64, i64, String, Option<Vec<u8>>);
    let rows: Vec<Row> = tx
        .all(
            "SELECT source, row_id, part, decision, reason FROM disclosure_line WHERE request_id = $1",
            params![request],
        )
        .await?;
    rows.into_iter()
        .map(|(source, row, part, decision, reason)| {
            let open = |reason| opened_reason(grant, request, reason);
            let decided = (decision_of(&decision)?, reason.map(open).transpose()?);
            Ok(((source, row, part), decided))
        })
        .collect()
}

/// Writes down what a colleague decided about a line, with the reason.
pub(super) async fn decide(
    tx: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
    request: i64,
    line: &Line,
    (decision, reason): (Decision, &str),
) -> Result<()> {
    let reason = grant.seal(&reason_place(request), &reason.to_owned());
    tx.exec(
        "INSERT INTO disclosure_line (request_id, source, row_id, part, decision, reason, decided_by, decided_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (request_id, source, row_id, part) DO UPDATE SET \
         decision = excluded.decision, reason = excluded.reason, decided_by = excluded.decided_by, decided_at = excluded.decided_at",
        params![
            request,
            line.source.code(),
            line.row,
            line.part,
            decision.code(),
            reason.as_bytes(),
            session.staff().get(),
            session.clock().now_micros()
        ],
    )
    .await?;
    Ok(())
}

/// Keeps a line as it stands now, with what was decided about it.
pub(super) async fn freeze(
    tx: &mut Conn,
    session: &Session,
    (grant, grants): (&CaseGrant, &[CompartmentGrant]),
    request: i64,
    line: &Line,
) -> Result<()> {
    let copy = Json(Copy {
        key: line.key(),
        place: line.place.clone(),
        whose: line.whose.clone(),
        words: line.words.clone(),
    });
    let place = copy_place(request);
    let sealed = match line.compartment {
        None => grant.seal(&place, &copy),
        Some(id) => inside(grants, id)?.seal(&place, &copy),
    };
    tx.exec(
        "INSERT INTO disclosure_line (request_id, source, row_id, part, decision, decided_by, decided_at, compartment_id, on_day, copy) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (request_id, source, row_id, part) DO UPDATE SET \
         compartment_id = excluded.compartment_id, on_day = excluded.on_day, copy = excluded.copy",
        params![
            request,
            line.source.code(),
            line.row,
            line.part,
            line.decision.code(),
            session.staff().get(),
            session.clock().now_micros(),
            line.compartment.map(CompartmentId::get),
            line.on.to_string(),
            sealed.as_bytes()
        ],
    )
    .await?;
    Ok(())
}

fn inside(grants: &[CompartmentGrant], id: CompartmentId) -> Result<&CompartmentGrant> {
    let found = grants.iter().find(|one| one.compartment() == id);
    found.ok_or_else(|| {
        Error::Guarded(
            "この回答には、担当していない区画の行があります。すべての区画を読める職員が開いてください。"
                .to_owned(),
        )
    })
}

/// The lines of a submitted or approved answer, as they stood, the oldest first.
pub(super) async fn copies(
    tx: &mut Conn,
    (grant, grants): (&CaseGrant, &[CompartmentGrant]),
    request: i64,
) -> Result<Vec<Line>> {
    store::row! {
        struct CopyRow {
            pub source: String,
            pub row_id: i64,
            pub part: i64,
            pub decision: String,
            pub reason: Option<Vec<u8>>,
            pub compartment_id: Option<i64>,
            pub on_day: Option<String>,
            pub copy: Vec<u8>,
        }
    }
    let sql = format!(
        "SELECT {} FROM disclosure_line WHERE request_id = $1 AND copy IS NOT NULL",
        CopyRow::COLS
    );
    let rows: Vec<CopyRow> = tx.all(&sql, params![request]).await?;
    let mut lines = Vec::new();
    for row in rows {
        let sealed = Sealed::<Json<Copy>>::from_bytes(row.copy);
        let compartment = row.compartment_id.map(CompartmentId::from);
        let place = copy_place(request);
        let Json(copy) = match compartment {
            None => grant.open(&sealed, &place)?,
            Some(id) => inside(grants, id)?.open(&sealed, &place)?,
        };
        let on = row.on_day.and_then(|day| day.parse().ok());
        let open = |reason| opened_reason(grant, request, reason);
        let line = Line {
            source: LineSource::from_code(&row.source)
                .ok_or(Error::Damaged("disclosure_line.source"))?,
            row: row.row_id,
            part: row.part,
            on: on.ok_or(Error::Damaged("disclosure_line.on_day"))?,
            compartment,
            place: copy.place,
            whose: copy.whose,
            words: copy.words,
            decision: decision_of(&row.decision)?,
            changed: row.reason.is_some(),
            reason: row.reason.map(open).transpose()?.unwrap_or_default(),
            late: false,
        };
        if line.key() != copy.key {
            return Err(Error::Damaged("disclosure_line.copy"));
        }
        lines.push(line);
    }
    super::in_order(&mut lines);
    Ok(lines)
}

/// Back to being prepared: what was decided by hand stays, everything else is read anew.
pub(super) async fn thaw(tx: &mut Conn, request: i64) -> Result<()> {
    tx.exec(
        "DELETE FROM disclosure_line WHERE request_id = $1 AND reason IS NULL",
        params![request],
    )
    .await?;
    tx.exec(
        "UPDATE disclosure_line SET compartment_id = NULL, on_day = NULL, copy = NULL WHERE request_id = $1",
        params![request],
    )
    .await?;
    Ok(())
}
