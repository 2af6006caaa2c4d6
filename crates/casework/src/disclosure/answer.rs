//! From the prepared lines to the paper: submitted, approved or given back, printed.

use super::lines::Gather;
use super::{Preview, Request, State, kept, must_be, record};
use crate::{Casework, Error, Result, case, compartment, safety_flag};
use basics::CaseId;
use basics::time::micros;
use office::access::{Action, CaseGrant};
use office::custody::acquaintance;
use office::custody::notice::{self, NoticeKind};
use office::session::Session;
use store::{Conn, params, transact};

impl Casework {
    /// The paper of a request, looked at or printed: a row in the chain each time.
    pub async fn print_disclosure(
        &self,
        session: &Session,
        id: CaseId,
        request: i64,
    ) -> Result<Preview> {
        let preview = self.disclosure(session, id, request).await?;
        transact!(self.db(), "disclosure.print", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::PrepareDisclosure).await?;
            let state = preview.request.state.code();
            let entry = grant.entry("disclosure.printed");
            let entry = entry.because(format!("request={request},state={state}"));
            Ok::<_, Error>(office::audit::record(tx, &entry).await?)
        })?;
        Ok(preview)
    }

    /// Gives the prepared answer to a supervisor. From here on it says what it says, whatever is written later. Refused
    /// while a line is undecided, or while there are lines that whoever prepares cannot see.
    pub async fn submit_disclosure(
        &self,
        session: &Session,
        id: CaseId,
        request: i64,
    ) -> Result<()> {
        let preview = self.disclosure(session, id, request).await?;
        transact!(self.db(), "disclosure.submit", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::PrepareDisclosure).await?;
            must_be(tx, &grant, id, request, State::Preparing).await?;
            if preview.partial {
                return Err(Error::invalid(
                    "kimeru",
                    "このケースには、担当していない区画があります。すべての区画を読める職員が、案を承認に出してください。",
                ));
            }
            preview.must_be_decided()?;
            let grants = compartment::grants(compartment::open_all(tx, session, &grant).await?);
            for line in &preview.lines {
                kept::freeze(tx, session, (&grant, &grants), request, line).await?;
            }
            tx.exec(
                "UPDATE disclosure_request SET state = 'submitted', submitted_by = $1, submitted_at = $2 WHERE id = $3",
                params![session.staff().get(), self.clock().now_micros(), request],
            )
            .await?;
            for lead in acquaintance::approvers(tx, grant.office(), id).await? {
                if lead.id != session.staff() {
                    let (clock, kind) = (self.clock(), NoticeKind::DisclosureSubmitted);
                    let (office, subject) = (grant.office(), Some(request));
                    notice::tell(tx, clock, office, lead.id, kind, Some(id), subject).await?;
                }
            }
            record(tx, &grant, "disclosure.submitted", request).await
        })
    }

    /// Approves, or gives back; by a supervisor who did not submit it. Not approved while a line is undecided.
    pub async fn judge_disclosure(
        &self,
        session: &Session,
        id: CaseId,
        request: i64,
        approved: bool,
    ) -> Result<()> {
        let today = self.clock().today().to_string();
        let preview = self.disclosure(session, id, request).await?;
        transact!(self.db(), "disclosure.judge", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ApproveDisclosure).await?;
            let found = must_be(tx, &grant, id, request, State::Submitted).await?;
            if found.submitted_by == Some(session.staff()) {
                return Err(Error::Guarded(
                    "案を出した人とは別の人が承認します。".to_owned(),
                ));
            }
            if approved {
                preview.must_be_decided()?;
                // Flags lie on the face sheet.
                for line in preview.lines.iter().filter(|line| line.late) {
                    kept::freeze(tx, session, (&grant, &[]), request, line).await?;
                }
                tx.exec(
                    "UPDATE disclosure_request SET state = 'approved', approved_by = $1, approved_on = $2 WHERE id = $3",
                    params![session.staff().get(), today.as_str(), request],
                )
                .await?;
                record(tx, &grant, "disclosure.approved", request).await
            } else {
                kept::thaw(tx, request).await?;
                tx.exec(
                    "UPDATE disclosure_request SET state = 'preparing', submitted_by = NULL, submitted_at = NULL WHERE id = $1",
                    params![request],
                )
                .await?;
                record(tx, &grant, "disclosure.returned", request).await
            }
        })
    }
}

/// Flags that stood when the answer was submitted and are for the supervisors alone: whoever prepared did not see them.
pub(super) async fn late(
    tx: &mut Conn,
    grant: &CaseGrant,
    request: &Request,
    gather: &mut Gather<'_>,
) -> Result<()> {
    for mut flag in safety_flag::all(tx, grant, grant.clock().today()).await? {
        let submitted = request.submitted_at.unwrap_or_default();
        flag.events.retain(|event| micros(event.at) <= submitted);
        gather.flag(&flag);
    }
    Ok(())
}
