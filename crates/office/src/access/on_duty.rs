//! Whoever is on duty takes on what cannot wait in a case they do not work on: the one compartment, until the day is over.

use super::case::{Judged, judged_for_glass};
use super::{Action, CaseRef, case_subject, refusal};
use crate::audit::{self, Actor, Entry};
use crate::custody::AssignmentKind;
use crate::custody::notice::{self, NoticeKind};
use crate::duty;
use crate::error::{Error, Result};
use crate::session::Session;
use basics::time::{micros, start_of_day};
use basics::{CompartmentId, new_id};
use store::{Conn, params};

/// Takes on one compartment of a case for the rest of the day. The caller knows that something in it is overdue. Whoever
/// is not on duty, or must not know of the case, learns what [`super::open_case`] tells a stranger. The main workers and
/// the supervisors are told.
pub async fn take_on_duty(
    tx: &mut Conn,
    session: &Session,
    case: CaseRef<'_>,
    compartment: CompartmentId,
) -> Result<()> {
    let clock = session.clock();
    let (action, subject) = (Action::ReadCase, case_subject(case.id));
    let on_duty = duty::on_duty(tx, session.office(), clock.today(), None, &[]).await?;
    let judged = judged_for_glass(tx, session, Some(case)).await?;
    let refused = match judged {
        Judged::Reached(_) => return Err(Error::invalid("case", "このケースは、もう開けます。")),
        Judged::Refused(why) => Some(why),
        Judged::MayBreak(_) if !on_duty.has(session.staff()) => Some("not_on_duty"),
        Judged::MayBreak(_) => None,
    };
    if let Some(why) = refused {
        session
            .refusals()
            .note(refusal(session, action, &subject, why));
        return Err(Error::NotFound);
    }
    let until = clock.today().tomorrow().map_err(|_| Error::NotFound)?;
    let id = new_id(clock);
    tx.exec(
        "INSERT INTO assignment (id, office_id, case_id, staff_id, kind, whole, from_at, until_at, made_by, made_at, sheet_due) \
         VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, 0)",
        params![
            id,
            case.office.get(),
            case.id.get(),
            session.staff().get(),
            AssignmentKind::Duty.code(),
            clock.now_micros(),
            micros(start_of_day(until)),
            session.staff().get(),
            clock.now_micros()
        ],
    )
    .await?;
    tx.exec(
        "INSERT INTO assignment_compartment (assignment_id, compartment_id) VALUES ($1, $2)",
        params![id, compartment.get()],
    )
    .await?;
    let kind = NoticeKind::TakenOnDuty;
    notice::tell_main_workers(tx, clock, case.office, kind, case.id, id).await?;
    notice::tell_supervisors(tx, clock, case.office, kind, case.id, id).await?;
    let actor = Actor::Staff(session.staff());
    let entry = Entry::done(case.office, actor, "case.duty_taken", subject, clock.now());
    audit::record(tx, &entry.because(format!("compartment={compartment}"))).await
}
