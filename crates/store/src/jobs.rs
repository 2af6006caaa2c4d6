//! The job table: work that is done later, once, by whichever copy of the program is free.

use crate::{Conn, Db, Engine, Result, params, transact};

/// Work to be done.
#[derive(Debug, Clone)]
pub struct NewJob<'a> {
    /// Identifier from `basics::new_id`.
    pub id: i64,
    /// Which room's job: `mailbox.erase`.
    pub name: &'static str,
    /// Two jobs of one name with the same key are one job (idempotency).
    pub key: &'a str,
    /// When, in µs since 1970 UTC.
    pub due_at: i64,
    /// What the room needs to know; never narrative.
    pub payload: &'a str,
}

crate::row! {
    /// Work that this copy of the program has taken on.
    pub struct Job {
        /// Its identifier.
        pub id: i64,
        /// Its name.
        pub name: String,
        /// What makes it unique.
        pub job_key: String,
        /// What the room wrote.
        pub payload: String,
        /// How often it was tried before.
        pub attempts: i64,
    }
}

/// Puts a job on the table, inside the caller's transaction; an equal one stays as it is.
pub async fn enqueue(tx: &mut Conn, job: &NewJob<'_>) -> Result<()> {
    tx.exec(
        "INSERT INTO job (id, name, job_key, payload, due_at, leased_until, attempts) VALUES ($1, $2, $3, $4, $5, 0, 0) \
         ON CONFLICT (name, job_key) DO NOTHING",
        params![job.id, job.name, job.key, job.payload, job.due_at],
    ).await?;
    Ok(())
}

/// Takes the job that has waited longest, for `lease` µs; whoever crashes loses the lease.
pub async fn claim(db: &Db, name: &'static str, now: i64, lease: i64) -> Result<Option<Job>> {
    let skip = match db.engine() {
        Engine::Sqlite(_) => "",
        Engine::Postgres(_) => " FOR UPDATE SKIP LOCKED",
    };
    let sql = format!(
        "UPDATE job SET leased_until = $1, attempts = attempts + 1 WHERE id = (SELECT id FROM job \
         WHERE name = $2 AND due_at <= $3 AND leased_until <= $4 ORDER BY due_at LIMIT 1{skip}) RETURNING {}",
        Job::COLS
    );
    transact!(db, "job.claim", |tx| {
        tx.first(&sql, params![now + lease, name, now, now]).await
    })
}

/// The job is done and leaves the table.
pub async fn finish(db: &Db, job: &Job) -> Result<()> {
    transact!(db, "job.finish", |tx| {
        tx.exec("DELETE FROM job WHERE id = $1", params![job.id])
            .await
            .map(drop)
    })
}

/// The job will be tried again at `due_at`: after a failure, or because it recurs.
pub async fn postpone(db: &Db, job: &Job, due_at: i64) -> Result<()> {
    transact!(db, "job.postpone", |tx| {
        tx.exec(
            "UPDATE job SET due_at = $1, leased_until = 0 WHERE id = $2",
            params![due_at, job.id],
        )
        .await
        .map(drop)
    })
}
