//! Custody over HTTP, without a script: who must not know, broken glass, hand-over, peers.

use axum::http::StatusCode;
use casework::hand_over::{HandOver, SheetWords};
use casework::{Knows, NewCase, NewPerson, Part, Relationship, case::Opened};
use office::Role;
use office::custody::acquaintance::Acquaintance;
use office::custody::{AssignmentKind, NewAssignment};
use testkit::{TestDb, builders::Colleague};

use crate::world::{MIGRATIONS, World};

const REASON: &str = "夜の電話で、安否をすぐに確かめる必要があるため";

impl World {
    async fn a_case(&self, who: &Colleague) -> Opened {
        let session = self.office.session(who).await;
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
            consulter: Some(
                NewPerson::unknown(Part::Family, Relationship::Mother).called("すみれ"),
            ),
            subject_knows: Knows::DoesNot,
            thread: None,
        };
        self.app.casework.open_new(&session, &new).await.unwrap()
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Inv. 10, 18: what was typed stays, a wrong number and a case one must not know are one page; then the case opens and the supervisor looks.
    async fn the_glass_is_broken_on_the_page(db: TestDb) {
        let world = World::new(&db).await;
        let opened = world.a_case(&world.office.coordinator).await;
        let night = world.office.another("night", Role::Coordinator).await;
        let mut page = world.at_the_desk(&night).await;
        let form = page.get("/desk/kinkyuu").await;
        let filled = |number: &str| {
            form.form_with_button("開く").fill("number", number).fill("reason", REASON).fill("hours", "3")
        };
        let unknown = page.submit(&filled("4711")).await;
        assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
        unknown.assert_says(REASON);
        unknown.assert_says("この番号のケースは開けませんでした");

        let broken = page.submit(&filled("１")).await;
        broken.assert_says("緊急の閲覧で見ています");
        broken.assert_says("すみれ");
        let inside = page.submit(&broken.form_with_button("この区画を開く")).await;
        inside.assert_says("開いています");

        let mut boss = world.at_the_desk(&world.office.supervisor).await;
        let review = boss.get("/desk/kinkyuu").await;
        review.assert_says(REASON);
        // Kept out of the person's history for a while only with a reason; what was typed stays.
        let hidden = boss.submit(&review.form_with_button("出さない").fill("days", "12").fill("why_hidden", "危険")).await;
        assert_eq!(hidden.status, StatusCode::UNPROCESSABLE_ENTITY);
        hidden.assert_says("10文字以上");
        assert!(hidden.html().contains("value=\"12\"") && hidden.html().contains(">危険</textarea>"));
        let hidden = boss.submit(&hidden.form_with_button("出さない").fill("why_hidden", "父に知られると命に危険があるため")).await;
        hidden.assert_says("父に知られると");
        // The second person is told, finds the page by the notice, and sees who reviews it.
        let mut second = world.at_the_desk(&world.office.coordinator).await;
        let glass = world.number("SELECT id FROM break_glass").await;
        let today = second.get("/desk/kyou").await.html();
        assert!(today.contains(&format!("href=\"/desk/kinkyuu#g{glass}\"")));
        let told = second.get("/desk/kinkyuu").await;
        told.assert_says(REASON);
        told.assert_says("確認する人");
        assert!(!told.html().contains("確認しました</button>") && !told.html().contains("出さない</button>"));
        let done = boss.submit(&review.form_with_button("確認しました").fill("words", "安否確認のため")).await;
        done.assert_says("確認がすんだもの");

        // For the one who is barred the page is that of a number that does not exist.
        let barred = world.office.another("barred", Role::Coordinator).await;
        let boss_session = world.office.session(&world.office.supervisor).await;
        let kin = office::custody::acquaintance::Acquaintance::Kin;
        world.app.casework.declare_acquaintance(&boss_session, opened.case, barred.staff, kin).await.unwrap();
        let mut page = world.at_the_desk(&barred).await;
        let form = page.get("/desk/kinkyuu").await;
        let filled = |number: &str| {
            form.form_with_button("開く").fill("number", number).fill("reason", REASON).fill("hours", "3")
        };
        let denied = page.submit(&filled("1")).await;
        let nowhere = page.submit(&filled("8")).await;
        assert_eq!(denied.status, nowhere.status);
        let (denied, nowhere) = (denied.html(), nowhere.html());
        assert_eq!(denied.replace("value=\"1\"", ""), nowhere.replace("value=\"8\"", "").replace("value=\"1\"", ""));
    }

    /// F4: who looked at the case, by name; the page is linked from 「担当」 and is nobody else's.
    async fn who_looked_is_a_page(db: TestDb) {
        let world = World::new(&db).await;
        let opened = world.a_case(&world.office.coordinator).await;
        let mut boss = world.at_the_desk(&world.office.supervisor).await;
        boss.get(&format!("/desk/case/{}", opened.case)).await;
        let address = format!("/desk/case/{}/mita", opened.case);
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let workers = me.get(&format!("/desk/case/{}/tantou", opened.case)).await;
        assert!(workers.html().contains(&format!("href=\"{address}\"")));
        let page = me.get(&address).await;
        page.assert_says("ケースを見る");
        let name = world.office.session(&world.office.supervisor).await.name().to_owned();
        page.assert_says(&name);
        let mut other = world.at_the_desk(&world.office.another("yoso", Role::Coordinator).await).await;
        assert_eq!(other.get(&address).await.status, StatusCode::NOT_FOUND);
    }

    /// Story 12: whoever takes over a part without the staff's room has a sheet to read and to confirm, and reads it again when
    /// it was written anew. And whoever has nobody left is on the supervisor's day.
    async fn a_sheet_is_never_a_dead_end(db: TestDb) {
        let world = World::new(&db).await;
        let opened = world.a_case(&world.office.coordinator).await;
        let old = world.office.session(&world.office.coordinator).await;
        let boss = world.office.session(&world.office.supervisor).await;
        let also = world.office.another("also", Role::Coordinator).await;
        let next = world.office.another("april", Role::Coordinator).await;
        let room = &world.app.casework;
        let part = NewAssignment {
            only: Some(vec![opened.compartment]),
            ..NewAssignment::whole(also.staff, AssignmentKind::Sub, &world.clock)
        };
        room.assign(&old, opened.case, &part).await.unwrap();
        let order = HandOver { from: also.staff, moment: world.clock.now(), cases: vec![(opened.case, next.staff)] };
        room.hand_over(&boss, &order).await.unwrap();
        let sheet = room.sheet(&boss, opened.case).await.unwrap().unwrap();
        let words = SheetWords { avoid: "将来の話".to_owned(), ..SheetWords::default() };
        room.write_sheet(&boss, opened.case, sheet.id, &words).await.unwrap();
        let address = format!("/desk/case/{}/hikitsugi", opened.case);
        let mut desk = world.at_the_desk(&next).await;
        let page = desk.get(&address).await;
        page.assert_says("職員の区画にあります");
        assert!(!page.html().contains("将来の話"));
        world.clock.advance(jiff::SignedDuration::from_secs(1));
        room.write_sheet(&boss, opened.case, sheet.id, &words).await.unwrap();
        let stale = desk.submit(&page.form_with_button("読みました")).await;
        assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
        stale.assert_says("先に変更しました");
        let read = desk.submit(&stale.form_with_button("読みました")).await;
        assert_eq!(read.status, StatusCode::OK);
        assert!(!read.html().contains("読みました</button>"));

        let mains = room.case(&boss, opened.case).await.unwrap().workers;
        for one in &mains {
            room.end_assignment(&boss, opened.case, one.id, world.clock.now()).await.unwrap();
        }
        let mut boss = world.at_the_desk(&world.office.supervisor).await;
        let today = boss.get("/desk/kyou").await;
        today.assert_says("担当のいないケース");
        today.assert_says("担当がいません");
    }

    /// The new worker is asked once; whoever knows the family is out, and the case is gone.
    async fn the_new_worker_is_asked(db: TestDb) {
        let world = World::new(&db).await;
        let opened = world.a_case(&world.office.coordinator).await;
        let address = format!("/desk/case/{}/tantou", opened.case);
        let second = world.office.another("second", Role::Coordinator).await;
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let page = me.get(&address).await;
        let form = page.form_with_button("加える");
        let page = me.submit(&form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let form = page.form_with_button("加える").fill("staff", &second.staff.to_string()).fill("kind", "sub").fill("scope", "all");
        let page = me.submit(&form).await;
        page.assert_says("副担当");
        let mut other = world.at_the_desk(&second).await;
        let page = other.get(&address).await;
        page.assert_says("この家族を知っていますか");
        let page = other.submit(&page.form_with_button("知っています（担当を外れる）")).await;
        assert_eq!(page.path, "/desk/case");
        assert_eq!(other.get(&address).await.status, StatusCode::NOT_FOUND);
        me.get(&address).await.assert_says("理由は言わない");
    }

    /// F5 story 12 on the page.
    async fn cases_move_in_april(db: TestDb) {
        let world = World::new(&db).await;
        let (one, two) = (world.a_case(&world.office.coordinator).await, world.a_case(&world.office.coordinator).await);
        let april = world.office.another("april", Role::Coordinator).await;
        let mut boss = world.at_the_desk(&world.office.supervisor).await;
        let page = boss.get(&format!("/desk/hikitsugi?from={}", world.office.coordinator.staff)).await;
        page.assert_says("ケース 1");
        let page = boss.submit(&page.form_with_button("この内容で引き継ぐ")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.assert_says("だれに引き継ぐかを選んでください");
        let page = boss.submit(&page.form_with_button("この内容で引き継ぐ").fill("to", &april.staff.to_string())).await;
        page.assert_says("2件の引き継ぎを決めました");

        let mut old = world.at_the_desk(&world.office.coordinator).await;
        old.get("/desk/hikitsugi").await.assert_says("わたしが書く紙");
        let sheet = format!("/desk/case/{}/hikitsugi", one.case);
        let page = old.get(&sheet).await;
        let page = old.submit(&page.form_with_button("保存する").fill("avoid", "将来の話")).await;
        page.assert_says("将来の話");

        world.clock.set(testkit::clock_at("2027-04-01T08:30").now());
        let mut old = world.at_the_desk(&world.office.coordinator).await;
        assert_eq!(old.get(&sheet).await.status, StatusCode::NOT_FOUND);
        let mut new = world.at_the_desk(&april).await;
        let page = new.get(&sheet).await;
        page.assert_says("将来の話");
        let page = new.submit(&page.form_with_button("読みました")).await;
        assert!(!page.html().contains("読みました</button>"));
        new.get("/desk/hikitsugi").await.assert_says("前の担当は書いていません");
        assert_eq!(new.get(&format!("/desk/case/{}", two.case)).await.status, StatusCode::OK);
    }

    /// Inv. 10, 17, 19: the page of the chain says what was done in bare words. Which case, and why something was refused, it
    /// says to nobody; of a case that a reader must not know of it says nothing at all.
    async fn the_chain_in_bare_words(db: TestDb) {
        let world = World::new(&db).await;
        let opened = world.a_case(&world.office.coordinator).await;
        let deputy = world.office.another("deputy", Role::Supervisor).await;
        let mut stranger = world.at_the_desk(&world.office.another("yoso", Role::Coordinator).await).await;
        let address = format!("/desk/case/{}", opened.case);
        assert_eq!(stranger.get(&address).await.status, StatusCode::NOT_FOUND);
        assert_eq!(stranger.get("/desk/case/4711").await.status, StatusCode::NOT_FOUND);
        let mut deputy = world.at_the_desk(&deputy).await;
        assert_eq!(deputy.get(&address).await.status, StatusCode::OK);
        let chain = deputy.get("/desk/kiroku").await.html();
        assert!(chain.contains("ケースを見る") && chain.contains("断りました"));
        for word in [opened.case.to_string().as_str(), "4711", "担当ではない", "存在しない", "absent", "assigned", "staff="] {
            assert!(!chain.contains(word), "{word}");
        }
        // The supervisor is their cousin: three ways of asking look the same, and nobody else's work on it is seen.
        let me = world.office.session(&world.office.coordinator).await;
        let boss = world.office.supervisor.staff;
        world.app.casework.declare_acquaintance(&me, opened.case, boss, Acquaintance::Kin).await.unwrap();
        let mut cousin = world.at_the_desk(&world.office.supervisor).await;
        let rows = |html: &str| -> Vec<String> { html.split("<tr ").skip(2).map(str::to_owned).collect() };
        let before = rows(&cousin.get("/desk/kiroku").await.html());
        assert!(!before.iter().any(|row| row.contains("知人回避")));
        let looked: Vec<&String> = before.iter().filter(|row| row.contains("ケースを見る")).collect();
        assert_eq!(looked.len(), 1, "only the stranger's step into nothing: {looked:?}");
        assert!(looked[0].contains("断りました"));
        assert_eq!(cousin.get(&address).await.status, StatusCode::NOT_FOUND);
        let there = rows(&cousin.get("/desk/kiroku").await.html());
        assert_eq!(there.len(), before.len() + 1, "one's own refusal is told");
        assert_eq!(cousin.get("/desk/case/4711").await.status, StatusCode::NOT_FOUND);
        let nowhere = rows(&cousin.get("/desk/kiroku").await.html());
        assert_eq!(nowhere.len(), there.len() + 1);
        assert!(there[0].contains("断りました"), "{}", there[0]);
        let still = |rows: &[String]| rows[0].replace(char::is_numeric, "#");
        assert_eq!(still(&there), still(&nowhere));
    }

    /// Inv. 16, 20: a peer lands on own cards and finds nothing else; who runs the system has no such pages.
    async fn a_peer_lands_on_cards(db: TestDb) {
        let world = World::new(&db).await;
        let opened = world.a_case(&world.office.coordinator).await;
        let peer = world.office.another("peer", Role::Peer).await;
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let address = format!("/desk/case/{}/pia", opened.case);
        let page = me.get(&address).await;
        let form = page.form_with_button("カードを作る").fill("peer", &peer.staff.to_string()).fill("nickname", "みかんさん").fill("place", "すみれさんの家");
        // The fold of the face sheet's nickname may stand on a card; names, addresses and numbers may not.
        let page = me.submit(&form.fill("place", "みどり市2丁目")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.assert_says("番地のように見える");
        let page = me.submit(&page.form_with_button("カードを作る").fill("place", "中央図書館の入口")).await;
        page.assert_says("みかんさん");

        let mut peer = world.at_the_desk(&peer).await;
        let own = peer.get("/desk/pia/kaado").await;
        own.assert_says("中央図書館の入口");
        assert!(!own.html().contains("すみれ"));
        let sent = peer.submit(&own.form_with_button("送る").fill("words", "30分、いっしょに歩いた")).await;
        sent.assert_says("わたしの報告");
        me.get(&address).await.assert_says("いっしょに歩いた");
        let mut admin = world.at_the_desk(&world.office.administrator).await;
        let elsewhere = ["/desk", "/desk/case", "/desk/kinkyuu", "/desk/hikitsugi", "/desk/pia", "/desk/kiroku", "/desk/shokuin", &address];
        for path in elsewhere {
            assert_eq!(peer.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        for path in ["/desk/case", "/desk/kinkyuu", "/desk/hikitsugi", "/desk/pia", "/desk/pia/kaado", &address] {
            assert_eq!(admin.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let chain = admin.get("/desk/kiroku").await;
        assert_eq!(chain.status, StatusCode::OK);
        for word in ["すみれ", "みかん", "図書館"] {
            assert!(!chain.html().contains(word), "bare words only");
        }
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// The person's own access history: the same page with and without a case, and their own words beside it.
    async fn who_opened_it_is_told(db: TestDb) {
        let world = World::new(&db).await;
        let mut writer = world.writer("夜になると眠れません。").await;
        let before = writer.get("/tegami/dare").await;
        assert_eq!(before.header("cache-control"), Some("no-store"));
        assert!(before.bytes.len() < 30_000);
        before.assert_says("だれが開いたか");
        let session = world.office.session(&world.office.coordinator).await;
        let thread = basics::ThreadId::from(world.number("SELECT MIN(id) FROM thread").await);
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
            consulter: None,
            subject_knows: Knows::Knows,
            thread: Some(thread),
        };
        world.app.casework.open_new(&session, &new).await.unwrap();
        let after = writer.get("/tegami/dare").await;
        after.assert_says("担当の職員");
        for word in ["ケース", "区画", "midori"] {
            assert!(!after.html().contains(word), "{word}");
        }
        let empty = writer.submit(&after.form_with_button("残す")).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        let said = writer.submit(&empty.form_with_button("残す").fill("bun", "わたしは、なまけてはいません。")).await;
        said.assert_says("残しました");
        writer.get("/tegami/fuutou").await.assert_says("なまけてはいません");
        // Without an envelope there is nothing.
        let mut stranger = world.visitor();
        assert_eq!(stranger.get("/tegami/dare").await.path, "/tegami/hiraku");
    }
}
