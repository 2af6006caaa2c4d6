//! `/basho/3`: one place, how it feels, and when.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Response},
    routing::get,
};
use community::feel::{Known, Trait};
use community::gathering::{OnDay, State};
use community::programme::{Programme, RunBy};
use jiff::Span;

use super::{day, for_whom, hours, page, trouble};
use crate::{App, Page, Trouble, Visit, show};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/basho/{number}", get(place))
}

/// So many coming days are shown at once; the others fold.
const SOON: usize = 4;

/// One coming day.
struct Coming {
    day: String,
    hours: String,
    words: String,
    cancelled: bool,
    /// Where to book; `None` when one simply comes, or it is full.
    book: Option<String>,
    room: &'static str,
}

#[derive(Template)]
#[template(path = "public/basho-hitotsu.html")]
struct Place {
    page: Page,
    programme: Programme,
    for_whom: String,
    where_it_is: String,
    way_in: String,
    kind: &'static str,
    office: String,
    checked: Option<String>,
    holds: Vec<&'static str>,
    access: Vec<&'static str>,
    unknown: Vec<&'static str>,
    people: Option<String>,
    last_time: Option<String>,
    rule: Option<String>,
    coming: Vec<Coming>,
    later: Vec<Coming>,
}

impl Place {
    /// The address of the place's own page, when it is one that a browser follows.
    fn url(&self) -> Option<&str> {
        Some(self.programme.draft.details.url.trim()).filter(|url| url.starts_with("http"))
    }
}

async fn place(visit: Visit, Path(number): Path<String>) -> Response {
    let Ok(number) = number.parse::<i64>() else {
        return Trouble::NotFound.into_response();
    };
    match of(&visit, number).await {
        Ok(place) => show(&place),
        Err(error) => trouble(&error),
    }
}

async fn of(visit: &Visit, number: i64) -> Result<Place, community::Error> {
    let community = &visit.app.community;
    let programme = community.place(number).await?;
    let office = office::office::one(&mut visit.app.db.read().await?, programme.office).await?;
    let (today, now) = (visit.app.clock.today(), visit.app.clock.now());
    let until = today.checked_add(Span::new().days(62)).unwrap_or(today);
    let on = community.days_on(&programme, today, until).await?;
    let easy = visit.prefs.easy;
    let mut coming: Vec<Coming> = on
        .iter()
        .filter(|one| one.gathering.ends_at > now)
        .take(SOON + 8)
        .map(|one| coming(one, now, easy))
        .collect();
    let later = coming.split_off(coming.len().min(SOON));
    let feel = &programme.draft.details.feel;
    let words = |known: &dyn Fn(Trait) -> bool| -> Vec<&'static str> {
        let all = Trait::ALL.iter().copied();
        all.filter(|one| known(*one)).map(Trait::label).collect()
    };
    let way_in = programme.draft.details.way_in.trim().to_owned();
    Ok(Place {
        page: page(visit, &programme.draft.details.title).under("/basho", "居場所と、集まり"),
        for_whom: for_whom(&programme, easy),
        where_it_is: programme.public_place(),
        way_in,
        kind: programme.draft.kind.label(),
        office: office.name,
        checked: (programme.draft.run_by == RunBy::Other)
            .then_some(programme.checked_on)
            .flatten()
            .map(basics::japanese::date_with_year),
        holds: words(&|one| feel.of(one) == Known::Yes && !one.is_access()),
        access: words(&|one| feel.of(one) == Known::Yes && one.is_access()),
        unknown: unknown(&programme),
        people: feel.people(),
        last_time: community
            .last_time(programme.id)
            .await?
            .map(community::gathering::LastTime::words),
        rule: programme
            .draft
            .rule
            .as_ref()
            .map(community::recurrence::Rule::sentence),
        coming,
        later,
        programme,
    })
}

/// What a nervous person asks first and the office has not looked at: said, not left blank.
fn unknown(programme: &Programme) -> Vec<&'static str> {
    let feel = &programme.draft.details.feel;
    let asked = [
        (Trait::WithoutSpeaking, "声を出さずに過ごせるか"),
        (Trait::NoName, "名前を言わなくてよいか"),
        (Trait::LeaveMidway, "途中で帰ってよいか"),
    ];
    let of_traits = asked
        .into_iter()
        .filter(|(asked, _)| feel.of(*asked) == Known::Unknown)
        .map(|(_, words)| words);
    let blank = |text: &str, words: &'static str| text.trim().is_empty().then_some(words);
    of_traits
        .chain(blank(&feel.sounds, "音"))
        .chain(blank(&feel.light, "明るさ"))
        .chain(blank(&feel.smell, "におい"))
        .chain(blank(&programme.draft.details.cost, "費用"))
        .collect()
}

fn coming(on: &OnDay, now: jiff::Timestamp, easy: bool) -> Coming {
    let (programme, gathering) = (&on.programme, &on.gathering);
    let room = gathering.room(programme);
    let full = room == community::gathering::Room::Full && !programme.draft.keeps_waiting_list;
    let open = gathering.is_open(programme, now) && !full;
    Coming {
        day: day(gathering),
        hours: hours(gathering, easy),
        words: gathering.words.clone(),
        cancelled: gathering.state == State::Cancelled,
        book: open.then(|| format!("/yoyaku/ba/{}/{}", programme.number, gathering.seq)),
        room: if programme.draft.takes_bookings {
            room.words(programme.draft.keeps_waiting_list)
        } else {
            ""
        },
    }
}
