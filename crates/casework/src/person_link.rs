//! The same human in two cases of one office: a link beside both records, never a merge. A coordinator who works on both
//! proposes, the supervisor decides, and undoing restores both exactly (inv. 23): neither record was touched.
//!
//! While two are linked, the people of each household belong to the other's case too, so that a colleague who is one of
//! them is barred from both (inv. 16). Never across offices.

use crate::case;
use crate::codes::codes;
use crate::contact::numbers;
use crate::person::{self, Person};
use crate::{Casework, Error, Result};
use basics::time::{from_micros, to_jst};
use basics::{CaseId, OfficeId, PersonId, new_id};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{self, Action, CaseGrant};
use office::custody;
use office::session::Session;
use std::collections::BTreeSet;
use store::{Conn, params, transact};

codes! {
    /// What a link says.
    LinkKind {
        /// 同じ人
        Same = "same", "同じ人";
        /// 別の人
        NotSame = "not_same", "別の人";
    }
}

codes! {
    /// On what ground.
    LinkGround {
        /// 本人・家族がそう話した
        Told = "told", "本人・家族がそう話した";
        /// 記録を見比べた
        Records = "records", "記録を見比べた";
        /// 書類で確かめた
        Document = "document", "書類で確かめた";
    }
}

codes! {
    /// How far a link is.
    LinkState {
        /// Waits for the supervisor.
        Proposed = "proposed", "センター長の確認待ち";
        /// Holds.
        Approved = "approved", "確認済み";
        /// Was not agreed to.
        Declined = "declined", "見送り";
        /// Was taken back.
        Undone = "undone", "元に戻した";
    }
}

/// One person of one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The case.
    pub case: CaseId,
    /// The person.
    pub person: PersonId,
}

/// A link, as somebody sees it who may open both cases.
#[derive(Debug, Clone)]
pub struct PersonLink {
    /// Its identifier.
    pub id: i64,
    /// One side.
    pub a: At,
    /// The other.
    pub b: At,
    /// What it says.
    pub kind: LinkKind,
    /// On what ground.
    pub ground: LinkGround,
    /// How far it is.
    pub state: LinkState,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// The case numbers and what the desk calls the two.
    pub words: [(i64, String); 2],
}

store::row! {
    struct LinkRow {
        pub id: i64,
        pub a_case: i64,
        pub a_person: i64,
        pub b_case: i64,
        pub b_person: i64,
        pub kind: String,
        pub ground: String,
        pub proposed_at: i64,
        pub approved: Option<i64>,
        pub undone_at: Option<i64>,
    }
}

impl LinkRow {
    fn state(&self) -> LinkState {
        match (self.undone_at, self.approved) {
            (Some(_), _) => LinkState::Undone,
            (None, Some(1)) => LinkState::Approved,
            (None, Some(_)) => LinkState::Declined,
            (None, None) => LinkState::Proposed,
        }
    }

    fn sides(&self) -> [At; 2] {
        [
            At {
                case: self.a_case.into(),
                person: self.a_person.into(),
            },
            At {
                case: self.b_case.into(),
                person: self.b_person.into(),
            },
        ]
    }
}

async fn rows(conn: &mut Conn, office: OfficeId) -> Result<Vec<LinkRow>> {
    let sql = format!(
        "SELECT {} FROM person_link WHERE office_id = $1 ORDER BY proposed_at DESC, id DESC",
        LinkRow::COLS
    );
    Ok(conn.all(&sql, params![office.get()]).await?)
}

/// The links of this case's people, as kept with the case: its identifier, whom of the case it is about, when it was
/// proposed, what it says and how far it is. Of the other case there is nothing.
pub(crate) async fn kept(
    conn: &mut Conn,
    office: OfficeId,
    case: CaseId,
) -> Result<Vec<(i64, PersonId, Date, String)>> {
    let mut found = Vec::new();
    for row in rows(conn, office).await? {
        let kind = LinkKind::from_code(&row.kind).ok_or(Error::Damaged("person_link.kind"))?;
        let words = format!("{}：{}", kind.label(), row.state().label());
        for side in row.sides() {
            if side.case == case {
                let on = to_jst(from_micros(row.proposed_at)).date();
                found.push((row.id, side.person, on, words.clone()));
            }
        }
    }
    Ok(found)
}

/// The pairs about which something is said, or waits to be decided: hints pass over them.
pub(crate) async fn spoken_for(
    conn: &mut Conn,
    office: OfficeId,
) -> Result<BTreeSet<(PersonId, PersonId)>> {
    let open = |row: &LinkRow| matches!(row.state(), LinkState::Proposed | LinkState::Approved);
    let rows = rows(conn, office).await?;
    let pairs = rows.iter().filter(|row| open(row)).map(|row| {
        let [a, b] = row.sides();
        (a.person.min(b.person), a.person.max(b.person))
    });
    Ok(pairs.collect())
}

impl Casework {
    /// Proposes that two are the same, or that they are not. The asker must reach both cases.
    pub async fn propose_link(
        &self,
        session: &Session,
        one: At,
        other: At,
        kind: LinkKind,
        ground: LinkGround,
    ) -> Result<i64> {
        // One order for the same pair, and for the locks.
        let (a, b) = (one.min(other), one.max(other));
        transact!(self.db(), "person.link_propose", |tx| {
            for side in [a, b] {
                let (_, grant) = case::open(tx, session, side.case, Action::ChangeCase).await?;
                person::one(tx, &grant, side.person).await?;
            }
            if a.case == b.case {
                return Err(Error::invalid(
                    "other",
                    "同じケースの中の二人は、つなげません。",
                ));
            }
            let pair = (a.person.min(b.person), a.person.max(b.person));
            if spoken_for(tx, session.office()).await?.contains(&pair) {
                return Err(Error::Again);
            }
            let id = new_id(self.clock());
            tx.exec(
                "INSERT INTO person_link (id, office_id, a_case, a_person, b_case, b_person, kind, ground, proposed_by, proposed_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                params![
                    id,
                    session.office().get(),
                    a.case.get(),
                    a.person.get(),
                    b.case.get(),
                    b.person.get(),
                    kind.code(),
                    ground.code(),
                    session.staff().get(),
                    self.clock().now_micros()
                ],
            )
            .await?;
            said(tx, session, [a, b], "person.link_proposed", id, kind.code()).await?;
            Ok(id)
        })
    }

    /// The supervisor agrees, or does not.
    pub async fn decide_link(&self, session: &Session, id: i64, agrees: bool) -> Result<()> {
        transact!(self.db(), "person.link_decide", |tx| {
            let row = open_both(tx, session, id).await?;
            let decided = tx
                .exec(
                    "UPDATE person_link SET decided_by = $1, decided_at = $2, approved = $3 WHERE id = $4 AND decided_at IS NULL",
                    params![session.staff().get(), self.clock().now_micros(), agrees, id],
                )
                .await?;
            if decided == 0 {
                return Err(Error::Illegal("このつながりは、もう確認されています。"));
            }
            if agrees && row.kind == LinkKind::Same.code() {
                for (case, person) in guests(tx, session.office()).await? {
                    custody::belongs(tx, case, person).await?;
                }
            }
            let words = if agrees { "approved" } else { "declined" };
            said(tx, session, row.sides(), "person.link_decided", id, words).await
        })
    }

    /// Takes an approved link back: both histories are as if it had never been.
    pub async fn undo_link(&self, session: &Session, id: i64) -> Result<()> {
        transact!(self.db(), "person.link_undo", |tx| {
            let row = open_both(tx, session, id).await?;
            let before = guests(tx, session.office()).await?;
            let undone = tx
                .exec(
                    "UPDATE person_link SET undone_by = $1, undone_at = $2 WHERE id = $3 AND approved = 1 AND undone_at IS NULL",
                    params![session.staff().get(), self.clock().now_micros(), id],
                )
                .await?;
            if undone == 0 {
                return Err(Error::Illegal("このつながりは、いま有効ではありません。"));
            }
            if row.kind == LinkKind::Same.code() {
                let stay = guests(tx, session.office()).await?;
                for (case, person) in before.difference(&stay) {
                    custody::no_longer_belongs(tx, *case, *person).await?;
                }
            }
            said(tx, session, row.sides(), "person.link_undone", id, "").await
        })
    }

    /// The links of the office of which the asker may open both sides, newest first. Of any other they learn nothing.
    pub async fn person_links(&self, session: &Session) -> Result<Vec<PersonLink>> {
        transact!(self.db(), "person.links", |tx| {
            let scope = access::case_scope(tx, session, Action::SeeCases).await?;
            let people = person::in_scope(tx, &scope).await?;
            let cases = case::in_scope(tx, &scope).await?;
            let words = |at: At| -> Option<(i64, String)> {
                let case = cases.iter().find(|case| case.id == at.case)?;
                let person = people
                    .get(&at.case)?
                    .iter()
                    .find(|one| one.id == at.person)?;
                Some((case.number, person.label()))
            };
            let mut links = Vec::new();
            for row in rows(tx, session.office()).await? {
                let [a, b] = row.sides();
                let (Some(left), Some(right)) = (words(a), words(b)) else {
                    continue;
                };
                links.push(PersonLink {
                    id: row.id,
                    a,
                    b,
                    kind: LinkKind::from_code(&row.kind)
                        .ok_or(Error::Damaged("person_link.kind"))?,
                    ground: LinkGround::from_code(&row.ground)
                        .ok_or(Error::Damaged("person_link.ground"))?,
                    state: row.state(),
                    proposed_at: from_micros(row.proposed_at),
                    words: [left, right],
                });
            }
            Ok(links)
        })
    }
}

async fn open_both(tx: &mut Conn, session: &Session, id: i64) -> Result<LinkRow> {
    let sql = format!(
        "SELECT {} FROM person_link WHERE id = $1 AND office_id = $2",
        LinkRow::COLS
    );
    let row: Option<LinkRow> = tx.first(&sql, params![id, session.office().get()]).await?;
    let Some(row) = row else {
        return Err(access::absent_case(session, CaseId::from(0), Action::ApproveCase).into());
    };
    for side in row.sides() {
        case::open(tx, session, side.case, Action::ApproveCase).await?;
    }
    Ok(row)
}

/// Who belongs to which case only because of the links: where one human is part of two households, the people of each
/// belong to the other's case too, so that a colleague who is one of them is barred from both (inv. 16).
async fn guests(conn: &mut Conn, office: OfficeId) -> Result<BTreeSet<(CaseId, PersonId)>> {
    let mut circles: Vec<BTreeSet<At>> = Vec::new();
    for row in rows(conn, office).await? {
        if row.state() != LinkState::Approved || row.kind != LinkKind::Same.code() {
            continue;
        }
        let mut circle = BTreeSet::from(row.sides());
        // Whatever shares a person with it is the same human, and so one circle.
        circles.retain(|known| {
            let apart = known.is_disjoint(&circle);
            if !apart {
                circle.extend(known);
            }
            apart
        });
        circles.push(circle);
    }
    let mut guests = BTreeSet::new();
    for circle in circles {
        let cases: BTreeSet<CaseId> = circle.iter().map(|at| at.case).collect();
        let list = numbers(cases.iter().map(|case| case.get()));
        let sql = format!("SELECT id, case_id FROM person WHERE case_id IN ({list}) ORDER BY id");
        let people: Vec<(i64, i64)> = conn.all(&sql, params![]).await?;
        for (person, own) in people {
            let others = cases.iter().filter(|case| case.get() != own);
            guests.extend(others.map(|case| (*case, PersonId::from(person))));
        }
    }
    Ok(guests)
}

/// A person came to a case: they belong to the cases it is linked to as well.
pub(crate) async fn joins(tx: &mut Conn, grant: &CaseGrant, person: PersonId) -> Result<()> {
    let case = grant.case().get();
    let (links,): (i64,) = tx
        .one(
            "SELECT COUNT(*) FROM person_link WHERE (a_case = $1 OR b_case = $2) AND approved = 1 AND undone_at IS NULL",
            params![case, case],
        )
        .await?;
    if links > 0 {
        for (case, one) in guests(tx, grant.office()).await? {
            if one == person {
                custody::belongs(tx, case, one).await?;
            }
        }
    }
    Ok(())
}

/// One row in the chain for each of the two cases.
async fn said(
    tx: &mut Conn,
    session: &Session,
    sides: [At; 2],
    action: &'static str,
    link: i64,
    words: &str,
) -> Result<()> {
    for side in sides {
        let entry = office::audit::Entry::done(
            session.office(),
            office::audit::Actor::Staff(session.staff()),
            action,
            access::case_subject(side.case),
            session.clock().now(),
        );
        let detail = format!("link={link},person={},{words}", side.person);
        office::audit::record(tx, &entry.because(detail)).await?;
    }
    Ok(())
}

/// One of the people a form may link to: those of the asker's other cases.
#[derive(Debug, Clone)]
pub struct Linkable {
    /// Who.
    pub at: At,
    /// The case's number.
    pub number: i64,
    /// What the desk calls them.
    pub label: String,
}

impl Casework {
    /// The people of the asker's other cases.
    pub async fn linkable(&self, session: &Session, from: CaseId) -> Result<Vec<Linkable>> {
        transact!(self.db(), "person.linkable", |tx| {
            let scope = access::case_scope(tx, session, Action::SeeCases).await?;
            let people = person::in_scope(tx, &scope).await?;
            let mut found = Vec::new();
            for case in case::in_scope(tx, &scope).await? {
                if case.id == from {
                    continue;
                }
                for person in people.get(&case.id).into_iter().flatten() {
                    found.push(Linkable {
                        at: At {
                            case: case.id,
                            person: person.id,
                        },
                        number: case.number,
                        label: Person::label(person),
                    });
                }
            }
            Ok(found)
        })
    }
}
