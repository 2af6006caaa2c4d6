//! Breaking the glass (緊急の閲覧): one case by its number, with a written reason, for three hours at most. The face
//! sheet opens at once; compartments one by one, each recorded.

use super::case::{Judged, judged_for_glass};
use super::refusal;
use super::{Action, CaseGrant, CaseRef, CompartmentRef, Reach, case_subject, compartment_subject};
use crate::audit::{self, Actor, Entry};
use crate::custody::glass::{self, LONGEST_HOURS, REVIEW_DAYS, SHORTEST_REASON};
use crate::custody::notice::{self, NoticeKind};
use crate::custody::{self, is_barred};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::staff;
use basics::{CaseId, StaffId, new_id, time::from_micros};
use jiff::{SignedDuration, Timestamp};
use store::{Conn, params};

/// A glass that is broken now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its identifier; 0 when nothing had to be broken, because the asker reaches the case anyhow.
    pub id: i64,
    /// Of which case.
    pub case: CaseId,
    /// Until when; `None` when nothing had to be broken.
    pub until: Option<Timestamp>,
}

/// Breaks the glass of one case. `case` is what the number that was typed led to; for none, for another office's, for
/// one that does not exist for this colleague, the same is done up to the refusal, and the answer is the same.
pub async fn break_glass(
    tx: &mut Conn,
    session: &Session,
    case: Option<CaseRef<'_>>,
    reason: &str,
    hours: i64,
) -> Result<Broken> {
    let action = Action::BreakGlass;
    let reason = reason.trim();
    if reason.chars().count() < SHORTEST_REASON {
        return Err(Error::invalid(
            "reason",
            "なぜいま開く必要があるのかを、10文字以上で書いてください。",
        ));
    }
    if !(1..=LONGEST_HOURS).contains(&hours) {
        return Err(Error::invalid(
            "hours",
            "1時間から3時間までで選んでください。",
        ));
    }
    // Everything that takes time stands before the judgement, so that a refusal takes as long for every reason.
    let id = new_id(session.clock());
    let sealed = glass::seal(session, id, "reason", reason)?;
    let office = crate::office::one(tx, session.office()).await?;
    let asked = case.map_or_else(String::new, |case| case_subject(case.id));
    let case = match judged_for_glass(tx, session, case).await? {
        Judged::Refused(why) => {
            session
                .refusals()
                .note(refusal(session, action, &asked, why));
            return Err(Error::NotFound);
        }
        Judged::Reached(case) => {
            let entry = Entry::done(
                session.office(),
                Actor::Staff(session.staff()),
                action.code(),
                case_subject(case),
                session.clock().now(),
            );
            audit::record(tx, &entry.because("reached_anyhow")).await?;
            return Ok(Broken {
                id: 0,
                case,
                until: None,
            });
        }
        Judged::MayBreak(case) => case,
    };
    let now = session.clock().now();
    let until = now + SignedDuration::from_hours(hours);
    let due = office
        .settings
        .opening
        .nth_open_day_after(session.clock().today(), REVIEW_DAYS)
        .unwrap_or_else(|| session.clock().today());
    tx.exec(
        "INSERT INTO break_glass (id, office_id, case_id, staff_id, reason, from_at, until_at, review_due_on) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![
            id,
            session.office().get(),
            case.get(),
            session.staff().get(),
            sealed,
            basics::time::micros(now),
            basics::time::micros(until),
            due.to_string()
        ],
    )
    .await?;
    tell_the_others(tx, session, case, id).await?;
    let entry = Entry::done(
        session.office(),
        Actor::Staff(session.staff()),
        action.code(),
        case_subject(case),
        now,
    );
    audit::record(tx, &entry.because(format!("break_glass={id}"))).await?;
    Ok(Broken {
        id,
        case,
        until: Some(until),
    })
}

/// All supervisors, and a second person: whoever works on the case, else another colleague who holds the key.
async fn tell_the_others(tx: &mut Conn, session: &Session, case: CaseId, id: i64) -> Result<()> {
    let (me, office, clock) = (session.staff(), session.office(), session.clock());
    let mut told = Vec::new();
    for lead in custody::acquaintance::approvers(tx, office, case).await? {
        if lead.id != me {
            told.push(lead.id);
        }
    }
    let main: Vec<(i64,)> = tx
        .all(
            "SELECT staff_id FROM assignment WHERE case_id = $1 AND kind IN ('main', 'sub') AND from_at <= $2 \
             AND (until_at IS NULL OR until_at > $3) ORDER BY CASE kind WHEN 'main' THEN 0 ELSE 1 END, from_at",
            params![case.get(), clock.now_micros(), clock.now_micros()],
        )
        .await?;
    // Only who can read it: active, and with the key.
    let mut able: Vec<StaffId> = Vec::new();
    for one in staff::list(tx, office).await? {
        if one.active && one.holds_office_key {
            able.push(one.id);
        }
    }
    let workers: Vec<StaffId> = main.into_iter().map(|(staff,)| staff.into()).collect();
    let workers = workers.iter().filter(|one| able.contains(one));
    for second in workers.chain(&able).copied() {
        if second != me && !told.contains(&second) && !is_barred(tx, case, second).await? {
            told.push(second);
            break;
        }
    }
    for to in told {
        notice::tell(
            tx,
            clock,
            office,
            to,
            NoticeKind::GlassBroken,
            Some(case),
            Some(id),
        )
        .await?;
    }
    Ok(())
}

/// Opens one more compartment behind broken glass; from here on it is read as any other, until the time is over.
pub async fn open_behind_glass(
    tx: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
    compartment: CompartmentRef<'_>,
) -> Result<()> {
    let Reach::BrokenGlass(id) = grant.reach() else {
        return Err(Error::NotFound);
    };
    if compartment.case != grant.case() {
        return Err(Error::NotFound);
    }
    tx.exec(
        "INSERT INTO break_glass_compartment (break_glass_id, compartment_id, opened_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        params![id, compartment.id.get(), session.now_micros()],
    )
    .await?;
    let entry = Entry::done(
        grant.office(),
        grant.actor(),
        "compartment.break_glass",
        compartment_subject(compartment.id),
        session.clock().now(),
    );
    audit::record(tx, &entry.because(format!("break_glass={id}"))).await
}

/// Until when the glass that this grant stands on stays broken.
pub async fn glass_until(conn: &mut Conn, grant: &CaseGrant) -> Result<Option<Timestamp>> {
    let Reach::BrokenGlass(id) = grant.reach() else {
        return Ok(None);
    };
    let found: Option<(i64,)> = conn
        .first(
            "SELECT until_at FROM break_glass WHERE id = $1",
            params![id],
        )
        .await?;
    Ok(found.map(|(until,)| from_micros(until)))
}
