//! SQLite behind the door: one writer, a few readers, WAL, `synchronous=FULL`.
//!
//! Short statements run inline on the calling thread (8 µs each; moving them to
//! another thread costs four times that, stack.md §2.2). Waiting for the disk
//! at COMMIT is announced to the runtime.

use crate::{Result, Value};
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedMutexGuard, Semaphore};

const READERS: usize = 4;
/// How long a statement waits for another process that holds the file.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) struct Sqlite {
    writer: Arc<tokio::sync::Mutex<Connection>>,
    readers: Arc<Readers>,
}

pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

/// A borrowed connection; it goes back where it came from when dropped.
pub(crate) enum SqliteConn {
    Writer(OwnedMutexGuard<Connection>),
    Reader {
        conn: Option<Connection>,
        home: Arc<Readers>,
        _permit: tokio::sync::OwnedSemaphorePermit,
    },
}

impl Sqlite {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let writer = connect(path, false)?;
        Ok(Self {
            writer: Arc::new(tokio::sync::Mutex::new(writer)),
            readers: Arc::new(Readers {
                path: path.to_owned(),
                idle: Mutex::new(Vec::new()),
                permits: Arc::new(Semaphore::new(READERS)),
            }),
        })
    }

    pub(crate) async fn read(&self) -> Result<SqliteConn> {
        let permit = Arc::clone(&self.readers.permits)
            .acquire_owned()
            .await
            .map_err(|_| crate::Error::Unreachable("closed".into()))?;
        let idle = self
            .readers
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let conn = match idle {
            Some(conn) => conn,
            None => connect(&self.readers.path, true)?,
        };
        Ok(SqliteConn::Reader {
            conn: Some(conn),
            home: Arc::clone(&self.readers),
            _permit: permit,
        })
    }

    pub(crate) async fn write(&self) -> SqliteConn {
        SqliteConn::Writer(Arc::clone(&self.writer).lock_owned().await)
    }

    pub(crate) async fn truncate_wal(&self) -> Result<()> {
        // Another reader (a backup) may hold a snapshot: ask again for two seconds, and let everybody else write
        // in between.
        for _ in 0..50 {
            if self.try_truncate_wal().await? {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
        Err(crate::Error::Slow(2))
    }

    async fn try_truncate_wal(&self) -> Result<bool> {
        let conn = self.writer.lock().await;
        blocking(|| {
            conn.busy_timeout(Duration::ZERO)?;
            let asked = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
            conn.busy_timeout(PATIENCE)?;
            match asked {
                Ok(busy) => Ok(i64::eq(&busy, &0)),
                Err(rusqlite::Error::SqliteFailure(failure, _))
                    if failure.code == rusqlite::ErrorCode::DatabaseBusy =>
                {
                    Ok(false)
                }
                Err(error) => Err(error.into()),
            }
        })
    }
}

fn connect(path: &Path, read_only: bool) -> Result<Connection> {
    let conn = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    conn.busy_timeout(PATIENCE)?;
    // secure_delete is a property of the connection, not of the file (intake.md, traps).
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; \
         PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 8388608;",
    )?;
    if read_only {
        conn.execute_batch("PRAGMA query_only = ON;")?;
    }
    conn.set_prepared_statement_cache_capacity(256);
    Ok(conn)
}

impl SqliteConn {
    fn conn(&self) -> &Connection {
        match self {
            SqliteConn::Writer(guard) => guard,
            // Only `drop` takes the connection out.
            SqliteConn::Reader { conn, .. } => conn.as_ref().unwrap_or_else(|| unreachable!()),
        }
    }

    pub(crate) fn exec(&self, sql: &str, params: &[Value]) -> Result<u64> {
        let mut statement = self.conn().prepare_cached(sql)?;
        if statement.column_count() == 0 {
            return Ok(statement.execute(rusqlite::params_from_iter(params))? as u64);
        }
        let mut rows = statement.query(rusqlite::params_from_iter(params))?;
        let mut count = 0;
        while rows.next()?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    pub(crate) fn rows(&self, sql: &str, params: &[Value]) -> Result<Vec<Vec<Value>>> {
        let mut statement = self.conn().prepare_cached(sql)?;
        let width = statement.column_count();
        let mut rows = statement.query(rusqlite::params_from_iter(params))?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            out.push(
                (0..width)
                    .map(|column| Ok(Value::from_sqlite(row.get_ref(column)?)))
                    .collect::<Result<_>>()?,
            );
        }
        Ok(out)
    }

    pub(crate) fn each(
        &self,
        sql: &str,
        params: &[Value],
        visit: &mut (dyn FnMut(Vec<Value>) -> Result<()> + Send),
    ) -> Result<()> {
        blocking(|| {
            let mut statement = self.conn().prepare_cached(sql)?;
            let width = statement.column_count();
            let mut rows = statement.query(rusqlite::params_from_iter(params))?;
            while let Some(row) = rows.next()? {
                let values = (0..width)
                    .map(|column| Ok(Value::from_sqlite(row.get_ref(column)?)))
                    .collect::<Result<_>>()?;
                visit(values)?;
            }
            Ok(())
        })
    }

    pub(crate) fn prepare(&self, sql: &str) -> Result<()> {
        self.conn().prepare(sql)?;
        Ok(())
    }

    pub(crate) fn roll_back_if_open(&self) {
        if !self.conn().is_autocommit() {
            let _ = self.conn().execute_batch("ROLLBACK");
        }
    }

    pub(crate) fn batch(&self, sql: &str) -> Result<()> {
        blocking(|| self.conn().execute_batch(sql)).map_err(Into::into)
    }
}

impl Drop for SqliteConn {
    fn drop(&mut self) {
        if let SqliteConn::Reader { conn, home, .. } = self
            && let Some(conn) = conn.take()
        {
            home.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(conn);
        }
    }
}

/// Tells a multi-threaded runtime that this thread will wait for the disk.
pub(crate) fn blocking<T>(work: impl FnOnce() -> T) -> T {
    match tokio::runtime::Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(tokio::runtime::RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
