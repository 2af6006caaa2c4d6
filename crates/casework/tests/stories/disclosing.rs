//! 開示請求 (story F5 10, inv. 10): what is given, what is black, and what is not even there.

use crate::world::{MIGRATIONS, World};
use basics::{CaseId, PersonId};
use casework::Knows;
use casework::case::Opened;
use casework::contact::{Channel, Direction, NewContact, Outcome, Party};
use casework::disclosure::{Decision, NewRequest, Preview, Standing};
use casework::note::{Block, BlockKind, MayShare, State};
use casework::quick_log::{QuickLog, With};
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

fn decisions(preview: &Preview) -> Vec<(&str, Decision)> {
    preview
        .lines
        .iter()
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
        assert_eq!(after.lines.len(), 3, "what was written after the submission is not in it");
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
        assert_eq!((hers.lines.len(), his.lines.len()), (4, 2), "staff see what is left out");
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
        assert_eq!((as_parent.lines.len(), as_parent.printed().len()), (3, 0));
        let key = as_parent.lines[0].key();
        let forced = world.casework.decide_line(&me, opened.case, id, &key, Decision::Give, "母だから").await;
        assert!(matches!(forced, Err(casework::Error::Guarded(_))));
        let (_, as_herself) = world.asked(&me, opened.case, Standing::Oneself, Some(mother)).await;
        let printed = as_herself.printed();
        assert_eq!(printed.len(), 1);
        assert_eq!(printed[0].words.as_deref(), Some(HERS));
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
