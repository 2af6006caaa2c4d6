//! What is told to whoever asked for it: by mail, which the program takes and sends, and by telephone.

use crate::places::{a_place, somebody};
use crate::world::{MIGRATIONS, World};
use basics::GatheringId;
use community::Error;
use community::notice::What;
use community::notice::message::NotSent;
use community::programme::Draft;
use community::slip::{Code, Reminder, Token, Words};
use jiff::civil::date;
use office::Session;
use testkit::TestDb;

/// A place for one person, run by the supervisor.
async fn a_small_place(world: &World, me: &Session) -> GatheringId {
    let draft = Draft {
        capacity: Some(1),
        ..a_place("ひだまり")
    };
    world.opened(me, &draft).await.1
}

async fn with_mail(world: &World, to: &str) -> Code {
    let token = Token::fresh();
    let mut new = somebody(&token);
    (new.reminder, new.reminder_to, new.tell) = (Reminder::Mail, format!("{to}@example.jp"), true);
    world.community.book(&new).await.unwrap().code
}

async fn with_call(world: &World, name: &str) -> Code {
    let token = Token::fresh();
    let mut new = somebody(&token);
    new.reminder = Reminder::Call;
    new.words = Words {
        nickname: name.to_owned(),
        phone: ["090", "0000", "0000"].join("-"),
        ..Words::default()
    };
    world.community.book(&new).await.unwrap().code
}

/// Wednesday, a day before, at the hour of the place.
fn the_day_before(world: &World) {
    let wednesday = "2026-11-25T14:00:00+09:00";
    world.clock.set(wednesday.parse().unwrap());
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Of many programs that look at one moment, one takes a message; nobody takes it again while it is under way, and
    /// whoever stopped in the middle loses it.
    async fn a_message_is_one_programs_at_a_time(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.session(&world.office.supervisor).await;
        a_small_place(&world, &me).await;
        with_mail(&world, "mikan").await;
        assert!(world.community.take_message().await.unwrap().is_none(), "not due yet");
        the_day_before(&world);
        let programs: Vec<_> = (0..8).map(|_| {
            let room = world.community.clone();
            tokio::spawn(async move { room.take_message().await.unwrap() })
        }).collect();
        let mut taken = Vec::new();
        for program in programs {
            taken.extend(program.await.unwrap());
        }
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].address.as_str(), "mikan@example.jp");
        assert!(!format!("{:?}", taken[0]).contains("mikan"), "no address in a log");
        world.clock.advance(jiff::SignedDuration::from_mins(9));
        assert!(world.community.take_message().await.unwrap().is_none());
        world.clock.advance(jiff::SignedDuration::from_mins(2));
        let again = world.community.take_message().await.unwrap().unwrap();
        assert_eq!(again.mark, taken[0].mark, "the same mark, so that a mailbox can tell");
        world.community.message_sent(&again).await.unwrap();
        world.wait(3);
        assert!(world.community.take_message().await.unwrap().is_none());
        assert_eq!(world.recorded("notice.sent", "ok").await, 1);
    }

    /// Somebody leaves while a message waits for its second try: nothing is said.
    async fn who_left_is_not_told(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.session(&world.office.supervisor).await;
        a_small_place(&world, &me).await;
        let code = with_mail(&world, "mikan").await;
        the_day_before(&world);
        let first = world.community.take_message().await.unwrap().unwrap();
        world.community.message_not_sent(&first, NotSent::NotNow).await.unwrap();
        let held = world.community.held(&code).await.unwrap();
        world.community.leave(&held).await.unwrap();
        world.wait(2);
        assert!(world.community.take_message().await.unwrap().is_none());
        assert_eq!(world.number_of("SELECT COUNT(*) FROM notice_out").await, 0);
    }

    /// What nobody sends (no mail is set up) is given up after its day, and the desk sees how many, without an address.
    async fn late_is_given_up_and_the_desk_sees_it(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.session(&world.office.supervisor).await;
        a_small_place(&world, &me).await;
        with_mail(&world, "mikan").await;
        the_day_before(&world);
        assert_eq!(world.community.give_up_late_messages().await.unwrap(), 0);
        assert_eq!(world.recorded("notice.failed", "ok").await, 0);
        world.wait(27);
        assert_eq!(world.community.give_up_late_messages().await.unwrap(), 1);
        assert_eq!(world.community.give_up_late_messages().await.unwrap(), 0);
        let failed = world.community.failed_messages(&me).await.unwrap();
        assert_eq!((failed.len(), failed[0].what, failed[0].count), (1, What::Reminder, 1));
        assert_eq!(world.recorded("notice.failed", "ok").await, 1);
        assert!(world.community.take_message().await.unwrap().is_none());
    }

    /// 「職員からの電話」: a day before, for whoever runs the place; one tap, and it is gone for everybody. Who does not run
    /// it reads no nickname and no number.
    async fn whom_to_call_today(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.session(&world.office.supervisor).await;
        let other = world.coordinator().await;
        let gathering = a_small_place(&world, &me).await;
        let code = with_call(&world, "かえで").await;
        let (tuesday, wednesday) = (date(2026, 11, 24), date(2026, 11, 25));
        assert!(world.community.calls_due(&me, tuesday).await.unwrap().is_empty());
        the_day_before(&world);
        let calls = world.community.calls_due(&me, wednesday).await.unwrap();
        assert_eq!((calls.len(), calls[0].what), (1, What::Reminder));
        assert_eq!(calls[0].words.nickname, "かえで");
        assert!(world.community.calls_due(&other, wednesday).await.unwrap().is_empty());
        assert!(world.community.take_message().await.unwrap().is_none(), "no mail for whoever wants a call");
        world.community.call_made(&me, calls[0].id).await.unwrap();
        assert!(matches!(world.community.call_made(&me, calls[0].id).await, Err(Error::NotFound)));
        assert!(world.community.calls_due(&me, wednesday).await.unwrap().is_empty());
        assert_eq!(world.recorded("notice.called", "ok").await, 1);
        // A cancelled day is told too; who left needs no call.
        world.community.cancel_gathering(&me, gathering, "工事のため").await.unwrap();
        assert_eq!(world.community.calls_due(&me, wednesday).await.unwrap()[0].what, What::Cancelled);
        let held = world.community.held(&code).await.unwrap();
        world.community.leave(&held).await.unwrap();
        assert!(world.community.calls_due(&me, wednesday).await.unwrap().is_empty());
    }

    /// The administrator keeps no appointments: no call list, and the asking is in the chain.
    async fn who_keeps_no_appointments_calls_nobody(db: TestDb) {
        let world = World::new(&db).await;
        let admin = world.session(&world.office.administrator).await;
        let refused = world.community.calls_due(&admin, date(2026, 11, 25)).await;
        assert!(refused.is_err());
        assert!(world.community.call_made(&admin, 1).await.is_err());
    }
}
