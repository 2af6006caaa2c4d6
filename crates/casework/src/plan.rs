//! The plan: what somebody wants, in their words, and the next steps. A plan is for the person, for one of the family or
//! for the household; what it says lies in parts, one a compartment, joined on reading by what the asker reaches. So the
//! family's words never lie in the person's compartment. 「今は決めない」 is an answer, and nothing counts what is missing.

mod agreement;
mod writing;

pub use agreement::{Agreement, PartOfPlan};
pub use writing::{NewPlan, SavePart};

use crate::codes::codes;
use crate::{Casework, Error, Result, case, compartment};
use basics::time::from_micros;
use basics::{CaseId, CompartmentId, PersonId, StaffId};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{self, Action, CaseScope, CompartmentGrant, CompartmentKind};
use office::session::Session;
use serde::{Deserialize, Serialize};
use store::{Conn, params, transact};
use vault::{Json, Place, Sealed};

basics::id! {
    /// One plan.
    PlanId
}

codes! {
    /// For whom (field/domain.md §3.4).
    SubjectKind {
        /// 本人
        Principal = "principal", "本人の計画";
        /// 家族員
        Family = "family", "家族の計画";
        /// 世帯
        Household = "household", "世帯の計画";
    }
}

codes! {
    /// How far ahead.
    Term {
        /// 長期
        Long = "long", "長い目で";
        /// 短期
        Short = "short", "近いところで";
    }
}

codes! {
    /// How a goal stands. None of them is better than another, and none is a fault.
    GoalStatus {
        /// 今は決めない
        Undecided = "undecided", "今は決めない";
        /// 考えている
        Thinking = "thinking", "考えている";
        /// 進めている
        Going = "going", "進めている";
        /// そのまま続ける
        Staying = "staying", "そのまま続ける";
        /// 休んでいる
        Resting = "resting", "休んでいる";
        /// かなった
        Reached = "reached", "かなった";
        /// やめた
        Dropped = "dropped", "やめた・変えた";
    }
}

codes! {
    /// Whose step it is.
    Owner {
        /// 職員
        Staff = "staff", "職員";
        /// 本人
        Principal = "principal", "本人";
        /// 家族
        Family = "family", "家族";
        /// 機関
        Agency = "agency", "機関";
    }
}

codes! {
    /// How somebody agreed.
    AgreedHow {
        /// 話して
        Spoken = "spoken", "話して確かめた";
        /// 紙で
        Paper = "paper", "紙で確かめた";
        /// 手紙・メールで
        Letter = "letter", "手紙・メールで確かめた";
    }
}

/// A goal, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goal {
    /// How far ahead.
    pub term: Term,
    /// In words; may be empty with 今は決めない.
    #[serde(default)]
    pub words: String,
    /// For which time, as people say it: 「春ごろまで」. Never a deadline for the person.
    #[serde(default)]
    pub period: String,
    /// How it stands.
    pub status: GoalStatus,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Whose.
    pub owner: Owner,
    /// Which agency, for an agency's.
    #[serde(default)]
    pub agency: String,
    /// In words.
    #[serde(default)]
    pub words: String,
    /// By when: staff's steps only. Nobody else has a due date here.
    #[serde(default)]
    pub due: Option<Date>,
    /// Whether it is done.
    #[serde(default)]
    pub done: bool,
}

/// What one part says; sealed as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sheet {
    /// What those of this compartment want, in their words.
    pub words: String,
    /// 総合方針, in words they have seen.
    pub direction: String,
    /// Goals.
    pub goals: Vec<Goal>,
    /// Steps.
    pub steps: Vec<Step>,
    /// Why this version differs from the one before.
    pub reason: String,
}

impl Sheet {
    fn searchable(&self) -> String {
        let goals = self.goals.iter().map(|goal| goal.words.as_str());
        let steps = self.steps.iter().map(|step| step.words.as_str());
        let own = [self.words.as_str(), self.direction.as_str()].into_iter();
        own.chain(goals).chain(steps).collect::<Vec<_>>().join("\n")
    }
}

/// Who agreed, when, how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// Who: somebody whose compartment it is.
    pub by: PersonId,
    /// When.
    pub on: Date,
    /// How.
    pub how: AgreedHow,
}

/// One version of a part.
#[derive(Debug, Clone)]
pub struct PartVersion {
    /// 1, 2, 3 …
    pub number: i64,
    /// What it says.
    pub sheet: Sheet,
    /// Who agreed, the earliest first; those who took it back too. None: not asked yet, or not needed yet.
    pub agreements: Vec<Agreement>,
    /// When staff look at it again.
    pub review_on: Option<Date>,
    /// Who wrote it down.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
}

/// The part of a plan that lies in one compartment.
#[derive(Debug, Clone)]
pub struct PlanPart {
    /// Where.
    pub compartment: CompartmentId,
    /// What kind of compartment it is.
    pub kind: CompartmentKind,
    /// Its versions, the newest first; never empty.
    pub versions: Vec<PartVersion>,
}

impl PlanPart {
    /// What holds now.
    pub fn now(&self) -> &PartVersion {
        &self.versions[0]
    }

    /// Whose words its first field holds.
    pub fn words_of(&self) -> &'static str {
        match self.kind {
            CompartmentKind::Principal => "本人の言葉",
            CompartmentKind::Family => "家族の言葉",
            CompartmentKind::Joint => "いっしょに話した言葉",
            CompartmentKind::Staff => "職員の考え",
        }
    }
}

/// A plan, as far as the asker reaches it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Which.
    pub id: PlanId,
    /// For whom.
    pub subject: SubjectKind,
    /// The person it is for; `None` for a household.
    pub person: Option<PersonId>,
    /// Its parts in reach.
    pub parts: Vec<PlanPart>,
    /// When it was begun.
    pub opened_at: Timestamp,
}

store::row! {
    struct VersionRow {
        pub id: i64,
        pub version: i64,
        pub sheet: Vec<u8>,
        pub review_on: Option<String>,
        pub written_by: i64,
        pub written_at: i64,
    }
}

fn place(version: i64) -> Place {
    Place {
        table: "plan_version",
        row: version,
        column: "sheet",
    }
}

fn day(text: Option<&str>, column: &'static str) -> Result<Option<Date>> {
    text.map(str::parse)
        .transpose()
        .map_err(|_| Error::Damaged(column))
}

fn read(
    row: VersionRow,
    grant: &CompartmentGrant,
    agreements: Vec<Agreement>,
) -> Result<PartVersion> {
    let sealed = Sealed::<Json<Sheet>>::from_bytes(row.sheet);
    let Json(sheet) = grant.open(&sealed, &place(row.id))?;
    Ok(PartVersion {
        number: row.version,
        sheet,
        agreements,
        review_on: day(row.review_on.as_deref(), "plan_version.review_on")?,
        by: row.written_by.into(),
        at: from_micros(row.written_at),
    })
}

async fn versions(
    conn: &mut Conn,
    grant: &CompartmentGrant,
    part: i64,
) -> Result<Vec<PartVersion>> {
    let sql = format!(
        "SELECT {} FROM plan_version WHERE part_id = $1 ORDER BY version DESC",
        VersionRow::COLS
    );
    let rows: Vec<VersionRow> = conn.all(&sql, params![part]).await?;
    let mut all = Vec::new();
    for row in rows {
        let agreements = agreement::of_version(conn, row.id).await?;
        all.push(read(row, grant, agreements)?);
    }
    Ok(all)
}

/// The plans of a case with the parts that lie in opened compartments. A plan of which nothing is in reach is left out.
pub(crate) async fn of_compartments(
    conn: &mut Conn,
    case: CaseId,
    grants: &[CompartmentGrant],
) -> Result<Vec<Plan>> {
    let rows: Vec<(i64, String, Option<i64>, i64)> = conn
        .all(
            "SELECT id, subject, subject_id, opened_at FROM plan WHERE case_id = $1 ORDER BY opened_at, id",
            params![case.get()],
        )
        .await?;
    let mut plans = Vec::new();
    for (id, subject, person, opened) in rows {
        plans.push(Plan {
            id: id.into(),
            subject: SubjectKind::from_code(&subject).ok_or(Error::Damaged("plan.subject"))?,
            person: person.map(PersonId::from),
            parts: Vec::new(),
            opened_at: from_micros(opened),
        });
    }
    for grant in grants {
        let parts: Vec<(i64, i64)> = conn
            .all(
                "SELECT id, plan_id FROM plan_part WHERE compartment_id = $1 ORDER BY id",
                params![grant.compartment().get()],
            )
            .await?;
        for (part, plan) in parts {
            let versions = versions(conn, grant, part).await?;
            let mine = plans.iter_mut().find(|one| one.id.get() == plan);
            if let (Some(mine), false) = (mine, versions.is_empty()) {
                mine.parts.push(PlanPart {
                    compartment: grant.compartment(),
                    kind: grant.kind(),
                    versions,
                });
            }
        }
    }
    plans.retain(|plan| !plan.parts.is_empty());
    Ok(plans)
}

/// What of a plan waits for a colleague on a day, in codes and days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanDue {
    /// Of which case.
    pub case: CaseId,
    /// Which plan.
    pub plan: PlanId,
    /// Whether it is to be looked at again, or a staff's own step is due.
    pub what: PlanWait,
    /// The day.
    pub on: Date,
}

/// Why a plan waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanWait {
    /// The day of the next look.
    Review,
    /// A staff's own step.
    Step,
}

/// Case, plan, compartment, review, next step.
type Due = (i64, i64, i64, Option<String>, Option<String>);

/// What waits for staff until that day, of the parts in scope, the earliest first. The person and the family are never
/// late: their steps carry no day.
pub(crate) async fn due_reviews(
    conn: &mut Conn,
    scope: &CaseScope,
    until: Date,
) -> Result<Vec<PlanDue>> {
    let sql = format!(
        "SELECT p.case_id, p.id, t.compartment_id, v.review_on, v.step_due_on FROM plan p JOIN plan_part t ON t.plan_id = p.id \
         JOIN plan_version v ON v.part_id = t.id \
         WHERE v.version = (SELECT MAX(l.version) FROM plan_version l WHERE l.part_id = t.id) \
         AND (v.review_on <= $1 OR v.step_due_on <= $2) AND {} ORDER BY p.case_id, p.id, t.id",
        scope.sql("p.case_id")
    );
    let last = until.to_string();
    let rows: Vec<Due> = conn
        .all(&sql, params![last.as_str(), last.as_str()])
        .await?;
    let mut due = Vec::new();
    for (case, plan, compartment, review, step) in rows {
        if !scope.reaches(case.into(), compartment.into()) {
            continue;
        }
        let days = [
            (
                PlanWait::Review,
                day(review.as_deref(), "plan_version.review_on")?,
            ),
            (
                PlanWait::Step,
                day(step.as_deref(), "plan_version.step_due_on")?,
            ),
        ];
        for (what, on) in days {
            if let Some(on) = on.filter(|on| *on <= until) {
                due.push(PlanDue {
                    case: case.into(),
                    plan: plan.into(),
                    what,
                    on,
                });
            }
        }
    }
    due.sort_by_key(|one| one.on);
    Ok(due)
}

impl Casework {
    /// What of the asker's plans waits for staff until today, the earliest first.
    pub async fn plans_due(&self, session: &Session) -> Result<Vec<PlanDue>> {
        transact!(self.db(), "plan.due", |tx| {
            let scope = access::case_scope(tx, session, Action::SeeCases).await?;
            due_reviews(tx, &scope, self.clock().today()).await
        })
    }

    /// The plans of a case, as far as the asker reaches them.
    pub async fn plans(&self, session: &Session, id: CaseId) -> Result<Vec<Plan>> {
        transact!(self.db(), "plan.read", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let opened = compartment::open_all(tx, session, &grant).await?;
            of_compartments(tx, id, &compartment::grants(opened)).await
        })
    }
}
