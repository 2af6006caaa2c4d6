//! Who may open which case, and which compartment of it.
//!
//! Access = role ∧ office ∧ assignment ∧ compartment ∧ ¬acquaintance (field/casework.md §F1). Kinship, a shared address
//! or a shared household grant nothing: they are not asked. A deny entry (知人回避) and being oneself one of the case's
//! people beat everything, break-glass included.
//!
//! One function decides ([`rule`]); what it lets somebody hold is a [`grant`], and for lists a [`scope`].

mod grant;
mod rule;
mod scope;

pub use grant::{CaseGrant, CompartmentGrant};
pub use rule::{CaseRef, CompartmentKind, CompartmentRef, Reach};
pub use scope::{CaseGrantInList, CaseScope, case_scope, letters_in_reach};

use super::{Action, absent_subject, may, refusal};
use crate::audit::{self, Actor};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::staff::Role;
use basics::{CaseId, CompartmentId};
use rule::{Compartments, Rights, facts, judge, reach_code, writes};
use store::Conn;
use vault::{CompartmentKey, OpeningKey, SymmetricKey};

/// Opens a case for a signed-in colleague, inside the transaction that does the thing, and records it there. Whoever may
/// not gets [`Error::NotFound`], the same as for a case that does not exist ([`absent_case`]).
pub async fn open_case(
    tx: &mut Conn,
    session: &Session,
    case: CaseRef<'_>,
    action: Action,
) -> Result<CaseGrant> {
    let judged = if case.office == session.office() {
        let facts = facts(tx, session, Some(case.id)).await?;
        judge_case(session, &facts, &case, action)
    } else {
        Err("other_office")
    };
    let (rights, records_key, face_sheet) = match judged {
        Ok(found) => found,
        Err(reason) => {
            let subject = case_subject(case.id);
            session
                .refusals()
                .note(refusal(session, action, &subject, reason));
            return Err(Error::NotFound);
        }
    };
    let grant = CaseGrant {
        office: case.office,
        case: case.id,
        actor: Actor::Staff(session.staff()),
        role: session.role(),
        rights,
        records_key,
        face_sheet,
        clock: session.clock().clone(),
    };
    audit::record(tx, &grant.entry(action.code()).because(grant.reach_code())).await?;
    Ok(grant)
}

fn judge_case(
    session: &Session,
    facts: &rule::Facts,
    case: &CaseRef<'_>,
    action: Action,
) -> Result<(Rights, SymmetricKey, OpeningKey), &'static str> {
    if !may(session.role(), action) {
        return Err("role");
    }
    let rights = judge(session.role(), facts, case.id)?;
    if matches!(rights.reach, Reach::BrokenGlass(_)) && !behind_glass(action) {
        return Err("reads_only");
    }
    if action == Action::AssignCase && rights.only_on_duty && session.role() != Role::Supervisor {
        return Err("only_on_duty");
    }
    let records_key = session.records_key().map_err(|_| "no_office_key")?;
    let face_sheet = records_key
        .open_compartment(case.wrapped_key, case.id.get())
        .map_err(|_| "key_does_not_fit")?;
    Ok((rights, records_key, face_sheet))
}

/// What may be done behind broken glass: look, write the staff's note about it, and step back.
fn behind_glass(action: Action) -> bool {
    matches!(
        action,
        Action::ReadCase
            | Action::ReadCompartment
            | Action::WriteNote
            | Action::BreakGlass
            | Action::DeclareAcquaintance
    )
}

/// What asking to break the glass comes to.
pub(super) enum Judged {
    /// The asker reaches the case anyhow.
    Reached(CaseId),
    /// The glass may be broken.
    MayBreak(CaseId),
    /// Not for this asker, or not there. The word is for the audit chain only.
    Refused(&'static str),
}

/// Judges whether the glass may be broken. For a case that is not there the same is asked and done.
pub(super) async fn judged_for_glass(
    tx: &mut Conn,
    session: &Session,
    case: Option<CaseRef<'_>>,
) -> Result<Judged> {
    let nowhere = CaseRef {
        office: session.office(),
        id: CaseId::from(0),
        wrapped_key: &[],
    };
    let asked = case.unwrap_or(nowhere);
    let facts = facts(tx, session, Some(asked.id)).await?;
    let no_key = session.records_key().is_err();
    Ok(if !may(session.role(), Action::BreakGlass) {
        Judged::Refused("role")
    } else if no_key {
        Judged::Refused("no_office_key")
    } else if case.is_none() {
        Judged::Refused("absent")
    } else if asked.office != session.office() {
        Judged::Refused("other_office")
    } else {
        match judge(session.role(), &facts, asked.id) {
            Ok(_) => Judged::Reached(asked.id),
            Err("not_assigned") => Judged::MayBreak(asked.id),
            Err(why) => Judged::Refused(why),
        }
    })
}

/// The grant of whoever opens a new case, whose key `face_sheet` is. They become its first worker (`custody::assign`)
/// in the same transaction. Returns the face sheet's wrapped key for the row.
pub async fn found_case(
    tx: &mut Conn,
    session: &Session,
    id: CaseId,
    face_sheet: &CompartmentKey,
) -> Result<(CaseGrant, Vec<u8>)> {
    let action = Action::OpenNewCase;
    if !may(session.role(), action) {
        session
            .refusals()
            .note(refusal(session, action, "", "role"));
        return Err(Error::NotFound);
    }
    let records_key = session.records_key()?;
    let wrapped = face_sheet.wrap_under(&records_key, id.get());
    let grant = CaseGrant {
        office: session.office(),
        case: id,
        actor: Actor::Staff(session.staff()),
        role: session.role(),
        rights: Rights {
            reach: Reach::Assigned,
            compartments: Compartments::Whole,
            only_on_duty: false,
        },
        face_sheet: records_key.open_compartment(&wrapped, id.get())?,
        records_key,
        clock: session.clock().clone(),
    };
    audit::record(tx, &grant.entry(action.code())).await?;
    Ok((grant, wrapped))
}

/// For a case that is not there: the asking is noted, and the answer is that of [`open_case`] to a stranger.
pub fn absent_case(session: &Session, id: CaseId, action: Action) -> Error {
    absent_subject(session, &case_subject(id), action)
}

/// For a compartment that is not there (or is of another case).
pub fn absent_compartment(session: &Session, id: CompartmentId, action: Action) -> Error {
    absent_subject(session, &compartment_subject(id), action)
}

/// Whether this colleague may know of a thread that became part of a case: for pages that show its codes and days only.
/// Records nothing; opening its words asks again.
pub async fn knows_of_letters(
    conn: &mut Conn,
    session: &Session,
    part_of: Option<(CaseId, CompartmentId, CompartmentKind)>,
) -> Result<bool> {
    let Some((case, compartment, kind)) = part_of else {
        return Ok(true);
    };
    let action = Action::ReadThread;
    let judged = reaches_letters(conn, session, case, compartment, kind, action).await?;
    Ok(judged.is_ok())
}

/// Whether this colleague may open letters of a compartment, and by what right (the code for the chain); for a thread
/// that became part of a case.
pub(super) async fn reaches_letters(
    tx: &mut Conn,
    session: &Session,
    case: CaseId,
    compartment: CompartmentId,
    kind: CompartmentKind,
    action: Action,
) -> Result<Result<String, &'static str>> {
    let facts = facts(tx, session, Some(case)).await?;
    Ok(judge(session.role(), &facts, case).and_then(|rights| {
        if !rights.compartments.hold(compartment) {
            Err("compartment")
        } else if action != Action::ReadThread && !writes(rights.reach, kind) {
            Err("reads_only")
        } else {
            Ok(reach_code(rights.reach))
        }
    }))
}

/// Whether this colleague works on the case or leads the office; broken glass is not enough.
pub(super) async fn reaches_case(
    tx: &mut Conn,
    session: &Session,
    case: CaseId,
) -> Result<Result<(), &'static str>> {
    if !may(session.role(), Action::ReadCase) {
        return Ok(Err("role"));
    }
    let facts = facts(tx, session, Some(case)).await?;
    Ok(
        judge(session.role(), &facts, case).and_then(|rights| match rights.reach {
            Reach::BrokenGlass(_) => Err("not_assigned"),
            Reach::Assigned | Reach::Leads => Ok(()),
        }),
    )
}

/// The cases that this colleague must not know of, for a page that is about everything that was done. Records nothing.
pub async fn barred_cases(conn: &mut Conn, session: &Session) -> Result<Vec<CaseId>> {
    let facts = facts(conn, session, None).await?;
    Ok(facts.denied.into_iter().collect())
}

/// How the audit chain names a case.
pub fn case_subject(id: CaseId) -> String {
    format!("case:{id}")
}

/// How the audit chain names a compartment.
pub fn compartment_subject(id: CompartmentId) -> String {
    format!("compartment:{id}")
}
