//! The people of a case: who they are lies sealed in the case's face sheet; beside it only coarse codes for counting.

use crate::codes::codes;
use crate::identity::{self, Known};
use crate::search::{self, Source};
use crate::{Casework, Error, Result, case};
use basics::{CaseId, Clock, PersonId, new_id};
use office::access::{Action, CaseGrant, CaseRef, CaseScope};
use office::audit::Actor;
use office::custody;
use office::session::Session;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::{Conn, params, transact};
use vault::{Json, Place, Sealed};

codes! {
    /// What part somebody has in a case.
    Part {
        /// 本人
        Principal = "principal", "本人";
        /// 家族
        Family = "family", "家族";
        /// 発見者: a care manager, a neighbour who noticed.
        Finder = "finder", "気づいた人";
        /// Somebody else.
        Other = "other", "その他";
    }
}

codes! {
    /// What somebody is to the person (続柄).
    Relationship {
        /// The person themself.
        Oneself = "self", "本人";
        /// 母
        Mother = "mother", "母";
        /// 父
        Father = "father", "父";
        /// 姉
        ElderSister = "elder_sister", "姉";
        /// 妹
        YoungerSister = "younger_sister", "妹";
        /// 兄
        ElderBrother = "elder_brother", "兄";
        /// 弟
        YoungerBrother = "younger_brother", "弟";
        /// 配偶者・パートナー
        Partner = "partner", "配偶者・パートナー";
        /// 子
        Child = "child", "子";
        /// 祖母
        Grandmother = "grandmother", "祖母";
        /// 祖父
        Grandfather = "grandfather", "祖父";
        /// ほかの親族
        Relative = "relative", "ほかの親族";
        /// 関係機関の人
        Agency = "agency", "関係機関の人";
        /// 近所の人、知人
        Acquaintance = "acquaintance", "近所の人・知人";
        /// 言わない・わからない
        Unsaid = "unsaid", "言わない";
    }
}

codes! {
    /// 年代 (field/domain.md §4.1), as coarse as the statistics need it.
    AgeBand {
        /// わからない
        Unknown = "unknown", "わからない";
        /// 15歳未満
        Under15 = "u15", "15歳未満";
        /// 15–19歳
        Teens = "15-19", "15〜19歳";
        /// 20代
        Twenties = "20s", "20代";
        /// 30代
        Thirties = "30s", "30代";
        /// 40代
        Forties = "40s", "40代";
        /// 50代
        Fifties = "50s", "50代";
        /// 60–64歳
        EarlySixties = "60-64", "60〜64歳";
        /// 65歳以上
        Over65 = "65+", "65歳以上";
    }
}

codes! {
    /// 性別, only as somebody said it.
    Gender {
        /// 言わない・わからない
        Unsaid = "unsaid", "言わない";
        /// 女
        Female = "female", "女";
        /// 男
        Male = "male", "男";
        /// ほか
        Other = "other", "ほか";
    }
}

/// Who somebody is, as far as they said. Everything may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Identity {
    /// What to call them.
    pub nickname: String,
    /// 氏名
    pub name: String,
    /// ふりがな
    pub kana: String,
    /// Year of birth, when it is known more closely than the age band.
    pub birth_year: Option<i16>,
    /// Day of birth, when it is known.
    pub born_on: Option<jiff::civil::Date>,
    /// 住所
    pub address: String,
}

impl Identity {
    /// What a search finds them by.
    pub(crate) fn searchable(&self) -> String {
        [&*self.nickname, &self.name, &self.kana, &self.address].join("\n")
    }

    /// What the desk calls them: the nickname, else the name, else nothing.
    pub fn called(&self) -> &str {
        if self.nickname.is_empty() {
            &self.name
        } else {
            &self.nickname
        }
    }
}

/// A new person of a case.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// Their part.
    pub part: Part,
    /// What they are to the person.
    pub relationship: Relationship,
    /// Who they are.
    pub identity: Identity,
    /// 年代
    pub age_band: AgeBand,
    /// 性別
    pub gender: Gender,
    /// Where they live, as a municipality code; `None`: unknown.
    pub municipality: Option<basics::MunicipalityCode>,
}

impl NewPerson {
    /// Somebody of whom nothing is known yet.
    pub fn unknown(part: Part, relationship: Relationship) -> Self {
        Self {
            part,
            relationship,
            identity: Identity::default(),
            age_band: AgeBand::Unknown,
            gender: Gender::Unsaid,
            municipality: None,
        }
    }

    /// The same, with what to call them.
    #[must_use]
    pub fn called(mut self, nickname: &str) -> Self {
        nickname.clone_into(&mut self.identity.nickname);
        self
    }

    /// What is known about them, for the first step of the identity ladder.
    fn known(&self) -> Known {
        Known {
            identity: self.identity.clone(),
            relationship: self.relationship,
            age_band: self.age_band,
            gender: self.gender,
            municipality: self.municipality,
            has_code: false,
            verified: false,
        }
    }
}

/// A person of a case.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their identifier.
    pub id: PersonId,
    /// Of which case.
    pub case: CaseId,
    /// Their part.
    pub part: Part,
    /// What they are to the principal.
    pub relationship: Relationship,
    /// 0–4.
    pub identity_level: i64,
    /// Who they are.
    pub identity: Identity,
    /// 年代
    pub age_band: AgeBand,
    /// 性別
    pub gender: Gender,
    /// Where they live.
    pub municipality: Option<basics::MunicipalityCode>,
}

impl Person {
    /// How the desk's pages name them: 「母（さくらさん）」, 「本人」.
    pub fn label(&self) -> String {
        let what = match self.part {
            Part::Principal => "本人",
            _ => self.relationship.label(),
        };
        match self.identity.called() {
            "" => what.to_owned(),
            name => format!("{what}（{name}さん）"),
        }
    }
}

store::row! {
    struct PersonRow {
        pub id: i64,
        pub case_id: i64,
        pub part: String,
        pub relationship: String,
        pub identity_level: i64,
        pub identity: Vec<u8>,
        pub age_band: String,
        pub gender: String,
        pub municipality: Option<String>,
    }
}

pub(crate) fn identity_place(person: PersonId) -> Place {
    Place {
        table: "person",
        row: person.get(),
        column: "identity",
    }
}

/// Adds a person to a case.
pub(crate) async fn add(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    new: &NewPerson,
) -> Result<PersonId> {
    let id = PersonId::from(new_id(clock));
    insert(tx, grant, clock, id, new).await?;
    Ok(id)
}

pub(crate) async fn insert(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    id: PersonId,
    new: &NewPerson,
) -> Result<()> {
    let identity = grant.seal(&identity_place(id), &Json(new.identity.clone()));
    let known = new.known();
    tx.exec(
        "INSERT INTO person (id, case_id, part, relationship, identity_level, identity, age_band, gender, municipality, added_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            id.get(),
            grant.case().get(),
            new.part.code(),
            new.relationship.code(),
            known.level().number(),
            identity.as_bytes(),
            new.age_band.code(),
            new.gender.code(),
            new.municipality.map(|code| code.as_str().to_owned()),
            clock.now_micros()
        ],
    )
    .await?;
    custody::belongs(tx, grant.case(), id).await?;
    crate::person_link::joins(tx, grant, id).await?;
    identity::begin(tx, grant, clock, id, &known).await?;
    search::keep_on_face_sheet(
        tx,
        grant,
        clock,
        Source::Person,
        id.get(),
        &new.identity.searchable(),
    )
    .await
}

impl Casework {
    /// Somebody who belongs to the situation: a sister, a grandfather, a neighbour who noticed.
    pub async fn add_person(
        &self,
        session: &Session,
        case: CaseId,
        new: &NewPerson,
    ) -> Result<PersonId> {
        if new.part == Part::Principal || new.relationship == Relationship::Oneself {
            return Err(Error::invalid(
                "relationship",
                "本人は、もう登録されています。続柄を選んでください。",
            ));
        }
        transact!(self.db(), "person.add", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let id = add(tx, &grant, self.clock(), new).await?;
            let detail = format!("person={id}");
            office::audit::record(tx, &grant.entry("person.added").because(detail)).await?;
            Ok(id)
        })
    }
}

/// One person of the opened case; anybody else does not exist.
pub(crate) async fn one(conn: &mut Conn, grant: &CaseGrant, id: PersonId) -> Result<Person> {
    let people = of_case(conn, grant).await?;
    people
        .into_iter()
        .find(|person| person.id == id)
        .ok_or(Error::NotFound)
}

/// Who does this, for the columns that say who wrote something down.
pub(crate) fn who(grant: &CaseGrant) -> i64 {
    match grant.actor() {
        Actor::Staff(id) => id.get(),
        _ => 0,
    }
}

/// The names of the colleagues of the case's office.
pub(crate) async fn names_of_staff(
    conn: &mut Conn,
    grant: &CaseGrant,
) -> Result<HashMap<i64, String>> {
    let staff = office::staff::list(conn, grant.office()).await?;
    let named = staff.into_iter().map(|one| (one.id.get(), one.name));
    Ok(named.collect())
}

/// The people of an opened case, the principal first.
pub(crate) async fn of_case(conn: &mut Conn, grant: &CaseGrant) -> Result<Vec<Person>> {
    let sql = format!(
        "SELECT {} FROM person WHERE case_id = $1 ORDER BY CASE part WHEN 'principal' THEN 0 ELSE 1 END, added_at, id",
        PersonRow::COLS
    );
    let rows: Vec<PersonRow> = conn.all(&sql, params![grant.case().get()]).await?;
    rows.into_iter()
        .map(|row| {
            let sealed = Sealed::<Json<Identity>>::from_bytes(row.identity.clone());
            let Json(identity) = grant.open(&sealed, &identity_place(row.id.into()))?;
            read(row, identity)
        })
        .collect()
}

/// Whether somebody is one of the people of this case; for forms that name whom they are about.
pub(crate) async fn must_be_of_case(conn: &mut Conn, case: CaseId, person: PersonId) -> Result<()> {
    let found: Option<(i64,)> = conn
        .first(
            "SELECT id FROM person WHERE id = $1 AND case_id = $2",
            params![person.get(), case.get()],
        )
        .await?;
    found.map(|_| ()).ok_or(Error::NotFound)
}

/// The people of all cases in scope, by case. Who may not be opened is left out.
pub(crate) async fn in_scope(
    conn: &mut Conn,
    scope: &CaseScope,
) -> Result<HashMap<CaseId, Vec<Person>>> {
    of_cases(conn, scope, None).await
}

/// The same for some of the cases only.
pub(crate) async fn of_cases(
    conn: &mut Conn,
    scope: &CaseScope,
    only: Option<&[CaseId]>,
) -> Result<HashMap<CaseId, Vec<Person>>> {
    let among = |column: &str| {
        let sql = scope.sql(column);
        let Some(only) = only else { return sql };
        let ids: Vec<String> = only.iter().map(|id| id.get().to_string()).collect();
        let ids = if ids.is_empty() {
            "-1".to_owned()
        } else {
            ids.join(", ")
        };
        format!("{sql} AND {column} IN ({ids})")
    };
    let keys: Vec<(i64, Vec<u8>)> = conn
        .all(
            &format!(
                "SELECT id, face_sheet_key FROM casefile WHERE office_id = $1 AND {}",
                among("id")
            ),
            params![scope.office().get()],
        )
        .await?;
    let sheet = |(case, wrapped_key): &(i64, Vec<u8>)| {
        let case = CaseRef {
            office: scope.office(),
            id: (*case).into(),
            wrapped_key,
        };
        Some((case.id, scope.face_sheet(case)?))
    };
    let sheets: HashMap<CaseId, _> = keys.iter().filter_map(sheet).collect();
    let sql = format!(
        "SELECT p.id, p.case_id, p.part, p.relationship, p.identity_level, p.identity, p.age_band, p.gender, p.municipality \
         FROM person p JOIN casefile c ON c.id = p.case_id WHERE c.office_id = $1 AND {} \
         ORDER BY p.case_id, CASE p.part WHEN 'principal' THEN 0 ELSE 1 END, p.added_at, p.id",
        among("p.case_id")
    );
    let rows: Vec<PersonRow> = conn.all(&sql, params![scope.office().get()]).await?;
    let mut people: HashMap<CaseId, Vec<Person>> = HashMap::new();
    for row in rows {
        let Some(sheet) = sheets.get(&row.case_id.into()) else {
            continue;
        };
        let sealed = Sealed::<Json<Identity>>::from_bytes(row.identity.clone());
        let Json(identity) = sheet.open(&sealed, &identity_place(row.id.into()))?;
        people
            .entry(row.case_id.into())
            .or_default()
            .push(read(row, identity)?);
    }
    Ok(people)
}

fn read(row: PersonRow, identity: Identity) -> Result<Person> {
    Ok(Person {
        id: row.id.into(),
        case: row.case_id.into(),
        part: Part::from_code(&row.part).ok_or(Error::Damaged("person.part"))?,
        relationship: Relationship::from_code(&row.relationship)
            .ok_or(Error::Damaged("person.relationship"))?,
        identity_level: row.identity_level,
        identity,
        age_band: AgeBand::from_code(&row.age_band).ok_or(Error::Damaged("person.age_band"))?,
        gender: Gender::from_code(&row.gender).ok_or(Error::Damaged("person.gender"))?,
        municipality: row
            .municipality
            .and_then(|code| basics::MunicipalityCode::parse(&code).ok()),
    })
}
