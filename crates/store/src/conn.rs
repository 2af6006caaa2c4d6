//! One connection, for reading or inside a transaction.

use crate::postgres::PgConn;
use crate::sqlite::SqliteConn;
use crate::{Error, FromRow, Result, Row, Value};

/// A connection. Functions of rooms that change things take `&mut Conn` and are
/// called inside [`crate::transact!`].
pub struct Conn {
    inner: Inner,
    recorded: bool,
}

pub(crate) enum Inner {
    Sqlite(SqliteConn),
    Postgres(PgConn),
}

impl Conn {
    pub(crate) fn sqlite(conn: SqliteConn) -> Self {
        Self {
            inner: Inner::Sqlite(conn),
            recorded: false,
        }
    }

    pub(crate) fn postgres(conn: PgConn) -> Self {
        Self {
            inner: Inner::Postgres(conn),
            recorded: false,
        }
    }

    /// Runs a statement; the number of rows it changed.
    pub async fn exec(&mut self, sql: &str, params: &[Value]) -> Result<u64> {
        match &mut self.inner {
            Inner::Sqlite(conn) => conn.exec(sql, params),
            Inner::Postgres(conn) => conn.exec(sql, params).await,
        }
    }

    /// All rows.
    pub async fn all<T: FromRow>(&mut self, sql: &str, params: &[Value]) -> Result<Vec<T>> {
        let rows = match &mut self.inner {
            Inner::Sqlite(conn) => conn.rows(sql, params)?,
            Inner::Postgres(conn) => conn.rows(sql, params).await?,
        };
        rows.into_iter()
            .map(|values| T::from_row(&mut Row::new(values)))
            .collect()
    }

    /// Visits every row without collecting them: for reading much and keeping little (a search). The visits of one batch
    /// run where waiting and work are announced to the runtime. An error of `visit` ends it.
    pub async fn each<T: FromRow>(
        &mut self,
        sql: &str,
        params: &[Value],
        mut visit: impl FnMut(T) -> Result<()> + Send,
    ) -> Result<()> {
        let mut values =
            |values: Vec<Value>| -> Result<()> { visit(T::from_row(&mut Row::new(values))?) };
        match &mut self.inner {
            Inner::Sqlite(conn) => conn.each(sql, params, &mut values),
            Inner::Postgres(conn) => conn.each(sql, params, &mut values).await,
        }
    }

    /// The first row, if any.
    pub async fn first<T: FromRow>(&mut self, sql: &str, params: &[Value]) -> Result<Option<T>> {
        Ok(self.all(sql, params).await?.into_iter().next())
    }

    /// The first row; [`Error::Absent`] when there is none.
    pub async fn one<T: FromRow>(&mut self, sql: &str, params: &[Value]) -> Result<T> {
        self.first(sql, params).await?.ok_or(Error::Absent)
    }

    /// Whether the engine accepts the statement; for the test that prepares every SQL text.
    pub async fn prepare(&mut self, sql: &str) -> Result<()> {
        match &mut self.inner {
            Inner::Sqlite(conn) => conn.prepare(sql),
            Inner::Postgres(conn) => conn.prepare(sql).await,
        }
    }

    /// Says that this transaction has left its audit row. Called by `office::audit` only.
    pub fn mark_recorded(&mut self) {
        self.recorded = true;
    }

    pub(crate) fn is_recorded(&self) -> bool {
        self.recorded
    }

    pub(crate) async fn batch(&mut self, sql: &str) -> Result<()> {
        match &mut self.inner {
            Inner::Sqlite(conn) => conn.batch(sql),
            Inner::Postgres(conn) => conn.batch(sql).await,
        }
    }

    pub(crate) fn inner_mut(&mut self) -> &mut Inner {
        &mut self.inner
    }
}
