//! 面接予約 as a person meets it: no name, no script, no telephone; and as the desk keeps it.

use axum::http::{Method, StatusCode};
use basics::StaffId;
use community::offered_hours::{Hours, Way};
use jiff::SignedDuration;
use jiff::civil::{date, time};
use testkit::{
    TestDb,
    builders::{Colleague, PASSWORD},
    client::{Answer, Client},
};

use crate::world::{MIGRATIONS, World};

/// What every page of this door keeps to: calm, small, no trace.
#[track_caller]
fn assert_calm(page: &Answer) {
    assert_eq!(
        page.header("cache-control"),
        Some("no-store"),
        "{}",
        page.path
    );
    assert!(
        page.header("x-robots-tag").unwrap().contains("noindex"),
        "{}",
        page.path
    );
    assert!(page.header("set-cookie").is_none(), "{}", page.path);
    let html = page.html();
    assert!(
        html.contains("<title>予定 | ") || html.contains("<title>エラー：予定 | "),
        "{}",
        page.path
    );
    assert!(
        html.contains("id=\"tsurai\"") && html.contains("id=\"toziru\""),
        "{}",
        page.path
    );
    assert!(
        !html.contains("style="),
        "{}: the policy forbids inline style",
        page.path
    );
    // These pages are never packed (secrets stand beside typed text): these bytes travel. What a first visit costs with
    // its style sheet is measured in the browser, on the demo's year (crates/e2e, small.rs).
    let bytes = page.bytes.len();
    assert!(bytes <= 14 * 1024, "{} has {bytes} bytes", page.path);
}

/// The twelve digits that a page shows.
fn digits(page: &Answer) -> String {
    let html = page.html();
    let block = html
        .split("class=\"digits\"")
        .nth(1)
        .unwrap_or_else(|| panic!("no code:\n{}", page.text()));
    let block = block.split("</p>").next().unwrap();
    block
        .split("<span>")
        .skip(1)
        .map(|group| group.split('<').next().unwrap())
        .collect()
}

fn times(page: &Answer) -> Vec<String> {
    let html = page.html();
    let of = |rest: &str| rest.split('"').next().unwrap().to_owned();
    html.split("name=\"toki\" value=\"")
        .skip(1)
        .map(of)
        .collect()
}

async fn offer(world: &World, who: &Colleague) {
    let session = world.office.session(who).await;
    let staff: StaffId = who.staff;
    for weekday in 0..5 {
        let hours = Hours {
            staff,
            weekday,
            from: time(10, 0, 0, 0),
            to: time(12, 0, 0, 0),
            ways: vec![Way::VisitIn, Way::Phone],
            room: None,
            minutes: 45,
            pause: 15,
            in_pairs: false,
            from_day: date(2026, 11, 1),
            until_day: None,
        };
        world
            .app
            .community
            .offer_hours(&session, &hours)
            .await
            .unwrap();
    }
}

/// To the form, with the first free time chosen.
async fn to_form(visitor: &mut Client) -> Answer {
    let front = visitor.get("/yoyaku").await;
    let list = visitor.get(&front.link("センターで会う")).await;
    let first = times(&list)[0].clone();
    visitor
        .submit(&list.form_with_button("この時間にする").fill("toki", &first))
        .await
}

async fn desk(world: &World, who: &Colleague) -> Client {
    let mut client = world.visitor();
    let page = client.get("/desk").await;
    world.clock.advance(SignedDuration::from_secs(30));
    let form = page
        .form_to("/desk/hairu")
        .fill("login", &who.login)
        .fill("password", PASSWORD)
        .fill("code", &who.totp.code_at(world.clock.now()));
    client.submit(&form).await;
    client
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// The town's page and the guide name the first free time, and lead to it (field/guide.md §F15).
    async fn the_town_and_the_guide_lead_to_the_first_free_time(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let town = "/madoguchi/10/10212";
        assert!(!visitor.get(town).await.html().contains("/yoyaku/mado/"), "nothing is offered yet");
        offer(&world, &world.office.coordinator).await;
        world.clock.advance(SignedDuration::from_mins(1));
        let page = visitor.get(town).await;
        page.assert_says("いちばん早い空き");
        let front = visitor.get(&page.link("面接を予約する")).await;
        front.assert_says("いちばん早い空き");
        let form = visitor.get("/annai/zenbu").await;
        let form = form.form_with_button("窓口を見る").fill("area", "みどり市");
        let result = visitor.submit(&form).await;
        result.assert_says("いちばん早い空き");
        assert_eq!(result.link("面接を予約する"), page.link("面接を予約する"));
    }

    /// 夜に予約する, 直前にやめる: three pages, nothing typed, a code; the same code moves and ends it.
    async fn a_night_booking_and_its_end(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        let mut visitor = world.visitor();
        let front = visitor.get("/yoyaku").await;
        assert_calm(&front);
        front.assert_says("いちばん早い空き");
        // Sunday night; Monday is a holiday.
        front.assert_says("11月24日（火）10:00");
        front.assert_says("まだ十分な実績がありません");
        let list = visitor.get(&front.link("センターで会う")).await;
        assert_calm(&list);
        let nothing = visitor.submit(&list.form_with_button("この時間にする")).await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
        nothing.assert_says("時間を、ひとつ選んでください");
        let form = to_form(&mut visitor).await;
        assert_calm(&form);
        let booked = visitor.submit(&form.form_with_button("予約する")).await;
        booked.assert_says("予約できました");
        assert_calm(&booked);
        let code = digits(&booked);
        assert_eq!(code.len(), 12);

        let mut later = world.visitor();
        let door = later.get("/yoyaku/hikae").await;
        let slip = later.submit(&door.form_with_button("開く").fill("bangou", &code)).await;
        slip.assert_says("11月24日（火）");
        assert_calm(&slip);
        let change = later.submit(&slip.form_with_button("日時を変える")).await;
        assert_calm(&change);
        let wanted = times(&change)[3].clone();
        let moved = later.submit(&change.form_with_button("この時間に変える").fill("toki", &wanted)).await;
        moved.assert_says("日時を変えました");
        assert_eq!(digits(&moved), code);
        let file = later.submit(&moved.form_with_button("カレンダーに入れる")).await;
        assert_eq!(file.header("content-type"), Some("text/calendar; charset=utf-8"));
        assert!(file.html().contains("SUMMARY:予定") && !file.html().contains("midori"), "{}", file.html());
        let ended = later.submit(&moved.form_with_button("取り消す")).await;
        ended.assert_says("取り消しました");
        assert_eq!(world.number("SELECT COUNT(*) FROM taken_quarter").await, 0);
        for address in [&front.path, &list.path, &form.path, &booked.path, &slip.path, &change.path, &ended.path] {
            assert!(!address.contains(&code), "{address}");
        }
    }

    /// Two people, one slot: one gets it, the other is told, keeps what they typed, and takes the next.
    async fn two_people_want_one_slot(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        let (mut one, mut two) = (world.visitor(), world.visitor());
        let first = to_form(&mut one).await;
        let second = to_form(&mut two).await;
        one.submit(&first.form_with_button("予約する")).await.assert_says("予約できました");
        let late = two
            .submit(&second.form_with_button("予約する").fill("nickname", "みかん").fill("note", "声が出ません"))
            .await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        late.assert_says("たったいま別の方の予約が入りました");
        assert_calm(&late);
        assert!(late.html().contains("value=\"みかん\"") && late.html().contains("声が出ません"));
        let next = times(&late)[0].clone();
        let got = two.submit(&late.form_with_button("予約する").fill("toki", &next)).await;
        got.assert_says("予約できました");
        got.assert_says("11:00〜11:45");
        assert_eq!(world.number("SELECT COUNT(*) FROM appointment").await, 2);
    }

    /// A mistake keeps what was typed; a wrong code tells nothing; ways and offices that are not are not found.
    async fn mistakes_lose_nothing(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        visitor.get("/yoyaku").await.assert_says("ここから予約できる窓口は、いまはありません");
        offer(&world, &world.office.coordinator).await;
        let form = to_form(&mut visitor).await;
        let wrong = visitor
            .submit(&form.form_with_button("予約する").fill("shirase", "mail").fill("reminder_to", "みかん").fill("note", "ひとこと"))
            .await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.html().contains("ひとこと"));
        assert_calm(&wrong);
        assert_eq!(world.number("SELECT COUNT(*) FROM appointment").await, 0);
        let office = world.office.id;
        for path in ["/yoyaku/mado/1".to_owned(), "/yoyaku/mado/x".to_owned(), format!("/yoyaku/mado/{office}/fune"), format!("/yoyaku/mado/{office}/raisho/99")] {
            assert_eq!(visitor.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        // Another way than those that are offered has no times.
        let online = visitor.get(&format!("/yoyaku/mado/{office}/online")).await;
        online.assert_says("空きがありません");
        // A forged time is simply taken.
        let token = form.form_with_button("予約する").value("_f").unwrap().to_owned();
        let body = format!("_f={token}&toki=1-45&act=yoyaku&people=1");
        let forged = visitor.once(Method::POST, &format!("/yoyaku/mado/{office}/raisho"), Some(body)).await;
        assert_eq!(forged.status, StatusCode::CONFLICT);
    }

    /// The desk: hours, a booking for a caller, the list, another time, off.
    async fn the_desk_keeps_appointments(db: TestDb) {
        let world = World::new(&db).await;
        let mut me = desk(&world, &world.office.coordinator).await;
        let hours = me.get("/desk/mensetsu/jikan").await;
        let form = hours.form_with_button("この時間を出す");
        let wrong = me.submit(&form.clone().fill("from", "10:00").fill("to", "10:15").fill("kata", "phone")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        for day in ["0", "1", "2", "3", "4"] {
            let form = hours.form_with_button("この時間を出す");
            me.submit(&form.fill("youbi", day).fill("from", "10:00").fill("to", "12:30").fill("kata", "phone")).await
                .assert_says("1回60分・あと15分あける");
        }
        let form = me.get("/desk/mensetsu/ireru").await;
        let time = times(&form)[0].clone();
        let shown = me.submit(&form.form_with_button("入れて、番号を出す").fill("toki", &time).fill("nickname", "ゆず").fill("note", "午前がよい")).await;
        shown.assert_says("この番号を、伝えてください");
        let list = me.get("/desk/mensetsu").await;
        list.assert_says("ゆずさん");
        list.assert_says("ひとことあり");
        let one = me.get(&list.link("ゆずさん")).await;
        one.assert_says("午前がよい");
        let next = times(&one)[0].clone();
        let moved = me.submit(&one.form_with_button("この時間に移す").fill("toki", &next)).await;
        assert_eq!(moved.status, StatusCode::OK);
        assert_eq!(world.number("SELECT MAX(version) FROM appointment").await, 2);
        let away = me.get("/desk/mensetsu/jikan").await;
        me.submit(&away.form_with_button("不在を入れる").fill("fuzai_hi", "2026-11-24").fill("fuzai_made", "2026-12-04")).await;
        me.get("/desk/mensetsu").await.assert_says("ほかの用事と重なっています");
        let off = me.submit(&moved.form_with_button("取り消す")).await;
        off.assert_says("取り消し");
        assert_eq!(world.number("SELECT COUNT(*) FROM taken_quarter").await, 0);
        // Neither the administrator nor a stranger learns anything.
        let mut admin = desk(&world, &world.office.administrator).await;
        for path in ["/desk/mensetsu", "/desk/mensetsu/jikan", "/desk/mensetsu/ireru", one.path.as_str()] {
            assert_eq!(admin.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }

    /// Entered from a case's page it is theirs; to a colleague who does not reach them it is 「予約」 and nothing else.
    async fn somebody_of_a_case_is_a_booking_to_others(db: TestDb) {
        let world = World::new(&db).await;
        offer(&world, &world.office.coordinator).await;
        let mine = world.office.session(&world.office.coordinator).await;
        let new = casework::NewCase {
            principal: casework::NewPerson::unknown(casework::Part::Principal, casework::Relationship::Oneself).called("はると"),
            consulter: None,
            subject_knows: casework::Knows::Knows,
            thread: None,
        };
        let case = world.app.casework.open_new(&mine, &new).await.unwrap();
        let address = format!("/desk/mensetsu/ireru/{}", case.case);
        let mut me = desk(&world, &world.office.coordinator).await;
        let form = me.get(&address).await;
        let time = times(&form)[0].clone();
        let filled = form.form_with_button("入れて、番号を出す").fill("toki", &time).fill("kukaku", &case.compartment.to_string());
        me.submit(&filled).await.assert_says("この番号を、伝えてください");
        me.get("/desk/mensetsu").await.assert_says("はると");
        let other = world.office.another("sato", office::Role::Coordinator).await;
        let mut other = desk(&world, &other).await;
        let list = other.get("/desk/mensetsu").await;
        assert!(list.says("予約") && !list.html().contains("はると"));
        assert_eq!(other.get(&address).await.status, StatusCode::NOT_FOUND);
        let id = world.number("SELECT MAX(id) FROM appointment").await;
        let one = other.get(&format!("/desk/mensetsu/{id}")).await;
        assert!(!one.html().contains("はると") && !one.html().contains("value=\"yameru\""));
    }
}
