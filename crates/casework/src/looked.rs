//! 「だれが見たか」 for staff: who looked at a case and did something in it, by name and day, in codes (field/casework.md
//! §F4: coordinators of their own cases, the supervisor of the office). What lies in compartments out of the asker's reach
//! is left out, and so are refusals: who was refused is on the chain's page.

use crate::case::{self, CaseView};
use crate::{Casework, Error, Result};
use basics::time::to_jst;
use basics::{CaseId, StaffId};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{Action, case_subject, compartment_subject};
use office::session::Session;
use office::{Actor, audit, staff};
use store::transact;

/// How many steps the page goes back.
pub const STEPS: i64 = 500;

/// What one colleague did with one part of the case on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// On which day.
    pub on: Date,
    /// When for the last time.
    pub last: Timestamp,
    /// Who.
    pub staff: StaffId,
    /// Their name.
    pub name: String,
    /// What, as the chain's code.
    pub action: String,
    /// With what: a compartment or letters in words; empty for the case itself.
    pub part: String,
    /// Whether it was behind broken glass.
    pub emergency: bool,
    /// How often.
    pub times: usize,
}

impl Casework {
    /// Who looked at the case, newest first; with the case. Behind broken glass nobody sees it.
    pub async fn who_looked(
        &self,
        session: &Session,
        id: CaseId,
    ) -> Result<(CaseView, Vec<Looked>)> {
        transact!(self.db(), "case.history", |tx| {
            let (case, grant) = case::open(tx, session, id, Action::SeeCaseHistory).await?;
            let view = case::view(tx, case, &grant, self).await?;
            let mut parts = vec![(case_subject(id), String::new())];
            for one in &view.compartments {
                parts.push((compartment_subject(one.id), view.name_of(one)));
            }
            for thread in mailbox::of_case::threads_of(tx, id).await? {
                if thread
                    .part_of
                    .is_some_and(|(_, room, _)| grant.reaches(room))
                {
                    let words = format!("手紙 {}", thread.number);
                    parts.push((format!("thread:{}", thread.id), words));
                }
            }
            let subjects: Vec<String> = parts.iter().map(|(subject, _)| subject.clone()).collect();
            let rows = audit::history(tx, grant.office(), &subjects, STEPS).await?;
            let names = staff::list(tx, grant.office()).await?;
            let mut found: Vec<Looked> = Vec::new();
            for row in rows {
                let Some(Actor::Staff(who)) = row.actor else {
                    continue;
                };
                let part = parts.iter().find(|(subject, _)| *subject == row.subject);
                let name = names.iter().find(|one| one.id == who);
                let one = Looked {
                    on: to_jst(row.at).date(),
                    last: row.at,
                    staff: who,
                    name: name.map(|one| one.name.clone()).unwrap_or_default(),
                    action: row.action,
                    part: part.map(|(_, words)| words.clone()).unwrap_or_default(),
                    emergency: row.detail.starts_with("break_glass="),
                    times: 1,
                };
                let same = |known: &&mut Looked| {
                    (known.on, known.staff, known.emergency) == (one.on, one.staff, one.emergency)
                        && (&known.action, &known.part) == (&one.action, &one.part)
                };
                match found.iter_mut().find(same) {
                    Some(known) => known.times += 1,
                    None => found.push(one),
                }
            }
            Ok::<_, Error>((view, found))
        })
    }
}
