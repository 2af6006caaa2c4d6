//! The guard of casework (inv. 8, 9) before an appointment reaches somebody of a case: in which ways it would.

use super::Appointment;
use crate::offered_hours::Way;
use crate::slip::{self, Reminder};
use crate::{Error, Result};
use casework::approach::Way as Reach;
use casework::caller;
use office::Session;
use store::Conn;

/// In which ways an appointment reaches whoever it is with: the meeting itself, and the reminder that was wished.
/// Whoever comes to the house holds a card of it in their hands.
pub(super) fn ways(meeting: Way, reminder: Reminder) -> Vec<Reach> {
    let meets = match meeting {
        Way::VisitIn => Reach::Print,
        Way::Phone => Reach::Call,
        Way::Online => Reach::Message,
        Way::Home => Reach::Visit,
    };
    std::iter::once(meets).chain(told(reminder)).collect()
}

fn told(reminder: Reminder) -> Option<Reach> {
    match reminder {
        Reminder::Nothing => None,
        Reminder::Mail => Some(Reach::Message),
        Reminder::Call => Some(Reach::Call),
    }
}

async fn reminder_of(tx: &mut Conn, one: &Appointment) -> Result<Reminder> {
    let ids: Vec<i64> = one.slip.iter().map(|slip| slip.get()).collect();
    let rows = slip::rows(tx, &ids).await?;
    Ok(rows
        .first()
        .map_or(Reminder::Nothing, slip::SlipRow::reminder))
}

/// Whether this appointment, kept or moved, may reach whoever it is with. Asked after everything but the audit row,
/// because asking is recorded and the chain comes last in the order of locks.
pub(super) async fn may_meet(tx: &mut Conn, session: &Session, one: &Appointment) -> Result<()> {
    let Some(whose) = one.of else {
        return Ok(());
    };
    let ways = ways(one.way, reminder_of(tx, one).await?);
    Ok(caller::may_meet(tx, session, whose, &ways).await?)
}

/// Whether whoever it is with may be told of it in the way they wished: `None` when nothing stands in the way, otherwise
/// the sentence of the guard.
pub(crate) async fn not_to_be_told(
    tx: &mut Conn,
    session: &Session,
    one: &Appointment,
) -> Result<Option<String>> {
    let Some(whose) = one.of else {
        return Ok(None);
    };
    let Some(way) = told(reminder_of(tx, one).await?) else {
        return Ok(None);
    };
    let asked = caller::may_meet(tx, session, whose, &[way]).await;
    match asked.map_err(Error::from) {
        Ok(()) => Ok(None),
        Err(error) => match error.guard() {
            Some(sentence) => Ok(Some(sentence.to_owned())),
            None => Err(error),
        },
    }
}
