//! What waits for a supervisor is on their きょう, and a word reaches the right colleagues: codes only.

use crate::disclosing::block;
use crate::world::{MIGRATIONS, World};
use basics::CaseId;
use casework::closing::NewClosing;
use casework::disclosure::{NewRequest, Standing};
use casework::note::BlockKind;
use casework::peer::CardWords;
use casework::person_link::{At, LinkGround, LinkKind};
use casework::quick_log::With;
use casework::safety_flag::{Audience, FlagDeed, FlagKind, Judgement, Level};
use casework::waiting::Decision;
use jiff::civil::date;
use office::custody::acquaintance::Acquaintance;
use office::custody::notice::NoticeKind;
use office::custody::{AssignmentKind, NewAssignment};
use office::{Role, Session};
use testkit::TestDb;

impl World {
    async fn decides(&self, who: &Session) -> Vec<(CaseId, Decision)> {
        let today = self.casework.today(who).await.unwrap();
        today
            .decisions
            .iter()
            .map(|one| (one.case, one.what))
            .collect()
    }

    async fn told(&self, who: &Session) -> Vec<NoticeKind> {
        let told = self.casework.notices(who).await.unwrap();
        told.iter().map(|one| one.notice.kind).collect()
    }
}

fn flag(level: Level, audience: Audience, line: &str) -> Judgement {
    Judgement {
        level,
        audience,
        review_on: Some(date(2026, 12, 1)),
        ground: "夜に大きな音がすると聞いた".to_owned(),
        peer_line: line.to_owned(),
        once: None,
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// A closing, an answer, a link, an erasure: each waits on the page of whoever may decide it, and of nobody else.
    async fn what_a_supervisor_decides_is_on_their_page(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let boss = world.supervisor().await;
        let room = &world.casework;
        let opened = world.a_mothers_case(&me).await;
        let case = opened.case;
        let other = world.a_mothers_case(&me).await;
        assert!(world.decides(&boss).await.is_empty());
        let change = casework::engagement::Change::because("会えた");
        room.change_engagement(&me, case, casework::engagement::State::Active, &change).await.unwrap();
        let closing = NewClosing { for_person: None, ground: "話し合って".to_owned(), reentry: "いつでも".to_owned() };
        room.propose_closing(&me, case, &closing).await.unwrap();
        world.wait(1);
        let said = vec![block(BlockKind::FamilyWords, None, None, "元気です")];
        world.logged(&me, case, With::Person(opened.consulter.unwrap()), said, "").await;
        let new = NewRequest { standing: Standing::Oneself, person: opened.consulter, received_on: world.clock.today(), words: String::new() };
        let request = room.request_disclosure(&me, case, &new).await.unwrap();
        assert_eq!(world.decides(&boss).await, [(case, Decision::Closing)], "what is still prepared does not wait");
        room.decide_rest(&me, case, request, casework::disclosure::Decision::Judgement, "検討の途中のこと").await.unwrap();
        room.submit_disclosure(&me, case, request).await.unwrap();
        world.wait(1);
        let at = |one: &casework::case::Opened| At { case: one.case, person: one.principal };
        let link = room.propose_link(&me, at(&opened), at(&other), LinkKind::Same, LinkGround::Told).await.unwrap();
        world.wait(1);
        let finished = world.a_mothers_case(&me).await;
        world.finish(finished.case, "2019-05-08").await;
        let erasure = room.propose_erasure(&me, finished.case).await.unwrap();
        assert_eq!(world.decides(&boss).await, [
            (case, Decision::Closing),
            (case, Decision::Disclosure),
            (case, Decision::Link),
            (finished.case, Decision::Erasure),
        ]);
        assert!(world.decides(&me).await.is_empty(), "not a coordinator's to decide");
        // A supervisor who must not know of the second case learns nothing of the link.
        let cousin = world.office.another("cousin", Role::Supervisor).await;
        room.declare_acquaintance(&boss, other.case, cousin.staff, Acquaintance::Kin).await.unwrap();
        let cousin = world.session(&cousin).await;
        assert!(!world.decides(&cousin).await.contains(&(case, Decision::Link)));
        room.judge_disclosure(&boss, case, request, true).await.unwrap();
        room.decide_link(&boss, link, false).await.unwrap();
        room.decline_erasure(&boss, finished.case, erasure).await.unwrap();
        assert_eq!(world.decides(&boss).await, [(case, Decision::Closing)]);
    }

    /// Who submitted it does not find it among what they decide.
    async fn ones_own_answer_waits_for_another(db: TestDb) {
        let world = World::new(&db).await;
        let boss = world.supervisor().await;
        let second = world.office.another("second", Role::Supervisor).await;
        let second = world.session(&second).await;
        let me = world.coordinator().await;
        let opened = world.a_mothers_case(&me).await;
        let new = NewRequest { standing: Standing::Other, person: None, received_on: world.clock.today(), words: String::new() };
        let request = world.casework.request_disclosure(&boss, opened.case, &new).await.unwrap();
        world.casework.submit_disclosure(&boss, opened.case, request).await.unwrap();
        assert!(world.decides(&boss).await.is_empty());
        assert!(!world.told(&boss).await.contains(&NoticeKind::DisclosureSubmitted));
        assert_eq!(world.decides(&second).await, [(opened.case, Decision::Disclosure)]);
        assert_eq!(world.told(&second).await, [NoticeKind::DisclosureSubmitted]);
    }

    /// A flag that is raised or becomes more pressing is told to whoever works on the case and leads; one for the leads
    /// alone to them; never to whoever judged, to a stranger, or to somebody who must not know. No word of it is kept there.
    async fn a_flag_reaches_those_who_are_meant(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let boss = world.supervisor().await;
        let room = &world.casework;
        let opened = world.a_mothers_case(&me).await;
        let case = opened.case;
        let [sub, stranger, cousin] = [("sub", Role::Coordinator), ("stranger", Role::Coordinator), ("cousin", Role::Supervisor)];
        let (sub, stranger) = (world.office.another(sub.0, sub.1).await, world.office.another(stranger.0, stranger.1).await);
        let cousin = world.office.another(cousin.0, cousin.1).await;
        room.declare_acquaintance(&boss, case, cousin.staff, Acquaintance::Kin).await.unwrap();
        room.assign(&boss, case, &NewAssignment::whole(sub.staff, AssignmentKind::Sub, &world.clock)).await.unwrap();
        world.wait(1);
        let (sub, stranger, cousin) = (world.session(&sub).await, world.session(&stranger).await, world.session(&cousin).await);
        let raised = room.raise_flag(&me, case, FlagKind::Violence, &flag(Level::Care, Audience::Workers, "")).await.unwrap();
        for (who, n) in [(&me, 0), (&sub, 1), (&boss, 1), (&stranger, 0), (&cousin, 0)] {
            assert_eq!(world.told(who).await.iter().filter(|kind| **kind == NoticeKind::FlagRaised).count(), n);
        }
        let again = |level| flag(level, Audience::Workers, "");
        room.judge_flag(&sub, case, raised, FlagDeed::Review, &again(Level::Care)).await.unwrap();
        room.judge_flag(&sub, case, raised, FlagDeed::Review, &again(Level::Now)).await.unwrap();
        let flags = |told: Vec<NoticeKind>| told.iter().filter(|kind| **kind == NoticeKind::FlagRaised).count();
        assert_eq!((flags(world.told(&me).await), flags(world.told(&sub).await), flags(world.told(&boss).await)), (1, 1, 2), "more pressing is told, the same is not");
        room.raise_flag(&boss, case, FlagKind::Abuse, &flag(Level::Now, Audience::Lead, "")).await.unwrap();
        assert_eq!((flags(world.told(&me).await), flags(world.told(&boss).await)), (1, 2), "for those who lead alone");
        let columns = "SELECT COUNT(*) FROM notice WHERE kind = 'flag_raised' AND subject IS NOT NULL";
        assert_eq!(world.number_of(columns).await, 4);
    }

    /// A peer's report is told to whoever works on the case and leads; each puts it away for themself.
    async fn a_peers_report_is_told(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let boss = world.supervisor().await;
        let opened = world.a_mothers_case(&me).await;
        let peer = world.office.another("peer", Role::Peer).await;
        let other = world.office.another("other-peer", Role::Peer).await;
        let words = CardWords { nickname: "みかんさん".to_owned(), ..CardWords::default() };
        let card = world.casework.make_card(&me, opened.case, peer.staff, &words).await.unwrap();
        world.casework.make_card(&me, opened.case, other.staff, &words).await.unwrap();
        let (peer, other) = (world.session(&peer).await, world.session(&other).await);
        world.casework.report(&peer, card, "30分、いっしょに歩いた").await.unwrap();
        for (who, told) in [(&me, 1), (&boss, 1), (&peer, 0), (&other, 0)] {
            assert_eq!(world.told(who).await, vec![NoticeKind::PeerReported; told]);
        }
        let notice = world.casework.notices(&boss).await.unwrap().remove(0).notice;
        assert_eq!((notice.case, notice.subject), (Some(opened.case), Some(card)));
        world.casework.notice_seen(&boss, notice.id).await.unwrap();
        assert!(world.told(&boss).await.is_empty());
        assert_eq!(world.told(&me).await, [NoticeKind::PeerReported], "unread is each colleague's own");
    }

    /// F4: the one line of a flag is on the cards that are out, and on those made later; nothing else of the flag is, and no
    /// name; closed, the line is gone.
    async fn a_card_says_the_one_line_for_ones_own_safety(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let room = &world.casework;
        let opened = world.a_mothers_case(&me).await;
        let case = opened.case;
        let peer = world.office.another("peer", Role::Peer).await;
        let late = world.office.another("late", Role::Peer).await;
        let words = CardWords { nickname: "みかんさん".to_owned(), ..CardWords::default() };
        room.make_card(&me, case, peer.staff, &words).await.unwrap();
        let session = world.session(&peer).await;
        assert!(room.my_cards(&session).await.unwrap()[0].safety.is_empty());
        world.learns(&me, &opened, opened.principal, casework::identity::Ground::Told, |step| {
            step.identity.name = "北野 あかり".to_owned();
        }).await.unwrap();
        for wrong in ["北野さんの家では二人で", "二丁目三番地の角で"] {
            let named = flag(Level::Soon, Audience::Peer, wrong);
            let refused = room.raise_flag(&me, case, FlagKind::Violence, &named).await;
            assert!(matches!(refused, Err(casework::Error::Invalid { field: "peer_line", .. })), "{wrong}");
        }
        assert_eq!(world.number_of("SELECT COUNT(*) FROM safety_flag").await, 0);
        let line = "会うのは、人のいるところで";
        let raised = room.raise_flag(&me, case, FlagKind::Violence, &flag(Level::Soon, Audience::Peer, line)).await.unwrap();
        room.raise_flag(&me, case, FlagKind::Health, &flag(Level::Soon, Audience::Workers, "これは出ない")).await.unwrap();
        room.make_card(&me, case, late.staff, &words).await.unwrap();
        for who in [&peer, &late] {
            let card = room.my_cards(&world.session(who).await).await.unwrap().remove(0);
            assert_eq!(card.safety, [line]);
            assert!(!format!("{card:?}").contains("大きな音"), "not the ground");
        }
        room.judge_flag(&me, case, raised, FlagDeed::Close, &flag(Level::Care, Audience::Peer, line)).await.unwrap();
        assert!(room.my_cards(&world.session(&peer).await).await.unwrap()[0].safety.is_empty());
    }
}
