//! Search, attachments, disclosure, retention over HTTP, without a script.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use casework::case::Opened;
use casework::{Knows, NewCase, NewPerson, Part, Relationship};
use testkit::{
    TestDb,
    client::{Answer, Client},
};

use crate::world::{MIGRATIONS, World};

const FILE: &[u8] = b"%PDF-1.7\nsomething a mother brought";

impl World {
    async fn a_case_with(&self, consulter: Option<&str>) -> Opened {
        let session = self.office.session(&self.office.coordinator).await;
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself).called("みなと"),
            consulter: consulter
                .map(|name| NewPerson::unknown(Part::Family, Relationship::Mother).called(name)),
            subject_knows: Knows::DoesNot,
            thread: None,
        };
        self.app.casework.open_new(&session, &new).await.unwrap()
    }
}

/// Sends the page's form with a file, as a browser does.
async fn send_file(
    who: &mut Client,
    page: &Answer,
    fields: &[(&str, &str)],
    name: &str,
    file: &[u8],
) -> Answer {
    const EDGE: &str = "----x7f3";
    let token = page.form_with_button("加える");
    let mut body = Vec::new();
    let own = [("_t", token.value("_t").unwrap())];
    for (field, value) in own.iter().chain(fields) {
        let part = format!(
            "--{EDGE}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
        );
        body.extend_from_slice(part.as_bytes());
    }
    let part = format!(
        "--{EDGE}\r\nContent-Disposition: form-data; name=\"fairu\"; filename=\"{name}\"\r\nContent-Type: text/html\r\n\r\n"
    );
    body.extend_from_slice(part.as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{EDGE}--\r\n").as_bytes());
    let request = Request::builder()
        .method(Method::POST)
        .uri(&page.path)
        .header("sec-fetch-site", "same-origin")
        .header(
            header::CONTENT_TYPE,
            format!("multipart/form-data; boundary={EDGE}"),
        )
        .body(Body::from(body))
        .unwrap();
    who.send(request).await
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// What is typed travels in the form; the page shows it again and no address or title does.
    async fn a_search_keeps_the_words_out_of_the_address(db: TestDb) {
        let world = World::new(&db).await;
        let opened = world.a_case_with(Some("すみれ")).await;
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let page = me.get("/desk/sagasu").await;
        let page = me.submit(&page.form_with_button("さがす").fill("kotoba", "スミレ")).await;
        assert_eq!((page.status, page.path.as_str()), (StatusCode::OK, "/desk/sagasu"));
        page.assert_says("1 件見つかりました");
        assert!(page.links().iter().any(|(href, _)| *href == format!("/desk/case/{}/hito", opened.case)));
        assert!(page.html().contains("value=\"スミレ\""));
        let title = page.html().split("</title>").next().unwrap().to_owned();
        assert!(!title.contains("スミレ"));
        let page = me.submit(&page.form_with_button("さがす").fill("kotoba", "いません")).await;
        page.assert_says("見つかりませんでした");
        let page = me.submit(&page.form_with_button("さがす").fill("kotoba", "No.1")).await;
        assert_eq!(page.path, format!("/desk/case/{}", opened.case));
    }

    /// A file goes in without a script and comes out as a download that runs nothing; a page for a browser is refused in
    /// words, and nothing of it stays.
    async fn a_file_goes_in_and_comes_out_as_a_download(db: TestDb) {
        let world = World::new(&db).await;
        let opened = world.a_case_with(Some("すみれ")).await;
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let path = format!("/desk/case/{}/tenpu", opened.case);
        let page = me.get(&path).await;
        let into = opened.compartment.to_string();
        let fields = [("kukaku", into.as_str()), ("memo", "預かりもの")];
        let answer = send_file(&mut me, &page, &fields, "診断書.pdf", FILE).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let page = me.get(&path).await;
        page.assert_says("診断書.pdf");
        page.assert_says("預かりもの");
        let file = me.get(&page.link("診断書.pdf")).await;
        assert_eq!(file.bytes, FILE);
        let says = |name: &str| file.header(name).unwrap_or_default().to_owned();
        assert!(says("content-disposition").starts_with("attachment; "));
        assert!(says("content-disposition").contains("filename*=UTF-8''%E8%A8%BA"));
        assert_eq!(says("x-content-type-options"), "nosniff");
        assert!(says("content-security-policy").starts_with("sandbox;"));
        assert_eq!((says("cache-control").as_str(), says("content-type").as_str()), ("no-store", "application/pdf"));

        for (name, bad) in [("写真.pdf", &b"<!doctype html><script>1</script>"[..]), ("x.png", b"MZ\x90\0")] {
            let answer = send_file(&mut me, &page, &fields, name, bad).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            answer.assert_says("安全のため受け取れません");
            assert!(answer.html().contains("預かりもの"), "what was typed is kept");
        }
        let answer = send_file(&mut me, &page, &[], "診断書.pdf", FILE).await;
        answer.assert_says("だれの区画に置くかを選んでください");
        let much = [b"%PDF-1.7\n".as_slice(), &vec![b' '; 20 * 1024 * 1024]].concat();
        let answer = send_file(&mut me, &page, &fields, "大きい.pdf", &much).await;
        answer.assert_says("20MBまで");
        assert_eq!(world.number("SELECT COUNT(*) FROM attachment").await, 1);

        // Without a session nothing is taken; a stranger learns nothing of it.
        let mut nobody = world.visitor();
        let answer = send_file(&mut nobody, &page, &fields, "診断書.pdf", FILE).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        let page = me.get(&path).await;
        let page = me.submit(&page.form_with_button("取り消す（診断書.pdf）")).await;
        page.assert_says("消した添付");
        assert_eq!(world.number("SELECT COUNT(*) FROM attachment_piece").await, 0);
    }

    /// inv. 10: 「お母さんは相談しましたか」 gets the same bytes in an office where she did and before she did; and the
    /// paper for somebody without a right to the records is that very paper.
    async fn whether_somebody_consulted_is_one_answer(db: TestDb) {
        let world = World::new(&db).await;
        let mut lead = world.at_the_desk(&world.office.supervisor).await;
        let before = lead.get("/desk/kaiji/sonpi").await;
        before.assert_says("存否応答拒否");
        let opened = world.a_case_with(Some("すみれ")).await;
        let after = lead.get("/desk/kaiji/sonpi").await;
        assert_eq!((before.status, before.html()), (after.status, after.html()));

        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let path = format!("/desk/case/{}/kaiji", opened.case);
        let page = me.get(&path).await;
        let form = page.form_with_button("受け付ける").fill("standing", "other").fill("words", "息子の記録を見たい");
        let page = me.submit(&form).await;
        page.assert_says("準備中");
        let page = me.submit(&page.form_with_button("この案を、承認に出す")).await;
        page.assert_says("承認待ち");
        let page = lead.get(&page.path).await;
        let page = lead.submit(&page.form_with_button("承認する")).await;
        page.assert_says("承認済み");
        let paper = lead.get(&format!("{}/insatsu", page.path)).await;
        assert_eq!(paper.html(), before.html());
    }

    /// E22: while a line is undecided the answer does not go out of the house: a sentence says so, what was typed stays,
    /// and one reason for all the lines of a ground settles it.
    async fn an_undecided_line_stops_the_answer(db: TestDb) {
        let world = World::new(&db).await;
        let opened = world.a_case_with(Some("すみれ")).await;
        let session = world.office.session(&world.office.coordinator).await;
        let room = &world.app.casework;
        world.hear(&session, &opened, Knows::Knows).await;
        let day = world.app.clock.today();
        room.add_task(&session, opened.case, casework::task::Kind::Call, day, "支所に").await.unwrap();
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let page = me.get(&format!("/desk/case/{}/kaiji", opened.case)).await;
        let form = page.form_with_button("受け付ける").fill("standing", "oneself").fill("person", &opened.principal.to_string());
        let page = me.submit(&form).await;
        page.assert_says("まだ決めていません");
        let page = me.submit(&page.form_with_button("この案を、承認に出す")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.assert_says("まだ決めていない行が1行あります");
        // Too long a reason is said, not cut; it and the choice stay.
        let long = "あ".repeat(2_001);
        let page = me.submit(&page.form_with_button("まとめて決める").fill("wake", &long)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.assert_says("2000字まで");
        assert_eq!(page.form_with_button("まとめて決める").value("wake"), Some(&*long));
        let page = me.submit(&page.form_with_button("変える").fill("decision", "office").fill("reason", "　")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(page.form_with_button("変える").value("decision"), Some("office"));
        let page = me.submit(&page.form_with_button("まとめて決める").fill("wake", "検討の途中のこと")).await;
        assert!(!page.says("まだ決めていません"));
        let page = me.submit(&page.form_with_button("この案を、承認に出す")).await;
        page.assert_says("承認待ち");
        let mut lead = world.at_the_desk(&world.office.supervisor).await;
        let today = lead.get("/desk/kyou").await;
        today.assert_says("開示請求の承認");
        let found = lead.get(&today.link("開示請求の承認")).await;
        found.assert_says("承認待ち");
    }

    /// A request without what is needed comes back with what was typed.
    async fn a_request_keeps_what_was_typed(db: TestDb) {
        let world = World::new(&db).await;
        let opened = world.a_case_with(None).await;
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let page = me.get(&format!("/desk/case/{}/kaiji", opened.case)).await;
        let page = me.submit(&page.form_with_button("受け付ける").fill("words", "全部見たい")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.assert_says("どの立場での請求かを選んでください");
        assert!(page.html().contains("全部見たい"));
    }

    /// Rules, holds and the destruction list, for whoever may.
    async fn how_long_records_are_kept(db: TestDb) {
        let world = World::new(&db).await;
        world.a_case_with(None).await;
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let page = me.get("/desk/hozon").await;
        page.assert_says("5 年");
        let page = me.submit(&page.form_with_button("止める").fill("number", "9").fill("ground", "litigation")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = me.submit(&page.form_with_button("止める").fill("number", "1").fill("ground", "litigation")).await;
        page.assert_says("訴訟・不服申立て");
        let mut lead = world.at_the_desk(&world.office.supervisor).await;
        let page = lead.get("/desk/hozon").await;
        let page = lead.submit(&page.form_with_button("止めを解く")).await;
        let page = lead.submit(&page.form_with_button("決める（添付）").fill("years", "3")).await;
        assert!(page.html().contains("value=\"3\""));
        lead.get("/desk/hozon/boki").await.assert_says("まだありません");
        let mut admin = world.at_the_desk(&world.office.administrator).await;
        for path in ["/desk/hozon", "/desk/hozon/boki", "/desk/sagasu", "/desk/kaiji/sonpi"] {
            assert_eq!(admin.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
}
