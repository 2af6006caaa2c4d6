//! Assessments: what was heard and seen, by whom, question by question. Versions are only added. There is no score, and
//! no function here that computes one.

mod instrument;

pub use instrument::{
    ALWAYS, Instrument, Instruments, Item, Kind, Opt, Section, ShownAnswer, ShownSection,
};

use crate::codes::codes;
use crate::search::{self, Source};
use crate::{Casework, Error, Result, case, compartment, person};
use basics::time::from_micros;
use basics::{CaseId, CompartmentId, PersonId, StaffId, new_id};
use jiff::Timestamp;
use office::access::{Action, CompartmentGrant};
use office::session::Session;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{Conn, params, transact};
use vault::{Json, Place, Sealed};

basics::id! {
    /// One instrument about one person in one compartment.
    AssessmentId
}

codes! {
    /// How the answers came.
    Manner {
        /// A colleague listened and wrote.
        Heard = "heard", "職員が聞いて書いた";
        /// The person wrote it themself.
        Written = "written", "自分で書いた";
    }
}

/// Who said it (情報源).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// Not said.
    #[default]
    Unsaid,
    /// One of the case's people.
    Person(PersonId),
    /// What a colleague saw.
    Staff,
    /// A letter, a certificate.
    Paper,
    /// Another agency.
    Agency,
}

impl Voice {
    /// As a form holds it.
    pub fn code(&self) -> String {
        match self {
            Self::Unsaid => String::new(),
            Self::Person(person) => format!("p{person}"),
            Self::Staff => "staff".to_owned(),
            Self::Paper => "paper".to_owned(),
            Self::Agency => "agency".to_owned(),
        }
    }

    /// From the form.
    pub fn from_code(code: &str) -> Self {
        match code {
            "staff" => Self::Staff,
            "paper" => Self::Paper,
            "agency" => Self::Agency,
            other => other
                .strip_prefix('p')
                .and_then(|id| id.parse().ok())
                .map_or(Self::Unsaid, Self::Person),
        }
    }
}

/// One answer. Empty in both is no answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// Codes of options.
    pub chosen: Vec<String>,
    /// In words; for a number or a day, the digits.
    pub words: String,
    /// Who said it.
    pub source: Voice,
}

impl Answer {
    /// Whether nothing was answered.
    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty() && self.words.trim().is_empty()
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.chosen == other.chosen && self.words == other.words
    }
}

/// Answers by the question's code.
pub type Answers = BTreeMap<String, Answer>;

/// One instrument about one person, as one compartment heard it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// In which compartment.
    pub compartment: CompartmentId,
    /// Which instrument.
    pub instrument: String,
    /// About whom.
    pub about: PersonId,
}

/// What is being saved. Partial answers are answers.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// Of what.
    pub subject: Subject,
    /// How the answers came.
    pub manner: Manner,
    /// The answers.
    pub answers: Answers,
    /// The number of the version the writer saw; `None`: none.
    pub seen: Option<i64>,
}

/// One version.
#[derive(Debug, Clone)]
pub struct Version {
    /// 1, 2, 3 …
    pub number: i64,
    /// The version of the instrument whose labels hold.
    pub instrument_version: i64,
    /// How the answers came.
    pub manner: Manner,
    /// The answers.
    pub answers: Answers,
    /// Who wrote it down.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
}

impl Version {
    /// The answers with the labels of the version in which they were given.
    pub fn shown(&self, instrument: &str) -> Vec<ShownSection> {
        Instruments::shipped()
            .version(instrument, self.instrument_version)
            .map(|form| form.shown(&self.answers))
            .unwrap_or_default()
    }
}

/// An assessment with all its versions, the newest first; never without one.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// Which.
    pub id: AssessmentId,
    /// Of what.
    pub subject: Subject,
    /// Its versions.
    pub versions: Vec<Version>,
}

store::row! {
    struct VersionRow {
        pub id: i64,
        pub version: i64,
        pub instrument_version: i64,
        pub manner: String,
        pub answers: Vec<u8>,
        pub written_by: i64,
        pub written_at: i64,
    }
}

fn place(version: i64) -> Place {
    Place {
        table: "assessment_version",
        row: version,
        column: "answers",
    }
}

/// The assessments of opened compartments.
pub(crate) async fn of_compartments(
    conn: &mut Conn,
    grants: &[CompartmentGrant],
) -> Result<Vec<Assessment>> {
    let mut all = Vec::new();
    for grant in grants {
        let rows: Vec<(i64, String, i64)> = conn
            .all(
                "SELECT id, instrument, about_id FROM assessment WHERE compartment_id = $1 ORDER BY started_at, id",
                params![grant.compartment().get()],
            )
            .await?;
        for (id, instrument, about) in rows {
            let versions = versions(conn, grant, id.into()).await?;
            if !versions.is_empty() {
                all.push(Assessment {
                    id: id.into(),
                    subject: Subject {
                        compartment: grant.compartment(),
                        instrument,
                        about: about.into(),
                    },
                    versions,
                });
            }
        }
    }
    Ok(all)
}

async fn versions(
    conn: &mut Conn,
    grant: &CompartmentGrant,
    id: AssessmentId,
) -> Result<Vec<Version>> {
    let sql = format!(
        "SELECT {} FROM assessment_version WHERE assessment_id = $1 ORDER BY version DESC",
        VersionRow::COLS
    );
    let rows: Vec<VersionRow> = conn.all(&sql, params![id.get()]).await?;
    rows.into_iter()
        .map(|row| {
            let sealed = Sealed::<Json<Answers>>::from_bytes(row.answers);
            let Json(answers) = grant.open(&sealed, &place(row.id))?;
            Ok(Version {
                number: row.version,
                instrument_version: row.instrument_version,
                manner: Manner::from_code(&row.manner)
                    .ok_or(Error::Damaged("assessment_version.manner"))?,
                answers,
                by: row.written_by.into(),
                at: from_micros(row.written_at),
            })
        })
        .collect()
}

impl Casework {
    /// Saves a version. What says the same as before keeps its source; nothing typed by a colleague in the meantime is
    /// overwritten.
    pub async fn assess(
        &self,
        session: &Session,
        id: CaseId,
        new: &NewVersion,
    ) -> Result<AssessmentId> {
        let subject = &new.subject;
        let form = Instruments::shipped().newest(&subject.instrument);
        let form = form.ok_or(Error::NotFound)?;
        let mut answers = new.answers.clone();
        answers.retain(|_, answer| !answer.is_empty());
        if let Some((_, sentence)) = form.mistakes(&answers).into_iter().next() {
            return Err(Error::invalid("answers", sentence));
        }
        transact!(self.db(), "assessment.save", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ChangeCase).await?;
            let inside =
                compartment::open(tx, session, &grant, subject.compartment, Action::WriteNote)
                    .await?;
            if !form.fits(inside.kind()) {
                let sentence =
                    "この用紙は、この区画には置けません。書いた人の区画を選んでください。";
                return Err(Error::invalid("compartment", sentence));
            }
            person::must_be_of_case(tx, id, subject.about).await?;
            let assessment = self.find_or_start(tx, id, subject).await?;
            let before = versions(tx, &inside, assessment).await?;
            let latest = before.first();
            let mut answers = answers.clone();
            keep_sources(&mut answers, latest);
            if latest.map(|version| version.number) != new.seen {
                let twice =
                    latest.is_some_and(|now| now.by == session.staff() && now.answers == answers);
                return Err(if twice {
                    Error::Again
                } else {
                    Error::Meanwhile
                });
            }
            let version = new_id(self.clock());
            tx.exec(
                "INSERT INTO assessment_version (id, assessment_id, version, instrument_version, manner, answers, written_by, written_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                params![
                    version,
                    assessment.get(),
                    new.seen.unwrap_or(0) + 1,
                    form.version,
                    new.manner.code(),
                    inside.seal(&place(version), &Json(answers.clone())).as_bytes(),
                    session.staff().get(),
                    self.clock().now_micros()
                ],
            )
            .await?;
            let words: Vec<&str> = answers.values().map(|one| one.words.as_str()).collect();
            let words = words.join("\n");
            let source = Source::Assessment;
            search::keep(tx, &inside, self.clock(), source, assessment.get(), &words).await?;
            let entry = grant.entry("assessment.save");
            let detail = format!("assessment={assessment}");
            office::audit::record(tx, &entry.because(detail)).await?;
            Ok(assessment)
        })
    }

    async fn find_or_start(
        &self,
        tx: &mut Conn,
        case: CaseId,
        subject: &Subject,
    ) -> Result<AssessmentId> {
        tx.exec(
            "INSERT INTO assessment (id, case_id, compartment_id, instrument, about_id, started_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (compartment_id, instrument, about_id) DO NOTHING",
            params![
                new_id(self.clock()),
                case.get(),
                subject.compartment.get(),
                subject.instrument.as_str(),
                subject.about.get(),
                self.clock().now_micros()
            ],
        )
        .await?;
        let (id,): (i64,) = tx
            .one(
                "SELECT id FROM assessment WHERE compartment_id = $1 AND instrument = $2 AND about_id = $3",
                params![
                    subject.compartment.get(),
                    subject.instrument.as_str(),
                    subject.about.get()
                ],
            )
            .await?;
        Ok(id.into())
    }

    /// The assessments in the asker's reach, each with all its versions.
    pub async fn assessments(&self, session: &Session, id: CaseId) -> Result<Vec<Assessment>> {
        transact!(self.db(), "assessment.read", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let opened = compartment::open_all(tx, session, &grant).await?;
            of_compartments(tx, &compartment::grants(opened)).await
        })
    }
}

/// What was not touched was said by whoever said it then, not by whoever is chosen for the section now.
fn keep_sources(answers: &mut Answers, latest: Option<&Version>) {
    for (code, answer) in answers {
        let before = latest.and_then(|version| version.answers.get(code));
        let same =
            |before: &&Answer| before.source != Voice::Unsaid && before.says_the_same(answer);
        if let Some(before) = before.filter(same) {
            answer.source = before.source.clone();
        }
    }
}
