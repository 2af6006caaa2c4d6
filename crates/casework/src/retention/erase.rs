//! Erasing: proposed by one, approved by another, done at once, down to the write-ahead log.

use super::{RecordType, due_records, must_not_be_held, records_of, rows, rules};
use crate::case::{self, Case};
use crate::{Casework, Error, Result};
use basics::{CaseId, StaffId, new_id};
use jiff::civil::Date;
use office::access::{Action, CaseGrant};
use office::session::Session;
use store::{Conn, params, transact};

const NOT_DUE: &str =
    "このケースには、いま消せる記録がありません。保存の期間は、終了の次の4月1日から数えます。";
const ANOTHER_PERSON: &str = "提案した人とは別の人が承認します。";

impl Casework {
    /// Proposes to erase what is due of a case. Nothing goes yet.
    pub async fn propose_erasure(&self, session: &Session, id: CaseId) -> Result<i64> {
        let today = self.clock().today();
        transact!(self.db(), "erasure.propose", |tx| {
            let (case, grant) = case::open(tx, session, id, Action::ProposeErasure).await?;
            must_not_be_held(tx, id).await?;
            let (_, records) = due_now(tx, &case, today).await?;
            let waiting: Option<(i64,)> = tx
                .first(
                    "SELECT id FROM erasure WHERE case_id = $1 AND state = 'proposed'",
                    params![id.get()],
                )
                .await?;
            if waiting.is_some() {
                return Err(Error::Again);
            }
            let erasure = new_id(self.clock());
            tx.exec(
                "INSERT INTO erasure (id, office_id, case_id, case_number, state, whole, proposed_by, proposed_at) \
                 VALUES ($1, $2, $3, $4, 'proposed', $5, $6, $7)",
                params![
                    erasure,
                    case.office.get(),
                    id.get(),
                    case.number,
                    records.contains(&RecordType::FaceSheet),
                    session.staff().get(),
                    self.clock().now_micros()
                ],
            )
            .await?;
            for record in &records {
                tx.exec(
                    "INSERT INTO erasure_type (erasure_id, record_type) VALUES ($1, $2)",
                    params![erasure, record.code()],
                )
                .await?;
            }
            let entry = grant.entry("erasure.proposed").because(codes(&records));
            office::audit::record(tx, &entry).await?;
            Ok(erasure)
        })
    }

    /// Approves a proposal, as a supervisor who did not make it, and erases. What was due then must still be due: a return
    /// in the meantime, or a hold, stops it.
    pub async fn approve_erasure(&self, session: &Session, id: CaseId, erasure: i64) -> Result<()> {
        let today = self.clock().today();
        transact!(self.db(), "erasure.approve", |tx| {
            let (case, grant) = case::open(tx, session, id, Action::ApproveErasure).await?;
            let by = proposed_by(tx, id, erasure).await?;
            if by == session.staff() {
                return Err(Error::Guarded(ANOTHER_PERSON.to_owned()));
            }
            must_not_be_held(tx, id).await?;
            let records = records_of(tx, erasure).await?;
            let (finished_on, due) = due_now(tx, &case, today).await?;
            let covered = |record| due.contains(record) || due.contains(&RecordType::FaceSheet);
            if !records.iter().all(covered) {
                return Err(Error::Illegal(NOT_DUE));
            }
            decide(tx, session, id, erasure, "done").await?;
            let entry = grant.entry("erasure.done").because(codes(&records));
            office::audit::record(tx, &entry).await?;
            erase(tx, &case, &grant, &records, finished_on, erasure, today).await
        })?;
        Ok(self.db().scrub().await?)
    }

    /// Does not approve it.
    pub async fn decline_erasure(&self, session: &Session, id: CaseId, erasure: i64) -> Result<()> {
        transact!(self.db(), "erasure.decline", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ApproveErasure).await?;
            proposed_by(tx, id, erasure).await?;
            decide(tx, session, id, erasure, "declined").await?;
            office::audit::record(tx, &grant.entry("erasure.declined")).await?;
            Ok(())
        })
    }
}

fn codes(records: &[RecordType]) -> String {
    let codes: Vec<&str> = records.iter().map(|record| record.code()).collect();
    format!("records={}", codes.join("+"))
}

async fn due_now(tx: &mut Conn, case: &Case, today: Date) -> Result<(Date, Vec<RecordType>)> {
    let Some(finished_on) = rows::finished_on(tx, case.office, case.id).await? else {
        return Err(Error::Illegal(NOT_DUE));
    };
    let rules = rules(tx, case.office).await?;
    let records = due_records(tx, &rules, case.id, finished_on, today).await?;
    if records.is_empty() {
        return Err(Error::Illegal(NOT_DUE));
    }
    Ok((finished_on, records))
}

async fn proposed_by(tx: &mut Conn, case: CaseId, erasure: i64) -> Result<StaffId> {
    let found: Option<(i64,)> = tx
        .first(
            "SELECT proposed_by FROM erasure WHERE id = $1 AND case_id = $2 AND state = 'proposed'",
            params![erasure, case.get()],
        )
        .await?;
    found.map(|(by,)| by.into()).ok_or(Error::Meanwhile)
}

async fn decide(
    tx: &mut Conn,
    session: &Session,
    case: CaseId,
    erasure: i64,
    state: &str,
) -> Result<()> {
    let decided = tx
        .exec(
            "UPDATE erasure SET state = $1, decided_by = $2, decided_at = $3 WHERE id = $4 AND case_id = $5 AND state = 'proposed'",
            params![
                state,
                session.staff().get(),
                session.clock().now_micros(),
                erasure,
                case.get()
            ],
        )
        .await?;
    if decided == 0 {
        return Err(Error::Meanwhile);
    }
    Ok(())
}

/// Removes rows and keys, and leaves a tombstone for each kind.
async fn erase(
    tx: &mut Conn,
    case: &Case,
    grant: &CaseGrant,
    records: &[RecordType],
    finished_on: Date,
    erasure: i64,
    today: Date,
) -> Result<()> {
    let whole = records.contains(&RecordType::FaceSheet);
    let rules = rules(tx, case.office).await?;
    for rule in rules {
        if !whole && !records.contains(&rule.record) {
            continue;
        }
        let rows = rows::count(tx, rule.record, case.id).await?;
        if rows == 0 && rule.record != RecordType::FaceSheet {
            continue;
        }
        tx.exec(
            "INSERT INTO tombstone (id, office_id, case_number, record_type, records, finished_on, rule, erased_on, erasure_id) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            params![
                new_id(grant.clock()),
                case.office.get(),
                case.number,
                rule.record.code(),
                if rule.record == RecordType::FaceSheet { 1 } else { rows },
                finished_on.to_string(),
                format!("{}年", rule.years),
                today.to_string(),
                erasure
            ],
        )
        .await?;
    }
    if whole {
        // The letters of the case go with it, and custody forgets whose case it was.
        mailbox::of_case::erase_all(tx, case.id, today).await?;
        office::custody::forget_case(tx, grant).await?;
    }
    if whole || records.contains(&RecordType::Contact) {
        tx.exec(
            "DELETE FROM draft WHERE form_key = $1",
            params![crate::quick_log::form_key(case.id)],
        )
        .await?;
    }
    for (record, source) in rows::FINDABLE {
        if whole || records.contains(record) {
            tx.exec(
                "DELETE FROM findable WHERE case_id = $1 AND source = $2",
                params![case.id.get(), *source],
            )
            .await?;
        }
    }
    for (record, table, whose) in rows::GOES {
        if whole || records.contains(record) {
            let sql = format!("DELETE FROM {table} WHERE {whose}");
            tx.exec(&sql, params![case.id.get()]).await?;
        }
    }
    Ok(())
}
