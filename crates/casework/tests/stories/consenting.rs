//! The ledger of consent: who may give, what holds, and that taking back always works.

use crate::world::{MIGRATIONS, World};
use basics::{CompartmentId, PersonId};
use casework::case::Opened;
use casework::compartment::Voice;
use casework::consent::{
    Capacity, Deed, Grantor, Held, Item, Method, NewConsent, Purpose, Recipient, RecipientKind,
    Step,
};
use casework::{AgeBand, Error, Knows, NewCase, NewPerson, Part, Relationship};
use jiff::civil::date;
use office::Session;
use office::custody::notice::NoticeKind;
use testkit::TestDb;

fn saposute() -> Recipient {
    Recipient {
        kind: RecipientKind::Work,
        name: "みどりサポステ".to_owned(),
    }
}

fn give() -> Step {
    Step {
        items: vec![Item::Basics, Item::Wishes],
        purposes: vec![Purpose::Referral],
        until: Some(date(2027, 3, 31)),
        ..Step::plain(Deed::Give, Method::Paper, "電話番号は伝えないでほしい")
    }
}

fn consent(compartment: CompartmentId, person: PersonId, first: Step) -> NewConsent {
    NewConsent {
        compartment,
        grantor: Grantor::oneself(person),
        recipient: saposute(),
        first,
        once: None,
    }
}

/// A case of a letter whose writer is the person themself.
async fn his_letter(world: &World, me: &Session) -> (Opened, String) {
    let sent = world.a_letter("話を聞いてもらえますか").await;
    let thread = basics::ThreadId::from(world.number_of("SELECT MAX(id) FROM thread").await);
    let new = NewCase {
        principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
        consulter: None,
        subject_knows: Knows::Knows,
        thread: Some(thread),
    };
    (
        world.casework.open_new(me, &new).await.unwrap(),
        sent.code.to_string(),
    )
}

async fn allowed(world: &World, me: &Session, opened: &Opened, item: Item) -> bool {
    let room = &world.casework;
    room.consent_allows(
        me,
        opened.case,
        opened.compartment,
        item,
        &saposute(),
        Purpose::Referral,
    )
    .await
    .unwrap()
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// inv. 3: a holder of the compartment consents; a parent, a head of the household, somebody who pays does not.
    async fn a_parent_consents_for_herself_alone(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let room = &world.casework;
        let mother = opened.consulter.unwrap();
        let sons = room.open_compartment(&me, opened.case, &Voice::Principal(opened.principal)).await.unwrap();
        for (compartment, person) in [(sons, mother), (opened.compartment, opened.principal), (opened.compartment, PersonId::from(7))] {
            let error = room.new_consent(&me, opened.case, &consent(compartment, person, give())).await.unwrap_err();
            assert!(matches!(error, Error::Guarded(_)), "{error:?}");
        }
        // Nor as his representative: he is of age, as far as anybody knows.
        let stand_in = |capacity| NewConsent {
            grantor: Grantor { person: opened.principal, capacity, proxy: Some(mother), ground: "親なので".to_owned() },
            ..consent(sons, opened.principal, give())
        };
        assert!(matches!(room.new_consent(&me, opened.case, &stand_in(Capacity::Minor)).await, Err(Error::Guarded(_))));
        assert!(matches!(room.new_consent(&me, opened.case, &stand_in(Capacity::Oneself)).await, Err(Error::Invalid { field: "capacity", .. })));
        let staff = world.number_of("SELECT id FROM compartment WHERE kind = 'staff'").await;
        assert!(room.new_consent(&me, opened.case, &consent(staff.into(), opened.principal, give())).await.is_err(), "nobody holds the staff's notes");
        room.new_consent(&me, opened.case, &consent(opened.compartment, mother, give())).await.unwrap();
        room.new_consent(&me, opened.case, &consent(sons, opened.principal, give())).await.unwrap();
    }

    /// Where the law lets somebody speak for the person, with the ground written down.
    async fn a_guardian_or_a_parent_of_a_minor_needs_the_ground(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let mut principal = NewPerson::unknown(Part::Principal, Relationship::Oneself);
        principal.age_band = AgeBand::Under15;
        let new = NewCase {
            principal,
            consulter: Some(NewPerson::unknown(Part::Family, Relationship::Mother)),
            subject_knows: Knows::Knows,
            thread: None,
        };
        let opened = world.casework.open_new(&me, &new).await.unwrap();
        let room = &world.casework;
        let his = room.open_compartment(&me, opened.case, &Voice::Principal(opened.principal)).await.unwrap();
        let stand_in = |capacity, proxy, ground: &str| NewConsent {
            grantor: Grantor { person: opened.principal, capacity, proxy, ground: ground.to_owned() },
            ..consent(his, opened.principal, give())
        };
        let mother = opened.consulter;
        for bad in [stand_in(Capacity::Guardian, mother, " "), stand_in(Capacity::Guardian, None, "審判書"), stand_in(Capacity::Minor, Some(opened.principal), "親権")] {
            assert!(matches!(room.new_consent(&me, opened.case, &bad).await, Err(Error::Invalid { .. })));
        }
        room.new_consent(&me, opened.case, &stand_in(Capacity::Guardian, mother, "審判書を10月1日に確かめた")).await.unwrap();
        room.new_consent(&me, opened.case, &stand_in(Capacity::Minor, mother, "親権者（母）")).await.unwrap();
    }

    /// inv. 3: what a parent said for a minor ends the day before the eighteenth birthday; from then on he is asked himself.
    async fn at_eighteen_a_parents_yes_is_over(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let mut principal = NewPerson::unknown(Part::Principal, Relationship::Oneself);
        // Eighteen on Thursday, 3 December 2026.
        principal.identity.born_on = Some(date(2008, 12, 3));
        let new = NewCase {
            principal,
            consulter: Some(NewPerson::unknown(Part::Family, Relationship::Mother)),
            subject_knows: Knows::Knows,
            thread: None,
        };
        let opened = world.casework.open_new(&me, &new).await.unwrap();
        let room = &world.casework;
        let his = room.open_compartment(&me, opened.case, &Voice::Principal(opened.principal)).await.unwrap();
        let of_mother = |first: Step| NewConsent {
            grantor: Grantor { person: opened.principal, capacity: Capacity::Minor, proxy: opened.consulter, ground: "親権者（母）".to_owned() },
            ..consent(his, opened.principal, first)
        };
        let late = room.new_consent(&me, opened.case, &of_mother(give())).await;
        assert!(matches!(late, Err(Error::Invalid { field: "until", .. })));
        let given = room.new_consent(&me, opened.case, &of_mother(Step { until: None, ..give() })).await.unwrap();
        let asked = room.new_consent(&me, opened.case, &of_mother(Step::plain(Deed::Ask, Method::Spoken, ""))).await.unwrap();
        let told = async |me: &Session| {
            room.consent_allows(me, opened.case, his, Item::Wishes, &saposute(), Purpose::Referral).await.unwrap()
        };
        assert!(told(&me).await);
        world.clock.set(basics::time::start_of_day(date(2026, 12, 3)) - jiff::SignedDuration::from_mins(5));
        assert!(told(&world.coordinator().await).await, "the last day counts");
        world.clock.set(basics::time::start_of_day(date(2026, 12, 3)));
        let me = world.coordinator().await;
        assert!(!told(&me).await);
        // What she was only asked for, she cannot give any more; taking back what she gave still works (inv. 5).
        let give_now = Step { until: None, ..give() };
        assert!(matches!(room.consent_step(&me, opened.case, asked, &give_now).await, Err(Error::Guarded(_))));
        assert!(room.new_consent(&me, opened.case, &of_mother(give_now)).await.is_err());
        room.consent_step(&me, opened.case, given, &Step::plain(Deed::Withdraw, Method::Spoken, "")).await.unwrap();
    }

    /// inv. 4: nothing runs at night; the day after the last day the same question has another answer.
    async fn what_holds_is_computed_at_the_moment_of_asking(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let (opened, _) = his_letter(&world, &me).await;
        let room = &world.casework;
        let day = date(2026, 11, 30);
        let until_monday = Step { until: Some(day), ..give() };
        room.new_consent(&me, opened.case, &consent(opened.compartment, opened.principal, until_monday)).await.unwrap();
        assert!(allowed(&world, &me, &opened, Item::Wishes).await);
        assert!(!allowed(&world, &me, &opened, Item::Health).await, "not in the scope");
        let other = Recipient { name: "ほかのサポステ".to_owned(), ..saposute() };
        let elsewhere = room.consent_allows(&me, opened.case, opened.compartment, Item::Wishes, &other, Purpose::Referral).await.unwrap();
        let elsefor = room.consent_allows(&me, opened.case, opened.compartment, Item::Wishes, &saposute(), Purpose::Conference).await.unwrap();
        assert!(!elsewhere && !elsefor);
        let rows = world.number_of("SELECT COUNT(*) FROM consent_event").await;
        world.wait(24 * 6);
        let me = world.coordinator().await;
        assert!(allowed(&world, &me, &opened, Item::Wishes).await, "the last day counts");
        world.wait(14);
        let me = world.coordinator().await;
        assert!(!allowed(&world, &me, &opened, Item::Wishes).await);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM consent_event").await, rows, "nothing was written by time");
        let view = &room.consents(&me, opened.case).await.unwrap()[0];
        assert!(view.words().contains("期限が来ました"), "{}", view.words());
    }

    /// Without a day it is a year, shown; longer is not possible; without items, purposes or a name it is no consent.
    async fn a_consent_says_what_to_whom_for_what_until_when(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let (opened, _) = his_letter(&world, &me).await;
        let room = &world.casework;
        let with = |first| consent(opened.compartment, opened.principal, first);
        let bad = [
            (Step { items: Vec::new(), ..give() }, "items"),
            (Step { purposes: Vec::new(), ..give() }, "purposes"),
            (Step { until: Some(date(2027, 11, 25)), ..give() }, "until"),
            (Step { until: Some(date(2026, 11, 23)), ..give() }, "until"),
        ];
        for (step, field) in bad {
            let error = room.new_consent(&me, opened.case, &with(step)).await.unwrap_err();
            assert!(matches!(error, Error::Invalid { field: at, .. } if at == field), "{field}");
        }
        let nameless = NewConsent { recipient: Recipient { name: " ".to_owned(), ..saposute() }, ..with(give()) };
        assert!(matches!(room.new_consent(&me, opened.case, &nameless).await, Err(Error::Invalid { field: "recipient_name", .. })));
        room.new_consent(&me, opened.case, &with(Step { until: None, ..give() })).await.unwrap();
        let view = &room.consents(&me, opened.case).await.unwrap()[0];
        assert!(matches!(&view.held, Held::Given(scope) if scope.until == date(2027, 11, 24)));
        assert_eq!(view.words(), "同意があります（2027年11月24日まで）".replace("2027年11月24日", &basics::japanese::date_with_year(date(2027, 11, 24))));
        assert!(room.new_consent(&me, opened.case, &with(Step::plain(Deed::Withdraw, Method::Spoken, ""))).await.is_err());
    }

    /// inv. 5: withdrawing, narrowing, voiding work when nothing holds any more; twice is no fault; and giving what was
    /// taken back is a new consent.
    async fn taking_back_never_fails(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let (opened, _) = his_letter(&world, &me).await;
        let room = &world.casework;
        for first in [give(), Step::plain(Deed::Ask, Method::Spoken, ""), Step::plain(Deed::Refuse, Method::Spoken, "いまはいい")] {
            let id = room.new_consent(&me, opened.case, &consent(opened.compartment, opened.principal, first)).await.unwrap();
            let narrow = Step { items: vec![Item::Wishes], until: None, ..give() };
            let narrow = Step { deed: Deed::Narrow, ..narrow };
            for step in [narrow.clone(), Step::plain(Deed::Withdraw, Method::Spoken, "やめたい"), Step::plain(Deed::Withdraw, Method::Spoken, ""), narrow, Step::plain(Deed::Void, Method::Screen, "")] {
                room.consent_step(&me, opened.case, id, &step).await.unwrap();
                assert!(!allowed(&world, &me, &opened, Item::Basics).await);
            }
            let again = room.consent_step(&me, opened.case, id, &give()).await.unwrap_err();
            assert!(matches!(again, Error::Illegal(_)));
        }
        // Expired a year ago, it can still be taken back.
        let id = room.new_consent(&me, opened.case, &consent(opened.compartment, opened.principal, give())).await.unwrap();
        world.wait(24 * 500);
        let me = world.coordinator().await;
        room.consent_step(&me, opened.case, id, &Step::plain(Deed::Withdraw, Method::Spoken, "")).await.unwrap();
        let all = room.consents(&me, opened.case).await.unwrap();
        assert_eq!(all.iter().find(|one| one.id == id).unwrap().held, Held::Withdrawn);
    }

    /// Narrowing takes away and never adds.
    async fn narrowing_never_adds(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let (opened, _) = his_letter(&world, &me).await;
        let id = world.casework.new_consent(&me, opened.case, &consent(opened.compartment, opened.principal, give())).await.unwrap();
        let step = Step { deed: Deed::Narrow, items: vec![Item::Wishes, Item::Health], until: Some(date(2028, 1, 1)), ..give() };
        world.casework.consent_step(&me, opened.case, id, &step).await.unwrap();
        assert!(allowed(&world, &me, &opened, Item::Wishes).await);
        assert!(!allowed(&world, &me, &opened, Item::Basics).await && !allowed(&world, &me, &opened, Item::Health).await);
        let view = &world.casework.consents(&me, opened.case).await.unwrap()[0];
        assert!(matches!(&view.held, Held::Given(scope) if scope.until == date(2027, 3, 31)));
    }

    /// A refusal is the person's choice, in their words; no word on the page calls it missing.
    async fn a_refusal_is_a_choice(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let (opened, _) = his_letter(&world, &me).await;
        let refuse = Step::plain(Deed::Refuse, Method::Spoken, "自分で話したい");
        world.casework.new_consent(&me, opened.case, &consent(opened.compartment, opened.principal, refuse)).await.unwrap();
        let view = &world.casework.consents(&me, opened.case).await.unwrap()[0];
        assert_eq!((view.words().as_str(), view.events[0].said.as_str()), ("伝えないことを選びました", "自分で話したい"));
        for word in ["未", "得られ", "なし", "拒否"] {
            assert!(!view.words().contains(word) && !Deed::Refuse.label().contains(word));
        }
    }

    /// inv. 5 and story 4: the person takes it back at night, with the code of their letters and nobody's leave.
    async fn a_code_takes_consent_back(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let (opened, code) = his_letter(&world, &me).await;
        let room = &world.casework;
        let id = room.new_consent(&me, opened.case, &consent(opened.compartment, opened.principal, give())).await.unwrap();
        // A mistake is not shown to the person.
        let wrong = room.new_consent(&me, opened.case, &consent(opened.compartment, opened.principal, give())).await.unwrap();
        room.consent_step(&me, opened.case, wrong, &Step::plain(Deed::Void, Method::Screen, "")).await.unwrap();
        let holder = world.mailbox.holder(&code).await.unwrap();
        let own = room.consents_by_code(&holder).await.unwrap();
        assert_eq!((own.len(), own[0].id, own[0].stands), (1, id, true));
        assert_eq!((own[0].on, own[0].method), (world.clock.today(), Method::Paper));
        room.withdraw_by_code(&holder, id).await.unwrap();
        room.withdraw_by_code(&holder, id).await.unwrap();
        // Whoever works on the case is told once; what was taken back stays in sight, as taken back.
        let told = room.notices(&me).await.unwrap();
        let told: Vec<_> = told.iter().map(|one| (one.notice.kind, one.notice.case)).collect();
        assert_eq!(told, [(NoticeKind::ConsentTakenBack, Some(opened.case))]);
        let own = room.consents_by_code(&holder).await.unwrap();
        assert_eq!((own.len(), own[0].stands, own[0].method), (1, false, Method::Screen));
        assert!(!allowed(&world, &me, &opened, Item::Wishes).await);
        let view = room.consents(&me, opened.case).await.unwrap();
        let view = view.iter().find(|one| one.id == id).unwrap();
        assert_eq!((view.held.clone(), view.events.last().unwrap().by_code), (Held::Withdrawn, true));
        assert_eq!(world.recorded("consent.withdraw", "ok").await, 2);
    }

    /// inv. 2: a code reaches the ledger of its own compartment; of the other side's it learns nothing.
    async fn a_code_reaches_its_own_side_only(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let (opened, code) = his_letter(&world, &me).await;
        let room = &world.casework;
        let other = world.a_mothers_case(&me).await;
        let hers = room.new_consent(&me, other.case, &consent(other.compartment, other.consulter.unwrap(), give())).await.unwrap();
        let joint = room.open_compartment(&me, opened.case, &Voice::Joint(vec![opened.principal])).await.unwrap();
        let joint = room.new_consent(&me, opened.case, &consent(joint, opened.principal, give())).await.unwrap();
        let holder = world.mailbox.holder(&code).await.unwrap();
        assert!(room.consents_by_code(&holder).await.unwrap().is_empty());
        for theirs in [hers, joint, casework::consent::ConsentId::from(7)] {
            assert!(room.withdraw_by_code(&holder, theirs).await.unwrap_err().is_not_found());
        }
        // A letter of no case has no ledger.
        let alone = world.a_letter("まだ相談だけ").await;
        let alone = world.mailbox.holder(&alone.code).await.unwrap();
        assert!(room.consents_by_code(&alone).await.unwrap().is_empty());
        assert!(room.withdraw_by_code(&alone, hers).await.unwrap_err().is_not_found());
    }
}
