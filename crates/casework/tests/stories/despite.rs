//! A ban and a refusal stop whoever they are about, and nobody else; only a written reason goes past them (inv. 9).

use crate::world::{MIGRATIONS, World};
use basics::PersonId;
use casework::case::Opened;
use casework::contact::{Channel as By, Direction, NewContact, Outcome, Party};
use casework::contact_rule::{Channel, NewContactPoint};
use casework::despite::{Basis, Despite};
use casework::note::State;
use casework::outgoing::NewLetter;
use casework::quick_log::{QuickLog, With};
use casework::refusal::NewRefusal;
use casework::visit::{Goal, NewVisit, Target, WantedBy, Words};
use casework::{Error, Knows, Voice};
use jiff::SignedDuration;
use mailbox::return_code::Token;
use office::Session;
use testkit::TestDb;

const WHY: &str = "昨夜から電話に出ず、飲んでいる薬のことがあるため";

#[allow(clippy::unnecessary_wraps)] // as the field that it fills
fn vital(reason: &str) -> Option<Despite> {
    Some(Despite {
        basis: Basis::Vital,
        reason: reason.to_owned(),
    })
}

fn passable<T: std::fmt::Debug>(result: Result<T, Error>, on: Basis) -> bool {
    matches!(result.unwrap_err(), Error::Passable { basis, .. } if basis == on)
}

impl World {
    /// A mother's case of a son who knows, who has a compartment of his own.
    async fn both_known(&self, me: &Session) -> (Opened, PersonId) {
        let opened = self.a_mothers_case(me).await;
        let room = &self.casework;
        self.hear(me, &opened, Knows::Knows).await.unwrap();
        let voice = Voice::Principal(opened.principal);
        room.open_compartment(me, opened.case, &voice)
            .await
            .unwrap();
        let mother = opened.consulter.unwrap();
        (opened, mother)
    }

    async fn banned(&self, me: &Session, opened: &Opened, person: PersonId) -> i64 {
        let ban = NewContactPoint {
            ban: true,
            ..NewContactPoint::careful(Channel::Any, "")
        };
        self.casework
            .keep_contact_point(me, opened.case, person, &ban, None)
            .await
            .unwrap()
    }

    async fn says_no(&self, me: &Session, opened: &Opened, person: PersonId) -> i64 {
        let no = NewRefusal {
            person,
            heard_by: me.staff(),
            heard_on: self.clock.today(),
            check_on: None,
            words: String::new(),
        };
        self.casework
            .record_refusal(me, opened.case, &no)
            .await
            .unwrap()
    }

    fn called(&self, with: With) -> QuickLog {
        QuickLog {
            contact: NewContact {
                at: self.clock.now(),
                channel: By::Phone,
                direction: Direction::Outgoing,
                party: Party::Other,
                people: Vec::new(),
                about: None,
                minutes: Some(5),
                result: Outcome::Talked,
                staff: Vec::new(),
                next_on: None,
            },
            with,
            blocks: Vec::new(),
            staff_line: String::new(),
            state: State::Confirmed,
            despite: None,
        }
    }

    async fn log_it(&self, me: &Session, opened: &Opened, log: &QuickLog) -> Result<(), Error> {
        self.casework
            .log(me, opened.case, log, &Token::fresh())
            .await
            .map(drop)
    }

    fn to_visit(&self, me: &Session, opened: &Opened, target: Target) -> NewVisit {
        let leave_at = self.clock.now() + SignedDuration::from_hours(4);
        NewVisit {
            compartment: opened.compartment,
            target,
            leave_at,
            return_at: leave_at + SignedDuration::from_hours(2),
            wanted_by: WantedBy::ToSeeFamily,
            goals: vec![Goal::Family],
            words: Words::default(),
            staff: me.staff(),
            buddy: Some(self.office.supervisor.staff),
            despite: None,
        }
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Inv. 9: a ban of the mother, or her no, stops recorded calls and visits to her; the son is reached as before.
    async fn what_the_mother_forbids_stops_calls_and_visits_to_her_alone(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let room = &world.casework;
        let (opened, mother) = world.both_known(&me).await;
        let son = opened.principal;
        for by_ban in [true, false] {
            let row = if by_ban { world.banned(&me, &opened, mother).await } else { world.says_no(&me, &opened, mother).await };
            let contacts = world.number_of("SELECT COUNT(*) FROM contact").await;
            assert!(passable(world.log_it(&me, &opened, &world.called(With::Person(mother))).await, Basis::Vital));
            let together = world.called(With::Together(vec![mother, son]));
            assert!(passable(world.log_it(&me, &opened, &together).await, Basis::Vital), "also when the son is there");
            for target in [Target::FamilyAway, Target::FamilyAtHome] {
                let new = world.to_visit(&me, &opened, target);
                assert!(passable(room.plan_visit(&me, opened.case, &new).await, Basis::Vital), "{target:?}");
            }
            // A compartment that names nobody is no way around her.
            let view = room.case(&me, opened.case).await.unwrap();
            let nobody = view.compartments.iter().filter(|one| !one.is_held_by(mother));
            for other in nobody {
                let new = NewVisit { compartment: other.id, ..world.to_visit(&me, &opened, Target::FamilyAway) };
                assert!(passable(room.plan_visit(&me, opened.case, &new).await, Basis::Vital), "{:?}", other.kind);
            }
            assert_eq!(world.number_of("SELECT COUNT(*) FROM contact").await, contacts);
            // The son, and what comes in from her.
            world.log_it(&me, &opened, &world.called(With::Person(son))).await.unwrap();
            room.plan_visit(&me, opened.case, &world.to_visit(&me, &opened, Target::Principal)).await.unwrap();
            let mut hers = world.called(With::Person(mother));
            hers.contact.direction = Direction::Incoming;
            world.log_it(&me, &opened, &hers).await.unwrap();
            if by_ban {
                room.end_contact_point(&me, opened.case, mother, row).await.unwrap();
            } else {
                room.lift_refusal(&me, opened.case, row, "話したい、と").await.unwrap();
            }
            world.log_it(&me, &opened, &world.called(With::Person(mother))).await.unwrap();
        }
    }

    /// And the other way round: the son's ban, and his no, do not stop the mother, except in the house he lives in.
    async fn what_the_son_forbids_does_not_stop_the_mother(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let room = &world.casework;
        let (opened, mother) = world.both_known(&me).await;
        for by_ban in [true, false] {
            let row = if by_ban { world.banned(&me, &opened, opened.principal).await } else { world.says_no(&me, &opened, opened.principal).await };
            assert!(passable(world.log_it(&me, &opened, &world.called(With::Person(opened.principal))).await, Basis::Vital));
            world.log_it(&me, &opened, &world.called(With::Person(mother))).await.unwrap();
            room.plan_visit(&me, opened.case, &world.to_visit(&me, &opened, Target::FamilyAway)).await.unwrap();
            for target in [Target::Principal, Target::FamilyAtHome] {
                let new = world.to_visit(&me, &opened, target);
                assert!(passable(room.plan_visit(&me, opened.case, &new).await, Basis::Vital), "{target:?}");
            }
            if by_ban {
                room.end_contact_point(&me, opened.case, opened.principal, row).await.unwrap();
            }
        }
    }

    /// A ban that is written down after the planning stops the leaving, also of a visit to the family.
    async fn a_ban_after_the_planning_stops_the_leaving(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let room = &world.casework;
        let (opened, mother) = world.both_known(&me).await;
        let visit = room.plan_visit(&me, opened.case, &world.to_visit(&me, &opened, Target::FamilyAway)).await.unwrap();
        world.banned(&me, &opened, mother).await;
        world.clock.advance(SignedDuration::from_hours(4));
        let me = world.coordinator().await;
        assert!(passable(room.go_out(&me, visit).await, Basis::Vital));
        assert_eq!(world.number_of("SELECT COUNT(*) FROM visit WHERE state = 'out'").await, 0);
        let why = vital(WHY);
        room.go_out_despite(&me, visit, why.as_ref()).await.unwrap();
        let seen = room.visit(&me, opened.case, visit).await.unwrap();
        assert_eq!((seen.past.len(), seen.past[0].reason.as_str()), (1, WHY));
    }

    /// Danger to life or health goes past a ban with a written reason: in the chain, told to the supervisor, kept with
    /// the contact, the visit, the letter; never past a missing first approach (inv. 8).
    async fn only_life_or_health_goes_past_a_ban_and_only_with_a_reason(db: TestDb) {
        let world = World::new(&db).await;
        let (me, lead) = (world.coordinator().await, world.supervisor().await);
        let room = &world.casework;
        let (opened, mother) = world.both_known(&me).await;
        world.banned(&me, &opened, mother).await;
        let mut log = world.called(With::Person(mother));
        log.despite = vital("　");
        let silent = world.log_it(&me, &opened, &log).await.unwrap_err();
        assert!(matches!(silent, Error::Invalid { field: "wake", .. }), "{silent:?}");
        log.despite = Some(Despite { basis: Basis::Hours, reason: WHY.to_owned() });
        assert!(passable(world.log_it(&me, &opened, &log).await, Basis::Vital), "a reason for the hour is none for a ban");
        assert_eq!(world.recorded("case.vital_reach", "ok").await, 0);
        log.despite = vital(WHY);
        world.log_it(&me, &opened, &log).await.unwrap();
        let new = NewVisit { despite: vital(WHY), ..world.to_visit(&me, &opened, Target::FamilyAway) };
        let visit = room.plan_visit(&me, opened.case, &new).await.unwrap();
        let letter = NewLetter { person: mother, words: "こちらに連絡をください".to_owned(), despite: vital(WHY) };
        let letter = room.print_letter(&me, opened.case, &letter).await.unwrap();
        room.letter(&me, opened.case, letter).await.unwrap();
        assert_eq!(world.recorded("case.vital_reach", "ok").await, 3);
        let told = world.number_of("SELECT COUNT(*) FROM notice WHERE kind = 'vital_reach'").await;
        assert_eq!(told, 3, "the supervisor of {}", lead.name());
        let timeline = room.timeline(&me, opened.case, None, None).await.unwrap();
        assert_eq!(timeline.past.len(), 2, "the call and the letter");
        assert!(timeline.past.values().all(|past| past.basis == Basis::Vital && past.reason == WHY));
        assert!(!db.holds_in_the_clear(WHY).await);
        // The visit was decided with its reason: nobody has to say it again at the door.
        world.clock.advance(SignedDuration::from_hours(4));
        let me = world.coordinator().await;
        room.go_out(&me, visit).await.unwrap();
        // What is not known is not passed.
        world.hear(&me, &opened, Knows::DoesNot).await.unwrap();
        let mut his = world.called(With::Person(opened.principal));
        his.despite = vital(WHY);
        assert!(matches!(world.log_it(&me, &opened, &his).await.unwrap_err(), Error::Guarded(_)));
    }

    /// The agreed hours are asked of calls and visits; outside of them the reason stays with what was done. One number
    /// that may be used now is enough; a letter knows no hours, a ban on letters stops it although an address is known.
    async fn the_agreed_hours_are_asked(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let room = &world.casework;
        let (opened, mother) = world.both_known(&me).await;
        let evening = |channel: Channel, value: &str| NewContactPoint {
            from: Some(jiff::civil::time(21, 0, 0, 0)),
            until: Some(jiff::civil::time(23, 0, 0, 0)),
            ..NewContactPoint::careful(channel, value)
        };
        let keep = async |new: NewContactPoint| room.keep_contact_point(&me, opened.case, mother, &new, None).await.unwrap();
        let number = "0".repeat(8);
        keep(evening(Channel::HomePhone, &number)).await;
        keep(evening(Channel::Visit, "")).await;
        let mut log = world.called(With::Person(mother));
        assert!(passable(world.log_it(&me, &opened, &log).await, Basis::Hours));
        log.despite = Some(Despite { basis: Basis::Hours, reason: "母から、いますぐかけてほしいと留守電".to_owned() });
        world.log_it(&me, &opened, &log).await.unwrap();
        assert_eq!((world.recorded("case.outside_hours", "ok").await, world.recorded("case.vital_reach", "ok").await), (1, 0));
        let day = world.to_visit(&me, &opened, Target::FamilyAway);
        assert!(passable(room.plan_visit(&me, opened.case, &day).await, Basis::Hours));
        let late = NewVisit { return_at: day.leave_at + SignedDuration::from_hours(8), ..day };
        room.plan_visit(&me, opened.case, &late).await.unwrap();
        keep(NewContactPoint::careful(Channel::Mobile, &number)).await;
        log.despite = None;
        world.log_it(&me, &opened, &log).await.unwrap();

        let letter = NewLetter { person: mother, words: "お元気ですか".to_owned(), despite: None };
        keep(NewContactPoint::careful(Channel::Letter, "局留め")).await;
        room.print_letter(&me, opened.case, &letter).await.unwrap();
        keep(NewContactPoint { ban: true, ..NewContactPoint::careful(Channel::Letter, "") }).await;
        assert!(passable(room.print_letter(&me, opened.case, &letter).await, Basis::Vital));
        let form = room.log_form(&me, opened.case).await.unwrap();
        assert!(form.rules.iter().any(|rule| rule.channel == "自宅の電話" && rule.rules.contains("センターの名前は出さない")));
    }
}
