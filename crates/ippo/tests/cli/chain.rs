//! `ippo audit verify`.

use crate::founding::init;
use crate::program::Ippo;
use store::{params, transact};
use testkit::TestDb;

testkit::on_both_databases! {
    [];

    async fn a_whole_chain_is_exit_0_and_a_changed_row_exit_1(db: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("ippo.toml");
        init(&config, db.url()).with(0);
        let verify = || Ippo::new("audit verify").config(&config);
        let ended = verify().run().with(0);
        assert!(ended.out.contains("合っています  みどり市 ひきこもり地域支援センター  3行"), "{}", ended.out);
        let anchor = ended.out.lines().find(|line| line.contains("みどり市")).unwrap();
        let anchor = anchor.rsplit(' ').next().unwrap().to_owned();
        verify().arg("--anchor").arg(&anchor).run().with(0);
        verify().arg("--anchor").arg("abc").run().with(2).one_sentence_about("--anchor");
        let other = format!("{}{}", &anchor[..anchor.len() - 1], if anchor.ends_with('0') { '1' } else { '0' });
        assert!(verify().arg("--anchor").arg(other).run().with(1).out.contains("外に控えた値"));

        // Somebody with the database in hand changes one row.
        transact!(db, "limit.take", |tx| {
            tx.exec("UPDATE audit_row SET action = 'x' WHERE seq = $1", params![2i64]).await?;
            Ok::<_, store::Error>(())
        })
        .unwrap();
        let ended = verify().run().with(1);
        assert!(ended.out.contains("合いません") && ended.out.contains("2番の記録"), "{}", ended.out);
        ended.one_sentence_about("鎖が合いません");
    }
}

#[test]
fn a_database_that_is_not_there_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("ippo.toml");
    init(
        &config,
        &format!("sqlite:{}", folder.path().join("ippo.db").display()),
    )
    .with(0);
    std::fs::rename(
        folder.path().join("ippo.db"),
        folder.path().join("elsewhere.db"),
    )
    .unwrap();
    for command in ["audit verify", "serve"] {
        Ippo::new(command)
            .config(&config)
            .run()
            .with(2)
            .one_sentence_about("ippo.db");
    }
    assert!(!folder.path().join("ippo.db").exists());
    let there = format!("sqlite:{}", folder.path().join("elsewhere.db").display());
    Ippo::new("audit verify")
        .config(&config)
        .env("IPPO_DATABASE", &there)
        .run()
        .with(0);
}
