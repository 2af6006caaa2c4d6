//! The quick log: one contact, what was said and seen, and a line for the staff alone, written in one transaction from
//! one screen. Which compartment it goes into follows from who spoke; nobody chooses it by hand.

use crate::case::{self, Case, CaseView};
use crate::compartment::{self, Voice};
use crate::contact::{self, NewContact, Once, Party};
use crate::contact_rule::{self, RuleLine};
use crate::despite::{Despite, For};
use crate::draft::{self, Kept, token_hash};
use crate::note::{self, Block, BlockKind, MayShare, NewNote, State};
use crate::person::{self, NewPerson, Part};
use crate::{Casework, Error, Result};
use basics::{CaseId, CompartmentId, ContactId, NoteId, PersonId, StaffId};
use mailbox::return_code::Token;
use office::access::{Action, CaseGrant, CompartmentKind, Reach};
use office::readers::{self, Reader};
use office::session::Session;
use store::{Conn, transact};

/// With whom it was.
#[derive(Debug, Clone)]
pub enum With {
    /// One of the case's people.
    Person(PersonId),
    /// Somebody of whom the case does not know yet: they and their compartment are opened with it.
    New(NewPerson),
    /// Two or more together.
    Together(Vec<PersonId>),
    /// An agency.
    Agency,
    /// Somebody who did not say who they are.
    Nobody,
}

/// What the form says.
#[derive(Debug, Clone)]
pub struct QuickLog {
    /// When, how, how long, with what result. `party` and `people` follow from `with`.
    pub contact: NewContact,
    /// With whom.
    pub with: With,
    /// What was said and seen; may be empty: nobody answered.
    pub blocks: Vec<Block>,
    /// A line for the staff alone; empty for none.
    pub staff_line: String,
    /// Confirmed at once, or a draft.
    pub state: State,
    /// Past a guard, and why.
    pub despite: Option<Despite>,
}

/// What was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logged {
    /// The contact.
    pub contact: ContactId,
    /// The compartment it went into.
    pub compartment: CompartmentId,
    /// The note, if anything was written.
    pub note: Option<NoteId>,
    /// The staff's note, if there is one.
    pub staff_note: Option<NoteId>,
}

/// How the draft of this form is named.
pub fn form_key(case: CaseId) -> String {
    format!("kaku:{case}")
}

/// One person who may have spoken, and who will read what they said.
#[derive(Debug, Clone)]
pub struct VoiceChoice {
    /// Who.
    pub person: PersonId,
    /// In words: 「母（すみれさん）」.
    pub label: String,
    /// The kind of words a block of theirs holds.
    pub kind: BlockKind,
    /// Who will read it.
    pub readers: Vec<String>,
}

/// What the form needs to know.
#[derive(Debug, Clone)]
pub struct LogForm {
    /// The case.
    pub view: CaseView,
    /// The people whose words the asker may write down.
    pub voices: Vec<VoiceChoice>,
    /// Who will read the words of somebody new, or of several together.
    pub new_readers: Vec<String>,
    /// Who will read the staff's own compartment.
    pub staff_readers: Vec<String>,
    /// Colleagues who may have been there.
    pub colleagues: Vec<(StaffId, String)>,
    /// Whether anything but the staff's own compartment may be written.
    pub may_write_voices: bool,
    /// Whether the staff's own compartment may be written.
    pub may_write_staff: bool,
    /// The rules for reaching the people of the case, in words.
    pub rules: Vec<RuleLine>,
    /// What the asker left in this form.
    pub draft: Option<Kept>,
}

/// What kind of words somebody's words are.
pub fn kind_of(part: Part) -> BlockKind {
    match part {
        Part::Principal => BlockKind::PrincipalWords,
        Part::Family => BlockKind::FamilyWords,
        Part::Finder | Part::Other => BlockKind::AgencyInformation,
    }
}

fn party_of(part: Part) -> Party {
    match part {
        Part::Principal => Party::Principal,
        Part::Family => Party::Family,
        Part::Finder | Part::Other => Party::Other,
    }
}

impl Casework {
    /// The quick log's form. One row in the chain.
    pub async fn log_form(&self, session: &Session, id: CaseId) -> Result<LogForm> {
        let draft = self.draft(session, &form_key(id)).await?;
        transact!(self.db(), "case.log_form", |tx| {
            let (found, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let principal = found.principal;
            let readers = readers::of_case(tx, &grant, self.clock()).await?;
            let all = compartment::of_case(tx, id).await?;
            let view = case::view(tx, found, &grant, self).await?;
            let names = |compartment: Option<CompartmentId>| names_of(&readers, compartment);
            let mine = |person: PersonId| {
                all.iter()
                    .find(|one| one.person == Some(person))
                    .map(|one| (one.id, one.kind))
            };
            let works = grant.reach() == Reach::Assigned;
            let mut voices = Vec::new();
            for one in &view.people {
                let compartment = mine(one.id);
                if !works || compartment.is_some_and(|(id, kind)| !grant.may_write(id, kind)) {
                    continue;
                }
                let mut read_by = names(compartment.map(|(id, _)| id));
                // Who opens a compartment reaches it, also when they work on listed compartments only.
                if compartment.is_none() && !read_by.iter().any(|name| name == session.name()) {
                    read_by.insert(0, session.name().to_owned());
                }
                voices.push(VoiceChoice {
                    person: one.id,
                    label: one.label(),
                    kind: if one.id == principal {
                        BlockKind::PrincipalWords
                    } else {
                        kind_of(one.part)
                    },
                    readers: read_by,
                });
            }
            let staff = all.iter().find(|one| one.kind == CompartmentKind::Staff);
            let colleagues = office::staff::list(tx, session.office()).await?;
            Ok(LogForm {
                voices,
                new_readers: names(None),
                staff_readers: names(staff.map(|one| one.id)),
                colleagues: colleagues
                    .into_iter()
                    .filter(|one| one.active && office::access::may(one.role, Action::ReadCase))
                    .map(|one| (one.id, one.name))
                    .collect(),
                may_write_voices: works,
                may_write_staff: staff.is_none_or(|one| grant.may_write(one.id, one.kind)),
                draft: draft.clone(),
                rules: contact_rule::in_words(tx, &grant, &view.people).await?,
                view,
            })
        })
    }

    /// Records it: contact, note and the staff's line together, or nothing. [`Error::Again`] when the same form with the
    /// same content was sent before; what the colleague had left as a draft of this form is gone with it.
    pub async fn log(
        &self,
        session: &Session,
        id: CaseId,
        log: &QuickLog,
        token: &Token,
    ) -> Result<Logged> {
        let once = Once {
            form: token_hash(token),
            sent: sent_hash(token, log),
        };
        transact!(self.db(), "contact.log", |tx| {
            let (case, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let logged = log_in(self, tx, session, &case, &grant, log, Some(once)).await?;
            draft::spend(tx, session, &form_key(id), token).await?;
            Ok(logged)
        })
    }
}

fn names_of(readers: &[Reader], compartment: Option<CompartmentId>) -> Vec<String> {
    readers
        .iter()
        .filter(|one| one.reaches(compartment))
        .map(|one| {
            if one.leads {
                format!("{}（センター長）", one.name)
            } else {
                one.name.clone()
            }
        })
        .collect()
}

/// A hash of what was sent together with the form's random token: the same form sent twice is known, and nothing is told.
fn sent_hash(token: &Token, log: &QuickLog) -> [u8; 32] {
    let contact = &log.contact;
    let mut whole = format!(
        "{}{:?}{:?}{:?}{:?}{:?}{:?}{:?}{:?}{:?}",
        token.field(),
        contact.channel,
        contact.direction,
        contact.about,
        contact.minutes,
        contact.result,
        contact.staff,
        contact.next_on,
        log.with,
        log.state
    );
    for block in &log.blocks {
        whole.push('\u{1f}');
        whole.push_str(&block.text);
    }
    whole.push('\u{1e}');
    whole.push_str(&log.staff_line);
    vault::hash(whole.as_bytes())
}

/// [`Casework::log`] inside a transaction.
pub(crate) async fn log_in(
    room: &Casework,
    tx: &mut Conn,
    session: &Session,
    case: &Case,
    grant: &CaseGrant,
    log: &QuickLog,
    once: Option<Once>,
) -> Result<Logged> {
    let clock = room.clock();
    let (voice, party, people) = voices_of(tx, session, grant, case, &log.with).await?;
    let compartment = compartment::open_new(tx, session, grant, clock, &voice).await?;
    let inside = compartment::open(tx, session, grant, compartment, Action::WriteNote).await?;
    let new = NewContact {
        party,
        people,
        ..log.contact.clone()
    };
    let despite = log.despite.as_ref();
    let passed = contact::may_reach_out(tx, session, grant, case, &new, despite).await?;
    let about_known = match new.about {
        Some(person) => {
            let known = person::of_case(tx, grant).await?;
            known.iter().any(|one| one.id == person)
        }
        None => true,
    };
    if !about_known {
        return Err(Error::NotFound);
    }
    let contact = contact::insert(tx, session, grant, compartment, &new, once).await?;
    passed.was_for(tx, For::Contact, contact.get()).await?;
    let has_words = log.blocks.iter().any(|block| !block.text.trim().is_empty());
    let mut logged = Logged {
        contact,
        compartment,
        note: None,
        staff_note: None,
    };
    let about = NewNote {
        contact: Some(contact),
        with_contact: true,
        at: new.at,
        blocks: &[],
        state: log.state,
        once: None,
    };
    if has_words {
        let blocks: Vec<Block> = log
            .blocks
            .iter()
            .map(|block| settled(block, &new.people))
            .collect();
        let new = NewNote {
            blocks: &blocks,
            ..about
        };
        logged.note = Some(note::write(tx, session, grant, &inside, &new).await?);
    }
    if !log.staff_line.trim().is_empty() {
        let staff = compartment::open_new(tx, session, grant, clock, &Voice::Staff).await?;
        let inside = compartment::open(tx, session, grant, staff, Action::WriteNote).await?;
        let blocks = [Block {
            text: log.staff_line.clone(),
            kind: BlockKind::Observation,
            source: None,
            subject: new.about,
            may_share: MayShare::Not,
        }];
        let new = NewNote {
            blocks: &blocks,
            with_contact: staff == compartment,
            ..about
        };
        logged.staff_note = Some(note::write(tx, session, grant, &inside, &new).await?);
    }
    Ok(logged)
}

/// Words of the one who spoke, when that person was not known before this very form.
fn settled(block: &Block, people: &[PersonId]) -> Block {
    let theirs = matches!(
        block.kind,
        BlockKind::PrincipalWords | BlockKind::FamilyWords
    );
    match (block.source, people) {
        (None, [only]) if theirs => Block {
            source: Some(*only),
            ..block.clone()
        },
        _ => block.clone(),
    }
}

async fn voices_of(
    tx: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
    case: &Case,
    with: &With,
) -> Result<(Voice, Party, Vec<PersonId>)> {
    let voice_of = |person: PersonId| {
        if person == case.principal {
            Voice::Principal(person)
        } else {
            Voice::Family(person)
        }
    };
    Ok(match with {
        With::Person(id) => {
            let known = person::of_case(tx, grant).await?;
            let Some(found) = known.iter().find(|one| one.id == *id) else {
                return Err(Error::NotFound);
            };
            (voice_of(*id), party_of(found.part), vec![*id])
        }
        With::New(new) => {
            if grant.reach() != Reach::Assigned {
                return Err(Error::NotFound);
            }
            let id = person::add(tx, grant, session.clock(), new).await?;
            (Voice::Family(id), party_of(new.part), vec![id])
        }
        With::Together(ids) => {
            let mut ids = ids.clone();
            ids.sort_unstable();
            ids.dedup();
            let known = person::of_case(tx, grant).await?;
            if !ids.iter().all(|id| known.iter().any(|one| one.id == *id)) {
                return Err(Error::NotFound);
            }
            if ids.len() < 2 {
                return Err(Error::invalid(
                    "together",
                    "いっしょに話した人を、二人以上えらんでください。",
                ));
            }
            (Voice::Joint(ids.clone()), Party::Joint, ids)
        }
        With::Agency => (Voice::Staff, Party::Agency, Vec::new()),
        With::Nobody => (Voice::Staff, Party::Anonymous, Vec::new()),
    })
}
