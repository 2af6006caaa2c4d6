//! F5 story 12, 4月の異動: in bulk, all or nothing, one page a case, read before the first contact.

use crate::world::{MIGRATIONS, World};
use casework::case::Opened;
use casework::hand_over::{HandOver, HandedOver, SheetWords, next_april};
use casework::{NewCase, NewPerson, Part, Relationship};
use office::Role;
use office::custody::acquaintance::Acquaintance;
use office::custody::{AssignmentKind, NewAssignment};
use store::params;
use testkit::TestDb;

impl World {
    /// A visit that colleague 7 planned for somebody, in codes.
    async fn a_planned_visit(&self, id: i64, of: &Opened, who: basics::StaffId, leave_at: i64) {
        let (office, case, room) = (self.office.id.get(), of.case.get(), of.compartment.get());
        let done: Result<(), store::Error> = store::housekeeping!(self.db, "session.touch", |tx| {
            tx.exec(
                "INSERT INTO visit (id, office_id, case_id, compartment_id, target, day, leave_at, return_at, wanted_by, goals, \
                 words, staff_id, state, made_by, made_at) VALUES ($1, $2, $3, $4, 'family_home', '2027-04-01', $5, $6, 'family', \
                 '', $7, $8, 'planned', 7, 0)",
                params![id, office, case, room, leave_at, leave_at + 1, Vec::<u8>::new(), who.get()],
            )
            .await?;
            Ok(())
        });
        done.unwrap();
    }
}

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
        // Written anew before anything went out: what was read does not count any more.
        let stale = sheet.written_at;
        world.casework.confirm_sheet(&april, case, stale).await.unwrap();
        assert!(!world.casework.workers(&april, case).await.unwrap().sheet_unread);
        world.wait(1);
        let boss = world.supervisor().await;
        let more = SheetWords { other: "5月に転居の予定".to_owned(), ..words.clone() };
        world.casework.write_sheet(&boss, case, sheet.id, &more).await.unwrap();
        assert!(world.casework.workers(&april, case).await.unwrap().sheet_unread);
        let told = world.casework.notices(&april).await.unwrap();
        assert!(told.iter().any(|line| line.notice.case == Some(case)));
        assert!(matches!(world.casework.confirm_sheet(&april, case, stale).await, Err(casework::Error::Meanwhile)));
        let sheet = world.casework.sheet(&april, case).await.unwrap().unwrap();
        assert!(sheet.to_read && sheet.words.other.contains("転居"));
        world.casework.confirm_sheet(&april, case, sheet.written_at).await.unwrap();
        assert!(!world.casework.workers(&april, case).await.unwrap().sheet_unread);
        assert_eq!(world.casework.my_sheets(&april).await.unwrap().len(), 39);
    }

    /// What the old worker had promised to do goes along: visits from the hour on, and letters at the hour itself. Who wrote what
    /// stays, and what lies before the hour is still theirs.
    async fn visits_and_letters_go_along(db: TestDb) {
        let world = World::new(&db).await;
        let (old, boss) = (world.coordinator().await, world.supervisor().await);
        world.a_letter("息子のことで書きます").await;
        let thread = basics::ThreadId::from(world.number_of("SELECT MAX(id) FROM thread").await);
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
            consulter: Some(NewPerson::unknown(Part::Family, Relationship::Mother)),
            subject_knows: casework::Knows::Unknown,
            thread: Some(thread),
        };
        let opened = world.casework.open_new(&old, &new).await.unwrap();
        let kept = world.a_mothers_case(&old).await;
        world.mailbox.assign(&old, thread, Some(old.staff())).await.unwrap();
        let moment = next_april(world.clock.today());
        let hour = basics::time::micros(moment);
        for (id, case, at) in [(1, &opened, hour - 1), (2, &opened, hour), (3, &kept, hour)] {
            world.a_planned_visit(id, case, old.staff(), at).await;
        }
        let april = world.office.another("april", Role::Coordinator).await;
        let order = HandOver { from: old.staff(), moment, cases: vec![(opened.case, april.staff)] };
        assert_eq!(world.casework.hand_over(&boss, &order).await.unwrap(), HandedOver::Done(1));
        let goes = async |visit: i64| world.number_of(&format!("SELECT staff_id FROM visit WHERE id = {visit}")).await;
        assert_eq!(goes(1).await, old.staff().get(), "before the hour");
        assert_eq!(goes(2).await, april.staff.get());
        assert_eq!(goes(3).await, old.staff().get(), "another case");
        assert_eq!(world.number_of("SELECT COUNT(*) FROM visit WHERE made_by = 7").await, 3, "who planned it stays");
        assert_eq!(world.recorded("visit.passed_on", "ok").await, 1);

        let taken = "SELECT taken_by FROM thread";
        world.clock.set(moment - jiff::SignedDuration::from_micros(1));
        assert_eq!(world.mailbox.pass_on_due().await.unwrap(), 0);
        assert_eq!(world.number_of(taken).await, old.staff().get());
        world.clock.set(moment);
        assert_eq!(world.mailbox.pass_on_due().await.unwrap(), 1);
        assert_eq!(world.number_of(taken).await, april.staff.get());
        assert_eq!(world.mailbox.pass_on_due().await.unwrap(), 0, "once");
        let next = world.session(&april).await;
        assert!(world.mailbox.read_at_desk(&next, thread).await.is_ok());
    }

    /// A hand-over that was undone before its hour passes no letter on.
    async fn an_undone_hand_over_passes_nothing_on(db: TestDb) {
        let world = World::new(&db).await;
        let (old, boss) = (world.coordinator().await, world.supervisor().await);
        world.a_letter("息子のことで書きます").await;
        let thread = basics::ThreadId::from(world.number_of("SELECT MAX(id) FROM thread").await);
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
            consulter: None,
            subject_knows: casework::Knows::Unknown,
            thread: Some(thread),
        };
        let opened = world.casework.open_new(&old, &new).await.unwrap();
        world.mailbox.assign(&old, thread, Some(old.staff())).await.unwrap();
        let april = world.office.another("april", Role::Coordinator).await;
        let moment = next_april(world.clock.today());
        let order = HandOver { from: old.staff(), moment, cases: vec![(opened.case, april.staff)] };
        world.casework.hand_over(&boss, &order).await.unwrap();
        world.casework.declare_acquaintance(&boss, opened.case, april.staff, Acquaintance::Kin).await.unwrap();
        world.clock.set(moment);
        world.mailbox.pass_on_due().await.unwrap();
        assert_eq!(world.number_of("SELECT taken_by FROM thread").await, old.staff().get());
    }

    /// Two colleagues take over two parts of one case: each finds their own sheet. Whoever does not reach the staff's
    /// compartment reads what the record says, learns nothing of the rooms they do not reach, and confirms all the same.
    async fn each_receiver_finds_their_own_sheet(db: TestDb) {
        let world = World::new(&db).await;
        let old = world.coordinator().await;
        let opened = world.a_mothers_case(&old).await;
        let also = world.office.another("also", Role::Coordinator).await;
        let part = NewAssignment {
            only: Some(vec![opened.compartment]),
            ..NewAssignment::whole(also.staff, AssignmentKind::Sub, &world.clock)
        };
        world.casework.assign(&old, opened.case, &part).await.unwrap();
        let boss = world.supervisor().await;
        let mut next = Vec::new();
        for (from, name) in [(old.staff(), "whole"), (also.staff, "part")] {
            world.clock.advance(jiff::SignedDuration::from_secs(1));
            let to = world.office.another(name, Role::Coordinator).await;
            let order = HandOver { from, moment: world.clock.now(), cases: vec![(opened.case, to.staff)] };
            assert_eq!(world.casework.hand_over(&boss, &order).await.unwrap(), HandedOver::Done(1));
            next.push((from, world.session(&to).await));
        }
        let (part_from, part) = next.pop().unwrap();
        let (whole_from, whole) = next.pop().unwrap();
        let sheet = world.casework.sheet(&whole, opened.case).await.unwrap().unwrap();
        assert_eq!((sheet.from.0, sheet.to.0), (whole_from, whole.staff()), "not the later one");
        assert!(sheet.to_read && !sheet.out_of_reach);
        let theirs = world.casework.sheet(&part, opened.case).await.unwrap().unwrap();
        assert_eq!((theirs.from.0, theirs.to.0), (part_from, part.staff()));
        assert!(theirs.to_read && !theirs.may_write);
        assert!(theirs.words.who_knows.contains("区画は1つ"), "{}", theirs.words.who_knows);
        let words = SheetWords { avoid: "将来の話".to_owned(), ..SheetWords::default() };
        world.casework.write_sheet(&boss, opened.case, theirs.id, &words).await.unwrap();
        let theirs = world.casework.sheet(&part, opened.case).await.unwrap().unwrap();
        assert!(theirs.to_read && theirs.out_of_reach);
        assert!(theirs.words.avoid.is_empty() && theirs.words.who_knows.contains("知らない"));
        world.casework.confirm_sheet(&part, opened.case, theirs.written_at).await.unwrap();
        assert!(!world.casework.workers(&part, opened.case).await.unwrap().sheet_unread);
        assert!(world.casework.workers(&whole, opened.case).await.unwrap().sheet_unread, "each for themself");
        // Whoever took over and hands on in turn: first what they have to read, then what they have to write.
        let third = world.office.another("third", Role::Coordinator).await;
        let moment = next_april(world.clock.today());
        let order = HandOver { from: whole.staff(), moment, cases: vec![(opened.case, third.staff)] };
        world.casework.hand_over(&boss, &order).await.unwrap();
        let sheet = world.casework.sheet(&whole, opened.case).await.unwrap().unwrap();
        assert!(sheet.to_read && sheet.to.0 == whole.staff());
        world.casework.confirm_sheet(&whole, opened.case, sheet.written_at).await.unwrap();
        let sheet = world.casework.sheet(&whole, opened.case).await.unwrap().unwrap();
        assert!(sheet.may_write && sheet.to.0 == third.staff);
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
