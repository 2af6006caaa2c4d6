//! Engagements: steps, closing, coming back, and ten years in which nothing happens by itself.

use crate::world::{MIGRATIONS, World};
use basics::{FiscalYear, ThreadId};
use casework::case::Opened;
use casework::closing::NewClosing;
use casework::engagement::{BEGINNINGS, Change, State};
use casework::refusal::NewRefusal;
use casework::{Error, Knows, NewCase, NewPerson, Part, Relationship};
use mailbox::return_code::Token;
use office::Session;
use testkit::TestDb;

const GROUND: Change<'static> = Change::because("本人と家族が、そう話している");

async fn set(world: &World, me: &Session, opened: &Opened, to: State) -> Result<(), Error> {
    world
        .casework
        .change_engagement(me, opened.case, to, &GROUND)
        .await
}

async fn state(world: &World, me: &Session, opened: &Opened) -> State {
    world
        .casework
        .course(me, opened.case)
        .await
        .unwrap()
        .current()
        .state
}

fn a_closing() -> NewClosing {
    NewClosing {
        for_person: None,
        ground: "母が、しばらくは自分たちでやってみると話している".to_owned(),
        reentry: "「いつでも、また書いてください。同じ番号で届きます」と手紙で伝えた".to_owned(),
    }
}

async fn close(world: &World, me: &Session, opened: &Opened) {
    let lead = world.supervisor().await;
    if state(world, me, opened).await == State::Planned {
        set(world, me, opened, State::Active).await.unwrap();
    }
    let id = world
        .casework
        .propose_closing(me, opened.case, &a_closing())
        .await
        .unwrap();
    world
        .casework
        .decide_closing(&lead, opened.case, id, true)
        .await
        .unwrap();
}

/// A thread of a mother's letters that became a case, with her token.
async fn from_a_letter(world: &World, me: &Session) -> (Opened, mailbox::first_letter::Sent) {
    let sent = world.a_letter("息子のことで、はじめて書きます").await;
    let thread = ThreadId::from(world.number_of("SELECT MAX(id) FROM thread").await);
    let new = NewCase {
        principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
        consulter: Some(NewPerson::unknown(Part::Family, Relationship::Mother)),
        subject_knows: Knows::DoesNot,
        thread: Some(thread),
    };
    (world.casework.open_new(me, &new).await.unwrap(), sent)
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Invariant 12: whatever is not among the steps is refused and changes nothing; every change has its actor, on whose
    /// behalf, its ground and its time.
    async fn only_the_steps_there_are_can_be_taken(db: TestDb) {
        let world = World::new(&db).await;
        let (me, lead) = (world.coordinator().await, world.supervisor().await);
        let opened = world.a_mothers_case(&me).await;
        assert_eq!(state(&world, &me, &opened).await, State::Planned);
        for to in [State::Planned, State::OnHold] {
            let error = set(&world, &me, &opened, to).await.unwrap_err();
            assert!(matches!(error, Error::Illegal(_)), "{to:?}: {error:?}");
        }
        let changes = world.number_of("SELECT COUNT(*) FROM engagement_change").await;
        assert_eq!((state(&world, &me, &opened).await, changes), (State::Planned, 1));

        world.wait(1);
        let hers = Change::new(opened.consulter, "母から、まず話を聞いてほしいと");
        world.casework.change_engagement(&me, opened.case, State::Active, &hers).await.unwrap();
        let began = world.clock.now();
        world.wait(1);
        set(&world, &me, &opened, State::OnHold).await.unwrap();
        let course = world.casework.course(&me, opened.case).await.unwrap();
        let steps: Vec<_> = course.past.iter().map(|one| (one.from, one.to)).collect();
        let expected = [
            (Some(State::Active), State::OnHold),
            (Some(State::Planned), State::Active),
            (None, State::Planned),
        ];
        assert_eq!(steps, expected);
        let hers = &course.past[1];
        assert_eq!((hers.by, hers.for_person), (me.staff(), opened.consulter));
        assert_eq!((hers.ground.as_str(), hers.at), ("母から、まず話を聞いてほしいと", began));

        let mine = set(&world, &me, &opened, State::EnteredInError).await.unwrap_err();
        assert!(mine.is_not_found(), "that something was a mistake is said by a supervisor");
        set(&world, &lead, &opened, State::EnteredInError).await.unwrap();
        for to in State::ALL {
            assert!(set(&world, &lead, &opened, *to).await.is_err(), "{to:?}");
        }
    }

    /// Invariant 14: closing needs the words of the way back and a supervisor; nobody closes alone.
    async fn closing_needs_the_way_back_and_a_supervisor(db: TestDb) {
        let world = World::new(&db).await;
        let (me, lead) = (world.coordinator().await, world.supervisor().await);
        let opened = world.a_mothers_case(&me).await;
        let early = world.casework.propose_closing(&me, opened.case, &a_closing()).await.unwrap_err();
        assert!(matches!(early, Error::Illegal(_)));
        set(&world, &me, &opened, State::Active).await.unwrap();
        let direct = set(&world, &lead, &opened, State::Finished).await.unwrap_err();
        assert!(matches!(direct, Error::Guarded(_)));
        let silent = NewClosing { reentry: " ".to_owned(), ..a_closing() };
        let silent = world.casework.propose_closing(&me, opened.case, &silent).await.unwrap_err();
        assert!(matches!(silent, Error::Invalid { field: "reentry", .. }));

        let id = world.casework.propose_closing(&me, opened.case, &a_closing()).await.unwrap();
        let twice = world.casework.propose_closing(&me, opened.case, &a_closing()).await.unwrap_err();
        assert!(matches!(twice, Error::Again));
        let alone = world.casework.decide_closing(&me, opened.case, id, true).await.unwrap_err();
        assert!(alone.is_not_found());
        assert_eq!(state(&world, &me, &opened).await, State::Active);
        world.casework.decide_closing(&lead, opened.case, id, false).await.unwrap();
        assert_eq!(state(&world, &me, &opened).await, State::Active);

        let id = world.casework.propose_closing(&me, opened.case, &a_closing()).await.unwrap();
        world.casework.decide_closing(&lead, opened.case, id, true).await.unwrap();
        let course = world.casework.course(&me, opened.case).await.unwrap();
        assert_eq!((course.current().state, course.current().ended_on), (State::Finished, Some(world.clock.today())));
        assert_eq!(course.reentry, a_closing().reentry);
    }

    /// Invariant 14: after 一区切り the holder of the code opens and writes as before. The letter reopens nothing by
    /// itself, but it waits at the desk.
    async fn the_code_stays_alive_and_a_letter_reopens_nothing(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let (opened, sent) = from_a_letter(&world, &me).await;
        close(&world, &me, &opened).await;
        world.wait(24 * 400);
        let me = world.coordinator().await;
        let before = world.number_of("SELECT COUNT(*) FROM engagement").await;
        let waiting = |shelf: Vec<mailbox::inbox::Line>| shelf.iter().map(|line| line.thread.letters).sum::<i64>();
        let shelf = world.mailbox.shelf(&me, mailbox::inbox::Shelf::Waiting).await.unwrap();
        let letters = waiting(shelf);
        let holder = world.mailbox.holder(&sent.code).await.unwrap();
        world.mailbox.write_more(&holder, "お久しぶりです", &Token::fresh()).await.unwrap();
        let shelf = world.mailbox.shelf(&me, mailbox::inbox::Shelf::Waiting).await.unwrap();
        assert_eq!(waiting(shelf), letters + 1);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM engagement").await, before);
        assert_eq!(state(&world, &me, &opened).await, State::Finished);
    }

    /// Invariant 15: coming back is a new engagement on the same case; the old one stays as it was; 実人員 counts the
    /// person once in each year, and once where both fall into one.
    async fn coming_back_is_a_new_engagement(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let early = world.casework.reenter(&me, opened.case, State::Active, &GROUND).await.unwrap_err();
        assert!(matches!(early, Error::Illegal(_)));
        close(&world, &me, &opened).await;
        let closed = world.casework.course(&me, opened.case).await.unwrap();
        world.wait(24 * 30);
        let me = world.coordinator().await;
        for state in State::ALL.iter().filter(|state| !BEGINNINGS.contains(state)) {
            assert!(world.casework.reenter(&me, opened.case, *state, &GROUND).await.is_err());
        }
        world.casework.reenter(&me, opened.case, State::Active, &GROUND).await.unwrap();
        let course = world.casework.course(&me, opened.case).await.unwrap();
        assert_eq!(course.engagements.len(), 2);
        assert_eq!(course.current().state, State::Active);
        let old = &course.engagements[1];
        assert_eq!((old.state, old.ended_on), (State::Finished, closed.current().ended_on));

        let count = async |year: i16| {
            let lead = world.supervisor().await;
            let year = FiscalYear::of(jiff::civil::date(year, 4, 1));
            world.casework.count_persons(&lead, year).await.unwrap()
        };
        let this = count(2026).await;
        assert_eq!((this.persons, this.engagements, this.returns), (1, 2, 1));
        assert_eq!((count(2025).await.persons, count(2027).await.persons), (0, 1));
        close(&world, &me, &opened).await;
        let later = count(2027).await;
        assert_eq!((later.persons, later.engagements, later.returns), (0, 0, 0));
        world.wait(24 * 366 * 2);
        let me = world.coordinator().await;
        world.casework.reenter(&me, opened.case, State::Planned, &GROUND).await.unwrap();
        let back = count(2028).await;
        assert_eq!((back.persons, back.engagements, back.returns), (1, 1, 1));
        assert_eq!(count(2026).await, this, "what was counted stays as it was");
    }

    /// Invariant 30: somebody of whom nothing is known at all, and somebody with a nickname only, are counted; what was
    /// entered by mistake or never began is not.
    async fn nobody_needs_a_name_to_be_counted(db: TestDb) {
        let world = World::new(&db).await;
        let (me, lead) = (world.coordinator().await, world.supervisor().await);
        world.a_mothers_case(&me).await;
        let named = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself).called("ゆき"),
            consulter: None,
            subject_knows: Knows::Knows,
            thread: None,
        };
        world.casework.open_new(&me, &named).await.unwrap();
        let mistaken = world.a_mothers_case(&me).await;
        set(&world, &lead, &mistaken, State::EnteredInError).await.unwrap();
        let never = world.a_mothers_case(&me).await;
        set(&world, &me, &never, State::Cancelled).await.unwrap();
        let counted = world.casework.count_persons(&lead, FiscalYear::of(world.clock.today())).await.unwrap();
        assert_eq!((counted.persons, counted.nameless, counted.engagements), (2, 1, 2));
        let all = world.number_of("SELECT COUNT(*) FROM person WHERE identity_level > 1").await;
        assert_eq!(all, 0);
    }

    /// Invariant 13: ten years pass, everybody looks at everything, and not one row of a case is another one.
    async fn time_alone_changes_nothing(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let (opened, _) = from_a_letter(&world, &me).await;
        set(&world, &me, &opened, State::Active).await.unwrap();
        set(&world, &me, &opened, State::OnHold).await.unwrap();
        world.casework.propose_closing(&me, opened.case, &a_closing()).await.unwrap();
        let refusal = NewRefusal {
            person: opened.principal,
            heard_by: me.staff(),
            heard_on: world.clock.today(),
            check_on: world.clock.today().tomorrow().ok(),
            words: String::new(),
        };
        world.casework.record_refusal(&me, opened.case, &refusal).await.unwrap();
        let before = world.every_row().await;
        for _ in 0..10 {
            world.wait(24 * 366);
            for session in [world.coordinator().await, world.supervisor().await] {
                world.casework.cases(&session).await.unwrap();
                world.casework.case(&session, opened.case).await.unwrap();
                world.casework.course(&session, opened.case).await.unwrap();
            }
        }
        assert_eq!(world.every_row().await, before);
    }
}
