use crate::world::{MIGRATIONS, World};
use mailbox::return_code::{Token, WRONG_CODE_AFTER};
use mailbox::{Error, Origin, Writer, entered::EnteredLetter};
use testkit::TestDb;

testkit::on_both_databases! {
    MIGRATIONS;

    async fn both_forms_of_the_code_open_the_letter(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("こんばんは").await;
        let shown = world.mailbox.code_to_show(&world.holder(&sent).await).await.unwrap().unwrap();
        assert_eq!(*shown.long, *sent.code);
        assert_eq!(*world.mailbox.enter(&shown.long).await.unwrap(), *sent.code);
        assert_eq!(*world.mailbox.enter(&shown.spoken).await.unwrap(), *sent.code);
        let link = format!("https://midori.example/tegami/k/{}", *shown.long);
        assert_eq!(*world.mailbox.enter(&link).await.unwrap(), *sent.code);
    }

    /// One answer, at one time, and one row in the chain for every refused try.
    async fn a_wrong_code_is_refused_late_and_recorded_whatever_the_reason(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("こんばんは").await;
        let shown = world.mailbox.code_to_show(&world.holder(&sent).await).await.unwrap().unwrap();
        let mut right_locator = sent.code.to_string();
        let last = right_locator.pop().unwrap();
        right_locator.push(if last == '0' { '4' } else { '0' });
        let mut misheard = shown.spoken.to_string();
        misheard.replace_range(0..1, if misheard.starts_with('1') { "2" } else { "1" });
        let wrong = [String::new(), "みかん".into(), right_locator, misheard, "123456-".to_owned() + &"A".repeat(26)];
        for code in &wrong {
            let before = tokio::time::Instant::now();
            assert!(matches!(world.mailbox.enter(code).await, Err(Error::WrongCode)), "{code}");
            assert!(before.elapsed() >= WRONG_CODE_AFTER);
        }
        assert_eq!(world.recorded("mailbox.enter", "refused").await, wrong.len() as i64);
        assert!(world.mailbox.enter(&shown.spoken).await.is_ok(), "a stranger's tries lock nobody out");
    }

    async fn the_code_is_shown_until_the_first_answer_has_been_read(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("こんばんは").await;
        let spoken = world.mailbox.code_to_show(&world.holder(&sent).await).await.unwrap().unwrap().spoken;
        world.mailbox.read_as_holder(&world.holder(&sent).await).await.unwrap();
        assert!(world.mailbox.code_to_show(&world.holder(&sent).await).await.unwrap().is_some());

        let session = world.office.session(&world.office.coordinator).await;
        let token = Token::fresh();
        let reply = mailbox::answer::Reply { body: "お手紙をありがとうございます。", token: &token, seen: 1, next_promise: None };
        world.mailbox.reply(&session, sent.thread, &reply).await.unwrap();
        assert!(world.mailbox.code_to_show(&world.holder(&sent).await).await.unwrap().is_some(), "answered, not yet read");
        world.mailbox.read_as_holder(&world.holder(&sent).await).await.unwrap();
        assert!(world.mailbox.code_to_show(&world.holder(&sent).await).await.unwrap().is_none());
        assert!(world.mailbox.enter(&spoken).await.is_ok(), "it is not shown any more, but it opens");
    }

    async fn a_code_that_passed_through_staffs_hands_is_changed_at_first_use(db: TestDb) {
        let world = World::new(&db).await;
        let session = world.office.session(&world.office.coordinator).await;
        let token = Token::fresh();
        let letter = EnteredLetter { origin: Origin::Phone, writer: Writer::Family, body: "電話で聞いたこと", token: &token };
        let (thread, handed) = world.mailbox.enter_letter(&session, &letter).await.unwrap();
        assert!(matches!(world.mailbox.enter_letter(&session, &letter).await, Err(Error::Again)), "a double click");

        let long = world.mailbox.enter(&handed.spoken).await.unwrap();
        let holder = world.mailbox.holder(&long).await.unwrap();
        assert!(holder.thread().must_change_code && holder.thread().id == thread);
        let own = world.mailbox.change_code(&holder).await.unwrap();
        let again = world.mailbox.holder(&own).await.unwrap();
        assert!(!again.thread().must_change_code);
        let digits = world.mailbox.code_to_show(&again).await.unwrap().unwrap().spoken;
        assert!(world.mailbox.enter(&digits).await.is_ok());
        assert!(matches!(world.mailbox.enter(&handed.spoken).await, Err(Error::WrongCode)), "the handed one is dead");
        assert!(world.mailbox.holder(&handed.long).await.is_err());
        assert_eq!(world.mailbox.read_as_holder(&again).await.unwrap()[0].body, "電話で聞いたこと");
    }

    async fn staff_give_a_new_code_to_somebody_who_lost_theirs(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("番号をなくしそう").await;
        let session = world.office.session(&world.office.supervisor).await;
        let handed = world.mailbox.reissue_code(&session, sent.thread).await.unwrap();
        assert!(world.mailbox.holder(&sent.code).await.is_err());
        let long = world.mailbox.enter(&handed.spoken).await.unwrap();
        assert!(world.mailbox.holder(&long).await.unwrap().thread().must_change_code);
    }
}
