//! The sample office's year of places and appointments: who came, who will come, who waits. All of it is invented.

mod offered;
mod talks;

use super::office::Desk;
use super::said::SampleSlip;
use crate::failure::Result;
use basics::Clock;
use basics::time::start_of_day;
use community::attendance::Heads;
use community::booking::{NewBooking, Who};
use community::gathering::{Day, OnDay};
use community::programme::{Draft, ForWhom, Kind as Sort, RunBy};
use community::slip::{Reminder, Token, Words};
use jiff::civil::{Date, Weekday, time};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use offered::{CLASS, HIDAMARI, KOMOREBI, NIGHT, TALK, YORIMICHI};
use office::Session;
use web::App;

/// How long ago the places opened, in days.
const BEGAN: i32 = 364;
/// How far ahead the room writes days down; within it the year is laid out in steps.
const STEP: i32 = community::gathering::AHEAD_DAYS - 3;

/// Tells the year, and leaves the clock at the present.
pub async fn tell(app: &App, clock: &Clock, now: &Clock, desk: &Desk) -> Result<Vec<SampleSlip>> {
    let year = Year {
        app,
        clock,
        desk,
        now: now.now(),
        today: now.today(),
    };
    let began = year.today.saturating_sub(BEGAN.days());
    for draft in offered::all(desk, year.today, began)? {
        year.offer(began, &draft).await?;
    }
    year.lay_out(began).await?;
    year.closed_for_a_storm().await?;
    year.count().await?;
    let mut slips = year.bookings().await?;
    year.changes().await?;
    slips.extend(talks::tell(&year).await?);
    year.clock.set(year.now);
    Ok(slips)
}

/// Whoever tells the year.
struct Year<'a> {
    app: &'a App,
    clock: &'a Clock,
    desk: &'a Desk,
    now: Timestamp,
    today: Date,
}

/// A booking of the story.
struct Guest {
    name: &'static str,
    note: &'static str,
    who: Who,
    people: u32,
    perhaps: bool,
    first_time: Option<bool>,
    call: bool,
}

impl Guest {
    fn called(name: &'static str, who: Who) -> Self {
        Self {
            name,
            note: "",
            who,
            people: 1,
            perhaps: false,
            first_time: None,
            call: false,
        }
    }

    fn says(self, note: &'static str) -> Self {
        Self { note, ..self }
    }

    fn perhaps(self) -> Self {
        Self {
            perhaps: true,
            ..self
        }
    }

    fn for_the_first_time(self) -> Self {
        Self {
            first_time: Some(true),
            ..self
        }
    }

    fn with(self, people: u32) -> Self {
        Self { people, ..self }
    }

    fn wants_a_call(self) -> Self {
        Self { call: true, ..self }
    }
}

impl Year<'_> {
    fn me(&self) -> &Session {
        &self.desk.coordinator
    }

    /// A day before or after today, at this hour; never later than now.
    fn at(&self, day: Date, hour: i64) {
        let at = start_of_day(day).saturating_add(SignedDuration::from_hours(hour));
        self.clock.set(at.unwrap_or(self.now).min(self.now));
    }

    fn ago(&self, days: i32, hour: i64) {
        self.at(self.today.saturating_sub(days.days()), hour);
    }

    /// Whoever runs it signs for it.
    fn keeper(&self, draft: &Draft) -> &Session {
        let leads = draft.hosts.first() == Some(&self.desk.supervisor.staff());
        if leads {
            &self.desk.supervisor
        } else {
            self.me()
        }
    }

    async fn offer(&self, began: Date, draft: &Draft) -> Result<()> {
        let room = &self.app.community;
        let title = draft.details.title.as_str();
        match title {
            CLASS => self.ago(50, 10),
            TALK => self.ago(20, 10),
            offered::UNCHECKED => self.ago(4, 10),
            _ => self.at(began, 9),
        }
        let me = self.keeper(draft);
        let id = room.add_programme(me, draft).await?;
        if title == offered::UNCHECKED {
            return Ok(());
        }
        if draft.run_by == RunBy::Other {
            self.ago(40, 15);
            room.check_programme(me, id, 1).await?;
            self.at(began, 9);
        }
        room.list_programme(me, id).await?;
        if title == TALK {
            let next_month = self.today.saturating_add(26.days());
            let sunday = next_month
                .nth_weekday(1, Weekday::Sunday)
                .unwrap_or(next_month);
            let day = Day {
                day: sunday,
                from: time(14, 0, 0, 0),
                minutes: 120,
                capacity: None,
                words: "字幕と手話の通訳があります。".to_owned(),
                hosts: Vec::new(),
            };
            room.add_gathering(me, id, &day).await?;
        }
        Ok(())
    }

    /// The days of the year, written down as the house does it: from time to time, for the months ahead.
    async fn lay_out(&self, began: Date) -> Result<()> {
        let mut day = began.saturating_add(STEP.days());
        while day < self.today {
            self.at(day, 3);
            self.app.community.lay_out_days().await?;
            day = day.saturating_add(STEP.days());
        }
        self.clock.set(self.now);
        self.app.community.lay_out_days().await?;
        Ok(())
    }

    async fn days(&self, from: Date, until: Date, title: &str) -> Result<Vec<OnDay>> {
        let all = self.app.community.on_between(from, until).await?;
        let named = |one: &OnDay| one.programme.draft.details.title == title;
        Ok(all.into_iter().filter(named).collect())
    }

    /// The next days of a programme that have not begun.
    async fn next(&self, title: &str) -> Result<Vec<OnDay>> {
        let until = self.today.saturating_add(70.days());
        let mut days = self.days(self.today, until, title).await?;
        days.retain(|one| one.gathering.starts_at > self.now);
        Ok(days)
    }

    /// Somewhere in the year a day was called off.
    async fn closed_for_a_storm(&self) -> Result<()> {
        let week = self.today.saturating_sub(80.days());
        let days = self
            .days(week, week.saturating_add(14.days()), HIDAMARI)
            .await?;
        if let Some(one) = days.first() {
            self.at(one.gathering.day, 8);
            let words = "強い風の予報のため、お休みにしました。";
            let id = one.gathering.id;
            self.app
                .community
                .cancel_gathering(self.me(), id, words)
                .await?;
        }
        Ok(())
    }

    /// Heads were counted after each day.
    async fn count(&self) -> Result<()> {
        let from = self.today.saturating_sub(BEGAN.days());
        let days = self.app.community.on_between(from, self.today).await?;
        let over = |one: &&OnDay| {
            one.gathering.ends_at < self.now
                && one.gathering.state == community::gathering::State::Planned
        };
        for (nth, one) in (0u32..).zip(days.iter().filter(over)) {
            if one.programme.draft.run_by == RunBy::Other {
                continue;
            }
            let after = one
                .gathering
                .ends_at
                .saturating_add(SignedDuration::from_mins(20));
            self.clock.set(after.unwrap_or(self.now).min(self.now));
            let by = self.keeper_of(one);
            let heads = heads(one, nth);
            self.app
                .community
                .count_heads(by, one.gathering.id, &heads)
                .await?;
            self.noticed(by, one, nth).await?;
        }
        Ok(())
    }

    fn keeper_of(&self, one: &OnDay) -> &Session {
        // Lists do not carry the hosts; the sort says whose it is.
        match one.programme.draft.kind {
            Sort::FamilyGroup | Sort::FamilyClass | Sort::Talk => &self.desk.supervisor,
            _ => self.me(),
        }
    }

    /// 気づき of the last days.
    async fn noticed(&self, by: &Session, one: &OnDay, nth: u32) -> Result<()> {
        let recent = one.gathering.day > self.today.saturating_sub(21.days());
        if !recent || nth.is_multiple_of(2) {
            return Ok(());
        }
        let words = match one.programme.draft.kind {
            Sort::FamilyGroup | Sort::FamilyClass => {
                "はじめての方がおひとり。聞くだけで、最後に「また来ます」とひとこと。"
            }
            Sort::OnlineIbasho => "文字だけで、静かな回。終わりの時刻を10分のばした。",
            _ => "窓ぎわの席がうまったので、奥にもう1つ机を出した。音楽は、途中で止めた。",
        };
        self.app
            .community
            .write_gathering_note(by, one.gathering.id, words)
            .await?;
        Ok(())
    }

    async fn bookings(&self) -> Result<Vec<SampleSlip>> {
        use Who::{Family, Other, Principal, Unsaid};
        let mut slips = Vec::new();
        let guests = [
            Guest::called("みどりの人", Principal),
            Guest::called("", Unsaid).perhaps(),
            Guest::called("ねこ", Principal)
                .for_the_first_time()
                .says("声が出ないことがあります。筆談だと助かります。"),
            Guest::called("N", Principal).perhaps(),
            Guest::called("よる", Principal),
            Guest::called("はしのほう", Principal).for_the_first_time(),
            Guest::called("つばめ", Principal),
            Guest::called("もぐら", Principal).for_the_first_time(),
        ];
        slips.extend(self.fill(YORIMICHI, 0, 9, &guests).await?);
        let guests = [
            Guest::called("7", Unsaid)
                .for_the_first_time()
                .says("部屋の前まで行って、帰るかもしれません。"),
            Guest::called("しろ", Principal).perhaps(),
            Guest::called("となり町から", Other),
        ];
        self.fill(HIDAMARI, 0, 3, &guests).await?;
        let guests = [Guest::called("ふくろう", Principal).perhaps()];
        self.fill(HIDAMARI, 1, 2, &guests).await?;
        let guests = [
            Guest::called("すみれ", Family).for_the_first_time(),
            Guest::called("父", Family).with(2),
            Guest::called("かえで", Family).wants_a_call(),
            Guest::called("", Family).perhaps(),
        ];
        slips.extend(self.fill(KOMOREBI, 0, 6, &guests).await?);
        let guests = [
            Guest::called("かえで", Family),
            Guest::called("山の母", Family).for_the_first_time(),
            Guest::called("兄", Family).perhaps(),
        ];
        self.fill(CLASS, 0, 5, &guests).await?;
        let guests = [
            Guest::called("ほし", Principal),
            Guest::called("ROM", Unsaid).for_the_first_time(),
        ];
        self.fill(NIGHT, 0, 1, &guests).await?;
        let guests = [
            Guest::called("", Other).with(3),
            Guest::called("すみれ", Family),
            Guest::called("家から聞きます", Principal),
        ];
        self.fill(TALK, 0, 4, &guests).await?;
        Ok(slips)
    }

    /// Books the `nth` next day of a programme, one a day, the last of them a day ago. The first and the last come back.
    async fn fill(
        &self,
        title: &str,
        nth: usize,
        since: i32,
        guests: &[Guest],
    ) -> Result<Vec<SampleSlip>> {
        let Some(on) = self.next(title).await?.into_iter().nth(nth) else {
            return Ok(Vec::new());
        };
        let mut slips = Vec::new();
        for (days, guest) in (0..).zip(guests) {
            self.ago((since - days).max(1), 21);
            let token = Token::fresh();
            let reminder = if guest.call {
                Reminder::Call
            } else {
                Reminder::Nothing
            };
            let phone = if guest.call {
                "（見本の電話 1）"
            } else {
                ""
            };
            let new = NewBooking {
                programme: on.programme.number,
                seq: on.gathering.seq,
                who: guest.who,
                people: guest.people,
                perhaps: guest.perhaps,
                first_time: guest.first_time,
                wait: true,
                tell: false,
                token: &token,
                words: Words {
                    nickname: guest.name.to_owned(),
                    calendar_name: String::new(),
                    note: guest.note.to_owned(),
                    phone: phone.to_owned(),
                },
                reminder,
                reminder_to: String::new(),
                address: None,
            };
            let booked = self.app.community.book(&new).await?;
            let (what, key) = match (on.programme.draft.for_whom, booked.state) {
                (_, community::booking::State::Waiting) => ("空きを待っている予約", "waiting"),
                (ForWhom::Family, _) => ("家族会の予約", "family"),
                _ => ("当事者会の予約", "seat"),
            };
            slips.push(SampleSlip {
                what,
                key,
                code: booked.code.spoken(),
            });
        }
        slips.dedup_by_key(|slip| slip.key);
        Ok(slips)
    }

    /// What is different from the rule: a day that does not take place, a theme, more seats.
    async fn changes(&self) -> Result<()> {
        self.ago(1, 11);
        let (room, me) = (&self.app.community, self.me());
        if let Some(one) = self.next(HIDAMARI).await?.get(3) {
            let words = "会場の工事のため、この日はお休みします。次の回は、いつもどおりです。";
            room.cancel_gathering(me, one.gathering.id, words).await?;
        }
        if let Some(one) = self.next(KOMOREBI).await?.first() {
            let lead = &self.desk.supervisor;
            let words = "この回のテーマ「年末年始の過ごし方」";
            self.themed(lead, one, words).await?;
        }
        if let Some(one) = self.next(NIGHT).await?.get(1) {
            self.themed(me, one, "みんなで同じ音楽を聞く回です。")
                .await?;
        }
        Ok(())
    }

    async fn themed(&self, by: &Session, one: &OnDay, words: &str) -> Result<()> {
        let gathering = &one.gathering;
        let zoned = basics::time::to_jst(gathering.starts_at);
        let minutes = gathering
            .ends_at
            .duration_since(gathering.starts_at)
            .as_mins();
        let day = Day {
            day: gathering.day,
            from: zoned.time(),
            minutes: u32::try_from(minutes).unwrap_or(120),
            capacity: gathering.own_capacity,
            words: words.to_owned(),
            hosts: Vec::new(),
        };
        self.app
            .community
            .change_gathering(by, gathering.id, gathering.version, &day)
            .await?;
        Ok(())
    }
}

/// So many came, more in spring and autumn than in August and January; the same days give the same numbers.
fn heads(one: &OnDay, nth: u32) -> Heads {
    let turn = (nth * 7 + 3) % 5;
    let season = match one.gathering.day.month() {
        1 | 2 | 8 => 0,
        4 | 5 | 10 | 11 => 2,
        _ => 1,
    };
    let first_timers = u32::from(turn == 2) + u32::from(nth.is_multiple_of(13));
    let mut heads = Heads {
        staff: 1,
        first_timers,
        ..Heads::default()
    };
    match one.programme.draft.kind {
        Sort::Ibasho => {
            heads.principals = 2 + season + turn % 4;
            heads.others = u32::from(nth.is_multiple_of(9));
        }
        Sort::OnlineIbasho => heads.principals = 3 + season + turn,
        Sort::PeerGroup => (heads.principals, heads.peers) = (2 + turn % 4 + season / 2, 1),
        Sort::FamilyGroup => (heads.family, heads.staff) = (5 + season + turn, 2),
        Sort::FamilyClass => (heads.family, heads.staff) = (5 + turn, 2),
        Sort::Talk => (heads.family, heads.principals, heads.others) = (30, 12, 20),
    }
    heads
}
