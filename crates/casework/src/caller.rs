//! Whose appointment it is, for the room of places: what a list may call somebody of a case, for whoever reaches their
//! compartment, and whether they may be reached at all. Nobody else learns that there is a case.

use crate::approach::{self, Asked, Way};
use crate::case::Knows;
use crate::{Result, case, compartment, contact_rule, person, refusal};
use basics::{CaseId, CompartmentId, PersonId};
use office::access::{Action, CaseScope};
use office::session::Session;
use std::collections::HashMap;
use store::Conn;

/// Somebody of a case, in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Of which case.
    pub case: CaseId,
    /// Its number.
    pub number: i64,
    /// 「母（すみれさん）」
    pub label: String,
}

/// What to call the people of these compartments; whoever is not in scope is left out.
pub async fn in_scope(
    conn: &mut Conn,
    scope: &CaseScope,
    wanted: &[(CaseId, CompartmentId)],
) -> Result<HashMap<CompartmentId, Caller>> {
    let reached = |(case, inside): &&(CaseId, CompartmentId)| scope.reaches(*case, *inside);
    let wanted: Vec<(CaseId, CompartmentId)> = wanted.iter().filter(reached).copied().collect();
    let mut cases: Vec<CaseId> = wanted.iter().map(|(case, _)| *case).collect();
    cases.sort_unstable();
    cases.dedup();
    let people = person::of_cases(conn, scope, Some(&cases)).await?;
    let mut found = HashMap::new();
    for id in cases {
        let (Some(case), Some(people)) = (case::by_id(conn, id).await?, people.get(&id)) else {
            continue;
        };
        for one in compartment::of_case(conn, id).await? {
            if !wanted.contains(&(id, one.id)) {
                continue;
            }
            let voices = people
                .iter()
                .filter(|person| one.is_held_by(person.id))
                .map(person::Person::label);
            let label = voices.collect::<Vec<_>>().join("、");
            let caller = Caller {
                case: id,
                number: case.number,
                label: if label.is_empty() {
                    one.kind.label().to_owned()
                } else {
                    label
                },
            };
            found.insert(one.id, caller);
        }
    }
    Ok(found)
}

/// Whether this colleague reaches that compartment of that case, recorded as a look at it, and may reach in these ways
/// whoever speaks in it (inv. 8, 9). Whoever may not look finds nothing; a guard says what to do first.
pub async fn may_meet(
    tx: &mut Conn,
    session: &Session,
    (case, inside): (CaseId, CompartmentId),
    ways: &[Way],
) -> Result<()> {
    let (case, grant) = case::open(tx, session, case, Action::ReadCase).await?;
    compartment::open(tx, session, &grant, inside, Action::ReadCompartment).await?;
    for person in voices(tx, case.id, inside).await? {
        for way in ways {
            approach::may_reach(tx, &grant, &case, &Asked::plainly(person, *way)).await?;
        }
    }
    Ok(())
}

/// The people who speak in a compartment.
async fn voices(conn: &mut Conn, case: CaseId, inside: CompartmentId) -> Result<Vec<PersonId>> {
    let all = compartment::of_case(conn, case).await?.into_iter();
    let found = all.filter(|one| one.id == inside);
    Ok(found
        .flat_map(|one| one.holders.into_iter().chain(one.person))
        .collect())
}

/// Whether the program itself may send a mail to whoever speaks in this compartment, asked while nobody is there to hold
/// a key: numbers and addresses stay sealed, so that any ban on mail stops it. A case that is gone sends nothing.
pub async fn may_be_mailed(conn: &mut Conn, case: CaseId, inside: CompartmentId) -> Result<bool> {
    let Some(found) = case::by_id(conn, case).await? else {
        return Ok(false);
    };
    for person in voices(conn, case, inside).await? {
        let known = person != found.principal || found.subject_knows == Knows::Knows;
        let guarded = contact_rule::mail_is_banned(conn, case, person).await?
            || refusal::standing(conn, case, person).await?.is_some()
            || !(known || approach::in_force(conn, case).await?);
        if guarded {
            return Ok(false);
        }
    }
    Ok(true)
}
