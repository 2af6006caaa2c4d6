//! Rooms (面接室) in which appointments take place.

use crate::{Community, Error, Result};
use basics::{OfficeId, new_id};
use office::Session;
use office::access::{Action, permit};
use store::{Conn, params, transact};

/// A room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingRoom {
    /// Its identifier.
    pub id: i64,
    /// What it is called in the house.
    pub name: String,
    /// Whether it is in use.
    pub active: bool,
}

store::row! {
    struct RoomRow {
        pub id: i64,
        pub name: String,
        pub active: bool,
    }
}

impl Community {
    /// The rooms of the asker's office, those in use first.
    pub async fn meeting_rooms(&self, session: &Session) -> Result<Vec<MeetingRoom>> {
        permit(session, Action::SeePlaces, "rooms").await?;
        of_office(&mut self.db().read().await?, session.office()).await
    }

    /// One more room.
    pub async fn add_meeting_room(&self, session: &Session, name: &str) -> Result<i64> {
        let name = checked(name)?;
        let permit = permit(session, Action::EditPlaces, "rooms").await?;
        let id = new_id(self.clock());
        transact!(self.db(), "room.add", |tx| {
            tx.exec(
                "INSERT INTO meeting_room (id, office_id, name, active) VALUES ($1, $2, $3, 1)",
                params![id, permit.office().get(), name],
            )
            .await?;
            let entry = permit.entry("meeting_room.saved", format!("room:{id}"));
            office::audit::record(tx, &entry).await?;
            Ok::<_, Error>(id)
        })
    }

    /// Changes the name of a room, or whether it is in use. What is booked in it stays booked.
    pub async fn change_meeting_room(
        &self,
        session: &Session,
        id: i64,
        name: &str,
        active: bool,
    ) -> Result<()> {
        let name = checked(name)?;
        let permit = permit(session, Action::EditPlaces, "rooms").await?;
        transact!(self.db(), "room.change", |tx| {
            let changed = tx
                .exec(
                    "UPDATE meeting_room SET name = $1, active = $2 WHERE id = $3 AND office_id = $4",
                    params![name, active, id, permit.office().get()],
                )
                .await?;
            if changed == 0 {
                return Err(Error::NotFound);
            }
            let entry = permit.entry("meeting_room.saved", format!("room:{id}"));
            let detail = format!("active={}", u8::from(active));
            office::audit::record(tx, &entry.because(detail)).await?;
            Ok(())
        })
    }
}

/// The rooms of an office.
pub(crate) async fn of_office(conn: &mut Conn, office: OfficeId) -> Result<Vec<MeetingRoom>> {
    let rows: Vec<RoomRow> = conn
        .all(
            "SELECT id, name, active FROM meeting_room WHERE office_id = $1 ORDER BY active DESC, name, id",
            params![office.get()],
        )
        .await?;
    let read = |row: RoomRow| MeetingRoom {
        id: row.id,
        name: row.name,
        active: row.active,
    };
    Ok(rows.into_iter().map(read).collect())
}

fn checked(name: &str) -> Result<&str> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 40 {
        return Err(Error::invalid(
            "room_name",
            "部屋の名前を、40文字までで書いてください。",
        ));
    }
    Ok(name)
}
