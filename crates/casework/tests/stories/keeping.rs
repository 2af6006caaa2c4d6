//! Retention (inv. 27): rules, two people, tombstones without content, holds that stop erasing and nothing else.

use crate::attaching::a_pdf;
use crate::world::{MIGRATIONS, World};
use casework::case::Opened;
use casework::retention::{HoldGround, RecordType};
use office::custody::acquaintance::Acquaintance;
use office::{Role, Session};
use testkit::TestDb;

const WORDS: &str = "すみれの診断書";

/// A mother's case with a letter and a file, finished on this day.
async fn a_finished_case(world: &World, me: &Session, day: &str) -> Opened {
    let opened = world.a_mothers_case(me).await;
    let mut upload = world
        .casework
        .attach(me, opened.case, opened.compartment)
        .await
        .unwrap();
    upload.take(&a_pdf(5_000)).await.unwrap();
    upload
        .finish(me, &format!("{WORDS}.pdf"), "")
        .await
        .unwrap();
    world.finish(opened.case, day).await;
    opened
}

impl World {
    /// Changes the database behind the program's back.
    pub async fn change(&self, sql: &str) {
        let done: Result<(), store::Error> = store::housekeeping!(self.db, "session.touch", |tx| {
            tx.exec(sql, &[]).await?;
            Ok(())
        });
        done.unwrap();
    }

    /// The case's engagements ended on this day.
    pub async fn finish(&self, case: basics::CaseId, day: &str) {
        let known = format!("SELECT COUNT(*) FROM engagement WHERE case_id = {case}");
        if self.number_of(&known).await == 0 {
            self.change(&format!(
                "INSERT INTO engagement (id, office_id, case_id, state, began_on, pace, changed_at) \
                 VALUES ({case}, {}, {case}, 'active', '2019-04-01', 'none', 0)",
                self.office.id
            ))
            .await;
        }
        self.change(&format!(
            "UPDATE engagement SET state = 'finished', ended_on = '{day}' WHERE case_id = {case}"
        ))
        .await;
    }

    /// They came back.
    pub async fn go_on(&self, case: basics::CaseId) {
        self.change(&format!(
            "INSERT INTO engagement (id, office_id, case_id, state, began_on, pace, changed_at) \
             VALUES ({case} + 1, {}, {case}, 'active', '2026-11-24', 'none', 0)",
            self.office.id
        ))
        .await;
    }

    /// Every table there is.
    pub async fn tables(&self) -> Vec<String> {
        let sql = match self.db.engine_name() {
            "SQLite" => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
            }
            _ => {
                "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
            }
        };
        let rows: Vec<(String,)> = self.db.read().await.unwrap().all(sql, &[]).await.unwrap();
        rows.into_iter().map(|(name,)| name).collect()
    }

    /// How many rows of a table say `case_id` (0 when it has no such column).
    pub async fn rows_of_case(&self, table: &str, case: basics::CaseId) -> i64 {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE case_id = {case}");
        let mut conn = self.db.read().await.unwrap();
        match conn.prepare(&sql).await {
            Ok(()) => conn.one::<(i64,)>(&sql, &[]).await.unwrap().0,
            Err(_) => 0,
        }
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// One proposes, another approves; rows, keys and letters go, the file on the disk forgets, numbers stay.
    async fn two_people_erase_a_case_when_its_time_has_come(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = a_finished_case(&world, &me, "2020-05-08").await;
        let kept = a_finished_case(&world, &me, "2021-04-01").await;
        let seen = world.casework.retention(&me).await.unwrap();
        assert_eq!(seen.due.len(), 1, "from the 1 April after, five years");
        assert_eq!(seen.due[0].records, [RecordType::FaceSheet]);
        assert!(world.casework.propose_erasure(&me, kept.case).await.is_err());
        let erasure = world.casework.propose_erasure(&me, opened.case).await.unwrap();
        let again = world.casework.propose_erasure(&me, opened.case).await;
        assert!(matches!(again, Err(casework::Error::Again)));
        assert!(world.casework.approve_erasure(&me, opened.case, erasure).await.unwrap_err().is_not_found());
        let lead = world.supervisor().await;
        world.casework.approve_erasure(&lead, opened.case, erasure).await.unwrap();

        assert!(world.casework.case(&lead, opened.case).await.unwrap_err().is_not_found());
        assert_eq!(world.casework.search(&lead, WORDS).await.unwrap().total, 1, "the other case's");
        let stones = world.casework.tombstones(&lead).await.unwrap();
        let mut of: Vec<_> = stones.iter().map(|stone| stone.record).collect();
        of.sort();
        assert_eq!(of, [RecordType::Engagement, RecordType::Attachment, RecordType::FaceSheet]);
        assert!(stones.iter().all(|stone| stone.number == opened.number && stone.years == "5年"));
        for table in world.tables().await {
            if ["erasure", "audit_row"].contains(&table.as_str()) {
                continue;
            }
            assert_eq!(world.rows_of_case(&table, opened.case).await, 0, "{table}");
        }
        // The other case is whole.
        assert!(world.casework.case(&me, kept.case).await.is_ok());
        assert_eq!(world.casework.attachments(&me, kept.case).await.unwrap().files.len(), 1);
    }

    /// A colleague who is one of the people of two cases stays barred from the one that is kept.
    async fn erasing_one_case_lets_nobody_into_another(db: TestDb) {
        let world = World::new(&db).await;
        let (me, lead) = (world.coordinator().await, world.supervisor().await);
        let opened = a_finished_case(&world, &me, "2020-05-08").await;
        let kept = a_finished_case(&world, &me, "2021-04-01").await;
        let son = world.office.another("son", Role::Supervisor).await;
        let son = world.session(&son).await;
        // The same human in both: each belongs to the other's case too.
        world.change(&format!("INSERT INTO case_circle (case_id, person_id) VALUES ({}, {})", kept.case, opened.principal)).await;
        world.casework.link_colleague(&lead, opened.case, son.staff(), opened.principal).await.unwrap();
        world.casework.declare_acquaintance(&me, kept.case, son.staff(), Acquaintance::Friend).await.unwrap();
        let erasure = world.casework.propose_erasure(&me, opened.case).await.unwrap();
        world.casework.approve_erasure(&lead, opened.case, erasure).await.unwrap();
        assert_eq!(world.number_of("SELECT COUNT(*) FROM deny_entry").await, 1);
        let entry = world.casework.workers(&me, kept.case).await.unwrap().denied[0].id;
        world.casework.lift_acquaintance(&me, kept.case, entry).await.unwrap();
        assert!(world.casework.case(&son, kept.case).await.unwrap_err().is_not_found(), "still one of the people");
        // When the last case of theirs goes, so does what is known of them.
        world.finish(kept.case, "2020-05-08").await;
        let erasure = world.casework.propose_erasure(&me, kept.case).await.unwrap();
        world.casework.approve_erasure(&lead, kept.case, erasure).await.unwrap();
        assert_eq!(world.number_of("SELECT COUNT(*) FROM staff_person").await, 0);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM case_circle").await, 0);
    }

    /// The supervisor who proposes does not approve; a return in between stops it.
    async fn nobody_erases_alone_and_a_return_stops_it(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let lead = world.supervisor().await;
        let opened = a_finished_case(&world, &me, "2020-05-08").await;
        let erasure = world.casework.propose_erasure(&lead, opened.case).await.unwrap();
        let alone = world.casework.approve_erasure(&lead, opened.case, erasure).await;
        assert!(matches!(alone, Err(casework::Error::Guarded(_))));
        world.casework.decline_erasure(&lead, opened.case, erasure).await.unwrap();
        let erasure = world.casework.propose_erasure(&me, opened.case).await.unwrap();
        world.go_on(opened.case).await;
        assert!(world.casework.approve_erasure(&lead, opened.case, erasure).await.is_err());
        assert!(world.casework.case(&me, opened.case).await.is_ok());
        assert!(world.casework.retention(&me).await.unwrap().due.is_empty());
    }

    /// A hold stops erasing, proposed or not.
    async fn a_hold_stops_erasing(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let lead = world.supervisor().await;
        let opened = a_finished_case(&world, &me, "2020-05-08").await;
        let erasure = world.casework.propose_erasure(&me, opened.case).await.unwrap();
        world.casework.hold(&me, opened.case, HoldGround::Litigation).await.unwrap();
        let stopped = world.casework.approve_erasure(&lead, opened.case, erasure).await;
        assert!(stopped.unwrap_err().to_string().contains("訴訟"));
        let seen = world.casework.retention(&lead).await.unwrap();
        assert_eq!(seen.due[0].held, Some(HoldGround::Litigation));
        world.casework.lift_hold(&lead, opened.case, seen.holds[0].id).await.unwrap();
        world.casework.approve_erasure(&lead, opened.case, erasure).await.unwrap();
    }

    /// The office may keep one kind for a shorter time: it goes alone, and the case stays.
    async fn one_kind_of_record_goes_before_the_others(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let lead = world.supervisor().await;
        let opened = a_finished_case(&world, &me, "2024-05-08").await;
        assert!(world.casework.retention(&me).await.unwrap().due.is_empty());
        assert!(world.casework.set_retention(&me, RecordType::Attachment, 1).await.is_err());
        assert!(world.casework.set_retention(&lead, RecordType::Attachment, 0).await.is_err());
        world.casework.set_retention(&lead, RecordType::Attachment, 1).await.unwrap();
        let seen = world.casework.retention(&me).await.unwrap();
        assert_eq!(seen.due[0].records, [RecordType::Attachment]);
        let erasure = world.casework.propose_erasure(&me, opened.case).await.unwrap();
        world.casework.approve_erasure(&lead, opened.case, erasure).await.unwrap();
        assert!(world.casework.attachments(&me, opened.case).await.unwrap().files.is_empty());
        assert_eq!(world.casework.search(&me, WORDS).await.unwrap().total, 0);
        assert_eq!(world.casework.tombstones(&me).await.unwrap().len(), 1);
        assert!(world.casework.retention(&me).await.unwrap().due.is_empty(), "nothing more of that kind");
    }

    /// A small step goes with the contacts, and the search forgets it with them.
    async fn a_small_step_that_is_erased_is_not_found_any_more(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let lead = world.supervisor().await;
        let opened = a_finished_case(&world, &me, "2024-05-08").await;
        let step = casework::small_steps::SmallStep { day: world.clock.today(), words: "縁側で新聞を広げた".to_owned() };
        world.casework.note_small_step(&me, opened.case, opened.compartment, &step).await.unwrap();
        let found = async || { world.casework.search(&me, "縁側で新聞").await.unwrap().total };
        assert_eq!(found().await, 1);
        world.casework.set_retention(&lead, RecordType::Contact, 1).await.unwrap();
        let erasure = world.casework.propose_erasure(&me, opened.case).await.unwrap();
        world.casework.approve_erasure(&lead, opened.case, erasure).await.unwrap();
        assert_eq!(found().await, 0);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM findable WHERE source = 'small_step'").await, 0);
        assert!(world.casework.case(&me, opened.case).await.is_ok(), "the case stays");
    }
}
