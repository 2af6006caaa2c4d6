//! Who agreed to what a plan says: a list, since in a shared part several do, each on a day of their own. Taking it back is
//! always possible and asks for no reason (inv. 5); what was agreed before stays in the list.

use super::{Agreed, AgreedHow, PlanId, day, writing};
use crate::compartment::{self, Compartment};
use crate::{Casework, Error, Result, case};
use basics::{CaseId, Clock, CompartmentId, StaffId, new_id};
use jiff::civil::Date;
use office::access::Action;
use office::session::Session;
use store::{Conn, params, transact};

/// Somebody's agreement to one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Its identifier.
    pub id: i64,
    /// Who, when, how.
    pub agreed: Agreed,
    /// Since when it does not hold any more.
    pub withdrawn_on: Option<Date>,
}

/// Identifier, person, day, how, taken back on.
type Row = (i64, i64, String, String, Option<String>);

pub(super) async fn of_version(conn: &mut Conn, version: i64) -> Result<Vec<Agreement>> {
    let rows: Vec<Row> = conn
        .all(
            "SELECT id, person_id, agreed_on, how, withdrawn_on FROM plan_agreement WHERE version_id = $1 \
             ORDER BY agreed_on, id",
            params![version],
        )
        .await?;
    rows.into_iter()
        .map(|(id, by, on, how, withdrawn)| {
            Ok(Agreement {
                id,
                agreed: Agreed {
                    by: by.into(),
                    on: day(Some(&on), "plan_agreement.agreed_on")?
                        .ok_or(Error::Damaged("plan_agreement.agreed_on"))?,
                    how: AgreedHow::from_code(&how).ok_or(Error::Damaged("plan_agreement.how"))?,
                },
                withdrawn_on: day(withdrawn.as_deref(), "plan_agreement.withdrawn_on")?,
            })
        })
        .collect()
}

pub(super) async fn note(
    tx: &mut Conn,
    clock: &Clock,
    by: StaffId,
    version: i64,
    agreed: &Agreed,
) -> Result<()> {
    tx.exec(
        "INSERT INTO plan_agreement (id, version_id, person_id, agreed_on, how, noted_by, noted_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![
            new_id(clock),
            version,
            agreed.by.get(),
            agreed.on.to_string(),
            agreed.how.code(),
            by.get(),
            clock.now_micros()
        ],
    )
    .await?;
    Ok(())
}

/// Which part of which plan.
#[derive(Debug, Clone, Copy)]
pub struct PartOfPlan {
    /// Of which plan.
    pub plan: PlanId,
    /// In which compartment.
    pub compartment: CompartmentId,
}

impl Casework {
    /// Somebody agrees to what the part says now. `seen`: the version that was shown to them; a newer one is
    /// [`Error::Meanwhile`], and who agreed to it already is [`Error::Again`].
    pub async fn agree_to_plan(
        &self,
        session: &Session,
        id: CaseId,
        part: PartOfPlan,
        seen: i64,
        agreed: &Agreed,
    ) -> Result<()> {
        transact!(self.db(), "plan.agree", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ChangeCase).await?;
            compartment::open(tx, session, &grant, part.compartment, Action::WriteNote).await?;
            let all = compartment::of_case(tx, id).await?;
            let home: Option<&Compartment> = all.iter().find(|one| one.id == part.compartment);
            writing::may_agree(agreed, home.ok_or(Error::NotFound)?, self.clock().today())?;
            let now: Option<(i64, i64)> = tx
                .first(
                    "SELECT v.id, v.version FROM plan_version v JOIN plan_part p ON p.id = v.part_id \
                     JOIN plan q ON q.id = p.plan_id WHERE q.id = $1 AND q.case_id = $2 AND p.compartment_id = $3 \
                     ORDER BY v.version DESC LIMIT 1",
                    params![part.plan.get(), id.get(), part.compartment.get()],
                )
                .await?;
            let (version, number) = now.ok_or(Error::NotFound)?;
            if number != seen {
                return Err(Error::Meanwhile);
            }
            let given = of_version(tx, version).await?;
            if given
                .iter()
                .any(|one| one.agreed.by == agreed.by && one.withdrawn_on.is_none())
            {
                return Err(Error::Again);
            }
            note(tx, self.clock(), session.staff(), version, agreed).await?;
            let detail = format!("plan={},version={number}", part.plan);
            office::audit::record(tx, &grant.entry("plan.agreed").because(detail)).await?;
            Ok(())
        })
    }

    /// Somebody takes their agreement back. Nothing stands in the way of it.
    pub async fn withdraw_plan_agreement(
        &self,
        session: &Session,
        id: CaseId,
        part: PartOfPlan,
        agreement: i64,
    ) -> Result<()> {
        transact!(self.db(), "plan.disagree", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ChangeCase).await?;
            compartment::open(tx, session, &grant, part.compartment, Action::WriteNote).await?;
            let taken = tx
                .exec(
                    "UPDATE plan_agreement SET withdrawn_on = $1, withdrawn_by = $2 WHERE id = $3 AND withdrawn_on IS NULL \
                     AND version_id IN (SELECT v.id FROM plan_version v JOIN plan_part p ON p.id = v.part_id \
                     JOIN plan q ON q.id = p.plan_id WHERE q.id = $4 AND q.case_id = $5 AND p.compartment_id = $6)",
                    params![
                        self.clock().today().to_string(),
                        session.staff().get(),
                        agreement,
                        part.plan.get(),
                        id.get(),
                        part.compartment.get()
                    ],
                )
                .await?;
            if taken == 0 {
                return Err(Error::Again);
            }
            let detail = format!("plan={}", part.plan);
            office::audit::record(tx, &grant.entry("plan.agreement_withdrawn").because(detail))
                .await?;
            Ok(())
        })
    }
}
