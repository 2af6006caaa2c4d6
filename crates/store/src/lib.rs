//! The database: one door to SQLite and PostgreSQL, one SQL text for both.
//!
//! Rooms write `$1, $2 …` SQL with portable types (docs/DATABASE.md), read rows
//! into [`row!`] structs, and change things only inside [`transact!`], which
//! retries what may be retried and refuses to commit what left no audit row.
//!
//! Architecture invariants: no table of a room is known here; nothing but the
//! five dialect functions (open, migrate, claim a job, scrub, ping) asks which
//! engine it speaks to; a transaction without an audit row does not commit
//! unless its name stands in [`HOUSEKEEPING`].

mod conn;
mod error;
pub mod jobs;
mod migrate;
mod postgres;
mod row;
mod sqlite;
mod transact;
mod value;

pub use conn::Conn;
pub use error::Error;
pub use migrate::Migration;
pub use row::{FromRow, Row};
#[doc(hidden)]
pub use transact::{ATTEMPTS as __ATTEMPTS, Retry as __Retry, back_off as __back_off};
pub use transact::{HOUSEKEEPING, Transaction};
pub use value::{FromValue, Value};

use std::sync::Arc;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A database. Cheap to clone; all clones share the same connections.
#[derive(Clone)]
pub struct Db(Arc<Engine>);

/// Which engine stands behind the door.
pub(crate) enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

impl Db {
    /// Opens `sqlite:PATH` (created when absent) or `postgres://…` (several hosts
    /// may be given; the writable one is found).
    pub async fn open(url: &str) -> Result<Self> {
        let engine = if let Some(path) = url.strip_prefix("sqlite:") {
            Engine::Sqlite(sqlite::Sqlite::open(path.as_ref())?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Engine::Postgres(postgres::Postgres::open(url).await?)
        } else {
            return Err(Error::Address);
        };
        Ok(Self(Arc::new(engine)))
    }

    /// A connection for reading. On SQLite it cannot write (`query_only`).
    pub async fn read(&self) -> Result<Conn> {
        match self.engine() {
            Engine::Sqlite(sqlite) => sqlite.read().await.map(Conn::sqlite),
            Engine::Postgres(postgres) => postgres.connection().await.map(Conn::postgres),
        }
    }

    /// Begins a transaction; rooms use [`transact!`] instead, which calls this.
    #[doc(hidden)]
    pub async fn begin(&self, name: &'static str) -> Result<Transaction> {
        Transaction::begin(self, name).await
    }

    /// After erasing: makes SQLite forget the old pages (`secure_delete` has
    /// overwritten them in the file; the write-ahead log is truncated here).
    /// On PostgreSQL dead rows go with the operator's VACUUM (SECURITY.md).
    pub async fn scrub(&self) -> Result<()> {
        match self.engine() {
            Engine::Sqlite(sqlite) => sqlite.truncate_wal().await,
            Engine::Postgres(_) => Ok(()),
        }
    }

    /// Applies the migrations that are not yet applied, store's own first.
    pub async fn migrate(&self, rooms: &[&[Migration]]) -> Result<()> {
        migrate::run(self, rooms).await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        let mut conn = self.read().await?;
        conn.one::<(i64,)>("SELECT CAST(1 AS BIGINT)", &[])
            .await
            .map(drop)
    }

    /// "SQLite" or "PostgreSQL", for the start-up line and tests' names.
    pub fn engine_name(&self) -> &'static str {
        match self.engine() {
            Engine::Sqlite(_) => "SQLite",
            Engine::Postgres(_) => "PostgreSQL",
        }
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0
    }
}
