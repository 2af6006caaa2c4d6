//! One story, both databases: every test that touches data runs on SQLite and on PostgreSQL from the same source.
//!
//! SQLite gets a fresh file in a temporary folder. PostgreSQL gets a fresh database on the server that
//! `scripts/test` (or, while working, `scripts/pg start`) started. A missing server is a failure, never a skip.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use store::{Db, Migration};

/// Makes two tests out of each story, `name::sqlite` and `name::postgres`.
/// First the migrations of the rooms it needs, then any number of stories:
///
/// ```text
/// testkit::on_both_databases! {
///     [office::MIGRATIONS];
///
///     /// A letter written at night is there in the morning.
///     async fn a_letter_is_kept(db: TestDb) {
///         let mut conn = db.read().await.unwrap();
///     }
/// }
/// ```
///
/// The story runs on a runtime with several threads. [`TestDb`] is a [`Db`] with a few extras.
#[macro_export]
macro_rules! on_both_databases {
    (
        $migrations:tt;
        $( $(#[$attribute:meta])* async fn $name:ident($db:ident : $kind:ty) $story:block )*
    ) => {
        $(
            $(#[$attribute])*
            #[cfg(test)]
            mod $name {
                #[allow(unused_imports)]
                use super::*;

                async fn story($db: $kind) $story

                #[test]
                fn sqlite() {
                    $crate::on_sqlite(&$migrations, story);
                }

                #[test]
                fn postgres() {
                    $crate::on_postgres(&$migrations, story);
                }
            }
        )*
    };
}

/// Which of the two databases a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file, inside the program.
    Sqlite,
    /// A server of its own.
    Postgres,
}

/// A fresh, migrated database; gone when dropped. Use it like a [`Db`].
pub struct TestDb {
    db: Db,
    url: String,
    /// Which engine this is, for the few stories that must know.
    pub engine: Engine,
    home: Home,
}

enum Home {
    Folder(tempfile::TempDir),
    Database { server: String, name: String },
}

impl std::ops::Deref for TestDb {
    type Target = Db;
    fn deref(&self) -> &Db {
        &self.db
    }
}

impl TestDb {
    /// A fresh SQLite file.
    pub async fn sqlite(migrations: &[&[Migration]]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join("ippo.db").display());
        Self::open(url, Engine::Sqlite, Home::Folder(folder), migrations).await
    }

    /// A fresh database on the test server.
    pub async fn postgres(migrations: &[&[Migration]]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = server_url();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        // Unique across the processes that nextest starts and across runs on one server.
        let moment = std::time::UNIX_EPOCH
            .elapsed()
            .map_or(0, |since| since.as_nanos());
        let name = format!("ippo_test_{}_{count}_{moment}", std::process::id());
        // C order, as in production: names sort by their reading, code point by code point.
        on_server(&server, &format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")).await;
        let url = with_database(&server, &name);
        Self::open(
            url,
            Engine::Postgres,
            Home::Database { server, name },
            migrations,
        )
        .await
    }

    async fn open(url: String, engine: Engine, home: Home, migrations: &[&[Migration]]) -> Self {
        let db = Db::open(&url).await.expect("the test database opens");
        db.migrate(migrations).await.expect("the migrations run");
        Self {
            db,
            url,
            engine,
            home,
        }
    }

    /// The plain handle, to give away to an `App`.
    pub fn handle(&self) -> Db {
        self.db.clone()
    }

    /// The address to open it with, for a second process.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Another copy of the program on the same database: its own connections, nothing shared in memory.
    pub async fn another(&self) -> Db {
        Db::open(&self.url)
            .await
            .expect("the test database opens a second time")
    }

    /// Everything that is stored, as the bytes a thief would have: on SQLite the file with its WAL and shared memory,
    /// on PostgreSQL every row of every table in binary form.
    pub async fn raw_bytes(&self) -> Vec<u8> {
        match &self.home {
            Home::Folder(folder) => files_below(folder.path())
                .iter()
                .flat_map(|file| std::fs::read(file).unwrap())
                .collect(),
            Home::Database { .. } => every_row(&self.url).await,
        }
    }

    /// Whether these words stand in what is stored, in the clear.
    pub async fn holds_in_the_clear(&self, words: &str) -> bool {
        let needle = words.as_bytes();
        self.raw_bytes()
            .await
            .windows(needle.len())
            .any(|part| part == needle)
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let Home::Database { server, name } = &self.home else {
            return;
        };
        let (server, sql) = (
            server.clone(),
            format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        );
        // Dropping happens inside the story's runtime, which cannot wait here: a thread with a runtime of its own can.
        let dropped =
            std::thread::spawn(move || runtime().block_on(on_server(&server, &sql))).join();
        assert!(
            dropped.is_ok() || std::thread::panicking(),
            "the test database {name} could not be dropped"
        );
    }
}

/// Runs one story on a fresh SQLite file.
pub fn on_sqlite<F: Future<Output = ()>>(
    migrations: &[&[Migration]],
    story: impl FnOnce(TestDb) -> F,
) {
    runtime().block_on(async { story(TestDb::sqlite(migrations).await).await });
}

/// Runs one story on a fresh PostgreSQL database.
pub fn on_postgres<F: Future<Output = ()>>(
    migrations: &[&[Migration]],
    story: impl FnOnce(TestDb) -> F,
) {
    runtime().block_on(async { story(TestDb::postgres(migrations).await).await });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// The server that scripts/test names, or the one a developer keeps running with scripts/pg.
fn server_url() -> String {
    if let Ok(url) = std::env::var("IPPO_TEST_PG") {
        return url;
    }
    let noted = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/pg/url");
    let noted = std::fs::read_to_string(noted).unwrap_or_default();
    assert!(
        !noted.is_empty(),
        "This test needs a PostgreSQL server and IPPO_TEST_PG is not set. Run the tests with \
         scripts/test, which starts one by itself, or start one for the day with scripts/pg start."
    );
    noted.trim().to_owned()
}

fn with_database(server: &str, name: &str) -> String {
    let (before, query) = server
        .split_once('?')
        .map_or((server, None), |(a, b)| (a, Some(b)));
    let host_end = before.find("://").map_or(0, |at| at + 3);
    let base = before[host_end..]
        .find('/')
        .map_or(before, |at| &before[..host_end + at]);
    query.map_or_else(
        || format!("{base}/{name}"),
        |query| format!("{base}/{name}?{query}"),
    )
}

async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap_or_else(|error| {
        panic!("The PostgreSQL test server does not answer ({error}). Run the tests with scripts/test, or scripts/pg start.")
    });
    tokio::spawn(connection);
    client
}

async fn on_server(server: &str, sql: &str) {
    connect(server)
        .await
        .batch_execute(sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

async fn every_row(url: &str) -> Vec<u8> {
    use futures_util::TryStreamExt;
    let client = connect(url).await;
    let tables = client.query("SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public'", &[]).await.unwrap();
    let mut all = Vec::new();
    for table in tables {
        let table: String = table.get(0);
        let rows = client
            .copy_out(&format!("COPY {table} TO STDOUT (FORMAT binary)"))
            .await
            .unwrap();
        let parts: Vec<_> = rows.try_collect().await.unwrap();
        all.extend(parts.iter().flat_map(|part| part.iter().copied()));
    }
    all
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn the_name_replaces_the_path_and_keeps_the_query() {
        assert_eq!(
            with_database("postgres://a:b@127.0.0.1:5432/postgres", "x"),
            "postgres://a:b@127.0.0.1:5432/x"
        );
        assert_eq!(with_database("postgres://a@h", "x"), "postgres://a@h/x");
        assert_eq!(
            with_database("postgres://a@h/y?sslmode=disable", "x"),
            "postgres://a@h/x?sslmode=disable"
        );
    }
}
