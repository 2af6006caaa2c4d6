//! Whose words they were: what is said at the door stays with whoever said it, whomever the visit was planned for
//! (inv. 1, 29).

use crate::visit::at;
use crate::world::{MIGRATIONS, World};
use basics::{CompartmentId, PersonId};
use casework::Error;
use casework::case::Opened;
use casework::compartment::Voice;
use casework::visit_heard::{Spoken, Whose};
use casework::visit_outcome::{FromDevice, Met, NewOutcome, Said};
use office::custody::{AssignmentKind, NewAssignment};
use office::{Role, Session};
use testkit::TestDb;

const HIS: &str = "来月なら会ってもいい";
const HERS: &str = "夜は廊下の足音だけ聞こえる";
const THEIRS: &str = "ふたりで駅まで歩いてみる";
const SEEN: &str = "顔色はよかった";

fn outcome(heard: Vec<Spoken>, seen: i64) -> NewOutcome {
    NewOutcome {
        met: Met::Met,
        arrived_at: Some(at(14, 20)),
        left_at: Some(at(15, 10)),
        next_on: None,
        said: Said {
            reaction: SEEN.to_owned(),
            ..Said::default()
        },
        heard,
        seen,
    }
}

fn said(whose: Whose, words: &str) -> Spoken {
    Spoken {
        whose,
        words: words.to_owned(),
    }
}

impl World {
    /// The kind of the compartment a draft note of this visit lies in, for each: kind, whose person.
    async fn drafts_in(&self, kind: &str, person: Option<PersonId>) -> i64 {
        let whose = person.map_or_else(
            || "c.person_id IS NULL".to_owned(),
            |person| format!("c.person_id = {person}"),
        );
        self.number_of(&format!(
            "SELECT COUNT(*) FROM note n JOIN compartment c ON c.id = n.compartment_id \
             WHERE n.state = 'draft' AND c.kind = '{kind}' AND {whose}"
        ))
        .await
    }

    async fn voice_of(&self, me: &Session, opened: &Opened, voice: &Voice) -> CompartmentId {
        let room = &self.casework;
        room.open_compartment(me, opened.case, voice).await.unwrap()
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// A visit planned with the mother, at which the son speaks too: his words in his compartment, hers in hers, what
    /// they say together in theirs, what colleagues saw in the staff's. A colleague who works on the mother's side only
    /// learns nothing of what he said, nor that he did.
    async fn words_at_the_door_stay_with_whoever_spoke(db: TestDb) {
        let world = World::new(&db).await;
        let (me, opened, visit) = world.a_visit_that_is_out().await;
        let mother = opened.consulter.unwrap();
        let both = Whose::Together(vec![opened.principal, mother]);
        let offered = world.casework.visit(&me, opened.case, visit).await.unwrap().voices;
        let offered: Vec<Whose> = offered.into_iter().map(|(whose, _)| whose).collect();
        assert_eq!(offered, [Whose::Person(opened.principal), Whose::Person(mother), both.clone(), Whose::Staff]);
        for one in &offered {
            assert_eq!(Whose::from_code(&one.code()).as_ref(), Some(one));
        }
        let heard = vec![
            said(Whose::Person(opened.principal), HIS),
            said(Whose::Person(mother), HERS),
            said(both.clone(), THEIRS),
            said(Whose::Person(mother), " "),
        ];
        world.casework.record_outcome(&me, opened.case, visit, &outcome(heard, 0)).await.unwrap();
        assert_eq!(world.drafts_in("principal", Some(opened.principal)).await, 1);
        assert_eq!(world.drafts_in("family", Some(mother)).await, 1);
        assert_eq!((world.drafts_in("joint", None).await, world.drafts_in("staff", None).await), (1, 1));

        let seen = world.casework.visit(&me, opened.case, visit).await.unwrap();
        let words: Vec<&str> = seen.outcomes[0].heard.iter().map(|one| one.words.as_str()).collect();
        assert_eq!(words, [HIS, HERS, THEIRS]);
        let his = world.voice_of(&me, &opened, &Voice::Principal(opened.principal)).await;
        assert_eq!(seen.outcomes[0].heard[0].compartment, his);
        assert_eq!(seen.outcomes[0].heard[1].compartment, opened.compartment);
        for words in [HIS, HERS, THEIRS, SEEN] {
            assert!(!db.holds_in_the_clear(words).await, "{words}");
        }

        // Somebody who works with the mother only.
        let hers = world.office.another("hers", Role::Coordinator).await;
        let listed = NewAssignment {
            only: Some(vec![opened.compartment]),
            ..NewAssignment::whole(hers.staff, AssignmentKind::Sub, &world.clock)
        };
        let lead = world.supervisor().await;
        world.casework.assign(&lead, opened.case, &listed).await.unwrap();
        let hers = world.session(&hers).await;
        let seen = world.casework.visit(&hers, opened.case, visit).await.unwrap();
        let words: Vec<&str> = seen.outcomes[0].heard.iter().map(|one| one.words.as_str()).collect();
        assert_eq!(words, [HERS]);
        assert_eq!((seen.outcomes[0].said.reaction.as_str(), seen.outcomes[0].note), ("", None));
        let may: Vec<Whose> = seen.voices.into_iter().map(|(whose, _)| whose).collect();
        assert!(!may.contains(&Whose::Person(opened.principal)) && !may.contains(&both), "{may:?}");
        let pushed = outcome(vec![said(Whose::Person(opened.principal), HIS)], 1);
        assert!(world.casework.record_outcome(&hers, opened.case, visit, &pushed).await.unwrap_err().is_not_found());
    }

    /// Where one voice was heard, the contact is theirs as well.
    async fn the_contact_lies_with_the_one_who_spoke(db: TestDb) {
        let world = World::new(&db).await;
        let (me, opened, visit) = world.a_visit_that_is_out().await;
        let stranger = Whose::Person(PersonId::from(7));
        let wrong = world.casework.record_outcome(&me, opened.case, visit, &outcome(vec![said(stranger, HIS)], 0)).await;
        assert!(matches!(wrong, Err(Error::Invalid { .. })));
        let heard = vec![said(Whose::Person(opened.principal), HIS)];
        world.casework.record_outcome(&me, opened.case, visit, &outcome(heard, 0)).await.unwrap();
        let his = world.voice_of(&me, &opened, &Voice::Principal(opened.principal)).await;
        let sql = format!("SELECT COUNT(*) FROM contact WHERE compartment_id = {his} AND party = 'principal'");
        assert_eq!(world.number_of(&sql).await, 1);
        assert_eq!(world.number_of("SELECT COUNT(*) FROM contact").await, 1);
    }

    /// A memo from a device says whose words it holds; the card offers whom, by what they are called and no more.
    async fn a_memo_from_a_device_says_whose_words(db: TestDb) {
        let world = World::new(&db).await;
        let (me, opened, visit) = world.a_visit_that_is_out().await;
        let mother = opened.consulter.unwrap();
        let cards = world.casework.cards(&me, true).await.unwrap().cards;
        let voices: Vec<&str> = cards[0].voices.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(voices, ["本人", "母（すみれさん）", "本人と母（すみれさん）がいっしょに", "職員が見たこと"]);
        let memo = |client: &str, whose: Option<Whose>, words: &str| FromDevice {
            visit,
            client_id: client.to_owned(),
            typed_at: at(15, 0),
            based_on: 0,
            whose,
            words: words.to_owned(),
        };
        let room = &world.casework;
        room.take_draft(&me, &memo("0f3c-22aa-9a", Whose::from_code(&cards[0].voices[0].0), HIS)).await.unwrap();
        room.take_draft(&me, &memo("0f3c-22aa-9b", Some(Whose::Person(mother)), HERS)).await.unwrap();
        room.take_draft(&me, &memo("0f3c-22aa-9c", None, SEEN)).await.unwrap();
        assert_eq!(world.drafts_in("principal", Some(opened.principal)).await, 1);
        assert_eq!(world.drafts_in("family", Some(mother)).await, 1);
        assert_eq!(world.drafts_in("staff", None).await, 1);
        let seen = room.visit(&me, opened.case, visit).await.unwrap();
        let his = world.voice_of(&me, &opened, &Voice::Principal(opened.principal)).await;
        let kept: Vec<(CompartmentId, &str)> =
            seen.drafts.iter().map(|one| (one.compartment, one.words.as_str())).collect();
        assert_eq!((kept[0], kept[1]), ((his, HIS), (opened.compartment, HERS)));
        assert!(!db.holds_in_the_clear(HIS).await && !db.holds_in_the_clear(SEEN).await);
    }
}
