//! Whether the person knows that somebody consults about them (本人は相談を知っているか), and how the office came to know
//! that: each time somebody said so is an event with a day and the person it was heard from. What was heard last counts
//! (inv. 8); nothing of it is ever a guess.

use crate::case::{self, Knows};
use crate::{Casework, Error, Result, staff_room};
use basics::{CaseId, Clock, PersonId, StaffId, new_id};
use jiff::civil::Date;
use office::access::{Action, CaseGrant};
use office::session::Session;
use store::{Conn, params, transact};

/// Somebody said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// Whether the person knows.
    pub knows: Knows,
    /// Whom it was heard from: a person of the case.
    pub from: PersonId,
    /// On which day.
    pub on: Date,
}

/// An event of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnowsEvent {
    /// What was heard.
    pub heard: Heard,
    /// Which colleague wrote it down.
    pub by: StaffId,
    /// Their name.
    pub by_name: String,
}

/// Writes an event down; what was heard last becomes what the case says.
pub(crate) async fn note(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    heard: &Heard,
) -> Result<()> {
    tx.exec(
        "INSERT INTO subject_knows_event (id, case_id, knows, heard_from, heard_on, by_staff, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![
            new_id(clock),
            grant.case().get(),
            heard.knows.code(),
            heard.from.get(),
            heard.on.to_string(),
            crate::approach::by(grant),
            clock.now_micros()
        ],
    )
    .await?;
    tx.exec(
        "UPDATE casefile SET subject_knows = (SELECT e.knows FROM subject_knows_event e WHERE e.case_id = $1 \
         ORDER BY e.heard_on DESC, e.at DESC, e.id DESC LIMIT 1) WHERE id = $2",
        params![grant.case().get(), grant.case().get()],
    )
    .await?;
    Ok(())
}

/// Knows, heard from, heard on, by.
type Row = (String, i64, String, i64);

/// The history of an opened case, the newest first: the first one counts.
pub(crate) async fn of_case(conn: &mut Conn, grant: &CaseGrant) -> Result<Vec<KnowsEvent>> {
    let rows: Vec<Row> = conn
        .all(
            "SELECT knows, heard_from, heard_on, by_staff FROM subject_knows_event WHERE case_id = $1 \
             ORDER BY heard_on DESC, at DESC, id DESC",
            params![grant.case().get()],
        )
        .await?;
    let names = crate::person::names_of_staff(conn, grant).await?;
    rows.into_iter()
        .map(|(knows, from, on, by)| {
            Ok(KnowsEvent {
                heard: Heard {
                    knows: Knows::from_code(&knows)
                        .ok_or(Error::Damaged("subject_knows_event.knows"))?,
                    from: from.into(),
                    on: on
                        .parse()
                        .map_err(|_| Error::Damaged("subject_knows_event.heard_on"))?,
                },
                by: by.into(),
                by_name: names.get(&by).cloned().unwrap_or_default(),
            })
        })
        .collect()
}

impl Casework {
    /// Somebody said whether the person knows. [`Error::Invalid`] at `heard_from` for somebody who is not of the case, at
    /// `heard_on` for a day to come.
    pub async fn heard_subject_knows(
        &self,
        session: &Session,
        id: CaseId,
        heard: &Heard,
    ) -> Result<()> {
        if heard.on > self.clock().today() {
            return Err(Error::invalid(
                "heard_on",
                "聞いた日を、きょうまでの日付で書いてください。",
            ));
        }
        transact!(self.db(), "case.subject_knows", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ChangeCase).await?;
            staff_room::must_belong(tx, id, heard.from)
                .await
                .map_err(|error| match error {
                    Error::Invalid { sentence, .. } => Error::Invalid {
                        field: "heard_from",
                        sentence,
                    },
                    other => other,
                })?;
            note(tx, &grant, self.clock(), heard).await?;
            let entry = grant
                .entry("case.subject_knows")
                .because(heard.knows.code());
            office::audit::record(tx, &entry).await?;
            Ok(())
        })
    }
}
