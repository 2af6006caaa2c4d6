//! At the door: somebody says the last digits of their code, or what they are called, and is here.

use super::run;
use crate::slip::{self, Code};
use crate::{Community, Error, Result, gathering};
use basics::GatheringId;
use office::access::{Action, KeptFor, open_slips};
use office::audit::{self, Actor, Entry};
use office::session::Session;
use office::staff::Role;
use store::{Conn, params, transact};

impl Community {
    /// Notes that somebody is here, by the last four digits of their code, by the whole code, or by what they are called.
    /// A peer host opens no slip and finds nobody by name. Exactly one booking must fit, else nothing is noted.
    pub async fn arrive_at_door(
        &self,
        session: &Session,
        id: GatheringId,
        said: &str,
    ) -> Result<()> {
        let digits = basics::fold(said).replace(['-', 'ー', ' '], "");
        let digits = digits.trim();
        if digits.is_empty() {
            return Err(Error::invalid("said", "番号か、呼び名を入れてください。"));
        }
        transact!(self.db(), "booking.tap", |tx| {
            let (found, hosts) = run(tx, session, id).await?;
            if found.state == gathering::State::Cancelled {
                return Err(Error::Illegal("とりやめになった回です。"));
            }
            let seats: Vec<(i64, i64)> = tx
                .all(
                    "SELECT id, slip_id FROM booking WHERE gathering_id = $1 AND state = 'booked' AND slip_id IS NOT NULL \
                     ORDER BY id",
                    params![id.get()],
                )
                .await?;
            let slips: Vec<i64> = seats.iter().map(|(_, slip)| *slip).collect();
            let number = digits.chars().all(|sign| sign.is_ascii_digit());
            let fits = if number && digits.len() == slip::SHORT {
                slip::ending_in(tx, self, &slips, digits).await?
            } else if let Some(code) = Code::read(digits) {
                slip::of_code(tx, self, &slips, &code).await?
            } else if session.role() != Role::Peer && session.holds_office_key() {
                let kept_for = KeptFor::Gathering {
                    id: id.get(),
                    hosts: &hosts,
                };
                let action = Action::RunGathering;
                let keys = open_slips(tx, session, found.office, kept_for, action).await?;
                called(tx, &keys, &slips, said).await?
            } else {
                return Err(Error::invalid(
                    "said",
                    "呼び名では、さがせません。番号の終わりの4けたを聞いてください。",
                ));
            };
            let [slip] = fits[..] else {
                return Err(Error::invalid(
                    "said",
                    if fits.is_empty() {
                        "この日の予約の中に、見つかりませんでした。予約がなくても、来られる場なら、人数に入れるだけで大丈夫です。"
                    } else {
                        "同じものが、2つ以上あります。下の一覧から選んでください。"
                    },
                ));
            };
            tx.exec(
                "UPDATE booking SET arrived_at = $1 WHERE slip_id = $2 AND gathering_id = $3 AND state = 'booked' \
                 AND arrived_at IS NULL",
                params![self.clock().now_micros(), slip, id.get()],
            )
            .await?;
            let entry = Entry::done(
                found.office,
                Actor::Staff(session.staff()),
                "booking.arrived",
                gathering::subject(id),
                self.clock().now(),
            );
            audit::record(tx, &entry.because("at_door")).await?;
            Ok(())
        })
    }
}

/// Those of these slips on which somebody is called so, however it is written.
async fn called(
    tx: &mut Conn,
    keys: &office::access::SlipKeys<'_>,
    slips: &[i64],
    said: &str,
) -> Result<Vec<i64>> {
    let plain = |name: &str| {
        let name = basics::fold(name);
        let name = name.trim();
        name.strip_suffix("さん").unwrap_or(name).trim().to_owned()
    };
    let wanted = plain(said);
    let mut found = Vec::new();
    for row in slip::rows(tx, slips).await? {
        if plain(&row.open(keys)?.nickname) == wanted && !wanted.is_empty() {
            found.push(row.id);
        }
    }
    Ok(found)
}
