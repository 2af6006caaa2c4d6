//! Forward-only migrations, one SQL text for both engines.

use crate::{Conn, Db, Engine, Error, Result, params};
use std::collections::BTreeSet;

/// One step of one room's schema. Steps are never changed after a release.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// `room/0001_what`; unique, applied in the order given.
    pub name: &'static str,
    /// Statements separated by `;` at line ends. `{blob}` becomes BLOB or BYTEA.
    pub sql: &'static str,
}

const OWN: &[Migration] = &[Migration {
    name: "store/0001_job",
    sql: include_str!("../migrations/0001_job.sql"),
}];

pub(crate) async fn run(db: &Db, rooms: &[&[Migration]]) -> Result<()> {
    let all: Vec<Migration> = std::iter::once(OWN)
        .chain(rooms.iter().copied())
        .flatten()
        .copied()
        .collect();
    let mut transaction = db.begin("store.migrate").await?;
    let conn = transaction.conn();
    if let Engine::Postgres(_) = db.engine() {
        // Several copies of the program may start together; one migrates, the others wait.
        conn.first::<(String,)>(
            "SELECT CAST(pg_advisory_xact_lock(4915203) AS TEXT)",
            params![],
        )
        .await?;
    }
    conn.exec(
        "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY)",
        params![],
    )
    .await?;
    let done: BTreeSet<String> = conn
        .all::<(String,)>("SELECT name FROM migration", params![])
        .await?
        .into_iter()
        .map(|(name,)| name)
        .collect();
    if let Some(unknown) = done
        .iter()
        .find(|name| !all.iter().any(|step| step.name == name.as_str()))
    {
        return Err(Error::Newer(unknown.clone()));
    }
    for step in all.iter().filter(|step| !done.contains(step.name)) {
        apply(conn, step, db).await?;
    }
    transaction.commit().await
}

async fn apply(conn: &mut Conn, step: &Migration, db: &Db) -> Result<()> {
    // An INTEGER PRIMARY KEY of SQLite is the row's own place; a BIGINT one would be a second index beside the table.
    let (blob, id) = match db.engine() {
        Engine::Sqlite(_) => ("BLOB", "INTEGER PRIMARY KEY"),
        Engine::Postgres(_) => ("BYTEA", "BIGINT PRIMARY KEY"),
    };
    let sql = step
        .sql
        .replace("{blob}", blob)
        .replace("{real}", "DOUBLE PRECISION")
        .replace("BIGINT PRIMARY KEY", id);
    for statement in sql
        .split(";\n")
        .map(without_comments)
        .filter(|text| !text.is_empty())
    {
        conn.exec(&statement, params![]).await?;
    }
    conn.exec(
        "INSERT INTO migration (name) VALUES ($1)",
        params![step.name],
    )
    .await?;
    Ok(())
}

fn without_comments(statement: &str) -> String {
    let lines = statement
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"));
    lines
        .collect::<Vec<_>>()
        .join("\n")
        .trim()
        .trim_end_matches(';')
        .to_owned()
}
