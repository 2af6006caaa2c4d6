//! Programmes, their days, who comes.

use crate::world::{MIGRATIONS, World};
use basics::{GatheringId, MunicipalityCode, ProgrammeId};
use community::Error;
use community::attendance::Heads;
use community::booking::{NewBooking, State, Who};
use community::gathering::{self, Day, Room};
use community::programme::{AfterBooking, Details, Draft, ForWhom, Kind, PlaceShown, RunBy};
use community::slip::{Reminder, Token, Words};
use jiff::civil::{date, time};
use office::{Role, Session};
use testkit::TestDb;

/// A small place at the centre, twelve seats, booking and walking in.
pub fn a_place(title: &str) -> Draft {
    Draft {
        kind: Kind::Ibasho,
        for_whom: ForWhom::Anyone,
        run_by: RunBy::Office,
        municipality: Some(MunicipalityCode::parse("10212").unwrap()),
        online: false,
        first_time_friendly: true,
        walk_in: true,
        takes_bookings: true,
        keeps_waiting_list: true,
        capacity: Some(12),
        details: Details {
            title: title.to_owned(),
            place_name: "市民センター 2階".to_owned(),
            ..Details::default()
        },
        after_booking: AfterBooking::default(),
        rule: None,
        hosts: Vec::new(),
    }
}

/// Thursday, 26 November 2026, two hours in the afternoon.
pub fn thursday() -> Day {
    Day {
        day: date(2026, 11, 26),
        from: time(14, 0, 0, 0),
        minutes: 120,
        capacity: None,
        words: String::new(),
        hosts: Vec::new(),
    }
}

impl World {
    /// A listed place of that shape with one day; its number and that of the day are 1 in a new world.
    pub async fn opened(&self, me: &Session, draft: &Draft) -> (ProgrammeId, GatheringId) {
        let programme = self.community.add_programme(me, draft).await.unwrap();
        let day = self
            .community
            .add_gathering(me, programme, &thursday())
            .await
            .unwrap();
        self.community.list_programme(me, programme).await.unwrap();
        (programme, day)
    }
}

/// A booking as somebody sends it who fills in nothing.
pub fn somebody(token: &Token) -> NewBooking<'_> {
    NewBooking {
        programme: 1,
        seq: 1,
        who: Who::Unsaid,
        people: 1,
        perhaps: false,
        first_time: None,
        wait: true,
        tell: false,
        token,
        words: Words::default(),
        reminder: Reminder::Nothing,
        reminder_to: String::new(),
        address: None,
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// 「名前を言わずに居場所へ」
    async fn to_the_place_without_a_name(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let mut draft = a_place("水曜の居場所");
        draft.hosts = vec![world.office.coordinator.staff];
        let (_, day) = world.opened(&me, &draft).await;
        // Nothing is filled in; a code is all there is.
        let token = Token::fresh();
        let booked = world.community.book(&somebody(&token)).await.unwrap();
        assert_eq!((booked.state, booked.again), (State::Booked, false));
        // The double click is the same booking, and one seat.
        let again = world.community.book(&somebody(&token)).await.unwrap();
        assert_eq!((again.code.spoken(), again.again), (booked.code.spoken(), true));
        assert_eq!(world.number_of("SELECT taken FROM gathering").await, 1);
        // The code, read off a slip of paper on another telephone, opens the page.
        let code = world.community.enter(&booked.code.spoken(), None).await.unwrap();
        let held = world.community.held(&code).await.unwrap();
        let page = world.community.booking_of(&held).await.unwrap().unwrap();
        assert_eq!((page.state, page.people), (State::Booked, 1));
        assert_eq!(page.on.programme.draft.details.title, "水曜の居場所");
        assert!(matches!(world.community.arrive(&held).await, Err(Error::Illegal(_))), "not before the day");
        world.wait(52);
        world.community.arrive(&held).await.unwrap();
        // A session lasts twelve hours; the day is two days on.
        let me = world.coordinator().await;
        let roster = world.community.roster(&me, day).await.unwrap();
        assert_eq!(roster.expected.len(), 1);
        assert!(roster.expected[0].arrived);
        assert_eq!(roster.expected[0].words.as_ref().unwrap().nickname, "");
        world.community.count_heads(&me, day, &Heads { principals: 3, first_timers: 1, ..Heads::default() }).await.unwrap();
        let last = world.community.last_time(roster.on.programme.id).await.unwrap().unwrap();
        assert_eq!(last.words(), "前回は3人、うち初めての人1人");
        // Below three nothing is told.
        world.community.count_heads(&me, day, &Heads { principals: 2, staff: 2, ..Heads::default() }).await.unwrap();
        assert_eq!(world.community.last_time(roster.on.programme.id).await.unwrap(), None);
    }

    /// 「直前にやめる」
    async fn leaving_at_the_last_moment(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let (programme, _) = world.opened(&me, &Draft { capacity: Some(1), ..a_place("小さな会") }).await;
        let (first, second, third) = (Token::fresh(), Token::fresh(), Token::fresh());
        let booked = world.community.book(&somebody(&first)).await.unwrap();
        let mut wish = somebody(&second);
        (wish.tell, wish.reminder, wish.reminder_to) = (true, Reminder::Mail, "yoru@example.jp".to_owned());
        let waiting = world.community.book(&wish).await.unwrap();
        assert_eq!(waiting.state, State::Waiting);
        let later = world.community.book(&somebody(&third)).await.unwrap();
        assert_eq!(later.state, State::Waiting);
        let full = world.community.book(&NewBooking { wait: false, ..somebody(&Token::fresh()) }).await;
        assert!(matches!(full, Err(Error::Full)));
        // Ten minutes before it begins. No reason is asked, nobody is told off, and leaving twice is leaving once.
        world.clock.set("2026-11-26T04:50:00Z".parse().unwrap());
        let held = world.community.held(&booked.code).await.unwrap();
        for _ in 0..2 {
            world.community.leave(&held).await.unwrap();
        }
        assert_eq!(world.community.booking_of(&held).await.unwrap().unwrap().state, State::Left);
        // Whoever waited longest has the seat, and is told because they asked for it.
        let second = world.community.held(&waiting.code).await.unwrap();
        let page = world.community.booking_of(&second).await.unwrap().unwrap();
        assert_eq!((page.state, page.moved_up), (State::Booked, true));
        let third = world.community.held(&later.code).await.unwrap();
        let page = world.community.booking_of(&third).await.unwrap().unwrap();
        assert_eq!((page.state, page.before), (State::Waiting, 0));
        assert_eq!(world.number_of("SELECT taken FROM gathering").await, 1);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM notice_out WHERE what = 'seat_free'").await, 1);
        // There is no word anywhere for somebody who does not come.
        let words = world.number_of("SELECT COUNT(*) FROM booking WHERE state NOT IN ('booked', 'waiting', 'left')").await;
        assert_eq!(words, 0);
        assert!(matches!(world.community.end_programme(&world.coordinator().await, programme).await, Err(Error::Illegal(_))));
    }

    /// 「母が家族会に申し込む。息子は知らない」, and inv. 25 both ways.
    async fn a_mother_books_the_family_group(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let mut draft = Draft { kind: Kind::FamilyGroup, for_whom: ForWhom::Family, ..a_place("家族の会") };
        draft.hosts = vec![world.office.coordinator.staff];
        let (_, day) = world.opened(&me, &draft).await;
        let token = Token::fresh();
        let words = Words { nickname: "すみれ".to_owned(), calendar_name: "歯医者".to_owned(), ..Words::default() };
        let booking = NewBooking { who: Who::Family, words, ..somebody(&token) };
        let booked = world.community.book(&booking).await.unwrap();
        let held = world.community.held(&booked.code).await.unwrap();
        assert_eq!(held.words().unwrap().calendar_title(), "歯医者");
        // Her son is known to the office, and does not know that she asks for help.
        let case = world.a_mothers_case(&me).await;
        let consulter = case.consulter.unwrap();
        world.wait(50);
        let me = world.coordinator().await;
        world.community.mark_person(&me, day, case.case, consulter).await.unwrap();
        let view = world.casework.case(&me, case.case).await.unwrap();
        let of = |person| view.compartments.iter().find(|one| one.person == Some(person)).map(|one| one.id);
        let mothers = of(consulter).unwrap();
        let attended = world.community.attended(&me, case.case, mothers).await.unwrap();
        assert_eq!((attended.len(), attended[0].title.as_str()), (1, "家族の会"));
        // The son comes to the place himself: it is in his own compartment, and never in hers.
        world.community.mark_person(&me, day, case.case, case.principal).await.unwrap();
        let view = world.casework.case(&me, case.case).await.unwrap();
        for compartment in &view.compartments {
            let attended = world.community.attended(&me, case.case, compartment.id).await;
            let seen = attended.map_or(0, |attended| attended.len());
            let own = compartment.person.is_some();
            assert_eq!(seen, usize::from(own), "{:?}", compartment.kind);
        }
        let joint = "SELECT COUNT(*) FROM attendance_of_person a JOIN compartment c ON c.id = a.compartment_id \
                     WHERE c.person_id IS NULL OR c.person_id <> a.person_id";
        assert_eq!(world.number_of(joint).await, 0);
        // A colleague of the same office who does not work on the case finds nothing, and the asking is in the chain.
        let other = world.office.another("hikari", Role::Coordinator).await;
        let other = world.session(&other).await;
        assert!(world.community.attended(&other, case.case, mothers).await.unwrap_err().is_not_found());
        assert!(world.community.mark_person(&other, day, case.case, consulter).await.unwrap_err().is_not_found());
    }

    async fn a_peer_hosts_and_opens_no_slip(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let peer = world.office.another("peer", Role::Peer).await;
        let draft = Draft { hosts: vec![world.office.coordinator.staff, peer.staff], ..a_place("当事者の会") };
        let (_, day) = world.opened(&me, &draft).await;
        let token = Token::fresh();
        let words = Words { nickname: "みかん".to_owned(), ..Words::default() };
        world.community.book(&NewBooking { words, ..somebody(&token) }).await.unwrap();
        world.wait(50);
        let (me, host) = (world.coordinator().await, world.session(&peer).await);
        let roster = world.community.roster(&host, day).await.unwrap();
        assert!(roster.expected[0].words.is_none() && !roster.reads_slips);
        assert_eq!(world.community.roster(&me, day).await.unwrap().expected[0].words.as_ref().unwrap().nickname, "みかん");
        world.community.tap(&host, day, roster.expected[0].booking, true).await.unwrap();
        world.community.count_heads(&host, day, &Heads { principals: 1, peers: 1, ..Heads::default() }).await.unwrap();
        world.community.write_gathering_note(&host, day, "窓ぎわの席が人気でした").await.unwrap();
        world.community.write_gathering_note(&me, day, "次は椅子をふやす").await.unwrap();
        let of = async |who: &Session| world.community.gathering_notes(who, day).await.map(|notes| notes.len());
        assert_eq!((of(&me).await.unwrap(), of(&host).await.unwrap()), (2, 1));
        // Another peer, and a coordinator who does not run it, find nothing; the supervisor does.
        let other_peer = world.office.another("other", Role::Peer).await;
        let other = world.office.another("hikari", Role::Coordinator).await;
        for stranger in [&other_peer, &other, &world.office.administrator] {
            let stranger = world.session(stranger).await;
            assert!(world.community.roster(&stranger, day).await.unwrap_err().is_not_found(), "{:?}", stranger.role());
            assert!(of(&stranger).await.unwrap_err().is_not_found());
        }
        assert!(world.recorded("gathering.run", "refused").await >= 6);
        let supervisor = world.session(&world.office.supervisor).await;
        assert!(world.community.roster(&supervisor, day).await.is_ok());
    }

    async fn sixty_four_at_once_take_no_more_seats_than_there_are(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let (_, day) = world.opened(&me, &Draft { capacity: Some(10), ..a_place("人気の講座") }).await;
        let tokens: Vec<Token> = (0..64).map(|_| Token::fresh()).collect();
        let all = tokens.iter().map(|token| async { world.community.book(&somebody(token)).await });
        let all = futures_util::future::join_all(all).await;
        let count = |state| all.iter().flatten().filter(|booked| booked.state == state).count();
        assert_eq!((count(State::Booked), count(State::Waiting)), (10, 54));
        assert_eq!(world.number_of("SELECT taken FROM gathering").await, 10);
        // All ten leave at the same moment, while others still come: the seats go to who waited, never twice.
        let seated: Vec<_> = all.iter().flatten().filter(|booked| booked.state == State::Booked).collect();
        let leave = seated.iter().map(|booked| async {
            let held = world.community.held(&booked.code).await.unwrap();
            world.community.leave(&held).await.unwrap();
        });
        let late: Vec<Token> = (0..8).map(|_| Token::fresh()).collect();
        let come = late.iter().map(|token| async { world.community.book(&somebody(token)).await.unwrap() });
        futures_util::future::join(futures_util::future::join_all(leave), futures_util::future::join_all(come)).await;
        assert_eq!(world.number_of("SELECT taken FROM gathering").await, 10);
        assert_eq!(world.number_of("SELECT SUM(people) FROM booking WHERE state = 'booked'").await, 10);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM booking WHERE state = 'left'").await, 10);
        // More seats fill from the list at once.
        let me = world.coordinator().await;
        let more = Day { capacity: Some(30), ..thursday() };
        world.community.change_gathering(&me, day, 1, &more).await.unwrap();
        assert_eq!(world.number_of("SELECT taken FROM gathering").await, 30);
        let fewer = Day { capacity: Some(5), ..thursday() };
        let refused = world.community.change_gathering(&me, day, 2, &fewer).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "capacity", .. })));
    }

    async fn a_cancelled_day_says_so_and_tells_who_asked(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let (_, day) = world.opened(&me, &a_place("水曜の居場所")).await;
        let (silent, mail, call) = (Token::fresh(), Token::fresh(), Token::fresh());
        let silent = world.community.book(&somebody(&silent)).await.unwrap();
        let by_mail = NewBooking { reminder: Reminder::Mail, reminder_to: "yoru@example.jp".to_owned(), ..somebody(&mail) };
        world.community.book(&by_mail).await.unwrap();
        let words = Words { phone: ["090", "0000", "0000"].join("-"), ..Words::default() };
        world.community.book(&NewBooking { reminder: Reminder::Call, words, ..somebody(&call) }).await.unwrap();
        assert_eq!(world.number_of("SELECT COUNT(*) FROM notice_out WHERE what = 'reminder'").await, 2);
        let calls = world.community.cancel_gathering(&me, day, "台風のため").await.unwrap();
        assert_eq!(calls, 1);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM notice_out WHERE what = 'cancelled'").await, 2);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM notice_out WHERE what = 'reminder'").await, 0);
        let held = world.community.held(&silent.code).await.unwrap();
        let page = world.community.booking_of(&held).await.unwrap().unwrap();
        assert_eq!((page.on.gathering.state, page.on.gathering.words.as_str()), (gathering::State::Cancelled, "台風のため"));
        assert!(matches!(world.community.book(&somebody(&Token::fresh())).await, Err(Error::Illegal(_))));
        // Lists keep showing it: whoever was on the way must read that the door is locked.
        let on = world.community.on_between(date(2026, 11, 24), date(2026, 11, 30)).await.unwrap();
        assert_eq!(on.len(), 1);
        assert_eq!(on[0].gathering.room(&on[0].programme), Room::Free);
    }

    async fn a_sheltered_place_is_told_to_who_booked_and_to_nobody_else(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let mut draft = Draft { walk_in: false, ..a_place("女性の会") };
        draft.details.place_shown = PlaceShown::AfterBooking;
        draft.details.address = "みどり市花町1-2-3".to_owned();
        let missing = world.community.add_programme(&me, &draft).await;
        assert!(matches!(missing, Err(Error::Invalid { field: "after_place", .. })));
        draft.after_booking.place = "花町の白い家".to_owned();
        draft.after_booking.link = "https://example.jp/heya".to_owned();
        world.opened(&me, &draft).await;
        let place = world.community.place(1).await.unwrap();
        assert_eq!(place.public_place(), "場所は、予約のあとでお伝えします");
        assert_eq!(place.draft.after_booking, AfterBooking::default());
        let token = Token::fresh();
        let booked = world.community.book(&NewBooking { people: 12, ..somebody(&token) }).await;
        assert!(matches!(booked, Err(Error::Invalid { field: "people", .. })));
        let booked = world.community.book(&somebody(&token)).await.unwrap();
        let held = world.community.held(&booked.code).await.unwrap();
        let page = world.community.booking_of(&held).await.unwrap().unwrap();
        assert_eq!(page.after_booking.unwrap().place, "市民センター 2階　みどり市花町1-2-3\n花町の白い家");
        // After leaving, it is not told any more.
        world.community.leave(&held).await.unwrap();
        assert!(world.community.booking_of(&held).await.unwrap().unwrap().after_booking.is_none());
    }

    async fn what_others_run_is_listed_once_it_was_looked_at(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let mut draft = Draft { run_by: RunBy::Other, ..a_place("NPOの居場所") };
        assert!(matches!(world.community.add_programme(&me, &draft).await, Err(Error::Invalid { field: "run_by_name", .. })));
        draft.details.run_by_name = "NPO法人 ひだまり".to_owned();
        let id = world.community.add_programme(&me, &draft).await.unwrap();
        assert!(matches!(world.community.list_programme(&me, id).await, Err(Error::Illegal(_))));
        assert!(world.community.places().await.unwrap().is_empty());
        world.community.check_programme(&me, id, 1).await.unwrap();
        world.community.list_programme(&me, id).await.unwrap();
        assert_eq!(world.community.place(1).await.unwrap().checked_on, Some(date(2026, 11, 24)));
        // An administrator changes no programme; another office's supervisor finds none; a stale form overwrites nothing.
        let administrator = world.session(&world.office.administrator).await;
        assert!(world.community.change_programme(&administrator, id, 1, &draft).await.unwrap_err().is_not_found());
        assert!(matches!(world.community.change_programme(&me, id, 0, &draft).await, Err(Error::Meanwhile)));
    }

    async fn wrong_codes_are_slow_limited_and_recorded(db: TestDb) {
        let world = World::new(&db).await;
        let before = tokio::time::Instant::now();
        for typed in ["1234-5678-9012", "ちがう"] {
            assert!(matches!(world.community.enter(typed, None).await, Err(Error::WrongCode)));
        }
        assert!(before.elapsed() >= 2 * community::slip::WRONG_CODE_AFTER);
        assert_eq!(world.recorded("slip.enter", "refused").await, 2);
    }

    async fn what_was_written_is_forgotten_thirty_days_after(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        world.opened(&me, &a_place("水曜の居場所")).await;
        let token = Token::fresh();
        let words = Words { nickname: "みかん".to_owned(), ..Words::default() };
        let mail = NewBooking { words, reminder: Reminder::Mail, reminder_to: "yoru@example.jp".to_owned(), ..somebody(&token) };
        let booked = world.community.book(&mail).await.unwrap();
        world.wait(24 * 31);
        assert_eq!(world.community.forget().await.unwrap(), 0);
        world.wait(24 * 2);
        assert_eq!(world.community.forget().await.unwrap(), 1);
        assert!(matches!(world.community.held(&booked.code).await, Err(Error::WrongCode)));
        assert_eq!(world.number_of("SELECT COUNT(*) FROM slip").await, 0);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM notice_out").await, 0);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM booking").await, 1, "the count stays");
    }
}
