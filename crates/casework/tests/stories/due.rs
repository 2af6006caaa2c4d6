//! What 「きょう」 shows besides letters and tasks of one's own making: reviews, what a supervisor has not read, what may be
//! erased, consents that were taken back; who goes along on a visit; what a hand-over sheet begins with.

use crate::world::{MIGRATIONS, World};
use casework::Error;
use casework::case::Opened;
use casework::consent::{
    Deed, Grantor, Item, Method, NewConsent, Purpose, Recipient, RecipientKind, Step,
};
use casework::contact::{Channel, Direction, NewContact, Outcome, Party};
use casework::contact_rule::{self, NewContactPoint};
use casework::note::{Block, BlockKind, MayShare, State};
use casework::plan::{NewPlan, SavePart, Sheet, SubjectKind};
use casework::quick_log::{QuickLog, With};
use casework::retention::HoldGround;
use casework::safety_flag::{Audience, FlagKind, Judgement, Level};
use casework::silence::{NewWatch, Pace};
use casework::task::Kind;
use casework::today::Review;
use casework::visit::{Goal, NewVisit, Target, WantedBy, Words};
use jiff::SignedDuration;
use jiff::civil::date;
use mailbox::return_code::Token;
use office::custody::notice::NoticeKind;
use office::custody::{AssignmentKind, NewAssignment};
use office::{Role, Session};
use testkit::TestDb;
use testkit::builders::Colleague;

fn visit_of(world: &World, me: &Session, opened: &Opened) -> NewVisit {
    let leave_at = world.clock.now() + SignedDuration::from_hours(4);
    NewVisit {
        compartment: opened.compartment,
        target: Target::FamilyAway,
        leave_at,
        return_at: leave_at + SignedDuration::from_hours(2),
        wanted_by: WantedBy::ToSeeFamily,
        goals: vec![Goal::Family],
        words: Words::default(),
        staff: me.staff(),
        buddy: Some(world.office.supervisor.staff),
        despite: None,
    }
}

async fn heard(world: &World, me: &Session, opened: &Opened) {
    let log = QuickLog {
        contact: NewContact {
            at: world.clock.now(),
            channel: Channel::Phone,
            direction: Direction::Incoming,
            party: Party::Family,
            people: Vec::new(),
            about: None,
            minutes: None,
            result: Outcome::Talked,
            staff: Vec::new(),
            next_on: None,
        },
        with: With::Person(opened.consulter.unwrap()),
        blocks: vec![Block {
            text: "夜は起きているそうです".to_owned(),
            kind: BlockKind::FamilyWords,
            source: None,
            subject: None,
            may_share: MayShare::Not,
        }],
        staff_line: String::new(),
        state: State::Confirmed,
        despite: None,
    };
    let room = &world.casework;
    room.log(me, opened.case, &log, &Token::fresh())
        .await
        .unwrap();
}

async fn given(world: &World, me: &Session, opened: &Opened) -> casework::consent::ConsentId {
    let give = Step {
        items: vec![Item::Basics],
        purposes: vec![Purpose::Referral],
        until: Some(date(2027, 3, 31)),
        ..Step::plain(Deed::Give, Method::Paper, "")
    };
    let new = NewConsent {
        compartment: opened.compartment,
        grantor: Grantor::oneself(opened.consulter.unwrap()),
        recipient: Recipient {
            kind: RecipientKind::Municipality,
            name: "市の窓口".to_owned(),
        },
        first: give,
        once: None,
    };
    world
        .casework
        .new_consent(me, opened.case, &new)
        .await
        .unwrap()
}

async fn told(world: &World, who: &Session) -> Vec<NoticeKind> {
    let notices = world.casework.notices(who).await.unwrap();
    notices.iter().map(|one| one.notice.kind).collect()
}

impl World {
    async fn sub_worker(&self, me: &Session, opened: &Opened, login: &str) -> Colleague {
        let who = self.office.another(login, Role::Coordinator).await;
        let new = NewAssignment::whole(who.staff, AssignmentKind::Sub, &self.clock);
        self.casework.assign(me, opened.case, &new).await.unwrap();
        who
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Flags and plans come back on their day, to whoever works on the case and to nobody else.
    async fn reviews_come_back_on_their_day(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let room = &world.casework;
        let judged = Judgement {
            once: None,
            level: Level::Soon,
            audience: Audience::Workers,
            review_on: Some(date(2026, 12, 24)),
            ground: "物音".to_owned(),
            peer_line: String::new(),
        };
        room.raise_flag(&me, opened.case, FlagKind::Health, &judged).await.unwrap();
        let house = NewPlan { subject: SubjectKind::Household, person: None, once: None };
        let part = SavePart {
            compartment: opened.compartment,
            sheet: Sheet { words: "春まで、このまま".to_owned(), ..Sheet::default() },
            agreed: None,
            review_on: Some(date(2026, 12, 25)),
            seen: None,
        };
        room.new_plan(&me, opened.case, house, &part).await.unwrap();
        assert!(room.today(&me).await.unwrap().reviews.is_empty());
        world.wait(24 * 30);
        let me = world.coordinator().await;
        let seen = room.today(&me).await.unwrap().reviews;
        let parts: Vec<&str> = seen.iter().map(|one| one.what.part()).collect();
        assert_eq!(parts, ["mitate", "keikaku"]);
        assert!(matches!(seen[0].what, Review::Flag(FlagKind::Health)));
        let idle = world.office.another("idle", Role::Coordinator).await;
        let idle = world.session(&idle).await;
        assert!(room.today(&idle).await.unwrap().reviews.is_empty());
    }

    /// What no supervisor has read yet is listed where the supervisor begins the day; signed, it is gone; a later record
    /// brings it back. Not for coordinators, not for another office, not for whoever must not know, not one's own.
    async fn a_supervisor_sees_what_is_not_read_yet(db: TestDb) {
        let world = World::new(&db).await;
        let (me, lead) = (world.coordinator().await, world.supervisor().await);
        let opened = world.a_mothers_case(&me).await;
        let room = &world.casework;
        assert!(room.today(&lead).await.unwrap().unread.is_empty());
        heard(&world, &me, &opened).await;
        heard(&world, &me, &opened).await;
        let seen = room.today(&lead).await.unwrap().unread;
        assert_eq!((seen.len(), seen[0].case, seen[0].what), (1, opened.case, 2));
        assert!(room.today(&me).await.unwrap().unread.is_empty(), "a coordinator signs nothing");
        let other = testkit::builders::a_staffed_office(&db, &world.clock, "aoba").await;
        let stranger = other.session(&other.supervisor).await;
        assert!(room.today(&stranger).await.unwrap().unread.is_empty());
        world.clock.advance(SignedDuration::from_mins(1));
        room.sign(&lead, opened.case, "読みました").await.unwrap();
        assert!(room.today(&lead).await.unwrap().unread.is_empty());
        world.clock.advance(SignedDuration::from_mins(1));
        heard(&world, &me, &opened).await;
        assert_eq!(room.today(&lead).await.unwrap().unread[0].what, 1);
        let kin = office::custody::acquaintance::Acquaintance::Kin;
        room.declare_acquaintance(&me, opened.case, lead.staff(), kin).await.unwrap();
        assert!(room.today(&lead).await.unwrap().unread.is_empty());
    }

    /// What may be erased stands on the day of whoever decides it, in their office, and nowhere else.
    async fn what_may_be_erased_is_shown_to_whoever_decides(db: TestDb) {
        let world = World::new(&db).await;
        let (me, lead) = (world.coordinator().await, world.supervisor().await);
        let opened = world.a_mothers_case(&me).await;
        world.finish(opened.case, "2020-05-08").await;
        let room = &world.casework;
        let seen = room.today(&lead).await.unwrap().erasable;
        assert_eq!((seen.len(), seen[0].case), (1, opened.case));
        assert!(room.today(&me).await.unwrap().erasable.is_empty());
        let other = testkit::builders::a_staffed_office(&db, &world.clock, "aoba").await;
        let stranger = other.session(&other.supervisor).await;
        assert!(room.today(&stranger).await.unwrap().erasable.is_empty());
    }

    /// Inv. 5, 27: a consent is withdrawn while a legal hold stands; nothing stops it, and whoever works on the case has
    /// it to tell the receivers today. Withdrawn twice it is one thing to do.
    async fn a_consent_is_withdrawn_during_a_hold_and_the_receivers_are_told(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let room = &world.casework;
        let consent = given(&world, &me, &opened).await;
        room.hold(&me, opened.case, HoldGround::ALL[0]).await.unwrap();
        world.finish(opened.case, "2020-05-08").await;
        assert!(room.propose_erasure(&me, opened.case).await.is_err(), "the hold stops erasing");
        let back = Step::plain(Deed::Withdraw, Method::Spoken, "やめてほしい");
        room.consent_step(&me, opened.case, consent, &back).await.unwrap();
        room.consent_step(&me, opened.case, consent, &back).await.unwrap();
        let tasks = room.today(&me).await.unwrap().tasks;
        assert_eq!(tasks.len(), 1);
        assert_eq!((tasks[0].what.kind, tasks[0].on), (Kind::TellStop, world.clock.today()));
        room.task_done(&me, opened.case, tasks[0].what.id).await.unwrap();
        assert!(room.today(&me).await.unwrap().tasks.is_empty());
    }

    /// Who goes along is changed before the visit: one row in the chain, both are told; alone only with a reason, and a
    /// supervisor's word about going alone is not carried over.
    async fn another_colleague_goes_along(db: TestDb) {
        let world = World::new(&db).await;
        let (me, lead) = (world.coordinator().await, world.supervisor().await);
        let opened = world.a_mothers_case(&me).await;
        let room = &world.casework;
        let visit = room.plan_visit(&me, opened.case, &visit_of(&world, &me, &opened)).await.unwrap();
        let second = world.sub_worker(&me, &opened, "second").await;
        let stranger = world.office.another("stranger", Role::Coordinator).await;
        for wrong in [stranger.staff, me.staff()] {
            let refused = room.change_buddy(&me, opened.case, visit, Some(wrong), "").await.unwrap_err();
            assert!(matches!(refused, Error::Invalid { field: "buddy", .. }), "{refused:?}");
        }
        room.change_buddy(&me, opened.case, visit, Some(second.staff), "").await.unwrap();
        let again = room.change_buddy(&me, opened.case, visit, Some(second.staff), "").await.unwrap_err();
        assert!(matches!(again, Error::Again));
        let second = world.session(&second).await;
        assert!(told(&world, &lead).await.contains(&NoticeKind::VisitWithout));
        assert!(told(&world, &second).await.contains(&NoticeKind::VisitAlong));
        let silent = room.change_buddy(&me, opened.case, visit, None, " ").await.unwrap_err();
        assert!(matches!(silent, Error::Invalid { field: "alone", .. }));
        room.change_buddy(&me, opened.case, visit, None, "母が一人でと").await.unwrap();
        let seen = room.visit(&me, opened.case, visit).await.unwrap();
        assert_eq!((seen.visit.buddy, seen.words.alone.as_str()), (None, "母が一人でと"));
        room.approve_alone(&lead, opened.case, visit).await.unwrap();
        room.change_buddy(&me, opened.case, visit, Some(second.staff()), "").await.unwrap();
        assert_eq!(room.visit(&me, opened.case, visit).await.unwrap().visit.alone_approved_by, None);
        assert_eq!(world.recorded("visit.buddy", "ok").await, 3);
        world.clock.advance(SignedDuration::from_hours(4));
        let me = world.coordinator().await;
        room.go_out(&me, visit).await.unwrap();
        let late = room.change_buddy(&me, opened.case, visit, Some(lead.staff()), "").await.unwrap_err();
        assert!(matches!(late, Error::Illegal(_)));
    }

    /// Story 12 for visits: whoever took the case over reads the sheet before they go to a house: neither a visit to the
    /// person nor leaving for one that was planned before.
    async fn no_visit_before_the_sheet_is_read(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let room = &world.casework;
        let next = world.office.another("next", Role::Coordinator).await;
        let due = NewAssignment { sheet_due: true, ..NewAssignment::whole(next.staff, AssignmentKind::Main, &world.clock) };
        room.assign(&me, opened.case, &due).await.unwrap();
        let new = NewVisit { staff: next.staff, ..visit_of(&world, &me, &opened) };
        let visit = room.plan_visit(&me, opened.case, &new).await.unwrap();
        let session = world.session(&next).await;
        let stopped = room.plan_visit(&session, opened.case, &new).await.unwrap_err();
        assert!(matches!(stopped, Error::Guarded(_)), "{stopped:?}");
        world.clock.advance(SignedDuration::from_hours(4));
        let session = world.session(&next).await;
        let stopped = room.go_out(&session, visit).await.unwrap_err();
        assert!(matches!(stopped, Error::Guarded(_)), "{stopped:?}");
        assert_eq!(world.number_of("SELECT COUNT(*) FROM visit WHERE state = 'out'").await, 0);
        room.confirm_sheet(&session, opened.case, None).await.unwrap();
        room.go_out(&session, visit).await.unwrap();
    }

    /// The sheet begins with the rules for reaching people and the agreed pace; what the coordinator made of it stays.
    async fn a_sheet_begins_with_the_rules_and_the_pace(db: TestDb) {
        let world = World::new(&db).await;
        let (me, lead) = (world.coordinator().await, world.supervisor().await);
        let opened = world.a_mothers_case(&me).await;
        let room = &world.casework;
        let mother = opened.consulter.unwrap();
        let number = "0".repeat(9);
        let rule = NewContactPoint {
            from: Some(jiff::civil::time(21, 0, 0, 0)),
            until: Some(jiff::civil::time(23, 0, 0, 0)),
            remark: "父が出たら切る".to_owned(),
            ..NewContactPoint::careful(contact_rule::Channel::HomePhone, &number)
        };
        room.keep_contact_point(&me, opened.case, mother, &rule, None).await.unwrap();
        let watch = NewWatch { person: mother, pace: Pace::Seasonal, agreed_on: world.clock.today(), words: String::new() };
        room.watch_silence(&me, opened.case, &watch).await.unwrap();
        let next = world.office.another("april", Role::Coordinator).await;
        let order = casework::hand_over::HandOver {
            from: me.staff(),
            moment: world.clock.now() + SignedDuration::from_hours(24),
            cases: vec![(opened.case, next.staff)],
        };
        room.hand_over(&lead, &order).await.unwrap();
        let sheet = room.sheet(&me, opened.case).await.unwrap().unwrap();
        for words in ["21時から23時まで", "センターの名前は出さない", "父が出たら切る"] {
            assert!(sheet.words.other.contains(words), "{}", sheet.words.other);
        }
        assert!(!sheet.words.other.contains(&number), "no number on the sheet");
        assert!(sheet.words.pace.contains("季節ごと"), "{}", sheet.words.pace);
        let mine = casework::hand_over::SheetWords { pace: "短い便りだけ".to_owned(), ..sheet.words };
        room.write_sheet(&me, opened.case, sheet.id, &mine).await.unwrap();
        assert_eq!(room.sheet(&me, opened.case).await.unwrap().unwrap().words, mine);
    }
}
