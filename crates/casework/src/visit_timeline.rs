//! What came of a visit, in the timeline: a contact with its codes, and a draft note that its author confirms there.

use crate::case::Case;
use crate::contact::{self, Channel, Direction, NewContact, Outcome, Party};
use crate::note::{self, Block, BlockKind, MayShare, NewNote, State};
use crate::visit::{Target, Visit};
use crate::visit_outcome::{Met, NewOutcome};
use crate::{Result, compartment};
use basics::{ContactId, NoteId};
use jiff::Timestamp;
use office::access::{CaseGrant, CompartmentGrant, CompartmentKind};
use office::session::Session;
use store::Conn;

/// Words of the staff, not to be passed on unless somebody says so.
pub(crate) fn block(words: &str) -> Block {
    Block {
        text: words.to_owned(),
        kind: BlockKind::Observation,
        source: None,
        subject: None,
        may_share: MayShare::Not,
    }
}

/// A draft note.
pub(crate) async fn draft(
    tx: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
    inside: &CompartmentGrant,
    contact: Option<ContactId>,
    at: Timestamp,
    blocks: &[Block],
) -> Result<NoteId> {
    let new = NewNote {
        contact,
        with_contact: contact.is_some(),
        at,
        blocks,
        state: State::Draft,
        once: None,
    };
    note::write(tx, session, grant, inside, &new).await
}

/// The contact of a visit and, where something was written, its draft note.
#[allow(
    clippy::too_many_arguments,
    reason = "what its one caller has opened, passed on"
)]
pub(crate) async fn written(
    tx: &mut Conn,
    session: &Session,
    of: &Case,
    grant: &CaseGrant,
    inside: &CompartmentGrant,
    visit: &Visit,
    new: &NewOutcome,
) -> Result<(Option<ContactId>, Option<NoteId>)> {
    let at = new
        .arrived_at
        .unwrap_or(visit.leave_at)
        .min(session.clock().now());
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
    let contact = contact::insert(tx, session, grant, visit.compartment, &contact, None).await?;
    let said = &new.said;
    let pieces = [
        ("", &said.reaction),
        ("安全：", &said.safety),
        ("次の約束：", &said.next),
    ];
    let blocks: Vec<Block> = pieces
        .into_iter()
        .filter(|(_, words)| !words.trim().is_empty())
        .map(|(what, words)| block(&format!("{what}{words}")))
        .collect();
    if blocks.is_empty() {
        return Ok((Some(contact), None));
    }
    let note = draft(tx, session, grant, inside, Some(contact), at, &blocks).await?;
    Ok((Some(contact), Some(note)))
}
