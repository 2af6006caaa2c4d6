//! What is told to whoever asked for it, by the way they chose, in neutral words.
//!
//! A message names no office, no place and no matter: the mail lies in a mailbox that others may open. Nothing is told to
//! whoever did not ask; for them it stands on the page that their code opens.
//!
//! What is due lies in one list: [`message`] is what the program sends by mail, [`call`] what the staff tell by telephone.

pub mod call;
pub mod message;

use crate::slip::Reminder;
use crate::{Community, Result};
use basics::{GatheringId, SlipId, new_id};
use jiff::{SignedDuration, Timestamp};
use store::{Conn, params};

basics::codes! {
    /// What is told.
    What {
        /// 予定の前に
        Reminder = "reminder", "予定の前の知らせ";
        /// 空きができた
        SeatFree = "seat_free", "空きができた知らせ";
        /// とりやめ
        Cancelled = "cancelled", "とりやめの知らせ";
        /// 日時の変更
        Moved = "moved", "日時が変わった知らせ";
        /// とりやめの取り消し
        OnAfterAll = "on_after_all", "とりやめをやめて、開く知らせ";
    }
}

impl Reminder {
    /// The ways a form offers: mail only where the house sends mail.
    pub fn offered(sends_mail: bool) -> impl Iterator<Item = Self> {
        let all = Self::ALL.iter().copied();
        all.filter(move |way| sends_mail || *way != Self::Mail)
    }

    /// The wish as a form brings it. What was not offered is not promised.
    pub fn wished(code: &str, sends_mail: bool) -> Self {
        let found = Self::offered(sends_mail).find(|way| way.code() == code);
        found.unwrap_or(Self::Nothing)
    }
}

/// Plans one message for a slip that wished for mail or for a call; otherwise nothing is planned. Twice is once.
pub(crate) async fn plan(
    tx: &mut Conn,
    room: &Community,
    slip: SlipId,
    what: What,
    due_at: Timestamp,
) -> Result<()> {
    tx.exec(
        "INSERT INTO notice_out (id, slip_id, what, due_at, attempts) SELECT $1, s.id, $2, $3, 0 FROM slip s \
         WHERE s.id = $4 AND s.reminder <> $5 ON CONFLICT DO NOTHING",
        params![
            new_id(room.clock()),
            what.code(),
            basics::time::micros(due_at),
            slip.get(),
            Reminder::Nothing.code(),
        ],
    )
    .await?;
    Ok(())
}

/// Tells everybody who holds a seat or waits for one at this gathering, now.
pub(crate) async fn to_all(
    tx: &mut Conn,
    room: &Community,
    gathering: GatheringId,
    what: What,
) -> Result<()> {
    let slips: Vec<(i64,)> = tx
        .all(
            "SELECT slip_id FROM booking WHERE gathering_id = $1 AND state <> 'left' AND slip_id IS NOT NULL",
            params![gathering.get()],
        )
        .await?;
    for (slip,) in slips {
        plan(tx, room, slip.into(), what, room.clock().now()).await?;
        forget_reminder(tx, slip.into()).await?;
    }
    Ok(())
}

/// It takes place after all: whoever was told of the cancellation is told so, and whoever was not yet is told nothing.
pub(crate) async fn on_after_all(
    tx: &mut Conn,
    room: &Community,
    gathering: GatheringId,
) -> Result<()> {
    const CANCELLED: &str = "what = 'cancelled' AND slip_id IN \
         (SELECT slip_id FROM booking WHERE gathering_id = $1 AND state <> 'left')";
    let sql = format!(
        "SELECT DISTINCT slip_id FROM notice_out WHERE sent_at IS NOT NULL AND {CANCELLED}"
    );
    let told: Vec<(i64,)> = tx.all(&sql, params![gathering.get()]).await?;
    let sql = format!("DELETE FROM notice_out WHERE sent_at IS NULL AND {CANCELLED}");
    tx.exec(&sql, params![gathering.get()]).await?;
    for (slip,) in told {
        plan(tx, room, slip.into(), What::OnAfterAll, room.clock().now()).await?;
    }
    Ok(())
}

/// How long before its time somebody is reminded.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// Plans the reminder of a booking that begins at `starts_at`, a day before; one planned earlier goes. When the day
/// before has passed, nothing is planned: who books for this afternoon knows it.
pub(crate) async fn remind(
    tx: &mut Conn,
    room: &Community,
    slip: SlipId,
    starts_at: Timestamp,
) -> Result<()> {
    forget_reminder(tx, slip).await?;
    let due_at = starts_at.saturating_sub(BEFORE).unwrap_or(starts_at);
    if due_at > room.clock().now() {
        plan(tx, room, slip, What::Reminder, due_at).await?;
    }
    Ok(())
}

/// A reminder that is not due any more: the booking was left, moved or cancelled.
pub(crate) async fn forget_reminder(tx: &mut Conn, slip: SlipId) -> Result<()> {
    tx.exec(
        "DELETE FROM notice_out WHERE slip_id = $1 AND what = 'reminder' AND sent_at IS NULL",
        params![slip.get()],
    )
    .await?;
    Ok(())
}

/// Nothing more is told to whoever left.
pub(crate) async fn forget(tx: &mut Conn, slip: SlipId) -> Result<()> {
    tx.exec(
        "DELETE FROM notice_out WHERE slip_id = $1 AND sent_at IS NULL",
        params![slip.get()],
    )
    .await?;
    Ok(())
}
