//! What changes under a booking: the place, the day, the seats, who looked at it; and what is taken back.

use crate::appointments::address;
use crate::places::{a_place, somebody, thursday};
use crate::world::{MIGRATIONS, World};
use community::Error;
use community::booking::{NewBooking, State};
use community::closing_days::{Source, Stands};
use community::gathering::{self, Day};
use community::programme::{self, Draft, PlaceShown, RunBy};
use community::slip::{Code, Reminder, Token, Words};
use jiff::civil::date;
use office::Session;
use testkit::TestDb;

async fn book(world: &World, new: &NewBooking<'_>) -> (Code, State) {
    let booked = world.community.book(new).await.unwrap();
    (booked.code, booked.state)
}

async fn with_mail(world: &World, tell: bool) -> (Code, State) {
    let token = Token::fresh();
    let mut new = somebody(&token);
    (new.reminder, new.reminder_to, new.tell) =
        (Reminder::Mail, "yoru@example.jp".to_owned(), tell);
    book(world, &new).await
}

async fn told(world: &World, code: &Code) -> Option<String> {
    let held = world.community.held(code).await.unwrap();
    let page = world.community.booking_of(&held).await.unwrap().unwrap();
    page.after_booking
        .map(|after| format!("{}|{}", after.place, after.link))
}

async fn planned_for(world: &World, code: &Code, what: &str) -> i64 {
    let slip = world.community.held(code).await.unwrap().id();
    let sql = format!("SELECT COUNT(*) FROM notice_out WHERE slip_id = {slip} AND what = '{what}'");
    world.number_of(&sql).await
}

async fn of_others(world: &World, me: &Session) -> (basics::ProgrammeId, Draft) {
    let mut draft = Draft {
        run_by: RunBy::Other,
        ..a_place("NPOの居場所")
    };
    "NPO法人 ひだまり".clone_into(&mut draft.details.run_by_name);
    let id = world.community.add_programme(me, &draft).await.unwrap();
    world
        .community
        .add_gathering(me, id, &thursday())
        .await
        .unwrap();
    world.community.check_programme(me, id, 1).await.unwrap();
    world.community.list_programme(me, id).await.unwrap();
    (id, draft)
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// The address of a sheltered place lies nowhere in the clear, and is told on a slip that stands and on no other.
    async fn a_sheltered_address_is_sealed(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let mut draft = Draft { walk_in: false, capacity: Some(1), ..a_place("女性の会") };
        draft.details.address = "みどり市花町1-2-3".to_owned();
        draft.details.place_name = "白い家".to_owned();
        draft.details.way_in = "青い門を入る".to_owned();
        draft.after_booking.link = "https://example.jp/heya".to_owned();
        // First everything is public; then somebody thinks better of it.
        let (id, day) = world.opened(&me, &draft).await;
        draft.details.place_shown = PlaceShown::AfterBooking;
        draft.after_booking.place = "呼びりんを2回".to_owned();
        world.community.change_programme(&me, id, 2, &draft).await.unwrap();
        let place = world.community.place(1).await.unwrap();
        for words in ["花町1-2-3", "白い家", "青い門", "呼びりん", "example.jp/heya"] {
            assert!(!format!("{place:?}").contains(words), "{words}");
            // What was public before leaves dead rows with PostgreSQL until it cleans up by itself.
            let never_public = ["呼びりん", "example.jp/heya"].contains(&words);
            if never_public || world.db.engine_name() == "SQLite" {
                assert!(!db.holds_in_the_clear(words).await, "{words}");
            }
        }
        // The desk's form has it whole, and saving it again loses nothing.
        let whole = world.community.programme(&me, id).await.unwrap();
        assert_eq!(whole.draft.details, draft.details);
        let (seated, state) = book(&world, &somebody(&Token::fresh())).await;
        let (waits, waiting) = book(&world, &somebody(&Token::fresh())).await;
        assert_eq!((state, waiting), (State::Booked, State::Waiting));
        let said = told(&world, &seated).await.unwrap();
        assert_eq!(said, "白い家　みどり市花町1-2-3\n呼びりんを2回\n青い門を入る|https://example.jp/heya");
        assert_eq!(told(&world, &waits).await, None);
        world.community.cancel_gathering(&me, day, "").await.unwrap();
        assert_eq!(told(&world, &seated).await, None);
        world.community.take_back_cancelling(&me, day).await.unwrap();
        let held = world.community.held(&seated).await.unwrap();
        world.community.leave(&held).await.unwrap();
        assert_eq!(told(&world, &seated).await, None);
        assert!(told(&world, &waits).await.is_some(), "the seat came to who waited");
    }

    /// What others run is seen by the public as it was looked at: a change, or another operator, needs a new look.
    async fn a_look_counts_for_what_was_looked_at(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let (id, mut draft) = of_others(&world, &me).await;
        let (code, _) = book(&world, &somebody(&Token::fresh())).await;
        assert!(world.community.place(1).await.is_ok());
        // Who of the house runs it is no matter of the look.
        draft.hosts = vec![me.staff()];
        world.community.change_programme(&me, id, 2, &draft).await.unwrap();
        assert!(world.community.place(1).await.is_ok());
        draft.details.url = "https://example.jp/".to_owned();
        world.community.change_programme(&me, id, 3, &draft).await.unwrap();
        let unseen = async || {
            let week = world.community.on_between(date(2026, 11, 24), date(2026, 11, 30)).await.unwrap();
            let lists = world.community.places().await.unwrap().is_empty() && week.is_empty();
            lists && world.community.place(1).await.is_err() && world.community.on_day(1, 1).await.is_err()
        };
        assert!(unseen().await);
        // Whoever booked keeps their seat and their page.
        assert!(told(&world, &code).await.is_some());
        // A look at an older version counts for nothing.
        assert!(matches!(world.community.check_programme(&me, id, 3).await, Err(Error::Meanwhile)));
        assert!(unseen().await);
        world.community.check_programme(&me, id, 4).await.unwrap();
        assert!(!unseen().await);
        // Another operator; what is told after booking; how it recurs.
        draft.details.run_by_name = "べつの団体".to_owned();
        world.community.change_programme(&me, id, 4, &draft).await.unwrap();
        assert!(unseen().await);
        world.community.check_programme(&me, id, 5).await.unwrap();
        draft.after_booking.words = "べつの入口から".to_owned();
        world.community.change_programme(&me, id, 5, &draft).await.unwrap();
        assert!(unseen().await);
    }

    /// The house's own place needs no look; given to others it does, and was not looked at by the way.
    async fn moving_to_another_operator_needs_a_look(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let mut draft = a_place("居場所");
        let (id, _) = world.opened(&me, &draft).await;
        assert!(matches!(world.community.check_programme(&me, id, 2).await, Err(Error::Illegal(_))));
        draft.run_by = RunBy::Other;
        "NPO法人 ひだまり".clone_into(&mut draft.details.run_by_name);
        world.community.change_programme(&me, id, 2, &draft).await.unwrap();
        assert!(world.community.place(1).await.is_err());
        // Back and forth brings no old look back.
        world.community.check_programme(&me, id, 3).await.unwrap();
        let ours = a_place("居場所");
        world.community.change_programme(&me, id, 3, &ours).await.unwrap();
        assert!(world.community.place(1).await.is_ok());
        world.community.change_programme(&me, id, 4, &draft).await.unwrap();
        assert!(world.community.place(1).await.is_err());
    }

    /// A day that is moved on takes what was written for it along, and it is erased when that day is past.
    async fn a_later_day_is_remembered_longer(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let (_, day) = world.opened(&me, &a_place("居場所")).await;
        let (code, _) = book(&world, &somebody(&Token::fresh())).await;
        let later = Day { day: date(2027, 1, 14), ..thursday() };
        world.community.change_gathering(&me, day, 1, &later).await.unwrap();
        // Thirty days after the first day the code still opens.
        world.clock.set("2026-12-28T03:00:00Z".parse().unwrap());
        assert_eq!(world.community.forget().await.unwrap(), 0);
        assert!(world.community.held(&code).await.is_ok());
        world.clock.set("2027-02-13T03:00:00Z".parse().unwrap());
        assert_eq!(world.community.forget().await.unwrap(), 0, "the thirtieth day");
        world.clock.set("2027-02-14T03:00:00Z".parse().unwrap());
        assert_eq!(world.community.forget().await.unwrap(), 1);
        assert!(matches!(world.community.held(&code).await, Err(Error::WrongCode)));
    }

    /// More seats in the whole programme fill the list by themselves; only who asked is told, and nobody else.
    async fn more_seats_fill_the_list_and_tell_who_asked(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let small = Draft { capacity: Some(1), ..a_place("小さな会") };
        let (id, _) = world.opened(&me, &small).await;
        book(&world, &somebody(&Token::fresh())).await;
        let asked = with_mail(&world, true).await;
        let silent = with_mail(&world, false).await;
        assert_eq!((asked.1, silent.1), (State::Waiting, State::Waiting));
        let bigger = Draft { capacity: Some(3), ..a_place("小さな会") };
        world.community.change_programme(&me, id, 2, &bigger).await.unwrap();
        assert_eq!(world.number_of("SELECT COUNT(*) FROM booking WHERE state = 'booked'").await, 3);
        assert_eq!(world.number_of("SELECT taken FROM gathering").await, 3);
        assert_eq!(planned_for(&world, &asked.0, "seat_free").await, 1);
        assert_eq!(planned_for(&world, &silent.0, "seat_free").await, 0);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM notice_out WHERE what = 'seat_free'").await, 1);
    }

    /// A programme that lets nobody wait has nobody waiting.
    async fn where_nobody_may_wait_nobody_waits(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let small = Draft { capacity: Some(1), ..a_place("小さな会") };
        let (id, _) = world.opened(&me, &small).await;
        book(&world, &somebody(&Token::fresh())).await;
        let (waits, _) = book(&world, &somebody(&Token::fresh())).await;
        let without = Draft { keeps_waiting_list: false, ..small.clone() };
        let refused = world.community.change_programme(&me, id, 2, &without).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "keeps_waiting_list", .. })));
        // With a seat for them it may go.
        let with_seats = Draft { capacity: Some(2), ..without.clone() };
        world.community.change_programme(&me, id, 2, &with_seats).await.unwrap();
        let held = world.community.held(&waits).await.unwrap();
        assert_eq!(world.community.booking_of(&held).await.unwrap().unwrap().state, State::Booked);
        // An older form that wished to wait does not.
        let full = world.community.book(&somebody(&Token::fresh())).await;
        assert!(matches!(full, Err(Error::Full)));
        assert_eq!(world.number_of("SELECT COUNT(*) FROM booking WHERE state = 'waiting'").await, 0);
    }

    /// Closing days say what stands on them, one by one, and cancel nothing.
    async fn closing_days_cancel_nothing_and_say_what_stands(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let lead = world.session(&world.office.supervisor).await;
        let (id, day) = world.opened(&me, &a_place("居場所")).await;
        book(&world, &somebody(&Token::fresh())).await;
        let looked = world.community.look_at_closing_days(&lead, Source::Lines("2026-11-26\n2026-11-27")).await.unwrap();
        let what = Stands::Gathering { programme: id, id: day, title: "居場所".to_owned() };
        assert_eq!(looked.standing.iter().map(|one| &one.what).collect::<Vec<_>>(), [&what]);
        assert!(world.community.standing_on_closing_days(&lead).await.unwrap().is_empty());
        world.community.take_closing_days(&lead, looked.version, &looked.new).await.unwrap();
        let standing = world.community.standing_on_closing_days(&lead).await.unwrap();
        assert_eq!((standing.len(), standing[0].day), (1, date(2026, 11, 26)));
        assert_eq!(world.number_of("SELECT COUNT(*) FROM gathering WHERE state = 'planned'").await, 1);
        world.community.cancel_gathering(&me, day, "").await.unwrap();
        assert!(world.community.standing_on_closing_days(&lead).await.unwrap().is_empty());
    }

    /// One network address gets a few slips at once, for seats and appointments together; its neighbours, its own next
    /// hour and a form sent twice are not touched.
    async fn a_few_bookings_from_one_address(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        world.opened(&me, &Draft { capacity: None, ..a_place("居場所") }).await;
        let tokens: Vec<Token> = (0..8).map(|_| Token::fresh()).collect();
        let from = |token, n| NewBooking { address: Some(address(n)), ..somebody(token) };
        for token in &tokens[..6] {
            book(&world, &from(token, 1)).await;
        }
        let refused = world.community.book(&from(&tokens[6], 1)).await;
        assert!(matches!(refused, Err(Error::TooMany)));
        assert!(world.community.book(&from(&tokens[0], 1)).await.unwrap().again);
        book(&world, &from(&tokens[7], 2)).await;
        world.clock.advance(jiff::SignedDuration::from_mins(10));
        book(&world, &from(&tokens[6], 1)).await;
        assert_eq!(world.number_of("SELECT COUNT(*) FROM booking").await, 8);
    }

    /// A cancelled day is taken back before it begins: who was told is told again, who was not is told nothing.
    async fn a_cancelled_day_is_taken_back(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let (_, day) = world.opened(&me, &a_place("居場所")).await;
        let (read, _) = with_mail(&world, false).await;
        let (silent, _) = book(&world, &somebody(&Token::fresh())).await;
        assert!(matches!(world.community.take_back_cancelling(&me, day).await, Err(Error::Illegal(_))));
        world.community.cancel_gathering(&me, day, "台風のため").await.unwrap();
        let message = world.community.take_message().await.unwrap().unwrap();
        world.community.message_sent(&message).await.unwrap();
        let late = with_mail_unsent(&world, day).await;
        world.community.take_back_cancelling(&me, day).await.unwrap();
        let page = world.community.on_day(1, 1).await.unwrap();
        assert_eq!((page.gathering.state, page.gathering.words.as_str()), (gathering::State::Planned, ""));
        assert_eq!(planned_for(&world, &read, "on_after_all").await, 1);
        assert_eq!(planned_for(&world, &read, "reminder").await, 1);
        for code in [&silent, &late] {
            assert_eq!(planned_for(&world, code, "on_after_all").await, 0);
            assert_eq!(planned_for(&world, code, "cancelled").await, 0);
        }
        let message = world.community.take_message().await.unwrap().unwrap();
        assert_eq!(message.what, community::notice::What::OnAfterAll);
        // Once it is past nothing is taken back.
        world.community.cancel_gathering(&me, day, "").await.unwrap();
        world.wait(52);
        let me = world.coordinator().await;
        assert!(matches!(world.community.take_back_cancelling(&me, day).await, Err(Error::Illegal(_))));
    }

    /// An ended programme comes back as a draft, with the days of its rule.
    async fn an_end_is_taken_back(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let (id, _) = world.opened(&me, &a_place("居場所")).await;
        assert!(matches!(world.community.take_up_again(&me, id).await, Err(Error::Illegal(_))));
        world.community.end_programme(&me, id).await.unwrap();
        world.community.take_up_again(&me, id).await.unwrap();
        assert_eq!(world.community.programme(&me, id).await.unwrap().state, programme::State::Draft);
        assert!(world.community.place(1).await.is_err());
        world.community.list_programme(&me, id).await.unwrap();
        assert!(world.community.place(1).await.is_ok());
    }

    /// At the door: the last four digits, the whole code or what somebody is called; a peer finds nobody by name.
    async fn somebody_says_their_number_at_the_door(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let peer = world.office.another("pia", office::Role::Peer).await;
        let draft = Draft { hosts: vec![me.staff(), peer.staff], ..a_place("居場所") };
        let (_, day) = world.opened(&me, &draft).await;
        let called = async |name: &str| {
            let token = Token::fresh();
            let words = Words { nickname: name.to_owned(), ..Words::default() };
            book(&world, &NewBooking { words, ..somebody(&token) }).await.0
        };
        let (orange, _yuzu) = (called("みかん").await, called("ゆず").await);
        let (twin, _) = (called("すずめ").await, called("すずめ").await);
        let (me, host) = (world.coordinator().await, world.session(&peer).await);
        let here = "SELECT COUNT(*) FROM booking WHERE arrived_at IS NOT NULL";
        for wrong in ["", "0937-1156-4821", "れもん"] {
            let refused = world.community.arrive_at_door(&me, day, wrong).await;
            assert!(matches!(refused, Err(Error::Invalid { field: "said", .. })), "{wrong}");
        }
        for nobody in ["みかん", "すずめ"] {
            assert!(matches!(world.community.arrive_at_door(&host, day, nobody).await, Err(Error::Invalid { .. })));
        }
        assert!(matches!(world.community.arrive_at_door(&me, day, "すずめ").await, Err(Error::Invalid { .. })), "two of them");
        assert_eq!(world.number_of(here).await, 0);
        // Four digits may by chance be those of two; then the whole code is said.
        let short = orange.digits()[8..].to_owned();
        match world.community.arrive_at_door(&host, day, &short).await {
            Ok(()) => {}
            Err(Error::Invalid { .. }) => world.community.arrive_at_door(&host, day, &orange.spoken()).await.unwrap(),
            Err(other) => panic!("{other:?}"),
        }
        assert_eq!(world.number_of(here).await, 1);
        world.community.arrive_at_door(&me, day, "ゆずさん").await.unwrap();
        world.community.arrive_at_door(&host, day, &twin.spoken()).await.unwrap();
        assert_eq!(world.number_of(here).await, 3);
        assert!(!db.holds_in_the_clear(twin.digits()).await);
        // Who does not run it finds no such day.
        let stranger = world.office.another("hikari", office::Role::Coordinator).await;
        let stranger = world.session(&stranger).await;
        assert!(world.community.arrive_at_door(&stranger, day, &short).await.unwrap_err().is_not_found());
    }
}

/// Somebody whose message of the cancellation was not sent yet: told before this day stands again.
async fn with_mail_unsent(world: &World, day: basics::GatheringId) -> Code {
    crate::appointments::run(
        world,
        &format!("UPDATE gathering SET state = 'planned' WHERE id = {day}"),
    )
    .await;
    let (code, _) = with_mail(world, false).await;
    crate::appointments::run(
        world,
        &format!("UPDATE gathering SET state = 'cancelled' WHERE id = {day}"),
    )
    .await;
    let slip = world.community.held(&code).await.unwrap().id();
    crate::appointments::run(
        world,
        &format!("DELETE FROM notice_out WHERE slip_id = {slip}"),
    )
    .await;
    crate::appointments::run(
        world,
        &format!("INSERT INTO notice_out (id, slip_id, what, due_at, attempts) VALUES (77, {slip}, 'cancelled', 1, 0)"),
    )
    .await;
    code
}
