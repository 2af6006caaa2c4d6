//! Invitations and accounts.

use crate::world::{PASSWORD, World, form};
use office::access::Action;
use office::{Enrolment, Error, Qualification, Role, StaffForm, TotpSecret, enrol, staff};
use testkit::TestDb;

testkit::on_both_databases! {
    [office::MIGRATIONS];

    async fn an_invitation_is_good_once_and_for_three_days(db: TestDb) {
        let world = World::new(&db).await;
        let permit = world.operator(Action::ManageStaff);
        let first = enrol::invite(&world.db, &permit, &form("sato", Role::Coordinator)).await.unwrap();
        let late = enrol::invite(&world.db, &permit, &form("mori", Role::Coordinator)).await.unwrap();
        world.enrol(&first.code.to_lowercase().replace('-', " ")).await;
        assert!(matches!(world.entrance.invited(&first.code).await, Err(Error::InvitationUnusable)));
        world.wait(72 * 3_600);
        assert!(matches!(world.entrance.invited(&late.code).await, Err(Error::InvitationUnusable)));
        let again = enrol::invite_again(&world.db, &permit, late.staff).await.unwrap();
        assert_eq!(world.entrance.invited(&again.code).await.unwrap().login, "mori");
    }

    /// A wrong digit or a weak password loses nothing: the invitation is still good.
    async fn a_mistake_while_enrolling_uses_nothing_up(db: TestDb) {
        let world = World::new(&db).await;
        let permit = world.operator(Action::ManageStaff);
        let invitation = enrol::invite(&world.db, &permit, &form("sato", Role::Coordinator)).await.unwrap();
        let totp = TotpSecret::random();
        let (secret, code) = (totp.base32(), totp.code_at(world.clock.now()));
        for (password, digits) in [
            (PASSWORD, "000"),
            ("みじかい", code.as_str()),
            ("ああああああああああああああ", &code),
            ("sato-sato-12", &code),
        ] {
            let refused = world
                .entrance
                .enrol(Enrolment { invitation: &invitation.code, password, totp_secret: &secret, totp_code: digits })
                .await;
            assert!(matches!(refused, Err(Error::Invalid { .. })), "{password} {digits}");
        }
        world.enrol(&invitation.code).await;
    }

    /// `ippo init` with a sign-in name that is taken: no office, no account, nothing half founded.
    async fn a_founding_that_fails_leaves_nothing(db: TestDb) {
        let world = World::new(&db).await;
        world.person("sato", Role::Coordinator).await;
        let new = office::NewOffice {
            name: "あおば市ひきこもり地域支援センター".into(),
            jurisdiction: basics::MunicipalityCode::parse("15100").unwrap(),
            settings: office::Settings::default(),
        };
        let found = async |logins: [&str; 2]| {
            let staff = logins.map(|login| form(login, Role::Administrator));
            office::founding::found_with_staff(&world.db, &world.clock, &new, &staff).await
        };
        let offices = async || office::office::all(&mut world.db.read().await.unwrap()).await.unwrap().len();
        assert!(matches!(found(["kanri", "sato"]).await, Err(Error::Invalid { field: "login", .. })));
        assert_eq!(offices().await, 1);
        let (founded, invitations) = found(["kanri", "mori"]).await.unwrap();
        assert_eq!((offices().await, invitations.len()), (2, 2));
        assert_eq!(world.entrance.invited(&invitations[1].code).await.unwrap().login, "mori");
        assert_eq!(world.recorded(founded.id, "office.found", "ok", "").await, 1);
    }

    async fn a_sign_in_name_is_taken_once(db: TestDb) {
        let world = World::new(&db).await;
        let aoba = world.neighbour().await;
        world.person("sato", Role::Coordinator).await;
        let permit = aoba.operator(Action::ManageStaff);
        for login in ["sato", "SATO", "ｓａｔｏ", "佐藤", "ab", "a b c"] {
            let refused = enrol::invite(&aoba.db, &permit, &form(login, Role::Coordinator)).await;
            assert!(matches!(refused, Err(Error::Invalid { field: "login", .. })), "{login}");
        }
        let mori = aoba.person("mori", Role::Supervisor).await;
        let renamed = staff::change(&aoba.db, &permit, mori.id, &form("sato", Role::Supervisor)).await;
        assert!(matches!(renamed, Err(Error::Invalid { field: "login", .. })));
    }

    async fn the_last_one_who_leads_cannot_step_down(db: TestDb) {
        let world = World::new(&db).await;
        let sensei = world.person("sensei", Role::Supervisor).await;
        world.person("sato", Role::Coordinator).await;
        let permit = world.operator(Action::ManageStaff);
        let down = form("sensei", Role::Coordinator);
        let off = StaffForm { active: false, ..form("sensei", Role::Supervisor) };
        for change in [&down, &off] {
            let refused = staff::change(&world.db, &permit, sensei.id, change).await;
            assert!(matches!(refused, Err(Error::Invalid { field: "role", .. })));
        }
        world.person("kanri", Role::Administrator).await;
        staff::change(&world.db, &permit, sensei.id, &down).await.unwrap();
    }

    async fn accounts_of_another_office_are_not_there(db: TestDb) {
        let world = World::new(&db).await;
        let aoba = world.neighbour().await;
        let theirs = aoba.person("aoba", Role::Coordinator).await;
        let permit = world.operator(Action::ManageStaff);
        let changed = staff::change(&world.db, &permit, theirs.id, &form("aoba", Role::Administrator)).await;
        assert!(matches!(changed, Err(Error::NotFound)));
        assert!(matches!(enrol::invite_again(&world.db, &permit, theirs.id).await, Err(Error::NotFound)));
        assert!(aoba.sign_in(&theirs).await.0.holds_office_key());
    }

    async fn fewer_than_two_coordinators_are_noticed(db: TestDb) {
        let world = World::new(&db).await;
        let notice = async || {
            staff::coordinator_notice(&mut world.db.read().await.unwrap(), world.office).await.unwrap()
        };
        world.person("kanri", Role::Administrator).await;
        assert!(notice().await.unwrap().contains("0名"));
        world.person("sensei", Role::Supervisor).await;
        assert!(notice().await.unwrap().contains("1名"));
        let sato = world.person("sato", Role::Coordinator).await;
        assert_eq!(notice().await, None);
        let permit = world.operator(Action::ManageStaff);
        let off = StaffForm { active: false, ..form("sato", Role::Coordinator) };
        staff::change(&world.db, &permit, sato.id, &off).await.unwrap();
        assert!(notice().await.is_some());
        let count = staff::coordinator_count(&mut world.db.read().await.unwrap(), world.office).await.unwrap();
        assert_eq!((count.registered, count.qualified), (1, 1));
        assert_eq!(Qualification::parse("public_health_nurse").unwrap().label(), "保健師");
    }

    /// An account is reset because its password is in wrong hands; those hands are just signing in.
    async fn a_sign_in_under_way_does_not_outlive_the_reset_of_its_account(db: TestDb) {
        let world = World::new(&db).await;
        let permit = world.operator(Action::ManageStaff);
        let _leads = world.person("tanaka", Role::Supervisor).await;
        for n in 0..8 {
            let person = world.person(&format!("sato{n}"), Role::Coordinator).await;
            let reset = async {
                // While the password is being checked, at a different moment each time.
                tokio::time::sleep(std::time::Duration::from_millis(4 * n)).await;
                enrol::invite_again(&world.db, &permit, person.id).await.unwrap();
            };
            let (signed_in, ()) = tokio::join!(world.try_sign_in(&person, PASSWORD, None), reset);
            if let Ok(signed_in) = signed_in {
                assert!(world.resume(&signed_in).await.is_none(), "try {n}");
            }
        }
    }

    /// So that an account dressed up as a colleague's is found later.
    async fn a_renamed_account_shows_in_the_chain(db: TestDb) {
        let world = World::new(&db).await;
        let permit = world.operator(Action::ManageStaff);
        let person = world.person("sato", Role::Supervisor).await;
        let other = StaffForm { name: "別の人".to_owned(), ..form("sato", Role::Supervisor) };
        staff::change(&world.db, &permit, person.id, &other).await.unwrap();
        let detail = "role=supervisor:supervisor,active=true,name=changed";
        assert_eq!(world.recorded(world.office, "staff.change", "ok", detail).await, 1);
    }
}
