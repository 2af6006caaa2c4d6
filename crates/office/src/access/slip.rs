//! Slips of bookings: what somebody without a name wrote when they booked a gathering or an appointment. Read by those
//! who run the gathering, and for appointments by those who keep them; a peer host counts heads and opens no slip.

use super::{Action, may, refusal};
use crate::audit::{self, Actor, Entry};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::staff::Role;
use basics::{OfficeId, StaffId};
use store::Conn;
use vault::{CompartmentKey, Narrative, Place, PrivateKey, Sealed};

/// What slips were written for, as far as it decides who may read them.
#[derive(Clone, Copy, Debug)]
pub enum KeptFor<'a> {
    /// A gathering, with those who run it.
    Gathering {
        /// Which one.
        id: i64,
        /// Who runs it.
        hosts: &'a [StaffId],
    },
    /// Appointments: one, or a day's.
    Appointments {
        /// How the audit chain names what was looked at: `appointment:7`, `day:2026-11-24`.
        subject: &'a str,
    },
}

impl KeptFor<'_> {
    fn subject(&self) -> String {
        match self {
            Self::Gathering { id, .. } => format!("gathering:{id}"),
            Self::Appointments { subject } => (*subject).to_owned(),
        }
    }
}

/// Whether this colleague runs a gathering with these hosts: as one of them, or as who leads the office.
pub fn may_run(session: &Session, office: OfficeId, hosts: &[StaffId]) -> bool {
    session.office() == office
        && may(session.role(), Action::RunGathering)
        && (session.role() == Role::Supervisor || hosts.contains(&session.staff()))
}

/// The right to read the slips that were asked for.
pub struct SlipKeys<'a> {
    key: &'a PrivateKey,
}

impl SlipKeys<'_> {
    /// Opens one sealed thing of one slip.
    pub fn open<T: Narrative>(
        &self,
        wrapped_key: &[u8],
        slip: i64,
        sealed: &Sealed<T>,
        place: &Place,
    ) -> Result<T> {
        let key = self.key.open_compartment(wrapped_key, slip)?;
        Ok(sealed.open(&key, place)?)
    }
}

/// Opens the slips of one gathering, one appointment or one day, and records it as one row. Whoever may not finds
/// nothing, and the refusal is in the chain.
pub async fn open_slips<'s>(
    tx: &mut Conn,
    session: &'s Session,
    office: OfficeId,
    kept_for: KeptFor<'_>,
    action: Action,
) -> Result<SlipKeys<'s>> {
    match judge(session, office, &kept_for, action) {
        Ok(key) => {
            let (actor, now) = (Actor::Staff(session.staff()), session.clock().now());
            let entry = Entry::done(office, actor, action.code(), kept_for.subject(), now);
            audit::record(tx, &entry).await?;
            Ok(SlipKeys { key })
        }
        Err(reason) => {
            session
                .refusals()
                .note(refusal(session, action, &kept_for.subject(), reason));
            Err(Error::NotFound)
        }
    }
}

fn judge<'s>(
    session: &'s Session,
    office: OfficeId,
    kept_for: &KeptFor<'_>,
    action: Action,
) -> Result<&'s PrivateKey, &'static str> {
    if office != session.office() {
        return Err("other_office");
    }
    if !may(session.role(), action) || session.role() == Role::Peer {
        return Err("role");
    }
    if let KeptFor::Gathering { hosts, .. } = kept_for
        && !may_run(session, office, hosts)
    {
        return Err("not_host");
    }
    session.office_key().map_err(|_| "no_office_key")
}

/// Opens what a colleague wrote themself, with their own sign-in: a peer's own note. Whoever else asks has no key.
pub fn open_own<T: Narrative>(
    session: &Session,
    wrapped_key: &[u8],
    row: i64,
    sealed: &Sealed<T>,
    place: &Place,
) -> Result<T> {
    let key = session.own_key().open_compartment(wrapped_key, row)?;
    Ok(sealed.open(&key, place)?)
}

/// Wraps the key of what a colleague writes for themself, so that [`open_own`] opens it.
pub fn wrap_for_own(session: &Session, key: &CompartmentKey, row: i64) -> Result<Vec<u8>> {
    Ok(key.wrap_for(&session.own_key().public(), row)?)
}
