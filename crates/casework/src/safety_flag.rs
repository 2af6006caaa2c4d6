//! Safety flags: who judged what, when, on what ground, who is to see it, and when it is looked at again. Judged by people
//! and never computed; looked at again, lowered or closed with a reason, never deleted.

mod first_action;

pub use first_action::{FirstAction, first_action};

use crate::codes::codes;
use crate::{Casework, Error, Result, case, peer};
use basics::time::from_micros;
use basics::{CaseId, StaffId, new_id};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{self, Action, CaseGrant, CaseScope, Reach};
use office::custody::acquaintance;
use office::custody::notice::{self, NoticeKind};
use office::session::Session;
use serde::{Deserialize, Serialize};
use store::{Conn, params, transact};
use vault::{Json, Place, Sealed};

basics::id! {
    /// One flag with its events.
    FlagId
}

codes! {
    /// What for (field/domain.md §2.5).
    FlagKind {
        /// 自傷・自殺
        SelfHarm = "self_harm", "自傷・自殺";
        /// 家庭内の暴力
        Violence = "violence", "家庭内の暴力";
        /// 虐待
        Abuse = "abuse", "虐待";
        /// 健康
        Health = "health", "健康";
        /// 生活の破綻
        Living = "living", "生活の行きづまり";
        /// 8050
        Elder = "elder", "高齢の親との暮らし（8050）";
        /// 消費者被害
        Consumer = "consumer", "契約・お金の被害";
        /// 職員の安全
        Staff = "staff", "職員の安全";
    }
}

codes! {
    /// How soon somebody has to act. A colleague's judgement.
    Level {
        /// いますぐ
        Now = "now", "いますぐ";
        /// 急ぐ
        Soon = "soon", "急ぐ";
        /// 気にかける
        Care = "care", "気にかける";
    }
}

codes! {
    /// Who sees it.
    Audience {
        /// 担当: those who work on the case, and the one who leads the office.
        Workers = "workers", "担当";
        /// 窓口の職員全員: also whoever opens the case in an emergency.
        Office = "office", "窓口の職員全員（緊急の閲覧でも）";
        /// センター長: the one who leads, and whoever judged.
        Lead = "lead", "センター長だけ";
        /// ピアの安全の一行: those who work on it; a peer's card carries one line and nothing else.
        Peer = "peer", "担当と、ピアのカードの一行";
    }
}

codes! {
    /// What happened to a flag.
    FlagDeed {
        /// 立てた
        Raise = "raise", "立てた";
        /// 見直した
        Review = "review", "見直した";
        /// 下げた
        Lower = "lower", "下げた";
        /// 終えた
        Close = "close", "終えた";
    }
}

/// A new flag, or what somebody says of one that stands.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// How soon.
    pub level: Level,
    /// Who sees it.
    pub audience: Audience,
    /// When it is looked at again; required while it stands.
    pub review_on: Option<Date>,
    /// On what ground: what was seen or heard, by whom. Required.
    pub ground: String,
    /// The one line for a peer's card; required for that audience.
    pub peer_line: String,
    /// For a new flag the identifier its form carried, for a standing one how many events its writer saw: so that a
    /// double click is one judgement, and nobody judges over what they did not see.
    pub once: Option<i64>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Ground {
    ground: String,
    peer_line: String,
}

/// One event of a flag.
#[derive(Debug, Clone)]
pub struct FlagEvent {
    /// What.
    pub deed: FlagDeed,
    /// How soon, as judged then.
    pub level: Level,
    /// Who saw it then.
    pub audience: Audience,
    /// Until when it was to be looked at again.
    pub review_on: Option<Date>,
    /// On what ground.
    pub ground: String,
    /// The one line for a peer.
    pub peer_line: String,
    /// Who judged.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
}

/// A flag as its page shows it.
#[derive(Debug, Clone)]
pub struct FlagLine {
    /// Which.
    pub id: FlagId,
    /// What for.
    pub kind: FlagKind,
    /// Everything that happened to it, in order; never empty.
    pub events: Vec<FlagEvent>,
    /// What holds now.
    pub now: FlagEvent,
    /// Whether the day of the next look has come. For staff only.
    pub review_due: bool,
}

impl FlagLine {
    /// Whether this many events are all there are: what a form carries to notice a colleague who was faster.
    fn has_events(&self, seen: i64) -> bool {
        usize::try_from(seen).is_ok_and(|seen| seen == self.events.len())
    }

    /// Whether it still stands.
    pub fn stands(&self) -> bool {
        self.now.deed != FlagDeed::Close
    }
}

store::row! {
    struct Row {
        pub id: i64,
        pub flag_id: i64,
        pub deed: String,
        pub level: String,
        pub audience: String,
        pub review_on: Option<String>,
        pub ground: Vec<u8>,
        pub judged_by: i64,
        pub judged_at: i64,
    }
}

fn place(event: i64) -> Place {
    Place {
        table: "safety_flag_event",
        row: event,
        column: "ground",
    }
}

fn read(row: Row, grant: &CaseGrant) -> Result<FlagEvent> {
    let sealed = Sealed::<Json<Ground>>::from_bytes(row.ground);
    let Json(ground) = grant.open(&sealed, &place(row.id))?;
    Ok(FlagEvent {
        deed: FlagDeed::from_code(&row.deed).ok_or(Error::Damaged("safety_flag_event.deed"))?,
        level: Level::from_code(&row.level).ok_or(Error::Damaged("safety_flag_event.level"))?,
        audience: Audience::from_code(&row.audience)
            .ok_or(Error::Damaged("safety_flag_event.audience"))?,
        review_on: (row.review_on.as_deref().map(str::parse).transpose())
            .map_err(|_| Error::Damaged("safety_flag_event.review_on"))?,
        ground: ground.ground,
        peer_line: ground.peer_line,
        by: row.judged_by.into(),
        at: from_micros(row.judged_at),
    })
}

/// Whether this asker is meant.
fn is_for(grant: &CaseGrant, event: &FlagEvent) -> bool {
    let mine = grant.actor() == office::audit::Actor::Staff(event.by);
    match (event.audience, grant.reach()) {
        (Audience::Lead, _) => grant.leads() || mine,
        (Audience::Workers | Audience::Peer, Reach::BrokenGlass(_)) => mine,
        (Audience::Office | Audience::Workers | Audience::Peer, _) => true,
    }
}

/// Every flag of an opened case that is meant for this asker, the most pressing first, closed ones last.
pub(crate) async fn all(conn: &mut Conn, grant: &CaseGrant, today: Date) -> Result<Vec<FlagLine>> {
    let kinds: Vec<(i64, String)> = conn
        .all(
            "SELECT id, kind FROM safety_flag WHERE case_id = $1 ORDER BY raised_at DESC, id DESC",
            params![grant.case().get()],
        )
        .await?;
    let rows: Vec<Row> = conn
        .all(
            "SELECT e.id, e.flag_id, e.deed, e.level, e.audience, e.review_on, e.ground, e.judged_by, e.judged_at \
             FROM safety_flag_event e JOIN safety_flag f ON f.id = e.flag_id WHERE f.case_id = $1 ORDER BY e.flag_id, e.seq",
            params![grant.case().get()],
        )
        .await?;
    let mut events = std::collections::HashMap::<i64, Vec<FlagEvent>>::new();
    for row in rows {
        let flag = row.flag_id;
        events.entry(flag).or_default().push(read(row, grant)?);
    }
    let mut lines = Vec::new();
    for (id, kind) in kinds {
        let mine = events.remove(&id).unwrap_or_default();
        let Some(now) = mine.last().cloned() else {
            continue;
        };
        if is_for(grant, &now) {
            lines.push(FlagLine {
                id: id.into(),
                kind: FlagKind::from_code(&kind).ok_or(Error::Damaged("safety_flag.kind"))?,
                review_due: now.review_on.is_some_and(|day| day <= today),
                now,
                events: mine,
            });
        }
    }
    lines.sort_by_key(|line| (!line.stands(), line.now.level));
    Ok(lines)
}

/// The flags that stand, for the head of every page of the case.
pub(crate) async fn standing(
    conn: &mut Conn,
    grant: &CaseGrant,
    today: Date,
) -> Result<Vec<FlagLine>> {
    let mut lines = all(conn, grant, today).await?;
    lines.retain(FlagLine::stands);
    Ok(lines)
}

/// The lines for a peer's card: what a colleague wrote for a peer, and nothing else of the flag.
pub(crate) async fn peer_lines(
    conn: &mut Conn,
    grant: &CaseGrant,
    today: Date,
) -> Result<Vec<String>> {
    let standing = standing(conn, grant, today).await?;
    let for_peer = standing
        .into_iter()
        .filter(|line| line.now.audience == Audience::Peer);
    Ok(for_peer.map(|line| line.now.peer_line).collect())
}

/// A flag that waits to be looked at again, in codes and days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagDue {
    /// Of which case.
    pub case: CaseId,
    /// Which.
    pub flag: FlagId,
    /// What for.
    pub kind: FlagKind,
    /// How soon, as judged.
    pub level: Level,
    /// The day.
    pub on: Date,
}

/// The flags in scope whose day of the next look is `until` or before, the earliest first. For staff's きょう.
pub(crate) async fn due_reviews(
    conn: &mut Conn,
    scope: &CaseScope,
    until: Date,
) -> Result<Vec<FlagDue>> {
    let sql = format!(
        "SELECT f.case_id, f.id, f.kind, e.level, e.review_on, e.audience, e.judged_by FROM safety_flag f \
         JOIN safety_flag_event e ON e.flag_id = f.id \
         WHERE e.seq = (SELECT MAX(l.seq) FROM safety_flag_event l WHERE l.flag_id = f.id) \
         AND e.deed <> 'close' AND e.review_on <= $1 AND {} ORDER BY e.review_on, f.id",
        scope.sql("f.case_id")
    );
    let rows: Vec<(i64, i64, String, String, String, String, i64)> =
        conn.all(&sql, params![until.to_string()]).await?;
    let meant = |audience: &str, by: i64| {
        audience != Audience::Lead.code()
            || scope.leads()
            || scope.actor() == office::audit::Actor::Staff(by.into())
    };
    rows.into_iter()
        .filter(|row| meant(&row.5, row.6))
        .map(|(case, flag, kind, level, on, _, _)| {
            Ok(FlagDue {
                case: case.into(),
                flag: flag.into(),
                kind: FlagKind::from_code(&kind).ok_or(Error::Damaged("safety_flag.kind"))?,
                level: Level::from_code(&level).ok_or(Error::Damaged("safety_flag_event.level"))?,
                on: on
                    .parse()
                    .map_err(|_| Error::Damaged("safety_flag_event.review_on"))?,
            })
        })
        .collect()
}

/// Tells whoever is meant by a flag that it stands: those who work on the case and those who lead, or those who lead
/// alone. Which flag, and why, they read on its page.
async fn tell(
    tx: &mut Conn,
    session: &Session,
    grant: &CaseGrant,
    flag: FlagId,
    audience: Audience,
) -> Result<()> {
    let (clock, kind, me) = (session.clock(), NoticeKind::FlagRaised, session.staff());
    let (office, case) = (grant.office(), grant.case());
    if audience != Audience::Lead {
        let whose = (office, case);
        notice::tell_workers_and_supervisors(tx, clock, whose, kind, flag.get(), me).await?;
        return Ok(());
    }
    for lead in acquaintance::approvers(tx, office, case).await? {
        if lead.id != me {
            let (about, subject) = (Some(case), Some(flag.get()));
            notice::tell(tx, clock, office, lead.id, kind, about, subject).await?;
        }
    }
    Ok(())
}

impl Casework {
    /// Raises a flag.
    pub async fn raise_flag(
        &self,
        session: &Session,
        id: CaseId,
        kind: FlagKind,
        judgement: &Judgement,
    ) -> Result<FlagId> {
        checked(judgement, self.clock().today(), true)?;
        transact!(self.db(), "safety_flag.raise", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ChangeCase).await?;
            let flag = FlagId::from(judgement.once.unwrap_or_else(|| new_id(self.clock())));
            let added = tx.exec(
                "INSERT INTO safety_flag (id, case_id, kind, raised_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (id) DO NOTHING",
                params![flag.get(), id.get(), kind.code(), self.clock().now_micros()],
            )
            .await?;
            if added == 0 {
                return Err(Error::Again);
            }
            self.append(tx, session, &grant, (flag, 1), FlagDeed::Raise, judgement)
                .await?;
            tell(tx, session, &grant, flag, judgement.audience).await?;
            let entry = grant.entry("safety_flag.raise");
            let detail = format!("flag={flag},kind={}", kind.code());
            office::audit::record(tx, &entry.because(detail)).await?;
            Ok(flag)
        })
    }

    /// Looks at a flag again, lowers it or closes it. Each needs its ground; a closed one is raised anew, not reopened.
    pub async fn judge_flag(
        &self,
        session: &Session,
        id: CaseId,
        flag: FlagId,
        deed: FlagDeed,
        judgement: &Judgement,
    ) -> Result<()> {
        if deed == FlagDeed::Raise {
            return Err(Error::Illegal("この旗は、もう立っています。"));
        }
        checked(judgement, self.clock().today(), deed != FlagDeed::Close)?;
        transact!(self.db(), "safety_flag.judge", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ChangeCase).await?;
            let lines = all(tx, &grant, self.clock().today()).await?;
            let line = lines.into_iter().find(|line| line.id == flag);
            let line = line.ok_or(Error::NotFound)?;
            let mine = line.now.by == session.staff() && line.now.deed == deed;
            if judgement.once.is_some_and(|seen| !line.has_events(seen)) {
                return Err(if mine { Error::Again } else { Error::Meanwhile });
            }
            if !line.stands() {
                return Err(Error::Illegal(
                    "この旗は終えています。もう一度必要なときは、新しく立ててください。",
                ));
            }
            if deed == FlagDeed::Lower && judgement.level <= line.now.level {
                let sentence = "「下げる」ときは、いまより軽い段階を選んでください。";
                return Err(Error::invalid("level", sentence));
            }
            let next = i64::try_from(line.events.len()).unwrap_or(i64::MAX) + 1;
            self.append(tx, session, &grant, (flag, next), deed, judgement)
                .await?;
            // The levels are in order, the most pressing first.
            if deed != FlagDeed::Close && judgement.level < line.now.level {
                tell(tx, session, &grant, flag, judgement.audience).await?;
            }
            let entry = grant.entry("safety_flag.judge");
            let detail = format!("flag={flag},deed={}", deed.code());
            office::audit::record(tx, &entry.because(detail)).await?;
            Ok(())
        })
    }

    /// The asker's flags that wait to be looked at again, the earliest first.
    pub async fn flags_due(&self, session: &Session) -> Result<Vec<FlagDue>> {
        transact!(self.db(), "safety_flag.due", |tx| {
            let scope = access::case_scope(tx, session, Action::SeeCases).await?;
            due_reviews(tx, &scope, self.clock().today()).await
        })
    }

    /// The one line a colleague wrote for a peer's card, for each flag that says so.
    pub async fn peer_safety_lines(&self, session: &Session, id: CaseId) -> Result<Vec<String>> {
        transact!(self.db(), "safety_flag.read", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            peer_lines(tx, &grant, self.clock().today()).await
        })
    }

    /// The flags of a case that are meant for the asker, closed ones last.
    pub async fn flags(&self, session: &Session, id: CaseId) -> Result<Vec<FlagLine>> {
        transact!(self.db(), "safety_flag.read", |tx| {
            let (_, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            all(tx, &grant, self.clock().today()).await
        })
    }

    async fn append(
        &self,
        tx: &mut Conn,
        session: &Session,
        grant: &CaseGrant,
        (flag, seq): (FlagId, i64),
        deed: FlagDeed,
        judgement: &Judgement,
    ) -> Result<()> {
        let event = new_id(self.clock());
        let ground = Json(Ground {
            ground: judgement.ground.trim().to_owned(),
            peer_line: judgement.peer_line.trim().to_owned(),
        });
        let review_on = match deed {
            FlagDeed::Close => None,
            _ => judgement.review_on.map(|day| day.to_string()),
        };
        let added = tx
            .exec(
                "INSERT INTO safety_flag_event (id, flag_id, seq, deed, level, audience, review_on, ground, judged_by, judged_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (flag_id, seq) DO NOTHING",
                params![
                    event,
                    flag.get(),
                    seq,
                    deed.code(),
                    judgement.level.code(),
                    judgement.audience.code(),
                    review_on,
                    grant.seal(&place(event), &ground).as_bytes(),
                    session.staff().get(),
                    self.clock().now_micros()
                ],
            )
            .await?;
        if added == 0 {
            return Err(Error::Meanwhile);
        }
        if judgement.audience == Audience::Peer {
            let field = ("peer_line", ground.0.peer_line.as_str());
            peer::nothing_of_the_face_sheet(tx, grant, &[field]).await?;
        }
        // Cards that are out say what holds now: a new line is on them, and one that does not hold any more is not.
        let lines = peer_lines(tx, grant, self.clock().today()).await?;
        peer::carry_safety_lines(tx, session, grant, &lines).await
    }
}

fn checked(judgement: &Judgement, today: Date, stands: bool) -> Result<()> {
    if judgement.ground.trim().is_empty() {
        let sentence = "何を見て、だれから聞いて、そう考えたかを書いてください。";
        return Err(Error::invalid("ground", sentence));
    }
    if stands && judgement.review_on.is_none_or(|day| day < today) {
        let sentence = "つぎに見直す日を、きょうより後で決めてください。";
        return Err(Error::invalid("review_on", sentence));
    }
    if stands && judgement.audience == Audience::Peer && judgement.peer_line.trim().is_empty() {
        let sentence =
            "ピアのカードに載せる一行を書いてください（名前や事情は書かないでください）。";
        return Err(Error::invalid("peer_line", sentence));
    }
    Ok(())
}
