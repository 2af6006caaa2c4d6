//! `/yoyaku`, `/yoyaku/mado/{office}`: when somebody could be talked with first, how long people really waited, and how
//! it goes. What is sooner stands beside it.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use community::offered_hours::Way;
use community::waiting_time::NOT_ENOUGH;
use office::office::Office;

use super::{WAYS, moment, office_of, segment, waited};
use crate::{
    App, Page, Visit,
    page::see_other,
    public::{basho, hikae},
    show,
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/yoyaku", get(offices))
        .route("/yoyaku/mado/{office}", get(front))
}

#[derive(Template)]
#[template(path = "public/yoyaku.html")]
struct Offices {
    page: Page,
    offices: Vec<(String, String)>,
}

/// Which offices give appointments here. With one only this leads straight to it.
async fn offices(visit: Visit) -> Response {
    match giving(&visit).await {
        Ok(offices) => match offices.as_slice() {
            [only] => see_other(&address(only)),
            _ => show(&Offices {
                page: hikae::page(&visit),
                offices: offices
                    .iter()
                    .map(|one| (address(one), one.name.clone()))
                    .collect(),
            }),
        },
        Err(error) => basho::trouble(&error),
    }
}

fn address(office: &Office) -> String {
    format!("/yoyaku/mado/{}", office.id)
}

async fn giving(visit: &Visit) -> community::Result<Vec<Office>> {
    let mut offices = office::office::all(&mut visit.app.db.read().await?).await?;
    let mut giving = Vec::new();
    for office in offices.drain(..) {
        if !visit.app.community.ways(office.id).await?.is_empty() {
            giving.push(office);
        }
    }
    Ok(giving)
}

/// A way of meeting, with when it is free first.
struct Door {
    href: String,
    label: &'static str,
    hint: &'static str,
    first: Option<String>,
}

#[derive(Template)]
#[template(path = "public/yoyaku-mado.html")]
struct Front {
    page: Page,
    name: String,
    doors: Vec<Door>,
    first: Option<String>,
    waiting: String,
    letter: Option<String>,
    letter_until: String,
    weeks: i64,
}

async fn front(visit: Visit, Path(office): Path<String>) -> Response {
    let office = match office_of(&visit, &office).await {
        Ok(office) => office,
        Err(other) => return other,
    };
    match page(&visit, &office).await {
        Ok(front) => show(&front),
        Err(error) => basho::trouble(&error),
    }
}

async fn page(visit: &Visit, office: &Office) -> community::Result<Front> {
    let room = &visit.app.community;
    let ways = room.ways(office.id).await?;
    let slots = room.open_slots(office, None).await?;
    let waiting = room.waiting_time(office.id).await?;
    let easy = visit.prefs.easy;
    let first_of = |way: Way| slots.iter().find(|slot| slot.allows(way));
    let door = |(way, _, label, hint): &(Way, &str, &'static str, &'static str)| Door {
        href: format!("{}/{}", address(office), segment(*way)),
        label,
        hint,
        first: first_of(*way).map(|slot| moment(slot.starts_at, easy)),
    };
    let settings = &office.settings;
    Ok(Front {
        page: hikae::page(visit),
        name: office.name.clone(),
        doors: WAYS
            .iter()
            .filter(|way| ways.contains(&way.0))
            .map(door)
            .collect(),
        first: slots.first().map(|slot| moment(slot.starts_at, easy)),
        waiting: match waiting {
            Some(waiting) => waited(waiting, easy),
            None if easy => "何日くらい 待つかは、まだ わかりません。".to_owned(),
            None => NOT_ENOUGH.to_owned(),
        },
        letter: settings
            .paused
            .is_none()
            .then(|| format!("/tegami/kaku/{}", office.id)),
        letter_until: settings.promise_text(visit.app.clock.now()),
        weeks: community::open_slots::HORIZON_WEEKS,
    })
}
