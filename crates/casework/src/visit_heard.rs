//! Whose words they were. What was heard at the door lies in the compartment of whoever spoke, what colleagues saw in the
//! staff's own; whoever planned the visit, and for whom, decides nothing about that.

use crate::case::{Case, CaseView};
use crate::compartment::{self, Compartment, Voice};
use crate::contact::Party;
use crate::note::{Block, BlockKind, MayShare};
use crate::person::{self, Part, Person};
use crate::quick_log::kind_of;
use crate::{Casework, Error, Result};
use basics::{CompartmentId, NoteId, PersonId, new_id};
use office::access::{Action, CaseGrant, CompartmentGrant, CompartmentKind, Reach};
use office::session::Session;
use store::{Conn, params};
use vault::{Place, Sealed};

/// How many characters of somebody's words are kept at most.
pub(crate) const MAX_WORDS: usize = 8_000;

/// Whose words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// One of the case's people.
    Person(PersonId),
    /// Two or more, together.
    Together(Vec<PersonId>),
    /// What colleagues saw.
    Staff,
}

impl Whose {
    /// For a field of a form or a device: `staff`, or the people's numbers with commas between.
    pub fn code(&self) -> String {
        match self {
            Self::Staff => "staff".to_owned(),
            Self::Person(person) => person.to_string(),
            Self::Together(people) => {
                let numbers: Vec<String> = people.iter().map(PersonId::to_string).collect();
                numbers.join(",")
            }
        }
    }

    /// From [`Whose::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        if code == "staff" {
            return Some(Self::Staff);
        }
        let read = |one: &str| one.parse::<i64>().ok().map(PersonId::from);
        let people = code.split(',').map(read).collect::<Option<Vec<_>>>()?;
        match people.as_slice() {
            [] => None,
            [only] => Some(Self::Person(*only)),
            _ => Some(Self::Together(people)),
        }
    }

    /// Whose compartment; only people of this case have one in it.
    fn voice(&self, case: &Case, known: &[Person]) -> Result<Voice> {
        let ours = |id: &PersonId| known.iter().any(|one| one.id == *id);
        let wrong = || {
            Error::invalid(
                "dare-1",
                "だれの言葉かを、このケースの人から選んでください。",
            )
        };
        match self {
            Self::Staff => Ok(Voice::Staff),
            Self::Person(id) if !ours(id) => Err(wrong()),
            Self::Person(id) if *id == case.principal => Ok(Voice::Principal(*id)),
            Self::Person(id) => Ok(Voice::Family(*id)),
            Self::Together(ids) => {
                let mut ids = ids.clone();
                ids.sort_unstable();
                ids.dedup();
                if ids.len() >= 2 && ids.iter().all(ours) {
                    Ok(Voice::Joint(ids))
                } else {
                    Err(wrong())
                }
            }
        }
    }

    /// Who speaks, for the contact.
    pub(crate) fn people(&self) -> Vec<PersonId> {
        match self {
            Self::Person(id) => vec![*id],
            Self::Together(ids) => ids.clone(),
            Self::Staff => Vec::new(),
        }
    }

    /// For the contact.
    pub(crate) fn party(&self, case: &Case) -> Party {
        match self {
            Self::Person(id) if *id == case.principal => Party::Principal,
            Self::Person(_) | Self::Staff => Party::Family,
            Self::Together(_) => Party::Joint,
        }
    }

    /// Their words as a block of a note: not to be passed on unless somebody says so.
    pub(crate) fn block(&self, known: &[Person], words: &str) -> Block {
        let source = match self {
            Self::Person(id) => Some(*id),
            Self::Together(_) | Self::Staff => None,
        };
        let part = source.and_then(|id| known.iter().find(|one| one.id == id));
        Block {
            text: words.to_owned(),
            kind: part.map_or(BlockKind::Observation, |one| kind_of(one.part)),
            source,
            subject: None,
            may_share: MayShare::Not,
        }
    }
}

/// What somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// Whose words.
    pub whose: Whose,
    /// What they said.
    pub words: String,
}

/// What somebody said, as the visit's page shows it to whoever reaches their compartment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Whose compartment.
    pub compartment: CompartmentId,
    /// What they said.
    pub words: String,
    /// The draft note in the timeline that it became.
    pub note: Option<NoteId>,
}

/// Those whose words the asker may write down, in the order of the form; the staff's own last.
pub(crate) async fn choices(
    conn: &mut Conn,
    grant: &CaseGrant,
    case: &Case,
    people: &[Person],
    label: impl Fn(&Person) -> String,
) -> Result<Vec<(Whose, String)>> {
    let all = compartment::of_case(conn, case.id).await?;
    let works = grant.reach() == Reach::Assigned;
    let may =
        |found: Option<&Compartment>| found.map_or(works, |one| grant.may_write(one.id, one.kind));
    let mut offered = Vec::new();
    for one in people {
        let own = all.iter().find(|room| room.person == Some(one.id));
        if may(own) {
            offered.push((Whose::Person(one.id), label(one)));
        }
    }
    let household = |one: &&Person| matches!(one.part, Part::Principal | Part::Family);
    let household: Vec<&Person> = people.iter().filter(household).collect();
    let mut groups: Vec<Vec<&Person>> = Vec::new();
    if let Some(principal) = household.iter().find(|one| one.id == case.principal) {
        let others = household.iter().filter(|one| one.id != case.principal);
        groups.extend(others.map(|other| vec![*principal, *other]));
    }
    if household.len() > 2 {
        groups.push(household);
    }
    for group in groups {
        let ids: Vec<PersonId> = group.iter().map(|one| one.id).collect();
        let same = |room: &&Compartment| {
            room.kind == CompartmentKind::Joint
                && room.holders.len() == ids.len()
                && ids.iter().all(|id| room.holders.contains(id))
        };
        if may(all.iter().find(same)) {
            let names: Vec<String> = group.iter().map(|one| label(one)).collect();
            offered.push((
                Whose::Together(ids),
                format!("{}がいっしょに", names.join("と")),
            ));
        }
    }
    offered.push((Whose::Staff, "職員が見たこと".to_owned()));
    Ok(offered)
}

/// Opens the compartment of whoever spoke for writing; opened anew for a voice that was not heard before. Of the staff's
/// own: `None` for a colleague who works on other compartments only, whose observations stay where they work.
pub(crate) async fn room_of(
    room: &Casework,
    tx: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
    case: &Case,
    whose: &Whose,
) -> Result<Option<CompartmentGrant>> {
    let known = person::of_case(tx, grant).await?;
    let voice = whose.voice(case, &known)?;
    if voice == Voice::Staff {
        let all = compartment::of_case(tx, case.id).await?;
        let staff = all.iter().find(|one| one.kind == CompartmentKind::Staff);
        if !staff.is_some_and(|one| grant.may_write(one.id, one.kind)) {
            return Ok(None);
        }
    }
    let id = compartment::open_new(tx, session, grant, room.clock(), &voice).await?;
    let write = Action::WriteNote;
    Ok(Some(
        compartment::open(tx, session, grant, id, write).await?,
    ))
}

/// Words that somebody spoke, without empty ones.
pub(crate) fn checked(spoken: &[Spoken]) -> Result<Vec<Spoken>> {
    let said = spoken.iter().filter(|one| !one.words.trim().is_empty());
    let said: Vec<Spoken> = said.cloned().collect();
    if said.iter().any(|one| one.words.chars().count() > MAX_WORDS) {
        let sentence = format!("{MAX_WORDS}字までで書いてください。");
        return Err(Error::invalid("kotoba-1", sentence));
    }
    Ok(said)
}

fn place(row: i64) -> Place {
    Place {
        table: "visit_heard",
        row,
        column: "words",
    }
}

/// Keeps what somebody said at a visit.
pub(crate) async fn keep(
    tx: &mut Conn,
    session: &Session,
    inside: &CompartmentGrant,
    (visit, version): (i64, i64),
    words: &str,
    note: Option<NoteId>,
) -> Result<()> {
    let row = new_id(session.clock());
    tx.exec(
        "INSERT INTO visit_heard (id, visit_id, version, compartment_id, words, note_id) VALUES ($1, $2, $3, $4, $5, $6)",
        params![
            row,
            visit,
            version,
            inside.compartment().get(),
            inside.seal(&place(row), &words.to_owned()).as_bytes(),
            note.map(NoteId::get)
        ],
    )
    .await?;
    Ok(())
}

/// The compartments a visit's words lie in, opened as far as the asker reaches them.
pub(crate) async fn rooms(
    tx: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
    visit: i64,
    own: CompartmentGrant,
) -> Result<Vec<CompartmentGrant>> {
    let others: Vec<(i64,)> = tx
        .all(
            "SELECT compartment_id FROM visit_heard WHERE visit_id = $1 \
             UNION SELECT compartment_id FROM visit_outcome WHERE visit_id = $2 AND compartment_id IS NOT NULL \
             UNION SELECT compartment_id FROM visit_draft WHERE visit_id = $3 AND compartment_id IS NOT NULL",
            params![visit, visit, visit],
        )
        .await?;
    let mut rooms = vec![own];
    for (id,) in others {
        let id = CompartmentId::from(id);
        if grant.reaches(id) && rooms.iter().all(|one| one.compartment() != id) {
            let read = Action::ReadCompartment;
            rooms.push(compartment::open(tx, session, grant, id, read).await?);
        }
    }
    Ok(rooms)
}

/// What was heard, by the version of the outcome it belongs to. What is out of reach is not told of.
pub(crate) async fn of_visit(
    conn: &mut Conn,
    rooms: &[CompartmentGrant],
    visit: i64,
) -> Result<Vec<(i64, Heard)>> {
    type Row = (i64, i64, i64, Vec<u8>, Option<i64>);
    let rows: Vec<Row> = conn
        .all(
            "SELECT id, version, compartment_id, words, note_id FROM visit_heard WHERE visit_id = $1 ORDER BY id",
            params![visit],
        )
        .await?;
    let mut heard = Vec::new();
    for (id, version, compartment, words, note) in rows {
        let compartment = CompartmentId::from(compartment);
        if let Some(inside) = rooms.iter().find(|one| one.compartment() == compartment) {
            let words = inside.open(&Sealed::<String>::from_bytes(words), &place(id))?;
            let note = note.map(NoteId::from);
            heard.push((
                version,
                Heard {
                    compartment,
                    words,
                    note,
                },
            ));
        }
    }
    Ok(heard)
}

/// Whose words a compartment holds, for a page of the case.
pub fn whose_in_words(view: &CaseView, compartment: CompartmentId) -> String {
    let found = view.compartment(compartment);
    found.map_or_else(String::new, |one| match one.kind {
        CompartmentKind::Staff => "職員が見たこと".to_owned(),
        _ => view.name_of(one),
    })
}
