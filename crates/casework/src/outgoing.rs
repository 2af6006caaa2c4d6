//! Letters on paper: whether they may be printed at all, what they say, and what stands on the envelope. They ask for no
//! answer (返信を求めない便り). The words lie in the compartment of whoever they are written to.

use crate::approach::{self, Asked, Way};
use crate::case::{self, Case};
use crate::compartment::{self, Voice};
use crate::contact::{self, Direction, NewContact, Outcome, Party};
use crate::contact_rule::{self, Channel};
use crate::despite::{self, Despite, For, Passed};
use crate::person::{self, Part, Person};
use crate::{Casework, Error, Result};
use basics::time::{from_micros, to_jst};
use basics::{CaseId, PersonId, StaffId, new_id};
use jiff::civil::Date;
use office::CaseGrant;
use office::access::{Action, CompartmentGrant};
use office::session::Session;
use store::{Conn, params, transact};
use vault::{Place, Sealed};

/// How many characters fit a letter of two pages.
pub const MAX_LETTER: usize = 1_500;

/// A letter to be printed.
#[derive(Debug, Clone)]
pub struct NewLetter {
    /// To whom.
    pub person: PersonId,
    /// What it says.
    pub words: String,
    /// Past a guard, and why.
    pub despite: Option<Despite>,
}

/// What stands on the envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The address, as it was told; empty: not known.
    pub address: String,
    /// The name of the receiver.
    pub name: String,
    /// The sender: a name of the centre only where a rule of the receiver allows it (inv. 28).
    pub sender: String,
    /// Whether `sender` names the centre.
    pub names_centre: bool,
}

/// A letter as it is printed.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its identifier.
    pub id: i64,
    /// To whom.
    pub person: PersonId,
    /// What it says.
    pub words: String,
    /// The envelope.
    pub envelope: Envelope,
    /// The day on it.
    pub on: Date,
    /// Who printed it.
    pub by: StaffId,
}

/// A letter in a list: without its words.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Its identifier.
    pub id: i64,
    /// To whom.
    pub person: PersonId,
    /// When.
    pub on: Date,
    /// Who printed it.
    pub by: StaffId,
}

fn place(id: i64) -> Place {
    Place {
        table: "outgoing",
        row: id,
        column: "words",
    }
}

fn checked(words: &str) -> Result<String> {
    let words = words.trim();
    if words.is_empty() {
        return Err(Error::invalid("words", "手紙の言葉を書いてください。"));
    }
    if words.chars().count() > MAX_LETTER {
        return Err(Error::invalid(
            "words",
            format!("{MAX_LETTER}字までで書いてください。"),
        ));
    }
    Ok(words.to_owned())
}

async fn one_of(conn: &mut Conn, grant: &CaseGrant, id: PersonId) -> Result<Person> {
    let people = person::of_case(conn, grant).await?;
    people
        .into_iter()
        .find(|person| person.id == id)
        .ok_or(Error::NotFound)
}

/// What may stand on the envelope to this person. Where nothing was agreed, nobody is named.
async fn envelope(conn: &mut Conn, grant: &CaseGrant, to: &Person) -> Result<Envelope> {
    let identity = &to.identity;
    let name = match (identity.name.as_str(), identity.nickname.as_str()) {
        ("", nickname) => nickname,
        (name, _) => name,
    };
    let points = contact_rule::of_person(conn, grant, to.id).await?;
    let mut letters = points
        .iter()
        .filter(|point| point.channel == Channel::Letter && !point.ban);
    let rule = letters.next();
    let office = office::office::one(conn, grant.office()).await?;
    let sender = contact_rule::sender_words(rule, &office.name);
    let address = match rule.map(|rule| rule.value.as_str()) {
        None | Some("") => identity.address.clone(),
        Some(told) => told.to_owned(),
    };
    Ok(Envelope {
        address,
        name: name.to_owned(),
        sender: sender.words,
        names_centre: sender.names_centre,
    })
}

/// The letter as a contact of the receiver's side: it went out, and asks for no answer.
fn contact_of(session: &Session, case: &Case, to: &Person) -> NewContact {
    let party = match to.part {
        Part::Principal => Party::Principal,
        Part::Family => Party::Family,
        Part::Finder | Part::Other => Party::Other,
    };
    NewContact {
        at: session.clock().now(),
        channel: contact::Channel::Letter,
        direction: Direction::Outgoing,
        party,
        people: vec![to.id],
        about: Some(case.principal),
        minutes: None,
        result: Outcome::NoReplyLetter,
        staff: vec![session.staff()],
        next_on: None,
    }
}

/// A letter with its words: identifier, to whom, when.
pub(crate) type Kept = (i64, PersonId, Date, String);

/// The letters of an opened compartment with their words, oldest first.
pub(crate) async fn of_compartment(
    conn: &mut Conn,
    inside: &CompartmentGrant,
) -> Result<Vec<Kept>> {
    let rows: Vec<(i64, i64, i64, Vec<u8>)> = conn
        .all(
            "SELECT id, person_id, printed_at, words FROM outgoing WHERE compartment_id = $1 ORDER BY printed_at, id",
            params![inside.compartment().get()],
        )
        .await?;
    let read = |(id, person, at, words): (i64, i64, i64, Vec<u8>)| {
        let words = inside.open(&Sealed::<String>::from_bytes(words), &place(id))?;
        Ok((id, person.into(), to_jst(from_micros(at)).date(), words))
    };
    rows.into_iter().map(read).collect()
}

impl Casework {
    /// Keeps a letter for printing: the guard is asked first, then the words are sealed into the receiver's compartment.
    pub async fn print_letter(
        &self,
        session: &Session,
        case: CaseId,
        new: &NewLetter,
    ) -> Result<i64> {
        let words = checked(&new.words)?;
        transact!(self.db(), "outgoing.print", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let asked = Asked {
                despite: new.despite.as_ref(),
                ..Asked::plainly(new.person, Way::Letter)
            };
            let mut passed = Passed::default();
            passed.add(approach::may_reach(tx, &grant, &case, &asked).await?);
            let to = one_of(tx, &grant, new.person).await?;
            let voice = voice_of(&case, to.id);
            let room = compartment::open_new(tx, session, &grant, self.clock(), &voice).await?;
            let room = compartment::open(tx, session, &grant, room, Action::WriteNote).await?;
            let envelope = envelope(tx, &grant, &to).await?;
            let id = new_id(self.clock());
            tx.exec(
                "INSERT INTO outgoing (id, case_id, person_id, compartment_id, words, names_centre, printed_by, printed_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                params![
                    id,
                    case.id.get(),
                    to.id.get(),
                    room.compartment().get(),
                    room.seal(&place(id), &words).as_bytes(),
                    envelope.names_centre,
                    session.staff().get(),
                    self.clock().now_micros()
                ],
            )
            .await?;
            let new = contact_of(session, &case, &to);
            let contact =
                contact::insert(tx, session, &grant, room.compartment(), &new, None).await?;
            passed.was_for(tx, For::Letter, id).await?;
            passed.was_for(tx, For::Contact, contact.get()).await?;
            office::audit::record(tx, &grant.entry("outgoing.printed")).await?;
            Ok(id)
        })
    }

    /// A letter that was printed, for its page. The guard is asked again: somebody may have said no since.
    pub async fn letter(&self, session: &Session, case: CaseId, id: i64) -> Result<Letter> {
        type Row = (i64, i64, Vec<u8>, i64, i64);
        transact!(self.db(), "outgoing.read", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            let found: Option<Row> = tx
                .first(
                    "SELECT person_id, compartment_id, words, printed_by, printed_at FROM outgoing \
                     WHERE id = $1 AND case_id = $2",
                    params![id, case.id.get()],
                )
                .await?;
            let (person, room, words, by, at) = found.ok_or(Error::NotFound)?;
            // What was printed past a guard, with a reason, may be looked at again.
            let passed = despite::passed_for(tx, &grant, person.into(), For::Letter, id).await?;
            if !passed {
                let asked = Asked::plainly(person.into(), Way::Letter);
                approach::may_reach(tx, &grant, &case, &asked).await?;
            }
            let action = Action::ReadCompartment;
            let room = compartment::open(tx, session, &grant, room.into(), action).await?;
            let to = one_of(tx, &grant, person.into()).await?;
            Ok(Letter {
                id,
                person: to.id,
                words: room.open(&Sealed::<String>::from_bytes(words), &place(id))?,
                envelope: envelope(tx, &grant, &to).await?,
                on: to_jst(from_micros(at)).date(),
                by: by.into(),
            })
        })
    }

    /// The letters of a case, the latest first; those in compartments out of reach are left out.
    pub async fn letters(&self, session: &Session, case: CaseId) -> Result<Vec<Sent>> {
        type Row = (i64, i64, i64, i64, i64);
        transact!(self.db(), "outgoing.list", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            let rows: Vec<Row> = tx
                .all(
                    "SELECT id, person_id, compartment_id, printed_by, printed_at FROM outgoing \
                     WHERE case_id = $1 ORDER BY printed_at DESC, id DESC",
                    params![case.id.get()],
                )
                .await?;
            let mine = rows
                .into_iter()
                .filter(|(_, _, room, _, _)| grant.reaches((*room).into()));
            Ok(mine
                .map(|(id, person, _, by, at)| Sent {
                    id,
                    person: person.into(),
                    on: to_jst(from_micros(at)).date(),
                    by: by.into(),
                })
                .collect())
        })
    }
}

/// Whose compartment a letter to this person lies in.
fn voice_of(case: &Case, person: PersonId) -> Voice {
    if person == case.principal {
        Voice::Principal(person)
    } else {
        Voice::Family(person)
    }
}
