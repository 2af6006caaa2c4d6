//! Places at the desk over HTTP, without JavaScript: a programme from its first line to the last head that was counted,
//! and who finds nothing.

use axum::http::StatusCode;
use basics::time::start_of_day;
use casework::case::Opened;
use casework::{Knows, NewCase, NewPerson, Part, Relationship};
use community::booking::{NewBooking, Who};
use community::slip::{Reminder, Token, Words};
use jiff::SignedDuration;
use office::Role;
use testkit::{
    TestDb,
    builders::Colleague,
    client::{Answer, Client},
};

use crate::world::{MIGRATIONS, World};

impl World {
    /// Tuesday, 24 November 2026, nine in the morning.
    fn on_tuesday(&self) {
        let nine = start_of_day(jiff::civil::date(2026, 11, 24)) + SignedDuration::from_hours(9);
        self.clock.set(nine);
    }

    /// A place with one day, this Thursday from two to four, made by form and made public.
    async fn a_place(&self, me: &mut Client, hosts: &[&Colleague]) -> Answer {
        let page = me.get("/desk/ba").await;
        let page = me.get(&page.link("新しい場")).await;
        let mut form = page
            .form_with_button("保存する")
            .fill("title", "水曜の居場所")
            .fill("kind", "ibasho")
            .fill("for_whom", "anyone")
            .fill("municipality", "みどり市")
            .fill("place_name", "市民センター 2階")
            .fill("capacity", "2")
            .tick("walk_in", "1");
        for host in hosts {
            form = form.tick("hosts", &host.staff.to_string());
        }
        let page = me.submit(&form).await;
        page.assert_says("準備中");
        let form = page
            .form_with_button("この日を加える")
            .fill("day", "2026-11-26")
            .fill("from", "14:00")
            .fill("until", "16:00");
        me.submit(&form).await.assert_says("14:00〜16:00");
        // The double click.
        let page = me.submit(&form).await;
        let page = me.submit(&page.form_with_button("公開する")).await;
        page.assert_says("公開しています");
        page
    }

    async fn booked(&self, words: Words, reminder: Reminder) {
        let token = Token::fresh();
        let new = NewBooking {
            programme: 1,
            seq: 1,
            who: Who::Principal,
            people: 1,
            perhaps: true,
            first_time: Some(true),
            wait: true,
            tell: false,
            token: &token,
            words,
            reminder,
            reminder_to: String::new(),
            address: None,
        };
        self.app.community.book(&new).await.unwrap();
    }

    async fn a_mother_and_her_son(&self) -> Opened {
        let me = self.office.session(&self.office.coordinator).await;
        let new = NewCase {
            principal: NewPerson::unknown(Part::Principal, Relationship::Oneself).called("はると"),
            consulter: Some(
                NewPerson::unknown(Part::Family, Relationship::Mother).called("すみれ"),
            ),
            subject_knows: Knows::DoesNot,
            thread: None,
        };
        self.app.casework.open_new(&me, &new).await.unwrap()
    }

    async fn address_of_the_day(&self) -> String {
        let programme = self.number("SELECT MIN(id) FROM programme").await;
        let day = self.number("SELECT MIN(id) FROM gathering").await;
        format!("/desk/ba/{programme}/{day}")
    }
}

fn named(nickname: &str) -> Words {
    Words {
        nickname: nickname.to_owned(),
        ..Words::default()
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// From the first line of a programme to the heads of its day, by form alone.
    async fn a_place_from_its_first_line_to_the_heads(db: TestDb) {
        let world = World::new(&db).await;
        world.on_tuesday();
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        me.get("/desk/ba").await.assert_says("まだ、場はありません");
        // What is not right keeps all that was typed, and says everything at once.
        let page = me.get("/desk/ba/atarashii").await;
        let form = page
            .form_with_button("保存する")
            .fill("title", "ひだまり")
            .fill("about", "お茶を飲むところ")
            .fill("t_no_name", "yes")
            .fill("capacity", "たくさん")
            .fill("municipality", "どこにもない市");
        let page = me.submit(&form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        for words in ["どんな場かを選んで", "だれのための場か", "数字で入れて", "この市区町村は見つかりません"] {
            page.assert_says(words);
        }
        let kept = page.form_with_button("保存する");
        for (name, value) in [("title", "ひだまり"), ("about", "お茶を飲むところ"), ("t_no_name", "yes"), ("capacity", "たくさん")] {
            assert_eq!(kept.value(name), Some(value));
        }
        assert_eq!(world.number("SELECT COUNT(*) FROM programme").await, 0);

        let page = world.a_place(&mut me, &[]).await;
        assert_eq!(world.number("SELECT COUNT(*) FROM gathering").await, 1, "a double click adds one day");
        page.assert_says("水曜の居場所");
        me.get("/basho/1").await.assert_says("水曜の居場所");
        world.booked(Words { phone: ["090", "0000", "0000"].join("-"), ..named("みかん") }, Reminder::Call).await;
        world.booked(named("りんご"), Reminder::Nothing).await;
        world.booked(named("ぶどう"), Reminder::Nothing).await;
        me.get("/desk/ba").await.assert_says("予約 2人／定員 2人");
        let day = world.address_of_the_day().await;
        let page = me.get(&page.path).await;
        page.assert_says("空きを待つ人 1組");
        let page = me.get(&page.link("この日を受け持つ")).await;
        for words in ["みかんさん", "「行けないかも」", "はじめて", "ぶどうさん", "電話を希望した人", "当日から、数えられます"] {
            page.assert_says(words);
        }
        // Two days on.
        world.clock.advance(SignedDuration::from_hours(53));
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        me.get("/desk/kyou").await.assert_says("受け持つ場");
        let page = me.get(&day).await;
        let page = me.submit(&page.form_with_button("来ました")).await;
        assert_eq!(world.number("SELECT COUNT(*) FROM booking WHERE arrived_at IS NOT NULL").await, 1);
        let page = me.submit(&page.form_with_button("取り消す")).await;
        assert_eq!(world.number("SELECT COUNT(*) FROM booking WHERE arrived_at IS NOT NULL").await, 0);
        let form = page.form_with_button("数を残す").fill("principals", "３").fill("staff", "1").fill("first_timers", "9");
        let page = me.submit(&form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.assert_says("「初めての人」は、来た人の数まで");
        let page = me.submit(&page.form_with_button("数を残す").fill("first_timers", "1")).await;
        page.assert_says("数を直す");
        me.get("/basho/1").await.assert_says("前回は3人、うち初めての人1人");
        let page = me.submit(&page.form_with_button("気づきを残す").fill("words", "窓ぎわの席が人気でした")).await;
        page.assert_says("窓ぎわの席が人気でした");
    }

    /// Saving twice is saving once; what a colleague saved first is said, and nothing typed is lost.
    async fn two_colleagues_write_the_same_programme(db: TestDb) {
        let world = World::new(&db).await;
        world.on_tuesday();
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let page = world.a_place(&mut me, &[]).await;
        let mut boss = world.at_the_desk(&world.office.supervisor).await;
        let edit = format!("{}/naosu", page.path);
        let (mine, theirs) = (me.get(&edit).await, boss.get(&edit).await);
        let first = mine.form_with_button("保存する").fill("title", "木曜の居場所");
        me.submit(&first).await.assert_says("木曜の居場所");
        let version = world.number("SELECT version FROM programme").await;
        // The same form again.
        me.submit(&first).await.assert_says("木曜の居場所");
        assert_eq!(world.number("SELECT version FROM programme").await, version);
        let late = boss.submit(&theirs.form_with_button("保存する").fill("about", "静かなところです")).await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
        late.assert_says("ほかの職員が、先に保存しました");
        late.assert_says("名前：木曜の居場所");
        assert_eq!(late.form_with_button("保存する").value("about"), Some("静かなところです"));
        let page = boss.submit(&late.form_with_button("保存する").fill("title", "木曜の居場所")).await;
        page.assert_says("木曜の居場所");
        assert_eq!(world.number("SELECT COUNT(*) FROM programme").await, 1);
    }

    /// A rule written as people say it gives days; a rule that changes leaves what was booked where it is.
    async fn a_rule_by_form_gives_days_and_keeps_what_was_booked(db: TestDb) {
        let world = World::new(&db).await;
        world.on_tuesday();
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let page = me.get("/desk/ba/atarashii").await;
        let form = page
            .form_with_button("保存する")
            .fill("title", "家族の会")
            .fill("kind", "family_group")
            .fill("for_whom", "family")
            .fill("municipality", "みどり市")
            .fill("kurikaeshi", "weekly")
            .tick("youbi", "we")
            .fill("jikoku", "14:00")
            .fill("made", "13:00");
        let page = me.submit(&form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.assert_says("おわりの時刻を、はじまりより後に");
        let page = me.submit(&page.form_with_button("保存する").fill("made", "16:00")).await;
        page.assert_says("毎週 水曜日 14:00〜16:00");
        page.assert_says("11月25日（水）");
        let page = me.submit(&page.form_with_button("公開する")).await;
        world.booked(named("すみれ"), Reminder::Nothing).await;
        let form = me.get(&format!("{}/naosu", page.path)).await.form_with_button("保存する");
        // Friday instead of Wednesday.
        let form = form.fill("youbi", "fr");
        let page = me.submit(&form).await;
        page.assert_says("毎週 金曜日");
        page.assert_says("11月25日（水）");
        page.assert_says("11月27日（金）");
        assert!(!page.says("12月2日（水）"));
        // With somebody on it, it cannot be ended unseen.
        let page = me.submit(&page.form_with_button("終える")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.assert_says("予約の入っている開催日があります");
    }

    /// A day moves, a day is cancelled: how many are told is said before, whom to call after.
    async fn a_day_is_moved_and_cancelled(db: TestDb) {
        let world = World::new(&db).await;
        world.on_tuesday();
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let page = world.a_place(&mut me, &[]).await;
        let phone = ["090", "0000", "0000"].join("-");
        world.booked(Words { phone: phone.clone(), ..named("みかん") }, Reminder::Call).await;
        let one = page.path.clone();
        let page = me.get(&one).await;
        let page = me.get(&page.link("変える")).await;
        page.assert_says("予約が1組");
        let form = page.form_with_button("保存する").fill("from", "15:00").fill("until", "14:00");
        let page = me.submit(&form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let form = page.form_with_button("保存する").fill("until", "17:00").fill("words", "お茶の日");
        let page = me.submit(&form).await;
        page.assert_says("15:00〜17:00");
        page.assert_says("お茶の日");
        assert_eq!(me.submit(&form).await.status, StatusCode::OK, "sent twice is changed once");
        let page = me.get(&page.link("とりやめる")).await;
        page.assert_says("1組（窓口から、かけてください）");
        assert!(page.text().contains(&phone));
        // A colleague who does not run it cancels, and reads no number.
        let other = world.office.another("hikari", Role::Coordinator).await;
        let mut other = world.at_the_desk(&other).await;
        let theirs = other.get(&page.path).await;
        theirs.assert_says("番号は、この日を受け持つ人と、センター長が開けます");
        assert!(!theirs.text().contains(&phone) && !theirs.says("みかん"));
        let page = me.submit(&page.form_with_button("この日をとりやめる").fill("words", "台風のため")).await;
        page.assert_says("とりやめました");
        me.get("/basho/1").await.assert_says("台風のため");
        let page = me.get(&one).await;
        let page = me.submit(&page.form_with_button("終える")).await;
        page.assert_says("終わりました");
        assert_eq!(me.get("/basho/1").await.status, StatusCode::NOT_FOUND);
    }

    /// What others run is looked at before it is listed.
    async fn what_others_run_is_looked_at_first(db: TestDb) {
        let world = World::new(&db).await;
        world.on_tuesday();
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let page = me.get("/desk/ba/atarashii").await;
        let form = page
            .form_with_button("保存する")
            .fill("title", "NPOの居場所")
            .fill("kind", "ibasho")
            .fill("for_whom", "anyone")
            .fill("run_by", "other")
            .fill("municipality", "みどり市");
        let page = me.submit(&form).await;
        page.assert_says("開いている団体の名前を書いてください");
        let page = me.submit(&page.form_with_button("保存する").fill("run_by_name", "NPO法人 ひだまり")).await;
        let page = me.submit(&page.form_with_button("公開する")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.assert_says("先に「確かめました」を押してください");
        let page = me.submit(&page.form_with_button("確かめました")).await;
        page.assert_says("2026年11月24日に確かめました");
        me.submit(&page.form_with_button("公開する")).await.assert_says("公開しています");
    }

    /// A peer runs the day on the same page, without a nickname; who does not run it finds no day at all.
    async fn a_peer_runs_it_and_others_find_nothing(db: TestDb) {
        let world = World::new(&db).await;
        world.on_tuesday();
        let peer = world.office.another("peer", Role::Peer).await;
        let other = world.office.another("hikari", Role::Coordinator).await;
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        world.a_place(&mut me, &[&peer]).await;
        world.booked(named("みかん"), Reminder::Nothing).await;
        let day = world.address_of_the_day().await;
        world.clock.advance(SignedDuration::from_hours(53));
        let mut host = world.at_the_desk(&peer).await;
        let page = host.get("/desk/pia/kaado").await;
        page.assert_says("受け持つ場");
        let page = host.get(&page.link("水曜の居場所")).await;
        assert_eq!(page.path, day);
        page.assert_says("呼び名は、職員だけが開きます");
        assert!(!page.says("みかん") && !page.says("担当の人が来たとき"));
        let page = host.submit(&page.form_with_button("来ました")).await;
        let page = host.submit(&page.form_with_button("数を残す").fill("principals", "2").fill("peers", "1")).await;
        let page = host.submit(&page.form_with_button("気づきを残す").fill("words", "静かでした")).await;
        page.assert_says("静かでした");
        assert_eq!(world.number("SELECT COUNT(*) FROM booking WHERE arrived_at IS NOT NULL").await, 1);
        let programme = day.rsplit_once('/').unwrap().0.to_owned();
        for path in ["/desk/ba", "/desk/ba/atarashii", &programme, &format!("{programme}/naosu"), &format!("{day}/naosu"), &format!("{day}/yasumu")] {
            assert_eq!(host.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        // The same bytes as for a day that is none; the programme itself they see.
        let mut stranger = world.at_the_desk(&other).await;
        let none = format!("{programme}/7");
        let (there, nowhere) = (stranger.get(&day).await, stranger.get(&none).await);
        assert_eq!((there.status, &there.bytes), (StatusCode::NOT_FOUND, &nowhere.bytes));
        let page = stranger.get(&programme).await;
        assert!(!page.says("この日を受け持つ"));
        let session = world.office.session(&other).await;
        let send = async |client: &mut Client, path: &str, act: &str| {
            let body = format!("_t={}&act={act}&booking=1&principals=1&words=a", session.form_token());
            client.once(axum::http::Method::POST, path, Some(body)).await
        };
        for act in ["here", "count", "note", "mark", "unmark", "pick"] {
            let (there, nowhere) = (send(&mut stranger, &day, act).await, send(&mut stranger, &none, act).await);
            assert_eq!((there.status, there.bytes), (nowhere.status, nowhere.bytes), "{act}");
        }
        assert_eq!(world.number("SELECT COUNT(*) FROM gathering_note").await, 1);
        // A day of another programme is not found under this one either.
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        assert_eq!(me.get(&day).await.status, StatusCode::OK);
        assert_eq!(me.get(&format!("/desk/ba/7/{}", day.rsplit_once('/').unwrap().1)).await.status, StatusCode::NOT_FOUND);
    }

    /// inv. 25 on the page of the case: each one's own compartment, and nobody else's.
    async fn where_somebody_came_is_in_their_own_compartment(db: TestDb) {
        let world = World::new(&db).await;
        world.on_tuesday();
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        world.a_place(&mut me, &[]).await;
        let opened = world.a_mother_and_her_son().await;
        let day = world.address_of_the_day().await;
        assert!(!me.get(&day).await.says("担当の人が来たとき"), "nobody has come to a day that lies ahead");
        world.clock.advance(SignedDuration::from_hours(53));
        let mut me = world.at_the_desk(&world.office.coordinator).await;
        let page = me.get(&day).await;
        page.assert_says("その人だけの区画");
        let page = me.submit(&page.form_with_button("このケースの人を選ぶ").fill("case", &opened.case.to_string())).await;
        let mark = page.form_with_button("この人の区画に残す").force("person", &opened.principal.to_string());
        me.submit(&mark).await.assert_says("その人の区画に残しました");
        assert_eq!(world.number("SELECT COUNT(*) FROM attendance_of_person").await, 1);
        let session = world.office.session(&world.office.coordinator).await;
        let view = world.app.casework.case(&session, opened.case).await.unwrap();
        let home = |person| view.compartments.iter().find(|one| one.person == Some(person)).unwrap().id;
        let keika = format!("/desk/case/{}/keika", opened.case);
        let own = me.get(&format!("{keika}?ku={}", home(opened.principal))).await;
        own.assert_says("来た場");
        own.assert_says("水曜の居場所");
        // The mother's compartment says nothing of her son.
        let mothers = me.get(&format!("{keika}?ku={}", home(opened.consulter.unwrap()))).await;
        assert!(!mothers.says("来た場") && !mothers.says("水曜の居場所"));
        // Nor does the place itself: the next look at the day, and whoever runs it without that case.
        let page = me.get(&day).await;
        assert!(!page.html().contains("chip ok") && !page.says("この人の区画に残す"));
        let other = world.office.another("hikari", Role::Coordinator).await;
        let programme = world.number("SELECT MIN(id) FROM programme").await;
        let mut hosts = world.app.community.programme(&session, programme.into()).await.unwrap();
        hosts.draft.hosts.push(other.staff);
        world.app.community.change_programme(&session, programme.into(), hosts.version, &hosts.draft).await.unwrap();
        let theirs = world.at_the_desk(&other).await.get(&day).await;
        assert!(theirs.status == StatusCode::OK && !theirs.says("はると") && !theirs.says("すみれ"));
        let mut boss = world.at_the_desk(&world.office.supervisor).await;
        let page = boss.get(&day).await;
        let page = boss.submit(&page.form_with_button("このケースの人を選ぶ")).await;
        page.assert_says("担当している職員だけが、残せます");
        assert!(!page.says("この人の区画に残す"), "who leads reads the case and does not write into it");
        // Taken back.
        let page = me.get(&day).await;
        let page = me.submit(&page.form_with_button("このケースの人を選ぶ").fill("case", &opened.case.to_string())).await;
        let back = page.form_with_button("取り消す").force("act", "unmark").force("case", &opened.case.to_string()).force("person", &opened.principal.to_string());
        me.submit(&back).await;
        assert_eq!(world.number("SELECT COUNT(*) FROM attendance_of_person").await, 0);
    }
}
