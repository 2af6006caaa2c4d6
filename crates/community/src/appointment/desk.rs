//! Appointments at the desk: who comes, for those who keep them. What somebody known is called stands there only for
//! those who reach their compartment; for everybody else it is 「予約」.

use super::change::{Asked, cancel_in, move_in};
use super::{Appointment, State, TRIES, between, by_id, guard, subject};
use crate::open_slots::Slot;
use crate::slip::{self, Reminder, Words};
use crate::{Community, Error, Result, meeting_room, notice, open_slots};
use basics::time::start_of_day;
use basics::{CaseId, CompartmentId, StaffId};
use casework::caller::{self, Caller};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use office::access::{self, Action, CaseScope, KeptFor};
use office::audit::{self, Actor, Entry};
use office::{Session, staff};
use std::collections::HashMap;
use store::{Conn, params, transact};

/// Whose appointment it is, as far as the asker may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// Somebody without a name, and what they wrote; the words are empty once they were erased.
    Slip(Words),
    /// Somebody of a case in the asker's reach.
    Known(Caller, Words),
    /// 「予約」
    Hidden,
}

/// One appointment in the desk's list.
#[derive(Debug, Clone)]
pub struct Line {
    /// The appointment.
    pub appointment: Appointment,
    /// Whose it is.
    pub whose: Whose,
    /// How they wish to be reminded.
    pub reminder: Reminder,
    /// With whom, by name.
    pub with: String,
    /// In which room, by name.
    pub room: Option<String>,
    /// Somebody it is with has something else at that time: an absence, a visit, a gathering they host.
    pub collides: bool,
}

impl Community {
    /// The appointments of the asker's office on these days, in order. One row in the chain, and one more when some of
    /// them belong to cases.
    pub async fn appointments(
        &self,
        session: &Session,
        first: Date,
        last: Date,
    ) -> Result<Vec<Line>> {
        transact!(self.db(), "appointment.see", |tx| {
            let found = between(tx, session.office(), first, last).await?;
            lines(tx, session, found, &format!("day:{first}:{last}")).await
        })
    }

    /// One appointment.
    pub async fn appointment(&self, session: &Session, id: i64) -> Result<Line> {
        transact!(self.db(), "appointment.see", |tx| {
            let found = by_id(tx, id).await?;
            let found = found.filter(|one| one.office == session.office());
            let all = lines(tx, session, found.into_iter().collect(), &subject(id)).await?;
            all.into_iter().next().ok_or(Error::NotFound)
        })
    }

    /// To when it could be moved on these days, in the same way of meeting, with colleagues who may know whose it is.
    pub async fn slots_to_move_at_desk(
        &self,
        session: &Session,
        id: i64,
        first: Date,
        last: Date,
    ) -> Result<Vec<Slot>> {
        let found = by_id(&mut self.db().read().await?, id).await?;
        let one = found
            .filter(|one| one.office == session.office())
            .ok_or(Error::NotFound)?;
        let case = one.of.map(|(case, _)| case);
        let mut slots = self
            .open_slots_at_desk(session, first, last, Some(id), case)
            .await?;
        slots.retain(|slot| slot.allows(one.way) && slot.starts_at != one.starts_at);
        Ok(slots)
    }

    /// Moves it, to this colleague if one is named. [`Error::Meanwhile`] when it is not the version that was looked at.
    pub async fn move_at_desk(
        &self,
        session: &Session,
        (id, version): (i64, i64),
        starts_at: Timestamp,
        minutes: i64,
        staff: Option<StaffId>,
    ) -> Result<()> {
        access::permit(session, Action::KeepAppointments, &subject(id)).await?;
        let mut tried = true;
        let mut rounds = 0;
        while tried && rounds < TRIES {
            rounds += 1;
            let moved = transact!(self.db(), "appointment.move", |tx| {
                let one = to_change(tx, session, id).await?;
                if one.version != version {
                    return Err(Error::Meanwhile);
                }
                let asked = Asked {
                    actor: Actor::Staff(session.staff()),
                    at_desk: true,
                    staff,
                };
                move_in(tx, self, &one, (starts_at, minutes), &asked, &mut tried).await?;
                must_reach(tx, session, &one).await?;
                guard::may_meet(tx, session, &one).await
            });
            match moved {
                Err(Error::Taken) => {}
                other => return other,
            }
        }
        Err(Error::Taken)
    }

    /// Cancels it for somebody who called.
    pub async fn cancel_at_desk(&self, session: &Session, id: i64) -> Result<()> {
        access::permit(session, Action::KeepAppointments, &subject(id)).await?;
        transact!(self.db(), "appointment.cancel", |tx| {
            let one = to_change(tx, session, id).await?;
            cancel_in(tx, self, &one, Actor::Staff(session.staff())).await?;
            must_reach(tx, session, &one).await?;
            // It is off all the same; whoever must not be reached is not told.
            if let (Some(slip), Some(_)) =
                (one.slip, guard::not_to_be_told(tx, session, &one).await?)
            {
                notice::forget(tx, slip).await?;
            }
            Ok(())
        })
    }

    /// It took place; or, by mistake noted so, it did not.
    pub async fn note_held(&self, session: &Session, id: i64, held: bool) -> Result<()> {
        let permit = access::permit(session, Action::KeepAppointments, &subject(id)).await?;
        let now = self.clock().now();
        transact!(self.db(), "appointment.held", |tx| {
            let one = to_change(tx, session, id).await?;
            if one.state == State::Cancelled || (held && one.starts_at > now) {
                return Err(Error::Illegal("始まってから、済みにできます。"));
            }
            let state = if held { State::Held } else { State::Booked };
            tx.exec(
                "UPDATE appointment SET state = $1, version = version + 1 WHERE id = $2 AND state <> 'cancelled'",
                params![state.code(), id],
            )
            .await?;
            let entry = permit.entry("appointment.held", subject(id));
            audit::record(tx, &entry.because(state.code())).await?;
            must_reach(tx, session, &one).await
        })
    }

    /// Says whose appointment it is: somebody of a case that the asker reaches. From then on it is 「予約」 for everybody
    /// else. Nobody who must not know of the case may be with them.
    pub async fn belongs_to(
        &self,
        session: &Session,
        id: i64,
        case: CaseId,
        inside: CompartmentId,
    ) -> Result<()> {
        access::permit(session, Action::KeepAppointments, &subject(id)).await?;
        transact!(self.db(), "appointment.belongs", |tx| {
            let one = to_change(tx, session, id).await?;
            tx.exec(
                "UPDATE appointment SET case_id = $1, compartment_id = $2, version = version + 1 WHERE id = $3",
                params![case.get(), inside.get(), id],
            )
            .await?;
            let theirs = Appointment {
                of: Some((case, inside)),
                ..one.clone()
            };
            guard::may_meet(tx, session, &theirs).await?;
            for staff in [Some(one.staff), one.second].into_iter().flatten() {
                if office::custody::is_barred(tx, case, staff).await? {
                    return Err(Error::Illegal(
                        "この面接の職員は、この方の記録に関われません。先に、ほかの職員の時間に移してください。",
                    ));
                }
            }
            let (actor, now) = (Actor::Staff(session.staff()), self.clock().now());
            let entry = Entry::done(one.office, actor, "appointment.belongs", subject(id), now);
            audit::record(tx, &entry.because(access::case_subject(case))).await?;
            must_reach(tx, session, &one).await
        })
    }
}

/// The appointment, for somebody of its office about to change it.
async fn to_change(tx: &mut Conn, session: &Session, id: i64) -> Result<Appointment> {
    let found = by_id(tx, id).await?;
    found
        .filter(|one| one.office == session.office())
        .ok_or(Error::NotFound)
}

/// Where it is somebody's of a case, only those who reach them change it. Asked last, because asking is recorded and the
/// chain comes last in the order of locks; a refusal undoes the whole.
async fn must_reach(tx: &mut Conn, session: &Session, one: &Appointment) -> Result<()> {
    let Some((case, inside)) = one.of else {
        return Ok(());
    };
    let scope = access::case_scope(tx, session, Action::KeepAppointments).await?;
    if scope.reaches(case, inside) {
        return Ok(());
    }
    Err(Error::Illegal(
        "この予約は、担当の職員とセンター長が変えられます。",
    ))
}

/// The lines of these appointments: slips opened, names where the asker reaches them.
pub(crate) async fn lines(
    tx: &mut Conn,
    session: &Session,
    found: Vec<Appointment>,
    what: &str,
) -> Result<Vec<Line>> {
    let action = Action::SeeAppointments;
    let keys = access::open_slips(
        tx,
        session,
        session.office(),
        KeptFor::Appointments { subject: what },
        action,
    )
    .await?;
    let of_cases: Vec<(CaseId, CompartmentId)> = found.iter().filter_map(|one| one.of).collect();
    let scope = if of_cases.is_empty() {
        None
    } else {
        Some(access::case_scope(tx, session, action).await?)
    };
    let callers = match &scope {
        Some(scope) => caller::in_scope(tx, scope, &of_cases).await?,
        None => HashMap::new(),
    };
    let mine = |one: &&Appointment| reaches(scope.as_ref(), one);
    let ids: Vec<i64> = found
        .iter()
        .filter(mine)
        .filter_map(|one| Some(one.slip?.get()))
        .collect();
    let mut slips = HashMap::new();
    for row in slip::rows(tx, &ids).await? {
        // Words that were erased when their time was over leave an empty slip.
        let words = row.open(&keys).unwrap_or_default();
        slips.insert(row.id, (words, row.reminder()));
    }
    let colleagues = staff::list(tx, session.office()).await?;
    let rooms = meeting_room::of_office(tx, session.office()).await?;
    let busy = match (found.first(), found.last()) {
        (Some(first), Some(last)) => {
            let until = start_of_day(last.day.saturating_add(Span::new().days(1)));
            open_slots::busy(tx, session.office(), start_of_day(first.day), until).await?
        }
        _ => Vec::new(),
    };
    let line = |one: Appointment| {
        let (words, reminder) = one
            .slip
            .and_then(|slip| slips.remove(&slip.get()))
            .unwrap_or((Words::default(), Reminder::Nothing));
        let whose = match one.of {
            None => Whose::Slip(words),
            Some((_, inside)) => callers
                .get(&inside)
                .map_or(Whose::Hidden, |caller| Whose::Known(caller.clone(), words)),
        };
        let names = [Some(one.staff), one.second].into_iter().flatten();
        let name = |id| colleagues.iter().find(|colleague| colleague.id == id);
        let with: Vec<String> = names
            .filter_map(|id| Some(name(id)?.name.clone()))
            .collect();
        let meets = |(staff, from, until): &(StaffId, Timestamp, Timestamp)| {
            one.is_with(*staff) && *from < one.ends_at && one.starts_at < *until
        };
        Line {
            whose,
            reminder,
            with: with.join("、"),
            room: one.room.and_then(|id| {
                let found = rooms.iter().find(|room| room.id == id)?;
                Some(found.name.clone())
            }),
            collides: one.state == State::Booked && busy.iter().any(meets),
            appointment: one,
        }
    };
    Ok(found.into_iter().map(line).collect())
}

/// Whether the asker may know whose it is.
fn reaches(scope: Option<&CaseScope>, one: &Appointment) -> bool {
    match (one.of, scope) {
        (None, _) => true,
        (Some((case, inside)), Some(scope)) => scope.reaches(case, inside),
        (Some(_), None) => false,
    }
}
