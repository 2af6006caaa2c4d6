//! The return code at work: given out with the first letter, shown until the first
//! answer has been read, entered, changed, given anew by staff.
//!
//! The cryptography is `vault::code`; here is what the database keeps of it. The
//! digits are stretched (28 ms) only when they are first shown or entered, never
//! while a letter is being accepted.

use crate::first_letter::{NewThread, subject};
use crate::holder::Holder;
use crate::thread::{self, Thread};
use crate::{Error, Mailbox, Result};
use basics::OfficeId;
use office::access::{self, Action, Grant};
use office::audit::{Actor, Entry};
use office::session::Session;
use std::time::Duration;
use store::{Conn, params, transact};
pub use vault::code::Token;
use vault::code::{self, Locator, LongSecret, SpokenSecret, Typed, long_form, spoken_form};
use vault::{OpeningKey, Place, Sealed, SymmetricKey, Zeroizing, hash, random};

/// A wrong code is answered this long after it arrived, whatever the reason: the time
/// tells nothing, and a flood of wrong codes mostly sleeps instead of computing.
pub const WRONG_CODE_AFTER: Duration = Duration::from_millis(600);

/// Both secrets of a new code.
pub(crate) struct NewCode {
    long: LongSecret,
    spoken: SpokenSecret,
    filter_key: Zeroizing<[u8; 32]>,
}

impl NewCode {
    pub(crate) fn from_token(token: &Token, pepper: &SymmetricKey) -> Self {
        let (long, spoken) = code::from_token(token.bytes(), &pepper.mac(b"return code"));
        Self {
            long,
            spoken,
            filter_key: filter_key(pepper),
        }
    }

    pub(crate) fn long(&self) -> &LongSecret {
        &self.long
    }

    /// What the database keeps of it, for this thread.
    fn kept(
        &self,
        salt: &[u8],
        opening: &vault::CompartmentKey,
        thread: i64,
    ) -> (u8, Vec<u8>, Vec<u8>) {
        let filter = self.spoken.filter(salt, self.filter_key.as_ref());
        let under_code = opening.wrap_under(&self.long.key(salt), thread);
        let spoken = opening.seal(&spoken_place(thread), &*self.spoken.digits());
        (filter, under_code, spoken.as_bytes().to_vec())
    }

    /// Stores a new thread under a free locator. [`Error::Again`] when its form is there already.
    pub(crate) async fn store(&self, tx: &mut Conn, new: &NewThread<'_>) -> Result<Locator> {
        let salt: [u8; 16] = random();
        let (filter, under_code, spoken) = self.kept(&salt, new.key, new.id.get());
        // With half of all locators taken, 40 tries fail once in 10¹².
        for _ in 0..40 {
            let locator = Locator::random();
            if new
                .insert(tx, locator, &salt, filter, &under_code, &spoken)
                .await?
            {
                return Ok(locator);
            }
            if let Some(form) = &new.form_hash
                && thread::by_form(tx, form).await?.is_some()
            {
                return Err(Error::Again);
            }
        }
        Err(Error::Store(store::Error::Absent))
    }
}

fn filter_key(pepper: &SymmetricKey) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(pepper.mac(b"spoken filter"))
}

fn spoken_place(thread: i64) -> Place {
    Place {
        table: "thread",
        row: thread,
        column: "spoken_sealed",
    }
}

/// A code as it is shown or printed.
pub struct ShownCode {
    /// For the link and the QR code.
    pub long: Zeroizing<String>,
    /// 26 digits in groups of four.
    pub spoken: Zeroizing<String>,
}

impl Mailbox {
    /// Opens a thread by whatever was typed, scanned or read out; the long form for the
    /// cookie comes back. Wrong codes are in the audit chain and answered late.
    pub async fn enter(&self, typed: &str) -> Result<Zeroizing<String>> {
        let arrived = tokio::time::Instant::now();
        match self.try_enter(typed).await {
            Ok(code) => Ok(code),
            Err((Error::WrongCode, office)) => {
                self.record_wrong_code(office).await?;
                tokio::time::sleep_until(arrived + WRONG_CODE_AFTER).await;
                Err(Error::WrongCode)
            }
            Err((other, _)) => Err(other),
        }
    }

    pub(crate) async fn record_wrong_code(&self, office: OfficeId) -> Result<()> {
        let now = self.clock().now();
        let entry = Entry::refused(office, Actor::Stranger, "mailbox.enter", "", now);
        Ok(self.refusals().refuse(entry.because("wrong_code")).await?)
    }

    async fn try_enter(&self, typed: &str) -> Result<Zeroizing<String>, (Error, OfficeId)> {
        let nowhere = |error: Error| (error, OfficeId::INSTALLATION);
        let wrong = || nowhere(Error::WrongCode);
        let code = code::read(typed).ok_or_else(wrong)?;
        let locator = match &code {
            Typed::Long(locator, _) | Typed::Spoken(locator, _) => *locator,
        };
        let mut conn = self
            .db()
            .read()
            .await
            .map_err(|error| nowhere(error.into()))?;
        let thread = thread::by_locator(&mut conn, locator)
            .await
            .map_err(nowhere)?
            .ok_or_else(wrong)?;
        drop(conn);
        let here = |error: Error| (error, thread.office);
        let long = match code {
            Typed::Long(_, long) => long,
            Typed::Spoken(_, spoken) => self.long_from(&thread, spoken).await.map_err(here)?,
        };
        thread.key_of(&long).map_err(here)?;
        Ok(long_form(locator, &long))
    }

    /// From the digits to the long secret: the filter first, then Argon2 when there is room.
    async fn long_from(&self, thread: &Thread, spoken: SpokenSecret) -> Result<LongSecret> {
        let wrapped = thread.long_under_spoken.clone().ok_or(Error::WrongCode)?;
        if spoken.filter(&thread.code_salt, filter_key(self.pepper()).as_ref())
            != thread.spoken_filter
        {
            return Err(Error::WrongCode);
        }
        let (salt, locator) = (thread.code_salt.clone(), thread.locator);
        let key = self.gate().run(move || spoken.key(&salt)).await?;
        LongSecret::open(&key, locator, &wrapped).ok_or(Error::WrongCode)
    }

    /// The code, as long as it may be shown: until the first answer has been read.
    /// The first time, this stretches the digits and stores what they open.
    pub async fn code_to_show(&self, holder: &Holder) -> Result<Option<ShownCode>> {
        let key = holder.key()?;
        self.show(&holder.thread, &key, &holder.long).await
    }

    async fn show(
        &self,
        thread: &Thread,
        key: &OpeningKey,
        long: &LongSecret,
    ) -> Result<Option<ShownCode>> {
        let Some(sealed) = &thread.spoken_sealed else {
            return Ok(None);
        };
        let digits = Zeroizing::new(
            Sealed::<String>::from_bytes(sealed.clone())
                .open(key, &spoken_place(thread.id.get()))?,
        );
        let spoken = SpokenSecret::from_digits(&digits).ok_or(Error::WrongCode)?;
        let shown = ShownCode {
            long: long_form(thread.locator, long),
            spoken: spoken_form(thread.locator, &spoken),
        };
        if thread.long_under_spoken.is_none() {
            let salt = thread.code_salt.clone();
            let stretched = self.gate().run(move || spoken.key(&salt)).await?;
            let wrapped = long.wrap_under(&stretched, thread.locator);
            let entry = Entry::done(
                thread.office,
                Actor::CodeHolder(thread.id),
                "mailbox.digits_ready",
                subject(thread.id),
                self.clock().now(),
            );
            transact!(self.db(), "mailbox.digits_ready", |tx| {
                office::audit::record(tx, &entry).await?;
                // Only if the code was not changed meanwhile.
                tx.exec(
                    "UPDATE thread SET long_under_spoken = $1 WHERE id = $2 AND code_salt = $3 AND long_under_spoken IS NULL",
                    params![&wrapped, thread.id.get(), &thread.code_salt],
                )
                .await?;
                Ok::<_, Error>(())
            })?;
        }
        Ok(Some(shown))
    }

    /// Changes the code of a thread: the old one is dead from here on. The writer does it
    /// at first use of a code that passed through staff's hands, or whenever they wish.
    pub async fn change_code(&self, holder: &Holder) -> Result<Zeroizing<String>> {
        self.change_code_of(holder, &Token::fresh()).await
    }

    /// The same for a form. Sent twice (a double click, a lost answer) it leads to the same
    /// new code, although the code it was sent with is dead by then: nobody is locked out.
    pub async fn change_code_by_form(
        &self,
        code: &str,
        token: &Token,
    ) -> Result<Zeroizing<String>> {
        let (changed, office) = match self.find_holder(code).await {
            Ok(holder) => {
                let office = holder.thread.office;
                (self.change_code_of(&holder, token).await, office)
            }
            Err((error, office)) => (Err(error), office),
        };
        let done = match changed {
            Err(Error::WrongCode | Error::Again) => self.code_of_form(token).await,
            done => done,
        };
        if let Err(Error::WrongCode) = done {
            self.record_wrong_code(office).await?;
        }
        done
    }

    async fn change_code_of(&self, holder: &Holder, token: &Token) -> Result<Zeroizing<String>> {
        let new = NewCode::from_token(token, self.pepper());
        let form = hash(token.bytes());
        let locator = transact!(self.db(), "mailbox.change_code", |tx| {
            let grant = holder.open(tx, self, "mailbox.change_code").await?;
            self.replace_code(tx, &holder.thread, &grant, &new, Some(form), false)
                .await
        })?;
        Ok(long_form(locator, &new.long))
    }

    async fn code_of_form(&self, token: &Token) -> Result<Zeroizing<String>> {
        let form = hash(token.bytes());
        let thread = thread::by_form(&mut self.db().read().await?, &form)
            .await?
            .ok_or(Error::WrongCode)?;
        let new = NewCode::from_token(token, self.pepper());
        thread.key_of(&new.long)?;
        Ok(long_form(thread.locator, &new.long))
    }

    /// A new code for somebody who lost theirs and whom the staff know by voice or face.
    /// It is changed at first use, like every code that passed through staff's hands.
    pub async fn reissue_code(
        &self,
        session: &Session,
        thread: basics::ThreadId,
    ) -> Result<ShownCode> {
        let found = self
            .thread_for(session, thread, Action::ReissueCode)
            .await?;
        let new = NewCode::from_token(&Token::fresh(), self.pepper());
        let again = transact!(self.db(), "mailbox.reissue_code", |tx| {
            let grant =
                access::open_thread(tx, session, found.reference(), Action::ReissueCode).await?;
            self.replace_code(tx, &found, &grant, &new, None, true)
                .await?;
            thread::by_id(tx, thread).await?.ok_or(Error::NotFound)
        })?;
        self.shown_to_staff(&again, &new).await
    }

    /// Stretches the digits at once, because the person will use them first.
    pub(crate) async fn shown_to_staff(&self, thread: &Thread, new: &NewCode) -> Result<ShownCode> {
        let key = thread.key_of(&new.long)?;
        self.show(thread, &key, &new.long)
            .await?
            .ok_or(Error::WrongCode)
    }

    async fn replace_code(
        &self,
        tx: &mut Conn,
        thread: &Thread,
        grant: &Grant,
        new: &NewCode,
        form_hash: Option<[u8; 32]>,
        must_change: bool,
    ) -> Result<Locator> {
        let salt: [u8; 16] = random();
        let (filter, under_code, spoken) = new.kept(&salt, grant.sealing(), thread.id.get());
        for _ in 0..40 {
            let locator = Locator::random();
            if thread::by_locator(tx, locator).await?.is_some() {
                continue;
            }
            // Only from the code that was looked at: of two changes at once, one counts.
            let changed = tx
                .exec(
                    "UPDATE thread SET locator = $1, code_salt = $2, spoken_filter = $3, key_under_code = $4, \
                     spoken_sealed = $5, long_under_spoken = NULL, must_change_code = $6, form_hash = $7 \
                     WHERE id = $8 AND code_salt = $9",
                    params![
                        locator.number(),
                        &salt,
                        filter,
                        &under_code,
                        &spoken,
                        must_change,
                        form_hash.map(|hash| hash.to_vec()),
                        thread.id.get(),
                        &thread.code_salt
                    ],
                )
                .await?;
            return if changed == 1 {
                Ok(locator)
            } else {
                Err(Error::Again)
            };
        }
        Err(Error::Store(store::Error::Absent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_the_form_and_a_mangled_one_becomes_a_fresh_one() {
        let token = Token::fresh();
        assert_eq!(Token::from_field(&token.field()).bytes(), token.bytes());
        for mangled in ["", "zz", &"g".repeat(64), &"あ".repeat(32), &"0".repeat(66)] {
            assert_ne!(Token::from_field(mangled).field(), mangled);
        }
    }
}
