//! `ippo demo`: there when started, gone when stopped.

use crate::program::Ippo;
use basics::Clock;
use jiff::ToSpan as _;
use serde_json::Value;

/// A year of places and appointments lies in the database: every month something took place and was counted, some days
/// were called off, some days are still to come.
#[tokio::main(flavor = "current_thread")]
async fn a_year(database: &str) {
    let db = store::Db::open(database).await.unwrap();
    let mut conn = db.read().await.unwrap();
    let today = Clock::system().today();
    let mut number = async |sql: &str| {
        let (n,): (i64,) = conn.one(sql, &[]).await.unwrap();
        n
    };
    let mut all = 0;
    for back in 1..12 {
        let month = today.first_of_month().saturating_sub(back.months());
        let held = number(&format!(
            "SELECT COUNT(*) FROM attendance a JOIN gathering g ON g.id = a.gathering_id \
             WHERE substr(g.day, 1, 7) = '{}' AND a.principals + a.family + a.peers + a.others > 0",
            month.strftime("%Y-%m")
        ))
        .await;
        // Two days a week, an evening a week, two groups a month; fewer over the New Year.
        assert!((8..=24).contains(&held), "{held} in {month}");
        all += held;
    }
    assert!(all > 130, "{all}");
    let people = "SELECT CAST(SUM(principals + family + peers + others) AS BIGINT) FROM attendance";
    assert!(number(people).await > 600);
    for (at_least, sql) in [
        (
            2,
            "SELECT COUNT(*) FROM gathering WHERE state = 'cancelled'",
        ),
        (20, "SELECT COUNT(*) FROM gathering WHERE state = 'planned'"),
        (8, "SELECT COUNT(*) FROM booking WHERE state = 'booked'"),
        (1, "SELECT COUNT(*) FROM booking WHERE state = 'waiting'"),
        (8, "SELECT COUNT(*) FROM appointment WHERE state = 'held'"),
        (3, "SELECT COUNT(*) FROM appointment WHERE state = 'booked'"),
        (6, "SELECT COUNT(DISTINCT kind) FROM programme"),
    ] {
        let found = number(sql).await;
        assert!(found >= at_least, "{found}: {sql}");
    }
}

#[test]
fn the_sample_office_is_there_and_then_nothing_is_left() {
    let running = Ippo::new("demo --listen 127.0.0.1:0 --json").start("終わるときは Ctrl-C");
    let said: Value = serde_json::from_str(
        running
            .heard
            .iter()
            .find(|line| line.starts_with('{'))
            .unwrap(),
    )
    .unwrap();
    assert_eq!(said["office"], "みどり市ひきこもり地域支援センター");
    let roles: Vec<&str> = said["sign_ins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["role"].as_str().unwrap())
        .collect();
    assert_eq!(
        roles,
        ["supervisor", "coordinator", "administrator", "peer"]
    );
    for one in said["sign_ins"].as_array().unwrap() {
        assert_eq!(one["code"].as_str().unwrap().len(), 6);
        assert!(
            running
                .heard
                .iter()
                .any(|line| line.contains(one["totp"].as_str().unwrap())
                    && line.contains(one["login"].as_str().unwrap()))
        );
    }
    assert!(said["letters"].as_array().unwrap().len() >= 6);
    assert!(running.get("/").starts_with("HTTP/1.1 200"));
    let database = said["database"]
        .as_str()
        .unwrap()
        .strip_prefix("sqlite:")
        .unwrap()
        .to_owned();
    assert!(std::path::Path::new(&database).exists());
    a_year(said["database"].as_str().unwrap());
    let (code, folder) = running.stop();
    assert_eq!(code, 0);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "the throw-away folder is thrown away"
    );
    Ippo::new("demo --listen nowhere")
        .run()
        .with(2)
        .one_sentence_about("--listen");
}
