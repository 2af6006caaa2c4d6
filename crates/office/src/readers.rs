//! Who will be able to read what is about to be written: said to the writer before they write. Decides nothing; the
//! deciding is done by [`crate::access`], by the same facts.

use crate::access::CaseGrant;
use crate::error::Result;
use basics::{Clock, CompartmentId, StaffId};
use std::collections::BTreeSet;
use store::{Conn, params};

/// One colleague who reaches a case now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// Who.
    pub staff: StaffId,
    /// Their name.
    pub name: String,
    /// As the one who leads the office, not as one who works on it.
    pub leads: bool,
    /// The compartments in reach; `None`: all, later ones too.
    pub only: Option<BTreeSet<CompartmentId>>,
}

impl Reader {
    /// Whether they reach this compartment; `None`: one that is yet to be made.
    pub fn reaches(&self, compartment: Option<CompartmentId>) -> bool {
        match (&self.only, compartment) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(only), Some(one)) => only.contains(&one),
        }
    }
}

/// Everybody who reaches something of this case now: those who work on it, then those who lead the office. Who is barred
/// from it is not among them; who broke the glass for some hours is not named beforehand.
pub async fn of_case(conn: &mut Conn, grant: &CaseGrant, clock: &Clock) -> Result<Vec<Reader>> {
    let case = grant.case().get();
    let now = clock.now_micros();
    let barred: Vec<(i64,)> = conn
        .all(
            "SELECT staff_id FROM deny_entry WHERE case_id = $1 AND lifted_at IS NULL \
             UNION SELECT p.staff_id FROM case_circle c JOIN staff_person p ON p.person_id = c.person_id WHERE c.case_id = $2",
            params![case, case],
        )
        .await?;
    let barred: BTreeSet<i64> = barred.into_iter().map(|(staff,)| staff).collect();
    let working: Vec<(i64, String, bool, Option<i64>)> = conn
        .all(
            "SELECT a.staff_id, s.name, a.whole, l.compartment_id FROM assignment a JOIN staff s ON s.id = a.staff_id \
             LEFT JOIN assignment_compartment l ON l.assignment_id = a.id \
             WHERE a.case_id = $1 AND a.kind <> 'peer' AND a.from_at <= $2 AND (a.until_at IS NULL OR a.until_at > $3) \
             AND s.active = 1 ORDER BY CASE a.kind WHEN 'main' THEN 0 WHEN 'sub' THEN 1 ELSE 2 END, a.from_at, a.id",
            params![case, now, now],
        )
        .await?;
    let leading: Vec<(i64, String)> = conn
        .all(
            "SELECT id, name FROM staff WHERE office_id = $1 AND role = 'supervisor' AND active = 1 ORDER BY name, id",
            params![grant.office().get()],
        )
        .await?;
    let mut readers: Vec<Reader> = Vec::new();
    for (staff, name, whole, compartment) in working {
        let staff = StaffId::from(staff);
        let known = readers.iter().position(|one| one.staff == staff);
        let at = known.unwrap_or(readers.len());
        if known.is_none() {
            readers.push(Reader {
                staff,
                name,
                leads: false,
                only: Some(BTreeSet::new()),
            });
        }
        if whole {
            readers[at].only = None;
        } else if let (Some(only), Some(one)) = (&mut readers[at].only, compartment) {
            only.insert(one.into());
        }
    }
    for (staff, name) in leading {
        let staff = StaffId::from(staff);
        if !readers.iter().any(|one| one.staff == staff) {
            readers.push(Reader {
                staff,
                name,
                leads: true,
                only: None,
            });
        }
    }
    readers.retain(|one| !barred.contains(&one.staff.get()));
    Ok(readers)
}
