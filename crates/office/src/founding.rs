//! Founding an office together with its first colleagues: all of it, or nothing (`ippo init`).

use crate::access::{Action, operator};
use crate::enrol::{self, Invitation};
use crate::error::{Error, Result};
use crate::office::{self, Founded, NewOffice};
use crate::staff::StaffForm;
use basics::Clock;
use store::{Db, transact};

/// Founds an office and invites its first colleagues in one transaction. The invitations come back in the order of
/// `staff`; [`Founded::private_key`] goes onto the recovery sheet.
pub async fn found_with_staff(
    db: &Db,
    clock: &Clock,
    new: &NewOffice,
    staff: &[StaffForm],
) -> Result<(Founded, Vec<Invitation>)> {
    let prepared = office::Prepared::new(clock, new)?;
    let permit = operator(clock, prepared.id(), Action::ManageStaff);
    for form in staff {
        form.check()?;
    }
    let drafts: Vec<_> = staff.iter().map(|_| enrol::draft(&permit)).collect();
    transact!(db, "office.found_with_staff", |tx| {
        prepared.insert(tx, clock).await?;
        for (form, draft) in staff.iter().zip(&drafts) {
            enrol::invite_in(tx, &permit, form, draft).await?;
        }
        Ok::<_, Error>(())
    })?;
    let invitations = drafts.into_iter().map(|draft| draft.invitation).collect();
    Ok((prepared.founded(), invitations))
}
