//! 「だれが開いたか」, inv. 10, 18: own side only, the same for every thread, a broken glass shown unless it is kept back.

use crate::world::{MIGRATIONS, World};
use casework::history::Who;
use casework::{NewCase, NewPerson, Part, Relationship};
use mailbox::first_letter::Sent;
use office::Role;
use testkit::TestDb;

async fn whos(world: &World, sent: &Sent) -> Vec<(Who, usize)> {
    let holder = world.mailbox.holder(&sent.code).await.unwrap();
    let found = world.casework.access_history(&holder).await.unwrap();
    found.iter().map(|one| (one.who, one.times)).collect()
}

testkit::on_both_databases! {
    MIGRATIONS;

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
        world.casework.hide_glass(&boss, broken.id, 30).await.unwrap();
        assert!(whos(&world, &his).await.iter().all(|(who, _)| *who != Who::Emergency));
        world.wait(24 * 30 + 1);
        assert!(whos(&world, &his).await.contains(&(Who::Emergency, 3)));
    }
}
