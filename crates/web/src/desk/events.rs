//! `/desk/dekigoto`: a stream that says "something came" and nothing else. The page then fetches its list anew.
//!
//! One poller a process looks at the pulse of each office that somebody watches, every two seconds, and rests when
//! nobody does. Watching is no sign of life: the session's idle time runs on, and the stream ends with the session.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue},
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use basics::OfficeId;
use futures_util::{Stream, stream};
use mailbox::{Mailbox, inbox::Pulse};
use office::access::Action;
use tokio::sync::watch;

use crate::App;

use super::colleague::{Watching, session_cookie};

/// How often the pulse is taken.
const EVERY: Duration = Duration::from_secs(2);
/// How often a silent stream looks whether its session still lasts.
const STILL_HERE: Duration = Duration::from_secs(10);

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/dekigoto", get(watch_office))
}

/// The pulses of the offices that somebody watches, shared by all requests of the process.
#[derive(Clone, Default)]
pub struct Pulses(Arc<Mutex<Watched>>);

#[derive(Default)]
struct Watched {
    running: bool,
    offices: HashMap<OfficeId, watch::Sender<Pulse>>,
}

impl Pulses {
    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches an office from this pulse on.
    fn subscribe(&self, mailbox: &Mailbox, office: OfficeId, now: Pulse) -> watch::Receiver<Pulse> {
        let mut watched = self.lock();
        let receiver = watched.offices.entry(office).or_insert_with(|| watch::channel(now).0).subscribe();
        if !watched.running {
            watched.running = true;
            tokio::spawn(poll(self.clone(), mailbox.clone()));
        }
        receiver
    }

    /// The offices that are still watched; `None`, and the poller may rest, when there are none.
    fn watched(&self) -> Option<Vec<OfficeId>> {
        let mut watched = self.lock();
        watched.offices.retain(|_, sender| sender.receiver_count() > 0);
        watched.running = !watched.offices.is_empty();
        watched.running.then(|| watched.offices.keys().copied().collect())
    }

    fn tell(&self, office: OfficeId, pulse: Pulse) {
        if let Some(sender) = self.lock().offices.get(&office) {
            sender.send_if_modified(|known| std::mem::replace(known, pulse) != pulse);
        }
    }
}

async fn poll(pulses: Pulses, mailbox: Mailbox) {
    loop {
        tokio::time::sleep(EVERY).await;
        let Some(offices) = pulses.watched() else { return };
        for office in offices {
            match mailbox.pulse(office).await {
                Ok(pulse) => pulses.tell(office, pulse),
                Err(error) => tracing::warn!(target: "web", ?error, "the pulse could not be taken"),
            }
        }
    }
}

/// A pulse as a page compares it: codes and counts, no word of anybody.
pub(super) fn stamp(pulse: Pulse) -> String {
    format!("{}-{}-{}", pulse.waiting, pulse.to_check, pulse.last_letter_at)
}

fn event(name: &str, pulse: Pulse, came: i64) -> Event {
    let data = serde_json::json!({
        "stamp": stamp(pulse),
        "waiting": pulse.waiting,
        "to_check": pulse.to_check,
        "came": came,
    });
    Event::default().event(name).data(data.to_string())
}

struct Watch {
    app: App,
    cookie: String,
    pulses: watch::Receiver<Pulse>,
    told: Option<Pulse>,
    over: bool,
}

impl Watch {
    async fn lasts(&self) -> bool {
        let session = self.app.entrance.resume_quietly(&self.cookie).await;
        matches!(session, Ok(Some(session)) if session.may(Action::SeeInbox))
    }

    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        if self.over {
            return None;
        }
        let Some(told) = self.told else {
            let pulse = *self.pulses.borrow_and_update();
            self.told = Some(pulse);
            return Some((Ok(event("ima", pulse, 0)), self));
        };
        loop {
            let changed = tokio::time::timeout(STILL_HERE, self.pulses.changed()).await;
            if !self.lasts().await {
                self.over = true;
                return Some((Ok(Event::default().event("owari").data("{}")), self));
            }
            match changed {
                Ok(Err(_)) => return None,
                Ok(Ok(())) => {
                    let pulse = *self.pulses.borrow_and_update();
                    let came = (pulse.waiting + pulse.to_check - told.waiting - told.to_check).max(0);
                    self.told = Some(pulse);
                    return Some((Ok(event("kawatta", pulse, came)), self));
                }
                Err(_) => {}
            }
        }
    }
}

fn events(watch: Watch) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(watch, Watch::next)
}

async fn watch_office(Watching(colleague): Watching, State(app): State<App>, headers: HeaderMap) -> Response {
    if !colleague.may(Action::SeeInbox) {
        let refused = office::access::permit(&colleague.session, Action::SeeInbox, "").await;
        return match refused {
            Ok(_) => colleague.not_found().await,
            Err(error) => colleague.trouble(error).await,
        };
    }
    let office = colleague.session.office();
    let pulse = match app.mailbox.pulse(office).await {
        Ok(pulse) => pulse,
        Err(error) => return colleague.trouble(error).await,
    };
    let pulses = app.pulses.subscribe(&app.mailbox, office, pulse);
    let cookie = session_cookie(&headers, &app).unwrap_or_default();
    let watch = Watch { app, cookie, pulses, told: None, over: false };
    let mut response = Sse::new(events(watch)).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))).into_response();
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}
