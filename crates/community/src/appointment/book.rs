//! Booking: one transaction takes the colleague, the room and the pause, or nothing. Confirmed at once, also at night.

use super::{Got, MOST_PEOPLE, TRIES, Who, Wish, keep_until, of_slip, subject, take};
use crate::offered_hours::Way;
use crate::slip::{self, Code, NewSlip, Reminder, Token, Words};
use crate::{Community, Error, Result, notice};
use basics::time::{micros, to_jst};
use basics::{CaseId, CompartmentId, StaffId, new_id};
use jiff::Timestamp;
use office::Session;
use office::access::{Action, permit};
use office::audit::{self, Actor, Entry};
use office::office::Office;
use std::net::IpAddr;
use store::{Conn, params, transact};

/// What the form of a booking holds.
#[derive(Clone)]
pub struct NewAppointment<'a> {
    /// At which office.
    pub office: &'a Office,
    /// The one-time token of the form.
    pub token: &'a Token,
    /// When.
    pub starts_at: Timestamp,
    /// How long.
    pub minutes: i64,
    /// How one meets.
    pub way: Way,
    /// Who comes.
    pub who: Who,
    /// How many.
    pub people: i64,
    /// Whether it is the first time.
    pub first_time: bool,
    /// What they wrote.
    pub words: Words,
    /// How they wish to be reminded.
    pub reminder: Reminder,
    /// Where a mail goes; empty otherwise.
    pub reminder_to: String,
}

/// What the desk adds when it books for a caller.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ForCaller {
    /// Whose appointment it is, for somebody who is known.
    pub of: Option<(CaseId, CompartmentId)>,
    /// Only with this colleague.
    pub staff: Option<StaffId>,
}

/// An appointment that was made.
#[derive(Debug, Clone)]
pub struct Booked {
    /// Which.
    pub id: i64,
    /// The code, to be written down or read out.
    pub code: Code,
    /// Whether the same form had been sent before.
    pub again: bool,
}

/// Who asks for it.
enum Asker<'a> {
    Stranger,
    Desk(&'a Session, ForCaller),
}

impl Community {
    /// Somebody books for themself. [`Error::Taken`] when another was faster with every colleague: the page shows the
    /// next free slots and keeps what was typed.
    pub async fn book_appointment(
        &self,
        new: &NewAppointment<'_>,
        address: Option<IpAddr>,
    ) -> Result<Booked> {
        Self::checked(new)?;
        if let Some(booked) = self.made_by_form(new.token).await? {
            return Ok(booked);
        }
        self.may_book_from(address).await?;
        self.try_colleagues(new, &Asker::Stranger).await
    }

    /// The desk books for somebody who called or came by; the code is read out to them.
    pub async fn enter_appointment(
        &self,
        session: &Session,
        new: &NewAppointment<'_>,
        caller: ForCaller,
    ) -> Result<Booked> {
        let permit = permit(session, Action::KeepAppointments, "appointment").await?;
        if permit.office() != new.office.id {
            return Err(Error::NotFound);
        }
        Self::checked(new)?;
        if let Some(booked) = self.made_by_form(new.token).await? {
            return Ok(booked);
        }
        self.try_colleagues(new, &Asker::Desk(session, caller))
            .await
    }

    fn checked(new: &NewAppointment<'_>) -> Result<()> {
        if !(1..=MOST_PEOPLE).contains(&new.people) {
            return Err(Error::invalid(
                "people",
                format!("来る人数を、1人から{MOST_PEOPLE}人の間で選んでください。"),
            ));
        }
        slip_of(new).check()
    }

    async fn try_colleagues(&self, new: &NewAppointment<'_>, asker: &Asker<'_>) -> Result<Booked> {
        let mut tried = true;
        let mut rounds = 0;
        while tried && rounds < TRIES {
            rounds += 1;
            let booked = transact!(self.db(), "appointment.book", |tx| {
                self.book_in(tx, new, asker, &mut tried).await
            });
            match booked {
                Ok(booked) => return Ok(booked),
                Err(Error::Taken) => {}
                Err(other) => return Err(other),
            }
        }
        // What this very form got a moment before is no loss.
        self.made_by_form(new.token).await?.ok_or(Error::Taken)
    }

    async fn book_in(
        &self,
        tx: &mut Conn,
        new: &NewAppointment<'_>,
        asker: &Asker<'_>,
        tried: &mut bool,
    ) -> Result<Booked> {
        let id = new_id(self.clock());
        let caller = match asker {
            Asker::Stranger => ForCaller::default(),
            Asker::Desk(_, caller) => *caller,
        };
        let wish = Wish {
            office: new.office,
            starts_at: new.starts_at,
            minutes: new.minutes,
            way: new.way,
            staff: caller.staff,
            case: caller.of.map(|(case, _)| case),
            at_desk: matches!(asker, Asker::Desk(..)),
            appointment: id,
        };
        let got = take(tx, self, &wish, tried).await?;
        let Some(kept) = slip::keep(tx, self, &slip_of(new)).await? else {
            // The same form was faster than itself: all of this is undone.
            *tried = false;
            return Err(Error::Taken);
        };
        self.keep_appointment(tx, id, new, &got, kept.id.get(), asker)
            .await?;
        notice::remind(tx, self, kept.id, new.starts_at).await?;
        if let Asker::Desk(
            session,
            ForCaller {
                of: Some(whose), ..
            },
        ) = asker
        {
            let ways = super::guard::ways(new.way, new.reminder);
            casework::caller::may_meet(tx, session, *whose, &ways).await?;
        }
        let (actor, action) = match asker {
            Asker::Stranger => (Actor::Stranger, "appointment.booked"),
            Asker::Desk(session, _) => (Actor::Staff(session.staff()), "appointment.entered"),
        };
        let now = self.clock().now();
        let entry = Entry::done(new.office.id, actor, action, subject(id), now);
        let detail = format!("way={},with={}", new.way.code(), got.staff);
        audit::record(tx, &entry.because(detail)).await?;
        Ok(Booked {
            id,
            code: kept.code,
            again: false,
        })
    }

    async fn keep_appointment(
        &self,
        tx: &mut Conn,
        id: i64,
        new: &NewAppointment<'_>,
        got: &Got,
        slip: i64,
        asker: &Asker<'_>,
    ) -> Result<()> {
        let (made_by, of) = match asker {
            Asker::Stranger => (None, None),
            Asker::Desk(session, caller) => (Some(session.staff().get()), caller.of),
        };
        tx.exec(
            "INSERT INTO appointment (id, office_id, slip_id, way, who, people, first_time, staff_id, second_staff_id, \
             room_id, day, starts_at, ends_at, pause, state, made_at, made_by, case_id, compartment_id, version) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'booked', $15, $16, $17, $18, 1)",
            params![
                id,
                new.office.id.get(),
                slip,
                new.way.code(),
                new.who.code(),
                new.people,
                new.first_time,
                got.staff.get(),
                got.second.map(StaffId::get),
                got.room,
                got.day.to_string(),
                micros(new.starts_at),
                micros(got.ends_at),
                got.pause,
                self.clock().now_micros(),
                made_by,
                of.map(|(case, _)| case.get()),
                of.map(|(_, inside)| inside.get())
            ],
        )
        .await?;
        Ok(())
    }

    /// What this form made before, if it did.
    async fn made_by_form(&self, token: &Token) -> Result<Option<Booked>> {
        let mut conn = self.db().read().await?;
        let Some(kept) = slip::code_of_form(&mut conn, self, token).await? else {
            return Ok(None);
        };
        let found = of_slip(&mut conn, kept.id).await?;
        Ok(found.map(|one| Booked {
            id: one.id,
            code: kept.code,
            again: true,
        }))
    }
}

/// The slip of a form.
fn slip_of<'a>(new: &NewAppointment<'a>) -> NewSlip<'a> {
    NewSlip {
        office: new.office,
        token: new.token,
        words: new.words.clone(),
        reminder: new.reminder,
        reminder_to: new.reminder_to.clone(),
        keep_until: keep_until(to_jst(new.starts_at).date()),
    }
}
