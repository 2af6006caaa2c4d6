//! The kit itself: one story runs on both databases, each on a fresh one, and what is stored can be looked at raw.

#![allow(clippy::unwrap_used)]

use store::{Migration, housekeeping, params};
use testkit::{Engine, TestDb};

const DRAWER: &[Migration] = &[Migration {
    name: "testkit/0001_drawer",
    sql: "CREATE TABLE drawer (id BIGINT PRIMARY KEY, words TEXT NOT NULL, sealed {blob})",
}];

testkit::on_both_databases! {
    [DRAWER];

    /// Two tests of this name would collide if the databases were shared.
    async fn each_story_has_a_fresh_database(db: TestDb) {
        assert!(read_ids(&db).await.is_empty());
        keep(&db, 1, "ひとこと").await;
        assert_eq!(read_ids(&db).await, [1]);
    }

    async fn a_second_copy_of_the_program_sees_the_same_rows(db: TestDb) {
        keep(&db, 1, "ひとこと").await;
        assert_eq!(read_ids(&db.another().await).await, [1]);
    }

    async fn stored_words_are_found_in_the_raw_bytes(db: TestDb) {
        keep(&db, 1, "合言葉は山と川").await;
        assert!(db.holds_in_the_clear("合言葉は山と川").await);
        assert!(db.holds_in_the_clear("封をした中身").await, "also in columns of bytes");
        assert!(!db.holds_in_the_clear("書いていない言葉").await);
    }

    async fn the_engine_is_known(db: TestDb) {
        let expected = if db.url().starts_with("sqlite:") { Engine::Sqlite } else { Engine::Postgres };
        assert_eq!(db.engine, expected);
    }
}

async fn keep(db: &store::Db, id: i64, words: &str) {
    housekeeping!(db, "session.touch", |tx| {
        tx.exec(
            "INSERT INTO drawer (id, words, sealed) VALUES ($1, $2, $3)",
            params![id, words, "封をした中身".as_bytes()],
        )
        .await?;
        Ok::<_, store::Error>(())
    })
    .unwrap();
}

async fn read_ids(db: &store::Db) -> Vec<i64> {
    let mut conn = db.read().await.unwrap();
    let rows: Vec<(i64,)> = conn
        .all("SELECT id FROM drawer ORDER BY id", params![])
        .await
        .unwrap();
    rows.into_iter().map(|(id,)| id).collect()
}
