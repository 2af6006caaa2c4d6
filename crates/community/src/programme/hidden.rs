//! What of a place is told after booking only: sealed under the installation's key, so that the database alone does not know
//! where a sheltered place is.

use super::{AfterBooking, Details, Draft, PlaceShown};
use crate::{Community, Error, Result};
use basics::ProgrammeId;
use serde::{Deserialize, Serialize};
use store::{Conn, params};

/// What lies sealed beside [`Details`]: what is told after booking, and of the place what the public page does not tell.
#[derive(Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Hidden {
    after_booking: AfterBooking,
    place_name: String,
    address: String,
    way_in: String,
}

impl Hidden {
    /// Takes out of the details whatever the public page does not tell: the database then holds it sealed only.
    pub(super) fn take(after_booking: &AfterBooking, details: &mut Details) -> Self {
        let mut hidden = Self {
            after_booking: after_booking.clone(),
            ..Self::default()
        };
        if details.place_shown != PlaceShown::Full {
            hidden.place_name = std::mem::take(&mut details.place_name);
            hidden.address = std::mem::take(&mut details.address);
        }
        if details.place_shown == PlaceShown::AfterBooking {
            hidden.way_in = std::mem::take(&mut details.way_in);
        }
        hidden
    }

    /// Puts it back, for the desk.
    pub(super) fn put_back(self, draft: &mut Draft) {
        draft.after_booking = self.after_booking;
        let details = &mut draft.details;
        let fields = [
            (&mut details.place_name, self.place_name),
            (&mut details.address, self.address),
            (&mut details.way_in, self.way_in),
        ];
        for (field, words) in fields {
            if !words.is_empty() {
                *field = words;
            }
        }
    }

    /// As whoever booked is told it: the building and the address first.
    pub(super) fn told(self) -> AfterBooking {
        let building = [self.place_name, self.address].join("　");
        let mut lines: Vec<String> = Vec::new();
        for line in [building, self.after_booking.place, self.way_in] {
            let line = line.trim().to_owned();
            if !line.is_empty() && !lines.contains(&line) {
                lines.push(line);
            }
        }
        AfterBooking {
            place: lines.join("\n"),
            ..self.after_booking
        }
    }
}

pub(super) fn after_booking_aad(id: ProgrammeId) -> [u8; 8] {
    id.get().to_be_bytes()
}

pub(super) async fn hidden(conn: &mut Conn, room: &Community, id: ProgrammeId) -> Result<Hidden> {
    let (sealed,): (Option<Vec<u8>>,) = conn
        .one(
            "SELECT after_booking FROM programme WHERE id = $1",
            params![id.get()],
        )
        .await?;
    let Some(sealed) = sealed else {
        return Ok(Hidden::default());
    };
    let key = room.pepper().branch("told after booking");
    let plain = key.open(&after_booking_aad(id), &sealed)?;
    serde_json::from_slice(&plain).map_err(|_| Error::Damaged("programme.after_booking"))
}

/// What is told after booking, the address with it where the public page does not tell it.
pub(crate) async fn after_booking(
    conn: &mut Conn,
    room: &Community,
    id: ProgrammeId,
) -> Result<AfterBooking> {
    Ok(hidden(conn, room, id).await?.told())
}
