//! Visits over HTTP: out and back, the alarm at the head of every page, and who learns what from it.

use basics::time::start_of_day;
use casework::case::Opened;
use casework::contact_rule::{Channel, NewContactPoint};
use casework::visit::{Goal, NewVisit, Target, WantedBy, Words};
use casework::{Knows, NewCase, NewPerson, Part, Relationship};
use jiff::{SignedDuration, Timestamp};
use office::{Role, duty};
use testkit::{
    TestDb,
    builders::{Colleague, PASSWORD},
    client::Client,
};

use crate::world::{MIGRATIONS, World};

/// Pages of all kinds; every one of them says it.
const PAGES: [&str; 11] = [
    "/desk",
    "/desk/case",
    "/desk/case/atarashii",
    "/desk/houmon",
    "/desk/houmon/kaado",
    "/desk/nyuuryoku",
    "/desk/kotoba",
    "/desk/madoguchi",
    "/desk/shokuin",
    "/desk/watashi",
    "/desk/machigai",
];
const LATE: &str = "訪問から戻る予定の時刻";

fn at(hour: i64, minute: i64) -> Timestamp {
    start_of_day(jiff::civil::date(2026, 11, 24)) + SignedDuration::from_mins(hour * 60 + minute)
}

impl World {
    async fn signed_in(&self, who: &Colleague) -> Client {
        let mut client = self.visitor();
        let page = client.get("/desk").await;
        self.clock.advance(SignedDuration::from_secs(30));
        let form = page
            .form_to("/desk/hairu")
            .fill("login", &who.login)
            .fill("password", PASSWORD)
            .fill("code", &who.totp.code_at(self.clock.now()));
        client.submit(&form).await;
        client
    }

    /// A visit of the coordinator and the supervisor to a mother, today from two to four; nobody has left yet.
    async fn a_visit(&self) -> (Opened, i64) {
        self.clock.set(at(13, 0));
        let me = self.office.session(&self.office.coordinator).await;
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself).called("はると"),
            consulter: Some(NewPerson::unknown(Part::Family, Relationship::Mother)),
            subject_knows: Knows::DoesNot,
            thread: None,
        };
        let opened = self.app.casework.open_new(&me, &new).await.unwrap();
        let new = NewVisit {
            despite: None,
            compartment: opened.compartment,
            target: Target::FamilyAway,
            leave_at: at(14, 0),
            return_at: at(16, 0),
            wanted_by: WantedBy::ToSeeFamily,
            goals: vec![Goal::Family],
            words: Words::default(),
            staff: me.staff(),
            buddy: Some(self.office.supervisor.staff),
        };
        let room = &self.app.casework;
        let visit = room.plan_visit(&me, opened.case, &new).await.unwrap();
        (opened, visit)
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Out by a press, late by the clock alone; every page of the desk says so to whoever is on duty, without the case
    /// for somebody who does not work on it; with a word it rests; nobody else is told.
    async fn somebody_who_is_late_is_said_on_every_page(db: TestDb) {
        let world = World::new(&db).await;
        let on_duty = world.office.another("duty", Role::Coordinator).await;
        let other = world.office.another("other", Role::Coordinator).await;
        world.a_visit().await;
        let session = world.office.session(&on_duty).await;
        duty::set(&world.db, &session, jiff::civil::date(2026, 11, 24), Some(on_duty.staff)).await.unwrap();

        // Sessions end after half an hour without a sign of life, so everybody signs in shortly before.
        world.clock.set(at(13, 59));
        let mut worker = world.signed_in(&world.office.coordinator).await;
        world.clock.set(at(14, 0));
        let page = worker.get("/desk/houmon").await;
        page.assert_says("ケース 1");
        let out = worker.submit(&page.form_with_button("出発します")).await;
        out.assert_says("訪問中");

        world.clock.set(at(16, 7));
        let mut duty = world.signed_in(&on_duty).await;
        let mut idle = world.signed_in(&other).await;
        let mut worker = world.signed_in(&world.office.coordinator).await;
        world.clock.set(at(16, 10));
        assert!(!duty.get("/desk").await.says(LATE));
        world.clock.set(at(16, 11));
        for path in PAGES {
            let page = duty.get(path).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(page.says(LATE), "{path}");
            assert!(!page.says("ケース 1") && !page.says("はると"), "{path}");
            assert!(!idle.get(path).await.says(LATE), "{path}");
        }
        duty.get("/desk/houmon/keihou").await.assert_says(LATE);
        assert!(!idle.get("/desk/houmon/keihou").await.says(LATE));
        worker.get("/desk").await.assert_says("戻りました");

        let page = duty.get("/desk/kotoba").await;
        let without_words = duty.submit(&page.form_with_button("連絡がとれた")).await;
        assert_eq!(without_words.status, 422);
        let page = duty.get("/desk/kotoba").await;
        let form = page.form_with_button("連絡がとれた").fill("kotoba", "電話がつながった");
        duty.submit(&form).await;
        assert!(!duty.get("/desk").await.says(LATE));
        world.clock.set(at(16, 50));
        let mut duty = world.signed_in(&on_duty).await;
        let mut worker = world.signed_in(&world.office.coordinator).await;
        world.clock.set(at(16, 52));
        let page = worker.get("/desk").await;
        worker.submit(&page.form_with_button("戻りました")).await;
        assert!(!duty.get("/desk").await.says(LATE) && !worker.get("/desk").await.says(LATE));
    }

    /// Nobody pressed 「出発」: it is said on every page all the same, and whoever is on duty ends it with one press. Then it
    /// is written up: the son's words and the mother's, each to its own side; without saying whose, nothing is lost.
    async fn a_forgotten_departure_rings_and_is_written_up(db: TestDb) {
        let world = World::new(&db).await;
        let on_duty = world.office.another("duty", Role::Coordinator).await;
        let (opened, visit) = world.a_visit().await;
        let session = world.office.session(&on_duty).await;
        duty::set(&world.db, &session, jiff::civil::date(2026, 11, 24), Some(on_duty.staff)).await.unwrap();
        world.clock.set(at(16, 10));
        let mut duty = world.signed_in(&on_duty).await;
        let mut worker = world.signed_in(&world.office.coordinator).await;
        world.clock.set(at(16, 13));
        let page = worker.get("/desk").await;
        page.assert_says(LATE);
        page.assert_says("「出発」は押されていません");
        page.assert_says("行きませんでした");
        let page = duty.get("/desk/kotoba").await;
        page.assert_says(LATE);
        duty.submit(&page.form_with_button("戻ったと確かめた")).await;
        assert!(!worker.get("/desk").await.says(LATE));

        let one = format!("/desk/case/{}/houmon/{visit}", opened.case);
        let page = worker.get(&one).await;
        page.assert_says("戻ったと確かめた");
        let form = page.form_with_button("結果を残す").fill("aeta", "met").fill("kotoba-1", "来月なら会う");
        let page = worker.submit(&form).await;
        assert_eq!(page.status, 422);
        page.assert_says("だれの言葉かを選んでください");
        let form = page.form_with_button("結果を残す");
        assert_eq!(form.value("kotoba-1"), Some("来月なら会う"));
        let form = form
            .fill("dare-1", &opened.principal.to_string())
            .fill("dare-2", &opened.consulter.unwrap().to_string())
            .fill("kotoba-2", "足音だけ聞こえる")
            .fill("reaction", "顔色はよかった");
        let page = worker.submit(&form).await;
        for words in ["来月なら会う", "足音だけ聞こえる", "顔色はよかった"] {
            page.assert_says(words);
        }
        let drafts = |kind: &str| format!("SELECT COUNT(*) FROM note n JOIN compartment c ON c.id = n.compartment_id WHERE c.kind = '{kind}'");
        for kind in ["principal", "family", "staff"] {
            assert_eq!(world.number(&drafts(kind)).await, 1, "{kind}");
        }
    }

    /// Another day and hour: kept when it is not right, and the other colleague reads of it on 「きょう」.
    async fn a_visit_is_moved(db: TestDb) {
        let world = World::new(&db).await;
        let (opened, visit) = world.a_visit().await;
        let mut worker = world.signed_in(&world.office.coordinator).await;
        let one = format!("/desk/case/{}/houmon/{visit}", opened.case);
        let page = worker.get(&one).await;
        let form = page.form_with_button("日時を変える").fill("deru", "15:00").fill("modori", "14:00");
        let page = worker.submit(&form).await;
        assert_eq!(page.status, 422);
        let form = page.form_with_button("日時を変える");
        assert_eq!(form.value("deru"), Some("15:00"));
        let page = worker.submit(&form.fill("modori", "17:00").fill("hi", "2026-11-26")).await;
        page.assert_says("日時を変えた");
        let mut lead = world.signed_in(&world.office.supervisor).await;
        lead.get("/desk/kyou").await.assert_says("訪問の日時が変わりました");
    }

    /// The cards: one's own; the shell without anything of anybody; the worker only where it belongs.
    async fn cards_and_the_empty_shell(db: TestDb) {
        let world = World::new(&db).await;
        let other = world.office.another("other", Role::Coordinator).await;
        world.a_visit().await;
        let mut worker = world.signed_in(&world.office.coordinator).await;
        let page = worker.get("/desk/houmon/kaado").await;
        page.assert_says("はるとさん");
        assert!(page.header("content-security-policy").unwrap().contains("worker-src 'self'"));
        assert!(worker.get("/desk").await.header("content-security-policy").unwrap().contains("worker-src 'none'"));
        let cards = worker.get("/desk/houmon/kaado.json").await.json();
        assert_eq!(cards["cards"].as_array().unwrap().len(), 1);
        assert!(cards["cards"][0]["visit"].is_string());
        assert_eq!(cards["until"], at(24, 0).as_millisecond());
        let mut idle = world.signed_in(&other).await;
        assert!(!idle.get("/desk/houmon/kaado").await.says("はると"));
        let shell = world.visitor().get("/desk/houmon/kara").await;
        assert_eq!(shell.status, 200);
        assert!(!shell.says("はると") && shell.html() == worker.get("/desk/houmon/kara").await.html());
        let script = world.visitor().get("/desk/houmon/sw.js").await;
        assert_eq!(script.header("service-worker-allowed"), Some("/desk/houmon/"));
        assert!(script.text().contains("/assets/houmon.") && !script.text().contains("\"FILES\""));
        assert_eq!(script.header("cache-control"), Some("no-store"));
    }

    /// Planning alone without a reason gives everything back that was typed, and says what to do.
    async fn a_plan_that_is_not_right_keeps_what_was_typed(db: TestDb) {
        let world = World::new(&db).await;
        let (opened, _) = world.a_visit().await;
        let mut worker = world.signed_in(&world.office.coordinator).await;
        let path = format!("/desk/case/{}/houmon", opened.case);
        let page = worker.get(&path).await;
        let form = page
            .form_with_button("訪問を予定する")
            .fill("nozomi", "to_see_family")
            .fill("aite", "family_away")
            .fill("kukaku", &opened.compartment.to_string())
            .tick("mokuteki", "family")
            .fill("deru", "15:00")
            .fill("modori", "16:00")
            .fill("place", "公園の東口");
        let page = worker.submit(&form).await;
        assert_eq!(page.status, 422);
        page.assert_says("二人で行くのが決まり");
        let form = page.form_with_button("訪問を予定する");
        assert_eq!(form.value("place"), Some("公園の東口"));
        let page = worker.submit(&form.fill("alone", "わけ")).await;
        page.assert_says("公園の東口");
        page.assert_says("ひとりで");
        let form = page.form_with_button("とりやめる");
        worker.submit(&form).await.assert_says("とりやめ");
    }

    /// Inv. 9 at planning and at leaving: the sentence, what was typed, the choice; and who goes along is changed here.
    async fn a_visit_past_a_ban_and_another_buddy(db: TestDb) {
        let world = World::new(&db).await;
        let (opened, visit) = world.a_visit().await;
        let mut worker = world.signed_in(&world.office.coordinator).await;
        let one = format!("/desk/case/{}/houmon/{visit}", opened.case);
        let page = worker.get(&one).await;
        let form = page.form_with_button("いっしょに行く人を変える").fill("buddy", "");
        let page = worker.submit(&form).await;
        assert_eq!(page.status, 422);
        let form = page.form_with_button("いっしょに行く人を変える").fill("alone", "母が一人でと");
        worker.submit(&form).await.assert_says("（ひとりで）");
        let back = worker.get(&one).await.form_with_button("いっしょに行く人を変える");
        let back = back.fill("buddy", &world.office.supervisor.staff.to_string());
        assert!(!worker.submit(&back).await.says("（ひとりで）"));

        let me = world.office.session(&world.office.coordinator).await;
        let ban = NewContactPoint { ban: true, ..NewContactPoint::careful(Channel::Visit, "") };
        let mother = opened.consulter.unwrap();
        world.app.casework.keep_contact_point(&me, opened.case, mother, &ban, None).await.unwrap();
        let page = worker.get("/desk/houmon").await;
        let page = worker.submit(&page.form_with_button("出発します")).await;
        assert_eq!(page.status, 409);
        page.assert_says("いのちにかかわるため、それでも連絡する");
        let form = page.form_with_button("出発します").tick("koete", "vital").fill("wake", "応答がないため");
        worker.submit(&form).await.assert_says("訪問中");
        let page = worker.get(&one).await;
        page.assert_says("応答がないため");
        let page = worker.get(&format!("/desk/case/{}/houmon", opened.case)).await;
        let form = page
            .form_with_button("訪問を予定する")
            .fill("nozomi", "to_see_family")
            .fill("aite", "family_away")
            .fill("kukaku", &opened.compartment.to_string())
            .tick("mokuteki", "family")
            .fill("deru", "18:00")
            .fill("modori", "19:00")
            .fill("buddy", &world.office.supervisor.staff.to_string())
            .fill("place", "公園の東口");
        let page = worker.submit(&form).await;
        assert_eq!(page.status, 409);
        let form = page.form_with_button("訪問を予定する");
        assert_eq!(form.value("place"), Some("公園の東口"));
        let page = worker.submit(&form.tick("koete", "vital").fill("wake", "応答がないため")).await;
        page.assert_says("きまりをこえて連絡");
    }
}
