//! Sessions.

use crate::world::{PASSWORD, World, form};
use office::access::Action;
use office::{Role, staff};
use testkit::TestDb;

testkit::on_both_databases! {
    [office::MIGRATIONS];

    async fn a_session_ends_after_thirty_idle_minutes(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let (_, signed_in) = world.sign_in(&sato).await;
        for _ in 0..3 {
            world.wait(29 * 60);
            assert!(world.resume(&signed_in).await.is_some(), "used within half an hour");
        }
        world.wait(30 * 60);
        assert!(world.resume(&signed_in).await.is_none());
        assert_eq!(world.entrance.purge_sessions().await.unwrap(), 1);
    }

    /// A page that asks for news by itself keeps nobody signed in.
    async fn live_updates_keep_no_session_alive(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let (_, signed_in) = world.sign_in(&sato).await;
        let quietly = async || world.entrance.resume_quietly(&signed_in.session_cookie).await.unwrap();
        for _ in 0..29 {
            world.wait(60);
            assert!(quietly().await.is_some());
        }
        world.wait(60);
        assert!(quietly().await.is_none());
    }

    async fn a_browser_left_open_elsewhere_can_be_signed_out(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let mori = world.person("mori", Role::Coordinator).await;
        let (_, elsewhere) = world.sign_in(&sato).await;
        let (session, here) = world.sign_in(&sato).await;
        let (_, hers) = world.sign_in(&mori).await;
        world.entrance.end_other_sessions(&session).await.unwrap();
        assert!(world.resume(&elsewhere).await.is_none());
        assert!(world.resume(&here).await.is_some() && world.resume(&hers).await.is_some());
    }

    async fn a_session_ends_after_twelve_hours_however_busy(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let (_, signed_in) = world.sign_in(&sato).await;
        let mut hours = 0.0;
        while world.resume(&signed_in).await.is_some() {
            world.wait(20 * 60);
            hours += 1.0 / 3.0;
        }
        assert!((11.9..=12.1).contains(&hours), "{hours}");
    }

    async fn signing_out_ends_the_session(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let (session, signed_in) = world.sign_in(&sato).await;
        world.entrance.sign_out(&session).await.unwrap();
        assert!(world.resume(&signed_in).await.is_none());
        assert_eq!(world.recorded(world.office, "staff.sign_out", "ok", "").await, 1);
    }

    /// Another copy of the program, with nothing in memory, goes on where the first one was.
    async fn any_copy_of_the_program_serves_the_next_request(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let (_, signed_in) = world.sign_in(&sato).await;
        let other = office::Entrance::open(
            &db.another().await, &world.clock, &vault::SymmetricKey::random(), &vault::password::Gate::new(1),
        );
        let session = other.resume(&signed_in.session_cookie).await.unwrap().unwrap();
        assert!(session.holds_office_key());
    }

    async fn switching_an_account_off_counts_from_the_next_request(db: TestDb) {
        let world = World::new(&db).await;
        world.person("sensei", Role::Supervisor).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let (_, signed_in) = world.sign_in(&sato).await;
        let permit = world.operator(Action::ManageStaff);
        let off = office::StaffForm { active: false, ..form("sato", Role::Coordinator) };
        staff::change(&world.db, &permit, sato.id, &off).await.unwrap();
        assert!(world.resume(&signed_in).await.is_none());
        world.wait(30);
        assert!(world.try_sign_in(&sato, PASSWORD, None).await.is_err());
    }

    async fn a_changed_role_counts_from_the_next_request(db: TestDb) {
        let world = World::new(&db).await;
        world.person("sensei", Role::Supervisor).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let (session, signed_in) = world.sign_in(&sato).await;
        assert!(session.holds_office_key());
        let permit = world.operator(Action::ManageStaff);
        staff::change(&world.db, &permit, sato.id, &form("sato", Role::Administrator)).await.unwrap();
        let session = world.resume(&signed_in).await.unwrap();
        assert_eq!(session.role(), Role::Administrator);
        assert!(!session.holds_office_key());
    }

    async fn forms_carry_the_sessions_own_token(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let (first, signed_in) = world.sign_in(&sato).await;
        let (second, _) = world.sign_in(&sato).await;
        let same = world.resume(&signed_in).await.unwrap();
        assert!(same.is_form_token(&first.form_token()));
        assert!(!second.is_form_token(&first.form_token()) && !second.is_form_token(""));
    }

    async fn a_made_up_cookie_is_nobody(db: TestDb) {
        let world = World::new(&db).await;
        for cookie in ["", "x", "あ", &"A".repeat(43), &"A".repeat(4_000)] {
            assert!(world.entrance.resume(cookie).await.unwrap().is_none());
        }
    }
}
