//! The office's private key, and how colleagues come to hold it.
//!
//! It lies in the database only sealed to the public key of each colleague who reads letters, never to an
//! administrator. A newly enrolled colleague gets it from somebody who holds it, or (the first one, or when every
//! password is lost) from the recovery sheet in the office's safe.

use crate::access::{Action, Permit, may};
use crate::audit::{self, Entry};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::staff::{self, Role};
use basics::{OfficeId, StaffId};
use store::{Conn, Db, params, transact};
use vault::{PrivateKey, PublicKey};

const PURPOSE: &str = "ippo office key";

/// Passes the office key on to an enrolled colleague of the same office.
pub async fn grant(db: &Db, session: &Session, permit: &Permit, to: StaffId) -> Result<()> {
    permit.must_be_for(Action::GrantOfficeKey)?;
    grant_key(db, permit, session.office_key()?, to, "by=colleague").await
}

/// Takes the office key from the recovery sheet into one's own account.
pub async fn take_from_sheet(
    db: &Db,
    session: &Session,
    permit: &Permit,
    sheet: &str,
) -> Result<()> {
    permit.must_be_for(Action::GrantOfficeKey)?;
    let fits = vault::sheet::read(sheet)
        .ok()
        .filter(|key| key.public() == session.office_public_key());
    let Some(key) = fits else {
        let subject = format!("staff:{}", session.staff());
        let refusal = Entry::refused(
            permit.office(),
            permit.actor(),
            "office_key.take",
            subject,
            permit.clock().now(),
        );
        session
            .refusals()
            .refuse(refusal.because("sheet_does_not_fit"))
            .await?;
        return Err(Error::SheetDoesNotFit);
    };
    grant_key(db, permit, &key, session.staff(), "by=sheet").await
}

/// Gives the key that [`crate::office::found`] returned to an enrolled colleague; for `ippo demo` and tests, where
/// there is no paper in between.
pub async fn grant_founding_key(
    db: &Db,
    permit: &Permit,
    key: &PrivateKey,
    to: StaffId,
) -> Result<()> {
    permit.must_be_for(Action::GrantOfficeKey)?;
    grant_key(db, permit, key, to, "by=founding").await
}

async fn grant_key(
    db: &Db,
    permit: &Permit,
    key: &PrivateKey,
    to: StaffId,
    how: &'static str,
) -> Result<()> {
    let office = permit.office();
    transact!(db, "office.grant_key", |tx| {
        let public = receiving_key(tx, office, to).await?;
        let sealed = public.seal(PURPOSE, &aad(office, to), key.to_bytes().as_ref())?;
        tx.exec(
            "INSERT INTO office_key_grant (office_id, staff_id, sealed_key, granted_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (office_id, staff_id) DO UPDATE SET sealed_key = excluded.sealed_key, \
             granted_at = excluded.granted_at",
            params![office.get(), to.get(), sealed, permit.clock().now_micros()],
        )
        .await?;
        audit::record(
            tx,
            &permit
                .entry("office_key.grant", format!("staff:{to}"))
                .because(how),
        )
        .await?;
        Ok::<_, Error>(())
    })
}

/// The public key of somebody who may hold the office key: active, enrolled, in this office, reading letters.
/// Holds the account's row until the transaction ends, so that nobody is given the key while they are being switched
/// off, made an administrator or invited anew.
async fn receiving_key(tx: &mut Conn, office: OfficeId, to: StaffId) -> Result<PublicKey> {
    let found: Option<(String, Option<Vec<u8>>)> = tx
        .first(
            "UPDATE staff SET updated_at = updated_at WHERE id = $1 AND office_id = $2 AND active = 1 \
             RETURNING role, public_key",
            params![to.get(), office.get()],
        )
        .await?;
    let (role, key) = found.ok_or(Error::NotFound)?;
    if !may(Role::parse(&role)?, Action::ReadThread) {
        return Err(Error::invalid(
            "staff",
            "管理者のアカウントには、手紙を開く鍵を渡せません。",
        ));
    }
    let key = key.ok_or_else(|| {
        Error::invalid(
            "staff",
            "この職員はまだ登録を終えていません。登録のあとで、もう一度渡してください。",
        )
    })?;
    Ok(PublicKey::from_bytes(&key)?)
}

/// Opens the office key that was sealed to this colleague; `None` when it is not the office's.
pub(crate) fn open(
    own: &PrivateKey,
    office_public: &PublicKey,
    office: OfficeId,
    staff: StaffId,
    sealed: &[u8],
) -> Option<PrivateKey> {
    let bytes = own.open(PURPOSE, &aad(office, staff), sealed).ok()?;
    PrivateKey::from_bytes(&bytes)
        .ok()
        .filter(|key| key.public() == *office_public)
}

/// Takes the office key away from an account.
pub(crate) async fn withdraw(tx: &mut Conn, staff: StaffId) -> Result<()> {
    tx.exec(
        "DELETE FROM office_key_grant WHERE staff_id = $1",
        params![staff.get()],
    )
    .await?;
    Ok(())
}

/// The colleagues who have enrolled, may read letters and hold no key yet: whom the desk asks a holder to help.
pub async fn waiting(conn: &mut Conn, office: OfficeId) -> Result<Vec<staff::Staff>> {
    let mut all = staff::list(conn, office).await?;
    all.retain(|one| {
        one.active && one.enrolled && !one.holds_office_key && may(one.role, Action::ReadThread)
    });
    Ok(all)
}

fn aad(office: OfficeId, staff: StaffId) -> Vec<u8> {
    format!("office_key_grant/{office}/{staff}").into_bytes()
}
