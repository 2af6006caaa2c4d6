//! What stands on a closing day: gatherings that somebody booked, appointments. Nothing of it is cancelled by the calendar;
//! the desk is shown what there is, and decides.

use super::Busy;
use crate::programme::Details;
use crate::{Community, Error, Result};
use basics::time::from_micros;
use basics::{GatheringId, OfficeId, ProgrammeId};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{self, Action};
use office::session::Session;
use std::collections::BTreeSet;
use store::{Conn, params};

/// Something that stands on a closing day. Of an appointment only its time is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The day.
    pub day: Date,
    /// From when.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// What.
    pub what: Stands,
}

/// What stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stands {
    /// A gathering that somebody booked or waits for.
    Gathering {
        /// Of which programme.
        programme: ProgrammeId,
        /// Which day of it.
        id: GatheringId,
        /// What the programme is called.
        title: String,
    },
    /// An appointment.
    Appointment {
        /// Which one.
        id: i64,
    },
}

/// What stands on these days, in order.
pub(super) async fn on(
    conn: &mut Conn,
    office: OfficeId,
    days: &BTreeSet<Date>,
) -> Result<Vec<Standing>> {
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return Ok(Vec::new());
    };
    let values = params![office.get(), first.to_string(), last.to_string()];
    let gatherings: Vec<(i64, i64, String, String, i64, i64)> = conn
        .all(
            "SELECT g.id, g.programme_id, p.details, g.day, g.starts_at, g.ends_at FROM gathering g \
             JOIN programme p ON p.id = g.programme_id \
             WHERE g.office_id = $1 AND g.day >= $2 AND g.day <= $3 AND g.state = 'planned' \
             AND EXISTS (SELECT 1 FROM booking b WHERE b.gathering_id = g.id AND b.state <> 'left')",
            values,
        )
        .await?;
    let appointments: Vec<(i64, String, i64, i64)> = conn
        .all(
            "SELECT id, day, starts_at, ends_at FROM appointment WHERE office_id = $1 AND day >= $2 AND day <= $3 \
             AND state = 'booked'",
            values,
        )
        .await?;
    let read = |day: String| day.parse().map_err(|_| Error::Damaged("gathering.day"));
    let mut all = Vec::new();
    for (id, programme, details, day, starts_at, ends_at) in gatherings {
        let details: Details =
            serde_json::from_str(&details).map_err(|_| Error::Damaged("programme.details"))?;
        all.push(Standing {
            day: read(day)?,
            starts_at: from_micros(starts_at),
            ends_at: from_micros(ends_at),
            what: Stands::Gathering {
                programme: programme.into(),
                id: id.into(),
                title: details.title,
            },
        });
    }
    for (id, day, starts_at, ends_at) in appointments {
        all.push(Standing {
            day: read(day)?,
            starts_at: from_micros(starts_at),
            ends_at: from_micros(ends_at),
            what: Stands::Appointment { id },
        });
    }
    all.retain(|one| days.contains(&one.day));
    all.sort_by_key(|one| one.starts_at);
    Ok(all)
}

/// How much stands on each of these days; days without anything are left out.
pub(super) fn by_day(standing: &[Standing]) -> Vec<Busy> {
    let mut days: Vec<Busy> = Vec::new();
    for one in standing {
        let (gatherings, appointments) = match one.what {
            Stands::Gathering { .. } => (1, 0),
            Stands::Appointment { .. } => (0, 1),
        };
        match days.last_mut() {
            Some(last) if last.day == one.day => {
                last.gatherings += gatherings;
                last.appointments += appointments;
            }
            _ => days.push(Busy {
                day: one.day,
                gatherings,
                appointments,
            }),
        }
    }
    days
}

impl Community {
    /// What stands, from today on, on days that the office has said are closed: for whoever sees the office's page.
    pub async fn standing_on_closing_days(&self, session: &Session) -> Result<Vec<Standing>> {
        let permit = access::permit(session, Action::SeeOffice, "closing_days").await?;
        let mut conn = self.db().read().await?;
        let office = office::office::one(&mut conn, permit.office()).await?;
        let today = self.clock().today();
        let closed = office.settings.opening.closing_days.into_iter();
        let ahead: BTreeSet<Date> = closed.filter(|day| *day >= today).collect();
        on(&mut conn, permit.office(), &ahead).await
    }
}
