//! What the store promises, on both databases.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use store::jobs::{self, NewJob};
use store::{Db, Error, Migration, params, transact};
use testkit::{Engine, TestDb};

const TABLES: &[Migration] = &[Migration {
    name: "test/0001_purse",
    sql: "-- a purse\nCREATE TABLE purse (\n  id BIGINT PRIMARY KEY,\n  coins BIGINT NOT NULL,\n  note TEXT,\n  seal {blob}\n);\n\
          CREATE INDEX purse_coins ON purse (coins);\n",
}];
const MIGRATIONS: [&[Migration]; 1] = [TABLES];

type Purse = (i64, bool, Option<String>, Option<Vec<u8>>);

async fn put(db: &Db, id: i64, coins: i64) {
    transact!(db, "test.put", |tx| {
        tx.exec(
            "INSERT INTO purse (id, coins) VALUES ($1, $2)",
            params![id, coins],
        )
        .await?;
        tx.mark_recorded();
        Ok::<_, Error>(())
    })
    .unwrap();
}

async fn coins(db: &Db) -> i64 {
    let sql = "SELECT CAST(COALESCE(SUM(coins), 0) AS BIGINT) FROM purse";
    let (sum,): (i64,) = db.read().await.unwrap().one(sql, params![]).await.unwrap();
    sum
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// house.md, idea 3: a commit without an audit row is a bug, and is refused at once.
    async fn a_transaction_without_an_audit_row_does_not_commit(db: TestDb) {
        let refused = transact!(db, "test.forgetful", |tx| {
            tx.exec("INSERT INTO purse (id, coins) VALUES (1, 1)", params![]).await?;
            Ok::<_, Error>(())
        });
        assert!(matches!(refused, Err(Error::Unrecorded("test.forgetful"))));
        assert_eq!(coins(&db).await, 0);
        put(&db, 2, 5).await;
        assert_eq!(coins(&db).await, 5, "the next one finds a clean connection");
    }

    async fn an_error_undoes_everything(db: TestDb) {
        let failed = transact!(db, "test.fails", |tx| {
            tx.exec("INSERT INTO purse (id, coins) VALUES (1, 1)", params![]).await?;
            tx.mark_recorded();
            Err::<(), _>(Error::Absent)
        });
        assert!(matches!(failed, Err(Error::Absent)));
        assert_eq!(coins(&db).await, 0);
    }

    /// A request that is dropped half way (a closed phone) must not leave the one writer inside a transaction.
    async fn a_dropped_request_leaves_nothing_half_done(db: TestDb) {
        let half = async {
            let _: Result<(), Error> = transact!(db, "test.dropped", |tx| {
                tx.exec("INSERT INTO purse (id, coins) VALUES (1, 1)", params![]).await?;
                tx.mark_recorded();
                std::future::pending::<()>().await;
                Ok(())
            });
        };
        let _ = tokio::time::timeout(std::time::Duration::from_millis(100), half).await;
        put(&db, 2, 5).await;
        assert_eq!(coins(&db).await, 5);
    }

    async fn two_hundred_at_once_are_counted_one_by_one(db: TestDb) {
        put(&db, 1, 0).await;
        let one = || async {
            transact!(db, "test.add", |tx| {
                tx.mark_recorded();
                let (now,): (i64,) = tx.one("UPDATE purse SET coins = coins + 1 WHERE id = 1 RETURNING coins", params![]).await?;
                Ok::<_, Error>(now)
            })
        };
        let mut seen = futures_util::future::try_join_all((0..200).map(|_| one())).await.unwrap();
        seen.sort_unstable();
        assert_eq!(seen, (1..=200).collect::<Vec<_>>());
    }

    async fn values_come_back_as_they_went(db: TestDb) {
        transact!(db, "test.values", |tx| {
            tx.mark_recorded();
            tx.exec(
                "INSERT INTO purse (id, coins, note, seal) VALUES ($1, $2, $3, $4)",
                params![i64::MIN, true, "ゆき\u{0}と🌾", vec![0u8, 255, 7]],
            ).await?;
            tx.exec("INSERT INTO purse (id, coins, note, seal) VALUES ($1, $2, $3, $4)",
                params![2, 0, None::<String>, None::<Vec<u8>>]).await?;
            Ok::<_, Error>(())
        }).unwrap();
        let rows: Vec<Purse> =
            db.read().await.unwrap().all("SELECT id, coins, note, seal FROM purse ORDER BY id", params![]).await.unwrap();
        assert_eq!(rows[0], (i64::MIN, true, Some("ゆきと🌾".into()), Some(vec![0, 255, 7])), "U+0000 is taken out");
        assert_eq!(rows[1], (2, false, None, None));
    }

    async fn a_wrong_type_is_an_error_with_its_column_and_without_its_value(db: TestDb) {
        put(&db, 1, 4_711).await;
        let wrong = db.read().await.unwrap().one::<(i64, String)>("SELECT id, coins FROM purse", params![]).await.unwrap_err();
        assert_eq!(wrong.to_string(), "column 1 of a row holds BIGINT, not TEXT");
    }

    async fn a_unique_row_that_is_there_is_told_as_a_conflict(db: TestDb) {
        put(&db, 1, 1).await;
        let conflict = transact!(db, "test.put", |tx| {
            tx.mark_recorded();
            tx.exec("INSERT INTO purse (id, coins) VALUES (1, 2)", params![]).await
        }).unwrap_err();
        assert!(conflict.is_conflict() && !conflict.may_retry());
    }

    async fn migrating_twice_changes_nothing_and_a_newer_database_is_refused(db: TestDb) {
        db.migrate(&MIGRATIONS).await.unwrap();
        let newer: &[Migration] = &[Migration { name: "test/0002_later", sql: "CREATE TABLE later (id BIGINT PRIMARY KEY)" }];
        db.migrate(&[TABLES, newer]).await.unwrap();
        assert!(matches!(db.migrate(&MIGRATIONS).await, Err(Error::Newer(name)) if name == "test/0002_later"));
    }

    async fn a_job_is_one_copys_until_its_lease_ends(db: TestDb) {
        for id in [1, 2] {
            transact!(db, "job.enqueue", |tx| {
                jobs::enqueue(tx, &NewJob { id, name: "test.job", key: "once", due_at: 100, payload: "p" }).await
            }).unwrap();
        }
        assert!(jobs::claim(&db, "test.job", 99, 10).await.unwrap().is_none(), "not yet due");
        let job = jobs::claim(&db, "test.job", 100, 10).await.unwrap().unwrap();
        assert_eq!((job.id, job.payload.as_str(), job.attempts), (1, "p", 1));
        assert!(jobs::claim(&db, "test.job", 105, 10).await.unwrap().is_none(), "leased");
        let again = jobs::claim(&db, "test.job", 111, 10).await.unwrap().unwrap();
        assert_eq!(again.attempts, 2, "whoever crashed loses the lease");
        jobs::postpone(&db, &again, 200).await.unwrap();
        assert!(jobs::claim(&db, "test.job", 150, 10).await.unwrap().is_none());
        let last = jobs::claim(&db, "test.job", 200, 10).await.unwrap().unwrap();
        jobs::finish(&db, &last).await.unwrap();
        assert!(jobs::claim(&db, "test.job", 999, 10).await.unwrap().is_none());
    }

    /// Several copies start on an empty database in the same moment: one migrates, the others find it done.
    async fn four_copies_that_start_together_migrate_once(db: TestDb) {
        let url = match db.engine {
            Engine::Sqlite => format!("{}-empty", db.url()),
            Engine::Postgres => db.url().to_owned(),
        };
        let later: &[Migration] = &[Migration { name: "test/0002_later", sql: "CREATE TABLE later (id BIGINT PRIMARY KEY)" }];
        let start = || async {
            let copy = Db::open(&url).await?;
            copy.migrate(&[TABLES, later]).await
        };
        futures_util::future::try_join_all((0..4).map(|_| start())).await.unwrap();
    }

    /// The server is restarted, or fails over, while people write and read: nobody sees an error, nothing is lost.
    async fn lost_connections_are_nobodys_trouble(db: TestDb) {
        if db.engine == Engine::Sqlite {
            return;
        }
        let axe = db.another().await;
        let until = std::time::Instant::now() + std::time::Duration::from_secs(2);
        let work = |worker: i64| {
            let db = &db;
            async move {
                let mut done = Vec::new();
                while std::time::Instant::now() < until {
                    let id = worker * 1_000_000 + done.len() as i64;
                    transact!(db, "test.put", |tx| {
                        tx.mark_recorded();
                        // With its key it happens once, even when the answer to COMMIT is lost.
                        tx.exec("INSERT INTO purse (id, coins) VALUES ($1, 1) ON CONFLICT (id) DO NOTHING", params![id]).await
                    }).unwrap();
                    done.push(id);
                    assert!(coins(db).await >= done.len() as i64);
                }
                done.len() as i64
            }
        };
        let cutting = async {
            while std::time::Instant::now() < until {
                tokio::time::sleep(std::time::Duration::from_millis(150)).await;
                let sql = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
                           WHERE datname = current_database() AND pid <> pg_backend_pid()";
                axe.read().await.unwrap().one::<(i64,)>(sql, params![]).await.unwrap();
            }
        };
        let (done, ()) = futures_util::join!(futures_util::future::join_all((1..=8).map(work)), cutting);
        assert_eq!(coins(&db).await, done.iter().sum::<i64>());
    }

    async fn a_frozen_copy_frees_its_locks(db: TestDb) {
        if db.engine == Engine::Postgres {
            let (limit,): (String,) = db.read().await.unwrap().one("SHOW idle_in_transaction_session_timeout", params![]).await.unwrap();
            assert_eq!(limit, "1min");
        }
    }

    /// PostgreSQL's DETAIL quotes the row; a log must not.
    async fn an_error_holds_no_value_of_a_row(db: TestDb) {
        transact!(db, "test.unique", |tx| {
            tx.mark_recorded();
            tx.exec("CREATE TABLE named (name TEXT PRIMARY KEY)", params![]).await
        }).unwrap();
        let add = async || transact!(db, "test.add", |tx| {
            tx.mark_recorded();
            tx.exec("INSERT INTO named (name) VALUES ($1)", params!["ひみつ"]).await
        });
        add().await.unwrap();
        let error = add().await.unwrap_err();
        assert!(error.is_conflict());
        assert!(!format!("{error:?} {error}").contains("ひみつ"));
    }

    /// A reader with an open snapshot (a backup) keeps the log from being truncated: said after two seconds, and
    /// nobody who writes in the meantime waits for it.
    async fn a_long_reader_does_not_stop_the_writers(db: TestDb) {
        if db.engine == Engine::Postgres {
            return;
        }
        put(&db, 1, 1).await;
        let backup = db.another().await;
        let mut reading = backup.read().await.unwrap();
        reading.exec("BEGIN", params![]).await.unwrap();
        reading.one::<(i64,)>("SELECT COUNT(*) FROM purse", params![]).await.unwrap();
        put(&db, 2, 1).await;
        let writing = async {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            let started = std::time::Instant::now();
            put(&db, 3, 1).await;
            started.elapsed()
        };
        let started = std::time::Instant::now();
        let (scrubbed, waited) = futures_util::join!(db.scrub(), writing);
        assert!(matches!(scrubbed, Err(Error::Slow(_))));
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
        assert!(waited.as_millis() < 1_000, "a writer waited {waited:?}");
        reading.exec("COMMIT", params![]).await.unwrap();
        db.scrub().await.unwrap();
    }

    async fn a_reader_cannot_write_on_sqlite(db: TestDb) {
        if db.engine == Engine::Sqlite {
            let refused = db.read().await.unwrap().exec("DELETE FROM purse", params![]).await;
            assert!(refused.is_err());
        }
    }

    /// intake.md, traps: secure_delete belongs to the connection, so every one must have set it.
    async fn every_sqlite_connection_deletes_for_good(db: TestDb) {
        if db.engine == Engine::Sqlite {
            for _ in 0..2 {
                let mut readers = Vec::new();
                for _ in 0..4 {
                    readers.push(db.read().await.unwrap());
                }
                for reader in &mut readers {
                    let (on,): (i64,) = reader.one("PRAGMA secure_delete", params![]).await.unwrap();
                    let (sync,): (i64,) = reader.one("PRAGMA synchronous", params![]).await.unwrap();
                    assert_eq!((on, sync), (1, 2));
                }
            }
            let on: (i64,) = transact!(db, "job.claim", |tx| { tx.one("PRAGMA secure_delete", params![]).await }).unwrap();
            assert_eq!(on.0, 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_another_kind_is_refused() {
    assert!(matches!(Db::open("mysql://x").await, Err(Error::Address)));
}
