//! The ledger as the holder of a code sees it, and taking back with the code alone: codes and days only, since a code opens
//! a thread and no compartment.

use super::ledger::{EventRow, insert, standing};
use super::{ConsentId, Deed, Held, Method, RecipientKind, Step, fold};
use crate::{Casework, Error, Result, task};
use basics::new_id;
use basics::time::to_jst;
use jiff::civil::Date;
use mailbox::holder::Holder;
use office::custody::notice::{self, NoticeKind};
use store::{params, transact};

/// One consent.
#[derive(Debug, Clone)]
pub struct OwnConsent {
    /// Which.
    pub id: ConsentId,
    /// What kind of body.
    pub recipient: RecipientKind,
    /// How it stands.
    pub held: Held,
    /// Whether something may be told now.
    pub stands: bool,
    /// The day of the last step that counts, and how it was said.
    pub on: Date,
    /// How that was said.
    pub method: Method,
}

impl Casework {
    /// The consents of the compartment to which this code's letters belong. Mistakes are left out.
    pub async fn consents_by_code(&self, holder: &Holder) -> Result<Vec<OwnConsent>> {
        let now = self.clock().now();
        transact!(self.db(), "consent.read", |tx| {
            let action = "consent.read";
            let (_, part) = mailbox::of_case::as_holder(tx, self.mailbox(), holder, action).await?;
            let Some((_, compartment, _)) = part else {
                return Ok(Vec::new());
            };
            let rows: Vec<(i64, String)> = tx
                .all(
                    "SELECT id, recipient FROM consent WHERE compartment_id = $1 ORDER BY opened_at DESC, id DESC",
                    params![compartment.get()],
                )
                .await?;
            let mut own = Vec::new();
            for (id, recipient) in rows {
                let rows = EventRow::of(tx, id.into()).await?;
                let events = rows.iter().map(EventRow::event);
                let events = events.collect::<Result<Vec<_>>>()?;
                let held = fold(&events, now);
                if held == Held::Void {
                    continue;
                }
                // A step that changed nothing (taken back twice) is not the one that counts.
                let counts = (1..=events.len())
                    .find(|seen| fold(&events[..*seen], now) == held)
                    .and_then(|seen| rows.get(seen - 1))
                    .ok_or(Error::Damaged("consent_event"))?;
                own.push(OwnConsent {
                    id: id.into(),
                    recipient: RecipientKind::from_code(&recipient)
                        .ok_or(Error::Damaged("consent.recipient"))?,
                    stands: matches!(&held, Held::Given(scope) if to_jst(now).date() <= scope.until),
                    held,
                    on: to_jst(counts.event()?.at).date(),
                    method: counts.said_by()?,
                });
            }
            Ok(own)
        })
    }

    /// Takes a consent back with the code of a thread of the same compartment. No colleague has to agree, nothing has
    /// to be valid; done twice it is done (inv. 5). The first time, whoever works on the case is told.
    pub async fn withdraw_by_code(&self, holder: &Holder, consent: ConsentId) -> Result<()> {
        transact!(self.db(), "consent.withdraw", |tx| {
            let action = "consent.withdraw";
            let (_, part) = mailbox::of_case::as_holder(tx, self.mailbox(), holder, action).await?;
            let (case, mine, _) = part.ok_or(Error::NotFound)?;
            let (compartment, next, held) = standing(tx, case, consent, self.clock()).await?;
            if compartment != mine {
                return Err(Error::NotFound);
            }
            let step = Step::plain(Deed::Withdraw, Method::Screen, "");
            let id = new_id(self.clock());
            let (office, thread) = (holder.thread().office, holder.thread().id.get());
            insert(
                tx,
                self.clock(),
                (id, consent, next),
                &step,
                None,
                (None, Some(thread)),
            )
            .await?;
            if matches!(held, Held::Given(_) | Held::Thinking { .. }) {
                let (clock, kind) = (self.clock(), NoticeKind::ConsentTakenBack);
                let about = consent.get();
                if !notice::tell_main_workers(tx, clock, office, kind, case, about).await? {
                    notice::tell_supervisors(tx, clock, office, kind, case, about).await?;
                }
            }
            if matches!(held, Held::Given(_)) {
                task::tell_stop(tx, self.clock(), case, None).await?;
            }
            Ok(())
        })
    }
}
