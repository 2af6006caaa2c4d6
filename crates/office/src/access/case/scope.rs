//! What one colleague may see of all cases of their office: lists, counts and search are narrowed before they are ranked.

use super::rule::{Compartments, Facts, facts, judge};
use super::{CaseRef, CompartmentGrant, CompartmentRef, Reach};
use crate::access::{Action, may, refusal};
use crate::audit::{self, Actor, Entry};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::staff::Role;
use basics::{CaseId, CompartmentId, OfficeId};
use std::collections::BTreeSet;
use store::Conn;
use vault::{Narrative, OpeningKey, Place, Sealed, SymmetricKey};

/// What one colleague may open of all cases of their office, for lists, counts and search.
pub struct CaseScope {
    office: OfficeId,
    role: Role,
    actor: Actor,
    facts: Facts,
    records_key: SymmetricKey,
}

impl CaseScope {
    /// Whose cases.
    pub fn office(&self) -> OfficeId {
        self.office
    }

    /// Who asked.
    pub fn actor(&self) -> Actor {
        self.actor
    }

    /// Whether this colleague leads the office.
    pub fn leads(&self) -> bool {
        self.role == Role::Supervisor
    }

    /// Whether this colleague may know of the case.
    pub fn sees(&self, case: CaseId) -> bool {
        judge(self.role, &self.facts, case).is_ok()
    }

    /// Whether a compartment of the case is in this colleague's reach; for counting what waits in it.
    pub fn reaches(&self, case: CaseId, compartment: CompartmentId) -> bool {
        judge(self.role, &self.facts, case)
            .is_ok_and(|rights| rights.compartments.hold(compartment))
    }

    /// Whether this colleague works on the case themself.
    pub fn works_on(&self, case: CaseId) -> bool {
        judge(self.role, &self.facts, case).is_ok_and(|rights| rights.reach == Reach::Assigned)
    }

    /// The scope as a condition over a column of case identifiers, so that a list is narrowed before it is ranked or
    /// counted. Holds nothing but numbers.
    pub fn sql(&self, column: &str) -> String {
        let list = |cases: &mut dyn Iterator<Item = CaseId>| {
            let ids: Vec<String> = cases.map(|case| case.get().to_string()).collect();
            if ids.is_empty() {
                "-1".to_owned()
            } else {
                ids.join(", ")
            }
        };
        if self.role == Role::Supervisor {
            let denied = list(&mut self.facts.denied.iter().copied());
            return format!("{column} NOT IN ({denied})");
        }
        let known: BTreeSet<CaseId> = self
            .facts
            .assigned
            .keys()
            .chain(self.facts.broken.keys())
            .copied()
            .filter(|case| self.sees(*case))
            .collect();
        format!("{column} IN ({})", list(&mut known.into_iter()))
    }

    /// The cases the colleague works on themself.
    pub fn own(&self) -> Vec<CaseId> {
        let assigned = self.facts.assigned.keys().copied();
        assigned.filter(|case| self.works_on(*case)).collect()
    }

    /// [`CaseScope::sql`] narrowed to [`CaseScope::own`]: for what is theirs to do.
    pub fn own_sql(&self, column: &str) -> String {
        let mine: Vec<String> = self
            .own()
            .iter()
            .map(|case| case.get().to_string())
            .collect();
        let list = if mine.is_empty() {
            "-1".to_owned()
        } else {
            mine.join(", ")
        };
        format!("{column} IN ({list})")
    }

    /// An audit entry by whoever asked for the scope.
    pub fn entry(&self, action: &'static str, now: jiff::Timestamp) -> Entry {
        Entry::done(self.office, self.actor, action, "", now)
    }

    /// What was typed as a keyed fingerprint: the same words give the same one in the same office, and without the
    /// office's keys nobody finds out which words (inv. 19).
    pub fn fingerprint(&self, words: &str) -> String {
        let mac = self.records_key.branch("search term").mac(words.as_bytes());
        data_encoding::HEXLOWER.encode(&mac[..12])
    }

    /// The face sheet of a case in scope. The asking for the scope is what was recorded.
    pub fn face_sheet(&self, case: CaseRef<'_>) -> Option<CaseGrantInList> {
        judge(self.role, &self.facts, case.id).ok()?;
        let key = self
            .records_key
            .open_compartment(case.wrapped_key, case.id.get())
            .ok()?;
        Some(CaseGrantInList { key })
    }

    /// A compartment in scope, for a search or a list. The asking for the scope is what was recorded.
    pub fn compartment(&self, compartment: CompartmentRef<'_>) -> Option<CompartmentGrant> {
        let rights = judge(self.role, &self.facts, compartment.case).ok()?;
        if !rights.compartments.hold(compartment.id) {
            return None;
        }
        let key = self
            .records_key
            .open_compartment(compartment.wrapped_key, compartment.id.get())
            .ok()?;
        Some(CompartmentGrant {
            office: self.office,
            case: compartment.case,
            compartment: compartment.id,
            kind: compartment.kind,
            actor: self.actor,
            key,
        })
    }
}

/// The face sheet of one case in a list: opens, and can do nothing else.
pub struct CaseGrantInList {
    key: OpeningKey,
}

impl CaseGrantInList {
    /// Lets `look` see one sealed thing, without copying it.
    pub fn peek<R>(
        &self,
        sealed: &[u8],
        place: &Place,
        look: impl FnOnce(&[u8]) -> R,
    ) -> Result<R> {
        Ok(self.key.peek(sealed, place, look)?)
    }

    /// Opens one sealed thing of the face sheet.
    pub fn open<T: Narrative>(&self, sealed: &Sealed<T>, place: &Place) -> Result<T> {
        Ok(sealed.open(&self.key, place)?)
    }
}

/// What this colleague may see of all cases of their office. One row in the chain.
pub async fn case_scope(tx: &mut Conn, session: &Session, action: Action) -> Result<CaseScope> {
    if !may(session.role(), action) {
        session
            .refusals()
            .note(refusal(session, action, "", "role"));
        return Err(Error::NotFound);
    }
    let scope = quiet_scope(tx, session).await?;
    let entry = Entry::done(
        session.office(),
        scope.actor,
        action.code(),
        "",
        session.clock().now(),
    );
    audit::record(tx, &entry).await?;
    Ok(scope)
}

async fn quiet_scope(tx: &mut Conn, session: &Session) -> Result<CaseScope> {
    Ok(CaseScope {
        office: session.office(),
        role: session.role(),
        actor: Actor::Staff(session.staff()),
        facts: facts(tx, session, None).await?,
        records_key: session.records_key()?,
    })
}

/// Which threads a list at the desk may show: those of no case, and those of compartments in this colleague's reach. A
/// condition over `column` (`case_id`, with or without a table before it) and the `compartment_id` beside it. Records
/// nothing: codes and counts only.
pub async fn letters_in_reach(conn: &mut Conn, session: &Session, column: &str) -> Result<String> {
    if session.records_key().is_err() {
        return Ok(format!("{column} IS NULL"));
    }
    let scope = quiet_scope(conn, session).await?;
    let mut listed = BTreeSet::new();
    let mut partly = Vec::new();
    for case in scope.facts.assigned.keys().chain(scope.facts.broken.keys()) {
        let Ok(rights) = judge(scope.role, &scope.facts, *case) else {
            continue;
        };
        if let Compartments::Only(compartments) = rights.compartments {
            partly.push(case.get().to_string());
            listed.extend(compartments.into_iter().map(CompartmentId::get));
        }
    }
    let cases = scope.sql(column);
    if partly.is_empty() {
        return Ok(format!("({column} IS NULL OR {cases})"));
    }
    let compartment = column.replace("case_id", "compartment_id");
    let listed: Vec<String> = listed.iter().map(i64::to_string).collect();
    let listed = if listed.is_empty() {
        "-1".to_owned()
    } else {
        listed.join(", ")
    };
    Ok(format!(
        "({column} IS NULL OR ({cases} AND ({column} NOT IN ({}) OR {compartment} IN ({listed}))))",
        partly.join(", ")
    ))
}
