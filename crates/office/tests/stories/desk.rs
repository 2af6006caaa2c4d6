//! The office page, the texts, who is there, and limits.

use crate::world::World;
use jiff::SignedDuration;
use office::access::{self, Action};
use office::limits::{self, BucketKey, Rate};
use office::phrases::{self, PhraseText};
use office::presence::{self, Doing};
use office::{Error, Pause, Role, Settings, office as offices};
use testkit::TestDb;
use vault::SymmetricKey;

testkit::on_both_databases! {
    [office::MIGRATIONS];

    async fn two_who_change_the_office_page_at_once_do_not_overwrite_each_other(db: TestDb) {
        let world = World::new(&db).await;
        let permit = world.operator(Action::EditOffice);
        let now = async || offices::one(&mut world.db.read().await.unwrap(), world.office).await.unwrap();
        let seen = now().await;
        let longer = Settings { promise_days: 5, ..seen.settings.clone() };
        offices::change(&world.db, &permit, seen.version, "みどり市の窓口", &longer).await.unwrap();
        let late = offices::change(&world.db, &permit, seen.version, "ほかの名前", &seen.settings).await;
        assert!(matches!(late, Err(Error::ChangedMeanwhile)));
        let office = now().await;
        assert_eq!((office.name.as_str(), office.settings.promise_days, office.version), ("みどり市の窓口", 5, 2));
        assert_eq!(office.public_key, world.office_key.public());
        assert_eq!(offices::all(&mut world.db.read().await.unwrap()).await.unwrap().len(), 1);
    }

    async fn settings_that_cannot_be_are_refused_with_a_sentence(db: TestDb) {
        let world = World::new(&db).await;
        let permit = world.operator(Action::EditOffice);
        let good = Settings::default();
        let mut never_open = good.clone();
        never_open.opening.week = [None; 7];
        for (wrong, field) in [
            (never_open, "week"),
            (Settings { retention_days: 89, ..good.clone() }, "retention_days"),
            (Settings { promise_days: 0, ..good.clone() }, "promise_days"),
            (Settings { who_reads: " ".into(), ..good.clone() }, "who_reads"),
        ] {
            match offices::change(&world.db, &permit, 1, "窓口", &wrong).await {
                Err(Error::Invalid { field: found, .. }) => assert_eq!(found, field),
                other => panic!("{field}: {other:?}"),
            }
        }
    }

    async fn a_coordinator_may_pause_letters_and_take_them_again(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let (session, _) = world.sign_in(&sato).await;
        assert!(access::permit(&session, Action::EditOffice, "office").await.is_err());
        let permit = access::permit(&session, Action::PauseLetters, "office").await.unwrap();
        let pause = Pause {
            message: "12月1日まで、お手紙の受け付けを休んでいます。".into(),
            other_door: "県の窓口でもお話をうかがいます。".into(),
            other_url: "/madoguchi".into(),
        };
        offices::pause(&world.db, &permit, Some(pause.clone())).await.unwrap();
        let now = async || offices::one(&mut world.db.read().await.unwrap(), world.office).await.unwrap().settings;
        assert_eq!(now().await.paused, Some(pause.clone()));
        offices::pause(&world.db, &permit, None).await.unwrap();
        assert_eq!(now().await, Settings::default());
        let script = Pause { other_url: "javascript:alert(1)".into(), ..pause };
        assert!(offices::pause(&world.db, &permit, Some(script)).await.is_err());
    }

    async fn texts_are_kept_changed_and_removed(db: TestDb) {
        let world = World::new(&db).await;
        let aoba = world.neighbour().await;
        let permit = world.operator(Action::EditPhrases);
        let text = |title: &str, body: &str| PhraseText { title: title.into(), body: body.into(), position: 1 };
        let id = phrases::add(&world.db, &permit, &text("はじめの返事", "{窓口}の{担当}です。")).await.unwrap();
        let refused = phrases::add(&world.db, &permit, &text("x", "{知らない}")).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "body", .. })));
        phrases::change(&world.db, &permit, id, 1, &text("はじめの返事", "{窓口}です。")).await.unwrap();
        let late = phrases::change(&world.db, &permit, id, 1, &text("はじめの返事", "遅れた変更")).await;
        assert!(matches!(late, Err(Error::ChangedMeanwhile)));
        let list = async || phrases::list(&mut world.db.read().await.unwrap(), world.office).await.unwrap();
        assert_eq!(list().await[0].body, "{窓口}です。");
        let theirs = phrases::remove(&aoba.db, &aoba.operator(Action::EditPhrases), id).await;
        assert!(matches!(theirs, Err(Error::NotFound)));
        phrases::remove(&world.db, &permit, id).await.unwrap();
        assert!(list().await.is_empty());
    }

    async fn colleagues_see_who_is_answering_for_two_minutes(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let mori = world.person("mori", Role::Coordinator).await;
        let (sato, _) = world.sign_in(&sato).await;
        let (mori, _) = world.sign_in(&mori).await;
        presence::touch(&world.db, &sato, "thread:1", Doing::Viewing).await.unwrap();
        presence::touch(&world.db, &sato, "thread:1", Doing::Answering).await.unwrap();
        presence::touch(&world.db, &mori, "thread:1", Doing::Viewing).await.unwrap();
        let others = async || {
            presence::others_at(&mut world.db.read().await.unwrap(), &mori, "thread:1").await.unwrap()
        };
        let there = others().await;
        assert_eq!(there.len(), 1);
        assert_eq!((there[0].staff, there[0].doing), (sato.staff(), Doing::Answering));
        presence::leave(&world.db, &sato, "thread:1").await.unwrap();
        assert!(others().await.is_empty());
        presence::touch(&world.db, &sato, "thread:1", Doing::Viewing).await.unwrap();
        world.wait(121);
        assert!(others().await.is_empty());
    }

    async fn a_bucket_fills_again_and_every_address_has_its_own(db: TestDb) {
        let world = World::new(&db).await;
        let pepper = SymmetricKey::random();
        let rate = Rate { capacity: 3, refill: SignedDuration::from_secs(60) };
        let take = async |address: [u8; 4]| {
            let key = BucketKey::address(&pepper, world.clock.now(), "test", Some(address.into()));
            limits::take(&world.db, &world.clock, key, rate).await.unwrap()
        };
        let home = [192, 0, 2, 1];
        assert_eq!([take(home).await, take(home).await, take(home).await, take(home).await], [true, true, true, false]);
        assert!(take([192, 0, 2, 2]).await);
        world.wait(60);
        assert_eq!([take(home).await, take(home).await], [true, false]);
        world.wait(3 * 3_600);
        assert_eq!(limits::purge(&world.db, &world.clock).await.unwrap(), 2);
    }
}
