//! Small steps (小さな一歩): anything that somebody noticed (あいさつが返った), over years. Five of them on one page, each month
//! quiet or not; nothing turns red because time passed.
//!
//! A step lies in the compartment of whoever told of it. Observations in which
//! something moved stand in the same line.

use crate::case;
use crate::compartment;
use crate::observation::{self, Axis, Observation};
use crate::person;
use crate::search::{self, Source};
use crate::{Casework, Error, Result};
use basics::{CaseId, CompartmentId, new_id};
use jiff::civil::Date;
use office::access::{Action, CompartmentGrant};
use office::session::Session;
use store::{Conn, params, transact};
use vault::{Place, Sealed};

/// Something that was noticed on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmallStep {
    /// When.
    pub day: Date,
    /// What, in a few words.
    pub words: String,
}

/// A step as its own table holds it.
#[derive(Debug, Clone)]
pub struct NotedStep {
    /// Its identifier; `None`: it was written down as an observation and is changed there.
    pub id: Option<i64>,
    /// In whose compartment it lies.
    pub compartment: CompartmentId,
    /// What and when.
    pub step: SmallStep,
}

fn place(step: i64) -> Place {
    Place {
        table: "small_step",
        row: step,
        column: "words",
    }
}

/// The steps of an opened compartment that were not withdrawn, with their identifiers, the earliest day first.
pub(crate) async fn of_compartment(
    conn: &mut Conn,
    inside: &CompartmentGrant,
) -> Result<Vec<(i64, SmallStep)>> {
    let rows: Vec<(i64, String, Vec<u8>)> = conn
        .all(
            "SELECT id, day, words FROM small_step WHERE compartment_id = $1 AND withdrawn_at IS NULL ORDER BY day, id",
            params![inside.compartment().get()],
        )
        .await?;
    let read = |(id, day, words): (i64, String, Vec<u8>)| {
        let words = inside.open(&Sealed::<String>::from_bytes(words), &place(id))?;
        let day = day.parse().map_err(|_| Error::Damaged("small_step.day"))?;
        Ok((id, SmallStep { day, words }))
    };
    rows.into_iter().map(read).collect()
}

impl Casework {
    /// Writes a small step down, into the compartment of whoever told of it.
    pub async fn note_small_step(
        &self,
        session: &Session,
        case: CaseId,
        compartment: CompartmentId,
        step: &SmallStep,
    ) -> Result<i64> {
        if step.words.trim().is_empty() {
            return Err(Error::invalid(
                "words",
                "見かけたこと、聞いたことを、一言書いてください。",
            ));
        }
        if step.words.chars().count() > 120 {
            return Err(Error::invalid("words", "120文字までで書いてください。"));
        }
        if step.day > self.clock().today() {
            return Err(Error::invalid("day", "先の日付になっています。"));
        }
        transact!(self.db(), "small_step.note", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            let inside =
                compartment::open(tx, session, &grant, compartment, Action::WriteNote).await?;
            let id = new_id(self.clock());
            let sealed = inside.seal(&place(id), &step.words);
            tx.exec(
                "INSERT INTO small_step (id, case_id, compartment_id, day, words, by_staff, at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                params![
                    id,
                    case.get(),
                    compartment.get(),
                    step.day.to_string(),
                    sealed.as_bytes(),
                    person::who(&grant),
                    self.clock().now_micros()
                ],
            )
            .await?;
            search::keep(
                tx,
                &inside,
                self.clock(),
                Source::SmallStep,
                id,
                &step.words,
            )
            .await?;
            let detail = format!("small_step={id},compartment={compartment}");
            office::audit::record(tx, &grant.entry("small_step.noted").because(detail)).await?;
            Ok(id)
        })
    }

    /// A step was written down by mistake. It stays in the database, with the date of its end.
    pub async fn withdraw_small_step(
        &self,
        session: &Session,
        case: CaseId,
        id: i64,
    ) -> Result<()> {
        transact!(self.db(), "small_step.withdraw", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            let found: Option<(i64,)> = tx
                .first(
                    "SELECT compartment_id FROM small_step WHERE id = $1 AND case_id = $2 AND withdrawn_at IS NULL",
                    params![id, case.get()],
                )
                .await?;
            let (of,) = found.ok_or(Error::Meanwhile)?;
            compartment::open(tx, session, &grant, of.into(), Action::WriteNote).await?;
            tx.exec(
                "UPDATE small_step SET withdrawn_by = $1, withdrawn_at = $2 WHERE id = $3",
                params![person::who(&grant), self.clock().now_micros(), id],
            )
            .await?;
            search::forget(tx, Source::SmallStep, id).await?;
            let detail = format!("small_step={id}");
            let entry = grant.entry("small_step.withdrawn").because(detail);
            office::audit::record(tx, &entry).await?;
            Ok(())
        })
    }

    /// The steps in the compartments the asker reaches, oldest first.
    pub async fn small_steps(&self, session: &Session, case: CaseId) -> Result<Vec<NotedStep>> {
        transact!(self.db(), "small_step.read", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            let mut steps = Vec::new();
            for one in compartment::of_case(tx, case).await? {
                if !grant.reaches(one.id) {
                    continue;
                }
                let inside =
                    compartment::open(tx, session, &grant, one.id, Action::ReadCompartment).await?;
                for (id, step) in of_compartment(tx, &inside).await? {
                    steps.push(NotedStep {
                        id: Some(id),
                        compartment: one.id,
                        step,
                    });
                }
                for seen in observation::small_steps(tx, std::slice::from_ref(&inside)).await? {
                    steps.push(NotedStep {
                        id: None,
                        compartment: one.id,
                        step: observed(&seen),
                    });
                }
            }
            steps.sort_by_key(|one| (one.step.day, one.id));
            Ok(steps)
        })
    }
}

/// An observation as a step: 「外出：少し動いた　郵便受けまで出た」.
fn observed(seen: &Observation) -> SmallStep {
    let mut words = match seen.axis {
        Axis::Words => String::new(),
        axis => format!("{}：{}　", axis.label(), seen.value.label()),
    };
    words.push_str(&seen.words);
    SmallStep {
        day: seen.on,
        words: words.trim_end().to_owned(),
    }
}
