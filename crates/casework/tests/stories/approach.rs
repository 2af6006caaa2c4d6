//! Nothing reaches somebody who may not know, somebody who said no, or somebody who is not to be reached.

use crate::world::{MIGRATIONS, World};
use basics::PersonId;
use casework::approach::{Ground, NewApproach, Way};
use casework::case::Opened;
use casework::despite::Basis;
use casework::engagement::Rhythm;
use casework::refusal::NewRefusal;
use casework::subject_knows::Heard;
use casework::{Error, Knows, Voice};
use office::Session;
use testkit::TestDb;

fn with_the_mother(opened: &Opened, world: &World) -> NewApproach {
    NewApproach {
        ground: Ground::Agreed,
        agreed_with: opened.consulter.unwrap(),
        agreed_on: world.clock.today(),
        words: "「お母さんから、心配だと聞きました」と、はじめに伝える".to_owned(),
    }
}

async fn guarded(world: &World, me: &Session, opened: &Opened, person: PersonId) -> Vec<Way> {
    let mut stopped = Vec::new();
    for way in Way::ALL {
        match world
            .casework
            .may_reach(me, opened.case, person, *way)
            .await
        {
            Ok(()) => {}
            Err(Error::Guarded(sentence) | Error::Passable { sentence, .. }) => {
                assert!(!sentence.is_empty());
                stopped.push(*way);
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    stopped
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Invariant 8: of a consultation the person does not know of, nothing is addressed to them by any way, until it is
    /// agreed with the family what will be said and a supervisor approved it; taken back, the guard stands again.
    async fn nothing_is_addressed_to_a_person_who_does_not_know(db: TestDb) {
        let world = World::new(&db).await;
        let (me, lead) = (world.coordinator().await, world.supervisor().await);
        let opened = world.a_mothers_case(&me).await;
        let son = opened.principal;
        for knows in [Knows::DoesNot, Knows::Unknown] {
            world.hear(&me, &opened, knows).await.unwrap();
            assert_eq!(guarded(&world, &me, &opened, son).await, Way::ALL);
        }
        assert!(guarded(&world, &me, &opened, opened.consulter.unwrap()).await.is_empty());

        let new = with_the_mother(&opened, &world);
        let id = world.casework.propose_approach(&me, opened.case, &new).await.unwrap();
        assert_eq!(guarded(&world, &me, &opened, son).await, Way::ALL);
        let mine = world.casework.approve_approach(&me, opened.case, id).await.unwrap_err();
        assert!(mine.is_not_found(), "a coordinator approves nothing");
        assert_eq!(guarded(&world, &me, &opened, son).await, Way::ALL);
        world.casework.approve_approach(&lead, opened.case, id).await.unwrap();
        assert!(guarded(&world, &me, &opened, son).await.is_empty());

        world.casework.withdraw_approach(&me, opened.case, id).await.unwrap();
        assert_eq!(guarded(&world, &me, &opened, son).await, Way::ALL);
        world.hear(&me, &opened, Knows::Knows).await.unwrap();
        assert!(guarded(&world, &me, &opened, son).await.is_empty());
    }

    /// What will be said is agreed with somebody of the family, not with nobody, and written down.
    async fn an_approach_says_with_whom_and_what(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let elsewhere = world.a_mothers_case(&me).await;
        let right = with_the_mother(&opened, &world);
        let wrong = [
            NewApproach { words: "　".to_owned(), ..right.clone() },
            NewApproach { agreed_with: opened.principal, ..right.clone() },
            NewApproach { agreed_with: elsewhere.consulter.unwrap(), ..right.clone() },
            NewApproach { agreed_on: world.clock.today().tomorrow().unwrap(), ..right.clone() },
        ];
        for new in wrong {
            let error = world.casework.propose_approach(&me, opened.case, &new).await.unwrap_err();
            assert!(matches!(error, Error::Invalid { .. }), "{error:?}");
        }
    }

    /// Story 1: the son turns to us himself. He is answered, on the ground that he came; before he spoke, nobody may
    /// claim so.
    async fn whoever_comes_themself_is_answered(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let came = NewApproach {
            ground: Ground::Came,
            agreed_with: opened.principal,
            ..with_the_mother(&opened, &world)
        };
        let early = world.casework.propose_approach(&me, opened.case, &came).await.unwrap_err();
        assert!(matches!(early, Error::Guarded(_)));
        let voice = Voice::Principal(opened.principal);
        world.casework.open_compartment(&me, opened.case, &voice).await.unwrap();
        assert_eq!(guarded(&world, &me, &opened, opened.principal).await, Way::ALL);
        world.casework.propose_approach(&me, opened.case, &came).await.unwrap();
        assert!(guarded(&world, &me, &opened, opened.principal).await.is_empty());
    }

    /// §E9: 「今は望まない」 stops whatever reaches out, to whoever said it, until a later word; time does not lift it.
    async fn a_refusal_stands_until_a_later_word(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let mother = opened.consulter.unwrap();
        let new = NewRefusal {
            person: mother,
            heard_by: me.staff(),
            heard_on: world.clock.today(),
            check_on: None,
            words: "しばらく、そっとしておいてください".to_owned(),
        };
        let id = world.casework.record_refusal(&me, opened.case, &new).await.unwrap();
        assert_eq!(guarded(&world, &me, &opened, mother).await, Way::ALL);
        world.wait(24 * 366 * 10);
        let me = world.coordinator().await;
        assert_eq!(guarded(&world, &me, &opened, mother).await, Way::ALL);
        let silent = world.casework.lift_refusal(&me, opened.case, id, "").await.unwrap_err();
        assert!(matches!(silent, Error::Invalid { .. }));
        world.casework.lift_refusal(&me, opened.case, id, "また話したい、と電話があった").await.unwrap();
        assert!(guarded(&world, &me, &opened, mother).await.is_empty());
        let again = world.casework.lift_refusal(&me, opened.case, id, "もう一度").await.unwrap_err();
        assert!(matches!(again, Error::Illegal(_)));
    }

    /// Each time somebody says whether the person knows is kept, with the day, from whom and by whom; what was heard last
    /// counts, whenever it is written down. Without anybody of the case it was heard from, nothing changes.
    async fn whether_the_person_knows_has_a_history(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let elsewhere = world.a_mothers_case(&me).await;
        let mother = opened.consulter.unwrap();
        let today = world.clock.today();
        let heard = |knows, from, days: i64| Heard { knows, from, on: today.saturating_sub(jiff::Span::new().days(days)) };
        let said = async |heard| world.casework.heard_subject_knows(&me, opened.case, &heard).await;
        let nobody = said(heard(Knows::Knows, elsewhere.principal, 0)).await.unwrap_err();
        assert!(matches!(nobody, Error::Invalid { field: "heard_from", .. }), "{nobody:?}");
        let to_come = said(heard(Knows::Knows, mother, -1)).await.unwrap_err();
        assert!(matches!(to_come, Error::Invalid { field: "heard_on", .. }));
        assert_eq!(world.casework.case(&me, opened.case).await.unwrap().case.subject_knows, Knows::DoesNot);

        said(heard(Knows::Knows, opened.principal, 0)).await.unwrap();
        assert!(guarded(&world, &me, &opened, opened.principal).await.is_empty());
        // Written down later, heard earlier: it joins the history and changes nothing.
        said(heard(Knows::Unknown, mother, 30)).await.unwrap();
        let seen = world.casework.overview(&me, opened.case).await.unwrap();
        assert_eq!(seen.view.case.subject_knows, Knows::Knows);
        assert!(guarded(&world, &me, &opened, opened.principal).await.is_empty());
        let told: Vec<_> = seen.knows.iter().map(|one| (one.heard.knows, one.heard.from, one.by)).collect();
        let expected = [
            (Knows::Knows, opened.principal, me.staff()),
            (Knows::DoesNot, mother, me.staff()),
            (Knows::Unknown, mother, me.staff()),
        ];
        assert_eq!(told, expected, "the opening of the case is the first that was heard");
        assert!(!seen.knows[0].by_name.is_empty());
    }

    /// A quiet time stops letters, calls and visits from our side to everybody of the case, and only inside it; what
    /// happened before it was agreed is written down as it was, and a danger to life goes past it with a reason.
    async fn a_quiet_time_is_kept(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let mother = opened.consulter.unwrap();
        let until = world.clock.today().saturating_add(jiff::Span::new().days(30));
        world.wait(2);
        world.casework.keep_quiet(&me, opened.case, Some(until)).await.unwrap();
        assert_eq!(guarded(&world, &me, &opened, mother).await, Way::ALL);
        let asked = world.casework.may_reach(&me, opened.case, mother, Way::Call).await.unwrap_err();
        assert!(matches!(asked, Error::Passable { basis: Basis::Vital, .. }), "{asked:?}");

        // The pace is changed: the quiet time is kept.
        let room = &world.casework;
        room.set_rhythm(&me, opened.case, Rhythm::Monthly).await.unwrap();
        let now = room.course(&me, opened.case).await.unwrap();
        assert_eq!((now.current().rhythm, now.current().quiet_until), (Rhythm::Monthly, Some(until)));
        assert_eq!(guarded(&world, &me, &opened, mother).await, Way::ALL);

        let past = room.keep_quiet(&me, opened.case, world.clock.today().yesterday().ok()).await.unwrap_err();
        assert!(matches!(past, Error::Invalid { field: "quiet", .. }));
        world.wait(24 * 30);
        let me = world.coordinator().await;
        assert_eq!(guarded(&world, &me, &opened, mother).await, Way::ALL, "its last day belongs to it");
        world.wait(24);
        let me = world.coordinator().await;
        assert!(guarded(&world, &me, &opened, mother).await.is_empty());
        let tomorrow = world.clock.today().tomorrow().ok();
        room.keep_quiet(&me, opened.case, tomorrow).await.unwrap();
        room.keep_quiet(&me, opened.case, None).await.unwrap();
        assert!(guarded(&world, &me, &opened, mother).await.is_empty());
    }

    /// Nobody writes to, calls or visits somebody who died, whatever the reason; taken back, the way is open again.
    async fn nothing_is_addressed_to_the_dead(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let mother = opened.consulter.unwrap();
        world.casework.note_passing(&me, opened.case, mother, None, None).await.unwrap();
        assert_eq!(guarded(&world, &me, &opened, mother).await, Way::ALL);
        let asked = world.casework.may_reach(&me, opened.case, mother, Way::Letter).await.unwrap_err();
        assert!(matches!(asked, Error::Guarded(_)), "no reason goes past it: {asked:?}");
        let entry = casework::household::Entry::Passing(mother);
        world.casework.withdraw_entry(&me, opened.case, entry).await.unwrap();
        assert!(guarded(&world, &me, &opened, mother).await.is_empty());
    }
}
