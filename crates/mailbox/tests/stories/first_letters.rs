use crate::world::{MIGRATIONS, World};
use jiff::civil::date;
use mailbox::first_letter::FirstLetter;
use mailbox::return_code::Token;
use mailbox::{Error, Side, Writer};
use testkit::TestDb;

testkit::on_both_databases! {
    MIGRATIONS;

    /// The promise counts open days: Sunday 3 a.m., Monday is a holiday, so Tuesday, Wednesday, Thursday.
    async fn a_letter_at_night_is_stored_and_promised_an_answer(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("ねむれません。何を書いたらいいかわからないけど").await;
        assert_eq!(sent.promised_on, date(2026, 11, 26));
        let letters = world.mailbox.read_as_holder(&world.holder(&sent).await).await.unwrap();
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].body, "ねむれません。何を書いたらいいかわからないけど");
        assert_eq!(letters[0].side, Side::Writer);
    }

    async fn thirty_two_letters_at_once_are_thirty_two_letters_without_gaps(db: TestDb) {
        let world = World::new(&db).await;
        let tokens: Vec<Token> = (0..32).map(|_| Token::fresh()).collect();
        let bodies: Vec<String> = (0..32).map(|n| format!("手紙その{n}")).collect();
        let sending = tokens.iter().zip(&bodies).map(|(token, body)| world.send(body, token));
        let sent = futures_util::future::try_join_all(sending).await.unwrap();
        let mut conn = world.db.read().await.unwrap();
        let numbers: Vec<(i64,)> = conn.all("SELECT number FROM thread ORDER BY number", &[]).await.unwrap();
        assert_eq!(numbers, (1..=32).map(|n| (n,)).collect::<Vec<_>>());
        for (sent, body) in sent.iter().zip(&bodies) {
            let letters = world.mailbox.read_as_holder(&world.holder(sent).await).await.unwrap();
            assert_eq!(letters.len(), 1);
            assert_eq!(&letters[0].body, body);
        }
        assert!(office::audit::verify(&world.db).await.unwrap().iter().all(|report| report.fault.is_none()));
    }

    async fn a_double_clicked_send_is_one_letter_with_one_code(db: TestDb) {
        let world = World::new(&db).await;
        let token = Token::fresh();
        let all = futures_util::future::try_join_all((0..8).map(|_| world.send("一度だけ", &token))).await.unwrap();
        assert!(all.iter().all(|sent| sent.code == all[0].code && sent.thread == all[0].thread));
        assert_eq!(all.iter().filter(|sent| !sent.again).count(), 1);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM letter").await, 1);
        // The number a loser of the race had taken is given back.
        world.a_letter("つぎの人").await;
        assert_eq!(world.number_of("SELECT MAX(number) FROM thread").await, 2);
        assert_eq!(world.number_of("SELECT SUM(n) FROM mailbox_count WHERE what = 'first_letter'").await, 2);
    }

    /// Back, edited, sent again: the form's token is the same, the words are not.
    async fn edited_words_from_the_same_form_are_not_lost(db: TestDb) {
        let world = World::new(&db).await;
        let token = Token::fresh();
        let first = world.send("はじめの文", &token).await.unwrap();
        let second = world.send("はじめの文に書き足しました", &token).await.unwrap();
        assert_eq!(first.code, second.code);
        let letters = world.mailbox.read_as_holder(&world.holder(&first).await).await.unwrap();
        let bodies: Vec<&str> = letters.iter().map(|letter| letter.body.as_str()).collect();
        assert_eq!(bodies, ["はじめの文", "はじめの文に書き足しました"]);
    }

    /// Past the threshold a letter is laid aside for a person to look at, and never refused.
    async fn a_flood_from_one_address_is_stored_and_laid_into_the_box_to_check(db: TestDb) {
        let world = World::new(&db).await;
        let from = |address: &'static str| {
            let world = &world;
            async move {
                let letter = FirstLetter {
                    office: world.office.id, writer: Writer::Unsaid, body: "また来た", token: &Token::fresh(),
                    address: Some(address.parse().unwrap()),
                };
                world.mailbox.first_letter(&letter).await.unwrap()
            }
        };
        for _ in 0..70 {
            from("192.0.2.1").await;
        }
        let honest = from("192.0.2.2").await;
        let checked = world.number_of("SELECT COUNT(*) FROM thread WHERE tray = 'check'").await;
        assert_eq!(checked, 10);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM thread").await, 71);
        assert!(world.mailbox.holder(&honest.code).await.unwrap().thread().tray == mailbox::Tray::Inbox);
    }

    async fn what_cannot_be_a_letter_is_told_and_half_stored_nowhere(db: TestDb) {
        let world = World::new(&db).await;
        assert!(matches!(world.send("  \r\n", &Token::fresh()).await, Err(Error::Empty)));
        assert!(matches!(world.send(&"あ".repeat(4_001), &Token::fresh()).await, Err(Error::TooLong(4_001))));
        for table in ["thread", "letter", "mailbox_counter", "mailbox_count"] {
            assert_eq!(world.number_of(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
    }

    async fn the_database_holds_no_word_of_a_letter(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("ひみつのことばABCXYZ みかん箱のうしろ").await;
        let spoken = world.mailbox.code_to_show(&world.holder(&sent).await).await.unwrap().unwrap();
        let session = world.office.session(&world.office.coordinator).await;
        world.mailbox.note(&session, sent.thread, "うちあわせメモQWERTY", &Token::fresh()).await.unwrap();
        let raw = db.raw_bytes().await;
        let digits = spoken.spoken.replace(' ', "");
        for word in ["ひみつのことば", "ABCXYZ", "みかん箱", "うちあわせ", "QWERTY", &sent.code[7..], &digits[6..24]] {
            assert!(!raw.windows(word.len()).any(|window| window == word.as_bytes()), "{word} is readable");
        }
    }
}
