//! An appointment as the page of its twelve digits shows it, what can be done with it, and the file for a calendar.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use basics::japanese;
use community::appointment::State;
use community::calendar_file::{OwnEvent, own_event};
use community::slip::Held;
use community::{booking, gathering};
use jiff::Timestamp;

use super::{hours_for, said};
use crate::Visit;

/// An appointment, in words.
pub(in crate::public) struct Seen {
    /// 「11月26日（木）」
    pub(in crate::public) day: String,
    /// 「10:00〜10:45」
    pub(in crate::public) hours: String,
    /// How one meets.
    pub(in crate::public) way: &'static str,
    /// How many come.
    pub(in crate::public) people: i64,
    /// What the office tells those who booked; may be empty.
    pub(in crate::public) guide: String,
    /// It stands.
    pub(in crate::public) booked: bool,
    /// It was cancelled.
    pub(in crate::public) cancelled: bool,
    /// Its time is over.
    pub(in crate::public) over: bool,
    /// Where another one is booked.
    pub(in crate::public) front: String,
}

/// The appointment of a slip, if that is what it was written for.
pub(in crate::public) async fn seen(visit: &Visit, held: &Held) -> community::Result<Option<Seen>> {
    let room = &visit.app.community;
    let Some(one) = room.held_appointment(held).await? else {
        return Ok(None);
    };
    let mut guides = room.guides(one.office).await?;
    let over = one.ends_at <= visit.app.clock.now();
    Ok(Some(Seen {
        day: japanese::date(one.day),
        hours: hours_for(visit, one.starts_at, one.ends_at),
        way: said(one.way),
        people: one.people,
        guide: guides.remove(&one.way).unwrap_or_default(),
        booked: one.state == State::Booked && !over,
        cancelled: one.state == State::Cancelled,
        over: over && one.state != State::Cancelled,
        front: format!("/yoyaku/mado/{}", one.office),
    }))
}

/// The file for the person's own calendar: an appointment, or a seat at a gathering.
pub(in crate::public) async fn calendar(
    visit: &Visit,
    held: &Held,
) -> community::Result<Option<Response>> {
    let room = &visit.app.community;
    if let Some(one) = room.held_appointment(held).await? {
        let cancelled = one.state == State::Cancelled;
        return file(
            visit,
            held,
            (one.starts_at, one.ends_at),
            cancelled,
            one.version,
        )
        .map(Some);
    }
    let Some(seat) = room.booking_of(held).await? else {
        return Ok(None);
    };
    let on = &seat.on.gathering;
    let cancelled = on.state == gathering::State::Cancelled || seat.state == booking::State::Left;
    file(
        visit,
        held,
        (on.starts_at, on.ends_at),
        cancelled,
        on.version,
    )
    .map(Some)
}

/// Called as they chose, without a place and without an alarm.
fn file(
    visit: &Visit,
    held: &Held,
    (starts_at, ends_at): (Timestamp, Timestamp),
    cancelled: bool,
    version: i64,
) -> community::Result<Response> {
    let host = &visit.app.config.public_url;
    let event = OwnEvent {
        uid: visit
            .app
            .community
            .calendar_uid("slip", held.id().get(), host),
        called: held.words()?.calendar_title().to_owned(),
        place: None,
        starts_at,
        ends_at,
        cancelled,
        version,
        alarm_minutes: None,
    };
    let mut answer = own_event(visit.app.clock.now(), &event).into_response();
    let headers = answer.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/calendar; charset=utf-8"),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"yotei.ics\""),
    );
    Ok(answer)
}
