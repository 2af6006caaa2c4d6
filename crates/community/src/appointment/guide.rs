//! What is told to whoever booked, one text a way of meeting: which door, which bell, which link. Not public; shown under
//! a code while everybody sleeps, and so sealed under the installation's key and not the office's.

use crate::offered_hours::Way;
use crate::{Community, Error, Result};
use basics::OfficeId;
use office::Session;
use office::access::{Action, permit};
use std::collections::HashMap;
use store::{params, transact};
use vault::SymmetricKey;

/// The longest text, in characters.
pub const LONGEST: usize = 600;

impl Community {
    /// What an office tells for each way; ways without a text are left out. For whoever showed a code, and for the desk.
    pub async fn guides(&self, office: OfficeId) -> Result<HashMap<Way, String>> {
        let rows: Vec<(String, Vec<u8>)> = self
            .db()
            .read()
            .await?
            .all(
                "SELECT way, words FROM appointment_guide WHERE office_id = $1",
                params![office.get()],
            )
            .await?;
        let mut guides = HashMap::new();
        for (way, sealed) in rows {
            let way = Way::from_code(&way).ok_or(Error::Damaged("appointment_guide.way"))?;
            let bytes = self.guide_key().open(&place(office, way), &sealed)?;
            let words = String::from_utf8(bytes.to_vec());
            guides.insert(
                way,
                words.map_err(|_| Error::Damaged("appointment_guide.words"))?,
            );
        }
        Ok(guides)
    }

    /// Says what is told; empty: nothing.
    pub async fn save_guide(&self, session: &Session, way: Way, words: &str) -> Result<()> {
        let words = words.trim();
        if words.chars().count() > LONGEST {
            let sentence = format!("予約のあとに伝えることは、{LONGEST}文字までで書いてください。");
            return Err(Error::invalid("guide", sentence));
        }
        let permit = permit(session, Action::EditPlaces, "guide").await?;
        let sealed = self
            .guide_key()
            .seal(&place(permit.office(), way), words.as_bytes());
        transact!(self.db(), "appointment.guide", |tx| {
            if words.is_empty() {
                tx.exec(
                    "DELETE FROM appointment_guide WHERE office_id = $1 AND way = $2",
                    params![permit.office().get(), way.code()],
                )
                .await?;
            } else {
                tx.exec(
                    "INSERT INTO appointment_guide (office_id, way, words) VALUES ($1, $2, $3) \
                     ON CONFLICT (office_id, way) DO UPDATE SET words = excluded.words",
                    params![permit.office().get(), way.code(), &sealed],
                )
                .await?;
            }
            let entry = permit.entry("appointment.guide", "guide");
            office::audit::record(tx, &entry.because(way.code())).await?;
            Ok::<_, Error>(())
        })
    }

    fn guide_key(&self) -> SymmetricKey {
        self.pepper().branch("appointment guide")
    }
}

fn place(office: OfficeId, way: Way) -> Vec<u8> {
    format!("{office}:{}", way.code()).into_bytes()
}
