//! `ippo import windows`: everything, or nothing, or what is right.

use crate::founding::init;
use crate::program::{Ended, Ippo};
use directory::{Directory, imported};
use std::path::{Path, PathBuf};
use testkit::TestDb;

const GOOD: &str = "種類,名称,担当地域,出典,確認日,受付時間\n\
    IBASHO,居場所 ひだまり,10212,https://example.jp/,2026-11-01,火 13:00-16:00\n\
    FAM,家族のつどい,10212 10205,https://example.jp/,2026-11-01,\n";
const ONE_WRONG: &str = "kind,name,serves,source,confirmed_at\n\
    IBASHO,こもれび,10212,https://example.jp/,2026-11-01\n\
    IBASHO,どこか,99999,https://example.jp/,2026-11-01\n";

fn file(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("windows.csv");
    std::fs::write(&path, text).unwrap();
    path
}

fn import(config: &Path, file: &Path, more: &str) -> Ended {
    Ippo::new("import windows")
        .arg(file.to_str().unwrap())
        .config(config)
        .arg_if(more)
        .run()
}

impl Ippo {
    fn arg_if(self, more: &str) -> Self {
        if more.is_empty() {
            self
        } else {
            self.arg(more)
        }
    }
}

async fn names(db: &TestDb) -> Vec<String> {
    let directory = Directory::load();
    let mut conn = db.read().await.unwrap();
    let windows = imported::windows(&mut conn, directory.municipalities())
        .await
        .unwrap();
    let mut names: Vec<String> = windows
        .into_iter()
        .map(|window| window.name.into_owned())
        .collect();
    names.sort();
    names
}

testkit::on_both_databases! {
    [];

    async fn a_file_is_imported_whole_and_recorded(db: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("ippo.toml");
        init(&config, db.url()).with(0);
        let good = file(folder.path(), GOOD);
        assert!(import(&config, &good, "--dry-run").with(0).out.contains("正しい行 2、正しくない行 0"));
        assert!(names(&db).await.is_empty());
        assert!(import(&config, &good, "").with(0).out.contains("2件の窓口を取り込みました"));
        // Again: replaced, not doubled.
        import(&config, &good, "").with(0);
        assert_eq!(names(&db).await, ["家族のつどい", "居場所 ひだまり"]);
        let verified = Ippo::new("audit verify").config(&config).run().with(0);
        assert!(verified.out.contains("サーバー全体  2行"), "{}", verified.out);
    }

    async fn one_wrong_row_stops_all_unless_partial(db: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("ippo.toml");
        init(&config, db.url()).with(0);
        let wrong = file(folder.path(), ONE_WRONG);
        let ended = import(&config, &wrong, "").with(1);
        assert!(ended.out.contains("3行目の「担当地域」") && ended.out.contains("99999"), "{}", ended.out);
        ended.one_sentence_about("何も取り込みませんでした");
        import(&config, &wrong, "--dry-run").with(1);
        assert!(names(&db).await.is_empty());
        import(&config, &wrong, "--partial").with(0);
        assert_eq!(names(&db).await, ["こもれび"]);
    }
}

#[test]
fn a_file_that_is_not_there_is_said() {
    Ippo::new("import windows nowhere.csv --dry-run")
        .run()
        .with(2)
        .one_sentence_about("nowhere.csv");
}
