//! One case, two sides: a colleague who works on the mother's side alone walks every page that the desk leads to, and no
//! word that the son said, in whatever paper it lies, is on any of them (field/casework.md §F3, inv. 1 and 2).
//!
//! The same walk by the colleague who carries the whole case meets every one of those words: so each was really there.

use std::collections::{BTreeSet, VecDeque};

use basics::CompartmentId;
use casework::{
    Knows, NewCase, NewPerson, Part, Relationship,
    assessment::{Answer, Answers, Manner, NewVersion, Subject, Voice as Said},
    case::Opened,
    compartment::Voice,
    contact::{Channel, Direction, NewContact, Outcome, Party},
    note::{Block, BlockKind, MayShare, State},
    observation::{Axis, NewObservation, Value},
    plan::{NewPlan, SavePart, Sheet, SubjectKind},
    quick_log::{QuickLog, With},
    small_steps::SmallStep,
    stage::{NewStage, Stage, SupportStage, WithdrawalPhase},
};
use mailbox::return_code::Token;
use office::{
    Role, Session,
    custody::{AssignmentKind, NewAssignment},
};
use testkit::{TestDb, client::Client};

use crate::world::{MIGRATIONS, World};

/// One in each paper of a side; `side` makes them different.
fn words(side: &str) -> Vec<String> {
    ["記録", "一歩", "観察", "見立て", "計画", "段階", "添付"]
        .iter()
        .map(|paper| format!("{side}の{paper}のことば"))
        .collect()
}

impl World {
    async fn a_case_of_two(&self, me: &Session) -> (Opened, CompartmentId) {
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself).called("そら"),
            consulter: Some(
                NewPerson::unknown(Part::Family, Relationship::Mother).called("すみれ"),
            ),
            subject_knows: Knows::Knows,
            thread: None,
        };
        let room = &self.app.casework;
        let opened = room.open_new(me, &new).await.unwrap();
        let voice = Voice::Principal(opened.principal);
        let his = room
            .open_compartment(me, opened.case, &voice)
            .await
            .unwrap();
        (opened, his)
    }

    /// Something in every paper of this side.
    async fn fill_side(&self, me: &Session, opened: &Opened, into: CompartmentId, hers: bool) {
        let room = &self.app.casework;
        let (case, today) = (opened.case, self.clock.today());
        let mother = opened.consulter.unwrap();
        let side = if hers { "母" } else { "子" };
        let [note, step, observed, assessed, planned, phase, file] =
            <[String; 7]>::try_from(words(side)).unwrap();
        let log = QuickLog {
            despite: None,
            contact: NewContact {
                at: self.clock.now(),
                channel: Channel::Phone,
                direction: Direction::Incoming,
                party: if hers {
                    Party::Family
                } else {
                    Party::Principal
                },
                people: Vec::new(),
                about: None,
                minutes: Some(20),
                result: Outcome::Talked,
                staff: Vec::new(),
                next_on: None,
            },
            with: With::Person(if hers { mother } else { opened.principal }),
            blocks: vec![Block {
                text: note,
                kind: BlockKind::Observation,
                source: None,
                subject: None,
                may_share: MayShare::Not,
            }],
            staff_line: String::new(),
            state: State::Confirmed,
        };
        room.log(me, case, &log, &Token::fresh()).await.unwrap();
        let step = SmallStep {
            day: today,
            words: step,
        };
        room.note_small_step(me, case, into, &step).await.unwrap();
        let observation = NewObservation {
            compartment: into,
            about: opened.principal,
            axis: Axis::Outside,
            value: Value::Unknown,
            on: today,
            words: observed,
            once: None,
        };
        room.observe(me, case, &observation).await.unwrap();
        let version = NewVersion {
            subject: Subject {
                compartment: into,
                instrument: "intake".to_owned(),
                about: opened.principal,
            },
            manner: Manner::Heard,
            answers: Answers::from([(
                "wish".to_owned(),
                Answer {
                    words: assessed,
                    source: Said::Staff,
                    ..Answer::default()
                },
            )]),
            seen: None,
        };
        room.assess(me, case, &version).await.unwrap();
        let plan = NewPlan {
            subject: if hers {
                SubjectKind::Family
            } else {
                SubjectKind::Principal
            },
            person: hers.then_some(mother),
            once: None,
        };
        let part = SavePart {
            compartment: into,
            sheet: Sheet {
                words: planned,
                ..Sheet::default()
            },
            agreed: None,
            review_on: None,
            seen: None,
        };
        room.new_plan(me, case, plan, &part).await.unwrap();
        let stage = NewStage {
            compartment: into,
            // The page shows the latest of each line.
            stage: if hers {
                Stage::Phase(WithdrawalPhase::Withdrawn)
            } else {
                Stage::Support(SupportStage::Person)
            },
            since: today,
            words: phase,
            once: None,
        };
        room.set_stage(me, case, &stage).await.unwrap();
        let mut upload = room.attach(me, case, into).await.unwrap();
        upload.take(b"%PDF-1.7\nbrought along").await.unwrap();
        upload.finish(me, &format!("{file}.pdf"), "").await.unwrap();
    }
}

/// Everything that the desk shows to this colleague: every page that is linked from the case and from the day's page,
/// and from those, to the end.
async fn everything(who: &mut Client, case: &str) -> String {
    let mut seen = BTreeSet::new();
    let mut next: VecDeque<String> = [case, "/desk/kyou", "/desk/case", "/desk/sagasu"]
        .map(str::to_owned)
        .into();
    let mut shown = String::new();
    while let Some(path) = next.pop_front() {
        let path = path.split('#').next().unwrap_or_default().to_owned();
        // The stream does not end; the sign-out ends the walk; weeks lead on for ever.
        let walked = path.starts_with("/desk") && !path.starts_with("/desk/dekigoto");
        let leads_on = path.starts_with("/desk/shuu/");
        if !walked || leads_on || path.starts_with("/desk/deru") || !seen.insert(path.clone()) {
            continue;
        }
        assert!(seen.len() < 600, "the walk has no end at {path}");
        let page = who.get(&path).await;
        shown.push_str(&page.html());
        for (name, value) in &page.headers {
            shown.push_str(name.as_str());
            shown.push_str(&String::from_utf8_lossy(value.as_bytes()));
        }
        if page.html().starts_with("<!") {
            next.extend(page.links().into_iter().map(|(href, _)| href));
        }
    }
    shown
}

/// What a search for each of the words shows beside the words themselves, which stand in the field again.
async fn found(who: &mut Client, words: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for word in words {
        let page = who.get("/desk/sagasu").await;
        let page = who
            .submit(&page.form_with_button("さがす").fill("kotoba", word))
            .await;
        if !page.says("見つかりませんでした") {
            found.push(word.clone());
        }
    }
    found
}

testkit::on_both_databases! {
    MIGRATIONS;

    async fn no_paper_of_one_side_is_shown_to_who_works_on_the_other(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.office.session(&world.office.coordinator).await;
        let (opened, his) = world.a_case_of_two(&me).await;
        world.fill_side(&me, &opened, opened.compartment, true).await;
        world.fill_side(&me, &opened, his, false).await;
        let other = world.office.another("hanbun", Role::Coordinator).await;
        let part = NewAssignment {
            only: Some(vec![opened.compartment]),
            ..NewAssignment::whole(other.staff, AssignmentKind::Sub, &world.clock)
        };
        world.app.casework.assign(&me, opened.case, &part).await.unwrap();
        let case = format!("/desk/case/{}", opened.case);
        let (hers, sons) = (words("母"), words("子"));

        let mut whole = world.at_the_desk(&world.office.coordinator).await;
        let all = everything(&mut whole, &case).await;
        for word in hers.iter().chain(&sons) {
            assert!(all.contains(word), "{word} stands nowhere");
        }
        // The words beside a stage are read where the stage stands; a search does not look there.
        let searched: Vec<String> = sons.iter().filter(|word| !word.contains("段階")).cloned().collect();
        assert_eq!(found(&mut whole, &sons).await, searched);

        let mut half = world.at_the_desk(&other).await;
        let shown = everything(&mut half, &case).await;
        for word in &hers {
            assert!(shown.contains(word), "{word} is her side's");
        }
        for word in &sons {
            assert!(!shown.contains(word), "{word} was said by him");
        }
        assert_eq!(found(&mut half, &sons).await, Vec::<String>::new());
    }
}
