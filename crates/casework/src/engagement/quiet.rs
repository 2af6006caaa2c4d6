//! Times in which nothing is asked of anybody, and 静観 that staff look at again, among themselves. Neither day changes a
//! state when it comes (inv. 13).

use super::{State, current};
use crate::case;
use crate::{Casework, Error, Result};
use basics::CaseId;
use basics::time::{from_micros, to_jst};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{Action, CaseScope};
use office::session::Session;
use store::{Conn, params, transact};

/// Until which day nothing is asked of anybody of a case, if that was agreed before this moment and still holds then: the
/// guard of `approach::may_reach`.
pub(crate) async fn quiet_at(conn: &mut Conn, case: CaseId, at: Timestamp) -> Result<Option<Date>> {
    let found: Option<(String, Option<i64>)> = conn
        .first(
            "SELECT quiet_until, quiet_since FROM engagement \
             WHERE case_id = $1 AND ended_on IS NULL AND quiet_until >= $2 ORDER BY quiet_until DESC",
            params![case.get(), to_jst(at).date().to_string()],
        )
        .await?;
    match found {
        Some((until, since)) if since.is_none_or(|since| from_micros(since) <= at) => {
            let until = until.parse();
            Ok(Some(
                until.map_err(|_| Error::Damaged("engagement.quiet_until"))?,
            ))
        }
        _ => Ok(None),
    }
}

/// 静観 of the colleague's own cases that staff wanted to look at again by then, the earliest first.
pub(crate) async fn to_review(
    conn: &mut Conn,
    scope: &CaseScope,
    until: Date,
) -> Result<Vec<(CaseId, Date)>> {
    let sql = format!(
        "SELECT case_id, review_on FROM engagement WHERE state = '{}' AND review_on <= $1 AND {} ORDER BY review_on, id",
        State::OnHold.code(),
        scope.own_sql("case_id")
    );
    let rows: Vec<(i64, String)> = conn.all(&sql, params![until.to_string()]).await?;
    rows.into_iter()
        .map(|(case, on)| {
            let on = on.parse();
            let on = on.map_err(|_| Error::Damaged("engagement.review_on"))?;
            Ok((case.into(), on))
        })
        .collect()
}

impl Casework {
    /// Until when nothing is asked of anybody: no letter, call, message or visit from our side. `None` ends it.
    pub async fn keep_quiet(
        &self,
        session: &Session,
        case: CaseId,
        until: Option<Date>,
    ) -> Result<()> {
        if until.is_some_and(|day| day < self.clock().today()) {
            return Err(Error::invalid(
                "quiet",
                "きょうからあとの日付を書いてください。",
            ));
        }
        transact!(self.db(), "engagement.quiet", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let now = current(tx, case.id).await?;
            if now.state.is_over() {
                return Err(Error::Illegal("いまは、続いている支援期間がありません。"));
            }
            let micros = self.clock().now_micros();
            tx.exec(
                "UPDATE engagement SET quiet_until = $1, quiet_since = $2, changed_at = $3 WHERE id = $4",
                params![
                    until.map(|day| day.to_string()),
                    until.map(|_| micros),
                    micros,
                    now.id
                ],
            )
            .await?;
            let deed = match until {
                Some(_) => "engagement.quiet",
                None => "engagement.quiet_ended",
            };
            office::audit::record(tx, &grant.entry(deed)).await?;
            Ok(())
        })
    }

    /// 静観: when staff look at it again, among themselves; `None`: on no particular day. It changes no state, neither now
    /// nor when the day comes (inv. 13).
    pub async fn review_quiet_watching(
        &self,
        session: &Session,
        case: CaseId,
        on: Option<Date>,
    ) -> Result<()> {
        transact!(self.db(), "engagement.review", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let now = current(tx, case.id).await?;
            if now.state != State::OnHold {
                return Err(Error::Illegal("いまは、静観（見守り）ではありません。"));
            }
            tx.exec(
                "UPDATE engagement SET review_on = $1, changed_at = $2 WHERE id = $3",
                params![
                    on.map(|day| day.to_string()),
                    self.clock().now_micros(),
                    now.id
                ],
            )
            .await?;
            office::audit::record(tx, &grant.entry("engagement.review")).await?;
            Ok(())
        })
    }
}
