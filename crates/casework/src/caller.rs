//! Whose appointment it is, for the room of places: what a list may call somebody of a case, for whoever reaches their
//! compartment. Nobody else learns that there is a case.

use crate::{Result, case, compartment, person};
use basics::{CaseId, CompartmentId};
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

/// Whether this colleague reaches that compartment of that case, recorded as a look at it. Whoever may not finds nothing.
pub async fn reach(
    tx: &mut Conn,
    session: &Session,
    case: CaseId,
    inside: CompartmentId,
) -> Result<()> {
    let (_, grant) = case::open(tx, session, case, Action::ReadCase).await?;
    compartment::open(tx, session, &grant, inside, Action::ReadCompartment)
        .await
        .map(drop)
}
