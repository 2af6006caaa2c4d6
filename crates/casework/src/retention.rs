//! How long each kind of record is kept, and what stays when it is gone (inv. 27).
//!
//! Each kind of record has a rule of the office: so many years from the 1 April after the engagement was finished (完結).
//! A return begins a new engagement and the count starts anew. A legal hold stops erasing and nothing else: a consent is
//! withdrawn all the same. Two people erase: one proposes, a supervisor who is another person approves. What stays is a
//! tombstone: type, date, rule. Never content.

mod erase;
mod rows;

use crate::codes::codes;
use crate::{Casework, Error, Result, case};
use basics::time::from_micros;
use basics::{CaseId, OfficeId, StaffId, new_id};
use jiff::civil::{Date, date};
use office::access::{self, Action, CaseScope};
use office::session::Session;
use std::collections::BTreeMap;
use store::{Conn, params, transact};

codes! {
    /// A kind of record with a rule of its own.
    RecordType {
        /// 対応の記録
        Contact = "contact", "対応と記録";
        /// 見立て
        Assessment = "assessment", "見立て・観察・留意事項";
        /// 計画
        Plan = "plan", "計画";
        /// 同意
        Consent = "consent", "同意の記録";
        /// 訪問
        Visit = "visit", "訪問";
        /// 手紙・関わり
        Engagement = "engagement", "関わりの経過・紙の手紙・予定";
        /// 添付
        Attachment = "attachment", "添付";
        /// 開示請求
        Disclosure = "disclosure", "開示請求";
        /// フェースシート: who the people are, their compartments and the case itself. Goes last, and takes all with it.
        FaceSheet = "face_sheet", "フェースシートとケース全体";
    }
}

codes! {
    /// Why nothing of a case may be erased.
    HoldGround {
        /// 訴訟
        Litigation = "litigation", "訴訟・不服申立て";
        /// 開示請求
        Disclosure = "disclosure", "開示請求";
        /// ほか
        Other = "other", "そのほか";
    }
}

/// Years, where the office has set nothing. The field's usual 5 (field/domain.md §6.4).
pub const YEARS: i64 = 5;
const MOST_YEARS: i64 = 100;

/// The rule of one kind of record.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Which kind.
    pub record: RecordType,
    /// So many years from the 1 April after 完結.
    pub years: i64,
    /// Whether the office set it itself.
    pub set: bool,
}

/// A case of which something may be erased.
#[derive(Debug, Clone)]
pub struct DueCase {
    /// Which.
    pub case: CaseId,
    /// Its number.
    pub number: i64,
    /// When it was finished.
    pub finished_on: Date,
    /// The kinds of record whose time has come.
    pub records: Vec<RecordType>,
    /// Why it is kept all the same.
    pub held: Option<HoldGround>,
    /// Whether it was proposed already.
    pub proposed: bool,
}

/// A proposal that waits for a second person.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Its identifier.
    pub id: i64,
    /// Which case.
    pub case: CaseId,
    /// Its number.
    pub number: i64,
    /// What is to go.
    pub records: Vec<RecordType>,
    /// Who proposed it.
    pub by: StaffId,
    /// When.
    pub on: Date,
}

/// A hold that stands.
#[derive(Debug, Clone)]
pub struct Hold {
    /// Its identifier.
    pub id: i64,
    /// Which case.
    pub case: CaseId,
    /// Its number.
    pub number: i64,
    /// Why.
    pub ground: HoldGround,
    /// Since when.
    pub since: Date,
}

/// What stays of what was erased.
#[derive(Debug, Clone)]
pub struct Tombstone {
    /// The case's number.
    pub number: i64,
    /// What kind of record.
    pub record: RecordType,
    /// How many.
    pub records: i64,
    /// When the case was finished.
    pub finished_on: Option<Date>,
    /// By which rule.
    pub years: String,
    /// When it was erased.
    pub erased_on: Date,
}

/// All that the page shows.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The office's rules.
    pub rules: Vec<Rule>,
    /// Cases whose time has come.
    pub due: Vec<DueCase>,
    /// What waits for a second person.
    pub proposals: Vec<Proposal>,
    /// What is kept all the same.
    pub holds: Vec<Hold>,
}

/// The 1 April from which a kind of record of a finished case may be erased.
pub fn due_on(finished: Date, years: i64) -> Date {
    let next_april = finished.year() + i16::from(finished.month() >= 4);
    let years = i16::try_from(years.clamp(0, MOST_YEARS)).unwrap_or(0);
    date((next_april + years).min(9998), 4, 1)
}

impl Casework {
    /// Rules, cases whose time has come, proposals, holds: of the cases in the asker's reach.
    pub async fn retention(&self, session: &Session) -> Result<Overview> {
        transact!(self.db(), "retention.see", |tx| {
            let scope = access::case_scope(tx, session, Action::ProposeErasure).await?;
            Ok(Overview {
                rules: rules(tx, scope.office()).await?,
                due: due(tx, &scope, self.clock().today()).await?,
                proposals: proposals(tx, &scope).await?,
                holds: holds(tx, &scope).await?,
            })
        })
    }

    /// The destruction list (廃棄簿): every tombstone of the office, newest first. Case numbers only, so it needs no reach.
    pub async fn tombstones(&self, session: &Session) -> Result<Vec<Tombstone>> {
        let permit = access::permit(session, Action::ProposeErasure, "tombstones").await?;
        let rows: Vec<(i64, String, i64, Option<String>, String, String)> = self
            .db()
            .read()
            .await?
            .all(
                "SELECT case_number, record_type, records, finished_on, rule, erased_on FROM tombstone \
                 WHERE office_id = $1 ORDER BY erased_on DESC, id",
                params![permit.office().get()],
            )
            .await?;
        rows.into_iter()
            .map(|(number, record, records, finished, rule, erased)| {
                Ok(Tombstone {
                    number,
                    record: record_type(&record)?,
                    records,
                    finished_on: finished.as_deref().map(day).transpose()?,
                    years: rule,
                    erased_on: day(&erased)?,
                })
            })
            .collect()
    }

    /// Sets how many years a kind of record is kept. Whoever approves erasing sets it.
    pub async fn set_retention(
        &self,
        session: &Session,
        record: RecordType,
        years: i64,
    ) -> Result<()> {
        if !(1..=MOST_YEARS).contains(&years) {
            return Err(Error::invalid(
                record.code(),
                "1年から100年までの数で書いてください。",
            ));
        }
        let permit = access::permit(session, Action::ApproveErasure, "retention").await?;
        transact!(self.db(), "retention.set", |tx| {
            tx.exec(
                "INSERT INTO retention_rule (id, office_id, record_type, years, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6)",
                params![
                    new_id(self.clock()),
                    permit.office().get(),
                    record.code(),
                    years,
                    session.staff().get(),
                    self.clock().now_micros()
                ],
            )
            .await?;
            // The case itself goes last: whatever is kept longer keeps it.
            let entry = permit.entry("retention.set", record.code());
            office::audit::record(tx, &entry.because(format!("years={years}"))).await?;
            Ok(())
        })
    }

    /// Stops erasing for a case.
    pub async fn hold(&self, session: &Session, id: CaseId, ground: HoldGround) -> Result<()> {
        transact!(self.db(), "retention.hold", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ProposeErasure).await?;
            hold_in(tx, id, ground, session).await?;
            let entry = grant.entry("retention.held").because(ground.code());
            office::audit::record(tx, &entry).await?;
            Ok(())
        })
    }

    /// Ends a hold; a supervisor's decision.
    pub async fn lift_hold(&self, session: &Session, id: CaseId, hold: i64) -> Result<()> {
        transact!(self.db(), "retention.lift", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ApproveErasure).await?;
            let lifted = tx
                .exec(
                    "UPDATE legal_hold SET lifted_by = $1, lifted_at = $2 WHERE id = $3 AND case_id = $4 AND lifted_at IS NULL",
                    params![session.staff().get(), self.clock().now_micros(), hold, id.get()],
                )
                .await?;
            if lifted == 0 {
                return Err(Error::Meanwhile);
            }
            office::audit::record(tx, &grant.entry("retention.hold_lifted")).await?;
            Ok(())
        })
    }

    /// The case with this number, when the asker may propose erasing there.
    pub async fn case_numbered(&self, session: &Session, number: i64) -> Result<CaseId> {
        transact!(self.db(), "retention.find", |tx| {
            let scope = access::case_scope(tx, session, Action::ProposeErasure).await?;
            let cases = case::in_scope(tx, &scope).await?;
            let found = cases.iter().find(|case| case.number == number);
            found.map(|case| case.id).ok_or_else(|| {
                Error::invalid("number", "この番号のケースは、担当の中に見つかりません。")
            })
        })
    }
}

/// Stops erasing, inside a transaction that opened the case; a request for disclosure does so by itself.
pub(crate) async fn hold_in(
    tx: &mut Conn,
    case: CaseId,
    ground: HoldGround,
    session: &Session,
) -> Result<()> {
    tx.exec(
        "INSERT INTO legal_hold (id, case_id, ground, set_by, set_at) VALUES ($1, $2, $3, $4, $5)",
        params![
            new_id(session.clock()),
            case.get(),
            ground.code(),
            session.staff().get(),
            session.clock().now_micros()
        ],
    )
    .await?;
    Ok(())
}

/// Refuses while a hold stands. For erasing, and for nothing else: withdrawing a consent never asks this.
pub(crate) async fn must_not_be_held(tx: &mut Conn, case: CaseId) -> Result<()> {
    let held: Option<(String,)> = tx
        .first(
            "SELECT ground FROM legal_hold WHERE case_id = $1 AND lifted_at IS NULL ORDER BY id LIMIT 1",
            params![case.get()],
        )
        .await?;
    match held.and_then(|(ground,)| HoldGround::from_code(&ground)) {
        Some(ground) => Err(Error::Guarded(format!(
            "「{}」のため、このケースの記録は消せません。止めているあいだも、同意の撤回はできます。",
            ground.label()
        ))),
        None => Ok(()),
    }
}

async fn rules(conn: &mut Conn, office: OfficeId) -> Result<Vec<Rule>> {
    let set: Vec<(String, i64)> = conn
        .all(
            "SELECT record_type, years FROM retention_rule WHERE office_id = $1 ORDER BY id",
            params![office.get()],
        )
        .await?;
    let set: BTreeMap<String, i64> = set.into_iter().collect();
    let rule = |record: &RecordType| Rule {
        record: *record,
        years: set.get(record.code()).copied().unwrap_or(YEARS),
        set: set.contains_key(record.code()),
    };
    Ok(RecordType::ALL.iter().map(rule).collect())
}

/// Cases in scope of which something may be erased today, the longest finished first: for 「きょう」 and the page.
pub async fn due(conn: &mut Conn, scope: &CaseScope, today: Date) -> Result<Vec<DueCase>> {
    let rules = rules(conn, scope.office()).await?;
    let mut due = Vec::new();
    for (case, number, finished_on) in rows::finished(conn, scope).await? {
        let records = due_records(conn, &rules, case, finished_on, today).await?;
        if records.is_empty() {
            continue;
        }
        let held: Option<(String,)> = conn
            .first(
                "SELECT ground FROM legal_hold WHERE case_id = $1 AND lifted_at IS NULL ORDER BY id LIMIT 1",
                params![case.get()],
            )
            .await?;
        let proposed: Option<(i64,)> = conn
            .first(
                "SELECT id FROM erasure WHERE case_id = $1 AND state = 'proposed'",
                params![case.get()],
            )
            .await?;
        due.push(DueCase {
            case,
            number,
            finished_on,
            records,
            held: held.and_then(|(ground,)| HoldGround::from_code(&ground)),
            proposed: proposed.is_some(),
        });
    }
    Ok(due)
}

/// The kinds of record of one finished case whose time has come and of which there is something. The face sheet waits
/// for all the others.
async fn due_records(
    conn: &mut Conn,
    rules: &[Rule],
    case: CaseId,
    finished_on: Date,
    today: Date,
) -> Result<Vec<RecordType>> {
    let come = |rule: &Rule| due_on(finished_on, rule.years) <= today;
    if rules.iter().all(come) {
        return Ok(vec![RecordType::FaceSheet]);
    }
    let mut due = Vec::new();
    for rule in rules.iter().filter(|rule| come(rule)) {
        if rule.record != RecordType::FaceSheet && rows::count(conn, rule.record, case).await? > 0 {
            due.push(rule.record);
        }
    }
    Ok(due)
}

async fn proposals(conn: &mut Conn, scope: &CaseScope) -> Result<Vec<Proposal>> {
    let sql = format!(
        "SELECT id, case_id, case_number, proposed_by, proposed_at FROM erasure \
         WHERE office_id = $1 AND state = 'proposed' AND {} ORDER BY proposed_at, id",
        scope.sql("case_id")
    );
    let rows: Vec<(i64, i64, i64, i64, i64)> =
        conn.all(&sql, params![scope.office().get()]).await?;
    let mut proposals = Vec::new();
    for (id, case, number, by, at) in rows {
        proposals.push(Proposal {
            id,
            case: case.into(),
            number,
            records: records_of(conn, id).await?,
            by: by.into(),
            on: basics::time::to_jst(from_micros(at)).date(),
        });
    }
    Ok(proposals)
}

async fn records_of(conn: &mut Conn, erasure: i64) -> Result<Vec<RecordType>> {
    let codes: Vec<(String,)> = conn
        .all(
            "SELECT record_type FROM erasure_type WHERE erasure_id = $1 ORDER BY record_type",
            params![erasure],
        )
        .await?;
    codes.iter().map(|(code,)| record_type(code)).collect()
}

async fn holds(conn: &mut Conn, scope: &CaseScope) -> Result<Vec<Hold>> {
    let sql = format!(
        "SELECT h.id, h.case_id, c.number, h.ground, h.set_at FROM legal_hold h JOIN casefile c ON c.id = h.case_id \
         WHERE c.office_id = $1 AND h.lifted_at IS NULL AND {} ORDER BY h.set_at, h.id",
        scope.sql("h.case_id")
    );
    let rows: Vec<(i64, i64, i64, String, i64)> =
        conn.all(&sql, params![scope.office().get()]).await?;
    rows.into_iter()
        .map(|(id, case, number, ground, at)| {
            Ok(Hold {
                id,
                case: case.into(),
                number,
                ground: HoldGround::from_code(&ground)
                    .ok_or(Error::Damaged("legal_hold.ground"))?,
                since: basics::time::to_jst(from_micros(at)).date(),
            })
        })
        .collect()
}

fn record_type(code: &str) -> Result<RecordType> {
    RecordType::from_code(code).ok_or(Error::Damaged("tombstone.record_type"))
}

fn day(text: &str) -> Result<Date> {
    text.parse()
        .map_err(|_| Error::Damaged("tombstone.erased_on"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_years_begin_on_the_first_of_april_after_the_end() {
        assert_eq!(due_on(date(2026, 11, 24), 5), date(2032, 4, 1));
        assert_eq!(due_on(date(2027, 3, 31), 5), date(2032, 4, 1));
        assert_eq!(due_on(date(2027, 4, 1), 5), date(2033, 4, 1));
        assert_eq!(due_on(date(2027, 1, 1), 1), date(2028, 4, 1));
    }
}
