//! A case's papers without a script: flags, stages, observations, instruments, the plan, the ledger of consent. What was
//! typed stays over a mistake; what one side said is on that side's page only.

use axum::http::StatusCode;
use casework::{Knows, NewCase, NewPerson, Part, Relationship, case::Opened, compartment::Voice};
use testkit::TestDb;
use testkit::client::Client;

use crate::world::{MIGRATIONS, World};

impl World {
    /// A mother's case with the son's own compartment beside hers: the desk of its coordinator.
    async fn at_a_case(&self) -> (Client, Opened, basics::CompartmentId) {
        let session = self.office.session(&self.office.coordinator).await;
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself).called("はる"),
            consulter: Some(
                NewPerson::unknown(Part::Family, Relationship::Mother).called("すみれ"),
            ),
            subject_knows: Knows::Knows,
            thread: None,
        };
        let opened = self.app.casework.open_new(&session, &new).await.unwrap();
        let voice = Voice::Principal(opened.principal);
        let sons = self
            .app
            .casework
            .open_compartment(&session, opened.case, &voice)
            .await
            .unwrap();
        (
            self.at_the_desk(&self.office.coordinator).await,
            opened,
            sons,
        )
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    async fn a_flag_is_raised_and_stands_on_every_page_of_the_case(db: TestDb) {
        let world = World::new(&db).await;
        let (mut desk, opened, _) = world.at_a_case().await;
        let path = format!("/desk/case/{}/mitate", opened.case);
        let page = desk.get(&path).await;
        let form = page.form_with_button("旗を立てる").fill("kind", "self_harm").fill("level", "soon").fill("audience", "workers").fill("ground", "母から、眠れないと");
        let page = desk.submit(&form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.assert_says("つぎに見直す日を");
        let form = page.form_with_button("旗を立てる");
        assert_eq!((form.value("ground"), form.value("kind")), (Some("母から、眠れないと"), Some("self_harm")));
        let form = form.fill("review_on", "2026-12-01");
        let page = desk.submit(&form).await;
        page.assert_says("安全の旗を立てました");
        page.assert_says("その日のうちに、センター長に電話で伝えます");
        // A double click is one flag; the head of every page says it, without its ground.
        desk.submit(&form).await;
        let overview = desk.get(&format!("/desk/case/{}", opened.case)).await;
        overview.assert_says("急ぐ 自傷・自殺");
        assert_eq!(overview.text().matches("自傷・自殺").count(), 1);
        assert!(!overview.says("眠れない"));
        let page = desk.get(&path).await;
        let close = page.form_with_button("記録する").fill("deed", "close").fill("level", "care").fill("audience", "workers");
        let page = desk.submit(&close).await;
        page.assert_says("そう考えたかを書いてください");
        let page = desk.submit(&page.form_with_button("記録する").fill("ground", "眠れるようになったと聞いた")).await;
        page.assert_says("いま立っている旗はありません");
        page.assert_says("眠れるようになったと聞いた");
    }

    async fn observations_and_stages_are_written_in_a_line(db: TestDb) {
        let world = World::new(&db).await;
        let (mut desk, opened, sons) = world.at_a_case().await;
        let path = format!("/desk/case/{}/mitate", opened.case);
        let page = desk.get(&path).await;
        let form = page.form_with_button("気づきを記録する").fill("compartment", &sons.to_string()).fill("about", &opened.principal.to_string()).fill("axis", "outside").fill("observe_words", "庭に出た");
        let page = desk.submit(&form).await;
        page.assert_says("「変わらず」や「わからない」も選べます");
        let form = page.form_with_button("気づきを記録する");
        assert_eq!(form.value("observe_words"), Some("庭に出た"));
        let form = form.fill("value", "same");
        desk.submit(&form).await.assert_says("気づきを記録しました");
        desk.submit(&form).await;
        let page = desk.get(&path).await;
        assert_eq!(page.text().matches("庭に出た").count(), 1);
        let form = page.form_with_button("段階を記録する").fill("stage", "support:person").fill("compartment", &sons.to_string());
        desk.submit(&form).await.assert_says("本人への個人的な支援");
    }

    async fn an_instrument_keeps_what_was_answered(db: TestDb) {
        let world = World::new(&db).await;
        let (mut desk, opened, _) = world.at_a_case().await;
        let path = format!("/desk/case/{}/mitate", opened.case);
        let page = desk.get(&path).await;
        let form = page.form_with_button("ひらく").fill("instrument", "intake").fill("compartment", &opened.compartment.to_string()).fill("about", &opened.principal.to_string());
        let page = desk.submit(&form).await;
        assert_eq!(page.path, format!("{path}/intake/{}/{}", opened.compartment, opened.principal));
        let mother = format!("p{}", opened.consulter.unwrap());
        let form = page.form_with_button("ここまでを保存する").fill("t.wish", "様子を知りたい").fill("s.matter", &mother).tick("a.matters", "withdrawal").fill("a.outing", "unasked").fill("t.onset_age", "高校のころ");
        let page = desk.submit(&form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let form = page.form_with_button("ここまでを保存する");
        assert_eq!((form.value("t.wish"), form.value("t.onset_age")), (Some("様子を知りたい"), Some("高校のころ")));
        let done = desk.submit(&form.fill("t.onset_age", "17")).await;
        done.assert_says("アセスメントを保存しました");
        let page = desk.get(&done.link("相談受付")).await;
        page.assert_says("様子を知りたい");
        page.assert_says("（母（すみれさん））");
        page.assert_says("聞いていない");
        // Somebody who saw an older version does not write over the newer one, and loses no word.
        let stale = page.form_with_button("ここまでを保存する").fill("t.done", "あとから");
        desk.submit(&page.form_with_button("ここまでを保存する").fill("t.next", "来月")).await;
        let page = desk.submit(&stale).await;
        assert_eq!(page.status, StatusCode::CONFLICT);
        assert_eq!(page.form_with_button("ここまでを保存する").value("t.done"), Some("あとから"));
        assert!(!desk.visited.iter().any(|path| path.contains('%')), "{:?}", desk.visited);
        for wrong in ["intake/7/7", "nothing/1/1"] {
            assert_eq!(desk.get(&format!("{path}/{wrong}")).await.status, StatusCode::NOT_FOUND);
        }
    }

    async fn a_plan_is_written_in_parts_and_joined(db: TestDb) {
        let world = World::new(&db).await;
        let (mut desk, opened, sons) = world.at_a_case().await;
        let path = format!("/desk/case/{}/keikaku", opened.case);
        let page = desk.get(&path).await;
        let page = desk.submit(&page.form_with_button("書きはじめる").fill("subject", "honnin").fill("compartment", &sons.to_string())).await;
        let form = page.form_with_button("この部分を保存する").fill("words", "静かにしていたい").fill("g0.status", "undecided").fill("s0.words", "返事を書く").fill("s0.owner", "principal").fill("s0.due", "2026-12-01");
        let page = desk.submit(&form).await;
        page.assert_says("期日は、職員のすることにだけ");
        let form = page.form_with_button("この部分を保存する");
        assert_eq!((form.value("words"), form.value("s0.due")), (Some("静かにしていたい"), Some("2026-12-01")));
        let page = desk.submit(&form.fill("s0.due", "").fill("s1.words", "手紙を書く").fill("s1.owner", "staff").fill("s1.due", "2026-12-01")).await;
        page.assert_says("計画を保存しました");
        page.assert_says("静かにしていたい");
        page.assert_says("今は決めない");
        // The family's words go into the family's compartment.
        let hers = desk.get(&page.link("家族：母")).await;
        let page = desk.submit(&hers.form_with_button("この部分を保存する").fill("words", "元気でいてほしい")).await;
        page.assert_says("元気でいてほしい");
        let again = desk.get(&page.link("この部分を書き直す")).await;
        let page = desk.submit(&again.form_with_button("この部分を保存する")).await;
        page.assert_says("何を、なぜ変えるか");
        let page = desk.submit(&page.form_with_button("この部分を保存する").fill("reason", "本人と読み直して")).await;
        page.assert_says("変えたわけ：本人と読み直して");
    }

    /// A plan starts from what fits whom it is for: windows that the guide finds and what the office opens itself. Nothing
    /// of it is filled in; taken, it is one more step, with everything typed still there. The mother is offered what is
    /// for families.
    async fn a_plan_starts_from_what_fits(db: TestDb) {
        let world = World::new(&db).await;
        let (mut desk, opened, sons) = world.at_a_case().await;
        let path = format!("/desk/case/{}/keikaku", opened.case);
        let page = desk.get(&format!("{path}/honnin/{sons}")).await;
        page.assert_says("合いそうな窓口・居場所");
        let form = page.form_with_button("この部分を保存する");
        assert_eq!(form.value("s0.words").unwrap_or_default(), "", "nothing is filled in");
        let typed = form.fill("words", "静かにしていたい").fill("s0.words", "返事を書く").fill("s0.owner", "staff");
        let taken = desk.submit(&typed.force("act", "").force("take", "0")).await;
        assert_eq!(taken.status, StatusCode::OK);
        let form = taken.form_with_button("この部分を保存する");
        assert_eq!((form.value("words"), form.value("s0.words")), (Some("静かにしていたい"), Some("返事を書く")));
        let agency = form.value("s1.agency").unwrap_or_default().to_owned();
        assert!(!agency.is_empty());
        assert!(form.value("s1.words").unwrap_or_default().starts_with(&agency));
        assert_eq!(form.value("s1.owner").unwrap_or_default(), "", "whose step it is, somebody says");
        assert_eq!(world.number("SELECT COUNT(*) FROM plan").await, 0, "taking saves nothing");
        let page = desk.submit(&form.fill("s1.owner", "agency")).await;
        page.assert_says("計画を保存しました");
        page.assert_says(&agency);

        let mother = opened.consulter.unwrap();
        let hers = desk.get(&format!("{path}/kazoku-{mother}/{}", opened.compartment)).await;
        let offers = |html: &str| html.split("id=\"plan-offers\"").nth(1).unwrap_or_default().to_owned();
        let his = desk.get(&format!("{path}/honnin/{sons}")).await;
        assert_ne!(offers(&hers.html()), offers(&his.html()));
        hers.assert_says("家族");
    }

    /// Who agreed, when and how is a list on the page; taken back, it says since when.
    async fn who_agreed_to_a_plan_is_shown(db: TestDb) {
        let world = World::new(&db).await;
        let (mut desk, opened, sons) = world.at_a_case().await;
        let path = format!("/desk/case/{}/keikaku", opened.case);
        let page = desk.get(&format!("{path}/honnin/{sons}")).await;
        let page = desk.submit(&page.form_with_button("この部分を保存する").fill("words", "静かにしていたい")).await;
        page.assert_says("まだ、確かめてはいません。");
        let form = page.form_with_button("この版を確かめたと残す").fill("agreed_how", "spoken").fill("agreed_on", "2026-11-20");
        let page = desk.submit(&form).await;
        page.assert_says("本人（はるさん）・2026年11月20日・話して確かめた");
        let page = desk.submit(&page.form_with_button("取り下げる")).await;
        page.assert_says("2026年11月22日に取り下げ");
        let stale = page.form_with_button("この版を確かめたと残す").force("seen", "7");
        desk.submit(&stale).await.assert_says("ほかの人が、先に書き直しました");
        let wrong = page.form_with_button("この版を確かめたと残す").force("agreed_by", &opened.consulter.unwrap().to_string());
        assert!(!desk.submit(&wrong).await.says("確かめた人を書き足しました"));
    }

    async fn consent_is_given_made_smaller_and_taken_back(db: TestDb) {
        let world = World::new(&db).await;
        let (mut desk, opened, sons) = world.at_a_case().await;
        let path = format!("/desk/case/{}/doui", opened.case);
        let page = desk.get(&path).await;
        // The form offers each person their own compartment, and no other.
        let form = page.form_with_button("記録する");
        let mother_for_him = format!("{sons}.{}", opened.consulter.unwrap());
        assert!(!page.html().contains(&mother_for_him));
        let page = desk.submit(&form.clone().force("grantor", &mother_for_him).fill("deed", "give").fill("recipient", "work").fill("recipient_name", "みどりサポステ").tick("items", "wishes").tick("items", "basics").tick("purposes", "referral").fill("method", "paper")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.assert_says("この区画の人だけができます");
        let form = page.form_with_button("記録する").fill("grantor", &format!("{sons}.{}", opened.principal));
        assert_eq!(form.value("recipient_name"), Some("みどりサポステ"));
        let page = desk.submit(&form).await;
        page.assert_says("同意があります（2027年11月22日まで）");
        let page = desk.submit(&page.form_with_button("取りやめる")).await;
        page.assert_says("いま伝えてよいものは、ありません");
        page.assert_says("取りやめました");
        // A choice not to is a record of its own.
        let refuse = page.form_with_button("記録する").fill("grantor", &format!("{sons}.{}", opened.principal)).fill("deed", "refuse").fill("recipient", "medical").fill("recipient_name", "みどり医院").fill("method", "spoken").fill("said", "自分で話したい");
        let page = desk.submit(&refuse).await;
        page.assert_says("伝えないことを選びました");
        page.assert_says("自分で話したい");
    }

    async fn a_strangers_answer_is_that_of_a_case_that_is_not_there(db: TestDb) {
        let world = World::new(&db).await;
        let (_, opened, sons) = world.at_a_case().await;
        let other = world.office.another("other", office::Role::Coordinator).await;
        let mut stranger = world.at_the_desk(&other).await;
        for way in ["mitate", "keikaku", "doui", &format!("mitate/intake/{sons}/{}", opened.principal), &format!("keikaku/honnin/{sons}")] {
            let there = stranger.get(&format!("/desk/case/{}/{way}", opened.case)).await;
            let nowhere = stranger.get(&format!("/desk/case/7/{way}")).await;
            assert_eq!((there.status, &there.bytes), (StatusCode::NOT_FOUND, &nowhere.bytes), "{way}");
        }
    }
}
