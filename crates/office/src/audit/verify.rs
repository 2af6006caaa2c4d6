//! Walking the chains: `ippo audit verify`.

use super::AuditRow;
use crate::error::{Error, Result};
use basics::OfficeId;
use std::collections::BTreeSet;
use std::fmt;
use store::{Conn, Db, params};
use vault::chain::START;

/// How many rows are held in memory at a time.
const PAGE: i64 = 2_000;

/// What a walk along one chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainReport {
    /// Whose chain.
    pub office: OfficeId,
    /// How many rows were walked and found whole.
    pub rows: i64,
    /// The hash of the last whole row. Written down elsewhere (on paper, in a mail to the auditor) it becomes an
    /// [`Anchor`], against which not even a rewritten chain stands.
    pub head: [u8; 32],
    /// The first fault, if there is one.
    pub fault: Option<Fault>,
}

impl ChainReport {
    /// The head as people copy it.
    pub fn head_hex(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.head)
    }
}

/// A number and hash of a chain that was written down outside the database earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Whose chain.
    pub office: OfficeId,
    /// The number of the row.
    pub seq: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// What is wrong with a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The row does not fit its hash, or the row before it: changed, exchanged or put in between.
    Altered(i64),
    /// The row with this number is missing.
    Missing(i64),
    /// The chain ends before its head does: the tail was cut off after this row.
    TailCut(i64),
    /// Rows stand behind the head, or before the first.
    BehindTheHead(i64),
    /// There is no head, or no chain at all for an office that exists.
    NoHead,
    /// The row written down outside with this number is another one now: the chain was rewritten.
    NotTheAnchor(i64),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered(seq) => write!(f, "{seq}番の記録が、書かれたときと違っています。"),
            Self::Missing(seq) => write!(f, "{seq}番の記録がありません。"),
            Self::TailCut(seq) => write!(f, "{seq}番より後の記録が切り取られています。"),
            Self::BehindTheHead(seq) => {
                write!(f, "{seq}番は、正しい手順で書かれた記録ではありません。")
            }
            Self::NoHead => write!(f, "記録の先頭がありません。"),
            Self::NotTheAnchor(seq) => write!(f, "{seq}番の記録が、外に控えた値と合いません。"),
        }
    }
}

/// Walks every chain in the database.
pub async fn verify(db: &Db) -> Result<Vec<ChainReport>> {
    verify_against(db, &[]).await
}

/// Walks every chain and compares it with what was written down outside.
pub async fn verify_against(db: &Db, anchors: &[Anchor]) -> Result<Vec<ChainReport>> {
    let mut conn = db.read().await?;
    let mut offices = BTreeSet::new();
    for sql in [
        "SELECT id FROM office",
        "SELECT office_id FROM audit_head",
        "SELECT DISTINCT office_id FROM audit_row",
    ] {
        let found: Vec<(i64,)> = conn.all(sql, params![]).await?;
        offices.extend(found.into_iter().map(|(id,)| id));
    }
    offices.extend(anchors.iter().map(|anchor| anchor.office.get()));
    let mut reports = Vec::new();
    for office in offices {
        let office = OfficeId::from(office);
        let expected: Vec<&Anchor> = anchors
            .iter()
            .filter(|anchor| anchor.office == office)
            .collect();
        reports.push(walk(&mut conn, office, &expected).await?);
    }
    Ok(reports)
}

async fn walk(conn: &mut Conn, office: OfficeId, anchors: &[&Anchor]) -> Result<ChainReport> {
    let mut report = ChainReport {
        office,
        rows: 0,
        head: START,
        fault: None,
    };
    // The head first: rows that arrive while we walk come behind it and are not our concern.
    let Some((head_seq, head_hash)) = head(conn, office).await? else {
        report.fault = Some(Fault::NoHead);
        return Ok(report);
    };
    while report.rows < head_seq {
        let rows: Vec<AuditRow> = conn
            .all(
                &format!(
                    "SELECT {} FROM audit_row WHERE office_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4",
                    AuditRow::COLS
                ),
                params![office.get(), report.rows, head_seq, PAGE],
            )
            .await?;
        if rows.is_empty() {
            report.fault = Some(Fault::TailCut(report.rows));
            return Ok(report);
        }
        for row in rows {
            if let Some(fault) = fault_of(&row, &report, anchors)? {
                report.fault = Some(fault);
                return Ok(report);
            }
            report.rows = row.seq;
            report.head = row
                .hash
                .try_into()
                .map_err(|_| Error::Damaged("audit_row.hash"))?;
        }
    }
    let missing = anchors
        .iter()
        .map(|anchor| anchor.seq)
        .filter(|seq| *seq > report.rows)
        .min();
    report.fault = if report.head[..] != head_hash[..] {
        Some(Fault::Altered(report.rows))
    } else if missing.is_some() {
        Some(Fault::TailCut(report.rows))
    } else {
        behind_the_head(conn, office).await?
    };
    Ok(report)
}

fn fault_of(row: &AuditRow, so_far: &ChainReport, anchors: &[&Anchor]) -> Result<Option<Fault>> {
    let next = so_far.rows + 1;
    if row.seq != next {
        return Ok(Some(Fault::Missing(next)));
    }
    let hash = row.hash_after(&so_far.head)?;
    if row.hash[..] != hash[..] {
        return Ok(Some(Fault::Altered(row.seq)));
    }
    let other = anchors
        .iter()
        .any(|anchor| anchor.seq == row.seq && anchor.hash != hash);
    Ok(other.then_some(Fault::NotTheAnchor(row.seq)))
}

async fn head(conn: &mut Conn, office: OfficeId) -> Result<Option<(i64, Vec<u8>)>> {
    Ok(conn
        .first(
            "SELECT seq, hash FROM audit_head WHERE office_id = $1",
            params![office.get()],
        )
        .await?)
}

/// Head and last row in one statement, so that a row written at this moment is never taken for a forged one.
async fn behind_the_head(conn: &mut Conn, office: OfficeId) -> Result<Option<Fault>> {
    let found: Option<(i64,)> = conn
        .first(
            "SELECT MIN(r.seq) FROM audit_row r JOIN audit_head h ON h.office_id = r.office_id \
             WHERE r.office_id = $1 AND (r.seq > h.seq OR r.seq < 1) HAVING COUNT(*) > 0",
            params![office.get()],
        )
        .await?;
    Ok(found.map(|(seq,)| Fault::BehindTheHead(seq)))
}
