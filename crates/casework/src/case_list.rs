//! The list of cases: of each where it stands, when there was last a contact, what comes next and when. Face sheets are
//! opened for the names; of everything else codes and days, and only of compartments in the asker's reach.

use crate::case::{self, Case, Knows};
use crate::codes::codes;
use crate::engagement::State;
use crate::person::{self, Person};
use crate::plan::{self, PlanWait};
use crate::{Casework, Error, Result};
use basics::time::{from_micros, to_jst};
use basics::{CaseId, CompartmentId};
use jiff::ToSpan as _;
use jiff::civil::Date;
use office::access::{self, Action, CaseScope};
use office::session::Session;
use std::collections::{BTreeMap, BTreeSet};
use store::{Conn, params, transact};

codes! {
    /// What comes next in a case.
    Next {
        /// A day that was agreed at the last contact.
        Agreed = "agreed", "約束した日";
        /// A visit.
        Visit = "visit", "訪問";
        /// A step of a plan that a colleague takes.
        Step = "step", "計画の、職員の一歩";
        /// A colleague's task.
        Task = "task", "やること";
    }
}

/// One line of the list of cases.
#[derive(Debug, Clone)]
pub struct CaseLine {
    /// Which.
    pub id: CaseId,
    /// Its number.
    pub number: i64,
    /// What to call the person; a dash of words when nothing is known.
    pub principal: String,
    /// Who speaks for or with them.
    pub consulters: String,
    /// Whether the person knows.
    pub knows: Knows,
    /// When it was opened.
    pub opened_on: Date,
    /// Where its latest engagement stands.
    pub state: State,
    /// Until when nothing is asked of anybody, where that is so now.
    pub quiet_until: Option<Date>,
    /// Whether the asker works on it themself.
    pub own: bool,
    /// The day of the last contact in the asker's reach.
    pub last_on: Option<Date>,
    /// What comes next in the asker's reach, and when; never a day that is the person's to keep.
    pub next: Option<(Date, Next)>,
    /// Whether somebody's letter waits for an answer.
    pub letter_waits: bool,
}

impl CaseLine {
    /// Whether somebody waits for the office: for support to begin, or for an answer.
    pub fn waits(&self) -> bool {
        self.state == State::Waitlist || self.letter_waits
    }
}

impl Casework {
    /// The cases the asker may open: what is over stands last, else what comes next stands first, then where there was a
    /// contact most lately. One row in the chain.
    pub async fn cases(&self, session: &Session) -> Result<Vec<CaseLine>> {
        transact!(self.db(), "case.list", |tx| {
            let scope = access::case_scope(tx, session, Action::SeeCases).await?;
            let today = self.clock().today();
            let far = today
                .checked_add(1.year())
                .map_err(|_| Error::Damaged("today"))?;
            let mut people = person::in_scope(tx, &scope).await?;
            let states = states(tx, &scope).await?;
            let last = last_contacts(tx, &scope).await?;
            let next = next(tx, &scope, &last, far).await?;
            let letters = mailbox::of_case::promised(tx, session, far).await?;
            let letters: BTreeSet<CaseId> = letters
                .iter()
                .filter_map(|one| one.part_of)
                .filter(|(case, compartment, _)| scope.reaches(*case, *compartment))
                .map(|(case, ..)| case)
                .collect();
            let line = |case: Case| {
                let mine = people.remove(&case.id).unwrap_or_default();
                let (principal, others): (Vec<Person>, Vec<Person>) = mine
                    .into_iter()
                    .partition(|person| person.id == case.principal);
                let names: Vec<String> = others.iter().map(Person::label).collect();
                let (state, quiet) = states
                    .get(&case.id)
                    .copied()
                    .ok_or(Error::Damaged("engagement.none"))?;
                Ok(CaseLine {
                    id: case.id,
                    number: case.number,
                    principal: principal
                        .first()
                        .map_or_else(|| "本人".to_owned(), Person::label),
                    consulters: names.join("、"),
                    knows: case.subject_knows,
                    opened_on: case.opened_on,
                    state,
                    quiet_until: quiet.filter(|day| *day >= today && !state.is_over()),
                    own: scope.works_on(case.id),
                    last_on: last.get(&case.id).map(|one| one.0),
                    next: next.get(&case.id).copied().filter(|_| !state.is_over()),
                    letter_waits: letters.contains(&case.id),
                })
            };
            let cases = case::in_scope(tx, &scope).await?;
            let lines: Result<Vec<CaseLine>> = cases.into_iter().map(line).collect();
            let mut lines = lines?;
            lines.sort_by_key(|one| {
                let next = one.next.map_or(Date::MAX, |(day, _)| day);
                (
                    one.state.is_over(),
                    next,
                    std::cmp::Reverse((one.last_on, one.number)),
                )
            });
            Ok(lines)
        })
    }
}

fn day(text: &str, column: &'static str) -> Result<Date> {
    text.parse().map_err(|_| Error::Damaged(column))
}

/// The latest engagement of each case in scope: where it stands, and until when nothing is asked of anybody.
async fn states(
    conn: &mut Conn,
    scope: &CaseScope,
) -> Result<BTreeMap<CaseId, (State, Option<Date>)>> {
    let sql = format!(
        "SELECT case_id, state, quiet_until FROM engagement WHERE office_id = $1 AND {} ORDER BY case_id, began_on, id",
        scope.sql("case_id")
    );
    let rows: Vec<(i64, String, Option<String>)> =
        conn.all(&sql, params![scope.office().get()]).await?;
    rows.into_iter()
        .map(|(case, state, quiet)| {
            let state = State::from_code(&state).ok_or(Error::Damaged("engagement.state"))?;
            let quiet = quiet
                .as_deref()
                .map(|text| day(text, "engagement.quiet_until"));
            Ok((case.into(), (state, quiet.transpose()?)))
        })
        .collect()
}

/// Case, compartment, day, next day.
type LastRow = (i64, i64, String, Option<String>);

/// The last contact of each case in reach: its day, and the day that was agreed at it.
async fn last_contacts(
    conn: &mut Conn,
    scope: &CaseScope,
) -> Result<BTreeMap<CaseId, (Date, Option<Date>)>> {
    // The last one of each compartment; which of them are in reach is decided here, not by the database.
    let sql = format!(
        "SELECT c.case_id, c.compartment_id, c.day, c.next_on FROM contact c \
         WHERE c.office_id = $1 AND c.void_at IS NULL AND {} AND c.id = (SELECT l.id FROM contact l \
         WHERE l.case_id = c.case_id AND l.compartment_id = c.compartment_id AND l.void_at IS NULL \
         ORDER BY l.at DESC, l.id DESC LIMIT 1) ORDER BY c.case_id, c.at, c.id",
        scope.sql("c.case_id")
    );
    let rows: Vec<LastRow> = conn.all(&sql, params![scope.office().get()]).await?;
    rows.into_iter()
        .filter(|(case, compartment, ..)| {
            scope.reaches((*case).into(), CompartmentId::from(*compartment))
        })
        .map(|(case, _, on, next)| {
            let next = next.as_deref().map(|text| day(text, "contact.next_on"));
            Ok((case.into(), (day(&on, "contact.day")?, next.transpose()?)))
        })
        .collect()
}

/// What comes next in each case in reach, the earliest of all.
async fn next(
    conn: &mut Conn,
    scope: &CaseScope,
    last: &BTreeMap<CaseId, (Date, Option<Date>)>,
    until: Date,
) -> Result<BTreeMap<CaseId, (Date, Next)>> {
    let agreed = last
        .iter()
        .filter_map(|(case, (_, next))| Some((*case, (*next)?, Next::Agreed)));
    let mut all: Vec<(CaseId, Date, Next)> = agreed.collect();
    let visits = format!(
        "SELECT case_id, compartment_id, leave_at FROM visit WHERE state = 'planned' AND {}",
        scope.sql("case_id")
    );
    let visits: Vec<(i64, i64, i64)> = conn.all(&visits, params![]).await?;
    for (case, compartment, at) in visits {
        if scope.reaches(case.into(), compartment.into()) {
            all.push((case.into(), to_jst(from_micros(at)).date(), Next::Visit));
        }
    }
    let tasks = format!(
        "SELECT case_id, compartment_id, due_on FROM task WHERE office_id = $1 AND done_at IS NULL AND {}",
        scope.sql("case_id")
    );
    let tasks: Vec<(i64, i64, String)> = conn.all(&tasks, params![scope.office().get()]).await?;
    for (case, compartment, on) in tasks {
        if scope.reaches(case.into(), compartment.into()) {
            all.push((case.into(), day(&on, "task.due_on")?, Next::Task));
        }
    }
    let steps = plan::due_reviews(conn, scope, until).await?;
    let steps = steps.iter().filter(|one| one.what == PlanWait::Step);
    all.extend(steps.map(|one| (one.case, one.on, Next::Step)));
    let mut first = BTreeMap::new();
    for (case, on, what) in all {
        let kept = first.entry(case).or_insert((on, what));
        if on < kept.0 {
            *kept = (on, what);
        }
    }
    Ok(first)
}
