//! The staff entrance: password and six digits in one step.
//!
//! Whatever is wrong (the name, the password, the digits, too many tries), the answer is the same sentence, and the
//! work before it is the same. Tries are counted before they are looked at. A stranger's tries count against the
//! stranger's address and, after many, against the account for a minute at a time; a browser in which the colleague
//! has signed in before has a count of its own, so nobody else can lock the colleague out of it.

use crate::audit::{self, Actor, Entry, RefusalLog};
use crate::digest::Token;
use crate::error::{Error, Result};
use crate::limits::{self, BucketKey, Wait};
use crate::recovery;
use crate::session;
use crate::staff::{half_width, normal_login};
use crate::totp::TotpSecret;
use basics::{Clock, OfficeId, StaffId};
use jiff::SignedDuration;
use std::net::IpAddr;
use std::time::Duration;
use store::{Conn, Db, housekeeping, params, row, transact};
use unicode_normalization::UnicodeNormalization;
use vault::password::{self, Gate, PasswordRecord};
use vault::{PrivateKey, SymmetricKey};

const ACTION: &str = "staff.sign_in";
const DEVICE: &str = "known device";
/// How long somebody waits for the password check's turn before the page says that it is busy.
const PATIENCE: Duration = Duration::from_secs(15);

/// What the staff entrance needs; one a process, cheap to clone.
#[derive(Clone)]
pub struct Entrance {
    db: Db,
    clock: Clock,
    pepper: SymmetricKey,
    gate: Gate,
    /// A way of their own for colleagues in a browser we know: strangers may fill the other one.
    familiar: Gate,
    refusals: RefusalLog,
}

/// What somebody typed.
#[derive(Clone, Copy, Default)]
pub struct Attempt<'a> {
    /// The sign-in name.
    pub login: &'a str,
    /// The password.
    pub password: &'a str,
    /// Six digits from the app, or a recovery code.
    pub code: &'a str,
    /// Where it came from, when known; only a keyed hash of it is kept, for an hour.
    pub address: Option<IpAddr>,
    /// The known-device cookie, if the browser sent one.
    pub device: Option<&'a str>,
}

/// A sign-in that succeeded.
pub struct SignedIn {
    /// Who.
    pub staff: StaffId,
    /// The value of the session cookie (ends with the browser).
    pub session_cookie: String,
    /// The value of the known-device cookie (kept for half a year).
    pub device_cookie: String,
    /// Set when a recovery code was used: how many are left.
    pub recovery_codes_left: Option<i64>,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn")
            .field("staff", &self.staff)
            .finish_non_exhaustive()
    }
}

row! {
    struct Account {
        pub id: i64,
        pub office_id: i64,
        pub password: Option<Vec<u8>>,
        pub sealed_key: Option<Vec<u8>>,
        pub sealed_totp: Option<Vec<u8>>,
        pub device_known: bool,
    }
}

/// The second factor that fitted, to be used up in the transaction that begins the session.
enum Second {
    Step(i64),
    Recovery(i64),
}

/// Why a try failed; a code for the audit chain, never for the person at the page.
type Reason = &'static str;

impl Entrance {
    /// Opens the entrance and starts the writer of refusals. `pepper` is the installation's own secret from
    /// `ippo.toml`; `gate` bounds how many passwords are checked at once. Needs a tokio runtime.
    pub fn open(db: &Db, clock: &Clock, pepper: &SymmetricKey, gate: &Gate) -> Self {
        Self {
            db: db.clone(),
            clock: clock.clone(),
            pepper: pepper.branch("office entrance"),
            gate: gate.clone(),
            familiar: Gate::new(1),
            refusals: RefusalLog::start(db),
        }
    }

    /// Where refusals go.
    pub fn refusals(&self) -> &RefusalLog {
        &self.refusals
    }

    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Signs in. Every failure is [`Error::SignInRefused`] and a row in the audit chain.
    pub async fn sign_in(&self, attempt: Attempt<'_>) -> Result<SignedIn> {
        let login = normal_login(attempt.login);
        let device = attempt.device.and_then(Token::parse);
        let account = self.account(&login, device.as_ref()).await?;
        let mut brakes = self.brakes(&login, &attempt, device.as_ref(), account.as_ref());
        if !self.admitted(&brakes).await? {
            return self.refused(account.as_ref(), "wait").await;
        }
        let opened = self
            .password_key(
                account.as_ref(),
                attempt.password,
                self.gate_for(account.as_ref()),
            )
            .await?;
        let (Some(account), Some(key)) = (&account, opened) else {
            return self.refused(account.as_ref(), "password").await;
        };
        let digits = self.digits_brake(account);
        if !self.admitted(&[digits]).await? {
            return self.refused(Some(account), "wait").await;
        }
        brakes.push(digits);
        match self.second_factor(account, &key, attempt.code).await? {
            Some(second) => self.begin(account, &key, second, device, &brakes).await,
            None => self.refused(Some(account), "code").await,
        }
    }

    async fn account(&self, login: &str, device: Option<&Token>) -> Result<Option<Account>> {
        let device = device.map(|token| token.hash(DEVICE)).unwrap_or_default();
        let mut conn = self.db.read().await?;
        Ok(conn
            .first(
                "SELECT t.id, t.office_id, t.password, t.sealed_key, t.sealed_totp, \
                 CASE WHEN d.staff_id IS NULL THEN 0 ELSE 1 END \
                 FROM staff t LEFT JOIN known_device d ON d.staff_id = t.id AND d.token_hash = $1 \
                 WHERE t.login = $2 AND t.active = 1 AND (t.valid_until IS NULL OR t.valid_until >= $3)",
                params![&device, login, self.clock.today().to_string()],
            )
            .await?)
    }

    /// The counts that this try goes against. By name, whether such an account exists or not.
    fn brakes(
        &self,
        login: &str,
        attempt: &Attempt<'_>,
        device: Option<&Token>,
        account: Option<&Account>,
    ) -> Vec<(BucketKey, Wait)> {
        if let (Some(token), Some(account)) =
            (device, account.filter(|account| account.device_known))
        {
            let what = [&token.hash(DEVICE)[..], &account.id.to_be_bytes()].concat();
            return vec![(
                BucketKey::of(&self.pepper, "sign-in device", &what),
                device_wait,
            )];
        }
        let (pepper, now) = (&self.pepper, self.clock.now());
        let mut brakes: Vec<(BucketKey, Wait)> = vec![(
            BucketKey::of(pepper, "sign-in account", login.as_bytes()),
            account_wait,
        )];
        // Where the address is not known, everybody would share these counts: a stranger's and the colleague's.
        if let Some(address) = attempt.address {
            let both = BucketKey::address_and(
                pepper,
                now,
                "sign-in address and account",
                Some(address),
                login,
            );
            brakes.push((both, address_wait));
            brakes.push((
                BucketKey::address(pepper, now, "sign-in address", Some(address)),
                crowd_wait,
            ));
        }
        brakes
    }

    /// The count of digits tried by whoever knows the password. No stranger can run it up.
    fn digits_brake(&self, account: &Account) -> (BucketKey, Wait) {
        let key = BucketKey::of(&self.pepper, "sign-in digits", &account.id.to_be_bytes());
        (key, address_wait)
    }

    async fn admitted(&self, brakes: &[(BucketKey, Wait)]) -> Result<bool> {
        housekeeping!(self.db, "limit.take", |tx| {
            limits::strike(tx, self.clock.now(), brakes).await
        })
    }

    fn gate_for(&self, account: Option<&Account>) -> &Gate {
        match account {
            Some(account) if account.device_known => &self.familiar,
            _ => &self.gate,
        }
    }

    /// Checks the password, or does the same work for nobody.
    async fn password_key(
        &self,
        account: Option<&Account>,
        password: &str,
        gate: &Gate,
    ) -> Result<Option<SymmetricKey>> {
        let record = account.and_then(|account| account.password.clone());
        let record = record.map_or_else(PasswordRecord::nobody, PasswordRecord::from_bytes);
        let password = normal_password(password);
        at_the_gate(gate, move || password::verify(&record, &password)).await
    }

    /// The slow work of a new password, for somebody who holds a session or an invitation.
    pub(crate) async fn slow_work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        at_the_gate(&self.familiar, work).await
    }

    async fn second_factor(
        &self,
        account: &Account,
        key: &SymmetricKey,
        code: &str,
    ) -> Result<Option<Second>> {
        let typed: String = half_width(code)
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .collect();
        let staff = StaffId::from(account.id);
        if typed.len() == 6 && typed.bytes().all(|byte| byte.is_ascii_digit()) {
            let sealed = account
                .sealed_totp
                .as_deref()
                .ok_or(Error::Damaged("staff.sealed_totp"))?;
            let secret =
                TotpSecret::from_bytes(&key.open(&envelope(staff, "sealed_totp"), sealed)?)?;
            return Ok(secret.step_of(&typed, self.clock.now()).map(Second::Step));
        }
        let mut conn = self.db.read().await?;
        Ok(recovery::find(&mut conn, staff, key, &typed)
            .await?
            .map(Second::Recovery))
    }

    async fn begin(
        &self,
        account: &Account,
        key: &SymmetricKey,
        second: Second,
        device: Option<Token>,
        brakes: &[(BucketKey, Wait)],
    ) -> Result<SignedIn> {
        let staff = StaffId::from(account.id);
        let office = OfficeId::from(account.office_id);
        let private = open_private_key(key, staff, account.sealed_key.as_deref())?;
        let token = Token::fresh();
        let device = device
            .filter(|_| account.device_known)
            .unwrap_or_else(Token::fresh);
        let how = match second {
            Second::Step(_) => "totp",
            Second::Recovery(_) => "recovery_code",
        };
        let now = self.clock.now();
        let entry = Entry::done(
            office,
            Actor::Staff(staff),
            ACTION,
            format!("staff:{staff}"),
            now,
        )
        .because(how);
        let begun = transact!(self.db, "staff.sign_in", |tx| {
            let left = use_up(tx, account, &second, self.clock.now_micros()).await?;
            session::begin(tx, &token, staff, &private, self.clock.now_micros()).await?;
            remember_device(tx, staff, &device, self.clock.now_micros()).await?;
            forgive(tx, brakes).await?;
            audit::record(tx, &entry).await?;
            Ok::<_, Error>(left)
        });
        match begun {
            Ok(recovery_codes_left) => Ok(SignedIn {
                staff,
                session_cookie: token.cookie(),
                device_cookie: device.cookie(),
                recovery_codes_left,
            }),
            Err(Error::SignInRefused) => self.refused(Some(account), "code_used_before").await,
            Err(error) => Err(error),
        }
    }

    async fn refused<T>(&self, account: Option<&Account>, reason: Reason) -> Result<T> {
        let (office, subject) = match account {
            Some(account) => (account.office_id.into(), format!("staff:{}", account.id)),
            None => (OfficeId::INSTALLATION, String::new()),
        };
        let entry = Entry::refused(office, Actor::Stranger, ACTION, subject, self.clock.now())
            .because(reason);
        self.refusals.refuse(entry).await?;
        Err(Error::SignInRefused)
    }

    /// For a signed-in colleague who types the password once more: the key it opens. Wrong ones are counted and
    /// recorded like wrong sign-ins.
    pub(crate) async fn confirm_password(
        &self,
        session: &session::Session,
        password: &str,
    ) -> Result<SymmetricKey> {
        let brake = BucketKey::of(
            &self.pepper,
            "password again",
            &session.staff().get().to_be_bytes(),
        );
        let admitted = self.admitted(&[(brake, device_wait as Wait)]).await?;
        let account = self.account(session.login(), None).await?;
        let key = if admitted {
            self.password_key(account.as_ref(), password, &self.familiar)
                .await?
        } else {
            None
        };
        let Some(key) = key else {
            let (actor, subject) = (
                Actor::Staff(session.staff()),
                format!("staff:{}", session.staff()),
            );
            let entry = Entry::refused(
                session.office(),
                actor,
                "staff.confirm_password",
                subject,
                self.clock.now(),
            );
            self.refusals
                .refuse(entry.because(if admitted { "password" } else { "wait" }))
                .await?;
            return Err(Error::invalid(
                "old_password",
                "いまのパスワードが合いません。何度か続いたときは、少しおいてからお試しください。",
            ));
        };
        housekeeping!(self.db, "limit.take", |tx| {
            limits::forgive(tx, brake).await
        })?;
        Ok(key)
    }
}

async fn at_the_gate<T: Send + 'static>(
    gate: &Gate,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    match tokio::time::timeout(PATIENCE, gate.run(work)).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(Error::Busy),
    }
}

/// Uses the second factor up; whoever comes second with the same one is refused. So is whoever's account was switched
/// off, reset or given another password while theirs was being checked.
async fn use_up(
    tx: &mut Conn,
    account: &Account,
    second: &Second,
    now: i64,
) -> Result<Option<i64>> {
    let same_account = match second {
        Second::Step(step) => {
            tx.exec(
                "UPDATE staff SET totp_last_step = $1 WHERE id = $2 AND totp_last_step < $1 AND active = 1 \
                 AND sealed_key = $3",
                params![*step, account.id, &account.sealed_key],
            )
            .await?
        }
        Second::Recovery(_) => {
            tx.exec(
                "UPDATE staff SET updated_at = updated_at WHERE id = $1 AND active = 1 AND sealed_key = $2",
                params![account.id, &account.sealed_key],
            )
            .await?
        }
    };
    if same_account == 0 {
        return Err(Error::SignInRefused);
    }
    let Second::Recovery(slot) = second else {
        return Ok(None);
    };
    let left = recovery::use_up(tx, account.id.into(), *slot, now).await?;
    left.map(Some).ok_or(Error::SignInRefused)
}

async fn remember_device(tx: &mut Conn, staff: StaffId, device: &Token, now: i64) -> Result<()> {
    tx.exec(
        "INSERT INTO known_device (token_hash, staff_id, last_seen_at) VALUES ($1, $2, $3) \
         ON CONFLICT (token_hash) DO UPDATE SET last_seen_at = excluded.last_seen_at",
        params![&device.hash(DEVICE), staff.get(), now],
    )
    .await?;
    Ok(())
}

/// A good sign-in clears its own counts, in the order in which they are locked elsewhere.
async fn forgive(tx: &mut Conn, brakes: &[(BucketKey, Wait)]) -> Result<()> {
    let mut keys: Vec<BucketKey> = brakes.iter().map(|(key, _)| *key).collect();
    keys.sort_unstable();
    for key in keys {
        limits::forgive(tx, key).await?;
    }
    Ok(())
}

/// One address at one account: five tries, then 5 seconds, doubling, up to a quarter of an hour.
fn address_wait(strikes: i64) -> SignedDuration {
    doubling(strikes - 5, 5, 900)
}

/// One account, from whatever unknown address: twenty tries, then at most a minute at a time.
fn account_wait(strikes: i64) -> SignedDuration {
    doubling(strikes - 20, 5, 60)
}

/// One address at whatever accounts (a whole town hall may share it): sixty tries, then at most a minute at a time.
fn crowd_wait(strikes: i64) -> SignedDuration {
    doubling(strikes - 60, 1, 60)
}

/// A known browser: ten tries, then 10 seconds, doubling, up to five minutes.
fn device_wait(strikes: i64) -> SignedDuration {
    doubling(strikes - 10, 10, 300)
}

fn doubling(over: i64, first: i64, longest: i64) -> SignedDuration {
    match over {
        ..=0 => SignedDuration::ZERO,
        _ => SignedDuration::from_secs((first << (over - 1).min(10)).min(longest)),
    }
}

/// Passwords are compared in NFKC, so that the same words typed on another keyboard are the same password.
pub(crate) fn normal_password(password: &str) -> vault::Zeroizing<String> {
    vault::Zeroizing::new(password.nfkc().take(1_000).collect())
}

/// Where something sealed under a colleague's password belongs.
pub(crate) fn envelope(staff: StaffId, column: &str) -> Vec<u8> {
    format!("staff/{staff}/{column}").into_bytes()
}

pub(crate) fn open_private_key(
    key: &SymmetricKey,
    staff: StaffId,
    sealed: Option<&[u8]>,
) -> Result<PrivateKey> {
    let sealed = sealed.ok_or(Error::Damaged("staff.sealed_key"))?;
    Ok(PrivateKey::from_bytes(
        &key.open(&envelope(staff, "sealed_key"), sealed)?,
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stop_growing() {
        let seconds = |wait: fn(i64) -> SignedDuration, strikes| wait(strikes).as_secs();
        assert_eq!(
            [5, 6, 7, 8, 40].map(|n| seconds(address_wait, n)),
            [0, 5, 10, 20, 900]
        );
        assert!(
            (0..10_000).all(|n| seconds(account_wait, n) <= 60),
            "a stranger locks nobody out for long"
        );
        assert_eq!([10, 11, 12].map(|n| seconds(device_wait, n)), [0, 10, 20]);
    }

    #[test]
    fn full_width_digits_are_digits() {
        assert_eq!(half_width("１２３　４５６"), "123 456");
        assert_eq!(normal_login(" Ｓato.K "), "sato.k");
    }
}
