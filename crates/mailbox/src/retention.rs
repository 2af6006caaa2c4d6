//! Closed threads are erased in time: 90 days after closing unless the office keeps
//! them longer. The words go, the count stays (field/intake.md §E6). A thread that is
//! part of a case is kept and erased with that case's records, by two people.

use crate::count::{self, What};
use crate::first_letter::subject;
use crate::thread::{self, Thread};
use crate::{Error, Mailbox, Result};
use basics::{OfficeId, new_id};
use jiff::civil::Date;
use jiff::{SignedDuration, Span};
use office::audit::{self, Actor, Entry};
use std::sync::atomic::Ordering;
use store::jobs::{self, NewJob};
use store::{Conn, housekeeping, params, transact};

/// The daily job.
pub const JOB: &str = "mailbox.erase_closed";
const LEASE: i64 = 10 * 60 * 1_000_000;
/// How many threads one round erases before it looks at the clock again.
const ROUND: i64 = 200;

/// Why a thread was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Its writer ended it.
    Writer,
    /// Its time had come.
    Retention,
}

impl Reason {
    fn code(self) -> &'static str {
        match self {
            Reason::Writer => "writer",
            Reason::Retention => "retention",
        }
    }
}

/// Erases letters, keys and code of a thread; the number, the writer's kind and the
/// count of letters stay. Its key gone, copies in old backups can no longer be opened
/// by the code; the office's own copy of the key goes with its backups (SECURITY.md).
pub(crate) async fn erase(
    tx: &mut Conn,
    thread: &Thread,
    reason: Reason,
    today: Date,
) -> Result<()> {
    let id = thread.id.get();
    let (letters,): (i64,) = tx
        .first(
            "SELECT COUNT(*) FROM letter WHERE thread_id = $1 AND side <> 'note'",
            params![id],
        )
        .await?
        .unwrap_or_default();
    tx.exec("DELETE FROM letter WHERE thread_id = $1", params![id])
        .await?;
    let gone = tx
        .exec("DELETE FROM thread WHERE id = $1", params![id])
        .await?;
    if gone == 0 {
        return Err(Error::NotFound);
    }
    tx.exec(
        "INSERT INTO erased_thread (office_id, number, writer, origin, letters, reason, erased_on) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![
            thread.office.get(),
            thread.number,
            thread.writer.code(),
            thread.origin.code(),
            letters,
            reason.code(),
            today.to_string()
        ],
    )
    .await?;
    count::add(tx, thread, What::Erased, today).await
}

impl Mailbox {
    /// Erases every closed thread whose time has come; how many. Ends with a WAL truncate.
    pub async fn erase_due(&self) -> Result<u64> {
        let offices = office::office::all(&mut self.db().read().await?).await?;
        let mut erased = 0;
        for office in offices {
            erased += self
                .erase_due_of(office.id, office.settings.retention_days)
                .await?;
        }
        if erased > 0 {
            self.scrub().await?;
        }
        Ok(erased)
    }

    /// Truncates the write-ahead log. What fails is tried again with every round of the job.
    pub(crate) async fn scrub(&self) -> Result<()> {
        let done = self.db().scrub().await;
        self.unscrubbed().store(done.is_err(), Ordering::Relaxed);
        if let Err(error) = &done {
            tracing::warn!("erased words are still in the write-ahead log: {error}");
        }
        Ok(done?)
    }

    async fn erase_due_of(&self, office: OfficeId, days: u32) -> Result<u64> {
        let keep = SignedDuration::from_hours(24 * i64::from(days));
        let before = self
            .clock()
            .now()
            .saturating_sub(keep)
            .map_or(0, basics::time::micros);
        let mut erased = 0;
        loop {
            let due = thread::select(
                &mut self.db().read().await?,
                "office_id = $1 AND state = 'closed' AND closed_at <= $2 AND case_id IS NULL ORDER BY closed_at LIMIT $3",
                params![office.get(), before, ROUND],
            )
            .await?;
            if due.is_empty() {
                return Ok(erased);
            }
            for thread in &due {
                erased += u64::from(self.erase_one(thread, before).await?);
            }
        }
    }

    async fn erase_one(&self, thread: &Thread, before: i64) -> Result<bool> {
        let (today, now) = (self.clock().today(), self.clock().now());
        let done = transact!(self.db(), "mailbox.erase", |tx| {
            let entry = Entry::done(
                thread.office,
                Actor::Program,
                "mailbox.erase_closed",
                subject(thread.id),
                now,
            );
            audit::record(tx, &entry).await?;
            // The writer may have written again, or the thread become part of a case, since the list was made.
            let still: Option<(i64,)> = tx
                .first(
                    "UPDATE thread SET state = 'closed' WHERE id = $1 AND state = 'closed' AND closed_at <= $2 \
                     AND case_id IS NULL RETURNING id",
                    params![thread.id.get(), before],
                )
                .await?;
            if still.is_none() {
                return Err(Error::Again);
            }
            erase(tx, thread, Reason::Retention, today).await
        });
        match done {
            Ok(()) => Ok(true),
            Err(Error::Again) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Puts the daily job on the table, if it is not there; called at start-up.
    pub async fn schedule(&self) -> Result<()> {
        let id = new_id(self.clock());
        let due_at = self.clock().now_micros();
        housekeeping!(self.db(), "job.enqueue", |tx| {
            jobs::enqueue(
                tx,
                &NewJob {
                    id,
                    name: JOB,
                    key: "daily",
                    due_at,
                    payload: "",
                },
            )
            .await?;
            Ok::<_, Error>(())
        })
    }

    /// Runs the daily job when it is due; `true` when it ran. Called every few minutes by `ippo serve`.
    pub async fn run_due_job(&self) -> Result<bool> {
        if self.unscrubbed().load(Ordering::Relaxed) {
            self.scrub().await?;
        }
        self.pass_on_due().await?;
        let now = self.clock().now_micros();
        let Some(job) = jobs::claim(self.db(), JOB, now, LEASE).await? else {
            return Ok(false);
        };
        self.erase_due().await?;
        // Also when nothing was due: a program that stopped between erasing and this left words in the log.
        self.scrub().await?;
        // Three in the morning, when nobody at the desk waits for a page.
        let tomorrow = self.clock().today().saturating_add(Span::new().days(1));
        let next =
            basics::time::start_of_day(tomorrow).saturating_add(SignedDuration::from_hours(3));
        let due_at = next.map_or(now + LEASE, basics::time::micros);
        jobs::postpone(self.db(), &job, due_at).await?;
        Ok(true)
    }
}
