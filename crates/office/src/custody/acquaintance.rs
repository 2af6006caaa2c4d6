//! 知人回避: who must not know of a case, because they know the family or are one of them. Beats every grant.

use super::assignment::actor_staff;
use super::notice::{self, NoticeKind};
use crate::access::CaseGrant;
use crate::audit;
use crate::error::{Error, Result};
use crate::staff::{self, Role, Staff};
use basics::{CaseId, Clock, OfficeId, PersonId, StaffId, new_id, time::from_micros};
use jiff::Timestamp;
use store::{Conn, params};

/// How the colleague knows the family. A code: who they are to each other is nobody's to write down here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Acquaintance {
    /// 親族
    Kin,
    /// 近所・同じ地域
    Neighbour,
    /// 友人・知人
    Friend,
    /// 学校・職場
    SchoolOrWork,
    /// Said without more.
    Unsaid,
}

impl Acquaintance {
    /// Every reason, in the order a form offers them.
    pub const ALL: [Self; 5] = [
        Self::Kin,
        Self::Neighbour,
        Self::Friend,
        Self::SchoolOrWork,
        Self::Unsaid,
    ];

    /// The code in the database and in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Kin => "kin",
            Self::Neighbour => "neighbour",
            Self::Friend => "friend",
            Self::SchoolOrWork => "school_or_work",
            Self::Unsaid => "unsaid",
        }
    }

    /// The word on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Kin => "親族",
            Self::Neighbour => "近所・同じ地域",
            Self::Friend => "友人・知人",
            Self::SchoolOrWork => "学校・職場のつながり",
            Self::Unsaid => "理由は言わない",
        }
    }

    /// From the code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// A colleague who must not know of the case.
#[derive(Clone, Debug)]
pub struct Denied {
    /// Its identifier.
    pub id: i64,
    /// Who.
    pub staff: StaffId,
    /// Their name.
    pub name: String,
    /// Why, as a code.
    pub reason: Acquaintance,
    /// Since when.
    pub since: Timestamp,
}

/// A person belongs to the case. Grants nothing to anybody; bars a colleague who is that person.
pub async fn belongs(tx: &mut Conn, case: CaseId, person: PersonId) -> Result<()> {
    tx.exec(
        "INSERT INTO case_circle (case_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        params![case.get(), person.get()],
    )
    .await?;
    Ok(())
}

/// A person no longer belongs to the case: a link between two cases was undone. Only for who came by a link.
pub async fn no_longer_belongs(tx: &mut Conn, case: CaseId, person: PersonId) -> Result<()> {
    tx.exec(
        "DELETE FROM case_circle WHERE case_id = $1 AND person_id = $2",
        params![case.get(), person.get()],
    )
    .await?;
    Ok(())
}

/// Whether a colleague must not know of the case.
pub async fn is_barred(conn: &mut Conn, case: CaseId, staff: StaffId) -> Result<bool> {
    let (n,): (i64,) = conn
        .one(
            "SELECT (SELECT COUNT(*) FROM deny_entry WHERE case_id = $1 AND staff_id = $2 AND lifted_at IS NULL) \
             + (SELECT COUNT(*) FROM case_circle c JOIN staff_person p ON p.person_id = c.person_id \
             WHERE c.case_id = $3 AND p.staff_id = $4)",
            params![case.get(), staff.get(), case.get(), staff.get()],
        )
        .await?;
    Ok(n > 0)
}

/// Declares that a colleague must not know of the case: anybody who reaches it for themself; who works on it (for longer
/// than a day of duty) or leads the office for another. From this moment the case does not exist for that colleague.
pub async fn declare(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    colleague: StaffId,
    reason: Acquaintance,
) -> Result<()> {
    let oneself = grant.actor() == audit::Actor::Staff(colleague);
    if !oneself && !grant.settles_custody() {
        return Err(Error::NotFound);
    }
    staff::one(tx, grant.office(), colleague).await?;
    let known: Option<(i64,)> = tx
        .first(
            "SELECT id FROM deny_entry WHERE case_id = $1 AND staff_id = $2 AND lifted_at IS NULL",
            params![grant.case().get(), colleague.get()],
        )
        .await?;
    if known.is_none() {
        tx.exec(
            "INSERT INTO deny_entry (id, office_id, case_id, staff_id, reason, set_by, set_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            params![
                new_id(clock),
                grant.office().get(),
                grant.case().get(),
                colleague.get(),
                reason.code(),
                actor_staff(grant),
                clock.now_micros()
            ],
        )
        .await?;
    }
    end_everything(tx, grant, clock, colleague).await?;
    let detail = format!("staff={colleague},reason={}", reason.code());
    audit::record(tx, &grant.entry("case.acquaintance").because(detail)).await
}

/// Lifts it, when it was a mistake. The colleague concerned cannot: the case does not exist for them, so they hold no
/// grant. Nothing that ended comes back by itself.
pub async fn lift(tx: &mut Conn, grant: &CaseGrant, clock: &Clock, id: i64) -> Result<()> {
    if !grant.settles_custody() {
        return Err(Error::NotFound);
    }
    let lifted = tx
        .exec(
            "UPDATE deny_entry SET lifted_by = $1, lifted_at = $2 \
             WHERE id = $3 AND case_id = $4 AND lifted_at IS NULL AND staff_id <> $5",
            params![
                actor_staff(grant),
                clock.now_micros(),
                id,
                grant.case().get(),
                actor_staff(grant)
            ],
        )
        .await?;
    if lifted == 0 {
        return Err(Error::NotFound);
    }
    let entry = grant.entry("case.acquaintance_lifted");
    audit::record(tx, &entry.because(format!("entry={id}"))).await
}

/// Who must not know of the case, by declaration; for the page of those who do.
pub async fn denied(conn: &mut Conn, grant: &CaseGrant) -> Result<Vec<Denied>> {
    let rows: Vec<(i64, i64, String, String, i64)> = conn
        .all(
            "SELECT d.id, d.staff_id, s.name, d.reason, d.set_at FROM deny_entry d JOIN staff s ON s.id = d.staff_id \
             WHERE d.case_id = $1 AND d.lifted_at IS NULL ORDER BY d.set_at, d.id",
            params![grant.case().get()],
        )
        .await?;
    rows.into_iter()
        .map(|(id, staff, name, reason, since)| {
            Ok(Denied {
                id,
                staff: staff.into(),
                name,
                reason: Acquaintance::from_code(&reason)
                    .ok_or(Error::Damaged("deny_entry.reason"))?,
                since: from_micros(since),
            })
        })
        .collect()
}

/// Who can approve for this case: the supervisors for whom it exists. When the only one is the family's cousin, nobody:
/// the page says so plainly.
pub async fn approvers(conn: &mut Conn, office: OfficeId, case: CaseId) -> Result<Vec<Staff>> {
    let mut able = Vec::new();
    for one in staff::list(conn, office).await? {
        let leads = one.active && one.holds_office_key && one.role == Role::Supervisor;
        if leads && !is_barred(conn, case, one.id).await? {
            able.push(one);
        }
    }
    Ok(able)
}

/// A supervisor says that a colleague (a peer supporter, often) is one of the case's people. Whatever their role, this
/// case does not exist for them at the desk; their own return code opens their own letters as before.
pub async fn link_colleague(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    colleague: StaffId,
    person: PersonId,
) -> Result<()> {
    leads(grant)?;
    staff::one(tx, grant.office(), colleague).await?;
    let (belongs,): (i64,) = tx
        .one(
            "SELECT COUNT(*) FROM case_circle WHERE case_id = $1 AND person_id = $2",
            params![grant.case().get(), person.get()],
        )
        .await?;
    if belongs == 0 {
        return Err(Error::NotFound);
    }
    tx.exec(
        "INSERT INTO staff_person (staff_id, person_id, linked_by, linked_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        params![colleague.get(), person.get(), actor_staff(grant), clock.now_micros()],
    )
    .await?;
    end_everything(tx, grant, clock, colleague).await?;
    let detail = format!("staff={colleague},person={person}");
    audit::record(tx, &grant.entry("case.colleague_linked").because(detail)).await
}

/// Undoes [`link_colleague`], from a case to which the person belongs; never by the colleague concerned.
pub async fn unlink_colleague(
    tx: &mut Conn,
    grant: &CaseGrant,
    colleague: StaffId,
    person: PersonId,
) -> Result<()> {
    leads(grant)?;
    let gone = tx
        .exec(
            "DELETE FROM staff_person WHERE staff_id = $1 AND person_id = $2 AND staff_id <> $3 \
             AND EXISTS (SELECT 1 FROM case_circle c WHERE c.case_id = $4 AND c.person_id = staff_person.person_id)",
            params![
                colleague.get(),
                person.get(),
                actor_staff(grant),
                grant.case().get()
            ],
        )
        .await?;
    if gone == 0 {
        return Err(Error::NotFound);
    }
    let detail = format!("staff={colleague},person={person}");
    audit::record(tx, &grant.entry("case.colleague_unlinked").because(detail)).await
}

/// The colleagues who are one of the case's people.
pub async fn linked(
    conn: &mut Conn,
    grant: &CaseGrant,
) -> Result<Vec<(StaffId, String, PersonId)>> {
    let rows: Vec<(i64, String, i64)> = conn
        .all(
            "SELECT p.staff_id, s.name, p.person_id FROM staff_person p JOIN staff s ON s.id = p.staff_id \
             JOIN case_circle c ON c.person_id = p.person_id WHERE c.case_id = $1 ORDER BY s.name, p.staff_id",
            params![grant.case().get()],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|(staff, name, person)| (staff.into(), name, person.into()))
        .collect())
}

fn leads(grant: &CaseGrant) -> Result<()> {
    if grant.role() == Role::Supervisor {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

/// Whatever this colleague had in the case is over now; the supervisors hear of it when nobody is left.
async fn end_everything(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    colleague: StaffId,
) -> Result<()> {
    let (case, now) = (grant.case(), clock.now_micros());
    tx.exec(
        "UPDATE assignment SET until_at = $1 WHERE case_id = $2 AND staff_id = $3 AND (until_at IS NULL OR until_at > $4)",
        params![now, case.get(), colleague.get(), now],
    )
    .await?;
    tx.exec(
        "UPDATE break_glass SET until_at = $1 WHERE case_id = $2 AND staff_id = $3 AND until_at > $4",
        params![now, case.get(), colleague.get(), now],
    )
    .await?;
    let (left,): (i64,) = tx
        .one(
            "SELECT COUNT(*) FROM assignment WHERE case_id = $1 AND kind IN ('main', 'sub') AND (until_at IS NULL OR until_at > $2)",
            params![case.get(), now],
        )
        .await?;
    if left > 0 {
        return Ok(());
    }
    for lead in approvers(tx, grant.office(), case).await? {
        // The one who is just being barred is not told that the case is there.
        if lead.id != colleague {
            notice::tell(
                tx,
                clock,
                grant.office(),
                lead.id,
                NoticeKind::NoWorker,
                Some(case),
                None,
            )
            .await?;
        }
    }
    Ok(())
}
