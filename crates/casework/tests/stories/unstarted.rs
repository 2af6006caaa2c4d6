//! A visit for which nobody pressed 「出発」: it rings like any other, whoever is on duty ends it, and it is written up
//! afterwards. And a visit that is moved or called off, of which those who go are told.

use crate::visit::{at, to_the_mother};
use crate::world::{MIGRATIONS, World};
use casework::Error;
use casework::case::Opened;
use casework::contact_rule::{Channel, NewContactPoint};
use casework::visit::State;
use casework::visit_moved::NewTime;
use casework::visit_outcome::{Met, NewOutcome, Said};
use jiff::{SignedDuration, Timestamp};
use office::custody::notice::NoticeKind;
use office::{Role, Session, duty};
use testkit::TestDb;

const DAY: SignedDuration = SignedDuration::from_hours(24);

impl World {
    /// Of the coordinator and the supervisor, from two to four; nobody presses anything.
    async fn a_visit_nobody_began(&self) -> (Session, Opened, i64) {
        let me = self.coordinator().await;
        let opened = self.a_mothers_case(&me).await;
        let new = to_the_mother(&opened, &me, Some(self.office.supervisor.staff));
        let visit = self
            .casework
            .plan_visit(&me, opened.case, &new)
            .await
            .unwrap();
        (me, opened, visit)
    }

    async fn rings(&self, minute: Timestamp, who: &Session) -> usize {
        self.clock.set(minute);
        self.casework.alarms(who).await.unwrap().len()
    }

    async fn kinds(&self, me: &Session, opened: &Opened, visit: i64) -> Vec<(String, String)> {
        let seen = self.casework.visit(me, opened.case, visit).await.unwrap();
        let events = seen.events.into_iter();
        events.map(|one| (one.kind, one.name)).collect()
    }

    async fn told_of_visits(&self, who: &Session) -> Vec<NoticeKind> {
        let notices = self.casework.notices(who).await.unwrap();
        let kinds = notices.into_iter().map(|line| line.notice.kind);
        kinds
            .filter(|kind| kind.code().starts_with("visit_"))
            .collect()
    }
}

fn wrote(seen: i64) -> NewOutcome {
    NewOutcome {
        met: Met::Family,
        arrived_at: Some(at(14, 20)),
        left_at: Some(at(15, 10)),
        next_on: None,
        said: Said::default(),
        heard: Vec::new(),
        seen,
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// F5 11: ten minutes after the planned return it rings, whether or not anybody pressed a button; whoever is on duty
    /// ends it, and it stays written who did and when. Before the hour of leaving nobody is back.
    async fn it_rings_and_whoever_is_on_duty_ends_it(db: TestDb) {
        let world = World::new(&db).await;
        let (me, opened, visit) = world.a_visit_nobody_began().await;
        let duty = world.office.another("duty", Role::Coordinator).await;
        let idle = world.office.another("idle", Role::Coordinator).await;
        let (duty, idle) = (world.session(&duty).await, world.session(&idle).await);
        duty::set(&world.db, &duty, world.clock.today(), Some(duty.staff())).await.unwrap();
        assert!(matches!(world.casework.come_back(&me, visit).await, Err(Error::Illegal(_))), "not begun");
        assert!(matches!(world.casework.not_gone(&me, visit).await, Err(Error::Illegal(_))), "not begun");

        assert_eq!(world.rings(at(16, 10), &duty).await, 0);
        assert_eq!(world.rings(at(16, 11), &duty).await, 1);
        assert!(!world.casework.alarms(&duty).await.unwrap()[0].left);
        assert_eq!(world.rings(at(16, 11), &me).await, 1);
        assert_eq!(world.rings(at(16, 11), &idle).await, 0);
        let tomorrow = world.clock.today().tomorrow().unwrap();
        let listed = world.casework.visits_on(&duty, tomorrow).await.unwrap();
        assert!(listed.iter().any(|one| one.visit.id == visit && one.overdue), "not forgotten overnight");
        assert!(world.casework.come_back(&idle, visit).await.unwrap_err().is_not_found());
        assert!(world.casework.not_gone(&idle, visit).await.unwrap_err().is_not_found());

        world.casework.reached(&duty, visit, "電話がつながった").await.unwrap();
        assert_eq!(world.rings(at(16, 41), &duty).await, 0);
        assert_eq!(world.rings(at(16, 52), &duty).await, 1);
        world.casework.come_back(&duty, visit).await.unwrap();
        assert_eq!(world.rings(at(23, 0), &duty).await, 0);
        let name = duty.name().to_owned();
        assert_eq!(
            world.kinds(&me, &opened, visit).await,
            [("reached".to_owned(), name.clone()), ("seen_back".to_owned(), name)]
        );
        // It is a visit like any other: with its outcome, once.
        world.casework.record_outcome(&me, opened.case, visit, &wrote(0)).await.unwrap();
        assert_eq!(world.number_of("SELECT COUNT(*) FROM contact WHERE channel = 'home_visit'").await, 1);
    }

    /// Whoever went writes it up at the desk: then they are back. Somebody else's writing does not silence the alarm, and
    /// a visit that was written up did take place.
    async fn it_is_written_up_afterwards(db: TestDb) {
        let world = World::new(&db).await;
        let (me, opened, visit) = world.a_visit_nobody_began().await;
        let lead = world.supervisor().await;
        let third = world.office.another("third", Role::Coordinator).await;
        world.works_on(&opened, &me, &third).await;
        let third = world.session(&third).await;
        let early = world.casework.record_outcome(&me, opened.case, visit, &wrote(0)).await;
        assert!(matches!(early, Err(Error::Illegal(_))));
        world.clock.set(at(16, 30));
        assert!(world.casework.visit(&third, opened.case, visit).await.unwrap().to_write);
        world.casework.record_outcome(&third, opened.case, visit, &wrote(0)).await.unwrap();
        assert_eq!(world.rings(at(16, 30), &lead).await, 1, "told of, not come back");
        assert!(matches!(world.casework.not_gone(&lead, visit).await, Err(Error::Illegal(_))), "written up");
        assert!(matches!(world.casework.cancel_visit(&lead, opened.case, visit).await, Err(Error::Illegal(_))));
        world.casework.record_outcome(&me, opened.case, visit, &wrote(1)).await.unwrap();
        assert_eq!(world.rings(at(16, 30), &lead).await, 0);
        let seen = world.casework.visit(&me, opened.case, visit).await.unwrap();
        assert_eq!((seen.visit.state, seen.outcomes.len()), (State::Back, 2));
        assert_eq!(world.kinds(&me, &opened, visit).await, [("back".to_owned(), me.name().to_owned())]);
    }

    /// Nobody went: said by whoever looks after the alarm, and the others are told. A colleague of the case who does not
    /// cannot take the alarm away by calling the visit off or moving it.
    async fn nobody_went(db: TestDb) {
        let world = World::new(&db).await;
        let (me, opened, visit) = world.a_visit_nobody_began().await;
        let lead = world.supervisor().await;
        let third = world.office.another("third", Role::Coordinator).await;
        world.works_on(&opened, &me, &third).await;
        let third = world.session(&third).await;
        world.clock.set(at(16, 30));
        let moved = NewTime { leave_at: at(14, 0) + DAY, return_at: at(16, 0) + DAY, despite: None };
        let room = &world.casework;
        assert!(matches!(room.cancel_visit(&third, opened.case, visit).await, Err(Error::Guarded(_))));
        assert!(matches!(room.move_visit(&third, opened.case, visit, &moved).await, Err(Error::Guarded(_))));
        assert_eq!(world.rings(at(16, 30), &lead).await, 1);
        room.not_gone(&me, visit).await.unwrap();
        assert_eq!(world.rings(at(23, 0), &lead).await, 0);
        assert!(world.told_of_visits(&lead).await.contains(&NoticeKind::VisitCancelled));
        assert_eq!(world.kinds(&me, &opened, visit).await, [("not_gone".to_owned(), me.name().to_owned())]);
    }

    /// Another time: with a row in the chain, the other colleague is told, the guards are asked for the new hour, and a
    /// supervisor's word about going alone is not carried over. Called off: they are told as well.
    async fn a_visit_is_moved_and_called_off(db: TestDb) {
        let world = World::new(&db).await;
        let (me, opened, visit) = world.a_visit_nobody_began().await;
        let lead = world.supervisor().await;
        let room = &world.casework;
        assert_eq!(world.told_of_visits(&lead).await, [NoticeKind::VisitAlong]);
        let to = |hour, days: i32| NewTime {
            leave_at: at(hour, 0) + DAY * days,
            return_at: at(hour + 1, 0) + DAY * days,
            despite: None,
        };
        let same = NewTime { leave_at: at(14, 0), return_at: at(16, 0), despite: None };
        assert!(matches!(room.move_visit(&me, opened.case, visit, &same).await, Err(Error::Again)));
        assert!(matches!(room.move_visit(&me, opened.case, visit, &to(9, 0)).await, Err(Error::Invalid { .. })));
        room.move_visit(&me, opened.case, visit, &to(14, 1)).await.unwrap();
        let seen = room.visit(&me, opened.case, visit).await.unwrap();
        assert_eq!((seen.visit.day, seen.visit.leave_at), (jiff::civil::date(2026, 11, 25), at(14, 0) + DAY));
        assert_eq!(world.told_of_visits(&lead).await, [NoticeKind::VisitAlong, NoticeKind::VisitMoved]);
        assert_eq!(world.recorded("visit.moved", "ok").await, 1);
        assert_eq!(world.rings(at(16, 30), &lead).await, 0, "of today nothing is left");

        let hours = NewContactPoint {
            from: Some(jiff::civil::time(10, 0, 0, 0)),
            until: Some(jiff::civil::time(17, 0, 0, 0)),
            ..NewContactPoint::careful(Channel::Visit, "")
        };
        let mother = opened.consulter.unwrap();
        room.keep_contact_point(&me, opened.case, mother, &hours, None).await.unwrap();
        let late = room.move_visit(&me, opened.case, visit, &to(20, 2)).await;
        assert!(matches!(late, Err(Error::Passable { .. })), "{late:?}");
        room.cancel_visit(&me, opened.case, visit).await.unwrap();
        assert!(world.told_of_visits(&lead).await.contains(&NoticeKind::VisitCancelled));
        let over = room.move_visit(&me, opened.case, visit, &to(14, 3)).await;
        assert!(matches!(over, Err(Error::Illegal(_))));
    }
}
