//! Opening the house: database, tables, the operator's own windows, the pages.

use crate::config::Config;
use crate::failure::{Failure, Result};
use basics::Clock;
use directory::{Directory, imported};
use std::path::Path;
use std::sync::Arc;
use store::{Db, Migration};
use web::App;

/// The tables of all rooms, in the order in which they lean on each other.
pub const MIGRATIONS: &[&[Migration]] = &[
    office::MIGRATIONS,
    directory::MIGRATIONS,
    mailbox::MIGRATIONS,
    casework::MIGRATIONS,
    community::MIGRATIONS,
];

/// Opens a database that `ippo init` made. A file that is not there is said so, not made: an empty database in the
/// wrong place would look like lost letters.
pub async fn open_existing(url: &str) -> Result<Db> {
    if let Some(file) = url.strip_prefix("sqlite:")
        && !Path::new(file).is_file()
    {
        return Err(Failure::usage(format!(
            "データベースのファイル {file} がありません。設定の database の場所をお確かめください（はじめてのときは ippo init）。"
        )));
    }
    open(url).await
}

/// Opens the database and brings its tables up to this version.
pub async fn open(url: &str) -> Result<Db> {
    let db = Db::open(url).await.map_err(unusable)?;
    db.migrate(MIGRATIONS).await.map_err(unusable)?;
    Ok(db)
}

/// The address may hold a password: it is not repeated here.
fn unusable(error: store::Error) -> Failure {
    match error {
        store::Error::Address => {
            Failure::usage("データベースのアドレスは sqlite: か postgres:// で始めてください。")
        }
        store::Error::Newer(migration) => Failure::failed(format!(
            "このデータベースは、もっと新しい版の ippo で使われています（{migration}）。新しい版の ippo を使ってください。"
        )),
        other => other.into(),
    }
}

/// The directory with the operator's own windows in it.
pub async fn directory(db: &Db) -> Result<Directory> {
    // Reading the shipped data takes a core; the database waits for nothing meanwhile.
    let shipped = tokio::task::spawn_blocking(Directory::load)
        .await
        .map_err(|_| Failure::failed("窓口のデータを読めませんでした。"))?;
    let own = imported::windows(&mut db.read().await?, shipped.municipalities()).await?;
    Ok(shipped.with_windows(own))
}

/// Everything the pages share.
pub async fn app(pages: web::Config, db: Db, clock: Clock) -> Result<App> {
    let directory = Arc::new(directory(&db).await?);
    let rules = guide_rules()?;
    Ok(App::new(pages, db, directory, Arc::new(rules), clock))
}

fn guide_rules() -> Result<guide::Rules> {
    guide::Rules::shipped()
        .map_err(|error| Failure::failed(format!("案内の決まりを読めませんでした（{error}）。")))
}

/// The same from a configuration file, for `ippo serve`.
pub async fn app_of(config: &Config, clock: Clock) -> Result<App> {
    let db = open_existing(&config.database).await?;
    app(config.for_web(), db, clock).await
}

/// A runtime for a command.
pub fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("プログラムを動かせませんでした（{error}）。")))
}
