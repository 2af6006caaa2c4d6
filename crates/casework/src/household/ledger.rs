//! Reading what is known of a household, and its dated entries: noted, ended, taken back; nothing is overwritten.

use super::{
    Cohabiting, Direction, Entry, Household, Kin, Kinship, Membership, NewKinship, NewMembership,
    NewTie, Quality, Tie, TieKind,
};
use crate::case;
use crate::partial_day::PartialDay;
use crate::person::{self, Relationship};
use crate::{Casework, Error, Result};
use basics::time::{from_micros, to_jst};
use basics::{CaseId, Clock, PersonId, new_id};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{Action, CaseGrant};
use office::session::Session;
use std::collections::{BTreeMap, HashMap};
use store::{Conn, params, transact};
use vault::{Place, Sealed};

store::row! {
    struct MemberRow {
        pub id: i64,
        pub person_id: i64,
        pub relation: String,
        pub cohabiting: String,
        pub from_on: Option<String>,
        pub until_on: Option<String>,
        pub source_person: Option<i64>,
    }
}

store::row! {
    struct KinRow {
        pub id: i64,
        pub a_person: i64,
        pub b_person: i64,
        pub kind: String,
        pub quality: String,
        pub source_person: Option<i64>,
    }
}

store::row! {
    struct TieRow {
        pub id: i64,
        pub person_id: Option<i64>,
        pub kind: String,
        pub quality: String,
        pub direction: String,
        pub name: Vec<u8>,
        pub source_person: Option<i64>,
    }
}

fn tie_place(tie: i64) -> Place {
    Place {
        table: "tie",
        row: tie,
        column: "name",
    }
}

/// What is known of the household of an opened case.
pub(crate) async fn of_case(conn: &mut Conn, grant: &CaseGrant) -> Result<Household> {
    let case = grant.case().get();
    let list = |cols: &str, table: &str| {
        format!(
            "SELECT {cols} FROM {table} WHERE case_id = $1 AND withdrawn_at IS NULL ORDER BY noted_at, id"
        )
    };
    let members: Vec<MemberRow> = conn
        .all(&list(MemberRow::COLS, "membership"), params![case])
        .await?;
    let kinship: Vec<KinRow> = conn
        .all(&list(KinRow::COLS, "kinship"), params![case])
        .await?;
    let passed: Vec<(i64, Option<String>)> = conn
        .all(&list("person_id, on_day", "passing"), params![case])
        .await?;
    let ties: Vec<TieRow> = conn.all(&list(TieRow::COLS, "tie"), params![case]).await?;
    let mut household = Household::default();
    for row in members {
        household.members.push(Membership {
            id: row.id,
            person: row.person_id.into(),
            relation: Relationship::from_code(&row.relation)
                .ok_or(Error::Damaged("membership.relation"))?,
            cohabiting: Cohabiting::from_code(&row.cohabiting)
                .ok_or(Error::Damaged("membership.cohabiting"))?,
            from: PartialDay::stored(row.from_on)?,
            until: PartialDay::stored(row.until_on)?,
            source: row.source_person.map(PersonId::from),
        });
    }
    for row in kinship {
        household.kinship.push(Kinship {
            id: row.id,
            a: row.a_person.into(),
            b: row.b_person.into(),
            kind: Kin::from_code(&row.kind).ok_or(Error::Damaged("kinship.kind"))?,
            quality: Quality::from_code(&row.quality).ok_or(Error::Damaged("kinship.quality"))?,
            source: row.source_person.map(PersonId::from),
        });
    }
    for (person, day) in passed {
        household
            .passed
            .insert(person.into(), PartialDay::stored(day)?);
    }
    for row in ties {
        let sealed = Sealed::<String>::from_bytes(row.name);
        household.ties.push(Tie {
            name: grant.open(&sealed, &tie_place(row.id))?,
            id: row.id,
            person: row.person_id.map(PersonId::from),
            kind: TieKind::from_code(&row.kind).ok_or(Error::Damaged("tie.kind"))?,
            quality: Quality::from_code(&row.quality).ok_or(Error::Damaged("tie.quality"))?,
            direction: Direction::from_code(&row.direction)
                .ok_or(Error::Damaged("tie.direction"))?,
            source: row.source_person.map(PersonId::from),
        });
    }
    Ok(household)
}

/// On which day each entry of the household was noted, by its identifier; a passing by the person's.
pub(crate) async fn noted_days(conn: &mut Conn, case: CaseId) -> Result<HashMap<i64, Date>> {
    let mut days = HashMap::new();
    for (table, id) in [
        ("membership", "id"),
        ("kinship", "id"),
        ("passing", "person_id"),
        ("tie", "id"),
    ] {
        let sql = format!(
            "SELECT {id}, noted_at FROM {table} WHERE case_id = $1 AND withdrawn_at IS NULL ORDER BY noted_at"
        );
        let rows: Vec<(i64, i64)> = conn.all(&sql, params![case.get()]).await?;
        days.extend(
            rows.into_iter()
                .map(|(id, at)| (id, to_jst(from_micros(at)).date())),
        );
    }
    Ok(days)
}

/// That somebody died: the day as closely as it is known, and when it was written down.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Passing {
    pub on: Option<PartialDay>,
    pub noted_at: Timestamp,
}

impl Passing {
    /// The day that stands for it: of death when it is known to the day, else when it was written down.
    pub fn day(&self) -> Date {
        self.full_day()
            .unwrap_or_else(|| to_jst(self.noted_at).date())
    }

    fn full_day(&self) -> Option<Date> {
        self.on.and_then(|day| day.code().parse().ok())
    }

    /// Whether something at this moment would come after it.
    pub fn is_before(&self, at: Timestamp) -> bool {
        match self.full_day() {
            Some(day) => to_jst(at).date() > day || at >= self.noted_at,
            None => at >= self.noted_at,
        }
    }
}

/// Who died, of the cases that `condition` (over `case_id`) names.
pub(crate) async fn passed(
    conn: &mut Conn,
    condition: &str,
) -> Result<BTreeMap<PersonId, Passing>> {
    let sql = format!(
        "SELECT person_id, on_day, noted_at FROM passing WHERE withdrawn_at IS NULL AND {condition}"
    );
    let rows: Vec<(i64, Option<String>, i64)> = conn.all(&sql, params![]).await?;
    let read = |(person, on, at): (i64, Option<String>, i64)| {
        let on = match on {
            Some(text) => PartialDay::parse("on", &text)?,
            None => None,
        };
        let noted_at = from_micros(at);
        Ok((PersonId::from(person), Passing { on, noted_at }))
    };
    rows.into_iter().map(read).collect()
}

impl Casework {
    /// What is known of a household.
    pub async fn household(&self, session: &Session, case: CaseId) -> Result<Household> {
        transact!(self.db(), "household.read", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            of_case(tx, &grant).await
        })
    }

    /// Somebody lived with the household, from when until when.
    pub async fn note_membership(
        &self,
        session: &Session,
        case: CaseId,
        new: &NewMembership,
    ) -> Result<i64> {
        if let (Some(from), Some(until)) = (new.from, new.until)
            && until.code().as_str() < &from.code()[..until.code().len().min(from.code().len())]
        {
            return Err(Error::invalid(
                "until",
                "「まで」は、「から」よりあとの日付にしてください。",
            ));
        }
        transact!(self.db(), "household.member", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            all_known(tx, &grant, &[Some(new.person), new.source]).await?;
            let id = new_id(self.clock());
            tx.exec(
                "INSERT INTO membership (id, case_id, person_id, relation, cohabiting, from_on, until_on, source_person, \
                 noted_by, noted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                params![
                    id,
                    case.get(),
                    new.person.get(),
                    new.relation.code(),
                    new.cohabiting.code(),
                    new.from.map(PartialDay::code),
                    new.until.map(PartialDay::code),
                    new.source.map(PersonId::get),
                    person::who(&grant),
                    self.clock().now_micros()
                ],
            )
            .await?;
            noted(tx, &grant, "household.noted", format!("membership={id}")).await?;
            Ok(id)
        })
    }

    /// A stretch of living together ended: moved out, moved in with somebody else.
    pub async fn end_membership(
        &self,
        session: &Session,
        case: CaseId,
        id: i64,
        until: PartialDay,
    ) -> Result<()> {
        transact!(self.db(), "household.member_ends", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let ended = tx
                .exec(
                    "UPDATE membership SET until_on = $1 WHERE id = $2 AND case_id = $3 AND until_on IS NULL \
                     AND withdrawn_at IS NULL",
                    params![until.code(), id, case.get()],
                )
                .await?;
            if ended == 0 {
                return Err(Error::Meanwhile);
            }
            noted(
                tx,
                &grant,
                "household.noted",
                format!("membership={id},ended"),
            )
            .await
        })
    }

    /// How two people are related and how they stand to each other.
    pub async fn note_kinship(
        &self,
        session: &Session,
        case: CaseId,
        new: &NewKinship,
    ) -> Result<i64> {
        if new.a == new.b {
            return Err(Error::invalid("b", "ちがう二人を選んでください。"));
        }
        transact!(self.db(), "household.kin", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            all_known(tx, &grant, &[Some(new.a), Some(new.b), new.source]).await?;
            let household = of_case(tx, &grant).await?;
            if new.kind == Kin::Parent && is_ancestor(&household, new.b, new.a) {
                return Err(Error::invalid(
                    "b",
                    "この二人は、逆の親子としてつながっています。向きを確かめてください。",
                ));
            }
            let couple = |kind| matches!(kind, Kin::Partner | Kin::Divorced);
            let same = |one: &&Kinship| {
                let pair = (one.a, one.b) == (new.a, new.b)
                    || (new.kind != Kin::Parent && (one.b, one.a) == (new.a, new.b));
                pair && (one.kind == new.kind || (couple(one.kind) && couple(new.kind)))
            };
            for old in household.kinship.iter().filter(same) {
                withdraw(tx, &grant, self.clock(), "kinship", "id", old.id).await?;
            }
            let id = new_id(self.clock());
            tx.exec(
                "INSERT INTO kinship (id, case_id, a_person, b_person, kind, quality, source_person, noted_by, noted_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                params![
                    id,
                    case.get(),
                    new.a.get(),
                    new.b.get(),
                    new.kind.code(),
                    new.quality.code(),
                    new.source.map(PersonId::get),
                    person::who(&grant),
                    self.clock().now_micros()
                ],
            )
            .await?;
            noted(tx, &grant, "household.noted", format!("kinship={id}")).await?;
            Ok(id)
        })
    }

    /// Somebody died. Their words stay in their compartment; nothing passes on.
    pub async fn note_passing(
        &self,
        session: &Session,
        case: CaseId,
        who: PersonId,
        on: Option<PartialDay>,
        source: Option<PersonId>,
    ) -> Result<()> {
        if on.is_some_and(|day| day.is_after(self.clock().today())) {
            return Err(Error::invalid("on", "先の日付になっています。"));
        }
        transact!(self.db(), "household.passing", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            all_known(tx, &grant, &[Some(who), source]).await?;
            withdraw(tx, &grant, self.clock(), "passing", "person_id", who.get()).await?;
            tx.exec(
                "INSERT INTO passing (id, case_id, person_id, on_day, source_person, noted_by, noted_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                params![
                    new_id(self.clock()),
                    case.get(),
                    who.get(),
                    on.map(PartialDay::code),
                    source.map(PersonId::get),
                    person::who(&grant),
                    self.clock().now_micros()
                ],
            )
            .await?;
            noted(tx, &grant, "household.noted", format!("passing={who}")).await
        })
    }

    /// A tie to a place or a circle.
    pub async fn note_tie(&self, session: &Session, case: CaseId, new: &NewTie) -> Result<i64> {
        if new.name.chars().count() > 40 {
            return Err(Error::invalid("name", "40文字までで書いてください。"));
        }
        transact!(self.db(), "household.tie", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            all_known(tx, &grant, &[new.person, new.source]).await?;
            let id = new_id(self.clock());
            let name = grant.seal(&tie_place(id), &new.name);
            tx.exec(
                "INSERT INTO tie (id, case_id, person_id, kind, quality, direction, name, source_person, noted_by, noted_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                params![
                    id,
                    case.get(),
                    new.person.map(PersonId::get),
                    new.kind.code(),
                    new.quality.code(),
                    new.direction.code(),
                    name.as_bytes(),
                    new.source.map(PersonId::get),
                    person::who(&grant),
                    self.clock().now_micros()
                ],
            )
            .await?;
            noted(tx, &grant, "household.noted", format!("tie={id}")).await?;
            Ok(id)
        })
    }

    /// An entry was a mistake, or no longer holds. It stays in the database, with the date of its end.
    pub async fn withdraw_entry(
        &self,
        session: &Session,
        case: CaseId,
        entry: Entry,
    ) -> Result<()> {
        transact!(self.db(), "household.withdraw", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let (table, column, id) = match entry {
                Entry::Membership(id) => ("membership", "id", id),
                Entry::Kinship(id) => ("kinship", "id", id),
                Entry::Tie(id) => ("tie", "id", id),
                Entry::Passing(person) => ("passing", "person_id", person.get()),
            };
            if withdraw(tx, &grant, self.clock(), table, column, id).await? == 0 {
                return Err(Error::Meanwhile);
            }
            noted(tx, &grant, "household.withdrawn", format!("{table}={id}")).await
        })
    }
}

fn is_ancestor(household: &Household, of: PersonId, who: PersonId) -> bool {
    // Is `of` a parent (of a parent …) of `who`? At most as many steps as there are edges.
    let mut seen = vec![who];
    for _ in 0..=household.kinship.len() {
        let parents: Vec<PersonId> = household
            .kinship
            .iter()
            .filter(|one| one.kind == Kin::Parent && seen.contains(&one.b))
            .map(|one| one.a)
            .filter(|one| !seen.contains(one))
            .collect();
        if parents.is_empty() {
            break;
        }
        seen.extend(parents);
    }
    of != who && seen.contains(&of)
}

async fn all_known(tx: &mut Conn, grant: &CaseGrant, ids: &[Option<PersonId>]) -> Result<()> {
    let people = person::of_case(tx, grant).await?;
    let known = |id: &PersonId| people.iter().any(|person| person.id == *id);
    if ids.iter().flatten().all(known) {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

async fn withdraw(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    table: &'static str,
    column: &'static str,
    id: i64,
) -> Result<u64> {
    let sql = format!(
        "UPDATE {table} SET withdrawn_by = $1, withdrawn_at = $2 WHERE {column} = $3 AND case_id = $4 AND withdrawn_at IS NULL"
    );
    Ok(tx
        .exec(
            &sql,
            params![
                person::who(grant),
                clock.now_micros(),
                id,
                grant.case().get()
            ],
        )
        .await?)
}

async fn noted(
    tx: &mut Conn,
    grant: &CaseGrant,
    action: &'static str,
    detail: String,
) -> Result<()> {
    office::audit::record(tx, &grant.entry(action).because(detail)).await?;
    Ok(())
}
