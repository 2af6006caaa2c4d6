//! `/desk/dekigoto`: a stream that says "something came" and which colleague is at which thread, and nothing else. The
//! page then fetches its list anew.
//!
//! What a colleague is told is what they reach: the office's beat only wakes the stream, which then takes the pulse anew
//! with the colleague's own session. A letter of a case that does not exist for them changes nothing they see.
//!
//! One poller a process takes the beat of each office that somebody watches, every two seconds, and rests when nobody
//! does. Watching is no sign of life: the session's idle time runs on, and the stream ends with the session.

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
use basics::{Clock, OfficeId, StaffId, ThreadId};
use futures_util::{Stream, stream};
use mailbox::{Mailbox, inbox::Pulse};
use office::{Session, access::Action, presence};
use store::Db;
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
    offices: HashMap<OfficeId, watch::Sender<Beat>>,
}

/// What the pages of one office are told.
#[derive(Clone, Debug, PartialEq)]
struct Beat {
    pulse: Pulse,
    here: Vec<Here>,
}

/// A colleague at a thread.
#[derive(Clone, Debug, PartialEq)]
struct Here {
    thread: String,
    staff: StaffId,
    words: String,
}

/// What the poller needs.
#[derive(Clone)]
struct Source {
    mailbox: Mailbox,
    db: Db,
    clock: Clock,
}

impl Source {
    async fn beat(&self, office: OfficeId) -> mailbox::Result<Beat> {
        let pulse = self.mailbox.pulse_of_office(office).await?;
        let mut conn = self.db.read().await?;
        let present = presence::in_office(&mut conn, office, self.clock.now_micros()).await?;
        let here = present.into_iter().filter_map(|one| {
            let thread = one.subject.strip_prefix("thread:")?.to_owned();
            Some(Here {
                thread,
                staff: one.staff,
                words: format!("{}さんが{}", one.name, one.doing.label()),
            })
        });
        Ok(Beat {
            pulse,
            here: here.collect(),
        })
    }
}

impl Pulses {
    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches an office from this beat on.
    fn subscribe(&self, source: Source, office: OfficeId, now: Beat) -> watch::Receiver<Beat> {
        let mut watched = self.lock();
        let receiver = watched
            .offices
            .entry(office)
            .or_insert_with(|| watch::channel(now).0)
            .subscribe();
        if !watched.running {
            watched.running = true;
            tokio::spawn(poll(self.clone(), source));
        }
        receiver
    }

    /// The offices that are still watched; `None`, and the poller may rest, when there are none.
    fn watched(&self) -> Option<Vec<OfficeId>> {
        let mut watched = self.lock();
        watched
            .offices
            .retain(|_, sender| sender.receiver_count() > 0);
        watched.running = !watched.offices.is_empty();
        watched
            .running
            .then(|| watched.offices.keys().copied().collect())
    }

    fn tell(&self, office: OfficeId, beat: Beat) {
        if let Some(sender) = self.lock().offices.get(&office) {
            sender.send_if_modified(|known| {
                let changed = *known != beat;
                *known = beat;
                changed
            });
        }
    }
}

async fn poll(pulses: Pulses, source: Source) {
    loop {
        tokio::time::sleep(EVERY).await;
        let Some(offices) = pulses.watched() else {
            return;
        };
        for office in offices {
            match source.beat(office).await {
                Ok(beat) => pulses.tell(office, beat),
                Err(error) => tracing::warn!(target: "web", ?error, "the pulse could not be taken"),
            }
        }
    }
}

/// A pulse as a page compares it: codes and counts, no word of anybody.
pub(super) fn stamp(pulse: Pulse) -> String {
    format!(
        "{}-{}-{}",
        pulse.waiting, pulse.to_check, pulse.last_letter_at
    )
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
    me: StaffId,
    beats: watch::Receiver<Beat>,
    told: Option<Beat>,
    over: bool,
}

impl Watch {
    async fn session(&self) -> Option<Session> {
        let session = self.app.entrance.resume_quietly(&self.cookie).await;
        session
            .ok()
            .flatten()
            .filter(|session| session.may(Action::SeeInbox))
    }

    /// The office's beat as far as this colleague may know of it; oneself is no news.
    async fn mine(&self, session: &Session) -> Option<Beat> {
        let here: Vec<Here> = {
            let beat = self.beats.borrow();
            let others = beat.here.iter().filter(|here| here.staff != self.me);
            others.cloned().collect()
        };
        let mailbox = &self.app.mailbox;
        let pulse = mailbox.pulse_in_reach(session).await.ok()?;
        let threads: Vec<_> = here
            .iter()
            .filter_map(|one| one.thread.parse::<i64>().ok())
            .map(ThreadId::from)
            .collect();
        let reached = mailbox.in_reach(session, &threads).await.ok()?;
        let known = |one: &Here| reached.iter().any(|id| id.to_string() == one.thread);
        Some(Beat {
            pulse,
            here: here.into_iter().filter(known).collect(),
        })
    }

    /// Which colleagues are at which threads.
    fn others(beat: &Beat) -> Event {
        let data: Vec<_> = beat
            .here
            .iter()
            .map(|here| serde_json::json!({ "id": here.thread, "words": here.words }))
            .collect();
        Event::default()
            .event("dare")
            .data(serde_json::Value::from(data).to_string())
    }

    fn over(mut self) -> (Result<Event, Infallible>, Self) {
        self.over = true;
        (Ok(Event::default().event("owari").data("{}")), self)
    }

    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        if self.over {
            return None;
        }
        let Some(mut told) = self.told.take() else {
            self.beats.borrow_and_update();
            let mine = match self.session().await {
                Some(session) => self.mine(&session).await,
                None => None,
            };
            let Some(beat) = mine else {
                return Some(self.over());
            };
            let first = event("ima", beat.pulse, 0);
            // Who is where is said with the next beat, as soon as there is anybody.
            self.told = Some(Beat {
                here: Vec::new(),
                ..beat
            });
            return Some((Ok(first), self));
        };
        loop {
            let changed = tokio::time::timeout(STILL_HERE, self.beats.changed()).await;
            let Some(session) = self.session().await else {
                return Some(self.over());
            };
            match changed {
                Ok(Err(_)) => return None,
                Ok(Ok(())) => {
                    self.beats.borrow_and_update();
                    let Some(beat) = self.mine(&session).await else {
                        continue;
                    };
                    if beat == told {
                        continue;
                    }
                    let said = if beat.pulse == told.pulse {
                        Self::others(&beat)
                    } else {
                        let (now, then) = (beat.pulse, told.pulse);
                        event(
                            "kawatta",
                            now,
                            (now.waiting + now.to_check - then.waiting - then.to_check).max(0),
                        )
                    };
                    told = beat;
                    self.told = Some(told);
                    return Some((Ok(said), self));
                }
                Err(_) => {}
            }
        }
    }
}

fn events(watch: Watch) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(watch, Watch::next)
}

async fn watch_office(
    Watching(colleague): Watching,
    State(app): State<App>,
    headers: HeaderMap,
) -> Response {
    if !colleague.may(Action::SeeInbox) {
        let refused = office::access::permit(&colleague.session, Action::SeeInbox, "").await;
        return match refused {
            Ok(_) => colleague.not_found().await,
            Err(error) => colleague.trouble(error).await,
        };
    }
    let office = colleague.session.office();
    let source = Source {
        mailbox: app.mailbox.clone(),
        db: app.db.clone(),
        clock: app.clock.clone(),
    };
    let beat = match source.beat(office).await {
        Ok(beat) => beat,
        Err(error) => return colleague.trouble(error).await,
    };
    let beats = app.pulses.subscribe(source, office, beat);
    let cookie = session_cookie(&headers, &app).unwrap_or_default();
    let watch = Watch {
        app,
        cookie,
        me: colleague.session.staff(),
        beats,
        told: None,
        over: false,
    };
    let mut response = Sse::new(events(watch))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(20)))
        .into_response();
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}
