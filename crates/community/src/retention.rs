//! What is forgotten, and when: a slip goes [`crate::booking::KEPT_DAYS`] after its day, with its words, its code and
//! where to remind; counts stay. What hosts noticed goes after a year: it is for the running of the place, not a record
//! of anybody. What points at a case goes when the case was erased.

use crate::{Community, Error, Result, taken};
use basics::time::micros;
use jiff::Span;
use office::audit::{self, Actor, Entry};
use std::collections::BTreeMap;
use store::{Conn, params, transact};

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
        let mut forgotten = 0;
        let erased = transact!(self.db(), "slip.erase", |tx| {
            let due: Vec<(i64, i64)> = tx
                .all(
                    "SELECT id, office_id FROM slip WHERE keep_until < $1 ORDER BY id LIMIT 500",
                    params![today.to_string()],
                )
                .await?;
            for (id, _) in &due {
                erase_slip(tx, *id).await?;
            }
            let (notes,): (i64,) = tx
                .one(
                    "SELECT COUNT(*) FROM gathering_note WHERE at < $1",
                    params![before],
                )
                .await?;
            tx.exec("DELETE FROM gathering_note WHERE at < $1", params![before])
                .await?;
            let (marks, kept) = forget_erased_cases(tx, micros(self.clock().now())).await?;
            forgotten = marks + kept;
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
                let detail =
                    format!("slips={slips},notes={notes},marks={marks},appointments={kept}");
                audit::record(tx, &entry.because(detail)).await?;
            }
            Ok::<_, Error>(due.len() as u64)
        })?;
        if erased > 0 || forgotten > 0 {
            self.db().scrub().await.unwrap_or_default();
        }
        Ok(erased)
    }
}

/// A slip with everything that hangs on it; the counts stay.
async fn erase_slip(tx: &mut Conn, id: i64) -> Result<()> {
    for table in ["booking", "appointment"] {
        let sql = format!("UPDATE {table} SET slip_id = NULL WHERE slip_id = $1");
        tx.exec(&sql, params![id]).await?;
    }
    tx.exec("DELETE FROM notice_out WHERE slip_id = $1", params![id])
        .await?;
    tx.exec("DELETE FROM slip WHERE id = $1", params![id])
        .await?;
    Ok(())
}

/// What pointed at somebody of a case that was erased: that they came goes, head counts stay; of an appointment its time
/// stays, and nothing of whose it was. How many marks, how many appointments.
async fn forget_erased_cases(tx: &mut Conn, now: i64) -> Result<(u64, u64)> {
    let marks = tx
        .exec(
            "DELETE FROM attendance_of_person WHERE NOT EXISTS (SELECT 1 FROM person p \
             WHERE p.id = attendance_of_person.person_id AND p.case_id = attendance_of_person.case_id) \
             OR NOT EXISTS (SELECT 1 FROM compartment c WHERE c.id = attendance_of_person.compartment_id)",
            params![],
        )
        .await?;
    let kept: Vec<(i64, Option<i64>, i64)> = tx
        .all(
            "SELECT id, slip_id, starts_at FROM appointment WHERE case_id IS NOT NULL AND NOT EXISTS \
             (SELECT 1 FROM compartment c WHERE c.id = appointment.compartment_id AND c.case_id = appointment.case_id) \
             ORDER BY id",
            params![],
        )
        .await?;
    for (id, slip, starts_at) in &kept {
        if *starts_at > now {
            taken::release_others(tx, *id, &[], 0..0).await?;
            tx.exec(
                "UPDATE appointment SET state = 'cancelled' WHERE id = $1 AND state = 'booked'",
                params![*id],
            )
            .await?;
        }
        tx.exec(
            "UPDATE appointment SET case_id = NULL, compartment_id = NULL, version = version + 1 WHERE id = $1",
            params![*id],
        )
        .await?;
        if let Some(slip) = slip {
            erase_slip(tx, *slip).await?;
        }
    }
    Ok((marks, kept.len() as u64))
}
