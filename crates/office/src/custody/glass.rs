//! 緊急の閲覧 (break-glass): what was opened behind it, who looks at it afterwards, and what its reason was.

use super::notice::NoticeKind;
use crate::access::{Action, Permit, may};
use crate::audit;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::staff::{self, Role, Staff};
use basics::{CaseId, CompartmentId, OfficeId, StaffId, time::from_micros};
use jiff::{SignedDuration, Timestamp, civil::Date};
use store::{Conn, params};

/// How long the glass stays broken at most.
pub const LONGEST_HOURS: i64 = 3;
/// How many days a supervisor may keep it out of the person's own access history, for danger to life.
pub const LONGEST_HIDING_DAYS: i64 = 30;
/// The shortest reason that says something, in characters.
pub const SHORTEST_REASON: usize = 10;
/// By how many working days somebody looks at it.
pub const REVIEW_DAYS: u32 = 3;

const REASON: &str = "ippo break glass";

/// One time that somebody broke the glass of a case.
#[derive(Clone, Debug)]
pub struct BrokenGlass {
    /// Its identifier.
    pub id: i64,
    /// Of which case.
    pub case: CaseId,
    /// Who.
    pub staff: StaffId,
    /// Their name.
    pub name: String,
    /// Why, as they wrote it; empty when it does not open.
    pub reason: String,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The compartments they opened, and when.
    pub opened: Vec<(CompartmentId, Timestamp)>,
    /// By when somebody must have looked at it.
    pub review_due_on: Date,
    /// When somebody did.
    pub reviewed_at: Option<Timestamp>,
    /// What they wrote.
    pub review: String,
    /// Until when the person's own access history does not show it.
    pub hidden_until: Option<Timestamp>,
    /// Why not, as the supervisor wrote it.
    pub hidden_because: String,
    /// Who looks at it; empty when the office has nobody else who could.
    pub reviewers: Vec<(StaffId, String)>,
}

impl BrokenGlass {
    /// Whether this colleague is one of those who look at it.
    pub fn is_for(&self, staff: StaffId) -> bool {
        self.reviewers.iter().any(|(id, _)| *id == staff)
    }
}

store::row! {
    struct GlassRow {
        pub id: i64,
        pub case_id: i64,
        pub staff_id: i64,
        pub name: String,
        pub reason: Vec<u8>,
        pub from_at: i64,
        pub until_at: i64,
        pub review_due_on: String,
        pub reviewed_at: Option<i64>,
        pub review_words: Option<Vec<u8>>,
        pub hidden_until: Option<i64>,
        pub hidden_words: Option<Vec<u8>>,
    }
}

/// Seals what belongs to a broken glass to the office: whoever breaks it need not read what others wrote there.
pub(crate) fn seal(session: &Session, id: i64, column: &str, words: &str) -> Result<Vec<u8>> {
    Ok(session
        .office_public_key()
        .seal(REASON, &aad(id, column), words.as_bytes())?)
}

fn open(session: &Session, id: i64, column: &str, sealed: &[u8]) -> String {
    let opened = session
        .office_key()
        .ok()
        .and_then(|key| key.open(REASON, &aad(id, column), sealed).ok());
    opened.map_or_else(String::new, |bytes| {
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn aad(id: i64, column: &str) -> Vec<u8> {
    format!("break_glass/{id}/{column}").into_bytes()
}

/// Who looks at it: the supervisors for whom the case exists, without the one who broke it. Where there are none, the
/// second person does who was told of it (inv. 18), and where that one is gone, whoever else holds the key. Empty: the
/// office has nobody else, and its page says that the department in charge must be asked.
pub async fn reviewers(
    conn: &mut Conn,
    office: OfficeId,
    case: CaseId,
    id: i64,
    broken_by: StaffId,
) -> Result<Vec<Staff>> {
    let mut able = Vec::new();
    for one in staff::list(conn, office).await? {
        let holds = one.active && one.holds_office_key && may(one.role, Action::ReviewBreakGlass);
        if holds && one.id != broken_by && !super::is_barred(conn, case, one.id).await? {
            able.push(one);
        }
    }
    let told = told(conn, id).await?;
    let ways: [&dyn Fn(&Staff) -> bool; 2] = [&|one| one.role == Role::Supervisor, &|one| {
        told.contains(&one.id)
    }];
    for fits in ways {
        if able.iter().any(fits) {
            able.retain(fits);
            break;
        }
    }
    Ok(able)
}

/// Who was told of it.
async fn told(conn: &mut Conn, id: i64) -> Result<Vec<StaffId>> {
    let rows: Vec<(i64,)> = conn
        .all(
            "SELECT staff_id FROM notice WHERE kind = $1 AND subject = $2",
            params![NoticeKind::GlassBroken.code(), id],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id.into()).collect())
}

/// What somebody still has to look at, and what was looked at lately: newest first, without the cases that do not exist
/// for the asker. Supervisors see all of them; others those they were told of or have to look at. The words are opened, so
/// it is recorded.
pub async fn to_review(
    tx: &mut Conn,
    session: &Session,
    permit: &Permit,
) -> Result<Vec<BrokenGlass>> {
    permit.must_be_for(Action::ReviewBreakGlass)?;
    let me = session.staff().get();
    let since = session.now_micros() - 90 * 24 * 3_600 * 1_000_000;
    let rows: Vec<GlassRow> = tx
        .all(
            "SELECT b.id, b.case_id, b.staff_id, s.name, b.reason, b.from_at, b.until_at, b.review_due_on, b.reviewed_at, \
             b.review_words, b.hidden_until, b.hidden_words FROM break_glass b JOIN staff s ON s.id = b.staff_id WHERE b.office_id = $1 \
             AND (b.reviewed_at IS NULL OR b.from_at > $2) \
             AND NOT EXISTS (SELECT 1 FROM deny_entry d WHERE d.case_id = b.case_id AND d.staff_id = $3 AND d.lifted_at IS NULL) \
             AND NOT EXISTS (SELECT 1 FROM case_circle c JOIN staff_person p ON p.person_id = c.person_id \
             WHERE c.case_id = b.case_id AND p.staff_id = $4) ORDER BY b.from_at DESC, b.id",
            params![session.office().get(), since, me, me],
        )
        .await?;
    let mut found = Vec::new();
    for row in rows {
        let (id, case, by) = (row.id, row.case_id.into(), row.staff_id.into());
        let reviewers = reviewers(tx, session.office(), case, id, by).await?;
        let mine = reviewers.iter().any(|one| one.id == session.staff());
        if session.role() == Role::Supervisor
            || mine
            || told(tx, id).await?.contains(&session.staff())
        {
            found.push(read(tx, session, row, reviewers).await?);
        }
    }
    audit::record(tx, &permit.entry("case.glass_list", "")).await?;
    Ok(found)
}

async fn read(
    tx: &mut Conn,
    session: &Session,
    row: GlassRow,
    reviewers: Vec<Staff>,
) -> Result<BrokenGlass> {
    let opened: Vec<(i64, i64)> = tx
        .all(
            "SELECT compartment_id, opened_at FROM break_glass_compartment WHERE break_glass_id = $1 ORDER BY opened_at, compartment_id",
            params![row.id],
        )
        .await?;
    Ok(BrokenGlass {
        id: row.id,
        case: row.case_id.into(),
        staff: row.staff_id.into(),
        name: row.name,
        reason: open(session, row.id, "reason", &row.reason),
        from: from_micros(row.from_at),
        until: from_micros(row.until_at),
        opened: opened
            .into_iter()
            .map(|(id, at)| (id.into(), from_micros(at)))
            .collect(),
        review_due_on: row
            .review_due_on
            .parse()
            .map_err(|_| Error::Damaged("break_glass.review_due_on"))?,
        reviewed_at: row.reviewed_at.map(from_micros),
        review: row.review_words.map_or_else(String::new, |sealed| {
            open(session, row.id, "review_words", &sealed)
        }),
        hidden_until: row.hidden_until.map(from_micros),
        hidden_because: row.hidden_words.map_or_else(String::new, |sealed| {
            open(session, row.id, "hidden_words", &sealed)
        }),
        reviewers: reviewers
            .into_iter()
            .map(|one| (one.id, one.name))
            .collect(),
    })
}

/// One of those who look at it ([`reviewers`]) has; never the one who broke it.
pub async fn review(
    tx: &mut Conn,
    session: &Session,
    permit: &Permit,
    id: i64,
    words: &str,
) -> Result<()> {
    let case = reviewable(tx, session, permit, id).await?;
    let sealed = seal(session, id, "review_words", words.trim())?;
    let done = tx
        .exec(
            "UPDATE break_glass SET reviewed_by = $1, reviewed_at = $2, review_words = $3 WHERE id = $4 AND reviewed_at IS NULL",
            params![session.staff().get(), session.now_micros(), sealed, id],
        )
        .await?;
    if done == 0 {
        return Err(Error::ChangedMeanwhile);
    }
    let entry = permit.entry("case.glass_reviewed", crate::access::case_subject(case));
    audit::record(tx, &entry.because(format!("break_glass={id}"))).await
}

/// Keeps it out of the person's own access history for a while, because telling would endanger a life. 30 days at most,
/// counted from the breaking, with a written reason; by a supervisor who is not the one who broke it.
pub async fn hide(
    tx: &mut Conn,
    session: &Session,
    permit: &Permit,
    id: i64,
    days: i64,
    reason: &str,
) -> Result<()> {
    let case = reviewable(tx, session, permit, id).await?;
    if session.role() != Role::Supervisor {
        return Err(Error::NotFound);
    }
    let reason = reason.trim();
    if reason.chars().count() < SHORTEST_REASON {
        return Err(Error::invalid(
            "why_hidden",
            "なぜ出さないのかを、10文字以上で書いてください。",
        ));
    }
    if !(1..=LONGEST_HIDING_DAYS).contains(&days) {
        return Err(Error::invalid("days", "1日から30日までで決めてください。"));
    }
    let (from,): (i64,) = tx
        .one("SELECT from_at FROM break_glass WHERE id = $1", params![id])
        .await?;
    let until = from_micros(from) + SignedDuration::from_hours(24 * days);
    tx.exec(
        "UPDATE break_glass SET hidden_until = $1, hidden_by = $2, hidden_words = $3 WHERE id = $4",
        params![
            basics::time::micros(until),
            session.staff().get(),
            seal(session, id, "hidden_words", reason)?,
            id
        ],
    )
    .await?;
    let entry = permit.entry("case.glass_hidden", crate::access::case_subject(case));
    audit::record(tx, &entry.because(format!("break_glass={id},days={days}"))).await
}

/// The case of a broken glass that this colleague looks at: of their office, not their own, not barred.
async fn reviewable(tx: &mut Conn, session: &Session, permit: &Permit, id: i64) -> Result<CaseId> {
    permit.must_be_for(Action::ReviewBreakGlass)?;
    let found: Option<(i64, i64)> = tx
        .first(
            "SELECT case_id, staff_id FROM break_glass WHERE id = $1 AND office_id = $2",
            params![id, session.office().get()],
        )
        .await?;
    let (case, actor) = found.ok_or(Error::NotFound)?;
    if super::is_barred(tx, case.into(), session.staff()).await? {
        return Err(Error::NotFound);
    }
    if actor == session.staff().get() {
        return Err(Error::invalid(
            "review",
            "ご自分の緊急の閲覧は、ほかの職員が確認します。",
        ));
    }
    let able = reviewers(tx, session.office(), case.into(), id, actor.into()).await?;
    if !able.iter().any(|one| one.id == session.staff()) {
        return Err(Error::NotFound);
    }
    Ok(case.into())
}

/// Every time that the glass of this case was broken, and when; for the person's own access history.
pub async fn of_case(conn: &mut Conn, case: CaseId) -> Result<Vec<(i64, Timestamp)>> {
    let rows: Vec<(i64, i64)> = conn
        .all(
            "SELECT id, from_at FROM break_glass WHERE case_id = $1 ORDER BY from_at, id",
            params![case.get()],
        )
        .await?;
    let known = |(id, from): (i64, i64)| (id, from_micros(from));
    Ok(rows.into_iter().map(known).collect())
}

/// Those of these broken glasses that the person's own access history does not show yet.
pub async fn hidden(conn: &mut Conn, ids: &[i64], now: Timestamp) -> Result<Vec<i64>> {
    let list: Vec<String> = ids.iter().map(i64::to_string).collect();
    if list.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT id FROM break_glass WHERE hidden_until > $1 AND id IN ({})",
        list.join(", ")
    );
    let rows: Vec<(i64,)> = conn.all(&sql, params![basics::time::micros(now)]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
