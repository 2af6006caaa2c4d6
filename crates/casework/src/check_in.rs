//! Check-in (戻りの確認): out, back, later; and who has not come back. Overdue is computed when somebody looks, never by
//! a job that changes a state. A visit for which nobody pressed 「出発」 rings as well: a forgotten button and a colleague
//! who is in trouble look alike.

use crate::case;
use crate::despite::{Despite, For};
use crate::visit::{self, Going, State, Visit, VisitRow, alone_is_guarded};
use crate::{Casework, Error, Result};
use basics::time::{from_micros, micros};
use basics::{CaseId, Clock, StaffId, new_id};
use jiff::{SignedDuration, Timestamp};
use office::access::{self, Action};
use office::audit::{self, Actor, Entry};
use office::custody::notice::{self, NoticeKind};
use office::duty::{self, OnDuty};
use office::session::Session;
use office::staff::{self, Role};
use std::collections::HashMap;
use store::{Conn, params, transact};

/// How long after the planned return the alarm waits: a train, a red light, a long goodbye at the door.
pub const GRACE: SignedDuration = SignedDuration::from_mins(10);
/// By how much 「あと30分」 moves the return.
pub const LATER: SignedDuration = SignedDuration::from_mins(30);
const MAX_WORDS: usize = 500;
pub(crate) const ELSEWHERE: &str =
    "この訪問は、もう次のところに進んでいます。いまの様子を確かめてください。";

/// A visit whose people are not back although the time and the grace have passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Which visit.
    pub visit: i64,
    /// Who went, in names.
    pub names: String,
    /// When they were to be back.
    pub return_at: Timestamp,
    /// The case and its number, for whoever may know of it.
    pub case: Option<(CaseId, i64)>,
    /// Whether the asker is one of those who went.
    pub own: bool,
    /// Whether anybody pressed 「出発」.
    pub left: bool,
}

/// A visit of today as everybody at the desk may see it: who is where, until when. The case only in reach.
#[derive(Debug, Clone)]
pub struct Today {
    /// The visit.
    pub visit: Visit,
    /// Who goes, in names.
    pub names: String,
    /// The case's number, for whoever may know of it.
    pub number: Option<i64>,
    /// Whether the asker is one of those who go.
    pub own: bool,
    /// Whether the time and the grace have passed.
    pub overdue: bool,
    /// Whether it was to have begun by now.
    pub begun: bool,
}

/// What happened to a visit, for its page.
#[derive(Debug, Clone)]
pub struct Event {
    /// out, back, seen_back, extended, reached, moved, not_gone, cancelled.
    pub kind: String,
    /// By whom.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// The return that it set.
    pub return_at: Option<Timestamp>,
    /// What was said; empty without the office's key.
    pub words: String,
}

impl Event {
    /// The word on the page.
    pub fn label(&self) -> &'static str {
        match self.kind.as_str() {
            "out" => "出発",
            "back" => "戻りました",
            "extended" => "あと30分",
            "reached" => "連絡がとれた",
            "seen_back" => "戻ったと確かめた",
            "moved" => "日時を変えた",
            "not_gone" => "行かなかった",
            _ => "とりやめ",
        }
    }
}

/// Whether the time and the grace have passed.
pub fn is_overdue(visit: &Visit, now: Timestamp) -> bool {
    matches!(visit.state, State::Planned | State::Out)
        && now.duration_since(visit.return_at) > GRACE
}

store::row! {
    struct LateRow {
        pub id: i64,
        pub case_id: i64,
        pub staff_id: i64,
        pub buddy_id: Option<i64>,
        pub return_at: i64,
        pub state: String,
    }
}

impl LateRow {
    fn people(&self) -> Vec<StaffId> {
        let buddy = self.buddy_id.map(StaffId::from);
        std::iter::once(self.staff_id.into()).chain(buddy).collect()
    }
}

impl Casework {
    /// The alarms this colleague is to see: those on duty, the buddy, whoever went, and the supervisors. Asked on every
    /// page of the desk, so it is one indexed question as long as everybody is back. Opens nothing.
    pub async fn alarms(&self, session: &Session) -> Result<Vec<Alarm>> {
        let mut conn = self.db().read().await?;
        let late = late(&mut conn, session).await?;
        if late.is_empty() {
            return Ok(Vec::new());
        }
        let colleagues = staff::list(&mut conn, session.office()).await?;
        let numbers = numbers_in_reach(&mut conn, session, late.iter().map(|row| row.id)).await?;
        let me = session.staff();
        let mut seen = Vec::new();
        for row in late {
            let away = row.people();
            let own = away.contains(&me);
            let leads = session.role() == Role::Supervisor;
            if !own
                && !leads
                && !on_duty_for(&mut conn, session, row.case_id.into(), &away)
                    .await?
                    .has(me)
            {
                continue;
            }
            let names = away.iter().filter_map(|id| {
                let found = colleagues.iter().find(|one| one.id == *id)?;
                Some(found.name.clone())
            });
            seen.push(Alarm {
                visit: row.id,
                names: names.collect::<Vec<_>>().join("、"),
                return_at: from_micros(row.return_at),
                case: numbers.get(&row.id).copied(),
                own,
                left: row.state == State::Out.code(),
            });
        }
        Ok(seen)
    }

    /// The visits of a day of the whole office: who is where, until when; with those of other days of which nobody has
    /// come back. One row in the chain.
    pub async fn visits_on(&self, session: &Session, day: jiff::civil::Date) -> Result<Vec<Today>> {
        transact!(self.db(), "case.list", |tx| {
            access::case_scope(tx, session, Action::SeeCases).await?;
            let now = self.clock().now();
            let sql = format!(
                "SELECT {} FROM visit WHERE office_id = $1 AND state <> 'cancelled' \
                 AND (day = $2 OR state = 'out' OR (state = 'planned' AND return_at < $3)) ORDER BY leave_at, id",
                VisitRow::COLS
            );
            let values = params![session.office().get(), day.to_string(), micros(now)];
            let rows: Vec<VisitRow> = tx.all(&sql, values).await?;
            let colleagues = staff::list(tx, session.office()).await?;
            let numbers = numbers_in_reach(tx, session, rows.iter().map(|row| row.id)).await?;
            let today = |row: VisitRow| {
                let visit = row.read()?;
                Ok(Today {
                    names: visit::names_of(&colleagues, &visit),
                    number: numbers.get(&visit.id).map(|(_, number)| *number),
                    own: visit.is_of(session.staff()),
                    overdue: is_overdue(&visit, now),
                    begun: visit.leave_at <= now,
                    visit,
                })
            };
            rows.into_iter().map(today).collect()
        })
    }

    /// 出発. Alone with a standing safety flag only after a supervisor agreed.
    pub async fn go_out(&self, session: &Session, id: i64) -> Result<()> {
        self.go_out_despite(session, id, None).await
    }

    /// [`Casework::go_out`], past a guard that came up since it was planned, with a reason.
    pub async fn go_out_despite(
        &self,
        session: &Session,
        id: i64,
        despite: Option<&Despite>,
    ) -> Result<()> {
        transact!(self.db(), "visit.out", |tx| {
            let row = watched(tx, session, id).await?;
            let visit = row.read()?;
            if !visit.is_of(session.staff()) {
                return Err(access::absent_case(session, visit.case, Action::ChangeCase).into());
            }
            let (of, grant) = case::open(tx, session, visit.case, Action::ChangeCase).await?;
            if office::custody::sheet_unread(tx, &grant, self.clock()).await? {
                return Err(Error::Guarded(
                    "引き継ぎの一枚を、まだ読んでいません。訪問の前に、「担当」のページで読んで、確かめてください。".to_owned(),
                ));
            }
            // Said no, or forbidden, since it was planned: then nobody goes.
            let going = Going {
                visit: Some(id),
                target: visit.target,
                compartment: visit.compartment,
                leave_at: self.clock().now(),
                return_at: visit.return_at,
            };
            let passed = visit::may_visit(tx, &grant, &of, &going, despite).await?;
            passed.was_for(tx, For::Visit, id).await?;
            let alone = visit.buddy.is_none() && visit.alone_approved_by.is_none();
            let leads = session.role() == Role::Supervisor;
            if alone && !leads && alone_is_guarded(tx, &grant).await? {
                return Err(Error::Guarded(
                    "安全の旗が立っています。ひとりで行くには、センター長の確認が要ります。"
                        .to_owned(),
                ));
            }
            let now = self.clock().now();
            // Leaving late moves nothing back; leaving after the planned return would be overdue at once.
            if visit.return_at <= now {
                return Err(Error::Guarded(
                    "戻る予定の時刻がすぎています。予定を入れ直してから、出発してください。"
                        .to_owned(),
                ));
            }
            step(tx, id, State::Planned, State::Out, visit.return_at).await?;
            happened(tx, session, &visit, "out", None, None).await
        })
    }

    /// 戻りました, by those who went; 戻ったと確かめた, by those who look after the alarm. Also when nobody had pressed
    /// 「出発」.
    pub async fn come_back(&self, session: &Session, id: i64) -> Result<()> {
        transact!(self.db(), "visit.back", |tx| {
            let visit = watched(tx, session, id).await?.read()?;
            let from = under_way(&visit, self.clock())?;
            let kind = if visit.is_of(session.staff()) {
                "back"
            } else {
                "seen_back"
            };
            step(tx, id, from, State::Back, visit.return_at).await?;
            happened(tx, session, &visit, kind, None, None).await
        })
    }

    /// 行かなかった, by those who were to go or by those who look after the alarm: nobody had pressed 「出発」, and nobody
    /// went. Before the hour it is [`Casework::cancel_visit`].
    pub async fn not_gone(&self, session: &Session, id: i64) -> Result<()> {
        transact!(self.db(), "visit.cancelled", |tx| {
            let visit = watched(tx, session, id).await?.read()?;
            under_way(&visit, self.clock())?;
            must_be_unwritten(tx, id).await?;
            step(tx, id, State::Planned, State::Cancelled, visit.return_at).await?;
            happened(tx, session, &visit, "not_gone", None, None).await?;
            tell_goers(tx, session, &visit, NoticeKind::VisitCancelled).await
        })
    }

    /// あと30分, from now or from the planned return, whichever is later.
    pub async fn extend(&self, session: &Session, id: i64) -> Result<()> {
        transact!(self.db(), "visit.extended", |tx| {
            let visit = watched(tx, session, id).await?.read()?;
            let (from, later) = (
                under_way(&visit, self.clock())?,
                later(self.clock(), visit.return_at),
            );
            step(tx, id, from, from, later).await?;
            happened(tx, session, &visit, "extended", Some(later), None).await
        })
    }

    /// 連絡がとれた: the alarm rests for half an hour, then it comes again unless they are back. With words, so that the
    /// next one who looks knows what was said.
    pub async fn reached(&self, session: &Session, id: i64, words: &str) -> Result<()> {
        let words = words.trim();
        if words.is_empty() || words.chars().count() > MAX_WORDS {
            return Err(Error::invalid(
                "kotoba",
                "だれと、どう連絡がとれたかを、ひとこと書いてください（500字まで）。",
            ));
        }
        transact!(self.db(), "visit.reached", |tx| {
            let visit = watched(tx, session, id).await?.read()?;
            let (from, later) = (
                under_way(&visit, self.clock())?,
                later(self.clock(), visit.return_at),
            );
            step(tx, id, from, from, later).await?;
            happened(tx, session, &visit, "reached", Some(later), Some(words)).await
        })
    }

    /// とりやめ. Whoever was to go is told.
    pub async fn cancel_visit(&self, session: &Session, case: CaseId, id: i64) -> Result<()> {
        transact!(self.db(), "visit.cancelled", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let visit = visit::row_of(tx, grant.case(), id).await?.read()?;
            may_be_silenced(tx, session, &visit).await?;
            must_be_unwritten(tx, id).await?;
            step(tx, id, State::Planned, State::Cancelled, visit.return_at).await?;
            happened(tx, session, &visit, "cancelled", None, None).await?;
            tell_goers(tx, session, &visit, NoticeKind::VisitCancelled).await
        })
    }
}

/// The state of a visit whose people may be out: they pressed 「出発」, or the hour for it has passed without.
fn under_way(visit: &Visit, clock: &Clock) -> Result<State> {
    match visit.state {
        State::Out => Ok(State::Out),
        State::Planned if visit.leave_at <= clock.now() => Ok(State::Planned),
        _ => Err(Error::Illegal(ELSEWHERE)),
    }
}

/// Whoever writes up a visit for which nobody had pressed 「出発」 says with it that it is over.
pub(crate) async fn ended(tx: &mut Conn, session: &Session, visit: &Visit) -> Result<()> {
    let kind = if visit.is_of(session.staff()) {
        "back"
    } else {
        "seen_back"
    };
    step(tx, visit.id, State::Planned, State::Back, visit.return_at).await?;
    happened(tx, session, visit, kind, None, None).await
}

/// Nobody cancels or moves a visit that has already been written about.
pub(crate) async fn must_be_unwritten(conn: &mut Conn, visit: i64) -> Result<()> {
    match crate::visit_outcome::last_version(conn, visit).await? {
        0 => Ok(()),
        _ => Err(Error::Illegal("この訪問には、もう結果が書かれています。")),
    }
}

/// Once the hour of leaving has passed, a visit that is taken off the day takes its alarm with it: then only those who go
/// or those who look after the alarm may do that.
pub(crate) async fn may_be_silenced(tx: &mut Conn, session: &Session, visit: &Visit) -> Result<()> {
    if visit.leave_at > session.clock().now() || looks_after(tx, session, visit).await? {
        return Ok(());
    }
    Err(Error::Guarded(
        "出発の時刻をすぎています。行く人か当番が、無事を確かめてから変えてください。".to_owned(),
    ))
}

/// Tells those who go, but for the one who did it.
pub(crate) async fn tell_goers(
    tx: &mut Conn,
    session: &Session,
    visit: &Visit,
    kind: NoticeKind,
) -> Result<()> {
    let (clock, office) = (session.clock(), session.office());
    for who in std::iter::once(visit.staff).chain(visit.buddy) {
        if who != session.staff() {
            let (case, id) = (Some(visit.case), Some(visit.id));
            notice::tell(tx, clock, office, who, kind, case, id).await?;
        }
    }
    Ok(())
}

fn later(clock: &Clock, planned: Timestamp) -> Timestamp {
    let from = planned.max(clock.now());
    from.saturating_add(LATER).unwrap_or(from)
}

async fn late(conn: &mut Conn, session: &Session) -> Result<Vec<LateRow>> {
    let now = session.clock().now();
    let latest = now.saturating_sub(GRACE).unwrap_or(now);
    let sql = format!(
        "SELECT {} FROM visit WHERE office_id = $1 AND state IN ('planned', 'out') AND return_at < $2 \
         ORDER BY return_at, id",
        LateRow::COLS
    );
    Ok(conn
        .all(&sql, params![session.office().get(), micros(latest)])
        .await?)
}

/// Who looks after a visit while these are away.
async fn on_duty_for(
    conn: &mut Conn,
    session: &Session,
    case: CaseId,
    away: &[StaffId],
) -> Result<OnDuty> {
    let clock = session.clock();
    let of = Some((case, clock.now()));
    Ok(duty::on_duty(conn, session.office(), clock.today(), of, away).await?)
}

/// The cases of these visits that the asker may know of, by visit. Quiet: numbers only.
async fn numbers_in_reach(
    conn: &mut Conn,
    session: &Session,
    visits: impl Iterator<Item = i64>,
) -> Result<HashMap<i64, (CaseId, i64)>> {
    let ids: Vec<String> = visits.map(|id| id.to_string()).collect();
    let reads_cases = session.may(Action::SeeCases) && session.holds_office_key();
    if ids.is_empty() || !reads_cases {
        return Ok(HashMap::new());
    }
    let reach = access::letters_in_reach(conn, session, "v.case_id").await?;
    let sql = format!(
        "SELECT v.id, c.id, c.number FROM visit v JOIN casefile c ON c.id = v.case_id WHERE v.id IN ({}) AND {reach}",
        ids.join(", ")
    );
    let rows: Vec<(i64, i64, i64)> = conn.all(&sql, params![]).await?;
    let known = rows.into_iter();
    Ok(known
        .map(|(visit, case, number)| (visit, (case.into(), number)))
        .collect())
}

/// A visit for whoever goes on it or looks after it: no case is opened. Anybody else learns nothing of it.
async fn watched(tx: &mut Conn, session: &Session, id: i64) -> Result<VisitRow> {
    let sql = format!(
        "SELECT {} FROM visit WHERE id = $1 AND office_id = $2",
        VisitRow::COLS
    );
    let row: Option<VisitRow> = tx.first(&sql, params![id, session.office().get()]).await?;
    let Some(row) = row else {
        return Err(absent(session, id));
    };
    if looks_after(tx, session, &row.read()?).await? {
        Ok(row)
    } else {
        Err(absent(session, id))
    }
}

/// Whether this colleague goes on the visit or looks after it: on duty, or the one who leads.
pub(crate) async fn looks_after(tx: &mut Conn, session: &Session, visit: &Visit) -> Result<bool> {
    let away: Vec<StaffId> = std::iter::once(visit.staff).chain(visit.buddy).collect();
    let me = session.staff();
    Ok(visit.is_of(me)
        || session.role() == Role::Supervisor
        || on_duty_for(tx, session, visit.case, &away).await?.has(me))
}

fn absent(session: &Session, visit: i64) -> Error {
    let (actor, now) = (Actor::Staff(session.staff()), session.clock().now());
    let subject = format!("visit:{visit}");
    session.refusals().note(Entry::refused(
        session.office(),
        actor,
        "visit.read",
        subject,
        now,
    ));
    Error::NotFound
}

pub(crate) async fn step(
    tx: &mut Conn,
    id: i64,
    from: State,
    to: State,
    return_at: Timestamp,
) -> Result<()> {
    let done = tx
        .exec(
            "UPDATE visit SET state = $1, return_at = $2 WHERE id = $3 AND state = $4",
            params![to.code(), micros(return_at), id, from.code()],
        )
        .await?;
    if done == 0 {
        return Err(Error::Illegal(ELSEWHERE));
    }
    Ok(())
}

pub(crate) async fn happened(
    tx: &mut Conn,
    session: &Session,
    visit: &Visit,
    kind: &'static str,
    return_at: Option<Timestamp>,
    words: Option<&str>,
) -> Result<()> {
    let id = new_id(session.clock());
    let words = words
        .map(|words| access::seal_for_office(session, &words_place(id), words))
        .transpose()?;
    let now = session.clock().now();
    tx.exec(
        "INSERT INTO visit_event (id, visit_id, kind, staff_id, at, return_at, words) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![
            id,
            visit.id,
            kind,
            session.staff().get(),
            micros(now),
            return_at.map(micros),
            words
        ],
    )
    .await?;
    let action = match kind {
        "out" => "visit.out",
        "back" | "seen_back" => "visit.back",
        "extended" => "visit.extended",
        "reached" => "visit.reached",
        "moved" => "visit.moved",
        _ => "visit.cancelled",
    };
    let actor = Actor::Staff(session.staff());
    let subject = access::case_subject(visit.case);
    let entry = Entry::done(session.office(), actor, action, subject, now);
    Ok(audit::record(tx, &entry.because(format!("visit={}", visit.id))).await?)
}

fn words_place(event: i64) -> String {
    format!("visit_event/{event}/words")
}

store::row! {
    struct EventRow {
        pub id: i64,
        pub kind: String,
        pub staff_id: i64,
        pub at: i64,
        pub return_at: Option<i64>,
        pub words: Option<Vec<u8>>,
    }
}

/// What happened to a visit. The caller has opened its case.
pub(crate) async fn events(conn: &mut Conn, session: &Session, visit: i64) -> Result<Vec<Event>> {
    let sql = format!(
        "SELECT {} FROM visit_event WHERE visit_id = $1 ORDER BY at, id",
        EventRow::COLS
    );
    let rows: Vec<EventRow> = conn.all(&sql, params![visit]).await?;
    let colleagues = staff::list(conn, session.office()).await?;
    let event = |row: EventRow| {
        let words = row.words.and_then(|sealed| {
            access::open_for_office(session, &words_place(row.id), &sealed).ok()
        });
        let found = colleagues.iter().find(|one| one.id.get() == row.staff_id);
        Event {
            kind: row.kind,
            name: found.map_or_else(|| "職員".to_owned(), |one| one.name.clone()),
            at: from_micros(row.at),
            return_at: row.return_at.map(from_micros),
            words: words.unwrap_or_default(),
        }
    };
    Ok(rows.into_iter().map(event).collect())
}
