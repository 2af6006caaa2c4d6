//! PostgreSQL behind the door: a pool, a time limit on every statement, and no
//! connection that was left inside a transaction ever goes back.

use crate::sqlite::blocking;
use crate::transact::back_off;
use crate::{Error, Result, Value};
use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use futures_util::TryStreamExt as _;
use std::time::Duration;
use tokio_postgres::NoTls;
use tokio_postgres::types::ToSql;

/// A frozen server keeps TCP alive; only a limit on our side gets us moving (reliability.md A.2).
const STATEMENT_LIMIT: Duration = Duration::from_secs(15);
const CONNECTIONS: usize = 16;
/// How many rows are visited in one go.
const BATCH: usize = 256;
/// A copy of the program that is frozen inside a transaction (a paused machine) holds the chain's lock: the server
/// frees it, so that the other copies can go on.
const IN_THE_SESSION: &str = "SET idle_in_transaction_session_timeout = '60s'";
/// How often a reading outside of a transaction is asked again after the connection was lost.
const READ_AGAIN: u32 = 4;

pub(crate) struct Postgres {
    pool: Pool,
}

pub(crate) struct PgConn {
    object: Option<Object>,
    pool: Pool,
    /// Inside a transaction: dropped without COMMIT the connection is thrown away.
    open: bool,
}

impl Postgres {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let mut config: tokio_postgres::Config = url.parse()?;
        config.connect_timeout(Duration::from_secs(5));
        config.application_name("ippo");
        if config.get_hosts().len() > 1 {
            config.target_session_attrs(tokio_postgres::config::TargetSessionAttrs::ReadWrite);
        }
        let manager = Manager::from_config(
            config,
            NoTls,
            ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            },
        );
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async move {
                    client
                        .batch_execute(IN_THE_SESSION)
                        .await
                        .map_err(HookError::Backend)
                })
            }))
            .build()
            .map_err(|error| Error::Unreachable(error.to_string()))?;
        let this = Self { pool };
        this.connection().await?;
        Ok(this)
    }

    pub(crate) async fn connection(&self) -> Result<PgConn> {
        let object = tokio::time::timeout(STATEMENT_LIMIT, self.pool.get())
            .await
            .map_err(|_| Error::Slow(STATEMENT_LIMIT.as_secs()))?
            .map_err(|error| Error::Unreachable(error.to_string()))?;
        Ok(PgConn {
            object: Some(object),
            pool: self.pool.clone(),
            open: false,
        })
    }
}

impl PgConn {
    fn object(&self) -> Result<&Object> {
        self.object
            .as_ref()
            .ok_or_else(|| Error::Unreachable("the connection was given up".into()))
    }

    /// Judges how a statement ended; a connection that died or was demoted is not used again.
    fn settle<T>(&mut self, outcome: Limited<T>) -> Result<T> {
        match outcome {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => {
                let demoted = error.code().is_some_and(|state| state.code() == "25006");
                if demoted || error.is_closed() {
                    self.give_up();
                }
                Err(error.into())
            }
            Err(_) => {
                self.give_up();
                Err(Error::Slow(STATEMENT_LIMIT.as_secs()))
            }
        }
    }

    fn give_up(&mut self) {
        if let Some(object) = self.object.take() {
            drop(Object::take(object));
        }
    }

    pub(crate) async fn exec(&mut self, sql: &str, params: &[Value]) -> Result<u64> {
        let client = self.object()?;
        let outcome = limited(async {
            let statement = client.prepare_cached(sql).await?;
            client
                .execute_raw(&statement, params.iter().map(as_sql))
                .await
        })
        .await;
        self.settle(outcome)
    }

    /// Outside of a transaction a lost connection costs nothing: the same question goes to a new one.
    pub(crate) async fn rows(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Vec<Value>>> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.rows_once(sql, params).await {
                Err(error) if !self.open && error.may_retry() && attempt < READ_AGAIN => {
                    back_off(attempt).await;
                    self.give_up();
                    self.object = self.pool.get().await.ok();
                }
                done => return done,
            }
        }
    }

    async fn rows_once(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Vec<Value>>> {
        let bound: Vec<&(dyn ToSql + Sync)> = params.iter().map(as_sql).collect();
        let client = self.object()?;
        let outcome = limited(async {
            let statement = client.prepare_cached(sql).await?;
            client.query(&statement, &bound).await
        })
        .await;
        let rows = self.settle(outcome)?;
        rows.iter()
            .map(|row| {
                (0..row.len())
                    .map(|column| Value::from_postgres(row, column))
                    .collect()
            })
            .collect()
    }

    /// Rows as they arrive; each batch is visited in one go, so that the runtime hears of the work.
    pub(crate) async fn each(
        &mut self,
        sql: &str,
        params: &[Value],
        visit: &mut (dyn FnMut(Vec<Value>) -> Result<()> + Send),
    ) -> Result<()> {
        let client = self.object()?;
        let outcome = limited(async {
            let statement = client.prepare_cached(sql).await?;
            client
                .query_raw(&statement, params.iter().map(as_sql))
                .await
        })
        .await;
        let mut stream = std::pin::pin!(self.settle(outcome)?);
        loop {
            let mut batch = Vec::with_capacity(BATCH);
            while batch.len() < BATCH {
                let next = self.settle(limited(stream.try_next()).await)?;
                let Some(row) = next else { break };
                let values = (0..row.len()).map(|column| Value::from_postgres(&row, column));
                batch.push(values.collect::<Result<Vec<_>>>()?);
            }
            let last = batch.len() < BATCH;
            blocking(|| batch.into_iter().try_for_each(&mut *visit))?;
            if last {
                return Ok(());
            }
        }
    }

    pub(crate) async fn prepare(&mut self, sql: &str) -> Result<()> {
        self.object()?.prepare(sql).await?;
        Ok(())
    }

    pub(crate) async fn batch(&mut self, sql: &str) -> Result<()> {
        // From here on the server may be inside a transaction, whatever the answer says.
        self.open |= sql.starts_with("BEGIN");
        let client = self.object()?;
        let outcome = limited(client.batch_execute(sql)).await;
        self.settle(outcome)?;
        if matches!(sql, "COMMIT" | "ROLLBACK") {
            self.open = false;
        }
        Ok(())
    }
}

type Limited<T> = Result<Result<T, tokio_postgres::Error>, tokio::time::error::Elapsed>;

async fn limited<T>(work: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Limited<T> {
    tokio::time::timeout(STATEMENT_LIMIT, work).await
}

fn as_sql(value: &Value) -> &(dyn ToSql + Sync) {
    value
}

impl Drop for PgConn {
    fn drop(&mut self) {
        if self.open {
            self.give_up();
        }
    }
}
