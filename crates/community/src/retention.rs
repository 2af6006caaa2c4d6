//! What is forgotten, and when: a slip goes [`crate::booking::KEPT_DAYS`] after its day, with its words, its code and
//! where to remind; counts stay. What hosts noticed goes after a year: it is for the running of the place, not a record
//! of anybody.

use crate::{Community, Error, Result};
use basics::time::micros;
use jiff::Span;
use office::audit::{self, Actor, Entry};
use std::collections::BTreeMap;
use store::{params, transact};

/// How long what a host noticed is kept, in days.
pub const NOTES_DAYS: i32 = 366;

impl Community {
    /// The program's own work, once a day. How many slips were erased comes back.
    pub async fn forget(&self) -> Result<u64> {
        let today = self.clock().today();
        let year_ago = today
            .checked_sub(Span::new().days(NOTES_DAYS))
            .unwrap_or(today);
        let before = micros(basics::time::start_of_day(year_ago));
        let erased = transact!(self.db(), "slip.erase", |tx| {
            let due: Vec<(i64, i64)> = tx
                .all(
                    "SELECT id, office_id FROM slip WHERE keep_until < $1 ORDER BY id LIMIT 500",
                    params![today.to_string()],
                )
                .await?;
            for (id, _) in &due {
                for table in ["booking", "appointment"] {
                    tx.exec(
                        &format!("UPDATE {table} SET slip_id = NULL WHERE slip_id = $1"),
                        params![*id],
                    )
                    .await?;
                }
                tx.exec("DELETE FROM notice_out WHERE slip_id = $1", params![*id])
                    .await?;
                tx.exec("DELETE FROM slip WHERE id = $1", params![*id])
                    .await?;
            }
            let (notes,): (i64,) = tx
                .one(
                    "SELECT COUNT(*) FROM gathering_note WHERE at < $1",
                    params![before],
                )
                .await?;
            tx.exec("DELETE FROM gathering_note WHERE at < $1", params![before])
                .await?;
            let mut by_office: BTreeMap<i64, u64> = BTreeMap::new();
            for (_, office) in &due {
                *by_office.entry(*office).or_default() += 1;
            }
            if by_office.is_empty() {
                by_office.insert(basics::OfficeId::INSTALLATION.get(), 0);
            }
            for (office, slips) in by_office {
                let entry = Entry::done(
                    office.into(),
                    Actor::Program,
                    "slip.erased",
                    "",
                    self.clock().now(),
                );
                let detail = format!("slips={slips},notes={notes}");
                audit::record(tx, &entry.because(detail)).await?;
            }
            Ok::<_, Error>(due.len() as u64)
        })?;
        if erased > 0 {
            self.db().scrub().await.unwrap_or_default();
        }
        Ok(erased)
    }
}
