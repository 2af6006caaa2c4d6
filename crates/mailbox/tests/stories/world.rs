//! A small office and a mailbox to tell stories in.

use basics::Clock;
use jiff::SignedDuration;
use mailbox::first_letter::{FirstLetter, Sent};
use mailbox::holder::Holder;
use mailbox::return_code::Token;
use mailbox::{Mailbox, Result, Writer};
use store::Db;
use testkit::TestDb;
use testkit::builders::{StaffedOffice, a_staffed_office, gate, pepper};

pub const MIGRATIONS: [&[store::Migration]; 2] = [office::MIGRATIONS, mailbox::MIGRATIONS];

pub struct World {
    pub db: Db,
    pub clock: Clock,
    pub office: StaffedOffice,
    pub mailbox: Mailbox,
}

impl World {
    /// Three in the morning on a Sunday before a holiday (勤労感謝の日, Monday 2026-11-23).
    pub async fn new(db: &TestDb) -> Self {
        let clock = testkit::clock_at("2026-11-22T03:00");
        let office = a_staffed_office(db, &clock, "midori").await;
        Self {
            mailbox: Self::mailbox_on(db.handle(), &clock, &office),
            db: db.handle(),
            clock,
            office,
        }
    }

    pub fn mailbox_on(db: Db, clock: &Clock, office: &StaffedOffice) -> Mailbox {
        Mailbox::new(
            db,
            clock.clone(),
            &pepper(),
            gate(),
            office.entrance.refusals().clone(),
        )
    }

    pub async fn send(&self, body: &str, token: &Token) -> Result<Sent> {
        let letter = FirstLetter {
            office: self.office.id,
            writer: Writer::Principal,
            body,
            token,
            address: None,
        };
        self.mailbox.first_letter(&letter).await
    }

    /// A first letter from a form nobody else has.
    pub async fn a_letter(&self, body: &str) -> Sent {
        self.send(body, &Token::fresh()).await.unwrap()
    }

    pub async fn holder(&self, sent: &Sent) -> Holder {
        self.mailbox.holder(&sent.code).await.unwrap()
    }

    pub fn wait(&self, hours: i64) {
        self.clock.advance(SignedDuration::from_hours(hours));
    }

    pub async fn number_of(&self, sql: &str) -> i64 {
        let sql = format!("SELECT CAST(({sql}) AS BIGINT)");
        let (n,): (i64,) = self.db.read().await.unwrap().one(&sql, &[]).await.unwrap();
        n
    }

    /// Rows of the audit chain with this action and outcome, over all offices.
    pub async fn recorded(&self, action: &str, outcome: &str) -> i64 {
        self.number_of(&format!(
            "SELECT COUNT(*) FROM audit_row WHERE action = '{action}' AND outcome = '{outcome}'"
        ))
        .await
    }
}
