//! Observations: one look at one axis on one day, in words. 変わらず and わからない are answers; nothing is added up and
//! nothing is compared (E7).

use crate::codes::codes;
use crate::search::{self, Source};
use crate::{Casework, Error, Result, case, compartment};
use basics::time::from_micros;
use basics::{CaseId, CompartmentId, PersonId, StaffId, new_id};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{Action, CompartmentGrant};
use office::session::Session;
use store::{Conn, params, transact};
use vault::{Place, Sealed};

codes! {
    /// What is looked at (field/casework.md §E7).
    Axis {
        /// 安心
        Ease = "ease", "安心";
        /// 生活
        Life = "life", "生活";
        /// 家族関係
        Family = "family", "家族との関係";
        /// 人との接点
        People = "people", "人との接点";
        /// 外出
        Outside = "outside", "外出";
        /// 役割
        Part = "part", "役割";
        /// 本人の言葉
        Words = "words", "本人の言葉";
    }
}

codes! {
    /// How it was that day. No order among them.
    Value {
        /// 変わらず
        Same = "same", "変わらず";
        /// 小さな動きがあった
        Step = "step", "小さな動きがあった";
        /// ゆらいでいる
        Unsteady = "unsteady", "ゆらいでいる";
        /// しんどそう
        Heavy = "heavy", "しんどそう";
        /// ほっとしていそう
        Lighter = "lighter", "ほっとしていそう";
        /// わからない
        Unknown = "unknown", "わからない";
    }
}

/// A new observation.
#[derive(Debug, Clone)]
pub struct NewObservation {
    /// In whose compartment it was said or seen.
    pub compartment: CompartmentId,
    /// Whom it is about.
    pub about: PersonId,
    /// What is looked at.
    pub axis: Axis,
    /// How it was.
    pub value: Value,
    /// On which day.
    pub on: Date,
    /// In words; may be empty.
    pub words: String,
    /// The identifier its form carried, so that a double click is one observation.
    pub once: Option<i64>,
}

/// An observation as the page shows it.
#[derive(Debug, Clone)]
pub struct Observation {
    /// Its identifier.
    pub id: i64,
    /// In whose compartment it lies.
    pub compartment: CompartmentId,
    /// Whom it is about.
    pub about: PersonId,
    /// What was looked at.
    pub axis: Axis,
    /// How it was.
    pub value: Value,
    /// On which day.
    pub on: Date,
    /// In words.
    pub words: String,
    /// Who wrote it down.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
}

store::row! {
    struct Row {
        pub id: i64,
        pub compartment_id: i64,
        pub about_id: i64,
        pub axis: String,
        pub value: String,
        pub seen_on: String,
        pub words: Vec<u8>,
        pub written_by: i64,
        pub written_at: i64,
    }
}

fn place(id: i64) -> Place {
    Place {
        table: "observation",
        row: id,
        column: "words",
    }
}

/// The observations of opened compartments, the oldest day first.
pub(crate) async fn of_compartments(
    conn: &mut Conn,
    grants: &[CompartmentGrant],
) -> Result<Vec<Observation>> {
    let sql = format!(
        "SELECT {} FROM observation WHERE compartment_id = $1 ORDER BY seen_on, written_at, id",
        Row::COLS
    );
    let mut all = Vec::new();
    for (grant, row) in compartment::rows_in::<Row>(conn, grants, &sql).await? {
        let sealed = Sealed::<String>::from_bytes(row.words);
        all.push(Observation {
            id: row.id,
            compartment: row.compartment_id.into(),
            about: row.about_id.into(),
            axis: Axis::from_code(&row.axis).ok_or(Error::Damaged("observation.axis"))?,
            value: Value::from_code(&row.value).ok_or(Error::Damaged("observation.value"))?,
            on: (row.seen_on.parse()).map_err(|_| Error::Damaged("observation.seen_on"))?,
            words: grant.open(&sealed, &place(row.id))?,
            by: row.written_by.into(),
            at: from_micros(row.written_at),
        });
    }
    all.sort_by_key(|one| (one.on, one.at));
    Ok(all)
}

/// What the five-year line of small steps draws: the observations in which something moved, and the person's own words.
/// 変わらず stays out of the line, and no gap between two days means anything.
pub(crate) async fn small_steps(
    conn: &mut Conn,
    grants: &[CompartmentGrant],
) -> Result<Vec<Observation>> {
    let mut all = of_compartments(conn, grants).await?;
    all.retain(|one| {
        matches!(one.value, Value::Step | Value::Lighter)
            || (one.axis == Axis::Words && !one.words.is_empty())
    });
    Ok(all)
}

impl Casework {
    /// Writes an observation down.
    pub async fn observe(&self, session: &Session, id: CaseId, new: &NewObservation) -> Result<()> {
        if new.on > self.clock().today() {
            return Err(Error::invalid("on", "これからの日は選べません。"));
        }
        transact!(self.db(), "observation.note", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ChangeCase).await?;
            let inside =
                compartment::open(tx, session, &grant, new.compartment, Action::WriteNote).await?;
            crate::person::must_be_of_case(tx, id, new.about).await?;
            let row = new.once.unwrap_or_else(|| new_id(self.clock()));
            let added = tx.exec(
                "INSERT INTO observation (id, case_id, compartment_id, about_id, axis, value, seen_on, words, written_by, written_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                 ON CONFLICT (id) DO NOTHING",
                params![
                    row,
                    id.get(),
                    new.compartment.get(),
                    new.about.get(),
                    new.axis.code(),
                    new.value.code(),
                    new.on.to_string(),
                    inside.seal(&place(row), &new.words.trim().to_owned()).as_bytes(),
                    session.staff().get(),
                    self.clock().now_micros()
                ],
            )
            .await?;
            if added == 0 {
                return Err(Error::Again);
            }
            search::keep(
                tx,
                &inside,
                self.clock(),
                Source::Assessment,
                row,
                &new.words,
            )
            .await?;
            office::audit::record(tx, &grant.entry("observation.note")).await?;
            Ok(())
        })
    }

    /// The observations in the asker's reach, the oldest day first.
    pub async fn observations(&self, session: &Session, id: CaseId) -> Result<Vec<Observation>> {
        transact!(self.db(), "observation.read", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let opened = compartment::open_all(tx, session, &grant).await?;
            of_compartments(tx, &compartment::grants(opened)).await
        })
    }
}
