//! 「だれが開いたか」, inv. 10, 18: own side only, the same for every thread, a broken glass shown unless it is kept back.

use crate::world::{MIGRATIONS, World};
use casework::history::Who;
use casework::{NewCase, NewPerson, Part, Relationship};
use mailbox::first_letter::Sent;
use office::Role;
use office::custody::{AssignmentKind, NewAssignment};
use testkit::TestDb;

async fn whos(world: &World, sent: &Sent) -> Vec<(Who, usize)> {
    let holder = world.mailbox.holder(&sent.code).await.unwrap();
    let found = world.casework.access_history(&holder).await.unwrap();
    found.iter().map(|one| (one.who, one.times)).collect()
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// F4: who works on the case and who leads the office see who looked at it, by name; not what lies in a room they do not
    /// reach, not from behind broken glass, and nobody else at all.
    async fn staff_see_who_looked(db: TestDb) {
        let world = World::new(&db).await;
        let (me, boss) = (world.coordinator().await, world.supervisor().await);
        let opened = world.a_mothers_case(&me).await;
        let view = world.casework.case(&boss, opened.case).await.unwrap();
        let rooms: Vec<_> = view.compartments.iter().map(|one| one.id).collect();
        let part = world.office.another("part", Role::Coordinator).await;
        let only = NewAssignment {
            only: Some(vec![opened.compartment]),
            ..NewAssignment::whole(part.staff, AssignmentKind::Sub, &world.clock)
        };
        world.casework.assign(&me, opened.case, &only).await.unwrap();
        let part = world.session(&part).await;
        let night = world.office.another("night", Role::Coordinator).await;
        let night = world.session(&night).await;
        let reason = "夜の電話で、安否をすぐに確かめる必要があるため";
        world.casework.break_glass(&night, opened.number, reason, 1).await.unwrap();
        for room in &rooms {
            world.casework.open_behind_glass(&night, opened.case, *room).await.unwrap();
        }
        let (_, all) = world.casework.who_looked(&boss, opened.case).await.unwrap();
        let by = |who: basics::StaffId, what: &str| all.iter().filter(|one| one.staff == who && one.action == what).count();
        assert!(by(boss.staff(), "case.read") == 1 && by(me.staff(), "case.assigned") == 1);
        assert_eq!(by(night.staff(), "compartment.break_glass"), 2, "a room each");
        assert!(all.iter().all(|one| one.emergency == (one.staff == night.staff())));
        let (_, some) = world.casework.who_looked(&part, opened.case).await.unwrap();
        assert_eq!(some.iter().filter(|one| one.action == "compartment.break_glass").count(), 1);
        let other = world.office.another("other", Role::Coordinator).await;
        let other = world.session(&other).await;
        let admin = world.session(&world.office.administrator).await;
        for who in [&night, &other, &admin] {
            assert!(world.casework.who_looked(who, opened.case).await.unwrap_err().is_not_found());
        }
        assert_eq!(world.recorded("case.history", "refused").await, 3);
    }

    async fn who_opened_it(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        // His mother writes, and he does; neither knows of the other.
        let hers = world.a_letter("息子のことで書きます").await;
        let her_thread = basics::ThreadId::from(world.number_of("SELECT MAX(id) FROM thread").await);
        world.clock.advance(jiff::SignedDuration::from_secs(1));
        let his = world.a_letter("わたしのことで書きます").await;
        let his_thread = basics::ThreadId::from(world.number_of("SELECT MAX(id) FROM thread").await);
        assert!(whos(&world, &his).await.iter().all(|(who, _)| *who == Who::You));
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
            consulter: None,
            subject_knows: casework::Knows::Knows,
            thread: Some(his_thread),
        };
        let opened = world.casework.open_new(&me, &new).await.unwrap();
        let before = whos(&world, &his).await;
        assert!(before.iter().any(|(who, _)| *who == Who::Worker));
        world.mailbox.read_at_desk(&me, her_thread).await.unwrap();
        assert_eq!(whos(&world, &his).await, before, "her letters are no business of his");
        let boss = world.supervisor().await;
        world.mailbox.read_at_desk(&boss, his_thread).await.unwrap();
        assert!(whos(&world, &his).await.contains(&(Who::Lead, 1)));

        let night = world.office.another("night", Role::Coordinator).await;
        let night = world.session(&night).await;
        let reason = "夜の電話で、安否をすぐに確かめる必要があるため";
        let broken = world.casework.break_glass(&night, opened.number, reason, 3).await.unwrap();
        world.casework.open_behind_glass(&night, opened.case, opened.compartment).await.unwrap();
        world.mailbox.read_at_desk(&night, his_thread).await.unwrap();
        assert!(whos(&world, &his).await.contains(&(Who::Emergency, 3)));
        let hers_now = whos(&world, &hers).await;
        assert!(hers_now.iter().all(|(who, _)| matches!(who, Who::You | Who::Worker)));

        // Kept back for danger to life, thirty days, and then it shows.
        world.casework.hide_glass(&boss, broken.id, 30, "父に知られると命に危険がある").await.unwrap();
        assert!(whos(&world, &his).await.iter().all(|(who, _)| *who != Who::Emergency));
        world.wait(24 * 30 + 1);
        assert!(whos(&world, &his).await.contains(&(Who::Emergency, 3)));
    }
}
