//! Who works in an office: accounts, roles, qualifications.

use crate::access::{Action, Permit, may};
use crate::audit;
use crate::custody::assignment::end_with_role;
use crate::error::{Error, Result};
use crate::{office_key, session};
use basics::fiscal_year::FiscalYear;
use basics::{OfficeId, StaffId, new_id};
use jiff::civil::Date;
use store::{Conn, Db, params, row, transact};

/// What an account may do; one role an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// 支援コーディネーター: reads and answers letters.
    Coordinator,
    /// センター長・スーパーバイザー: as a coordinator, and leads the office.
    Supervisor,
    /// システム管理者: runs accounts and settings, reads no letter.
    Administrator,
    /// ピアサポーター: sees their own cards and writes their own reports; opens no record of anybody.
    Peer,
}

impl Role {
    /// Every role, in the order a form offers them.
    pub const ALL: [Self; 4] = [
        Self::Coordinator,
        Self::Supervisor,
        Self::Administrator,
        Self::Peer,
    ];

    /// The code in the database and in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Coordinator => "coordinator",
            Self::Supervisor => "supervisor",
            Self::Administrator => "administrator",
            Self::Peer => "peer",
        }
    }

    /// Back from the code.
    pub fn parse(code: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|role| role.code() == code);
        found.ok_or_else(|| Error::invalid("role", "役割を選んでください。"))
    }

    /// As the desk shows it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Coordinator => "支援コーディネーター",
            Self::Supervisor => "センター長・スーパーバイザー",
            Self::Administrator => "システム管理者",
            Self::Peer => "ピアサポーター",
        }
    }
}

/// The professional qualification, as the ministry's outline names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Qualification {
    /// 社会福祉士
    SocialWorker,
    /// 精神保健福祉士
    PsychiatricSocialWorker,
    /// 保健師
    PublicHealthNurse,
    /// 公認心理師
    PublicPsychologist,
    /// 臨床心理士
    ClinicalPsychologist,
    /// Another one, or none.
    Other,
}

impl Qualification {
    /// Every qualification, in the order a form offers them.
    pub const ALL: [Self; 6] = [
        Self::SocialWorker,
        Self::PsychiatricSocialWorker,
        Self::PublicHealthNurse,
        Self::PublicPsychologist,
        Self::ClinicalPsychologist,
        Self::Other,
    ];

    /// The code in the database and in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::SocialWorker => "social_worker",
            Self::PsychiatricSocialWorker => "psychiatric_social_worker",
            Self::PublicHealthNurse => "public_health_nurse",
            Self::PublicPsychologist => "public_psychologist",
            Self::ClinicalPsychologist => "clinical_psychologist",
            Self::Other => "other",
        }
    }

    /// Back from the code.
    pub fn parse(code: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|one| one.code() == code);
        found.ok_or_else(|| Error::invalid("qualification", "資格を選んでください。"))
    }

    /// As the desk shows it.
    pub fn label(self) -> &'static str {
        match self {
            Self::SocialWorker => "社会福祉士",
            Self::PsychiatricSocialWorker => "精神保健福祉士",
            Self::PublicHealthNurse => "保健師",
            Self::PublicPsychologist => "公認心理師",
            Self::ClinicalPsychologist => "臨床心理士",
            Self::Other => "その他",
        }
    }
}

/// A colleague's account.
#[derive(Clone, Debug)]
pub struct Staff {
    /// Its identifier.
    pub id: StaffId,
    /// Whose.
    pub office: OfficeId,
    /// The sign-in name.
    pub login: String,
    /// The name that colleagues see.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What they are.
    pub qualification: Qualification,
    /// Whether they may sign in.
    pub active: bool,
    /// Whether they have set password and app themself.
    pub enrolled: bool,
    /// Whether the office key was given to them.
    pub holds_office_key: bool,
    /// The last day of a yearly registration; `None`: no end.
    pub valid_until: Option<Date>,
}

/// What the account form holds.
#[derive(Clone, Debug)]
pub struct StaffForm {
    /// The sign-in name: 3 to 32 of a–z, 0–9, dot, hyphen, underscore.
    pub login: String,
    /// The name that colleagues see.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What they are.
    pub qualification: Qualification,
    /// Whether they may sign in.
    pub active: bool,
}

impl StaffForm {
    pub(crate) fn check(&self) -> Result<(String, &str)> {
        let login = normal_login(&self.login);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
        if !(3..=32).contains(&login.len()) || !login.chars().all(plain) {
            return Err(Error::invalid(
                "login",
                "ログイン名は、半角の英小文字・数字・「.」「-」「_」で3文字から32文字にしてください。",
            ));
        }
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > 60 {
            return Err(Error::invalid("name", "名前を60文字までで書いてください。"));
        }
        Ok((login, name))
    }
}

/// A sign-in name as it is compared: full-width letters and capitals make no difference.
pub(crate) fn normal_login(login: &str) -> String {
    half_width(login.trim())
        .to_ascii_lowercase()
        .chars()
        .take(64)
        .collect()
}

/// Full-width letters, digits and signs as their ASCII twins; what a Japanese keyboard leaves in a field.
pub(crate) fn half_width(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    };
    text.chars().map(narrow).collect()
}

row! {
    struct StaffRow {
        pub id: i64,
        pub office_id: i64,
        pub login: String,
        pub name: String,
        pub role: String,
        pub qualification: String,
        pub active: bool,
        pub enrolled: bool,
        pub holds_office_key: bool,
        pub valid_until: Option<String>,
    }
}

const SELECT: &str = "SELECT t.id, t.office_id, t.login, t.name, t.role, t.qualification, t.active, \
    CASE WHEN t.password IS NULL THEN 0 ELSE 1 END, CASE WHEN g.staff_id IS NULL THEN 0 ELSE 1 END, t.valid_until \
    FROM staff t LEFT JOIN office_key_grant g ON g.staff_id = t.id AND g.office_id = t.office_id";

impl TryFrom<StaffRow> for Staff {
    type Error = Error;

    fn try_from(row: StaffRow) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            office: row.office_id.into(),
            login: row.login,
            name: row.name,
            role: Role::parse(&row.role)?,
            qualification: Qualification::parse(&row.qualification)?,
            active: row.active,
            enrolled: row.enrolled,
            holds_office_key: row.holds_office_key,
            valid_until: row.valid_until.and_then(|day| day.parse().ok()),
        })
    }
}

/// Everybody of an office, those who may sign in first.
pub async fn list(conn: &mut Conn, office: OfficeId) -> Result<Vec<Staff>> {
    let rows: Vec<StaffRow> = conn
        .all(
            &format!("{SELECT} WHERE t.office_id = $1 ORDER BY t.active DESC, t.name, t.id"),
            params![office.get()],
        )
        .await?;
    rows.into_iter().map(Staff::try_from).collect()
}

/// One colleague of this office; [`Error::NotFound`] for anybody else's.
pub async fn one(conn: &mut Conn, office: OfficeId, id: StaffId) -> Result<Staff> {
    let row: Option<StaffRow> = conn
        .first(
            &format!("{SELECT} WHERE t.id = $1 AND t.office_id = $2"),
            params![id.get(), office.get()],
        )
        .await?;
    row.ok_or(Error::NotFound)?.try_into()
}

/// Adds the account's row; [`crate::enrol::invite`] does it together with the invitation.
pub(crate) async fn insert(
    tx: &mut Conn,
    permit: &Permit,
    id: StaffId,
    form: &StaffForm,
) -> Result<()> {
    let (login, name) = form.check()?;
    let now = permit.clock().now_micros();
    let valid_until = yearly(form.role, permit.clock().today());
    let added = tx
        .exec(
            "INSERT INTO staff (id, office_id, login, name, role, qualification, active, totp_last_step, created_at, \
             updated_at, valid_until) VALUES ($1, $2, $3, $4, $5, $6, 1, 0, $7, $8, $9) ON CONFLICT (login) DO NOTHING",
            params![
                id.get(),
                permit.office().get(),
                &login,
                name,
                form.role.code(),
                form.qualification.code(),
                now,
                now,
                valid_until.map(|day| day.to_string())
            ],
        )
        .await?;
    if added == 0 {
        Err(login_taken())
    } else {
        Ok(())
    }
}

/// Until when a registration of this role lasts when it begins or is renewed today: a peer supporter's to 31 March. From
/// January on the year that is coming counts.
pub fn yearly(role: Role, today: Date) -> Option<Date> {
    let coming = today.saturating_add(jiff::Span::new().months(3));
    (role == Role::Peer).then(|| FiscalYear::of(coming).last_day())
}

/// Renews a peer supporter's registration for the year.
pub async fn renew_peer(db: &Db, permit: &Permit, id: StaffId) -> Result<()> {
    let until = yearly(Role::Peer, permit.clock().today());
    register_peer(db, permit, id, until, "peer.renewed").await
}

/// Ends a peer supporter's registration today. Nobody is told, nobody is asked why.
pub async fn let_peer_go(db: &Db, permit: &Permit, id: StaffId) -> Result<()> {
    let until = permit.clock().today().yesterday().ok();
    register_peer(db, permit, id, until, "peer.left").await
}

async fn register_peer(
    db: &Db,
    permit: &Permit,
    id: StaffId,
    until: Option<Date>,
    what: &'static str,
) -> Result<()> {
    permit.must_be_for(Action::ManagePeers)?;
    transact!(db, "peer.register", |tx| {
        let before = one(tx, permit.office(), id).await?;
        if before.role != Role::Peer {
            return Err(Error::NotFound);
        }
        tx.exec(
            "UPDATE staff SET valid_until = $1 WHERE id = $2",
            params![until.map(|day| day.to_string()), id.get()],
        )
        .await?;
        if what == "peer.left" {
            session::end_all(tx, id, None).await?;
        }
        audit::record(tx, &permit.entry(what, format!("staff:{id}"))).await
    })
}

pub(crate) fn fresh_id(permit: &Permit) -> StaffId {
    new_id(permit.clock()).into()
}

fn login_taken() -> Error {
    Error::invalid(
        "login",
        "このログイン名は、すでに使われています。ほかの名前にしてください。",
    )
}

/// Changes an account. Switching it off ends its sessions; that, or a role that reads no letters, takes the office key away
/// in the same transaction and ends its work on cases. It counts from the very next request. Who reads nothing gives
/// themself no role that reads (field/casework.md §F4): somebody else does.
pub async fn change(db: &Db, permit: &Permit, id: StaffId, form: &StaffForm) -> Result<()> {
    permit.must_be_for(Action::ManageStaff)?;
    let (login, name) = form.check()?;
    let office = permit.office();
    transact!(db, "office.change_staff", |tx| {
        let before = one(tx, office, id).await?;
        let reads = |role| may(role, Action::ReadThread);
        if permit.actor() == audit::Actor::Staff(id) && !reads(before.role) && reads(form.role) {
            return Err(Error::invalid(
                "role",
                "手紙や記録を読む役割は、自分ではつけられません。ほかの管理者かセンター長が変えます。",
            ));
        }
        let taken: Option<(i64,)> = tx
            .first(
                "SELECT id FROM staff WHERE login = $1 AND id <> $2",
                params![&login, id.get()],
            )
            .await?;
        if taken.is_some() {
            return Err(login_taken());
        }
        tx.exec(
            "UPDATE staff SET login = $1, name = $2, role = $3, qualification = $4, active = $5, updated_at = $6 \
             WHERE id = $7 AND office_id = $8",
            params![
                &login,
                name,
                form.role.code(),
                form.qualification.code(),
                form.active,
                permit.clock().now_micros(),
                id.get(),
                office.get()
            ],
        )
        .await
        .map_err(|error| if error.is_conflict() { login_taken() } else { error.into() })?;
        if before.role != form.role {
            let until = yearly(form.role, permit.clock().today());
            tx.exec(
                "UPDATE staff SET valid_until = $1 WHERE id = $2",
                params![until.map(|day| day.to_string()), id.get()],
            )
            .await?;
        }
        if !form.active {
            session::end_all(tx, id, None).await?;
        }
        if !form.active || !reads(form.role) {
            office_key::withdraw(tx, id).await?;
        }
        end_with_role(tx, permit, id, form.active.then_some(form.role)).await?;
        // After the rows of the account, as a sign-in does; before looking who leads: the chain's lock puts two
        // changes in order, so that the last two leaders cannot step down at once.
        let entry = permit.entry("staff.change", format!("staff:{id}"));
        audit::record(
            tx,
            &entry.because(what_changed(&before, &login, name, form)),
        )
        .await?;
        somebody_still_leads(tx, office).await
    })
}

/// Says also that a name is another one now, though never which: an account that was renamed to look like a
/// colleague's is to be found later.
fn what_changed(before: &Staff, login: &str, name: &str, form: &StaffForm) -> String {
    let renamed = |changed: bool, what: &str| {
        if changed {
            format!(",{what}=changed")
        } else {
            String::new()
        }
    };
    format!(
        "role={}:{},active={}{}{}",
        before.role.code(),
        form.role.code(),
        form.active,
        renamed(before.login != login, "login"),
        renamed(before.name != name, "name")
    )
}

/// An office in which nobody could invite or switch off an account would be locked out of itself.
pub(crate) async fn somebody_still_leads(tx: &mut Conn, office: OfficeId) -> Result<()> {
    let leads = list(tx, office)
        .await?
        .into_iter()
        .any(|one| one.active && may(one.role, Action::ManageStaff));
    if leads {
        return Ok(());
    }
    Err(Error::invalid(
        "role",
        "アカウントを管理できる人がいなくなります。先に、ほかの人を管理者かセンター長にしてください。",
    ))
}

/// How many coordinators an office has registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoordinatorCount {
    /// Active coordinators; a supervisor who answers letters counts as one.
    pub registered: usize,
    /// Those of them with one of the five named qualifications.
    pub qualified: usize,
}

impl CoordinatorCount {
    /// The notice on the office page, when the outline's staffing (two or more 支援コーディネーター,
    /// field/domain.md §1.2) is not met.
    pub fn notice(self) -> Option<String> {
        if self.registered < 2 {
            return Some(format!(
                "登録されている支援コーディネーターは{}名です。ひきこもり地域支援センターには2名以上を置くことになっています。",
                self.registered
            ));
        }
        (self.qualified == 0).then(|| {
            "支援コーディネーターの資格がまだ登録されていません。社会福祉士・精神保健福祉士・保健師・公認心理師・\
             臨床心理士などの資格を、職員のページで登録してください。"
                .to_owned()
        })
    }
}

/// Counts the coordinators of an office.
pub async fn coordinator_count(conn: &mut Conn, office: OfficeId) -> Result<CoordinatorCount> {
    let all = list(conn, office).await?;
    let coordinators = || {
        all.iter()
            .filter(|one| one.active && may(one.role, Action::Reply))
    };
    Ok(CoordinatorCount {
        registered: coordinators().count(),
        qualified: coordinators()
            .filter(|one| one.qualification != Qualification::Other)
            .count(),
    })
}

/// The notice on the office page when fewer than two coordinators are registered.
pub async fn coordinator_notice(conn: &mut Conn, office: OfficeId) -> Result<Option<String>> {
    Ok(coordinator_count(conn, office).await?.notice())
}
