//! Letters of a case: nothing goes out past a ban, a refusal or somebody who may not know; the writer's code is known with
//! the thread and forgotten with it; and the thread lives as long as the case.

use crate::world::{MIGRATIONS, World};
use basics::PersonId;
use casework::Error;
use casework::approach::{Ground as ApproachGround, NewApproach};
use casework::case::Opened;
use casework::contact_rule::{Channel, NewContactPoint};
use casework::despite::{Basis, Despite};
use casework::identity::{Ground, Level, Step};
use mailbox::answer::Reply;
use mailbox::return_code::Token;
use office::Session;
use office::custody::notice::NoticeKind;
use testkit::TestDb;

const ANSWER: &str = "お手紙をありがとうございました";

impl World {
    async fn answers(
        &self,
        me: &Session,
        thread: basics::ThreadId,
        despite: Option<&Despite>,
    ) -> Result<i64, Error> {
        let (_, letters) = self.mailbox.read_at_desk(me, thread).await.unwrap();
        let reply = Reply {
            body: ANSWER,
            token: &Token::fresh(),
            seen: letters.last().map_or(0, |last| last.seq),
            next_promise: None,
        };
        self.casework
            .answer_letter(me, thread, &reply, despite)
            .await
    }

    async fn level_of(&self, person: PersonId) -> i64 {
        let sql = format!("SELECT identity_level FROM person WHERE id = {person}");
        self.number_of(&sql).await
    }

    async fn steps_of(
        &self,
        me: &Session,
        opened: &Opened,
        person: PersonId,
    ) -> Vec<(Level, Level)> {
        let steps = self
            .casework
            .identity_steps(me, opened.case, person)
            .await
            .unwrap();
        steps.iter().map(|one| (one.from, one.to)).collect()
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Inv. 8: the son wrote himself, but nothing is decided about what is said to him; once it is written down that he
    /// came by himself, he is answered. Nothing was sent before.
    async fn a_reply_asks_whether_the_person_may_know(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let sons = world.a_letter("眠れません").await.thread;
        world.answers(&me, sons, None).await.unwrap();
        world.casework.attach_thread(&me, opened.case, sons, opened.principal).await.unwrap();
        let stopped = world.answers(&me, sons, None).await;
        assert!(matches!(&stopped, Err(Error::Guarded(words)) if words.contains("本人のほうから")), "{stopped:?}");
        assert_eq!(world.number_of("SELECT COUNT(*) FROM letter WHERE side = 'office'").await, 1);
        let came = NewApproach {
            ground: ApproachGround::Came,
            agreed_with: opened.principal,
            agreed_on: world.clock.today(),
            words: "お手紙をくださったので、と書く".to_owned(),
        };
        world.casework.propose_approach(&me, opened.case, &came).await.unwrap();
        world.answers(&me, sons, None).await.unwrap();
        assert_eq!(world.number_of("SELECT COUNT(*) FROM letter WHERE side = 'office'").await, 2);
    }

    /// Inv. 9: a ban stops the reply to the mother; danger to life goes past it with a reason, and whoever leads is told.
    async fn a_reply_asks_for_bans(db: TestDb) {
        let world = World::new(&db).await;
        let (me, lead) = (world.coordinator().await, world.supervisor().await);
        let opened = world.a_mothers_case(&me).await;
        let mother = opened.consulter.unwrap();
        let hers = world.a_letter("つらいです").await.thread;
        world.casework.attach_thread(&me, opened.case, hers, mother).await.unwrap();
        world.answers(&me, hers, None).await.unwrap();
        let ban = NewContactPoint { ban: true, ..NewContactPoint::careful(Channel::Letter, "") };
        world.casework.keep_contact_point(&me, opened.case, mother, &ban, None).await.unwrap();
        assert!(matches!(world.answers(&me, hers, None).await, Err(Error::Passable { basis: Basis::Vital, .. })));
        let vital = Despite { basis: Basis::Vital, reason: "死にたいと書いてあった".to_owned() };
        world.answers(&me, hers, Some(&vital)).await.unwrap();
        let row = format!("SELECT COUNT(*) FROM vital_reach WHERE thread_id = {hers}");
        assert_eq!(world.number_of(&row).await, 1);
        let notices = world.casework.notices(&lead).await.unwrap();
        assert!(notices.iter().any(|line| line.notice.kind == NoticeKind::VitalReach));
        assert!(!db.holds_in_the_clear("死にたいと書いてあった").await);
    }

    /// A colleague who is not to know of the case cannot answer, and learns no more than of a thread that is not there.
    async fn who_must_not_know_cannot_answer(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let hers = world.a_letter("つらいです").await.thread;
        world.casework.attach_thread(&me, opened.case, hers, opened.consulter.unwrap()).await.unwrap();
        let barred = world.office.another("barred", office::Role::Coordinator).await;
        world.denies(&opened, &barred).await;
        let barred = world.session(&barred).await;
        for thread in [hers, basics::ThreadId::from(7)] {
            let reply = Reply { body: ANSWER, token: &Token::fresh(), seen: 1, next_promise: None };
            let refused = world.casework.answer_letter(&barred, thread, &reply, None).await.unwrap_err();
            assert!(refused.is_not_found(), "{refused:?}");
            let refused = world.mailbox.reply(&barred, thread, &reply).await.unwrap_err();
            assert!(refused.is_not_found(), "{refused:?}");
        }
    }

    /// With a thread its writer's code is known: L2. Taken out again, exactly what was known before is known; where more
    /// was learned since, that stays; and a code by another thread stays too.
    async fn a_threads_code_climbs_and_steps_back(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let (room, mother) = (&world.casework, opened.consulter.unwrap());
        assert_eq!(world.level_of(mother).await, 1);
        let first = world.a_letter("ひとつめ").await.thread;
        room.attach_thread(&me, opened.case, first, mother).await.unwrap();
        assert_eq!(world.level_of(mother).await, 2);
        room.detach_thread(&me, opened.case, first).await.unwrap();
        assert_eq!(world.level_of(mother).await, 1);
        let steps = world.steps_of(&me, &opened, mother).await;
        assert_eq!(steps[1..], [(Level::Pseudonym, Level::Coded), (Level::Coded, Level::Pseudonym)]);

        let second = world.a_letter("ふたつめ").await.thread;
        room.attach_thread(&me, opened.case, first, mother).await.unwrap();
        room.attach_thread(&me, opened.case, second, mother).await.unwrap();
        room.detach_thread(&me, opened.case, first).await.unwrap();
        assert_eq!(world.level_of(mother).await, 2, "the other thread's code");
        let people = room.case(&me, opened.case).await.unwrap().people;
        let known = people.iter().find(|one| one.id == mother).unwrap();
        let seen = i64::try_from(world.steps_of(&me, &opened, mother).await.len()).unwrap();
        let mut named = Step::from(known, seen, Ground::Told);
        named.identity.name = "山田 花子".to_owned();
        room.learn(&me, opened.case, mother, &named).await.unwrap();
        room.detach_thread(&me, opened.case, second).await.unwrap();
        let events = room.identity_steps(&me, opened.case, mother).await.unwrap();
        let last = events.last().unwrap();
        assert_eq!((last.to, last.after.has_code), (Level::Named, false));
        assert_eq!(last.after.identity.name, "山田 花子");
    }

    /// A closed thread of a case is not erased by the mailbox's ninety days; out of the case it is.
    async fn a_threads_ninety_days_rest_while_it_is_part_of_a_case(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let hers = world.a_letter("つらいです").await;
        world.casework.attach_thread(&me, opened.case, hers.thread, opened.consulter.unwrap()).await.unwrap();
        let alone = world.a_letter("べつの話").await;
        world.mailbox.close(&me, hers.thread, None).await.unwrap();
        world.mailbox.close(&me, alone.thread, None).await.unwrap();
        world.wait(24 * 400);
        assert_eq!(world.mailbox.erase_due().await.unwrap(), 1);
        assert!(world.mailbox.holder(&alone.code).await.is_err());
        assert!(world.mailbox.holder(&hers.code).await.is_ok());
        let me = world.coordinator().await;
        world.casework.detach_thread(&me, opened.case, hers.thread).await.unwrap();
        assert_eq!(world.mailbox.erase_due().await.unwrap(), 1);
        assert!(world.mailbox.holder(&hers.code).await.is_err());
    }
}
