//! Durable sealed first letters against bare one-row commits of SQLite, in turns on the same disk.

use crate::http::Visitor;
use crate::server::Installation;
use crate::table::{Table, Target, median};
use crate::wrk::Load;
use basics::{Clock, MunicipalityCode, OfficeId};
use mailbox::first_letter::FirstLetter;
use mailbox::return_code::Token;
use mailbox::{Mailbox, Writer};
use office::{Entrance, NewOffice, Settings};
use std::path::Path;
use std::time::{Duration, Instant};
use store::Db;
use vault::SymmetricKey;
use vault::password::Gate;

const ROUNDS: usize = 3;
const TASKS: usize = 32;
const LETTER: &str = "29歳の息子のことで書いています。仕事をやめてから、3年ほど部屋で過ごしています。\
    声をかけたほうがいいのか、そっとしておいたほうがいいのか、分からなくなりました。\
    本人に知られずに、家族だけで相談してもいいのでしょうか。";

/// Through the room, and through HTTP.
pub fn against_bare_sqlite(ippo: &Path, work: &Path, seconds: u64, table: &mut Table) {
    let folder = work.join("letters");
    std::fs::create_dir(&folder).unwrap();
    let installation = Installation::new(ippo, &folder);
    let server = installation.serve(ippo);
    let script = folder.join("letter.lua");
    std::fs::write(&script, lua()).unwrap();
    let path = format!("/tegami/kaku/{}", installation.office());
    // As a browser does: the form first, then what it set as cookies comes back with the letter.
    let mut browser = Visitor::new(&server.address);
    assert_eq!(browser.get(&path).status, 200);
    let cookie =
        Some(format!("Cookie: {}", browser.cookies())).filter(|_| !browser.cookies().is_empty());
    let load = Load {
        address: &server.address,
        path: &path,
        headers: cookie.into_iter().collect(),
        script: Some(script),
        seconds,
    };

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let room = runtime.block_on(Room::found(&folder.join("room.db")));
    let (mut bare, mut through_room, mut through_http) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        bare.push(one_row_commits(
            &folder.join(format!("bare-{round}.db")),
            seconds,
        ));
        through_room.push(runtime.block_on(room.letters_per_second(seconds)));
        let before = installation.letters();
        let counted = load.run();
        // What is on its way when wrk stops is stored and not counted.
        let stored = installation.letters() - before;
        assert!(
            stored >= counted.requests && stored <= counted.requests + 64,
            "{stored} stored, {} answered",
            counted.requests
        );
        through_http.push(counted.per_second);
    }
    let (bare, room, http) = (
        median(&mut bare),
        median(&mut through_room),
        median(&mut through_http),
    );
    table.add(
        "first letters through the room ÷ bare commits",
        room / bare,
        "",
        Target::AtLeast(0.5),
        format!("{room:.0} letters/s from {TASKS} tasks, {bare:.0} one-row commits/s (WAL, FULL)"),
    );
    table.add(
        "first letters through HTTP ÷ bare commits",
        http / bare,
        "",
        Target::AtLeast(0.5),
        format!("{http:.0} letters/s over 32 connections, each counted in the database"),
    );
}

/// What the disk and SQLite give at most: one connection, one row of 1 KB a commit.
fn one_row_commits(file: &Path, seconds: u64) -> f64 {
    let conn = rusqlite::Connection::open(file).unwrap();
    conn.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE m (id INTEGER PRIMARY KEY, body BLOB);").unwrap();
    let body = vec![0xa5u8; 1024];
    let mut insert = conn.prepare("INSERT INTO m (body) VALUES (?1)").unwrap();
    let begun = Instant::now();
    let mut commits = 0;
    while begun.elapsed() < Duration::from_secs(seconds) {
        insert.execute([&body]).unwrap();
        commits += 1;
    }
    f64::from(commits) / begun.elapsed().as_secs_f64()
}

struct Room {
    mailbox: Mailbox,
    office: OfficeId,
}

impl Room {
    async fn found(file: &Path) -> Self {
        let db = Db::open(&format!("sqlite:{}", file.display()))
            .await
            .unwrap();
        db.migrate(&[
            office::MIGRATIONS,
            directory::MIGRATIONS,
            mailbox::MIGRATIONS,
        ])
        .await
        .unwrap();
        let (clock, pepper, gate) = (Clock::system(), SymmetricKey::random(), Gate::new(2));
        let new = NewOffice {
            name: "測定の窓口".to_owned(),
            jurisdiction: MunicipalityCode::parse("10212").unwrap(),
            settings: Settings::default(),
        };
        let office = office::office::found(&db, &clock, &new).await.unwrap().id;
        let entrance = Entrance::open(&db, &clock, &pepper, &gate);
        let mailbox = Mailbox::new(db, clock, &pepper, gate, entrance.refusals().clone());
        Self { mailbox, office }
    }

    async fn letters_per_second(&self, seconds: u64) -> f64 {
        let begun = Instant::now();
        let until = begun + Duration::from_secs(seconds);
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let (mailbox, office) = (self.mailbox.clone(), self.office);
                tokio::spawn(async move {
                    let mut sent = 0u32;
                    while Instant::now() < until {
                        let token = Token::fresh();
                        let letter = FirstLetter {
                            office,
                            writer: Writer::Family,
                            body: LETTER,
                            token: &token,
                            address: None,
                        };
                        mailbox.first_letter(&letter).await.unwrap();
                        sent += 1;
                    }
                    sent
                })
            })
            .collect();
        let mut sent = 0.0;
        for task in tasks {
            sent += f64::from(task.await.unwrap());
        }
        sent / begun.elapsed().as_secs_f64()
    }
}

/// Every request a form of its own, as 32 people would send them.
fn lua() -> String {
    let words = crate::http::encoded(&[("bun", LETTER), ("dare", "family")]);
    format!(
        "math.randomseed(os.time())\n\
         wrk.headers[\"Content-Type\"] = \"application/x-www-form-urlencoded\"\n\
         wrk.headers[\"Sec-Fetch-Site\"] = \"same-origin\"\n\
         request = function()\n\
           local token = {{}}\n\
           for i = 1, 16 do token[i] = string.format(\"%04x\", math.random(0, 65535)) end\n\
           return wrk.format(\"POST\", nil, nil, \"{words}&_f=\" .. table.concat(token))\n\
         end\n"
    )
}
