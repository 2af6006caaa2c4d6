//! Who leaves, who changes their role, and what that ends; who looks at a broken glass when the supervisor cannot.

use crate::world::{MIGRATIONS, World};
use casework::Error;
use office::custody::acquaintance::Acquaintance;
use office::custody::{AssignmentKind, NewAssignment};
use office::{Action, Qualification, Role, Session, StaffForm, access, staff};
use testkit::TestDb;

const REASON: &str = "夜の電話で、本人の安否をすぐに確かめる必要があるため";

#[track_caller]
fn gone<T: std::fmt::Debug>(answer: Result<T, Error>) {
    assert!(answer.unwrap_err().is_not_found());
}

impl World {
    async fn make(
        &self,
        by: &Session,
        login: &str,
        who: basics::StaffId,
        role: Role,
        active: bool,
    ) -> office::Result<()> {
        let permit = access::permit(by, Action::ManageStaff, "").await?;
        let form = StaffForm {
            login: login.to_owned(),
            name: login.to_owned(),
            role,
            qualification: Qualification::Other,
            active,
        };
        staff::change(&self.db, &permit, who, &form).await
    }

    async fn open_assignments(&self, who: basics::StaffId) -> i64 {
        self.number_of(&format!(
            "SELECT COUNT(*) FROM assignment WHERE staff_id = {who} AND until_at IS NULL"
        ))
        .await
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Whoever leaves has no case any more, and the supervisor's day says which cases have nobody; not those that are not
    /// for the supervisor's eyes.
    async fn whoever_leaves_leaves_no_case_alone(db: TestDb) {
        let world = World::new(&db).await;
        let (me, boss) = (world.coordinator().await, world.supervisor().await);
        let admin = world.session(&world.office.administrator).await;
        let alone = world.a_mothers_case(&me).await;
        let shared = world.a_mothers_case(&me).await;
        let hidden = world.a_mothers_case(&me).await;
        let other = world.office.another("second", Role::Coordinator).await;
        let sub = NewAssignment::whole(other.staff, AssignmentKind::Sub, &world.clock);
        world.casework.assign(&me, shared.case, &sub).await.unwrap();
        world.casework.declare_acquaintance(&me, hidden.case, boss.staff(), Acquaintance::Kin).await.unwrap();
        assert!(world.casework.today(&boss).await.unwrap().nobodys.is_empty());
        world.make(&admin, "away", me.staff(), Role::Coordinator, false).await.unwrap();
        assert_eq!(world.open_assignments(me.staff()).await, 0);
        let waiting: Vec<_> = world.casework.today(&boss).await.unwrap().nobodys.iter().map(|one| one.case).collect();
        assert_eq!(waiting, [alone.case]);
        let second = world.session(&other).await;
        assert!(world.casework.today(&second).await.unwrap().nobodys.is_empty(), "who leads the office decides");
        // Coming back brings nothing back.
        world.make(&admin, "away", me.staff(), Role::Coordinator, true).await.unwrap();
        assert_eq!(world.open_assignments(me.staff()).await, 0);
        world.casework.assign(&boss, alone.case, &NewAssignment::whole(other.staff, AssignmentKind::Main, &world.clock)).await.unwrap();
        assert!(world.casework.today(&boss).await.unwrap().nobodys.is_empty());
    }

    /// A role that reads nothing holds no key and no case, from the very next request on.
    async fn a_role_that_reads_nothing_keeps_nothing(db: TestDb) {
        let world = World::new(&db).await;
        let (me, boss) = (world.coordinator().await, world.supervisor().await);
        let opened = world.a_mothers_case(&boss).await;
        let both = NewAssignment::whole(me.staff(), AssignmentKind::Sub, &world.clock);
        world.casework.assign(&boss, opened.case, &both).await.unwrap();
        let today = world.clock.today();
        world.change(&format!("INSERT INTO duty (office_id, day, staff_id, set_by, set_at) VALUES ({}, '{today}', {}, 0, 0)", world.office.id, me.staff())).await;
        for role in [Role::Administrator, Role::Peer] {
            world.make(&boss, "moved", me.staff(), role, true).await.unwrap();
            assert_eq!(world.open_assignments(me.staff()).await, 0, "{role:?}");
            let keys = format!("SELECT COUNT(*) FROM office_key_grant WHERE staff_id = {}", me.staff());
            assert_eq!(world.number_of(&keys).await, 0, "{role:?}");
        }
        assert_eq!(world.number_of("SELECT COUNT(*) FROM duty").await, 0);
        // A coordinator again: the key is not there by itself, nor the case.
        world.make(&boss, "moved", me.staff(), Role::Coordinator, true).await.unwrap();
        assert_eq!(world.open_assignments(me.staff()).await, 0);
        let keys = format!("SELECT COUNT(*) FROM office_key_grant WHERE staff_id = {}", me.staff());
        assert_eq!(world.number_of(&keys).await, 0);
        // Among those who read, a role changes nothing.
        world.make(&boss, "lead", boss.staff(), Role::Supervisor, true).await.unwrap();
        assert_eq!(world.open_assignments(boss.staff()).await, 1);
    }

    /// Inv. 20, F4: who runs the system gives themself no role that reads; somebody else may.
    async fn nobody_gives_themself_a_role_that_reads(db: TestDb) {
        let world = World::new(&db).await;
        let admin = world.session(&world.office.administrator).await;
        let boss = world.supervisor().await;
        for role in [Role::Coordinator, Role::Supervisor] {
            let refused = world.make(&admin, "kanri", admin.staff(), role, true).await.unwrap_err();
            assert!(refused.to_string().contains("自分ではつけられません"), "{refused}");
        }
        world.make(&admin, "kanri", admin.staff(), Role::Administrator, true).await.unwrap();
        world.make(&boss, "kanri", admin.staff(), Role::Coordinator, true).await.unwrap();
        let keys = format!("SELECT COUNT(*) FROM office_key_grant WHERE staff_id = {}", admin.staff());
        assert_eq!(world.number_of(&keys).await, 0, "and a key comes from a colleague");
    }

    /// Inv. 18: the only supervisor must not know of the case, so the second person looks at it, who holds the key.
    async fn the_second_person_looks_at_it(db: TestDb) {
        let world = World::new(&db).await;
        let (me, boss) = (world.coordinator().await, world.supervisor().await);
        let opened = world.a_mothers_case(&me).await;
        world.casework.declare_acquaintance(&me, opened.case, boss.staff(), Acquaintance::Kin).await.unwrap();
        let night = world.office.another("night", Role::Coordinator).await;
        let night = world.session(&night).await;
        let broken = world.casework.break_glass(&night, opened.number, REASON, 1).await.unwrap();
        let behind = world.casework.behind_glass(&night, opened.case).await.unwrap().unwrap();
        assert_eq!(behind.reviewers.len(), 1);
        let lines = world.casework.glass_to_review(&me).await.unwrap();
        assert!(lines.len() == 1 && lines[0].glass.is_for(me.staff()));
        gone(world.casework.review_glass(&boss, broken.id, "見ました").await);
        gone(world.casework.hide_glass(&me, broken.id, 3, REASON).await);
        world.casework.review_glass(&me, broken.id, "安否の確認でした。").await.unwrap();
        assert!(world.casework.glass_to_review(&boss).await.unwrap().is_empty());
        // Where nobody else is left, nobody is named.
        world.make(&boss, "moved", me.staff(), Role::Coordinator, false).await.unwrap();
        let behind = world.casework.behind_glass(&night, opened.case).await.unwrap().unwrap();
        assert!(behind.reviewers.is_empty());
    }

    /// Inv. 18: nobody looks at their own, whatever they have become.
    async fn nobody_looks_at_their_own(db: TestDb) {
        let world = World::new(&db).await;
        let (me, boss) = (world.coordinator().await, world.supervisor().await);
        let opened = world.a_mothers_case(&me).await;
        let night = world.office.another("night", Role::Coordinator).await;
        let session = world.session(&night).await;
        let broken = world.casework.break_glass(&session, opened.number, REASON, 1).await.unwrap();
        world.make(&boss, &night.login, night.staff, Role::Supervisor, true).await.unwrap();
        world.wait(1);
        let promoted = world.session(&night).await;
        assert_eq!(promoted.role(), Role::Supervisor);
        let refused = world.casework.review_glass(&promoted, broken.id, "見ました").await.unwrap_err();
        assert!(refused.to_string().contains("ほかの職員が確認します"));
        assert!(world.casework.hide_glass(&promoted, broken.id, 3, REASON).await.is_err());
        let lines = world.casework.glass_to_review(&promoted).await.unwrap();
        assert!(lines.len() == 1 && !lines[0].glass.is_for(promoted.staff()));
        world.casework.review_glass(&boss, broken.id, "見ました").await.unwrap();
    }
}
