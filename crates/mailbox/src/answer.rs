//! The desk's side of a thread: read, answer, note, take, hand over, promise, close.

use crate::count::{self, What};
use crate::letter::{self, Draft, Letter, Side, checked, sent_hash};
use crate::return_code::Token;
use crate::thread::{self, State, Thread, Tray};
use crate::{Error, Mailbox, Result};
use basics::{StaffId, ThreadId};
use jiff::Span;
use jiff::civil::Date;
use office::access::{self, Action, Grant};
use office::session::Session;
use store::{Conn, params, transact};

/// An answer as the desk's form brings it.
pub struct Reply<'a> {
    /// The words.
    pub body: &'a str,
    /// The form's one-time token.
    pub token: &'a Token,
    /// The number of the last letter that the answering colleague had before them.
    pub seen: i64,
    /// By which day the office will write again, if it says so.
    pub next_promise: Option<Date>,
}

impl Mailbox {
    /// The thread with everything in it, notes included. One row in the chain.
    pub async fn read_at_desk(
        &self,
        session: &Session,
        id: ThreadId,
    ) -> Result<(Thread, Vec<Letter>)> {
        transact!(self.db(), "mailbox.read_at_desk", |tx| {
            let (thread, grant) = open_at_desk(tx, session, id, Action::ReadThread).await?;
            let letters = letter::read(tx, &thread, &grant, true).await?;
            Ok((thread, letters))
        })
    }

    /// The thread without its letters, for a page that shows none. Whether the asker may is
    /// decided when something is done; another office's thread is absent.
    pub async fn thread_for(
        &self,
        session: &Session,
        id: ThreadId,
        action: Action,
    ) -> Result<Thread> {
        let mut conn = self.db().read().await?;
        let found = thread::by_id(&mut conn, id).await?;
        match found.filter(|thread| thread.office == session.office()) {
            Some(thread)
                if access::knows_of_letters(&mut conn, session, thread.part_of).await? =>
            {
                Ok(thread)
            }
            _ => Err(access::absent(session, id, action).into()),
        }
    }

    /// Answers a letter that is no part of a case ([`Error::OfCase`]: `casework` asks its guards first, then calls
    /// [`Mailbox::reply_in`]). [`Error::Meanwhile`] when the writer wrote or a colleague answered after `seen`: two people
    /// never answer past each other, and what was typed is kept by the page.
    pub async fn reply(&self, session: &Session, id: ThreadId, reply: &Reply<'_>) -> Result<i64> {
        transact!(self.db(), "mailbox.reply", |tx| {
            let seq = self.reply_in(tx, session, id, reply).await?;
            // After it was opened: whoever may not know of the thread does not learn that there is a case.
            match thread::by_id(tx, id).await?.and_then(|one| one.part_of) {
                None => Ok(seq),
                Some(_) => Err(Error::OfCase),
            }
        })
    }

    /// [`Mailbox::reply`], inside the transaction that has asked whether its reader may be reached.
    pub async fn reply_in(
        &self,
        tx: &mut Conn,
        session: &Session,
        id: ThreadId,
        reply: &Reply<'_>,
    ) -> Result<i64> {
        let body = checked(reply.body)?;
        let next = reply
            .next_promise
            .map(|day| self.checked_day(day))
            .transpose()?;
        let now = self.clock().now_micros();
        let (thread, grant) = open_at_desk(tx, session, id, Action::Reply).await?;
        let draft = Draft {
            side: Side::Office,
            staff: Some(session.staff()),
            body: &body,
            sent_hash: Some(sent_hash(reply.token.bytes(), Side::Office, &body)),
        };
        let seq = letter::append(tx, self.clock(), &grant, &draft).await?;
        // After the append, which holds the thread's lock and has told a double click apart.
        let (newer,): (i64,) = tx
            .one(
                "SELECT COUNT(*) FROM letter WHERE thread_id = $1 AND seq > $2 AND seq < $3 AND side <> 'note'",
                params![id.get(), reply.seen, seq],
            )
            .await?;
        if newer > 0 {
            return Err(Error::Meanwhile);
        }
        // With a further promise it stays on the waiting shelf, for that day.
        let (state, waiting_since) = match next {
            Some(_) => (State::Waiting, Some(now)),
            None => (State::Answered, None),
        };
        tx.exec(
            "UPDATE thread SET state = $1, promised_on = $2, waiting_since = $3, last_letter_at = $4, \
             answered_at = COALESCE(answered_at, $5), tray = 'inbox', taken_by = COALESCE(taken_by, $6), \
             wish = 'reply', closed_at = NULL WHERE id = $7",
            params![
                state.code(),
                next.map(|day| day.to_string()),
                waiting_since,
                now,
                now,
                session.staff().get(),
                id.get()
            ],
        )
        .await?;
        count::add(tx, &thread, What::Answer, self.clock().today()).await?;
        Ok(seq)
    }

    /// An internal note: sealed like a letter, never shown to the writer, moves nothing.
    pub async fn note(
        &self,
        session: &Session,
        id: ThreadId,
        body: &str,
        token: &Token,
    ) -> Result<i64> {
        let body = checked(body)?;
        transact!(self.db(), "mailbox.note", |tx| {
            let (_, grant) = open_at_desk(tx, session, id, Action::Note).await?;
            let draft = Draft {
                side: Side::Note,
                staff: Some(session.staff()),
                body: &body,
                sent_hash: Some(sent_hash(token.bytes(), Side::Note, &body)),
            };
            letter::append(tx, self.clock(), &grant, &draft).await
        })
    }

    /// Takes a thread, hands it to a colleague, or lays it back (`None`).
    pub async fn assign(&self, session: &Session, id: ThreadId, to: Option<StaffId>) -> Result<()> {
        if let Some(to) = to {
            self.checked_colleague(session, to).await?;
        }
        transact!(self.db(), "mailbox.assign", |tx| {
            open_at_desk(tx, session, id, Action::Assign).await?;
            tx.exec(
                "UPDATE thread SET taken_by = $1 WHERE id = $2",
                params![to.map(StaffId::get), id.get()],
            )
            .await?;
            Ok(())
        })
    }

    async fn checked_colleague(&self, session: &Session, to: StaffId) -> Result<()> {
        let colleague =
            office::staff::one(&mut self.db().read().await?, session.office(), to).await?;
        let reads = colleague.active && access::may(colleague.role, Action::ReadThread);
        if reads { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Sets the day by which an answer is promised; the writer sees it.
    pub async fn set_promise(&self, session: &Session, id: ThreadId, day: Date) -> Result<()> {
        let day = self.checked_day(day)?.to_string();
        transact!(self.db(), "mailbox.promise", |tx| {
            open_at_desk(tx, session, id, Action::SetPromise).await?;
            tx.exec(
                "UPDATE thread SET promised_on = $1 WHERE id = $2",
                params![&day, id.get()],
            )
            .await?;
            Ok(())
        })
    }

    /// Closes a thread: from now on its retention runs. `seen` is the number of the last letter that the
    /// closing colleague had before them: a letter that came after it is never closed away unread
    /// ([`Error::Meanwhile`]). `None` only where nobody looks at a page.
    pub async fn close(&self, session: &Session, id: ThreadId, seen: Option<i64>) -> Result<()> {
        let now = self.clock().now_micros();
        transact!(self.db(), "mailbox.close", |tx| {
            let (thread, _) = open_at_desk(tx, session, id, Action::CloseThread).await?;
            // The state is asked here, under the row's lock: of two closings at once one counts.
            let closed = tx
                .exec(
                    "UPDATE thread SET state = 'closed', closed_at = $1, promised_on = NULL, waiting_since = NULL \
                     WHERE id = $2 AND state <> 'closed'",
                    params![now, id.get()],
                )
                .await?;
            if closed == 0 {
                return Ok(());
            }
            let (unseen,): (i64,) = tx
                .one(
                    "SELECT COUNT(*) FROM letter WHERE thread_id = $1 AND seq > $2 AND side = 'writer'",
                    params![id.get(), seen.unwrap_or(i64::MAX)],
                )
                .await?;
            if unseen > 0 {
                return Err(Error::Meanwhile);
            }
            count::add(tx, &thread, What::Closed, self.clock().today()).await
        })
    }

    /// Opens a closed thread again.
    pub async fn reopen(&self, session: &Session, id: ThreadId) -> Result<()> {
        transact!(self.db(), "mailbox.reopen", |tx| {
            open_at_desk(tx, session, id, Action::CloseThread).await?;
            tx.exec(
                "UPDATE thread SET state = 'answered', closed_at = NULL WHERE id = $1 AND state = 'closed'",
                params![id.get()],
            )
            .await?;
            Ok(())
        })
    }

    /// A person has looked: from the たしかめる箱 to the inbox, or back.
    pub async fn move_to(&self, session: &Session, id: ThreadId, tray: Tray) -> Result<()> {
        transact!(self.db(), "mailbox.tray", |tx| {
            open_at_desk(tx, session, id, Action::Assign).await?;
            tx.exec(
                "UPDATE thread SET tray = $1 WHERE id = $2",
                params![tray.code(), id.get()],
            )
            .await?;
            Ok(())
        })
    }

    /// From tomorrow to a year from now.
    fn checked_day(&self, day: Date) -> Result<Date> {
        let today = self.clock().today();
        let last = today.saturating_add(Span::new().years(1));
        if day > today && day <= last {
            Ok(day)
        } else {
            Err(Error::Day)
        }
    }
}

/// Finds and opens a thread for a colleague; absent and forbidden are the same answer.
async fn open_at_desk(
    tx: &mut Conn,
    session: &Session,
    id: ThreadId,
    action: Action,
) -> Result<(Thread, Grant)> {
    let Some(thread) = thread::by_id(tx, id).await? else {
        return Err(access::absent(session, id, action).into());
    };
    let grant = access::open_thread(tx, session, thread.reference(), action).await?;
    Ok((thread, grant))
}
