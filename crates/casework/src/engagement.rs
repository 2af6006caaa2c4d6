//! Engagement (支援期間): planned, waitlist, active, onhold 静観, finished; a return is a new one on the same case.
//!
//! The codes are those of FHIR's EpisodeOfCare (field/casework.md §C6). Time alone changes nothing (inv. 13): every change
//! has an actor, a person on whose behalf, a ground. Closing ends no return code (inv. 14): the mailbox is not asked.

mod quiet;

pub(crate) use quiet::{quiet_at, to_review};

use crate::case;
use crate::closing::{self, Closing};
use crate::codes::codes;
use crate::staff_room;
use crate::{Casework, Error, Result};
use basics::time::from_micros;
use basics::{CaseId, Clock, PersonId, StaffId, new_id};
use jiff::Timestamp;
use jiff::civil::Date;
use office::CompartmentGrant;
use office::access::{Action, CaseGrant};
use office::session::Session;
use store::{Conn, params, transact};
use vault::Place;

codes! {
    /// Where an engagement stands.
    State {
        /// 受付前: somebody spoke; whether and how to go on is not said yet.
        Planned = "planned", "受付前";
        /// 待機
        Waitlist = "waitlist", "待機";
        /// 支援中
        Active = "active", "支援中";
        /// 静観(見守り): a healthy state.
        OnHold = "onhold", "静観（見守り）";
        /// 一区切り
        Finished = "finished", "一区切り";
        /// とりやめ: before it began.
        Cancelled = "cancelled", "とりやめ";
        /// 誤入力: kept, and left out of every count.
        EnteredInError = "entered-in-error", "誤って入れた";
    }
}

/// The steps there are. Whatever is not here is refused (inv. 12); [`State::Finished`] is reached by a proposal and a
/// supervisor's approval only ([`crate::closing`]).
pub const STEPS: &[(State, State)] = &[
    (State::Planned, State::Waitlist),
    (State::Planned, State::Active),
    (State::Planned, State::Cancelled),
    (State::Planned, State::EnteredInError),
    (State::Waitlist, State::Active),
    (State::Waitlist, State::Cancelled),
    (State::Waitlist, State::EnteredInError),
    (State::Active, State::Waitlist),
    (State::Active, State::OnHold),
    (State::Active, State::Finished),
    (State::Active, State::EnteredInError),
    (State::OnHold, State::Active),
    (State::OnHold, State::Finished),
    (State::OnHold, State::EnteredInError),
];

/// How an engagement may begin.
pub const BEGINNINGS: [State; 3] = [State::Planned, State::Waitlist, State::Active];

impl State {
    /// Whether there is this step.
    pub fn leads_to(self, to: Self) -> bool {
        STEPS.contains(&(self, to))
    }

    /// The states one may choose next on the page; closing has a form of its own.
    pub fn next(self) -> Vec<Self> {
        let from_here = STEPS.iter().filter(|(from, _)| *from == self);
        from_here
            .map(|(_, to)| *to)
            .filter(|to| *to != Self::Finished)
            .collect()
    }

    /// Whether nothing follows: the way back is a new engagement.
    pub fn is_over(self) -> bool {
        !STEPS.iter().any(|(from, _)| *from == self)
    }
}

codes! {
    /// How often one meets or hears of each other, as agreed.
    Rhythm {
        /// Not talked about yet.
        Undecided = "undecided", "まだ決めていない";
        /// 週に1回くらい
        Weekly = "weekly", "週に1回くらい";
        /// 2週に1回くらい
        Fortnightly = "fortnightly", "2週に1回くらい";
        /// 月に1回くらい
        Monthly = "monthly", "月に1回くらい";
        /// 数か月に1回
        FewMonths = "few_months", "数か月に1回";
        /// その都度
        AsItComes = "as_it_comes", "その都度";
    }
}

/// An engagement, in codes and days.
#[derive(Debug, Clone)]
pub struct Engagement {
    /// Its identifier.
    pub id: i64,
    /// Of which case.
    pub case: CaseId,
    /// Where it stands.
    pub state: State,
    /// Its first day.
    pub began_on: Date,
    /// Its last day.
    pub ended_on: Option<Date>,
    /// How often one meets.
    pub rhythm: Rhythm,
    /// Until when nothing is asked of anybody.
    pub quiet_until: Option<Date>,
    /// 静観: when staff look at it again, among themselves.
    pub review_on: Option<Date>,
}

store::row! {
    struct EngagementRow {
        pub id: i64,
        pub case_id: i64,
        pub state: String,
        pub began_on: String,
        pub ended_on: Option<String>,
        pub pace: String,
        pub quiet_until: Option<String>,
        pub review_on: Option<String>,
    }
}

impl TryFrom<EngagementRow> for Engagement {
    type Error = Error;

    fn try_from(row: EngagementRow) -> Result<Self> {
        let day = |text: String| {
            text.parse::<Date>()
                .map_err(|_| Error::Damaged("engagement.day"))
        };
        Ok(Self {
            id: row.id,
            case: row.case_id.into(),
            state: State::from_code(&row.state).ok_or(Error::Damaged("engagement.state"))?,
            began_on: day(row.began_on)?,
            ended_on: row.ended_on.map(day).transpose()?,
            rhythm: Rhythm::from_code(&row.pace).ok_or(Error::Damaged("engagement.pace"))?,
            quiet_until: row.quiet_until.map(day).transpose()?,
            review_on: row.review_on.map(day).transpose()?,
        })
    }
}

/// The engagements of a case, the latest first.
pub(crate) async fn of_case(conn: &mut Conn, case: CaseId) -> Result<Vec<Engagement>> {
    let sql = format!(
        "SELECT {} FROM engagement WHERE case_id = $1 ORDER BY began_on DESC, id DESC",
        EngagementRow::COLS
    );
    let rows: Vec<EngagementRow> = conn.all(&sql, params![case.get()]).await?;
    rows.into_iter().map(Engagement::try_from).collect()
}

/// The latest engagement of a case. Every case has one since it was opened.
pub(crate) async fn current(conn: &mut Conn, case: CaseId) -> Result<Engagement> {
    let all = of_case(conn, case).await?;
    all.into_iter()
        .next()
        .ok_or(Error::Damaged("engagement.none"))
}

/// Begins an engagement, with its first change.
pub(crate) async fn begin(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    state: State,
    change: &Change<'_>,
) -> Result<i64> {
    let id = new_id(clock);
    tx.exec(
        "INSERT INTO engagement (id, office_id, case_id, state, began_on, pace, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![
            id,
            grant.office().get(),
            grant.case().get(),
            state.code(),
            clock.today().to_string(),
            Rhythm::Undecided.code(),
            clock.now_micros()
        ],
    )
    .await?;
    changed(tx, grant, clock, id, (None, state), change).await?;
    Ok(id)
}

/// On whose behalf and on what ground something is changed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Change<'a> {
    /// The person of the case whose wish it was; `None`: the office's own decision.
    pub for_person: Option<PersonId>,
    /// The ground in words, sealed for the staff.
    pub ground: &'a str,
    /// The 職員 compartment, when there is a ground to seal.
    pub(crate) room: Option<&'a CompartmentGrant>,
}

impl<'a> Change<'a> {
    /// The office's own decision, with its ground.
    pub const fn because(ground: &'a str) -> Self {
        Self {
            for_person: None,
            ground,
            room: None,
        }
    }

    /// A change with a ground.
    pub fn new(for_person: Option<PersonId>, ground: &'a str) -> Self {
        Self {
            for_person,
            ground,
            room: None,
        }
    }
}

fn ground_place(id: i64) -> Place {
    Place {
        table: "engagement_change",
        row: id,
        column: "ground",
    }
}

async fn changed(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    engagement: i64,
    (from, to): (Option<State>, State),
    change: &Change<'_>,
) -> Result<()> {
    let id = new_id(clock);
    let ground = staff_room::optional("ground", change.ground)?;
    let room = change.room.filter(|_| !ground.is_empty());
    let sealed = room.map(|room| room.seal(&ground_place(id), &ground));
    if let Some(person) = change.for_person {
        staff_room::must_belong(tx, grant.case(), person).await?;
    }
    tx.exec(
        "INSERT INTO engagement_change (id, engagement_id, case_id, from_state, to_state, by_staff, for_person, at, compartment_id, ground) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            id,
            engagement,
            grant.case().get(),
            from.map(State::code),
            to.code(),
            crate::approach::by(grant),
            change.for_person.map(PersonId::get),
            clock.now_micros(),
            room.map(|room| room.compartment().get()),
            sealed.map(|sealed| sealed.as_bytes().to_vec())
        ],
    )
    .await?;
    let entry = grant
        .entry("engagement.changed")
        .because(format!("engagement={engagement},to={}", to.code()));
    Ok(office::audit::record(tx, &entry).await?)
}

/// Takes one step. The last day is written when nothing follows.
pub(crate) async fn step(
    tx: &mut Conn,
    grant: &CaseGrant,
    clock: &Clock,
    now: &Engagement,
    to: State,
    change: &Change<'_>,
) -> Result<()> {
    if !now.state.leads_to(to) {
        return Err(Error::Illegal(
            "いまの支援期間からは、この状態に変えられません。",
        ));
    }
    let ended = to.is_over().then(|| clock.today().to_string());
    let moved = tx
        .exec(
            // The day of the next look belongs to 静観 and goes with it.
            "UPDATE engagement SET state = $1, ended_on = $2, changed_at = $3, review_on = NULL WHERE id = $4 AND state = $5",
            params![
                to.code(),
                ended,
                clock.now_micros(),
                now.id,
                now.state.code()
            ],
        )
        .await?;
    if moved == 0 {
        return Err(Error::Meanwhile);
    }
    changed(tx, grant, clock, now.id, (Some(now.state), to), change).await
}

/// One change as the page shows it.
#[derive(Debug, Clone)]
pub struct Past {
    /// Its identifier.
    pub id: i64,
    /// Of which engagement.
    pub engagement: i64,
    /// From where; `None`: it began.
    pub from: Option<State>,
    /// To where.
    pub to: State,
    /// Who.
    pub by: StaffId,
    /// On whose behalf.
    pub for_person: Option<PersonId>,
    /// When.
    pub at: Timestamp,
    /// On what ground; empty for whoever does not reach the staff's compartment.
    pub ground: String,
}

store::row! {
    struct ChangeRow {
        pub id: i64,
        pub engagement_id: i64,
        pub from_state: Option<String>,
        pub to_state: String,
        pub by_staff: i64,
        pub for_person: Option<i64>,
        pub at: i64,
        pub compartment_id: Option<i64>,
        pub ground: Option<Vec<u8>>,
    }
}

async fn past(conn: &mut Conn, case: CaseId, room: Option<&CompartmentGrant>) -> Result<Vec<Past>> {
    let sql = format!(
        "SELECT {} FROM engagement_change WHERE case_id = $1 ORDER BY at DESC, id DESC",
        ChangeRow::COLS
    );
    let rows: Vec<ChangeRow> = conn.all(&sql, params![case.get()]).await?;
    let state =
        |code: &str| State::from_code(code).ok_or(Error::Damaged("engagement_change.state"));
    rows.into_iter()
        .map(|row| {
            let of = row.compartment_id.unwrap_or_default();
            Ok(Past {
                id: row.id,
                engagement: row.engagement_id,
                from: row.from_state.as_deref().map(state).transpose()?,
                to: state(&row.to_state)?,
                by: row.by_staff.into(),
                for_person: row.for_person.map(PersonId::from),
                at: from_micros(row.at),
                ground: staff_room::words(room, of, &ground_place(row.id), row.ground)?,
            })
        })
        .collect()
}

/// The engagements of a case and how they came to be.
#[derive(Debug, Clone)]
pub struct Course {
    /// The engagements, the latest first; never empty.
    pub engagements: Vec<Engagement>,
    /// Every change, the latest first.
    pub past: Vec<Past>,
    /// A proposal to close that waits for a supervisor.
    pub closing: Option<Closing>,
    /// The sentence the last closing was approved with.
    pub reentry: String,
}

impl Course {
    /// The latest engagement.
    pub fn current(&self) -> &Engagement {
        &self.engagements[0]
    }
}

pub(crate) async fn course(
    conn: &mut Conn,
    case: CaseId,
    room: Option<&CompartmentGrant>,
) -> Result<Course> {
    let engagements = of_case(conn, case).await?;
    if engagements.is_empty() {
        return Err(Error::Damaged("engagement.none"));
    }
    let closings = closing::of_case(conn, case, room).await?;
    let approved = closings.iter().find(|one| one.approved == Some(true));
    Ok(Course {
        past: past(conn, case, room).await?,
        reentry: approved.map(|one| one.reentry.clone()).unwrap_or_default(),
        closing: closings.into_iter().find(|one| one.approved.is_none()),
        engagements,
    })
}

impl Casework {
    /// The engagements of a case.
    pub async fn course(&self, session: &Session, case: CaseId) -> Result<Course> {
        transact!(self.db(), "engagement.read", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            let room = staff_room::read(tx, session, &grant).await?;
            course(tx, case.id, room.as_ref()).await
        })
    }

    /// Takes one step of [`STEPS`]. Something entered by mistake is declared so by a supervisor.
    pub async fn change_engagement(
        &self,
        session: &Session,
        case: CaseId,
        to: State,
        change: &Change<'_>,
    ) -> Result<()> {
        let action = match to {
            State::EnteredInError => Action::ApproveCase,
            _ => Action::ChangeCase,
        };
        transact!(self.db(), "engagement.change", |tx| {
            let (case, grant) = case::open(tx, session, case, action).await?;
            let now = current(tx, case.id).await?;
            if to == State::Finished && now.state.leads_to(to) {
                return Err(Error::Guarded(
                    "一区切りにするには、「また連絡してよい」の伝え方を書き、センター長の確認を受けてください。"
                        .to_owned(),
                ));
            }
            let room = staff_room::write(tx, session, &grant).await?;
            let change = Change {
                room: Some(&room),
                ..*change
            };
            step(tx, &grant, self.clock(), &now, to, &change).await
        })
    }

    /// Somebody comes back: a new engagement on the same case; the old one stays closed (inv. 15).
    pub async fn reenter(
        &self,
        session: &Session,
        case: CaseId,
        state: State,
        change: &Change<'_>,
    ) -> Result<i64> {
        if !BEGINNINGS.contains(&state) {
            return Err(Error::invalid("to", "はじまりの状態を選んでください。"));
        }
        transact!(self.db(), "engagement.reenter", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            // Two colleagues who press at once make one new engagement: the case's row is the lock.
            tx.exec(
                "UPDATE casefile SET number = number WHERE id = $1",
                params![case.id.get()],
            )
            .await?;
            if !current(tx, case.id).await?.state.is_over() {
                return Err(Error::Illegal("いまの支援期間が、まだ続いています。"));
            }
            let room = staff_room::write(tx, session, &grant).await?;
            let change = Change {
                room: Some(&room),
                ..*change
            };
            begin(tx, &grant, self.clock(), state, &change).await
        })
    }

    /// The rhythm that was agreed. A quiet time that was agreed stays as it is.
    pub async fn set_rhythm(&self, session: &Session, case: CaseId, rhythm: Rhythm) -> Result<()> {
        transact!(self.db(), "engagement.rhythm", |tx| {
            let (case, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let now = current(tx, case.id).await?;
            tx.exec(
                "UPDATE engagement SET pace = $1, changed_at = $2 WHERE id = $3",
                params![rhythm.code(), self.clock().now_micros(), now.id],
            )
            .await?;
            let entry = grant.entry("engagement.rhythm").because(rhythm.code());
            office::audit::record(tx, &entry).await?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is over stays over; everything else leads somewhere, and nothing leads back to the beginning.
    #[test]
    fn the_steps_hang_together() {
        let over: Vec<State> = State::ALL
            .iter()
            .copied()
            .filter(|state| state.is_over())
            .collect();
        assert_eq!(
            over,
            [State::Finished, State::Cancelled, State::EnteredInError]
        );
        assert!(
            STEPS
                .iter()
                .all(|(from, to)| from != to && *to != State::Planned)
        );
        for end in over {
            assert!(STEPS.iter().any(|(_, to)| *to == end), "{end:?}");
        }
    }
}
