//! The 職員 compartment of a case: where the ground of a decision, an agreed wording or a task is written down.

use crate::compartment::{self, Compartment};
use crate::{Error, Result};
use basics::{CaseId, CompartmentId, PersonId};
use office::access::{Action, CaseGrant, CompartmentGrant, CompartmentKind};
use office::session::Session;
use store::Conn;
use vault::{Place, Sealed};

/// How many characters of ground, wording or task are kept at most.
pub(crate) const MAX_WORDS: usize = 2_000;

async fn found(conn: &mut Conn, case: CaseId) -> Result<Compartment> {
    compartment::of_case(conn, case)
        .await?
        .into_iter()
        .find(|one| one.kind == CompartmentKind::Staff)
        .ok_or(Error::Damaged("compartment.staff"))
}

/// Opens it for writing. Whoever does not reach it learns what they would learn of a case that is not there.
pub(crate) async fn write(
    tx: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
) -> Result<CompartmentGrant> {
    let room = found(tx, grant.case()).await?;
    compartment::open(tx, session, grant, room.id, Action::WriteNote).await
}

/// Opens it for reading; `None` for a colleague who works on other compartments only: they see dates and codes.
pub(crate) async fn read(
    tx: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
) -> Result<Option<CompartmentGrant>> {
    let room = found(tx, grant.case()).await?;
    if !grant.reaches(room.id) {
        return Ok(None);
    }
    let action = Action::ReadCompartment;
    Ok(Some(
        compartment::open(tx, session, grant, room.id, action).await?,
    ))
}

/// Opens words that were sealed in it; empty for whoever has no key, or when they lie in another compartment.
pub(crate) fn words(
    room: Option<&CompartmentGrant>,
    of: i64,
    place: &Place,
    sealed: Option<Vec<u8>>,
) -> Result<String> {
    match (room, sealed) {
        (_, Some(bytes)) if bytes.is_empty() => Ok(String::new()),
        (Some(room), Some(bytes)) if room.compartment() == CompartmentId::from(of) => {
            Ok(room.open(&Sealed::<String>::from_bytes(bytes), place)?)
        }
        _ => Ok(String::new()),
    }
}

/// Words that must be there, and not too many of them.
pub(crate) fn required(field: &'static str, words: &str, ask: &str) -> Result<String> {
    let words = words.trim();
    if words.is_empty() {
        return Err(Error::invalid(field, ask));
    }
    optional(field, words)
}

/// Words that may be missing.
pub(crate) fn optional(field: &'static str, words: &str) -> Result<String> {
    let words = words.trim();
    if words.chars().count() > MAX_WORDS {
        return Err(Error::invalid(
            field,
            format!("{MAX_WORDS}字までで書いてください。長いことは「記録を書く」に残せます。"),
        ));
    }
    Ok(words.to_owned())
}

/// Somebody must be a person of this very case.
pub(crate) async fn must_belong(conn: &mut Conn, case: CaseId, person: PersonId) -> Result<()> {
    let (n,): (i64,) = conn
        .one(
            "SELECT COUNT(*) FROM person WHERE id = $1 AND case_id = $2",
            store::params![person.get(), case.get()],
        )
        .await?;
    if n == 0 {
        return Err(Error::invalid(
            "person",
            "だれのことかを、このケースの人から選んでください。",
        ));
    }
    Ok(())
}
