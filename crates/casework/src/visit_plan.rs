//! A visit is planned: in a pair or alone with a reason, by colleagues who work on the case, and past nothing that the
//! people it reaches know or refuse.

use crate::approach::{self, Asked, Way};
use crate::contact_rule::Within;
use crate::despite::{self, Despite, For, Passed};
use crate::person::{self, Part};
use crate::visit::{Goal, State, Target, WantedBy, Words, may_go, words_place};
use crate::{Casework, Error, Result, case, compartment};
use basics::time::{micros, to_jst};
use basics::{CaseId, CompartmentId, PersonId, StaffId, new_id};
use jiff::Timestamp;
use office::access::{Action, CaseGrant};
use office::custody::notice::{self, NoticeKind};
use office::session::Session;
use store::{Conn, params, transact};
use vault::Json;

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

/// Back after leaving, within a day, and not yet over.
pub(crate) fn check_times(leave_at: Timestamp, return_at: Timestamp, now: Timestamp) -> Result<()> {
    if return_at <= leave_at {
        return Err(Error::invalid(
            "modori",
            "戻る予定の時刻は、出発より後にしてください。",
        ));
    }
    if return_at <= now {
        return Err(Error::invalid("hi", "これからの日と時刻を入れてください。"));
    }
    if return_at.duration_since(leave_at).as_hours() >= 24 {
        return Err(Error::invalid(
            "modori",
            "戻る予定は、出発から24時間のうちにしてください。",
        ));
    }
    Ok(())
}

fn check(new: &NewVisit, now: Timestamp) -> Result<()> {
    check_times(new.leave_at, new.return_at, now)?;
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
    /// refuse (inv. 8, 9). Whoever goes is told, but for the one who plans it.
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
            for who in std::iter::once(new.staff).chain(new.buddy) {
                if who != session.staff() {
                    let (clock, office) = (self.clock(), grant.office());
                    let kind = NoticeKind::VisitAlong;
                    notice::tell(tx, clock, office, who, kind, Some(case), Some(id)).await?;
                }
            }
            Ok(id)
        })
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
