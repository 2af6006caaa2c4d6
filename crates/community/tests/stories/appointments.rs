//! 面接予約: a slot that only one person can get.

use crate::world::{MIGRATIONS, World};
use basics::StaffId;
use basics::time::{jst, to_jst};
use community::Error;
use community::appointment::book::{Booked, ForCaller, NewAppointment};
use community::appointment::desk::Whose;
use community::appointment::{State, Who};
use community::offered_hours::{Hours, Way};
use community::open_slots::Slot;
use community::slip::{Code, Reminder, Token, Words};
use jiff::Timestamp;
use jiff::civil::{Date, date, time};
use office::Role;
use office::office::Office;
use std::net::{IpAddr, Ipv4Addr};
use testkit::TestDb;

/// Mondays to Fridays from ten to noon, two a morning.
pub fn hours(staff: StaffId, weekday: i8) -> Hours {
    Hours {
        staff,
        weekday,
        from: time(10, 0, 0, 0),
        to: time(12, 0, 0, 0),
        ways: vec![Way::VisitIn, Way::Phone],
        room: None,
        minutes: 45,
        pause: 15,
        in_pairs: false,
        from_day: date(2026, 11, 1),
        until_day: None,
    }
}

pub async fn office_of(world: &World) -> Office {
    let mut conn = world.db.read().await.unwrap();
    office::office::one(&mut conn, world.office.id)
        .await
        .unwrap()
}

/// Every weekday, by this colleague.
pub async fn offer(world: &World, who: &testkit::builders::Colleague) {
    let session = world.session(who).await;
    for weekday in 0..5 {
        let hours = hours(who.staff, weekday);
        world.community.offer_hours(&session, &hours).await.unwrap();
    }
}

pub fn new<'a>(office: &'a Office, token: &'a Token, slot: &Slot) -> NewAppointment<'a> {
    NewAppointment {
        office,
        token,
        starts_at: slot.starts_at,
        minutes: slot.minutes,
        way: Way::VisitIn,
        who: Who::Unsaid,
        people: 1,
        first_time: true,
        words: Words::default(),
        reminder: Reminder::Nothing,
        reminder_to: String::new(),
    }
}

pub fn address(n: usize) -> IpAddr {
    let n = u16::try_from(n).unwrap().to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(192, 0, n[0], n[1]))
}

async fn book(world: &World, office: &Office, slot: &Slot) -> Booked {
    let token = Token::fresh();
    let new = new(office, &token, slot);
    world.community.book_appointment(&new, None).await.unwrap()
}

pub async fn first_slots(world: &World, office: &Office) -> Vec<Slot> {
    world
        .community
        .open_slots(office, Some(Way::VisitIn))
        .await
        .unwrap()
}

/// What the guard holds must be what the appointments say, quarter by quarter.
pub async fn quarters_agree(world: &World) {
    let (taken, wanted) = (
        world.number_of("SELECT COUNT(*) FROM taken_quarter").await,
        world
            .number_of(
                "SELECT COALESCE(SUM(((ends_at - starts_at) / 60000000 + pause) / 15 * \
                 (CASE WHEN second_staff_id IS NULL THEN 1 ELSE 2 END + CASE WHEN room_id IS NULL THEN 0 ELSE 1 END)), 0) \
                 FROM appointment WHERE state <> 'cancelled'",
            )
            .await,
    );
    assert_eq!(taken, wanted, "quarters taken and appointments disagree");
    let strays = world
        .number_of(
            "SELECT COUNT(*) FROM taken_quarter t LEFT JOIN appointment a ON a.id = t.appointment_id \
             WHERE a.id IS NULL OR a.state = 'cancelled'",
        )
        .await;
    assert_eq!(strays, 0);
}

fn clock(slot: &Slot) -> String {
    basics::japanese::date_time(&to_jst(slot.starts_at))
}

pub fn at(day: Date, hour: i8) -> Timestamp {
    day.at(hour, 0, 0, 0).to_zoned(jst()).unwrap().timestamp()
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// 夜に予約する: it is theirs at once, under a code; what was typed is readable for the office only.
    async fn somebody_books_at_night_and_it_is_theirs_at_once(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        world.clock.set(at(date(2026, 11, 25), 2));
        let office = office_of(&world).await;
        let slots = first_slots(&world, &office).await;
        // Wednesday, two in the morning: the next open day is Thursday.
        assert_eq!(clock(&slots[0]), "11月26日（木）10:00");
        let token = Token::fresh();
        let mut wanted = new(&office, &token, &slots[0]);
        wanted.words.nickname = "みかん".to_owned();
        wanted.words.note = "声が出ないかもしれません".to_owned();
        let booked = world.community.book_appointment(&wanted, None).await.unwrap();

        let code = world.community.enter(&booked.code.spoken(), None).await.unwrap();
        let held = world.community.held(&code).await.unwrap();
        let mine = world.community.held_appointment(&held).await.unwrap().unwrap();
        assert_eq!((mine.state, mine.starts_at), (State::Booked, slots[0].starts_at));
        assert_eq!(held.words().unwrap().nickname, "みかん");
        assert_eq!(clock(&first_slots(&world, &office).await[0]), "11月26日（木）11:00");
        for words in ["みかん", "声が出ないかもしれません", booked.code.digits()] {
            assert!(!db.holds_in_the_clear(words).await, "{words}");
        }

        let desk = world.session(&world.office.coordinator).await;
        let day = mine.day;
        let lines = world.community.appointments(&desk, day, day).await.unwrap();
        let Whose::Slip(words) = &lines[0].whose else { panic!("{lines:?}") };
        assert_eq!((words.nickname.as_str(), lines.len()), ("みかん", 1));
        // The same form sent twice is one booking with one code.
        let again = world.community.book_appointment(&wanted, None).await.unwrap();
        assert!(again.again && again.code == booked.code && again.id == booked.id);
        quarters_agree(&world).await;
        assert_eq!(world.recorded("appointment.booked", "ok").await, 1);
        // Nobody but those who keep appointments reads the list.
        let administrator = world.session(&world.office.administrator).await;
        let refused = world.community.appointments(&administrator, day, day).await;
        assert!(refused.unwrap_err().is_not_found());
        assert_eq!(world.recorded("appointment.see", "refused").await, 1);
    }

    /// 直前にやめる: one step, no reason, nothing held against anybody; the time is free again.
    async fn somebody_cancels_at_the_last_moment(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        let office = office_of(&world).await;
        let slot = first_slots(&world, &office).await.remove(0);
        let booked = book(&world, &office, &slot).await;
        world.clock.set(slot.starts_at.saturating_sub(jiff::SignedDuration::from_mins(2)).unwrap());
        let held = world.community.held(&booked.code).await.unwrap();
        world.community.cancel_appointment(&held).await.unwrap();
        world.community.cancel_appointment(&held).await.unwrap();
        let mine = world.community.held_appointment(&held).await.unwrap().unwrap();
        assert_eq!(mine.state, State::Cancelled);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM taken_quarter").await, 0);
        // Somebody else may have it, if the desk takes them today.
        let desk = world.session(&world.office.coordinator).await;
        let free = world
            .community
            .open_slots_at_desk(&desk, slot.day(), slot.day(), None, None)
            .await
            .unwrap();
        assert!(free.iter().any(|one| one.starts_at == slot.starts_at));
        // There is no word in the database for somebody who did not come.
        assert_eq!(State::ALL.len(), 3);
    }

    /// 64 people want one slot: one gets it, the others are told at once and lose nothing they had.
    async fn sixty_four_want_one_slot(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        at_once(&world, 1).await;
    }

    /// With two colleagues there, two get it, one each.
    async fn sixty_four_want_one_time_of_two_colleagues(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        offer(&world, &world.office.supervisor).await;
        at_once(&world, 2).await;
        let with = world.number_of("SELECT COUNT(DISTINCT staff_id) FROM appointment").await;
        assert_eq!(with, 2);
    }

    /// A room that two colleagues share is one room.
    async fn two_colleagues_and_one_room(db: TestDb) {
        let world = World::new(&db).await;
        let supervisor = world.session(&world.office.supervisor).await;
        let room = world.community.add_meeting_room(&supervisor, "相談室1").await.unwrap();
        for who in [&world.office.supervisor, &world.office.coordinator] {
            for weekday in 0..5 {
                let hours = Hours { room: Some(room), ..hours(who.staff, weekday) };
                world.community.offer_hours(&supervisor, &hours).await.unwrap();
            }
        }
        at_once(&world, 1).await;
    }

    /// Two who want each other's time: nobody loses theirs, nobody waits for good.
    async fn crossing_changes_do_not_wait_for_each_other(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        let office = office_of(&world).await;
        let slots = first_slots(&world, &office).await;
        let mut held = Vec::new();
        for slot in &slots[..6] {
            let booked = book(&world, &office, slot).await;
            held.push(world.community.held(&booked.code).await.unwrap());
        }
        let round = async {
            for turn in 1..6 {
                let moves = held.iter().enumerate().map(|(n, held)| {
                    // Each wants the next one's time, and one of them a free one.
                    let wanted = if n == turn { &slots[6 + turn] } else { &slots[(n + turn) % 6] };
                    world.community.move_appointment(held, wanted.starts_at, wanted.minutes)
                });
                for moved in futures_util::future::join_all(moves).await {
                    assert!(matches!(moved, Ok(()) | Err(Error::Taken)), "{moved:?}");
                }
                quarters_agree(&world).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_mins(2), round).await.expect("no standstill");
        assert_eq!(world.number_of("SELECT COUNT(*) FROM appointment WHERE state = 'booked'").await, 6);
        assert_eq!(world.number_of("SELECT COUNT(DISTINCT starts_at) FROM appointment").await, 6);
    }

    /// Moving: the old time stays when the new one is gone, and is given back when it is not.
    async fn a_move_takes_the_new_time_before_it_gives_back_the_old(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        let office = office_of(&world).await;
        let slots = first_slots(&world, &office).await;
        let mine = book(&world, &office, &slots[0]).await;
        let theirs = book(&world, &office, &slots[1]).await;
        let held = world.community.held(&mine.code).await.unwrap();
        let gone = world.community.move_appointment(&held, slots[1].starts_at, slots[1].minutes).await;
        assert!(matches!(gone, Err(Error::Taken)));
        let kept = world.community.held_appointment(&held).await.unwrap().unwrap();
        assert_eq!(kept.starts_at, slots[0].starts_at);
        let free = world.community.slots_to_move(&held).await.unwrap();
        assert!(!free.iter().any(|one| [slots[0].starts_at, slots[1].starts_at].contains(&one.starts_at)));
        world.community.move_appointment(&held, slots[2].starts_at, slots[2].minutes).await.unwrap();
        // Sent twice it is moved once.
        world.community.move_appointment(&held, slots[2].starts_at, slots[2].minutes).await.unwrap();
        assert_eq!(first_slots(&world, &office).await[0].starts_at, slots[0].starts_at);
        quarters_agree(&world).await;
        // Once cancelled it cannot be moved; and theirs was never touched.
        world.community.cancel_appointment(&held).await.unwrap();
        let late = world.community.move_appointment(&held, slots[3].starts_at, slots[3].minutes).await;
        assert!(matches!(late, Err(Error::Illegal(_))));
        let theirs = world.community.held(&theirs.code).await.unwrap();
        let theirs = world.community.held_appointment(&theirs).await.unwrap().unwrap();
        assert_eq!((theirs.starts_at, theirs.version), (slots[1].starts_at, 1));
    }

    /// Times that nobody offers cannot be had, whatever a form says.
    async fn what_is_not_offered_cannot_be_booked(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        let office = office_of(&world).await;
        let slot = first_slots(&world, &office).await.remove(0);
        let off_grid = Slot { starts_at: slot.starts_at.saturating_add(jiff::SignedDuration::from_mins(15)).unwrap(), ..slot.clone() };
        let longer = Slot { minutes: 120, ..slot.clone() };
        let today = Slot { starts_at: at(date(2026, 11, 24), 11), ..slot.clone() };
        let next_year = Slot { starts_at: at(date(2027, 11, 24), 10), ..slot.clone() };
        for wrong in [&off_grid, &longer, &today, &next_year] {
            let token = Token::fresh();
            let refused = world.community.book_appointment(&new(&office, &token, wrong), None).await;
            assert!(matches!(refused, Err(Error::Taken)), "{wrong:?}");
        }
        let token = Token::fresh();
        let online = NewAppointment { way: Way::Online, ..new(&office, &token, &slot) };
        assert!(matches!(world.community.book_appointment(&online, None).await, Err(Error::Taken)));
        let crowd = NewAppointment { people: 7, ..new(&office, &token, &slot) };
        assert!(matches!(world.community.book_appointment(&crowd, None).await, Err(Error::Invalid { field: "people", .. })));
        assert_eq!(world.number_of("SELECT COUNT(*) FROM slip").await, 0);
    }

    /// Absences, visits of a case and gatherings take a colleague's time; a gathering that is cancelled gives it back.
    async fn who_is_elsewhere_gives_no_appointments(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        let desk = world.session(&world.office.coordinator).await;
        let office = office_of(&world).await;
        let slots = first_slots(&world, &office).await;
        let day = slots[0].day();
        let absence = world
            .community
            .note_absence(&desk, desk.staff(), at(day, 9), at(day, 11))
            .await
            .unwrap();
        assert_eq!(first_slots(&world, &office).await[0].starts_at, at(day, 11));
        world.community.take_absence_back(&desk, absence).await.unwrap();
        assert_eq!(first_slots(&world, &office).await[0].starts_at, at(day, 10));
        a_gathering(&world, desk.staff(), at(day, 10), at(day, 12)).await;
        assert_ne!(first_slots(&world, &office).await[0].day(), day);
        run(&world, "UPDATE gathering SET state = 'cancelled'").await;
        assert_eq!(first_slots(&world, &office).await[0].starts_at, at(day, 10));
        // Somebody else's hours are not one's own to change.
        let supervisor = world.office.supervisor.staff;
        let refused = world.community.note_absence(&desk, supervisor, at(day, 9), at(day, 11)).await;
        assert!(matches!(refused, Err(Error::Illegal(_))));
    }

    /// What the desk books for somebody of a case is 「予約」 to whoever does not reach them, and never with a colleague
    /// who must not know of it (知人回避).
    async fn somebody_known_is_a_booking_to_everybody_else(db: TestDb) {
        let world = World::new(&db).await;
        let other = world.office.another("sato", Role::Coordinator).await;
        offer(&world, &world.office.coordinator).await;
        offer(&world, &other).await;
        let desk = world.session(&world.office.coordinator).await;
        let office = office_of(&world).await;
        let case = a_mothers_case(&world, &desk).await;
        world
            .casework
            .declare_acquaintance(&desk, case.case, other.staff, office::custody::acquaintance::Acquaintance::Kin)
            .await
            .unwrap();
        let day = date(2026, 11, 26);
        let of = Some((case.case, case.compartment));
        let free = world.community.open_slots_at_desk(&desk, day, day, None, Some(case.case)).await.unwrap();
        assert!(free.iter().all(|slot| slot.candidates.iter().all(|one| one.staff == desk.staff())));
        let token = Token::fresh();
        let mut wanted = new(&office, &token, &free[0]);
        wanted.words.nickname = "すみれ".to_owned();
        let caller = ForCaller { of, staff: None };
        let booked = world.community.enter_appointment(&desk, &wanted, caller).await.unwrap();
        // The other colleague has the same hours, but with them it cannot be.
        let token = Token::fresh();
        let with_other = ForCaller { of, staff: Some(other.staff) };
        let refused = world.community.enter_appointment(&desk, &new(&office, &token, &free[1]), with_other).await;
        assert!(matches!(refused, Err(Error::Taken)), "{refused:?}");

        let lines = world.community.appointments(&desk, day, day).await.unwrap();
        let Whose::Known(caller, words) = &lines[0].whose else { panic!("{lines:?}") };
        assert_eq!((caller.case, words.nickname.as_str()), (case.case, "すみれ"));
        let barred = world.session(&other).await;
        let lines = world.community.appointments(&barred, day, day).await.unwrap();
        assert_eq!(lines[0].whose, Whose::Hidden);
        let refused = world.community.cancel_at_desk(&barred, booked.id).await;
        assert!(matches!(refused, Err(Error::Illegal(_))), "{refused:?}");
        let refused = world.community.note_held(&barred, booked.id, true).await;
        assert!(matches!(refused, Err(Error::Illegal(_))), "{refused:?}");
        // Nor can a colleague without reach enter one for that case.
        let token = Token::fresh();
        let refused = world.community.enter_appointment(&barred, &new(&office, &token, &free[1]), ForCaller { of, staff: None }).await;
        assert!(refused.unwrap_err().is_not_found());
        assert_eq!(world.number_of("SELECT COUNT(*) FROM appointment").await, 1);
        quarters_agree(&world).await;
    }

    /// 4月の異動: appointments of a case go to the next colleague, same time, same room. Where that one is not free, they stay, and
    /// nobody has two at once.
    async fn appointments_go_on_with_the_case(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        let desk = world.session(&world.office.coordinator).await;
        let office = office_of(&world).await;
        let case = a_mothers_case(&world, &desk).await;
        let friday = date(2026, 11, 27);
        let mut booked = Vec::new();
        for day in [friday, friday, date(2026, 11, 24)] {
            let free = world.community.open_slots_at_desk(&desk, day, day, None, None).await.unwrap();
            let one = world.community.enter_appointment(&desk, &new(&office, &Token::fresh(), &free[0]), ForCaller::default()).await.unwrap();
            let line = world.community.appointment(&desk, one.id).await.unwrap();
            booked.push(line.appointment);
        }
        for one in &booked[..2] {
            world.community.belongs_to(&desk, one.id, case.case, case.compartment).await.unwrap();
        }
        let next = world.office.another("april", Role::Coordinator).await;
        let april = world.session(&next).await;
        world.community.note_absence(&april, next.staff, booked[1].starts_at, booked[1].ends_at).await.unwrap();
        let boss = world.session(&world.office.supervisor).await;
        let order = [(case.case, next.staff)];
        let now = world.clock.now();
        assert!(world.community.pass_on_appointments(&desk, desk.staff(), now, &order).await.unwrap_err().is_not_found());
        let late = booked[1].ends_at;
        let came = world.community.pass_on_appointments(&boss, desk.staff(), late, &order).await.unwrap();
        assert_eq!((came.moved, came.stay), (0, 0), "what lies before the hour stays theirs");
        let came = world.community.pass_on_appointments(&boss, desk.staff(), now, &order).await.unwrap();
        assert_eq!((came.moved, came.stay), (1, 1));
        let with = async |id: i64| world.number_of(&format!("SELECT staff_id FROM appointment WHERE id = {id}")).await;
        assert_eq!(with(booked[0].id).await, next.staff.get());
        assert_eq!(with(booked[1].id).await, desk.staff().get(), "away");
        assert_eq!(with(booked[2].id).await, desk.staff().get(), "of no case");
        quarters_agree(&world).await;
        let again = world.community.pass_on_appointments(&boss, desk.staff(), now, &order).await.unwrap();
        assert_eq!((again.moved, again.stay), (0, 1));
    }

    /// The desk books today for a caller, moves, notes that it took place; and may say whose an appointment is.
    async fn the_desk_keeps_appointments(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        let desk = world.session(&world.office.coordinator).await;
        let office = office_of(&world).await;
        let today = date(2026, 11, 24);
        let free = world.community.open_slots_at_desk(&desk, today, today, None, None).await.unwrap();
        let token = Token::fresh();
        let booked = world.community.enter_appointment(&desk, &new(&office, &token, &free[0]), ForCaller::default()).await.unwrap();
        let line = world.community.appointment(&desk, booked.id).await.unwrap();
        assert_eq!(line.appointment.made_by, Some(desk.staff()));
        let early = world.community.note_held(&desk, booked.id, true).await;
        assert!(matches!(early, Err(Error::Illegal(_))));
        let later = world.community.open_slots_at_desk(&desk, date(2026, 11, 27), date(2026, 11, 27), Some(booked.id), None).await.unwrap();
        let seen = (booked.id, line.appointment.version);
        world.community.move_at_desk(&desk, seen, later[0].starts_at, later[0].minutes, None).await.unwrap();
        let stale = world.community.move_at_desk(&desk, seen, later[1].starts_at, later[1].minutes, None).await;
        assert!(matches!(stale, Err(Error::Meanwhile)));
        let case = a_mothers_case(&world, &desk).await;
        world.community.belongs_to(&desk, booked.id, case.case, case.compartment).await.unwrap();
        world.clock.set(at(date(2026, 11, 27), 13));
        world.community.note_held(&desk, booked.id, true).await.unwrap();
        let held = world.community.held(&booked.code).await.unwrap();
        assert!(matches!(world.community.cancel_appointment(&held).await, Err(Error::Illegal(_))));
        // Another office sees nothing of it.
        let elsewhere = testkit::builders::a_staffed_office(&world.db, &world.clock, "elsewhere").await;
        let stranger = elsewhere.session(&elsewhere.coordinator).await;
        assert!(world.community.appointment(&stranger, booked.id).await.unwrap_err().is_not_found());
        assert!(world.community.cancel_at_desk(&stranger, booked.id).await.unwrap_err().is_not_found());
        quarters_agree(&world).await;
    }

    /// The honest waiting time: nothing below three, then the middle; who cancelled is not counted.
    async fn the_waiting_time_is_what_happened(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        let office = office_of(&world).await;
        let slots = first_slots(&world, &office).await;
        let mut codes: Vec<Code> = Vec::new();
        for slot in [&slots[0], &slots[4], &slots[20]] {
            assert_eq!(world.community.waiting_time(office.id).await.unwrap(), None);
            codes.push(book(&world, &office, slot).await.code);
        }
        let waiting = world.community.waiting_time(office.id).await.unwrap().unwrap();
        let expected = date(2026, 11, 24).until(slots[4].day()).unwrap().get_days();
        assert_eq!((waiting.median_days, waiting.count), (i64::from(expected), 3));
        let held = world.community.held(&codes[0]).await.unwrap();
        world.community.cancel_appointment(&held).await.unwrap();
        assert_eq!(world.community.waiting_time(office.id).await.unwrap(), None);
    }

    /// A mail only for whoever asked, a day before; forgotten when the appointment is.
    async fn a_reminder_only_if_wished(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        let office = office_of(&world).await;
        let slots = first_slots(&world, &office).await;
        book(&world, &office, &slots[0]).await;
        assert_eq!(world.number_of("SELECT COUNT(*) FROM notice_out").await, 0);
        let token = Token::fresh();
        let mail = NewAppointment {
            reminder: Reminder::Mail,
            reminder_to: "mikan@example.jp".to_owned(),
            ..new(&office, &token, &slots[3])
        };
        let booked = world.community.book_appointment(&mail, None).await.unwrap();
                let due = world.number_of("SELECT due_at FROM notice_out").await;
        assert_eq!(due, day_before(&slots[3]));
        let held = world.community.held(&booked.code).await.unwrap();
        world.community.move_appointment(&held, slots[8].starts_at, slots[8].minutes).await.unwrap();
        let due = world.number_of("SELECT due_at FROM notice_out").await;
        assert_eq!(due, day_before(&slots[8]));
        world.community.cancel_appointment(&held).await.unwrap();
        assert_eq!(world.number_of("SELECT COUNT(*) FROM notice_out").await, 0);
        assert!(!db.holds_in_the_clear("mikan@example.jp").await);
    }

    /// Who may change hours and rooms, and that what the guide says is not in the clear.
    async fn hours_rooms_and_guide_are_the_offices_own(db: TestDb) {
        let world = World::new(&db).await;
        let desk = world.session(&world.office.coordinator).await;
        let administrator = world.session(&world.office.administrator).await;
        let mine = hours(desk.staff(), 0);
        assert!(world.community.offer_hours(&administrator, &mine).await.unwrap_err().is_not_found());
        assert!(world.community.add_meeting_room(&administrator, "相談室").await.unwrap_err().is_not_found());
        let theirs = hours(world.office.supervisor.staff, 0);
        assert!(matches!(world.community.offer_hours(&desk, &theirs).await, Err(Error::Illegal(_))));
        for wrong in [
            Hours { from: time(10, 5, 0, 0), ..mine.clone() },
            Hours { minutes: 50, ..mine.clone() },
            Hours { pause: 7, ..mine.clone() },
            Hours { to: time(10, 30, 0, 0), ..mine.clone() },
            Hours { ways: Vec::new(), ..mine.clone() },
            Hours { room: Some(1), ..mine.clone() },
            Hours { until_day: Some(date(2026, 10, 1)), ..mine.clone() },
        ] {
            let refused = world.community.offer_hours(&desk, &wrong).await;
            assert!(matches!(refused, Err(Error::Invalid { .. })), "{wrong:?}");
        }
        let id = world.community.offer_hours(&desk, &mine).await.unwrap();
        world.community.end_hours(&desk, id, date(2026, 11, 23)).await.unwrap();
        assert!(world.community.offered_hours(&desk).await.unwrap().is_empty());
        world.community.save_guide(&desk, Way::Online, "リンクは前の日に").await.unwrap();
        let guides = world.community.guides(world.office.id).await.unwrap();
        assert_eq!(guides.get(&Way::Online).unwrap(), "リンクは前の日に");
        assert!(!db.holds_in_the_clear("リンクは前の日に").await);
        assert_eq!(world.recorded("offered_hours.saved", "ok").await, 2);
    }
}

/// 64 bookings of the first slot at the same moment; `places` get it, everybody else is told that it is taken.
async fn at_once(world: &World, places: usize) {
    let office = office_of(world).await;
    let slot = first_slots(world, &office).await.remove(0);
    let bookings = (0..64).map(|n| {
        let (room, office, slot) = (world.community.clone(), office.clone(), slot.clone());
        tokio::spawn(async move {
            let token = Token::fresh();
            let new = new(&office, &token, &slot);
            room.book_appointment(&new, Some(address(n))).await
        })
    });
    let mut got = Vec::new();
    for done in futures_util::future::join_all(bookings).await {
        match done.unwrap() {
            Ok(booked) => got.push(booked),
            Err(Error::Taken) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(got.len(), places);
    for booked in &got {
        let held = world.community.held(&booked.code).await.unwrap();
        let mine = world
            .community
            .held_appointment(&held)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((mine.id, mine.starts_at), (booked.id, slot.starts_at));
    }
    let kept = i64::try_from(places).unwrap();
    assert_eq!(
        world.number_of("SELECT COUNT(*) FROM appointment").await,
        kept
    );
    assert_eq!(world.number_of("SELECT COUNT(*) FROM slip").await, kept);
    assert_eq!(world.recorded("appointment.booked", "ok").await, kept);
    quarters_agree(world).await;
    // The next free one is another time, and can be had.
    let next = first_slots(world, &office).await.remove(0);
    assert!(next.starts_at > slot.starts_at);
    book(world, &office, &next).await;
}

/// A gathering as the room of programmes keeps it.
pub async fn a_gathering(world: &World, host: StaffId, from: Timestamp, until: Timestamp) {
    let office = world.office.id.get();
    run(world, &format!(
            "INSERT INTO programme (id, office_id, number, kind, for_whom, run_by, state, online, first_time_friendly, \
             walk_in, takes_bookings, keeps_waiting_list, details, last_seq, version, created_at, updated_at) \
             VALUES (1, {office}, 1, 'ibasho', 'anybody', 'office', 'listed', 0, 1, 1, 0, 0, '{{}}', 1, 1, 0, 0)"
        ),
    )
    .await;
    run(world, &format!(
            "INSERT INTO gathering (id, programme_id, office_id, seq, day, starts_at, ends_at, state, taken, words, version) \
             VALUES (1, 1, {office}, 1, '{}', {}, {}, 'planned', 0, '', 1)",
            to_jst(from).date(),
            from.as_microsecond(),
            until.as_microsecond()
        ),
    )
    .await;
    run(
        world,
        &format!("INSERT INTO programme_host (programme_id, staff_id) VALUES (1, {host})"),
    )
    .await;
}

pub async fn run(world: &World, sql: &str) {
    store::housekeeping!(world.db, "limit.take", |tx| {
        tx.exec(sql, &[]).await?;
        Ok::<_, store::Error>(())
    })
    .unwrap();
}

/// A mother calls about her son, who does not know.
async fn a_mothers_case(world: &World, session: &office::Session) -> casework::case::Opened {
    let new = casework::NewCase {
        principal: casework::NewPerson::unknown(
            casework::Part::Principal,
            casework::Relationship::Oneself,
        ),
        consulter: Some(
            casework::NewPerson::unknown(casework::Part::Family, casework::Relationship::Mother)
                .called("すみれ"),
        ),
        subject_knows: casework::Knows::DoesNot,
        thread: None,
    };
    world.casework.open_new(session, &new).await.unwrap()
}

fn day_before(slot: &Slot) -> i64 {
    basics::time::micros(slot.starts_at) - 24 * 3_600_000_000
}
