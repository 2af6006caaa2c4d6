//! F5 story 6, inv. 16: the peer sees own cards and own reports; her own record is closed to her staff login.

use crate::world::{MIGRATIONS, World};
use casework::peer::CardWords;
use casework::{Error, Identity, NewCase, NewPerson, Part, Relationship};
use office::Role;
use testkit::TestDb;

fn words() -> CardWords {
    CardWords {
        nickname: "みかんさん".to_owned(),
        place: "中央図書館の入口".to_owned(),
        do_this: "ゲームの話".to_owned(),
        not_that: "仕事の話".to_owned(),
        own_safety: "二人で行く".to_owned(),
    }
}

/// A case whose person has a name and an address.
fn named() -> NewCase {
    let mut principal = NewPerson::unknown(Part::Principal, Relationship::Oneself);
    principal.identity = Identity {
        name: "北野 あかり".to_owned(),
        kana: "きたの あかり".to_owned(),
        address: "みどり市桜町".to_owned(),
        ..Identity::default()
    };
    NewCase {
        principal,
        consulter: None,
        subject_knows: casework::Knows::Knows,
        thread: None,
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    async fn a_peer_sees_cards_and_nothing_else(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let case = world.casework.open_new(&me, &named()).await.unwrap().case;
        let peer = world.office.another("peer", Role::Peer).await;
        let other = world.office.another("other-peer", Role::Peer).await;
        for wrong in ["北野さんの家の前", "さくらの木（みどり市桜町）", "きたのさんと", "２丁目の角"] {
            let card = CardWords { place: wrong.to_owned(), ..words() };
            let refused = world.casework.make_card(&me, case, peer.staff, &card).await;
            assert!(matches!(refused, Err(Error::Invalid { field: "place", .. })), "{wrong}");
        }
        let card = world.casework.make_card(&me, case, peer.staff, &words()).await.unwrap();
        let (peer_session, other) = (world.session(&peer).await, world.session(&other).await);
        let mine = world.casework.my_cards(&peer_session).await.unwrap();
        assert_eq!((mine.len(), &mine[0].words), (1, &words()));
        assert!(world.casework.my_cards(&other).await.unwrap().is_empty());
        world.casework.report(&peer_session, card, "30分、いっしょに歩いた").await.unwrap();
        assert!(world.casework.report(&other, card, "わたしも").await.unwrap_err().is_not_found());
        assert!(world.casework.report(&peer_session, 4_711, "どこかに").await.unwrap_err().is_not_found());
        assert!(world.casework.case(&peer_session, case).await.unwrap_err().is_not_found());
        assert!(world.casework.cards_of_case(&peer_session, case).await.unwrap_err().is_not_found());
        // Who works on the case reads the report; a stranger does not find the page.
        let page = world.casework.cards_of_case(&me, case).await.unwrap();
        assert_eq!(page.cards[0].reports[0].words, "30分、いっしょに歩いた");
        let stranger = world.office.another("stranger", Role::Coordinator).await;
        let stranger = world.session(&stranger).await;
        assert!(world.casework.cards_of_case(&stranger, case).await.unwrap_err().is_not_found());
        world.casework.end_card(&me, case, card).await.unwrap();
        assert!(world.casework.my_cards(&peer_session).await.unwrap().is_empty());
        assert!(world.casework.report(&peer_session, card, "あとから").await.unwrap_err().is_not_found());
    }

    /// Her own case, and her own letters: closed to her staff login, open to her code.
    async fn a_peer_whose_own_case_is_open(db: TestDb) {
        let world = World::new(&db).await;
        let (me, boss) = (world.coordinator().await, world.supervisor().await);
        let sent = world.a_letter("わたしのことで書きます").await;
        let thread = basics::ThreadId::from(world.number_of("SELECT MAX(id) FROM thread").await);
        let new = NewCase { thread: Some(thread), ..named() };
        let opened = world.casework.open_new(&me, &new).await.unwrap();
        let peer = world.office.another("peer", Role::Peer).await;
        world.casework.make_card(&me, opened.case, peer.staff, &words()).await.unwrap();
        world.casework.link_colleague(&boss, opened.case, peer.staff, opened.principal).await.unwrap();
        let session = world.session(&peer).await;
        assert!(world.casework.my_cards(&session).await.unwrap().is_empty(), "not even as a card");
        assert!(world.casework.make_card(&me, opened.case, peer.staff, &words()).await.is_err());
        assert!(world.mailbox.read_at_desk(&session, thread).await.unwrap_err().is_not_found());
        let holder = world.mailbox.holder(&sent.code).await.unwrap();
        let letters = world.mailbox.read_as_holder(&holder).await.unwrap();
        assert_eq!(letters[0].body, "わたしのことで書きます");
    }

    /// Registered to 31 March; after it neither the sign-in nor an open session goes on. Renewed by who leads; leaving is silent.
    async fn a_registration_lasts_to_the_end_of_march(db: TestDb) {
        let world = World::new(&db).await;
        let peer = world.office.another("peer", Role::Peer).await;
        let cookie = world.office.sign_in(&peer).await;
        assert!(world.office.entrance.resume(&cookie).await.unwrap().is_some());
        let boss = world.supervisor().await;
        let line = world.casework.peers(&boss).await.unwrap().remove(0);
        assert_eq!(line.valid_until.unwrap().to_string(), "2027-03-31");
        assert!(world.casework.renew_peer(&world.coordinator().await, peer.staff).await.unwrap_err().is_not_found());

        world.clock.set(testkit::clock_at("2027-03-31T23:50").now());
        let cookie = world.office.sign_in(&peer).await;
        assert!(world.office.entrance.resume(&cookie).await.unwrap().is_some());
        world.clock.set(testkit::clock_at("2027-04-01T00:00").now());
        assert!(world.office.entrance.resume(&cookie).await.unwrap().is_none());
        let code = peer.totp.code_at(world.clock.now());
        let attempt = office::Attempt {
            login: &peer.login,
            password: testkit::builders::PASSWORD,
            code: &code,
            ..office::Attempt::default()
        };
        assert!(world.office.entrance.sign_in(attempt).await.is_err());

        let boss = world.supervisor().await;
        world.casework.renew_peer(&boss, peer.staff).await.unwrap();
        let cookie = world.office.sign_in(&peer).await;
        assert!(world.office.entrance.resume(&cookie).await.unwrap().is_some());
        world.casework.let_peer_go(&boss, peer.staff).await.unwrap();
        assert!(world.office.entrance.resume(&cookie).await.unwrap().is_none());
        assert_eq!(world.number_of("SELECT COUNT(*) FROM notice").await, 0);
    }
}
