//! Opening a case, and who may see it.

use crate::world::{MIGRATIONS, World};
use basics::CaseId;
use casework::{Knows, NewCase, NewPerson, Part, Relationship};
use office::{CompartmentKind, Role};
use testkit::TestDb;

testkit::on_both_databases! {
    MIGRATIONS;

    /// A mother calls without a name: her voice gets a compartment of its own, the son none.
    async fn a_call_becomes_a_case(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let view = world.casework.case(&me, opened.case).await.unwrap();
        assert_eq!((view.case.number, view.case.subject_knows), (1, Knows::DoesNot));
        assert_eq!(view.people.len(), 2);
        assert_eq!(view.people[1].label(), "母（すみれさん）");
        let kinds: Vec<_> = view.compartments.iter().map(|one| one.kind).collect();
        assert_eq!(kinds, [CompartmentKind::Family, CompartmentKind::Staff]);
        assert_eq!(view.workers.len(), 1);
    }

    /// Who does not work on it learns no more than of a case that does not exist; the supervisor reads it.
    async fn absent_and_forbidden_are_one(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let stranger = world.office.another("other", Role::Coordinator).await;
        let stranger = world.session(&stranger).await;
        let there = world.casework.case(&stranger, opened.case).await.unwrap_err();
        let nowhere = world.casework.case(&stranger, CaseId::from(7)).await.unwrap_err();
        assert!(there.is_not_found() && nowhere.is_not_found());
        assert_eq!(there.to_string(), nowhere.to_string());
        assert_eq!(world.recorded("case.read", "refused").await, 2);
        let lead = world.supervisor().await;
        assert!(world.casework.case(&lead, opened.case).await.is_ok());
    }

    /// A letter becomes a case: from then on it is read under the case's rules.
    async fn a_letter_becomes_a_case(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let stranger = world.office.another("other", Role::Coordinator).await;
        let stranger = world.session(&stranger).await;
        world.a_letter("息子のことで、はじめて書きます").await;
        let thread = basics::ThreadId::from(world.number_of("SELECT MAX(id) FROM thread").await);
        assert!(world.mailbox.read_at_desk(&stranger, thread).await.is_ok());
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
            consulter: Some(NewPerson::unknown(Part::Family, Relationship::Mother)),
            subject_knows: Knows::Unknown,
            thread: Some(thread),
        };
        let opened = world.casework.open_new(&me, &new).await.unwrap();
        let (read, _) = world.mailbox.read_at_desk(&me, thread).await.unwrap();
        let part = (opened.case, opened.compartment, CompartmentKind::Family);
        assert_eq!(read.part_of, Some(part));
        assert!(world.mailbox.read_at_desk(&stranger, thread).await.unwrap_err().is_not_found());
        let mine = world.mailbox.shelf(&me, mailbox::inbox::Shelf::Waiting).await.unwrap();
        let theirs = world.mailbox.shelf(&stranger, mailbox::inbox::Shelf::Waiting).await.unwrap();
        assert_eq!((mine.len(), theirs.len()), (1, 0));
    }
}
