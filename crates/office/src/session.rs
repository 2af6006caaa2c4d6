//! A signed-in colleague, from one request to the next.
//!
//! The row holds the colleague's private key sealed under a secret that only the cookie has (house.md, idea 2): any
//! copy of the program can serve the next request, and the database alone opens nothing. A session ends after 30 idle
//! minutes, after 12 hours, at sign-out, and at once when the account is switched off; role and name are read anew for
//! every request.

use crate::access::Action;
use crate::audit::{self, Actor, Entry, RefusalLog};
use crate::digest::Token;
use crate::error::{Error, Result};
use crate::office_key;
use crate::sign_in::Entrance;
use crate::staff::{Qualification, Role};
use basics::{Clock, OfficeId, StaffId};
use std::sync::OnceLock;
use store::{Conn, housekeeping, params, row, transact};
use vault::{PrivateKey, PublicKey, SymmetricKey};

const SECOND: i64 = 1_000_000;
/// A session that nobody used for so long is over.
pub const IDLE_MINUTES: i64 = 30;
/// A session is over after so long, used or not.
pub const LONGEST_HOURS: i64 = 12;
const IDLE: i64 = IDLE_MINUTES * 60 * SECOND;
const LONGEST: i64 = LONGEST_HOURS * 3_600 * SECOND;
/// The row is touched at most this often: a page view should not cost a commit.
const TOUCH_EVERY: i64 = 60 * SECOND;
const TOKEN: &str = "session token";

/// A signed-in colleague. Made only by sign-in and [`Entrance::resume`].
pub struct Session {
    staff: StaffId,
    office: OfficeId,
    login: String,
    name: String,
    role: Role,
    qualification: Qualification,
    key: PrivateKey,
    office_public: PublicKey,
    sealed_office_key: Option<Vec<u8>>,
    office_key: OnceLock<Option<PrivateKey>>,
    form_key: SymmetricKey,
    token_hash: [u8; 32],
    clock: Clock,
    refusals: RefusalLog,
}

impl Session {
    /// Who.
    pub fn staff(&self) -> StaffId {
        self.staff
    }

    /// In which office.
    pub fn office(&self) -> OfficeId {
        self.office
    }

    /// Their sign-in name.
    pub fn login(&self) -> &str {
        &self.login
    }

    /// Their name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Their role, as it is at this request.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Their qualification.
    pub fn qualification(&self) -> Qualification {
        self.qualification
    }

    /// Whether this account could open a letter: its role may, and it was given the office key.
    pub fn holds_office_key(&self) -> bool {
        self.office_key().is_ok()
    }

    /// Whether the role may do this; for showing or hiding a button. Doing it asks [`crate::access`].
    pub fn may(&self, action: Action) -> bool {
        crate::access::may(self.role, action)
    }

    /// The hidden field of every form of this session.
    pub fn form_token(&self) -> String {
        data_encoding::BASE64URL_NOPAD.encode(&self.form_key.mac(b"form"))
    }

    /// Whether a form came from a page of this session.
    pub fn is_form_token(&self, token: &str) -> bool {
        vault::same(self.form_token().as_bytes(), token.as_bytes())
    }

    /// The clock of this request.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Where refusals go; await [`RefusalLog::settled`] before a "not found" leaves.
    pub fn refusals(&self) -> &RefusalLog {
        &self.refusals
    }

    pub(crate) fn now_micros(&self) -> i64 {
        self.clock.now_micros()
    }

    /// The office's private key, opened when first needed. It never leaves this crate.
    pub(crate) fn office_key(&self) -> Result<&PrivateKey> {
        let open = || {
            let sealed = self.sealed_office_key.as_ref()?;
            office_key::open(
                &self.key,
                &self.office_public,
                self.office,
                self.staff,
                sealed,
            )
        };
        // A role that reads no letters opens no key, even if a row from before its last change were left.
        if !self.may(Action::ReadThread) {
            return Err(Error::NoOfficeKey);
        }
        self.office_key
            .get_or_init(open)
            .as_ref()
            .ok_or(Error::NoOfficeKey)
    }

    /// The key under which this office's compartment keys are wrapped: derived from the office's private key, so that a
    /// search over thousands of compartments costs one opening of the office key and not thousands (stack.md §4).
    pub(crate) fn records_key(&self) -> Result<SymmetricKey> {
        let private = self.office_key()?.to_bytes();
        Ok(SymmetricKey::derive(
            private.as_ref(),
            b"ippo records",
            "compartment keys",
        ))
    }

    /// A key that only this colleague's own sign-in gives: for drafts nobody else reads.
    pub(crate) fn drawer_key(&self) -> SymmetricKey {
        SymmetricKey::derive(self.key.to_bytes().as_ref(), b"ippo drawer", "own drafts")
    }

    /// The colleague's own private key: opens what was wrapped for them alone. It never leaves this crate.
    pub(crate) fn own_key(&self) -> &PrivateKey {
        &self.key
    }

    pub(crate) fn office_public_key(&self) -> PublicKey {
        self.office_public
    }

    pub(crate) fn token_hash(&self) -> &[u8] {
        &self.token_hash
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("staff", &self.staff)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// Begins a session inside the transaction of the sign-in.
pub(crate) async fn begin(
    tx: &mut Conn,
    token: &Token,
    staff: StaffId,
    key: &PrivateKey,
    now: i64,
) -> Result<()> {
    let sealed = token.key(TOKEN).seal(&aad(staff), key.to_bytes().as_ref());
    tx.exec(
        "INSERT INTO session (token_hash, staff_id, created_at, last_seen_at, sealed_key) VALUES ($1, $2, $3, $4, $5)",
        params![&token.hash(TOKEN), staff.get(), now, now, sealed],
    )
    .await?;
    Ok(())
}

/// Ends every session of a colleague, or every other one than `except`.
pub(crate) async fn end_all(tx: &mut Conn, staff: StaffId, except: Option<&[u8]>) -> Result<()> {
    tx.exec(
        "DELETE FROM session WHERE staff_id = $1 AND token_hash <> $2",
        params![staff.get(), except.unwrap_or_default()],
    )
    .await?;
    Ok(())
}

fn aad(staff: StaffId) -> Vec<u8> {
    format!("session/{staff}/sealed_key").into_bytes()
}

row! {
    struct SessionRow {
        pub staff_id: i64,
        pub last_seen_at: i64,
        pub sealed_key: Vec<u8>,
        pub office_id: i64,
        pub login: String,
        pub name: String,
        pub role: String,
        pub qualification: String,
        pub office_public: Vec<u8>,
        pub sealed_office_key: Option<Vec<u8>>,
    }
}

impl Entrance {
    /// Who is asking: the session that this cookie belongs to, if it still lasts.
    pub async fn resume(&self, cookie: &str) -> Result<Option<Session>> {
        self.resume_as(cookie, true).await
    }

    /// The same for what a page asks by itself (live updates): the colleague did nothing, so the idle time runs on.
    pub async fn resume_quietly(&self, cookie: &str) -> Result<Option<Session>> {
        self.resume_as(cookie, false).await
    }

    async fn resume_as(&self, cookie: &str, alive: bool) -> Result<Option<Session>> {
        let Some(token) = Token::parse(cookie) else {
            return Ok(None);
        };
        let token_hash = token.hash(TOKEN);
        let now = self.clock().now_micros();
        let found: Option<SessionRow> = self
            .db()
            .read()
            .await?
            .first(
                "SELECT s.staff_id, s.last_seen_at, s.sealed_key, t.office_id, t.login, t.name, t.role, \
                 t.qualification, o.public_key, g.sealed_key \
                 FROM session s JOIN staff t ON t.id = s.staff_id JOIN office o ON o.id = t.office_id \
                 LEFT JOIN office_key_grant g ON g.office_id = t.office_id AND g.staff_id = t.id \
                 WHERE s.token_hash = $1 AND s.last_seen_at > $2 AND s.created_at > $3 AND t.active = 1 \
                 AND (t.valid_until IS NULL OR t.valid_until >= $4)",
                params![
                    &token_hash,
                    now - IDLE,
                    now - LONGEST,
                    self.clock().today().to_string()
                ],
            )
            .await?;
        let Some(row) = found else { return Ok(None) };
        let staff = StaffId::from(row.staff_id);
        let Ok(key) = token.key(TOKEN).open(&aad(staff), &row.sealed_key) else {
            return Ok(None);
        };
        if alive && now - row.last_seen_at >= TOUCH_EVERY {
            self.touch(&token_hash, now).await?;
        }
        Ok(Some(Session {
            staff,
            office: row.office_id.into(),
            login: row.login,
            name: row.name,
            role: Role::parse(&row.role)?,
            qualification: Qualification::parse(&row.qualification)?,
            key: PrivateKey::from_bytes(&key)?,
            office_public: PublicKey::from_bytes(&row.office_public)?,
            sealed_office_key: row.sealed_office_key,
            office_key: OnceLock::new(),
            form_key: token.key("form token"),
            token_hash,
            clock: self.clock().clone(),
            refusals: self.refusals().clone(),
        }))
    }

    async fn touch(&self, token_hash: &[u8; 32], now: i64) -> Result<()> {
        housekeeping!(self.db(), "session.touch", |tx| {
            tx.exec(
                "UPDATE session SET last_seen_at = $1 WHERE token_hash = $2",
                params![now, token_hash],
            )
            .await?;
            Ok::<_, Error>(())
        })
    }

    /// Ends the session.
    pub async fn sign_out(&self, session: &Session) -> Result<()> {
        let entry = Entry::done(
            session.office,
            Actor::Staff(session.staff),
            "staff.sign_out",
            format!("staff:{}", session.staff),
            self.clock().now(),
        );
        transact!(self.db(), "staff.sign_out", |tx| {
            tx.exec(
                "DELETE FROM session WHERE token_hash = $1",
                params![&session.token_hash],
            )
            .await?;
            tx.exec(
                "DELETE FROM presence WHERE staff_id = $1",
                params![session.staff.get()],
            )
            .await?;
            audit::record(tx, &entry).await?;
            Ok::<_, Error>(())
        })
    }

    /// Ends the colleague's other sessions: a browser left open somewhere.
    pub async fn end_other_sessions(&self, session: &Session) -> Result<()> {
        let entry = Entry::done(
            session.office,
            Actor::Staff(session.staff),
            "staff.end_other_sessions",
            format!("staff:{}", session.staff),
            self.clock().now(),
        );
        transact!(self.db(), "staff.end_other_sessions", |tx| {
            end_all(tx, session.staff, Some(session.token_hash())).await?;
            audit::record(tx, &entry).await?;
            Ok::<_, Error>(())
        })
    }

    /// Removes sessions that are over, and known devices not seen for half a year. Run it every hour.
    pub async fn purge_sessions(&self) -> Result<u64> {
        let now = self.clock().now_micros();
        housekeeping!(self.db(), "session.purge", |tx| {
            let gone = tx
                .exec(
                    "DELETE FROM session WHERE last_seen_at <= $1 OR created_at <= $2",
                    params![now - IDLE, now - LONGEST],
                )
                .await?;
            tx.exec(
                "DELETE FROM known_device WHERE last_seen_at < $1",
                params![now - 180 * 24 * 3_600 * SECOND],
            )
            .await?;
            Ok::<_, Error>(gone)
        })
    }
}
