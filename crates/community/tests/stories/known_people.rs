//! Somebody of a case: the guards before anything reaches them (inv. 8, 9), what collides, what goes when a case is erased.

use crate::appointments::{
    a_gathering, at, first_slots, hours, new, offer, office_of, quarters_agree, run,
};
use crate::places::a_place;
use crate::world::{MIGRATIONS, World};
use casework::case::Opened;
use casework::contact_rule::{Channel, NewContactPoint};
use casework::{Knows, NewCase, NewPerson, Part, Relationship};
use community::Error;
use community::appointment::State;
use community::appointment::book::{Booked, ForCaller};
use community::attendance::Heads;
use community::offered_hours::{Hours, Way};
use community::open_slots::Slot;
use community::programme::Draft;
use community::slip::{Reminder, Token};
use jiff::civil::date;
use office::{Role, Session};
use testkit::TestDb;

/// Somebody who came themself.
async fn somebodys_case(world: &World, session: &Session, knows: Knows) -> Opened {
    let new = NewCase {
        principal: NewPerson::unknown(Part::Principal, Relationship::Oneself).called("はると"),
        consulter: None,
        subject_knows: knows,
        thread: None,
    };
    world.casework.open_new(session, &new).await.unwrap()
}

async fn ban(world: &World, me: &Session, opened: &Opened, channel: Channel) {
    let point = NewContactPoint {
        ban: true,
        ..NewContactPoint::careful(channel, "")
    };
    world
        .casework
        .keep_contact_point(me, opened.case, opened.principal, &point, None)
        .await
        .unwrap();
}

async fn enter(
    world: &World,
    me: &Session,
    opened: &Opened,
    slot: &Slot,
    (way, reminder): (Way, Reminder),
) -> community::Result<Booked> {
    let office = office_of(world).await;
    let token = Token::fresh();
    let mut wanted = new(&office, &token, slot);
    (wanted.way, wanted.reminder) = (way, reminder);
    match reminder {
        Reminder::Mail => "haruto@example.jp".clone_into(&mut wanted.reminder_to),
        Reminder::Call => wanted.words.phone = ["090", "0000", "0000"].join("-"),
        Reminder::Nothing => {}
    }
    let caller = ForCaller {
        of: Some((opened.case, opened.compartment)),
        staff: None,
    };
    world.community.enter_appointment(me, &wanted, caller).await
}

fn stopped(done: &community::Result<Booked>) -> &str {
    done.as_ref().unwrap_err().guard().unwrap()
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// 「本人は、この相談を知りません」: no appointment with them; with the mother there is one (inv. 8).
    async fn nobody_meets_who_does_not_know(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        let me = world.coordinator().await;
        let office = office_of(&world).await;
        let slots = first_slots(&world, &office).await;
        let unknown = somebodys_case(&world, &me, Knows::DoesNot).await;
        let refused = enter(&world, &me, &unknown, &slots[0], (Way::VisitIn, Reminder::Nothing)).await;
        assert!(stopped(&refused).contains("本人は、この相談を知りません"));
        for table in ["appointment", "slip", "taken_quarter"] {
            assert_eq!(world.number_of(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
        // An appointment without a name cannot be made theirs by the back door.
        let booked = world.community.book_appointment(&new(&office, &Token::fresh(), &slots[0]), None).await.unwrap();
        let taken = world.community.belongs_to(&me, booked.id, unknown.case, unknown.compartment).await;
        assert!(taken.unwrap_err().guard().is_some());
        assert_eq!(world.number_of("SELECT COUNT(*) FROM appointment WHERE case_id IS NOT NULL").await, 0);
        let mother = world.a_mothers_case(&me).await;
        assert!(enter(&world, &me, &mother, &slots[1], (Way::VisitIn, Reminder::Nothing)).await.is_ok());
    }

    /// A ban on a way stops what would go this way, and nothing else (inv. 9).
    async fn a_ban_stops_the_meeting_and_the_reminder(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        let me = world.coordinator().await;
        let office = office_of(&world).await;
        let slots = first_slots(&world, &office).await;
        let opened = somebodys_case(&world, &me, Knows::Knows).await;
        ban(&world, &me, &opened, Channel::Mobile).await;
        for wish in [(Way::Phone, Reminder::Nothing), (Way::VisitIn, Reminder::Call)] {
            let refused = enter(&world, &me, &opened, &slots[0], wish).await;
            assert!(stopped(&refused).contains("連絡しないと決めています"), "{wish:?}");
        }
        let kept = enter(&world, &me, &opened, &slots[0], (Way::VisitIn, Reminder::Mail)).await.unwrap();
        // A ban on everything, later: it is not moved any more, because moving is told; it can be cancelled, and is not told.
        ban(&world, &me, &opened, Channel::Any).await;
        let moved = world.community.move_at_desk(&me, (kept.id, 1), slots[2].starts_at, slots[2].minutes, None).await;
        assert!(moved.unwrap_err().guard().is_some());
        world.community.cancel_at_desk(&me, kept.id).await.unwrap();
        assert_eq!(world.number_of("SELECT COUNT(*) FROM notice_out").await, 0);
        quarters_agree(&world).await;
    }

    /// The machine sends while everybody sleeps: what was wished before the ban is not sent after it, and no number is
    /// read out for a call.
    async fn a_later_ban_stops_what_was_planned(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        let me = world.coordinator().await;
        let office = office_of(&world).await;
        let slots = first_slots(&world, &office).await;
        let (first, second) = (slots[2].clone(), slots[3].clone());
        let by_mail = somebodys_case(&world, &me, Knows::Knows).await;
        let by_call = somebodys_case(&world, &me, Knows::Knows).await;
        enter(&world, &me, &by_mail, &first, (Way::VisitIn, Reminder::Mail)).await.unwrap();
        enter(&world, &me, &by_call, &second, (Way::VisitIn, Reminder::Call)).await.unwrap();
        world.clock.set(second.starts_at - jiff::SignedDuration::from_hours(23));
        let me = world.coordinator().await;
        let calls = world.community.calls_due(&me, world.clock.today()).await.unwrap();
        assert!(calls[0].stopped.is_none() && !calls[0].words.phone.is_empty());
        ban(&world, &me, &by_call, Channel::Any).await;
        ban(&world, &me, &by_mail, Channel::Mail).await;
        let calls = world.community.calls_due(&me, world.clock.today()).await.unwrap();
        assert!(calls[0].stopped.as_ref().unwrap().contains("連絡しない") && calls[0].words.phone.is_empty());
        assert_eq!(world.number_of("SELECT COUNT(*) FROM notice_out WHERE sent_at IS NULL").await, 2);
        assert!(world.community.take_message().await.unwrap().is_none());
        assert_eq!(world.number_of("SELECT COUNT(*) FROM notice_out WHERE sent_at IS NULL").await, 1, "the call's");
    }

    /// What a colleague has elsewhere stands at the desk's list, and a time that collides is refused with its sentence.
    async fn what_collides_is_said_at_the_desk(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        let me = world.coordinator().await;
        let office = office_of(&world).await;
        let slots = first_slots(&world, &office).await;
        let token = Token::fresh();
        let booked = world.community.enter_appointment(&me, &new(&office, &token, &slots[0]), ForCaller::default()).await.unwrap();
        assert!(!world.community.appointment(&me, booked.id).await.unwrap().collides);
        // A gathering of theirs over both times, planned afterwards.
        a_gathering(&world, me.staff(), slots[0].starts_at, slots[1].ends_at()).await;
        assert!(world.community.appointment(&me, booked.id).await.unwrap().collides);
        let token = Token::fresh();
        let refused = world.community.enter_appointment(&me, &new(&office, &token, &slots[1]), ForCaller::default()).await;
        assert!(refused.unwrap_err().to_string().contains("ほかの用事と重なっています"));
        let moved = world.community.move_at_desk(&me, (booked.id, 1), slots[1].starts_at, slots[1].minutes, None).await;
        assert!(moved.unwrap_err().to_string().contains("ほかの用事と重なっています"));
        // To the public it is taken and nothing more.
        let token = Token::fresh();
        let taken = world.community.book_appointment(&new(&office, &token, &slots[1]), None).await;
        assert!(matches!(taken, Err(Error::Taken)));
        run(&world, "UPDATE gathering SET state = 'cancelled'").await;
        assert!(!world.community.appointment(&me, booked.id).await.unwrap().collides);
    }

    /// A visit that was wished takes two colleagues at once; with one there is none.
    async fn a_visit_takes_a_pair(db: TestDb) {
        let world = World::new(&db).await;
        let lead = world.session(&world.office.supervisor).await;
        let office = office_of(&world).await;
        let of = |staff| Hours { ways: vec![Way::Home, Way::Phone], ..hours(staff, 3) };
        world.community.offer_hours(&lead, &of(world.office.coordinator.staff)).await.unwrap();
        assert!(world.community.open_slots(&office, Some(Way::Home)).await.unwrap().is_empty());
        let calls = world.community.open_slots(&office, Some(Way::Phone)).await.unwrap();
        // A forged form gets none either.
        let (token, other) = (Token::fresh(), Token::fresh());
        let mut wanted = new(&office, &token, &calls[0]);
        wanted.way = Way::Home;
        assert!(matches!(world.community.book_appointment(&wanted, None).await, Err(Error::Taken)));
        let phone = |staff| Hours { ways: vec![Way::Phone], ..hours(staff, 3) };
        world.community.offer_hours(&lead, &phone(world.office.supervisor.staff)).await.unwrap();
        let visits = world.community.open_slots(&office, Some(Way::Home)).await.unwrap();
        wanted.token = &other;
        wanted.starts_at = visits[0].starts_at;
        world.community.book_appointment(&wanted, None).await.unwrap();
        let both = "SELECT COUNT(*) FROM appointment WHERE second_staff_id IS NOT NULL AND staff_id <> second_staff_id";
        assert_eq!(world.number_of(both).await, 1);
        assert_eq!(world.number_of("SELECT COUNT(DISTINCT what) FROM taken_quarter").await, 2);
        // Nobody of the two is left for that time, not even for a call.
        let calls = world.community.open_slots(&office, Some(Way::Phone)).await.unwrap();
        assert!(calls.iter().all(|slot| slot.starts_at != visits[0].starts_at));
        quarters_agree(&world).await;
    }

    /// A host who does not reach a case marks nobody of it, and learns nothing; a peer neither (inv. 16, 25).
    async fn a_host_without_reach_marks_nobody(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let case = world.a_mothers_case(&me).await;
        let other = world.office.another("hikari", Role::Coordinator).await;
        let peer = world.office.another("pia", Role::Peer).await;
        let draft = Draft { hosts: vec![other.staff, peer.staff], ..a_place("居場所") };
        let (_, day) = world.opened(&me, &draft).await;
        world.wait(52);
        for host in [&other, &peer] {
            let host = world.session(host).await;
            assert!(world.community.roster(&host, day).await.is_ok());
            for person in [case.principal, case.consulter.unwrap()] {
                let marked = world.community.mark_person(&host, day, case.case, person).await;
                assert!(marked.unwrap_err().is_not_found());
            }
            let seen = world.community.marked(&host, day, case.case).await;
            assert!(seen.is_ok_and(|people| people.is_empty()));
        }
        assert_eq!(world.number_of("SELECT COUNT(*) FROM attendance_of_person").await, 0);
    }

    /// A case is erased: that its people came goes, and whose appointment it was; heads and times stay.
    async fn an_erased_case_leaves_numbers_only(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        let me = world.coordinator().await;
        let draft = Draft { hosts: vec![me.staff()], ..a_place("居場所") };
        let (_, day) = world.opened(&me, &draft).await;
        let office = office_of(&world).await;
        let slots = first_slots(&world, &office).await;
        let (gone, stays) = (world.a_mothers_case(&me).await, world.a_mothers_case(&me).await);
        for (opened, slot) in [(&gone, &slots[0]), (&stays, &slots[1]), (&gone, &slots[10])] {
            enter(&world, &me, opened, slot, (Way::VisitIn, Reminder::Mail)).await.unwrap();
        }
        world.clock.set(at(date(2026, 11, 26), 15));
        let me = world.coordinator().await;
        for opened in [&gone, &stays] {
            world.community.mark_person(&me, day, opened.case, opened.consulter.unwrap()).await.unwrap();
        }
        world.community.count_heads(&me, day, &Heads { family: 4, ..Heads::default() }).await.unwrap();
        world.finish(gone.case, "2020-05-08").await;
        let erasure = world.casework.propose_erasure(&me, gone.case).await.unwrap();
        let lead = world.session(&world.office.supervisor).await;
        world.casework.approve_erasure(&lead, gone.case, erasure).await.unwrap();
        world.community.forget().await.unwrap();
        for table in ["attendance_of_person", "appointment"] {
            let left = format!("SELECT COUNT(*) FROM {table} WHERE case_id IS NOT NULL");
            assert_eq!(world.number_of(&left).await, 1, "{table}: the other case's");
            assert_eq!(world.number_of(&format!("SELECT COUNT(*) FROM {table} WHERE case_id = {}", gone.case)).await, 0);
        }
        assert_eq!(world.number_of("SELECT family FROM attendance").await, 4);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM appointment").await, 3);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM slip").await, 1);
        assert_eq!(world.number_of("SELECT COUNT(DISTINCT slip_id) FROM notice_out").await, 1);
        // What still lay ahead is off, and its time is free for somebody else.
        let ahead = format!("SELECT COUNT(*) FROM appointment WHERE state = '{}'", State::Cancelled.code());
        assert_eq!(world.number_of(&ahead).await, 1);
        quarters_agree(&world).await;
    }
}

impl World {
    /// The case's engagements ended on this day.
    async fn finish(&self, case: basics::CaseId, day: &str) {
        let known = format!("SELECT COUNT(*) FROM engagement WHERE case_id = {case}");
        if self.number_of(&known).await == 0 {
            let office = self.office.id;
            run(
                self,
                &format!(
                    "INSERT INTO engagement (id, office_id, case_id, state, began_on, pace, changed_at) \
                     VALUES ({case}, {office}, {case}, 'active', '2019-04-01', 'none', 0)"
                ),
            )
            .await;
        }
        run(
            self,
            &format!("UPDATE engagement SET state = 'finished', ended_on = '{day}' WHERE case_id = {case}"),
        )
        .await;
    }
}
