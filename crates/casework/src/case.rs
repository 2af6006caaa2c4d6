//! The case: one household's situation at one office. Codes and dates; no narrative.

use crate::codes::codes;
use crate::compartment::{self, Compartment, Voice};
use crate::engagement::{self, Change, State};
use crate::identity;
use crate::person::{self, NewPerson, Person};
use crate::subject_knows::{self, Heard};
use crate::{Casework, Error, Result};
use basics::{CaseId, CompartmentId, OfficeId, PersonId, StaffId, ThreadId, new_id};
use jiff::civil::Date;
use office::access::{self, Action, CaseGrant, CaseRef, CaseScope, CompartmentKind};
use office::custody::{self, AssignmentKind, NewAssignment};
use office::session::Session;
use store::{Conn, params, transact};
use vault::CompartmentKey;

codes! {
    /// Whether the person knows that somebody consults about them (本人は相談を知っているか). Guards every letter, call,
    /// visit and print.
    Knows {
        /// 知っている
        Knows = "knows", "知っている";
        /// 知らない
        DoesNot = "not", "知らない";
        /// 不明: treated as 知らない.
        Unknown = "unknown", "わからない";
    }
}

/// A case as everybody who may know of it sees it.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its identifier.
    pub id: CaseId,
    /// Whose it is.
    pub office: OfficeId,
    /// The office's running number.
    pub number: i64,
    /// When it was opened.
    pub opened_on: Date,
    /// Who opened it.
    pub opened_by: StaffId,
    /// Whether the person knows of the consultation.
    pub subject_knows: Knows,
    /// The person it is about.
    pub principal: PersonId,
    pub(crate) face_sheet_key: Vec<u8>,
}

store::row! {
    struct CaseRow {
        pub id: i64,
        pub office_id: i64,
        pub number: i64,
        pub opened_on: String,
        pub opened_by: i64,
        pub subject_knows: String,
        pub principal_id: i64,
        pub face_sheet_key: Vec<u8>,
    }
}

impl TryFrom<CaseRow> for Case {
    type Error = Error;

    fn try_from(row: CaseRow) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            office: row.office_id.into(),
            number: row.number,
            opened_on: row
                .opened_on
                .parse()
                .map_err(|_| Error::Damaged("casefile.opened_on"))?,
            opened_by: row.opened_by.into(),
            subject_knows: Knows::from_code(&row.subject_knows)
                .ok_or(Error::Damaged("casefile.subject_knows"))?,
            principal: row.principal_id.into(),
            face_sheet_key: row.face_sheet_key,
        })
    }
}

impl Case {
    /// What `office::access` needs to decide who may open it.
    pub(crate) fn reference(&self) -> CaseRef<'_> {
        CaseRef {
            office: self.office,
            id: self.id,
            wrapped_key: &self.face_sheet_key,
        }
    }
}

/// What is known when a case is opened. Everything may be unknown: an anonymous call opens a case too.
#[derive(Debug, Clone)]
pub struct NewCase {
    /// The person the case is about.
    pub principal: NewPerson,
    /// Who speaks, when it is not the person themself.
    pub consulter: Option<NewPerson>,
    /// Whether the person knows.
    pub subject_knows: Knows,
    /// A thread of letters that becomes part of it, in the writer's compartment.
    pub thread: Option<ThreadId>,
}

/// A case that was just opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Which.
    pub case: CaseId,
    /// Its number.
    pub number: i64,
    /// The person it is about.
    pub principal: PersonId,
    /// Who speaks, when it is not the person themself.
    pub consulter: Option<PersonId>,
    /// The compartment of whoever speaks.
    pub compartment: basics::CompartmentId,
}

impl Casework {
    /// Opens a case: from a thread of letters, from a call, or from nothing. Whoever opens it is its first worker. The
    /// staff's own compartment and that of whoever speaks are opened with it.
    pub async fn open_new(&self, session: &Session, new: &NewCase) -> Result<Opened> {
        transact!(self.db(), "case.open", |tx| {
            open_new_in(self, tx, session, new).await
        })
    }

    /// The case with its people and compartments. One row in the chain.
    pub async fn case(&self, session: &Session, id: CaseId) -> Result<CaseView> {
        transact!(self.db(), "case.read", |tx| {
            let (case, grant) = open(tx, session, id, Action::ReadCase).await?;
            view(tx, case, &grant, self).await
        })
    }
}

/// A case as its page shows it.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// The case.
    pub case: Case,
    /// Its people, the principal first.
    pub people: Vec<Person>,
    /// Its compartments that are in the asker's reach.
    pub compartments: Vec<Compartment>,
    /// Who works on it.
    pub workers: Vec<custody::Assignment>,
    /// By what right the asker sees it.
    pub reach: access::Reach,
    /// The safety flags that stand and are meant for the asker.
    pub flags: Vec<crate::safety_flag::FlagLine>,
}

impl CaseView {
    /// The person the case is about.
    pub fn principal(&self) -> Option<&Person> {
        self.people
            .iter()
            .find(|person| person.id == self.case.principal)
    }

    /// A compartment in words: 「家族：母（すみれさん）」.
    pub fn name_of(&self, compartment: &Compartment) -> String {
        let named = |id: &PersonId| self.person(*id).map(Person::label);
        let people: Vec<String> = match compartment.person {
            Some(person) => named(&person).into_iter().collect(),
            None => compartment.holders.iter().filter_map(named).collect(),
        };
        let kind = compartment.kind.label();
        if people.is_empty() || compartment.kind == CompartmentKind::Principal {
            kind.to_owned()
        } else {
            format!("{kind}：{}", people.join("、"))
        }
    }

    /// One of the compartments that the asker reaches.
    pub fn compartment(&self, id: CompartmentId) -> Option<&Compartment> {
        self.compartments.iter().find(|one| one.id == id)
    }

    /// One of its people.
    pub fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }
}

pub(crate) async fn view(
    tx: &mut Conn,
    case: Case,
    grant: &CaseGrant,
    room: &Casework,
) -> Result<CaseView> {
    let people = person::of_case(tx, grant).await?;
    let mut compartments = compartment::of_case(tx, case.id).await?;
    compartments.retain(|one| grant.reaches(one.id));
    let workers = custody::assignments(tx, grant, room.clock()).await?;
    let flags = crate::safety_flag::standing(tx, grant, room.clock().today()).await?;
    Ok(CaseView {
        flags,
        people,
        compartments,
        workers,
        reach: grant.reach(),
        case,
    })
}

/// [`Casework::open_new`] inside a transaction.
pub(crate) async fn open_new_in(
    room: &Casework,
    tx: &mut Conn,
    session: &Session,
    new: &NewCase,
) -> Result<Opened> {
    let clock = room.clock();
    let id = CaseId::from(new_id(clock));
    let number = next_number(tx, session.office()).await?;
    let (grant, wrapped) = access::found_case(tx, session, id, &CompartmentKey::fresh()).await?;
    let principal = PersonId::from(new_id(clock));
    tx.exec(
        "INSERT INTO casefile (id, office_id, number, opened_on, opened_by, subject_knows, principal_id, face_sheet_key) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![
            id.get(),
            session.office().get(),
            number,
            clock.today().to_string(),
            session.staff().get(),
            new.subject_knows.code(),
            principal.get(),
            wrapped
        ],
    )
    .await?;
    person::insert(tx, &grant, clock, principal, &new.principal).await?;
    let consulter = match &new.consulter {
        Some(person) => Some(person::add(tx, &grant, clock, person).await?),
        None => None,
    };
    let mine = NewAssignment::whole(session.staff(), AssignmentKind::Main, clock);
    custody::assign(tx, &grant, clock, &mine).await?;
    compartment::open_new(tx, session, &grant, clock, &Voice::Staff).await?;
    engagement::begin(tx, &grant, clock, State::Planned, &Change::default()).await?;
    let voice = match consulter {
        Some(person) => Voice::Family(person),
        None => Voice::Principal(principal),
    };
    let compartment = compartment::open_new(tx, session, &grant, clock, &voice).await?;
    let heard = Heard {
        knows: new.subject_knows,
        from: consulter.unwrap_or(principal),
        on: clock.today(),
    };
    subject_knows::note(tx, &grant, clock, &heard).await?;
    if let Some(thread) = new.thread {
        let opened = compartment::open(tx, session, &grant, compartment, Action::WriteNote).await?;
        mailbox::of_case::attach(tx, session, thread, &opened).await?;
        // Whoever writes letters holds a return code.
        let writer = consulter.unwrap_or(principal);
        identity::code_given(tx, &grant, clock, writer, thread).await?;
    }
    Ok(Opened {
        case: id,
        number,
        principal,
        consulter,
        compartment,
    })
}

/// Finds and opens a case for a colleague; absent and forbidden are the same answer.
pub(crate) async fn open(
    tx: &mut Conn,
    session: &Session,
    id: CaseId,
    action: Action,
) -> Result<(Case, CaseGrant)> {
    let Some(case) = by_id(tx, id).await? else {
        return Err(access::absent_case(session, id, action).into());
    };
    let grant = access::open_case(tx, session, case.reference(), action).await?;
    Ok((case, grant))
}

pub(crate) async fn by_id(conn: &mut Conn, id: CaseId) -> Result<Option<Case>> {
    let sql = format!("SELECT {} FROM casefile WHERE id = $1", CaseRow::COLS);
    let row: Option<CaseRow> = conn.first(&sql, params![id.get()]).await?;
    row.map(Case::try_from).transpose()
}

/// All cases in scope, newest number first.
pub(crate) async fn in_scope(conn: &mut Conn, scope: &CaseScope) -> Result<Vec<Case>> {
    let sql = format!(
        "SELECT {} FROM casefile WHERE office_id = $1 AND {} ORDER BY number DESC",
        CaseRow::COLS,
        scope.sql("id")
    );
    let rows: Vec<CaseRow> = conn.all(&sql, params![scope.office().get()]).await?;
    rows.into_iter().map(Case::try_from).collect()
}

async fn next_number(tx: &mut Conn, office: OfficeId) -> Result<i64> {
    const NEXT: &str = "INSERT INTO case_counter (office_id, last_number) VALUES ($1, 1) \
         ON CONFLICT (office_id) DO UPDATE SET last_number = case_counter.last_number + 1 RETURNING last_number";
    let (number,): (i64,) = tx.one(NEXT, params![office.get()]).await?;
    Ok(number)
}
