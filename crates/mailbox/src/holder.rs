//! The writer's side: somebody without a name who holds the code.

use crate::count::{self, What};
use crate::letter::{self, Draft, Letter, Side, checked, sent_hash};
use crate::retention::{Reason, erase};
use crate::return_code::Token;
use crate::thread::{self, State, Thread, Wish};
use crate::{Error, Mailbox, Result};
use basics::OfficeId;
use jiff::SignedDuration;
use office::access::{self, Grant};
use office::limits::{self, BucketKey, Rate};
use store::{Conn, params, transact};
use vault::OpeningKey;
use vault::code::{self, LongSecret, Typed};

/// How many further letters one thread takes: 60 at once, then one in five minutes. A first letter is never refused;
/// but a thread is read whole, so that one with a hundred thousand letters would be a weapon.
const IN_ONE_THREAD: Rate = Rate {
    capacity: 60,
    refill: SignedDuration::from_secs(300),
};

/// Somebody who showed a right code. Made by [`Mailbox::holder`] for one request.
pub struct Holder {
    pub(crate) thread: Thread,
    pub(crate) long: LongSecret,
}

impl Holder {
    /// The thread, in codes, days and counts.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    pub(crate) fn key(&self) -> Result<OpeningKey> {
        self.thread.key_of(&self.long)
    }

    /// The grant for one action, recorded in this transaction.
    pub(crate) async fn open(
        &self,
        tx: &mut Conn,
        mailbox: &Mailbox,
        action: &'static str,
    ) -> Result<Grant> {
        let key = self.key()?;
        let grant = access::code_holder(
            tx,
            mailbox.clock(),
            self.thread.office,
            self.thread.id,
            key,
            action,
        )
        .await?;
        Ok(grant)
    }
}

impl Mailbox {
    /// Who holds this code (the long form, from the cookie). Cheap: one row, one HKDF.
    /// Nothing is opened yet; every action of the holder records itself, and a code that
    /// opens nothing (or nothing any more) is recorded here.
    pub async fn holder(&self, code: &str) -> Result<Holder> {
        match self.find_holder(code).await {
            Ok(holder) => Ok(holder),
            Err((Error::WrongCode, office)) => {
                self.record_wrong_code(office).await?;
                Err(Error::WrongCode)
            }
            Err((other, _)) => Err(other),
        }
    }

    /// The same without a record, where a dead code is no surprise. With the error comes the
    /// office whose chain it belongs into.
    pub(crate) async fn find_holder(&self, code: &str) -> Result<Holder, (Error, OfficeId)> {
        let nowhere = |error: Error| (error, OfficeId::INSTALLATION);
        let Some(Typed::Long(locator, long)) = code::read(code) else {
            return Err(nowhere(Error::WrongCode));
        };
        let mut conn = (self.db().read().await).map_err(|error| nowhere(error.into()))?;
        let found = thread::by_locator(&mut conn, locator).await;
        drop(conn);
        let thread = found
            .and_then(|found| found.ok_or(Error::WrongCode))
            .map_err(nowhere)?;
        match thread.key_of(&long) {
            Ok(_) => Ok(Holder { thread, long }),
            Err(error) => Err((error, thread.office)),
        }
    }

    /// The thread as its writer sees it: letters and answers, never a note. Once an answer
    /// has been read, the code is no longer kept for showing.
    pub async fn read_as_holder(&self, holder: &Holder) -> Result<Vec<Letter>> {
        let now = self.clock().now_micros();
        transact!(self.db(), "mailbox.read", |tx| {
            let grant = holder.open(tx, self, "mailbox.read").await?;
            let letters = letter::read(tx, &holder.thread, &grant, false).await?;
            if letters.iter().any(|letter| letter.side == Side::Office) {
                tx.exec(
                    "UPDATE thread SET answer_read_at = COALESCE(answer_read_at, $1), spoken_sealed = \
                     CASE WHEN long_under_spoken IS NULL THEN spoken_sealed ELSE NULL END WHERE id = $2",
                    params![now, holder.thread.id.get()],
                )
                .await?;
            }
            Ok(letters)
        })
    }

    /// One more letter. A closed thread opens again; the office promises a new day.
    pub async fn write_more(&self, holder: &Holder, body: &str, token: &Token) -> Result<i64> {
        let body = checked(body)?;
        let office =
            office::office::one(&mut self.db().read().await?, holder.thread.office).await?;
        let now = self.clock().now();
        let promised_on = office.settings.promise_day(now).to_string();
        let at = self.clock().now_micros();
        let id = holder.thread.id;
        let bucket = BucketKey::of(self.pepper(), "mailbox.write_more", &id.get().to_be_bytes());
        transact!(self.db(), "mailbox.write_more", |tx| {
            if !limits::take_in(tx, now, bucket, IN_ONE_THREAD).await? {
                return Err(Error::TooMany);
            }
            let grant = holder.open(tx, self, "mailbox.write_more").await?;
            let draft = Draft {
                side: Side::Writer,
                staff: None,
                body: &body,
                sent_hash: Some(sent_hash(token.bytes(), Side::Writer, &body)),
            };
            let seq = letter::append(tx, self.clock(), &grant, &draft).await?;
            // The oldest unanswered letter keeps its promise; a further one does not push it back.
            tx.exec(
                "UPDATE thread SET promised_on = CASE WHEN state = 'waiting' AND wish = 'reply' THEN promised_on ELSE $1 END, \
                 waiting_since = CASE WHEN state = 'waiting' THEN waiting_since ELSE $2 END, \
                 state = 'waiting', wish = 'reply', closed_at = NULL, last_letter_at = $3 WHERE id = $4",
                params![&promised_on, at, at, id.get()],
            )
            .await?;
            count::add(tx, &holder.thread, What::Letter, self.clock().today()).await?;
            Ok(seq)
        })
    }

    /// 「返事はいりません」「今はそっとしておいて」, and back. The office sees it at once;
    /// no answer is expected and nobody is reminded.
    pub async fn wish(&self, holder: &Holder, wish: Wish) -> Result<()> {
        let office =
            office::office::one(&mut self.db().read().await?, holder.thread.office).await?;
        let fresh = office.settings.promise_day(self.clock().now()).to_string();
        let promised_on = match wish {
            Wish::Reply if holder.thread.state == State::Waiting => Some(fresh),
            _ => None,
        };
        transact!(self.db(), "mailbox.wish", |tx| {
            holder.open(tx, self, wish_action(wish)).await?;
            tx.exec(
                "UPDATE thread SET wish = $1, promised_on = $2 WHERE id = $3",
                params![wish.code(), &promised_on, holder.thread.id.get()],
            )
            .await?;
            Ok(())
        })
    }

    /// Ends it and erases every word now. The count stays; nothing can be brought back.
    pub async fn end_and_erase(&self, holder: &Holder) -> Result<()> {
        let today = self.clock().today();
        transact!(self.db(), "mailbox.erase", |tx| {
            holder.open(tx, self, "mailbox.end_and_erase").await?;
            erase(tx, &holder.thread, Reason::Writer, today).await
        })?;
        // It is erased, whatever comes: a reader that holds the log back for a moment is no
        // reason to tell the writer that it is not.
        self.scrub().await.unwrap_or_default();
        Ok(())
    }
}

fn wish_action(wish: Wish) -> &'static str {
    match wish {
        Wish::Reply => "mailbox.wish_reply",
        Wish::NoReply => "mailbox.wish_no_reply",
        Wish::Quiet => "mailbox.wish_quiet",
    }
}
