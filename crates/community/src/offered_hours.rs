//! The hours of a week in which a colleague offers appointments (面接の時間).

use crate::{Community, Error, Result, meeting_room};
use basics::{OfficeId, StaffId, new_id};
use jiff::civil::{Date, Time};
use office::access::{Action, permit};
use office::{Role, Session, staff};
use store::{Conn, params, transact};

basics::codes! {
    /// How one meets.
    Way {
        /// 来所
        VisitIn = "visit_in", "センターで会う";
        /// 電話
        Phone = "phone", "電話";
        /// オンライン
        Online = "online", "オンライン";
        /// 訪問: a wish, which is talked over first.
        Home = "home", "訪問（希望として）";
    }
}

/// Everything is counted in quarters of an hour.
pub const STEP: i64 = 15;

/// Hours of a week that a colleague offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// Who.
    pub staff: StaffId,
    /// 0 is Monday.
    pub weekday: i8,
    /// From when.
    pub from: Time,
    /// Until when.
    pub to: Time,
    /// How one can meet then.
    pub ways: Vec<Way>,
    /// In which room.
    pub room: Option<i64>,
    /// How many minutes one appointment is.
    pub minutes: i64,
    /// How many minutes stay free after it.
    pub pause: i64,
    /// Two colleagues are needed.
    pub in_pairs: bool,
    /// From which day on.
    pub from_day: Date,
    /// The last day; `None`: until further notice.
    pub until_day: Option<Date>,
}

/// Hours as they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedHours {
    /// Their identifier.
    pub id: i64,
    /// What they are.
    pub hours: Hours,
}

impl Hours {
    /// Whether they are offered on this day.
    pub fn hold_on(&self, day: Date) -> bool {
        day.weekday().to_monday_zero_offset() == self.weekday
            && self.from_day <= day
            && self.until_day.is_none_or(|last| day <= last)
    }

    fn check(&self) -> Result<()> {
        let quarters = |time: Time| minute_of(time) % STEP == 0 && time.second() == 0;
        if !(0..7).contains(&self.weekday) {
            return Err(Error::invalid("weekday", "曜日を選んでください。"));
        }
        if !quarters(self.from) || !quarters(self.to) {
            return Err(Error::invalid(
                "from",
                "時刻は、15分きざみで入れてください。",
            ));
        }
        if !(15..=240).contains(&self.minutes) || self.minutes % STEP != 0 {
            return Err(Error::invalid(
                "minutes",
                "1回の長さは、15分から4時間まで、15分きざみで選んでください。",
            ));
        }
        if !(0..=120).contains(&self.pause) || self.pause % STEP != 0 {
            return Err(Error::invalid(
                "pause",
                "あとの間は、2時間まで、15分きざみで選んでください。",
            ));
        }
        if minute_of(self.from) + self.minutes > minute_of(self.to) {
            return Err(Error::invalid(
                "to",
                "1回分が入るように、終わりの時刻を後にしてください。",
            ));
        }
        if self.ways.is_empty() {
            return Err(Error::invalid("ways", "会い方を1つ以上選んでください。"));
        }
        if self.until_day.is_some_and(|last| last < self.from_day) {
            return Err(Error::invalid(
                "until_day",
                "終わりの日を、始まりの日より後にしてください。",
            ));
        }
        Ok(())
    }

    /// Who knew what was offered when: the chain keeps it in codes.
    fn in_codes(&self) -> String {
        format!(
            "staff={},weekday={},from={},to={},minutes={},pause={},pairs={},ways={}",
            self.staff,
            self.weekday,
            minute_of(self.from),
            minute_of(self.to),
            self.minutes,
            self.pause,
            u8::from(self.in_pairs),
            ways_to_codes(&self.ways).replace(',', "/"),
        )
    }
}

store::row! {
    struct HoursRow {
        pub id: i64,
        pub staff_id: i64,
        pub weekday: i64,
        pub from_minute: i64,
        pub to_minute: i64,
        pub ways: String,
        pub room_id: Option<i64>,
        pub minutes: i64,
        pub pause: i64,
        pub in_pairs: bool,
        pub from_day: String,
        pub until_day: Option<String>,
    }
}

impl TryFrom<HoursRow> for OfferedHours {
    type Error = Error;

    fn try_from(row: HoursRow) -> Result<Self> {
        const DAMAGED: Error = Error::Damaged("offered_hours");
        let until_day = row.until_day.map(|day| day.parse()).transpose();
        Ok(Self {
            id: row.id,
            hours: Hours {
                staff: row.staff_id.into(),
                weekday: i8::try_from(row.weekday).map_err(|_| DAMAGED)?,
                from: time_of(row.from_minute).ok_or(DAMAGED)?,
                to: time_of(row.to_minute).ok_or(DAMAGED)?,
                ways: ways_from_codes(&row.ways),
                room: row.room_id,
                minutes: row.minutes,
                pause: row.pause,
                in_pairs: row.in_pairs,
                from_day: row.from_day.parse().map_err(|_| DAMAGED)?,
                until_day: until_day.map_err(|_| DAMAGED)?,
            },
        })
    }
}

impl Community {
    /// The hours offered in the asker's office from today on, by colleague and day of the week.
    pub async fn offered_hours(&self, session: &Session) -> Result<Vec<OfferedHours>> {
        permit(session, Action::SeePlaces, "hours").await?;
        let mut conn = self.db().read().await?;
        standing(&mut conn, session.office(), self.clock().today()).await
    }

    /// Offers hours. Each colleague their own; who leads the office, everybody's.
    pub async fn offer_hours(&self, session: &Session, hours: &Hours) -> Result<i64> {
        hours.check()?;
        let permit = permit(session, Action::EditPlaces, "hours").await?;
        own_or_leading(session, hours.staff)?;
        let id = new_id(self.clock());
        transact!(self.db(), "hours.offer", |tx| {
            let colleague = staff::one(tx, permit.office(), hours.staff).await?;
            if !colleague.active || !offers(colleague.role) {
                return Err(Error::invalid("staff", "面接をする職員を選んでください。"));
            }
            if let Some(room) = hours.room {
                let rooms = meeting_room::of_office(tx, permit.office()).await?;
                if !rooms.iter().any(|one| one.id == room && one.active) {
                    return Err(Error::invalid("room", "部屋を選んでください。"));
                }
            }
            tx.exec(
                "INSERT INTO offered_hours (id, office_id, staff_id, weekday, from_minute, to_minute, ways, room_id, \
                 minutes, pause, in_pairs, from_day, until_day) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                params![
                    id,
                    permit.office().get(),
                    hours.staff.get(),
                    hours.weekday,
                    minute_of(hours.from),
                    minute_of(hours.to),
                    ways_to_codes(&hours.ways),
                    hours.room,
                    hours.minutes,
                    hours.pause,
                    hours.in_pairs,
                    hours.from_day.to_string(),
                    hours.until_day.map(|day| day.to_string())
                ],
            )
            .await?;
            let entry = permit.entry("offered_hours.saved", format!("hours:{id}"));
            office::audit::record(tx, &entry.because(hours.in_codes())).await?;
            Ok(id)
        })
    }

    /// Offers hours no longer after this day. What is booked in them stays booked.
    pub async fn end_hours(&self, session: &Session, id: i64, last_day: Date) -> Result<()> {
        let permit = permit(session, Action::EditPlaces, "hours").await?;
        transact!(self.db(), "hours.end", |tx| {
            let found: Option<(i64,)> = tx
                .first(
                    "SELECT staff_id FROM offered_hours WHERE id = $1 AND office_id = $2",
                    params![id, permit.office().get()],
                )
                .await?;
            let (staff,) = found.ok_or(Error::NotFound)?;
            own_or_leading(session, staff.into())?;
            tx.exec(
                "UPDATE offered_hours SET until_day = $1 WHERE id = $2",
                params![last_day.to_string(), id],
            )
            .await?;
            let entry = permit.entry("offered_hours.saved", format!("hours:{id}"));
            let detail = format!("last={last_day}");
            office::audit::record(tx, &entry.because(detail)).await?;
            Ok(())
        })
    }
}

/// Who may offer appointments: who reads letters and keeps cases.
pub(crate) fn offers(role: Role) -> bool {
    office::access::may(role, Action::KeepAppointments)
}

/// Hours and absences are one's own matter, and that of who leads the office.
pub(crate) fn own_or_leading(session: &Session, staff: StaffId) -> Result<()> {
    if staff == session.staff() || session.role() == Role::Supervisor {
        Ok(())
    } else {
        Err(Error::Illegal(
            "ほかの職員の時間は、本人とセンター長が変えられます。",
        ))
    }
}

/// The hours of an office that hold on this day or later.
pub(crate) async fn standing(
    conn: &mut Conn,
    office: OfficeId,
    from_day: Date,
) -> Result<Vec<OfferedHours>> {
    let sql = format!(
        "SELECT {} FROM offered_hours WHERE office_id = $1 AND (until_day IS NULL OR until_day >= $2) \
         ORDER BY staff_id, weekday, from_minute, id",
        HoursRow::COLS
    );
    let rows: Vec<HoursRow> = conn
        .all(&sql, params![office.get(), from_day.to_string()])
        .await?;
    rows.into_iter().map(OfferedHours::try_from).collect()
}

/// Minutes since midnight.
pub(crate) fn minute_of(time: Time) -> i64 {
    i64::from(time.hour()) * 60 + i64::from(time.minute())
}

fn time_of(minute: i64) -> Option<Time> {
    let hour = i8::try_from(minute / 60).ok()?;
    let rest = i8::try_from(minute % 60).ok()?;
    Time::new(hour, rest, 0, 0).ok()
}

fn ways_to_codes(ways: &[Way]) -> String {
    let known = Way::ALL.iter().filter(|way| ways.contains(way));
    let codes: Vec<&str> = known.map(|way| way.code()).collect();
    codes.join(",")
}

fn ways_from_codes(codes: &str) -> Vec<Way> {
    codes.split(',').filter_map(Way::from_code).collect()
}
