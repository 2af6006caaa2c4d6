//! 開示請求 (story F5 10, inv. 10): what is given, what is black, and what is not even there.

use crate::world::{MIGRATIONS, World};
use basics::{CaseId, PersonId};
use casework::case::Opened;
use casework::contact::{Channel, Direction, NewContact, Outcome, Party};
use casework::disclosure::{Decision, LineSource, NewRequest, Preview, Standing};
use casework::note::{Block, BlockKind, MayShare, State};
use casework::quick_log::{QuickLog, With};
use casework::safety_flag::{Audience, FlagKind, Judgement, Level};
use casework::{Error, Knows};
use jiff::civil::date;
use mailbox::return_code::Token;
use office::Session;
use testkit::TestDb;

pub fn block(
    kind: BlockKind,
    source: Option<PersonId>,
    subject: Option<PersonId>,
    text: &str,
) -> Block {
    Block {
        text: text.to_owned(),
        kind,
        source,
        subject,
        may_share: MayShare::Not,
    }
}

impl World {
    /// A telephone call with somebody, written down.
    pub async fn logged(
        &self,
        me: &Session,
        case: CaseId,
        with: With,
        blocks: Vec<Block>,
        staff_line: &str,
    ) {
        let log = QuickLog {
            despite: None,
            contact: NewContact {
                at: self.clock.now(),
                channel: Channel::Phone,
                direction: Direction::Incoming,
                party: Party::Family,
                people: Vec::new(),
                about: None,
                minutes: Some(20),
                result: Outcome::Talked,
                staff: Vec::new(),
                next_on: None,
            },
            with,
            blocks,
            staff_line: staff_line.to_owned(),
            state: State::Confirmed,
        };
        self.casework
            .log(me, case, &log, &Token::fresh())
            .await
            .unwrap();
    }

    /// The son says one thing himself; staff saw one thing of him.
    async fn the_son_speaks(&self, me: &Session, opened: &Opened) {
        let son = Some(opened.principal);
        let blocks = vec![
            block(BlockKind::PrincipalWords, son, None, "夜は眠れている"),
            block(BlockKind::Observation, None, son, "声はおだやかだった"),
        ];
        self.logged(me, opened.case, With::Person(opened.principal), blocks, "")
            .await;
    }

    async fn asked(
        &self,
        me: &Session,
        case: CaseId,
        standing: Standing,
        person: Option<PersonId>,
    ) -> (i64, Preview) {
        let new = NewRequest {
            standing,
            person,
            received_on: date(2026, 11, 24),
            words: "記録をすべて見たい".to_owned(),
        };
        let id = self
            .casework
            .request_disclosure(me, case, &new)
            .await
            .unwrap();
        (id, self.casework.disclosure(me, case, id).await.unwrap())
    }
}

/// What happens to the blocks of the notes.
fn decisions(preview: &Preview) -> Vec<(&str, Decision)> {
    let notes = preview.lines.iter();
    notes
        .filter(|line| line.source == LineSource::Note)
        .map(|line| (line.words.as_str(), line.decision))
        .collect()
}

const HERS: &str = "息子は昼まで寝ています";

testkit::on_both_databases! {
    MIGRATIONS;

    /// F5 10: his own blocks, what staff saw of him, and black lines with a ground where his mother is the source.
    async fn the_son_asks_for_everything(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let mother = opened.consulter.unwrap();
        world.hear(&me, &opened, Knows::Knows).await.unwrap();
        let hers = vec![block(BlockKind::FamilyWords, Some(mother), Some(opened.principal), HERS)];
        world.logged(&me, opened.case, With::Person(mother), hers, "").await;
        world.the_son_speaks(&me, &opened).await;
        let (id, preview) = world.asked(&me, opened.case, Standing::Oneself, Some(opened.principal)).await;
        let mut seen = decisions(&preview);
        seen.sort();
        assert_eq!(seen, [
            ("声はおだやかだった", Decision::Give),
            ("夜は眠れている", Decision::Give),
            (HERS, Decision::Other),
        ]);
        let printed = preview.printed();
        let black = printed.iter().find(|line| line.words.is_none()).unwrap();
        let submitted = preview.lines.len();
        assert_eq!(black.ground, "請求した方以外の個人に関する情報");
        assert!(printed.iter().all(|line| line.words.as_deref() != Some(HERS)));

        // A line is changed with a reason; what was submitted stays as it is; another person approves.
        let room = &world.casework;
        let key = preview.lines.iter().find(|line| line.words == "夜は眠れている").unwrap().key();
        assert!(room.decide_line(&me, opened.case, id, &key, Decision::Office, " ").await.is_err());
        room.decide_line(&me, opened.case, id, &key, Decision::Office, "係争中のため").await.unwrap();
        room.submit_disclosure(&me, opened.case, id).await.unwrap();
        world.the_son_speaks(&me, &opened).await;
        let lead = world.supervisor().await;
        assert!(room.judge_disclosure(&me, opened.case, id, true).await.unwrap_err().is_not_found());
        room.judge_disclosure(&lead, opened.case, id, true).await.unwrap();
        let after = room.disclosure(&lead, opened.case, id).await.unwrap();
        assert_eq!(after.lines.len(), submitted, "what was written after the submission is not in it");
        let changed = after.lines.iter().find(|line| line.changed).unwrap();
        assert_eq!((changed.decision, changed.reason.as_str()), (Decision::Office, "係争中のため"));
        assert!(room.decide_line(&me, opened.case, id, &key, Decision::Give, "やはり").await.is_err());
        // While a request runs nothing is erased.
        assert_eq!(room.retention(&me).await.unwrap().holds.len(), 1);
    }

    /// inv. 10: the paper for a son who does not know is the same whether his mother ever called or not.
    async fn the_paper_does_not_tell_whether_somebody_else_consulted(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let with_her = world.a_mothers_case(&me).await;
        let mother = with_her.consulter.unwrap();
        let hers = vec![
            block(BlockKind::FamilyWords, Some(mother), Some(with_her.principal), HERS),
            block(BlockKind::Observation, None, Some(with_her.principal), "母の話では、息子は元気"),
        ];
        world.logged(&me, with_her.case, With::Person(mother), hers, "").await;
        world.the_son_speaks(&me, &with_her).await;
        let alone = world.casework.open_new(&me, &crate::searching::named("", "", "")).await.unwrap();
        world.hear(&me, &alone, Knows::DoesNot).await.unwrap();
        world.the_son_speaks(&me, &alone).await;
        let (_, hers) = world.asked(&me, with_her.case, Standing::Oneself, Some(with_her.principal)).await;
        let (_, his) = world.asked(&me, alone.case, Standing::Oneself, Some(alone.principal)).await;
        assert_eq!((decisions(&hers).len(), decisions(&his).len()), (4, 2), "staff see what is left out");
        assert_eq!(hers.printed(), his.printed());
    }

    /// A parent of an adult has no right to the child's records as a parent: the paper holds no line at all, and no
    /// colleague can change that line by line. As herself she gets her own words.
    async fn a_parent_has_no_right_as_a_parent(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let mother = opened.consulter.unwrap();
        let hers = vec![block(BlockKind::FamilyWords, Some(mother), None, HERS)];
        world.logged(&me, opened.case, With::Person(mother), hers, "").await;
        world.the_son_speaks(&me, &opened).await;
        let (id, as_parent) = world.asked(&me, opened.case, Standing::Other, Some(opened.principal)).await;
        assert_eq!((decisions(&as_parent).len(), as_parent.printed().len()), (3, 0));
        assert_eq!(as_parent.undecided(), 0, "there is nothing to weigh where there is no right");
        let key = as_parent.lines[0].key();
        let forced = world.casework.decide_line(&me, opened.case, id, &key, Decision::Give, "母だから").await;
        assert!(matches!(forced, Err(Error::Invalid { field: "decision", .. })));
        let (_, as_herself) = world.asked(&me, opened.case, Standing::Oneself, Some(mother)).await;
        let printed: Vec<String> = as_herself.printed().into_iter().filter_map(|line| line.words).collect();
        assert!(printed.iter().any(|words| words == HERS));
        assert!(!printed.iter().any(|words| words.contains("眠れている")));
        // A guardian says what was shown as proof.
        let mut unproven = NewRequest {
            standing: Standing::Guardian,
            person: Some(opened.principal),
            received_on: date(2026, 11, 24),
            words: String::new(),
        };
        assert!(world.casework.request_disclosure(&me, opened.case, &unproven).await.is_err());
        unproven.words = "後見の登記事項証明書".to_owned();
        unproven.received_on = date(2026, 11, 25);
        assert!(world.casework.request_disclosure(&me, opened.case, &unproven).await.is_err(), "not from tomorrow");
    }

    /// E22: a line whose ground has to be weighed is undecided until somebody wrote why; nothing is submitted before.
    async fn nothing_is_submitted_while_a_line_is_undecided(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let room = &world.casework;
        let opened = world.a_mothers_case(&me).await;
        let case = opened.case;
        world.hear(&me, &opened, Knows::Knows).await.unwrap();
        world.the_son_speaks(&me, &opened).await;
        let said = vec![block(BlockKind::PrincipalWords, None, None, "また来ます")];
        world.logged(&me, case, With::Person(opened.principal), said, "つぎは短めに").await;
        room.add_task(&me, case, casework::task::Kind::Call, date(2026, 12, 1), "支所に").await.unwrap();
        let (id, preview) = world.asked(&me, case, Standing::Oneself, Some(opened.principal)).await;
        let open: Vec<&str> = preview.lines.iter().filter(|line| line.is_undecided()).map(|line| &*line.words).collect();
        assert_eq!((open.len(), preview.undecided()), (2, 2), "{open:?}");
        let refused = room.submit_disclosure(&me, case, id).await.unwrap_err();
        assert!(refused.to_string().contains("まだ決めていない行が2行"), "{refused}");
        assert!(matches!(refused, Error::Invalid { field: "kimeru", .. }));
        assert_eq!(world.number_of("SELECT COUNT(*) FROM disclosure_line").await, 0, "nothing half submitted");
        // One by one, or all under one ground with one reason; never without one.
        let key = preview.lines.iter().find(|line| line.words == "つぎは短めに").unwrap().key();
        room.decide_line(&me, case, id, &key, Decision::Give, "見せてよい").await.unwrap();
        assert!(room.submit_disclosure(&me, case, id).await.is_err());
        assert!(matches!(room.decide_rest(&me, case, id, Decision::Judgement, "　").await, Err(Error::Invalid { field: "wake", .. })));
        assert!(matches!(room.decide_rest(&me, case, id, Decision::Office, "わけ").await, Err(Error::Again)), "no line of that ground");
        room.decide_rest(&me, case, id, Decision::Judgement, "検討の途中のことで、支援に差しさわる").await.unwrap();
        room.submit_disclosure(&me, case, id).await.unwrap();
        let lead = world.supervisor().await;
        room.judge_disclosure(&lead, case, id, true).await.unwrap();
        let long = "あ".repeat(2_001);
        assert!(matches!(room.decide_line(&me, case, id, &key, Decision::Office, &long).await, Err(Error::Invalid { field: "reason", .. })), "too long is said, not cut");
    }

    /// Once answered, the paper says what it said: corrections, new notes, a file taken back, a changed name change nothing
    /// of it. Looking at it and printing it are rows in the chain.
    async fn an_answer_does_not_change_any_more(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let room = &world.casework;
        let opened = world.a_mothers_case(&me).await;
        let case = opened.case;
        world.hear(&me, &opened, Knows::Knows).await.unwrap();
        let mother = opened.consulter.unwrap();
        let hers = vec![block(BlockKind::FamilyWords, Some(mother), None, HERS)];
        world.logged(&me, case, With::Person(mother), hers, "").await;
        world.the_son_speaks(&me, &opened).await;
        let (id, _) = world.asked(&me, case, Standing::Oneself, Some(opened.principal)).await;
        room.submit_disclosure(&me, case, id).await.unwrap();
        let lead = world.supervisor().await;
        room.judge_disclosure(&lead, case, id, true).await.unwrap();
        let before = room.print_disclosure(&me, case, id).await.unwrap();
        assert!(before.printed().iter().any(|line| line.words.as_deref() == Some("夜は眠れている")));
        let notes = room.timeline(&me, case, None, None).await.unwrap();
        for entry in &notes.entries {
            let casework::timeline::What::Contact(_, notes) = &entry.what else { continue };
            for note in notes {
                let other = vec![block(BlockKind::Observation, None, None, "あとから直した言葉")];
                room.correct_note(&me, case, note.id, note.version, "聞き違い", &other).await.unwrap();
            }
        }
        world.the_son_speaks(&me, &opened).await;
        world.hear(&me, &opened, Knows::DoesNot).await.unwrap();
        // Even what is taken out of the database.
        world.change("DELETE FROM contact_party").await;
        world.change("DELETE FROM engagement_change").await;
        let after = room.print_disclosure(&me, case, id).await.unwrap();
        assert_eq!(before.printed(), after.printed());
        let staff = |preview: &Preview| -> Vec<String> {
            preview.lines.iter().map(|line| format!("{}{}{}{:?}", line.place, line.whose, line.words, line.decision)).collect()
        };
        assert_eq!(staff(&before), staff(&after));
        assert_eq!(world.recorded("disclosure.printed", "ok").await, 2);
        let stranger = world.office.another("other", office::Role::Coordinator).await;
        let stranger = world.session(&stranger).await;
        assert!(room.print_disclosure(&stranger, case, id).await.unwrap_err().is_not_found());
    }

    /// What only the supervisors may see is not left out of the answer: whoever approves decides it, with the reason, and
    /// whoever prepared does not see that it is there. Who does not reach every compartment does not submit.
    async fn what_the_preparer_cannot_see_is_decided_by_whoever_can(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let lead = world.supervisor().await;
        let room = &world.casework;
        let opened = world.a_mothers_case(&me).await;
        let case = opened.case;
        world.hear(&me, &opened, Knows::Knows).await.unwrap();
        world.the_son_speaks(&me, &opened).await;
        let flag = Judgement {
            level: Level::Soon,
            audience: Audience::Lead,
            review_on: Some(date(2026, 12, 1)),
            ground: "センター長だけが知ること".to_owned(),
            peer_line: String::new(),
            once: None,
        };
        room.raise_flag(&lead, case, FlagKind::Violence, &flag).await.unwrap();
        let (id, preview) = world.asked(&me, case, Standing::Oneself, Some(opened.principal)).await;
        assert!(!preview.lines.iter().any(|line| line.source == LineSource::Flag));
        // A colleague of one compartment sees a part of it, and says so instead of answering with it.
        let narrow = world.office.another("narrow", office::Role::Coordinator).await;
        let narrow = world.session(&narrow).await;
        world.assign_only(&lead, case, narrow.staff(), opened.compartment).await;
        let refused = room.submit_disclosure(&narrow, case, id).await.unwrap_err();
        assert!(refused.to_string().contains("担当していない区画"), "{refused}");
        room.submit_disclosure(&me, case, id).await.unwrap();
        assert!(matches!(room.disclosure(&narrow, case, id).await, Err(Error::Guarded(_))), "no half of an answer");
        let waiting = room.disclosure(&lead, case, id).await.unwrap();
        let late: Vec<_> = waiting.lines.iter().filter(|line| line.late).collect();
        assert_eq!((late.len(), late[0].source), (1, LineSource::Flag));
        let refused = room.judge_disclosure(&lead, case, id, true).await.unwrap_err();
        assert!(refused.to_string().contains("まだ決めていない行が1行"), "{refused}");
        assert!(room.decide_line(&me, case, id, &late[0].key(), Decision::Give, "見えないはず").await.unwrap_err().is_not_found());
        room.decide_line(&lead, case, id, &late[0].key(), Decision::Judgement, "命にかかわる見立てのため").await.unwrap();
        room.judge_disclosure(&lead, case, id, true).await.unwrap();
        let answer = room.print_disclosure(&lead, case, id).await.unwrap();
        let flag = answer.lines.iter().find(|line| line.source == LineSource::Flag).unwrap();
        assert_eq!((flag.decision, flag.reason.as_str()), (Decision::Judgement, "命にかかわる見立てのため"));
        assert_eq!(answer.lines.len(), waiting.lines.len());
    }

    /// E3: he does not know that she consulted for a year. Nothing on his paper is from before he was heard himself, not
    /// even in black; and before he ever speaks there is nothing at all.
    async fn nothing_on_the_paper_is_from_before_he_was_heard(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let mother = opened.consulter.unwrap();
        let hers = vec![block(BlockKind::FamilyWords, Some(mother), Some(opened.principal), HERS)];
        world.logged(&me, opened.case, With::Person(mother), hers, "息子さんに会うまで").await;
        let seen = vec![block(BlockKind::Observation, None, Some(opened.principal), "窓に明かりがあった")];
        world.logged(&me, opened.case, With::Nobody, seen, "").await;
        let (_, early) = world.asked(&me, opened.case, Standing::Oneself, Some(opened.principal)).await;
        assert!(early.printed().is_empty(), "{:?}", early.printed());
        world.wait(24 * 365);
        let me = world.coordinator().await;
        world.the_son_speaks(&me, &opened).await;
        let (_, preview) = world.asked(&me, opened.case, Standing::Oneself, Some(opened.principal)).await;
        let printed = preview.printed();
        assert!(printed.iter().any(|line| line.words.as_deref() == Some("夜は眠れている")));
        assert!(printed.iter().all(|line| line.on.starts_with("2027")), "{printed:?}");
    }

    /// A word in a note is found with the words around it; the note is opened only for the lines that are shown, and the
    /// opening is in the chain.
    async fn words_in_notes_are_found_with_what_stands_around_them(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let mother = opened.consulter.unwrap();
        let hers = vec![block(BlockKind::FamilyWords, Some(mother), None, "夜中にコンビニまで歩いていったようです")];
        world.logged(&me, opened.case, With::Person(mother), hers, "").await;
        let found = world.casework.search(&me, "こんびに").await.unwrap();
        assert_eq!(found.total, 1);
        assert!(found.lines[0].excerpt.contains("コンビニまで"));
        assert_eq!(world.casework.search(&me, "コンビニ すみれ").await.unwrap().total, 1, "partly on the face sheet");
        assert_eq!(world.casework.search(&me, "コンビニ 図書館").await.unwrap().total, 0);
        let subject = format!("compartment:{}", opened.compartment);
        let read = format!("SELECT COUNT(*) FROM audit_row WHERE action = 'compartment.read' AND detail = 'search' AND subject = '{subject}'");
        assert_eq!(world.number_of(&read).await, 2);
    }
}
