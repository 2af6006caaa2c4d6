//! When a colleague is not there (不在): times only, no reason is asked.

use crate::offered_hours::own_or_leading;
use crate::{Community, Error, Result};
use basics::time::{from_micros, micros};
use basics::{OfficeId, StaffId, new_id};
use jiff::{SignedDuration, Timestamp};
use office::Session;
use office::access::{Action, permit};
use store::{Conn, params, transact};

/// Longer than this is no absence but the end of somebody's hours.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 400);

/// A stretch of time in which a colleague is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away {
    /// Its identifier.
    pub id: i64,
    /// Who.
    pub staff: StaffId,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

store::row! {
    struct AwayRow {
        pub id: i64,
        pub staff_id: i64,
        pub from_at: i64,
        pub until_at: i64,
    }
}

impl Community {
    /// The absences of the asker's office that are not over, the next first.
    pub async fn absences(&self, session: &Session) -> Result<Vec<Away>> {
        permit(session, Action::SeePlaces, "away").await?;
        let mut conn = self.db().read().await?;
        between(
            &mut conn,
            session.office(),
            self.clock().now(),
            Timestamp::MAX,
        )
        .await
    }

    /// Notes that a colleague is not there. Appointments that stand in it stay; the desk's list shows them.
    pub async fn note_absence(
        &self,
        session: &Session,
        staff: StaffId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<i64> {
        if from >= until || until.duration_since(from) > LONGEST {
            return Err(Error::invalid(
                "away",
                "終わりを、始まりより後にしてください。",
            ));
        }
        let permit = permit(session, Action::EditPlaces, "away").await?;
        own_or_leading(session, staff)?;
        let id = new_id(self.clock());
        transact!(self.db(), "away.note", |tx| {
            office::staff::one(tx, permit.office(), staff).await?;
            tx.exec(
                "INSERT INTO away (id, office_id, staff_id, from_at, until_at) VALUES ($1, $2, $3, $4, $5)",
                params![id, permit.office().get(), staff.get(), micros(from), micros(until)],
            )
            .await?;
            let entry = permit.entry("away.saved", format!("staff:{staff}"));
            let detail = format!("from={},until={}", from.as_second(), until.as_second());
            office::audit::record(tx, &entry.because(detail)).await?;
            Ok::<_, Error>(id)
        })
    }

    /// Takes an absence back.
    pub async fn take_absence_back(&self, session: &Session, id: i64) -> Result<()> {
        let permit = permit(session, Action::EditPlaces, "away").await?;
        transact!(self.db(), "away.take_back", |tx| {
            let found: Option<(i64,)> = tx
                .first(
                    "SELECT staff_id FROM away WHERE id = $1 AND office_id = $2",
                    params![id, permit.office().get()],
                )
                .await?;
            let (staff,) = found.ok_or(Error::NotFound)?;
            own_or_leading(session, staff.into())?;
            tx.exec("DELETE FROM away WHERE id = $1", params![id])
                .await?;
            let entry = permit.entry("away.saved", format!("staff:{staff}"));
            office::audit::record(tx, &entry.because("taken_back")).await?;
            Ok(())
        })
    }
}

/// The absences of an office that touch these times.
pub(crate) async fn between(
    conn: &mut Conn,
    office: OfficeId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Away>> {
    let rows: Vec<AwayRow> = conn
        .all(
            "SELECT id, staff_id, from_at, until_at FROM away \
             WHERE office_id = $1 AND until_at > $2 AND from_at < $3 ORDER BY from_at, id",
            params![office.get(), micros(from), micros(until)],
        )
        .await?;
    let read = |row: AwayRow| Away {
        id: row.id,
        staff: row.staff_id.into(),
        from: from_micros(row.from_at),
        until: from_micros(row.until_at),
    };
    Ok(rows.into_iter().map(read).collect())
}
