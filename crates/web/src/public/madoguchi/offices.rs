//! The offices of this installation, remembered for half a minute: the directory's pages name those that take letters
//! from a place, and must not ask the database for every reader.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use basics::MunicipalityCode;
use directory::{Municipalities, Window};
use office::office::Office;
use store::Db;
use tokio::sync::Mutex;

use crate::{
    Visit,
    public::offers::{Offer, offer},
};

/// How long a list is good.
const GOOD_FOR: Duration = Duration::from_secs(30);

/// The remembered list.
#[derive(Clone, Default)]
pub struct Offices(Arc<Mutex<Option<Remembered>>>);

/// When it was read, and what it said.
type Remembered = (Instant, Arc<[Office]>);

impl Offices {
    /// All offices, at most half a minute old. When the database is away, the last list that is known.
    pub async fn list(&self, db: &Db) -> Arc<[Office]> {
        let mut kept = self.0.lock().await;
        if let Some((at, list)) = &*kept
            && at.elapsed() < GOOD_FOR
        {
            return Arc::clone(list);
        }
        let read = async {
            let mut conn = db.read().await?;
            office::office::all(&mut conn).await
        };
        let list: Arc<[Office]> = match read.await {
            Ok(list) => list.into(),
            Err(error) => {
                tracing::warn!(target: "web", ?error, "the offices could not be read");
                kept.as_ref()
                    .map(|(_, list)| Arc::clone(list))
                    .unwrap_or_default()
            }
        };
        *kept = Some((Instant::now(), Arc::clone(&list)));
        list
    }
}

/// An office that takes letters from a place, for a link.
pub(super) struct Taker {
    /// Its form.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Letters are paused now.
    pub paused: bool,
    /// Times to talk, places to be.
    pub offer: Offer,
}

/// What this installation has for somebody who lives in a place.
#[derive(Default)]
pub(super) struct Nearby {
    /// The offices that take letters from there, the nearest first, with what else they offer.
    pub takers: Vec<Taker>,
    /// Places to be, where no office takes letters (a place of one town is named on its prefecture's page too).
    pub offer: Offer,
}

/// What is near.
pub(super) async fn nearby(visit: &Visit, code: MunicipalityCode) -> Nearby {
    let offices = visit.app.offices.list(&visit.app.db).await;
    let all = visit.app.directory.municipalities();
    let mut near: Vec<&Office> = Vec::new();
    for place in all.with_ancestors(code) {
        near.extend(
            offices
                .iter()
                .filter(|office| office.jurisdiction == place.code),
        );
    }
    let mut takers = Vec::new();
    for office in near {
        takers.push(Taker {
            href: format!("/tegami/kaku/{}", office.id),
            name: office.name.clone(),
            paused: office.settings.paused.is_some(),
            offer: offer(visit, Some(office), code).await,
        });
    }
    let offer = if takers.is_empty() {
        offer(visit, None, code).await
    } else {
        Offer::default()
    };
    Nearby { takers, offer }
}

/// Who is told of a mistake in a window: the nearest office of its area, or else the first of this installation.
pub(super) fn told<'o>(
    offices: &'o [Office],
    all: &Municipalities,
    window: &Window,
) -> Option<&'o Office> {
    let area = window.serves.serves.first().copied();
    area.into_iter()
        .flat_map(|code| all.with_ancestors(code))
        .find_map(|place| {
            offices
                .iter()
                .find(|office| office.jurisdiction == place.code)
        })
        .or_else(|| offices.iter().min_by_key(|office| office.id))
}
