//! A word to a colleague inside the desk: codes only, nothing leaves the house.

use crate::error::{Error, Result};
use crate::session::Session;
use basics::{CaseId, Clock, OfficeId, StaffId, new_id, time::from_micros};
use jiff::Timestamp;
use std::collections::BTreeSet;
use store::{Conn, params};

/// What is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoticeKind {
    /// Somebody broke the glass of a case.
    GlassBroken,
    /// A case has nobody who works on it.
    NoWorker,
    /// A case was handed to this colleague.
    HandedOver,
    /// A hand-over sheet waits to be written.
    SheetToWrite,
    /// A first approach waits for a supervisor.
    ApproachProposed,
    /// A person who may not know of the consultation turned to the office themself.
    ApproachCame,
    /// Somebody was reached although a ban or a refusal stood: danger to life or limb.
    VitalReach,
    /// A proposal to close waits for a supervisor.
    ClosingProposed,
    /// A supervisor approved the closing.
    ClosingApproved,
    /// A supervisor did not approve the closing.
    ClosingDeclined,
    /// Whoever is on duty took on a letter of the case.
    TakenOnDuty,
    /// The person took a consent back with the code of their letters.
    ConsentTakenBack,
    /// This colleague goes along on a visit.
    VisitAlong,
    /// This colleague does not go along on a visit any more.
    VisitWithout,
    /// A safety flag was raised, or judged to be more pressing.
    FlagRaised,
    /// An answer to a request for one's own records waits for a supervisor.
    DisclosureSubmitted,
    /// A peer handed in a report.
    PeerReported,
    /// A visit this colleague goes on has another day or hour.
    VisitMoved,
    /// A visit this colleague was to go on does not take place.
    VisitCancelled,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 19] = [
        Self::GlassBroken,
        Self::NoWorker,
        Self::HandedOver,
        Self::SheetToWrite,
        Self::ApproachProposed,
        Self::ApproachCame,
        Self::VitalReach,
        Self::ClosingProposed,
        Self::ClosingApproved,
        Self::ClosingDeclined,
        Self::TakenOnDuty,
        Self::ConsentTakenBack,
        Self::VisitAlong,
        Self::VisitWithout,
        Self::FlagRaised,
        Self::DisclosureSubmitted,
        Self::PeerReported,
        Self::VisitMoved,
        Self::VisitCancelled,
    ];

    /// The code in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::GlassBroken => "glass_broken",
            Self::NoWorker => "no_worker",
            Self::HandedOver => "handed_over",
            Self::SheetToWrite => "sheet_to_write",
            Self::ApproachProposed => "approach_proposed",
            Self::ApproachCame => "approach_came",
            Self::VitalReach => "vital_reach",
            Self::ClosingProposed => "closing_proposed",
            Self::ClosingApproved => "closing_approved",
            Self::ClosingDeclined => "closing_declined",
            Self::TakenOnDuty => "taken_on_duty",
            Self::ConsentTakenBack => "consent_taken_back",
            Self::VisitAlong => "visit_along",
            Self::VisitWithout => "visit_without",
            Self::FlagRaised => "flag_raised",
            Self::DisclosureSubmitted => "disclosure_submitted",
            Self::PeerReported => "peer_reported",
            Self::VisitMoved => "visit_moved",
            Self::VisitCancelled => "visit_cancelled",
        }
    }

    /// The sentence on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::GlassBroken => "緊急の閲覧がありました。",
            Self::NoWorker => "担当のいないケースがあります。",
            Self::HandedOver => {
                "ケースの引き継ぎがあります。連絡の前に、引き継ぎの紙を読んでください。"
            }
            Self::SheetToWrite => "引き継ぎの紙を書いてください。",
            Self::ApproachProposed => "初回アプローチが、確認を待っています。",
            Self::ApproachCame => "本人のほうから連絡がありました。",
            Self::VitalReach => "命や体の危険のため、きまりをこえて連絡しました。",
            Self::ClosingProposed => "一区切りの提案が、確認を待っています。",
            Self::ClosingApproved => "一区切りが確認されました。",
            Self::ClosingDeclined => "一区切りの提案は、見送りになりました。話し合ってください。",
            Self::TakenOnDuty => "当番が、手紙のお返事を引き受けました。",
            Self::ConsentTakenBack => {
                "手紙の番号から、同意の取りやめがありました。これから伝えるものを止めてください。"
            }
            Self::VisitAlong => "訪問に、いっしょに行くことになりました。",
            Self::VisitWithout => "訪問にいっしょに行く人が、ほかの職員になりました。",
            Self::FlagRaised => "安全の旗が立ちました。",
            Self::DisclosureSubmitted => "開示請求への回答の案が、承認を待っています。",
            Self::PeerReported => "ピアから、活動の報告が届きました。",
            Self::VisitMoved => "訪問の日時が変わりました。",
            Self::VisitCancelled => "訪問が、とりやめになりました。",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// A notice as its receiver sees it.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its identifier.
    pub id: i64,
    /// What.
    pub kind: NoticeKind,
    /// About which case.
    pub case: Option<CaseId>,
    /// About which other thing (the broken glass).
    pub subject: Option<i64>,
    /// Since when.
    pub at: Timestamp,
}

/// Tells a colleague something, inside the transaction that did it.
pub async fn tell(
    tx: &mut Conn,
    clock: &Clock,
    office: OfficeId,
    to: StaffId,
    kind: NoticeKind,
    case: Option<CaseId>,
    subject: Option<i64>,
) -> Result<()> {
    tx.exec(
        "INSERT INTO notice (id, office_id, staff_id, kind, case_id, subject, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![
            new_id(clock),
            office.get(),
            to.get(),
            kind.code(),
            case.map(CaseId::get),
            subject,
            clock.now_micros()
        ],
    )
    .await?;
    Ok(())
}

/// Tells every supervisor who may know of the case.
pub async fn tell_supervisors(
    tx: &mut Conn,
    clock: &Clock,
    office: OfficeId,
    kind: NoticeKind,
    case: CaseId,
    subject: i64,
) -> Result<()> {
    for lead in super::acquaintance::approvers(tx, office, case).await? {
        tell(tx, clock, office, lead.id, kind, Some(case), Some(subject)).await?;
    }
    Ok(())
}

/// Tells everybody who works on the case now and every supervisor who may know of it, once each; not whoever did it.
pub async fn tell_workers_and_supervisors(
    tx: &mut Conn,
    clock: &Clock,
    (office, case): (OfficeId, CaseId),
    kind: NoticeKind,
    subject: i64,
    did_it: StaffId,
) -> Result<()> {
    let now = clock.now_micros();
    let workers: Vec<(i64,)> = tx
        .all(
            "SELECT DISTINCT staff_id FROM assignment WHERE case_id = $1 AND kind <> 'peer' AND from_at <= $2 \
             AND (until_at IS NULL OR until_at > $3) ORDER BY staff_id",
            params![case.get(), now, now],
        )
        .await?;
    let mut all: BTreeSet<StaffId> = workers.into_iter().map(|(id,)| id.into()).collect();
    let leads = super::acquaintance::approvers(tx, office, case).await?;
    all.extend(leads.into_iter().map(|one| one.id));
    for to in all.into_iter().filter(|to| *to != did_it) {
        tell(tx, clock, office, to, kind, Some(case), Some(subject)).await?;
    }
    Ok(())
}

/// Tells the main workers of the case; whether there is one.
pub async fn tell_main_workers(
    tx: &mut Conn,
    clock: &Clock,
    office: OfficeId,
    kind: NoticeKind,
    case: CaseId,
    subject: i64,
) -> Result<bool> {
    let now = clock.now_micros();
    let main: Vec<(i64,)> = tx
        .all(
            "SELECT DISTINCT staff_id FROM assignment WHERE case_id = $1 AND kind = 'main' AND from_at <= $2 \
             AND (until_at IS NULL OR until_at > $3) ORDER BY staff_id",
            params![case.get(), now, now],
        )
        .await?;
    for (staff,) in &main {
        let to = StaffId::from(*staff);
        tell(tx, clock, office, to, kind, Some(case), Some(subject)).await?;
    }
    Ok(!main.is_empty())
}

/// What waits to be seen by this colleague, oldest first. What concerns a case that does not exist for them any more
/// is not told.
pub async fn unseen(conn: &mut Conn, session: &Session) -> Result<Vec<Notice>> {
    type Row = (i64, String, Option<i64>, Option<i64>, i64);
    let me = session.staff().get();
    let rows: Vec<Row> = conn
        .all(
            "SELECT id, kind, case_id, subject, at FROM notice WHERE staff_id = $1 AND seen_at IS NULL \
             AND NOT EXISTS (SELECT 1 FROM deny_entry d WHERE d.case_id = notice.case_id AND d.staff_id = $2 AND d.lifted_at IS NULL) \
             AND NOT EXISTS (SELECT 1 FROM case_circle c JOIN staff_person p ON p.person_id = c.person_id \
             WHERE c.case_id = notice.case_id AND p.staff_id = $3) ORDER BY at, id",
            params![me, me, me],
        )
        .await?;
    rows.into_iter()
        .map(|(id, kind, case, subject, at)| {
            Ok(Notice {
                id,
                kind: NoticeKind::from_code(&kind).ok_or(Error::Damaged("notice.kind"))?,
                case: case.map(CaseId::from),
                subject,
                at: from_micros(at),
            })
        })
        .collect()
}

/// The notices about a case, whoever they are for: for leaving them out of the chain's page.
pub async fn about(conn: &mut Conn, case: CaseId) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> = conn
        .all(
            "SELECT id FROM notice WHERE case_id = $1 ORDER BY id",
            params![case.get()],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Seen: one's own notice only.
pub async fn seen(tx: &mut Conn, session: &Session, id: i64) -> Result<()> {
    let done = tx
        .exec(
            "UPDATE notice SET seen_at = $1 WHERE id = $2 AND staff_id = $3 AND seen_at IS NULL",
            params![session.now_micros(), id, session.staff().get()],
        )
        .await?;
    if done == 0 {
        Err(Error::NotFound)
    } else {
        Ok(())
    }
}
