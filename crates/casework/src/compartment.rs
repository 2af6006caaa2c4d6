//! Compartments (守秘区画): what one side said stays on that side.

use crate::case;
use crate::{Casework, Error, Result};
use basics::{CaseId, Clock, CompartmentId, PersonId, new_id};
use office::access::{self, Action, CaseGrant, CompartmentGrant, CompartmentKind, CompartmentRef};
use office::custody;
use office::session::Session;
use store::{Conn, FromRow, params, transact};
use vault::CompartmentKey;

/// Whose words a compartment holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Voice {
    /// 本人
    Principal(PersonId),
    /// 家族: one person.
    Family(PersonId),
    /// 共同: spoken together by these.
    Joint(Vec<PersonId>),
    /// 職員
    Staff,
}

impl Voice {
    /// The kind of compartment it needs.
    pub fn kind(&self) -> CompartmentKind {
        match self {
            Self::Principal(_) => CompartmentKind::Principal,
            Self::Family(_) => CompartmentKind::Family,
            Self::Joint(_) => CompartmentKind::Joint,
            Self::Staff => CompartmentKind::Staff,
        }
    }

    fn person(&self) -> Option<PersonId> {
        match self {
            Self::Principal(person) | Self::Family(person) => Some(*person),
            Self::Joint(_) | Self::Staff => None,
        }
    }
}

/// A compartment, in codes.
#[derive(Debug, Clone)]
pub struct Compartment {
    /// Its identifier.
    pub id: CompartmentId,
    /// Of which case.
    pub case: CaseId,
    /// What for.
    pub kind: CompartmentKind,
    /// Whose voice, for 本人 and 家族.
    pub person: Option<PersonId>,
    /// The parties, for 共同.
    pub holders: Vec<PersonId>,
    pub(crate) wrapped_key: Vec<u8>,
}

impl Compartment {
    /// What `office::access` needs to decide who may open it.
    pub(crate) fn reference(&self) -> CompartmentRef<'_> {
        CompartmentRef {
            case: self.case,
            id: self.id,
            kind: self.kind,
            wrapped_key: &self.wrapped_key,
        }
    }

    /// Whether this person may be told what lies in it: it is their own voice, or they are one of the parties. Nobody
    /// else, whatever their kinship.
    pub fn is_held_by(&self, person: PersonId) -> bool {
        self.person == Some(person) || self.holders.contains(&person)
    }
}

store::row! {
    struct CompartmentRow {
        pub id: i64,
        pub case_id: i64,
        pub kind: String,
        pub person_id: Option<i64>,
        pub wrapped_key: Vec<u8>,
    }
}

/// The compartments of a case, in the order of the page.
pub(crate) async fn of_case(conn: &mut Conn, case: CaseId) -> Result<Vec<Compartment>> {
    let sql = format!(
        "SELECT {} FROM compartment WHERE case_id = $1 ORDER BY \
         CASE kind WHEN 'principal' THEN 0 WHEN 'family' THEN 1 WHEN 'joint' THEN 2 ELSE 3 END, opened_at, id",
        CompartmentRow::COLS
    );
    let rows: Vec<CompartmentRow> = conn.all(&sql, params![case.get()]).await?;
    let holders: Vec<(i64, i64)> = conn
        .all(
            "SELECT h.compartment_id, h.person_id FROM compartment_holder h \
             JOIN compartment c ON c.id = h.compartment_id WHERE c.case_id = $1 ORDER BY h.person_id",
            params![case.get()],
        )
        .await?;
    rows.into_iter()
        .map(|row| {
            let kind =
                CompartmentKind::from_code(&row.kind).ok_or(Error::Damaged("compartment.kind"))?;
            let mine = holders.iter().filter(|(of, _)| *of == row.id);
            Ok(Compartment {
                id: row.id.into(),
                case: row.case_id.into(),
                kind,
                person: row.person_id.map(PersonId::from),
                holders: mine.map(|(_, person)| PersonId::from(*person)).collect(),
                wrapped_key: row.wrapped_key,
            })
        })
        .collect()
}

/// Opens one compartment of an opened case. Absent (or another case's) and forbidden are one answer.
pub(crate) async fn open(
    tx: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
    id: CompartmentId,
    action: Action,
) -> Result<CompartmentGrant> {
    let all = of_case(tx, grant.case()).await?;
    let Some(found) = all.iter().find(|one| one.id == id) else {
        return Err(access::absent_compartment(session, id, action).into());
    };
    Ok(grant
        .compartment(tx, session, found.reference(), action)
        .await?)
}

/// Opens every compartment of an opened case that is in the asker's reach, in the order of the page. Each opening is a
/// row in the chain.
pub(crate) async fn open_all(
    tx: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
) -> Result<Vec<(Compartment, CompartmentGrant)>> {
    let mut opened = Vec::new();
    for one in of_case(tx, grant.case()).await? {
        if grant.reaches(one.id) {
            let action = Action::ReadCompartment;
            let inside = grant
                .compartment(tx, session, one.reference(), action)
                .await?;
            opened.push((one, inside));
        }
    }
    Ok(opened)
}

/// The grants of [`open_all`].
pub(crate) fn grants(opened: Vec<(Compartment, CompartmentGrant)>) -> Vec<CompartmentGrant> {
    opened.into_iter().map(|(_, inside)| inside).collect()
}

/// Opens a new compartment in a case, or finds the one this voice already has.
pub(crate) async fn open_new(
    tx: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
    clock: &Clock,
    voice: &Voice,
) -> Result<CompartmentId> {
    let known = of_case(tx, grant.case()).await?;
    let same = |one: &&Compartment| match voice {
        Voice::Joint(people) => {
            one.kind == CompartmentKind::Joint
                && one.holders.len() == people.len()
                && people.iter().all(|person| one.holders.contains(person))
        }
        other => one.kind == other.kind() && one.person == other.person(),
    };
    if let Some(one) = known.iter().find(same) {
        return Ok(one.id);
    }
    let id = CompartmentId::from(new_id(clock));
    let wrapped = grant.wrap_new(&CompartmentKey::fresh(), id);
    tx.exec(
        "INSERT INTO compartment (id, case_id, kind, person_id, wrapped_key, opened_at) VALUES ($1, $2, $3, $4, $5, $6)",
        params![
            id.get(),
            grant.case().get(),
            voice.kind().code(),
            voice.person().map(PersonId::get),
            wrapped,
            clock.now_micros()
        ],
    )
    .await?;
    if let Voice::Joint(people) = voice {
        for person in people {
            tx.exec(
                "INSERT INTO compartment_holder (compartment_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                params![id.get(), person.get()],
            )
            .await?;
        }
    }
    custody::reach_new_compartment(tx, grant, session, id, voice.kind()).await?;
    let entry = grant
        .entry("compartment.open")
        .because(format!("compartment={id},kind={}", voice.kind().code()));
    office::audit::record(tx, &entry).await?;
    Ok(id)
}

/// For another room, inside its own transaction: the compartment in which this person speaks for themself, opened when
/// they were not heard before. Never a joint one, never another person's: what belongs to one person alone (where they
/// went, whom they met) goes here and nowhere else (inv. 25).
pub async fn own_voice(
    tx: &mut Conn,
    session: &Session,
    clock: &Clock,
    case: CaseId,
    person: PersonId,
) -> Result<CompartmentGrant> {
    let (found, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
    crate::person::must_be_of_case(tx, case, person).await?;
    let voice = if found.principal == person {
        Voice::Principal(person)
    } else {
        Voice::Family(person)
    };
    let id = open_new(tx, session, &grant, clock, &voice).await?;
    open(tx, session, &grant, id, Action::WriteNote).await
}

/// For another room, inside its own transaction: one compartment, opened for reading.
pub async fn open_to_read(
    tx: &mut Conn,
    session: &Session,
    case: CaseId,
    id: CompartmentId,
) -> Result<CompartmentGrant> {
    let (_, grant) = case::open(tx, session, case, Action::ReadCase).await?;
    open(tx, session, &grant, id, Action::ReadCompartment).await
}

impl Casework {
    /// Opens a compartment for a voice that was not heard before; finds it when it was.
    pub async fn open_compartment(
        &self,
        session: &Session,
        case: CaseId,
        voice: &Voice,
    ) -> Result<CompartmentId> {
        transact!(self.db(), "compartment.open", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            open_new(tx, session, &grant, self.clock(), voice).await
        })
    }
}

/// The rows of each of these opened compartments, with the grant that opens them. `sql` asks for one compartment (`$1`).
pub(crate) async fn rows_in<'g, T: FromRow>(
    conn: &mut Conn,
    grants: &'g [CompartmentGrant],
    sql: &str,
) -> Result<Vec<(&'g CompartmentGrant, T)>> {
    let mut all = Vec::new();
    for grant in grants {
        let rows: Vec<T> = conn.all(sql, params![grant.compartment().get()]).await?;
        all.extend(rows.into_iter().map(|row| (grant, row)));
    }
    Ok(all)
}
