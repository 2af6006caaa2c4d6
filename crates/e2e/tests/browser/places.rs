//! Places, groups and appointments, from the first look to the last step, with scripts off: what somebody without a name
//! does, what those do who run the day, and what a family must not see. Every page that only a form leads to is looked at
//! by axe in both themes and at 320 px.

use crate::desk::signed_in;
use crate::everybody::{fits, look, nothing};
use e2e::{Browser, Demo, Look, http};

/// Whoever looks at pages on the way. axe needs scripts and the stories have none: the page as it stands is laid under a
/// glass, a second browser on the same site with scripts on.
struct Eye {
    glass: Browser,
    under: String,
    faults: Vec<String>,
}

impl Eye {
    async fn open(demo: &Demo) -> Self {
        Self {
            glass: Browser::open(Look::PHONE).await,
            under: demo.url("/kore-wa-nai"),
            faults: Vec::new(),
        }
    }

    async fn on(&mut self, browser: &Browser) {
        let page = "return '<!doctype html>' + document.documentElement.outerHTML";
        let (page, path) = (browser.script(page).await, browser.path().await);
        let glass = &self.glass;
        glass.goto(&self.under).await;
        let lay = "history.replaceState(null, '', arguments[1]); document.open(); document.write(arguments[0]); document.close()";
        glass
            .client
            .execute(lay, vec![page, path.into()])
            .await
            .expect("the page is laid under the glass");
        let dressed =
            "return document.readyState === 'complete' && document.styleSheets.length > 0";
        while glass.script(dressed).await != true {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        look(glass, &mut self.faults).await;
        glass.resize(Look::NARROW.size).await;
        fits(glass, "320 px", &mut self.faults).await;
        glass.resize(Look::PHONE.size).await;
    }
}

const OLD_PHONE: Look = Look::PHONE.without_script();
const OLD_DESK: Look = Look::DESK.without_script();

/// The place of this name, from the list.
async fn to_place(demo: &Demo, visitor: &Browser, title: &str) {
    visitor.goto(&demo.url("/basho")).await;
    visitor.press(title).await;
    visitor.wait_for("どんなところ").await;
}

/// Follows the first way to a seat.
async fn to_a_seat(visitor: &Browser) {
    visitor.press_on("main a[href^=\"/yoyaku/ba/\"]").await;
}

/// The twelve digits on the open page.
async fn digits(visitor: &Browser) -> String {
    let shown = visitor.find(".digits, .spoken").await.text().await.unwrap();
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits.len(), 12, "{shown}");
    digits
}

async fn enter(demo: &Demo, visitor: &Browser, code: &str) {
    visitor.goto(&demo.url("/yoyaku/hikae")).await;
    visitor.fill("bangou", code).await;
    visitor.press("開く").await;
}

/// Presses the `nth` time that is free, as a finger does; what is sent for it.
async fn choose_time(visitor: &Browser, nth: usize) -> String {
    let times = visitor.all("input[name=toki]").await;
    let time = times.get(nth).expect("a free time");
    let value = time.attr("value").await.unwrap().unwrap();
    visitor.choose("toki", &value).await;
    value
}

/// Today as a date field sends it, in Japan.
async fn today(browser: &Browser) -> String {
    let script = "return new Date(Date.now() + 9 * 3600e3).toISOString().slice(0, 10)";
    let day = browser.script(script).await;
    day.as_str().expect("a day").to_owned()
}

/// 「母が家族会に申し込む。息子は知らない」
#[tokio::test(flavor = "multi_thread")]
async fn a_mother_books_for_herself_and_her_son_is_told_nothing() {
    const CALLED: &str = "あさつゆの母8812";
    let demo = Demo::start();
    let mut eye = Eye::open(&demo).await;
    let family_phone = Browser::open(OLD_PHONE).await;
    family_phone.goto(&demo.url("/basho?dare=kazoku")).await;
    family_phone.press("家族会 こもれび").await;
    family_phone
        .wait_for("ここに来たことが、こちらからご本人に伝わることもありません")
        .await;
    to_a_seat(&family_phone).await;
    family_phone
        .wait_for("ご本人のことは、何もお聞きしません")
        .await;
    // She mistypes; nothing is lost.
    family_phone.fill("nickname", CALLED).await;
    family_phone.choose("dare", "family").await;
    family_phone.fill("people", "わたしだけ").await;
    family_phone.press("席をとる").await;
    family_phone.wait_for("たしかめてください").await;
    assert_eq!(family_phone.value("nickname").await, CALLED);
    eye.on(&family_phone).await;
    family_phone.fill("people", "1").await;
    family_phone.press("席をとる").await;
    family_phone.wait_for("席をとりました").await;
    assert!(family_phone.says(CALLED).await);
    let code = digits(&family_phone).await;
    eye.on(&family_phone).await;

    // Her son takes the same telephone: no address, no title, no cookie and no page says where she will be.
    let wire = family_phone.wire().await;
    let told = wire.addresses.iter().chain(&wire.headers);
    for trace in told {
        assert!(!trace.contains(&code), "the code is in {trace}");
    }
    assert!(
        family_phone
            .client
            .get_all_cookies()
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        family_phone
            .client
            .title()
            .await
            .unwrap()
            .starts_with("予定")
    );
    family_phone.goto(&demo.url("/yoyaku/hikae")).await;
    assert_eq!(family_phone.value("bangou").await, "");
    for _ in 0..3 {
        family_phone.client.back().await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let page = family_phone.text().await;
        assert!(!page.contains(CALLED) && !page.contains("席をとりました"));
    }

    // The colleague who runs the family group reads what she is called. The one who works with sons and daughters finds
    // no such day, and no search of cases knows her.
    let host = signed_in(&demo, "supervisor", OLD_DESK).await;
    host.goto(&demo.url("/desk/ba")).await;
    host.press("家族会 こもれび").await;
    host.press("この日を受け持つ").await;
    host.wait_for(CALLED).await;
    let day = host.address().await;
    let other = signed_in(&demo, "coordinator", OLD_DESK).await;
    other.goto(&day).await;
    assert!(!other.says(CALLED).await && !other.says("こもれび").await);
    other.goto(&demo.url("/desk/sagasu")).await;
    other.fill("kotoba", CALLED).await;
    other.press_on("main button[value=find]").await;
    assert_eq!(other.value("kotoba").await, CALLED);
    assert!(!other.has("main a[href^=\"/desk/case/\"]").await);
    nothing(&eye.faults);
}

/// 「名前を言わずに居場所へ」, and the day of the peer supporter who runs it.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_comes_without_a_name_and_a_peer_runs_the_day() {
    let demo = Demo::start();
    let mut eye = Eye::open(&demo).await;
    // The coordinator opens the room today, at any hour this story is told.
    let desk = signed_in(&demo, "coordinator", OLD_DESK).await;
    desk.goto(&demo.url("/desk/ba")).await;
    desk.press("居場所 ひだまり").await;
    desk.wait_for("これからの日").await;
    let place = desk.address().await;
    desk.press_on("details.part > summary").await;
    desk.press("この日を加える").await;
    desk.wait_for("たしかめてください").await;
    eye.on(&desk).await;
    desk.paste("day", &today(&desk).await).await;
    desk.paste("from", "00:01").await;
    desk.paste("until", "23:59").await;
    desk.fill("words", "きょうだけ、あいています。").await;
    desk.press("この日を加える").await;
    desk.wait_for("きょうだけ、あいています。").await;

    let visitor = Browser::open(OLD_PHONE).await;
    to_place(&demo, &visitor, "居場所 ひだまり").await;
    visitor
        .wait_for("予約をしなくても、そのまま来られます")
        .await;
    to_a_seat(&visitor).await;
    visitor
        .wait_for("何も書かずに、いちばん下のボタンを押すだけでもかまいません")
        .await;
    visitor.press("席をとる").await;
    visitor.wait_for("席をとりました").await;
    let code = digits(&visitor).await;
    // A slip of the finger, then the right number; at the door the page says that one is here.
    enter(&demo, &visitor, "1234 5678 9012").await;
    visitor.wait_for("たしかめてください").await;
    eye.on(&visitor).await;
    enter(&demo, &visitor, &code).await;
    visitor.wait_for("予約の控え").await;
    eye.on(&visitor).await;
    visitor.press("着きました").await;
    visitor.wait_for("着いたことを、しるしました").await;
    eye.on(&visitor).await;

    let peer = signed_in(&demo, "peer", OLD_PHONE).await;
    assert_eq!(peer.path().await, "/desk/pia/kaado");
    eye.on(&peer).await;
    peer.press("居場所 ひだまり").await;
    peer.wait_for("呼び名は、職員だけが開きます").await;
    eye.on(&peer).await;
    let day = peer.address().await;
    assert!(peer.says("来ました").await, "arrived by the code");
    // More for the first time than came: said, and what was typed stays.
    peer.fill("principals", "2").await;
    peer.fill("first_timers", "5").await;
    peer.press("数を残す").await;
    peer.wait_for("「初めての人」は、来た人の数まで").await;
    assert_eq!(peer.value("principals").await, "2");
    eye.on(&peer).await;
    peer.fill("first_timers", "1").await;
    peer.press("数を残す").await;
    peer.wait_for("数を直す").await;
    eye.on(&peer).await;
    // Two are too few to be told to anybody. (A browser may keep a public page for a minute: asked without one.)
    to_place(&demo, &visitor, "居場所 ひだまり").await;
    let place_page = visitor.path().await;
    let said = http::get(&demo.origin, &place_page).body();
    assert!(!said.contains("前回は"), "{said}");
    peer.goto(&day).await;
    peer.fill("principals", "4").await;
    peer.press("数を直す").await;
    peer.wait_for("数を直す").await;
    let said = http::get(&demo.origin, &place_page).body();
    assert!(said.contains("前回は4人、うち初めての人1人"), "{said}");
    peer.goto(&day).await;
    peer.fill("words", "窓ぎわの席が、うまっていました。").await;
    peer.press("気づきを残す").await;
    peer.wait_for("窓ぎわの席が、うまっていました。").await;

    // Nothing else at the desk is a peer's.
    let id = place.rsplit('/').next().unwrap().to_owned();
    for path in ["/desk/ba", "/desk/mensetsu", "/desk/shuu", "/desk/case"] {
        peer.goto(&demo.url(path)).await;
        assert!(!peer.says("ひだまり").await, "{path}");
    }
    peer.goto(&demo.url(&format!("/desk/ba/{id}"))).await;
    assert!(!peer.says("これからの日").await);
    nothing(&eye.faults);
}

/// 「直前にやめる」: in one step, unasked; the seat goes to whoever waits, and one may come back.
#[tokio::test(flavor = "multi_thread")]
async fn leaving_at_the_last_moment_costs_nothing_and_gives_the_seat_on() {
    let demo = Demo::start();
    let mut eye = Eye::open(&demo).await;
    let waiting = Browser::open(OLD_PHONE).await;
    enter(&demo, &waiting, &demo.slip("waiting")).await;
    waiting.wait_for("いまはいっぱいです").await;
    eye.on(&waiting).await;

    let visitor = Browser::open(OLD_PHONE).await;
    enter(&demo, &visitor, &demo.slip("seat")).await;
    visitor.wait_for("理由は聞きません").await;
    let cancel = visitor.find("button[value=yameru]").await;
    assert_eq!(cancel.text().await.unwrap(), "取り消す");
    visitor.press_on("button[value=yameru]").await;
    visitor.wait_for("取り消しました").await;
    visitor.wait_for("連絡は、もういりません").await;
    eye.on(&visitor).await;

    enter(&demo, &waiting, &demo.slip("waiting")).await;
    waiting.wait_for("席が空いたので、とっておきました").await;
    eye.on(&waiting).await;

    // The same person comes again; nobody holds anything against them. It is full now, so they wait, and stop waiting.
    visitor.press("ほかの日を見る").await;
    to_a_seat(&visitor).await;
    let full = visitor.says("空きを待つ").await;
    eye.on(&visitor).await;
    let button = if full {
        "空きを待つ"
    } else {
        "席をとる"
    };
    visitor.press_on("main form .acts button").await;
    visitor
        .wait_for(if full {
            "空きを待つことにしました"
        } else {
            "席をとりました"
        })
        .await;
    eye.on(&visitor).await;
    visitor.press_on("button[value=yameru]").await;
    visitor.wait_for("取り消しました").await;
    assert!(!visitor.says(button).await);

    // A day that is over takes no bookings, and says so.
    visitor.goto(&demo.url("/yoyaku/ba/1/1")).await;
    visitor.wait_for("この日の予約は、受け付けていません").await;
    eye.on(&visitor).await;
    nothing(&eye.faults);
}

/// At night nobody is at the desk: booked at once, moved, cancelled, by twelve digits.
#[tokio::test(flavor = "multi_thread")]
async fn an_appointment_is_booked_at_once_then_moved_then_cancelled() {
    let demo = Demo::start();
    let mut eye = Eye::open(&demo).await;
    let visitor = Browser::open(OLD_PHONE).await;
    visitor.goto(&demo.url("/yoyaku")).await;
    visitor.wait_for("いちばん早い空き").await;
    visitor.press("センターで会う").await;
    visitor.press("この時間にする").await;
    visitor.wait_for("時間を、ひとつ選んでください").await;
    eye.on(&visitor).await;
    choose_time(&visitor, 0).await;
    visitor.press("この時間にする").await;
    visitor.wait_for("この時間で予約する").await;
    eye.on(&visitor).await;
    visitor.fill("nickname", "よなか").await;
    visitor.fill("people", "たくさん").await;
    visitor.press("予約する").await;
    visitor.wait_for("たしかめてください").await;
    assert_eq!(visitor.value("nickname").await, "よなか");
    eye.on(&visitor).await;
    visitor.fill("people", "2").await;
    visitor.press_on("button[value=yoyaku]").await;
    visitor.wait_for("予約できました").await;
    let code = digits(&visitor).await;
    eye.on(&visitor).await;

    enter(&demo, &visitor, &code).await;
    visitor.press("日時を変える").await;
    visitor.wait_for("新しい時間がとれてから").await;
    eye.on(&visitor).await;
    visitor.press("この時間に変える").await;
    visitor.wait_for("時間を、ひとつ選んでください").await;
    eye.on(&visitor).await;
    choose_time(&visitor, 1).await;
    visitor.press("この時間に変える").await;
    visitor.wait_for("日時を変えました").await;
    eye.on(&visitor).await;
    visitor.press_on("button[value=yameru]").await;
    visitor.wait_for("取り消しました").await;
    eye.on(&visitor).await;
    assert!(!visitor.has("button[value=yameru]").await);
    // The digits still open it, and say how it stands.
    enter(&demo, &visitor, &code).await;
    visitor.wait_for("取り消しはすんでいます").await;
    nothing(&eye.faults);
}

/// One time, two people: one has it, the other is told, keeps every word and is shown the next.
#[tokio::test(flavor = "multi_thread")]
async fn two_people_and_one_time() {
    let demo = Demo::start();
    let mut eye = Eye::open(&demo).await;
    let (one, other) = (
        Browser::open(OLD_PHONE).await,
        Browser::open(OLD_PHONE).await,
    );
    let mut times = Vec::new();
    for visitor in [&one, &other] {
        visitor.goto(&demo.url("/yoyaku")).await;
        visitor.press("センターで会う").await;
        times.push(choose_time(visitor, 0).await);
        visitor.press("この時間にする").await;
        visitor.wait_for("この時間で予約する").await;
    }
    assert_eq!(times[0], times[1]);
    one.press_on("button[value=yoyaku]").await;
    one.wait_for("予約できました").await;
    other.fill("nickname", "おそかった人").await;
    other.press_on("button[value=yoyaku]").await;
    other.wait_for("ほかの時間を選ぶ").await;
    other.wait_for("書いたことは、すべて下に残っています").await;
    assert_eq!(other.value("nickname").await, "おそかった人");
    eye.on(&other).await;
    let next = choose_time(&other, 0).await;
    assert_ne!(next, times[0]);
    other.press_on("button[value=yoyaku]").await;
    other.wait_for("予約できました").await;
    // Moving onto a time that somebody else has by then: the old one stays theirs.
    let (mine, theirs) = (digits(&other).await, digits(&one).await);
    for (visitor, code) in [(&one, &theirs), (&other, &mine)] {
        enter(&demo, visitor, code).await;
        visitor.press("日時を変える").await;
        choose_time(visitor, 0).await;
    }
    one.press("この時間に変える").await;
    one.wait_for("日時を変えました").await;
    other.press("この時間に変える").await;
    other.wait_for("いままでの予約は、そのままです").await;
    eye.on(&other).await;
    enter(&demo, &other, &mine).await;
    assert!(other.has("button[value=yameru]").await);
    nothing(&eye.faults);
}

/// What the desk does by form: a place that is not yet right, a day called off, an appointment by telephone.
#[tokio::test(flavor = "multi_thread")]
async fn the_desk_keeps_places_and_appointments_by_form() {
    let demo = Demo::start();
    let mut eye = Eye::open(&demo).await;
    let desk = signed_in(&demo, "coordinator", OLD_DESK).await;
    desk.goto(&demo.url("/desk/ba/atarashii")).await;
    desk.press("保存する").await;
    desk.wait_for("たしかめてください").await;
    eye.on(&desk).await;

    desk.goto(&demo.url("/desk/ba")).await;
    desk.press("居場所 ひだまり").await;
    desk.press("とりやめる").await;
    desk.wait_for("この日をとりやめる").await;
    eye.on(&desk).await;
    desk.fill("words", "空調の点検のため、お休みします。").await;
    desk.press_on("button[value=cancel]").await;
    desk.wait_for("とりやめました").await;
    eye.on(&desk).await;
    let visitor = Browser::open(OLD_PHONE).await;
    to_place(&demo, &visitor, "居場所 ひだまり").await;
    visitor.wait_for("空調の点検のため、お休みします。").await;
    eye.on(&visitor).await;

    // Somebody calls: without a time nothing is written; with one, the number to read out comes at once.
    desk.goto(&demo.url("/desk/mensetsu/ireru")).await;
    desk.fill("nickname", "電話の人").await;
    desk.press("入れて、番号を出す").await;
    desk.wait_for("たしかめてください").await;
    assert_eq!(desk.value("nickname").await, "電話の人");
    eye.on(&desk).await;
    choose_time(&desk, 0).await;
    desk.press("入れて、番号を出す").await;
    let code = digits(&desk).await;
    eye.on(&desk).await;
    enter(&demo, &visitor, &code).await;
    visitor.wait_for("話し方").await;
    nothing(&eye.faults);
}

/// The month on paper: two sides of A4, upright when turned over the short edge; the outside could lie on any table.
#[tokio::test(flavor = "multi_thread")]
async fn the_leaflet_is_two_sides_of_a4_and_its_outside_says_only_a_month() {
    let demo = Demo::start();
    let visitor = Browser::open(OLD_PHONE).await;
    visitor.goto(&demo.url("/basho")).await;
    // The second is a whole month ahead.
    let month = visitor.all("main a[href^=\"/basho/insatsu/\"]").await;
    let month = month[1].attr("href").await.unwrap().unwrap();
    visitor.goto(&demo.url(&month)).await;
    visitor.wait_for("短辺とじ").await;
    let outside = visitor.find(".soto").await.text().await.unwrap();
    for word in [
        "居場所",
        "集まり",
        "ひきこもり",
        "家族",
        "当事者",
        "センター",
        "相談",
    ] {
        assert!(!outside.contains(word), "{word} on the outside: {outside}");
    }
    let inside = visitor.find(".naka").await.text().await.unwrap();
    for word in ["居場所 ひだまり", "家族会 こもれび", "つらさが強いとき"] {
        assert!(inside.contains(word), "{inside}");
    }
    assert_eq!(sheets(&visitor.pdf().await), [LANDSCAPE, LANDSCAPE]);
    // A town without anything: still two sides, and it says so.
    let empty = format!("{month}?machi=47000");
    visitor.goto(&demo.url(&empty)).await;
    visitor.wait_for("夜のオンライン居場所").await;
    assert!(!visitor.says("居場所 ひだまり").await);
    assert_eq!(sheets(&visitor.pdf().await), [LANDSCAPE, LANDSCAPE]);
    // The other pages stay upright.
    visitor.goto(&demo.url("/basho")).await;
    let upright = sheets(&visitor.pdf().await);
    assert!(
        upright.iter().all(|(width, height)| width < height),
        "{upright:?}"
    );
}

/// A4 lying, in millimetres.
const LANDSCAPE: (u32, u32) = (297, 210);

/// The sheets of a PDF, width and height in millimetres.
fn sheets(pdf: &[u8]) -> Vec<(u32, u32)> {
    let text = String::from_utf8_lossy(pdf);
    // Chromium writes every page with its own box, in points, outside of the packed streams.
    let boxes = text.split("/MediaBox [").skip(1);
    boxes
        .map(|rest| {
            let numbers = rest.split(']').next().unwrap();
            let numbers: Vec<f64> = numbers
                .split_whitespace()
                .map(|number| number.parse().unwrap())
                .collect();
            let millimetres = |points: f64| format!("{:.0}", points / 72.0 * 25.4).parse().unwrap();
            (
                millimetres(numbers[2] - numbers[0]),
                millimetres(numbers[3] - numbers[1]),
            )
        })
        .collect()
}
