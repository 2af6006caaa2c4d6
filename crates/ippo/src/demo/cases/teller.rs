//! Whoever tells the stories: moves the clock and does, through the rooms, what the staff did.

use crate::demo::office::Desk;
use crate::failure::Result;
use basics::{CaseId, Clock, CompartmentId, ThreadId};
use casework::case::Opened;
use casework::contact::{Channel, Direction, NewContact, Outcome, Party};
use casework::engagement::{Change, State as Stage};
use casework::note::{Block, State};
use casework::quick_log::{QuickLog, With};
use casework::visit::{Goal, NewVisit, Target, WantedBy, Words};
use casework::{Knows, NewCase, NewPerson};
use jiff::{SignedDuration, ToSpan as _, civil::Date};
use mailbox::return_code::Token;
use office::Session;
use web::App;

/// Tells a story: moves the clock and does what the staff did.
pub(super) struct Teller<'a> {
    pub(super) app: &'a App,
    pub(super) clock: &'a Clock,
    pub(super) now: &'a Clock,
}

impl Teller<'_> {
    /// So many days ago, at this hour.
    pub(super) fn ago(&self, days: i64, hour: i64) {
        let today: Date = self.now.today();
        let day = today.saturating_sub(days.days());
        let at = basics::time::start_of_day(day)
            .saturating_add(SignedDuration::from_hours(hour))
            .unwrap_or(self.now.now());
        self.clock.set(at);
    }

    pub(super) async fn open(
        &self,
        by: &Session,
        principal: NewPerson,
        consulter: Option<NewPerson>,
        subject_knows: Knows,
        thread: Option<ThreadId>,
    ) -> Result<Opened> {
        let new = NewCase {
            principal,
            consulter,
            subject_knows,
            thread,
        };
        Ok(self.app.casework.open_new(by, &new).await?)
    }

    pub(super) async fn step(
        &self,
        by: &Session,
        case: CaseId,
        to: Stage,
        ground: &str,
    ) -> Result<()> {
        let change = Change::because(ground);
        self.app
            .casework
            .change_engagement(by, case, to, &change)
            .await?;
        Ok(())
    }

    /// A contact with whoever speaks in this case.
    #[allow(clippy::too_many_arguments, reason = "a line of a story, told once")]
    pub(super) async fn log(
        &self,
        by: &Session,
        opened: &Opened,
        channel: Channel,
        result: Outcome,
        minutes: Option<i64>,
        blocks: Vec<Block>,
        staff_line: &str,
    ) -> Result<()> {
        let with = With::Person(opened.consulter.unwrap_or(opened.principal));
        self.contact(
            by,
            opened.case,
            with,
            channel,
            result,
            minutes,
            blocks,
            staff_line,
        )
        .await
    }

    #[allow(clippy::too_many_arguments, reason = "a line of a story, told once")]
    pub(super) async fn contact(
        &self,
        by: &Session,
        case: CaseId,
        with: With,
        channel: Channel,
        result: Outcome,
        minutes: Option<i64>,
        blocks: Vec<Block>,
        staff_line: &str,
    ) -> Result<()> {
        let ours = matches!(result, Outcome::NoReplyLetter | Outcome::Sent)
            || channel == Channel::HomeVisit;
        let log = QuickLog {
            contact: NewContact {
                at: self.clock.now(),
                channel,
                direction: if ours {
                    Direction::Outgoing
                } else {
                    Direction::Incoming
                },
                party: Party::Anonymous,
                people: Vec::new(),
                about: None,
                minutes,
                result,
                staff: Vec::new(),
                next_on: None,
            },
            with,
            blocks,
            staff_line: staff_line.to_owned(),
            state: State::Confirmed,
            despite: None,
        };
        self.app
            .casework
            .log(by, case, &log, &Token::fresh())
            .await?;
        Ok(())
    }

    /// A visit this afternoon, in pairs.
    pub(super) async fn visit(
        &self,
        me: &Session,
        desk: &Desk,
        case: CaseId,
        side: CompartmentId,
    ) -> Result<()> {
        self.clock.set(self.now.now());
        // Two in the afternoon, today or (late in the day) tomorrow.
        let at_two =
            |day| basics::time::start_of_day(day).saturating_add(SignedDuration::from_hours(14));
        let today = self.now.today();
        let leave_at = [Some(today), today.tomorrow().ok()]
            .into_iter()
            .flatten()
            .filter_map(|day| at_two(day).ok())
            .find(|at| *at > self.now.now())
            .unwrap_or(self.now.now());
        let visit = NewVisit {
            compartment: side,
            target: Target::Principal,
            leave_at,
            return_at: leave_at + SignedDuration::from_mins(90),
            wanted_by: WantedBy::FamilyAgreed,
            goals: vec![Goal::Greet, Goal::Deliver],
            words: Words {
                goal: "季節の便りを手渡す。会えなくてもよい。".to_owned(),
                agreed: "父と電話で。本人は「来てもいい」と。".to_owned(),
                place: "玄関先".to_owned(),
                say: "先日の会釈のお礼。".to_owned(),
                careful: "仕事の話は、こちらからしない。".to_owned(),
                alone: String::new(),
            },
            staff: me.staff(),
            buddy: Some(desk.supervisor.staff()),
            despite: None,
        };
        self.app.casework.plan_visit(me, case, &visit).await?;
        Ok(())
    }
}
