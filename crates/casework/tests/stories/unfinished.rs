//! Drafts nobody confirmed: the author is reminded; what a colleague left behind falls to the main worker, authorship kept.

use crate::disclosing::block;
use crate::world::{MIGRATIONS, World};
use basics::NoteId;
use casework::Error;
use casework::case::Opened;
use casework::contact::{Channel, Direction, NewContact, Outcome, Party};
use casework::hand_over::{HandOver, HandedOver};
use casework::note::{BlockKind, State};
use casework::quick_log::{QuickLog, With};
use mailbox::return_code::Token;
use office::custody::{AssignmentKind, NewAssignment};
use office::{Role, Session};
use testkit::TestDb;

impl World {
    async fn a_draft(&self, me: &Session, opened: &Opened) -> NoteId {
        let log = QuickLog {
            despite: None,
            contact: NewContact {
                at: self.clock.now(),
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
            blocks: vec![block(BlockKind::FamilyWords, None, None, "書きかけの言葉")],
            staff_line: String::new(),
            state: State::Draft,
        };
        let token = Token::fresh();
        let logged = self.casework.log(me, opened.case, &log, &token).await;
        logged.unwrap().note.unwrap()
    }

    async fn drafts(&self, who: &Session) -> Vec<(NoteId, bool)> {
        let today = self.casework.today(who).await.unwrap();
        today
            .drafts
            .iter()
            .map(|one| (one.what.note, one.what.left))
            .collect()
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// After a day, to the author alone; confirmed, it is gone from the page.
    async fn a_draft_of_yesterday_is_on_its_authors_page(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let sub = world.office.another("sub", Role::Coordinator).await;
        world.casework.assign(&me, opened.case, &NewAssignment::whole(sub.staff, AssignmentKind::Sub, &world.clock)).await.unwrap();
        let note = world.a_draft(&me, &opened).await;
        world.wait(23);
        assert!(world.drafts(&world.coordinator().await).await.is_empty());
        world.wait(1);
        let me = world.coordinator().await;
        assert_eq!(world.drafts(&me).await, [(note, false)]);
        assert!(world.drafts(&world.session(&sub).await).await.is_empty(), "a colleague leaves it alone");
        assert!(world.drafts(&world.supervisor().await).await.is_empty());
        world.casework.confirm_note(&me, opened.case, note, 1).await.unwrap();
        assert!(world.drafts(&me).await.is_empty());
    }

    /// Story 12: handed over, the draft that was left is the new main worker's to confirm or throw away, as it stands and
    /// under its author's name; a second worker and somebody of another compartment have no say.
    async fn a_draft_left_behind_falls_to_the_main_worker(db: TestDb) {
        let world = World::new(&db).await;
        let old = world.coordinator().await;
        let boss = world.supervisor().await;
        let opened = world.a_mothers_case(&old).await;
        let case = opened.case;
        let (kept, thrown) = (world.a_draft(&old, &opened).await, world.a_draft(&old, &opened).await);
        let april = world.office.another("april", Role::Coordinator).await;
        let order = HandOver { from: old.staff(), moment: world.clock.now(), cases: vec![(case, april.staff)] };
        assert_eq!(world.casework.hand_over(&boss, &order).await.unwrap(), HandedOver::Done(1));
        let sub = world.office.another("sub", Role::Coordinator).await;
        world.casework.assign(&boss, case, &NewAssignment::whole(sub.staff, AssignmentKind::Sub, &world.clock)).await.unwrap();
        let (april, sub) = (world.session(&april).await, world.session(&sub).await);
        world.wait(1);
        let mut left = world.drafts(&april).await;
        left.sort_unstable();
        assert_eq!(left, [(kept, true), (thrown, true)], "at once, not after a day");
        assert!(world.drafts(&sub).await.is_empty());
        let room = &world.casework;
        let (_, seen) = room.note(&april, case, kept).await.unwrap();
        assert!(seen.falls_to_asker && seen.blocks()[0].text == "書きかけの言葉");
        assert!(!room.note(&sub, case, kept).await.unwrap().1.falls_to_asker);
        for refused in [
            room.confirm_note(&sub, case, kept, 1).await,
            room.discard_note(&sub, case, kept, 1).await,
            room.save_draft(&april, case, kept, 1, &[block(BlockKind::Observation, None, None, "書きかえ")]).await,
        ] {
            assert!(matches!(refused, Err(Error::Illegal(_))));
        }
        assert!(room.confirm_note(&old, case, kept, 1).await.unwrap_err().is_not_found());
        assert!(matches!(room.confirm_note(&april, case, kept, 7).await, Err(Error::Meanwhile)));
        room.confirm_note(&april, case, kept, 1).await.unwrap();
        room.discard_note(&april, case, thrown, 1).await.unwrap();
        let (_, confirmed) = room.note(&april, case, kept).await.unwrap();
        assert_eq!((confirmed.state, confirmed.author), (State::Confirmed, old.staff()));
        assert!(room.note(&april, case, thrown).await.unwrap_err().is_not_found());
        assert!(world.drafts(&april).await.is_empty());
        let by = format!("SELECT COUNT(*) FROM audit_row WHERE action = 'note.confirmed' AND actor_id = {}", april.staff());
        assert_eq!(world.number_of(&by).await, 1, "the chain says who confirmed it");
    }

    /// Somebody whose account ended has left too; whose compartment is out of reach, of that draft there is nothing.
    async fn what_is_out_of_reach_is_not_told(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let boss = world.supervisor().await;
        let opened = world.a_mothers_case(&me).await;
        let note = world.a_draft(&me, &opened).await;
        let narrow = world.office.another("narrow", Role::Coordinator).await;
        let staff_room = world.casework.case(&me, opened.case).await.unwrap().compartments.iter()
            .find(|one| one.kind == office::CompartmentKind::Staff).unwrap().id;
        let new = NewAssignment {
            only: Some(vec![staff_room]),
            ..NewAssignment::whole(narrow.staff, AssignmentKind::Main, &world.clock)
        };
        world.casework.assign(&boss, opened.case, &new).await.unwrap();
        let next = world.office.another("next", Role::Coordinator).await;
        world.casework.assign(&boss, opened.case, &NewAssignment::whole(next.staff, AssignmentKind::Main, &world.clock)).await.unwrap();
        world.change(&format!("UPDATE staff SET active = 0 WHERE id = {}", me.staff())).await;
        world.wait(1);
        assert!(world.drafts(&world.session(&narrow).await).await.is_empty());
        assert_eq!(world.drafts(&world.session(&next).await).await, [(note, true)]);
    }
}
