//! How a colleague comes to an account: somebody invites, the person themself sets password and app.
//!
//! The invitation is a code of 128 random bits, good once and for 72 hours, of which the database keeps a hash.
//! Nobody but the person ever knows the password or the app's secret. Resetting an account is a new invitation: its
//! keys are gone for good, and a colleague who holds the office key passes it on again.

use crate::access::{Action, Permit};
use crate::audit::{self, Actor, Entry};
use crate::digest::of_token;
use crate::error::{Error, Result};
use crate::office_key;
use crate::recovery::{self, RecoveryCodes};
use crate::session::{self, Session};
use crate::sign_in::{Entrance, envelope, normal_password, open_private_key};
use crate::staff::{self, StaffForm, half_width};
use crate::totp::TotpSecret;
use basics::{OfficeId, StaffId};
use data_encoding::BASE32_NOPAD;
use store::{Conn, Db, params, row, transact};
use vault::{KeyPair, SymmetricKey, password};

/// How long an invitation is good.
pub const INVITATION_HOURS: i64 = 72;
const INVITATION: i64 = INVITATION_HOURS * 3_600_000_000;
/// The shortest password. The app's digits are asked for besides.
pub const PASSWORD_MIN: usize = 12;

/// An invitation to hand over in person.
#[derive(Clone)]
pub struct Invitation {
    /// For whom.
    pub staff: StaffId,
    /// The code, in groups of four letters and digits. Shown once.
    pub code: String,
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invitation")
            .field("staff", &self.staff)
            .finish_non_exhaustive()
    }
}

/// Whom an invitation is for, and a fresh secret for their app.
pub struct Invited {
    /// The account.
    pub staff: StaffId,
    /// Its sign-in name.
    pub login: String,
    /// Its name.
    pub name: String,
    /// The office.
    pub office_name: String,
    /// For the QR code, and for the form's hidden field.
    pub totp: TotpSecret,
}

/// What the person sends to finish.
#[derive(Clone, Copy)]
pub struct Enrolment<'a> {
    /// The invitation code.
    pub invitation: &'a str,
    /// The password they chose.
    pub password: &'a str,
    /// The secret from [`Invited::totp`], as the form sends it back.
    pub totp_secret: &'a str,
    /// The digits that their app shows: proof that it works.
    pub totp_code: &'a str,
}

/// Adds an account and invites the person.
pub async fn invite(db: &Db, permit: &Permit, form: &StaffForm) -> Result<Invitation> {
    permit.must_be_for(Action::ManageStaff)?;
    form.check()?;
    let draft = draft(permit);
    transact!(db, "office.invite_staff", |tx| {
        invite_in(tx, permit, form, &draft).await
    })?;
    Ok(draft.invitation)
}

/// An invitation about to be stored.
pub(crate) struct Draft {
    pub(crate) invitation: Invitation,
    hash: [u8; 32],
}

pub(crate) fn draft(permit: &Permit) -> Draft {
    let (invitation, hash) = fresh_invitation(staff::fresh_id(permit));
    Draft { invitation, hash }
}

/// Adds an account and stores its invitation, inside the caller's transaction.
pub(crate) async fn invite_in(
    tx: &mut Conn,
    permit: &Permit,
    form: &StaffForm,
    draft: &Draft,
) -> Result<()> {
    let Draft { invitation, hash } = draft;
    staff::insert(tx, permit, invitation.staff, form).await?;
    keep(tx, permit, invitation, hash).await?;
    let entry = permit
        .entry("staff.invite", format!("staff:{}", invitation.staff))
        .because(format!("role={}", form.role.code()));
    audit::record(tx, &entry).await
}

/// Invites again: an invitation that ran out, a forgotten password, a lost phone without recovery codes. Password,
/// app, recovery codes, keys, sessions and known devices of the account are gone.
pub async fn invite_again(db: &Db, permit: &Permit, id: StaffId) -> Result<Invitation> {
    permit.must_be_for(Action::ManageStaff)?;
    let (invitation, hash) = fresh_invitation(id);
    transact!(db, "office.invite_staff_again", |tx| {
        let account = staff::one(tx, permit.office(), id).await?;
        if !account.active {
            return Err(Error::invalid(
                "staff",
                "このアカウントは止められています。先に使えるようにしてください。",
            ));
        }
        // Invitation before account, as an enrolment takes them.
        keep(tx, permit, &invitation, &hash).await?;
        tx.exec(
            "UPDATE staff SET password = NULL, public_key = NULL, sealed_key = NULL, sealed_totp = NULL, \
             updated_at = $1 WHERE id = $2",
            params![permit.clock().now_micros(), id.get()],
        )
        .await?;
        recovery::remove(tx, id).await?;
        office_key::withdraw(tx, id).await?;
        session::end_all(tx, id, None).await?;
        tx.exec(
            "DELETE FROM known_device WHERE staff_id = $1",
            params![id.get()],
        )
        .await?;
        audit::record(
            tx,
            &permit.entry("staff.invite_again", format!("staff:{id}")),
        )
        .await?;
        Ok::<_, Error>(())
    })?;
    Ok(invitation)
}

fn fresh_invitation(staff: StaffId) -> (Invitation, [u8; 32]) {
    let secret: [u8; 16] = vault::random();
    let text = BASE32_NOPAD.encode(&secret);
    let groups: Vec<&str> = (0..text.len())
        .step_by(4)
        .map(|at| &text[at..(at + 4).min(text.len())])
        .collect();
    (
        Invitation {
            staff,
            code: groups.join("-"),
        },
        invitation_hash(&text),
    )
}

fn invitation_hash(code: &str) -> [u8; 32] {
    let plain: String = half_width(code)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(64)
        .collect();
    of_token("invitation", plain.to_ascii_uppercase().as_bytes())
}

async fn keep(
    tx: &mut Conn,
    permit: &Permit,
    invitation: &Invitation,
    hash: &[u8; 32],
) -> Result<()> {
    tx.exec(
        "INSERT INTO staff_invitation (staff_id, code_hash, expires_at) VALUES ($1, $2, $3) \
         ON CONFLICT (staff_id) DO UPDATE SET code_hash = excluded.code_hash, expires_at = excluded.expires_at",
        params![invitation.staff.get(), hash, permit.clock().now_micros() + INVITATION],
    )
    .await?;
    Ok(())
}

row! {
    struct InvitedRow {
        pub id: i64,
        pub office_id: i64,
        pub login: String,
        pub name: String,
        pub office_name: String,
    }
}

impl Entrance {
    /// Whom this invitation is for. Each call makes a new app secret; the form carries it until the end.
    pub async fn invited(&self, code: &str) -> Result<Invited> {
        let row = self.invited_row(code).await?;
        Ok(Invited {
            staff: row.id.into(),
            login: row.login,
            name: row.name,
            office_name: row.office_name,
            totp: TotpSecret::random(),
        })
    }

    async fn invited_row(&self, code: &str) -> Result<InvitedRow> {
        let found: Option<InvitedRow> = self
            .db()
            .read()
            .await?
            .first(
                "SELECT t.id, t.office_id, t.login, t.name, o.name FROM staff_invitation i \
                 JOIN staff t ON t.id = i.staff_id JOIN office o ON o.id = t.office_id \
                 WHERE i.code_hash = $1 AND i.expires_at > $2 AND t.active = 1",
                params![&invitation_hash(code), self.clock().now_micros()],
            )
            .await?;
        let Some(row) = found else {
            let now = self.clock().now();
            let entry = Entry::refused(
                OfficeId::INSTALLATION,
                Actor::Stranger,
                "staff.enrol",
                "",
                now,
            );
            self.refusals().refuse(entry.because("invitation")).await?;
            return Err(Error::InvitationUnusable);
        };
        Ok(row)
    }

    /// Finishes the enrolment: the account gets its password, its app, its keys and its recovery codes, and the
    /// invitation is used up. The digits typed here prove that the app works; they are not a sign-in and stay good
    /// for one.
    pub async fn enrol(&self, enrolment: Enrolment<'_>) -> Result<RecoveryCodes> {
        let row = self.invited_row(enrolment.invitation).await?;
        let staff = StaffId::from(row.id);
        check_password(enrolment.password, &row.login)?;
        let totp = TotpSecret::parse(enrolment.totp_secret)?;
        let digits: String = half_width(enrolment.totp_code)
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect();
        if totp.step_of(&digits, self.clock().now()).is_none() {
            return Err(Error::invalid(
                "totp_code",
                "確認コードが合いません。アプリに出ている6けたの数字を入れてください。時計がずれていると合わないことがあります。",
            ));
        }
        let (record, key) = self.new_password(enrolment.password).await?;
        let keys = KeyPair::generate();
        let codes = RecoveryCodes::fresh();
        let invitation = invitation_hash(enrolment.invitation);
        let now = self.clock().now_micros();
        let entry = Entry::done(
            row.office_id.into(),
            Actor::Staff(staff),
            "staff.enrol",
            format!("staff:{staff}"),
            self.clock().now(),
        );
        transact!(self.db(), "staff.enrol", |tx| {
            let used = tx
                .exec(
                    "DELETE FROM staff_invitation WHERE code_hash = $1 AND expires_at > $2",
                    params![&invitation, now],
                )
                .await?;
            if used == 0 {
                return Err(Error::InvitationUnusable);
            }
            tx.exec(
                "UPDATE staff SET password = $1, public_key = $2, sealed_key = $3, sealed_totp = $4, \
                 totp_last_step = 0, updated_at = $5 WHERE id = $6",
                params![
                    record.as_bytes(),
                    &keys.public.to_bytes(),
                    key.seal(&envelope(staff, "sealed_key"), keys.private.to_bytes().as_ref()),
                    key.seal(&envelope(staff, "sealed_totp"), totp.bytes()),
                    now,
                    staff.get()
                ],
            )
            .await?;
            recovery::replace(tx, staff, &key, &codes).await?;
            audit::record(tx, &entry).await?;
            Ok::<_, Error>(())
        })?;
        Ok(codes)
    }

    async fn new_password(
        &self,
        password: &str,
    ) -> Result<(password::PasswordRecord, SymmetricKey)> {
        let password = normal_password(password);
        self.slow_work(move || password::set(&password)).await
    }

    /// Changes the colleague's own password. Keys and app stay; the recovery codes are new ones (the old ones hung on
    /// the old password); all other sessions of the account end.
    pub async fn change_password(
        &self,
        session: &Session,
        old: &str,
        new: &str,
    ) -> Result<RecoveryCodes> {
        check_password(new, session.login())?;
        let old_key = self.confirm_password(session, old).await?;
        let staff = session.staff();
        let sealed: Option<(Vec<u8>, Vec<u8>)> = self
            .db()
            .read()
            .await?
            .first(
                "SELECT sealed_key, sealed_totp FROM staff WHERE id = $1 AND password IS NOT NULL",
                params![staff.get()],
            )
            .await?;
        let (sealed_key, sealed_totp) = sealed.ok_or(Error::NotFound)?;
        let private = open_private_key(&old_key, staff, Some(&sealed_key))?;
        let totp = old_key.open(&envelope(staff, "sealed_totp"), &sealed_totp)?;
        let (record, key) = self.new_password(new).await?;
        let codes = RecoveryCodes::fresh();
        let entry = own_entry(session, "staff.change_password");
        transact!(self.db(), "staff.change_password", |tx| {
            let changed = tx
                .exec(
                "UPDATE staff SET password = $1, sealed_key = $2, sealed_totp = $3, updated_at = $4 \
                 WHERE id = $5 AND sealed_key = $6",
                params![
                    record.as_bytes(),
                    key.seal(&envelope(staff, "sealed_key"), private.to_bytes().as_ref()),
                    key.seal(&envelope(staff, "sealed_totp"), &totp),
                    self.clock().now_micros(),
                    staff.get(),
                    &sealed_key
                ],
            )
            .await?;
            if changed == 0 {
                return Err(Error::ChangedMeanwhile);
            }
            recovery::replace(tx, staff, &key, &codes).await?;
            session::end_all(tx, staff, Some(session.token_hash())).await?;
            audit::record(tx, &entry).await?;
            Ok::<_, Error>(())
        })?;
        Ok(codes)
    }

    /// Ten new recovery codes instead of the old ones.
    pub async fn renew_recovery_codes(
        &self,
        session: &Session,
        password: &str,
    ) -> Result<RecoveryCodes> {
        let key = self.confirm_password(session, password).await?;
        let codes = RecoveryCodes::fresh();
        let entry = own_entry(session, "staff.renew_recovery_codes");
        transact!(self.db(), "staff.renew_recovery_codes", |tx| {
            recovery::replace(tx, session.staff(), &key, &codes).await?;
            audit::record(tx, &entry).await?;
            Ok::<_, Error>(())
        })?;
        Ok(codes)
    }
}

fn own_entry(session: &Session, action: &'static str) -> Entry {
    let (staff, now) = (session.staff(), session.clock().now());
    Entry::done(
        session.office(),
        Actor::Staff(staff),
        action,
        format!("staff:{staff}"),
        now,
    )
}

fn check_password(password: &str, login: &str) -> Result<()> {
    let normal = normal_password(password);
    let length = normal.chars().count();
    if length < PASSWORD_MIN {
        return Err(Error::invalid(
            "password",
            format!(
                "パスワードは{PASSWORD_MIN}文字以上にしてください。短い言葉をいくつか並べると、覚えやすくなります。"
            ),
        ));
    }
    if password.chars().count() > 1_000 {
        return Err(Error::invalid(
            "password",
            "パスワードは1,000文字までにしてください。",
        ));
    }
    let mut letters = normal.chars();
    let first = letters.next();
    let besides_login = normal.to_lowercase().replace(login, "").chars().count();
    if letters.all(|c| Some(c) == first) || besides_login < 8 {
        return Err(Error::invalid(
            "password",
            "推測されやすいパスワードです。ログイン名や同じ文字の繰り返しは避けてください。",
        ));
    }
    Ok(())
}
