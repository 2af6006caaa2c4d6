//! A small office to tell stories in.

use basics::{Clock, MunicipalityCode, OfficeId, StaffId};
use jiff::SignedDuration;
use office::access::{self, Action};
use office::{
    Attempt, Enrolment, Entrance, NewOffice, Permit, Qualification, RecoveryCodes, Role, Session,
    Settings, SignedIn, StaffForm, TotpSecret, enrol, office as offices, office_key,
};
use store::{Db, params};
use testkit::TestDb;
use vault::password::Gate;
use vault::{PrivateKey, SymmetricKey};

pub const PASSWORD: &str = "あさがおの花が5つ咲いた";

pub struct World {
    pub db: Db,
    pub clock: Clock,
    pub entrance: Entrance,
    pub office: OfficeId,
    pub office_key: PrivateKey,
}

/// Somebody with an account, and what they keep in their head and pocket.
pub struct Person {
    pub id: StaffId,
    pub login: String,
    pub totp: TotpSecret,
    pub recovery: RecoveryCodes,
}

impl World {
    /// An office on a Tuesday morning.
    pub async fn new(db: &TestDb) -> Self {
        let clock = testkit::clock_at("2026-11-24T10:00");
        Self::with(db.handle(), clock, "みどり市ひきこもり地域支援センター").await
    }

    /// A second office in the same database.
    pub async fn neighbour(&self) -> Self {
        Self::with(
            self.db.clone(),
            self.clock.clone(),
            "あおば市ひきこもり地域支援センター",
        )
        .await
    }

    async fn with(db: Db, clock: Clock, name: &str) -> Self {
        let entrance = Entrance::open(&db, &clock, &SymmetricKey::random(), &Gate::new(2));
        let new = NewOffice {
            name: name.to_owned(),
            jurisdiction: MunicipalityCode::parse("15100").unwrap(),
            settings: Settings::default(),
        };
        let founded = offices::found(&db, &clock, &new).await.unwrap();
        Self {
            db,
            clock,
            entrance,
            office: founded.id,
            office_key: founded.private_key,
        }
    }

    pub fn operator(&self, action: Action) -> Permit {
        access::operator(&self.clock, self.office, action)
    }

    /// Somebody who has enrolled; whoever reads letters has been given the key.
    pub async fn person(&self, login: &str, role: Role) -> Person {
        let person = self.person_without_key(login, role).await;
        if role != Role::Administrator {
            let permit = self.operator(Action::GrantOfficeKey);
            office_key::grant_founding_key(&self.db, &permit, &self.office_key, person.id)
                .await
                .unwrap();
        }
        person
    }

    pub async fn person_without_key(&self, login: &str, role: Role) -> Person {
        let permit = self.operator(Action::ManageStaff);
        let invitation = enrol::invite(&self.db, &permit, &form(login, role))
            .await
            .unwrap();
        self.enrol(&invitation.code).await
    }

    pub async fn enrol(&self, code: &str) -> Person {
        let invited = self.entrance.invited(code).await.unwrap();
        let recovery = self
            .entrance
            .enrol(Enrolment {
                invitation: code,
                password: PASSWORD,
                totp_secret: &invited.totp.base32(),
                totp_code: &invited.totp.code_at(self.clock.now()),
            })
            .await
            .unwrap();
        Person {
            id: invited.staff,
            login: invited.login,
            totp: invited.totp,
            recovery,
        }
    }

    pub fn wait(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// Signs in with the next code of the app.
    pub async fn sign_in(&self, person: &Person) -> (Session, SignedIn) {
        self.wait(30);
        let signed_in = self.try_sign_in(person, PASSWORD, None).await.unwrap();
        let session = self
            .entrance
            .resume(&signed_in.session_cookie)
            .await
            .unwrap()
            .unwrap();
        (session, signed_in)
    }

    pub async fn try_sign_in(
        &self,
        person: &Person,
        password: &str,
        device: Option<&str>,
    ) -> office::Result<SignedIn> {
        self.entrance
            .sign_in(Attempt {
                login: &person.login,
                password,
                code: &person.totp.code_at(self.clock.now()),
                address: Some([192, 0, 2, 10].into()),
                device,
            })
            .await
    }

    /// The session of this cookie, as the next request would find it.
    pub async fn resume(&self, signed_in: &SignedIn) -> Option<Session> {
        self.entrance
            .resume(&signed_in.session_cookie)
            .await
            .unwrap()
    }

    /// How many rows of an office's chain say this.
    pub async fn recorded(
        &self,
        office: OfficeId,
        action: &str,
        outcome: &str,
        detail: &str,
    ) -> i64 {
        let mut conn = self.db.read().await.unwrap();
        let (count,): (i64,) = conn
            .one(
                "SELECT COUNT(*) FROM audit_row WHERE office_id = $1 AND action = $2 AND outcome = $3 AND detail = $4",
                params![office.get(), action, outcome, detail],
            )
            .await
            .unwrap();
        count
    }
}

pub fn form(login: &str, role: Role) -> StaffForm {
    StaffForm {
        login: login.to_owned(),
        name: format!("{login}さん"),
        role,
        qualification: Qualification::PublicHealthNurse,
        active: true,
    }
}
