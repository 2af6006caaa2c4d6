//! Who holds the office key, and how it is passed on.

use crate::world::{PASSWORD, World};
use office::access::{self, Action};
use office::{Error, Role, enrol, office_key, staff};
use testkit::TestDb;

testkit::on_both_databases! {
    [office::MIGRATIONS];

    /// After `ippo init`: the first supervisor enrols and types in the sheet from the safe.
    async fn the_first_supervisor_takes_the_key_from_the_recovery_sheet(db: TestDb) {
        let world = World::new(&db).await;
        let sensei = world.person_without_key("sensei", Role::Supervisor).await;
        let (session, signed_in) = world.sign_in(&sensei).await;
        assert!(!session.holds_office_key());
        let permit = access::permit(&session, Action::GrantOfficeKey, "office_key").await.unwrap();
        let another_offices = vault::sheet::write(&world.neighbour().await.office_key);
        for wrong in ["", "ABCDE-ABCDE", &another_offices] {
            let refused = office_key::take_from_sheet(&world.db, &session, &permit, wrong).await;
            assert!(matches!(refused, Err(Error::SheetDoesNotFit)));
        }
        assert_eq!(world.recorded(world.office, "office_key.take", "refused", "sheet_does_not_fit").await, 3);
        let sheet = vault::sheet::write(&world.office_key);
        office_key::take_from_sheet(&world.db, &session, &permit, &sheet).await.unwrap();
        assert!(world.resume(&signed_in).await.unwrap().holds_office_key());
    }

    async fn a_colleague_who_holds_the_key_passes_it_on(db: TestDb) {
        let world = World::new(&db).await;
        let sensei = world.person("sensei", Role::Supervisor).await;
        let new = world.person_without_key("atarashi", Role::Coordinator).await;
        let (session, _) = world.sign_in(&sensei).await;
        let waiting = office_key::waiting(&mut world.db.read().await.unwrap(), world.office).await.unwrap();
        assert_eq!(waiting.iter().map(|one| one.id).collect::<Vec<_>>(), [new.id]);
        let permit = access::permit(&session, Action::GrantOfficeKey, "office_key").await.unwrap();
        office_key::grant(&world.db, &session, &permit, new.id).await.unwrap();
        let (session, _) = world.sign_in(&new).await;
        assert!(session.holds_office_key());
        assert!(office_key::waiting(&mut world.db.read().await.unwrap(), world.office).await.unwrap().is_empty());
    }

    async fn nobody_passes_on_what_they_do_not_hold(db: TestDb) {
        let world = World::new(&db).await;
        let aoba = world.neighbour().await;
        let new = world.person_without_key("atarashi", Role::Coordinator).await;
        let theirs = aoba.person("aoba", Role::Coordinator).await;
        let (session, _) = world.sign_in(&new).await;
        let permit = access::permit(&session, Action::GrantOfficeKey, "office_key").await.unwrap();
        let refused = office_key::grant(&world.db, &session, &permit, new.id).await;
        assert!(matches!(refused, Err(Error::NoOfficeKey)));
        let permit = world.operator(Action::GrantOfficeKey);
        let foreign = office_key::grant_founding_key(&world.db, &permit, &world.office_key, theirs.id).await;
        assert!(matches!(foreign, Err(Error::NotFound)), "a colleague of another office is nobody here");
    }

    /// Somebody who can write into the database plants a key of their own: it is not taken for the office's.
    async fn a_planted_key_is_not_the_offices(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let permit = world.operator(Action::GrantOfficeKey);
        let planted = vault::KeyPair::generate().private;
        office_key::grant_founding_key(&world.db, &permit, &planted, sato.id).await.unwrap();
        let (session, _) = world.sign_in(&sato).await;
        assert!(!session.holds_office_key());
    }

    /// A reset gives the account, not the letters.
    async fn a_reset_account_has_lost_the_key(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let (_, signed_in) = world.sign_in(&sato).await;
        let permit = world.operator(Action::ManageStaff);
        let invitation = enrol::invite_again(&world.db, &permit, sato.id).await.unwrap();
        assert!(world.resume(&signed_in).await.is_none());
        world.wait(30);
        assert!(world.try_sign_in(&sato, PASSWORD, None).await.is_err());
        let sato = world.enrol(&invitation.code).await;
        let (session, _) = world.sign_in(&sato).await;
        assert!(!session.holds_office_key());
    }

    /// The disk, the database and the backups: nothing that opens anything stands in them.
    async fn the_database_alone_opens_nothing(db: TestDb) {
        let world = World::new(&db).await;
        let permit = world.operator(Action::ManageStaff);
        let invited = enrol::invite(&world.db, &permit, &crate::world::form("mada", Role::Coordinator)).await.unwrap();
        let sato = world.person("sato", Role::Coordinator).await;
        let (session, signed_in) = world.sign_in(&sato).await;
        assert!(session.holds_office_key());
        let stored = db.raw_bytes().await;
        let holds = |needle: &[u8]| stored.windows(needle.len()).any(|part| part == needle);
        let cookie = |text: &str| data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
        assert!(holds(b"sato"), "the search itself works");
        for (what, secret) in [
            ("office key", world.office_key.to_bytes().to_vec()),
            ("password", PASSWORD.as_bytes().to_vec()),
            ("app secret", data_encoding::BASE32_NOPAD.decode(sato.totp.base32().as_bytes()).unwrap()),
            ("app secret as text", sato.totp.base32().into_bytes()),
            ("session cookie", cookie(&signed_in.session_cookie)),
            ("session cookie as text", signed_in.session_cookie.clone().into_bytes()),
            ("device cookie", cookie(&signed_in.device_cookie)),
            ("recovery code", sato.recovery.0[0].replace('-', "").into_bytes()),
            ("recovery code with hyphen", sato.recovery.0[0].clone().into_bytes()),
            ("invitation", invited.code.replace('-', "").into_bytes()),
        ] {
            assert!(!holds(&secret), "{what}");
        }
    }

    async fn a_changed_password_keeps_the_key_and_ends_other_sessions(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let (_, elsewhere) = world.sign_in(&sato).await;
        let (session, here) = world.sign_in(&sato).await;
        let new = "ゆうがおの花が7つ咲いた";
        let wrong = world.entrance.change_password(&session, "前のパスワードではない", new).await;
        assert!(matches!(wrong, Err(Error::Invalid { field: "old_password", .. })));
        let codes = world.entrance.change_password(&session, PASSWORD, new).await.unwrap();
        assert!(world.resume(&elsewhere).await.is_none());
        assert!(world.resume(&here).await.unwrap().holds_office_key());
        world.wait(30);
        assert!(world.try_sign_in(&sato, PASSWORD, None).await.is_err());
        let signed_in = world.try_sign_in(&sato, new, None).await.unwrap();
        assert!(world.resume(&signed_in).await.unwrap().holds_office_key());
        let by_code = async |code: &str| {
            world.entrance.sign_in(office::Attempt { login: "sato", password: new, code, ..Default::default() }).await
        };
        assert!(by_code(&sato.recovery.0[0]).await.is_err(), "the old recovery codes hung on the old password");
        assert!(by_code(&codes.0[0]).await.is_ok());
    }

    async fn whoever_leaves_takes_no_key_along(db: TestDb) {
        let world = World::new(&db).await;
        world.person("sensei", Role::Supervisor).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let permit = world.operator(Action::ManageStaff);
        let off = office::StaffForm { active: false, ..crate::world::form("sato", Role::Coordinator) };
        staff::change(&world.db, &permit, sato.id, &off).await.unwrap();
        staff::change(&world.db, &permit, sato.id, &crate::world::form("sato", Role::Coordinator)).await.unwrap();
        let (session, _) = world.sign_in(&sato).await;
        assert!(!session.holds_office_key(), "coming back needs a colleague again");
    }
}
