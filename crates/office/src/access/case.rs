//! Who may open which case, and which compartment of it.
//!
//! Access = role ∧ office ∧ assignment ∧ compartment ∧ ¬acquaintance (field/casework.md §F1). Kinship, a shared address
//! or a shared household grant nothing: they are not asked. A deny entry (知人回避) and being oneself one of the case's
//! people beat everything, break-glass included.
//!
//! One function decides ([`judge`]); lists, search, single cases, letters and counts all ask it.

use super::{Action, absent_subject, may, refusal};
use crate::audit::{self, Actor, Entry};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::staff::Role;
use basics::{CaseId, CompartmentId, OfficeId};
use std::collections::{BTreeMap, BTreeSet};
use store::{Conn, params};
use vault::{CompartmentKey, Narrative, OpeningKey, Place, Sealed, SymmetricKey};

/// What a compartment (守秘区画) is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CompartmentKind {
    /// 本人
    Principal,
    /// 家族: one person of the family.
    Family,
    /// 共同: spoken together; every party is a holder.
    Joint,
    /// 職員: the staff's working notes.
    Staff,
}

impl CompartmentKind {
    /// Every kind, in the order of the page.
    pub const ALL: [Self; 4] = [Self::Principal, Self::Family, Self::Joint, Self::Staff];

    /// The code in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Principal => "principal",
            Self::Family => "family",
            Self::Joint => "joint",
            Self::Staff => "staff",
        }
    }

    /// The word on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Principal => "本人",
            Self::Family => "家族",
            Self::Joint => "共同",
            Self::Staff => "職員",
        }
    }

    /// From the code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// What must be known of a case to decide who may open it.
#[derive(Clone, Copy, Debug)]
pub struct CaseRef<'a> {
    /// Whose it is.
    pub office: OfficeId,
    /// Which one.
    pub id: CaseId,
    /// The key of its face sheet (フェースシート: names, household, ways to reach people, flags), wrapped.
    pub wrapped_key: &'a [u8],
}

/// What must be known of a compartment to decide who may open it.
#[derive(Clone, Copy, Debug)]
pub struct CompartmentRef<'a> {
    /// Of which case.
    pub case: CaseId,
    /// Which one.
    pub id: CompartmentId,
    /// What for.
    pub kind: CompartmentKind,
    /// Its key, wrapped.
    pub wrapped_key: &'a [u8],
}

/// By what right somebody reaches a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// As one of those who work on it.
    Assigned,
    /// As the one who leads the office: reads everything, writes the face sheet and the staff's notes.
    Leads,
    /// By breaking the glass (緊急の閲覧); reads what was opened, writes staff's notes. With its identifier.
    BrokenGlass(i64),
}

/// Which compartments a right reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Compartments {
    Whole,
    Only(BTreeSet<CompartmentId>),
}

impl Compartments {
    fn hold(&self, id: CompartmentId) -> bool {
        match self {
            Self::Whole => true,
            Self::Only(listed) => listed.contains(&id),
        }
    }

    fn add(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Whole, _) => {}
            (_, Self::Whole) => *self = Self::Whole,
            (Self::Only(mine), Self::Only(more)) => mine.extend(more),
        }
    }
}

/// One colleague's rights in one case, as they are now.
#[derive(Clone, Debug)]
struct Rights {
    reach: Reach,
    compartments: Compartments,
}

/// All that is needed to judge one colleague: facts of custody, read once a request.
struct Facts {
    denied: BTreeSet<CaseId>,
    assigned: BTreeMap<CaseId, Compartments>,
    broken: BTreeMap<CaseId, (i64, Compartments)>,
}

/// The whole rule. Everything else in here only gathers facts for it.
fn judge(role: Role, facts: &Facts, case: CaseId) -> Result<Rights, &'static str> {
    if facts.denied.contains(&case) {
        return Err("acquainted");
    }
    if let Some(compartments) = facts.assigned.get(&case) {
        return Ok(Rights {
            reach: Reach::Assigned,
            compartments: compartments.clone(),
        });
    }
    if role == Role::Supervisor {
        return Ok(Rights {
            reach: Reach::Leads,
            compartments: Compartments::Whole,
        });
    }
    match facts.broken.get(&case) {
        Some((id, compartments)) => Ok(Rights {
            reach: Reach::BrokenGlass(*id),
            compartments: compartments.clone(),
        }),
        None => Err("not_assigned"),
    }
}

/// The facts about this colleague, for one case or (`None`) for all of them.
async fn facts(tx: &mut Conn, session: &Session, one: Option<CaseId>) -> Result<Facts> {
    let staff = session.staff().get();
    let now = session.clock().now_micros();
    // One case or all: `case_id BETWEEN` keeps one SQL text for both.
    let (low, high) = one.map_or((i64::MIN, i64::MAX), |case| (case.get(), case.get()));
    let denied: Vec<(i64,)> = tx
        .all(
            "SELECT case_id FROM deny_entry WHERE staff_id = $1 AND lifted_at IS NULL AND case_id BETWEEN $2 AND $3 \
             UNION SELECT c.case_id FROM case_circle c JOIN staff_person p ON p.person_id = c.person_id \
             WHERE p.staff_id = $4 AND c.case_id BETWEEN $5 AND $6",
            params![staff, low, high, staff, low, high],
        )
        .await?;
    let assigned: Vec<(i64, bool, Option<i64>)> = tx
        .all(
            "SELECT a.case_id, a.whole, l.compartment_id FROM assignment a \
             LEFT JOIN assignment_compartment l ON l.assignment_id = a.id \
             WHERE a.staff_id = $1 AND a.case_id BETWEEN $2 AND $3 AND a.kind <> 'peer' \
             AND a.from_at <= $4 AND (a.until_at IS NULL OR a.until_at > $5)",
            params![staff, low, high, now, now],
        )
        .await?;
    let broken: Vec<(i64, i64, Option<i64>)> = tx
        .all(
            "SELECT b.case_id, b.id, l.compartment_id FROM break_glass b \
             LEFT JOIN break_glass_compartment l ON l.break_glass_id = b.id \
             WHERE b.staff_id = $1 AND b.case_id BETWEEN $2 AND $3 AND b.from_at <= $4 AND b.until_at > $5",
            params![staff, low, high, now, now],
        )
        .await?;
    let mut facts = Facts {
        denied: denied.into_iter().map(|(case,)| case.into()).collect(),
        assigned: BTreeMap::new(),
        broken: BTreeMap::new(),
    };
    for (case, whole, compartment) in assigned {
        let more = if whole {
            Compartments::Whole
        } else {
            Compartments::Only(compartment.map(CompartmentId::from).into_iter().collect())
        };
        facts
            .assigned
            .entry(case.into())
            .or_insert_with(|| Compartments::Only(BTreeSet::new()))
            .add(more);
    }
    for (case, id, compartment) in broken {
        let entry = facts
            .broken
            .entry(case.into())
            .or_insert_with(|| (id, Compartments::Only(BTreeSet::new())));
        let more = compartment.map(CompartmentId::from).into_iter().collect();
        entry.1.add(Compartments::Only(more));
    }
    Ok(facts)
}

/// The right to one case for one asker: its codes and dates, and its face sheet. Narrative lies in compartments, each of
/// which is asked for by itself ([`CaseGrant::compartment`]).
pub struct CaseGrant {
    office: OfficeId,
    case: CaseId,
    actor: Actor,
    role: Role,
    rights: Rights,
    records_key: SymmetricKey,
    face_sheet: OpeningKey,
    clock: basics::Clock,
}

impl CaseGrant {
    /// Whose case.
    pub fn office(&self) -> OfficeId {
        self.office
    }

    /// Which case.
    pub fn case(&self) -> CaseId {
        self.case
    }

    /// Who asked.
    pub fn actor(&self) -> Actor {
        self.actor
    }

    /// Whether the asker leads the office, whether or not they also work on the case.
    pub fn leads(&self) -> bool {
        self.role == Role::Supervisor
    }

    /// By what right.
    pub fn reach(&self) -> Reach {
        self.rights.reach
    }

    /// The clock by which it is recorded.
    pub fn clock(&self) -> &basics::Clock {
        &self.clock
    }

    /// In what role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Opens one sealed thing of the face sheet.
    pub fn open<T: Narrative>(&self, sealed: &Sealed<T>, place: &Place) -> Result<T> {
        Ok(sealed.open(&self.face_sheet, place)?)
    }

    /// Seals one thing into the face sheet.
    pub fn seal<T: Narrative>(&self, place: &Place, value: &T) -> Sealed<T> {
        self.face_sheet.sealing().seal(place, value)
    }

    /// An audit entry about this case, by this asker.
    pub fn entry(&self, action: &'static str) -> Entry {
        Entry::done(
            self.office,
            self.actor,
            action,
            case_subject(self.case),
            self.clock.now(),
        )
    }

    /// Whether this asker may open the compartment at all; for showing or hiding a tab. Opening it asks again.
    pub fn reaches(&self, compartment: CompartmentId) -> bool {
        self.rights.compartments.hold(compartment)
    }

    /// Whether this asker may write into the compartment; for showing or hiding a form.
    pub fn may_write(&self, compartment: CompartmentId, kind: CompartmentKind) -> bool {
        may(self.role, Action::WriteNote)
            && self.reaches(compartment)
            && writes(self.rights.reach, kind)
    }

    /// The key of a compartment that is being made: wrapped for the office's records.
    pub fn wrap_new(&self, key: &CompartmentKey, id: CompartmentId) -> Vec<u8> {
        key.wrap_under(&self.records_key, id.get())
    }

    /// Opens one compartment of this case and records it. Absent and forbidden are one answer.
    pub async fn compartment(
        &self,
        tx: &mut Conn,
        session: &Session,
        compartment: CompartmentRef<'_>,
        action: Action,
    ) -> Result<CompartmentGrant> {
        match self.judge_compartment(session, &compartment, action) {
            Ok(key) => {
                let subject = compartment_subject(compartment.id);
                let entry = Entry::done(
                    self.office,
                    self.actor,
                    action.code(),
                    subject,
                    self.clock.now(),
                );
                audit::record(tx, &entry.because(self.reach_code())).await?;
                Ok(self.grant_with(&compartment, key))
            }
            Err(reason) => {
                session.refusals().note(refusal(
                    session,
                    action,
                    &compartment_subject(compartment.id),
                    reason,
                ));
                Err(Error::NotFound)
            }
        }
    }

    fn judge_compartment(
        &self,
        session: &Session,
        compartment: &CompartmentRef<'_>,
        action: Action,
    ) -> Result<OpeningKey, &'static str> {
        if compartment.case != self.case {
            return Err("other_case");
        }
        if !may(session.role(), action) {
            return Err("role");
        }
        if !self.reaches(compartment.id) {
            return Err("compartment");
        }
        if action.writes() && !writes(self.rights.reach, compartment.kind) {
            return Err("reads_only");
        }
        self.records_key
            .open_compartment(compartment.wrapped_key, compartment.id.get())
            .map_err(|_| "key_does_not_fit")
    }

    fn grant_with(&self, compartment: &CompartmentRef<'_>, key: OpeningKey) -> CompartmentGrant {
        CompartmentGrant {
            office: self.office,
            case: self.case,
            compartment: compartment.id,
            kind: compartment.kind,
            actor: self.actor,
            key,
        }
    }

    fn reach_code(&self) -> String {
        reach_code(self.rights.reach)
    }
}

impl std::fmt::Debug for CaseGrant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CaseGrant")
            .field("case", &self.case)
            .field("reach", &self.rights.reach)
            .finish_non_exhaustive()
    }
}

/// By what right, as a code for the chain.
fn reach_code(reach: Reach) -> String {
    match reach {
        Reach::Assigned => String::new(),
        Reach::Leads => "reach=leads".to_owned(),
        Reach::BrokenGlass(id) => format!("break_glass={id}"),
    }
}

/// What a right may write: those who work on a case everything, everybody else the staff's notes.
fn writes(reach: Reach, kind: CompartmentKind) -> bool {
    reach == Reach::Assigned || kind == CompartmentKind::Staff
}

/// The key to one compartment, for one asker. Only this module makes one, and only after the asking is recorded.
pub struct CompartmentGrant {
    office: OfficeId,
    case: CaseId,
    compartment: CompartmentId,
    kind: CompartmentKind,
    actor: Actor,
    key: OpeningKey,
}

impl CompartmentGrant {
    /// Opens one sealed thing of this compartment.
    pub fn open<T: Narrative>(&self, sealed: &Sealed<T>, place: &Place) -> Result<T> {
        Ok(sealed.open(&self.key, place)?)
    }

    /// Seals one thing into this compartment.
    pub fn seal<T: Narrative>(&self, place: &Place, value: &T) -> Sealed<T> {
        self.key.sealing().seal(place, value)
    }

    /// Lets `look` see one sealed thing, without copying it; the buffer is wiped afterwards.
    pub fn peek<R>(
        &self,
        sealed: &[u8],
        place: &Place,
        look: impl FnOnce(&[u8]) -> R,
    ) -> Result<R> {
        Ok(self.key.peek(sealed, place, look)?)
    }

    /// Whose.
    pub fn office(&self) -> OfficeId {
        self.office
    }

    /// Of which case.
    pub fn case(&self) -> CaseId {
        self.case
    }

    /// Which compartment.
    pub fn compartment(&self) -> CompartmentId {
        self.compartment
    }

    /// What for.
    pub fn kind(&self) -> CompartmentKind {
        self.kind
    }

    /// Who asked.
    pub fn actor(&self) -> Actor {
        self.actor
    }
}

impl std::fmt::Debug for CompartmentGrant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CompartmentGrant")
            .field("compartment", &self.compartment)
            .finish_non_exhaustive()
    }
}

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
    facts: &Facts,
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
        },
        face_sheet: records_key.open_compartment(&wrapped, id.get())?,
        records_key,
        clock: session.clock().clone(),
    };
    audit::record(tx, &grant.entry(action.code())).await?;
    Ok((grant, wrapped))
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

/// How the audit chain names a case.
pub fn case_subject(id: CaseId) -> String {
    format!("case:{id}")
}

/// How the audit chain names a compartment.
pub fn compartment_subject(id: CompartmentId) -> String {
    format!("compartment:{id}")
}

/// What only this colleague's own sign-in opens: drafts. Nobody else can ask for it, so nobody is asked.
pub struct Drawer {
    key: SymmetricKey,
}

impl Drawer {
    /// The drawer of a signed-in colleague.
    pub fn of(session: &Session) -> Self {
        Self {
            key: session.drawer_key(),
        }
    }

    /// Seals a draft for its place.
    pub fn seal(&self, place: &str, text: &str) -> Vec<u8> {
        self.key.seal(place.as_bytes(), text.as_bytes())
    }

    /// Opens a draft; `None` when it is somebody else's, or damaged.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Option<String> {
        let bytes = self.key.open(place.as_bytes(), sealed).ok()?;
        String::from_utf8(bytes.to_vec()).ok()
    }
}
