use crate::world::{MIGRATIONS, World};
use mailbox::State;
use mailbox::return_code::Token;
use testkit::TestDb;

testkit::on_both_databases! {
    MIGRATIONS;

    async fn a_closed_thread_is_erased_after_ninety_days_and_the_count_stays(db: TestDb) {
        let world = World::new(&db).await;
        let closed = world.a_letter("終わった話").await;
        let open = world.a_letter("続いている話").await;
        let session = world.office.session(&world.office.coordinator).await;
        world.mailbox.close(&session, closed.thread, None).await.unwrap();
        world.wait(24 * 89);
        assert_eq!(world.mailbox.erase_due().await.unwrap(), 0);
        world.wait(25);
        assert_eq!(world.mailbox.erase_due().await.unwrap(), 1);
        assert!(world.mailbox.holder(&closed.code).await.is_err());
        assert!(world.mailbox.holder(&open.code).await.is_ok());
        assert_eq!(world.number_of("SELECT COUNT(*) FROM erased_thread WHERE reason = 'retention'").await, 1);
        assert_eq!(world.number_of("SELECT SUM(n) FROM mailbox_count WHERE what = 'first_letter'").await, 2);
        assert_eq!(world.recorded("mailbox.erase_closed", "ok").await, 1);
    }

    async fn a_letter_to_a_closed_thread_opens_it_again(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("終わったと思った話").await;
        let session = world.office.session(&world.office.coordinator).await;
        world.mailbox.close(&session, sent.thread, None).await.unwrap();
        world.wait(24 * 80);
        world.mailbox.write_more(&world.holder(&sent).await, "また書きます", &Token::fresh()).await.unwrap();
        world.wait(24 * 20);
        assert_eq!(world.mailbox.erase_due().await.unwrap(), 0);
        assert_eq!(world.holder(&sent).await.thread().state, State::Waiting);
    }

    /// Two copies of the program: one runs the job, the other finds it taken; then it waits for the next night.
    async fn the_daily_job_runs_once_a_day(db: TestDb) {
        let world = World::new(&db).await;
        let second = World::mailbox_on(db.another().await, &world.clock, &world.office);
        world.mailbox.schedule().await.unwrap();
        second.schedule().await.unwrap();
        let ran = [world.mailbox.run_due_job().await.unwrap(), second.run_due_job().await.unwrap()];
        assert_eq!(ran, [true, false]);
        world.wait(23);
        assert!(!second.run_due_job().await.unwrap());
        world.wait(2);
        assert!(second.run_due_job().await.unwrap());
    }
}
