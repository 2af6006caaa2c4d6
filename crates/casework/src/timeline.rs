//! The timeline (経過): contacts with their notes, notes of their own, letters and addenda, newest first, of all
//! compartments in the asker's reach or of one of them. A page at a time: only what stands on the page is opened, so that
//! a case of ten thousand contacts opens as quickly as a new one.

use crate::case::{self, CaseView};
use crate::contact::{self, Contact, numbers};
use crate::despite::{self, Past};
use crate::note::{self, NoteView};
use crate::{Casework, Error, Result, compartment};
use basics::time::{from_micros, micros};
use basics::{CaseId, CompartmentId, ContactId, NoteId, StaffId, ThreadId};
use jiff::Timestamp;
use mailbox::Thread;
use mailbox::addendum::{self, AddendumRef};
use office::access::{Action, CompartmentGrant};
use office::session::Session;
use std::collections::{BTreeMap, HashMap};
use store::{Conn, params, transact};

/// How many entries one page holds.
const PAGE: usize = 30;

/// A place in the timeline: the page goes on below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// When, in µs since 1970 UTC.
    pub at: i64,
    /// The identifier of what stands there.
    pub id: i64,
}

impl Position {
    const NEWEST: Self = Self {
        at: i64::MAX,
        id: i64::MAX,
    };
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.at, self.id)
    }
}

impl std::str::FromStr for Position {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (at, id) = text.split_once('-').ok_or(())?;
        Ok(Self {
            at: at.parse().map_err(drop)?,
            id: id.parse().map_err(drop)?,
        })
    }
}

/// What stands at one place.
#[derive(Debug, Clone)]
pub enum What {
    /// A contact, with the notes of the same compartment.
    Contact(Contact, Vec<NoteView>),
    /// A note by itself: no contact, or a line for the staff about one.
    Note(NoteView),
    /// A thread of letters, at its last letter.
    Letters(Thread),
    /// What a writer wants to stand here.
    Addendum {
        /// In which thread.
        thread: ThreadId,
        /// The words.
        body: String,
    },
}

/// One entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// In which compartment.
    pub compartment: CompartmentId,
    /// What.
    pub what: What,
}

/// One page of the timeline.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// The case.
    pub view: CaseView,
    /// The one compartment asked for; `None`: all in reach.
    pub only: Option<CompartmentId>,
    /// Newest first.
    pub entries: Vec<Entry>,
    /// Where older ones begin.
    pub older: Option<Position>,
    /// Colleagues by name.
    pub names: HashMap<StaffId, String>,
    /// The contacts for which a guard was passed, and why.
    pub past: HashMap<ContactId, Past>,
}

impl Timeline {
    /// A colleague's name.
    pub fn name(&self, staff: StaffId) -> &str {
        self.names.get(&staff).map_or("職員", String::as_str)
    }
}

/// What stands where, before anything is opened.
#[derive(Clone, Copy)]
enum Found {
    Contact(ContactId),
    Note(NoteId),
    Letters(usize),
    Addendum(AddendumRef),
}

impl Casework {
    /// One page of the timeline. What is opened is recorded: the case, and each compartment shown.
    pub async fn timeline(
        &self,
        session: &Session,
        id: CaseId,
        only: Option<CompartmentId>,
        below: Option<Position>,
    ) -> Result<Timeline> {
        transact!(self.db(), "case.timeline", |tx| {
            let (found, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let view = case::view(tx, found, &grant, self).await?;
            let mut inside: BTreeMap<CompartmentId, CompartmentGrant> = BTreeMap::new();
            if let Some(one) = only {
                let opened =
                    compartment::open(tx, session, &grant, one, Action::ReadCompartment).await?;
                inside.insert(one, opened);
            } else {
                for one in &view.compartments {
                    let opened = grant
                        .compartment(tx, session, one.reference(), Action::ReadCompartment)
                        .await?;
                    inside.insert(one.id, opened);
                }
            }
            let below = below.unwrap_or(Position::NEWEST);
            let threads = mailbox::of_case::threads_of(tx, id).await?;
            let mut places = self.places(tx, id, &inside, &threads, below).await?;
            let older = (places.len() > PAGE).then(|| places[PAGE - 1].0);
            places.truncate(PAGE);
            let entries = opened(tx, session, id, &inside, &threads, &places).await?;
            let names = office::staff::list(tx, session.office()).await?;
            Ok(Timeline {
                view,
                only,
                entries,
                older,
                past: despite::of_contacts(tx, &grant).await?,
                names: names.into_iter().map(|one| (one.id, one.name)).collect(),
            })
        })
    }

    /// Where things stand below a position, newest first: one more than a page, if there are so many.
    async fn places(
        &self,
        tx: &mut Conn,
        case: CaseId,
        inside: &BTreeMap<CompartmentId, CompartmentGrant>,
        threads: &[Thread],
        below: Position,
    ) -> Result<Vec<(Position, Found)>> {
        let list = numbers(inside.keys().map(|id| id.get()));
        let limit = PAGE + 1;
        let values = params![case.get(), below.at, below.at, below.id];
        let contacts: Vec<(i64, i64)> = tx
            .all(
                &format!(
                    "SELECT at, id FROM contact WHERE case_id = $1 AND at <= $2 AND (at < $3 OR id < $4) \
                     AND compartment_id IN ({list}) ORDER BY at DESC, id DESC LIMIT {limit}"
                ),
                values,
            )
            .await?;
        let notes: Vec<(i64, i64)> = tx
            .all(
                &format!(
                    "SELECT at, id FROM note WHERE case_id = $1 AND stands_alone = 1 AND at <= $2 AND (at < $3 OR id < $4) \
                     AND compartment_id IN ({list}) ORDER BY at DESC, id DESC LIMIT {limit}"
                ),
                values,
            )
            .await?;
        let in_reach = |thread: &Thread| {
            thread
                .part_of
                .is_some_and(|(_, compartment, _)| inside.contains_key(&compartment))
        };
        let of_thread = |id: ThreadId| threads.iter().any(|one| one.id == id && in_reach(one));
        let addenda = addendum::of_case(tx, case).await?;
        let mut places: Vec<(Position, Found)> = Vec::new();
        places.extend(
            contacts
                .into_iter()
                .map(|(at, id)| (Position { at, id }, Found::Contact(id.into()))),
        );
        places.extend(
            notes
                .into_iter()
                .map(|(at, id)| (Position { at, id }, Found::Note(id.into()))),
        );
        places.extend(
            threads
                .iter()
                .enumerate()
                .filter(|(_, thread)| in_reach(thread))
                .map(|(n, thread)| {
                    let position = Position {
                        at: micros(thread.last_letter_at),
                        id: thread.id.get(),
                    };
                    (position, Found::Letters(n))
                })
                .filter(|(position, _)| *position < below),
        );
        places.extend(
            addenda
                .into_iter()
                .filter(|one| of_thread(one.thread))
                .map(|one| {
                    let position = Position {
                        at: micros(one.at),
                        id: one.id,
                    };
                    (position, Found::Addendum(one))
                })
                .filter(|(position, _)| *position < below),
        );
        places.sort_by(|(one, _), (other, _)| other.cmp(one));
        places.truncate(limit);
        Ok(places)
    }
}

/// Opens what stands on the page, and nothing else.
async fn opened(
    tx: &mut Conn,
    session: &Session,
    case: CaseId,
    inside: &BTreeMap<CompartmentId, CompartmentGrant>,
    threads: &[Thread],
    places: &[(Position, Found)],
) -> Result<Vec<Entry>> {
    let mut contact_ids = Vec::new();
    let mut note_ids = Vec::new();
    let mut with_addenda: Vec<ThreadId> = Vec::new();
    for (_, found) in places {
        match found {
            Found::Contact(id) => contact_ids.push(*id),
            Found::Note(id) => note_ids.push(*id),
            Found::Addendum(one) if !with_addenda.contains(&one.thread) => {
                with_addenda.push(one.thread);
            }
            Found::Letters(_) | Found::Addendum(_) => {}
        }
    }
    let mut contacts: HashMap<ContactId, Contact> = contact::these(tx, case, &contact_ids)
        .await?
        .into_iter()
        .map(|one| (one.id, one))
        .collect();
    let mut with_contact: HashMap<ContactId, Vec<NoteView>> = HashMap::new();
    let mut alone: HashMap<NoteId, NoteView> = HashMap::new();
    for grant in inside.values() {
        let here: Vec<ContactId> = contact_ids
            .iter()
            .filter(|id| {
                contacts
                    .get(id)
                    .is_some_and(|one| one.compartment == grant.compartment())
            })
            .copied()
            .collect();
        for note in note::of_contacts(tx, grant, &here).await? {
            if let Some(contact) = note.contact {
                with_contact.entry(contact).or_default().push(note);
            }
        }
        for note in note::these(tx, grant, &note_ids).await? {
            alone.insert(note.id, note);
        }
    }
    let mut said: HashMap<i64, String> = HashMap::new();
    for thread in with_addenda {
        for (one, body) in addendum::of_thread(tx, session, thread).await? {
            said.insert(one.id, body);
        }
    }
    let compartment_of = |thread: ThreadId| {
        threads
            .iter()
            .find(|one| one.id == thread)
            .and_then(|one| one.part_of)
            .map(|(_, compartment, _)| compartment)
    };
    let gone = || Error::Damaged("timeline");
    places
        .iter()
        .map(|(position, found)| {
            let (compartment, what) = match found {
                Found::Contact(id) => {
                    let contact = contacts.remove(id).ok_or_else(gone)?;
                    let notes = with_contact.remove(id).unwrap_or_default();
                    (contact.compartment, What::Contact(contact, notes))
                }
                Found::Note(id) => {
                    let note = alone.remove(id).ok_or_else(gone)?;
                    (note.compartment, What::Note(note))
                }
                Found::Letters(n) => {
                    let thread = threads.get(*n).cloned().ok_or_else(gone)?;
                    (
                        compartment_of(thread.id).ok_or_else(gone)?,
                        What::Letters(thread),
                    )
                }
                Found::Addendum(one) => (
                    compartment_of(one.thread).ok_or_else(gone)?,
                    What::Addendum {
                        thread: one.thread,
                        body: said.remove(&one.id).ok_or_else(gone)?,
                    },
                ),
            };
            Ok(Entry {
                at: from_micros(position.at),
                compartment,
                what,
            })
        })
        .collect()
}
