//! Letters that a colleague has taken go on to the next one when a case is handed over: at its hour, by the program itself.
//! Who wrote what stays.

use crate::{Error, Mailbox, Result};
use basics::time::micros;
use basics::{CaseId, Clock, OfficeId, StaffId, ThreadId, new_id};
use jiff::Timestamp;
use office::audit::{self, Actor, Entry};
use office::custody;
use store::jobs::{self, NewJob};
use store::{Conn, params, transact};

const JOB: &str = "mailbox.pass_on";
/// How long one run may take before another may start, in µs.
const LEASE: i64 = 10 * 60 * 1_000_000;

/// Puts on the table that at this moment the letters of the case which `from` has taken go to `to`.
pub async fn pass_on(
    tx: &mut Conn,
    clock: &Clock,
    office: OfficeId,
    case: CaseId,
    (from, to): (StaffId, StaffId),
    moment: Timestamp,
) -> Result<()> {
    if moment <= clock.now() {
        return pass_on_now(tx, clock, office, case, (from, to)).await;
    }
    let payload = format!("{office} {case} {from} {to}");
    let key = format!("{payload} {}", micros(moment));
    let job = NewJob {
        id: new_id(clock),
        name: JOB,
        key: &key,
        due_at: micros(moment),
        payload: &payload,
    };
    Ok(jobs::enqueue(tx, &job).await?)
}

/// Only to somebody who works on the case by then: a hand-over may have been undone.
async fn pass_on_now(
    tx: &mut Conn,
    clock: &Clock,
    office: OfficeId,
    case: CaseId,
    (from, to): (StaffId, StaffId),
) -> Result<()> {
    if !custody::works_on(tx, case, to, clock.now_micros()).await? {
        return Ok(());
    }
    let passed: Vec<(i64,)> = tx
        .all(
            "UPDATE thread SET taken_by = $1 WHERE office_id = $2 AND case_id = $3 AND taken_by = $4 RETURNING id",
            params![to.get(), office.get(), case.get(), from.get()],
        )
        .await?;
    for (thread,) in passed {
        let subject = format!("thread:{}", ThreadId::from(thread));
        let entry = Entry::done(
            office,
            Actor::Program,
            "thread.assign",
            subject,
            clock.now(),
        );
        audit::record(tx, &entry.because(format!("staff={to}"))).await?;
    }
    Ok(())
}

impl Mailbox {
    /// Passes on what is due; how many cases. Called every few minutes by `ippo serve`.
    pub async fn pass_on_due(&self) -> Result<u64> {
        let mut done = 0;
        while let Some(job) = jobs::claim(self.db(), JOB, self.clock().now_micros(), LEASE).await? {
            let mut ids = job.payload.split(' ').map(str::parse::<i64>);
            let mut next = || ids.next().and_then(std::result::Result::ok);
            if let (Some(office), Some(case), Some(from), Some(to)) =
                (next(), next(), next(), next())
            {
                transact!(self.db(), "mailbox.pass_on", |tx| {
                    let both = (StaffId::from(from), StaffId::from(to));
                    pass_on_now(tx, self.clock(), office.into(), case.into(), both).await?;
                    tx.mark_recorded();
                    Ok::<_, Error>(())
                })?;
            }
            jobs::finish(self.db(), &job).await?;
            done += 1;
        }
        Ok(done)
    }
}
