//! A small office with a mailbox and cases to tell stories in.

use basics::Clock;
use casework::case::Opened;
use casework::subject_knows::Heard;
use casework::{Casework, Knows, NewCase, NewPerson, Part, Relationship};
use mailbox::Mailbox;
use mailbox::first_letter::{FirstLetter, Sent};
use mailbox::return_code::Token;
use office::Session;
use store::Db;
use testkit::TestDb;
use testkit::builders::{Colleague, StaffedOffice, a_staffed_office, gate, pepper};

pub const MIGRATIONS: [&[store::Migration]; 3] = [
    office::MIGRATIONS,
    mailbox::MIGRATIONS,
    casework::MIGRATIONS,
];

pub struct World {
    pub db: Db,
    pub clock: Clock,
    pub office: StaffedOffice,
    pub mailbox: Mailbox,
    pub casework: Casework,
}

impl World {
    /// Tuesday, 24 November 2026, ten in the morning.
    pub async fn new(db: &TestDb) -> Self {
        let clock = testkit::clock_at("2026-11-24T10:00");
        let office = a_staffed_office(db, &clock, "midori").await;
        let mailbox = Mailbox::new(
            db.handle(),
            clock.clone(),
            &pepper(),
            gate(),
            office.entrance.refusals().clone(),
        );
        Self {
            casework: Casework::new(db.handle(), clock.clone(), mailbox.clone()),
            mailbox,
            db: db.handle(),
            clock,
            office,
        }
    }

    pub async fn session(&self, who: &Colleague) -> Session {
        self.office.session(who).await
    }

    pub fn wait(&self, hours: i64) {
        self.clock.advance(jiff::SignedDuration::from_hours(hours));
    }

    /// The coordinator, signed in.
    pub async fn coordinator(&self) -> Session {
        self.session(&self.office.coordinator).await
    }

    /// The supervisor, signed in.
    pub async fn supervisor(&self) -> Session {
        self.session(&self.office.supervisor).await
    }

    /// The person says today whether they know of the consultation.
    pub async fn hear(
        &self,
        session: &Session,
        opened: &Opened,
        knows: Knows,
    ) -> casework::Result<()> {
        let heard = Heard {
            knows,
            from: opened.principal,
            on: self.clock.today(),
        };
        self.casework
            .heard_subject_knows(session, opened.case, &heard)
            .await
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

    pub async fn a_letter(&self, body: &str) -> Sent {
        let letter = FirstLetter {
            office: self.office.id,
            writer: mailbox::Writer::Family,
            body,
            token: &Token::fresh(),
            address: None,
        };
        self.mailbox.first_letter(&letter).await.unwrap()
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

    /// Every row of every table of this room, for proving that something changed nothing.
    pub async fn every_row(&self) -> Vec<(&'static str, Vec<String>)> {
        let tables = casework::MIGRATIONS
            .iter()
            .flat_map(|step| step.sql.split("CREATE TABLE ").skip(1))
            .filter_map(|rest| rest.split([' ', '(']).next());
        let mut all = Vec::new();
        for table in tables {
            let mut conn = self.db.read().await.unwrap();
            let sql = format!("SELECT * FROM {table}");
            let rows: Vec<AnyRow> = conn.all(&sql, &[]).await.unwrap();
            let mut rows: Vec<String> = rows.into_iter().map(|row| row.0).collect();
            rows.sort();
            all.push((table, rows));
        }
        all
    }
}

/// A row of whatever shape.
struct AnyRow(String);

struct AnyValue(store::Value);

impl store::FromValue for AnyValue {
    fn from_value(value: store::Value, _: usize) -> Result<Self, store::Error> {
        Ok(Self(value))
    }
}

impl store::FromRow for AnyRow {
    fn from_row(row: &mut store::Row) -> Result<Self, store::Error> {
        let mut text = String::new();
        while let Ok(AnyValue(value)) = row.take() {
            text = format!("{text}{value:?}|");
        }
        Ok(Self(text))
    }
}
