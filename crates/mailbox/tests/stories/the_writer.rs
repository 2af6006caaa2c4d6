use crate::world::{MIGRATIONS, World};
use mailbox::answer::Reply;
use mailbox::inbox::Shelf;
use mailbox::return_code::Token;
use mailbox::{Error, Side, State, Wish};
use testkit::TestDb;

testkit::on_both_databases! {
    MIGRATIONS;

    async fn the_whole_circle(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("だれにも話せませんでした").await;
        world.wait(50);
        let session = world.office.session(&world.office.coordinator).await;
        let (thread, letters) = world.mailbox.read_at_desk(&session, sent.thread).await.unwrap();
        assert_eq!(letters[0].body, "だれにも話せませんでした");
        let token = Token::fresh();
        let reply = Reply { body: "話してくださって、ありがとうございます。", token: &token, seen: thread.letters, next_promise: None };
        world.mailbox.reply(&session, sent.thread, &reply).await.unwrap();
        world.wait(24);
        let letters = world.mailbox.read_as_holder(&world.holder(&sent).await).await.unwrap();
        assert_eq!(letters.iter().map(|letter| letter.side).collect::<Vec<_>>(), [Side::Writer, Side::Office]);
        assert_eq!(letters[1].body, "話してくださって、ありがとうございます。");

        world.mailbox.write_more(&world.holder(&sent).await, "もうすこし書きます", &Token::fresh()).await.unwrap();
        let again = world.holder(&sent).await;
        assert_eq!(again.thread().state, State::Waiting);
        assert!(again.thread().promised_on.is_some());
    }

    async fn a_note_never_reaches_the_writer(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("こんにちは").await;
        let session = world.office.session(&world.office.coordinator).await;
        world.mailbox.note(&session, sent.thread, "内輪のこと", &Token::fresh()).await.unwrap();
        let letters = world.mailbox.read_as_holder(&world.holder(&sent).await).await.unwrap();
        assert!(letters.iter().all(|letter| letter.side != Side::Note));
        let (_, at_desk) = world.mailbox.read_at_desk(&session, sent.thread).await.unwrap();
        assert!(at_desk.iter().any(|letter| letter.side == Side::Note && letter.body == "内輪のこと"));
        assert_eq!(world.holder(&sent).await.thread().state, State::Waiting, "a note answers nothing");
    }

    async fn a_wish_for_quiet_is_kept_and_can_be_taken_back(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("読んでもらえればいいです").await;
        world.mailbox.wish(&world.holder(&sent).await, Wish::NoReply).await.unwrap();
        let session = world.office.session(&world.office.coordinator).await;
        assert!(world.mailbox.shelf(&session, Shelf::Waiting).await.unwrap().is_empty());
        assert_eq!(world.mailbox.shelf(&session, Shelf::NoReply).await.unwrap().len(), 1);
        assert_eq!(world.holder(&sent).await.thread().promised_on, None);
        world.mailbox.wish(&world.holder(&sent).await, Wish::Reply).await.unwrap();
        assert_eq!(world.mailbox.shelf(&session, Shelf::Waiting).await.unwrap().len(), 1);
        assert!(world.holder(&sent).await.thread().promised_on.is_some());
    }

    async fn ending_it_erases_every_word_and_keeps_the_count(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("消してほしい言葉").await;
        world.mailbox.write_more(&world.holder(&sent).await, "これも", &Token::fresh()).await.unwrap();
        let mut conn = world.db.read().await.unwrap();
        let sealed: Vec<(Vec<u8>,)> = conn.all("SELECT body FROM letter", &[]).await.unwrap();
        drop(conn);
        world.mailbox.end_and_erase(&world.holder(&sent).await).await.unwrap();
        assert!(matches!(world.mailbox.holder(&sent.code).await, Err(Error::WrongCode)));
        assert_eq!(world.number_of("SELECT COUNT(*) FROM letter").await, 0);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM thread").await, 0);
        assert_eq!(world.number_of("SELECT letters FROM erased_thread").await, 2);
        assert_eq!(world.number_of("SELECT SUM(n) FROM mailbox_count WHERE what = 'letter'").await, 2);
        // Not even the sealed bytes are left in the file or its log. PostgreSQL's dead rows are VACUUM's.
        if db.engine == testkit::Engine::Sqlite {
            let raw = db.raw_bytes().await;
            for (bytes,) in sealed {
                let tail = &bytes[bytes.len() - 32..];
                assert!(!raw.windows(32).any(|window| window == tail), "sealed bytes survived");
            }
        }
    }

    async fn a_further_letter_does_not_push_the_promise_back(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("一通目").await;
        world.wait(48);
        world.mailbox.write_more(&world.holder(&sent).await, "二通目", &Token::fresh()).await.unwrap();
        assert_eq!(world.holder(&sent).await.thread().promised_on, Some(sent.promised_on));
    }

    /// A thread is read whole: one that a machine fills would stop the desk. People never come near the limit.
    async fn one_thread_is_not_filled_by_a_machine(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("こんにちは").await;
        let holder = world.holder(&sent).await;
        for n in 0..60 {
            world.mailbox.write_more(&holder, &format!("また{n}"), &Token::fresh()).await.unwrap();
        }
        assert!(matches!(world.mailbox.write_more(&holder, "さらに", &Token::fresh()).await, Err(Error::TooMany)));
        assert_eq!(world.number_of("SELECT COUNT(*) FROM letter").await, 61, "nothing is half stored");
        world.mailbox.write_more(&world.holder(&world.a_letter("ほかの人").await).await, "また", &Token::fresh()).await.unwrap();
        world.wait(1);
        world.mailbox.write_more(&holder, "さらに", &Token::fresh()).await.unwrap();
    }
}
