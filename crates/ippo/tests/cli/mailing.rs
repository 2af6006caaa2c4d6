//! `[mail]` in a running `ippo serve`: what somebody asked for arrives by a real mail server, once, and says nothing.

use crate::founding::init;
use crate::program::{Ippo, Running};
use basics::time::to_jst;
use basics::{Clock, MunicipalityCode};
use community::gathering::Day;
use community::programme::{AfterBooking, Details, Draft, ForWhom, Kind, RunBy};
use data_encoding::BASE64;
use jiff::{SignedDuration, Timestamp};
use mail_parser::MessageParser;
use office::{Attempt, Enrolment, Session};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use testkit::TestDb;
use testkit::mail_server::MailServer;

const TITLE: &str = "当事者会 よりみち";
const CALLED: &str = "すみれ";

/// What was written in `ippo.toml` under this key.
fn value<'t>(toml: &'t str, key: &str) -> &'t str {
    let line = toml.lines().find(|line| line.starts_with(key)).unwrap();
    line.split('"').nth(1).unwrap()
}

/// A second copy of the program beside the one that serves: the same database, the same secret.
fn twin(config: &Path, db: &TestDb) -> web::App {
    let toml = std::fs::read_to_string(config).unwrap();
    let secret = BASE64.decode(value(&toml, "secret").as_bytes()).unwrap();
    let pages = web::Config::new(value(&toml, "public_url"), secret.try_into().unwrap());
    web::App::new(
        pages,
        db.handle(),
        Arc::new(directory::Directory::load()),
        Arc::new(guide::Rules::shipped().unwrap()),
        Clock::system(),
    )
}

/// The supervisor enrols with the printed code and signs in.
async fn supervisor(app: &web::App, printed: &str) -> Session {
    let at = printed.rfind("登録コード    ").unwrap() + "登録コード".len();
    let code = printed[at..].lines().next().unwrap().trim();
    let totp = app.entrance.invited(code).await.unwrap().totp;
    let now = app.clock.now();
    let password = "朝の公園をひとまわり 3";
    let (earlier, digits) = (now - SignedDuration::from_secs(30), totp.code_at(now));
    let enrolment = Enrolment {
        invitation: code,
        password,
        totp_secret: &totp.base32(),
        totp_code: &totp.code_at(earlier),
    };
    app.entrance.enrol(enrolment).await.unwrap();
    let attempt = Attempt {
        login: "sato",
        password,
        code: &digits,
        ..Attempt::default()
    };
    let cookie = app.entrance.sign_in(attempt).await.unwrap().session_cookie;
    app.entrance.resume(&cookie).await.unwrap().unwrap()
}

fn a_group() -> Draft {
    Draft {
        kind: Kind::PeerGroup,
        for_whom: ForWhom::Anyone,
        run_by: RunBy::Office,
        municipality: MunicipalityCode::parse("10212").ok(),
        online: false,
        first_time_friendly: true,
        walk_in: false,
        takes_bookings: true,
        keeps_waiting_list: true,
        capacity: Some(6),
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

fn day_at(starts: Timestamp) -> Day {
    let at = to_jst(starts);
    Day {
        day: at.date(),
        from: at.time(),
        minutes: 60,
        capacity: None,
        words: String::new(),
        hosts: Vec::new(),
    }
}

/// Somebody fills in the form of the first day, as a browser without script sends it.
fn book(server: &Running, seq: i64) {
    let path = format!("/yoyaku/ba/1/{seq}");
    let form = server.get(&path);
    let token = form.split("name=\"_f\" value=\"").nth(1).unwrap();
    let token = token.split('"').next().unwrap();
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("_f", token)
        .append_pair("nickname", CALLED)
        .append_pair("people", "1")
        .append_pair("shirase", "mail")
        .append_pair("reminder_to", "mikan@example.jp")
        .finish();
    let host = server.address();
    let mut stream = std::net::TcpStream::connect(&host).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.contains("席をとりました"), "{answer}");
}

/// The program as systemd starts it. What is due leaves at its start, and then every minute.
fn serve(config: &Path) -> Running {
    Ippo::new("serve")
        .config(config)
        .env("IPPO_LISTEN", "127.0.0.1:0")
        .start("127.0.0.1:")
}

fn neutral(letter: &str) -> String {
    let parsed = MessageParser::default().parse(letter.as_bytes()).unwrap();
    assert_eq!(parsed.subject(), Some("予定のお知らせ"));
    let from = parsed.from().unwrap().first().unwrap();
    assert_eq!(
        (from.name(), from.address()),
        (Some("予定"), Some("yotei@example.jp"))
    );
    let words = parsed.body_text(0).unwrap().into_owned();
    for secret in [
        TITLE,
        CALLED,
        "見本",
        "ひきこもり",
        "センター",
        "soudan",
        "みどり",
    ] {
        assert!(
            !words.contains(secret) && !letter.contains(secret),
            "{secret}: {letter}"
        );
    }
    words
}

testkit::on_both_databases! {
    [];

    /// The program's clock is the machine's: the day begins twenty-four hours and a few seconds from now, so its reminder
    /// falls due while the story is told.
    async fn a_reminder_and_a_cancellation_arrive_once(db: TestDb) {
        let (folder, post) = (tempfile::tempdir().unwrap(), MailServer::start());
        let config = folder.path().join("ippo.toml");
        let printed = init(&config, db.url()).with(0).out;
        let before = std::fs::read_to_string(&config).unwrap();
        let toml = format!(
            "{before}\n[mail]\nhost = \"localhost\"\nport = {}\nsecurity = \"none\"\nfrom = \"yotei@example.jp\"\n",
            post.port()
        );
        std::fs::write(&config, toml).unwrap();
        let app = twin(&config, &db);
        let me = supervisor(&app, &printed).await;
        let room = &app.community;
        let group = room.add_programme(&me, &a_group()).await.unwrap();
        let due = app.clock.now() + SignedDuration::from_secs(8);
        let tomorrow = day_at(due + SignedDuration::from_hours(24));
        let gathering = room.add_gathering(&me, group, &tomorrow).await.unwrap();
        room.list_programme(&me, group).await.unwrap();

        let server = serve(&config);
        book(&server, 1);
        assert_eq!(server.stop().0, 0);
        assert!(post.letters("mikan").is_empty(), "nothing is due yet");
        while app.clock.now() <= due {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        let server = serve(&config);
        let letters = post.letters_once_there_are(1, "mikan");
        assert!(neutral(&letters[0]).starts_with("予定のお知らせです。"));

        // The desk calls the day off: whoever wished to be told is told, and of the reminder no more is heard.
        room.cancel_gathering(&me, gathering, "会場の都合").await.unwrap();
        assert_eq!(server.stop().0, 0);
        let server = serve(&config);
        let letters = post.letters_once_there_are(2, "mikan");
        let told: Vec<String> = letters.iter().map(|letter| neutral(letter)).collect();
        assert_eq!(told.iter().filter(|words| words.contains("とりやめ")).count(), 1, "{told:?}");
        assert_eq!(server.stop().0, 0);

        // Started once more, it has nothing to send.
        let mut server = serve(&config);
        assert!(server.get("/").starts_with("HTTP/1.1 200"));
        server.wait_for("GET / 200");
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        assert_eq!(post.letters("mikan").len(), 2);
        assert_eq!(server.stop().0, 0);
    }
}
