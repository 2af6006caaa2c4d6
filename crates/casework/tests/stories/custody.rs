//! Who must not know, who breaks the glass, and who looks at it afterwards.

use crate::world::{MIGRATIONS, World};
use basics::CaseId;
use casework::{Error, NewCase, NewPerson, Part, Relationship};
use office::custody::acquaintance::Acquaintance;
use office::custody::{AssignmentKind, NewAssignment};
use office::{CompartmentKind, Role, Session};
use testkit::TestDb;

const REASON: &str = "夜の電話で、本人の安否をすぐに確かめる必要があるため";

#[track_caller]
fn gone<T: std::fmt::Debug>(answer: Result<T, Error>) {
    assert!(answer.unwrap_err().is_not_found());
}

async fn reads(world: &World, session: &Session, case: CaseId) -> bool {
    world.casework.case(session, case).await.is_ok()
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// F5 story 7, inv. 17: the supervisor is the family's cousin. The case is gone from everything he has; the deputy approves.
    async fn the_supervisor_is_the_cousin(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let boss = world.supervisor().await;
        let deputy = world.office.another("deputy", Role::Supervisor).await;
        let deputy = world.session(&deputy).await;
        assert!(reads(&world, &boss, opened.case).await);
        assert_eq!(world.casework.cases(&boss).await.unwrap().len(), 1);
        // He was assigned, too: that ends at once.
        let also = NewAssignment::whole(boss.staff(), AssignmentKind::Sub, &world.clock);
        world.casework.assign(&me, opened.case, &also).await.unwrap();
        world.casework.declare_acquaintance(&me, opened.case, boss.staff(), Acquaintance::Kin).await.unwrap();

        gone(world.casework.case(&boss, opened.case).await);
        assert!(world.casework.cases(&boss).await.unwrap().is_empty());
        gone(world.casework.break_glass(&boss, opened.number, REASON, 1).await);
        gone(world.casework.sign(&boss, opened.case, "読みました").await);
        assert!(world.casework.glass_to_review(&boss).await.unwrap().is_empty());
        let page = world.casework.workers(&me, opened.case).await.unwrap();
        assert_eq!(page.view.workers.len(), 1, "his assignment is over");
        let approvers: Vec<_> = page.approvers.iter().map(|one| one.id).collect();
        assert_eq!(approvers, [deputy.staff()]);
        world.casework.sign(&deputy, opened.case, "読みました。いまのペースで大丈夫です。").await.unwrap();
        let signed = world.casework.signatures(&me, opened.case).await.unwrap();
        assert_eq!(signed.len(), 1);
        assert!(signed[0].words.contains("いまのペース"));
        // Nobody makes him a worker again, and he lifts nothing.
        let again = NewAssignment::whole(boss.staff(), AssignmentKind::Sub, &world.clock);
        assert!(world.casework.assign(&me, opened.case, &again).await.is_err());
        let entry = page.denied[0].id;
        gone(world.casework.lift_acquaintance(&boss, opened.case, entry).await);
        world.casework.lift_acquaintance(&deputy, opened.case, entry).await.unwrap();
        assert!(reads(&world, &boss, opened.case).await);
    }

    /// Inv. 17 for letters: an attached letter is in no shelf and no count of the denied colleague.
    async fn a_denied_colleague_counts_no_letter(db: TestDb) {
        let world = World::new(&db).await;
        let (me, boss) = (world.coordinator().await, world.supervisor().await);
        world.a_letter("息子のことで書きます").await;
        let thread = basics::ThreadId::from(world.number_of("SELECT MAX(id) FROM thread").await);
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
            consulter: Some(NewPerson::unknown(Part::Family, Relationship::Mother)),
            subject_knows: casework::Knows::Unknown,
            thread: Some(thread),
        };
        let opened = world.casework.open_new(&me, &new).await.unwrap();
        world.casework.declare_acquaintance(&me, opened.case, boss.staff(), Acquaintance::Neighbour).await.unwrap();
        let shelf = world.mailbox.shelf(&boss, mailbox::inbox::Shelf::Waiting).await.unwrap();
        assert!(shelf.is_empty());
        let counts = world.mailbox.pulse_in_reach(&boss).await.unwrap();
        assert_eq!(counts.waiting, 0);
        assert_eq!(world.mailbox.pulse_in_reach(&me).await.unwrap().waiting, 1);
        assert!(world.mailbox.read_at_desk(&boss, thread).await.unwrap_err().is_not_found());
    }

    /// The only supervisor must not know: nobody approves, and the page can say so. The last worker leaves: the supervisors hear of it.
    async fn nobody_is_left(db: TestDb) {
        let world = World::new(&db).await;
        let (me, boss) = (world.coordinator().await, world.supervisor().await);
        let opened = world.a_mothers_case(&me).await;
        world.casework.declare_acquaintance(&me, opened.case, me.staff(), Acquaintance::Friend).await.unwrap();
        gone(world.casework.case(&me, opened.case).await);
        let told = world.casework.notices(&boss).await.unwrap();
        assert_eq!((told.len(), told[0].number), (1, Some(1)));
        world.casework.declare_acquaintance(&boss, opened.case, boss.staff(), Acquaintance::Unsaid).await.unwrap();
        assert!(world.casework.notices(&boss).await.unwrap().is_empty(), "what no longer exists is not told");
    }

    /// Inv. 18: a written reason, one case, three hours, compartments one by one, two people told, looked at by another.
    async fn the_glass_is_broken(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let night = world.office.another("night", Role::Coordinator).await;
        let night = world.session(&night).await;
        let short = world.casework.break_glass(&night, opened.number, "急ぎ", 3).await.unwrap_err();
        assert!(short.to_string().contains("10文字"));
        assert!(world.casework.break_glass(&night, opened.number, REASON, 4).await.is_err(), "no longer than three hours");
        let broken = world.casework.break_glass(&night, opened.number, REASON, 3).await.unwrap();
        assert_eq!(broken.case, opened.case);

        let view = world.casework.case(&night, opened.case).await.unwrap();
        assert_eq!(view.people.len(), 2, "the face sheet opens at once");
        assert!(view.compartments.is_empty(), "and no compartment");
        // Behind glass nothing is changed.
        gone(world.hear(&night, &opened, casework::Knows::Knows).await);
        let behind = world.casework.behind_glass(&night, opened.case).await.unwrap().unwrap();
        assert_eq!(behind.compartments.len(), 2);
        world.casework.open_behind_glass(&night, opened.case, opened.compartment).await.unwrap();
        let view = world.casework.case(&night, opened.case).await.unwrap();
        let kinds: Vec<_> = view.compartments.iter().map(|one| one.kind).collect();
        assert_eq!(kinds, [CompartmentKind::Family]);
        assert_eq!(world.recorded("compartment.break_glass", "ok").await, 1);

        // The supervisor and a second person are told; she who broke it does not look at it herself.
        let boss = world.supervisor().await;
        assert_eq!(world.casework.notices(&boss).await.unwrap().len(), 1);
        assert_eq!(world.casework.notices(&me).await.unwrap().len(), 1);
        assert!(world.casework.notices(&night).await.unwrap().is_empty());
        assert!(world.casework.glass_to_review(&night).await.unwrap().is_empty());
        let lines = world.casework.glass_to_review(&boss).await.unwrap();
        assert_eq!((lines.len(), lines[0].glass.reason.as_str()), (1, REASON));
        // Tuesday the 24th, three working days.
        assert_eq!(lines[0].glass.review_due_on.to_string(), "2026-11-27");
        assert_eq!(lines[0].opened[0].0, "家族");
        let danger = "父に知られると、本人の命に危険があるため";
        assert!(world.casework.hide_glass(&boss, broken.id, 31, danger).await.is_err());
        assert!(world.casework.hide_glass(&boss, broken.id, 30, "危険").await.unwrap_err().to_string().contains("10文字"));
        // The second person sees it, and neither reviews nor hides it while there is a supervisor.
        let second = world.casework.glass_to_review(&me).await.unwrap();
        assert!(second.len() == 1 && !second[0].glass.is_for(me.staff()) && second[0].glass.is_for(boss.staff()));
        gone(world.casework.review_glass(&me, broken.id, "見ました").await);
        gone(world.casework.hide_glass(&me, broken.id, 30, danger).await);
        world.casework.hide_glass(&boss, broken.id, 30, danger).await.unwrap();
        let kept = &world.casework.glass_to_review(&boss).await.unwrap()[0].glass;
        assert_eq!(kept.hidden_because, danger);
        world.casework.review_glass(&boss, broken.id, "安否の確認のためとわかりました。").await.unwrap();
        let lines = world.casework.glass_to_review(&boss).await.unwrap();
        assert!(lines[0].glass.review.contains("安否"));

        // Three hours later the case is gone again.
        world.wait(3);
        let night = world.office.another("night2", Role::Coordinator).await;
        let night = world.session(&night).await;
        gone(world.casework.case(&night, opened.case).await);
    }

    /// After three hours it is over to the microsecond, in the same session.
    async fn the_glass_lasts_three_hours(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let night = world.office.another("night", Role::Coordinator).await;
        let night = world.session(&night).await;
        let broken = world.casework.break_glass(&night, opened.number, REASON, 3).await.unwrap();
        let until = broken.until.unwrap();
        world.clock.set(until - jiff::SignedDuration::from_micros(1));
        assert!(reads(&world, &night, opened.case).await);
        world.clock.set(until);
        assert!(!reads(&world, &night, opened.case).await);
    }

    /// Inv. 10, 19: unknown, another office's and denied are one answer, each a refusal in the chain.
    async fn a_number_tells_nothing(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let other = testkit::builders::a_staffed_office(&db, &world.clock, "aoba").await;
        let stranger = other.session(&other.coordinator).await;
        let night = world.office.another("night", Role::Coordinator).await;
        let night = world.session(&night).await;
        world.casework.declare_acquaintance(&me, opened.case, night.staff(), Acquaintance::Kin).await.unwrap();
        let admin = world.session(&world.office.administrator).await;
        let mut answers = Vec::new();
        for (who, number) in [(&night, opened.number), (&night, 4_711), (&stranger, opened.number), (&admin, opened.number)] {
            answers.push(world.casework.break_glass(who, number, REASON, 1).await.unwrap_err().to_string());
        }
        answers.dedup();
        assert_eq!(answers.len(), 1);
        other.entrance.refusals().settled().await.unwrap();
        assert_eq!(world.recorded("case.break_glass", "refused").await, 4);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM break_glass").await, 0);
    }

    /// Inv. 16: a colleague who is one of the case's people does not find it, whatever the role; a peer finds no case at all.
    async fn ones_own_case_does_not_exist(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let boss = world.supervisor().await;
        let son = world.office.another("son", Role::Supervisor).await;
        let son = world.session(&son).await;
        assert!(reads(&world, &son, opened.case).await);
        gone(world.casework.link_colleague(&me, opened.case, son.staff(), opened.principal).await);
        world.casework.link_colleague(&boss, opened.case, son.staff(), opened.principal).await.unwrap();
        assert!(!reads(&world, &son, opened.case).await);
        gone(world.casework.break_glass(&son, opened.number, REASON, 1).await);
        world.casework.unlink_colleague(&boss, opened.case, son.staff(), opened.principal).await.unwrap();
        assert!(reads(&world, &son, opened.case).await);
    }

    /// A new worker says that they do not know the family; an assignment for some compartments reaches those only.
    async fn a_second_worker(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let second = world.office.another("second", Role::Coordinator).await;
        let second = world.session(&second).await;
        let new = NewAssignment {
            only: Some(vec![opened.compartment]),
            ..NewAssignment::whole(second.staff(), AssignmentKind::Sub, &world.clock)
        };
        let id = world.casework.assign(&me, opened.case, &new).await.unwrap();
        let page = world.casework.workers(&second, opened.case).await.unwrap();
        assert!(page.must_check);
        assert_eq!(page.view.compartments.len(), 1);
        assert!(!world.casework.workers(&me, opened.case).await.unwrap().must_check);
        world.casework.confirm_unacquainted(&second, opened.case).await.unwrap();
        assert!(!world.casework.workers(&second, opened.case).await.unwrap().must_check);
        world.casework.end_assignment(&me, opened.case, id, world.clock.now()).await.unwrap();
        assert!(!reads(&world, &second, opened.case).await);
    }

    /// Nobody gives away what they do not reach themself; who leads the office may.
    async fn nobody_gives_what_they_do_not_reach(db: TestDb) {
        let world = World::new(&db).await;
        let (me, boss) = (world.coordinator().await, world.supervisor().await);
        let opened = world.a_mothers_case(&me).await;
        let view = world.casework.case(&me, opened.case).await.unwrap();
        let staff_room = view.compartments.iter().find(|one| one.kind == CompartmentKind::Staff).unwrap().id;
        let second = world.office.another("second", Role::Coordinator).await;
        let second = world.session(&second).await;
        let third = world.office.another("third", Role::Coordinator).await;
        let give = |to, only| NewAssignment { only, ..NewAssignment::whole(to, AssignmentKind::Sub, &world.clock) };
        let some = give(second.staff(), Some(vec![opened.compartment]));
        world.casework.assign(&me, opened.case, &some).await.unwrap();
        let page = world.casework.workers(&second, opened.case).await.unwrap();
        assert!(page.settles && !page.reaches_all);
        for only in [None, Some(vec![staff_room]), Some(vec![opened.compartment, staff_room])] {
            let refused = world.casework.assign(&second, opened.case, &give(third.staff, only)).await.unwrap_err();
            assert!(refused.to_string().contains("ご自分が開ける区画"), "{refused}");
        }
        world.casework.assign(&second, opened.case, &give(third.staff, Some(vec![opened.compartment]))).await.unwrap();
        world.casework.assign(&boss, opened.case, &give(third.staff, None)).await.unwrap();
    }

    /// 当番: today's work and nothing else. Nobody is given the case, taken off it or let back in, and at midnight it is over,
    /// whether or not somebody ends it.
    async fn a_day_of_duty_decides_nothing(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let night = world.office.another("night", Role::Coordinator).await;
        let night = world.session(&night).await;
        let third = world.office.another("third", Role::Coordinator).await;
        let duty = NewAssignment::whole(night.staff(), AssignmentKind::Duty, &world.clock);
        world.casework.assign(&me, opened.case, &duty).await.unwrap();
        world.casework.declare_acquaintance(&me, opened.case, third.staff, Acquaintance::Kin).await.unwrap();
        let page = world.casework.workers(&night, opened.case).await.unwrap();
        assert!(!page.settles);
        let mains = page.view.workers.iter().find(|one| one.kind == AssignmentKind::Main).unwrap().id;
        let more = NewAssignment::whole(night.staff(), AssignmentKind::Main, &world.clock);
        gone(world.casework.assign(&night, opened.case, &more).await);
        gone(world.casework.end_assignment(&night, opened.case, mains, world.clock.now()).await);
        gone(world.casework.lift_acquaintance(&night, opened.case, page.denied[0].id).await);
        gone(world.casework.declare_acquaintance(&night, opened.case, me.staff(), Acquaintance::Friend).await);
        assert_eq!(world.recorded("case.assign", "refused").await, 2);

        let midnight = basics::time::start_of_day(world.clock.today().tomorrow().unwrap());
        world.clock.set(midnight - jiff::SignedDuration::from_micros(1));
        assert!(reads(&world, &night, opened.case).await);
        world.clock.set(midnight);
        gone(world.casework.case(&night, opened.case).await);
        // Also somebody who takes their own day: they say so for themself.
        let again = NewAssignment::whole(night.staff(), AssignmentKind::Duty, &world.clock);
        world.casework.assign(&me, opened.case, &again).await.unwrap();
        world.casework.declare_acquaintance(&night, opened.case, night.staff(), Acquaintance::Unsaid).await.unwrap();
        gone(world.casework.case(&night, opened.case).await);
    }

    /// A supervisor undoes who is one of the people only from a case to which that person belongs.
    async fn a_link_is_undone_in_its_own_case(db: TestDb) {
        let world = World::new(&db).await;
        let (me, boss) = (world.coordinator().await, world.supervisor().await);
        let (opened, other) = (world.a_mothers_case(&me).await, world.a_mothers_case(&me).await);
        let son = world.office.another("son", Role::Supervisor).await;
        let son = world.session(&son).await;
        world.casework.link_colleague(&boss, opened.case, son.staff(), opened.principal).await.unwrap();
        // He reaches another case, and gets nowhere from there.
        gone(world.casework.unlink_colleague(&son, other.case, son.staff(), opened.principal).await);
        gone(world.casework.unlink_colleague(&boss, other.case, son.staff(), opened.principal).await);
        gone(world.casework.case(&son, opened.case).await);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM staff_person").await, 1);
    }

    /// Inv. 20: who runs the system reads nothing of a case, and neither does a peer.
    async fn who_runs_the_system_reads_nothing(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let admin = world.session(&world.office.administrator).await;
        let peer = world.office.another("peer", Role::Peer).await;
        let peer = world.session(&peer).await;
        for who in [&admin, &peer] {
            gone(world.casework.case(who, opened.case).await);
            gone(world.casework.cases(who).await);
            gone(world.casework.workers(who, opened.case).await);
            gone(world.casework.behind_glass(who, opened.case).await);
            gone(world.casework.signatures(who, opened.case).await);
            gone(world.casework.glass_to_review(who).await);
            assert!(!who.holds_office_key());
        }
        assert!(office::access::permit(&admin, office::Action::ManageStaff, "").await.is_ok());
        assert!(office::access::permit(&peer, office::Action::ManageStaff, "").await.is_err());
    }
}
