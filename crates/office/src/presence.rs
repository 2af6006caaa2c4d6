//! Who is looking at a letter, or answering it, right now: so that two colleagues do not answer at once.
//!
//! Only for the desk. The writer of a letter never sees it, not even as 「入力中」.

use crate::error::{Error, Result};
use crate::session::Session;
use basics::{OfficeId, StaffId};
use store::{Conn, Db, housekeeping, params};

/// How long after the last sign of life somebody counts as gone.
const LIFETIME: i64 = 120_000_000;

/// What somebody is doing with a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Reading it.
    Viewing,
    /// Writing an answer.
    Answering,
}

impl Doing {
    fn code(self) -> &'static str {
        match self {
            Self::Viewing => "viewing",
            Self::Answering => "answering",
        }
    }

    fn parse(code: &str) -> Self {
        if code == "answering" {
            Self::Answering
        } else {
            Self::Viewing
        }
    }

    /// As the desk shows it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Viewing => "見ています",
            Self::Answering => "返事を書いています",
        }
    }
}

/// Somebody who is there.
#[derive(Clone, Debug)]
pub struct Present {
    /// At which subject: `thread:42`.
    pub subject: String,
    /// Who.
    pub staff: StaffId,
    /// Their name.
    pub name: String,
    /// What they are doing.
    pub doing: Doing,
}

/// A sign of life: this colleague is at this subject.
pub async fn touch(db: &Db, session: &Session, subject: &str, doing: Doing) -> Result<()> {
    let now = session.now_micros();
    housekeeping!(db, "presence.touch", |tx| {
        tx.exec(
            "DELETE FROM presence WHERE at < $1",
            params![now - LIFETIME],
        )
        .await?;
        tx.exec(
            "INSERT INTO presence (subject, staff_id, doing, at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (subject, staff_id) DO UPDATE SET doing = excluded.doing, at = excluded.at",
            params![subject, session.staff().get(), doing.code(), now],
        )
        .await?;
        Ok::<_, Error>(())
    })
}

/// This colleague has left the subject.
pub async fn leave(db: &Db, session: &Session, subject: &str) -> Result<()> {
    housekeeping!(db, "presence.touch", |tx| {
        tx.exec(
            "DELETE FROM presence WHERE subject = $1 AND staff_id = $2",
            params![subject, session.staff().get()],
        )
        .await?;
        Ok::<_, Error>(())
    })
}

/// Who of this office is at which subject now, in the order of their arrival.
pub async fn in_office(conn: &mut Conn, office: OfficeId, now_micros: i64) -> Result<Vec<Present>> {
    let rows: Vec<(String, i64, String, String)> = conn
        .all(
            "SELECT p.subject, s.id, s.name, p.doing FROM presence p JOIN staff s ON s.id = p.staff_id \
             WHERE s.office_id = $1 AND p.at >= $2 ORDER BY p.at, s.id",
            params![office.get(), now_micros - LIFETIME],
        )
        .await?;
    let shown = |(subject, staff, name, doing): (String, i64, String, String)| Present {
        subject,
        staff: staff.into(),
        name,
        doing: Doing::parse(&doing),
    };
    Ok(rows.into_iter().map(shown).collect())
}

/// The colleagues other than the one who asks, at one subject.
pub async fn others_at(conn: &mut Conn, session: &Session, subject: &str) -> Result<Vec<Present>> {
    let mut present = in_office(conn, session.office(), session.now_micros()).await?;
    present.retain(|one| one.subject == subject && one.staff != session.staff());
    Ok(present)
}
