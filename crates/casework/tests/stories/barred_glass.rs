//! Inv. 17: who must not know a case does not get to it through the glass either, nor out of a glass that is open already.

use crate::world::{MIGRATIONS, World};
use casework::Error;
use office::Role;
use office::custody::acquaintance::Acquaintance;
use testkit::TestDb;

const REASON: &str = "夜の電話で、本人の安否をすぐに確かめる必要があるため";

#[track_caller]
fn gone<T: std::fmt::Debug>(answer: Result<T, Error>) {
    assert!(answer.unwrap_err().is_not_found());
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// She broke the glass at night; in the morning it turns out that she is a neighbour. What was open is shut that
    /// moment, she is not even told of it any more, and the glass stays to be looked at by the supervisor.
    async fn an_open_glass_shuts_when_a_bar_is_set(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let night = world.office.another("night", Role::Coordinator).await;
        let night = world.session(&night).await;
        world.casework.break_glass(&night, opened.number, REASON, 3).await.unwrap();
        world.casework.open_behind_glass(&night, opened.case, opened.compartment).await.unwrap();
        assert_eq!(world.casework.case(&night, opened.case).await.unwrap().compartments.len(), 1);
        world.casework.declare_acquaintance(&me, opened.case, night.staff(), Acquaintance::Neighbour).await.unwrap();
        gone(world.casework.case(&night, opened.case).await);
        gone(world.casework.timeline(&night, opened.case, None, None).await);
        gone(world.casework.open_behind_glass(&night, opened.case, opened.compartment).await);
        gone(world.casework.behind_glass(&night, opened.case).await);
        gone(world.casework.break_glass(&night, opened.number, REASON, 1).await);
        assert!(world.casework.notices(&night).await.unwrap().is_empty());
        let boss = world.supervisor().await;
        assert_eq!(world.casework.glass_to_review(&boss).await.unwrap().len(), 1);
    }

    /// A barred supervisor sees no glass of that case: not to review, not to hide.
    async fn a_barred_supervisor_neither_reviews_nor_hides(db: TestDb) {
        let world = World::new(&db).await;
        let (me, boss) = (world.coordinator().await, world.supervisor().await);
        let deputy = world.office.another("deputy", Role::Supervisor).await;
        let deputy = world.session(&deputy).await;
        let opened = world.a_mothers_case(&me).await;
        let night = world.office.another("night", Role::Coordinator).await;
        let night = world.session(&night).await;
        let broken = world.casework.break_glass(&night, opened.number, REASON, 3).await.unwrap();
        world.casework.declare_acquaintance(&me, opened.case, boss.staff(), Acquaintance::Kin).await.unwrap();
        assert!(world.casework.glass_to_review(&boss).await.unwrap().is_empty());
        gone(world.casework.review_glass(&boss, broken.id, "安否の確認のためとわかりました。").await);
        gone(world.casework.hide_glass(&boss, broken.id, 10, "いまは身に危険があるため").await);
        world.casework.review_glass(&deputy, broken.id, "安否の確認のためとわかりました。").await.unwrap();
    }
}
