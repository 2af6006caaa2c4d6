//! What was counted, day by day: for those who run the programme, who write the year's report from it (field/domain.md
//! §3.9: how often, how long, how many altogether, how many for the first time). Heads have no names, so there is no 実人員.

use super::{Heads, heads_of};
use crate::{Community, Error, Result, programme};
use basics::time::from_micros;
use basics::{GatheringId, ProgrammeId};
use jiff::civil::Date;
use office::access::{self, Action, may_run};
use office::session::Session;
use store::params;

/// A day on which heads were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Which day of the programme.
    pub gathering: GatheringId,
    /// The day.
    pub day: Date,
    /// How long it was open, in minutes.
    pub minutes: i64,
    /// The heads.
    pub heads: Heads,
}

impl Counted {
    fn of(row: &CountedRow) -> Result<Self> {
        let day = row.day.parse();
        let open = from_micros(row.ends_at).duration_since(from_micros(row.starts_at));
        Ok(Self {
            gathering: row.id.into(),
            day: day.map_err(|_| Error::Damaged("gathering.day"))?,
            minutes: open.as_mins(),
            heads: heads_of((
                row.principals,
                row.family,
                row.peers,
                row.staff,
                row.others,
                row.first_timers,
            )),
        })
    }
}

store::row! {
    struct CountedRow {
        pub id: i64,
        pub day: String,
        pub starts_at: i64,
        pub ends_at: i64,
        pub principals: i64,
        pub family: i64,
        pub peers: i64,
        pub staff: i64,
        pub others: i64,
        pub first_timers: i64,
    }
}

impl Community {
    /// The counted days of a programme from `from` on, in order. For whoever does not run it there are none.
    pub async fn counted(
        &self,
        session: &Session,
        id: ProgrammeId,
        from: Date,
    ) -> Result<Vec<Counted>> {
        let permit = access::permit(session, Action::SeePlaces, &programme::subject(id)).await?;
        let mut conn = self.db().read().await?;
        let one = programme::by_id(&mut conn, id).await?;
        if !may_run(session, one.office, &one.draft.hosts) {
            return Ok(Vec::new());
        }
        let rows: Vec<CountedRow> = conn
            .all(
                "SELECT g.id, g.day, g.starts_at, g.ends_at, a.principals, a.family, a.peers, a.staff, a.others, \
                 a.first_timers FROM attendance a JOIN gathering g ON g.id = a.gathering_id \
                 WHERE g.programme_id = $1 AND g.office_id = $2 AND g.day >= $3 AND g.state <> 'cancelled' \
                 ORDER BY g.starts_at, g.id",
                params![id.get(), permit.office().get(), from.to_string()],
            )
            .await?;
        rows.iter().map(Counted::of).collect()
    }
}
