//! What waits for a supervisor: each with the day since when, inside what exists for them. What they proposed themself and
//! another person has to decide is not theirs to decide.

use crate::Result;
use crate::approach::Ground;
use basics::CaseId;
use basics::time::{from_micros, to_jst};
use jiff::civil::Date;
use office::access::{Action, CaseScope};
use office::session::Session;
use store::{Conn, params};

/// Something that a supervisor decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// A first approach.
    Approach,
    /// A closing.
    Closing,
    /// An answer to a request for one's own records.
    Disclosure,
    /// Whether two people of two cases are one.
    Link,
    /// Whether what is past its time is erased.
    Erasure,
}

impl Decision {
    /// The words on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Approach => "初回アプローチの確認",
            Self::Closing => "一区切りの確認",
            Self::Disclosure => "開示請求の承認",
            Self::Link => "同じ人かどうかの確認",
            Self::Erasure => "記録を消すことの確認",
        }
    }

    /// The address where it is decided.
    pub fn address(self, case: CaseId) -> String {
        match self {
            Self::Approach | Self::Closing => format!("/desk/case/{case}/kakawari"),
            Self::Disclosure => format!("/desk/case/{case}/kaiji"),
            Self::Link => "/desk/case/niteiru".to_owned(),
            Self::Erasure => "/desk/hozon".to_owned(),
        }
    }
}

/// At most so many of a kind on one page.
const MOST: &str = "LIMIT 100";

/// Everything that waits, the longest first.
pub(crate) async fn decisions(
    conn: &mut Conn,
    session: &Session,
    scope: &CaseScope,
) -> Result<Vec<(CaseId, Date, Decision)>> {
    // A supervisor's scope is "all but these": the office is said in each question.
    let office = scope.office().get();
    let me = session.staff().get();
    let within = |column: &str| scope.sql(column);
    let here = "IN (SELECT id FROM casefile WHERE office_id = $1)";
    let mut all: Vec<(CaseId, i64, Decision)> = Vec::new();
    let mut take = |rows: Vec<(i64, i64)>, what: Decision| {
        all.extend(rows.into_iter().map(|(case, at)| (case.into(), at, what)));
    };
    if session.may(Action::ApproveCase) {
        let sql = format!(
            "SELECT case_id, made_at FROM approach WHERE ground = '{}' AND approved_by IS NULL AND withdrawn_at IS NULL \
             AND {} AND case_id {here} ORDER BY made_at, id {MOST}",
            Ground::Agreed.code(),
            within("case_id")
        );
        take(conn.all(&sql, params![office]).await?, Decision::Approach);
        let sql = format!(
            "SELECT case_id, proposed_at FROM closing WHERE decided_at IS NULL AND {} AND case_id {here} \
             ORDER BY proposed_at, id {MOST}",
            within("case_id")
        );
        take(conn.all(&sql, params![office]).await?, Decision::Closing);
        // Both cases must exist for whoever decides.
        let sql = format!(
            "SELECT a_case, proposed_at FROM person_link WHERE office_id = $1 AND decided_at IS NULL AND undone_at IS NULL \
             AND {} AND {} ORDER BY proposed_at, id {MOST}",
            within("a_case"),
            within("b_case")
        );
        take(conn.all(&sql, params![office]).await?, Decision::Link);
    }
    if session.may(Action::ApproveDisclosure) {
        let sql = format!(
            "SELECT case_id, submitted_at FROM disclosure_request WHERE state = 'submitted' AND submitted_by <> $1 \
             AND {} AND case_id IN (SELECT id FROM casefile WHERE office_id = $2) ORDER BY submitted_at, id {MOST}",
            within("case_id")
        );
        let rows = conn.all(&sql, params![me, office]).await?;
        take(rows, Decision::Disclosure);
    }
    if session.may(Action::ApproveErasure) {
        let sql = format!(
            "SELECT case_id, proposed_at FROM erasure WHERE office_id = $1 AND state = 'proposed' AND proposed_by <> $2 \
             AND {} ORDER BY proposed_at, id {MOST}",
            within("case_id")
        );
        take(
            conn.all(&sql, params![office, me]).await?,
            Decision::Erasure,
        );
    }
    all.sort_by_key(|(case, at, _)| (*at, *case));
    let day = |at| to_jst(from_micros(at)).date();
    Ok(all
        .into_iter()
        .map(|(case, at, what)| (case, day(at), what))
        .collect())
}
