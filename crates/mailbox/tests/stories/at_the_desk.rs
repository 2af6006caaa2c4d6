use crate::world::{MIGRATIONS, World};
use basics::ThreadId;
use jiff::civil::date;
use mailbox::answer::Reply;
use mailbox::inbox::Shelf;
use mailbox::return_code::Token;
use mailbox::{Error, State, Tray};
use testkit::TestDb;
use testkit::builders::a_staffed_office;

fn reply<'a>(body: &'a str, token: &'a Token, seen: i64) -> Reply<'a> {
    Reply {
        body,
        token,
        seen,
        next_promise: None,
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    async fn the_oldest_promise_lies_on_top_and_marks_name_their_words(db: TestDb) {
        let world = World::new(&db).await;
        let first = world.a_letter("ふつうの手紙").await;
        world.wait(72);
        let second = world.a_letter("もう消えたいです").await;
        let session = world.office.session(&world.office.coordinator).await;
        let lines = world.mailbox.shelf(&session, Shelf::Waiting).await.unwrap();
        assert_eq!(lines.iter().map(|line| line.thread.id).collect::<Vec<_>>(), [first.thread, second.thread]);
        assert!(lines[0].marks.is_empty());
        assert_eq!(lines[1].marks[0].word, "消えたい");
        assert_eq!(world.recorded("inbox.see", "ok").await, 1);
        let pulse = world.mailbox.pulse_in_reach(&session).await.unwrap();
        assert_eq!((pulse.waiting, pulse.to_check), (2, 0));
    }

    async fn two_colleagues_never_answer_past_each_other(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("こんにちは").await;
        let one = world.office.session(&world.office.coordinator).await;
        let other = world.office.session(&world.office.supervisor).await;
        let (token_one, token_other) = (Token::fresh(), Token::fresh());
        world.mailbox.reply(&one, sent.thread, &reply("わたしから", &token_one, 1)).await.unwrap();
        let late = world.mailbox.reply(&other, sent.thread, &reply("わたしからも", &token_other, 1)).await;
        assert!(matches!(late, Err(Error::Meanwhile)));
        let twice = world.mailbox.reply(&one, sent.thread, &reply("わたしから", &token_one, 1)).await;
        assert!(matches!(twice, Err(Error::Again)), "a double click is told from a collision");
        assert_eq!(world.number_of("SELECT COUNT(*) FROM letter WHERE side = 'office'").await, 1);
        assert_eq!(world.number_of("SELECT letters FROM thread").await, 2, "what is undone counts nothing");
    }

    async fn an_administrator_and_another_office_find_nothing(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("ここだけの話").await;
        let neighbour = a_staffed_office(&db, &world.clock, "aoba").await;
        let stranger = neighbour.session(&neighbour.coordinator).await;
        let administrator = world.office.session(&world.office.administrator).await;
        for session in [&stranger, &administrator] {
            for thread in [sent.thread, ThreadId::from(4_711)] {
                let refused = world.mailbox.read_at_desk(session, thread).await.unwrap_err();
                assert!(refused.is_not_found(), "{refused:?}");
                session.refusals().settled().await.unwrap();
            }
        }
        assert_eq!(world.recorded("thread.read", "refused").await, 4);
        let shelf = world.mailbox.shelf(&administrator, Shelf::Waiting).await.unwrap_err();
        assert!(shelf.is_not_found());
    }

    async fn taking_handing_over_promising_and_closing(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("こんにちは").await;
        let session = world.office.session(&world.office.coordinator).await;
        let id = sent.thread;
        world.mailbox.assign(&session, id, Some(session.staff())).await.unwrap();
        world.mailbox.assign(&session, id, Some(world.office.supervisor.staff)).await.unwrap();
        assert!(world.mailbox.assign(&session, id, Some(world.office.administrator.staff)).await.is_err());
        assert_eq!(world.holder(&sent).await.thread().taken_by, Some(world.office.supervisor.staff));

        world.mailbox.set_promise(&session, id, date(2026, 12, 1)).await.unwrap();
        assert_eq!(world.holder(&sent).await.thread().promised_on, Some(date(2026, 12, 1)));
        assert!(matches!(world.mailbox.set_promise(&session, id, date(2026, 11, 1)).await, Err(Error::Day)));

        world.mailbox.move_to(&session, id, Tray::Check).await.unwrap();
        assert_eq!(world.mailbox.shelf(&session, Shelf::Check).await.unwrap().len(), 1);
        world.mailbox.close(&session, id, None).await.unwrap();
        world.mailbox.close(&session, id, None).await.unwrap();
        assert_eq!(world.number_of("SELECT SUM(n) FROM mailbox_count WHERE what = 'closed'").await, 1);
        assert_eq!(world.holder(&sent).await.thread().state, State::Closed);
        world.mailbox.reopen(&session, id).await.unwrap();
        assert_eq!(world.holder(&sent).await.thread().state, State::Answered);
    }

    async fn an_answer_may_promise_the_next_one(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("こんにちは").await;
        let session = world.office.session(&world.office.coordinator).await;
        let token = Token::fresh();
        let promising = Reply { body: "また書きます", token: &token, seen: 1, next_promise: Some(date(2026, 12, 4)) };
        world.mailbox.reply(&session, sent.thread, &promising).await.unwrap();
        let holder = world.holder(&sent).await;
        assert_eq!((holder.thread().state, holder.thread().promised_on), (State::Waiting, Some(date(2026, 12, 4))));
        let lines = world.mailbox.shelf(&session, Shelf::Waiting).await.unwrap();
        assert!(lines[0].marks.is_empty());
    }
}
