//! きょう, 関わり, letters on paper, a letter that becomes part of a case: over HTTP, without script.

use axum::http::StatusCode;
use casework::contact_rule::{Channel, NewContactPoint};
use casework::engagement::State;
use casework::{Knows, NewCase, NewPerson, Part, Relationship, case::Opened};
use jiff::SignedDuration;
use office::Role;
use testkit::{TestDb, client::Answer};

use crate::world::{MIGRATIONS, World};

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

/// A page without what is drawn anew each time: the one-time tokens of its forms.
fn lasting(page: &Answer) -> String {
    let html = page.html();
    let pieces = html.split("<input type=\"hidden\"");
    let kept = pieces.enumerate().map(|(at, piece)| match at {
        0 => piece,
        _ => piece.split_once('>').map_or("", |(_, after)| after),
    });
    kept.collect()
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// Story 1, inv. 8: the page of letters says why none may go to the son; sent all the same, it is stopped with the
    /// words kept; the mother's is printed without the centre's name.
    async fn no_letter_to_the_son(db: TestDb) {
        let world = World::new(&db).await;
        let opened = a_mothers_case(&world).await;
        let mut desk = world.at_the_desk(&world.office.coordinator).await;
        let path = format!("/desk/case/{}/tayori", opened.case);
        let page = desk.get(&path).await;
        page.assert_says("本人は、この相談を知りません。本人あての手紙は、まだ進められません。");
        let (son, mother) = (opened.principal.to_string(), opened.consulter.unwrap().to_string());
        let form = page.form_with_button("印刷のページへ").fill("words", "寒くなりました。お返事はいりません。");
        let stopped = desk.submit(&form.clone().force("to", &son)).await;
        assert_eq!(stopped.status, StatusCode::CONFLICT);
        stopped.assert_says("寒くなりました");
        assert_eq!(world.number("SELECT COUNT(*) FROM outgoing").await, 0);
        let sheet = desk.submit(&form.fill("to", &mother)).await;
        assert_eq!(sheet.status, StatusCode::OK);
        sheet.assert_says("寒くなりました");
        sheet.assert_says("センターの名前は、印刷されません");
        assert!(!sheet.says("ひきこもり"), "not even in the foot of the page");
        desk.get(&format!("/desk/case/{}/keika", opened.case)).await.assert_says("返信を求めない便り");
    }

    /// A letter becomes part of an existing case and is taken out again; its writer's page is the same, byte for byte.
    async fn the_writers_page_does_not_change(db: TestDb) {
        let world = World::new(&db).await;
        let opened = a_mothers_case(&world).await;
        let mut writer = world.writer("はじめまして。自分のことで書きます").await;
        let before = lasting(&writer.get("/tegami/fuutou").await);
        assert_eq!(lasting(&writer.get("/tegami/fuutou").await), before, "the same page twice is the same");
        let thread = world.number("SELECT MAX(id) FROM thread").await;
        let mut desk = world.at_the_desk(&world.office.coordinator).await;
        let page = desk.get(&format!("/desk/tegami/{thread}")).await;
        let page = desk.get(&page.link("いまあるケースに加える")).await;
        let nothing = desk.submit(&page.form_with_button("加える")).await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
        let into = format!("{}-{}", opened.case, opened.principal);
        let page = desk.submit(&page.form_with_button("加える").fill("into", &into)).await;
        page.assert_says("本人の区画");
        assert_eq!(world.number("SELECT COUNT(*) FROM thread WHERE case_id IS NOT NULL").await, 1);
        assert_eq!(lasting(&writer.get("/tegami/fuutou").await), before);
        let page = desk.submit(&page.form_with_button("ケースから外す")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(world.number("SELECT COUNT(*) FROM thread WHERE case_id IS NOT NULL").await, 0);
        assert_eq!(lasting(&writer.get("/tegami/fuutou").await), before);
    }

    /// An answer in the mailbox asks the same as a letter on paper: of the son it is said why none may go out yet, of a ban
    /// that only danger goes past it; what was typed stays. Closed, a letter of a case says with what it stays.
    async fn an_answer_asks_the_guards_of_the_case(db: TestDb) {
        let world = World::new(&db).await;
        let opened = a_mothers_case(&world).await;
        world.writer("はじめまして。自分のことで書きます").await;
        let thread = world.number("SELECT MAX(id) FROM thread").await;
        let session = world.office.session(&world.office.coordinator).await;
        let room = &world.app.casework;
        room.attach_thread(&session, opened.case, thread.into(), opened.principal).await.unwrap();
        let mut desk = world.at_the_desk(&world.office.coordinator).await;
        let path = format!("/desk/tegami/{thread}");
        let page = desk.get(&path).await;
        let page = desk.submit(&page.form_with_button("返事を届ける").fill("body", "お返事です")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.assert_says("本人のほうから連絡があったときは");
        assert_eq!(page.form_with_button("返事を届ける").value("body"), Some("お返事です"));
        world.hear(&session, &opened, Knows::Knows).await;
        let ban = NewContactPoint { ban: true, ..NewContactPoint::careful(Channel::Letter, "") };
        room.keep_contact_point(&session, opened.case, opened.principal, &ban, None).await.unwrap();
        let page = desk.submit(&page.form_with_button("返事を届ける")).await;
        assert_eq!(page.status, StatusCode::CONFLICT);
        page.assert_says("いのちにかかわるため、それでも連絡する");
        let form = page.form_with_button("返事を届ける");
        assert_eq!(form.value("body"), Some("お返事です"));
        assert_eq!(world.number("SELECT COUNT(*) FROM letter WHERE side = 'office'").await, 0);
        let page = desk.submit(&form.tick("koete", "vital").fill("wake", "応答がないため")).await;
        page.assert_says("返事を届けました");
        let page = desk.submit(&page.form_with_button("終わりにする")).await;
        page.assert_says("ケースの記録といっしょに残り");
        desk.get("/desk?tana=closed").await.assert_says("記録とともに残ります");
    }

    /// From 受付前 to 一区切り and back, in the browser: steps, a proposal, the supervisor's word, a return.
    async fn an_engagement_from_beginning_to_return(db: TestDb) {
        let world = World::new(&db).await;
        let opened = a_mothers_case(&world).await;
        let path = format!("/desk/case/{}/kakawari", opened.case);
        let mut desk = world.at_the_desk(&world.office.coordinator).await;
        let page = desk.get(&path).await;
        page.assert_says("受付前");
        let illegal = page.form_with_button("変える").force("to", State::OnHold.code());
        assert_eq!(desk.submit(&illegal).await.status, StatusCode::CONFLICT, "inv. 12");
        let page = desk.submit(&page.form_with_button("変える").fill("to", "active").fill("ground", "母と話した")).await;
        page.assert_says("支援中");
        page.assert_says("母と話した");
        let silent = page.form_with_button("提案する").fill("close_ground", "しばらく自分たちで、と母");
        let silent = desk.submit(&silent).await;
        assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
        silent.assert_says("しばらく自分たちで、と母");
        let proposed = silent.form_with_button("提案する").fill("reentry", "いつでも同じ番号で、と伝えた");
        desk.submit(&proposed).await.assert_says("センター長の確認を待っています");
        let mut lead = world.at_the_desk(&world.office.supervisor).await;
        let today = lead.get("/desk/kyou").await;
        today.assert_says("一区切りの確認");
        let page = lead.get(&path).await;
        let page = lead.submit(&page.form_with_button("一区切りにする")).await;
        page.assert_says("一区切り");
        page.assert_says("いつでも同じ番号で、と伝えた");
        let page = desk.get(&path).await;
        let page = desk.submit(&page.form_with_button("はじめる").fill("to", "active")).await;
        page.assert_says("支援中");
        assert_eq!(world.number("SELECT COUNT(*) FROM engagement").await, 2);
    }

    /// Story 2: after sign-in a colleague stands on 「きょう」; an overdue reply stands there as late; whoever is on duty
    /// sees number and day of a colleague's, and takes it on. An empty day is calm.
    async fn the_day_begins_with_what_is_due(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let page = visitor.get("/desk").await;
        let page = world.sign_in_on(&mut visitor, &page, &world.office.coordinator).await;
        assert_eq!(page.path, "/desk/kyou");
        page.assert_says("きょう、日にちの決まったことはありません。");
        let duty = world.office.another("duty", Role::Coordinator).await;
        let sent = world.letter("夜中に一行だけ").await;
        let session = world.office.session(&world.office.coordinator).await;
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself),
            consulter: None,
            subject_knows: Knows::Knows,
            thread: Some(sent.thread),
        };
        world.app.casework.open_new(&session, &new).await.unwrap();
        world.clock.advance(SignedDuration::from_hours(24 * 14));
        let lead = world.office.session(&world.office.supervisor).await;
        let today = world.clock.today();
        office::duty::set(&world.db, &lead, today, Some(duty.staff)).await.unwrap();
        let mut mine = world.at_the_desk(&world.office.coordinator).await;
        let page = mine.get("/desk/kyou").await;
        page.assert_says("日すぎています");
        let mut theirs = world.at_the_desk(&duty).await;
        let page = theirs.get("/desk/kyou").await;
        page.assert_says("ほかの担当の、約束をすぎた手紙");
        assert!(!page.says("ケース 1"), "number and day of the letter, no more");
        let letter = theirs.submit(&page.form_with_button("当番として引き受ける")).await;
        letter.assert_says("夜中に一行だけ");
        let mut lead = world.at_the_desk(&world.office.supervisor).await;
        lead.get("/desk/futan").await.assert_says("実人員");
        assert_eq!(mine.get("/desk/futan").await.status, StatusCode::NOT_FOUND);
    }

    /// A first approach, a refusal, a pace, a task: written down in the page, each where it belongs.
    async fn everything_is_written_down_without_script(db: TestDb) {
        let world = World::new(&db).await;
        let opened = a_mothers_case(&world).await;
        let mother = opened.consulter.unwrap().to_string();
        let path = format!("/desk/case/{}/kakawari", opened.case);
        let mut desk = world.at_the_desk(&world.office.coordinator).await;
        let page = desk.get(&path).await;
        let new = page.form_with_button("加える").fill("kind", "inquire").fill("task_words", "家族会の日を聞く");
        let page = desk.submit(&new).await;
        page.assert_says("家族会の日を聞く");
        desk.get("/desk/kyou").await.assert_says("家族会の日を聞く");
        let done = page.form_with_button("できました");
        assert!(!desk.submit(&done).await.says("家族会の日を聞く"));
        let page = desk.get(&path).await;
        let forms: Vec<_> = ["approach", "pace", "refusal"].into_iter().collect();
        assert_eq!(forms.len(), 3);
        let approach = page.form_with_button("残す");
        assert!(approach.value("_t").is_some());
        let session = world.office.session(&world.office.coordinator).await;
        let new = casework::refusal::NewRefusal {
            person: mother.parse().unwrap(),
            heard_by: session.staff(),
            heard_on: world.clock.today(),
            check_on: None,
            words: "いまは、そっとしておいてほしい".to_owned(),
        };
        world.app.casework.record_refusal(&session, opened.case, &new).await.unwrap();
        let page = desk.get(&path).await;
        page.assert_says("いまは、そっとしておいてほしい");
        let page = desk.submit(&page.form_with_button("解く").fill("lift_words", "電話があり、また話したいと")).await;
        page.assert_says("電話があり、また話したいと");
    }

    /// The list of cases: where each stands and what comes next; the ways of looking at it are links without a script.
    async fn the_list_of_cases_is_looked_at_in_ways(db: TestDb) {
        let world = World::new(&db).await;
        let opened = a_mothers_case(&world).await;
        let session = world.office.session(&world.office.coordinator).await;
        let room = &world.app.casework;
        let ground = casework::engagement::Change::because("母と決めた");
        for to in [State::Active, State::OnHold] {
            room.change_engagement(&session, opened.case, to, &ground).await.unwrap();
        }
        let day = "2026-12-05".parse().unwrap();
        room.add_task(&session, opened.case, casework::task::Kind::Inquire, day, "家族会の日を聞く").await.unwrap();
        let mut desk = world.at_the_desk(&world.office.coordinator).await;
        let page = desk.get("/desk/case").await;
        page.assert_says("静観（見守り）");
        page.assert_says("12月5日");
        assert!(!page.says("家族会の日を聞く"), "no words on the list");
        let here = format!("/desk/case/{}", opened.case);
        let shown = |page: &Answer| page.links().iter().any(|(href, _)| *href == here);
        assert!(shown(&page));
        assert!(shown(&desk.get("/desk/case?ima=seikan&tantou=jibun").await));
        let empty = desk.get("/desk/case?ima=shien").await;
        assert!(!shown(&empty));
        empty.assert_says("ここに入るケースは、いまありません。");
        assert!(shown(&desk.get("/desk/case?ima=nothing").await));
        let mut lead = world.at_the_desk(&world.office.supervisor).await;
        let page = lead.get("/desk/case").await;
        page.assert_says("自分の担当 0");
        assert!(shown(&page) && !shown(&lead.get("/desk/case?tantou=jibun").await));
        let other = world.office.another("other", Role::Coordinator).await;
        let mut other = world.at_the_desk(&other).await;
        let page = other.get("/desk/case?ima=seikan").await;
        page.assert_says("担当しているケースは、まだありません。");
        assert!(!page.says("静観"), "not even a number");
    }

    /// A quiet time and the day on which 静観 is looked at again, written down on the page; changing the pace keeps both.
    async fn a_quiet_time_is_written_down(db: TestDb) {
        let world = World::new(&db).await;
        let opened = a_mothers_case(&world).await;
        let path = format!("/desk/case/{}/kakawari", opened.case);
        let mut desk = world.at_the_desk(&world.office.coordinator).await;
        for to in ["active", "onhold"] {
            let page = desk.get(&path).await;
            desk.submit(&page.form_with_button("変える").fill("to", to)).await;
        }
        let page = desk.get(&path).await;
        let page = desk.submit(&page.form_with_button("見直す日を残す").fill("review_on", "2026-11-25")).await;
        page.assert_says("職員が見直す日：11月25日");
        let page = desk.submit(&page.form_with_button("この日まで、そっとしておく").fill("quiet", "2026-12-24")).await;
        page.assert_says("12月24日（木）まで、そっとしておく");
        let rhythm = page.form_with_button("残す").fill("rhythm", "monthly").force("act", "rhythm");
        let page = desk.submit(&rhythm).await;
        page.assert_says("月に1回くらい");
        page.assert_says("12月24日（木）まで、そっとしておく");
        desk.get("/desk/kyou").await.assert_says("静観（見守り）の見直し");
        let letter = desk.get(&format!("/desk/case/{}/tayori", opened.case)).await;
        let form = letter.form_with_button("印刷のページへ").fill("words", "寒くなりました。");
        let stopped = desk.submit(&form.force("to", &opened.consulter.unwrap().to_string())).await;
        assert_ne!(stopped.status, StatusCode::OK);
        stopped.assert_says("そっとしておくと決めています");
        assert_eq!(world.number("SELECT COUNT(*) FROM outgoing").await, 0);
        let page = desk.get(&path).await;
        let page = desk.submit(&page.form_with_button("そっとしておくのを終える")).await;
        assert!(!page.says("12月24日まで"));
    }
}
