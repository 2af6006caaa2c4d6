//! Who is on the road: planned visits as codes and times, for the calendars that other rooms make. Opens nothing.

use crate::visit::State;
use crate::{Casework, Error, Result};
use basics::time::{from_micros, micros};
use basics::{CaseId, CompartmentId, StaffId};
use jiff::Timestamp;
use office::access::{self, Action};
use office::session::Session;
use std::collections::HashMap;
use store::{Conn, params};

/// A visit as anybody at the desk may know of it: who is away, from when, until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnTheRoad {
    /// The visit.
    pub visit: i64,
    /// In which compartment its words lie; [`Casework::numbers_in_reach`] says whether the asker may know whose it is.
    pub compartment: CompartmentId,
    /// When the colleagues leave.
    pub leave_at: Timestamp,
    /// When they are to be back.
    pub return_at: Timestamp,
    /// Who goes.
    pub staff: StaffId,
    /// Who goes along.
    pub buddy: Option<StaffId>,
    /// Where it stands.
    pub state: State,
}

store::row! {
    struct RoadRow {
        pub id: i64,
        pub compartment_id: i64,
        pub leave_at: i64,
        pub return_at: i64,
        pub staff_id: i64,
        pub buddy_id: Option<i64>,
        pub state: String,
    }
}

impl Casework {
    /// The visits of the asker's office that touch this time, the cancelled ones left out. Whoever asks records it.
    pub async fn on_the_road(
        &self,
        conn: &mut Conn,
        session: &Session,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<OnTheRoad>> {
        let sql = format!(
            "SELECT {} FROM visit WHERE office_id = $1 AND return_at > $2 AND leave_at < $3 AND state <> 'cancelled' \
             ORDER BY leave_at, id LIMIT 500",
            RoadRow::COLS
        );
        let values = params![session.office().get(), micros(from), micros(until)];
        let rows: Vec<RoadRow> = conn.all(&sql, values).await?;
        let read = |row: RoadRow| {
            Ok(OnTheRoad {
                visit: row.id,
                compartment: row.compartment_id.into(),
                leave_at: from_micros(row.leave_at),
                return_at: from_micros(row.return_at),
                staff: row.staff_id.into(),
                buddy: row.buddy_id.map(StaffId::from),
                state: State::from_code(&row.state).ok_or(Error::Damaged("visit.state"))?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// When one colleague is on a visit within this time, for their private calendar: the visit's number, from when,
    /// until when; nothing of the case. The calendar's secret address is what was asked with; there is no session.
    pub async fn road_of(
        &self,
        conn: &mut Conn,
        staff: StaffId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(i64, Timestamp, Timestamp)>> {
        let rows: Vec<(i64, i64, i64)> = conn
            .all(
                "SELECT id, leave_at, return_at FROM visit WHERE (staff_id = $1 OR buddy_id = $2) AND return_at > $3 \
                 AND leave_at < $4 AND state <> 'cancelled' ORDER BY leave_at, id LIMIT 500",
                params![staff.get(), staff.get(), micros(from), micros(until)],
            )
            .await?;
        let times = rows.into_iter();
        Ok(times
            .map(|(id, leave, back)| (id, from_micros(leave), from_micros(back)))
            .collect())
    }

    /// Which of these compartments' cases the asker may know of, with the case's number. Records nothing: numbers only.
    pub async fn numbers_in_reach(
        &self,
        conn: &mut Conn,
        session: &Session,
        compartments: &[CompartmentId],
    ) -> Result<HashMap<CompartmentId, (CaseId, i64)>> {
        let reads_cases = session.may(Action::SeeCases) && session.holds_office_key();
        if compartments.is_empty() || !reads_cases {
            return Ok(HashMap::new());
        }
        let reach = access::letters_in_reach(conn, session, "v.case_id").await?;
        let sql = format!(
            "SELECT v.compartment_id, v.case_id, c.number FROM \
             (SELECT id AS compartment_id, case_id FROM compartment WHERE id IN ({})) v \
             JOIN casefile c ON c.id = v.case_id WHERE c.office_id = $1 AND {reach}",
            crate::contact::numbers(compartments.iter().map(|one| one.get()))
        );
        let rows: Vec<(i64, i64, i64)> = conn.all(&sql, params![session.office().get()]).await?;
        let known = rows.into_iter();
        Ok(known
            .map(|(compartment, case, number)| (compartment.into(), (case.into(), number)))
            .collect())
    }
}
