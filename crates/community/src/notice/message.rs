//! Messages by mail: which is due, who sends it, what became of it. The room knows no network: the program takes one
//! message at a time, sends it, and says what came of it.
//!
//! A message is taken with a lease, so that of two programs one sends it; whoever stops in the middle loses the lease.
//! Before it is handed out it is looked at once more: nothing is said of a booking that was left.

use super::What;
use crate::booking::State as Seat;
use crate::gathering::State as Stands;
use crate::slip::{self, subject};
use crate::{Community, Error, Result, appointment};
use basics::time::{from_micros, micros};
use basics::{CaseId, CompartmentId, OfficeId, SlipId};
use jiff::{SignedDuration, Timestamp};
use office::Session;
use office::access::{Action, permit};
use office::audit::{self, Actor, Entry};
use store::{Conn, params, transact};
use vault::Zeroizing;

/// So long a message belongs to whoever took it. Longer than any conversation with a mail server.
const LEASE: SignedDuration = SignedDuration::from_mins(10);
/// How long is waited after each try that failed; after the last of them it is given up.
const PAUSES: [SignedDuration; 5] = [
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(6),
    SignedDuration::from_hours(14),
];
/// What nobody sent for so long after it was due is given up, also when no mail is set up any more.
const LATEST: SignedDuration = SignedDuration::from_hours(26);

/// A message to be sent now, by whoever took it.
pub struct Message {
    id: i64,
    slip: SlipId,
    office: OfficeId,
    attempts: i64,
    /// What is told.
    pub what: What,
    /// When the thing begins that it is about.
    pub starts_at: Timestamp,
    /// Where it goes. In no log, in no error.
    pub address: Zeroizing<String>,
    /// Unlike any other message and the same for every try: a mailbox that got it twice can tell.
    pub mark: String,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Why a message was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSent {
    /// The server says that it will never take it: no such mailbox.
    Refused,
    /// It may be taken later: nobody answered, or not now.
    NotNow,
}

/// Messages that did not arrive, as the desk sees them: how many of which sort, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed {
    /// What would have been told.
    pub what: What,
    /// How many.
    pub count: i64,
}

store::row! {
    struct NoticeRow {
        pub id: i64,
        pub slip_id: i64,
        pub what: String,
        pub attempts: i64,
    }
}

/// What came of taking one.
enum Taken {
    Nothing,
    /// Another program was faster, or there is nothing to say any more.
    Other,
    TooLate(Message),
    Here(Message),
}

impl Community {
    /// Takes the message that is due longest. `None`: nothing is due.
    pub async fn take_message(&self) -> Result<Option<Message>> {
        loop {
            let taken = transact!(self.db(), "notice.claim", |tx| { self.take_one(tx).await });
            match taken? {
                Taken::Nothing => return Ok(None),
                Taken::Other => {}
                Taken::TooLate(message) => self.give_up(&message, "too_late").await?,
                Taken::Here(message) => return Ok(Some(message)),
            }
        }
    }

    async fn take_one(&self, tx: &mut Conn) -> Result<Taken> {
        let now = self.clock().now();
        let next: Option<(i64,)> = tx
            .first(
                "SELECT n.id FROM notice_out n JOIN slip s ON s.id = n.slip_id WHERE s.reminder = 'mail' \
                 AND n.sent_at IS NULL AND n.failed_at IS NULL AND n.due_at <= $1 AND n.leased_until <= $2 \
                 ORDER BY n.due_at, n.id LIMIT 1",
                params![micros(now), micros(now)],
            )
            .await?;
        let Some((id,)) = next else {
            return Ok(Taken::Nothing);
        };
        // The row decides between two that take it at one moment; both databases lock it here.
        let lease = now.saturating_add(LEASE).unwrap_or(now);
        let sql = format!(
            "UPDATE notice_out SET leased_until = $1, attempts = attempts + 1 WHERE id = $2 AND leased_until <= $3 \
             AND sent_at IS NULL AND failed_at IS NULL RETURNING {}",
            NoticeRow::COLS
        );
        let row: Option<NoticeRow> = tx
            .first(&sql, params![micros(lease), id, micros(now)])
            .await?;
        let Some(row) = row else {
            return Ok(Taken::Other);
        };
        let slip = SlipId::from(row.slip_id);
        let what = What::from_code(&row.what).ok_or(Error::Damaged("notice_out.what"))?;
        let matter = matter(tx, slip).await?;
        let address = slip::mail_address(tx, self, slip).await?;
        let office: Option<(i64,)> = tx
            .first(
                "SELECT office_id FROM slip WHERE id = $1",
                params![slip.get()],
            )
            .await?;
        let (Some(matter), Some(address), Some((office,))) = (matter, address, office) else {
            drop_one(tx, id).await?;
            return Ok(Taken::Other);
        };
        let reachable = match matter.of {
            Some((case, inside)) => casework::caller::may_be_mailed(tx, case, inside).await?,
            None => true,
        };
        if !matter.calls_for(what) || !reachable {
            drop_one(tx, id).await?;
            return Ok(Taken::Other);
        }
        let mark = self.pepper().branch("message mark").mac(&id.to_be_bytes());
        let message = Message {
            id,
            slip,
            office: office.into(),
            attempts: row.attempts,
            what,
            starts_at: matter.starts_at,
            address,
            mark: data_encoding::HEXLOWER.encode(&mark[..16]),
        };
        Ok(if matter.starts_at <= now {
            Taken::TooLate(message)
        } else {
            Taken::Here(message)
        })
    }

    /// It was sent.
    pub async fn message_sent(&self, message: &Message) -> Result<()> {
        transact!(self.db(), "notice.sent", |tx| {
            let now = self.clock().now();
            tx.exec(
                "UPDATE notice_out SET sent_at = $1 WHERE id = $2",
                params![micros(now), message.id],
            )
            .await?;
            // Where it went is of no use any more to anybody once nothing else is to be told.
            let entry = self.entry_of(message, "notice.sent");
            let detail = format!("what={},try={}", message.what.code(), message.attempts);
            audit::record(tx, &entry.because(detail)).await?;
            Ok(())
        })
    }

    /// It was not: it is tried again after a while, or given up.
    pub async fn message_not_sent(&self, message: &Message, why: NotSent) -> Result<()> {
        let tried = usize::try_from(message.attempts).unwrap_or(usize::MAX);
        let pause = PAUSES.get(tried.saturating_sub(1));
        match (why, pause) {
            (NotSent::Refused, _) => self.give_up(message, "refused").await,
            (NotSent::NotNow, None) => self.give_up(message, "tried_enough").await,
            (NotSent::NotNow, Some(pause)) => {
                let now = self.clock().now();
                let again = now.saturating_add(*pause).unwrap_or(now);
                transact!(self.db(), "notice.claim", |tx| {
                    tx.exec(
                        "UPDATE notice_out SET leased_until = $1 WHERE id = $2 AND sent_at IS NULL",
                        params![micros(again), message.id],
                    )
                    .await?;
                    Ok(())
                })
            }
        }
    }

    async fn give_up(&self, message: &Message, why: &'static str) -> Result<()> {
        transact!(self.db(), "notice.failed", |tx| {
            tx.exec(
                "UPDATE notice_out SET failed_at = $1 WHERE id = $2 AND sent_at IS NULL",
                params![self.clock().now_micros(), message.id],
            )
            .await?;
            let entry = self.entry_of(message, "notice.failed");
            let detail = format!("what={},why={why}", message.what.code());
            audit::record(tx, &entry.because(detail)).await?;
            Ok(())
        })
    }

    fn entry_of(&self, message: &Message, action: &'static str) -> Entry {
        Entry::done(
            message.office,
            Actor::Program,
            action,
            subject(message.slip),
            self.clock().now(),
        )
    }

    /// The program's own work: gives up what nobody sent in time, also when no mail is set up any more. How many comes
    /// back.
    pub async fn give_up_late_messages(&self) -> Result<u64> {
        let now = self.clock().now();
        let latest = now.saturating_sub(LATEST).unwrap_or(now);
        let mut given_up = 0;
        transact!(self.db(), "notice.late", |tx| {
            given_up = 0;
            let late: Vec<(i64, i64, i64, String)> = tx
                .all(
                    "SELECT n.id, n.slip_id, s.office_id, n.what FROM notice_out n JOIN slip s ON s.id = n.slip_id \
                     WHERE s.reminder = 'mail' AND n.sent_at IS NULL AND n.failed_at IS NULL AND n.due_at < $1 \
                     AND n.leased_until <= $2 ORDER BY n.id LIMIT 500",
                    params![micros(latest), micros(now)],
                )
                .await?;
            for (id, slip, office, what) in late {
                given_up += tx
                    .exec(
                        "UPDATE notice_out SET failed_at = $1 WHERE id = $2 AND sent_at IS NULL AND failed_at IS NULL",
                        params![micros(now), id],
                    )
                    .await?;
                let entry = Entry::done(
                    office.into(),
                    Actor::Program,
                    "notice.failed",
                    subject(slip.into()),
                    now,
                );
                let detail = format!("what={what},why=too_late");
                audit::record(tx, &entry.because(detail)).await?;
            }
            if given_up == 0 {
                return Err(Error::Again);
            }
            Ok(())
        })
        .or_else(|error| match error {
            // Nothing to do leaves no row.
            Error::Again => Ok(()),
            other => Err(other),
        })?;
        Ok(given_up)
    }

    /// What did not arrive, of the asker's office: counts by sort, no address and no name.
    pub async fn failed_messages(&self, session: &Session) -> Result<Vec<Failed>> {
        let permit = permit(session, Action::SeePlaces, "notices").await?;
        let rows: Vec<(String, i64)> = self
            .db()
            .read()
            .await?
            .all(
                "SELECT n.what, COUNT(*) FROM notice_out n JOIN slip s ON s.id = n.slip_id \
                 WHERE s.office_id = $1 AND n.failed_at IS NOT NULL GROUP BY n.what ORDER BY n.what",
                params![permit.office().get()],
            )
            .await?;
        rows.into_iter()
            .map(|(what, count)| {
                let what = What::from_code(&what).ok_or(Error::Damaged("notice_out.what"))?;
                Ok(Failed { what, count })
            })
            .collect()
    }
}

async fn drop_one(tx: &mut Conn, id: i64) -> Result<()> {
    tx.exec("DELETE FROM notice_out WHERE id = $1", params![id])
        .await?;
    Ok(())
}

/// What a slip is for, as far as a message needs it.
pub(super) struct Matter {
    pub starts_at: Timestamp,
    /// Of whom, for somebody of a case.
    of: Option<(CaseId, CompartmentId)>,
    /// Whoever holds the slip comes.
    comes: bool,
    /// Whoever holds the slip waits for a seat.
    waits: bool,
    /// It takes place.
    on: bool,
    left: bool,
}

impl Matter {
    /// Whether there is still something to say.
    pub(super) fn calls_for(&self, what: What) -> bool {
        match what {
            _ if self.left => false,
            What::Reminder | What::SeatFree => self.comes && self.on,
            What::Moved | What::OnAfterAll => (self.comes || self.waits) && self.on,
            What::Cancelled => !self.on,
        }
    }
}

/// What a slip is for; `None` when it was erased.
pub(super) async fn matter(conn: &mut Conn, slip: SlipId) -> Result<Option<Matter>> {
    let booked: Option<(String, String, i64)> = conn
        .first(
            "SELECT b.state, g.state, g.starts_at FROM booking b JOIN gathering g ON g.id = b.gathering_id \
             WHERE b.slip_id = $1",
            params![slip.get()],
        )
        .await?;
    if let Some((seat, stands, starts_at)) = booked {
        return Ok(Some(Matter {
            starts_at: from_micros(starts_at),
            of: None,
            comes: seat == Seat::Booked.code(),
            waits: seat == Seat::Waiting.code(),
            on: stands == Stands::Planned.code(),
            left: seat == Seat::Left.code(),
        }));
    }
    let appointment = appointment::of_slip(conn, slip).await?;
    Ok(appointment.map(|one| Matter {
        starts_at: one.starts_at,
        of: one.of,
        comes: one.state == appointment::State::Booked,
        waits: false,
        on: one.state == appointment::State::Booked,
        left: false,
    }))
}
