//! 開示請求 reaches every kind of record: one case in which each of them stands, and a line from each.

use crate::disclosing::block;
use crate::world::{MIGRATIONS, World};
use casework::approach::{Ground, NewApproach};
use casework::assessment::{Answer, Answers, Manner, NewVersion, Subject, Voice as Said};
use casework::case::Opened;
use casework::closing::NewClosing;
use casework::consent::{
    Deed, Grantor, Item, Method, NewConsent, Purpose, Recipient, RecipientKind, Step,
};
use casework::contact_rule::{Channel, NewContactPoint};
use casework::despite::{Basis, Despite};
use casework::disclosure::{Decision, LineSource, NewRequest, Standing};
use casework::hand_over::{HandOver, SheetWords};
use casework::household::{Cohabiting, NewMembership};
use casework::note::BlockKind;
use casework::observation::{Axis, NewObservation, Value};
use casework::outgoing::NewLetter;
use casework::peer::CardWords;
use casework::person_link::{At, LinkGround, LinkKind};
use casework::plan::{NewPlan, SavePart, Sheet, SubjectKind};
use casework::quick_log::With;
use casework::refusal::NewRefusal;
use casework::safety_flag::{Audience, FlagKind, Judgement, Level};
use casework::silence::{NewWatch, Pace};
use casework::small_steps::SmallStep;
use casework::stage::{NewStage, Stage, SupportStage};
use casework::visit::{Goal, NewVisit, Target, WantedBy, Words};
use casework::visit_heard::{Spoken, Whose};
use casework::visit_outcome::{FromDevice, Met, NewOutcome, Said as Told};
use casework::{Knows, NewCase, NewPerson, Part, Relationship};
use jiff::SignedDuration;
use jiff::civil::date;
use office::{Role, Session};
use std::collections::BTreeSet;
use testkit::TestDb;

impl World {
    /// A man's case with his letter, his words, and everything staff ever write about somebody.
    async fn a_case_with_everything(&self, me: &Session, lead: &Session) -> Opened {
        let room = &self.casework;
        self.a_letter("はじめて書きます").await;
        let thread = basics::ThreadId::from(self.number_of("SELECT MAX(id) FROM thread").await);
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself).called("はる"),
            consulter: None,
            subject_knows: Knows::Knows,
            thread: Some(thread),
        };
        let opened = room.open_new(me, &new).await.unwrap();
        let (case, his, him) = (opened.case, opened.compartment, opened.principal);
        let today = self.clock.today();
        let said = vec![block(
            BlockKind::PrincipalWords,
            None,
            None,
            "夜は眠れている",
        )];
        self.logged(me, case, With::Person(him), said, "つぎは短めに")
            .await;
        let step = SmallStep {
            day: today,
            words: "あいさつが返った".to_owned(),
        };
        room.note_small_step(me, case, his, &step).await.unwrap();
        let stage = NewStage {
            compartment: his,
            stage: Stage::Support(SupportStage::Person),
            since: today,
            words: "本人と話せている".to_owned(),
            once: None,
        };
        room.set_stage(me, case, &stage).await.unwrap();
        let seen = NewObservation {
            compartment: his,
            about: him,
            axis: Axis::ALL[0],
            value: Value::Same,
            on: today,
            words: "庭に出た".to_owned(),
            once: None,
        };
        room.observe(me, case, &seen).await.unwrap();
        let wish = Answer {
            words: "静かにしていたい".to_owned(),
            source: Said::Person(him),
            ..Answer::default()
        };
        let version = NewVersion {
            subject: Subject {
                compartment: his,
                instrument: "intake".to_owned(),
                about: him,
            },
            manner: Manner::Heard,
            answers: Answers::from([("wish".to_owned(), wish)]),
            seen: None,
        };
        room.assess(me, case, &version).await.unwrap();
        let plan = NewPlan {
            subject: SubjectKind::Principal,
            person: None,
            once: None,
        };
        let part = SavePart {
            compartment: his,
            sheet: Sheet {
                words: "庭に出てみたい".to_owned(),
                ..Sheet::default()
            },
            agreed: None,
            review_on: None,
            seen: None,
        };
        room.new_plan(me, case, plan, &part).await.unwrap();
        let consent = NewConsent {
            compartment: his,
            grantor: Grantor::oneself(him),
            recipient: Recipient {
                kind: RecipientKind::Work,
                name: "みどりサポステ".to_owned(),
            },
            first: Step {
                items: vec![Item::Wishes],
                purposes: vec![Purpose::Referral],
                ..Step::plain(Deed::Give, Method::Paper, "")
            },
            once: None,
        };
        room.new_consent(me, case, &consent).await.unwrap();
        self.visited(me, &opened).await;
        let letter = NewLetter {
            person: him,
            words: "お変わりありませんか".to_owned(),
            despite: None,
        };
        room.print_letter(me, case, &letter).await.unwrap();
        let mut upload = room.attach(me, case, his).await.unwrap();
        upload.take("預かった写し\n".as_bytes()).await.unwrap();
        upload.finish(me, "写し.txt", "").await.unwrap();
        self.dealt_with(me, lead, &opened).await;
        self.face_sheet(me, lead, &opened).await;
        opened
    }

    async fn visited(&self, me: &Session, opened: &Opened) {
        let room = &self.casework;
        let leave_at = self.clock.now();
        let visit = NewVisit {
            compartment: opened.compartment,
            target: Target::Principal,
            leave_at,
            return_at: leave_at + SignedDuration::from_hours(1),
            wanted_by: WantedBy::ALL[0],
            goals: vec![Goal::Listen],
            words: Words::default(),
            staff: me.staff(),
            buddy: Some(self.office.supervisor.staff),
            despite: None,
        };
        let visit = room.plan_visit(me, opened.case, &visit).await.unwrap();
        room.go_out(me, visit).await.unwrap();
        room.come_back(me, visit).await.unwrap();
        let outcome = NewOutcome {
            met: Met::Met,
            arrived_at: None,
            left_at: None,
            next_on: None,
            said: Told {
                reaction: "玄関先で話せた".to_owned(),
                ..Told::default()
            },
            heard: vec![Spoken {
                whose: Whose::Person(opened.principal),
                words: "また来てもいい".to_owned(),
            }],
            seen: 0,
        };
        room.record_outcome(me, opened.case, visit, &outcome)
            .await
            .unwrap();
        let draft = FromDevice {
            visit,
            client_id: "device-0001".to_owned(),
            typed_at: self.clock.now(),
            based_on: 1,
            whose: None,
            words: "端末で打ったこと".to_owned(),
        };
        room.take_draft(me, &draft).await.unwrap();
    }

    async fn dealt_with(&self, me: &Session, lead: &Session, opened: &Opened) {
        let (room, case, him) = (&self.casework, opened.case, opened.principal);
        let today = self.clock.today();
        let approach = NewApproach {
            ground: Ground::Came,
            agreed_with: him,
            agreed_on: today,
            words: "ご自身からの連絡として話す".to_owned(),
        };
        room.propose_approach(me, case, &approach).await.unwrap();
        let watch = NewWatch {
            person: him,
            pace: Pace::Seasonal,
            agreed_on: today,
            words: String::new(),
        };
        room.watch_silence(me, case, &watch).await.unwrap();
        room.add_task(me, case, casework::task::Kind::Call, today, "支所に")
            .await
            .unwrap();
        room.sign(lead, case, "続けてください").await.unwrap();
        let peer = self.office.another("peer", Role::Peer).await;
        let card = CardWords {
            nickname: "みかんさん".to_owned(),
            own_safety: "二人で行く".to_owned(),
            ..CardWords::default()
        };
        let card = room.make_card(me, case, peer.staff, &card).await.unwrap();
        let peer = self.session(&peer).await;
        room.report(&peer, card, "30分歩いた").await.unwrap();
        let next = self.office.another("april", Role::Coordinator).await;
        let order = HandOver {
            from: me.staff(),
            moment: self.clock.now() + SignedDuration::from_hours(48),
            cases: vec![(case, next.staff)],
        };
        room.hand_over(lead, &order).await.unwrap();
        let sheet = room.sheet(me, case).await.unwrap().unwrap();
        let words = SheetWords {
            avoid: "将来の話".to_owned(),
            ..sheet.words
        };
        room.write_sheet(me, case, sheet.id, &words).await.unwrap();
        let no = NewRefusal {
            person: him,
            heard_by: me.staff(),
            heard_on: today,
            check_on: None,
            words: "いまはそっとしておいて".to_owned(),
        };
        room.record_refusal(me, case, &no).await.unwrap();
        // Past his no, for danger to life: a letter with the reason.
        let letter = NewLetter {
            person: him,
            words: "電話をください".to_owned(),
            despite: Some(Despite {
                basis: Basis::Vital,
                reason: "返事がなく、命が心配なため".to_owned(),
            }),
        };
        room.print_letter(me, case, &letter).await.unwrap();
    }

    async fn face_sheet(&self, me: &Session, lead: &Session, opened: &Opened) {
        let (room, case, him) = (&self.casework, opened.case, opened.principal);
        let stay = NewMembership {
            person: him,
            relation: Relationship::Oneself,
            cohabiting: Cohabiting::Together,
            from: None,
            until: None,
            source: None,
        };
        room.note_membership(me, case, &stay).await.unwrap();
        let point = NewContactPoint::careful(Channel::Letter, "みどり町の家");
        room.keep_contact_point(me, case, him, &point, None)
            .await
            .unwrap();
        let flag = Judgement {
            level: Level::Care,
            audience: Audience::Workers,
            review_on: Some(date(2026, 12, 24)),
            ground: "眠れないと聞いた".to_owned(),
            peer_line: String::new(),
            once: None,
        };
        room.raise_flag(me, case, FlagKind::Health, &flag)
            .await
            .unwrap();
        let other = self.a_mothers_case(me).await;
        let at = |opened: &Opened| At {
            case: opened.case,
            person: opened.principal,
        };
        let link = room
            .propose_link(
                me,
                at(opened),
                at(&other),
                LinkKind::NotSame,
                LinkGround::Records,
            )
            .await
            .unwrap();
        room.decide_link(lead, link, true).await.unwrap();
        let engagement = room.course(me, case).await.unwrap();
        let change = casework::engagement::Change::new(Some(him), "話したいとのこと");
        room.change_engagement(me, case, casework::engagement::State::Active, &change)
            .await
            .unwrap();
        assert!(!engagement.engagements.is_empty());
        let closing = NewClosing {
            for_person: Some(him),
            ground: "本人の希望".to_owned(),
            reentry: "いつでもまた、と電話で".to_owned(),
        };
        room.propose_closing(me, case, &closing).await.unwrap();
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Whatever the office keeps about him gives a line: of each kind at least one, and every line has one name of its own.
    async fn every_kind_of_record_gives_a_line(db: TestDb) {
        let world = World::new(&db).await;
        let (me, lead) = (world.coordinator().await, world.supervisor().await);
        let opened = world.a_case_with_everything(&me, &lead).await;
        let new = NewRequest {
            standing: Standing::Oneself,
            person: Some(opened.principal),
            received_on: world.clock.today(),
            words: "すべて".to_owned(),
        };
        let room = &world.casework;
        let id = room.request_disclosure(&me, opened.case, &new).await.unwrap();
        let preview = room.disclosure(&me, opened.case, id).await.unwrap();
        let there: BTreeSet<&str> = preview.lines.iter().map(|line| line.source.code()).collect();
        let wanted: BTreeSet<&str> = LineSource::ALL.iter().map(|source| source.code()).collect();
        assert_eq!(there, wanted);
        let names: BTreeSet<String> = preview.lines.iter().map(casework::disclosure::Line::key).collect();
        assert_eq!(names.len(), preview.lines.len());
        let says = |words: &str, decision: Decision| {
            let found = preview.lines.iter().find(|line| line.words.contains(words));
            assert_eq!(found.map(|line| line.decision), Some(decision), "{words}");
        };
        for given in ["夜は眠れている", "はじめて書きます", "あいさつが返った", "みどりサポステ", "玄関先で話せた", "端末で打ったこと",
            "電話をください", "写し.txt", "30分歩いた", "みかんさん", "いまはそっとしておいて", "ご自身からの連絡として", "いっしょに暮らす"] {
            says(given, Decision::Give);
        }
        for weighed in ["つぎは短めに", "将来の話", "続けてください", "眠れないと聞いた", "二人で行く", "命が心配", "話したいとのこと", "支所に"] {
            says(weighed, Decision::Judgement);
        }
        // The whole of it is answered, and read back line by line as it stood.
        room.decide_rest(&me, opened.case, id, Decision::Judgement, "検討の途中のこと").await.unwrap();
        room.submit_disclosure(&me, opened.case, id).await.unwrap();
        let stood = room.disclosure(&me, opened.case, id).await.unwrap();
        let texts = |preview: &casework::disclosure::Preview| -> Vec<(String, String)> {
            preview.lines.iter().map(|line| (line.key(), line.words.clone())).collect()
        };
        assert_eq!(texts(&stood), texts(&preview));
    }
}
