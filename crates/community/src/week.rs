//! The office's week on one page: who is where.
//!
//! Codes, times and colleagues' names; not one word that anybody typed about a person. An appointment or a visit of a case
//! the asker does not reach is 「予約」 or 「訪問」 and nothing more.

use crate::programme::Kind;
use crate::{Community, Error, Result};
use basics::holidays::{holiday_name, is_new_year_closure};
use basics::time::{from_micros, micros, start_of_day, to_jst};
use basics::{CaseId, CompartmentId, GatheringId, ProgrammeId, StaffId};
use jiff::civil::{Date, Time, Weekday};
use jiff::{Timestamp, ToSpan};
use office::access::{self, Action};
use office::calendar::{Hours, Opening};
use office::session::Session;
use office::staff::Role;
use office::{audit, staff};
use std::collections::BTreeSet;
use store::{Conn, params, transact};

/// A week, Monday first.
#[derive(Debug, Clone)]
pub struct Week {
    /// Its Monday.
    pub monday: Date,
    /// Its seven days.
    pub days: Vec<Day>,
    /// The colleagues who answer, and whoever else stands in this week. In the order of the office's list.
    pub colleagues: Vec<Colleague>,
}

/// A colleague of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    /// Who.
    pub id: StaffId,
    /// Their name.
    pub name: String,
}

/// One day of the week.
#[derive(Debug, Clone)]
pub struct Day {
    /// The day.
    pub day: Date,
    /// The office's hours; `None` when it is closed.
    pub hours: Option<Hours>,
    /// The name of a 国民の祝日.
    pub holiday: Option<&'static str>,
    /// Why the office is closed on a day of the week on which it is usually open: 「年末年始」, 「休みの日」, the holiday.
    pub closed: Option<&'static str>,
    /// What takes place, in the order of the clock.
    pub entries: Vec<Entry>,
}

/// Something that takes place on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// From when on this day.
    pub from: Time,
    /// Until when on this day; midnight is the end of the day.
    pub until: Time,
    /// What.
    pub what: What,
    /// Who: the colleagues, those of a gathering first the programme's.
    pub staff: Vec<StaffId>,
}

/// What takes place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// An appointment.
    Appointment {
        /// Which one.
        id: i64,
        /// 「来所」「電話」「オンライン」「訪問」
        way: &'static str,
        /// The room's name.
        room: Option<String>,
        /// The case and its number, for whoever may know of it.
        case: Option<(CaseId, i64)>,
    },
    /// A visit.
    Visit {
        /// The case and its number, for whoever may know of it.
        case: Option<(CaseId, i64)>,
        /// They are out at this moment.
        out: bool,
    },
    /// A gathering.
    Gathering {
        /// Which one.
        id: GatheringId,
        /// Of which programme.
        programme: ProgrammeId,
        /// What it is called, as the public reads it.
        title: String,
        /// What sort.
        kind: Kind,
        /// It does not take place.
        cancelled: bool,
    },
    /// Somebody is not there.
    Away,
}

/// The Monday of the week of a day.
pub fn monday_of(day: Date) -> Date {
    let since = i32::from(day.weekday().to_monday_zero_offset());
    day.saturating_sub(since.days())
}

/// The week of an address: 「2026-W48」. Weeks are those of ISO 8601.
pub fn monday_of_address(text: &str) -> Option<Date> {
    let (year, week) = text.split_once("-W")?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if year.len() != 4 || week.len() != 2 || !digits(year) || !digits(week) {
        return None;
    }
    let year: i16 = year.parse().ok()?;
    let week: i8 = week.parse().ok()?;
    let known = (2000..=2099).contains(&year);
    let iso = jiff::civil::ISOWeekDate::new(year, week, Weekday::Monday).ok()?;
    known.then_some(iso.date())
}

/// The address of the week of a day.
pub fn address_of(day: Date) -> String {
    let iso = day.iso_week_date();
    format!("{}-W{:02}", iso.year(), iso.week())
}

/// Why the office is closed on this day, where the week itself would have it open.
fn closed(opening: &Opening, day: Date) -> Option<&'static str> {
    let usually = usize::try_from(day.weekday().to_monday_zero_offset())
        .ok()
        .and_then(|weekday| opening.week.get(weekday).copied().flatten());
    if usually.is_none() || opening.is_open(day) {
        return None;
    }
    if opening.closed_new_year && is_new_year_closure(day) {
        return Some("年末年始");
    }
    holiday_name(day)
        .filter(|_| opening.closed_holidays)
        .or(Some("休みの日"))
}

/// What lies between two moments, cut to the days of the week: an absence of three days is an entry on each.
struct Piece {
    from: Timestamp,
    until: Timestamp,
    what: What,
    staff: Vec<StaffId>,
}

impl Piece {
    fn on(&self, day: Date) -> Option<Entry> {
        let begins = start_of_day(day);
        let ends = start_of_day(day.tomorrow().ok()?);
        let (from, until) = (self.from.max(begins), self.until.min(ends));
        // What has no length (a mistake) is shown where it begins.
        let here =
            from < until || (self.from == self.until && begins <= self.from && self.from < ends);
        here.then(|| Entry {
            from: to_jst(from).time(),
            until: to_jst(until).time(),
            what: self.what.clone(),
            staff: self.staff.clone(),
        })
    }
}

/// Who has a line of their own also in a week in which nothing is theirs.
fn answers(role: Role) -> bool {
    access::may(role, Action::KeepAppointments)
}

fn way(code: &str) -> &'static str {
    match code {
        "phone" => "電話",
        "online" => "オンライン",
        "home" => "訪問",
        _ => "来所",
    }
}

impl Community {
    /// The week that holds this day. One row in the chain.
    pub async fn week(&self, session: &Session, day: Date) -> Result<Week> {
        let monday = monday_of(day);
        let subject = format!("week:{}", address_of(monday));
        let permit = access::permit(session, Action::SeeAppointments, &subject).await?;
        let after = monday.saturating_add(7.days());
        let (from, until) = (start_of_day(monday), start_of_day(after));
        transact!(self.db(), "week.see", |tx| {
            let office = office::office::one(tx, permit.office()).await?;
            let mut pieces = self.appointments_in(tx, session, from, until).await?;
            pieces.extend(self.visits_in(tx, session, from, until).await?);
            pieces.extend(gatherings_in(tx, session, from, until).await?);
            pieces.extend(away_in(tx, session, from, until).await?);
            pieces.sort_by_key(|piece| (piece.from, piece.until));
            let opening = &office.settings.opening;
            let days: Vec<Day> = monday
                .series(1.day())
                .take(7)
                .map(|day| Day {
                    day,
                    hours: opening.hours_on(day),
                    holiday: holiday_name(day),
                    closed: closed(opening, day),
                    entries: pieces.iter().filter_map(|piece| piece.on(day)).collect(),
                })
                .collect();
            let here: BTreeSet<i64> = pieces
                .iter()
                .flat_map(|piece| piece.staff.iter().map(|id| id.get()))
                .collect();
            let colleagues = staff::list(tx, permit.office()).await?.into_iter();
            let colleagues = colleagues
                .filter(|one| here.contains(&one.id.get()) || (one.active && answers(one.role)))
                .map(|one| Colleague {
                    id: one.id,
                    name: one.name,
                });
            let week = Week {
                monday,
                days,
                colleagues: colleagues.collect(),
            };
            audit::record(tx, &permit.entry("week.see", subject.clone())).await?;
            Ok(week)
        })
    }

    async fn appointments_in(
        &self,
        conn: &mut Conn,
        session: &Session,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Piece>> {
        let sql = format!(
            "SELECT {} FROM appointment a LEFT JOIN meeting_room r ON r.id = a.room_id WHERE a.office_id = $1 \
             AND a.ends_at > $2 AND a.starts_at < $3 AND a.state <> 'cancelled' ORDER BY a.starts_at, a.id LIMIT 1000",
            "a.id, a.way, a.staff_id, a.second_staff_id, r.name, a.starts_at, a.ends_at, a.compartment_id"
        );
        let values = params![session.office().get(), micros(from), micros(until)];
        let rows: Vec<AppointmentRow> = conn.all(&sql, values).await?;
        let compartments: Vec<CompartmentId> = rows
            .iter()
            .filter_map(|row| row.7.map(Into::into))
            .collect();
        let known = self
            .casework()
            .numbers_in_reach(conn, session, &compartments)
            .await?;
        let pieces = rows.into_iter().map(|row| {
            let (id, code, staff, second, room, starts_at, ends_at, compartment) = row;
            let staff = std::iter::once(staff).chain(second);
            Piece {
                from: from_micros(starts_at),
                until: from_micros(ends_at),
                staff: staff.map(StaffId::from).collect(),
                what: What::Appointment {
                    id,
                    way: way(&code),
                    room,
                    case: compartment.and_then(|id| known.get(&id.into()).copied()),
                },
            }
        });
        Ok(pieces.collect())
    }

    async fn visits_in(
        &self,
        conn: &mut Conn,
        session: &Session,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Piece>> {
        let road = self
            .casework()
            .on_the_road(conn, session, from, until)
            .await?;
        let compartments: Vec<CompartmentId> = road.iter().map(|one| one.compartment).collect();
        let known = self
            .casework()
            .numbers_in_reach(conn, session, &compartments)
            .await?;
        let pieces = road.into_iter().map(|one| Piece {
            from: one.leave_at,
            until: one.return_at,
            staff: std::iter::once(one.staff).chain(one.buddy).collect(),
            what: What::Visit {
                case: known.get(&one.compartment).copied(),
                out: one.state == casework::visit::State::Out,
            },
        });
        Ok(pieces.collect())
    }
}

type AppointmentRow = (
    i64,
    String,
    i64,
    Option<i64>,
    Option<String>,
    i64,
    i64,
    Option<i64>,
);

async fn gatherings_in(
    conn: &mut Conn,
    session: &Session,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Piece>> {
    let values = params![session.office().get(), micros(from), micros(until)];
    let rows: Vec<(i64, i64, i64, i64, String, String, String)> = conn
        .all(
            "SELECT g.id, g.programme_id, g.starts_at, g.ends_at, g.state, p.kind, p.details FROM gathering g \
             JOIN programme p ON p.id = g.programme_id WHERE g.office_id = $1 AND g.ends_at > $2 AND g.starts_at < $3 \
             AND p.state <> 'draft' ORDER BY g.starts_at, g.id LIMIT 500",
            values,
        )
        .await?;
    let values = params![session.office().get(), micros(from), micros(until)];
    let hosts: Vec<(i64, i64)> = conn
        .all(
            "SELECT g.id, h.staff_id FROM gathering g JOIN (SELECT programme_id, NULL AS gathering_id, staff_id FROM programme_host \
             UNION ALL SELECT NULL AS programme_id, gathering_id, staff_id FROM gathering_host) h \
             ON h.programme_id = g.programme_id OR h.gathering_id = g.id \
             WHERE g.office_id = $1 AND g.ends_at > $2 AND g.starts_at < $3 ORDER BY g.id, h.staff_id",
            values,
        )
        .await?;
    let mut pieces = Vec::new();
    for (id, programme, starts_at, ends_at, state, kind, details) in rows {
        let details: crate::programme::Details =
            serde_json::from_str(&details).map_err(|_| Error::Damaged("programme.details"))?;
        let mut staff: Vec<StaffId> = hosts
            .iter()
            .filter(|(of, _)| *of == id)
            .map(|(_, staff)| StaffId::from(*staff))
            .collect();
        staff.dedup();
        pieces.push(Piece {
            from: from_micros(starts_at),
            until: from_micros(ends_at),
            staff,
            what: What::Gathering {
                id: id.into(),
                programme: programme.into(),
                title: details.title,
                kind: Kind::from_code(&kind).ok_or(Error::Damaged("programme.kind"))?,
                cancelled: state == "cancelled",
            },
        });
    }
    Ok(pieces)
}

async fn away_in(
    conn: &mut Conn,
    session: &Session,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Piece>> {
    let rows: Vec<(i64, i64, i64)> = conn
        .all(
            "SELECT staff_id, from_at, until_at FROM away WHERE office_id = $1 AND until_at > $2 AND from_at < $3 \
             ORDER BY from_at, id LIMIT 500",
            params![session.office().get(), micros(from), micros(until)],
        )
        .await?;
    let pieces = rows.into_iter().map(|(staff, from, until)| Piece {
        from: from_micros(from),
        until: from_micros(until),
        staff: vec![staff.into()],
        what: What::Away,
    });
    Ok(pieces.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn weeks_are_those_of_iso_8601() {
        assert_eq!(address_of(date(2026, 11, 24)), "2026-W48");
        assert_eq!(monday_of_address("2026-W48"), Some(date(2026, 11, 23)));
        // 2026 has 53 weeks; its last one ends in 2027.
        assert_eq!(address_of(date(2027, 1, 1)), "2026-W53");
        assert_eq!(monday_of_address("2026-W53"), Some(date(2026, 12, 28)));
        assert_eq!(monday_of_address("2027-W53"), None);
        for day in date(2026, 1, 1).series(1.day()).take(800) {
            assert_eq!(monday_of_address(&address_of(day)), Some(monday_of(day)));
        }
        for text in [
            "",
            "2026",
            "2026-W",
            "2026-W00",
            "2026-W54",
            "1999-W01",
            "2026-48",
            "2026-W4",
            "99999-W01",
            "2026-W+1",
        ] {
            assert_eq!(monday_of_address(text), None, "{text}");
        }
    }

    #[test]
    fn a_closed_day_says_why() {
        let mut opening = Opening::default();
        opening.closing_days.push(date(2026, 12, 8));
        assert_eq!(closed(&opening, date(2026, 12, 29)), Some("年末年始"));
        assert_eq!(closed(&opening, date(2026, 11, 23)), Some("勤労感謝の日"));
        assert_eq!(closed(&opening, date(2026, 12, 8)), Some("休みの日"));
        assert_eq!(closed(&opening, date(2026, 12, 9)), None);
        // A Sunday is no surprise.
        assert_eq!(closed(&opening, date(2026, 12, 6)), None);
    }

    #[test]
    fn an_absence_of_days_is_on_each_of_them() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let piece = Piece {
            from: at("2026-11-24T06:00:00Z"),
            until: at("2026-11-26T03:00:00Z"),
            what: What::Away,
            staff: vec![StaffId::from(1)],
        };
        let hours = |day| {
            piece
                .on(day)
                .map(|entry| format!("{}-{}", entry.from, entry.until))
        };
        assert_eq!(hours(date(2026, 11, 23)), None);
        assert_eq!(
            hours(date(2026, 11, 24)).as_deref(),
            Some("15:00:00-00:00:00")
        );
        assert_eq!(
            hours(date(2026, 11, 25)).as_deref(),
            Some("00:00:00-00:00:00")
        );
        assert_eq!(
            hours(date(2026, 11, 26)).as_deref(),
            Some("00:00:00-12:00:00")
        );
        assert_eq!(hours(date(2026, 11, 27)), None);
    }
}
