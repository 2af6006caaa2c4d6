//! 「今は望まない」: a state with a date, not a failure (field/casework.md §E9). It blocks whatever reaches out, and is
//! lifted by a later word of the person, never by time.

use crate::case;
use crate::staff_room;
use crate::{Casework, Error, Result};
use basics::{CaseId, PersonId, StaffId, new_id};
use jiff::civil::Date;
use office::CompartmentGrant;
use office::access::{Action, CaseScope};
use office::session::Session;
use store::{Conn, params, transact};
use vault::Place;

/// A refusal that was heard.
#[derive(Debug, Clone)]
pub struct NewRefusal {
    /// Whose.
    pub person: PersonId,
    /// Who heard it.
    pub heard_by: StaffId,
    /// When.
    pub heard_on: Date,
    /// When staff think about it again, among themselves; the person is not asked. `None`: not at all.
    pub check_on: Option<Date>,
    /// What was said.
    pub words: String,
}

/// A refusal as its page shows it.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Its identifier.
    pub id: i64,
    /// Whose.
    pub person: PersonId,
    /// Who heard it.
    pub heard_by: StaffId,
    /// When.
    pub heard_on: Date,
    /// When staff think about it again.
    pub check_on: Option<Date>,
    /// What was said; empty for whoever does not reach the staff's compartment.
    pub words: String,
    /// Since when it does not stand any more.
    pub lifted_on: Option<Date>,
    /// What was said then.
    pub lift_words: String,
}

/// Since when a refusal of this person stands.
pub(crate) async fn standing(
    conn: &mut Conn,
    case: CaseId,
    person: PersonId,
) -> Result<Option<Date>> {
    let found: Option<(String,)> = conn
        .first(
            "SELECT heard_on FROM refusal WHERE case_id = $1 AND person_id = $2 AND lifted_on IS NULL \
             ORDER BY heard_on DESC, id DESC",
            params![case.get(), person.get()],
        )
        .await?;
    found
        .map(|(on,)| on.parse().map_err(|_| Error::Damaged("refusal.heard_on")))
        .transpose()
}

store::row! {
    struct RefusalRow {
        pub id: i64,
        pub person_id: i64,
        pub heard_by: i64,
        pub heard_on: String,
        pub check_on: Option<String>,
        pub compartment_id: i64,
        pub words: Vec<u8>,
        pub lifted_on: Option<String>,
        pub lift_words: Option<Vec<u8>>,
    }
}

fn place(id: i64, column: &'static str) -> Place {
    Place {
        table: "refusal",
        row: id,
        column,
    }
}

/// The refusals of an opened case, newest first.
pub(crate) async fn of_case(
    conn: &mut Conn,
    case: CaseId,
    room: Option<&CompartmentGrant>,
) -> Result<Vec<Refusal>> {
    let sql = format!(
        "SELECT {} FROM refusal WHERE case_id = $1 ORDER BY heard_on DESC, id DESC",
        RefusalRow::COLS
    );
    let rows: Vec<RefusalRow> = conn.all(&sql, params![case.get()]).await?;
    let day = |text: String| {
        text.parse::<Date>()
            .map_err(|_| Error::Damaged("refusal.day"))
    };
    rows.into_iter()
        .map(|row| {
            let of = row.compartment_id;
            Ok(Refusal {
                id: row.id,
                person: row.person_id.into(),
                heard_by: row.heard_by.into(),
                heard_on: day(row.heard_on)?,
                check_on: row.check_on.map(day).transpose()?,
                words: staff_room::words(room, of, &place(row.id, "words"), Some(row.words))?,
                lifted_on: row.lifted_on.map(day).transpose()?,
                lift_words: staff_room::words(
                    room,
                    of,
                    &place(row.id, "lift_words"),
                    row.lift_words,
                )?,
            })
        })
        .collect()
}

/// Refusals of the colleague's own cases about which staff wanted to think again by today.
pub(crate) async fn to_check(
    conn: &mut Conn,
    scope: &CaseScope,
    today: Date,
) -> Result<Vec<(CaseId, Date)>> {
    let sql = format!(
        "SELECT case_id, check_on FROM refusal r WHERE lifted_on IS NULL AND check_on <= $1 AND {} \
         AND NOT EXISTS (SELECT 1 FROM passing d WHERE d.case_id = r.case_id AND d.person_id = r.person_id AND d.withdrawn_at IS NULL) \
         ORDER BY check_on, id LIMIT 100",
        scope.own_sql("case_id")
    );
    let rows: Vec<(i64, String)> = conn.all(&sql, params![today.to_string()]).await?;
    rows.into_iter()
        .map(|(case, on)| {
            let on = on.parse().map_err(|_| Error::Damaged("refusal.check_on"))?;
            Ok((case.into(), on))
        })
        .collect()
}

impl Casework {
    /// Writes down that somebody does not want this now. From this moment nothing reaches out to them.
    pub async fn record_refusal(
        &self,
        session: &Session,
        case: CaseId,
        new: &NewRefusal,
    ) -> Result<i64> {
        let words = staff_room::optional("words", &new.words)?;
        let today = self.clock().today();
        if new.heard_on > today {
            return Err(Error::invalid(
                "heard_on",
                "聞いた日を、きょうまでの日付で書いてください。",
            ));
        }
        if new.check_on.is_some_and(|day| day <= today) {
            return Err(Error::invalid(
                "check_on",
                "職員が考え直す日は、あすからの日付で書いてください。",
            ));
        }
        transact!(self.db(), "refusal.record", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            staff_room::must_belong(tx, case.id, new.person).await?;
            office::staff::one(tx, case.office, new.heard_by).await?;
            let room = staff_room::write(tx, session, &grant).await?;
            let id = new_id(self.clock());
            tx.exec(
                "INSERT INTO refusal (id, case_id, person_id, heard_by, heard_on, check_on, compartment_id, words, made_by, made_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                params![
                    id,
                    case.id.get(),
                    new.person.get(),
                    new.heard_by.get(),
                    new.heard_on.to_string(),
                    new.check_on.map(|day| day.to_string()),
                    room.compartment().get(),
                    room.seal(&place(id, "words"), &words).as_bytes(),
                    session.staff().get(),
                    self.clock().now_micros()
                ],
            )
            .await?;
            office::audit::record(tx, &grant.entry("refusal.recorded")).await?;
            Ok(id)
        })
    }

    /// Lifts it, by a later word of the person.
    pub async fn lift_refusal(
        &self,
        session: &Session,
        case: CaseId,
        id: i64,
        words: &str,
    ) -> Result<()> {
        let words = staff_room::required(
            "lift_words",
            words,
            "どんな言葉やようすがあったかを書いてください。",
        )?;
        transact!(self.db(), "refusal.lift", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let room = staff_room::write(tx, session, &grant).await?;
            let sealed = room.seal(&place(id, "lift_words"), &words);
            let lifted = tx
                .exec(
                    "UPDATE refusal SET lifted_by = $1, lifted_on = $2, lift_words = $3 \
                     WHERE id = $4 AND case_id = $5 AND lifted_on IS NULL",
                    params![
                        session.staff().get(),
                        self.clock().today().to_string(),
                        sealed.as_bytes(),
                        id,
                        case.id.get()
                    ],
                )
                .await?;
            if lifted == 0 {
                return Err(Error::Illegal(
                    "この「今は望まない」は、もう解かれています。",
                ));
            }
            office::audit::record(tx, &grant.entry("refusal.lifted")).await?;
            Ok(())
        })
    }
}
