//! Transactions: all or nothing, retried where that is safe, never unrecorded.

use crate::conn::Inner;
use crate::{Conn, Db, Engine, Error, Result};
use std::time::Duration;

/// The transactions that may commit without an audit row, because they change
/// nothing anybody could want to ask about: idle clocks, rate limits, leases,
/// who is looking at a page right now, pieces of a file that is not there yet.
pub const HOUSEKEEPING: &[&str] = &[
    "session.touch",
    "session.purge",
    "limit.take",
    "limit.purge",
    "presence.touch",
    // What somebody is writing, every few seconds and for themself alone: what is sent in the end leaves its row.
    "draft.keep",
    "draft.purge",
    "job.enqueue",
    "job.claim",
    "job.finish",
    "job.postpone",
    "notice.claim",
    "attachment.piece",
    "attachment.sweep",
    "store.migrate",
];

/// An open transaction. Rooms see only the [`Conn`] inside it.
#[doc(hidden)]
pub struct Transaction {
    conn: Conn,
    name: &'static str,
}

impl Transaction {
    pub(crate) async fn begin(db: &Db, name: &'static str) -> Result<Self> {
        let mut conn = match db.engine() {
            Engine::Sqlite(sqlite) => Conn::sqlite(sqlite.write().await),
            Engine::Postgres(postgres) => Conn::postgres(postgres.connection().await?),
        };
        let begin = match conn.inner_mut() {
            Inner::Sqlite(_) => "BEGIN IMMEDIATE",
            Inner::Postgres(_) => "BEGIN",
        };
        conn.batch(begin).await?;
        Ok(Self { conn, name })
    }

    /// The connection the body works on.
    pub fn conn(&mut self) -> &mut Conn {
        &mut self.conn
    }

    /// Commits, if the transaction left its audit row or is housekeeping.
    pub async fn commit(mut self) -> Result<()> {
        if !self.conn.is_recorded() && !HOUSEKEEPING.contains(&self.name) {
            self.conn.batch("ROLLBACK").await?;
            return Err(Error::Unrecorded(self.name));
        }
        let done = self.conn.batch("COMMIT").await;
        if done.is_err() {
            let _ = self.conn.batch("ROLLBACK").await;
        }
        done
    }

    /// Undoes everything.
    pub async fn roll_back(mut self) {
        let _ = self.conn.batch("ROLLBACK").await;
    }
}

impl Drop for Transaction {
    /// A body that was dropped half way (a request that ended, a panic) must not leave
    /// the one SQLite writer inside its transaction. PostgreSQL connections are thrown away.
    fn drop(&mut self) {
        if let Inner::Sqlite(conn) = self.conn.inner_mut() {
            conn.roll_back_if_open();
        }
    }
}

/// How long to wait before try number `attempt` (from 1): 20 ms doubling, with jitter.
#[doc(hidden)]
pub async fn back_off(attempt: u32) {
    let mut random = [0u8; 1];
    let _ = getrandom::fill(&mut random);
    let wait = (20u64 << attempt.min(6)) + u64::from(random[0]) / 8;
    tokio::time::sleep(Duration::from_millis(wait)).await;
}

/// How often a transaction is tried in all.
#[doc(hidden)]
pub const ATTEMPTS: u32 = 6;

/// Runs `body` in one transaction: `transact!(db, "room.what", |tx| { …; Ok(value) })`.
///
/// The body may run more than once (lost connection, serialisation failure), so it
/// borrows what it captures and has no effect outside the database. When the answer to
/// COMMIT was lost nobody knows whether it happened, and the body runs again: so a body
/// that must not happen twice carries a unique key (a form's token). Its error type
/// needs `From<store::Error>` and is given back unchanged; the transaction is undone.
///
/// A macro and not a function, because an `AsyncFnMut(&mut Conn)` taken as a generic
/// is not `Send` enough inside handlers (rust-lang/rust#110338, stack.md §2.2).
#[macro_export]
macro_rules! transact {
    ($db:expr, $name:expr, |$tx:ident| $body:block) => {{
        let mut attempt: u32 = 0;
        loop {
            attempt += 1;
            let mut transaction = match $db.begin($name).await {
                Ok(transaction) => transaction,
                Err(error) if error.may_retry() && attempt < $crate::__ATTEMPTS => {
                    $crate::__back_off(attempt).await;
                    continue;
                }
                Err(error) => break Err(error.into()),
            };
            let result = {
                let $tx: &mut $crate::Conn = transaction.conn();
                async { $body }.await
            };
            match result {
                Ok(value) => match transaction.commit().await {
                    Ok(()) => break Ok(value),
                    Err(error) if error.may_retry() && attempt < $crate::__ATTEMPTS => {
                        $crate::__back_off(attempt).await;
                    }
                    Err(error) => break Err(error.into()),
                },
                Err(error) => {
                    transaction.roll_back().await;
                    if $crate::__Retry::may_retry(&error) && attempt < $crate::__ATTEMPTS {
                        $crate::__back_off(attempt).await;
                        continue;
                    }
                    break Err(error);
                }
            }
        }
    }};
}

/// The same for what leaves no audit row; `name` must stand in [`HOUSEKEEPING`].
#[macro_export]
macro_rules! housekeeping {
    ($db:expr, $name:expr, |$tx:ident| $body:block) => {
        $crate::transact!($db, $name, |$tx| $body)
    };
}

/// Whether a room's error is a database failure that may pass. Rooms' errors wrap
/// [`Error`] as their source; anything else is an answer, not a failure.
#[doc(hidden)]
pub trait Retry {
    fn may_retry(&self) -> bool;
}

impl<E: std::error::Error + 'static> Retry for E {
    fn may_retry(&self) -> bool {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(self);
        while let Some(error) = cause {
            if let Some(store) = error.downcast_ref::<Error>() {
                return store.may_retry();
            }
            cause = error.source();
        }
        false
    }
}
