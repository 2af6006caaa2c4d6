//! A whole house with one staffed office, and visitors without JavaScript.

use std::sync::{Arc, LazyLock};

use basics::{Clock, ThreadId};
use casework::{Knows, case::Opened, subject_knows::Heard};
use mailbox::{answer::Reply, return_code::Token};
use office::Session;
use store::{Migration, params};
use testkit::{
    TestDb,
    builders::{StaffedOffice, a_staffed_office},
    client::Client,
};

pub const MIGRATIONS: &[&[Migration]] = &[
    office::MIGRATIONS,
    directory::MIGRATIONS,
    mailbox::MIGRATIONS,
    casework::MIGRATIONS,
    community::MIGRATIONS,
];

static DIRECTORY: LazyLock<Arc<directory::Directory>> =
    LazyLock::new(|| Arc::new(directory::Directory::load()));

pub struct World {
    pub db: store::Db,
    pub clock: Clock,
    pub app: web::App,
    pub office: StaffedOffice,
}

impl World {
    /// Sunday, 22 November 2026, 3 a.m. Monday is a holiday.
    pub async fn new(db: &TestDb) -> Self {
        let clock = testkit::clock_at("2026-11-22T03:00");
        let office = a_staffed_office(db, &clock, "midori").await;
        clock.set(testkit::clock_at("2026-11-22T03:00").now());
        let app = web::App::new(
            {
                let mut config = web::Config::new("http://localhost", [7; 32]);
                config.sends_mail = true;
                config
            },
            db.handle(),
            DIRECTORY.clone(),
            Arc::new(guide::Rules::shipped().unwrap()),
            clock.clone(),
        );
        Self {
            db: db.handle(),
            clock,
            app,
            office,
        }
    }

    pub fn visitor(&self) -> Client {
        Client::new(web::router(self.app.clone()))
    }

    /// The address of the office's letter form.
    pub fn form(&self) -> String {
        format!("/tegami/kaku/{}", self.office.id)
    }

    /// A visitor who has written, and stands on the page with the code.
    pub async fn writer(&self, words: &str) -> Client {
        let mut visitor = self.visitor();
        let page = visitor.get(&self.form()).await;
        let page = visitor
            .submit(&page.form_with_button("手紙を送る").fill("bun", words))
            .await;
        page.assert_says("届きました");
        visitor
    }

    /// The coordinator answers the only thread there is.
    pub async fn answer(&self, words: &str) -> ThreadId {
        let session = self.office.session(&self.office.coordinator).await;
        let thread = ThreadId::from(self.number("SELECT MIN(id) FROM thread").await);
        let seen = self.number("SELECT MAX(letters) FROM thread").await;
        let reply = Reply {
            body: words,
            token: &Token::fresh(),
            seen,
            next_promise: None,
        };
        self.app
            .mailbox
            .reply(&session, thread, &reply)
            .await
            .unwrap();
        thread
    }

    /// The person says today whether they know of the consultation.
    pub async fn hear(&self, session: &Session, opened: &Opened, knows: Knows) {
        let heard = Heard {
            knows,
            from: opened.principal,
            on: self.clock.today(),
        };
        let room = &self.app.casework;
        room.heard_subject_knows(session, opened.case, &heard)
            .await
            .unwrap();
    }

    pub async fn number(&self, sql: &str) -> i64 {
        let mut conn = self.db.read().await.unwrap();
        let (n,): (i64,) = conn.one(sql, params![]).await.unwrap();
        n
    }
}
