//! What the offices of this installation offer beside letters: a time to talk, places to be. Named on the pages of the
//! guide and of the directory, so that nobody has to find a second door (field/guide.md §F15: with the honest waiting time).
//!
//! Remembered for a minute: a page of the directory stands for every reader, and must not ask the database for each.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use basics::{MunicipalityCode, OfficeId};
use community::{
    programme::{ForWhom, Programme},
    waiting_time::Waiting,
};
use jiff::Timestamp;
use office::office::Office;

use super::{basho::is_near, yoyaku::moment};
use crate::Visit;

/// What was asked in this minute.
#[derive(Clone, Default)]
pub struct Offers(Arc<Mutex<Remembered>>);

#[derive(Default)]
struct Remembered {
    minute: i64,
    times: HashMap<OfficeId, Option<Times>>,
    places: Option<Arc<[Programme]>>,
}

/// When somebody could be talked with first, and how long people really waited.
#[derive(Clone, Copy)]
struct Times {
    first: Option<Timestamp>,
    waiting: Option<Waiting>,
}

/// A time to talk, for a link.
pub(super) struct Talk {
    /// Where it is booked.
    pub href: String,
    /// 「11月30日（月）10:00」; `None` when nothing is free.
    pub first: Option<String>,
    /// How long people waited; empty when too few did.
    pub waiting: String,
}

/// Places to be, for a link.
pub(super) struct Places {
    /// The list of this town.
    pub href: String,
    /// One of them takes people without booking.
    pub walk_in: bool,
}

/// What is offered to somebody who lives in a place.
#[derive(Default)]
pub(super) struct Offer {
    /// A time to talk at an office.
    pub talk: Option<Talk>,
    /// Places to be.
    pub places: Option<Places>,
}

impl Offer {
    /// Nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.talk.is_none() && self.places.is_none()
    }
}

/// What the office offers, and what there is in this area or else in the office's.
pub(super) async fn offer(visit: &Visit, office: Option<&Office>, area: MunicipalityCode) -> Offer {
    let talk = match office {
        Some(office) => talk(visit, office).await,
        None => None,
    };
    let listed = listed(visit).await;
    let areas = std::iter::once(area).chain(office.map(|office| office.jurisdiction));
    Offer {
        talk,
        places: areas.into_iter().find_map(|area| places(&listed, area)),
    }
}

/// Where families meet: by where the family lives, which may be another prefecture (§F26).
pub(super) async fn families(visit: &Visit, area: MunicipalityCode) -> Option<String> {
    let listed = listed(visit).await;
    let one = listed.iter().find(|one| {
        one.draft.for_whom == ForWhom::Family
            && one.draft.municipality.is_some()
            && is_near(one, area)
    });
    one.map(|_| format!("/basho?machi={area}&dare=kazoku"))
}

fn places(listed: &[Programme], area: MunicipalityCode) -> Option<Places> {
    // A place that is online only is no place of this town.
    let mut here = listed
        .iter()
        .filter(|one| one.draft.municipality.is_some() && is_near(one, area))
        .peekable();
    here.peek()?;
    Some(Places {
        href: format!("/basho?machi={area}"),
        walk_in: here.any(|one| one.draft.walk_in),
    })
}

async fn talk(visit: &Visit, office: &Office) -> Option<Talk> {
    let times = times(visit, office).await?;
    let easy = visit.prefs.easy;
    Some(Talk {
        href: format!("/yoyaku/mado/{}", office.id),
        first: times.first.map(|at| moment(at, easy)),
        waiting: times
            .waiting
            .map_or_else(String::new, |waiting| super::yoyaku::waited(waiting, easy)),
    })
}

fn minute(visit: &Visit) -> i64 {
    visit.app.clock.now().as_second().div_euclid(60)
}

/// What is remembered of this minute; what is older is forgotten.
fn with<T>(visit: &Visit, of: impl FnOnce(&mut Remembered) -> T) -> T {
    let minute = minute(visit);
    let mut kept = visit
        .app
        .offers
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if kept.minute != minute {
        *kept = Remembered {
            minute,
            ..Remembered::default()
        };
    }
    of(&mut kept)
}

/// `None`: the office gives no appointments here.
async fn times(visit: &Visit, office: &Office) -> Option<Times> {
    if let Some(known) = with(visit, |kept| kept.times.get(&office.id).copied()) {
        return known;
    }
    let read = async {
        let room = &visit.app.community;
        if room.ways(office.id).await?.is_empty() {
            return Ok(None);
        }
        let first = room
            .open_slots(office, None)
            .await?
            .first()
            .map(|slot| slot.starts_at);
        let waiting = room.waiting_time(office.id).await?;
        Ok::<_, community::Error>(Some(Times { first, waiting }))
    };
    let times = read.await.unwrap_or_else(|error| {
        tracing::warn!(target: "web", ?error, "the free times could not be read");
        None
    });
    with(visit, |kept| kept.times.insert(office.id, times));
    times
}

async fn listed(visit: &Visit) -> Arc<[Programme]> {
    if let Some(known) = with(visit, |kept| kept.places.clone()) {
        return known;
    }
    let read = visit.app.community.places().await;
    let places: Arc<[Programme]> = read
        .unwrap_or_else(|error| {
            tracing::warn!(target: "web", ?error, "the places could not be read");
            Vec::new()
        })
        .into();
    with(visit, |kept| kept.places = Some(Arc::clone(&places)));
    places
}
