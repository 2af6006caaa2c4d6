//! A sample office with staff, for stories that begin "somebody at the desk …".

use basics::{Clock, MunicipalityCode, OfficeId, StaffId};
use office::access::{Action, operator};
use office::{
    Attempt, Enrolment, Entrance, NewOffice, Qualification, Role, Session, Settings, StaffForm,
    TotpSecret, enrol, office as offices, office_key,
};
use store::Db;
use vault::password::Gate;
use vault::{PrivateKey, SymmetricKey};

/// The password of every sample colleague.
pub const PASSWORD: &str = "あおい空と長い散歩 2026";

/// A sample colleague who can sign in.
pub struct Colleague {
    /// Their account.
    pub staff: StaffId,
    /// Their sign-in name.
    pub login: String,
    /// Their role.
    pub role: Role,
    /// The secret in their app.
    pub totp: TotpSecret,
}

/// A sample office: a supervisor, a coordinator and an administrator, keys handed over.
pub struct StaffedOffice {
    /// The office.
    pub id: OfficeId,
    /// Its private key, as on the recovery sheet.
    pub key: PrivateKey,
    /// Its staff entrance.
    pub entrance: Entrance,
    /// センター長.
    pub supervisor: Colleague,
    /// 支援コーディネーター.
    pub coordinator: Colleague,
    /// システム管理者.
    pub administrator: Colleague,
    clock: Clock,
    db: Db,
}

/// The installation's secret in tests.
pub fn pepper() -> SymmetricKey {
    SymmetricKey::derive(b"a secret for tests", b"ippo", "pepper")
}

/// A gate as in `ippo serve`.
pub fn gate() -> Gate {
    Gate::new(2)
}

/// Founds an office in みどり市 with staff. `prefix` keeps the sign-in names of two offices apart.
pub async fn a_staffed_office(db: &Db, clock: &Clock, prefix: &str) -> StaffedOffice {
    let entrance = Entrance::open(db, clock, &pepper(), &gate());
    let new = NewOffice {
        name: format!("{prefix}ひきこもり地域支援センター"),
        jurisdiction: MunicipalityCode::parse("10212").unwrap(),
        settings: Settings::default(),
    };
    let founded = offices::found(db, clock, &new).await.unwrap();
    let id = founded.id;
    let supervisor = enrolled(db, clock, &entrance, id, prefix, Role::Supervisor).await;
    let coordinator = enrolled(db, clock, &entrance, id, prefix, Role::Coordinator).await;
    let administrator = enrolled(db, clock, &entrance, id, prefix, Role::Administrator).await;
    let permit = operator(clock, id, Action::GrantOfficeKey);
    for colleague in [&supervisor, &coordinator] {
        office_key::grant_founding_key(db, &permit, &founded.private_key, colleague.staff)
            .await
            .unwrap();
    }
    StaffedOffice {
        id,
        key: founded.private_key,
        entrance,
        supervisor,
        coordinator,
        administrator,
        clock: clock.clone(),
        db: db.clone(),
    }
}

async fn enrolled(
    db: &Db,
    clock: &Clock,
    entrance: &Entrance,
    office: OfficeId,
    prefix: &str,
    role: Role,
) -> Colleague {
    let login = format!("{}-{}", prefix_login(prefix), role.code());
    let form = StaffForm {
        login: login.clone(),
        name: format!("{} {}", prefix, role.label()),
        role,
        qualification: Qualification::PsychiatricSocialWorker,
        active: true,
    };
    let permit = operator(clock, office, Action::ManageStaff);
    let invitation = enrol::invite(db, &permit, &form).await.unwrap();
    let invited = entrance.invited(&invitation.code).await.unwrap();
    let totp = invited.totp;
    let enrolment = Enrolment {
        invitation: &invitation.code,
        password: PASSWORD,
        totp_secret: &totp.base32(),
        totp_code: &totp.code_at(clock.now()),
    };
    entrance.enrol(enrolment).await.unwrap();
    Colleague {
        staff: invitation.staff,
        login,
        role,
        totp,
    }
}

/// Sign-in names hold only ASCII; a Japanese prefix becomes its length and first code point.
fn prefix_login(prefix: &str) -> String {
    if prefix.is_ascii() && !prefix.is_empty() {
        return prefix.to_ascii_lowercase();
    }
    format!(
        "o{:x}",
        prefix
            .chars()
            .map(u32::from)
            .fold(7, |hash, c| (hash * 31 + c) & 0xff_ffff)
    )
}

impl StaffedOffice {
    /// Signs a colleague in, as the page does, and gives the session cookie.
    /// Moves the clock to the next step of their app when this one is used up.
    pub async fn sign_in(&self, who: &Colleague) -> String {
        self.clock.advance(jiff::SignedDuration::from_secs(30));
        let code = who.totp.code_at(self.clock.now());
        let attempt = Attempt {
            login: &who.login,
            password: PASSWORD,
            code: &code,
            ..Attempt::default()
        };
        self.entrance.sign_in(attempt).await.unwrap().session_cookie
    }

    /// A session of that colleague, as a request carries it.
    pub async fn session(&self, who: &Colleague) -> Session {
        let cookie = self.sign_in(who).await;
        self.entrance
            .resume(&cookie)
            .await
            .unwrap()
            .expect("the session just begun")
    }

    /// One more colleague with the office key (unless the role reads nothing): a second coordinator, a peer supporter.
    pub async fn another(&self, prefix: &str, role: Role) -> Colleague {
        let colleague =
            enrolled(&self.db, &self.clock, &self.entrance, self.id, prefix, role).await;
        if matches!(role, Role::Coordinator | Role::Supervisor) {
            let permit = operator(&self.clock, self.id, Action::GrantOfficeKey);
            office_key::grant_founding_key(&self.db, &permit, &self.key, colleague.staff)
                .await
                .unwrap();
        }
        colleague
    }

    /// The database it lives in.
    pub fn db(&self) -> &Db {
        &self.db
    }
}
