//! The honest waiting time (field/guide.md §F15): from what really happened in the last weeks, or not at all.

use crate::{Community, Error, Result};
use basics::OfficeId;
use basics::time::{from_micros, micros, to_jst};
use jiff::SignedDuration;
use jiff::civil::Date;
use store::{Conn, params};

/// So many weeks are looked back.
pub const WEEKS: i64 = 8;
/// Fewer than this say nothing, and would say too much about somebody.
pub const AT_LEAST: usize = 3;

/// How long people waited for a first appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Half of them waited no longer than this many days.
    pub median_days: i64,
    /// Of how many first appointments.
    pub count: usize,
}

impl Waiting {
    /// For the page: 「はじめての面接まで、およそ9日（この8週間の12件から）」.
    pub fn sentence(self) -> String {
        let long = match self.median_days {
            0 => "その日のうち".to_owned(),
            days => format!("およそ{days}日"),
        };
        format!(
            "はじめての面接まで、{long}でした（この{WEEKS}週間の{}件のまんなかの値）。",
            self.count
        )
    }
}

/// What is said when there is too little to go by.
pub const NOT_ENOUGH: &str = "待ち時間は、まだ十分な実績がありません。";

/// The middle of the days waited; `None` below [`AT_LEAST`]. Of an even number the later of the two in the middle: rather
/// a day too long than too short.
pub fn of_days(mut days: Vec<i64>) -> Option<Waiting> {
    if days.len() < AT_LEAST {
        return None;
    }
    days.sort_unstable();
    Some(Waiting {
        median_days: days[days.len() / 2],
        count: days.len(),
    })
}

impl Community {
    /// The waiting time of an office.
    pub async fn waiting_time(&self, office: OfficeId) -> Result<Option<Waiting>> {
        let mut conn = self.db().read().await?;
        let since = self
            .clock()
            .now()
            .saturating_sub(SignedDuration::from_hours(24 * 7 * WEEKS));
        let since = since.unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        Ok(of_days(waited(&mut conn, office, micros(since)).await?))
    }
}

/// The days from the making of first appointments to their day; cancelled ones are nobody's wait.
async fn waited(conn: &mut Conn, office: OfficeId, since: i64) -> Result<Vec<i64>> {
    let rows: Vec<(i64, String)> = conn
        .all(
            "SELECT made_at, day FROM appointment \
             WHERE office_id = $1 AND made_at >= $2 AND first_time = 1 AND state <> 'cancelled'",
            params![office.get(), since],
        )
        .await?;
    let days = |(made_at, day): (i64, String)| {
        let made_on = to_jst(from_micros(made_at)).date();
        let day: Date = day.parse().map_err(|_| Error::Damaged("appointment.day"))?;
        let waited = made_on
            .until(day)
            .map_err(|_| Error::Damaged("appointment.day"))?;
        Ok(i64::from(waited.get_days()))
    };
    rows.into_iter().map(days).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_three_nothing_is_said() {
        assert_eq!(of_days(vec![1, 2]), None);
        let three = of_days(vec![30, 2, 9]).unwrap();
        assert_eq!((three.median_days, three.count), (9, 3));
        assert!(three.sentence().contains("およそ9日"));
        assert_eq!(of_days(vec![1, 2, 5, 9]).unwrap().median_days, 5);
        assert!(
            of_days(vec![0, 0, 0])
                .unwrap()
                .sentence()
                .contains("その日のうち")
        );
    }
}
