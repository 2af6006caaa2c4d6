//! The steps as they are kept: taken, taken back exactly, and read again.

use super::{Ground, IdentityEvent, Known, Level, Step};
use crate::case;
use crate::person;
use crate::search::{self, Source};
use crate::{Casework, Error, Result};
use basics::time::from_micros;
use basics::{CaseId, Clock, PersonId, ThreadId, new_id};
use office::access::{Action, CaseGrant};
use office::session::Session;
use store::{Conn, params, transact};
use vault::{Json, Place, Sealed};

store::row! {
    struct EventRow {
        pub id: i64,
        pub seq: i64,
        pub from_level: i64,
        pub to_level: i64,
        pub ground: String,
        pub by_staff: i64,
        pub at: i64,
        pub undoes: Option<i64>,
        pub after: Vec<u8>,
        pub thread_id: Option<i64>,
    }
}

fn place(event: i64) -> Place {
    Place {
        table: "identity_event",
        row: event,
        column: "after",
    }
}

/// A step as it is stored, opened.
struct Taken {
    row: EventRow,
    known: Known,
}

async fn steps(conn: &mut Conn, grant: &CaseGrant, person: PersonId) -> Result<Vec<Taken>> {
    let sql = format!(
        "SELECT {} FROM identity_event WHERE person_id = $1 AND case_id = $2 ORDER BY seq",
        EventRow::COLS
    );
    let rows: Vec<EventRow> = conn
        .all(&sql, params![person.get(), grant.case().get()])
        .await?;
    rows.into_iter()
        .map(|row| {
            let sealed = Sealed::<Json<Known>>::from_bytes(row.after.clone());
            let Json(known) = grant.open(&sealed, &place(row.id))?;
            Ok(Taken { row, known })
        })
        .collect()
}

/// Which steps still count: those that were not taken back, and that take nothing back themselves.
fn standing(steps: &[Taken]) -> Vec<&Taken> {
    let undone: Vec<i64> = steps.iter().filter_map(|one| one.row.undoes).collect();
    steps
        .iter()
        .filter(|one| one.row.undoes.is_none() && !undone.contains(&one.row.seq))
        .collect()
}

/// The step with which a person enters a case.
pub(crate) async fn begin(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    person: PersonId,
    known: &Known,
) -> Result<()> {
    let step = NewEvent {
        seq: 1,
        from: known.level(),
        ground: Ground::Opened,
        undoes: None,
        thread: None,
        known,
    };
    record(tx, grant, clock, person, &step).await
}

struct NewEvent<'a> {
    seq: i64,
    from: Level,
    ground: Ground,
    undoes: Option<i64>,
    /// The thread with which a return code became known.
    thread: Option<ThreadId>,
    known: &'a Known,
}

async fn record(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    person: PersonId,
    new: &NewEvent<'_>,
) -> Result<()> {
    let id = new_id(clock);
    let sealed = grant.seal(&place(id), &Json(new.known.clone()));
    let written = tx
        .exec(
            "INSERT INTO identity_event (id, person_id, case_id, seq, from_level, to_level, ground, by_staff, at, undoes, after, \
             thread_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING",
            params![
                id,
                person.get(),
                grant.case().get(),
                new.seq,
                new.from.number(),
                new.known.level().number(),
                new.ground.code(),
                person::who(grant),
                clock.now_micros(),
                new.undoes,
                sealed.as_bytes(),
                new.thread.map(ThreadId::get)
            ],
        )
        .await?;
    if written == 1 {
        Ok(())
    } else {
        Err(Error::Meanwhile)
    }
}

/// Makes this what is known: a new event, the person's row, and what a search finds.
async fn take(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    person: PersonId,
    new: &NewEvent<'_>,
) -> Result<Level> {
    record(tx, grant, clock, person, new).await?;
    let known = new.known;
    let identity = grant.seal(
        &person::identity_place(person),
        &Json(known.identity.clone()),
    );
    tx.exec(
        "UPDATE person SET relationship = $1, identity_level = $2, identity = $3, \
         age_as_of = CASE WHEN age_band = $4 THEN age_as_of ELSE CAST($5 AS BIGINT) END, age_band = $6, gender = $7, \
         municipality = $8 WHERE id = $9 AND case_id = $10",
        params![
            known.relationship.code(),
            known.level().number(),
            identity.as_bytes(),
            known.age_band.code(),
            clock.now_micros(),
            known.age_band.code(),
            known.gender.code(),
            known.municipality.map(|code| code.as_str().to_owned()),
            person.get(),
            grant.case().get()
        ],
    )
    .await?;
    search::keep_on_face_sheet(
        tx,
        grant,
        clock,
        Source::Person,
        person.get(),
        &known.identity.searchable(),
    )
    .await?;
    let action = match new.undoes {
        Some(_) => "person.stepped_back",
        None => "person.learned",
    };
    let (from, to) = (new.from.number(), known.level().number());
    let detail = format!(
        "person={person},level={from}>{to},ground={}",
        new.ground.code()
    );
    office::audit::record(tx, &grant.entry(action).because(detail)).await?;
    Ok(known.level())
}

/// The writer of a thread holds its return code: L2, if they were below. Their letters and contacts stay where they are.
pub(crate) async fn code_given(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    person: PersonId,
    thread: ThreadId,
) -> Result<()> {
    let steps = steps(tx, grant, person).await?;
    let Some(last) = steps.last() else {
        return Err(Error::NotFound);
    };
    if last.known.has_code {
        return Ok(());
    }
    let known = Known {
        has_code: true,
        ..last.known.clone()
    };
    let event = NewEvent {
        seq: last.row.seq + 1,
        from: last.known.level(),
        ground: Ground::Code,
        undoes: None,
        thread: Some(thread),
        known: &known,
    };
    take(tx, grant, clock, person, &event).await.map(|_| ())
}

/// [`code_given`] undone: the thread was not theirs. Exactly what was known before is known again; where more was learned
/// since, only the code is taken back. A code they hold by another thread (`other`), or were given otherwise, stays.
pub(crate) async fn code_taken_back(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    person: PersonId,
    thread: ThreadId,
    other: Option<ThreadId>,
) -> Result<()> {
    let steps = steps(tx, grant, person).await?;
    let by_this = |one: &&&Taken| one.row.thread_id == Some(thread.get());
    let standing = standing(&steps);
    let (Some(last), Some(given)) = (steps.last(), standing.iter().find(by_this)) else {
        return Ok(());
    };
    if let Some(other) = other {
        tx.exec(
            "UPDATE identity_event SET thread_id = $1 WHERE id = $2",
            params![other.get(), given.row.id],
        )
        .await?;
        return Ok(());
    }
    if !last.known.has_code {
        return Ok(());
    }
    let without = Known {
        has_code: false,
        ..last.known.clone()
    };
    let (ground, undoes, known) = match standing.as_slice() {
        [.., before, top] if top.row.id == given.row.id => {
            (Ground::SteppedBack, Some(given.row.seq), &before.known)
        }
        _ => (Ground::Corrected, None, &without),
    };
    let event = NewEvent {
        seq: last.row.seq + 1,
        from: last.known.level(),
        ground,
        undoes,
        thread: None,
        known,
    };
    take(tx, grant, clock, person, &event).await.map(|_| ())
}

impl Casework {
    /// More (or less) is known about somebody than before: one step. What was known stays restorable.
    pub async fn learn(
        &self,
        session: &Session,
        case: CaseId,
        person: PersonId,
        step: &Step,
    ) -> Result<Level> {
        step.checked()?;
        transact!(self.db(), "person.learn", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            person::one(tx, &grant, person).await?;
            let steps = steps(tx, &grant, person).await?;
            let last = steps.last().ok_or(Error::NotFound)?;
            if last.row.seq != step.seen {
                return Err(Error::Meanwhile);
            }
            let known = step.after(&last.known);
            if known == last.known {
                return Err(Error::invalid(
                    "ground",
                    "変わったところがありません。わかったことを書いてから、記録してください。",
                ));
            }
            let event = NewEvent {
                seq: last.row.seq + 1,
                from: last.known.level(),
                ground: step.ground,
                undoes: None,
                thread: None,
                known: &known,
            };
            take(tx, &grant, self.clock(), person, &event).await
        })
    }

    /// Takes the last step back: exactly what was known before it is known again. `seen`: the last step on the page.
    pub async fn step_back(
        &self,
        session: &Session,
        case: CaseId,
        person: PersonId,
        seen: i64,
    ) -> Result<Level> {
        transact!(self.db(), "person.step_back", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            person::one(tx, &grant, person).await?;
            let steps = steps(tx, &grant, person).await?;
            let last = steps.last().ok_or(Error::NotFound)?;
            if last.row.seq != seen {
                return Err(Error::Meanwhile);
            }
            let standing = standing(&steps);
            let [.., before, undone] = standing.as_slice() else {
                return Err(Error::Illegal("これより前には戻れません。"));
            };
            let event = NewEvent {
                seq: last.row.seq + 1,
                from: last.known.level(),
                ground: Ground::SteppedBack,
                undoes: Some(undone.row.seq),
                thread: None,
                known: &before.known,
            };
            take(tx, &grant, self.clock(), person, &event).await
        })
    }

    /// The steps of one person, oldest first.
    pub async fn identity_steps(
        &self,
        session: &Session,
        case: CaseId,
        person: PersonId,
    ) -> Result<Vec<IdentityEvent>> {
        transact!(self.db(), "person.steps", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            of_person(tx, &grant, person).await
        })
    }
}

/// The steps of one person of an opened case, oldest first.
pub(crate) async fn of_person(
    conn: &mut Conn,
    grant: &CaseGrant,
    person: PersonId,
) -> Result<Vec<IdentityEvent>> {
    let steps = steps(conn, grant, person).await?;
    let undone: Vec<i64> = steps.iter().filter_map(|one| one.row.undoes).collect();
    let names = person::names_of_staff(conn, grant).await?;
    let mut before: Option<&Known> = None;
    let mut events = Vec::new();
    for Taken { row, known } in &steps {
        let level = |number| Level::from_number(number).ok_or(Error::Damaged("identity_event"));
        events.push(IdentityEvent {
            seq: row.seq,
            from: level(row.from_level)?,
            to: level(row.to_level)?,
            ground: Ground::from_code(&row.ground)
                .ok_or(Error::Damaged("identity_event.ground"))?,
            by: names.get(&row.by_staff).cloned().unwrap_or_default(),
            at: from_micros(row.at),
            undoes: row.undoes,
            undone: undone.contains(&row.seq),
            changed: before.map_or_else(Vec::new, |before| known.differs_from(before)),
            after: known.clone(),
        });
        before = Some(known);
    }
    Ok(events)
}
