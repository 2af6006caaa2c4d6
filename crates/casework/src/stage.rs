//! The phase of withdrawal and the stage of support, as dated events in any order (field/domain.md §2.3). Moving back is
//! as normal as moving on; nothing moves by itself.

use crate::codes::codes;
use crate::{Casework, Error, Result, case, compartment};
use basics::time::{from_micros, to_jst};
use basics::{CaseId, CompartmentId, PersonId, StaffId, new_id};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{Action, CompartmentGrant, CompartmentKind};
use office::session::Session;
use store::{Conn, params, transact};
use vault::{Place, Sealed};

codes! {
    /// ひきこもりの段階
    WithdrawalPhase {
        /// 準備段階
        Preparation = "preparation", "準備の段階";
        /// 開始段階
        Onset = "onset", "はじまりの段階";
        /// ひきこもり段階
        Withdrawn = "withdrawn", "ひきこもりの段階";
        /// 社会との再会段階
        Reunion = "reunion", "社会との再会の段階";
        /// わからない
        Unknown = "unknown", "わからない";
    }
}

codes! {
    /// 支援の段階
    SupportStage {
        /// 家族支援
        Family = "family", "家族への支援";
        /// 本人への個人的支援
        Person = "person", "本人への個人的な支援";
        /// 中間的・過渡的な集団
        Group = "group", "中間的な集団（居場所など）";
        /// 社会参加の試行
        Trial = "trial", "就労・社会参加の試み";
        /// 見守り
        Quiet = "quiet", "静観（見守り）";
    }
}

/// Which of the two lines, and where on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The state.
    Phase(WithdrawalPhase),
    /// The support.
    Support(SupportStage),
}

impl Stage {
    fn codes(self) -> (&'static str, &'static str) {
        match self {
            Self::Phase(phase) => ("phase", phase.code()),
            Self::Support(stage) => ("support", stage.code()),
        }
    }

    fn from_codes(kind: &str, code: &str) -> Option<Self> {
        match kind {
            "phase" => WithdrawalPhase::from_code(code).map(Self::Phase),
            "support" => SupportStage::from_code(code).map(Self::Support),
            _ => None,
        }
    }

    /// The word on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Phase(phase) => phase.label(),
            Self::Support(stage) => stage.label(),
        }
    }

    /// Which line, in words.
    pub fn line(self) -> &'static str {
        match self {
            Self::Phase(_) => "ひきこもりの段階",
            Self::Support(_) => "支援の段階",
        }
    }
}

/// Somebody's judgement that from a day on it is so.
#[derive(Debug, Clone)]
pub struct StageEvent {
    /// Its identifier.
    pub id: i64,
    /// In whose compartment it lies.
    pub compartment: CompartmentId,
    /// What.
    pub stage: Stage,
    /// Since when.
    pub since: Date,
    /// On what ground, in words.
    pub words: String,
    /// Who judged.
    pub by: StaffId,
    /// When it was written down.
    pub at: Timestamp,
}

store::row! {
    struct Row {
        pub id: i64,
        pub compartment_id: i64,
        pub kind: String,
        pub stage: String,
        pub since: String,
        pub words: Vec<u8>,
        pub written_by: i64,
        pub written_at: i64,
    }
}

fn place(id: i64) -> Place {
    Place {
        table: "stage_event",
        row: id,
        column: "words",
    }
}

/// The events of opened compartments, the earliest day first.
pub(crate) async fn of_compartments(
    conn: &mut Conn,
    grants: &[CompartmentGrant],
) -> Result<Vec<StageEvent>> {
    let sql = format!(
        "SELECT {} FROM stage_event WHERE compartment_id = $1 ORDER BY since, written_at, id",
        Row::COLS
    );
    let mut all = Vec::new();
    for (grant, row) in compartment::rows_in::<Row>(conn, grants, &sql).await? {
        let sealed = Sealed::<String>::from_bytes(row.words);
        all.push(StageEvent {
            id: row.id,
            compartment: row.compartment_id.into(),
            stage: Stage::from_codes(&row.kind, &row.stage)
                .ok_or(Error::Damaged("stage_event.stage"))?,
            since: (row.since.parse()).map_err(|_| Error::Damaged("stage_event.since"))?,
            words: grant.open(&sealed, &place(row.id))?,
            by: row.written_by.into(),
            at: from_micros(row.written_at),
        });
    }
    all.sort_by_key(|one| (one.since, one.at));
    Ok(all)
}

/// 「家族のみ」: so far only the family has been heard. Computed when somebody looks; it changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FamilyOnly {
    /// Since when.
    pub since: Date,
    /// Seen from which day.
    pub today: Date,
}

impl FamilyOnly {
    /// In words: 「家族のみ 7か月」.
    pub fn words(&self) -> String {
        let span = self.since.until((jiff::Unit::Month, self.today));
        match span.map_or(0, |span| span.get_months()) {
            ..=0 => "家族のみ（1か月たっていません）".to_owned(),
            months @ 1..24 => format!("家族のみ {months}か月"),
            months => format!("家族のみ {}年{}か月", months / 12, months % 12),
        }
    }
}

/// Whether only the family has been heard: a family's compartment stands, and none in which the person speaks.
pub(crate) async fn family_only(
    conn: &mut Conn,
    case: CaseId,
    principal: PersonId,
    today: Date,
) -> Result<Option<FamilyOnly>> {
    let opened: Vec<(i64, i64)> = conn
        .all(
            "SELECT id, opened_at FROM compartment WHERE case_id = $1 ORDER BY opened_at, id",
            params![case.get()],
        )
        .await?;
    let all = compartment::of_case(conn, case).await?;
    if all.iter().any(|one| one.is_held_by(principal)) {
        return Ok(None);
    }
    let of_family = |id: &i64| {
        all.iter()
            .any(|one| one.id.get() == *id && one.kind == CompartmentKind::Family)
    };
    let first = opened.iter().find(|(id, _)| of_family(id));
    Ok(first.map(|(_, at)| FamilyOnly {
        since: to_jst(from_micros(*at)).date(),
        today,
    }))
}

/// What the page shows.
#[derive(Debug, Clone)]
pub struct Stages {
    /// All events in the asker's reach, the earliest day first.
    pub events: Vec<StageEvent>,
    /// Whether only the family has been heard, and since when.
    pub family_only: Option<FamilyOnly>,
}

impl Stages {
    /// The latest of each line, the state before the support.
    pub fn latest(&self) -> Vec<&StageEvent> {
        let last = |phase: bool| {
            let mut of_line = self.events.iter().rev();
            of_line.find(|one| matches!(one.stage, Stage::Phase(_)) == phase)
        };
        [last(true), last(false)].into_iter().flatten().collect()
    }
}

/// A stage as somebody enters it.
#[derive(Debug, Clone)]
pub struct NewStage {
    /// In whose compartment it lies.
    pub compartment: CompartmentId,
    /// What.
    pub stage: Stage,
    /// Since when.
    pub since: Date,
    /// On what ground, in words.
    pub words: String,
    /// The identifier its form carried, so that a double click is one event.
    pub once: Option<i64>,
}

impl Casework {
    /// Writes a stage down. Any stage may follow any other.
    pub async fn set_stage(&self, session: &Session, id: CaseId, new: &NewStage) -> Result<()> {
        if new.since > self.clock().today() {
            return Err(Error::invalid("since", "これからの日は選べません。"));
        }
        transact!(self.db(), "stage.note", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ChangeCase).await?;
            let inside =
                compartment::open(tx, session, &grant, new.compartment, Action::WriteNote).await?;
            let row = new.once.unwrap_or_else(|| new_id(self.clock()));
            let (kind, code) = new.stage.codes();
            let added = tx.exec(
                "INSERT INTO stage_event (id, case_id, compartment_id, kind, stage, since, words, written_by, written_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                 ON CONFLICT (id) DO NOTHING",
                params![
                    row,
                    id.get(),
                    new.compartment.get(),
                    kind,
                    code,
                    new.since.to_string(),
                    inside.seal(&place(row), &new.words.trim().to_owned()).as_bytes(),
                    session.staff().get(),
                    self.clock().now_micros()
                ],
            )
            .await?;
            if added == 0 {
                return Err(Error::Again);
            }
            office::audit::record(tx, &grant.entry("stage.note")).await?;
            Ok(())
        })
    }

    /// The stages in the asker's reach.
    pub async fn stages(&self, session: &Session, id: CaseId) -> Result<Stages> {
        transact!(self.db(), "stage.read", |tx| {
            let (case, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let opened = compartment::open_all(tx, session, &grant).await?;
            let today = self.clock().today();
            Ok(Stages {
                events: of_compartments(tx, &compartment::grants(opened)).await?,
                family_only: family_only(tx, id, case.principal, today).await?,
            })
        })
    }
}
