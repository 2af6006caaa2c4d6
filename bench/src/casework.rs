//! What a coordinator waits for, as the office's records grow: opening a case, writing a call down, the inbox, the day's
//! page, search. Through the rooms, session included, one after the other: what one colleague feels.

use crate::table::{Table, Target};
use basics::{CaseId, Clock, MunicipalityCode, OfficeId};
use casework::contact::{Channel, Direction, NewContact, Outcome, Party};
use casework::note::{Block, BlockKind, MayShare, State};
use casework::quick_log::{QuickLog, With};
use casework::{AgeBand, Casework, Knows, NewCase, NewPerson, Part, Relationship};
use jiff::SignedDuration;
use mailbox::first_letter::FirstLetter;
use mailbox::inbox::Shelf;
use mailbox::return_code::Token;
use mailbox::{Mailbox, Writer};
use office::access::{Action, operator};
use office::{
    Attempt, Enrolment, Entrance, NewOffice, Qualification, Role, Session, Settings, StaffForm,
    enrol, office_key,
};
use std::path::Path;
use std::time::{Duration, Instant};
use store::Db;
use vault::SymmetricKey;
use vault::password::Gate;

/// The records of one office, as the issue counts them.
const ONE: usize = 2_000;
const CONTACTS_A_CASE: usize = 20;
const WAITING_LETTERS: usize = 200;
const SAMPLES: usize = 200;
const SEARCHES: usize = 40;
const PASSWORD: &str = "aoi-sora-nagai-sampo-2026";
/// About 2 KB of Japanese.
const PARAGRAPH: &str = "父より電話。朝、台所で顔を合わせるようになった。声はかけずに、湯をわかしておいたとのこと。\
    夜は起きているが、夕方に一度、玄関まで出た様子がある。食事は部屋の前に置いている。返事はないが、皿は空になっている。";
/// Stands in one note of a thousand.
const RARE: &str = "みどりの図書館の朗読会";

/// Builds an office of 1, 10 and 100 times the records and measures each. `up_to` bounds it for a quick look. With the
/// address of a PostgreSQL server (BENCH_PG) the same is measured there, in databases made for it and dropped again.
pub fn as_records_grow(work: &Path, up_to: usize, postgres: Option<&str>, table: &mut Table) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    std::fs::create_dir(work).unwrap();
    let mut growth: Vec<(usize, Figures)> = Vec::new();
    for times in [1, 10, 100].into_iter().filter(|times| *times <= up_to) {
        let folder = work.join(format!("casework-{times}"));
        std::fs::create_dir(&folder).unwrap();
        if let Some(server) = postgres {
            let name = format!("ippo_bench_{}", std::process::id());
            psql(server, &format!("CREATE DATABASE {name}"));
            let figures = runtime.block_on(async {
                let url = beside(server, &name);
                let keys = build(&url, ONE * times).await;
                // As an office's database stands in the morning: autovacuum has been there since these rows came.
                psql(&url, "VACUUM (ANALYZE)");
                measure(&url, &keys).await
            });
            psql(server, &format!("DROP DATABASE {name} WITH (FORCE)"));
            report(times, &figures, table);
            growth.push((times, figures));
            continue;
        }
        let figures = runtime.block_on(async {
            // Built where commits are free, measured where they are not.
            let memory = Path::new("/dev/shm");
            let cradle = tempfile::Builder::new()
                .prefix("ippo-bench-")
                .tempdir_in(if memory.is_dir() { memory } else { &folder })
                .unwrap();
            let built = cradle.path().join("office.db");
            let keys = build(&sqlite(&built), ONE * times).await;
            let file = folder.join("office.db");
            std::fs::copy(&built, &file).unwrap();
            drop(cradle);
            measure(&sqlite(&file), &keys).await
        });
        report(times, &figures, table);
        growth.push((times, figures));
    }
    if let (Some((_, first)), Some((times, last))) = (growth.first(), growth.last())
        && growth.len() > 1
    {
        for ((what, _, one), (_, _, many)) in first.lines().into_iter().zip(last.lines()) {
            table.add(
                format!("{what}: growth over {times} times the records"),
                many / one,
                "×",
                Target::None,
                "p95 ÷ p95 at 1×, same run",
            );
        }
    }
    let _ = std::fs::remove_dir_all(work);
}

/// p95 of each, in milliseconds.
struct Figures {
    open: f64,
    log: f64,
    inbox: f64,
    today: f64,
    word: f64,
    name: f64,
}

impl Figures {
    fn lines(&self) -> [(&'static str, f64, f64); 6] {
        [
            ("open a case", 50.0, self.open),
            ("quick log", 50.0, self.log),
            ("inbox", 50.0, self.inbox),
            ("the day's page", 50.0, self.today),
            ("search for a rare word", 300.0, self.word),
            ("search for a name", 300.0, self.name),
        ]
    }
}

fn report(times: usize, figures: &Figures, table: &mut Table) {
    for (what, most, p95) in figures.lines() {
        // Search is promised at ten times the records; above that it is only told.
        let promised = most < 300.0 || times <= 10;
        table.add(
            format!("{what}, p95 at {} contacts", ONE * times),
            p95,
            "ms",
            if promised {
                Target::AtMost(most)
            } else {
                Target::None
            },
            format!(
                "{} cases of one coordinator, notes of 2 KB",
                ONE * times / CONTACTS_A_CASE
            ),
        );
    }
}

struct Keys {
    pepper: SymmetricKey,
    cookie: String,
    cases: Vec<CaseId>,
}

struct House {
    db: Db,
    entrance: Entrance,
    mailbox: Mailbox,
    casework: Casework,
}

fn sqlite(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

/// The address of another database on the same server.
fn beside(server: &str, name: &str) -> String {
    let (host, _) = server.rsplit_once('/').unwrap();
    format!("{host}/{name}")
}

fn psql(server: &str, statement: &str) {
    let done = std::process::Command::new("psql")
        .args(["--quiet", "--dbname", server, "--command", statement])
        .status()
        .unwrap();
    assert!(done.success(), "{statement}");
}

async fn house(url: &str, pepper: &SymmetricKey) -> House {
    let db = Db::open(url).await.unwrap();
    db.migrate(&[
        office::MIGRATIONS,
        directory::MIGRATIONS,
        mailbox::MIGRATIONS,
        casework::MIGRATIONS,
        community::MIGRATIONS,
    ])
    .await
    .unwrap();
    let (clock, gate) = (Clock::system(), Gate::new(2));
    let entrance = Entrance::open(&db, &clock, pepper, &gate);
    let mailbox = Mailbox::new(
        db.clone(),
        clock.clone(),
        pepper,
        gate,
        entrance.refusals().clone(),
    );
    let casework = Casework::new(db.clone(), clock, mailbox.clone());
    House {
        db,
        entrance,
        mailbox,
        casework,
    }
}

async fn build(url: &str, contacts: usize) -> Keys {
    let pepper = SymmetricKey::random();
    let house = house(url, &pepper).await;
    let (office, cookie) = staffed(&house).await;
    let session = house.entrance.resume(&cookie).await.unwrap().unwrap();
    for n in 0..WAITING_LETTERS {
        let token = Token::fresh();
        let letter = FirstLetter {
            office,
            writer: Writer::Family,
            body: PARAGRAPH,
            token: &token,
            address: None,
        };
        house.mailbox.first_letter(&letter).await.unwrap();
        assert!(n < WAITING_LETTERS);
    }
    let mut cases = Vec::new();
    for number in 0..contacts.div_ceil(CONTACTS_A_CASE) {
        let opened = (house.casework.open_new(&session, &household(number)).await).unwrap();
        for contact in 0..CONTACTS_A_CASE {
            let person = opened.consulter.unwrap_or(opened.principal);
            let log = call(With::Person(person), number * CONTACTS_A_CASE + contact);
            let token = Token::fresh();
            (house
                .casework
                .log(&session, opened.case, &log, &token)
                .await)
                .unwrap();
        }
        cases.push(opened.case);
    }
    house.db.scrub().await.unwrap();
    Keys {
        pepper,
        cookie,
        cases,
    }
}

async fn staffed(house: &House) -> (OfficeId, String) {
    let clock = Clock::system();
    let new = NewOffice {
        name: "測定の窓口".to_owned(),
        jurisdiction: MunicipalityCode::parse("10212").unwrap(),
        settings: Settings::default(),
    };
    let founded = office::office::found(&house.db, &clock, &new)
        .await
        .unwrap();
    let form = StaffForm {
        login: "sokutei".to_owned(),
        name: "測定 する人".to_owned(),
        role: Role::Coordinator,
        qualification: Qualification::Other,
        active: true,
    };
    let invites = operator(&clock, founded.id, Action::ManageStaff);
    let invitation = enrol::invite(&house.db, &invites, &form).await.unwrap();
    let totp = house.entrance.invited(&invitation.code).await.unwrap().totp;
    let enrolment = Enrolment {
        invitation: &invitation.code,
        password: PASSWORD,
        totp_secret: &totp.base32(),
        totp_code: &totp.code_at(clock.now()),
    };
    house.entrance.enrol(enrolment).await.unwrap();
    let hands_over = operator(&clock, founded.id, Action::GrantOfficeKey);
    office_key::grant_founding_key(
        &house.db,
        &hands_over,
        &founded.private_key,
        invitation.staff,
    )
    .await
    .unwrap();
    // The digits of this half minute are used up by the enrolment.
    let next = clock.now() + SignedDuration::from_secs(30);
    let attempt = Attempt {
        login: &form.login,
        password: PASSWORD,
        code: &totp.code_at(next),
        ..Attempt::default()
    };
    let signed_in = house.entrance.sign_in(attempt).await.unwrap();
    (founded.id, signed_in.session_cookie)
}

fn household(number: usize) -> NewCase {
    let mut principal =
        NewPerson::unknown(Part::Principal, Relationship::Oneself).called(&format!("そら{number}"));
    principal.age_band = AgeBand::Thirties;
    principal.identity.kana = format!("みどり そら{number}");
    NewCase {
        principal,
        consulter: Some(
            NewPerson::unknown(Part::Family, Relationship::Mother)
                .called(&format!("すみれ{number}")),
        ),
        subject_knows: Knows::Knows,
        thread: None,
    }
}

fn call(with: With, n: usize) -> QuickLog {
    let mut text = String::with_capacity(2_100);
    while text.len() < 2_000 {
        text.push_str(PARAGRAPH);
    }
    if n % 1_000 == 500 {
        text.push_str(RARE);
    }
    // Over three years, so that lists by day and by month have something to choose from.
    let at = Clock::system().now() - SignedDuration::from_hours((n as i64 * 37) % 26_280 + 1);
    QuickLog {
        contact: NewContact {
            at,
            channel: Channel::Phone,
            direction: Direction::Incoming,
            party: Party::Family,
            people: Vec::new(),
            about: None,
            minutes: Some(20),
            result: Outcome::Talked,
            staff: Vec::new(),
            next_on: None,
        },
        with,
        blocks: vec![Block {
            text,
            kind: BlockKind::FamilyWords,
            source: None,
            subject: None,
            may_share: MayShare::Not,
        }],
        staff_line: String::new(),
        state: State::Confirmed,
        despite: None,
    }
}

async fn measure(url: &str, keys: &Keys) -> Figures {
    let house = house(url, &keys.pepper).await;
    let case = |n: usize| keys.cases[(n * 7_919) % keys.cases.len()];
    let (mut open, mut log, mut inbox, mut today) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for n in 0..SAMPLES {
        let begun = Instant::now();
        let session = session(&house, keys).await;
        let seen = house.casework.overview(&session, case(n)).await.unwrap();
        open.push(begun.elapsed());

        let person = seen.view.people[seen.view.people.len() - 1].id;
        let call = call(With::Person(person), n);
        let begun = Instant::now();
        let session = self::session(&house, keys).await;
        house
            .casework
            .log(&session, case(n), &call, &Token::fresh())
            .await
            .unwrap();
        log.push(begun.elapsed());

        let begun = Instant::now();
        let session = self::session(&house, keys).await;
        let lines = house.mailbox.shelf(&session, Shelf::Waiting).await.unwrap();
        inbox.push(begun.elapsed());
        // Most lie in the たしかめる箱: so many came from nowhere at once.
        assert!(lines.len() >= 50);

        let begun = Instant::now();
        let session = self::session(&house, keys).await;
        house.casework.today(&session).await.unwrap();
        today.push(begun.elapsed());
    }
    let (mut word, mut name) = (Vec::new(), Vec::new());
    for n in 0..SEARCHES {
        let begun = Instant::now();
        let session = session(&house, keys).await;
        let found = house.casework.search(&session, RARE).await.unwrap();
        word.push(begun.elapsed());
        assert!(!found.lines.is_empty());
        let begun = Instant::now();
        let session = self::session(&house, keys).await;
        let wanted = format!("スミレ{}", n % keys.cases.len());
        let found = house.casework.search(&session, &wanted).await.unwrap();
        name.push(begun.elapsed());
        assert!(!found.lines.is_empty());
    }
    Figures {
        open: p95(open),
        log: p95(log),
        inbox: p95(inbox),
        today: p95(today),
        word: p95(word),
        name: p95(name),
    }
}

/// As every request does: the cookie opens the colleague's key, that opens the office's.
async fn session(house: &House, keys: &Keys) -> Session {
    house.entrance.resume(&keys.cookie).await.unwrap().unwrap()
}

fn p95(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() * 95 / 100].as_secs_f64() * 1_000.0
}
