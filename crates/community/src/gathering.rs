//! One time a programme takes place (開催回). Not called a session: that word is the sign-in's.
//!
//! The days a rule gives are written down half a year ahead, each once ([`Community::lay_out_days`] moves the horizon
//! on); a day that was changed or cancelled stays as it is, whatever the rule says later.

use crate::notice::{self, What};
use crate::programme::{self, Programme};
use crate::{Community, Error, Result, booking};
use basics::time::{from_micros, jst, micros};
use basics::{GatheringId, OfficeId, ProgrammeId, SlipId, StaffId, new_id};
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Span, Timestamp};
use office::access::{self, Action, Permit};
use office::audit::{self, Actor, Entry};
use office::session::Session;
use std::collections::HashMap;
use store::{Conn, params, transact};

/// How far ahead days are written down.
pub const AHEAD_DAYS: i32 = 183;
/// Below this many people nothing is said about how many came (field/guide.md §F17).
pub const FEW: i64 = 3;

basics::codes! {
    /// Where it stands.
    State {
        /// 予定
        Planned = "planned", "開催します";
        /// とりやめ
        Cancelled = "cancelled", "とりやめになりました";
        /// 終わった
        Held = "held", "開きました";
    }
}

/// One time a programme takes place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathering {
    /// Its identifier, for the desk.
    pub id: GatheringId,
    /// Of which programme.
    pub programme: ProgrammeId,
    /// Whose.
    pub office: OfficeId,
    /// Its number within the programme, in public addresses.
    pub seq: i64,
    /// The day in Japan.
    pub day: Date,
    /// From when.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// Where it stands.
    pub state: State,
    /// How many seats on this day; `None`: the programme's.
    pub own_capacity: Option<u32>,
    /// How many seats are taken.
    pub taken: i64,
    /// The theme of the day, or why it does not take place.
    pub words: String,
    /// Counts its changes.
    pub version: i64,
}

impl Gathering {
    /// How many seats there are, `None` when nobody counts.
    pub fn capacity(&self, programme: &Programme) -> Option<u32> {
        self.own_capacity.or(programme.draft.capacity)
    }

    /// Whether a booking can be taken at this moment.
    pub fn is_open(&self, programme: &Programme, now: Timestamp) -> bool {
        self.state == State::Planned && programme.draft.takes_bookings && now < self.ends_at
    }

    /// How full it is.
    pub fn room(&self, programme: &Programme) -> Room {
        match self.capacity(programme) {
            None => Room::Uncounted,
            Some(seats) => match i64::from(seats) - self.taken {
                left if left <= 0 => Room::Full,
                1 | 2 => Room::Few,
                _ => Room::Free,
            },
        }
    }

    /// How the audit chain names it.
    pub fn subject(&self) -> String {
        subject(self.id)
    }
}

/// How full a gathering is, as the public reads it: no number of people is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Nobody counts seats.
    Uncounted,
    /// 空きがあります
    Free,
    /// 残りわずか
    Few,
    /// 空きを待てます、または、いっぱいです
    Full,
}

impl Room {
    /// In words.
    pub fn words(self, waiting: bool) -> &'static str {
        match (self, waiting) {
            (Self::Uncounted | Self::Free, _) => "空きがあります",
            (Self::Few, _) => "空きは、あと少しです",
            (Self::Full, true) => "いまはいっぱいです。空きを待てます",
            (Self::Full, false) => "いっぱいになりました",
        }
    }
}

/// How many came last time, told only from [`FEW`] upward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastTime {
    /// Everybody but the staff.
    pub people: i64,
    /// Of them, for the first time.
    pub first_timers: i64,
}

impl LastTime {
    /// 「前回は4人、うち初めての人1人」
    pub fn words(self) -> String {
        match self.first_timers {
            0 => format!("前回は{}人でした", self.people),
            first => format!("前回は{}人、うち初めての人{first}人", self.people),
        }
    }
}

pub(crate) fn subject(id: GatheringId) -> String {
    format!("gathering:{id}")
}

store::row! {
    pub(crate) struct GatheringRow {
        pub id: i64,
        pub programme_id: i64,
        pub office_id: i64,
        pub seq: i64,
        pub day: String,
        pub starts_at: i64,
        pub ends_at: i64,
        pub state: String,
        pub capacity: Option<i64>,
        pub taken: i64,
        pub words: String,
        pub version: i64,
    }
}

fn read(row: GatheringRow) -> Result<Gathering> {
    Ok(Gathering {
        id: row.id.into(),
        programme: row.programme_id.into(),
        office: row.office_id.into(),
        seq: row.seq,
        day: row
            .day
            .parse()
            .map_err(|_| Error::Damaged("gathering.day"))?,
        starts_at: from_micros(row.starts_at),
        ends_at: from_micros(row.ends_at),
        state: State::from_code(&row.state).ok_or(Error::Damaged("gathering.state"))?,
        own_capacity: row.capacity.and_then(|seats| u32::try_from(seats).ok()),
        taken: row.taken,
        words: row.words,
        version: row.version,
    })
}

/// Gatherings by a condition over columns of `gathering`, the earliest first.
pub(crate) async fn some(
    conn: &mut Conn,
    condition: &str,
    values: &[store::Value],
) -> Result<Vec<Gathering>> {
    let sql = format!(
        "SELECT {} FROM gathering WHERE {condition} ORDER BY starts_at, id",
        GatheringRow::COLS
    );
    let rows: Vec<GatheringRow> = conn.all(&sql, values).await?;
    rows.into_iter().map(read).collect()
}

/// One gathering of any office.
pub(crate) async fn by_id(conn: &mut Conn, id: GatheringId) -> Result<Gathering> {
    let found = some(conn, "id = $1", params![id.get()]).await?;
    found.into_iter().next().ok_or(Error::NotFound)
}

/// Who runs it: the programme's hosts and those of this day.
pub(crate) async fn hosts(conn: &mut Conn, gathering: &Gathering) -> Result<Vec<StaffId>> {
    let rows: Vec<(i64,)> = conn
        .all(
            "SELECT staff_id FROM programme_host WHERE programme_id = $1 \
             UNION SELECT staff_id FROM gathering_host WHERE gathering_id = $2",
            params![gathering.programme.get(), gathering.id.get()],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id.into()).collect())
}

pub(crate) async fn booked_ahead(conn: &mut Conn, id: ProgrammeId, today: Date) -> Result<i64> {
    let (n,): (i64,) = conn
        .one(
            "SELECT COUNT(*) FROM booking b JOIN gathering g ON g.id = b.gathering_id \
             WHERE g.programme_id = $1 AND g.day >= $2 AND g.state = 'planned' AND b.state <> 'left'",
            params![id.get(), today.to_string()],
        )
        .await?;
    Ok(n)
}

/// Days ahead that nobody ever booked leave no trace when they go.
pub(crate) async fn drop_unbooked_ahead(tx: &mut Conn, id: ProgrammeId, today: Date) -> Result<()> {
    let unbooked = "programme_id = $1 AND day >= $2 AND state = 'planned' \
         AND NOT EXISTS (SELECT 1 FROM booking b WHERE b.gathering_id = gathering.id) \
         AND NOT EXISTS (SELECT 1 FROM gathering_note n WHERE n.gathering_id = gathering.id) \
         AND NOT EXISTS (SELECT 1 FROM attendance a WHERE a.gathering_id = gathering.id)";
    tx.exec(
        &format!(
            "DELETE FROM gathering_host WHERE gathering_id IN (SELECT id FROM gathering WHERE {unbooked})"
        ),
        params![id.get(), today.to_string()],
    )
    .await?;
    tx.exec(
        &format!("DELETE FROM gathering WHERE {unbooked}"),
        params![id.get(), today.to_string()],
    )
    .await?;
    Ok(())
}

/// The moment a day and a time on the wall in Japan mean.
pub(crate) fn moment(day: Date, at: Time) -> Timestamp {
    day.to_datetime(at)
        .to_zoned(jst())
        .map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

/// A day added by hand, or what a day is changed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Which day.
    pub day: Date,
    /// From when.
    pub from: Time,
    /// How long, in minutes.
    pub minutes: u32,
    /// How many seats; `None`: the programme's.
    pub capacity: Option<u32>,
    /// The theme of the day. May be empty.
    pub words: String,
    /// Who runs it on this day, beside the programme's hosts.
    pub hosts: Vec<StaffId>,
}

impl Day {
    fn check(&self) -> Result<()> {
        if !(5..=24 * 60).contains(&self.minutes) {
            let sentence = "終わりの時刻を、始まりより後にしてください。";
            return Err(Error::invalid("until", sentence));
        }
        if self
            .capacity
            .is_some_and(|seats| !(1..=1_000).contains(&seats))
        {
            let sentence = "定員は、1人から1,000人の間で入れてください。";
            return Err(Error::invalid("capacity", sentence));
        }
        if self.words.chars().count() > 200 {
            let sentence = "その日のテーマは、200文字までで書いてください。";
            return Err(Error::invalid("words", sentence));
        }
        Ok(())
    }

    fn span(&self) -> (i64, i64) {
        let from = moment(self.day, self.from);
        let until = from.saturating_add(SignedDuration::from_mins(i64::from(self.minutes)));
        (micros(from), micros(until.unwrap_or(from)))
    }
}

/// A gathering with its programme, as lists show it.
#[derive(Debug, Clone)]
pub struct OnDay {
    /// The programme.
    pub programme: Programme,
    /// The gathering.
    pub gathering: Gathering,
}

impl Community {
    /// Writes down the days a programme's rule gives, from tomorrow on: new ones are added, those the rule does not give
    /// any more go if nobody booked them.
    pub(crate) async fn take_place(&self, tx: &mut Conn, id: ProgrammeId) -> Result<()> {
        let programme = programme::by_id(tx, id).await?;
        let Some(rule) = &programme.draft.rule else {
            return Ok(());
        };
        if programme.state == programme::State::Ended {
            return Ok(());
        }
        let office = office::office::one(tx, programme.office).await?;
        let from = self.clock().today();
        let until = from
            .checked_add(Span::new().days(AHEAD_DAYS))
            .unwrap_or(from);
        let days = rule.days(from, until, &office.settings.opening);
        let ahead = some(
            tx,
            "programme_id = $1 AND day >= $2 AND state = 'planned' AND ruled_day IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM booking b WHERE b.gathering_id = gathering.id) AND version = 1",
            params![id.get(), from.to_string()],
        )
        .await?;
        let now = self.clock().now();
        for old in ahead {
            let day = Day {
                day: old.day,
                from: rule.starts,
                minutes: u32::from(rule.minutes),
                capacity: None,
                words: String::new(),
                hosts: Vec::new(),
            };
            let stays = days.contains(&old.day)
                && day.span() == (micros(old.starts_at), micros(old.ends_at));
            if !stays && old.starts_at > now {
                tx.exec(
                    "DELETE FROM gathering_host WHERE gathering_id = $1",
                    params![old.id.get()],
                )
                .await?;
                tx.exec("DELETE FROM gathering WHERE id = $1", params![old.id.get()])
                    .await?;
            }
        }
        let known: Vec<(Option<String>,)> = tx
            .all(
                "SELECT ruled_day FROM gathering WHERE programme_id = $1 AND ruled_day >= $2",
                params![id.get(), from.to_string()],
            )
            .await?;
        for day in days {
            let ruled = day.to_string();
            if known.iter().any(|(old,)| old.as_ref() == Some(&ruled)) {
                continue;
            }
            let new = Day {
                day,
                from: rule.starts,
                minutes: u32::from(rule.minutes),
                capacity: None,
                words: String::new(),
                hosts: Vec::new(),
            };
            if new.span().0 > micros(now) {
                let made = new_id(self.clock()).into();
                self.insert(tx, &programme, made, &new, Some(&ruled))
                    .await?;
            }
        }
        Ok(())
    }

    async fn insert(
        &self,
        tx: &mut Conn,
        programme: &Programme,
        id: GatheringId,
        day: &Day,
        ruled: Option<&str>,
    ) -> Result<()> {
        let (seq,): (i64,) = tx
            .one(
                "UPDATE programme SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq",
                params![programme.id.get()],
            )
            .await?;
        let (starts_at, ends_at) = day.span();
        let made = tx.exec(
            "INSERT INTO gathering (id, programme_id, office_id, seq, ruled_day, day, starts_at, ends_at, state, \
             capacity, taken, words, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'planned', $9, 0, $10, 1) \
             ON CONFLICT (id) DO NOTHING",
            params![
                id.get(),
                programme.id.get(),
                programme.office.get(),
                seq,
                ruled,
                day.day.to_string(),
                starts_at,
                ends_at,
                day.capacity.map(i64::from),
                day.words.trim(),
            ],
        )
        .await?;
        if made == 0 {
            return Err(Error::Again);
        }
        set_hosts(tx, id, programme.office, &day.hosts).await
    }

    /// The program's own work, once a day: the horizon of every listed programme moves on.
    pub async fn lay_out_days(&self) -> Result<()> {
        self.lay_out_days_of(None).await
    }

    /// The same for one office, whose closing days have changed.
    pub(crate) async fn lay_out_days_of(&self, office: Option<OfficeId>) -> Result<()> {
        let mut conn = self.db().read().await?;
        let listed = programme::some(&mut conn, "state = 'listed'", params![]).await?;
        drop(conn);
        let meant = |one: &&Programme| {
            one.draft.rule.is_some() && office.is_none_or(|office| one.office == office)
        };
        for programme in listed.iter().filter(meant) {
            transact!(self.db(), "gathering.lay_out", |tx| {
                self.take_place(tx, programme.id).await?;
                let entry = Entry::done(
                    programme.office,
                    Actor::Program,
                    "gathering.made",
                    programme.subject(),
                    self.clock().now(),
                );
                audit::record(tx, &entry).await?;
                Ok::<_, Error>(())
            })?;
        }
        Ok(())
    }

    /// Adds one day by hand.
    pub async fn add_gathering(
        &self,
        session: &Session,
        id: ProgrammeId,
        day: &Day,
    ) -> Result<GatheringId> {
        let made = GatheringId::from(new_id(self.clock()));
        self.add_gathering_once(session, id, made, day).await?;
        Ok(made)
    }

    /// The same under an identifier that the form carried: sent again it is [`Error::Again`], and nothing is added.
    pub async fn add_gathering_once(
        &self,
        session: &Session,
        id: ProgrammeId,
        made: GatheringId,
        day: &Day,
    ) -> Result<()> {
        let permit = access::permit(session, Action::EditPlaces, &programme::subject(id)).await?;
        day.check()?;
        if day.span().1 < self.clock().now_micros() {
            let sentence = "過ぎた日は加えられません。これからの日を入れてください。";
            return Err(Error::invalid("day", sentence));
        }
        transact!(self.db(), "gathering.add", |tx| {
            let programme = programme::by_id(tx, id).await?;
            if programme.office != permit.office() {
                return Err(Error::NotFound);
            }
            self.insert(tx, &programme, made, day, None).await?;
            audit::record(tx, &permit.entry("gathering.made", subject(made))).await?;
            Ok(())
        })
    }

    /// Changes one day: its time, seats, theme, hosts. Those who booked and wished to be told are told of a new time;
    /// more seats fill from the waiting list.
    pub async fn change_gathering(
        &self,
        session: &Session,
        id: GatheringId,
        version: i64,
        day: &Day,
    ) -> Result<()> {
        let permit = access::permit(session, Action::EditPlaces, &subject(id)).await?;
        day.check()?;
        transact!(self.db(), "gathering.change", |tx| {
            let old = own(tx, &permit, id).await?;
            if old.state != State::Planned {
                return Err(Error::Illegal("この回は、もう変えられません。"));
            }
            if day
                .capacity
                .is_some_and(|seats| i64::from(seats) < old.taken)
            {
                return Err(Error::invalid(
                    "capacity",
                    format!(
                        "もう{}人の予約があります。それより少ない定員にはできません。",
                        old.taken
                    ),
                ));
            }
            let (starts_at, ends_at) = day.span();
            let changed = tx
                .exec(
                    "UPDATE gathering SET day = $1, starts_at = $2, ends_at = $3, capacity = $4, words = $5, \
                     version = version + 1 WHERE id = $6 AND version = $7",
                    params![
                        day.day.to_string(),
                        starts_at,
                        ends_at,
                        day.capacity.map(i64::from),
                        day.words.trim(),
                        id.get(),
                        version,
                    ],
                )
                .await?;
            if changed == 0 {
                return Err(Error::Meanwhile);
            }
            tx.exec(
                "DELETE FROM gathering_host WHERE gathering_id = $1",
                params![id.get()],
            )
            .await?;
            set_hosts(tx, id, permit.office(), &day.hosts).await?;
            // What was written for this day is kept until this day is past.
            let kept = booking::keep_until(from_micros(ends_at));
            tx.exec(
                "UPDATE slip SET keep_until = $1 WHERE id IN (SELECT slip_id FROM booking WHERE gathering_id = $2)",
                params![kept.to_string(), id.get()],
            )
            .await?;
            if starts_at != micros(old.starts_at) {
                notice::to_all(tx, self, id, What::Moved).await?;
                for slip in seated(tx, id).await? {
                    notice::remind(tx, self, slip, from_micros(starts_at)).await?;
                }
            }
            self.fill(tx, id).await?;
            audit::record(tx, &permit.entry("gathering.changed", subject(id))).await?;
            Ok(())
        })
    }

    /// Cancels one day with a sentence for the public. Whoever booked and wished to be told is told; for the others it
    /// stands on the page that their code opens. How many wished to be called comes back.
    pub async fn cancel_gathering(
        &self,
        session: &Session,
        id: GatheringId,
        words: &str,
    ) -> Result<i64> {
        let permit = access::permit(session, Action::EditPlaces, &subject(id)).await?;
        if words.chars().count() > 200 {
            let sentence = "とりやめのお知らせは、200文字までで書いてください。";
            return Err(Error::invalid("words", sentence));
        }
        transact!(self.db(), "gathering.cancel", |tx| {
            let old = own(tx, &permit, id).await?;
            if old.state == State::Held {
                return Err(Error::Illegal("この回は、もう開かれました。"));
            }
            tx.exec(
                "UPDATE gathering SET state = 'cancelled', words = $1, version = version + 1 WHERE id = $2",
                params![words.trim(), id.get()],
            )
            .await?;
            notice::to_all(tx, self, id, What::Cancelled).await?;
            let (calls,): (i64,) = tx
                .one(
                    "SELECT COUNT(*) FROM booking b JOIN slip s ON s.id = b.slip_id \
                     WHERE b.gathering_id = $1 AND b.state <> 'left' AND s.reminder = 'call'",
                    params![id.get()],
                )
                .await?;
            audit::record(tx, &permit.entry("gathering.cancelled", subject(id))).await?;
            Ok(calls)
        })
    }

    /// Takes a cancellation back, before the day has begun. Whoever was told of it is told that it takes place after all;
    /// what was not sent yet is not sent.
    pub async fn take_back_cancelling(&self, session: &Session, id: GatheringId) -> Result<()> {
        let permit = access::permit(session, Action::EditPlaces, &subject(id)).await?;
        transact!(self.db(), "gathering.take_back", |tx| {
            let old = own(tx, &permit, id).await?;
            if old.state != State::Cancelled || old.starts_at <= self.clock().now() {
                return Err(Error::Illegal(
                    "とりやめを取り消せるのは、とりやめた回が始まる前までです。",
                ));
            }
            tx.exec(
                "UPDATE gathering SET state = 'planned', words = '', version = version + 1 WHERE id = $1",
                params![id.get()],
            )
            .await?;
            notice::on_after_all(tx, self, id).await?;
            for slip in seated(tx, id).await? {
                notice::remind(tx, self, slip, old.starts_at).await?;
            }
            self.fill(tx, id).await?;
            let entry = permit.entry("gathering.changed", subject(id));
            audit::record(tx, &entry.because("on_after_all")).await?;
            Ok(())
        })
    }

    /// The days of one programme for the desk, from `from` on.
    pub async fn days_of(
        &self,
        session: &Session,
        id: ProgrammeId,
        from: Date,
    ) -> Result<Vec<Gathering>> {
        let permit = access::permit(session, Action::SeePlaces, &programme::subject(id)).await?;
        some(
            &mut self.db().read().await?,
            "programme_id = $1 AND office_id = $2 AND day >= $3",
            params![id.get(), permit.office().get(), from.to_string()],
        )
        .await
    }

    /// What is on from `from` to `until`, in listed programmes of all offices, cancelled days included: a page that
    /// silently dropped them would send somebody to a locked door.
    pub async fn on_between(&self, from: Date, until: Date) -> Result<Vec<OnDay>> {
        let mut conn = self.db().read().await?;
        let listed = programme::some(&mut conn, programme::PUBLIC, params![]).await?;
        let by_id: HashMap<ProgrammeId, Programme> =
            listed.into_iter().map(|one| (one.id, one)).collect();
        let days = some(
            &mut conn,
            "day >= $1 AND day <= $2",
            params![from.to_string(), until.to_string()],
        )
        .await?;
        let with_programme = days.into_iter().filter_map(|gathering| {
            let programme = by_id.get(&gathering.programme)?.clone();
            Some(OnDay {
                programme,
                gathering,
            })
        });
        Ok(with_programme.collect())
    }

    /// The days of one listed programme, cancelled ones included.
    pub async fn days_on(
        &self,
        programme: &Programme,
        from: Date,
        until: Date,
    ) -> Result<Vec<OnDay>> {
        let days = some(
            &mut self.db().read().await?,
            "programme_id = $1 AND day >= $2 AND day <= $3",
            params![programme.id.get(), from.to_string(), until.to_string()],
        )
        .await?;
        let with_programme = days.into_iter().map(|gathering| OnDay {
            programme: programme.clone(),
            gathering,
        });
        Ok(with_programme.collect())
    }

    /// One gathering of a listed programme, by the numbers in its address.
    pub async fn on_day(&self, number: i64, seq: i64) -> Result<OnDay> {
        let programme = self.place(number).await?;
        let found = some(
            &mut self.db().read().await?,
            "programme_id = $1 AND seq = $2",
            params![programme.id.get(), seq],
        )
        .await?;
        let gathering = found.into_iter().next().ok_or(Error::NotFound)?;
        Ok(OnDay {
            programme,
            gathering,
        })
    }

    /// How many came last time; `None` below [`FEW`], or when nobody counted.
    pub async fn last_time(&self, id: ProgrammeId) -> Result<Option<LastTime>> {
        let found: Option<(i64, i64)> = self
            .db()
            .read()
            .await?
            .first(
                "SELECT a.principals + a.family + a.peers + a.others, a.first_timers FROM attendance a \
                 JOIN gathering g ON g.id = a.gathering_id WHERE g.programme_id = $1 \
                 ORDER BY g.starts_at DESC LIMIT 1",
                params![id.get()],
            )
            .await?;
        let last = found.map(|(people, first_timers)| LastTime {
            people,
            first_timers,
        });
        Ok(last.filter(|last| last.people >= FEW))
    }
}

/// The slips of those who have a seat.
async fn seated(conn: &mut Conn, id: GatheringId) -> Result<Vec<SlipId>> {
    let rows: Vec<(i64,)> = conn
        .all(
            "SELECT slip_id FROM booking WHERE gathering_id = $1 AND state = 'booked' AND slip_id IS NOT NULL",
            params![id.get()],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id.into()).collect())
}

/// One gathering of the asker's office; absent and another's are one.
pub(crate) async fn own(tx: &mut Conn, permit: &Permit, id: GatheringId) -> Result<Gathering> {
    let found = by_id(tx, id).await?;
    if found.office == permit.office() {
        Ok(found)
    } else {
        Err(Error::NotFound)
    }
}

async fn set_hosts(
    tx: &mut Conn,
    id: GatheringId,
    office: OfficeId,
    hosts: &[StaffId],
) -> Result<()> {
    for host in hosts {
        tx.exec(
            "INSERT INTO gathering_host (gathering_id, staff_id) SELECT $1, s.id FROM staff s \
             WHERE s.id = $2 AND s.office_id = $3 ON CONFLICT DO NOTHING",
            params![id.get(), host.get(), office.get()],
        )
        .await?;
    }
    Ok(())
}
