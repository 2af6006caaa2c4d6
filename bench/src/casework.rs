//! Cases at 1×, 10× and 100× the records of one office (2,000, 20,000, 200,000 contacts with notes of 2 KB, a case for
//! every 20 of them): opening a case, the quick log, the inbox, a search. Each as the room does it, with access, sealing
//! and the audit chain; p95 of many, and how they grow.
//!
//! The first office of 2,000 contacts goes in through the room's own functions, and so do the larger
//! ones: slow to build, honest to read.

use crate::table::{Table, Target};
use casework::contact::{Channel, Direction, NewContact, Outcome, Party};
use casework::note::{Block, BlockKind, MayShare, State};
use casework::quick_log::{QuickLog, With};
use casework::{Casework, Knows, NewCase, NewPerson, Part, Relationship};
use mailbox::Mailbox;
use mailbox::inbox::Shelf;
use mailbox::return_code::Token;
use office::Session;
use std::path::Path;
use std::time::Instant;
use store::Db;
use testkit::builders::{a_staffed_office, gate, pepper};

const CONTACTS_A_CASE: usize = 20;
const SIZES: [(usize, &str); 3] = [(2_000, "1×"), (20_000, "10×"), (200_000, "100×")];

/// Every size up to `largest` contacts.
pub fn at_three_sizes(work: &Path, largest: usize, table: &mut Table) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let desk = Desk::found(&work.join("casework.db")).await;
        let mut contacts = 0;
        let mut before: Option<[f64; 4]> = None;
        for (size, name) in SIZES.into_iter().filter(|(size, _)| *size <= largest) {
            desk.grow(contacts, size).await;
            contacts = size;
            let now = desk.measure(name, table).await;
            if let Some(before) = before {
                for (what, (old, new)) in WHAT.iter().zip(before.iter().zip(now)) {
                    let how = format!("{old:.1} ms became {new:.1} ms");
                    table.add(
                        format!("{what}: growth to {name}"),
                        new / old,
                        "",
                        Target::None,
                        how,
                    );
                }
            }
            before = Some(now);
        }
    });
}

const WHAT: [&str; 4] = ["open a case", "quick log", "inbox", "search"];

struct Desk {
    casework: Casework,
    mailbox: Mailbox,
    me: Session,
}

impl Desk {
    async fn found(file: &Path) -> Self {
        let db = Db::open(&format!("sqlite:{}", file.display()))
            .await
            .unwrap();
        db.migrate(&[
            office::MIGRATIONS,
            directory::MIGRATIONS,
            mailbox::MIGRATIONS,
            casework::MIGRATIONS,
        ])
        .await
        .unwrap();
        let clock = testkit::clock_at("2026-11-24T10:00");
        let office = a_staffed_office(&db, &clock, "bench").await;
        let me = office.session(&office.coordinator).await;
        let refusals = office.entrance.refusals().clone();
        let mailbox = Mailbox::new(db.clone(), clock.clone(), &pepper(), gate(), refusals);
        Self {
            casework: Casework::new(db, clock, mailbox.clone()),
            mailbox,
            me,
        }
    }

    /// Cases with their contacts, until there are as many as wanted.
    async fn grow(&self, from: usize, to: usize) {
        let begun = Instant::now();
        for first in (from..to).step_by(CONTACTS_A_CASE) {
            let new = NewCase {
                principal: NewPerson::unknown(Part::Principal, Relationship::Oneself)
                    .called(&format!("呼び名{first}")),
                consulter: None,
                subject_knows: Knows::Knows,
                thread: None,
            };
            let opened = self.casework.open_new(&self.me, &new).await.unwrap();
            for n in first..(first + CONTACTS_A_CASE).min(to) {
                let log = call(With::Person(opened.principal), note(n));
                self.casework
                    .log(&self.me, opened.case, &log, &Token::fresh())
                    .await
                    .unwrap();
            }
        }
        println!("{to} contacts after {:.0} s", begun.elapsed().as_secs_f64());
    }

    async fn measure(&self, name: &str, table: &mut Table) -> [f64; 4] {
        let cases = self.casework.cases(&self.me).await.unwrap();
        let step = (cases.len() / 100).max(1);
        let some: Vec<_> = cases.iter().step_by(step).take(100).collect();
        let mut times: [Vec<f64>; 4] = Default::default();
        for case in &some {
            let begun = Instant::now();
            self.casework.case(&self.me, case.id).await.unwrap();
            times[0].push(ms(begun));
        }
        for case in &some {
            let view = self.casework.case(&self.me, case.id).await.unwrap();
            let log = call(With::Person(view.case.principal), note(7));
            let begun = Instant::now();
            let token = Token::fresh();
            self.casework
                .log(&self.me, case.id, &log, &token)
                .await
                .unwrap();
            times[1].push(ms(begun));
        }
        for _ in 0..100 {
            let begun = Instant::now();
            self.mailbox.shelf(&self.me, Shelf::Waiting).await.unwrap();
            times[2].push(ms(begun));
        }
        for n in 0..20 {
            let begun = Instant::now();
            let words = format!("目印{n} 図書館");
            self.casework.search(&self.me, &words).await.unwrap();
            times[3].push(ms(begun));
        }
        let mut p95 = [0.0; 4];
        for (n, (what, mut times)) in WHAT.iter().zip(times).enumerate() {
            times.sort_by(f64::total_cmp);
            p95[n] = times[(times.len() * 95 / 100).min(times.len() - 1)];
            let target = match (*what, name) {
                ("search", "1×" | "10×") => Target::AtMost(300.0),
                ("search", _) => Target::None,
                _ => Target::AtMost(50.0),
            };
            let how = format!("{} times, {} cases", times.len(), cases.len());
            table.add(format!("{what} at {name}, p95"), p95[n], "ms", target, how);
        }
        p95
    }
}

fn ms(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1_000.0
}

/// About 2 KB: 700 characters with one word nobody else's has.
fn note(n: usize) -> Vec<Block> {
    const SENTENCE: &str =
        "夕方に電話があった。図書館までは歩けるようになったとのこと。夜はまだ眠りにくい。";
    let text = format!("目印{n}番の記録。{}", SENTENCE.repeat(17));
    vec![Block {
        text,
        kind: BlockKind::PrincipalWords,
        source: None,
        subject: None,
        may_share: MayShare::Not,
    }]
}

fn call(with: With, blocks: Vec<Block>) -> QuickLog {
    QuickLog {
        contact: NewContact {
            at: testkit::clock_at("2026-11-24T10:00").now(),
            channel: Channel::Phone,
            direction: Direction::Incoming,
            party: Party::Principal,
            people: Vec::new(),
            about: None,
            minutes: Some(20),
            result: Outcome::Talked,
            staff: Vec::new(),
            next_on: None,
        },
        with,
        blocks,
        staff_line: String::new(),
        state: State::Confirmed,
    }
}
