//! Everything at once, on both databases: nothing is lost, nothing is counted twice, no two
//! transactions wait for each other in a circle.

use crate::world::{MIGRATIONS, World};
use jiff::SignedDuration;
use mailbox::answer::Reply;
use mailbox::return_code::Token;
use mailbox::{Error, Mailbox, Side};
use office::access::{self, Action};
use office::{Qualification, Role, Session, StaffForm};
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::Db;
use testkit::{Engine, TestDb};
use vault::Zeroizing;

/// How many people, and how much each does.
const HANDS: u64 = 14;
const TURNS: u64 = 24;

/// What the writers were told has arrived.
#[derive(Default)]
struct Told {
    /// Codes by the office's running number of the thread.
    codes: Vec<(i64, Zeroizing<String>)>,
    letters: HashMap<i64, Vec<String>>,
    answers: HashMap<i64, i64>,
}

/// Small repeatable randomness: a test that fails should fail again.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

struct Crowd<'a> {
    world: &'a World,
    /// The same mailbox a hundred days later: for it, whatever is closed is due.
    later: Mailbox,
    sessions: [Session; 2],
    told: Mutex<Told>,
    over: AtomicBool,
}

impl Crowd<'_> {
    fn pick(&self, dice: &mut Dice) -> (i64, Zeroizing<String>) {
        let told = self.told.lock().unwrap();
        // Few threads, so that many hands meet at one.
        let newest = told.codes.len().min(6);
        told.codes[told.codes.len() - 1 - dice.throw(newest)].clone()
    }

    async fn somebody(&self, seed: u64) {
        let mut dice = Dice(seed);
        for turn in 1..=TURNS {
            let words = format!("{seed}の{turn}通目");
            let session = &self.sessions[dice.throw(2)];
            match dice.throw(12) {
                0 | 1 => self.first_letter(words).await,
                2..=4 => self.write_more(words, &mut dice).await,
                5 | 6 => self.answer(session, &mut dice).await,
                7 => self.close(session, &mut dice).await,
                8 => self.change_code(&mut dice).await,
                9 => self.look(session, &mut dice).await,
                10 => assert!(matches!(
                    self.world.mailbox.enter("000000-まちがい").await,
                    Err(Error::WrongCode)
                )),
                _ => drop(self.later.erase_due().await.unwrap()),
            }
        }
    }

    async fn first_letter(&self, words: String) {
        let sent = self.world.send(&words, &Token::fresh()).await.unwrap();
        let number = self
            .world
            .mailbox
            .holder(&sent.code)
            .await
            .unwrap()
            .thread()
            .number;
        let mut told = self.told.lock().unwrap();
        told.letters.entry(number).or_default().push(words);
        told.codes.push((number, sent.code));
    }

    async fn write_more(&self, words: String, dice: &mut Dice) {
        let (number, code) = self.pick(dice);
        let written = async {
            let holder = self.world.mailbox.holder(&code).await?;
            self.world
                .mailbox
                .write_more(&holder, &words, &Token::fresh())
                .await
        };
        match written.await {
            Ok(_) => self
                .told
                .lock()
                .unwrap()
                .letters
                .entry(number)
                .or_default()
                .push(words),
            // Erased, or the code was changed meanwhile: said, and the page keeps the words.
            Err(Error::WrongCode | Error::NotFound) => {}
            Err(other) => panic!("{other:?}"),
        }
    }

    async fn answer(&self, session: &Session, dice: &mut Dice) {
        let (number, code) = self.pick(dice);
        let Ok(holder) = self.world.mailbox.holder(&code).await else {
            return;
        };
        let id = holder.thread().id;
        let answered = async {
            let (_, letters) = self.world.mailbox.read_at_desk(session, id).await?;
            let token = Token::fresh();
            let seen = letters.last().map_or(0, |letter| letter.seq);
            let reply = Reply {
                body: "読みました",
                token: &token,
                seen,
                next_promise: None,
            };
            self.world.mailbox.reply(session, id, &reply).await
        };
        match answered.await {
            Ok(_) => *self.told.lock().unwrap().answers.entry(number).or_default() += 1,
            Err(Error::Meanwhile) => {}
            Err(gone) if gone.is_not_found() => {}
            Err(other) => panic!("{other:?}"),
        }
    }

    async fn close(&self, session: &Session, dice: &mut Dice) {
        let (_, code) = self.pick(dice);
        let Ok(holder) = self.world.mailbox.holder(&code).await else {
            return;
        };
        let id = holder.thread().id;
        let closed = async {
            let (_, letters) = self.world.mailbox.read_at_desk(session, id).await?;
            let seen = letters.last().map(|letter| letter.seq);
            self.world.mailbox.close(session, id, seen).await
        };
        match closed.await {
            Ok(()) | Err(Error::Meanwhile) => {}
            Err(gone) if gone.is_not_found() => {}
            Err(other) => panic!("{other:?}"),
        }
    }

    async fn change_code(&self, dice: &mut Dice) {
        let (number, code) = self.pick(dice);
        match self
            .world
            .mailbox
            .change_code_by_form(&code, &Token::fresh())
            .await
        {
            Ok(new) => {
                let mut told = self.told.lock().unwrap();
                told.codes
                    .iter_mut()
                    .filter(|(one, _)| *one == number)
                    .for_each(|(_, code)| code.clone_from(&new));
            }
            Err(Error::WrongCode | Error::NotFound) => {}
            Err(other) => panic!("{other:?}"),
        }
    }

    async fn look(&self, session: &Session, dice: &mut Dice) {
        let (_, code) = self.pick(dice);
        let shown = async {
            let holder = self.world.mailbox.holder(&code).await?;
            self.world.mailbox.code_to_show(&holder).await?;
            self.world.mailbox.read_as_holder(&holder).await?;
            let token = Token::fresh();
            self.world
                .mailbox
                .note(session, holder.thread().id, "同僚へ", &token)
                .await
        };
        match shown.await {
            Ok(_) | Err(Error::WrongCode) => {}
            Err(gone) if gone.is_not_found() => {}
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Meanwhile somebody signs in again and again, and their account is saved again and again.
    async fn the_accounts(&self) {
        let office = &self.world.office;
        let permit = access::operator(&self.world.clock, office.id, Action::ManageStaff);
        let form = StaffForm {
            login: office.administrator.login.clone(),
            name: "管理の人".to_owned(),
            role: Role::Administrator,
            qualification: Qualification::Other,
            active: true,
        };
        let signing_in = async {
            while !self.over.load(Ordering::Relaxed) {
                office.sign_in(&office.administrator).await;
            }
        };
        let saving = async {
            while !self.over.load(Ordering::Relaxed) {
                office::staff::change(&self.world.db, &permit, office.administrator.staff, &form)
                    .await
                    .unwrap();
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
        };
        futures_util::join!(signing_in, saving);
    }
}

/// How often PostgreSQL had to break a circle of waiting transactions.
async fn deadlocks(db: &Db) -> i64 {
    // Each connection reports what it saw with its next statement after a second.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let mut all = Vec::new();
    for _ in 0..16 {
        all.push(db.read().await.unwrap());
    }
    for conn in &mut all {
        conn.one::<(i64,)>("SELECT CAST(1 AS BIGINT)", &[])
            .await
            .unwrap();
    }
    let sql =
        "SELECT CAST(deadlocks AS BIGINT) FROM pg_stat_database WHERE datname = current_database()";
    all[0].one::<(i64,)>(sql, &[]).await.unwrap().0
}

testkit::on_both_databases! {
    MIGRATIONS;

    async fn many_hands_at_once_lose_nothing(db: TestDb) {
        let world = World::new(&db).await;
        let sessions = [
            world.office.session(&world.office.coordinator).await,
            world.office.session(&world.office.supervisor).await,
        ];
        let far = basics::Clock::fixed(world.clock.now().saturating_add(SignedDuration::from_hours(24 * 100)).unwrap());
        let crowd = Crowd {
            later: World::mailbox_on(db.handle(), &far, &world.office),
            world: &world,
            sessions,
            told: Mutex::default(),
            over: AtomicBool::new(false),
        };
        for n in 0..6 {
            crowd.first_letter(format!("はじめの{n}")).await;
        }
        let everybody = async {
            futures_util::future::join_all((1..=HANDS).map(|seed| crowd.somebody(seed))).await;
            crowd.over.store(true, Ordering::Relaxed);
        };
        futures_util::join!(everybody, crowd.the_accounts());

        let told = crowd.told.into_inner().unwrap();
        let mut conn = world.db.read().await.unwrap();
        let there: Vec<(i64, i64)> = conn.all("SELECT number, id FROM thread ORDER BY number", &[]).await.unwrap();
        let gone: Vec<(i64, i64)> = conn.all("SELECT number, letters FROM erased_thread ORDER BY number", &[]).await.unwrap();
        drop(conn);
        let mut numbers: Vec<i64> = there.iter().chain(&gone).map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=told.letters.len() as i64).collect::<Vec<_>>(), "numbers have no gaps");
        assert!(!gone.is_empty() && !there.is_empty());

        for (number, id) in there {
            let (thread, letters) = world.mailbox.read_at_desk(&crowd.sessions[0], id.into()).await.unwrap();
            let seqs: Vec<i64> = letters.iter().map(|letter| letter.seq).collect();
            assert_eq!(seqs, (1..=thread.letters).collect::<Vec<_>>());
            let mut written: Vec<&str> = letters.iter().filter(|l| l.side == Side::Writer).map(|l| l.body.as_str()).collect();
            let mut expected: Vec<&str> = told.letters[&number].iter().map(String::as_str).collect();
            written.sort_unstable();
            expected.sort_unstable();
            assert_eq!(written, expected, "thread {number}");
            let answers = letters.iter().filter(|l| l.side == Side::Office).count() as i64;
            assert_eq!(answers, told.answers.get(&number).copied().unwrap_or(0));
        }
        for (number, letters) in &gone {
            let expected = told.letters[number].len() as i64 + told.answers.get(number).copied().unwrap_or(0);
            assert_eq!(*letters, expected, "erased thread {number}: what was told as arrived was there to be erased");
        }
        let all: i64 = told.letters.values().map(|letters| letters.len() as i64).sum();
        assert_eq!(world.number_of("SELECT SUM(n) FROM mailbox_count WHERE what = 'letter'").await, all);
        assert_eq!(world.number_of("SELECT SUM(n) FROM mailbox_count WHERE what = 'erased'").await, gone.len() as i64);
        world.office.entrance.refusals().settled().await.unwrap();
        assert!(office::audit::verify(&world.db).await.unwrap().iter().all(|report| report.fault.is_none()));
        if db.engine == Engine::Postgres {
            assert_eq!(deadlocks(&db).await, 0, "locks are taken in one order everywhere");
        }
    }

    /// A letter that came while the page was open is not closed away unread.
    async fn an_unread_letter_is_never_closed_away(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("ひとつめ").await;
        let session = world.office.session(&world.office.coordinator).await;
        let (_, seen) = world.mailbox.read_at_desk(&session, sent.thread).await.unwrap();
        let seen = seen.last().map(|letter| letter.seq);
        world.mailbox.write_more(&world.holder(&sent).await, "もうひとつ", &Token::fresh()).await.unwrap();
        assert!(matches!(world.mailbox.close(&session, sent.thread, seen).await, Err(Error::Meanwhile)));
        assert_eq!(world.holder(&sent).await.thread().state, mailbox::State::Waiting);
        world.mailbox.close(&session, sent.thread, Some(2)).await.unwrap();
    }

    async fn two_closings_at_once_are_one_in_the_counts(db: TestDb) {
        let world = World::new(&db).await;
        let session = world.office.session(&world.office.coordinator).await;
        for n in 1..=10 {
            let sent = world.a_letter("そろそろ").await;
            let closing = (0..4).map(|_| world.mailbox.close(&session, sent.thread, None));
            futures_util::future::try_join_all(closing).await.unwrap();
            assert_eq!(world.number_of("SELECT SUM(n) FROM mailbox_count WHERE what = 'closed'").await, n);
        }
    }

    /// Whoever can write into the database still cannot show the writer what staff wrote to each other.
    async fn a_note_relabelled_as_an_answer_opens_for_nobody(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("こんにちは").await;
        let session = world.office.session(&world.office.coordinator).await;
        world.mailbox.note(&session, sent.thread, "同僚だけへ", &Token::fresh()).await.unwrap();
        store::transact!(world.db, "test.relabel", |tx| {
            tx.mark_recorded();
            tx.exec("UPDATE letter SET side = 'office' WHERE side = 'note'", &[]).await
        }).unwrap();
        assert!(matches!(world.mailbox.read_as_holder(&world.holder(&sent).await).await, Err(Error::Office(_) | Error::Vault(_))));
    }

    /// A code that was changed is tried again from an old cookie: that is a refused attempt like any other.
    async fn a_dead_code_in_a_cookie_is_in_the_chain(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("こんにちは").await;
        let token = Token::fresh();
        let new = world.mailbox.change_code_by_form(&sent.code, &token).await.unwrap();
        assert_eq!(world.mailbox.change_code_by_form(&sent.code, &token).await.unwrap(), new);
        assert_eq!(world.recorded("mailbox.enter", "refused").await, 0, "a double click is no attempt");
        for tried in [sent.code.as_str(), "000000-", ""] {
            assert!(matches!(world.mailbox.holder(tried).await, Err(Error::WrongCode)));
        }
        assert!(matches!(world.mailbox.change_code_by_form(&sent.code, &Token::fresh()).await, Err(Error::WrongCode)));
        assert_eq!(world.recorded("mailbox.enter", "refused").await, 4);
    }

    async fn what_is_printed_for_a_log_holds_neither_words_nor_code(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.a_letter("だれにも言わないで").await;
        let letters = world.mailbox.read_as_holder(&world.holder(&sent).await).await.unwrap();
        assert!(!format!("{sent:?}").contains(&sent.code[7..]));
        assert!(!format!("{letters:?}").contains("だれ"));
    }

    /// A backup that reads for minutes: the writer is told that it is erased (it is), and the log is emptied as soon
    /// as that can be.
    async fn a_backup_that_holds_the_log_does_not_keep_erased_words_for_long(db: TestDb) {
        if db.engine != Engine::Sqlite {
            return;
        }
        let world = World::new(&db).await;
        let sent = world.a_letter("けしてほしいことば").await;
        let backup = db.another().await;
        let mut reading = backup.read().await.unwrap();
        reading.exec("BEGIN", &[]).await.unwrap();
        reading.one::<(i64,)>("SELECT COUNT(*) FROM letter", &[]).await.unwrap();
        let sealed: Vec<(Vec<u8>,)> = reading.all("SELECT body FROM letter", &[]).await.unwrap();
        let still_there = async || {
            let (bytes, needle) = (db.raw_bytes().await, &sealed[0].0[20..60]);
            bytes.windows(needle.len()).any(|part| part == needle)
        };
        world.mailbox.end_and_erase(&world.holder(&sent).await).await.unwrap();
        assert!(still_there().await);
        assert!(world.mailbox.run_due_job().await.is_err(), "the operator is told");
        reading.exec("COMMIT", &[]).await.unwrap();
        drop(reading);
        world.mailbox.run_due_job().await.unwrap();
        assert!(!still_there().await);
    }
}
