//! The first letter. Accepted first, judged later: it is never refused for load or
//! limits. Past a generous threshold it is stored all the same and laid into the
//! たしかめる箱, where a person looks (field/intake.md §E3).
//!
//! Sealing needs only the office's public key: the server that accepts a letter
//! at night could not open the one before it.

use crate::count::{self, What};
use crate::letter::{self, Draft, SealedLetter, Side, checked, sent_hash};
use crate::return_code::{NewCode, Token};
use crate::thread::{self, Origin, Tray, Writer};
use crate::{Error, Mailbox, Result};
use basics::time::to_jst;
use basics::{OfficeId, ThreadId, new_id};
use jiff::SignedDuration;
use jiff::civil::Date;
use office::audit::{self, Actor, Entry};
use office::limits::{self, BucketKey, Rate};
use office::office::Office;
use std::net::IpAddr;
use store::{Conn, params, transact};
use vault::code::{Locator, LongSecret, long_form};
use vault::{CompartmentKey, Zeroizing, hash};

/// How many first letters from one address (a whole town hall or a mobile network may
/// share it) go straight to the inbox: 60 at once, then one a minute.
const GENEROUS: Rate = Rate {
    capacity: 60,
    refill: SignedDuration::from_secs(60),
};

/// A first letter as the form brings it.
pub struct FirstLetter<'a> {
    /// To which office.
    pub office: OfficeId,
    /// Who the writer is to the person.
    pub writer: Writer,
    /// The words.
    pub body: &'a str,
    /// The form's one-time token.
    pub token: &'a Token,
    /// Where it came from, for this hour's limit only; not stored.
    pub address: Option<IpAddr>,
}

/// A stored first letter.
#[derive(Clone)]
pub struct Sent {
    /// The thread it began.
    pub thread: ThreadId,
    /// The long form of the code, for the cookie and the link.
    pub code: Zeroizing<String>,
    /// By which day an answer is promised.
    pub promised_on: Date,
    /// Whether the same form had been sent before.
    pub again: bool,
}

/// Without the code: whoever reads a log must not be able to open the letter.
impl std::fmt::Debug for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sent")
            .field("thread", &self.thread)
            .field("promised_on", &self.promised_on)
            .field("again", &self.again)
            .finish_non_exhaustive()
    }
}

impl Mailbox {
    /// Stores a first letter, exactly once for one form.
    ///
    /// The same form sent again with the same words (a double click) changes nothing and
    /// gives the same code; with other words (Back, then edited) the new words become a
    /// second letter of the same thread: nothing that was written is lost.
    pub async fn first_letter(&self, letter: &FirstLetter<'_>) -> Result<Sent> {
        let body = checked(letter.body)?;
        let office = office::office::one(&mut self.db().read().await?, letter.office).await?;
        let code = NewCode::from_token(letter.token, self.pepper());
        let form_hash = hash(letter.token.bytes());
        let sealed = Prepared::new(self, &office, &body)?;
        let now = self.clock().now();
        let promised_on = office.settings.promise_day(now);
        let bucket = BucketKey::address(self.pepper(), now, "mailbox.first_letter", letter.address);

        let stored = transact!(self.db(), "mailbox.first_letter", |tx| {
            let tray = if limits::take_in(tx, now, bucket, GENEROUS).await? {
                Tray::Inbox
            } else {
                Tray::Check
            };
            let number = next_number(tx, office.id).await?;
            let locator = code
                .store(
                    tx,
                    &NewThread {
                        id: sealed.thread,
                        office: office.id,
                        number,
                        origin: Origin::Web,
                        writer: letter.writer,
                        tray,
                        promised_on,
                        at: self.clock().now_micros(),
                        form_hash: Some(form_hash),
                        must_change_code: false,
                        key: &sealed.key,
                        key_for_office: &sealed.key_for_office,
                    },
                )
                .await?;
            let draft = Draft {
                side: Side::Writer,
                staff: None,
                body: &body,
                sent_hash: Some(sent_hash(letter.token.bytes(), Side::Writer, &body)),
            };
            sealed.insert(tx, self, &draft).await?;
            let entry = Entry::done(
                office.id,
                Actor::Stranger,
                "mailbox.first_letter",
                subject(sealed.thread),
                now,
            );
            // Before the counts: the order of locks of this room (lib.rs).
            audit::record(tx, &entry.because(format!("tray={}", tray.code()))).await?;
            let day = to_jst(now).date();
            for what in [What::FirstLetter, What::Letter] {
                count::add_for(tx, office.id, letter.writer, Origin::Web, what, day).await?;
            }
            Ok(locator)
        });
        match stored {
            Ok(locator) => Ok(Sent {
                thread: sealed.thread,
                code: long_form(locator, code.long()),
                promised_on,
                again: false,
            }),
            Err(Error::Again) => {
                self.same_form_again(&form_hash, code.long(), letter, &body)
                    .await
            }
            Err(other) => Err(other),
        }
    }

    async fn same_form_again(
        &self,
        form_hash: &[u8; 32],
        long: &LongSecret,
        letter: &FirstLetter<'_>,
        body: &str,
    ) -> Result<Sent> {
        let thread = thread::by_form(&mut self.db().read().await?, form_hash)
            .await?
            .ok_or(Error::NotFound)?;
        let code = long_form(thread.locator, long);
        let promised_on = thread.promised_on.unwrap_or_else(|| self.clock().today());
        let holder = self.find_holder(&code).await.map_err(|(error, _)| error)?;
        match self.write_more(&holder, body, letter.token).await {
            Ok(_) | Err(Error::Again) => Ok(Sent {
                thread: thread.id,
                code,
                promised_on,
                again: true,
            }),
            Err(other) => Err(other),
        }
    }
}

/// What the audit chain calls a thread.
pub(crate) fn subject(thread: ThreadId) -> String {
    format!("thread:{thread}")
}

/// Keys and sealed bytes of a new thread, made before its transaction begins.
pub(crate) struct Prepared {
    pub thread: ThreadId,
    pub key: CompartmentKey,
    pub key_for_office: Vec<u8>,
    letter: SealedLetter,
}

impl Prepared {
    pub(crate) fn new(mailbox: &Mailbox, office: &Office, body: &String) -> Result<Self> {
        let thread = ThreadId::from(new_id(mailbox.clock()));
        let key = CompartmentKey::fresh();
        Ok(Self {
            thread,
            key_for_office: key.wrap_for(&office.public_key, thread.get())?,
            letter: SealedLetter::new(new_id(mailbox.clock()), &key, Side::Writer, body),
            key,
        })
    }

    pub(crate) async fn insert(
        &self,
        tx: &mut Conn,
        mailbox: &Mailbox,
        draft: &Draft<'_>,
    ) -> Result<()> {
        let at = mailbox.clock().now_micros();
        letter::insert(tx, self.thread, 1, at, draft, &self.letter).await
    }
}

/// The office's next running number; taken back when the transaction is undone.
pub(crate) async fn next_number(tx: &mut Conn, office: OfficeId) -> Result<i64> {
    let (number,): (i64,) = tx
        .one(
            "INSERT INTO mailbox_counter (office_id, last_number) VALUES ($1, 1) \
             ON CONFLICT (office_id) DO UPDATE SET last_number = mailbox_counter.last_number + 1 RETURNING last_number",
            params![office.get()],
        )
        .await?;
    Ok(number)
}

/// A thread about to be stored.
pub(crate) struct NewThread<'a> {
    pub id: ThreadId,
    pub office: OfficeId,
    pub number: i64,
    pub origin: Origin,
    pub writer: Writer,
    pub tray: Tray,
    pub promised_on: Date,
    pub at: i64,
    pub form_hash: Option<[u8; 32]>,
    pub must_change_code: bool,
    pub key: &'a CompartmentKey,
    pub key_for_office: &'a [u8],
}

impl NewThread<'_> {
    /// Stores it under this locator; `false` when the locator or the form is already there.
    pub(crate) async fn insert(
        &self,
        tx: &mut Conn,
        locator: Locator,
        salt: &[u8],
        filter: u8,
        under_code: &[u8],
        spoken: &[u8],
    ) -> Result<bool> {
        let stored = tx
            .exec(
                "INSERT INTO thread (id, office_id, number, origin, writer, tray, state, wish, promised_on, \
                 waiting_since, letters, created_at, last_letter_at, form_hash, must_change_code, key_for_office, \
                 locator, code_salt, spoken_filter, key_under_code, spoken_sealed) \
                 VALUES ($1, $2, $3, $4, $5, $6, 'waiting', 'reply', $7, $8, 1, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) \
                 ON CONFLICT DO NOTHING",
                params![
                    self.id.get(),
                    self.office.get(),
                    self.number,
                    self.origin.code(),
                    self.writer.code(),
                    self.tray.code(),
                    self.promised_on.to_string(),
                    self.at,
                    self.at,
                    self.at,
                    self.form_hash.map(|hash| hash.to_vec()),
                    self.must_change_code,
                    self.key_for_office,
                    locator.number(),
                    salt,
                    filter,
                    under_code,
                    spoken
                ],
            )
            .await?;
        Ok(stored == 1)
    }
}
