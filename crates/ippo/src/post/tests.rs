//! Messages to a real mail server, read out of its mailboxes with another library.

use super::{Post, send_due, words};
use crate::config::{Mail, Security};
use basics::{Clock, MunicipalityCode};
use casework::Casework;
use community::Community;
use community::booking::{NewBooking, Who};
use community::gathering::Day;
use community::notice::What;
use community::programme::{AfterBooking, Details, Draft, ForWhom, Kind, RunBy};
use community::slip::{Code, Reminder, Token, Words};
use jiff::SignedDuration;
use jiff::civil::{date, time};
use mail_parser::MessageParser;
use mailbox::Mailbox;
use office::Session;
use store::Migration;
use testkit::TestDb;
use testkit::builders::{a_staffed_office, gate, pepper};
use testkit::mail_server::MailServer;

const MIGRATIONS: [&[Migration]; 4] = [
    office::MIGRATIONS,
    mailbox::MIGRATIONS,
    casework::MIGRATIONS,
    community::MIGRATIONS,
];

const TITLE: &str = "当事者会 よりみち";

/// An office with one place on Saturday, 28 November, for one person; it is Tuesday, the 24th.
struct World {
    clock: Clock,
    room: Community,
    /// Another copy of the program on the same database.
    twin: Community,
    me: Session,
    gathering: basics::GatheringId,
    db: store::Db,
}

impl World {
    async fn new(db: &TestDb) -> Self {
        let clock = testkit::clock_at("2026-11-24T10:00");
        let office = a_staffed_office(db, &clock, "midori").await;
        let refusals = office.entrance.refusals().clone();
        let copy = || {
            let db = db.handle();
            let mailbox = Mailbox::new(
                db.clone(),
                clock.clone(),
                &pepper(),
                gate(),
                refusals.clone(),
            );
            let casework = Casework::new(db.clone(), clock.clone(), mailbox);
            Community::new(db, clock.clone(), &pepper(), casework, refusals.clone())
        };
        let (room, twin) = (copy(), copy());
        let me = office.session(&office.supervisor).await;
        let programme = room.add_programme(&me, &place()).await.unwrap();
        let saturday = Day {
            day: date(2026, 11, 28),
            from: time(13, 30, 0, 0),
            minutes: 120,
            capacity: None,
            words: String::new(),
            hosts: Vec::new(),
        };
        let gathering = room.add_gathering(&me, programme, &saturday).await.unwrap();
        room.list_programme(&me, programme).await.unwrap();
        let db = db.handle();
        Self {
            clock,
            room,
            twin,
            me,
            gathering,
            db,
        }
    }

    async fn book(&self, to: &str) -> Code {
        let token = Token::fresh();
        let new = NewBooking {
            programme: 1,
            seq: 1,
            who: Who::Principal,
            people: 1,
            perhaps: false,
            first_time: None,
            wait: true,
            tell: true,
            token: &token,
            words: Words {
                nickname: "すみれ".to_owned(),
                ..Words::default()
            },
            reminder: Reminder::Mail,
            reminder_to: format!("{to}@example.jp"),
            address: None,
        };
        self.room.book(&new).await.unwrap().code
    }

    async fn leave(&self, code: &Code) {
        let held = self.room.held(code).await.unwrap();
        self.room.leave(&held).await.unwrap();
    }

    /// Friday afternoon: reminders of Saturday are due.
    fn friday(&self) {
        let friday = "2026-11-27T14:00:00+09:00";
        self.clock.set(friday.parse().unwrap());
    }

    fn wait(&self, minutes: i64) {
        self.clock.advance(SignedDuration::from_mins(minutes));
    }

    async fn rows(&self, action: &str) -> i64 {
        let sql = format!("SELECT COUNT(*) FROM audit_row WHERE action = '{action}'");
        let (n,): (i64,) = self.db.read().await.unwrap().one(&sql, &[]).await.unwrap();
        n
    }
}

fn place() -> Draft {
    Draft {
        kind: Kind::PeerGroup,
        for_whom: ForWhom::Anyone,
        run_by: RunBy::Office,
        municipality: Some(MunicipalityCode::parse("10212").unwrap()),
        online: false,
        first_time_friendly: true,
        walk_in: false,
        takes_bookings: true,
        keeps_waiting_list: true,
        capacity: Some(1),
        details: Details {
            title: TITLE.to_owned(),
            place_name: "見本会館".to_owned(),
            ..Details::default()
        },
        after_booking: AfterBooking::default(),
        rule: None,
        hosts: Vec::new(),
    }
}

fn post_with(server: &MailServer, security: Security, password: Option<&str>) -> Post {
    let mail = Mail {
        host: "localhost".to_owned(),
        port: server.port(),
        security,
        account: password.map(|word| ("ippo".to_owned(), word.to_owned().into())),
        from: "yotei@example.jp".to_owned(),
        link: false,
    };
    Post::new(&mail, "https://soudan.example.jp").unwrap()
}

fn post(server: &MailServer) -> Post {
    post_with(server, Security::Nothing, None)
}

/// Nothing of these may stand in a mailbox that others open.
fn says_nothing(raw: &str, words: &str, code: &Code) {
    let digits = code.digits();
    for secret in [
        "すみれ",
        TITLE,
        "見本",
        "ひきこもり",
        "センター",
        "soudan",
        "midori",
        digits,
        &code.spoken(),
    ] {
        assert!(!words.contains(secret) && !raw.contains(secret), "{secret}");
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// What arrives: neutral, readable, marked as sent by a machine, from 「予定」; and exactly once, although two programs
    /// look for it at the same moment, again and again.
    async fn it_arrives_once_and_says_nothing(db: TestDb) {
        let (world, server) = (World::new(&db).await, MailServer::start());
        let code = world.book("mikan").await;
        send_due(&world.room, &post(&server)).await.unwrap();
        world.friday();
        for _ in 0..3 {
            let (one, other) = (post(&server), post(&server));
            let (a, b) = tokio::join!(send_due(&world.room, &one), send_due(&world.twin, &other));
            a.unwrap();
            b.unwrap();
        }
        let letters = server.letters_once_there_are(1, "mikan");
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert_eq!(server.letters("mikan").len(), 1);
        let letter = MessageParser::default().parse(&letters[0]).unwrap();
        // Word for word: somebody else in the house reads it on the lock screen (inv. 28).
        assert_eq!(letter.subject(), Some("予定のお知らせ"));
        let from = letter.from().and_then(|from| from.first()).unwrap();
        assert_eq!((from.name(), from.address()), (Some("予定"), Some("yotei@example.jp")));
        assert_eq!(letter.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
        assert!(letter.header_raw("Content-Type").unwrap().contains("text/plain; charset=utf-8"));
        assert!(letter.message_id().is_some() && letter.header_raw("User-Agent").is_none());
        let body = letter.body_text(0).unwrap();
        assert!(body.contains("11月28日（土） 13:30 から"), "{body}");
        assert!(body.contains("くわしくは、予約の番号のページをごらんください。") && !body.contains("http"));
        says_nothing(&letters[0], &body, &code);
        assert_eq!((world.rows("notice.sent").await, world.rows("notice.failed").await), (1, 0));
    }

    /// The server is down at first: it is tried again later, and arrives once.
    async fn a_server_that_is_down_is_tried_again(db: TestDb) {
        let (world, mut server) = (World::new(&db).await, MailServer::not_yet());
        world.book("ringo").await;
        world.friday();
        send_due(&world.room, &post(&server)).await.unwrap();
        server.run();
        world.wait(1);
        send_due(&world.room, &post(&server)).await.unwrap();
        assert!(server.letters("ringo").is_empty(), "not before its time");
        world.wait(5);
        send_due(&world.twin, &post(&server)).await.unwrap();
        server.letters_once_there_are(1, "ringo");
        assert_eq!((world.rows("notice.sent").await, world.rows("notice.failed").await), (1, 0));
    }

    /// Whoever left, whose day was cancelled or whose booking was erased is not reminded; a cancelled day is told.
    async fn nothing_after_leaving(db: TestDb) {
        let (world, server) = (World::new(&db).await, MailServer::start());
        let code = world.book("mikan").await;
        // The seat goes to whoever waits, and that is told at once.
        world.book("yuzu").await;
        world.leave(&code).await;
        send_due(&world.room, &post(&server)).await.unwrap();
        let told = server.letters_once_there_are(1, "yuzu");
        let letter = MessageParser::default().parse(&told[0]).unwrap();
        assert!(letter.body_text(0).unwrap().starts_with("空きができました。"));
        world.room.cancel_gathering(&world.me, world.gathering, "工事のため").await.unwrap();
        world.friday();
        send_due(&world.room, &post(&server)).await.unwrap();
        let told = server.letters_once_there_are(2, "yuzu");
        let cancelled = told.iter().filter(|letter| {
            let letter = MessageParser::default().parse(*letter).unwrap();
            letter.body_text(0).unwrap().starts_with("予定が、とりやめになりました。")
        });
        assert_eq!(cancelled.count(), 1);
        world.wait(24 * 60 * 40);
        world.room.forget().await.unwrap();
        send_due(&world.room, &post(&server)).await.unwrap();
        assert_eq!((server.letters("mikan").len(), server.letters("yuzu").len()), (0, 2));
    }

    /// A booking that is erased between two tries: the second finds nothing and says nothing.
    async fn an_erased_booking_is_not_told(db: TestDb) {
        let (world, mut server) = (World::new(&db).await, MailServer::not_yet());
        world.book("kaki").await;
        world.friday();
        send_due(&world.room, &post(&server)).await.unwrap();
        server.run();
        world.wait(24 * 60 * 40);
        world.room.forget().await.unwrap();
        send_due(&world.room, &post(&server)).await.unwrap();
        assert!(server.letters("kaki").is_empty());
        assert_eq!(world.rows("notice.sent").await, 0);
    }

    /// A mailbox that is not there is given up at once; one that never has time, after a day. The desk sees how many.
    async fn what_does_not_arrive_is_given_up(db: TestDb) {
        let (world, server) = (World::new(&db).await, MailServer::start());
        let code = world.book("inai").await;
        world.friday();
        send_due(&world.room, &post(&server)).await.unwrap();
        assert_eq!(world.rows("notice.failed").await, 1);
        world.leave(&code).await;
        world.clock.set("2026-11-24T11:00:00+09:00".parse().unwrap());
        world.book("matsu").await;
        world.clock.set("2026-11-27T13:30:00+09:00".parse().unwrap());
        for _ in 0..200 {
            send_due(&world.room, &post(&server)).await.unwrap();
            world.wait(10);
        }
        let log = server.log();
        assert_eq!(log.matches("temporarily rejected RCPT <matsu@").count(), 6, "{log}");
        assert_eq!(world.rows("notice.failed").await, 2);
        let failed = world.room.failed_messages(&world.me).await.unwrap();
        assert_eq!((failed.len(), failed[0].what, failed[0].count), (1, What::Reminder, 1));
    }

    /// A certificate that nobody vouches for: nothing is sent, neither the password nor the message. A wrong password too.
    async fn a_server_that_cannot_be_trusted_gets_nothing(db: TestDb) {
        let (world, server) = (World::new(&db).await, MailServer::start());
        world.book("mikan").await;
        world.friday();
        let untrusted = post_with(&server, Security::StartTls, Some("himitsu"));
        send_due(&world.room, &untrusted).await.unwrap();
        world.wait(6);
        let wrong = post_with(&server, Security::Nothing, Some("chigau"));
        send_due(&world.room, &wrong).await.unwrap();
        assert!(server.letters("mikan").is_empty());
        // A wrong password may be mended: the message waits.
        world.wait(31);
        let right = post_with(&server, Security::Nothing, Some("himitsu"));
        send_due(&world.room, &right).await.unwrap();
        server.letters_once_there_are(1, "mikan");
        assert!(server.log().contains("A=login"));
    }
}

#[test]
fn the_words_name_a_day_and_a_time_and_nothing_else() {
    let at = "2026-11-28T13:30:00+09:00".parse().unwrap();
    for what in What::ALL {
        let text = words(*what, at, None);
        assert!(text.contains("11月28日（土） 13:30"), "{text}");
        for telling in [
            "窓口",
            "相談",
            "居場所",
            "面接",
            "家族",
            "センター",
            "http",
            "さん",
            "様",
        ] {
            assert!(!text.contains(telling), "{telling} in {text}");
        }
    }
    assert!(words(What::Reminder, at, Some("https://a.jp")).contains("https://a.jp"));
}
