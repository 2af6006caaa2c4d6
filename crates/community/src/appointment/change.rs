//! Moving and cancelling by code: in one step, without a reason, without a word about it.

use super::{Appointment, State, TRIES, Wish, keep_until, of_slip, subject, take};
use crate::notice::{self, What};
use crate::open_slots::Slot;
use crate::slip::Held;
use crate::{Community, Error, Result, taken};
use basics::time::micros;
use jiff::Timestamp;
use office::audit::{self, Actor, Entry};
use store::{Conn, params, transact};

impl Community {
    /// The appointment of a slip, for whoever showed its code.
    pub async fn held_appointment(&self, held: &Held) -> Result<Option<Appointment>> {
        of_slip(&mut self.db().read().await?, held.id()).await
    }

    /// To when it could be moved, in the same way of meeting.
    pub async fn slots_to_move(&self, held: &Held) -> Result<Vec<Slot>> {
        let mut conn = self.db().read().await?;
        let one = of_slip(&mut conn, held.id())
            .await?
            .ok_or(Error::NotFound)?;
        let office = office::office::one(&mut conn, one.office).await?;
        drop(conn);
        let mut slots = self
            .open_slots_for(&office, Some(one.way), Some(one.id))
            .await?;
        slots.retain(|slot| slot.starts_at != one.starts_at);
        Ok(slots)
    }

    /// Moves it: the new time is taken and the old one given back in one transaction. When the new time is gone
    /// ([`Error::Taken`]) the old one stays.
    pub async fn move_appointment(
        &self,
        held: &Held,
        starts_at: Timestamp,
        minutes: i64,
    ) -> Result<()> {
        let mut tried = true;
        let mut rounds = 0;
        while tried && rounds < TRIES {
            rounds += 1;
            let moved = transact!(self.db(), "appointment.move", |tx| {
                let one = of_slip(tx, held.id()).await?.ok_or(Error::NotFound)?;
                let asked = Asked {
                    actor: Actor::Stranger,
                    at_desk: false,
                    staff: None,
                };
                move_in(tx, self, &one, (starts_at, minutes), &asked, &mut tried).await
            });
            match moved {
                Err(Error::Taken) => {}
                other => return other,
            }
        }
        Err(Error::Taken)
    }

    /// Cancels it. Done twice it is done once; whoever is late is not asked why.
    pub async fn cancel_appointment(&self, held: &Held) -> Result<()> {
        transact!(self.db(), "appointment.cancel", |tx| {
            let one = of_slip(tx, held.id()).await?.ok_or(Error::NotFound)?;
            cancel_in(tx, self, &one, Actor::Stranger).await
        })
    }
}

/// Who moves it, and how.
pub(super) struct Asked {
    pub actor: Actor,
    pub at_desk: bool,
    pub staff: Option<basics::StaffId>,
}

/// Moves an appointment inside a transaction. Asked for the time it has already, it changes nothing.
pub(super) async fn move_in(
    tx: &mut Conn,
    room: &Community,
    one: &Appointment,
    (starts_at, minutes): (Timestamp, i64),
    asked: &Asked,
    tried: &mut bool,
) -> Result<()> {
    *tried = false;
    let now = room.clock().now();
    if one.state != State::Booked {
        return Err(Error::Illegal(
            "この予約は、もう終わっているか、取り消されています。",
        ));
    }
    let same_staff = asked.staff.is_none_or(|staff| one.is_with(staff));
    let entry = |action| Entry::done(one.office, asked.actor, action, subject(one.id), now);
    if one.starts_at == starts_at && one.minutes() == minutes && same_staff {
        audit::record(tx, &entry("appointment.moved").because("same")).await?;
        return Ok(());
    }
    let office = office::office::one(tx, one.office).await?;
    let wish = Wish {
        office: &office,
        starts_at,
        minutes,
        way: one.way,
        staff: asked.staff,
        case: one.of.map(|(case, _)| case),
        at_desk: asked.at_desk,
        appointment: one.id,
    };
    let got = take(tx, room, &wish, tried).await?;
    let changed = tx
        .exec(
            "UPDATE appointment SET staff_id = $1, second_staff_id = $2, room_id = $3, day = $4, starts_at = $5, \
             ends_at = $6, pause = $7, version = version + 1 WHERE id = $8 AND version = $9 AND state = 'booked'",
            params![
                got.staff.get(),
                got.second.map(basics::StaffId::get),
                got.room,
                got.day.to_string(),
                micros(starts_at),
                micros(got.ends_at),
                got.pause,
                one.id,
                one.version
            ],
        )
        .await?;
    if changed == 0 {
        return Err(Error::Meanwhile);
    }
    if let Some(slip) = one.slip {
        tx.exec(
            "UPDATE slip SET keep_until = $1 WHERE id = $2",
            params![keep_until(got.day).to_string(), slip.get()],
        )
        .await?;
        if matches!(asked.actor, Actor::Staff(_)) && one.starts_at != starts_at {
            notice::plan(tx, room, slip, What::Moved, now).await?;
        }
        notice::remind(tx, room, slip, starts_at).await?;
    }
    let detail = format!("with={}", got.staff);
    Ok(audit::record(tx, &entry("appointment.moved").because(detail)).await?)
}

/// Cancels an appointment inside a transaction and gives back what it held.
pub(super) async fn cancel_in(
    tx: &mut Conn,
    room: &Community,
    one: &Appointment,
    actor: Actor,
) -> Result<()> {
    if one.state == State::Held {
        return Err(Error::Illegal("この面接は、もう済んでいます。"));
    }
    let now = room.clock().now();
    taken::release_others(tx, one.id, &[], 0..0).await?;
    tx.exec(
        "UPDATE appointment SET state = 'cancelled', version = version + 1 WHERE id = $1 AND state = 'booked'",
        params![one.id],
    )
    .await?;
    if let Some(slip) = one.slip {
        notice::forget(tx, slip).await?;
        if matches!(actor, Actor::Staff(_)) && one.state == State::Booked {
            notice::plan(tx, room, slip, What::Cancelled, now).await?;
        }
    }
    let entry = Entry::done(
        one.office,
        actor,
        "appointment.cancelled",
        subject(one.id),
        now,
    );
    Ok(audit::record(tx, &entry).await?)
}
