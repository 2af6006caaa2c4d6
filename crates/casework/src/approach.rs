//! The guard before anything reaches somebody: whether the person knows, the agreed first approach, refusal, bans.
//!
//! Whatever leaves the office towards a person of a case asks [`may_reach`] first, in its own transaction: letters,
//! planned calls, messages, visits, prints, referrals. What already happened is written down without asking.
//!
//! In this order: (inv. 8) of a consultation the person does not know of, nothing is addressed to them until it is
//! decided what will be said about how we know ([`NewApproach`]); a ban among the ways to reach somebody (inv. 9) and a
//! standing 「今は望まない」 ([`crate::refusal`]) stop everything but danger to life or health ([`crate::despite`]).

use crate::case::{self, Case, Knows};
use crate::codes::codes;
use crate::compartment;
use crate::contact_rule::{self, Channel, InTheWay, Within};
use crate::despite::{self, Basis, Despite};
use crate::engagement;
use crate::household;
use crate::refusal;
use crate::staff_room;
use crate::{Casework, Error, Result};
use basics::time::from_micros;
use basics::{CaseId, PersonId, StaffId, new_id};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{Action, CaseGrant};
use office::custody::notice::{self, NoticeKind};
use office::session::Session;
use store::{Conn, params};
use vault::Place;

codes! {
    /// A way in which something reaches a person.
    Way {
        /// A letter, in the mailbox or on paper.
        Letter = "letter", "手紙";
        /// A call.
        Call = "call", "電話";
        /// A short message, an e-mail.
        Message = "message", "メッセージ";
        /// A visit.
        Visit = "visit", "訪問";
        /// A paper in their hands: a card of appointments, a plan.
        Print = "print", "印刷";
        /// A referral to another place.
        Referral = "referral", "紹介";
    }
}

/// Somebody is about to be reached.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// Who.
    pub person: PersonId,
    /// By which way.
    pub way: Way,
    /// The moment of it, where it is not now: a call that is written down later, a visit that is planned.
    pub at: Option<Timestamp>,
    /// When, where agreed hours can say something about it.
    pub within: Option<Within>,
    /// Past what stands in the way, and why.
    pub despite: Option<&'a Despite>,
}

impl Asked<'_> {
    /// At no particular time, and past nothing.
    pub fn plainly(person: PersonId, way: Way) -> Self {
        Self {
            person,
            way,
            at: None,
            within: None,
            despite: None,
        }
    }
}

/// Whether this person may be reached in this way now; [`Error::Guarded`] and [`Error::Passable`] say why not and what to
/// do first. The row of a guard that was passed, if one was.
pub(crate) async fn may_reach(
    tx: &mut Conn,
    grant: &CaseGrant,
    case: &Case,
    asked: &Asked<'_>,
) -> Result<Option<i64>> {
    let (person, way) = (asked.person, asked.way);
    staff_room::must_belong(tx, case.id, person).await?;
    if office::custody::sheet_unread(tx, grant, grant.clock()).await? {
        return Err(Error::Guarded(
            "引き継ぎの紙を読んでから、連絡してください。「担当」のページにあります。".to_owned(),
        ));
    }
    let at = asked.at.unwrap_or_else(|| grant.clock().now());
    let passed = household::passed(tx, &format!("case_id = {}", case.id)).await?;
    if passed
        .get(&person)
        .is_some_and(|passing| passing.is_before(at))
    {
        return Err(Error::Guarded(format!(
            "亡くなったと記録されている方です。この方あての{}は、進められません。",
            way.label()
        )));
    }
    if person == case.principal && case.subject_knows != Knows::Knows {
        known_how_we_know(tx, case, way).await?;
    }
    let Some((sentence, basis)) = stopped_by(tx, grant, case, asked).await? else {
        return Ok(None);
    };
    match asked.despite {
        // Danger to life or health goes past agreed hours too; a reason for the hour goes past no ban.
        Some(despite) if despite.basis == basis || despite.basis == Basis::Vital => Ok(Some(
            despite::record(tx, grant, person, way, despite).await?,
        )),
        _ => Err(Error::Passable { sentence, basis }),
    }
}

/// Invariant 8: without an approach in force, nothing is addressed to somebody who may not know.
async fn known_how_we_know(conn: &mut Conn, case: &Case, way: Way) -> Result<()> {
    let standing = standing(conn, case.id).await?;
    let what = way.label();
    let first = match (standing, case.subject_knows) {
        (Standing::InForce, _) => return Ok(()),
        (Standing::Waits, _) => {
            return Err(Error::Guarded(format!(
                "初回アプローチは、センター長の確認を待っています。確認がすむまで、本人あての{what}は進められません。"
            )));
        }
        (Standing::None, Knows::DoesNot) => "本人は、この相談を知りません。",
        (Standing::None, _) => {
            "本人がこの相談を知っているか、わかっていません。知らないものとして扱います。"
        }
    };
    Err(Error::Guarded(format!(
        "{first}本人あての{what}は、まだ進められません。なぜ知っているかをどう話すかを家族と決めて、\
         「関わり」のページに初回アプローチとして残し、センター長の確認を受けてください。"
    )))
}

/// A ban, a refusal, an agreed quiet time or agreed hours in the way, in words, and on what ground it may be passed.
async fn stopped_by(
    conn: &mut Conn,
    grant: &CaseGrant,
    case: &Case,
    asked: &Asked<'_>,
) -> Result<Option<(String, Basis)>> {
    let (person, what) = (asked.person, asked.way.label());
    let channels = channels_of(asked.way);
    let rule = contact_rule::in_the_way(conn, grant, person, channels, asked.within).await?;
    if rule == Some(InTheWay::Ban) {
        let sentence = format!(
            "この方には連絡しないと決めています（「人とつながり」の連絡のきまり）。{what}の前に、きまりを本人と確かめ直してください。"
        );
        return Ok(Some((sentence, Basis::Vital)));
    }
    if let Some(on) = refusal::standing(conn, case.id, person).await? {
        let sentence = format!(
            "{on} に「今は望まない」と聞いています。こちらからの{what}は、控えてください。\
             新しい言葉を聞いたときに、「関わり」のページで解けます。"
        );
        return Ok(Some((sentence, Basis::Vital)));
    }
    let at = asked.at.unwrap_or_else(|| grant.clock().now());
    if let Some(until) = engagement::quiet_at(conn, case.id, at).await? {
        let sentence = format!(
            "{} まで、そっとしておくと決めています（「関わり」のページ）。こちらからの{what}は、そのあとにしてください。",
            basics::japanese::date_with_year(until)
        );
        return Ok(Some((sentence, Basis::Vital)));
    }
    Ok(match rule {
        Some(InTheWay::Hours { from, until }) => Some((
            format!(
                "{what}は、{from}から{until}までと決めています（「人とつながり」の連絡のきまり）。"
            ),
            Basis::Hours,
        )),
        _ => None,
    })
}

fn channels_of(way: Way) -> &'static [Channel] {
    match way {
        Way::Letter => &[Channel::Letter],
        Way::Call => &[Channel::HomePhone, Channel::Mobile],
        Way::Message => &[Channel::Mail, Channel::Sns],
        Way::Visit => &[Channel::Visit],
        Way::Print | Way::Referral => &[],
    }
}

/// Who holds the grant, as a number.
pub(crate) fn by(grant: &CaseGrant) -> i64 {
    match grant.actor() {
        office::Actor::Staff(id) => id.get(),
        _ => 0,
    }
}

codes! {
    /// On what ground somebody who may not know is approached.
    Ground {
        /// It was agreed with somebody of the family what will be said. In force once a supervisor approved it.
        Agreed = "agreed", "家族と、伝え方を決めた";
        /// The person turned to us themself; of the family's consultation nothing is said. In force at once.
        Came = "came", "本人のほうから連絡があった";
    }
}

/// A first approach to be decided.
#[derive(Debug, Clone)]
pub struct NewApproach {
    /// On what ground.
    pub ground: Ground,
    /// With whom it was agreed; the person themself, when they came.
    pub agreed_with: PersonId,
    /// On which day.
    pub agreed_on: Date,
    /// What will be said about how we know.
    pub words: String,
}

/// A first approach as its page shows it.
#[derive(Debug, Clone)]
pub struct Approach {
    /// Its identifier.
    pub id: i64,
    /// On what ground.
    pub ground: Ground,
    /// With whom it was agreed.
    pub agreed_with: PersonId,
    /// On which day.
    pub agreed_on: Date,
    /// What will be said; empty for whoever does not reach the staff's compartment.
    pub words: String,
    /// Who wrote it down.
    pub made_by: StaffId,
    /// When.
    pub made_at: Timestamp,
    /// Who approved it.
    pub approved_by: Option<StaffId>,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
}

impl Approach {
    /// Whether the person may be approached on this ground now.
    pub fn in_force(&self) -> bool {
        self.withdrawn_at.is_none() && (self.approved_by.is_some() || self.ground == Ground::Came)
    }

    /// Whether it waits for a supervisor.
    pub fn waits(&self) -> bool {
        self.withdrawn_at.is_none() && !self.in_force()
    }
}

/// Whether somebody who may not know may be approached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is decided.
    None,
    /// Decided, but a supervisor has not looked at it yet.
    Waits,
    /// Decided.
    InForce,
}

async fn standing(conn: &mut Conn, case: CaseId) -> Result<Standing> {
    let (in_force, waits): (i64, i64) = conn
        .one(
            "SELECT CAST(COALESCE(SUM(CASE WHEN approved_by IS NOT NULL OR ground = 'came' THEN 1 ELSE 0 END), 0) AS BIGINT), \
             CAST(COALESCE(SUM(CASE WHEN approved_by IS NULL AND ground <> 'came' THEN 1 ELSE 0 END), 0) AS BIGINT) \
             FROM approach WHERE case_id = $1 AND withdrawn_at IS NULL",
            params![case.get()],
        )
        .await?;
    Ok(match (in_force, waits) {
        (0, 0) => Standing::None,
        (0, _) => Standing::Waits,
        _ => Standing::InForce,
    })
}

store::row! {
    struct ApproachRow {
        pub id: i64,
        pub ground: String,
        pub agreed_with: i64,
        pub agreed_on: String,
        pub compartment_id: i64,
        pub words: Vec<u8>,
        pub made_by: i64,
        pub made_at: i64,
        pub approved_by: Option<i64>,
        pub withdrawn_at: Option<i64>,
    }
}

fn place(id: i64) -> Place {
    Place {
        table: "approach",
        row: id,
        column: "words",
    }
}

/// The approaches of an opened case, newest first.
pub(crate) async fn of_case(
    tx: &mut Conn,
    case: CaseId,
    room: Option<&office::CompartmentGrant>,
) -> Result<Vec<Approach>> {
    let sql = format!(
        "SELECT {} FROM approach WHERE case_id = $1 ORDER BY made_at DESC, id DESC",
        ApproachRow::COLS
    );
    let rows: Vec<ApproachRow> = tx.all(&sql, params![case.get()]).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Approach {
                id: row.id,
                ground: Ground::from_code(&row.ground).ok_or(Error::Damaged("approach.ground"))?,
                agreed_with: row.agreed_with.into(),
                agreed_on: row
                    .agreed_on
                    .parse()
                    .map_err(|_| Error::Damaged("approach.agreed_on"))?,
                words: staff_room::words(
                    room,
                    row.compartment_id,
                    &place(row.id),
                    Some(row.words),
                )?,
                made_by: row.made_by.into(),
                made_at: from_micros(row.made_at),
                approved_by: row.approved_by.map(StaffId::from),
                withdrawn_at: row.withdrawn_at.map(from_micros),
            })
        })
        .collect()
}

impl Casework {
    /// Whether a person of the case may be reached in this way now: for showing or hiding a tool. Doing it asks again.
    pub async fn may_reach(
        &self,
        session: &Session,
        case: CaseId,
        person: PersonId,
        way: Way,
    ) -> Result<()> {
        store::transact!(self.db(), "approach.ask", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            may_reach(tx, &grant, &case, &Asked::plainly(person, way)).await?;
            Ok(())
        })
    }

    /// Writes down a first approach. Agreed with the family it waits for a supervisor, who is told.
    pub async fn propose_approach(
        &self,
        session: &Session,
        case: CaseId,
        new: &NewApproach,
    ) -> Result<i64> {
        let words = staff_room::required(
            "words",
            &new.words,
            "本人に、なぜ知っているかをどう話すかを書いてください。",
        )?;
        if new.agreed_on > self.clock().today() {
            return Err(Error::invalid(
                "agreed_on",
                "決めた日を、きょうまでの日付で書いてください。",
            ));
        }
        store::transact!(self.db(), "approach.propose", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            fits(tx, &case, new).await?;
            let room = staff_room::write(tx, session, &grant).await?;
            let id = new_id(self.clock());
            tx.exec(
                "INSERT INTO approach (id, case_id, ground, agreed_with, agreed_on, compartment_id, words, made_by, made_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                params![
                    id,
                    case.id.get(),
                    new.ground.code(),
                    new.agreed_with.get(),
                    new.agreed_on.to_string(),
                    room.compartment().get(),
                    room.seal(&place(id), &words).as_bytes(),
                    session.staff().get(),
                    self.clock().now_micros()
                ],
            )
            .await?;
            let kind = match new.ground {
                Ground::Agreed => NoticeKind::ApproachProposed,
                Ground::Came => NoticeKind::ApproachCame,
            };
            notice::tell_supervisors(tx, self.clock(), case.office, kind, case.id, id).await?;
            let entry = grant.entry("approach.proposed").because(new.ground.code());
            office::audit::record(tx, &entry).await?;
            Ok(id)
        })
    }

    /// A supervisor approves it; from then on the person may be approached.
    pub async fn approve_approach(&self, session: &Session, case: CaseId, id: i64) -> Result<()> {
        const APPROVE: &str = "UPDATE approach SET approved_by = $1, approved_at = $2 \
             WHERE id = $3 AND case_id = $4 AND approved_by IS NULL AND withdrawn_at IS NULL";
        self.decide(
            session,
            (case, id),
            Action::ApproveCase,
            "approach.approved",
            APPROVE,
        )
        .await
    }

    /// Takes it back: from now on the guard stands again.
    pub async fn withdraw_approach(&self, session: &Session, case: CaseId, id: i64) -> Result<()> {
        const WITHDRAW: &str = "UPDATE approach SET withdrawn_by = $1, withdrawn_at = $2 \
             WHERE id = $3 AND case_id = $4 AND withdrawn_at IS NULL";
        self.decide(
            session,
            (case, id),
            Action::ChangeCase,
            "approach.withdrawn",
            WITHDRAW,
        )
        .await
    }

    async fn decide(
        &self,
        session: &Session,
        (case, id): (CaseId, i64),
        action: Action,
        deed: &'static str,
        sql: &str,
    ) -> Result<()> {
        store::transact!(self.db(), "approach.decide", |tx| {
            let (_, grant) = case::open(tx, session, case, action).await?;
            let now = self.clock().now_micros();
            let values = params![session.staff().get(), now, id, case.get()];
            if tx.exec(sql, values).await? == 0 {
                return Err(Error::Illegal(
                    "この初回アプローチは、もう変えられない状態です。",
                ));
            }
            office::audit::record(tx, &grant.entry(deed)).await?;
            Ok(())
        })
    }
}

/// Agreed with somebody of the family, or, when the person came themself, with them and in their own compartment.
async fn fits(tx: &mut Conn, case: &Case, new: &NewApproach) -> Result<()> {
    staff_room::must_belong(tx, case.id, new.agreed_with).await?;
    let themself = new.agreed_with == case.principal;
    match new.ground {
        Ground::Agreed if themself => Err(Error::invalid(
            "agreed_with",
            "家族のどなたと決めたかを選んでください。",
        )),
        Ground::Came => {
            let heard = compartment::of_case(tx, case.id).await?;
            let spoke = heard.iter().any(|one| one.person == Some(case.principal));
            match (themself, spoke) {
                (true, true) => Ok(()),
                (false, _) => Err(Error::invalid("agreed_with", "本人を選んでください。")),
                (true, false) => Err(Error::Guarded(
                    "本人の区画が、まだありません。本人からの連絡を先に記録してください。"
                        .to_owned(),
                )),
            }
        }
        Ground::Agreed => Ok(()),
    }
}
