//! The chain.

use crate::world::World;
use basics::{OfficeId, ThreadId};
use office::audit::{self, Anchor, Fault};
use office::{Actor, Entry, Error};
use std::collections::BTreeSet;
use store::{Conn, params, transact};
use testkit::TestDb;

fn entry(world: &World, n: i64) -> Entry {
    Entry::done(
        world.office,
        Actor::Program,
        "test.row",
        format!("thread:{n}"),
        world.clock.now(),
    )
}

async fn write(world: &World, n: i64) {
    transact!(world.db, "test.record", |tx| {
        audit::record(tx, &entry(world, n)).await
    })
    .unwrap();
}

/// What somebody with the database's password could do behind the program's back.
async fn tamper(world: &World, sql: &str) {
    transact!(world.db, "test.tamper", |tx| {
        tx.exec(sql, params![world.office.get()]).await?;
        tx.mark_recorded();
        Ok::<_, store::Error>(())
    })
    .unwrap();
}

async fn fault(world: &World) -> Option<Fault> {
    let chains = audit::verify(&world.db).await.unwrap();
    chains
        .into_iter()
        .find(|chain| chain.office == world.office)
        .unwrap()
        .fault
}

/// The founding of the office is row 1; rows 2 to 9 follow.
async fn nine_rows(db: &TestDb) -> World {
    let world = World::new(db).await;
    for n in 2..=9 {
        write(&world, n).await;
    }
    assert_eq!(fault(&world).await, None);
    world
}

async fn numbers(conn: &mut Conn, office: OfficeId) -> Vec<i64> {
    let rows: Vec<(i64,)> = conn
        .all(
            "SELECT seq FROM audit_row WHERE office_id = $1 ORDER BY seq",
            params![office.get()],
        )
        .await
        .unwrap();
    rows.into_iter().map(|(seq,)| seq).collect()
}

testkit::on_both_databases! {
    [office::MIGRATIONS];

    async fn a_flipped_byte_breaks_the_chain(db: TestDb) {
        let world = nine_rows(&db).await;
        for (column, value, back) in [
            ("subject", "'thread:6'", "'thread:5'"),
            ("outcome", "'refused'", "'ok'"),
            ("actor_id", "7", "0"),
            ("actor_kind", "'staff'", "'program'"),
            ("action", "'test.other'", "'test.row'"),
            ("at", "at + 1", "at - 1"),
            ("detail", "'x'", "''"),
        ] {
            tamper(&world, &format!("UPDATE audit_row SET {column} = {value} WHERE office_id = $1 AND seq = 5")).await;
            assert_eq!(fault(&world).await, Some(Fault::Altered(5)), "{column}");
            tamper(&world, &format!("UPDATE audit_row SET {column} = {back} WHERE office_id = $1 AND seq = 5")).await;
            assert_eq!(fault(&world).await, None, "{column} put back");
        }
    }

    async fn a_deleted_row_breaks_the_chain(db: TestDb) {
        let world = nine_rows(&db).await;
        tamper(&world, "DELETE FROM audit_row WHERE office_id = $1 AND seq = 4").await;
        assert_eq!(fault(&world).await, Some(Fault::Missing(4)));
    }

    /// The row behind is moved up, so that no number is missing.
    async fn a_deleted_row_with_the_gap_closed_breaks_the_chain(db: TestDb) {
        let world = nine_rows(&db).await;
        tamper(&world, "DELETE FROM audit_row WHERE office_id = $1 AND seq = 4").await;
        for seq in 5..=9 {
            let up = format!("UPDATE audit_row SET seq = seq - 1 WHERE office_id = $1 AND seq = {seq}");
            tamper(&world, &up).await;
        }
        tamper(&world, "UPDATE audit_head SET seq = 8 WHERE office_id = $1").await;
        assert_eq!(fault(&world).await, Some(Fault::Altered(4)));
    }

    async fn an_inserted_row_breaks_the_chain(db: TestDb) {
        let world = nine_rows(&db).await;
        for (from, seen) in [(10, Fault::BehindTheHead(10)), (0, Fault::BehindTheHead(0))] {
            tamper(&world, &format!(
                "INSERT INTO audit_row (office_id, seq, at, actor_kind, actor_id, action, subject, outcome, detail, hash) \
                 SELECT office_id, {from}, at, actor_kind, actor_id, action, subject, outcome, detail, hash \
                 FROM audit_row WHERE office_id = $1 AND seq = 9"
            )).await;
            assert_eq!(fault(&world).await, Some(seen));
            tamper(&world, &format!("DELETE FROM audit_row WHERE office_id = $1 AND seq = {from}")).await;
        }
    }

    async fn exchanged_rows_break_the_chain(db: TestDb) {
        let world = nine_rows(&db).await;
        for (from, to) in [(4, 100), (6, 4), (100, 6)] {
            let swap = format!("UPDATE audit_row SET seq = {to} WHERE office_id = $1 AND seq = {from}");
            tamper(&world, &swap).await;
        }
        assert_eq!(fault(&world).await, Some(Fault::Altered(4)));
    }

    async fn a_cut_tail_breaks_the_chain(db: TestDb) {
        let world = nine_rows(&db).await;
        tamper(&world, "DELETE FROM audit_row WHERE office_id = $1 AND seq > 6").await;
        assert_eq!(fault(&world).await, Some(Fault::TailCut(6)));
        tamper(&world, "UPDATE audit_head SET seq = 6 WHERE office_id = $1").await;
        assert_eq!(fault(&world).await, Some(Fault::Altered(6)), "the head's hash is still that of row 9");
        tamper(&world, "DELETE FROM audit_head WHERE office_id = $1").await;
        assert_eq!(fault(&world).await, Some(Fault::NoHead));
    }

    /// Whoever rewrites tail and head together is caught by what was written down outside.
    async fn a_head_written_down_outside_catches_a_rewritten_chain(db: TestDb) {
        let world = nine_rows(&db).await;
        let before = audit::verify(&world.db).await.unwrap();
        let chain = before.iter().find(|chain| chain.office == world.office).unwrap();
        let anchor = Anchor { office: world.office, seq: chain.rows, hash: chain.head };
        let against = async || {
            let chains = audit::verify_against(&world.db, std::slice::from_ref(&anchor)).await.unwrap();
            chains.into_iter().find(|chain| chain.office == world.office).unwrap().fault
        };
        write(&world, 10).await;
        assert_eq!(against().await, None);
        tamper(&world, "DELETE FROM audit_row WHERE office_id = $1 AND seq > 7").await;
        tamper(&world, "UPDATE audit_head SET seq = 7, hash = (SELECT hash FROM audit_row \
                        WHERE audit_row.office_id = $1 AND seq = 7) WHERE office_id = $1").await;
        assert_eq!(fault(&world).await, None, "inside the database nothing shows");
        assert_eq!(against().await, Some(Fault::TailCut(7)));
        for n in 8..=10 {
            write(&world, n + 100).await;
        }
        assert_eq!(against().await, Some(Fault::NotTheAnchor(9)));
    }

    /// 32 tasks that record in two offices at once: nothing lost, no gap, no fork.
    async fn concurrent_records_keep_the_chain_gapless(db: TestDb) {
        let world = std::sync::Arc::new(World::new(&db).await);
        let aoba = std::sync::Arc::new(world.neighbour().await);
        let tasks: Vec<_> = (0..32)
            .map(|n| {
                let world = if n % 2 == 0 { world.clone() } else { aoba.clone() };
                tokio::spawn(async move {
                    for row in 0..4 {
                        write(&world, n * 10 + row).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        for world in [&world, &aoba] {
            assert_eq!(fault(world).await, None);
            let mut conn = world.db.read().await.unwrap();
            assert_eq!(numbers(&mut conn, world.office).await, (1..=65).collect::<Vec<i64>>());
        }
    }

    /// A flood of refusals: every one is there, each caller was answered after the commit, and it took few commits.
    async fn a_flood_of_refusals_is_recorded_to_the_last(db: TestDb) {
        let world = std::sync::Arc::new(World::new(&db).await);
        let tasks: Vec<_> = (0..200)
            .map(|n| {
                let world = world.clone();
                tokio::spawn(async move {
                    let at = world.clock.now();
                    let thread = Actor::CodeHolder(ThreadId::from(n));
                    let refusal = Entry::refused(world.office, thread, "thread.return", "", at).because("code");
                    world.entrance.refusals().refuse(refusal).await.unwrap();
                    let mut conn = world.db.read().await.unwrap();
                    let (count,): (i64,) = conn
                        .one("SELECT COUNT(*) FROM audit_row WHERE actor_kind = 'code_holder' AND actor_id = $1", params![n])
                        .await
                        .unwrap();
                    count
                })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.unwrap(), 1, "committed before the caller goes on");
        }
        assert_eq!(fault(&world).await, None);
        let mut conn = world.db.read().await.unwrap();
        assert_eq!(numbers(&mut conn, world.office).await.len(), 201);
    }

    async fn a_change_without_a_row_does_not_commit(db: TestDb) {
        let world = World::new(&db).await;
        let silent = transact!(world.db, "test.silent", |tx| {
            tx.exec("UPDATE office SET name = $1", params!["だれも知らない名前"]).await?;
            Ok::<_, Error>(())
        });
        assert!(matches!(silent, Err(Error::Store(store::Error::Unrecorded("test.silent")))));
        let mut conn = world.db.read().await.unwrap();
        let office = office::office::one(&mut conn, world.office).await.unwrap();
        assert_eq!(office.name, "みどり市ひきこもり地域支援センター");
    }

    /// Names and sentences do not get into the chain, even if a room tries.
    async fn no_name_gets_into_the_chain(db: TestDb) {
        let world = World::new(&db).await;
        let talkative = Entry::done(world.office, Actor::Program, "test.row", "thread:1 佐藤花子", world.clock.now())
            .because("眠れないと書いている\n");
        transact!(world.db, "test.record", |tx| { audit::record(tx, &talkative).await }).unwrap();
        let mut conn = world.db.read().await.unwrap();
        let newest = &audit::page(&mut conn, world.office, 0.into(), &[], 0, 1).await.unwrap()[0];
        assert_eq!((newest.subject.as_str(), newest.detail.as_str()), ("thread:1", ""));
        assert_eq!(fault(&world).await, None);
    }

    async fn the_audit_page_turns_back_without_gaps(db: TestDb) {
        let world = nine_rows(&db).await;
        let mut conn = world.db.read().await.unwrap();
        let mut seen = BTreeSet::new();
        loop {
            let skip = i64::try_from(seen.len()).unwrap();
            let page = audit::page(&mut conn, world.office, 0.into(), &[], skip, 4).await.unwrap();
            if page.is_empty() {
                break;
            }
            seen.extend(page.iter().map(|row| row.seq));
        }
        assert_eq!(seen, (1..=9).collect());
    }
}
