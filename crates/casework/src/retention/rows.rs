//! Which rows belong to which kind of record. Every table of this room stands in one of the two lists below; a new table
//! that stands in neither fails a test, so that nothing is forgotten when a case is erased.

use super::RecordType;
use crate::{Error, Result};
use basics::CaseId;
use jiff::civil::Date;
use office::access::CaseScope;
use store::{Conn, params};

const OF_CASE: &str = "case_id = $1";

/// Kind of record, table, which rows: in the order in which they go (who points first).
pub(super) const GOES: &[(RecordType, &str, &str)] = &[
    (
        RecordType::Attachment,
        "attachment_piece",
        "attachment_id IN (SELECT id FROM attachment WHERE case_id = $1)",
    ),
    (RecordType::Attachment, "attachment", OF_CASE),
    (
        RecordType::Disclosure,
        "disclosure_line",
        "request_id IN (SELECT id FROM disclosure_request WHERE case_id = $1)",
    ),
    (RecordType::Disclosure, "disclosure_request", OF_CASE),
    (
        RecordType::Assessment,
        "assessment_version",
        "assessment_id IN (SELECT id FROM assessment WHERE case_id = $1)",
    ),
    (RecordType::Assessment, "assessment", OF_CASE),
    (RecordType::Assessment, "observation", OF_CASE),
    (RecordType::Assessment, "stage_event", OF_CASE),
    (
        RecordType::Assessment,
        "safety_flag_event",
        "flag_id IN (SELECT id FROM safety_flag WHERE case_id = $1)",
    ),
    (RecordType::Assessment, "safety_flag", OF_CASE),
    (
        RecordType::Plan,
        "plan_agreement",
        "version_id IN (SELECT v.id FROM plan_version v JOIN plan_part p ON p.id = v.part_id \
         JOIN plan q ON q.id = p.plan_id WHERE q.case_id = $1)",
    ),
    (
        RecordType::Plan,
        "plan_version",
        "part_id IN (SELECT p.id FROM plan_part p JOIN plan q ON q.id = p.plan_id WHERE q.case_id = $1)",
    ),
    (
        RecordType::Plan,
        "plan_part",
        "plan_id IN (SELECT id FROM plan WHERE case_id = $1)",
    ),
    (RecordType::Plan, "plan", OF_CASE),
    (
        RecordType::Consent,
        "consent_event",
        "consent_id IN (SELECT id FROM consent WHERE case_id = $1)",
    ),
    (RecordType::Consent, "consent", OF_CASE),
    (
        RecordType::Visit,
        "visit_draft",
        "visit_id IN (SELECT id FROM visit WHERE case_id = $1)",
    ),
    (
        RecordType::Visit,
        "visit_heard",
        "visit_id IN (SELECT id FROM visit WHERE case_id = $1)",
    ),
    (
        RecordType::Visit,
        "visit_outcome",
        "visit_id IN (SELECT id FROM visit WHERE case_id = $1)",
    ),
    (
        RecordType::Visit,
        "visit_event",
        "visit_id IN (SELECT id FROM visit WHERE case_id = $1)",
    ),
    (RecordType::Visit, "visit", OF_CASE),
    (
        RecordType::Contact,
        "note_revision",
        "note_id IN (SELECT id FROM note WHERE case_id = $1)",
    ),
    (RecordType::Contact, "note", OF_CASE),
    (
        RecordType::Contact,
        "contact_party",
        "contact_id IN (SELECT id FROM contact WHERE case_id = $1)",
    ),
    (
        RecordType::Contact,
        "contact_staff",
        "contact_id IN (SELECT id FROM contact WHERE case_id = $1)",
    ),
    (RecordType::Contact, "contact", OF_CASE),
    (RecordType::Contact, "small_step", OF_CASE),
    (RecordType::Engagement, "engagement_change", OF_CASE),
    (RecordType::Engagement, "closing", OF_CASE),
    (RecordType::Engagement, "approach", OF_CASE),
    (RecordType::Engagement, "refusal", OF_CASE),
    (RecordType::Engagement, "vital_reach", OF_CASE),
    (RecordType::Engagement, "silence_watch", OF_CASE),
    (RecordType::Engagement, "milestone_dismissed", OF_CASE),
    (RecordType::Engagement, "outgoing", OF_CASE),
    (RecordType::Engagement, "task", OF_CASE),
    (RecordType::FaceSheet, "case_reading", OF_CASE),
    (RecordType::FaceSheet, "hand_over_sheet", OF_CASE),
    (
        RecordType::FaceSheet,
        "peer_report",
        "card_id IN (SELECT id FROM peer_card WHERE case_id = $1)",
    ),
    (RecordType::FaceSheet, "peer_card", OF_CASE),
    (RecordType::FaceSheet, "identity_event", OF_CASE),
    (
        RecordType::FaceSheet,
        "person_link",
        "a_case = $1 OR b_case = $1",
    ),
    (RecordType::FaceSheet, "membership", OF_CASE),
    (RecordType::FaceSheet, "kinship", OF_CASE),
    (RecordType::FaceSheet, "passing", OF_CASE),
    (RecordType::FaceSheet, "subject_knows_event", OF_CASE),
    (RecordType::FaceSheet, "tie", OF_CASE),
    (RecordType::FaceSheet, "contact_point", OF_CASE),
    // The case itself: when it goes, everything above goes with it.
    (RecordType::FaceSheet, "engagement", OF_CASE),
    (RecordType::FaceSheet, "legal_hold", OF_CASE),
    (
        RecordType::FaceSheet,
        "compartment_holder",
        "compartment_id IN (SELECT id FROM compartment WHERE case_id = $1)",
    ),
    (RecordType::FaceSheet, "findable", OF_CASE),
    (RecordType::FaceSheet, "person", OF_CASE),
    (RecordType::FaceSheet, "compartment", OF_CASE),
    (RecordType::FaceSheet, "casefile", "id = $1"),
];

/// What a kind of record left in the search.
pub(super) const FINDABLE: &[(RecordType, &str)] = &[
    (RecordType::Attachment, "attachment"),
    (RecordType::Contact, "note"),
    (RecordType::Contact, "small_step"),
    (RecordType::Plan, "plan"),
    (RecordType::Assessment, "assessment"),
];

/// Tables that outlive every case: numbers, rules, who erased what.
#[cfg(test)]
const STAYS: &[&str] = &[
    "case_counter",
    "retention_rule",
    "erasure",
    "erasure_type",
    "tombstone",
    // Sealed for one colleague and named by the form: erased by that name.
    "draft",
];

/// How many records of a kind a case has: rows of its first table that is the case's own.
pub(super) async fn count(conn: &mut Conn, record: RecordType, case: CaseId) -> Result<i64> {
    let mut most = 0;
    for (_, table, _) in GOES
        .iter()
        .filter(|(of, _, whose)| *of == record && *whose == OF_CASE)
    {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE case_id = $1");
        let (rows,): (i64,) = conn.one(&sql, params![case.get()]).await?;
        most = most.max(rows);
    }
    Ok(most)
}

/// Cases in scope that are finished, with the day: no engagement goes on, and at least one was finished. A return begins
/// a new one, and the case is not here any more.
pub(super) async fn finished(
    conn: &mut Conn,
    scope: &CaseScope,
) -> Result<Vec<(CaseId, i64, Date)>> {
    finished_where(conn, &scope.sql("c.id"), scope.office().get()).await
}

/// When one case was finished, if it is.
pub(super) async fn finished_on(
    conn: &mut Conn,
    office: basics::OfficeId,
    case: CaseId,
) -> Result<Option<Date>> {
    let only = format!("c.id = {}", case.get());
    let found = finished_where(conn, &only, office.get()).await?;
    Ok(found.first().map(|(_, _, day)| *day))
}

async fn finished_where(
    conn: &mut Conn,
    which: &str,
    office: i64,
) -> Result<Vec<(CaseId, i64, Date)>> {
    let sql = format!(
        "SELECT c.id, c.number, MAX(e.ended_on) FROM casefile c JOIN engagement e ON e.case_id = c.id \
         WHERE c.office_id = $1 AND {which} GROUP BY c.id, c.number \
         HAVING MAX(CASE WHEN e.state IN ('finished', 'cancelled', 'entered-in-error') THEN 0 ELSE 1 END) = 0 \
         AND MAX(CASE WHEN e.state = 'finished' AND e.ended_on IS NOT NULL THEN 1 ELSE 0 END) = 1 \
         ORDER BY MAX(e.ended_on), c.number"
    );
    let rows: Vec<(i64, i64, String)> = conn.all(&sql, params![office]).await?;
    rows.into_iter()
        .map(|(case, number, day)| {
            let day = day
                .parse()
                .map_err(|_| Error::Damaged("engagement.ended_on"))?;
            Ok((case.into(), number, day))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// inv. 27: every table of the room either goes with the case or is known to hold nothing of it.
    #[test]
    fn every_table_has_a_rule() {
        let mut forgotten = Vec::new();
        for migration in crate::MIGRATIONS {
            for line in migration.sql.lines() {
                let Some(rest) = line.strip_prefix("CREATE TABLE ") else {
                    continue;
                };
                let table = rest.split([' ', '(']).next().unwrap_or_default();
                let known =
                    STAYS.contains(&table) || GOES.iter().any(|(_, goes, _)| *goes == table);
                if !known {
                    forgotten.push(table);
                }
            }
        }
        assert!(
            forgotten.is_empty(),
            "these tables need a line in GOES (or STAYS): {forgotten:?}"
        );
    }
}
