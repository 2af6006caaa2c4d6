//! 「職員からの電話」: whom to call today, for those who may read the slip.
//!
//! A call that would fall on a closed day is made on the last open day before it.

use super::What;
use super::message::matter;
use crate::appointment::{self, desk, guard};
use crate::slip::{self, Words};
use crate::{Community, Error, Result, gathering};
use basics::SlipId;
use basics::time::{micros, start_of_day};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use office::Session;
use office::access::{self, Action, KeptFor, may_run};
use office::audit;
use store::{params, transact};

/// Somebody who asked to be called.
#[derive(Debug, Clone)]
pub struct Call {
    /// Which one, for the tap.
    pub id: i64,
    /// What to tell.
    pub what: What,
    /// When the thing begins.
    pub starts_at: Timestamp,
    /// How they would like to be called, and at which number.
    pub words: Words,
    /// What they call by: an appointment, or a place of this name.
    pub about: String,
    /// Why they are not to be called now (inv. 8, 9), and what to do first; the number is then not told.
    pub stopped: Option<String>,
}

impl Community {
    /// Whom to call on this day: those who booked a place that the asker runs, and those with an appointment that the
    /// asker reaches. One row in the chain for each place, and one for the appointments.
    pub async fn calls_due(&self, session: &Session, day: Date) -> Result<Vec<Call>> {
        let permit = access::permit(session, Action::KeepAppointments, "calls").await?;
        let now = self.clock().now();
        transact!(self.db(), "notice.calls", |tx| {
            let office = office::office::one(tx, permit.office()).await?;
            let tomorrow = day.saturating_add(Span::new().days(1));
            let next = office.settings.opening.next_open_day(day);
            let before = start_of_day(next.unwrap_or(tomorrow).max(tomorrow));
            let due: Vec<(i64, i64, String)> = tx
                .all(
                    "SELECT n.id, n.slip_id, n.what FROM notice_out n JOIN slip s ON s.id = n.slip_id \
                     WHERE s.office_id = $1 AND s.reminder = 'call' AND n.sent_at IS NULL AND n.due_at < $2 \
                     ORDER BY n.due_at, n.id",
                    params![permit.office().get(), micros(before)],
                )
                .await?;
            let mut calls = Vec::new();
            for (id, slip, what) in due {
                let slip = SlipId::from(slip);
                let what = What::from_code(&what).ok_or(Error::Damaged("notice_out.what"))?;
                let Some(matter) = matter(tx, slip).await? else {
                    continue;
                };
                if matter.starts_at <= now || !matter.calls_for(what) {
                    continue;
                }
                let found: Option<(i64,)> = tx
                    .first(
                        "SELECT gathering_id FROM booking WHERE slip_id = $1",
                        params![slip.get()],
                    )
                    .await?;
                let call = match found {
                    Some((id,)) => self
                        .at_a_place(tx, session, id, slip)
                        .await?
                        .map(|(about, words)| (about, words, None)),
                    None => at_the_desk(tx, session, slip).await?,
                };
                if let Some((about, words, stopped)) = call {
                    let starts_at = matter.starts_at;
                    calls.push(Call {
                        id,
                        what,
                        starts_at,
                        words,
                        about,
                        stopped,
                    });
                }
            }
            let entry = permit.entry("notice.calls", format!("day:{day}"));
            audit::record(tx, &entry.because(format!("calls={}", calls.len()))).await?;
            Ok::<_, Error>(calls)
        })
    }

    async fn at_a_place(
        &self,
        tx: &mut store::Conn,
        session: &Session,
        id: i64,
        slip: SlipId,
    ) -> Result<Option<(String, Words)>> {
        let found = gathering::by_id(tx, id.into()).await?;
        let hosts = gathering::hosts(tx, &found).await?;
        if !may_run(session, found.office, &hosts) {
            return Ok(None);
        }
        let kept_for = KeptFor::Gathering { id, hosts: &hosts };
        let keys =
            access::open_slips(tx, session, found.office, kept_for, Action::RunGathering).await?;
        let row = slip::rows(tx, &[slip.get()]).await?.into_iter().next();
        let Some(row) = row else {
            return Ok(None);
        };
        let programme = crate::programme::by_id(tx, found.programme).await?;
        Ok(Some((programme.draft.details.title, row.open(&keys)?)))
    }

    /// 「かけました」. Twice is once; somebody else's office is absent.
    pub async fn call_made(&self, session: &Session, id: i64) -> Result<()> {
        let permit = access::permit(session, Action::KeepAppointments, "calls").await?;
        transact!(self.db(), "notice.called", |tx| {
            let made = tx
                .exec(
                    "UPDATE notice_out SET sent_at = $1 WHERE id = $2 AND sent_at IS NULL AND slip_id IN \
                     (SELECT s.id FROM slip s WHERE s.office_id = $3 AND s.reminder = 'call')",
                    params![self.clock().now_micros(), id, permit.office().get()],
                )
                .await?;
            if made == 0 {
                return Err(Error::NotFound);
            }
            let found: Option<(i64,)> = tx
                .first("SELECT slip_id FROM notice_out WHERE id = $1", params![id])
                .await?;
            let slip = found.map_or_else(String::new, |(slip,)| slip::subject(slip.into()));
            audit::record(tx, &permit.entry("notice.called", slip)).await?;
            Ok(())
        })
    }
}

async fn at_the_desk(
    tx: &mut store::Conn,
    session: &Session,
    slip: SlipId,
) -> Result<Option<(String, Words, Option<String>)>> {
    let Some(one) = appointment::of_slip(tx, slip).await? else {
        return Ok(None);
    };
    let subject = appointment::subject(one.id);
    let lines = desk::lines(tx, session, vec![one.clone()], &subject).await?;
    let line = lines.into_iter().next();
    let words = line.and_then(|line| match line.whose {
        desk::Whose::Slip(words) | desk::Whose::Known(_, words) => Some(words),
        desk::Whose::Hidden => None,
    });
    let Some(mut words) = words else {
        return Ok(None);
    };
    let stopped = guard::not_to_be_told(tx, session, &one).await?;
    if stopped.is_some() {
        words.phone.clear();
    }
    Ok(Some(("面接".to_owned(), words, stopped)))
}
