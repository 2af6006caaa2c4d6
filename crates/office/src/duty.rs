//! 当番: who looks after alarms on a day. When nobody is set, the case's main workers do, and where there are none, the
//! supervisors; the page says so, so that nobody believes somebody else does.

use crate::audit::{self, Actor, Entry};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::staff::{self, Role};
use basics::{CaseId, OfficeId, StaffId};
use jiff::Timestamp;
use jiff::civil::Date;
use store::{Conn, Db, params, transact};

/// Why somebody is on duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Set for the day.
    Set,
    /// Nobody (else) was set: the main workers of the case.
    MainWorkers,
    /// Nobody was set, and there is no main worker or no case is meant: the supervisors.
    Supervisors,
}

impl Ground {
    /// The sentence on the page.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Set => "当番が決まっています。",
            Self::MainWorkers | Self::Supervisors => {
                "当番がまだ決まっていません。決まるまで、知らせはケースの主担当とセンター長に出ます。"
            }
        }
    }
}

/// Who is on duty.
#[derive(Clone, Debug)]
pub struct OnDuty {
    /// Who, with their names.
    pub staff: Vec<(StaffId, String)>,
    /// Why they are.
    pub ground: Ground,
}

impl OnDuty {
    /// Whether this colleague is.
    pub fn has(&self, who: StaffId) -> bool {
        self.staff.iter().any(|(id, _)| *id == who)
    }

    /// Their names.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.staff.iter().map(|(_, name)| name.as_str()).collect();
        names.join("、")
    }
}

/// Who is on duty on a day; for something of a `case`, its main workers stand in. Those in `away` are left out: who is out
/// on the visit cannot look after it.
pub async fn on_duty(
    conn: &mut Conn,
    office: OfficeId,
    day: Date,
    case: Option<(CaseId, Timestamp)>,
    away: &[StaffId],
) -> Result<OnDuty> {
    let colleagues: Vec<staff::Staff> = staff::list(conn, office)
        .await?
        .into_iter()
        .filter(|one| one.active && !away.contains(&one.id))
        .collect();
    let named = |ids: &[StaffId]| -> Vec<(StaffId, String)> {
        let those = colleagues.iter().filter(|one| ids.contains(&one.id));
        those.map(|one| (one.id, one.name.clone())).collect()
    };
    let set: Vec<(i64,)> = conn
        .all(
            "SELECT staff_id FROM duty WHERE office_id = $1 AND day = $2",
            params![office.get(), day.to_string()],
        )
        .await?;
    let set: Vec<StaffId> = set.into_iter().map(|(id,)| id.into()).collect();
    let found = named(&set);
    if !found.is_empty() {
        return Ok(OnDuty {
            staff: found,
            ground: Ground::Set,
        });
    }
    if let Some((case, now)) = case {
        let now = basics::time::micros(now);
        let mains: Vec<(i64,)> = conn
            .all(
                "SELECT staff_id FROM assignment WHERE case_id = $1 AND office_id = $2 AND kind = 'main' AND from_at <= $3 \
                 AND (until_at IS NULL OR until_at > $4)",
                params![case.get(), office.get(), now, now],
            )
            .await?;
        let mains: Vec<StaffId> = mains.into_iter().map(|(id,)| id.into()).collect();
        let found = named(&mains);
        if !found.is_empty() {
            return Ok(OnDuty {
                staff: found,
                ground: Ground::MainWorkers,
            });
        }
    }
    let leads = colleagues.iter().filter(|one| one.role == Role::Supervisor);
    Ok(OnDuty {
        staff: leads.map(|one| (one.id, one.name.clone())).collect(),
        ground: Ground::Supervisors,
    })
}

/// Who is set for the days from `first` on, at most `days` of them; `None` where nobody is.
pub async fn roster(
    conn: &mut Conn,
    office: OfficeId,
    first: Date,
    days: u8,
) -> Result<Vec<(Date, Option<(StaffId, String)>)>> {
    let colleagues = staff::list(conn, office).await?;
    let rows: Vec<(String, i64)> = conn
        .all(
            "SELECT day, staff_id FROM duty WHERE office_id = $1 AND day >= $2 ORDER BY day",
            params![office.get(), first.to_string()],
        )
        .await?;
    let of = |day: Date| {
        let (_, id) = rows.iter().find(|(at, _)| *at == day.to_string())?;
        let one = colleagues
            .iter()
            .find(|one| one.id.get() == *id && one.active)?;
        Some((one.id, one.name.clone()))
    };
    let ahead =
        (0..i64::from(days)).filter_map(|n| first.checked_add(jiff::Span::new().days(n)).ok());
    Ok(ahead.map(|day| (day, of(day))).collect())
}

/// Sets who is on duty on a day (`None`: nobody). A supervisor sets anybody who works on cases; a coordinator sets
/// themself on a day that nobody has, and takes themself off.
pub async fn set(db: &Db, session: &Session, day: Date, who: Option<StaffId>) -> Result<()> {
    transact!(db, "duty.set", |tx| { set_in(tx, session, day, who).await })
}

async fn set_in(tx: &mut Conn, session: &Session, day: Date, who: Option<StaffId>) -> Result<()> {
    let (office, me, now) = (session.office(), session.staff(), session.clock().now());
    let actor = Actor::Staff(me);
    if !matches!(session.role(), Role::Supervisor | Role::Coordinator) {
        let refusal = Entry::refused(office, actor, "duty.set", "", now);
        session.refusals().note(refusal.because("role"));
        return Err(Error::NotFound);
    }
    if day < session.clock().today() {
        return Err(Error::invalid(
            "toban",
            "すぎた日の当番は、変えられません。",
        ));
    }
    let known: Option<(i64,)> = tx
        .first(
            "SELECT staff_id FROM duty WHERE office_id = $1 AND day = $2",
            params![office.get(), day.to_string()],
        )
        .await?;
    let others = known.is_some_and(|(id,)| id != me.get());
    if session.role() != Role::Supervisor && (others || who.is_some_and(|who| who != me)) {
        return Err(Error::invalid(
            "toban",
            "ほかの職員の当番は、センター長が決めます。自分の当番は、あいている日に入れられます。",
        ));
    }
    match who {
        None => {
            tx.exec(
                "DELETE FROM duty WHERE office_id = $1 AND day = $2",
                params![office.get(), day.to_string()],
            )
            .await?;
        }
        Some(who) => {
            let colleague = staff::one(tx, office, who).await?;
            let fits = matches!(colleague.role, Role::Supervisor | Role::Coordinator);
            if !colleague.active || !fits {
                return Err(Error::invalid(
                    "toban",
                    "この職員は、当番にできません。ほかの職員を選んでください。",
                ));
            }
            tx.exec(
                "INSERT INTO duty (office_id, day, staff_id, set_by, set_at) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (office_id, day) DO UPDATE SET staff_id = excluded.staff_id, set_by = excluded.set_by, \
                 set_at = excluded.set_at",
                params![
                    office.get(),
                    day.to_string(),
                    who.get(),
                    me.get(),
                    basics::time::micros(now)
                ],
            )
            .await?;
        }
    }
    let detail = match who {
        Some(who) => format!("staff={who}"),
        None => "staff=none".to_owned(),
    };
    let entry = Entry::done(office, actor, "duty.set", format!("duty:{day}"), now);
    audit::record(tx, &entry.because(detail)).await
}
