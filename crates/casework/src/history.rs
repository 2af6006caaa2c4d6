//! 「だれが開いたか」: who opened one's own letters and one's own side of the record, for whoever holds the code.
//!
//! For every thread alike, whether it became part of a case or not: nothing here says that there is a case, and nothing
//! of another side is looked at. A broken glass is shown unless a supervisor keeps it back for danger to life (inv. 18).

use crate::{Casework, Error, Result};
use basics::StaffId;
use basics::time::to_jst;
use jiff::civil::Date;
use mailbox::holder::Holder;
use office::access::{CompartmentKind, compartment_subject};
use office::audit::{self, Recorded};
use office::custody::glass;
use office::{Actor, Entry, Role, staff};
use store::{Conn, transact};

/// Who opened it, without a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Whoever holds the code.
    You,
    /// 担当の職員
    Worker,
    /// センター長
    Lead,
    /// 緊急の閲覧
    Emergency,
}

impl Who {
    /// The word on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::You => "あなたの番号",
            Self::Worker => "担当の職員",
            Self::Lead => "センター長",
            Self::Emergency => "緊急の閲覧",
        }
    }
}

/// One day's openings by one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// On which day.
    pub on: Date,
    /// Who.
    pub who: Who,
    /// How often.
    pub times: usize,
}

/// How far back the page looks.
const ROWS: i64 = 1_000;

impl Casework {
    /// Who opened this holder's own side, newest day first. That it was looked at is recorded as well.
    pub async fn access_history(&self, holder: &Holder) -> Result<Vec<Opening>> {
        let thread = holder.thread();
        transact!(self.db(), "history.read", |tx| {
            let own = format!("thread:{}", thread.id);
            let mut subjects = vec![own.clone()];
            // For every thread the same number of questions.
            let (case, room, kind) = thread.part_of.map_or((0, 0, None), |(case, room, kind)| {
                (case.get(), room.get(), Some(kind))
            });
            subjects.push(compartment_subject(room.into()));
            let rows = audit::history(tx, thread.office, &subjects, ROWS).await?;
            // The breaking of the glass itself opens the face sheet: the person the case is about sees it, however long ago.
            let mut broken = glass::of_case(tx, case.into()).await?;
            if kind != Some(CompartmentKind::Principal) {
                broken.clear();
            }
            let openings = summed(tx, thread.office, &rows, &broken, self.clock().now()).await?;
            let actor = Actor::CodeHolder(thread.id);
            let entry = Entry::done(
                thread.office,
                actor,
                "history.read",
                own,
                self.clock().now(),
            );
            audit::record(tx, &entry).await?;
            Ok::<_, Error>(openings)
        })
    }
}

/// The broken glass by which something was opened.
fn glass_of(row: &Recorded) -> Option<i64> {
    row.detail.strip_prefix("break_glass=")?.parse().ok()
}

async fn summed(
    conn: &mut Conn,
    office: basics::OfficeId,
    rows: &[Recorded],
    broken: &[(i64, jiff::Timestamp)],
    now: jiff::Timestamp,
) -> Result<Vec<Opening>> {
    let behind = rows.iter().filter_map(glass_of);
    let glasses: Vec<i64> = behind.chain(broken.iter().map(|(id, _)| *id)).collect();
    let hidden = glass::hidden(conn, &glasses, now).await?;
    let leads: Vec<StaffId> = staff::list(conn, office)
        .await?
        .into_iter()
        .filter(|one| one.role == Role::Supervisor)
        .map(|one| one.id)
        .collect();
    let who = |row: &Recorded| match (row.actor, glass_of(row)) {
        (_, Some(glass)) if hidden.contains(&glass) => None,
        (_, Some(_)) => Some(Who::Emergency),
        // Looking at this very page opens nothing.
        (Some(Actor::CodeHolder(_)), _) => (row.action != "history.read").then_some(Who::You),
        (Some(Actor::Staff(_)), _) if row.detail == "reach=leads" => Some(Who::Lead),
        (Some(Actor::Staff(id)), _) if leads.contains(&id) => Some(Who::Lead),
        (Some(Actor::Staff(_)), _) => Some(Who::Worker),
        _ => None,
    };
    let mut openings: Vec<Opening> = Vec::new();
    let seen = rows.iter().filter_map(|row| Some((row.at, who(row)?)));
    let shown = broken.iter().filter(|(id, _)| !hidden.contains(id));
    for (at, who) in seen.chain(shown.map(|(_, at)| (*at, Who::Emergency))) {
        let on = to_jst(at).date();
        match openings
            .iter_mut()
            .find(|one| one.on == on && one.who == who)
        {
            Some(known) => known.times += 1,
            None => openings.push(Opening { on, who, times: 1 }),
        }
    }
    openings.sort_by_key(|one| (std::cmp::Reverse(one.on), one.who));
    Ok(openings)
}
