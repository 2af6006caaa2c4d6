//! How much everybody carries: for a supervisor, in codes and counts. A case that does not exist for the asker (知人回避)
//! is in none of the numbers (inv. 17).

use crate::contact;
use crate::{Casework, Error, Result};
use basics::StaffId;
use jiff::ToSpan as _;
use jiff::civil::Date;
use office::access::{self, Action, CaseScope};
use office::session::Session;
use std::collections::BTreeMap;
use store::{Conn, params, transact};

/// How many days of contacts are added up.
pub const DAYS: i64 = 30;

/// What one colleague carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Load {
    /// Their name.
    pub name: String,
    /// Cases as the main worker.
    pub main: i64,
    /// Cases as a second worker.
    pub sub: i64,
    /// Of all these, in 支援中.
    pub active: i64,
    /// Of all these, in 静観.
    pub on_hold: i64,
    /// Of all these, in 受付前 or 待機.
    pub waiting: i64,
    /// Contacts of the last [`DAYS`] days.
    pub contacts: i64,
    /// Their minutes.
    pub minutes: i64,
}

/// What the office carries.
#[derive(Debug, Clone)]
pub struct Workload {
    /// From which day contacts are added up.
    pub from: Date,
    /// To which.
    pub to: Date,
    /// Each colleague with a case or a contact, by name.
    pub loads: Vec<Load>,
    /// Cases whose engagement is not over and that have no main worker.
    pub nobodys: i64,
    /// Cases in 受付前 or 待機, each counted once.
    pub waiting: i64,
    /// Cases whose engagement is not over.
    pub open: i64,
}

/// The latest engagement of each case, as a condition over `e`.
const LATEST: &str = "NOT EXISTS (SELECT 1 FROM engagement f WHERE f.case_id = e.case_id \
     AND (f.began_on > e.began_on OR (f.began_on = e.began_on AND f.id > e.id)))";

impl Casework {
    /// How much everybody carries.
    pub async fn workload(&self, session: &Session) -> Result<Workload> {
        transact!(self.db(), "case.workload", |tx| {
            let scope = access::case_scope(tx, session, Action::SeeWorkload).await?;
            let to = self.clock().today();
            let from = to
                .checked_sub((DAYS - 1).days())
                .map_err(|_| Error::Damaged("today"))?;
            let states = states(tx, &scope).await?;
            let mut loads: BTreeMap<StaffId, Load> = BTreeMap::new();
            let mut led = std::collections::BTreeSet::new();
            for one in office::custody::assignment::of_office(tx, &scope, self.clock()).await? {
                let Some(state) = states.get(&one.case.get()) else {
                    continue;
                };
                let load = loads.entry(one.staff).or_default();
                match one.kind {
                    office::custody::AssignmentKind::Main => {
                        load.main += 1;
                        led.insert(one.case.get());
                    }
                    office::custody::AssignmentKind::Sub => load.sub += 1,
                    _ => continue,
                }
                match state.as_str() {
                    "active" => load.active += 1,
                    "onhold" => load.on_hold += 1,
                    _ => load.waiting += 1,
                }
            }
            for (staff, contacts, minutes) in contact::load_of_staff(tx, &scope, from, to).await? {
                let load = loads.entry(staff).or_default();
                (load.contacts, load.minutes) = (contacts, minutes);
            }
            let colleagues: BTreeMap<StaffId, String> = office::staff::list(tx, scope.office())
                .await?
                .into_iter()
                .map(|one| (one.id, one.name))
                .collect();
            let named = loads.into_iter().map(|(staff, load)| Load {
                name: colleagues.get(&staff).cloned().unwrap_or_default(),
                ..load
            });
            let mut loads: Vec<Load> = named.collect();
            loads.sort_by(|a, b| a.name.cmp(&b.name));
            let waits = |state: &&String| matches!(state.as_str(), "planned" | "waitlist");
            let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
            Ok(Workload {
                from,
                to,
                loads,
                nobodys: count(states.keys().filter(|case| !led.contains(case)).count()),
                waiting: count(states.values().filter(waits).count()),
                open: count(states.len()),
            })
        })
    }
}

/// The state of every case in scope whose engagement is not over.
async fn states(conn: &mut Conn, scope: &CaseScope) -> Result<BTreeMap<i64, String>> {
    let sql = format!(
        "SELECT e.case_id, e.state FROM engagement e WHERE e.office_id = $1 AND e.ended_on IS NULL AND {LATEST} AND {}",
        scope.sql("e.case_id")
    );
    let rows: Vec<(i64, String)> = conn.all(&sql, params![scope.office().get()]).await?;
    Ok(rows.into_iter().collect())
}
