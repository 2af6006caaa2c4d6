//! The people of a case on their pages, without a script.

use casework::case::Opened;
use casework::{Knows, NewCase, NewPerson, Part, Relationship};
use office::{Role, Session};
use testkit::TestDb;

use crate::world::{MIGRATIONS, World};

impl World {
    async fn a_mothers_case(&self, who: &Session) -> Opened {
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself).called("そら"),
            consulter: Some(
                NewPerson::unknown(Part::Family, Relationship::Mother).called("すみれ"),
            ),
            subject_knows: Knows::DoesNot,
            thread: None,
        };
        self.app.casework.open_new(who, &new).await.unwrap()
    }
}

/// A number that nobody has.
fn a_number() -> String {
    format!("{}-{}-{}", "0250", "99", "1234")
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Known a little, known more, taken back; the address of the page never holds a word of it.
    async fn the_ladder_on_the_page(db: TestDb) {
        let world = World::new(&db).await;
        let session = world.office.session(&world.office.coordinator).await;
        let opened = world.a_mothers_case(&session).await;
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let all = me.get(&format!("/desk/case/{}/hito", opened.case)).await;
        all.assert_says("母（すみれさん） 呼び名がある");
        let page = me.get(&all.link("母（すみれさん）")).await;
        // Without a ground nothing is taken, and what was typed is still there.
        let learn = "わかったことを記録する";
        let page = me.submit(&page.form_with_button(learn).fill("kana", "やまだ すみこ")).await;
        assert_eq!(page.status, 422);
        page.assert_says("どうしてわかったかを選んでください。");
        let form = page.form_with_button(learn).fill("ground", "told").fill("town", "新潟市").fill("birth", "1952");
        assert_eq!(form.value("kana"), Some("やまだ すみこ"));
        let page = me.submit(&form).await;
        page.assert_says("名前やよみを聞いた");
        page.assert_says("本人・家族から聞いた：よみ・生まれた日・市区町村");
        let page = me.submit(&page.form_with_button(learn).fill("ground", "document")).await;
        assert_eq!(page.status, 422);
        page.assert_says("書類で確かめた名前を書いてください。");
        let page = me.get(&page.path).await;
        let page = me.submit(&page.form_with_button("一つ前に戻す")).await;
        page.assert_says("（戻しました）");
        let all = me.get(&format!("/desk/case/{}/hito", opened.case)).await;
        assert!(!all.says("やまだ すみこ") && all.says("呼び名がある"));
        for address in &me.visited {
            assert!(!address.contains('%') && !address.contains("yama"), "{address}");
        }
    }

    /// A rule in plain words, a ban in plain words; somebody else's page says nothing of it.
    async fn ways_to_reach_somebody_on_the_page(db: TestDb) {
        let world = World::new(&db).await;
        let session = world.office.session(&world.office.coordinator).await;
        let opened = world.a_mothers_case(&session).await;
        let mother = opened.consulter.unwrap();
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let path = format!("/desk/case/{}/hito/{mother}", opened.case);
        let page = me.get(&path).await;
        let keep = "きまりを記録する";
        let form = page
            .form_with_button(keep)
            .fill("channel", "home_phone")
            .fill("value", &a_number())
            .fill("from", "21時")
            .fill("until", "2:00")
            .fill("remark", "息子が出たら切る");
        let page = me.submit(&form).await;
        page.assert_says("21時から2時まで。センターの名前は出さない。ほかの人が出たら、用件を言わずに切る。息子が出たら切る");
        let form = page.form_with_button(keep).fill("channel", "any").tick("ban", "1");
        let page = me.submit(&form).await;
        page.assert_says("すべての連絡：どの方法でも、連絡しない。");
        let form = page.form_with_button(keep).fill("channel", "mobile").fill("value", "12");
        let wrong = me.submit(&form).await;
        assert_eq!(wrong.status, 422);
        let page = me.get(&path).await;
        let page = me.submit(&page.form_with_button("終わりにする（自宅の電話）")).await;
        assert!(!page.says("息子が出たら切る"));
    }

    /// Household, drawings and sentences; no style and no script inside the drawing; nicknames only.
    async fn the_household_is_written_and_drawn(db: TestDb) {
        let world = World::new(&db).await;
        let session = world.office.session(&world.office.coordinator).await;
        let opened = world.a_mothers_case(&session).await;
        let mother = opened.consulter.unwrap().to_string();
        let son = opened.principal.to_string();
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let home = format!("/desk/case/{}/hito/kazoku", opened.case);
        let page = me.get(&home).await;
        let token = page.form_with_button("サインアウト").value("_t").unwrap().to_owned();
        for fields in [
            vec![("act", "member"), ("who", &mother), ("cohabiting", "together"), ("from", "1990年")],
            vec![("act", "member"), ("who", &son), ("cohabiting", "together"), ("from", "1990-04"), ("said_stay", &mother)],
            vec![("act", "kin"), ("a", &mother), ("b", &son), ("kin", "parent"), ("quality", "conflict")],
            vec![("act", "tie"), ("tie", "elderly"), ("name", "<b>ひがし</b>"), ("direction", "both"), ("tie_quality", "close")],
            vec![("act", "passing"), ("gone", &mother), ("on", "2026-10")],
        ] {
            let mut fields = fields;
            fields.push(("_t", token.as_str()));
            let page = me.post(&home, &fields).await;
            assert_eq!(page.status, 200, "{}", page.text());
        }
        let page = me.post(&home, &[("_t", &token), ("act", "kin"), ("a", &son), ("b", &son), ("kin", "other")]).await;
        assert_eq!(page.status, 422);
        page.assert_says("ちがう二人を選んでください。");
        let all = me.get(&format!("/desk/case/{}/hito", opened.case)).await;
        all.assert_says("1990年4月");
        all.assert_says("亡くなった日 2026年10月");
        let drawn = me.get(&format!("/desk/case/{}/hito/zu", opened.case)).await;
        drawn.assert_says("母・すみれさん は、本人・そらさん の親。ぶつかることが多い");
        drawn.assert_says("地域包括支援センター：<b>ひがし</b>（親しい・おたがいに）");
        let html = drawn.html();
        assert!(html.contains("<svg") && !html.contains("<b>ひがし") && !html.contains("style="));
        let taken = me.get(&home).await;
        let page = me.submit(&taken.form_with_button("取り下げる（地域包括支援センター")).await;
        assert!(!page.says("ひがし"));
    }

    /// A small step, on five quiet years; whether the person knows is said with its consequence.
    async fn a_small_step_and_what_the_person_knows(db: TestDb) {
        let world = World::new(&db).await;
        let session = world.office.session(&world.office.coordinator).await;
        let opened = world.a_mothers_case(&session).await;
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let page = me.get(&format!("/desk/case/{}/ayumi", opened.case)).await;
        let place = opened.compartment.to_string();
        let form = page.form_with_button("記録する").fill("words", "あいさつが返った").fill("place", &place);
        let page = me.submit(&form).await;
        page.assert_says("2026年11月22日　あいさつが返った");
        page.assert_says("家族：母（すみれさん）");
        let form = page.form_with_button("記録する").fill("words", "先のこと").fill("place", &place).fill("day", "2027-01-01");
        let page = me.submit(&form).await;
        assert_eq!(page.status, 422);
        page.assert_says("先の日付になっています。");
        let page = me.get(&format!("/desk/case/{}/hito", opened.case)).await;
        page.assert_says("本人は、この相談を知りません。");
        let nobody = me.submit(&page.form_with_button("この内容で記録する").fill("knows", "knows")).await;
        assert_eq!(nobody.status, 422);
        nobody.assert_says("だれから聞いたかを選んでください。");
        nobody.assert_says("本人は、この相談を知りません。");
        let son = opened.principal.to_string();
        let page = me.submit(&nobody.form_with_button("この内容で記録する").fill("heard_from", &son)).await;
        assert!(!page.says("本人は、この相談を知りません。"));
        let page = me.get(&format!("/desk/case/{}", opened.case)).await;
        page.assert_says("11月22日（日）に、本人（そらさん）から聞きました");
        page.assert_says("11月22日（日）に、母（すみれさん）から聞きました");
    }

    /// Hints and links: proposed by a coordinator, decided and undone by the supervisor; a colleague without the cases
    /// sees an empty page.
    async fn who_might_be_the_same(db: TestDb) {
        let world = World::new(&db).await;
        let session = world.office.session(&world.office.coordinator).await;
        for kana in ["さいとう ゆうこ", "サイトー ユーコ"] {
            let mut principal = NewPerson::unknown(Part::Principal, Relationship::Oneself);
            kana.clone_into(&mut principal.identity.kana);
            let new = NewCase { principal, consulter: None, subject_knows: Knows::Knows, thread: None };
            world.app.casework.open_new(&session, &new).await.unwrap();
        }
        let path = "/desk/case/niteiru";
        let stranger = world.office.another("other", Role::Coordinator).await;
        let mut other = world.at_the_desk(&stranger).await;
        other.get(path).await.assert_says("いまは、ありません。");
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let page = me.get(path).await;
        page.assert_says("よみが同じ");
        let page = me.submit(&page.form_with_button("同じ人（ケース")).await;
        page.assert_says("センター長の確認待ち");
        assert!(!page.says("確認する") && page.says("いまは、ありません。"));
        let mut lead = world.at_the_desk(&world.office.supervisor).await;
        let page = lead.get(path).await;
        let page = lead.submit(&page.form_with_button("確認する")).await;
        page.assert_says("確認済み");
        let page = lead.submit(&page.form_with_button("元に戻す")).await;
        page.assert_says("元に戻した");
        page.assert_says("よみが同じ");
        let page = other.get(path).await;
        assert!(!page.says("元に戻した") && !page.says("サイトー"));
    }
}
