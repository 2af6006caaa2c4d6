//! Visits: in pairs, never past a no, and somebody notices when nobody comes back (F5 11, inv. 29).

use crate::world::{MIGRATIONS, World};
use basics::StaffId;
use casework::case::Opened;
use casework::check_in::{GRACE, is_overdue};
use casework::refusal::NewRefusal;
use casework::safety_flag::{Audience, FlagKind, Judgement, Level};
use casework::visit::{Goal, NewVisit, State, Target, WantedBy, Words};
use casework::visit_outcome::{FromDevice, Met, NewOutcome, Said, Taken};
use casework::{Error, Knows};
use jiff::{SignedDuration, Timestamp};
use office::duty::{self, Ground};
use office::{Role, Session};
use store::{params, transact};
use testkit::TestDb;
use testkit::builders::Colleague;

const PLACE: &str = "公園の東口のベンチ";
const MEMO: &str = "玄関先で五分、天気の話をした";

/// Today at this hour and minute.
pub fn at(hour: i8, minute: i8) -> Timestamp {
    basics::time::start_of_day(jiff::civil::date(2026, 11, 24))
        + SignedDuration::from_mins(i64::from(hour) * 60 + i64::from(minute))
}

/// To the mother, away from home: 14:00 to 16:00.
pub fn to_the_mother(opened: &Opened, who: &Session, buddy: Option<StaffId>) -> NewVisit {
    NewVisit {
        despite: None,
        compartment: opened.compartment,
        target: Target::FamilyAway,
        leave_at: at(14, 0),
        return_at: at(16, 0),
        wanted_by: WantedBy::ToSeeFamily,
        goals: vec![Goal::Family],
        words: Words {
            place: PLACE.to_owned(),
            say: "息子さんの名前は出さない".to_owned(),
            ..Words::default()
        },
        staff: who.staff(),
        buddy,
    }
}

impl World {
    pub async fn works_on(&self, opened: &Opened, me: &Session, who: &Colleague) {
        let now = self.clock.now_micros();
        transact!(&self.db, "test.assign", |tx| {
            tx.exec(
                "INSERT INTO assignment (id, office_id, case_id, staff_id, kind, whole, from_at, made_by, made_at, sheet_due) \
                 VALUES ($1, $2, $3, $4, 'sub', 1, $5, $6, $7, 0)",
                params![
                    basics::new_id(&self.clock),
                    self.office.id.get(),
                    opened.case.get(),
                    who.staff.get(),
                    now,
                    me.staff().get(),
                    now
                ],
            )
            .await?;
            let entry = office::Entry::done(
                self.office.id,
                office::Actor::Operator,
                "case.assigned",
                "test",
                self.clock.now(),
            );
            office::audit::record(tx, &entry).await
        })
        .unwrap();
    }

    pub async fn denies(&self, opened: &Opened, who: &Colleague) {
        let now = self.clock.now_micros();
        transact!(&self.db, "test.deny", |tx| {
            tx.exec(
                "INSERT INTO deny_entry (id, office_id, case_id, staff_id, reason, set_by, set_at) \
                 VALUES ($1, $2, $3, $4, 'neighbour', $5, $6)",
                params![
                    basics::new_id(&self.clock),
                    self.office.id.get(),
                    opened.case.get(),
                    who.staff.get(),
                    who.staff.get(),
                    now
                ],
            )
            .await?;
            let entry = office::Entry::done(
                self.office.id,
                office::Actor::Operator,
                "case.acquaintance",
                "test",
                self.clock.now(),
            );
            office::audit::record(tx, &entry).await
        })
        .unwrap();
    }

    /// A visit of two that has left at 14:00 and is due back at 16:00.
    pub async fn a_visit_that_is_out(&self) -> (Session, Opened, i64) {
        let me = self.coordinator().await;
        let opened = self.a_mothers_case(&me).await;
        let buddy = self.office.supervisor.staff;
        let new = to_the_mother(&opened, &me, Some(buddy));
        let visit = self
            .casework
            .plan_visit(&me, opened.case, &new)
            .await
            .unwrap();
        self.clock.set(at(14, 0));
        self.casework.go_out(&me, visit).await.unwrap();
        (me, opened, visit)
    }
}

fn guarded(result: Result<i64, Error>) -> bool {
    matches!(
        result.unwrap_err(),
        Error::Guarded(_) | Error::Passable { .. }
    )
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Two go. One goes only with a reason that is written down; and only colleagues who work on the case.
    async fn a_pair_is_the_rule(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let mut new = to_the_mother(&opened, &me, None);
        assert!(guarded(world.casework.plan_visit(&me, opened.case, &new).await));
        new.words.alone = "母が、はじめは一人で来てほしいと言っている".to_owned();
        let visit = world.casework.plan_visit(&me, opened.case, &new).await.unwrap();
        let seen = world.casework.visit(&me, opened.case, visit).await.unwrap();
        assert_eq!((seen.words.alone, seen.visit.buddy), (new.words.alone.clone(), None));

        let other = world.office.another("other", Role::Coordinator).await;
        let with_other = to_the_mother(&opened, &me, Some(other.staff));
        let refused = world.casework.plan_visit(&me, opened.case, &with_other).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid { field: "buddy", .. }), "{refused:?}");
        world.works_on(&opened, &me, &other).await;
        world.casework.plan_visit(&me, opened.case, &with_other).await.unwrap();
        let barred = world.office.another("barred", Role::Coordinator).await;
        world.works_on(&opened, &me, &barred).await;
        world.denies(&opened, &barred).await;
        let with_barred = to_the_mother(&opened, &me, Some(barred.staff));
        assert!(world.casework.plan_visit(&me, opened.case, &with_barred).await.is_err());
        assert!(!db.holds_in_the_clear(PLACE).await && !db.holds_in_the_clear("一人で来てほしい").await);
    }

    /// With a standing flag about violence or the staff's safety, going alone is the supervisor's word, not one's own.
    async fn alone_with_a_safety_flag_waits_for_the_supervisor(db: TestDb) {
        let world = World::new(&db).await;
        let (me, lead) = (world.coordinator().await, world.supervisor().await);
        let opened = world.a_mothers_case(&me).await;
        let mut new = to_the_mother(&opened, &me, None);
        new.words.alone = "わけ".to_owned();
        let visit = world.casework.plan_visit(&me, opened.case, &new).await.unwrap();
        let paired = to_the_mother(&opened, &me, Some(lead.staff()));
        let paired = world.casework.plan_visit(&me, opened.case, &paired).await.unwrap();
        let judged = Judgement {
            once: None,
            level: Level::Soon,
            audience: Audience::Lead,
            review_on: Some(jiff::civil::date(2026, 12, 24)),
            ground: "玄関で物が飛んだ".to_owned(),
            peer_line: String::new(),
        };
        world.casework.raise_flag(&lead, opened.case, FlagKind::Staff, &judged).await.unwrap();
        world.clock.set(at(14, 0));
        assert!(guarded(world.casework.go_out(&me, visit).await.map(|()| 0)));
        assert!(world.casework.approve_alone(&me, opened.case, visit).await.unwrap_err().is_not_found());
        assert!(world.casework.visit(&lead, opened.case, visit).await.unwrap().waits_for_approval);
        world.casework.approve_alone(&lead, opened.case, visit).await.unwrap();
        world.casework.go_out(&me, visit).await.unwrap();
        world.casework.go_out(&me, paired).await.unwrap();
    }

    /// Invariants 8 and 9: not to the person, nor to the house they live in, past what they know or refuse; to the
    /// mother elsewhere, always. A no that is said after the planning stops the leaving.
    async fn nobody_visits_past_what_is_known_or_refused(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let buddy = Some(world.office.supervisor.staff);
        let mut new = to_the_mother(&opened, &me, buddy);
        world.casework.plan_visit(&me, opened.case, &new).await.unwrap();
        for target in [Target::Principal, Target::FamilyAtHome] {
            new.target = target;
            assert!(guarded(world.casework.plan_visit(&me, opened.case, &new).await), "{target:?}");
        }
        world.hear(&me, &opened, Knows::Knows).await.unwrap();
        let visit = world.casework.plan_visit(&me, opened.case, &new).await.unwrap();
        let no = NewRefusal {
            person: opened.principal,
            heard_on: world.clock.today(),
            heard_by: me.staff(),
            check_on: None,
            words: String::new(),
        };
        world.casework.record_refusal(&me, opened.case, &no).await.unwrap();
        assert!(guarded(world.casework.plan_visit(&me, opened.case, &new).await));
        world.clock.set(at(14, 0));
        assert!(guarded(world.casework.go_out(&me, visit).await.map(|()| 0)));
    }

    /// F5 11: at the planned return and ten minutes, not yet; a moment later the alarm stands, and no state was changed.
    /// 「あと30分」 and 「連絡がとれた」 make it rest; coming back ends it.
    async fn overdue_is_computed_at_the_exact_minute(db: TestDb) {
        let world = World::new(&db).await;
        let (me, opened, visit) = world.a_visit_that_is_out().await;
        let lead = world.supervisor().await;
        let rings = async |minute: Timestamp, who: &Session| {
            world.clock.set(minute);
            world.casework.alarms(who).await.unwrap().len()
        };
        assert_eq!(rings(at(16, 0) + GRACE, &lead).await, 0);
        let rows = world.number_of("SELECT COUNT(*) FROM audit_row").await;
        assert_eq!(rings(at(16, 0) + GRACE + SignedDuration::from_micros(1), &lead).await, 1);
        assert_eq!(rings(at(16, 11), &me).await, 1, "whoever went may press the button too");
        assert_eq!(world.number_of("SELECT COUNT(*) FROM audit_row").await, rows, "looking changes nothing");
        assert_eq!(world.number_of("SELECT COUNT(*) FROM visit WHERE state = 'out'").await, 1);
        assert_eq!(rings(at(16, 9), &lead).await, 0, "only the clock decides");

        world.clock.set(at(16, 11));
        world.casework.extend(&me, visit).await.unwrap();
        assert_eq!(rings(at(16, 51), &lead).await, 0);
        assert_eq!(rings(at(16, 52), &lead).await, 1);
        assert!(world.casework.reached(&lead, visit, "  ").await.is_err());
        world.casework.reached(&lead, visit, "電話がつながった。道が混んでいる").await.unwrap();
        assert_eq!(rings(at(17, 32), &lead).await, 0);
        assert_eq!(rings(at(17, 33), &lead).await, 1);
        world.casework.come_back(&me, visit).await.unwrap();
        assert_eq!(rings(at(23, 0), &lead).await, 0);
        assert!(matches!(world.casework.come_back(&me, visit).await, Err(Error::Illegal(_))));

        let seen = world.casework.visit(&me, opened.case, visit).await.unwrap();
        let kinds: Vec<&str> = seen.events.iter().map(|one| one.kind.as_str()).collect();
        assert_eq!(kinds, ["out", "extended", "reached", "back"]);
        assert_eq!(seen.events[2].words, "電話がつながった。道が混んでいる");
        assert_eq!(seen.visit.state, State::Back);
        assert!(!is_overdue(&seen.visit, at(23, 0)));
        assert!(!db.holds_in_the_clear("道が混んでいる").await);
    }

    /// The alarm goes to whoever is on duty; a colleague who must not know of the case learns who is late, not of whom.
    async fn the_alarm_finds_whoever_is_on_duty(db: TestDb) {
        let world = World::new(&db).await;
        let denied = world.office.another("denied", Role::Coordinator).await;
        let idle = world.office.another("idle", Role::Coordinator).await;
        let (me, opened, visit) = world.a_visit_that_is_out().await;
        world.denies(&opened, &denied).await;
        let today = world.clock.today();
        let (denied, idle, lead) =
            (world.session(&denied).await, world.session(&idle).await, world.supervisor().await);
        world.clock.set(at(16, 30));
        assert!(world.casework.alarms(&idle).await.unwrap().is_empty());
        assert!(world.casework.come_back(&idle, visit).await.unwrap_err().is_not_found());
        assert!(world.casework.come_back(&idle, 7).await.unwrap_err().is_not_found());

        duty::set(&world.db, &denied, today, Some(denied.staff())).await.unwrap();
        let alarms = world.casework.alarms(&denied).await.unwrap();
        assert_eq!(alarms.len(), 1);
        assert!(alarms[0].names.contains(me.name()) && alarms[0].case.is_none());
        assert!(world.casework.case(&denied, opened.case).await.unwrap_err().is_not_found());
        assert_eq!(world.casework.alarms(&lead).await.unwrap()[0].case.map(|(case, _)| case), Some(opened.case));
        let day = world.casework.visits_on(&denied, today).await.unwrap();
        assert_eq!((day.len(), day[0].number, day[0].overdue), (1, None, true));
        world.casework.reached(&denied, visit, "事務所に電話があった").await.unwrap();
        assert!(world.casework.alarms(&lead).await.unwrap().is_empty());
    }

    /// 当番: a supervisor sets anybody, a colleague themself on a free day; and when nobody is set it is said who looks.
    async fn the_duty_roster(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let lead = world.supervisor().await;
        let today = world.clock.today();
        let opened = world.a_mothers_case(&me).await;
        let of = Some((opened.case, world.clock.now()));
        let on = async |case: Option<(basics::CaseId, Timestamp)>, away: &[StaffId]| {
            let mut conn = world.db.read().await.unwrap();
            duty::on_duty(&mut conn, world.office.id, today, case, away).await.unwrap()
        };
        assert_eq!(on(None, &[]).await.ground, Ground::Supervisors);
        let fallen = on(of, &[]).await;
        assert_eq!((fallen.ground, fallen.has(me.staff())), (Ground::MainWorkers, true));
        assert!(duty::set(&world.db, &me, today, Some(lead.staff())).await.is_err());
        duty::set(&world.db, &me, today, Some(me.staff())).await.unwrap();
        assert_eq!(on(None, &[]).await.ground, Ground::Set);
        assert_eq!(on(of, &[me.staff()]).await.ground, Ground::Supervisors, "who is away looks after nothing");
        duty::set(&world.db, &lead, today, Some(lead.staff())).await.unwrap();
        assert!(duty::set(&world.db, &me, today, None).await.is_err(), "another's duty stays");
        let yesterday = today.yesterday().unwrap();
        assert!(duty::set(&world.db, &lead, yesterday, None).await.is_err());
    }

    /// inv. 29: what a device sends is taken from whoever goes on the visit, and from no colleague, also when they work on
    /// the case and reach its words.
    async fn nobody_sends_a_draft_for_a_colleagues_visit(db: TestDb) {
        let world = World::new(&db).await;
        let (me, opened, visit) = world.a_visit_that_is_out().await;
        let other = world.office.another("other", Role::Coordinator).await;
        world.works_on(&opened, &me, &other).await;
        let other = world.session(&other).await;
        assert!(world.casework.visit(&other, opened.case, visit).await.is_ok());
        let draft = FromDevice {
            visit,
            client_id: "0f3c-22aa-9c".to_owned(),
            typed_at: at(15, 0),
            based_on: 0,
            whose: None,
            words: MEMO.to_owned(),
        };
        assert!(world.casework.take_draft(&other, &draft).await.unwrap_err().is_not_found());
        assert_eq!(world.number_of("SELECT COUNT(*) FROM visit_draft").await, 0);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM note WHERE state = 'draft'").await, 0);
        assert!(world.casework.take_draft(&me, &draft).await.is_ok());
    }

    /// inv. 29: what is taken along may be lost in a street. Neither a full name, nor a reading, an address or a number of
    /// anybody of the case is on the card.
    async fn a_card_holds_no_name_and_no_number(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let number = ["0250", "99", "1234"].join("-");
        for person in [opened.principal, opened.consulter.unwrap()] {
            world.learns(&me, &opened, person, casework::identity::Ground::Told, |step| {
                step.identity.name = "北野 あかり".to_owned();
                step.identity.kana = "きたの あかり".to_owned();
                step.identity.address = "みどり市桜町".to_owned();
            }).await.unwrap();
            let point = casework::contact_rule::NewContactPoint::careful(casework::contact_rule::Channel::HomePhone, &number);
            world.casework.keep_contact_point(&me, opened.case, person, &point, None).await.unwrap();
        }
        let buddy = Some(world.office.supervisor.staff);
        world.casework.plan_visit(&me, opened.case, &to_the_mother(&opened, &me, buddy)).await.unwrap();
        let cards = world.casework.cards(&me, true).await.unwrap().cards;
        let card = format!("{:?}", cards[0]);
        assert!(card.contains(PLACE) && cards[0].rules.len() == 2, "{card}");
        for secret in ["北野", "あかり", "きたの", "桜町", "1234"] {
            assert!(!card.contains(secret), "{secret}");
        }
    }

    /// What came of it is versions; what a device sends comes once, stands beside, and never over (inv. 29).
    async fn a_draft_from_a_device_never_overwrites(db: TestDb) {
        let world = World::new(&db).await;
        let (me, opened, visit) = world.a_visit_that_is_out().await;
        let outcome = |reaction: &str, seen: i64| NewOutcome {
            met: Met::Family,
            arrived_at: Some(at(14, 20)),
            left_at: Some(at(15, 10)),
            next_on: Some(jiff::civil::date(2026, 12, 8)),
            said: Said { reaction: reaction.to_owned(), ..Said::default() },
            heard: Vec::new(),
            seen,
        };
        let draft = FromDevice {
            visit,
            client_id: "0f3c-22aa-9b".to_owned(),
            typed_at: at(15, 0),
            based_on: 0,
            whose: None,
            words: MEMO.to_owned(),
        };
        let first = world.casework.take_draft(&me, &draft).await.unwrap();
        assert_eq!(first, Taken { again: false, beside: false });
        world.casework.record_outcome(&me, opened.case, visit, &outcome("母だけと話した", 0)).await.unwrap();
        let stale = world.casework.record_outcome(&me, opened.case, visit, &outcome("別の版", 0)).await;
        assert!(matches!(stale, Err(Error::Meanwhile)));
        let again = world.casework.take_draft(&me, &draft).await.unwrap();
        assert!(again.again);
        let late = FromDevice { client_id: "0f3c-22aa-9c".to_owned(), ..draft.clone() };
        assert!(world.casework.take_draft(&me, &late).await.unwrap().beside);

        let seen = world.casework.visit(&me, opened.case, visit).await.unwrap();
        assert_eq!((seen.drafts.len(), seen.outcomes.len()), (2, 1));
        assert_eq!(seen.outcomes[0].said.reaction, "母だけと話した");
        assert_eq!(seen.drafts[1].words, MEMO);
        assert!(!db.holds_in_the_clear(MEMO).await && !db.holds_in_the_clear("母だけと話した").await);
        // In the timeline: one contact of two colleagues, fifty minutes, and three drafts that nobody confirmed yet.
        let contacts = "SELECT COUNT(*) FROM contact WHERE channel = 'home_visit' AND minutes = 50 AND result = 'talked'";
        assert_eq!(world.number_of(contacts).await, 1);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM contact_staff").await, 2);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM note WHERE state = 'draft'").await, 3);
        let note = seen.drafts[0].note.unwrap();
        assert!(world.casework.note(&me, opened.case, note).await.is_ok());

        let stranger = world.office.another("stranger", Role::Coordinator).await;
        let stranger = world.session(&stranger).await;
        assert!(world.casework.take_draft(&stranger, &draft).await.unwrap_err().is_not_found());
        let nowhere = FromDevice { visit: 7, ..draft };
        assert!(world.casework.take_draft(&me, &nowhere).await.unwrap_err().is_not_found());
    }

    /// The cards: today's, one's own, without notes, and by no full name.
    async fn cards_are_of_today_and_ones_own(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let lead = world.supervisor().await;
        let opened = world.a_mothers_case(&me).await;
        let mut new = to_the_mother(&opened, &me, None);
        new.words.alone = "わけ".to_owned();
        world.casework.plan_visit(&me, opened.case, &new).await.unwrap();
        let day = SignedDuration::from_hours(24);
        (new.leave_at, new.return_at) = (new.leave_at + day, new.return_at + day);
        world.casework.plan_visit(&me, opened.case, &new).await.unwrap();
        let mine = world.casework.cards(&me, true).await.unwrap();
        assert_eq!(mine.cards.len(), 1);
        assert_eq!((mine.cards[0].leave.as_str(), mine.cards[0].place.as_str()), ("14:00", PLACE));
        assert_eq!(mine.until, at(24, 0));
        assert!(world.casework.cards(&lead, false).await.unwrap().cards.is_empty());
        assert_eq!(world.recorded("visit.card_taken", "ok").await, 1);
        world.denies(&opened, &world.office.coordinator).await;
        assert!(world.casework.cards(&me, false).await.unwrap().cards.is_empty());
    }
}
