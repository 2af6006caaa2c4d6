//! What the rules put in the way of reaching somebody: a ban, or hours that were agreed (inv. 9).

use super::{Channel, ContactPoint, hour, of_person};
use crate::Result;
use basics::PersonId;
use jiff::civil::Time;
use office::access::CaseGrant;
use store::Conn;

/// How somebody is about to be reached.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    /// Who.
    pub person: PersonId,
    /// By which way.
    pub channel: Channel,
    /// By which of their numbers or addresses, when it is known.
    pub point: Option<i64>,
}

/// A stretch of the day in which somebody is to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Within {
    /// From when.
    pub from: Time,
    /// How many minutes.
    pub minutes: i64,
}

impl From<Time> for Within {
    fn from(from: Time) -> Self {
        Self { from, minutes: 0 }
    }
}

impl Within {
    /// Whether any quarter of an hour of it is open.
    fn is_open(self, point: &ContactPoint) -> bool {
        let quarters = self.minutes.clamp(0, 24 * 60) / 15;
        (0..=quarters).any(|n| {
            let at = self
                .from
                .wrapping_add(jiff::SignedDuration::from_mins(n * 15));
            point.open_at(at)
        })
    }
}

/// What stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InTheWay {
    /// This way, or every way, is not to be used.
    Ban,
    /// It is not the agreed time.
    Hours {
        /// From when, in words.
        from: String,
        /// Until when.
        until: String,
    },
}

/// What the rules put in the way of reaching somebody by one of these ways (inv. 9). One number that may be used is
/// enough. `approach::may_reach` asks before every letter, call, message and visit.
pub(crate) async fn in_the_way(
    conn: &mut Conn,
    grant: &CaseGrant,
    person: PersonId,
    channels: &[Channel],
    within: Option<Within>,
) -> Result<Option<InTheWay>> {
    let points = of_person(conn, grant, person).await?;
    let mut first = None;
    let known = points.iter().filter(|p| channels.contains(&p.channel));
    let by_point = known.map(|p| (p.channel, Some(p.id)));
    // A ban on everything stands although no number is known.
    let any = [(Channel::Any, None)];
    let mut asked: Vec<(Channel, Option<i64>)> = by_point.collect();
    if asked.is_empty() {
        asked.extend(any);
    }
    for (channel, point) in asked {
        let attempt = Attempt {
            person,
            channel,
            point,
        };
        match judge(&points, &attempt, within) {
            Ok(_) => return Ok(None),
            // Hours pass, a ban does not: the milder one is what stands in the way.
            Err(hours @ InTheWay::Hours { .. }) => first = Some(hours),
            Err(ban) => first = first.or(Some(ban)),
        }
    }
    Ok(first)
}

/// The rule that applies, or why not: what a ban or the hours forbid (inv. 9).
pub fn judge<'a>(
    points: &'a [ContactPoint],
    attempt: &Attempt,
    within: Option<Within>,
) -> Result<Option<&'a ContactPoint>, InTheWay> {
    let mine = |point: &&ContactPoint| point.person == attempt.person;
    if points
        .iter()
        .filter(mine)
        .any(|p| p.ban && p.channel == Channel::Any)
    {
        return Err(InTheWay::Ban);
    }
    let same: Vec<&ContactPoint> = points
        .iter()
        .filter(mine)
        .filter(|p| p.channel == attempt.channel)
        .collect();
    let rule = match attempt.point {
        Some(id) => same.iter().find(|p| p.id == id).copied(),
        // A ban without a number is one on the whole way; else the first that may be used.
        None => same
            .iter()
            .find(|p| p.ban && p.value.is_empty())
            .or_else(|| same.iter().find(|p| !p.ban))
            .or_else(|| same.first())
            .copied(),
    };
    let whole_way = same.iter().any(|p| p.ban && p.value.is_empty());
    if whole_way || rule.is_some_and(|rule| rule.ban) {
        return Err(InTheWay::Ban);
    }
    let has_hours = attempt.channel.is_phone() || attempt.channel == Channel::Visit;
    if let (Some(rule), Some(within)) = (rule, within)
        && has_hours
        && !within.is_open(rule)
    {
        return Err(InTheWay::Hours {
            from: hour(rule.from.unwrap_or_default()),
            until: hour(rule.until.unwrap_or_default()),
        });
    }
    Ok(rule)
}
