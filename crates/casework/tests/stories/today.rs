//! 「きょう」, whoever is on duty, letters of a case, and how much everybody carries.

use crate::world::{MIGRATIONS, World};
use basics::{PersonId, ThreadId};
use casework::case::Opened;
use casework::case_list::Next;
use casework::engagement::{Change, State};
use casework::milestone::{AFTER_DEATH, Programme};
use casework::outgoing::NewLetter;
use casework::refusal::NewRefusal;
use casework::silence::{NewWatch, Pace};
use casework::task::Kind;
use casework::today::Review;
use casework::{AgeBand, Error, Knows, NewCase, NewPerson, Part, Relationship, Voice};
use jiff::civil::date;
use mailbox::first_letter::Sent;
use mailbox::return_code::Token;
use office::custody::{AssignmentKind, NewAssignment};
use office::{CompartmentKind, Role, Session};
use testkit::TestDb;

async fn thread_of(world: &World, sent: &Sent) -> ThreadId {
    world.mailbox.holder(&sent.code).await.unwrap().thread().id
}

async fn from_a_letter(world: &World, me: &Session) -> (Opened, ThreadId, Sent) {
    let sent = world.a_letter("息子のことで、はじめて書きます").await;
    let thread = thread_of(world, &sent).await;
    let new = NewCase {
        principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
        consulter: Some(NewPerson::unknown(Part::Family, Relationship::Mother)),
        subject_knows: Knows::DoesNot,
        thread: Some(thread),
    };
    (
        world.casework.open_new(me, &new).await.unwrap(),
        thread,
        sent,
    )
}

/// What the holder of a code gets to see: every letter, every code and day of the thread.
async fn holders_page(world: &World, sent: &Sent) -> String {
    let holder = world.mailbox.holder(&sent.code).await.unwrap();
    let letters = world.mailbox.read_as_holder(&holder).await.unwrap();
    let thread = holder.thread();
    format!(
        "{letters:?} {:?} {:?} {:?}",
        thread.state, thread.promised_on, thread.letters
    )
}

fn a_letter_to(person: PersonId) -> NewLetter {
    NewLetter {
        despite: None,
        person,
        words: "寒くなってきました。お返事は、いりません。".to_owned(),
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// A second voice of the household writes: its letters lie in a compartment of their own, and neither writer's view
    /// changes when their thread becomes part of the case, nor when it is taken out again.
    async fn both_write_and_neither_learns_of_the_other(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let (opened, mothers, mother) = from_a_letter(&world, &me).await;
        let son = world.a_letter("はじめまして。自分のことで書きます").await;
        let sons = thread_of(&world, &son).await;
        let before = (holders_page(&world, &mother).await, holders_page(&world, &son).await);
        world.casework.attach_thread(&me, opened.case, sons, opened.principal).await.unwrap();
        assert_eq!((holders_page(&world, &mother).await, holders_page(&world, &son).await), before);

        let threads = world.casework.threads_of_case(&me, opened.case).await.unwrap();
        let room = |id: ThreadId| threads.iter().find(|one| one.id == id).unwrap().part_of.unwrap();
        assert_eq!(room(mothers).2, CompartmentKind::Family);
        assert_eq!(room(sons).2, CompartmentKind::Principal);
        assert_ne!(room(mothers).1, room(sons).1);
        let again = world.casework.attach_thread(&me, opened.case, sons, opened.principal).await.unwrap_err();
        assert!(matches!(again, Error::Mailbox(mailbox::Error::Again)));

        let other = world.a_mothers_case(&me).await;
        let elsewhere = world.casework.detach_thread(&me, other.case, sons).await.unwrap_err();
        assert!(elsewhere.is_not_found());
        world.casework.detach_thread(&me, opened.case, sons).await.unwrap();
        assert_eq!((holders_page(&world, &mother).await, holders_page(&world, &son).await), before);
        assert_eq!(world.casework.threads_of_case(&me, opened.case).await.unwrap().len(), 1);
        let stranger = world.office.another("other", Role::Coordinator).await;
        let stranger = world.session(&stranger).await;
        assert!(world.mailbox.read_at_desk(&stranger, sons).await.is_ok(), "in the office's inbox as before");
    }

    /// Story 1: as long as the son does not know, no letter to him is printed; to his mother it is, and asks for no
    /// answer. A name on the envelope stands only where it was agreed (inv. 28).
    async fn no_letter_to_the_son_is_printed(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let mother = opened.consulter.unwrap();
        let son = world.casework.print_letter(&me, opened.case, &a_letter_to(opened.principal)).await.unwrap_err();
        assert!(matches!(son, Error::Guarded(_)), "{son:?}");
        assert_eq!(world.number_of("SELECT COUNT(*) FROM outgoing").await, 0);
        let contacts = world.number_of("SELECT COUNT(*) FROM contact").await;
        let id = world.casework.print_letter(&me, opened.case, &a_letter_to(mother)).await.unwrap();
        let letter = world.casework.letter(&me, opened.case, id).await.unwrap();
        assert_eq!(letter.words, a_letter_to(mother).words);
        assert_eq!((letter.envelope.sender.as_str(), letter.envelope.names_centre), ("", false));
        let kept = "SELECT COUNT(*) FROM contact WHERE result = 'no_reply_letter' AND direction = 'outgoing'";
        assert_eq!(world.number_of(kept).await, contacts + 1);

        // She says no: the letter that lies there is not printed a second time either.
        let new = NewRefusal {
            person: mother,
            heard_by: me.staff(),
            heard_on: world.clock.today(),
            check_on: None,
            words: String::new(),
        };
        world.casework.record_refusal(&me, opened.case, &new).await.unwrap();
        assert!(matches!(world.casework.letter(&me, opened.case, id).await, Err(Error::Passable { .. })));
        let more = world.casework.print_letter(&me, opened.case, &a_letter_to(mother)).await;
        assert!(matches!(more, Err(Error::Passable { .. })));
    }

    /// §E8: the agreed pace makes a word due; a letter moves it on; a refusal, a stop, a quiet time leave in peace.
    async fn the_agreed_pace_reminds_and_stops_when_told(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let mother = opened.consulter.unwrap();
        let new = NewWatch {
            person: mother,
            pace: Pace::Seasonal,
            agreed_on: world.clock.today(),
            words: "季節のはがきなら、と話していた".to_owned(),
        };
        let id = world.casework.watch_silence(&me, opened.case, &new).await.unwrap();
        assert!(world.casework.today(&me).await.unwrap().silence.is_empty());
        world.wait(24 * 92);
        let me = world.coordinator().await;
        let due = world.casework.today(&me).await.unwrap().silence;
        assert_eq!(due.len(), 1);
        assert_eq!((due[0].what.1.as_str(), due[0].named.number), ("母（すみれさん）", 1));
        let quiet = world.clock.today().checked_add(jiff::Span::new().days(30)).ok();
        world.casework.keep_quiet(&me, opened.case, quiet).await.unwrap();
        assert!(world.casework.today(&me).await.unwrap().silence.is_empty());
        world.casework.keep_quiet(&me, opened.case, None).await.unwrap();
        assert_eq!(world.casework.today(&me).await.unwrap().silence.len(), 1);
        world.casework.print_letter(&me, opened.case, &a_letter_to(mother)).await.unwrap();
        assert!(world.casework.today(&me).await.unwrap().silence.is_empty());
        world.wait(24 * 92);
        let me = world.coordinator().await;
        assert_eq!(world.casework.today(&me).await.unwrap().silence.len(), 1);
        world.casework.stop_silence(&me, opened.case, id).await.unwrap();
        assert!(world.casework.today(&me).await.unwrap().silence.is_empty());
    }

    /// Story 9: at 63 staff get a prompt with care insurance, disability and pension; a colleague puts it away; nothing
    /// was stored by the prompting, and the writer's side knows nothing of it.
    async fn at_sixty_three_staff_are_prompted(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let mut principal = NewPerson::unknown(Part::Principal, Relationship::Oneself).called("まさ");
        principal.identity.birth_year = Some(1966);
        principal.age_band = AgeBand::EarlySixties;
        let sent = world.a_letter("自分のことです").await;
        let thread = thread_of(&world, &sent).await;
        let new = NewCase { principal, consulter: None, subject_knows: Knows::Knows, thread: Some(thread) };
        let opened = world.casework.open_new(&me, &new).await.unwrap();
        let page = holders_page(&world, &sent).await;
        assert!(world.casework.today(&me).await.unwrap().milestones.is_empty());
        world.clock.set("2029-01-10T01:00:00Z".parse().unwrap());
        let me = world.coordinator().await;
        let before = world.every_row().await;
        let prompts = world.casework.today(&me).await.unwrap().milestones;
        assert_eq!(prompts.len(), 1);
        let prompt = &prompts[0].what;
        assert_eq!((prompt.age, prompt.when.as_str()), (65, "2031年ごろ"));
        let programmes = [Programme::LongTermCare, Programme::Disability, Programme::Pension];
        assert_eq!(prompt.programmes, programmes);
        assert_eq!(world.every_row().await, before);
        assert_eq!(holders_page(&world, &sent).await, page);
        world.casework.dismiss_milestone(&me, opened.case, opened.principal, 65).await.unwrap();
        assert!(world.casework.today(&me).await.unwrap().milestones.is_empty());
    }

    /// 静観 has a day on which staff look at it again. It stands on 「きょう」 from a week before, the state stays what it is,
    /// and with the state the day goes.
    async fn quiet_watching_is_looked_at_again(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let room = &world.casework;
        let ground = Change::because("母と決めた");
        let day = world.clock.today().saturating_add(jiff::Span::new().days(90));
        let early = room.review_quiet_watching(&me, opened.case, Some(day)).await.unwrap_err();
        assert!(matches!(early, casework::Error::Illegal(_)));
        for to in [State::Active, State::OnHold] {
            room.change_engagement(&me, opened.case, to, &ground).await.unwrap();
        }
        room.review_quiet_watching(&me, opened.case, Some(day)).await.unwrap();
        assert!(room.today(&me).await.unwrap().reviews.is_empty());
        world.wait(24 * 120);
        let me = world.coordinator().await;
        let before = world.every_row().await;
        let due = room.today(&me).await.unwrap().reviews;
        assert_eq!(due.iter().map(|one| (one.on, one.what)).collect::<Vec<_>>(), [(day, Review::Watching)]);
        assert_eq!(world.every_row().await, before, "inv. 13");
        assert_eq!(room.course(&me, opened.case).await.unwrap().current().state, State::OnHold);
        room.change_engagement(&me, opened.case, State::Active, &ground).await.unwrap();
        let now = room.course(&me, opened.case).await.unwrap();
        assert_eq!(now.current().review_on, None);
        assert!(room.today(&me).await.unwrap().reviews.is_empty());
    }

    /// The ages of somebody who died prompt nobody, no word to them falls due; for those who live on there is one prompt,
    /// with the windows that help then, until it is put away.
    async fn nobody_is_prompted_about_the_dead(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let mut mother = NewPerson::unknown(Part::Family, Relationship::Mother).called("すみれ");
        mother.identity.birth_year = Some(1952);
        let principal = NewPerson::unknown(Part::Principal, Relationship::Oneself);
        let new = NewCase { principal, consulter: Some(mother), subject_knows: Knows::DoesNot, thread: None };
        let opened = world.casework.open_new(&me, &new).await.unwrap();
        let (room, mother) = (&world.casework, opened.consulter.unwrap());
        let watch = NewWatch { person: mother, pace: Pace::Seasonal, agreed_on: world.clock.today(), words: String::new() };
        room.watch_silence(&me, opened.case, &watch).await.unwrap();
        let refused = NewRefusal {
            person: mother,
            heard_by: me.staff(),
            heard_on: world.clock.today(),
            check_on: world.clock.today().tomorrow().ok(),
            words: String::new(),
        };
        let refused = room.record_refusal(&me, opened.case, &refused).await.unwrap();
        let ages = async |me: &Session| {
            let today = room.today(me).await.unwrap();
            today.milestones.iter().map(|one| one.what.age).collect::<Vec<_>>()
        };
        world.wait(24);
        let me = world.coordinator().await;
        assert_eq!(ages(&me).await, [75]);
        assert_eq!(room.today(&me).await.unwrap().checks.len(), 1);
        room.note_passing(&me, opened.case, mother, None, None).await.unwrap();
        assert!(room.today(&me).await.unwrap().checks.is_empty());
        room.lift_refusal(&me, opened.case, refused, "葬儀の日に").await.unwrap();
        world.wait(24 * 100);
        let me = world.coordinator().await;
        let today = room.today(&me).await.unwrap();
        assert!(today.silence.is_empty(), "nobody writes to the dead");
        assert_eq!(ages(&me).await, [AFTER_DEATH]);
        let after = &today.milestones[0].what;
        assert_eq!((after.person, after.title().as_str()), (mother, "亡くなられたあと"));
        assert!(!after.windows.is_empty());
        room.dismiss_milestone(&me, opened.case, mother, AFTER_DEATH).await.unwrap();
        assert!(ages(&me).await.is_empty());
    }

    /// The list of cases says where each stands, when there was last a contact, what comes next and when; it is sorted by
    /// that, what is over last. A colleague who works on one compartment sees nothing of what lies in the others, and
    /// nobody a case they may not open.
    async fn the_list_says_what_comes_next(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let room = &world.casework;
        let ground = Change::because("話して決めた");
        let (over, plain, busy) = (world.a_mothers_case(&me).await, world.a_mothers_case(&me).await, world.a_mothers_case(&me).await);
        room.change_engagement(&me, over.case, State::Cancelled, &ground).await.unwrap();
        room.change_engagement(&me, busy.case, State::Waitlist, &ground).await.unwrap();
        let day = world.clock.today().saturating_add(jiff::Span::new().days(9));
        room.add_task(&me, busy.case, Kind::Inquire, day, "家族会の日を伝える").await.unwrap();
        room.print_letter(&me, busy.case, &a_letter_to(busy.consulter.unwrap())).await.unwrap();
        room.keep_quiet(&me, plain.case, Some(day)).await.unwrap();
        let lines = room.cases(&me).await.unwrap();
        let order: Vec<_> = lines.iter().map(|one| (one.id, one.state, one.own)).collect();
        let expected = [
            (busy.case, State::Waitlist, true),
            (plain.case, State::Planned, true),
            (over.case, State::Cancelled, true),
        ];
        assert_eq!(order, expected);
        assert_eq!(lines[0].next, Some((day, Next::Task)));
        assert_eq!(lines[0].last_on, Some(world.clock.today()));
        assert_eq!((lines[0].waits(), lines[1].waits()), (true, false));
        assert_eq!((lines[1].next, lines[1].last_on, lines[1].quiet_until), (None, None, Some(day)));

        let lead = world.supervisor().await;
        let all = room.cases(&lead).await.unwrap();
        assert!(all.len() == 3 && all.iter().all(|one| !one.own));
        let stranger = world.office.another("other", Role::Coordinator).await;
        let stranger = world.session(&stranger).await;
        assert!(room.cases(&stranger).await.unwrap().is_empty());
        let his = room.open_compartment(&me, busy.case, &Voice::Principal(busy.principal)).await.unwrap();
        let part = NewAssignment {
            only: Some(vec![his]),
            ..NewAssignment::whole(stranger.staff(), AssignmentKind::Sub, &world.clock)
        };
        room.assign(&lead, busy.case, &part).await.unwrap();
        let seen = room.cases(&stranger).await.unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!((seen[0].next, seen[0].last_on), (None, None), "the task and the letter lie in compartments of others");
    }

    /// Story 2: the reply is overdue; whoever is on duty sees that, and no more than number and day, takes it on until
    /// the end of the day, answers; the next day the case is out of reach again. The writer saw nothing of all this.
    async fn whoever_is_on_duty_takes_on_an_overdue_letter(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let duty = world.office.another("duty", Role::Coordinator).await;
        let other = world.office.another("other", Role::Coordinator).await;
        let (opened, thread, sent) = from_a_letter(&world, &me).await;
        let page = holders_page(&world, &sent).await;
        let today = world.casework.today(&me).await.unwrap();
        assert_eq!((today.letters.len(), today.letters[0].is_overdue(today.on)), (1, false));
        world.wait(24 * 14);
        let (me, duty_session) = (world.coordinator().await, world.session(&duty).await);
        let lead = world.supervisor().await;
        let day = world.clock.today();
        office::duty::set(&world.db, &lead, day, Some(duty.staff)).await.unwrap();
        let mine = world.casework.today(&me).await.unwrap();
        assert!(mine.letters[0].is_overdue(day) && !mine.on_duty && mine.overdue_elsewhere.is_empty());
        let theirs = world.casework.today(&duty_session).await.unwrap();
        assert!(theirs.on_duty && theirs.letters.is_empty() && theirs.cases.is_empty());
        assert_eq!(theirs.overdue_elsewhere.len(), 1);
        assert_eq!(theirs.overdue_elsewhere[0].thread, thread);
        assert!(world.mailbox.read_at_desk(&duty_session, thread).await.unwrap_err().is_not_found());

        let other = world.session(&other).await;
        assert!(world.casework.take_on_duty(&other, thread).await.unwrap_err().is_not_found());
        let nowhere = world.casework.take_on_duty(&duty_session, ThreadId::from(7)).await.unwrap_err();
        assert!(nowhere.is_not_found());
        world.casework.take_on_duty(&duty_session, thread).await.unwrap();
        assert!(world.mailbox.read_at_desk(&duty_session, thread).await.is_ok());
        let view = world.casework.case(&duty_session, opened.case).await.unwrap();
        let kinds: Vec<_> = view.compartments.iter().map(|one| one.kind).collect();
        assert_eq!(kinds, [CompartmentKind::Family], "this compartment, no other");
        assert_eq!(holders_page(&world, &sent).await, page);
        let told = |lines: Vec<casework::review::NoticeLine>| lines.len();
        assert_eq!(told(world.casework.notices(&me).await.unwrap()), 1);
        world.wait(24);
        let tomorrow = world.session(&duty).await;
        assert!(world.casework.case(&tomorrow, opened.case).await.unwrap_err().is_not_found());
    }

    /// Inv. 17: for a colleague who must not know of the case there is no overdue letter, on duty or not, and a denied
    /// supervisor's numbers do not count it.
    async fn a_denied_case_is_in_nobodys_numbers(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let duty = world.office.another("duty", Role::Coordinator).await;
        let (opened, thread, _) = from_a_letter(&world, &me).await;
        let lead = world.supervisor().await;
        assert_eq!(world.casework.workload(&lead).await.unwrap().open, 1);
        let reason = office::custody::acquaintance::Acquaintance::Kin;
        for who in [duty.staff, lead.staff()] {
            world.casework.declare_acquaintance(&me, opened.case, who, reason).await.unwrap();
        }
        world.wait(24 * 14);
        let (duty_session, lead) = (world.session(&duty).await, world.supervisor().await);
        office::duty::set(&world.db, &lead, world.clock.today(), Some(duty.staff)).await.unwrap();
        let today = world.casework.today(&duty_session).await.unwrap();
        assert!(today.on_duty && today.overdue_elsewhere.is_empty());
        assert!(world.casework.take_on_duty(&duty_session, thread).await.unwrap_err().is_not_found());
        let load = world.casework.workload(&lead).await.unwrap();
        assert_eq!((load.open, load.waiting, load.loads.len()), (0, 0, 0));
        let year = basics::FiscalYear::of(world.clock.today());
        assert_eq!(world.casework.count_persons(&lead, year).await.unwrap().persons, 0);
        let today = world.casework.today(&lead).await.unwrap();
        assert!(today.is_empty(), "{today:?}");
    }

    /// Tasks are one's own, decisions a supervisor's; nobody sees what is none of theirs.
    async fn everybody_sees_what_is_theirs_to_do(db: TestDb) {
        let world = World::new(&db).await;
        let (me, lead) = (world.coordinator().await, world.supervisor().await);
        let opened = world.a_mothers_case(&me).await;
        let (day, later) = (world.clock.today(), date(2027, 3, 1));
        let task = world.casework.add_task(&me, opened.case, Kind::Inquire, day, "市の窓口に、家族会の日を聞く").await.unwrap();
        world.casework.add_task(&me, opened.case, Kind::Call, later, "").await.unwrap();
        let empty = world.casework.add_task(&me, opened.case, Kind::Other, day, " ").await.unwrap_err();
        assert!(matches!(empty, Error::Invalid { .. }));
        let today = world.casework.today(&me).await.unwrap();
        let words: Vec<_> = today.tasks.iter().map(|one| one.what.words.as_str()).collect();
        assert_eq!(words, ["市の窓口に、家族会の日を聞く"]);
        assert!(world.casework.today(&lead).await.unwrap().is_empty());
        let new = casework::approach::NewApproach {
            ground: casework::approach::Ground::Agreed,
            agreed_with: opened.consulter.unwrap(),
            agreed_on: day,
            words: "お母さんから聞いた、とはじめに伝える".to_owned(),
        };
        let approach = world.casework.propose_approach(&me, opened.case, &new).await.unwrap();
        assert!(world.casework.today(&me).await.unwrap().decisions.is_empty());
        assert_eq!(world.casework.today(&lead).await.unwrap().decisions.len(), 1);
        world.casework.approve_approach(&lead, opened.case, approach).await.unwrap();
        assert!(world.casework.today(&lead).await.unwrap().decisions.is_empty());
        world.casework.task_done(&me, opened.case, task).await.unwrap();
        assert!(world.casework.today(&me).await.unwrap().tasks.is_empty());
        let twice = world.casework.task_done(&me, opened.case, task).await.unwrap_err();
        assert!(matches!(twice, Error::Again));
    }

    /// A letter that comes after 一区切り stands on 「きょう」 although nothing was reopened (inv. 14).
    async fn a_late_letter_stands_on_the_page_of_the_day(db: TestDb) {
        let world = World::new(&db).await;
        let (me, lead) = (world.coordinator().await, world.supervisor().await);
        let (opened, thread, sent) = from_a_letter(&world, &me).await;
        let change = casework::engagement::Change::because("");
        let active = casework::engagement::State::Active;
        world.casework.change_engagement(&me, opened.case, active, &change).await.unwrap();
        let closing = casework::closing::NewClosing {
            for_person: opened.consulter,
            ground: "母の希望".to_owned(),
            reentry: "いつでも、また書いてくださいと伝えた".to_owned(),
        };
        let id = world.casework.propose_closing(&me, opened.case, &closing).await.unwrap();
        world.casework.decide_closing(&lead, opened.case, id, true).await.unwrap();
        let (_, letters) = world.mailbox.read_at_desk(&me, thread).await.unwrap();
        let seen = i64::try_from(letters.len()).unwrap();
        let reply = mailbox::answer::Reply {
            body: "お手紙をありがとうございました。いつでも、また書いてください。",
            token: &Token::fresh(),
            seen,
            next_promise: None,
        };
        let past_the_guards = world.mailbox.reply(&me, thread, &reply).await;
        assert!(matches!(past_the_guards, Err(mailbox::Error::OfCase)), "a case's guards are asked first");
        world.casework.answer_letter(&me, thread, &reply, None).await.unwrap();
        world.wait(24 * 300);
        let me = world.coordinator().await;
        assert!(world.casework.today(&me).await.unwrap().letters.is_empty());
        let holder = world.mailbox.holder(&sent.code).await.unwrap();
        world.mailbox.write_more(&holder, "お久しぶりです", &Token::fresh()).await.unwrap();
        let today = world.casework.today(&me).await.unwrap();
        assert_eq!(today.letters.len(), 1);
        assert_eq!(today.cases.values().map(|one| one.number).collect::<Vec<_>>(), [1]);
    }
}
