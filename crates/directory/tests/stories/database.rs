//! The room's two tables, on both databases.

use basics::OfficeId;
use directory::report::{self, What};
use directory::{Kind, imported};
use jiff::civil::date;
use store::transact;
use testkit::TestDb;
use vault::{KeyPair, Sealed};

use crate::{code, directory};

const OFFICE: OfficeId = OfficeId::from_raw(7);

fn own(text: &str) -> Vec<directory::OwnWindow> {
    let import = directory::import::read(
        text.as_bytes(),
        directory().municipalities(),
        date(2026, 11, 22),
    );
    assert!(import.all_right(), "{:?}", import.problems);
    import.windows
}

testkit::on_both_databases! {
    [directory::MIGRATIONS];

    /// What an operator imports is there at the next start, and a second import changes it.
    async fn imported_windows_come_back(db: TestDb) {
        let clock = testkit::clock_at("2026-11-22T10:00");
        let all = directory().municipalities();
        let header = "id,kind,name,serves,source,confirmed_at\n";
        for name in ["はじめの名前", "あとの名前"] {
            let windows = own(&format!("{header}sapo-1,SAPO,{name},15100,x,2026-11-01\n"));
            transact!(db, "directory.import", |tx| {
                imported::put(tx, &windows, clock.now()).await?;
                tx.mark_recorded(); // the caller's audit row
                Ok::<_, store::Error>(())
            }).unwrap();
        }
        let windows = imported::windows(&mut db.read().await.unwrap(), all).await.unwrap();
        assert_eq!(windows.len(), 1);
        let merged = directory().clone().with_windows(windows);
        assert_eq!(merged.windows_of(code("15101"), Kind::Sapo)[0].name, "あとの名前");

        let removed = transact!(db, "directory.import", |tx| {
            tx.mark_recorded();
            imported::remove(tx, "sapo-1").await
        }).unwrap();
        assert!(removed);
        assert!(imported::windows(&mut db.read().await.unwrap(), all).await.unwrap().is_empty());
    }

    /// A report waits for its own office, its words open with the office's key alone, and settling erases them.
    async fn a_report_is_kept_sealed_and_settled(db: TestDb) {
        let clock = testkit::clock_at("2026-11-22T10:00");
        let keys = KeyPair::generate();
        let id = transact!(db, "directory.report", |tx| {
            tx.mark_recorded();
            report::keep(tx, &clock, OFFICE, &keys.public, "hc-15000-1", What::Phone, " 番号がかわっていました ").await
        }).unwrap();
        let mut conn = db.read().await.unwrap();
        assert!(report::waiting(&mut conn, OfficeId::from_raw(8), 10).await.unwrap().is_empty());
        let waiting = report::waiting(&mut conn, OFFICE, 10).await.unwrap();
        assert_eq!(waiting.len(), 1);
        let row = &waiting[0];
        assert_eq!((row.id, row.what.as_str(), row.window_id.as_str()), (id, "phone", "hc-15000-1"));
        let key = keys.private.open_compartment(row.wrapped_key.as_ref().unwrap(), id).unwrap();
        let words: String = Sealed::<String>::from_bytes(row.words.clone().unwrap()).open(&key, &report::place(id)).unwrap();
        assert_eq!(words, "番号がかわっていました");
        drop(conn);

        for expected in [true, false] {
            let settled = transact!(db, "directory.settle", |tx| {
                tx.mark_recorded();
                report::settle(tx, &clock, OFFICE, id).await
            }).unwrap();
            assert_eq!(settled, expected);
        }
        let mut conn = db.read().await.unwrap();
        assert!(report::waiting(&mut conn, OFFICE, 10).await.unwrap().is_empty());
        let left: (i64,) = conn.one("SELECT COUNT(words) FROM window_report", store::params![]).await.unwrap();
        assert_eq!(left.0, 0);
    }
}
