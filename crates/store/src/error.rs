//! What can go wrong between the program and its database.

/// The store's one error. Texts carry no value of any row, `{:?}` included.
#[derive(thiserror::Error)]
pub enum Error {
    /// The address is neither `sqlite:` nor `postgres://`.
    #[error("the database address must begin with sqlite: or postgres://")]
    Address,
    /// SQLite refused.
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL refused.
    #[error("PostgreSQL: {}", postgres_reason(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// No connection could be had.
    #[error("no connection to the database: {0}")]
    Unreachable(String),
    /// The database did not answer in time; whether a change was made is not known.
    #[error("the database did not answer within {0} seconds")]
    Slow(u64),
    /// A row was expected and none was there.
    #[error("no such row")]
    Absent,
    /// A column held another type than the program expects.
    #[error("column {column} of a row holds {found}, not {wanted}")]
    Column {
        /// Position in the row, from 0.
        column: usize,
        /// What was expected.
        wanted: &'static str,
        /// What was there.
        found: &'static str,
    },
    /// A transaction tried to commit without leaving an audit row (house.md, idea 3).
    #[error("transaction {0} wrote no audit row and is not housekeeping: refused")]
    Unrecorded(&'static str),
    /// The schema in the database is newer than this program.
    #[error(
        "the database was migrated by a newer version of ippo (it knows {0}, this program does not)"
    )]
    Newer(String),
}

/// PostgreSQL puts values of the row into DETAIL ("Key (login)=(…) already exists"), and the driver's own `{:?}`
/// prints it. Logs are kept longer than rows.
impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "store::Error({self})")
    }
}

impl Error {
    /// Whether running the same transaction again may succeed: lost connection,
    /// serialisation failure, deadlock, a demoted primary (25006) or a busy file.
    pub fn may_retry(&self) -> bool {
        match self {
            Error::Sqlite(rusqlite::Error::SqliteFailure(failure, _)) => {
                matches!(
                    failure.code,
                    rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked
                )
            }
            Error::Postgres(error) => match error.code() {
                Some(state) => {
                    let code = state.code();
                    matches!(
                        code,
                        "40001" | "40P01" | "25006" | "57P01" | "57P02" | "57P03"
                    ) || code.starts_with("08")
                }
                None => error.is_closed(),
            },
            Error::Unreachable(_) => true,
            _ => false,
        }
    }

    /// Whether a unique constraint refused the row.
    pub fn is_conflict(&self) -> bool {
        match self {
            Error::Sqlite(rusqlite::Error::SqliteFailure(failure, _)) => {
                matches!(failure.extended_code, 2067 | 1555)
            }
            Error::Postgres(error) => error.code().is_some_and(|state| state.code() == "23505"),
            _ => false,
        }
    }
}

/// The server's own sentence without the row values PostgreSQL puts into DETAIL.
fn postgres_reason(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => format!("{} ({})", db.message(), db.code().code()),
        None => error.to_string(),
    }
}
