//! Writing things down at the desk: the quick log as a plain HTML form, drafts, the timeline, 訂正.

use axum::http::StatusCode;
use casework::contact_rule::{Channel, NewContactPoint};
use casework::{Knows, NewCase, NewPerson, Part, Relationship, case::Opened};
use jiff::SignedDuration;
use office::Role;
use office::custody::{AssignmentKind, NewAssignment};
use testkit::{
    TestDb,
    builders::{Colleague, PASSWORD},
    client::{Answer, Client, Filling},
};

use crate::world::{MIGRATIONS, World};

const WORDS: &str = "夜は起きて、台所で水をのんでいるそうです。";

async fn signed_in(world: &World, who: &Colleague) -> Client {
    let mut visitor = world.visitor();
    let page = visitor.get("/desk").await;
    world.clock.advance(SignedDuration::from_secs(30));
    let code = who.totp.code_at(world.clock.now());
    let form = page.form_to("/desk/hairu").fill("login", &who.login);
    let form = form.fill("password", PASSWORD).fill("code", &code);
    visitor.submit(&form).await;
    visitor
}

async fn a_mothers_case(world: &World) -> Opened {
    let session = world.office.session(&world.office.coordinator).await;
    let new = NewCase {
        principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
        consulter: Some(NewPerson::unknown(Part::Family, Relationship::Mother).called("すみれ")),
        subject_knows: Knows::DoesNot,
        thread: None,
    };
    world.app.casework.open_new(&session, &new).await.unwrap()
}

fn kaku(case: &Opened) -> String {
    format!("/desk/case/{}/kaku", case.case)
}

/// The mother calls.
fn a_call(page: &Answer, case: &Opened, button: &str) -> Filling {
    page.form_with_button(button)
        .fill("channel", "phone")
        .fill("direction", "incoming")
        .fill("who", &format!("p{}", case.consulter.unwrap()))
        .fill("result", "talked")
        .fill("minutes", "２０")
        .fill("b1", WORDS)
}

testkit::on_both_databases! {
    MIGRATIONS;

    async fn a_call_is_written_down_without_script(db: TestDb) {
        let world = World::new(&db).await;
        let case = a_mothers_case(&world).await;
        let mut desk = signed_in(&world, &world.office.coordinator).await;
        let page = desk.get(&kaku(&case)).await;
        page.assert_says("この記録を読めるのは");
        page.assert_says("midori 支援コーディネーター");
        let form = a_call(&page, &case, "記録する").fill("shokuin", "次は二人で聞く").fill("next", "12/8");
        let page = desk.submit(&form).await;
        assert_eq!(page.status, StatusCode::OK);
        for words in ["記録しました", "電話（受けた）", "母（すみれさん）", "話せた", "20分", WORDS, "家族の言葉", "次は二人で聞く", "12月8日"] {
            page.assert_says(words);
        }
        assert_eq!(world.number("SELECT COUNT(*) FROM note WHERE state = 'confirmed'").await, 2);
        assert_eq!(world.number("SELECT minutes FROM contact").await, 20);
        // The same press again is no second record.
        let again = desk.submit(&form).await;
        again.assert_says("記録しました");
        assert_eq!(world.number("SELECT COUNT(*) FROM contact").await, 1);
        // The same page with more words is told, and sent again it is another record.
        let more = form.fill("b2", "書き足し");
        let told = desk.submit(&more).await;
        assert_eq!(told.status, StatusCode::CONFLICT);
        told.assert_says("まだ記録していません");
        told.assert_says("書き足し");
        desk.submit(&told.form_with_button("記録する")).await.assert_says("記録しました");
        assert_eq!(world.number("SELECT COUNT(*) FROM contact").await, 2);
        assert!(!desk.visited.iter().any(|path| path.contains("%E")), "nothing typed in an address");
    }

    /// Inv. 9: the guard's sentence, what was typed, a plain choice with a reason; then it is recorded and shown with it.
    async fn a_ban_is_passed_only_by_a_plain_choice_with_a_reason(db: TestDb) {
        const WHY: &str = "昨夜から応答がなく、薬のことがあるため";
        let world = World::new(&db).await;
        let case = a_mothers_case(&world).await;
        let session = world.office.session(&world.office.coordinator).await;
        let ban = NewContactPoint { ban: true, ..NewContactPoint::careful(Channel::Any, "") };
        let mother = case.consulter.unwrap();
        world.app.casework.keep_contact_point(&session, case.case, mother, &ban, None).await.unwrap();
        let mut desk = signed_in(&world, &world.office.coordinator).await;
        let page = desk.get(&kaku(&case)).await;
        page.assert_says("連絡のきまり");
        page.assert_says("どの方法でも、連絡しない");
        assert!(!page.says("それでも連絡する"), "offered only where somebody was stopped");
        let form = a_call(&page, &case, "記録する").fill("direction", "outgoing");
        let page = desk.submit(&form).await;
        assert_eq!(page.status, StatusCode::CONFLICT);
        for words in ["この方には連絡しないと決めています", "いのちにかかわるため、それでも連絡する", WORDS] {
            page.assert_says(words);
        }
        let page = desk.submit(&page.form_with_button("記録する")).await;
        assert_eq!(page.status, StatusCode::CONFLICT, "not chosen, not done");
        let page = desk.submit(&page.form_with_button("記録する").tick("koete", "vital")).await;
        page.assert_says("わかっていることを書いてください");
        page.assert_says(WORDS);
        assert_eq!(world.number("SELECT COUNT(*) FROM contact").await, 0);
        let page = desk.submit(&page.form_with_button("記録する").fill("wake", WHY)).await;
        for words in ["記録しました", "いのちにかかわるため、きまりをこえて連絡", WHY] {
            page.assert_says(words);
        }
        let chained = "SELECT COUNT(*) FROM audit_row WHERE action = 'case.vital_reach' AND outcome = 'ok'";
        assert_eq!(world.number(chained).await, 1);
    }

    async fn what_is_missing_is_told_and_everything_typed_stays(db: TestDb) {
        let world = World::new(&db).await;
        let case = a_mothers_case(&world).await;
        let mut desk = signed_in(&world, &world.office.coordinator).await;
        let page = desk.get(&kaku(&case)).await;
        let form = page.form_with_button("記録する").fill("b1", WORDS).fill("minutes", "すこし").fill("next", "らいしゅう");
        let page = desk.submit(&form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        for words in ["手段をえらんでください", "相手をえらんでください", "どうだったか", "分の数字だけ", WORDS] {
            page.assert_says(words);
        }
        let form = page.form_with_button("記録する");
        assert_eq!((form.value("minutes"), form.value("next")), (Some("すこし"), Some("らいしゅう")));
        // A new voice without the question behind it.
        let form = a_call(&page, &case, "記録する").fill("next", "").fill("who", "new");
        let page = desk.submit(&form).await;
        page.assert_says("新しい人が、本人の何にあたるか");
        let form = page.form_with_button("記録する").fill("tsuzukigara", "elder_sister").fill("yobina", "あおい");
        let page = desk.submit(&form).await;
        page.assert_says("姉（あおいさん）");
        assert_eq!(world.number("SELECT COUNT(*) FROM compartment WHERE kind = 'family'").await, 2);
    }

    async fn a_draft_is_there_again_on_the_next_visit_and_gone_when_sent(db: TestDb) {
        let world = World::new(&db).await;
        let case = a_mothers_case(&world).await;
        let mut desk = signed_in(&world, &world.office.coordinator).await;
        let page = desk.get(&kaku(&case)).await;
        assert!(!page.says("書きかけがあります"));
        let typed = a_call(&page, &case, "記録する").force("act", "keep");
        let kept = desk.submit(&typed).await;
        assert_eq!(kept.status, StatusCode::NO_CONTENT);
        // The browser was closed; another day, another sign-in.
        let mut later = signed_in(&world, &world.office.coordinator).await;
        let page = later.get(&kaku(&case)).await;
        page.assert_says("書きかけがあります");
        page.assert_says(WORDS);
        let form = page.form_with_button("記録する");
        assert_eq!((form.value("channel"), form.value("minutes")), (Some("phone"), Some("２０")));
        // Nobody else finds it.
        let mut lead = signed_in(&world, &world.office.supervisor).await;
        assert!(!lead.get(&kaku(&case)).await.says("書きかけ"));
        later.submit(&form).await.assert_says("記録しました");
        // A late browser saves once more: it is not brought back.
        desk.submit(&typed).await;
        assert!(!later.get(&kaku(&case)).await.says("書きかけがあります"));
        // Thrown away.
        let fresh = later.get(&kaku(&case)).await;
        later.submit(&fresh.form_with_button("記録する").fill("b1", "いらない").force("act", "keep")).await;
        let page = later.get(&kaku(&case)).await;
        page.assert_says("いらない");
        let page = later.submit(&page.form_with_button("書きかけを捨てる")).await;
        assert!(!page.says("いらない"));
    }

    /// Whoever must not know of a case learns nothing by saving a draft at its address.
    async fn keeping_a_draft_tells_nothing_about_a_case(db: TestDb) {
        let world = World::new(&db).await;
        let case = a_mothers_case(&world).await;
        let other = world.office.another("other", Role::Coordinator).await;
        let mut desk = signed_in(&world, &other).await;
        let token = desk.get("/desk").await.form_to("/desk/deru").value("_t").unwrap().to_owned();
        let mut answers = Vec::new();
        for path in [kaku(&case), "/desk/case/7/kaku".to_owned()] {
            let page = desk.get(&path).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND);
            let kept = desk.post(&path, &[("_t", &token), ("act", "keep"), ("b1", "ためし")]).await;
            let sent = desk.post(&path, &[("_t", &token), ("act", "log"), ("b1", "ためし")]).await;
            answers.push((page.bytes, kept.status, kept.bytes, sent.status, sent.bytes));
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(world.number("SELECT COUNT(*) FROM contact").await, 0);
    }

    /// Inv. 11 on the page: draft, 確定, 訂正 with its reason, the words before beside it.
    async fn a_draft_is_confirmed_and_corrected_and_nothing_is_lost(db: TestDb) {
        let world = World::new(&db).await;
        let case = a_mothers_case(&world).await;
        let mut desk = signed_in(&world, &world.office.coordinator).await;
        let page = desk.get(&kaku(&case)).await;
        let page = desk.submit(&a_call(&page, &case, "下書きで残す")).await;
        page.assert_says("下書き");
        let (mut one, mut other) = (desk.clone(), desk.clone());
        let path = page.link("書き直す");
        let (first, second) = (one.get(&path).await, other.get(&path).await);
        one.submit(&first.form_with_button("下書きのまま残す").fill("b1", "一つめの画面")).await.assert_says("下書きを残しました");
        let told = other.submit(&second.form_with_button("下書きのまま残す").fill("b1", "二つめの画面")).await;
        assert_eq!(told.status, StatusCode::CONFLICT);
        for words in ["先に変更しました", "二つめの画面", "一つめの画面"] {
            told.assert_says(words);
        }
        let page = other.submit(&told.form_with_button("確定する")).await;
        page.assert_says("確定しました");
        let path = page.link("訂正する");
        let page = desk.get(&path).await;
        let page = desk.submit(&page.form_with_button("訂正を残す").fill("b1", "聞き直した")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.assert_says("訂正の理由を書いてください");
        let page = desk.submit(&page.form_with_button("訂正を残す").fill("reason", "聞きまちがい")).await;
        for words in ["訂正を書き足しました", "聞き直した", "聞きまちがい", "二つめの画面"] {
            page.assert_says(words);
        }
    }

    /// Inv. 8 on the page: what is stopped says what to do first, and keeps every word.
    async fn a_stopped_record_keeps_its_words(db: TestDb) {
        let world = World::new(&db).await;
        let case = a_mothers_case(&world).await;
        let mut desk = signed_in(&world, &world.office.coordinator).await;
        let page = desk.get(&kaku(&case)).await;
        let form = a_call(&page, &case, "記録する").fill("direction", "outgoing").fill("who", &format!("p{}", case.principal));
        let page = desk.submit(&form).await;
        assert_eq!(page.status, StatusCode::CONFLICT);
        page.assert_says("本人は、この相談を知りません");
        assert_eq!(page.form_with_button("記録する").value("b1"), Some(WORDS));
        let incoming = page.form_with_button("記録する").fill("direction", "incoming");
        desk.submit(&incoming).await.assert_says("本人の言葉");
    }

    /// F5 story 3 on the page: each side's worker is offered their own side, and sees it alone.
    async fn one_side_is_not_offered_the_other(db: TestDb) {
        let world = World::new(&db).await;
        let case = a_mothers_case(&world).await;
        let me = world.office.session(&world.office.coordinator).await;
        let other = world.office.another("other", Role::Coordinator).await;
        let his = casework::Voice::Principal(case.principal);
        let his = world.app.casework.open_compartment(&me, case.case, &his).await.unwrap();
        let only = NewAssignment {
            only: Some(vec![his]),
            ..NewAssignment::whole(other.staff, AssignmentKind::Sub, &world.clock)
        };
        world.app.casework.assign(&me, case.case, &only).await.unwrap();
        let mut desk = signed_in(&world, &world.office.coordinator).await;
        let page = desk.get(&kaku(&case)).await;
        // The readers differ from side to side: each is said where it is chosen.
        page.assert_says("other 支援コーディネーター");
        desk.submit(&a_call(&page, &case, "記録する")).await.assert_says(WORDS);
        let mut theirs = signed_in(&world, &other).await;
        let page = theirs.get(&kaku(&case)).await;
        assert!(!page.html().contains(&format!("value=\"p{}\" data", case.consulter.unwrap())), "the mother's voice is offered");
        assert!(!page.says("職員だけの一行"));
        let page = theirs.get(&format!("/desk/case/{}/keika", case.case)).await;
        assert!(!page.says(WORDS) && !page.says("電話"));
        let asked = theirs.get(&format!("/desk/case/{}/keika?ku={}", case.case, case.compartment)).await;
        assert_eq!(asked.status, StatusCode::NOT_FOUND);
    }

    /// A case that was just opened leads to its first record; the session may end meanwhile.
    async fn a_new_case_leads_to_its_first_record(db: TestDb) {
        let world = World::new(&db).await;
        let mut desk = signed_in(&world, &world.office.coordinator).await;
        let page = desk.get("/desk/case/atarashii").await;
        let form = page.form_with_button("ケースを開く").fill("who", "mother").fill("knows", "not");
        let page = desk.submit(&form).await;
        assert!(page.path.ends_with("/kaku"), "{}", page.path);
        let form = page.form_with_button("記録する").fill("channel", "phone").fill("b1", WORDS);
        world.clock.advance(SignedDuration::from_hours(1));
        let page = desk.submit(&form).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED);
        page.assert_says(WORDS);
    }
}
