//! Open slots: from the hours that colleagues offer, less what is taken, to the times that can be booked.
//!
//! [`of_day`] is a pure function; [`Situation::read`] gathers what it needs. Which colleague it will be is decided when
//! somebody books: whoever has the fewest appointments first.

use crate::offered_hours::{self, OfferedHours, Way, minute_of};
use crate::taken::{self, Resource, quarters};
use crate::{Community, Error, Result, away, meeting_room};
use basics::time::{micros, start_of_day, to_jst};
use basics::{CaseId, OfficeId, StaffId};
use casework::staff_times;
use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};
use office::Session;
use office::access::{Action, permit};
use office::calendar::Opening;
use office::office::Office;
use std::collections::{BTreeMap, HashMap, HashSet};
use store::{Conn, params};

/// So far ahead the public may book.
pub const HORIZON_WEEKS: i64 = 6;
/// So far ahead the staff may.
pub const STAFF_HORIZON_WEEKS: i64 = 26;

/// Who could serve a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub staff: StaffId,
    /// Who else, where two are needed.
    pub second: Option<StaffId>,
    /// In which room.
    pub room: Option<i64>,
    /// How many minutes stay free afterwards.
    pub pause: i64,
    /// How one can meet.
    pub ways: Vec<Way>,
}

impl Candidate {
    /// What an appointment with this candidate takes: the colleagues and the room, which nobody needs for a visit at home.
    pub fn resources(&self, way: Way) -> Vec<Resource> {
        let staff = [Some(self.staff), self.second].into_iter().flatten();
        let room = self.room.filter(|_| way != Way::Home).map(Resource::Room);
        staff.map(Resource::Staff).chain(room).collect()
    }
}

/// A time that can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// From when.
    pub starts_at: Timestamp,
    /// How long.
    pub minutes: i64,
    /// Who could serve it; at least one.
    pub candidates: Vec<Candidate>,
}

impl Slot {
    /// Until when.
    pub fn ends_at(&self) -> Timestamp {
        end_of(self.starts_at, self.minutes)
    }

    /// On which day.
    pub fn day(&self) -> Date {
        to_jst(self.starts_at).date()
    }

    /// Whether one can meet in this way.
    pub fn allows(&self, way: Way) -> bool {
        self.candidates.iter().any(|one| one.ways.contains(&way))
    }
}

/// The end of something of so many minutes.
pub(crate) fn end_of(starts_at: Timestamp, minutes: i64) -> Timestamp {
    starts_at
        .saturating_add(SignedDuration::from_mins(minutes))
        .unwrap_or(starts_at)
}

/// Everything that decides which slots are open.
#[derive(Debug, Clone)]
pub struct Situation {
    /// When the office is open.
    pub opening: Opening,
    /// What is offered.
    pub hours: Vec<OfferedHours>,
    /// What appointments take.
    pub taken: HashSet<(Resource, i64)>,
    /// When colleagues have something else: absences, visits, gatherings they host.
    pub elsewhere: HashSet<(Resource, i64)>,
}

/// The slots of a day, in order. Hours outside of the office's own are not given out; a slot whose pause is taken is not
/// free either.
pub fn of_day(day: Date, situation: &Situation) -> Vec<Slot> {
    let Some(open) = situation.opening.hours_on(day) else {
        return Vec::new();
    };
    let midnight = start_of_day(day);
    let mut slots: BTreeMap<(Timestamp, i64), Vec<Candidate>> = BTreeMap::new();
    let today: Vec<&OfferedHours> = situation
        .hours
        .iter()
        .filter(|one| one.hours.hold_on(day))
        .collect();
    for offered in &today {
        let hours = &offered.hours;
        let mut minute = minute_of(hours.from);
        while minute + hours.minutes <= minute_of(hours.to) {
            let (from, until) = (minute, minute + hours.minutes);
            minute = until + hours.pause;
            if from < minute_of(open.from) || until > minute_of(open.to) {
                continue;
            }
            let starts_at = end_of(midnight, from);
            let ends_at = end_of(midnight, until + hours.pause);
            let free = |resource: Resource| {
                quarters(starts_at, ends_at)
                    .map(|quarter| (resource, quarter))
                    .all(|one| {
                        !situation.taken.contains(&one) && !situation.elsewhere.contains(&one)
                    })
            };
            if !free(Resource::Staff(hours.staff)) {
                continue;
            }
            let room_free = hours.room.is_none_or(|room| free(Resource::Room(room)));
            let ways: Vec<Way> = hours
                .ways
                .iter()
                .copied()
                .filter(|way| room_free || *way == Way::Home)
                .collect();
            if ways.is_empty() {
                continue;
            }
            // Nobody goes to somebody's home alone: a visit needs two who are free, whatever else the hours say.
            let (in_twos, alone): (Vec<Way>, Vec<Way>) = ways
                .into_iter()
                .partition(|way| hours.in_pairs || *way == Way::Home);
            let candidate = |second: Option<StaffId>, ways: &[Way]| Candidate {
                staff: hours.staff,
                second,
                room: hours.room,
                pause: hours.pause,
                ways: ways.to_vec(),
            };
            let there = slots.entry((starts_at, hours.minutes)).or_default();
            if !in_twos.is_empty() {
                // Whoever offers that time as well, in whatever way, may come along.
                let covers = |other: &&&OfferedHours| {
                    let other = &other.hours;
                    other.staff != hours.staff
                        && minute_of(other.from) <= from
                        && until <= minute_of(other.to)
                        && free(Resource::Staff(other.staff))
                };
                let mut seconds: Vec<StaffId> = today
                    .iter()
                    .filter(covers)
                    .map(|one| one.hours.staff)
                    .collect();
                seconds.sort_unstable();
                seconds.dedup();
                let in_twos = |second| candidate(Some(second), &in_twos);
                there.extend(seconds.into_iter().map(in_twos));
            }
            if !alone.is_empty() {
                there.push(candidate(None, &alone));
            }
        }
    }
    slots
        .into_iter()
        .filter(|(_, candidates)| !candidates.is_empty())
        .map(|((starts_at, minutes), candidates)| Slot {
            starts_at,
            minutes,
            candidates,
        })
        .collect()
}

/// The candidates of a slot, the least loaded first; of two equally loaded, whoever joined first.
pub(crate) fn fairest_first(candidates: &mut [Candidate], load: &HashMap<StaffId, i64>) {
    let of = |staff: Option<StaffId>| staff.and_then(|id| load.get(&id)).copied().unwrap_or(0);
    candidates.sort_by_key(|one| {
        let both = of(Some(one.staff)) + of(one.second);
        (both, one.staff, one.second)
    });
}

impl Situation {
    /// Reads it for these days. `except` is an appointment about to be moved: what it holds is free for it.
    pub(crate) async fn read(
        conn: &mut Conn,
        office: &Office,
        first: Date,
        last: Date,
        except: Option<i64>,
    ) -> Result<Self> {
        let colleagues: HashSet<StaffId> = office::staff::list(conn, office.id)
            .await?
            .into_iter()
            .filter(|one| one.active && offered_hours::offers(one.role))
            .map(|one| one.id)
            .collect();
        let rooms: HashSet<i64> = meeting_room::of_office(conn, office.id)
            .await?
            .into_iter()
            .filter(|one| one.active)
            .map(|one| one.id)
            .collect();
        let mut hours = offered_hours::standing(conn, office.id, first).await?;
        hours.retain(|one| {
            colleagues.contains(&one.hours.staff)
                && one.hours.room.is_none_or(|room| rooms.contains(&room))
        });
        let taken = taken::between(conn, office.id, first, last, except).await?;
        let mut elsewhere = HashSet::new();
        let from = start_of_day(first);
        let until = start_of_day(last.saturating_add(Span::new().days(1)));
        for (staff, from, until) in busy(conn, office.id, from, until).await? {
            // An absence of weeks is cut to the days that are asked for.
            let quarters = quarters(from, until);
            elsewhere.extend(quarters.map(|quarter| (Resource::Staff(staff), quarter)));
        }
        Ok(Self {
            opening: office.settings.opening.clone(),
            hours,
            taken,
            elsewhere,
        })
    }

    /// The slots of these days.
    pub fn slots(&self, first: Date, last: Date) -> Vec<Slot> {
        first
            .series(Span::new().days(1))
            .take_while(|day| *day <= last)
            .flat_map(|day| of_day(day, self))
            .collect()
    }
}

/// When colleagues are not there between two moments: absences, visits, gatherings they host. Times and nothing else.
pub(crate) async fn busy(
    conn: &mut Conn,
    office: OfficeId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<(StaffId, Timestamp, Timestamp)>> {
    let mut all = Vec::new();
    for one in away::between(conn, office, from, until).await? {
        all.push((one.staff, one.from, one.until));
    }
    for one in staff_times::out(conn, office, from, until).await? {
        all.push((one.staff, one.from, one.until));
    }
    // Who runs a gathering: those who run the programme, and those named for the day.
    let hosted: Vec<(i64, i64, i64)> = conn
        .all(
            "SELECT h.staff_id, g.starts_at, g.ends_at FROM gathering g JOIN gathering_host h ON h.gathering_id = g.id \
             WHERE g.office_id = $1 AND g.state <> 'cancelled' AND g.ends_at > $2 AND g.starts_at < $3 \
             UNION SELECT h.staff_id, g.starts_at, g.ends_at FROM gathering g \
             JOIN programme_host h ON h.programme_id = g.programme_id \
             WHERE g.office_id = $4 AND g.state <> 'cancelled' AND g.ends_at > $5 AND g.starts_at < $6",
            params![
                office.get(),
                micros(from),
                micros(until),
                office.get(),
                micros(from),
                micros(until)
            ],
        )
        .await?;
    for (staff, starts, ends) in hosted {
        let time = basics::time::from_micros;
        all.push((staff.into(), time(starts), time(ends)));
    }
    Ok(all
        .into_iter()
        .map(|(staff, a, b)| (staff, a.max(from), b.min(until)))
        .collect())
}

/// How many appointments each colleague has in the week of that day.
pub(crate) async fn load(
    conn: &mut Conn,
    office: OfficeId,
    day: Date,
) -> Result<HashMap<StaffId, i64>> {
    let into_week = i64::from(day.weekday().to_monday_zero_offset());
    let monday = day.saturating_sub(Span::new().days(into_week));
    let sunday = monday.saturating_add(Span::new().days(6));
    let rows: Vec<(i64, Option<i64>)> = conn
        .all(
            "SELECT staff_id, second_staff_id FROM appointment \
             WHERE office_id = $1 AND day BETWEEN $2 AND $3 AND state <> 'cancelled'",
            params![office.get(), monday.to_string(), sunday.to_string()],
        )
        .await?;
    let mut load = HashMap::new();
    for staff in rows
        .into_iter()
        .flat_map(|(one, two)| [Some(one), two])
        .flatten()
    {
        *load.entry(StaffId::from(staff)).or_default() += 1;
    }
    Ok(load)
}

/// The days on which the public may book: from the next open day on.
pub(crate) fn public_days(office: &Office, today: Date) -> Option<(Date, Date)> {
    let first = office.settings.opening.next_open_day(today)?;
    let last = today.saturating_add(Span::new().weeks(HORIZON_WEEKS));
    (first <= last).then_some((first, last))
}

/// The slots of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenDay {
    /// Which day.
    pub day: Date,
    /// Its slots, in order.
    pub slots: Vec<Slot>,
}

/// Slots by day; days without any are left out.
pub fn by_day(slots: Vec<Slot>) -> Vec<OpenDay> {
    let mut days: Vec<OpenDay> = Vec::new();
    for slot in slots {
        let day = slot.day();
        match days.last_mut() {
            Some(last) if last.day == day => last.slots.push(slot),
            _ => days.push(OpenDay {
                day,
                slots: vec![slot],
            }),
        }
    }
    days
}

impl Community {
    /// What the public may book, in this way (`None`: in any), in order.
    pub async fn open_slots(&self, office: &Office, way: Option<Way>) -> Result<Vec<Slot>> {
        self.open_slots_for(office, way, None).await
    }

    /// The same for somebody who moves an appointment.
    pub(crate) async fn open_slots_for(
        &self,
        office: &Office,
        way: Option<Way>,
        except: Option<i64>,
    ) -> Result<Vec<Slot>> {
        let Some((first, last)) = public_days(office, self.clock().today()) else {
            return Ok(Vec::new());
        };
        let mut conn = self.db().read().await?;
        let situation = Situation::read(&mut conn, office, first, last, except).await?;
        let mut slots = situation.slots(first, last);
        slots.retain(|slot| way.is_none_or(|way| slot.allows(way)));
        Ok(slots)
    }

    /// How one can meet in this office at all, by the hours that are offered; empty where nothing is.
    pub async fn ways(&self, office: OfficeId) -> Result<Vec<Way>> {
        let mut conn = self.db().read().await?;
        let hours = offered_hours::standing(&mut conn, office, self.clock().today()).await?;
        let offered = |way: &&Way| hours.iter().any(|one| one.hours.ways.contains(way));
        Ok(Way::ALL.iter().filter(offered).copied().collect())
    }

    /// What the desk may book from now on: also later today. For somebody of a case, only with colleagues who may know
    /// of it.
    pub async fn open_slots_at_desk(
        &self,
        session: &Session,
        first: Date,
        last: Date,
        except: Option<i64>,
        case: Option<CaseId>,
    ) -> Result<Vec<Slot>> {
        permit(session, Action::KeepAppointments, "slots").await?;
        let now = self.clock().now();
        let today = to_jst(now).date();
        let furthest = today.saturating_add(Span::new().weeks(STAFF_HORIZON_WEEKS));
        let mut conn = self.db().read().await?;
        let office = office::office::one(&mut conn, session.office()).await?;
        let situation = Situation::read(
            &mut conn,
            &office,
            first.max(today),
            last.min(furthest),
            except,
        )
        .await?;
        let mut slots = situation.slots(first.max(today), last.min(furthest));
        slots.retain(|slot| slot.starts_at > now);
        if let Some(case) = case {
            for slot in &mut slots {
                unbarred(&mut conn, case, &mut slot.candidates).await?;
            }
            slots.retain(|slot| !slot.candidates.is_empty());
        }
        Ok(slots)
    }
}

/// Leaves out whoever must not know of the case (知人回避).
pub(crate) async fn unbarred(
    conn: &mut Conn,
    case: CaseId,
    candidates: &mut Vec<Candidate>,
) -> Result<()> {
    let mut barred: HashMap<StaffId, bool> = HashMap::new();
    for one in candidates.iter() {
        for staff in [Some(one.staff), one.second].into_iter().flatten() {
            if let std::collections::hash_map::Entry::Vacant(entry) = barred.entry(staff) {
                let is = office::custody::is_barred(conn, case, staff)
                    .await
                    .map_err(Error::from)?;
                entry.insert(is);
            }
        }
    }
    let is = |staff: StaffId| barred.get(&staff).copied().unwrap_or(false);
    candidates.retain(|one| !is(one.staff) && !one.second.is_some_and(is));
    Ok(())
}

#[cfg(test)]
#[path = "open_slots/tests.rs"]
mod tests;
