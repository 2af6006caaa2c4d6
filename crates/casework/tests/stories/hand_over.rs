//! F5 story 12, 4月の異動: in bulk, all or nothing, one page a case, read before the first contact.

use crate::world::{MIGRATIONS, World};
use casework::hand_over::{HandOver, HandedOver, SheetWords, next_april};
use office::Role;
use office::custody::acquaintance::Acquaintance;
use testkit::TestDb;

#[test]
fn the_next_first_of_april() {
    let day = |text: &str| next_april(text.parse().unwrap()).to_string();
    assert_eq!(day("2026-11-24"), "2027-03-31T15:00:00Z");
    assert_eq!(day("2026-03-31"), "2026-03-31T15:00:00Z");
    assert_eq!(day("2026-04-01"), "2027-03-31T15:00:00Z");
}

testkit::on_both_databases! {
    MIGRATIONS;

    async fn forty_cases_in_april(db: TestDb) {
        let world = World::new(&db).await;
        let old = world.coordinator().await;
        let mut cases = Vec::new();
        for _ in 0..40 {
            cases.push(world.a_mothers_case(&old).await);
        }
        let new = world.office.another("april", Role::Coordinator).await;
        let boss = world.supervisor().await;
        let carried = world.casework.carried_by(&boss, old.staff()).await.unwrap();
        assert_eq!(carried.len(), 40);
        assert_eq!(carried[0].number, 1);
        let moment = next_april(world.clock.today());
        let order = HandOver {
            from: old.staff(),
            moment,
            cases: cases.iter().map(|one| (one.case, new.staff)).collect(),
        };
        // Only who leads hands over.
        assert!(world.casework.hand_over(&old, &order).await.unwrap_err().is_not_found());
        assert_eq!(world.casework.hand_over(&boss, &order).await.unwrap(), HandedOver::Done(40));
        assert_eq!(world.casework.notices(&old).await.unwrap().len(), 1, "one word, not forty");

        // Until then the old worker writes the sheets.
        let case = cases[0].case;
        assert_eq!(world.casework.my_sheets(&old).await.unwrap().len(), 40);
        let sheet = world.casework.sheet(&old, case).await.unwrap().unwrap();
        assert!(sheet.may_write && sheet.written_at.is_none());
        assert!(sheet.words.who_knows.contains("知らない"), "what the record says stands there already");
        let words = SheetWords {
            promised: "次は4月の半ばに、こちらから短い便りを出す".to_owned(),
            avoid: "将来の話".to_owned(),
            ..sheet.words
        };
        world.casework.write_sheet(&old, case, sheet.id, &words).await.unwrap();

        world.clock.set(moment - jiff::SignedDuration::from_mins(2));
        let old = world.coordinator().await;
        let april = world.session(&new).await;
        assert!(world.casework.case(&april, case).await.unwrap_err().is_not_found());
        world.clock.set(moment - jiff::SignedDuration::from_micros(1));
        assert!(world.casework.case(&old, case).await.is_ok());
        world.clock.set(moment);
        assert!(world.casework.case(&old, case).await.unwrap_err().is_not_found(), "at midnight, to the microsecond");
        assert!(world.casework.cases(&old).await.unwrap().is_empty());
        let view = world.casework.case(&april, case).await.unwrap();
        assert_eq!(view.case.opened_by, old.staff(), "authorship stays");

        // The receiver reads before the first contact.
        let lines = world.casework.my_sheets(&april).await.unwrap();
        assert_eq!(lines.len(), 40);
        assert!(lines[0].written && !lines[1].written);
        assert!(world.casework.workers(&april, case).await.unwrap().sheet_unread);
        let sheet = world.casework.sheet(&april, case).await.unwrap().unwrap();
        assert!(sheet.to_read && !sheet.may_write);
        assert_eq!(sheet.words.avoid, "将来の話");
        assert!(world.casework.write_sheet(&april, case, sheet.id, &words).await.unwrap_err().is_not_found());
        world.casework.confirm_sheet(&april, case).await.unwrap();
        assert!(!world.casework.workers(&april, case).await.unwrap().sheet_unread);
        assert_eq!(world.casework.my_sheets(&april).await.unwrap().len(), 39);
    }

    /// One receiver is the family's neighbour: that case is named, and nothing of the forty happens.
    async fn all_or_nothing(db: TestDb) {
        let world = World::new(&db).await;
        let old = world.coordinator().await;
        let (one, two) = (world.a_mothers_case(&old).await, world.a_mothers_case(&old).await);
        let april = world.office.another("april", Role::Coordinator).await;
        let boss = world.supervisor().await;
        world.casework.declare_acquaintance(&boss, two.case, april.staff, Acquaintance::Neighbour).await.unwrap();
        let order = HandOver {
            from: old.staff(),
            moment: next_april(world.clock.today()),
            cases: vec![(one.case, april.staff), (two.case, april.staff)],
        };
        let HandedOver::Refused(lines) = world.casework.hand_over(&boss, &order).await.unwrap() else {
            panic!("handed to a neighbour");
        };
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].1, two.number);
        assert!(!lines[0].2.contains("知人"), "why is not said");
        let ends = "SELECT COUNT(*) FROM assignment WHERE until_at IS NOT NULL";
        assert_eq!(world.number_of(ends).await, 0);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM hand_over_sheet").await, 0);
        // And one that is not for the supervisor's eyes stops it all the same.
        world.casework.declare_acquaintance(&old, one.case, boss.staff(), Acquaintance::Kin).await.unwrap();
        assert!(world.casework.hand_over(&boss, &order).await.unwrap_err().is_not_found());
        let carried = world.casework.carried_by(&boss, old.staff()).await.unwrap();
        assert_eq!(carried.len(), 1, "and is not in his list");
    }
}
