//! SilenceWatch: the agreed pace of words that ask for no answer (field/casework.md §E8). It reminds staff when the next
//! one would be; it never sends anything, and it stops at once when somebody says so.

use crate::case;
use crate::codes::codes;
use crate::staff_room;
use crate::{Casework, Error, Result};
use basics::{CaseId, PersonId, StaffId, new_id};
use jiff::ToSpan as _;
use jiff::civil::Date;
use office::access::{Action, CaseScope};
use office::session::Session;
use office::{CaseGrant, CompartmentGrant};
use store::{Conn, params, transact};
use vault::Place;

codes! {
    /// How often a word goes out while nobody answers.
    Pace {
        /// 季節ごと
        Seasonal = "seasonal", "季節ごと";
        /// 年に1回
        Yearly = "yearly", "年に1回";
        /// その都度: no day is reckoned.
        AsItComes = "as_it_comes", "その都度";
        /// 連絡しない
        None = "none", "こちらからは連絡しない";
    }
}

impl Pace {
    /// When the next word would be, after one on this day.
    pub fn after(self, day: Date) -> Option<Date> {
        match self {
            Self::Seasonal => day.checked_add(3.months()).ok(),
            Self::Yearly => day.checked_add(1.year()).ok(),
            Self::AsItComes | Self::None => None,
        }
    }
}

/// A pace that was agreed.
#[derive(Debug, Clone)]
pub struct NewWatch {
    /// With whom: the one whom the words go to.
    pub person: PersonId,
    /// How often.
    pub pace: Pace,
    /// When it was agreed, or decided for want of an answer.
    pub agreed_on: Date,
    /// How it was agreed; may be empty.
    pub words: String,
}

/// A watch as its page shows it.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Its identifier.
    pub id: i64,
    /// Of which case.
    pub case: CaseId,
    /// Whom the words go to.
    pub person: PersonId,
    /// How often.
    pub pace: Pace,
    /// When the next one would be.
    pub next_on: Option<Date>,
    /// When it was agreed.
    pub agreed_on: Date,
    /// How; empty for whoever does not reach the staff's compartment.
    pub words: String,
    /// Who stopped it.
    pub stopped_by: Option<StaffId>,
}

store::row! {
    struct WatchRow {
        pub id: i64,
        pub case_id: i64,
        pub person_id: i64,
        pub pace: String,
        pub next_on: Option<String>,
        pub agreed_on: String,
        pub compartment_id: i64,
        pub words: Vec<u8>,
        pub stopped_by: Option<i64>,
    }
}

fn place(id: i64) -> Place {
    Place {
        table: "silence_watch",
        row: id,
        column: "words",
    }
}

fn read(row: WatchRow, room: Option<&CompartmentGrant>) -> Result<Watch> {
    let day = |text: String| {
        text.parse::<Date>()
            .map_err(|_| Error::Damaged("silence_watch.day"))
    };
    Ok(Watch {
        id: row.id,
        case: row.case_id.into(),
        person: row.person_id.into(),
        pace: Pace::from_code(&row.pace).ok_or(Error::Damaged("silence_watch.pace"))?,
        next_on: row.next_on.map(day).transpose()?,
        agreed_on: day(row.agreed_on)?,
        words: staff_room::words(room, row.compartment_id, &place(row.id), Some(row.words))?,
        stopped_by: row.stopped_by.map(StaffId::from),
    })
}

/// Every watch of an opened case, those that were stopped too, the latest first.
pub(crate) async fn kept(
    conn: &mut Conn,
    case: CaseId,
    room: Option<&CompartmentGrant>,
) -> Result<Vec<Watch>> {
    let sql = format!(
        "SELECT {} FROM silence_watch WHERE case_id = $1 ORDER BY made_at DESC, id DESC",
        WatchRow::COLS
    );
    let rows: Vec<WatchRow> = conn.all(&sql, params![case.get()]).await?;
    rows.into_iter().map(|row| read(row, room)).collect()
}

/// The watches of an opened case that stand, the latest first.
pub(crate) async fn of_case(
    conn: &mut Conn,
    case: CaseId,
    room: Option<&CompartmentGrant>,
) -> Result<Vec<Watch>> {
    let sql = format!(
        "SELECT {} FROM silence_watch WHERE case_id = $1 AND stopped_at IS NULL ORDER BY made_at DESC, id DESC",
        WatchRow::COLS
    );
    let rows: Vec<WatchRow> = conn.all(&sql, params![case.get()]).await?;
    rows.into_iter().map(|row| read(row, room)).collect()
}

/// The watches of the colleague's own cases whose next word would be by `until`. Whoever said 「今は望まない」, and a case
/// in which nothing is asked of anybody for now, is left in peace; nobody writes to the dead. Codes and days only.
pub(crate) async fn due(
    conn: &mut Conn,
    scope: &CaseScope,
    (today, until): (Date, Date),
) -> Result<Vec<Watch>> {
    let sql = format!(
        "SELECT {} FROM silence_watch w WHERE stopped_at IS NULL AND next_on <= $1 AND {} \
         AND NOT EXISTS (SELECT 1 FROM refusal r WHERE r.case_id = w.case_id AND r.person_id = w.person_id AND r.lifted_on IS NULL) \
         AND NOT EXISTS (SELECT 1 FROM engagement e WHERE e.case_id = w.case_id AND e.ended_on IS NULL AND e.quiet_until >= $2) \
         AND NOT EXISTS (SELECT 1 FROM passing d WHERE d.case_id = w.case_id AND d.person_id = w.person_id AND d.withdrawn_at IS NULL) \
         ORDER BY next_on, id LIMIT 100",
        WatchRow::COLS,
        scope.own_sql("case_id")
    );
    let days = params![until.to_string(), today.to_string()];
    let rows: Vec<WatchRow> = conn.all(&sql, days).await?;
    rows.into_iter().map(|row| read(row, None)).collect()
}

/// A word went out to this person, or they were met: the pace counts on from that day.
pub(crate) async fn word_sent(
    tx: &mut Conn,
    grant: &CaseGrant,
    person: PersonId,
    on: Date,
) -> Result<()> {
    for watch in of_case(tx, grant.case(), None).await? {
        if watch.person != person {
            continue;
        }
        tx.exec(
            "UPDATE silence_watch SET next_on = $1 WHERE id = $2",
            params![watch.pace.after(on).map(|day| day.to_string()), watch.id],
        )
        .await?;
    }
    Ok(())
}

impl Casework {
    /// Agrees a pace; an earlier one with the same person ends with it.
    pub async fn watch_silence(
        &self,
        session: &Session,
        case: CaseId,
        new: &NewWatch,
    ) -> Result<i64> {
        let words = staff_room::optional("words", &new.words)?;
        if new.agreed_on > self.clock().today() {
            return Err(Error::invalid(
                "agreed_on",
                "決めた日を、きょうまでの日付で書いてください。",
            ));
        }
        transact!(self.db(), "silence.watch", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            staff_room::must_belong(tx, case.id, new.person).await?;
            let room = staff_room::write(tx, session, &grant).await?;
            tx.exec(
                "UPDATE silence_watch SET stopped_by = $1, stopped_at = $2 \
                 WHERE case_id = $3 AND person_id = $4 AND stopped_at IS NULL",
                params![
                    session.staff().get(),
                    self.clock().now_micros(),
                    case.id.get(),
                    new.person.get()
                ],
            )
            .await?;
            let id = new_id(self.clock());
            tx.exec(
                "INSERT INTO silence_watch (id, case_id, person_id, pace, next_on, agreed_on, compartment_id, words, made_by, made_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                params![
                    id,
                    case.id.get(),
                    new.person.get(),
                    new.pace.code(),
                    new.pace.after(new.agreed_on).map(|day| day.to_string()),
                    new.agreed_on.to_string(),
                    room.compartment().get(),
                    room.seal(&place(id), &words).as_bytes(),
                    session.staff().get(),
                    self.clock().now_micros()
                ],
            )
            .await?;
            let entry = grant.entry("silence.agreed").because(new.pace.code());
            office::audit::record(tx, &entry).await?;
            Ok(id)
        })
    }

    /// Somebody said so: from now on nothing is reckoned.
    pub async fn stop_silence(&self, session: &Session, case: CaseId, id: i64) -> Result<()> {
        transact!(self.db(), "silence.stop", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let stopped = tx
                .exec(
                    "UPDATE silence_watch SET stopped_by = $1, stopped_at = $2 \
                     WHERE id = $3 AND case_id = $4 AND stopped_at IS NULL",
                    params![
                        session.staff().get(),
                        self.clock().now_micros(),
                        id,
                        case.id.get()
                    ],
                )
                .await?;
            if stopped == 0 {
                return Err(Error::Illegal("このペースは、もう止められています。"));
            }
            office::audit::record(tx, &grant.entry("silence.stopped")).await?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_next_word_is_reckoned_from_the_last() {
        let day = date(2026, 11, 30);
        assert_eq!(Pace::Seasonal.after(day), Some(date(2027, 2, 28)));
        assert_eq!(Pace::Yearly.after(day), Some(date(2027, 11, 30)));
        assert_eq!(
            (Pace::AsItComes.after(day), Pace::None.after(day)),
            (None, None)
        );
    }
}
