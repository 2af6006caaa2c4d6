//! Who works on a case, from when until when, and in which compartments.

use super::is_barred;
use crate::access::{Action, CaseGrant, CaseScope, CompartmentKind, Permit, case_subject, may};
use crate::audit;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::staff::{self, Role};
use basics::time::{from_micros, start_of_day, to_jst};
use basics::{CaseId, Clock, CompartmentId, StaffId, new_id};
use jiff::Timestamp;
use std::collections::BTreeSet;
use store::{Conn, params};

/// How somebody works on a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AssignmentKind {
    /// 主担当
    Main,
    /// 副担当
    Sub,
    /// 当番: for a day, because something could not wait.
    Duty,
    /// ピア: sees cards, never the case.
    Peer,
}

impl AssignmentKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Main, Self::Sub, Self::Duty, Self::Peer];

    /// The code in the database and in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Sub => "sub",
            Self::Duty => "duty",
            Self::Peer => "peer",
        }
    }

    /// The word on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Main => "主担当",
            Self::Sub => "副担当",
            Self::Duty => "当番",
            Self::Peer => "ピア",
        }
    }

    /// From the code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// One colleague's work on one case.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// Its identifier.
    pub id: i64,
    /// Which case.
    pub case: CaseId,
    /// Who.
    pub staff: StaffId,
    /// Their name.
    pub name: String,
    /// As what.
    pub kind: AssignmentKind,
    /// Whether every compartment is in reach.
    pub whole: bool,
    /// From when.
    pub from: Timestamp,
    /// Until when; `None`: open.
    pub until: Option<Timestamp>,
    /// Whether a hand-over sheet waits to be read before the first contact.
    pub sheet_unread: bool,
    /// Whether the colleague said that they do not know the family.
    pub conflict_checked: bool,
}

/// A new assignment.
#[derive(Clone, Debug)]
pub struct NewAssignment {
    /// Who.
    pub staff: StaffId,
    /// As what.
    pub kind: AssignmentKind,
    /// The compartments in reach; `None`: all, later ones too.
    pub only: Option<Vec<CompartmentId>>,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Option<Timestamp>,
    /// Whether a hand-over sheet must be read before the first contact.
    pub sheet_due: bool,
}

impl NewAssignment {
    /// Works on all of it from now on.
    pub fn whole(staff: StaffId, kind: AssignmentKind, clock: &Clock) -> Self {
        Self {
            staff,
            kind,
            only: None,
            from: clock.now(),
            until: None,
            sheet_due: false,
        }
    }
}

store::row! {
    struct AssignmentRow {
        pub id: i64,
        pub case_id: i64,
        pub staff_id: i64,
        pub name: String,
        pub kind: String,
        pub whole: bool,
        pub from_at: i64,
        pub until_at: Option<i64>,
        pub sheet_due: bool,
        pub sheet_read_at: Option<i64>,
        pub conflict_checked_at: Option<i64>,
    }
}

impl TryFrom<AssignmentRow> for Assignment {
    type Error = Error;

    fn try_from(row: AssignmentRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            case: row.case_id.into(),
            staff: row.staff_id.into(),
            name: row.name,
            kind: AssignmentKind::from_code(&row.kind).ok_or(Error::Damaged("assignment.kind"))?,
            whole: row.whole,
            from: from_micros(row.from_at),
            until: row.until_at.map(from_micros),
            sheet_unread: row.sheet_due && row.sheet_read_at.is_none(),
            conflict_checked: row.conflict_checked_at.is_some(),
        })
    }
}

const ASSIGNMENTS: &str = "SELECT a.id, a.case_id, a.staff_id, s.name, a.kind, a.whole, a.from_at, a.until_at, \
     a.sheet_due, a.sheet_read_at, a.conflict_checked_at FROM assignment a JOIN staff s ON s.id = a.staff_id";

/// Lets a colleague of the same office work on the case. A colleague who must not (知人回避, or one of the case's own
/// people) is refused with the same sentence as one who does not exist. Nobody but who leads the office gives away a
/// compartment that they do not reach themself, and whoever is there for a day of duty gives away nothing. A day of duty
/// is over with its day, whoever made it.
pub async fn assign(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    new: &NewAssignment,
) -> Result<i64> {
    if !grant.settles_custody() {
        return Err(Error::NotFound);
    }
    if new.kind != AssignmentKind::Peer && !in_reach(grant, new.only.as_deref()) {
        return Err(Error::invalid(
            "scope",
            "ご自分が開ける区画の中から選んでください。ほかの区画は、センター長が決めます。",
        ));
    }
    let until = match new.kind {
        AssignmentKind::Duty => {
            let day = to_jst(new.from).date().tomorrow();
            let over = start_of_day(day.map_err(|_| Error::NotFound)?);
            Some(new.until.map_or(over, |until| until.min(over)))
        }
        _ => new.until,
    };
    if !fits(tx, grant, new.staff, new.kind).await? {
        return Err(Error::invalid(
            "staff",
            "この職員は、このケースの担当にできません。ほかの職員を選んでください。",
        ));
    }
    let id = new_id(clock);
    tx.exec(
        "INSERT INTO assignment (id, office_id, case_id, staff_id, kind, whole, from_at, until_at, made_by, made_at, \
         conflict_checked_at, sheet_due) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        params![
            id,
            grant.office().get(),
            grant.case().get(),
            new.staff.get(),
            new.kind.code(),
            new.only.is_none(),
            basics::time::micros(new.from),
            until.map(basics::time::micros),
            actor_staff(grant),
            clock.now_micros(),
            // Whoever takes a case themself has looked at whose it is.
            (actor_staff(grant) == new.staff.get()).then(|| clock.now_micros()),
            new.sheet_due
        ],
    )
    .await?;
    for compartment in new.only.iter().flatten() {
        tx.exec(
            "INSERT INTO assignment_compartment (assignment_id, compartment_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            params![id, compartment.get()],
        )
        .await?;
    }
    let detail = format!("staff={},kind={}", new.staff, new.kind.code());
    audit::record(tx, &grant.entry("case.assigned").because(detail)).await?;
    Ok(id)
}

fn in_reach(grant: &CaseGrant, only: Option<&[CompartmentId]>) -> bool {
    match only {
        None => grant.leads() || grant.reaches_all(),
        Some(listed) => grant.leads() || listed.iter().all(|one| grant.reaches(*one)),
    }
}

/// Whether this colleague could work on the case in this way.
pub async fn fits(
    conn: &mut Conn,
    grant: &CaseGrant,
    staff: StaffId,
    kind: AssignmentKind,
) -> Result<bool> {
    let colleague = staff::one(conn, grant.office(), staff).await?;
    let role = match kind {
        AssignmentKind::Peer => colleague.role == Role::Peer,
        _ => may(colleague.role, Action::ReadCase),
    };
    Ok(colleague.active && role && !is_barred(conn, grant.case(), staff).await?)
}

/// What one colleague carries at this moment, of the cases in scope; peers' cards left out.
pub async fn carried(
    conn: &mut Conn,
    scope: &CaseScope,
    staff: StaffId,
    at: Timestamp,
) -> Result<Vec<Assignment>> {
    let sql = format!(
        "{ASSIGNMENTS} WHERE a.staff_id = $1 AND a.kind <> 'peer' AND a.from_at <= $2 \
         AND (a.until_at IS NULL OR a.until_at > $3) AND {} ORDER BY a.case_id, a.id",
        scope.sql("a.case_id")
    );
    let at = basics::time::micros(at);
    let rows: Vec<AssignmentRow> = conn.all(&sql, params![staff.get(), at, at]).await?;
    rows.into_iter().map(Assignment::try_from).collect()
}

/// Whether a colleague works on the case at this moment (in µs), as a main or second worker; in codes.
pub async fn works_on(conn: &mut Conn, case: CaseId, staff: StaffId, now: i64) -> Result<bool> {
    let (n,): (i64,) = conn
        .one(
            "SELECT COUNT(*) FROM assignment WHERE case_id = $1 AND staff_id = $2 AND kind IN ('main', 'sub') \
             AND from_at <= $3 AND (until_at IS NULL OR until_at > $4)",
            params![case.get(), staff.get(), now, now],
        )
        .await?;
    Ok(n > 0 && !is_barred(conn, case, staff).await?)
}

/// Passes one assignment on at a moment: the next colleague's begins as the old one ends, in the same compartments, and
/// with a sheet to be read before the first contact.
pub async fn pass_on(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    old: &Assignment,
    to: StaffId,
    at: Timestamp,
) -> Result<()> {
    let listed: Vec<(i64,)> = tx
        .all(
            "SELECT compartment_id FROM assignment_compartment WHERE assignment_id = $1 ORDER BY compartment_id",
            params![old.id],
        )
        .await?;
    let listed = listed.into_iter().map(|(id,)| id.into()).collect();
    let new = NewAssignment {
        staff: to,
        kind: old.kind,
        only: (!old.whole).then_some(listed),
        from: at,
        until: old.until,
        sheet_due: true,
    };
    assign(tx, grant, clock, &new).await?;
    end_assignment(tx, grant, old.id, at).await
}

/// Ends an assignment at a moment. What the colleague wrote stays theirs.
pub async fn end_assignment(
    tx: &mut Conn,
    grant: &CaseGrant,
    id: i64,
    at: Timestamp,
) -> Result<()> {
    if !grant.settles_custody() {
        return Err(Error::NotFound);
    }
    let ended = tx
        .exec(
            "UPDATE assignment SET until_at = $1 WHERE id = $2 AND case_id = $3 AND (until_at IS NULL OR until_at > $4)",
            params![
                basics::time::micros(at),
                id,
                grant.case().get(),
                basics::time::micros(at)
            ],
        )
        .await?;
    if ended == 0 {
        return Err(Error::NotFound);
    }
    audit::record(
        tx,
        &grant
            .entry("case.unassigned")
            .because(format!("assignment={id}")),
    )
    .await
}

/// A colleague has left, or has another role: whatever of cases that role does not reach ends at this moment, what was to
/// begin later too; days of duty as well. What they wrote stays theirs. Supervisors see cases with nobody left on きょう.
pub(crate) async fn end_with_role(
    tx: &mut Conn,
    permit: &Permit,
    staff: StaffId,
    role: Option<Role>,
) -> Result<()> {
    let over = match role {
        Some(Role::Peer) => "kind <> 'peer'",
        Some(role) if may(role, Action::ReadCase) => "kind = 'peer'",
        _ => "kind <> ''",
    };
    let (office, now) = (permit.office().get(), permit.clock().now_micros());
    let ended: Vec<(i64,)> = tx
        .all(
            &format!(
                "UPDATE assignment SET until_at = $1 WHERE staff_id = $2 AND office_id = $3 \
                 AND (until_at IS NULL OR until_at > $4) AND {over} RETURNING case_id"
            ),
            params![now, staff.get(), office, now],
        )
        .await?;
    if !role.is_some_and(|role| may(role, Action::BreakGlass)) {
        tx.exec(
            "UPDATE break_glass SET until_at = $1 WHERE staff_id = $2 AND until_at > $3",
            params![now, staff.get(), now],
        )
        .await?;
        tx.exec(
            "DELETE FROM duty WHERE office_id = $1 AND staff_id = $2 AND day >= $3",
            params![office, staff.get(), permit.clock().today().to_string()],
        )
        .await?;
    }
    let cases: BTreeSet<i64> = ended.into_iter().map(|(case,)| case).collect();
    for case in cases {
        let entry = permit.entry("case.unassigned", case_subject(case.into()));
        audit::record(tx, &entry.because(format!("staff={staff}"))).await?;
    }
    Ok(())
}

/// Who works on the case now or later, main first.
pub async fn assignments(
    conn: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
) -> Result<Vec<Assignment>> {
    let sql = format!(
        "{ASSIGNMENTS} WHERE a.case_id = $1 AND (a.until_at IS NULL OR a.until_at > $2) \
         ORDER BY CASE a.kind WHEN 'main' THEN 0 WHEN 'sub' THEN 1 WHEN 'duty' THEN 2 ELSE 3 END, a.from_at, a.id"
    );
    let rows: Vec<AssignmentRow> = conn
        .all(&sql, params![grant.case().get(), clock.now_micros()])
        .await?;
    rows.into_iter().map(Assignment::try_from).collect()
}

/// Who works on which case of the office now, inside a scope: for adding up, never for deciding.
pub async fn of_office(
    conn: &mut Conn,
    scope: &crate::access::CaseScope,
    clock: &Clock,
) -> Result<Vec<Assignment>> {
    let now = clock.now_micros();
    let sql = format!(
        "{ASSIGNMENTS} WHERE a.office_id = $1 AND a.from_at <= $2 AND (a.until_at IS NULL OR a.until_at > $3) AND {} \
         ORDER BY a.case_id, a.id",
        scope.sql("a.case_id")
    );
    let rows: Vec<AssignmentRow> = conn
        .all(&sql, params![scope.office().get(), now, now])
        .await?;
    rows.into_iter().map(Assignment::try_from).collect()
}

/// A compartment was opened for a new voice: whoever works on the listed compartments only does not get it by itself,
/// except whoever opened it.
pub async fn reach_new_compartment(
    tx: &mut Conn,
    grant: &CaseGrant,
    session: &Session,
    compartment: CompartmentId,
    _kind: CompartmentKind,
) -> Result<()> {
    let now = session.clock().now_micros();
    tx.exec(
        "INSERT INTO assignment_compartment (assignment_id, compartment_id) \
         SELECT id, CAST($1 AS BIGINT) FROM assignment WHERE case_id = $2 AND staff_id = $3 AND whole = 0 AND kind <> 'peer' \
         AND from_at <= $4 AND (until_at IS NULL OR until_at > $5) ON CONFLICT DO NOTHING",
        params![compartment.get(), grant.case().get(), session.staff().get(), now, now],
    )
    .await?;
    Ok(())
}

/// 「この家族を知りません」: the colleague's own word, at the first opening.
pub async fn confirm_unacquainted(tx: &mut Conn, grant: &CaseGrant, clock: &Clock) -> Result<()> {
    tx.exec(
        "UPDATE assignment SET conflict_checked_at = $1 WHERE case_id = $2 AND staff_id = $3 AND conflict_checked_at IS NULL",
        params![clock.now_micros(), grant.case().get(), actor_staff(grant)],
    )
    .await?;
    audit::record(tx, &grant.entry("case.conflict_checked")).await
}

/// Whether a hand-over sheet must be read by this asker before the first contact goes out.
pub async fn sheet_unread(conn: &mut Conn, grant: &CaseGrant, clock: &Clock) -> Result<bool> {
    let me = actor_staff(grant).into();
    has_sheet_to_read(conn, grant.case(), me, clock.now_micros()).await
}

/// The same for one colleague and one case, in codes.
pub async fn has_sheet_to_read(
    conn: &mut Conn,
    case: CaseId,
    staff: StaffId,
    now: i64,
) -> Result<bool> {
    let (n,): (i64,) = conn
        .one(
            "SELECT COUNT(*) FROM assignment WHERE case_id = $1 AND staff_id = $2 AND sheet_due = 1 AND sheet_read_at IS NULL \
             AND from_at <= $3 AND (until_at IS NULL OR until_at > $4)",
            params![case.get(), staff.get(), now, now],
        )
        .await?;
    Ok(n > 0)
}

/// The asker has read the hand-over sheet.
pub async fn sheet_read(tx: &mut Conn, grant: &CaseGrant, clock: &Clock) -> Result<()> {
    let now = clock.now_micros();
    tx.exec(
        "UPDATE assignment SET sheet_read_at = $1 WHERE case_id = $2 AND staff_id = $3 AND sheet_due = 1 AND sheet_read_at IS NULL \
         AND from_at <= $4",
        params![now, grant.case().get(), actor_staff(grant), now],
    )
    .await?;
    audit::record(tx, &grant.entry("case.sheet_read")).await
}

/// The sheet was written anew: whoever had read it, and has not reached out since, reads it again. Whether somebody had.
pub async fn sheet_changed(
    tx: &mut Conn,
    grant: &CaseGrant,
    receiver: StaffId,
    last_contact_at: Option<i64>,
) -> Result<bool> {
    let again = tx
        .exec(
            "UPDATE assignment SET sheet_read_at = NULL WHERE case_id = $1 AND staff_id = $2 AND sheet_due = 1 \
             AND sheet_read_at > $3",
            params![
                grant.case().get(),
                receiver.get(),
                last_contact_at.unwrap_or(0)
            ],
        )
        .await?;
    Ok(again > 0)
}

pub(super) fn actor_staff(grant: &CaseGrant) -> i64 {
    match grant.actor() {
        audit::Actor::Staff(id) => id.get(),
        _ => 0,
    }
}
