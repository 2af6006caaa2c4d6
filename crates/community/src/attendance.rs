//! Who came: heads, a tap on a nickname or a code; and, for somebody known, in their own compartment only (inv. 25).
//!
//! Seen by those who run the gathering. A peer host counts heads and taps numbers; nicknames lie in slips, which a peer
//! does not open. There is no list on which those who come could read each other.

mod door;
pub mod year;

use crate::booking::{State as BookingState, Who};
use crate::gathering::{self, Gathering, OnDay, State};
use crate::programme;
use crate::slip::{self, Words};
use crate::{Community, Error, Result};
use basics::{CaseId, CompartmentId, GatheringId, PersonId, StaffId};
use casework::compartment;
use jiff::civil::Date;
use office::access::{self, Action, CompartmentGrant, KeptFor, may_run, open_slips};
use office::audit::{self, Actor, Entry};
use office::session::Session;
use office::staff::Role;
use store::{Conn, params, transact};

/// Heads (field/domain.md §3.9).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heads {
    /// 本人
    pub principals: u32,
    /// 家族
    pub family: u32,
    /// ピア
    pub peers: u32,
    /// 職員
    pub staff: u32,
    /// ほか
    pub others: u32,
    /// Of all but the staff, for the first time.
    pub first_timers: u32,
}

impl Heads {
    /// Everybody but the staff.
    pub fn people(&self) -> u32 {
        self.principals + self.family + self.peers + self.others
    }

    fn check(&self) -> Result<()> {
        let each = [
            ("principals", self.principals),
            ("family", self.family),
            ("peers", self.peers),
            ("staff", self.staff),
            ("others", self.others),
        ];
        if let Some((field, _)) = each.into_iter().find(|(_, heads)| *heads > 2_000) {
            return Err(Error::invalid(
                field,
                "人数を、もう一度お確かめください（2,000人まで）。",
            ));
        }
        if self.first_timers > self.people() {
            return Err(Error::invalid(
                "first_timers",
                "「初めての人」は、来た人の数までです。",
            ));
        }
        Ok(())
    }
}

/// One booking as those who run the gathering see it.
#[derive(Debug, Clone)]
pub struct Expected {
    /// The booking.
    pub booking: i64,
    /// What they wrote; `None` for a peer host, and when it was erased.
    pub words: Option<Words>,
    /// Who comes.
    pub who: Who,
    /// How many come together.
    pub people: i64,
    /// 「行けないかも」
    pub perhaps: bool,
    /// Whether it is their first time, if they said so.
    pub first_time: Option<bool>,
    /// Whether they have a seat or wait.
    pub state: BookingState,
    /// Whether they wish to be called.
    pub wants_a_call: bool,
    /// They are here.
    pub arrived: bool,
}

/// The day as those who run it see it.
#[derive(Debug, Clone)]
pub struct Roster {
    /// What it is.
    pub on: OnDay,
    /// Who runs it.
    pub hosts: Vec<StaffId>,
    /// Who booked and has not left, seats before the waiting list.
    pub expected: Vec<Expected>,
    /// The heads, once somebody counted.
    pub heads: Option<Heads>,
    /// Whether the asker reads nicknames.
    pub reads_slips: bool,
}

/// That somebody was at a gathering, as their own compartment shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attended {
    /// On which day.
    pub day: Date,
    /// What it is called.
    pub title: String,
    /// What sort.
    pub kind: programme::Kind,
}

store::row! {
    struct ExpectedRow {
        pub id: i64,
        pub slip_id: Option<i64>,
        pub who: String,
        pub people: i64,
        pub perhaps: i64,
        pub first_time: Option<i64>,
        pub state: String,
        pub arrived_at: Option<i64>,
    }
}

/// Finds a gathering for somebody who runs it; for everybody else it is absent, and the asking is in the chain.
pub(crate) async fn run(
    tx: &mut Conn,
    session: &Session,
    id: GatheringId,
) -> Result<(Gathering, Vec<StaffId>)> {
    let action = Action::RunGathering;
    let refuse = |why: &'static str| {
        let entry = Entry::refused(
            session.office(),
            Actor::Staff(session.staff()),
            action.code(),
            gathering::subject(id),
            session.clock().now(),
        );
        session.refusals().note(entry.because(why));
        Error::NotFound
    };
    let found = match gathering::by_id(tx, id).await {
        Ok(found) => found,
        Err(Error::NotFound) => return Err(refuse("absent")),
        Err(other) => return Err(other),
    };
    let hosts = gathering::hosts(tx, &found).await?;
    if !may_run(session, found.office, &hosts) {
        return Err(refuse("not_host"));
    }
    Ok((found, hosts))
}

fn heads_of(row: (i64, i64, i64, i64, i64, i64)) -> Heads {
    let count = |n: i64| u32::try_from(n).unwrap_or(0);
    Heads {
        principals: count(row.0),
        family: count(row.1),
        peers: count(row.2),
        staff: count(row.3),
        others: count(row.4),
        first_timers: count(row.5),
    }
}

impl Community {
    /// The day for those who run it.
    pub async fn roster(&self, session: &Session, id: GatheringId) -> Result<Roster> {
        transact!(self.db(), "gathering.roster", |tx| {
            let (found, hosts) = run(tx, session, id).await?;
            let rows: Vec<ExpectedRow> = tx
                .all(
                    &format!(
                        "SELECT {} FROM booking WHERE gathering_id = $1 AND state <> 'left' \
                         ORDER BY CASE state WHEN 'booked' THEN 0 ELSE 1 END, made_at, id",
                        ExpectedRow::COLS
                    ),
                    params![id.get()],
                )
                .await?;
            let ids: Vec<i64> = rows.iter().filter_map(|row| row.slip_id).collect();
            let slips = slip::rows(tx, &ids).await?;
            let reads_slips = session.role() != Role::Peer && session.holds_office_key();
            let keys = if reads_slips {
                let kept_for = KeptFor::Gathering {
                    id: id.get(),
                    hosts: &hosts,
                };
                let action = Action::RunGathering;
                Some(open_slips(tx, session, found.office, kept_for, action).await?)
            } else {
                let entry = Entry::done(
                    found.office,
                    Actor::Staff(session.staff()),
                    Action::RunGathering.code(),
                    gathering::subject(id),
                    self.clock().now(),
                );
                audit::record(tx, &entry.because("heads_only")).await?;
                None
            };
            let mut expected = Vec::new();
            for row in rows {
                let slip = slips.iter().find(|slip| Some(slip.id) == row.slip_id);
                let words = match (&keys, slip) {
                    (Some(keys), Some(slip)) => Some(slip.open(keys)?),
                    _ => None,
                };
                expected.push(Expected {
                    booking: row.id,
                    words,
                    who: Who::from_code(&row.who).ok_or(Error::Damaged("booking.who"))?,
                    people: row.people,
                    perhaps: row.perhaps == 1,
                    first_time: row.first_time.map(|first| first == 1),
                    state: BookingState::from_code(&row.state)
                        .ok_or(Error::Damaged("booking.state"))?,
                    wants_a_call: slip.is_some_and(|slip| slip.reminder() == slip::Reminder::Call),
                    arrived: row.arrived_at.is_some(),
                });
            }
            let counted: Option<(i64, i64, i64, i64, i64, i64)> = tx
                .first(
                    "SELECT principals, family, peers, staff, others, first_timers FROM attendance WHERE gathering_id = $1",
                    params![id.get()],
                )
                .await?;
            let programme = programme::by_id(tx, found.programme).await?;
            Ok::<_, Error>(Roster {
                on: OnDay {
                    programme,
                    gathering: found,
                },
                hosts,
                expected,
                heads: counted.map(heads_of),
                reads_slips,
            })
        })
    }

    /// Somebody is here, or was tapped by mistake.
    pub async fn tap(
        &self,
        session: &Session,
        id: GatheringId,
        booking: i64,
        here: bool,
    ) -> Result<()> {
        transact!(self.db(), "booking.tap", |tx| {
            let (found, _) = run(tx, session, id).await?;
            let at = here.then(|| self.clock().now_micros());
            let changed = tx
                .exec(
                    "UPDATE booking SET arrived_at = $1 WHERE id = $2 AND gathering_id = $3 AND state = 'booked'",
                    params![at, booking, id.get()],
                )
                .await?;
            if changed == 0 {
                return Err(Error::NotFound);
            }
            let entry = Entry::done(
                found.office,
                Actor::Staff(session.staff()),
                "booking.arrived",
                gathering::subject(id),
                self.clock().now(),
            );
            audit::record(tx, &entry).await?;
            Ok(())
        })
    }

    /// Writes the heads down; again corrects them. The day counts as held.
    pub async fn count_heads(
        &self,
        session: &Session,
        id: GatheringId,
        heads: &Heads,
    ) -> Result<()> {
        heads.check()?;
        transact!(self.db(), "attendance.count", |tx| {
            let (found, _) = run(tx, session, id).await?;
            if found.state == State::Cancelled {
                return Err(Error::Illegal(
                    "とりやめになった回です。人数は数えられません。",
                ));
            }
            if found.day > self.clock().today() {
                return Err(Error::Illegal("まだ先の日です。当日に数えてください。"));
            }
            tx.exec(
                "INSERT INTO attendance (gathering_id, principals, family, peers, staff, others, first_timers, \
                 updated_at, updated_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                 ON CONFLICT (gathering_id) DO UPDATE SET principals = excluded.principals, family = excluded.family, \
                 peers = excluded.peers, staff = excluded.staff, others = excluded.others, \
                 first_timers = excluded.first_timers, updated_at = excluded.updated_at, updated_by = excluded.updated_by",
                params![
                    id.get(),
                    i64::from(heads.principals),
                    i64::from(heads.family),
                    i64::from(heads.peers),
                    i64::from(heads.staff),
                    i64::from(heads.others),
                    i64::from(heads.first_timers),
                    self.clock().now_micros(),
                    session.staff().get(),
                ],
            )
            .await?;
            tx.exec(
                "UPDATE gathering SET state = 'held', version = version + 1 WHERE id = $1 AND state = 'planned'",
                params![id.get()],
            )
            .await?;
            let entry = Entry::done(
                found.office,
                Actor::Staff(session.staff()),
                "attendance.counted",
                gathering::subject(id),
                self.clock().now(),
            );
            audit::record(tx, &entry).await?;
            Ok(())
        })
    }

    /// Says that somebody of a case was there, in their own compartment and nowhere else (inv. 25). The colleague runs
    /// the gathering and reaches that compartment.
    pub async fn mark_person(
        &self,
        session: &Session,
        id: GatheringId,
        case: CaseId,
        person: PersonId,
    ) -> Result<()> {
        transact!(self.db(), "attendance.person", |tx| {
            run(tx, session, id).await?;
            let own = compartment::own_voice(tx, session, self.clock(), case, person).await?;
            tx.exec(
                "INSERT INTO attendance_of_person (gathering_id, person_id, case_id, compartment_id, marked_by, at) \
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                params![
                    id.get(),
                    person.get(),
                    case.get(),
                    own.compartment().get(),
                    session.staff().get(),
                    self.clock().now_micros(),
                ],
            )
            .await?;
            audit::record(tx, &self.own_entry(&own)).await?;
            Ok(())
        })
    }

    /// Takes it back.
    pub async fn unmark_person(
        &self,
        session: &Session,
        id: GatheringId,
        case: CaseId,
        person: PersonId,
    ) -> Result<()> {
        transact!(self.db(), "attendance.unmark", |tx| {
            let own = compartment::own_voice(tx, session, self.clock(), case, person).await?;
            tx.exec(
                "DELETE FROM attendance_of_person WHERE gathering_id = $1 AND person_id = $2 AND compartment_id = $3",
                params![id.get(), person.get(), own.compartment().get()],
            )
            .await?;
            audit::record(tx, &self.own_entry(&own).because("taken_back")).await?;
            Ok(())
        })
    }

    fn own_entry(&self, own: &CompartmentGrant) -> Entry {
        Entry::done(
            own.office(),
            own.actor(),
            "attendance.person",
            access::compartment_subject(own.compartment()),
            self.clock().now(),
        )
    }

    /// Where whoever speaks in this compartment was: read through that compartment alone.
    pub async fn attended(
        &self,
        session: &Session,
        case: CaseId,
        compartment: CompartmentId,
    ) -> Result<Vec<Attended>> {
        transact!(self.db(), "attendance.read", |tx| {
            compartment::open_to_read(tx, session, case, compartment).await?;
            let rows: Vec<(String, i64)> = tx
                .all(
                    "SELECT g.day, g.programme_id FROM attendance_of_person a JOIN gathering g ON g.id = a.gathering_id \
                     WHERE a.compartment_id = $1 ORDER BY g.starts_at DESC",
                    params![compartment.get()],
                )
                .await?;
            let mut attended = Vec::new();
            for (day, programme) in rows {
                let programme = programme::by_id(tx, programme.into()).await?;
                attended.push(Attended {
                    day: day.parse().map_err(|_| Error::Damaged("gathering.day"))?,
                    kind: programme.draft.kind,
                    title: programme.draft.details.title,
                });
            }
            Ok::<_, Error>(attended)
        })
    }

    /// The gatherings this colleague or peer runs today and in the days around it, for their own start page.
    pub async fn my_gatherings(
        &self,
        session: &Session,
        from: Date,
        until: Date,
    ) -> Result<Vec<OnDay>> {
        let permit = access::permit(session, Action::RunGathering, "").await?;
        let mut conn = self.db().read().await?;
        let mine = gathering::some(
            &mut conn,
            "office_id = $1 AND day >= $2 AND day <= $3 AND state <> 'cancelled' AND \
             (EXISTS (SELECT 1 FROM programme_host h WHERE h.programme_id = gathering.programme_id AND h.staff_id = $4) \
             OR EXISTS (SELECT 1 FROM gathering_host h WHERE h.gathering_id = gathering.id AND h.staff_id = $5))",
            params![
                permit.office().get(),
                from.to_string(),
                until.to_string(),
                session.staff().get(),
                session.staff().get(),
            ],
        )
        .await?;
        let mut all = Vec::new();
        for gathering in mine {
            let programme = programme::by_id(&mut conn, gathering.programme).await?;
            all.push(OnDay {
                programme,
                gathering,
            });
        }
        Ok(all)
    }
}
