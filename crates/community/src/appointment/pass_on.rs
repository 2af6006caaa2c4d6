//! A case is handed over: appointments that stand from its moment on go to the next colleague, at the same time and place.

use super::{Appointment, AppointmentRow, subject};
use crate::open_slots::end_of;
use crate::taken::{self, Resource, quarters};
use crate::{Community, Error, Result, away};
use basics::time::micros;
use basics::{CaseId, StaffId};
use jiff::Timestamp;
use office::Session;
use office::access::{self, Action};
use office::audit::{self, Actor, Entry};
use store::{Conn, params, transact};

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PassedOn {
    /// So many go to the next colleague.
    pub moved: usize,
    /// So many stay with the old one: the next is not free at that time. Somebody decides at the desk.
    pub stay: usize,
}

impl Community {
    /// Passes on what `from` has taken for these cases, each to its next colleague; by whoever handed the cases over.
    pub async fn pass_on_appointments(
        &self,
        session: &Session,
        from: StaffId,
        moment: Timestamp,
        cases: &[(CaseId, StaffId)],
    ) -> Result<PassedOn> {
        access::permit(session, Action::HandOver, "").await?;
        let mut came = PassedOn::default();
        for (case, to) in cases {
            let mut conn = self.db().read().await?;
            let sql = format!(
                "SELECT {} FROM appointment WHERE office_id = $1 AND case_id = $2 AND state = 'booked' AND starts_at >= $3 \
                 AND (staff_id = $4 OR second_staff_id = $5) ORDER BY starts_at, id",
                AppointmentRow::COLS
            );
            let (office, me) = (session.office().get(), from.get());
            let rows: Vec<AppointmentRow> = conn
                .all(&sql, params![office, case.get(), micros(moment), me, me])
                .await?;
            drop(conn);
            for row in rows {
                let one = Appointment::try_from(row)?;
                let passed = transact!(self.db(), "appointment.pass_on", |tx| {
                    pass_on(tx, session, &one, from, *to).await
                });
                match passed {
                    Ok(()) => came.moved += 1,
                    Err(Error::Taken | Error::Meanwhile) => came.stay += 1,
                    Err(other) => return Err(other),
                }
            }
        }
        Ok(came)
    }
}

async fn pass_on(
    tx: &mut Conn,
    session: &Session,
    one: &Appointment,
    from: StaffId,
    to: StaffId,
) -> Result<()> {
    let until = end_of(one.ends_at, one.pause);
    let gone = away::between(tx, one.office, one.starts_at, until).await?;
    if one.is_with(to) || gone.iter().any(|away| away.staff == to) {
        return Err(Error::Taken);
    }
    let next = |staff: StaffId| if staff == from { to } else { staff };
    let (first, second) = (next(one.staff), one.second.map(next));
    let mut resources = vec![Resource::Staff(first)];
    resources.extend(second.map(Resource::Staff));
    resources.extend(one.room.map(Resource::Room));
    let wanted = quarters(one.starts_at, until);
    taken::claim(tx, one.id, &resources, wanted.clone()).await?;
    taken::release_others(tx, one.id, &resources, wanted).await?;
    let changed = tx
        .exec(
            "UPDATE appointment SET staff_id = $1, second_staff_id = $2, version = version + 1 \
             WHERE id = $3 AND version = $4 AND state = 'booked'",
            params![first.get(), second.map(StaffId::get), one.id, one.version],
        )
        .await?;
    if changed == 0 {
        return Err(Error::Meanwhile);
    }
    let (actor, now) = (Actor::Staff(session.staff()), session.clock().now());
    let entry = Entry::done(
        one.office,
        actor,
        "appointment.passed_on",
        subject(one.id),
        now,
    );
    Ok(audit::record(tx, &entry.because(format!("staff={to}"))).await?)
}
