//! What came of a visit, in the timeline: a contact with its codes, and draft notes that their author confirms there.

use crate::case::Case;
use crate::contact::{self, Channel, Direction, NewContact, Outcome, Party};
use crate::note::{self, Block, NewNote, State};
use crate::visit::{Target, Visit};
use crate::visit_heard::{Spoken, Whose};
use crate::visit_outcome::{Met, NewOutcome};
use crate::{Result, compartment, person};
use basics::{ContactId, NoteId, PersonId};
use jiff::Timestamp;
use office::access::{CaseGrant, CompartmentGrant, CompartmentKind};
use office::session::Session;
use store::Conn;

/// A draft note; of a contact, and whether it lies in the same compartment.
pub(crate) async fn draft(
    tx: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
    inside: &CompartmentGrant,
    contact: Option<(ContactId, bool)>,
    at: Timestamp,
    blocks: &[Block],
) -> Result<NoteId> {
    let new = NewNote {
        contact: contact.map(|(contact, _)| contact),
        with_contact: contact.is_some_and(|(_, beside)| beside),
        at,
        blocks,
        state: State::Draft,
        once: None,
    };
    note::write(tx, session, grant, inside, &new).await
}

/// The compartments that the words of a visit go into, opened.
pub(crate) struct Rooms<'a> {
    /// The visit's own.
    pub visit: &'a CompartmentGrant,
    /// Of what colleagues saw.
    pub seen: &'a CompartmentGrant,
    /// Of each who spoke.
    pub said: &'a [(&'a Spoken, CompartmentGrant)],
}

/// What a visit became in the timeline.
#[derive(Default)]
pub(crate) struct Written {
    /// Its contact.
    pub contact: Option<ContactId>,
    /// The draft of what colleagues saw.
    pub seen: Option<NoteId>,
    /// The draft of each who spoke, in the order of [`Rooms::said`].
    pub said: Vec<NoteId>,
}

/// The contact of a visit and, where something was written, its draft notes, each in the compartment of its voice. Where
/// one voice was heard, the contact lies with it; otherwise where the visit was planned.
pub(crate) async fn written(
    tx: &mut Conn,
    session: &Session,
    of: &Case,
    grant: &CaseGrant,
    rooms: &Rooms<'_>,
    visit: &Visit,
    new: &NewOutcome,
) -> Result<Written> {
    let at = new
        .arrived_at
        .unwrap_or(visit.leave_at)
        .min(session.clock().now());
    let mut voices = rooms
        .said
        .iter()
        .filter(|(one, _)| one.whose != Whose::Staff);
    let (kept_in, party, people) = if let (Some((one, room)), None) = (voices.next(), voices.next())
    {
        (room.compartment(), one.whose.party(of), one.whose.people())
    } else {
        let (party, people) = of_the_plan(tx, of, rooms.visit, visit, new).await?;
        (visit.compartment, party, people)
    };
    let minutes = new.arrived_at.zip(new.left_at);
    let contact = NewContact {
        at,
        channel: Channel::HomeVisit,
        direction: Direction::Outgoing,
        party,
        people,
        about: Some(of.principal),
        minutes: minutes.map(|(from, to)| to.duration_since(from).as_mins()),
        result: match new.met {
            Met::Met => Outcome::Met,
            Met::Voice => Outcome::VoiceOnly,
            Met::Sign => Outcome::Presence,
            Met::Family => Outcome::Talked,
            Met::Nobody => Outcome::Absent,
        },
        staff: std::iter::once(visit.staff).chain(visit.buddy).collect(),
        next_on: new.next_on,
    };
    let contact = contact::insert(tx, session, grant, kept_in, &contact, None).await?;
    let mut written = Written {
        contact: Some(contact),
        ..Written::default()
    };
    let known = person::of_case(tx, grant).await?;
    for (one, room) in rooms.said {
        let blocks = [one.whose.block(&known, &one.words)];
        let with = (contact, room.compartment() == kept_in);
        let note = draft(tx, session, grant, room, Some(with), at, &blocks).await?;
        written.said.push(note);
    }
    let seen = &new.said;
    let pieces = [
        ("", &seen.reaction),
        ("安全：", &seen.safety),
        ("次の約束：", &seen.next),
    ];
    let blocks: Vec<Block> = pieces
        .into_iter()
        .filter(|(_, words)| !words.trim().is_empty())
        .map(|(what, words)| Whose::Staff.block(&known, &format!("{what}{words}")))
        .collect();
    if !blocks.is_empty() {
        let with = (contact, rooms.seen.compartment() == kept_in);
        let note = draft(tx, session, grant, rooms.seen, Some(with), at, &blocks).await?;
        written.seen = Some(note);
    }
    Ok(written)
}

/// With whom it was, when no single voice says so: whom the visit was planned for.
async fn of_the_plan(
    tx: &mut Conn,
    of: &Case,
    inside: &CompartmentGrant,
    visit: &Visit,
    new: &NewOutcome,
) -> Result<(Party, Vec<PersonId>)> {
    let voices = compartment::of_case(tx, of.id).await?;
    let voice = voices.iter().find(|one| one.id == visit.compartment);
    let mut people = match voice {
        Some(one) if new.met != Met::Nobody => {
            let mut people = one.holders.clone();
            people.extend(one.person);
            people
        }
        _ => Vec::new(),
    };
    if new.met == Met::Family {
        people.retain(|person| *person != of.principal);
    }
    let party = match (inside.kind(), visit.target) {
        (_, _) if new.met == Met::Family => Party::Family,
        (CompartmentKind::Principal, _) | (CompartmentKind::Staff, Target::Principal) => {
            Party::Principal
        }
        (CompartmentKind::Joint, _) => Party::Joint,
        (CompartmentKind::Family | CompartmentKind::Staff, _) => Party::Family,
    };
    Ok((party, people))
}
