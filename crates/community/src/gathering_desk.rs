//! A gathering as the desk plans it: who waits, who is told when it is cancelled, who of a case was marked. Counts and
//! codes; the words of slips are read through the roster alone.

use crate::attendance::run;
use crate::gathering::{self, OnDay, own};
use crate::programme;
use crate::{Community, Error, Result};
use basics::{CaseId, CompartmentId, GatheringId, PersonId, ProgrammeId, StaffId};
use casework::compartment;
use jiff::civil::Date;
use office::access::{self, Action, may_run};
use office::audit::{self, Actor, Entry};
use office::session::Session;
use std::collections::HashMap;
use store::{params, transact};

/// How many stand behind the bookings of one day, and how they wished to be told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    /// Bookings with a seat.
    pub seated: i64,
    /// The people of those bookings.
    pub people: i64,
    /// Bookings that wait for a seat.
    pub waiting: i64,
    /// Of both, those who wished for mail.
    pub mails: i64,
    /// Of both, those who wished to be called.
    pub calls: i64,
}

/// One day as the desk plans it.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What it is.
    pub on: OnDay,
    /// Who runs it on this day alone, beside the programme's hosts.
    pub own_hosts: Vec<StaffId>,
    /// Whether the asker runs it.
    pub may_run: bool,
    /// Who would be told of a change.
    pub told: Told,
}

impl Community {
    /// One day of a programme, for changing or cancelling it.
    pub async fn planned(
        &self,
        session: &Session,
        programme: ProgrammeId,
        id: GatheringId,
    ) -> Result<Planned> {
        let permit = access::permit(session, Action::EditPlaces, &gathering::subject(id)).await?;
        let mut conn = self.db().read().await?;
        let found = own(&mut conn, &permit, id).await?;
        if found.programme != programme {
            return Err(Error::NotFound);
        }
        let all = gathering::hosts(&mut conn, &found).await?;
        let own_hosts: Vec<(i64,)> = conn
            .all(
                "SELECT staff_id FROM gathering_host WHERE gathering_id = $1 ORDER BY staff_id",
                params![id.get()],
            )
            .await?;
        let counts: Vec<(String, Option<String>, i64, i64)> = conn
            .all(
                "SELECT b.state, s.reminder, COUNT(*), CAST(COALESCE(SUM(b.people), 0) AS BIGINT) FROM booking b \
                 LEFT JOIN slip s ON s.id = b.slip_id WHERE b.gathering_id = $1 AND b.state <> 'left' \
                 GROUP BY b.state, s.reminder",
                params![id.get()],
            )
            .await?;
        let mut told = Told::default();
        for (state, reminder, bookings, people) in counts {
            if state == "booked" {
                told.seated += bookings;
                told.people += people;
            } else {
                told.waiting += bookings;
            }
            match reminder.as_deref() {
                Some("mail") => told.mails += bookings,
                Some("call") => told.calls += bookings,
                _ => {}
            }
        }
        let programme = programme::by_id(&mut conn, found.programme).await?;
        Ok(Planned {
            may_run: may_run(session, found.office, &all),
            own_hosts: own_hosts.into_iter().map(|(id,)| id.into()).collect(),
            on: OnDay {
                programme,
                gathering: found,
            },
            told,
        })
    }

    /// How many bookings wait, by day, in one programme from `from` on.
    pub async fn waiting_by_day(
        &self,
        session: &Session,
        id: ProgrammeId,
        from: Date,
    ) -> Result<HashMap<GatheringId, i64>> {
        let permit = access::permit(session, Action::SeePlaces, &programme::subject(id)).await?;
        let rows: Vec<(i64, i64)> = self
            .db()
            .read()
            .await?
            .all(
                "SELECT b.gathering_id, COUNT(*) FROM booking b JOIN gathering g ON g.id = b.gathering_id \
                 WHERE g.programme_id = $1 AND g.office_id = $2 AND g.day >= $3 AND b.state = 'waiting' \
                 GROUP BY b.gathering_id",
                params![id.get(), permit.office().get(), from.to_string()],
            )
            .await?;
        Ok(rows.into_iter().map(|(id, n)| (id.into(), n)).collect())
    }

    /// Who of one case was marked as having come, read through each person's own compartment (inv. 25): what lies in a
    /// compartment out of reach is not named.
    pub async fn marked(
        &self,
        session: &Session,
        id: GatheringId,
        case: CaseId,
    ) -> Result<Vec<PersonId>> {
        transact!(self.db(), "attendance.marked", |tx| {
            let (found, _) = run(tx, session, id).await?;
            let entry = Entry::done(
                found.office,
                Actor::Staff(session.staff()),
                Action::RunGathering.code(),
                gathering::subject(id),
                self.clock().now(),
            );
            audit::record(tx, &entry.because("marked")).await?;
            let rows: Vec<(i64, i64)> = tx
                .all(
                    "SELECT person_id, compartment_id FROM attendance_of_person \
                     WHERE gathering_id = $1 AND case_id = $2 ORDER BY person_id",
                    params![id.get(), case.get()],
                )
                .await?;
            let mut people = Vec::new();
            for (person, compartment) in rows {
                let compartment = CompartmentId::from(compartment);
                match compartment::open_to_read(tx, session, case, compartment).await {
                    Ok(_) => people.push(PersonId::from(person)),
                    Err(error) if error.is_not_found() => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(people)
        })
    }
}
