//! Visits (訪問): planned with whoever wants them, in pairs by rule, never past what the person knows or refuses.
//!
//! What happens on the day (out, back, later, overdue) is [`crate::check_in`]; what came of it [`crate::visit_outcome`];
//! what a colleague takes along [`crate::visit_card`].

use crate::approach::{self, Asked, Way};
use crate::codes::codes;
use crate::contact_rule::{self, RuleLine, Within};
use crate::despite::{self, Despite, For, Passed};
use crate::person::{self, Part};
use crate::{Casework, Error, Result, case, compartment};
use basics::time::{from_micros, micros, to_jst};
use basics::{CaseId, CompartmentId, PersonId, StaffId, new_id};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{Action, CaseGrant, CompartmentGrant};
use office::custody::{self, AssignmentKind};
use office::session::Session;
use office::staff::{self, Role};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::{Conn, params, transact};
use vault::{Json, Place, Sealed};

codes! {
    /// Whom a visit goes to. At home the person is met by it, whoever it is meant for.
    Target {
        /// 本人
        Principal = "principal", "本人に会う、または声をかける";
        /// 家族, where the person lives.
        FamilyAtHome = "family_home", "家族に会う（本人のいる家で）";
        /// 家族, elsewhere.
        FamilyAway = "family_away", "家族に会う（家の外で）";
    }
}

impl Target {
    /// Whether the person would notice: then what they know and what they refuse is asked first (inv. 8, 9).
    pub fn reaches_principal(self) -> bool {
        self != Self::FamilyAway
    }
}

codes! {
    /// Who wants the visit (field/domain.md §2.7: recognise this first).
    WantedBy {
        /// 本人が希望
        Principal = "principal", "本人が希望";
        /// 家族が希望し、本人も同意
        FamilyAgreed = "family_agreed", "家族が希望し、本人も同意";
        /// 家族が希望し、本人は積極的には拒否していない
        FamilyNotRefused = "family_not_refused", "家族が希望し、本人は積極的には拒否していない";
        /// 家族と会うため
        ToSeeFamily = "to_see_family", "家族と会うための訪問";
        /// 関係機関から
        Agency = "agency", "関係機関から頼まれた";
        /// 職員の判断
        Staff = "staff", "職員の判断";
    }
}

codes! {
    /// What for.
    Goal {
        /// 顔を合わせる・声をかける
        Greet = "greet", "顔を合わせる・声をかける";
        /// 本人の話を聞く
        Listen = "listen", "本人の話を聞く";
        /// 家族の話を聞く
        Family = "family", "家族の話を聞く";
        /// 手紙や資料を届ける
        Deliver = "deliver", "手紙や資料を届ける";
        /// 暮らしや体調の様子
        Daily = "daily", "暮らしや体調の様子を知る";
        /// 同行・手続き
        Along = "along", "同行や手続きの相談";
        /// 安否
        Safety = "safety", "無事を確かめる";
        /// ほか
        Other = "other", "ほか";
    }
}

codes! {
    /// Where a visit stands. Overdue is not among them: it is computed when somebody looks.
    State {
        /// 予定
        Planned = "planned", "予定";
        /// 出発
        Out = "out", "訪問中";
        /// 戻った
        Back = "back", "戻りました";
        /// とりやめ
        Cancelled = "cancelled", "とりやめ";
    }
}

/// What is written about a visit beforehand, sealed into the compartment of whoever it is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Words {
    /// What for, in words.
    pub goal: String,
    /// What was agreed, with whom.
    pub agreed: String,
    /// Where to meet, as agreed.
    pub place: String,
    /// What to say, and what not to.
    pub say: String,
    /// What to look out for.
    pub careful: String,
    /// Why somebody goes alone.
    pub alone: String,
}

/// A visit to be planned.
#[derive(Debug, Clone)]
pub struct NewVisit {
    /// In whose compartment what is written about it lies.
    pub compartment: CompartmentId,
    /// Whom it goes to.
    pub target: Target,
    /// When the colleagues leave.
    pub leave_at: Timestamp,
    /// When they expect to be back.
    pub return_at: Timestamp,
    /// Who wants it.
    pub wanted_by: WantedBy,
    /// What for.
    pub goals: Vec<Goal>,
    /// In words.
    pub words: Words,
    /// Who goes.
    pub staff: StaffId,
    /// Who goes along; `None` only with a reason in [`Words::alone`].
    pub buddy: Option<StaffId>,
    /// Past a guard, and why.
    pub despite: Option<Despite>,
}

/// A visit in codes and times: what a list may show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Its identifier.
    pub id: i64,
    /// Of which case.
    pub case: CaseId,
    /// In which compartment its words lie.
    pub compartment: CompartmentId,
    /// Whom it goes to.
    pub target: Target,
    /// On which day.
    pub day: Date,
    /// From when.
    pub leave_at: Timestamp,
    /// Until when, as it stands now.
    pub return_at: Timestamp,
    /// Who wants it.
    pub wanted_by: WantedBy,
    /// What for.
    pub goals: Vec<Goal>,
    /// Who goes.
    pub staff: StaffId,
    /// Who goes along.
    pub buddy: Option<StaffId>,
    /// The supervisor who agreed that somebody goes alone.
    pub alone_approved_by: Option<StaffId>,
    /// Where it stands.
    pub state: State,
}

impl Visit {
    /// Whether this colleague goes.
    pub fn is_of(&self, staff: StaffId) -> bool {
        self.staff == staff || self.buddy == Some(staff)
    }
}

/// A visit with its words and what happened, for whoever may read the compartment.
#[derive(Debug, Clone)]
pub struct VisitView {
    /// The visit.
    pub visit: Visit,
    /// Its words; `None` where the compartment is not in reach.
    pub words: Option<Words>,
    /// The names of those who go.
    pub names: String,
}

store::row! {
    pub(crate) struct VisitRow {
        pub id: i64,
        pub case_id: i64,
        pub compartment_id: i64,
        pub target: String,
        pub day: String,
        pub leave_at: i64,
        pub return_at: i64,
        pub wanted_by: String,
        pub goals: String,
        pub words: Vec<u8>,
        pub staff_id: i64,
        pub buddy_id: Option<i64>,
        pub alone_approved_by: Option<i64>,
        pub state: String,
    }
}

impl VisitRow {
    pub(crate) fn read(&self) -> Result<Visit> {
        let goals = self.goals.split(' ').filter_map(Goal::from_code);
        Ok(Visit {
            id: self.id,
            case: self.case_id.into(),
            compartment: self.compartment_id.into(),
            target: Target::from_code(&self.target).ok_or(Error::Damaged("visit.target"))?,
            day: self.day.parse().map_err(|_| Error::Damaged("visit.day"))?,
            leave_at: from_micros(self.leave_at),
            return_at: from_micros(self.return_at),
            wanted_by: WantedBy::from_code(&self.wanted_by)
                .ok_or(Error::Damaged("visit.wanted_by"))?,
            goals: goals.collect(),
            staff: self.staff_id.into(),
            buddy: self.buddy_id.map(StaffId::from),
            alone_approved_by: self.alone_approved_by.map(StaffId::from),
            state: State::from_code(&self.state).ok_or(Error::Damaged("visit.state"))?,
        })
    }

    pub(crate) fn words(&self, inside: &CompartmentGrant) -> Result<Words> {
        let sealed = Sealed::<Json<Words>>::from_bytes(self.words.clone());
        let Json(words) = inside.open(&sealed, &words_place(self.id))?;
        Ok(words)
    }
}

/// The visits of a case in these compartments that are planned or under way, the next first.
pub(crate) async fn coming(
    conn: &mut Conn,
    case: CaseId,
    compartments: &[CompartmentId],
) -> Result<Vec<Visit>> {
    let sql = format!(
        "SELECT {} FROM visit WHERE case_id = $1 AND state IN ('planned', 'out') AND compartment_id IN ({}) \
         ORDER BY leave_at, id LIMIT 10",
        VisitRow::COLS,
        crate::contact::numbers(compartments.iter().map(|one| one.get()))
    );
    let rows: Vec<VisitRow> = conn.all(&sql, params![case.get()]).await?;
    rows.iter().map(VisitRow::read).collect()
}

pub(crate) fn words_place(visit: i64) -> Place {
    Place {
        table: "visit",
        row: visit,
        column: "words",
    }
}

/// Somebody who may go on a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goer {
    /// Who.
    pub staff: StaffId,
    /// Their name.
    pub name: String,
    /// A peer supporter goes along, never first.
    pub peer: bool,
}

/// Those who may go on a visit of this case: who works on it, and the supervisors; nobody who is barred from it.
pub(crate) async fn may_go(
    conn: &mut Conn,
    grant: &CaseGrant,
    room: &Casework,
) -> Result<Vec<Goer>> {
    let now = room.clock().now();
    let mut found: Vec<Goer> = Vec::new();
    let working = custody::assignments(conn, grant, room.clock()).await?;
    for one in working.into_iter().filter(|one| one.from <= now) {
        found.push(Goer {
            staff: one.staff,
            name: one.name,
            peer: one.kind == AssignmentKind::Peer,
        });
    }
    let colleagues = staff::list(conn, grant.office()).await?;
    for one in colleagues
        .into_iter()
        .filter(|one| one.active && one.role == Role::Supervisor)
    {
        found.push(Goer {
            staff: one.id,
            name: one.name,
            peer: false,
        });
    }
    let mut seen: Vec<Goer> = Vec::new();
    for one in found {
        let known = seen.iter().any(|other| other.staff == one.staff);
        if !known && !custody::is_barred(conn, grant.case(), one.staff).await? {
            seen.push(one);
        }
    }
    Ok(seen)
}

fn check(new: &NewVisit, now: Timestamp) -> Result<()> {
    if new.return_at <= new.leave_at {
        return Err(Error::invalid(
            "modori",
            "戻る予定の時刻は、出発より後にしてください。",
        ));
    }
    if new.return_at <= now {
        return Err(Error::invalid("hi", "これからの日と時刻を入れてください。"));
    }
    if new.return_at.duration_since(new.leave_at).as_hours() >= 24 {
        return Err(Error::invalid(
            "modori",
            "戻る予定は、出発から24時間のうちにしてください。",
        ));
    }
    if new.goals.is_empty() && new.words.goal.trim().is_empty() {
        return Err(Error::invalid(
            "mokuteki",
            "何のための訪問かを、一つ以上選ぶか、言葉で書いてください。",
        ));
    }
    if new.buddy == Some(new.staff) {
        return Err(Error::invalid(
            "buddy",
            "いっしょに行く人には、ほかの職員を選んでください。",
        ));
    }
    if new.buddy.is_none() && new.words.alone.trim().is_empty() {
        return Err(Error::Guarded(
            "訪問は二人で行くのが決まりです。ひとりで行くときは、そのわけを書いてください。"
                .to_owned(),
        ));
    }
    Ok(())
}

/// A visit as the guard sees it.
pub(crate) struct Going {
    /// Which, once it is planned.
    pub visit: Option<i64>,
    pub target: Target,
    pub compartment: CompartmentId,
    pub leave_at: Timestamp,
    pub return_at: Timestamp,
}

/// Asks for everybody a visit reaches whether they may be visited (inv. 8, 9).
pub(crate) async fn may_visit(
    tx: &mut Conn,
    grant: &CaseGrant,
    of: &case::Case,
    going: &Going,
    despite: Option<&Despite>,
) -> Result<Passed> {
    let mut passed = Passed::default();
    for person in visited(tx, grant, of, going).await? {
        if let Some(visit) = going.visit
            && despite::passed_for(tx, grant, person, For::Visit, visit).await?
        {
            continue;
        }
        let asked = Asked {
            person,
            way: Way::Visit,
            at: Some(going.leave_at),
            within: Some(Within {
                from: to_jst(going.leave_at).time(),
                minutes: going.return_at.duration_since(going.leave_at).as_mins(),
            }),
            despite,
        };
        passed.add(approach::may_reach(tx, grant, of, &asked).await?);
    }
    Ok(passed)
}

/// Whom a visit reaches: the person, where they would notice; of the family whoever the compartment names, and everybody
/// where it names nobody.
async fn visited(
    tx: &mut Conn,
    grant: &CaseGrant,
    of: &case::Case,
    going: &Going,
) -> Result<Vec<PersonId>> {
    let mut people = Vec::new();
    if going.target.reaches_principal() {
        people.push(of.principal);
    }
    if going.target == Target::Principal {
        return Ok(people);
    }
    let all = compartment::of_case(tx, of.id).await?;
    let mut family: Vec<PersonId> = all
        .iter()
        .filter(|one| one.id == going.compartment)
        .flat_map(|one| one.holders.iter().copied().chain(one.person))
        .filter(|one| *one != of.principal)
        .collect();
    if family.is_empty() {
        let known = person::of_case(tx, grant).await?;
        let those = known.iter().filter(|one| one.part == Part::Family);
        family.extend(those.map(|one| one.id));
    }
    family.sort_unstable();
    family.dedup();
    people.extend(family);
    Ok(people)
}

impl Casework {
    /// Plans a visit. In a pair, or alone with a reason; and where the person would be met, not past what they know or
    /// refuse (inv. 8, 9).
    pub async fn plan_visit(&self, session: &Session, case: CaseId, new: &NewVisit) -> Result<i64> {
        transact!(self.db(), "visit.plan", |tx| {
            let (of, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            check(new, self.clock().now())?;
            let inside =
                compartment::open(tx, session, &grant, new.compartment, Action::WriteNote).await?;
            let going = Going {
                visit: None,
                target: new.target,
                compartment: new.compartment,
                leave_at: new.leave_at,
                return_at: new.return_at,
            };
            let passed = may_visit(tx, &grant, &of, &going, new.despite.as_ref()).await?;
            let known = may_go(tx, &grant, self).await?;
            for (field, who) in [("dare", Some(new.staff)), ("buddy", new.buddy)] {
                let fits = |who: StaffId| {
                    let mut those = known.iter().filter(|one| one.staff == who);
                    those.any(|one| field == "buddy" || !one.peer)
                };
                if who.is_some_and(|who| !fits(who)) {
                    return Err(Error::invalid(
                        field,
                        "この職員は、このケースの担当に入っていません。先に担当に加えるか、ほかの職員を選んでください。",
                    ));
                }
            }
            let id = new_id(self.clock());
            let words = inside.seal(&words_place(id), &Json(new.words.clone()));
            let goals: Vec<&str> = new.goals.iter().map(|goal| goal.code()).collect();
            tx.exec(
                "INSERT INTO visit (id, office_id, case_id, compartment_id, target, day, leave_at, return_at, wanted_by, goals, \
                 words, staff_id, buddy_id, state, made_by, made_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
                params![
                    id,
                    grant.office().get(),
                    case.get(),
                    new.compartment.get(),
                    new.target.code(),
                    to_jst(new.leave_at).date().to_string(),
                    micros(new.leave_at),
                    micros(new.return_at),
                    new.wanted_by.code(),
                    goals.join(" "),
                    words.as_bytes(),
                    new.staff.get(),
                    new.buddy.map(StaffId::get),
                    State::Planned.code(),
                    session.staff().get(),
                    self.clock().now_micros()
                ],
            )
            .await?;
            passed.was_for(tx, For::Visit, id).await?;
            let detail = match new.buddy {
                Some(buddy) => format!("visit={id},staff={},with={buddy}", new.staff),
                None => format!("visit={id},staff={},alone", new.staff),
            };
            office::audit::record(tx, &grant.entry("visit.plan").because(detail)).await?;
            Ok(id)
        })
    }

    /// The case with its visits, newest first (at most fifty), and who may go on one.
    pub async fn visits(&self, session: &Session, case: CaseId) -> Result<CaseVisits> {
        transact!(self.db(), "visit.read", |tx| {
            let (of, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            let sql = format!(
                "SELECT {} FROM visit WHERE case_id = $1 ORDER BY leave_at DESC, id DESC LIMIT 50",
                VisitRow::COLS
            );
            let rows: Vec<VisitRow> = tx.all(&sql, params![case.get()]).await?;
            let visits = self.with_words(tx, session, &grant, rows).await?;
            let alone_wants_approval = alone_is_guarded(tx, &grant).await?;
            let may_go = may_go(tx, &grant, self).await?;
            office::audit::record(tx, &grant.entry("visit.read")).await?;
            let view = case::view(tx, of, &grant, self).await?;
            Ok(CaseVisits {
                rules: contact_rule::in_words(tx, &grant, &view.people).await?,
                view,
                writable: writable(tx, &grant).await?,
                visits,
                may_go,
                alone_wants_approval,
            })
        })
    }

    async fn with_words(
        &self,
        tx: &mut Conn,
        session: &Session,
        grant: &CaseGrant,
        rows: Vec<VisitRow>,
    ) -> Result<Vec<VisitView>> {
        let colleagues = staff::list(tx, grant.office()).await?;
        let mut inside: HashMap<CompartmentId, CompartmentGrant> = HashMap::new();
        let mut seen = Vec::new();
        for row in rows {
            let visit = row.read()?;
            let id = visit.compartment;
            if grant.reaches(id) && !inside.contains_key(&id) {
                let opened =
                    compartment::open(tx, session, grant, id, Action::ReadCompartment).await?;
                inside.insert(id, opened);
            }
            let words = inside.get(&id).map(|key| row.words(key)).transpose()?;
            let names = names_of(&colleagues, &visit);
            seen.push(VisitView {
                visit,
                words,
                names,
            });
        }
        Ok(seen)
    }

    /// A supervisor agrees that somebody goes alone although a safety flag stands.
    pub async fn approve_alone(&self, session: &Session, case: CaseId, visit: i64) -> Result<()> {
        transact!(self.db(), "visit.approve_alone", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ApproveCase).await?;
            let done = tx
                .exec(
                    "UPDATE visit SET alone_approved_by = $1 WHERE id = $2 AND case_id = $3 AND buddy_id IS NULL AND state = 'planned'",
                    params![session.staff().get(), visit, case.get()],
                )
                .await?;
            if done == 0 {
                return Err(Error::Illegal("この訪問は、いま認めるところにありません。"));
            }
            let entry = grant
                .entry("visit.approve_alone")
                .because(format!("visit={visit}"));
            office::audit::record(tx, &entry).await?;
            Ok(())
        })
    }
}

/// A case with its visits.
#[derive(Debug, Clone)]
pub struct CaseVisits {
    /// The case, for the head of the page.
    pub view: case::CaseView,
    /// The compartments the asker may write into.
    pub writable: Vec<CompartmentId>,
    /// Its visits, newest first.
    pub visits: Vec<VisitView>,
    /// The rules for reaching the people of the case, in words.
    pub rules: Vec<RuleLine>,
    /// Who may go on one.
    pub may_go: Vec<Goer>,
    /// Whether a safety flag stands that makes going alone a supervisor's decision.
    pub alone_wants_approval: bool,
}

async fn writable(tx: &mut Conn, grant: &CaseGrant) -> Result<Vec<CompartmentId>> {
    let all = compartment::of_case(tx, grant.case()).await?;
    let mine = all.iter().filter(|one| grant.may_write(one.id, one.kind));
    Ok(mine.map(|one| one.id).collect())
}

/// Who goes, in names.
pub(crate) fn names_of(colleagues: &[staff::Staff], visit: &Visit) -> String {
    let of = |id: StaffId| {
        let found = colleagues.iter().find(|one| one.id == id);
        found.map_or_else(|| "職員".to_owned(), |one| one.name.clone())
    };
    match visit.buddy {
        Some(buddy) => format!("{}、{}", of(visit.staff), of(buddy)),
        None => of(visit.staff),
    }
}

/// One visit of an opened case.
pub(crate) async fn row_of(conn: &mut Conn, case: CaseId, visit: i64) -> Result<VisitRow> {
    let sql = format!(
        "SELECT {} FROM visit WHERE id = $1 AND case_id = $2",
        VisitRow::COLS
    );
    let row: Option<VisitRow> = conn.first(&sql, params![visit, case.get()]).await?;
    row.ok_or(Error::NotFound)
}

/// Whether a standing flag about violence or the staff's safety makes going alone a supervisor's decision.
pub(crate) async fn alone_is_guarded(conn: &mut Conn, grant: &CaseGrant) -> Result<bool> {
    // Also flags that only the one who leads may read: that somebody waits for their word tells nothing more.
    let (standing,): (i64,) = conn
        .one(
            "SELECT COUNT(*) FROM safety_flag f WHERE f.case_id = $1 AND f.kind IN ('violence', 'staff') AND NOT EXISTS \
             (SELECT 1 FROM safety_flag_event e WHERE e.flag_id = f.id AND e.deed = 'close')",
            params![grant.case().get()],
        )
        .await?;
    Ok(standing > 0)
}
