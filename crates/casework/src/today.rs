//! 「きょう」: one calm page of what is due, for one colleague: their own cases, and what only they can decide. Only the
//! few cases that have something due are opened, and of those the face sheet and the words of tasks; of one's own cases the
//! face sheets as well, for the years of birth.
//!
//! Nothing here is a queue that grows red: only a promise past its day, a person who is not back, are late.

use crate::contact;
use crate::engagement;
use crate::milestone::{Beside, Milestone};
use crate::person::{self, Part, Person};
use crate::plan::{self, PlanWait};
use crate::refusal;
use crate::retention::{self, DueCase};
use crate::review;
use crate::safety_flag::{self, FlagKind};
use crate::silence::{self, Watch};
use crate::task::{self, Task};
use crate::unfinished::{self, Unfinished};
use crate::waiting::{self, Decision};
use crate::{Casework, Error, Result};
use basics::{CaseId, ThreadId};
use jiff::ToSpan as _;
use jiff::civil::Date;
use mailbox::Thread;
use mailbox::of_case::Overdue;
use office::access::{self, Action, CaseScope};
use office::custody;
use office::duty;
use office::session::Session;
use std::collections::{BTreeSet, HashMap};
use store::{Conn, params, transact};

/// How many days ahead the page looks.
const AHEAD: i64 = 7;

/// What a page calls a case.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// Its number.
    pub number: i64,
    /// What to call the person; empty when nothing is known.
    pub name: String,
}

/// What is due, and when.
#[derive(Debug, Clone)]
pub struct Due<T> {
    /// In which case.
    pub case: CaseId,
    /// What the page calls it.
    pub named: Named,
    /// By when.
    pub on: Date,
    /// What.
    pub what: T,
}

/// Something to look at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Review {
    /// A safety flag.
    Flag(FlagKind),
    /// A plan, or a staff's own step of it.
    Plan(PlanWait),
    /// 静観: whether it is still right, among staff.
    Watching,
}

impl Review {
    /// The words on the page.
    pub fn label(self) -> String {
        match self {
            Self::Flag(kind) => format!("安全の見直し：{}", kind.label()),
            Self::Plan(PlanWait::Review) => "計画の見直し".to_owned(),
            Self::Plan(PlanWait::Step) => "計画の、職員の一歩".to_owned(),
            Self::Watching => "静観（見守り）の見直し".to_owned(),
        }
    }

    /// The last part of the address where it is looked at.
    pub fn part(self) -> &'static str {
        match self {
            Self::Flag(_) => "mitate",
            Self::Plan(_) => "keikaku",
            Self::Watching => "kakawari",
        }
    }
}

/// One colleague's day.
#[derive(Debug, Clone)]
pub struct Today {
    /// Which day.
    pub on: Date,
    /// Letters in reach whose promise falls on today or before, or within days.
    pub letters: Vec<Thread>,
    /// Names of the cases those letters belong to.
    pub cases: HashMap<CaseId, Named>,
    /// Whether this colleague is on duty.
    pub on_duty: bool,
    /// Letters of colleagues' cases past their promise: for whoever is on duty, in codes and days.
    pub overdue_elsewhere: Vec<Overdue>,
    /// Tasks of one's own cases.
    pub tasks: Vec<Due<Task>>,
    /// Days that were agreed at the last contact.
    pub next_dates: Vec<Due<()>>,
    /// Flags, plans and 静観 of one's own cases to look at again.
    pub reviews: Vec<Due<Review>>,
    /// Words that the agreed pace makes due; with what to call the receiver.
    pub silence: Vec<Due<(Watch, String)>>,
    /// Refusals about which staff wanted to think again, among themselves.
    pub checks: Vec<Due<()>>,
    /// Ages that come near.
    pub milestones: Vec<Due<Milestone>>,
    /// What waits for a supervisor.
    pub decisions: Vec<Due<Decision>>,
    /// Drafts that nobody confirmed: one's own, and those left to the main worker.
    pub drafts: Vec<Due<Unfinished>>,
    /// Cases that are not over and on which nobody works, for who leads the office.
    pub nobodys: Vec<Due<()>>,
    /// Records that a supervisor has not read yet: since when, and how many of them.
    pub unread: Vec<Due<i64>>,
    /// Finished cases of which something may be erased, for whoever decides it.
    pub erasable: Vec<DueCase>,
}

impl Today {
    /// Whether nothing at all is due.
    pub fn is_empty(&self) -> bool {
        self.letters.is_empty()
            && self.overdue_elsewhere.is_empty()
            && self.tasks.is_empty()
            && self.next_dates.is_empty()
            && self.reviews.is_empty()
            && self.silence.is_empty()
            && self.checks.is_empty()
            && self.milestones.is_empty()
            && self.decisions.is_empty()
            && self.drafts.is_empty()
            && self.nobodys.is_empty()
            && self.unread.is_empty()
            && self.erasable.is_empty()
    }
}

impl Casework {
    /// What is due for this colleague. One row in the chain for the looking.
    pub async fn today(&self, session: &Session) -> Result<Today> {
        transact!(self.db(), "today.look", |tx| {
            let scope = access::case_scope(tx, session, Action::SeeCases).await?;
            look(tx, session, &scope, self.clock().today()).await
        })
    }

    /// Whoever is on duty takes on an overdue letter of a colleague's case: its compartment, until the end of the day
    /// (story 2). A letter that is not overdue, or not there, is refused like a stranger's.
    pub async fn take_on_duty(&self, session: &Session, thread: ThreadId) -> Result<CaseId> {
        transact!(self.db(), "case.duty_take", |tx| {
            let today = self.clock().today();
            let overdue = mailbox::of_case::overdue(tx, session.office(), today).await?;
            let Some(found) = overdue.into_iter().find(|one| one.thread == thread) else {
                return Err(access::absent(session, thread, Action::ReadThread).into());
            };
            let Some(case) = crate::case::by_id(tx, found.case).await? else {
                return Err(access::absent(session, thread, Action::ReadThread).into());
            };
            access::take_on_duty(tx, session, case.reference(), found.compartment).await?;
            Ok(found.case)
        })
    }
}

async fn look(tx: &mut Conn, session: &Session, scope: &CaseScope, today: Date) -> Result<Today> {
    let soon = today
        .checked_add(AHEAD.days())
        .map_err(|_| Error::Damaged("today"))?;
    let letters = mailbox::of_case::promised(tx, session, soon).await?;
    let on_duty = duty::on_duty(tx, session.office(), today, None, &[]).await?;
    let on_duty = on_duty.has(session.staff());
    let overdue_elsewhere = if on_duty {
        elsewhere(tx, session, scope, today).await?
    } else {
        Vec::new()
    };
    let tasks = task::due(tx, scope, soon).await?;
    let own: BTreeSet<CaseId> = scope.own().into_iter().collect();
    let mut next_dates = contact::next_days(tx, scope, soon).await?;
    next_dates.retain(|(case, _)| own.contains(case));
    let reviews = reviews(tx, scope, &own, soon).await?;
    let silence = silence::due(tx, scope, (today, soon)).await?;
    let checks = refusal::to_check(tx, scope, today).await?;
    let decisions = waiting::decisions(tx, session, scope).await?;
    let drafts = unfinished::of(tx, session, scope).await?;
    let unread = if session.may(Action::ApproveCase) {
        review::unread(tx, scope).await?
    } else {
        Vec::new()
    };
    let nobodys = if session.may(Action::ApproveCase) {
        nobodys(tx, scope, session.clock().now_micros()).await?
    } else {
        Vec::new()
    };
    let erasable = if session.may(Action::ApproveErasure) {
        let scope = access::case_scope(tx, session, Action::ApproveErasure).await?;
        retention::due(tx, &scope, today).await?
    } else {
        Vec::new()
    };
    // Years of birth lie in face sheets: those of one's own cases are opened once, for ages and for names.
    let own: Vec<CaseId> = own.into_iter().collect();
    let people = person::of_cases(tx, scope, Some(&own)).await?;
    let ages = ages(tx, scope, &people, today).await?;

    let mut ids: BTreeSet<CaseId> = BTreeSet::new();
    ids.extend(letters.iter().filter_map(|one| Some(one.part_of?.0)));
    ids.extend(tasks.iter().map(|one| one.case));
    ids.extend(next_dates.iter().map(|(case, _)| *case));
    ids.extend(reviews.iter().map(|(case, _, _)| *case));
    ids.extend(silence.iter().map(|one| one.case));
    ids.extend(checks.iter().map(|(case, _)| *case));
    ids.extend(decisions.iter().map(|(case, _, _)| *case));
    ids.extend(drafts.iter().map(|(case, _, _)| *case));
    ids.extend(ages.iter().map(|one| one.case));
    ids.extend(nobodys.iter().copied());
    ids.extend(unread.iter().map(|(case, _, _)| *case));
    let people = Known::read(tx, scope, &ids, people).await?;
    let due = |case, on| people.due(case, on);
    Ok(Today {
        on: today,
        on_duty,
        overdue_elsewhere,
        tasks: tasks
            .into_iter()
            .map(|one| due(one.case, one.due_on).with(one))
            .collect(),
        next_dates: next_dates
            .into_iter()
            .map(|(case, on)| due(case, on))
            .collect(),
        reviews: reviews
            .into_iter()
            .map(|(case, on, what)| due(case, on).with(what))
            .collect(),
        silence: silence
            .into_iter()
            .map(|one| {
                let who = people.label(one.case, one.person);
                due(one.case, one.next_on.unwrap_or(today)).with((one, who))
            })
            .collect(),
        checks: checks.into_iter().map(|(case, on)| due(case, on)).collect(),
        milestones: ages
            .into_iter()
            .map(|one| due(one.case, today).with(one))
            .collect(),
        decisions: decisions
            .into_iter()
            .map(|(case, on, what)| due(case, on).with(what))
            .collect(),
        drafts: drafts
            .into_iter()
            .map(|(case, on, what)| due(case, on).with(what))
            .collect(),
        nobodys: nobodys.into_iter().map(|case| due(case, today)).collect(),
        unread: unread
            .into_iter()
            .map(|(case, on, count)| due(case, on).with(count))
            .collect(),
        erasable,
        cases: people.named,
        letters,
    })
}

impl Due<()> {
    fn with<T>(self, what: T) -> Due<T> {
        Due {
            case: self.case,
            named: self.named,
            on: self.on,
            what,
        }
    }
}

/// Overdue letters of cases out of this colleague's reach, without those they must not know of (inv. 17).
async fn elsewhere(
    conn: &mut Conn,
    session: &Session,
    scope: &CaseScope,
    today: Date,
) -> Result<Vec<Overdue>> {
    let mut left = Vec::new();
    for one in mailbox::of_case::overdue(conn, session.office(), today).await? {
        let reached = scope.sees(one.case);
        if !reached && !custody::is_barred(conn, one.case, session.staff()).await? {
            left.push(one);
        }
    }
    Ok(left)
}

/// Flags, plans and 静観 of one's own cases whose next look falls on this day or before.
async fn reviews(
    conn: &mut Conn,
    scope: &CaseScope,
    own: &BTreeSet<CaseId>,
    until: Date,
) -> Result<Vec<(CaseId, Date, Review)>> {
    let flags = safety_flag::due_reviews(conn, scope, until).await?;
    let flags = flags
        .into_iter()
        .map(|one| (one.case, one.on, Review::Flag(one.kind)));
    let plans = plan::due_reviews(conn, scope, until).await?;
    let plans = plans
        .into_iter()
        .map(|one| (one.case, one.on, Review::Plan(one.what)));
    let watching = engagement::to_review(conn, scope, until).await?;
    let watching = watching
        .into_iter()
        .map(|(case, on)| (case, on, Review::Watching));
    let mut all: Vec<_> = flags
        .chain(plans)
        .chain(watching)
        .filter(|(case, ..)| own.contains(case))
        .collect();
    all.sort_by_key(|(case, on, _)| (*on, *case));
    Ok(all)
}

/// Cases whose engagement is not over and on which nobody works, now or from a later day on.
async fn nobodys(conn: &mut Conn, scope: &CaseScope, now: i64) -> Result<Vec<CaseId>> {
    let sql = format!(
        "SELECT f.id FROM casefile f WHERE f.office_id = $1 AND {} AND NOT EXISTS (SELECT 1 FROM assignment a \
         WHERE a.case_id = f.id AND a.kind IN ('main', 'sub') AND (a.until_at IS NULL OR a.until_at > $2)) \
         AND (NOT EXISTS (SELECT 1 FROM engagement e WHERE e.case_id = f.id) \
         OR EXISTS (SELECT 1 FROM engagement e WHERE e.case_id = f.id AND e.ended_on IS NULL)) ORDER BY f.number LIMIT 100",
        scope.sql("f.id")
    );
    let rows: Vec<(i64,)> = conn.all(&sql, params![scope.office().get(), now]).await?;
    Ok(rows.into_iter().map(|(case,)| case.into()).collect())
}

/// The ages that come near in one's own cases.
async fn ages(
    conn: &mut Conn,
    scope: &CaseScope,
    people: &HashMap<CaseId, Vec<Person>>,
    today: Date,
) -> Result<Vec<Milestone>> {
    let condition = scope.own_sql("case_id");
    let beside = Beside::read(conn, &condition).await?;
    let everybody = people.values().flatten();
    let mut all: Vec<Milestone> = everybody
        .flat_map(|one| beside.prompts(one, today))
        .collect();
    all.sort_by(|a, b| (&a.when, a.case).cmp(&(&b.when, b.case)));
    Ok(all)
}

/// What to call the cases that have something due, and their people.
struct Known {
    named: HashMap<CaseId, Named>,
    people: HashMap<CaseId, Vec<Person>>,
}

impl Known {
    /// Names the cases; `people` is what was opened already.
    async fn read(
        conn: &mut Conn,
        scope: &CaseScope,
        ids: &BTreeSet<CaseId>,
        mut people: HashMap<CaseId, Vec<Person>>,
    ) -> Result<Self> {
        let closed = |id: &CaseId| !people.contains_key(id);
        let closed: Vec<CaseId> = ids.iter().copied().filter(closed).collect();
        if !closed.is_empty() {
            people.extend(person::of_cases(conn, scope, Some(&closed)).await?);
        }
        let list: Vec<String> = ids.iter().map(|id| id.get().to_string()).collect();
        let list = if list.is_empty() {
            "-1".to_owned()
        } else {
            list.join(", ")
        };
        let sql = format!(
            "SELECT id, number FROM casefile WHERE id IN ({list}) AND {}",
            scope.sql("id")
        );
        let numbers: Vec<(i64, i64)> = conn.all(&sql, params![]).await?;
        let name = |case: CaseId| {
            let mine = people.get(&case)?;
            let principal = mine.iter().find(|one| one.part == Part::Principal)?;
            Some(principal.identity.called().to_owned())
        };
        let named = numbers
            .into_iter()
            .map(|(case, number)| {
                let case = CaseId::from(case);
                let name = name(case).unwrap_or_default();
                (case, Named { number, name })
            })
            .collect();
        Ok(Self { named, people })
    }

    fn due(&self, case: CaseId, on: Date) -> Due<()> {
        Due {
            case,
            named: self.named.get(&case).cloned().unwrap_or_default(),
            on,
            what: (),
        }
    }

    fn label(&self, case: CaseId, person: basics::PersonId) -> String {
        let mine = self.people.get(&case).into_iter().flatten();
        mine.filter(|one| one.id == person)
            .map(Person::label)
            .next()
            .unwrap_or_default()
    }
}
