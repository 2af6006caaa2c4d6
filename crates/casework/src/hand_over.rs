//! Hand-over (引き継ぎ): in bulk for 4月の異動, one page a case, read before the first contact.
//!
//! The old worker's access ends at the very moment the new one's begins; what they wrote stays theirs.

mod sheet;

pub(crate) use sheet::written;
pub use sheet::{Sheet, SheetLine, SheetWords};

use crate::case;
use crate::{Casework, Error, Person, Result, person};
use basics::time::{micros, start_of_day};
use basics::{CaseId, StaffId, new_id};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use office::access::{self, Action, CaseGrant};
use office::audit;
use office::custody::notice::{self, NoticeKind};
use office::custody::{self, Assignment, AssignmentKind};
use office::session::Session;
use std::collections::BTreeSet;
use store::{Conn, params, transact};

/// The next 1 April, midnight in Tokyo: when people move.
pub fn next_april(today: Date) -> Timestamp {
    let this_year = date(today.year(), 4, 1);
    let day = if today < this_year {
        this_year
    } else {
        date(today.year() + 1, 4, 1)
    };
    start_of_day(day)
}

/// One case that somebody carries.
#[derive(Debug, Clone)]
pub struct Carried {
    /// Which.
    pub case: CaseId,
    /// Its number.
    pub number: i64,
    /// What to call the person.
    pub principal: String,
    /// As what they work on it.
    pub kind: AssignmentKind,
}

/// Cases to be handed over, all or none.
#[derive(Debug, Clone)]
pub struct HandOver {
    /// Who gives them up.
    pub from: StaffId,
    /// At what moment.
    pub moment: Timestamp,
    /// Which case to whom.
    pub cases: Vec<(CaseId, StaffId)>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandedOver {
    /// All of them.
    Done(usize),
    /// None of them: these cannot go to these colleagues, with the number and a sentence each.
    Refused(Vec<(CaseId, i64, String)>),
}

impl Casework {
    /// What a colleague carries now, of the cases that exist for the asking supervisor.
    pub async fn carried_by(&self, session: &Session, who: StaffId) -> Result<Vec<Carried>> {
        transact!(self.db(), "case.hand_over", |tx| {
            let scope = access::case_scope(tx, session, Action::HandOver).await?;
            let people = person::in_scope(tx, &scope).await?;
            let mut lines = Vec::new();
            for one in custody::carried(tx, &scope, who, self.clock().now()).await? {
                let Some(case) = case::by_id(tx, one.case).await? else {
                    continue;
                };
                lines.push(Carried {
                    case: case.id,
                    number: case.number,
                    principal: called(people.get(&case.id), case.principal),
                    kind: one.kind,
                });
            }
            lines.sort_by_key(|line| line.number);
            Ok::<_, Error>(lines)
        })
    }

    /// Hands the cases over at the moment, all or none. A colleague who must not know of a case, or could not work on
    /// it, is refused with a line for that case, and nothing is changed.
    pub async fn hand_over(&self, session: &Session, order: &HandOver) -> Result<HandedOver> {
        if order.moment < self.clock().now() {
            return Err(Error::invalid(
                "moment",
                "これからの日時にしてください。いますぐなら、今日の日付のままにします。",
            ));
        }
        if order.cases.is_empty() {
            return Err(Error::invalid("cases", "引き継ぐケースを選んでください。"));
        }
        transact!(self.db(), "case.hand_over", |tx| {
            let mut ready = Vec::new();
            let mut refused = Vec::new();
            let cases: BTreeSet<(CaseId, StaffId)> = order.cases.iter().copied().collect();
            for (id, to) in cases {
                let (case, grant) = case::open(tx, session, id, Action::HandOver).await?;
                let all = custody::assignments(tx, &grant, self.clock()).await?;
                let old = all.into_iter().filter(|one| {
                    one.staff == order.from
                        && one.kind != AssignmentKind::Peer
                        && one.until.is_none_or(|until| until > order.moment)
                });
                let old: Vec<Assignment> = old.collect();
                match why_not(tx, &grant, order.from, to, &old).await? {
                    Some(why) => refused.push((id, case.number, why)),
                    None => ready.push((grant, old, to)),
                }
            }
            if !refused.is_empty() {
                refused.sort_by_key(|(_, number, _)| *number);
                return Ok(HandedOver::Refused(refused));
            }
            let mut receivers = BTreeSet::new();
            let count = ready.len();
            for (grant, old, to) in ready {
                self.pass_on(tx, session, &grant, &old, to, order.moment)
                    .await?;
                receivers.insert(to);
            }
            let office = session.office();
            for to in receivers {
                notice::tell(
                    tx,
                    self.clock(),
                    office,
                    to,
                    NoticeKind::HandedOver,
                    None,
                    None,
                )
                .await?;
            }
            notice::tell(
                tx,
                self.clock(),
                office,
                order.from,
                NoticeKind::SheetToWrite,
                None,
                None,
            )
            .await?;
            Ok::<_, Error>(HandedOver::Done(count))
        })
    }

    async fn pass_on(
        &self,
        tx: &mut Conn,
        session: &Session,
        grant: &CaseGrant,
        old: &[Assignment],
        to: StaffId,
        moment: Timestamp,
    ) -> Result<()> {
        let clock = self.clock();
        for one in old {
            custody::pass_on(tx, grant, clock, one, to, moment).await?;
        }
        let room = crate::review::staff_place(tx, grant.case()).await?;
        let room = room.ok_or(Error::Damaged("compartment.staff"))?;
        let from = old.first().map_or(0, |one| one.staff.get());
        tx.exec(
            "INSERT INTO hand_over_sheet (id, case_id, from_staff, to_staff, moment, made_by, made_at, compartment_id) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            params![
                new_id(clock),
                grant.case().get(),
                from,
                to.get(),
                micros(moment),
                session.staff().get(),
                clock.now_micros(),
                room.get()
            ],
        )
        .await?;
        self.pass_on_visits(tx, grant, (from.into(), to), moment)
            .await?;
        let both = (from.into(), to);
        mailbox::passing::pass_on(tx, clock, grant.office(), grant.case(), both, moment).await?;
        let detail = format!("from={from},to={to}");
        Ok(audit::record(tx, &grant.entry("case.handed_over").because(detail)).await?)
    }

    /// Visits that are planned from the moment on go to the next colleague; where both were to go together, they are left for
    /// the two to look at.
    async fn pass_on_visits(
        &self,
        tx: &mut Conn,
        grant: &CaseGrant,
        (from, to): (StaffId, StaffId),
        moment: Timestamp,
    ) -> Result<()> {
        for (role, other) in [("staff_id", "buddy_id"), ("buddy_id", "staff_id")] {
            let sql = format!(
                "UPDATE visit SET {role} = $1 WHERE case_id = $2 AND {role} = $3 AND state = 'planned' AND leave_at >= $4 \
                 AND ({other} IS NULL OR {other} <> $5) RETURNING id"
            );
            let (case, now, next) = (grant.case().get(), micros(moment), to.get());
            let moved: Vec<(i64,)> = tx
                .all(&sql, params![next, case, from.get(), now, next])
                .await?;
            for (visit,) in moved {
                let entry = grant.entry("visit.passed_on");
                audit::record(tx, &entry.because(format!("visit={visit},staff={to}"))).await?;
            }
        }
        Ok(())
    }
}

/// What to call the person of a case.
fn called(people: Option<&Vec<Person>>, principal: basics::PersonId) -> String {
    let found = people
        .into_iter()
        .flatten()
        .find(|person| person.id == principal);
    found.map_or_else(|| "本人".to_owned(), Person::label)
}

/// Why this case cannot go to this colleague; `None`: it can.
async fn why_not(
    conn: &mut Conn,
    grant: &CaseGrant,
    from: StaffId,
    to: StaffId,
    old: &[Assignment],
) -> Result<Option<String>> {
    if old.is_empty() {
        return Ok(Some(
            "この職員は、その日時にこのケースの担当ではありません。".to_owned(),
        ));
    }
    if from == to {
        return Ok(Some(
            "いまの担当と同じ職員です。ほかの職員を選んでください。".to_owned(),
        ));
    }
    for one in old {
        if !custody::fits(conn, grant, to, one.kind).await? {
            return Ok(Some(
                "選んだ職員は、このケースの担当にできません。ほかの職員を選んでください。"
                    .to_owned(),
            ));
        }
    }
    Ok(None)
}
