//! Assessments, observations, stages and flags: what was heard, by whom, and who sees it.

use crate::world::{MIGRATIONS, World};
use casework::Error;
use casework::assessment::{Answer, Answers, Manner, NewVersion, Subject, Voice as Said};
use casework::case::Opened;
use casework::compartment::Voice;
use casework::observation::{Axis, NewObservation, Value};
use casework::safety_flag::{Audience, FlagDeed, FlagKind, Judgement, Level};
use casework::stage::{NewStage, Stage, SupportStage, WithdrawalPhase};
use jiff::civil::date;
use office::custody::{AssignmentKind, NewAssignment};
use office::{Role, Session};
use testkit::TestDb;

fn words(words: &str, source: Said) -> Answer {
    Answer {
        words: words.to_owned(),
        source,
        ..Answer::default()
    }
}

fn chosen(code: &str, source: Said) -> Answer {
    Answer {
        chosen: vec![code.to_owned()],
        source,
        ..Answer::default()
    }
}

fn version(subject: &Subject, seen: Option<i64>, answers: &[(&str, Answer)]) -> NewVersion {
    NewVersion {
        subject: subject.clone(),
        manner: Manner::Heard,
        answers: answers
            .iter()
            .map(|(code, answer)| ((*code).to_owned(), answer.clone()))
            .collect::<Answers>(),
        seen,
    }
}

fn intake(opened: &Opened) -> Subject {
    Subject {
        compartment: opened.compartment,
        instrument: "intake".to_owned(),
        about: opened.principal,
    }
}

fn judgement(level: Level, audience: Audience) -> Judgement {
    Judgement {
        level,
        audience,
        review_on: Some(date(2026, 12, 1)),
        ground: "母から電話で。夜に大きな音がする".to_owned(),
        once: None,
        peer_line: if audience == Audience::Peer {
            "訪問は二人で".to_owned()
        } else {
            String::new()
        },
    }
}

impl World {
    /// Lets a colleague work on a case, in one compartment only.
    pub async fn assign_only(
        &self,
        lead: &Session,
        case: basics::CaseId,
        staff: basics::StaffId,
        only: basics::CompartmentId,
    ) {
        let new = NewAssignment {
            only: Some(vec![only]),
            ..NewAssignment::whole(staff, AssignmentKind::Sub, &self.clock)
        };
        self.casework.assign(lead, case, &new).await.unwrap();
    }
}

/// A colleague who works on the case, but reaches one compartment only.
async fn narrow_colleague(world: &World, lead: &Session, opened: &Opened) -> Session {
    let other = world.office.another("other", Role::Coordinator).await;
    let session = world.session(&other).await;
    world
        .assign_only(lead, opened.case, session.staff(), opened.compartment)
        .await;
    session
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Partial answers are kept; versions are only added; what was not touched keeps whoever said it.
    async fn an_assessment_grows_by_versions(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let (room, of) = (&world.casework, intake(&opened));
        let mother = Said::Person(opened.consulter.unwrap());
        let first = [("wish", words("眠れていないのが心配", mother.clone())), ("outing", chosen("room", mother.clone()))];
        room.assess(&me, opened.case, &version(&of, None, &first)).await.unwrap();
        let second = [("wish", words("眠れていないのが心配", Said::Staff)), ("outing", chosen("unknown", Said::Staff)), ("triggers", Answer::default())];
        room.assess(&me, opened.case, &version(&of, Some(1), &second)).await.unwrap();
        // Who saw the first version cannot write over the second.
        let late = room.assess(&me, opened.case, &version(&of, Some(1), &first)).await.unwrap_err();
        assert!(matches!(late, Error::Meanwhile), "{late:?}");
        let all = room.assessments(&me, opened.case).await.unwrap();
        assert_eq!((all.len(), all[0].versions.len()), (1, 2));
        let (now, before) = (&all[0].versions[0], &all[0].versions[1]);
        assert_eq!(now.answers["wish"].source, mother, "not touched: the mother said it");
        assert_eq!(now.answers["outing"].source, Said::Staff);
        assert!(!now.answers.contains_key("triggers"), "no answer is no answer");
        assert_eq!(before.answers["outing"].chosen, ["room"]);
        let shown = now.shown("intake");
        assert!(shown.iter().flat_map(|section| &section.answers).any(|answer| answer.chosen == "わからない"));
    }

    /// The family's own form cannot lie in the person's compartment; nobody of another case can be asked about.
    async fn an_instrument_stays_where_it_belongs(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let sons = world.casework.open_compartment(&me, opened.case, &Voice::Principal(opened.principal)).await.unwrap();
        let mother = opened.consulter.unwrap();
        let burden = |compartment, about| Subject { compartment, instrument: "burden".to_owned(), about };
        let tired = [("hardest", words("先のことが心配", Said::Person(mother)))];
        let in_his = world.casework.assess(&me, opened.case, &version(&burden(sons, mother), None, &tired)).await;
        assert!(matches!(in_his, Err(Error::Invalid { field: "compartment", .. })));
        world.casework.assess(&me, opened.case, &version(&burden(opened.compartment, mother), None, &tired)).await.unwrap();
        let elsewhere = world.a_mothers_case(&me).await;
        let about_another = burden(opened.compartment, elsewhere.principal);
        let error = world.casework.assess(&me, opened.case, &version(&about_another, None, &tired)).await.unwrap_err();
        assert!(error.is_not_found());
        let nonsense = [("sleep", chosen("moon", Said::Unsaid))];
        let error = world.casework.assess(&me, opened.case, &version(&burden(opened.compartment, mother), Some(1), &nonsense)).await;
        assert!(matches!(error, Err(Error::Invalid { .. })));
    }

    /// inv. 1, 2: what one side said is read by whoever reaches that side, whatever else they reach; the lead reads and
    /// does not write into it.
    async fn each_side_is_read_by_whom_it_is_open_to(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let lead = world.supervisor().await;
        let opened = world.a_mothers_case(&me).await;
        let room = &world.casework;
        let sons = room.open_compartment(&me, opened.case, &Voice::Principal(opened.principal)).await.unwrap();
        let seen = |compartment, words: &str, value| NewObservation {
            compartment, about: opened.principal, axis: Axis::Outside, value, on: date(2026, 11, 24), words: words.to_owned(), once: None,
        };
        room.observe(&me, opened.case, &seen(opened.compartment, "母：夜に台所へ出てきた", Value::Step)).await.unwrap();
        room.observe(&me, opened.case, &seen(sons, "本人：庭に出た", Value::Same)).await.unwrap();
        room.observe(&me, opened.case, &seen(sons, "", Value::Unknown)).await.unwrap();
        let twice = NewObservation { once: Some(77), ..seen(opened.compartment, "二度押した", Value::Same) };
        room.observe(&me, opened.case, &twice).await.unwrap();
        assert!(matches!(room.observe(&me, opened.case, &twice).await, Err(Error::Again)));
        let narrow = narrow_colleague(&world, &lead, &opened).await;
        let theirs = room.observations(&narrow, opened.case).await.unwrap();
        assert_eq!(theirs.iter().map(|one| one.words.as_str()).collect::<std::collections::BTreeSet<_>>(), std::collections::BTreeSet::from(["母：夜に台所へ出てきた", "二度押した"]));
        assert!(room.observe(&narrow, opened.case, &seen(sons, "書けない", Value::Same)).await.unwrap_err().is_not_found());
        assert_eq!(room.observations(&lead, opened.case).await.unwrap().len(), 4);
        assert!(room.observe(&lead, opened.case, &seen(sons, "書けない", Value::Same)).await.unwrap_err().is_not_found());
        let tomorrow = NewObservation { on: date(2026, 11, 25), ..seen(sons, "", Value::Same) };
        assert!(matches!(room.observe(&me, opened.case, &tomorrow).await, Err(Error::Invalid { field: "on", .. })));
        let nobody = NewObservation { about: basics::PersonId::from(7), ..seen(sons, "", Value::Same) };
        assert!(room.observe(&me, opened.case, &nobody).await.unwrap_err().is_not_found());
    }

    /// Stages go back and forth; a year changes none of them (inv. 13); 「家族のみ」 is computed when somebody looks.
    async fn stages_go_back_and_forth_and_time_moves_none(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let room = &world.casework;
        let (group, person) = (Stage::Support(SupportStage::Group), Stage::Support(SupportStage::Person));
        let at = |stage, since| NewStage { compartment: opened.compartment, stage, since, words: "話し合って".to_owned(), once: None };
        for (stage, day) in [(group, 3), (person, 10), (Stage::Phase(WithdrawalPhase::Reunion), 12), (Stage::Phase(WithdrawalPhase::Withdrawn), 20)] {
            room.set_stage(&me, opened.case, &at(stage, date(2026, 11, day))).await.unwrap();
        }
        let latest = |stages: &casework::stage::Stages| stages.latest().iter().map(|one| one.stage).collect::<Vec<_>>();
        let now = room.stages(&me, opened.case).await.unwrap();
        assert_eq!(latest(&now), [Stage::Phase(WithdrawalPhase::Withdrawn), person]);
        let only = now.family_only.unwrap();
        assert_eq!(only.since, date(2026, 11, 24));
        world.wait(24 * 400);
        let me = world.coordinator().await;
        let later = room.stages(&me, opened.case).await.unwrap();
        assert_eq!((latest(&later), later.events.len()), (latest(&now), 4));
        assert_eq!(later.family_only.unwrap().words(), "家族のみ 13か月");
        room.open_compartment(&me, opened.case, &Voice::Principal(opened.principal)).await.unwrap();
        assert_eq!(room.stages(&me, opened.case).await.unwrap().family_only, None);
    }

    /// A flag needs its ground and its next look, stands until somebody closes it with a reason, and keeps its history.
    async fn a_flag_stands_until_somebody_judges_again(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let room = &world.casework;
        let good = judgement(Level::Soon, Audience::Workers);
        for (bad, field) in [
            (Judgement { ground: "  ".to_owned(), ..good.clone() }, "ground"),
            (Judgement { review_on: None, ..good.clone() }, "review_on"),
            (Judgement { review_on: Some(date(2026, 11, 23)), ..good.clone() }, "review_on"),
            (Judgement { audience: Audience::Peer, ..good.clone() }, "peer_line"),
        ] {
            let error = room.raise_flag(&me, opened.case, FlagKind::Violence, &bad).await.unwrap_err();
            assert!(matches!(error, Error::Invalid { field: at, .. } if at == field), "{field}");
        }
        let flag = room.raise_flag(&me, opened.case, FlagKind::Violence, &good).await.unwrap();
        let view = room.case(&me, opened.case).await.unwrap();
        assert_eq!((view.flags.len(), view.flags[0].review_due), (1, false));
        assert!(room.flags_due(&me).await.unwrap().is_empty());
        world.wait(24 * 7);
        let me = world.coordinator().await;
        let due = room.flags_due(&me).await.unwrap();
        assert_eq!((due.len(), due[0].flag, due[0].on), (1, flag, date(2026, 12, 1)));
        assert_eq!(room.case(&me, opened.case).await.unwrap().flags[0].now.level, Level::Soon, "time lowers nothing");
        let again = Judgement { review_on: Some(date(2027, 1, 5)), ..good.clone() };
        let not_lower = room.judge_flag(&me, opened.case, flag, FlagDeed::Lower, &again).await;
        assert!(matches!(not_lower, Err(Error::Invalid { field: "level", .. })));
        let lower = Judgement { level: Level::Care, ..again.clone() };
        room.judge_flag(&me, opened.case, flag, FlagDeed::Lower, &lower).await.unwrap();
        assert!(room.flags_due(&me).await.unwrap().is_empty());
        let unseen = Judgement { once: Some(1), ..lower.clone() };
        assert!(matches!(room.judge_flag(&me, opened.case, flag, FlagDeed::Review, &unseen).await, Err(Error::Meanwhile)));
        assert!(matches!(room.judge_flag(&me, opened.case, flag, FlagDeed::Lower, &unseen).await, Err(Error::Again)));
        let close = Judgement { review_on: None, ground: "三か月、音はない。母と確かめた".to_owned(), ..lower };
        let unsaid = Judgement { ground: String::new(), ..close.clone() };
        assert!(room.judge_flag(&me, opened.case, flag, FlagDeed::Close, &unsaid).await.is_err());
        room.judge_flag(&me, opened.case, flag, FlagDeed::Close, &close).await.unwrap();
        assert!(room.case(&me, opened.case).await.unwrap().flags.is_empty());
        let history = room.flags(&me, opened.case).await.unwrap();
        assert_eq!(history[0].events.iter().map(|one| one.deed).collect::<Vec<_>>(), [FlagDeed::Raise, FlagDeed::Lower, FlagDeed::Close]);
        let again = room.judge_flag(&me, opened.case, flag, FlagDeed::Review, &again).await.unwrap_err();
        assert!(matches!(again, Error::Illegal(_)));
    }

    /// A flag is for its audience: what is for the lead is not in a colleague's head of the case or きょう, and a peer's
    /// card carries one line, never the ground.
    async fn a_flag_is_seen_by_its_audience(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let lead = world.supervisor().await;
        let opened = world.a_mothers_case(&me).await;
        let room = &world.casework;
        let narrow = narrow_colleague(&world, &lead, &opened).await;
        let for_lead = Judgement { review_on: Some(date(2026, 11, 24)), ..judgement(Level::Now, Audience::Lead) };
        room.raise_flag(&lead, opened.case, FlagKind::Abuse, &for_lead).await.unwrap();
        room.raise_flag(&me, opened.case, FlagKind::Staff, &judgement(Level::Care, Audience::Peer)).await.unwrap();
        let count = async |session: &Session| { room.case(session, opened.case).await.unwrap().flags.len() };
        assert_eq!((count(&me).await, count(&narrow).await, count(&lead).await), (1, 1, 2));
        assert_eq!((room.flags_due(&me).await.unwrap().len(), room.flags_due(&lead).await.unwrap().len()), (0, 1));
        assert_eq!(room.peer_safety_lines(&me, opened.case).await.unwrap(), ["訪問は二人で"]);
        let hidden = room.flags(&lead, opened.case).await.unwrap().into_iter().find(|one| one.kind == FlagKind::Abuse).unwrap();
        let error = room.judge_flag(&me, opened.case, hidden.id, FlagDeed::Close, &for_lead).await.unwrap_err();
        assert!(error.is_not_found());
    }

    /// Nothing of this lies readable in a column.
    async fn no_word_of_it_is_in_a_column(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let room = &world.casework;
        let wish = [("wish", words("カナリア", Said::Unsaid))];
        room.assess(&me, opened.case, &version(&intake(&opened), None, &wish)).await.unwrap();
        let seen = NewObservation { compartment: opened.compartment, about: opened.principal, axis: Axis::Words, value: Value::Same, on: date(2026, 11, 24), words: "カナリア".to_owned(), once: None };
        room.observe(&me, opened.case, &seen).await.unwrap();
        let stage = NewStage { compartment: opened.compartment, stage: Stage::Phase(WithdrawalPhase::Onset), since: date(2026, 11, 1), words: "カナリア".to_owned(), once: None };
        room.set_stage(&me, opened.case, &stage).await.unwrap();
        let flag = Judgement { ground: "カナリア".to_owned(), ..judgement(Level::Care, Audience::Workers) };
        room.raise_flag(&me, opened.case, FlagKind::Health, &flag).await.unwrap();
        for (table, column) in [("assessment_version", "answers"), ("observation", "words"), ("stage_event", "words"), ("safety_flag_event", "ground"), ("findable", "folded")] {
            let mut conn = world.db.read().await.unwrap();
            let rows: Vec<(Vec<u8>,)> = conn.all(&format!("SELECT {column} FROM {table}"), &[]).await.unwrap();
            assert!(!rows.is_empty(), "{table}");
            let canary = ["カナリア", "かなりあ"];
            assert!(rows.iter().all(|(bytes,)| canary.iter().all(|word| !bytes.windows(word.len()).any(|at| at == word.as_bytes()))), "{table}");
        }
        assert_eq!(world.recorded("assessment.save", "ok").await, 1);
    }

    /// Somebody it was not given to learns no more than of a case that does not exist (inv. 10).
    async fn strangers_find_nothing(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let stranger = world.office.another("stranger", Role::Coordinator).await;
        let stranger = world.session(&stranger).await;
        let room = &world.casework;
        assert!(room.assessments(&stranger, opened.case).await.unwrap_err().is_not_found());
        assert!(room.observations(&stranger, opened.case).await.unwrap_err().is_not_found());
        assert!(room.stages(&stranger, opened.case).await.unwrap_err().is_not_found());
        assert!(room.flags(&stranger, opened.case).await.unwrap_err().is_not_found());
        assert!(room.plans(&stranger, opened.case).await.unwrap_err().is_not_found());
        assert!(room.consents(&stranger, opened.case).await.unwrap_err().is_not_found());
    }
}
