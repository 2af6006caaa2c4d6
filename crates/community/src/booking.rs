//! Booking a gathering under any name: seats, a waiting list that fills by itself, leaving in one step.
//!
//! Whoever booked and does not come is not written down anywhere: there is no word for it. A family member books for
//! themself; nothing about anybody else is asked.

use crate::gathering::{self, OnDay};
use crate::notice::{self, What};
use crate::programme::{self, AfterBooking};
use crate::slip::{self, Code, Held, NewSlip, Reminder, Token, Words};
use crate::{Community, Error, Result};
use basics::time::to_jst;
use basics::{GatheringId, ProgrammeId, SlipId, new_id};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use office::audit::{self, Actor, Entry};
use std::net::IpAddr;
use store::{Conn, params, transact};

/// How many come together at most.
pub const MOST_TOGETHER: u32 = 5;
/// How long after its day the words of a slip are kept, in days: somebody may still look up the next date.
pub const KEPT_DAYS: i32 = 30;

basics::codes! {
    /// Who comes.
    Who {
        /// 本人
        Principal = "principal", "ひきこもっている本人、または経験のある本人";
        /// 家族
        Family = "family", "家族";
        /// ほか
        Other = "other", "支援や学びのために来る人";
        /// 言わない
        Unsaid = "unsaid", "言わないでおく";
    }
}

basics::codes! {
    /// Where a booking stands. There is deliberately no word for somebody who did not come.
    State {
        /// 予約した
        Booked = "booked", "予約しました";
        /// 空きを待つ
        Waiting = "waiting", "空きを待っています";
        /// やめた
        Left = "left", "取り消しました";
    }
}

/// A booking as the form brings it.
#[derive(Clone)]
pub struct NewBooking<'a> {
    /// The number of the programme, from the address.
    pub programme: i64,
    /// The number of the day, from the address.
    pub seq: i64,
    /// Who comes.
    pub who: Who,
    /// How many come together.
    pub people: u32,
    /// 「行けないかも」
    pub perhaps: bool,
    /// Whether it is the first time, if they say so.
    pub first_time: Option<bool>,
    /// When it is full: wait for a seat.
    pub wait: bool,
    /// When a seat comes free: tell by the way chosen.
    pub tell: bool,
    /// The form's one-time token.
    pub token: &'a Token,
    /// What they wrote.
    pub words: Words,
    /// How they wish to be reminded.
    pub reminder: Reminder,
    /// Where a mail goes.
    pub reminder_to: String,
    /// From where it was sent: counts for this hour's limit only.
    pub address: Option<IpAddr>,
}

/// A booking that was taken.
#[derive(Debug, Clone)]
pub struct Booked {
    /// The code, to be written down.
    pub code: Code,
    /// Whether there is a seat or a place in the waiting list.
    pub state: State,
    /// Whether the same form had been sent before.
    pub again: bool,
}

/// A booking as whoever holds the code sees it.
#[derive(Debug, Clone)]
pub struct HeldBooking {
    /// What was booked.
    pub on: OnDay,
    /// Where it stands.
    pub state: State,
    /// How many come.
    pub people: u32,
    /// 「行けないかも」
    pub perhaps: bool,
    /// A seat came free for somebody who had waited.
    pub moved_up: bool,
    /// They said that they are here.
    pub arrived: bool,
    /// How many wait before them, while they wait.
    pub before: i64,
    /// Where it is, and the link: only while there is a seat.
    pub after_booking: Option<AfterBooking>,
}

store::row! {
    struct BookingRow {
        pub id: i64,
        pub gathering_id: i64,
        pub slip_id: Option<i64>,
        pub people: i64,
        pub perhaps: i64,
        pub state: String,
        pub tell: i64,
        pub made_at: i64,
        pub moved_up_at: Option<i64>,
        pub arrived_at: Option<i64>,
    }
}

impl BookingRow {
    fn state(&self) -> Result<State> {
        State::from_code(&self.state).ok_or(Error::Damaged("booking.state"))
    }
}

async fn of_slip(conn: &mut Conn, slip: SlipId) -> Result<Option<BookingRow>> {
    let sql = format!(
        "SELECT {} FROM booking WHERE slip_id = $1",
        BookingRow::COLS
    );
    Ok(conn.first(&sql, params![slip.get()]).await?)
}

/// Takes seats if so many are free, in one statement that locks on both databases: whatever happens at the same moment,
/// no more are taken than there are.
async fn take_seats(tx: &mut Conn, id: GatheringId, people: i64) -> Result<bool> {
    let taken = tx
        .exec(
            "UPDATE gathering SET taken = taken + $1 WHERE id = $2 AND state = 'planned' AND \
             taken + $1 <= COALESCE(capacity, (SELECT p.capacity FROM programme p WHERE p.id = gathering.programme_id), \
             1000000)",
            params![people, id.get()],
        )
        .await?;
    Ok(taken == 1)
}

/// Whether one may wait for this day, read under its lock: a form may be older than the programme's last change, and
/// whoever ends the list looks, under the same lock, whether somebody waits.
async fn keeps_list(tx: &mut Conn, day: GatheringId, id: ProgrammeId) -> Result<bool> {
    lock(tx, day).await?;
    let (keeps,): (i64,) = tx
        .one(
            "SELECT keeps_waiting_list FROM programme WHERE id = $1",
            params![id.get()],
        )
        .await?;
    Ok(keeps == 1)
}

impl Community {
    /// Books, exactly once for one form. Full: waits when that is wished and there is a list, otherwise
    /// [`Error::Full`].
    pub async fn book(&self, new: &NewBooking<'_>) -> Result<Booked> {
        let on = self.on_day(new.programme, new.seq).await?;
        if let Some(booked) = self.booked_by_form(new.token).await? {
            return Ok(booked);
        }
        self.check_booking(new, &on)?;
        self.may_book_from(new.address).await?;
        let office = office::office::one(&mut self.db().read().await?, on.gathering.office).await?;
        let new_slip = NewSlip {
            office: &office,
            token: new.token,
            words: new.words.clone(),
            reminder: new.reminder,
            reminder_to: new.reminder_to.clone(),
            keep_until: keep_until(on.gathering.ends_at),
        };
        new_slip.check()?;
        let (id, people) = (on.gathering.id, i64::from(new.people));
        let booked = transact!(self.db(), "booking.book", |tx| {
            let state = if take_seats(tx, id, people).await? {
                State::Booked
            } else if new.wait && keeps_list(tx, id, on.programme.id).await? {
                State::Waiting
            } else {
                return Err(Error::Full);
            };
            // The same form, a moment earlier: this transaction undoes the seat it took.
            let Some(kept) = slip::keep(tx, self, &new_slip).await? else {
                return Err(Error::Again);
            };
            tx.exec(
                "INSERT INTO booking (id, gathering_id, office_id, slip_id, who, people, perhaps, first_time, state, tell, \
                 made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                params![
                    new_id(self.clock()),
                    id.get(),
                    office.id.get(),
                    kept.id.get(),
                    new.who.code(),
                    people,
                    i64::from(new.perhaps),
                    new.first_time.map(i64::from),
                    state.code(),
                    i64::from(new.tell),
                    self.clock().now_micros(),
                ],
            )
            .await?;
            if state == State::Booked {
                notice::remind(tx, self, kept.id, on.gathering.starts_at).await?;
            }
            let entry = Entry::done(
                office.id,
                Actor::Stranger,
                "booking.made",
                gathering::subject(id),
                self.clock().now(),
            );
            audit::record(tx, &entry.because(format!("state={}", state.code()))).await?;
            Ok(Booked {
                code: kept.code,
                state,
                again: false,
            })
        });
        match booked {
            Err(Error::Again) => self
                .booked_by_form(new.token)
                .await?
                .ok_or(Error::Store(store::Error::Absent)),
            other => other,
        }
    }

    fn check_booking(&self, new: &NewBooking<'_>, on: &OnDay) -> Result<()> {
        if on.gathering.state == gathering::State::Cancelled {
            return Err(Error::Illegal("この回は、とりやめになりました。"));
        }
        if !on.programme.draft.takes_bookings {
            return Err(Error::Illegal("この場は、予約なしで、そのまま来られます。"));
        }
        if !on.gathering.is_open(&on.programme, self.clock().now()) {
            return Err(Error::Illegal("この回は、もう終わりました。"));
        }
        if !(1..=MOST_TOGETHER).contains(&new.people) {
            return Err(Error::invalid(
                "people",
                "一緒に来る人数は、1人から5人の間で選んでください。もっと多いときは、窓口へご相談ください。",
            ));
        }
        if new.tell && new.reminder == Reminder::Nothing {
            return Err(Error::invalid(
                "tell",
                "空きの知らせを受け取るときは、知らせの方法も選んでください。選ばないときは、予約番号のページでわかります。",
            ));
        }
        Ok(())
    }

    /// The booking that this form made before.
    async fn booked_by_form(&self, token: &Token) -> Result<Option<Booked>> {
        let mut conn = self.db().read().await?;
        let Some(kept) = slip::code_of_form(&mut conn, self, token).await? else {
            return Ok(None);
        };
        let Some(row) = of_slip(&mut conn, kept.id).await? else {
            return Ok(None);
        };
        Ok(Some(Booked {
            code: kept.code,
            state: row.state()?,
            again: true,
        }))
    }

    /// What a slip holds, when it is the booking of a gathering.
    pub async fn booking_of(&self, held: &Held) -> Result<Option<HeldBooking>> {
        let mut conn = self.db().read().await?;
        let Some(row) = of_slip(&mut conn, held.id()).await? else {
            return Ok(None);
        };
        let gathering = gathering::by_id(&mut conn, row.gathering_id.into()).await?;
        let programme = programme::by_id(&mut conn, gathering.programme).await?;
        let state = row.state()?;
        let (before,): (i64,) = conn
            .one(
                "SELECT COUNT(*) FROM booking WHERE gathering_id = $1 AND state = 'waiting' \
                 AND (made_at < $2 OR (made_at = $2 AND id < $3))",
                params![row.gathering_id, row.made_at, row.id],
            )
            .await?;
        let goes = state == State::Booked && gathering.state == gathering::State::Planned;
        let after_booking = if goes {
            Some(programme::after_booking(&mut conn, self, programme.id).await?)
        } else {
            None
        };
        Ok(Some(HeldBooking {
            people: u32::try_from(row.people).unwrap_or(1),
            perhaps: row.perhaps == 1,
            moved_up: row.moved_up_at.is_some(),
            arrived: row.arrived_at.is_some(),
            before,
            after_booking,
            state,
            on: OnDay {
                programme,
                gathering,
            },
        }))
    }

    /// Leaves, in one step and without a reason. The seat goes to whoever waits longest; leaving twice is leaving once.
    pub async fn leave(&self, held: &Held) -> Result<()> {
        transact!(self.db(), "booking.leave", |tx| {
            let row = of_slip(tx, held.id()).await?.ok_or(Error::NotFound)?;
            let id = GatheringId::from(row.gathering_id);
            // The gathering first: the order of locks of this room.
            lock(tx, id).await?;
            let seats = tx
                .exec(
                    "UPDATE booking SET state = 'left', left_at = $1 WHERE id = $2 AND state = 'booked'",
                    params![self.clock().now_micros(), row.id],
                )
                .await?;
            if seats == 1 {
                tx.exec(
                    "UPDATE gathering SET taken = taken - $1 WHERE id = $2",
                    params![row.people, id.get()],
                )
                .await?;
                self.fill(tx, id).await?;
            } else {
                tx.exec(
                    "UPDATE booking SET state = 'left', left_at = $1 WHERE id = $2 AND state = 'waiting'",
                    params![self.clock().now_micros(), row.id],
                )
                .await?;
            }
            notice::forget(tx, held.id()).await?;
            audit::record(tx, &held.entry(self, "booking.left")).await?;
            Ok(())
        })
    }

    /// 「着きました」, from one's own telephone, on the day.
    pub async fn arrive(&self, held: &Held) -> Result<()> {
        transact!(self.db(), "booking.arrive", |tx| {
            let row = of_slip(tx, held.id()).await?.ok_or(Error::NotFound)?;
            let gathering = gathering::by_id(tx, row.gathering_id.into()).await?;
            if gathering.day != self.clock().today() || row.state()? != State::Booked {
                return Err(Error::Illegal("着いたことは、その日にだけしるせます。"));
            }
            tx.exec(
                "UPDATE booking SET arrived_at = $1 WHERE id = $2 AND arrived_at IS NULL",
                params![self.clock().now_micros(), row.id],
            )
            .await?;
            audit::record(tx, &held.entry(self, "booking.arrived")).await?;
            Ok(())
        })
    }

    /// Gives free seats to those who wait, the longest wait first; a party that does not fit lets smaller ones pass.
    pub(crate) async fn fill(&self, tx: &mut Conn, id: GatheringId) -> Result<()> {
        // Nobody leaves the list between reading it and giving the seat.
        lock(tx, id).await?;
        let sql = format!(
            "SELECT {} FROM booking WHERE gathering_id = $1 AND state = 'waiting' ORDER BY made_at, id",
            BookingRow::COLS
        );
        let waiting: Vec<BookingRow> = tx.all(&sql, params![id.get()]).await?;
        if waiting.is_empty() {
            return Ok(());
        }
        let gathering = gathering::by_id(tx, id).await?;
        let now = self.clock().now();
        if gathering.ends_at <= now {
            return Ok(());
        }
        for row in waiting {
            if !take_seats(tx, id, row.people).await? {
                continue;
            }
            tx.exec(
                "UPDATE booking SET state = 'booked', moved_up_at = $1 WHERE id = $2",
                params![self.clock().now_micros(), row.id],
            )
            .await?;
            if let Some(slip) = row.slip_id.map(SlipId::from) {
                if row.tell == 1 {
                    notice::plan(tx, self, slip, What::SeatFree, now).await?;
                }
                notice::remind(tx, self, slip, gathering.starts_at).await?;
            }
        }
        Ok(())
    }
}

/// The day after which the words of a slip are erased, for what ends at this moment.
pub(crate) fn keep_until(ends_at: Timestamp) -> Date {
    let day = to_jst(ends_at).date();
    day.saturating_add(Span::new().days(KEPT_DAYS))
}

/// Waits for whoever is changing this gathering, and holds it until the end of the transaction.
async fn lock(tx: &mut Conn, id: GatheringId) -> Result<()> {
    tx.exec(
        "UPDATE gathering SET taken = taken WHERE id = $1",
        params![id.get()],
    )
    .await?;
    Ok(())
}
