//! 面接予約: a slot that only one person can get, held by a code, changed and cancelled by it.
//!
//! - [`book`]: somebody books, by day or by night; it is theirs at once.
//! - [`change`]: whoever holds the code moves or cancels it, in one step and without a reason.
//! - [`desk`]: the staff see who comes, book for a caller, move, cancel, and note that it took place.
//! - [`guide`]: what is told after booking, which door and which link.
//!
//! There is no word for somebody who did not come. Locks are taken in one order: quarters, the appointment, its slip, the
//! audit chain.

pub mod book;
pub mod change;
pub mod desk;
pub(crate) mod guard;
pub mod guide;
pub mod pass_on;

use crate::offered_hours::Way;
use crate::open_slots::{self, Situation};
use crate::taken::{self, quarters};
use crate::{Community, Error, Result};
use basics::time::{from_micros, to_jst};
use basics::{CaseId, CompartmentId, OfficeId, SlipId, StaffId};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use office::office::Office;
use std::collections::HashSet;
use store::{Conn, params};

basics::codes! {
    /// Who comes, as far as they say.
    Who {
        /// 本人
        Principal = "principal", "本人";
        /// 家族
        Family = "family", "家族";
        /// ほか
        Other = "other", "ほか";
        /// 言わない
        Unsaid = "unsaid", "言わない";
    }
}

basics::codes! {
    /// Where an appointment stands.
    State {
        /// 予約
        Booked = "booked", "予約";
        /// とりやめ
        Cancelled = "cancelled", "取り消し";
        /// 済
        Held = "held", "済み";
    }
}

/// So many may come together.
pub const MOST_PEOPLE: i64 = 6;

/// An appointment in codes and times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    /// Its identifier.
    pub id: i64,
    /// At which office.
    pub office: OfficeId,
    /// The slip of whoever booked it.
    pub slip: Option<SlipId>,
    /// How one meets.
    pub way: Way,
    /// Who comes.
    pub who: Who,
    /// How many.
    pub people: i64,
    /// Whether it is the first time.
    pub first_time: bool,
    /// With whom.
    pub staff: StaffId,
    /// And with whom, where two are needed.
    pub second: Option<StaffId>,
    /// In which room.
    pub room: Option<i64>,
    /// On which day.
    pub day: Date,
    /// From when.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// How many minutes stay free afterwards.
    pub pause: i64,
    /// Where it stands.
    pub state: State,
    /// When it was made.
    pub made_at: Timestamp,
    /// Which colleague entered it; `None`: they booked themself.
    pub made_by: Option<StaffId>,
    /// Whose it is, for somebody who is known. Only for those who reach both.
    pub(crate) of: Option<(CaseId, CompartmentId)>,
    /// Counts the changes.
    pub version: i64,
}

impl Appointment {
    /// How long it is.
    pub fn minutes(&self) -> i64 {
        self.ends_at.duration_since(self.starts_at).as_mins()
    }

    /// Whether this colleague is part of it.
    pub fn is_with(&self, staff: StaffId) -> bool {
        self.staff == staff || self.second == Some(staff)
    }
}

store::row! {
    struct AppointmentRow {
        pub id: i64,
        pub office_id: i64,
        pub slip_id: Option<i64>,
        pub way: String,
        pub who: String,
        pub people: i64,
        pub first_time: bool,
        pub staff_id: i64,
        pub second_staff_id: Option<i64>,
        pub room_id: Option<i64>,
        pub day: String,
        pub starts_at: i64,
        pub ends_at: i64,
        pub pause: i64,
        pub state: String,
        pub made_at: i64,
        pub made_by: Option<i64>,
        pub case_id: Option<i64>,
        pub compartment_id: Option<i64>,
        pub version: i64,
    }
}

impl TryFrom<AppointmentRow> for Appointment {
    type Error = Error;

    fn try_from(row: AppointmentRow) -> Result<Self> {
        let of = row.case_id.zip(row.compartment_id);
        Ok(Self {
            id: row.id,
            office: row.office_id.into(),
            slip: row.slip_id.map(SlipId::from),
            way: Way::from_code(&row.way).ok_or(Error::Damaged("appointment.way"))?,
            who: Who::from_code(&row.who).ok_or(Error::Damaged("appointment.who"))?,
            people: row.people,
            first_time: row.first_time,
            staff: row.staff_id.into(),
            second: row.second_staff_id.map(StaffId::from),
            room: row.room_id,
            day: row
                .day
                .parse()
                .map_err(|_| Error::Damaged("appointment.day"))?,
            starts_at: from_micros(row.starts_at),
            ends_at: from_micros(row.ends_at),
            pause: row.pause,
            state: State::from_code(&row.state).ok_or(Error::Damaged("appointment.state"))?,
            made_at: from_micros(row.made_at),
            made_by: row.made_by.map(StaffId::from),
            of: of.map(|(case, inside)| (case.into(), inside.into())),
            version: row.version,
        })
    }
}

/// How the audit chain names an appointment.
pub(crate) fn subject(id: i64) -> String {
    format!("appointment:{id}")
}

/// How the audit chain names the appointments of these cases.
pub async fn subjects_of(conn: &mut Conn, cases: &[CaseId]) -> store::Result<Vec<String>> {
    let mut subjects = Vec::new();
    for case in cases {
        let rows: Vec<(i64,)> = conn
            .all(
                "SELECT id FROM appointment WHERE case_id = $1 ORDER BY id",
                params![case.get()],
            )
            .await?;
        subjects.extend(rows.into_iter().map(|(id,)| subject(id)));
    }
    Ok(subjects)
}

pub(crate) async fn by_id(conn: &mut Conn, id: i64) -> Result<Option<Appointment>> {
    let sql = format!(
        "SELECT {} FROM appointment WHERE id = $1",
        AppointmentRow::COLS
    );
    let row: Option<AppointmentRow> = conn.first(&sql, params![id]).await?;
    row.map(Appointment::try_from).transpose()
}

/// The appointment of a slip, if that is what it was written for.
pub(crate) async fn of_slip(conn: &mut Conn, slip: SlipId) -> Result<Option<Appointment>> {
    let sql = format!(
        "SELECT {} FROM appointment WHERE slip_id = $1",
        AppointmentRow::COLS
    );
    let row: Option<AppointmentRow> = conn.first(&sql, params![slip.get()]).await?;
    row.map(Appointment::try_from).transpose()
}

/// The appointments of an office on these days, in order; cancelled ones are left out.
pub(crate) async fn between(
    conn: &mut Conn,
    office: OfficeId,
    first: Date,
    last: Date,
) -> Result<Vec<Appointment>> {
    let sql = format!(
        "SELECT {} FROM appointment WHERE office_id = $1 AND day BETWEEN $2 AND $3 AND state <> 'cancelled' \
         ORDER BY starts_at, id",
        AppointmentRow::COLS
    );
    let rows: Vec<AppointmentRow> = conn
        .all(
            &sql,
            params![office.get(), first.to_string(), last.to_string()],
        )
        .await?;
    rows.into_iter().map(Appointment::try_from).collect()
}

/// A time that somebody wants.
pub(crate) struct Wish<'a> {
    pub office: &'a Office,
    pub starts_at: Timestamp,
    pub minutes: i64,
    pub way: Way,
    /// Only with this colleague.
    pub staff: Option<StaffId>,
    /// Of which case, for somebody who is known: never with a colleague who must not know of it.
    pub case: Option<CaseId>,
    /// The public books from the next open day on; the staff also later today.
    pub at_desk: bool,
    /// Which appointment it is for.
    pub appointment: i64,
}

impl Wish<'_> {
    /// Who could serve it.
    fn candidates(&self, day: Date, situation: &Situation) -> Vec<open_slots::Candidate> {
        let slot = open_slots::of_day(day, situation)
            .into_iter()
            .find(|slot| slot.starts_at == self.starts_at && slot.minutes == self.minutes);
        let mut candidates = slot.map_or_else(Vec::new, |slot| slot.candidates);
        candidates.retain(|one| {
            let wanted = |staff: StaffId| one.staff == staff || one.second == Some(staff);
            one.ways.contains(&self.way) && self.staff.is_none_or(wanted)
        });
        candidates
    }
}

/// A visit, a gathering, an absence stands in the way of a time that the desk wants.
const ELSEWHERE: &str =
    "その時間は、職員のほかの用事と重なっています。ほかの時間か、ほかの職員を選んでください。";

/// A time that was got.
pub(crate) struct Got {
    pub staff: StaffId,
    pub second: Option<StaffId>,
    pub room: Option<i64>,
    pub day: Date,
    pub ends_at: Timestamp,
    pub pause: i64,
}

/// Takes the time with whoever can serve it and has the fewest appointments that week. [`Error::Taken`] when nobody can;
/// `tried` is set when somebody could and another transaction was faster, so that asking again may find a colleague.
pub(crate) async fn take(
    tx: &mut Conn,
    room: &Community,
    wish: &Wish<'_>,
    tried: &mut bool,
) -> Result<Got> {
    *tried = false;
    let day = to_jst(wish.starts_at).date();
    let now = room.clock().now();
    let today = to_jst(now).date();
    let open = if wish.at_desk {
        let last = today.saturating_add(Span::new().weeks(open_slots::STAFF_HORIZON_WEEKS));
        wish.starts_at > now && day <= last
    } else {
        open_slots::public_days(wish.office, today)
            .is_some_and(|(first, last)| first <= day && day <= last)
    };
    if !open {
        return Err(Error::Taken);
    }
    let situation = Situation::read(tx, wish.office, day, day, Some(wish.appointment)).await?;
    let mut candidates = wish.candidates(day, &situation);
    if candidates.is_empty() && wish.at_desk {
        // At the desk it is said whether it was another person's booking, or a visit, a gathering, an absence.
        let else_free = Situation {
            elsewhere: HashSet::new(),
            ..situation
        };
        if !wish.candidates(day, &else_free).is_empty() {
            return Err(Error::Illegal(ELSEWHERE));
        }
    }
    let ends_at = open_slots::end_of(wish.starts_at, wish.minutes);
    if let Some(case) = wish.case {
        open_slots::unbarred(tx, case, &mut candidates).await?;
    }
    let load = open_slots::load(tx, wish.office.id, day).await?;
    open_slots::fairest_first(&mut candidates, &load);
    let first = candidates.into_iter().next().ok_or(Error::Taken)?;
    let resources = first.resources(wish.way);
    let until = open_slots::end_of(ends_at, first.pause);
    *tried = true;
    let wanted = quarters(wish.starts_at, until);
    taken::claim(tx, wish.appointment, &resources, wanted.clone()).await?;
    taken::release_others(tx, wish.appointment, &resources, wanted).await?;
    Ok(Got {
        staff: first.staff,
        second: first.second,
        room: first.room.filter(|_| wish.way != Way::Home),
        day,
        ends_at,
        pause: first.pause,
    })
}

/// So often it is asked again when another was faster: more than there are colleagues at one time.
pub(crate) const TRIES: u32 = 12;

/// The words of a slip stay this long after the day.
pub(crate) fn keep_until(day: Date) -> Date {
    day.saturating_add(Span::new().days(crate::booking::KEPT_DAYS))
}
