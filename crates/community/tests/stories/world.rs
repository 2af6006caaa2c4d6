//! A small office with places and appointments to tell stories in.

use basics::Clock;
use casework::case::Opened;
use casework::{Casework, Knows, NewCase, NewPerson, Part, Relationship};
use community::Community;
use mailbox::Mailbox;
use office::Session;
use store::Db;
use testkit::TestDb;
use testkit::builders::{Colleague, StaffedOffice, a_staffed_office, gate, pepper};

pub const MIGRATIONS: [&[store::Migration]; 4] = [
    office::MIGRATIONS,
    mailbox::MIGRATIONS,
    casework::MIGRATIONS,
    community::MIGRATIONS,
];

pub struct World {
    pub db: Db,
    pub clock: Clock,
    pub office: StaffedOffice,
    pub casework: Casework,
    pub community: Community,
}

impl World {
    /// Tuesday, 24 November 2026, ten in the morning.
    pub async fn new(db: &TestDb) -> Self {
        let clock = testkit::clock_at("2026-11-24T10:00");
        let office = a_staffed_office(db, &clock, "midori").await;
        let refusals = office.entrance.refusals().clone();
        let mailbox = Mailbox::new(
            db.handle(),
            clock.clone(),
            &pepper(),
            gate(),
            refusals.clone(),
        );
        let casework = Casework::new(db.handle(), clock.clone(), mailbox);
        Self {
            community: Community::new(
                db.handle(),
                clock.clone(),
                &pepper(),
                casework.clone(),
                refusals,
            ),
            casework,
            db: db.handle(),
            clock,
            office,
        }
    }

    pub async fn session(&self, who: &Colleague) -> Session {
        self.office.session(who).await
    }

    /// The coordinator, signed in.
    pub async fn coordinator(&self) -> Session {
        self.session(&self.office.coordinator).await
    }

    /// A mother calls about her son, who does not know.
    pub async fn a_mothers_case(&self, session: &Session) -> Opened {
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
            consulter: Some(
                NewPerson::unknown(Part::Family, Relationship::Mother).called("すみれ"),
            ),
            subject_knows: Knows::DoesNot,
            thread: None,
        };
        self.casework.open_new(session, &new).await.unwrap()
    }

    pub fn wait(&self, hours: i64) {
        self.clock.advance(jiff::SignedDuration::from_hours(hours));
    }

    pub async fn number_of(&self, sql: &str) -> i64 {
        let sql = format!("SELECT CAST(({sql}) AS BIGINT)");
        let (n,): (i64,) = self.db.read().await.unwrap().one(&sql, &[]).await.unwrap();
        n
    }

    /// Rows of the audit chain with this action and outcome, over all offices.
    pub async fn recorded(&self, action: &str, outcome: &str) -> i64 {
        self.office.entrance.refusals().settled().await.unwrap();
        self.number_of(&format!(
            "SELECT COUNT(*) FROM audit_row WHERE action = '{action}' AND outcome = '{outcome}'"
        ))
        .await
    }
}
