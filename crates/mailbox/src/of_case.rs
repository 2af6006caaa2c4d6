//! A thread becomes part of a case: from then on it is read under that case's rules. Nothing of it is copied or sealed
//! anew, and its writer learns nothing of the case.

use crate::retention;
use crate::thread::{self, Thread};
use crate::{Error, Result};
use basics::{CaseId, CompartmentId, OfficeId, ThreadId};
use jiff::civil::Date;
use office::access::{self, Action, CompartmentGrant, CompartmentKind};
use office::session::Session;
use store::{Conn, params};

/// Attaches a thread to a compartment, inside the transaction that opened the case or the compartment. A thread already
/// part of a case stays where it is: [`Error::Again`].
pub async fn attach(
    tx: &mut Conn,
    session: &Session,
    id: ThreadId,
    compartment: &CompartmentGrant,
) -> Result<Thread> {
    let action = Action::Assign;
    let Some(mut thread) = thread::by_id(tx, id).await? else {
        return Err(access::absent(session, id, action).into());
    };
    access::open_thread(tx, session, thread.reference(), action).await?;
    let part_of = (
        compartment.case(),
        compartment.compartment(),
        compartment.kind(),
    );
    let attached = tx
        .exec(
            "UPDATE thread SET case_id = $1, compartment_id = $2, compartment_kind = $3 WHERE id = $4 AND case_id IS NULL",
            params![part_of.0.get(), part_of.1.get(), part_of.2.code(), id.get()],
        )
        .await?;
    if attached == 0 {
        return Err(Error::Again);
    }
    thread.part_of = Some(part_of);
    Ok(thread)
}

/// Undoes [`attach`]: the thread lies in the office's inbox again.
pub async fn detach(tx: &mut Conn, session: &Session, id: ThreadId) -> Result<()> {
    let action = Action::Assign;
    let Some(thread) = thread::by_id(tx, id).await? else {
        return Err(access::absent(session, id, action).into());
    };
    access::open_thread(tx, session, thread.reference(), action).await?;
    tx.exec(
        "UPDATE thread SET case_id = NULL, compartment_id = NULL, compartment_kind = NULL WHERE id = $1",
        params![id.get()],
    )
    .await?;
    Ok(())
}

/// What a thread of the asker's office is part of; `None` also for one that the asker must not know of. Records nothing:
/// whoever does something with the thread opens it.
pub async fn part_of(conn: &mut Conn, session: &Session, id: ThreadId) -> Result<Option<PartOf>> {
    let found = thread::by_id(conn, id).await?;
    let Some(thread) = found.filter(|thread| thread.office == session.office()) else {
        return Ok(None);
    };
    let known = access::knows_of_letters(conn, session, thread.part_of).await?;
    Ok(thread.part_of.filter(|_| known))
}

/// The thread with this number in an office, in codes and days, for a search; whether the asker may know of it, the caller
/// decides by its case and compartment.
pub async fn numbered(conn: &mut Conn, office: OfficeId, number: i64) -> Result<Option<Thread>> {
    let found = thread::select(
        conn,
        "office_id = $1 AND number = $2",
        params![office.get(), number],
    )
    .await?;
    Ok(found.into_iter().next())
}

/// The threads of a case, in codes and days; the caller shows those whose compartment is in the asker's reach.
pub async fn threads_of(conn: &mut Conn, case: CaseId) -> Result<Vec<Thread>> {
    thread::select(
        conn,
        "case_id = $1 ORDER BY last_letter_at DESC, id",
        params![case.get()],
    )
    .await
}

/// What a code holder's thread belongs to, asked in the transaction itself: it may have been moved since the page was
/// drawn. The grant opens the thread and no compartment; the asking is recorded.
pub async fn as_holder(
    tx: &mut Conn,
    mailbox: &crate::Mailbox,
    holder: &crate::holder::Holder,
    action: &'static str,
) -> Result<(access::Grant, Option<PartOf>)> {
    let grant = holder.open(tx, mailbox, action).await?;
    let thread = thread::by_id(tx, grant.thread()).await?;
    Ok((grant, thread.and_then(|thread| thread.part_of)))
}

/// The case, the compartment and its kind.
pub type PartOf = (CaseId, CompartmentId, CompartmentKind);

/// Erases the threads of a case whose records are being erased (two people decided); how many. The caller's transaction
/// says so in the chain and scrubs afterwards.
pub async fn erase_all(tx: &mut Conn, case: CaseId, today: jiff::civil::Date) -> Result<u64> {
    let mut erased = 0;
    for thread in threads_of(tx, case).await? {
        retention::erase(tx, &thread, retention::Reason::Retention, today).await?;
        erased += 1;
    }
    Ok(erased)
}

/// A letter of a case that waits past its promised day: codes and days only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overdue {
    /// Which thread.
    pub thread: ThreadId,
    /// Its number.
    pub number: i64,
    /// Of which case.
    pub case: CaseId,
    /// In which compartment.
    pub compartment: CompartmentId,
    /// The day that was promised.
    pub promised_on: Date,
}

/// What waits past its promised day in cases of this office, whoever's; the caller leaves out what the asker must not
/// know of. For whoever is on duty.
pub async fn overdue(conn: &mut Conn, office: OfficeId, today: Date) -> Result<Vec<Overdue>> {
    let threads = thread::select(
        conn,
        "office_id = $1 AND case_id IS NOT NULL AND state = 'waiting' AND tray = 'inbox' AND wish = 'reply' \
         AND promised_on < $2 ORDER BY promised_on, id LIMIT 200",
        params![office.get(), today.to_string()],
    )
    .await?;
    let overdue = |thread: Thread| {
        let (case, compartment, _) = thread.part_of?;
        Some(Overdue {
            thread: thread.id,
            number: thread.number,
            case,
            compartment,
            promised_on: thread.promised_on?,
        })
    };
    Ok(threads.into_iter().filter_map(overdue).collect())
}

/// The letters in the asker's reach that are promised by this day, or that have come to a case of theirs without a
/// promise; the nearest promise first. Codes and days only.
pub async fn promised(conn: &mut Conn, session: &Session, until: Date) -> Result<Vec<Thread>> {
    let reach = access::letters_in_reach(conn, session, "case_id").await?;
    let sql = format!(
        "office_id = $1 AND state = 'waiting' AND tray = 'inbox' AND wish = 'reply' \
         AND (promised_on <= $2 OR promised_on IS NULL) AND {reach} \
         ORDER BY COALESCE(promised_on, '9999'), waiting_since, id LIMIT 100"
    );
    let values = params![session.office().get(), until.to_string()];
    thread::select(conn, &sql, values).await
}
