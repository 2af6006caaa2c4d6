//! Writing a plan: which compartment may hold a part of whose plan, and who may agree to it.

use super::{Agreed, GoalStatus, Owner, PlanId, Sheet, SubjectKind, agreement, place, versions};
use crate::compartment::{self, Compartment};
use crate::search::{self, Source};
use crate::{Casework, Error, Result, case, person};
use basics::{CaseId, CompartmentId, PersonId, new_id};
use jiff::civil::Date;
use office::access::{Action, CompartmentKind};
use office::session::Session;
use store::{Conn, params, transact};
use vault::Json;

/// A plan that is begun.
#[derive(Debug, Clone, Copy)]
pub struct NewPlan {
    /// For whom.
    pub subject: SubjectKind,
    /// The person, unless it is for the household.
    pub person: Option<PersonId>,
    /// The identifier its form carried, so that a double click is one plan.
    pub once: Option<i64>,
}

/// A version of the part that lies in one compartment.
#[derive(Debug, Clone)]
pub struct SavePart {
    /// Where.
    pub compartment: CompartmentId,
    /// What it says.
    pub sheet: Sheet,
    /// Who agreed.
    pub agreed: Option<Agreed>,
    /// When staff look at it again.
    pub review_on: Option<Date>,
    /// The number of the version the writer saw; `None`: none.
    pub seen: Option<i64>,
}

impl Casework {
    /// Begins a plan with its first part.
    pub async fn new_plan(
        &self,
        session: &Session,
        id: CaseId,
        new: NewPlan,
        first: &SavePart,
    ) -> Result<PlanId> {
        let sheet = checked(&first.sheet, first.seen)?;
        transact!(self.db(), "plan.new", |tx| {
            let plan = PlanId::from(new.once.unwrap_or_else(|| new_id(self.clock())));
            let (case, grant) = case::open(tx, session, id, Action::ChangeCase).await?;
            let subject = match (new.subject, new.person) {
                (SubjectKind::Household, _) => None,
                (SubjectKind::Principal, _) => Some(case.principal),
                (SubjectKind::Family, Some(person)) if person != case.principal => Some(person),
                (SubjectKind::Family, _) => {
                    return Err(Error::invalid(
                        "person",
                        "どの家族の計画かを選んでください。",
                    ));
                }
            };
            if let Some(subject) = subject {
                person::must_be_of_case(tx, id, subject).await?;
            }
            let added = tx.exec(
                "INSERT INTO plan (id, case_id, subject, subject_id, opened_at) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (id) DO NOTHING",
                params![
                    plan.get(),
                    id.get(),
                    new.subject.code(),
                    subject.map(PersonId::get),
                    self.clock().now_micros()
                ],
            )
            .await?;
            if added == 0 {
                return Err(Error::Again);
            }
            self.put(
                tx,
                session,
                &grant,
                (plan, new.subject, subject),
                first,
                &sheet,
            )
            .await?;
            Ok(plan)
        })
    }

    /// Saves a version of one part. Nothing a colleague wrote in the meantime is overwritten.
    pub async fn save_plan_part(
        &self,
        session: &Session,
        id: CaseId,
        plan: PlanId,
        part: &SavePart,
    ) -> Result<()> {
        let sheet = checked(&part.sheet, part.seen)?;
        transact!(self.db(), "plan.save", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ChangeCase).await?;
            let found: Option<(String, Option<i64>)> = tx
                .first(
                    "SELECT subject, subject_id FROM plan WHERE id = $1 AND case_id = $2",
                    params![plan.get(), id.get()],
                )
                .await?;
            let (subject, person) = found.ok_or(Error::NotFound)?;
            let subject = SubjectKind::from_code(&subject).ok_or(Error::Damaged("plan.subject"))?;
            let whose = (plan, subject, person.map(PersonId::from));
            self.put(tx, session, &grant, whose, part, &sheet).await
        })
    }

    async fn put(
        &self,
        tx: &mut Conn,
        session: &Session,
        grant: &office::access::CaseGrant,
        (plan, subject, person): (PlanId, SubjectKind, Option<PersonId>),
        part: &SavePart,
        sheet: &Sheet,
    ) -> Result<()> {
        let inside =
            compartment::open(tx, session, grant, part.compartment, Action::WriteNote).await?;
        let all = compartment::of_case(tx, grant.case()).await?;
        let home = all.iter().find(|one| one.id == part.compartment);
        let home = home.ok_or(Error::NotFound)?;
        may_hold(subject, person, home, sheet)?;
        if let Some(agreed) = &part.agreed {
            may_agree(agreed, home, self.clock().today())?;
        }
        tx.exec(
            "INSERT INTO plan_part (id, plan_id, compartment_id) VALUES ($1, $2, $3) \
             ON CONFLICT (plan_id, compartment_id) DO NOTHING",
            params![new_id(self.clock()), plan.get(), part.compartment.get()],
        )
        .await?;
        let (row,): (i64,) = tx
            .one(
                "SELECT id FROM plan_part WHERE plan_id = $1 AND compartment_id = $2",
                params![plan.get(), part.compartment.get()],
            )
            .await?;
        let latest = versions(tx, &inside, row).await?;
        if latest.first().map(|version| version.number) != part.seen {
            let twice = latest
                .first()
                .is_some_and(|now| now.by == session.staff() && now.sheet == *sheet);
            return Err(if twice {
                Error::Again
            } else {
                Error::Meanwhile
            });
        }
        let version = new_id(self.clock());
        let steps = sheet.steps.iter().filter(|step| !step.done);
        let step_due = steps.filter_map(|step| step.due).min();
        tx.exec(
            "INSERT INTO plan_version (id, part_id, version, sheet, review_on, step_due_on, written_by, written_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            params![
                version,
                row,
                part.seen.unwrap_or(0) + 1,
                inside.seal(&place(version), &Json(sheet.clone())).as_bytes(),
                part.review_on.map(|day| day.to_string()),
                step_due.map(|day| day.to_string()),
                session.staff().get(),
                self.clock().now_micros()
            ],
        )
        .await?;
        if let Some(agreed) = &part.agreed {
            agreement::note(tx, self.clock(), session.staff(), version, agreed).await?;
        }
        let words = sheet.searchable();
        search::keep(tx, &inside, self.clock(), Source::Plan, row, &words).await?;
        let entry = grant.entry("plan.save");
        office::audit::record(tx, &entry.because(format!("plan={plan}"))).await?;
        Ok(())
    }
}

/// Empty lines are left out; a due date stands only at staff's own steps; a further version says why.
fn checked(sheet: &Sheet, seen: Option<i64>) -> Result<Sheet> {
    let mut sheet = sheet.clone();
    sheet
        .goals
        .retain(|goal| !goal.words.trim().is_empty() || goal.status == GoalStatus::Undecided);
    sheet.steps.retain(|step| !step.words.trim().is_empty());
    let dated = |step: &super::Step| step.due.is_some() && step.owner != Owner::Staff;
    if sheet.steps.iter().any(dated) {
        let sentence = "期日は、職員のすることにだけ決められます。本人・家族・機関のすることに、期日はつけません。";
        return Err(Error::invalid("steps", sentence));
    }
    if seen.is_some() && sheet.reason.trim().is_empty() {
        let sentence = "何を、なぜ変えるかを一行書いてください。";
        return Err(Error::invalid("reason", sentence));
    }
    Ok(sheet)
}

/// Which compartment may hold which part: the words of one side never lie on the other.
fn may_hold(
    subject: SubjectKind,
    person: Option<PersonId>,
    home: &Compartment,
    sheet: &Sheet,
) -> Result<()> {
    let own = person.is_some_and(|person| home.is_held_by(person));
    match (subject, home.kind) {
        (SubjectKind::Household, _) | (_, CompartmentKind::Staff) => Ok(()),
        _ if own => Ok(()),
        // What a family says to the person's plan lies with the family, and is words: it sets the person no goals.
        (SubjectKind::Principal, CompartmentKind::Family) => {
            if sheet.goals.is_empty() && sheet.direction.trim().is_empty() {
                Ok(())
            } else {
                Err(Error::Guarded(
                    "本人の計画の目標と方針は、家族の区画には書けません。家族の区画には、家族の言葉と、家族・職員のすることだけを書きます。"
                        .to_owned(),
                ))
            }
        }
        _ => Err(Error::Guarded(
            "この計画は、この区画には書けません。その人の言葉は、その人の区画に書いてください。"
                .to_owned(),
        )),
    }
}

/// Who agrees to a part holds its compartment.
pub(super) fn may_agree(agreed: &Agreed, home: &Compartment, today: Date) -> Result<()> {
    if !home.is_held_by(agreed.by) {
        return Err(Error::Guarded(
            "この部分に同意できるのは、この区画の人だけです。".to_owned(),
        ));
    }
    if agreed.on > today {
        return Err(Error::invalid("agreed_on", "これからの日は選べません。"));
    }
    Ok(())
}
