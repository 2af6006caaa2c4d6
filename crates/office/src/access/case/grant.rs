//! What whoever was let in holds: the face sheet of one case, and one compartment of it at a time.

use super::rule::{Compartments, Rights, reach_code, writes};
use super::{CompartmentKind, CompartmentRef, Reach, case_subject, compartment_subject};
use crate::access::{Action, may, refusal};
use crate::audit::{self, Actor, Entry};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::staff::Role;
use basics::{CaseId, CompartmentId, OfficeId};
use store::Conn;
use vault::{CompartmentKey, Narrative, OpeningKey, Place, Sealed, SymmetricKey};

/// The right to one case for one asker: its codes and dates, and its face sheet. Narrative lies in compartments, each of
/// which is asked for by itself ([`CaseGrant::compartment`]).
pub struct CaseGrant {
    pub(super) office: OfficeId,
    pub(super) case: CaseId,
    pub(super) actor: Actor,
    pub(super) role: Role,
    pub(super) rights: Rights,
    pub(super) records_key: SymmetricKey,
    pub(super) face_sheet: OpeningKey,
    pub(super) clock: basics::Clock,
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

    /// Whether the asker says who works on the case and who must not know of it: who leads the office, and who works on
    /// it for longer than a day of duty. Behind broken glass nobody does.
    pub fn settles_custody(&self) -> bool {
        self.leads() || (self.reach() == Reach::Assigned && !self.rights.only_on_duty)
    }

    /// Whether every compartment is in the asker's reach, those opened later too.
    pub fn reaches_all(&self) -> bool {
        self.rights.compartments == Compartments::Whole
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

    pub(super) fn reach_code(&self) -> String {
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

/// The key to one compartment, for one asker. Only `access::case` makes one, and only after the asking is recorded.
pub struct CompartmentGrant {
    pub(super) office: OfficeId,
    pub(super) case: CaseId,
    pub(super) compartment: CompartmentId,
    pub(super) kind: CompartmentKind,
    pub(super) actor: Actor,
    pub(super) key: OpeningKey,
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
