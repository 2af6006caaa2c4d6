//! The desk as the people who answer meet it: no script, everything typed kept, nothing told to whom it is not for.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use basics::{StaffId, ThreadId};
use futures_util::StreamExt as _;
use jiff::SignedDuration;
use mailbox::{
    Side, Writer,
    first_letter::{FirstLetter, Sent},
    return_code::Token,
};
use testkit::{
    TestDb,
    builders::{Colleague, PASSWORD, a_staffed_office},
    client::{Answer, Client},
};

use crate::world::{MIGRATIONS, World};

const WORDS: &str = "はじめて書きます。もう消えたいと思うことがあります。";
const ANSWER: &str = "お手紙を読みました。ここで待っています。";
const NOTE: &str = "あすの朝、二人で読み直す。";

impl World {
    /// Signs in on the page, as a person does.
    pub async fn at_the_desk(&self, who: &Colleague) -> Client {
        let mut visitor = self.visitor();
        let page = visitor.get("/desk").await;
        self.sign_in_on(&mut visitor, &page, who).await;
        visitor
    }

    /// Fills in the sign-in form of this page.
    pub async fn sign_in_on(&self, visitor: &mut Client, page: &Answer, who: &Colleague) -> Answer {
        self.clock.advance(SignedDuration::from_secs(30));
        let code = who.totp.code_at(self.clock.now());
        let form = page
            .form_to("/desk/hairu")
            .fill("login", &who.login)
            .fill("password", PASSWORD)
            .fill("code", &code);
        visitor.submit(&form).await
    }

    pub async fn letter(&self, words: &str) -> Sent {
        let token = Token::fresh();
        let letter = FirstLetter {
            office: self.office.id,
            writer: Writer::Principal,
            body: words,
            token: &token,
            address: None,
        };
        self.app.mailbox.first_letter(&letter).await.unwrap()
    }

    /// What the writer reads.
    async fn read_by_writer(&self, sent: &Sent) -> Vec<(Side, String)> {
        let holder = self.app.mailbox.holder(&sent.code).await.unwrap();
        let letters = self.app.mailbox.read_as_holder(&holder).await.unwrap();
        letters
            .into_iter()
            .map(|letter| (letter.side, letter.body))
            .collect()
    }

    async fn more(&self, sent: &Sent, words: &str) {
        let holder = self.app.mailbox.holder(&sent.code).await.unwrap();
        self.app
            .mailbox
            .write_more(&holder, words, &Token::fresh())
            .await
            .unwrap();
    }
}

fn thread_path(id: ThreadId) -> String {
    format!("/desk/tegami/{id}")
}

#[track_caller]
fn assert_desk_page(page: &Answer) {
    assert_eq!(
        page.header("cache-control"),
        Some("no-store"),
        "{}",
        page.path
    );
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .contains("default-src 'none'"),
        "{}",
        page.path
    );
    assert!(page.header("content-encoding").is_none(), "{}", page.path);
}

testkit::on_both_databases! {
    MIGRATIONS;

    async fn a_refused_sign_in_is_the_same_page_whatever_the_reason(db: TestDb) {
        let world = World::new(&db).await;
        let who = &world.office.coordinator;
        let right = who.totp.code_at(world.clock.now());
        let tries = [
            (who.login.as_str(), "ちがうパスワードです", right.as_str()),
            ("nobody", PASSWORD, right.as_str()),
            (who.login.as_str(), PASSWORD, "000000"),
            (who.login.as_str(), PASSWORD, "AAAAA-AAAAA"),
            ("", "", ""),
        ];
        let mut pages = Vec::new();
        for (login, password, code) in tries {
            let mut visitor = world.visitor();
            let page = visitor.post("/desk/hairu", &[("login", login), ("password", password), ("code", code)]).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN);
            assert_desk_page(&page);
            assert!(visitor.cookie("desk").is_none());
            pages.push(page.bytes);
        }
        assert!(pages.windows(2).all(|two| two[0] == two[1]), "the page tells why");
        let mut visitor = world.at_the_desk(who).await;
        visitor.get("/desk").await.assert_says("返事を待っている");
    }

    async fn the_session_cookie_ends_with_the_browser_and_the_known_device_stays(db: TestDb) {
        let world = World::new(&db).await;
        let who = &world.office.coordinator;
        world.clock.advance(SignedDuration::from_secs(30));
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("login", who.login.as_str()), ("password", PASSWORD), ("code", &who.totp.code_at(world.clock.now()))])
            .finish();
        let mut visitor = world.visitor();
        let answer = visitor.once(Method::POST, "/desk/hairu", Some(body)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let cookies: Vec<String> = answer.headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap().to_owned()).collect();
        let of = |name: &str| cookies.iter().find(|line| line.starts_with(name)).unwrap();
        assert!(!of("desk=").contains("Max-Age") && of("desk=").contains("HttpOnly"));
        assert!(of("kiki=").contains("Max-Age=15552000"));
        let page = visitor.get("/desk").await;
        let page = visitor.submit(&page.form_to("/desk/deru")).await;
        page.assert_says("サインアウトしました");
        visitor.get("/desk").await.assert_says("確認コード");
    }

    async fn a_letter_is_found_taken_noted_and_answered(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.letter(WORDS).await;
        let path = thread_path(sent.thread);
        let mut desk = world.at_the_desk(&world.office.coordinator).await;
        let inbox = desk.get("/desk").await;
        assert_desk_page(&inbox);
        inbox.assert_says("消えたい");
        inbox.assert_says("11月26日（木）まで");
        assert!(!inbox.says("はじめて書きます"), "the list opens no letter");
        let page = desk.get(&inbox.link("はじめての手紙")).await;
        assert_eq!(page.path, path);
        assert_desk_page(&page);
        page.assert_says(WORDS);
        assert!(page.html().contains("<mark>消えたい</mark>"));
        assert!(!testkit::html::title(&page.html()).contains("消え"));
        // What is typed stays while something else is done.
        let page = desk.submit(&page.form_with_button("わたしが担当する").fill("body", ANSWER)).await;
        page.assert_says("担当になりました");
        let form = page.form_with_button("メモを残す");
        assert_eq!(form.value("body"), Some(ANSWER));
        let page = desk.submit(&form.fill("note", NOTE)).await;
        page.assert_says("書き手には見えません");
        page.assert_says(NOTE);
        let form = page.form_with_button("返事を届ける");
        assert_eq!((form.value("body"), form.value("note")), (Some(ANSWER), Some("")));
        let page = desk.submit(&form.clone().fill("next", "2026-12-01")).await;
        page.assert_says("返事を届けました");
        page.assert_says("12月1日（火）まで");
        // A double click is one answer.
        desk.submit(&form.fill("next", "2026-12-01")).await.assert_says("返事を届けました");
        assert_eq!(world.read_by_writer(&sent).await, [(Side::Writer, WORDS.to_owned()), (Side::Office, ANSWER.to_owned())]);
        desk.get(&path).await.assert_says("返事がはじめて読まれた日時");
        let page = desk.get(&path).await;
        let page = desk.submit(&page.form_with_button("終わりにする")).await;
        page.assert_says("開き直す");
        desk.get("/desk?tana=closed").await.assert_says("に消えます");
        assert!(!desk.visited.iter().any(|path| path.contains('%')), "{:?}", desk.visited);
    }

    async fn a_note_never_reaches_the_writers_page(db: TestDb) {
        let world = World::new(&db).await;
        let mut writer = world.writer(WORDS).await;
        let thread = ThreadId::from(world.number("SELECT MIN(id) FROM thread").await);
        let mut desk = world.at_the_desk(&world.office.coordinator).await;
        let page = desk.get(&thread_path(thread)).await;
        let page = desk.submit(&page.form_with_button("メモを残す").fill("note", NOTE)).await;
        let page = desk.submit(&page.form_with_button("返事を届ける").fill("body", ANSWER)).await;
        page.assert_says(NOTE);
        for path in ["/tegami", "/tegami/fuutou", "/tegami/hiraku"] {
            let page = writer.get(path).await;
            assert!(!page.says(NOTE) && !page.says("メモ") && !page.says("入力中"), "{path}");
        }
    }

    async fn two_answers_never_pass_each_other_and_what_was_typed_stays(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.letter(WORDS).await;
        let path = thread_path(sent.thread);
        let mut desk = world.at_the_desk(&world.office.coordinator).await;
        let page = desk.get(&path).await;
        world.more(&sent, "追伸です。やっぱり電話は苦手です。").await;
        let page = desk.submit(&page.form_with_button("返事を届ける").fill("body", ANSWER)).await;
        assert_eq!(page.status, StatusCode::CONFLICT);
        page.assert_says("返事は、まだ送っていません");
        page.assert_says("新しく届きました");
        page.assert_says("やっぱり電話は苦手です");
        assert_eq!(world.read_by_writer(&sent).await.len(), 2);
        let form = page.form_with_button("返事を届ける");
        assert_eq!(form.value("body"), Some(ANSWER));
        desk.submit(&form).await.assert_says("返事を届けました");
        assert_eq!(world.read_by_writer(&sent).await.len(), 3);
    }

    async fn a_text_of_the_office_goes_into_the_answer_without_script(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.letter(WORDS).await;
        let mut desk = world.at_the_desk(&world.office.coordinator).await;
        let page = desk.get("/desk/kotoba").await;
        let wrong = page.form_with_button("加える").fill("title", "約束").fill("body", "{相談員}です。");
        let page = desk.submit(&wrong).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let form = page.form_with_button("加える");
        assert_eq!(form.value("body"), Some("{相談員}です。"));
        let page = desk.submit(&form.fill("body", "{約束の日}までに、また書きます。")).await;
        page.assert_says("定型文を加えました");
        let page = desk.get(&thread_path(sent.thread)).await;
        let id = page.html().split("<option value=\"").find_map(|part| part.split_once("\" data-text").map(|(id, _)| id.to_owned())).unwrap();
        let form = page.form_with_button("本文に入れる").fill("body", "こんにちは。").fill("note", NOTE).fill("phrase", &id);
        let form = desk.submit(&form).await.form_with_button("返事を届ける");
        assert_eq!(form.value("body"), Some("こんにちは。\n\n11月26日（木）までに、また書きます。"));
        assert_eq!(form.value("note"), Some(NOTE));
    }

    async fn who_may_not_and_what_is_not_look_the_same(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.letter(WORDS).await;
        let neighbours = a_staffed_office(&db, &world.clock, "aoba").await;
        let absent = "/desk/tegami/4611686018427387904";
        let mut stranger = world.at_the_desk(&neighbours.coordinator).await;
        let mut administrator = world.at_the_desk(&world.office.administrator).await;
        let mut desk = world.at_the_desk(&world.office.coordinator).await;
        let nothing = desk.get(absent).await;
        assert_eq!(nothing.status, StatusCode::NOT_FOUND);
        let before = world.number("SELECT COUNT(*) FROM audit_row WHERE outcome = 'refused'").await;
        for (strange, path) in [
            (true, thread_path(sent.thread)),
            (true, format!("{}/bangou", thread_path(sent.thread))),
            (false, thread_path(sent.thread)),
            (false, absent.to_owned()),
            (false, "/desk/nyuuryoku".to_owned()),
            (false, "/desk/kotoba".to_owned()),
            (false, "/desk/ichiran".to_owned()),
            (false, "/desk/dekigoto".to_owned()),
        ] {
            let visitor = if strange { &mut stranger } else { &mut administrator };
            let page = visitor.get(&path).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(page.bytes, nothing.bytes, "{path}");
        }
        // The refusals are there before the answers are.
        assert_eq!(world.number("SELECT COUNT(*) FROM audit_row WHERE outcome = 'refused'").await, before + 8);
        for path in ["/desk/kiroku", "/desk/nai"] {
            assert_eq!(desk.get(path).await.bytes, nothing.bytes, "{path}");
        }
        administrator.get("/desk").await.assert_says("開いている曜日と時間");
        administrator.get("/desk/kiroku?tashikame=1").await.assert_says("すべてつながっています");
        administrator.get("/desk/shokuin").await.assert_says("職員を招く");
        let page = desk.get(&thread_path(sent.thread)).await;
        let form = page.form_with_button("返事を届ける").fill("body", ANSWER);
        assert_eq!(stranger.submit(&form).await.status, StatusCode::FORBIDDEN, "another session's token");
        assert_eq!(world.read_by_writer(&sent).await.len(), 1);
    }

    async fn what_was_typed_outlives_the_session(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.letter(WORDS).await;
        let path = thread_path(sent.thread);
        let who = &world.office.coordinator;
        let mut desk = world.at_the_desk(who).await;
        let form = desk.get(&path).await.form_with_button("返事を届ける").fill("body", ANSWER).fill("note", NOTE);
        world.clock.advance(SignedDuration::from_mins(31));
        let page = desk.submit(&form).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED);
        page.assert_says("サインインが切れました");
        page.assert_says(ANSWER);
        // A mistyped password loses nothing either.
        let page = desk.submit(&page.form_to("/desk/hairu").fill("login", &who.login).fill("password", "ちがいます").fill("code", "1")).await;
        page.assert_says(ANSWER);
        let page = world.sign_in_on(&mut desk, &page, who).await;
        page.assert_says("まだ送っていません");
        let page = desk.submit(&page.form_with_button("もとの画面に戻す")).await;
        assert_eq!(page.path, path);
        assert_eq!(world.read_by_writer(&sent).await.len(), 1, "nothing was sent by itself");
        let form = page.form_with_button("返事を届ける");
        assert_eq!((form.value("body"), form.value("note")), (Some(ANSWER), Some(NOTE)));
        desk.submit(&form).await.assert_says("返事を届けました");
    }

    async fn an_idle_session_leads_back_to_where_it_was(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.letter(WORDS).await;
        let path = thread_path(sent.thread);
        let mut desk = world.at_the_desk(&world.office.coordinator).await;
        desk.get(&path).await.assert_says(WORDS);
        world.clock.advance(SignedDuration::from_mins(29));
        desk.get(&path).await.assert_says(WORDS);
        // A page that asks by itself is no sign of life.
        for _ in 0..3 {
            world.clock.advance(SignedDuration::from_mins(14));
            desk.get("/desk/ichiran").await;
        }
        let page = desk.get(&path).await;
        page.assert_says("サインインが切れました");
        assert!(!page.says(WORDS));
        let page = world.sign_in_on(&mut desk, &page, &world.office.coordinator).await;
        assert_eq!(page.path, path);
        page.assert_says(WORDS);
    }

    async fn a_form_without_its_token_does_nothing(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.letter(WORDS).await;
        let path = thread_path(sent.thread);
        let mut desk = world.at_the_desk(&world.office.coordinator).await;
        let page = desk.get(&path).await;
        for token in ["", "x"] {
            let form = page.form_with_button("返事を届ける").fill("body", ANSWER).force("_t", token);
            let page = desk.submit(&form).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN);
            page.assert_says(ANSWER);
            page.assert_says("まだ送っていません");
        }
        let request = Request::post("/desk/deru").header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap();
        assert_eq!(desk.send(request).await.status, StatusCode::FORBIDDEN);
        assert_eq!(world.read_by_writer(&sent).await.len(), 1);
        desk.get("/desk").await.assert_says("はじめての手紙");
    }

    async fn colleagues_see_each_other_and_hand_over(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.letter(WORDS).await;
        let path = thread_path(sent.thread);
        let mut one = world.at_the_desk(&world.office.coordinator).await;
        let mut other = world.at_the_desk(&world.office.supervisor).await;
        let page = one.get(&path).await;
        one.submit(&page.form_with_button("画面をあらためる").fill("body", ANSWER)).await;
        other.get("/desk").await.assert_says("返事を書いています");
        let page = other.get(&path).await;
        page.assert_says("返事を書いています");
        let to = world.office.coordinator.staff.to_string();
        other.submit(&page.form_with_button("引き継ぐ").fill("to", &to)).await.assert_says("担当を引き継ぎました");
        one.get("/desk").await.assert_says("わたし");
        let token = page.form_to(&path).value("_t").unwrap().to_owned();
        let alive = other.post(&format!("{path}/imasu"), &[("_t", &token), ("doing", "viewing")]).await;
        assert_eq!(alive.json()["letters"], 1);
        assert!(alive.json()["others"][0].as_str().unwrap().contains("返事を書いています"));
    }

    async fn a_letter_from_the_telephone_gets_a_code_once(db: TestDb) {
        let world = World::new(&db).await;
        let mut desk = world.at_the_desk(&world.office.coordinator).await;
        let page = desk.get("/desk/nyuuryoku").await;
        let form = page.form_with_button("番号を出す").fill("body", "電話で聞きました。");
        let page = desk.submit(&form).await;
        page.assert_says("どのように届いたか");
        let form = page.form_with_button("番号を出す").fill("origin", "phone");
        assert_eq!(form.value("body"), Some("電話で聞きました。"));
        let page = desk.submit(&form).await;
        page.assert_says("この番号を、書いた人に渡してください");
        let html = page.html();
        let digits: String = html.split("class=\"spoken\"").nth(1).unwrap().split("</p>").next().unwrap()
            .split("<span>").skip(1).map(|group| group.split('<').next().unwrap()).collect();
        assert_eq!(digits.len(), 26);
        let holder = world.app.mailbox.enter(&digits).await.unwrap();
        assert!(world.app.mailbox.holder(&holder).await.unwrap().thread().must_change_code);
        desk.submit(&form).await.assert_says("この手紙は、もう入っています");
        // Lost: a new one, and the old one is dead.
        let thread = ThreadId::from(world.number("SELECT MIN(id) FROM thread").await);
        let page = desk.get(&format!("{}/bangou", thread_path(thread))).await;
        desk.submit(&page.form_with_button("新しい番号を出す")).await.assert_says("いままでの番号は、もう使えません");
        assert!(world.app.mailbox.enter(&digits).await.is_err());
    }

    async fn somebody_is_invited_enrols_and_is_given_the_key(db: TestDb) {
        let world = World::new(&db).await;
        let sent = world.letter(WORDS).await;
        let mut boss = world.at_the_desk(&world.office.supervisor).await;
        let page = boss.get("/desk/shokuin").await;
        let form = page.form_with_button("招く").fill("name", "新しい人").fill("login", "atarashii")
            .fill("role", "coordinator").fill("qualification", "social_worker");
        let page = boss.submit(&form).await;
        let html = page.html();
        let code = html.split("letters-code\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let mut new = world.visitor();
        let page = new.get("/desk/touroku").await;
        new.submit(&page.form_with_button("つぎへ").fill("invitation_code", "AAAA")).await.assert_says("この登録コードは使えません");
        let page = new.submit(&page.form_with_button("つぎへ").fill("invitation_code", &code)).await;
        page.assert_says("新しい人");
        assert!(page.html().contains("<svg class=\"qr\""));
        let form = page.form_with_button("登録する").fill("password", PASSWORD).fill("password_again", PASSWORD);
        let totp = office::TotpSecret::parse(form.value("totp_secret").unwrap()).unwrap();
        let page = new.submit(&form.clone().fill("totp_code", "000000")).await;
        page.assert_says("確認コードが合いません");
        let form = page.form_with_button("登録する").fill("password", PASSWORD).fill("password_again", PASSWORD)
            .fill("totp_code", &totp.code_at(world.clock.now()));
        let page = new.submit(&form).await;
        page.assert_says("予備コード");
        assert!(!new.visited.iter().any(|path| path.contains(&code[..4])), "the code stands in an address");
        let colleague = Colleague { staff: StaffId::from(0), login: "atarashii".to_owned(), role: office::Role::Coordinator, totp };
        let mut new = world.at_the_desk(&colleague).await;
        new.get("/desk").await.assert_says("復旧シート");
        boss.get("/desk").await.assert_says("新しい人さんは、まだ手紙を開けません");
        let page = boss.get("/desk/shokuin").await;
        boss.submit(&page.form_with_button("鍵を渡す")).await.assert_says("手紙を開く鍵を渡しました");
        new.get(&thread_path(sent.thread)).await.assert_says(WORDS);
    }

    async fn two_people_change_the_office_page(db: TestDb) {
        let world = World::new(&db).await;
        let mut one = world.at_the_desk(&world.office.supervisor).await;
        let mut other = world.at_the_desk(&world.office.administrator).await;
        let mine = one.get("/desk/madoguchi").await.form_with_button("保存する").fill("intro", "ゆっくりで大丈夫です。");
        let theirs = other.get("/desk/madoguchi").await.form_with_button("保存する").fill("promise_days", "5");
        other.submit(&theirs).await.assert_says("保存しました");
        let page = one.submit(&mine).await;
        assert_eq!(page.status, StatusCode::CONFLICT);
        page.assert_says("ほかの職員が先に変更しました");
        let again = page.form_with_button("保存する");
        assert_eq!(again.value("intro"), Some("ゆっくりで大丈夫です。"));
        one.submit(&again.fill("promise_days", "5").fill("closing_days", "12/28")).await.assert_says("保存しました");
        let page = one.get("/desk/madoguchi").await;
        assert_eq!(page.form_with_button("保存する").value("closing_days"), Some("2026-12-28"));
        let page = one.submit(&page.form_with_button("約束の日をためす").fill("promise_days", "1")).await;
        page.assert_says("「11月24日（火）まで」");
        let page = one.submit(&page.form_with_button("保存する").fill("from0", "きょう")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let mut coordinator = world.at_the_desk(&world.office.coordinator).await;
        let page = coordinator.get("/desk/madoguchi").await;
        assert!(!page.says("保存する"));
        let pause = page.form_with_button("この内容で休む").fill("pause_message", "12月1日まで休みます。").fill("pause_other_door", "県のセンター");
        coordinator.submit(&pause).await.assert_says("いまは休んでいます");
        let page = coordinator.get("/desk/madoguchi").await;
        coordinator.submit(&page.form_with_button("受け付けを始める")).await.assert_says("受け付けています");
    }

    async fn a_new_letter_is_announced_and_nothing_of_it_told(db: TestDb) {
        let world = World::new(&db).await;
        let cookie = world.office.sign_in(&world.office.coordinator).await;
        let request = Request::get("/desk/dekigoto").header(header::COOKIE, format!("desk={cookie}")).header("accept-encoding", "gzip");
        let router = web::router(world.app.clone());
        let response = tower::ServiceExt::oneshot(router, request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert!(response.headers().get("content-encoding").is_none());
        let mut stream = response.into_body().into_data_stream();
        let mut next = async || {
            let piece = tokio::time::timeout(Duration::from_secs(15), stream.next()).await.expect("an event in time");
            piece.map(|bytes| String::from_utf8(bytes.unwrap().to_vec()).unwrap())
        };
        assert!(next().await.unwrap().contains("event: ima"));
        let sent = world.letter(WORDS).await;
        let told = next().await.unwrap();
        assert!(told.contains("event: kawatta") && told.contains("\"came\":1"), "{told}");
        assert!(!told.contains("消え") && !told.contains(&sent.thread.to_string()), "{told}");
        // The stream ends with the session, and watching has not kept it alive.
        world.clock.advance(SignedDuration::from_mins(31));
        assert!(next().await.unwrap().contains("event: owari"));
        assert!(next().await.is_none());
    }

    async fn a_report_about_a_window_is_read_and_settled(db: TestDb) {
        use directory::report::{What, keep};
        let world = World::new(&db).await;
        let office = office::office::one(&mut db.read().await.unwrap(), world.office.id).await.unwrap();
        let permit = office::access::operator(&world.clock, office.id, office::Action::EditOffice);
        store::transact!(db, "test.report", |tx| {
            keep(tx, &world.clock, office.id, &office.public_key, "hc-15000", What::Phone, "ちがう会社が出ました").await.unwrap();
            office::audit::record(tx, &permit.entry("window_report.keep", "")).await?;
            Ok::<_, office::Error>(())
        }).unwrap();
        let mut administrator = world.at_the_desk(&world.office.administrator).await;
        assert_eq!(administrator.get("/desk/machigai").await.status, StatusCode::NOT_FOUND);
        let mut desk = world.at_the_desk(&world.office.coordinator).await;
        let page = desk.get("/desk").await;
        let page = desk.get(&page.link("お知らせが1件")).await;
        page.assert_says("ちがう会社が出ました");
        desk.submit(&page.form_with_button("片づける")).await.assert_says("いま、お知らせはありません");
        assert!(!db.holds_in_the_clear("ちがう会社").await);
    }

    async fn ones_own_account(db: TestDb) {
        let world = World::new(&db).await;
        let who = &world.office.coordinator;
        let mut here = world.at_the_desk(who).await;
        let mut elsewhere = world.at_the_desk(who).await;
        let page = here.get("/desk/watashi").await;
        let page = here.submit(&page.form_with_button("ほかの画面を切る")).await;
        page.assert_says("ほかの画面のサインインを切りました");
        elsewhere.get("/desk").await.assert_says("確認コード");
        let page = here.submit(&page.form_with_button("予備コードを出し直す").fill("codes_password", "ちがいます")).await;
        page.assert_says("いまのパスワードが合いません");
        let page = here.submit(&page.form_with_button("予備コードを出し直す").fill("codes_password", PASSWORD)).await;
        let html = page.html();
        let code = html.split("<ol class=\"codes\"><li>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let mut other = world.visitor();
        let page = other.post("/desk/hairu", &[("login", &who.login), ("password", PASSWORD), ("code", &code)]).await;
        page.assert_says("のこりは9個です");
        let page = here.get("/desk/watashi").await;
        let form = page.form_with_button("パスワードを変える").fill("old_password", PASSWORD)
            .fill("password", "みじかい").fill("password_again", "みじかい");
        here.submit(&form).await.assert_says("パスワードは12文字以上");
    }
}
