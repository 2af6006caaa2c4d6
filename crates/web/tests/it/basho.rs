//! Places and bookings as a person meets them: no name, no script, an old telephone.

use basics::{GatheringId, MunicipalityCode};
use community::feel::{Feel, Known, Trait};
use community::gathering::Day;
use community::programme::{AfterBooking, Details, Draft, ForWhom, Kind, RunBy};
use jiff::civil::{date, time};
use office::Session;
use testkit::{TestDb, client::Answer};

use crate::world::{MIGRATIONS, World};

fn ibasho(title: &str) -> Draft {
    Draft {
        kind: Kind::Ibasho,
        for_whom: ForWhom::Anyone,
        run_by: RunBy::Office,
        municipality: Some(MunicipalityCode::parse("10212").unwrap()),
        online: false,
        first_time_friendly: true,
        walk_in: true,
        takes_bookings: true,
        keeps_waiting_list: true,
        capacity: Some(8),
        details: Details {
            title: title.to_owned(),
            about: "静かな部屋です。お茶があります。".to_owned(),
            place_name: "市民センター 2階".to_owned(),
            feel: Feel {
                traits: vec![
                    (Trait::WithoutSpeaking, Known::Yes),
                    (Trait::Parking, Known::No),
                ],
                ..Feel::default()
            },
            ..Details::default()
        },
        after_booking: AfterBooking::default(),
        rule: None,
        hosts: Vec::new(),
    }
}

fn wednesday() -> Day {
    Day {
        day: date(2026, 11, 25),
        from: time(14, 0, 0, 0),
        minutes: 120,
        capacity: None,
        words: String::new(),
        hosts: Vec::new(),
    }
}

impl World {
    async fn place(&self, me: &Session, draft: &Draft) -> GatheringId {
        let id = self.app.community.add_programme(me, draft).await.unwrap();
        let day = self
            .app
            .community
            .add_gathering(me, id, &wednesday())
            .await
            .unwrap();
        self.app.community.list_programme(me, id).await.unwrap();
        day
    }
}

/// The twelve digits that a page shows.
fn digits(page: &Answer) -> String {
    let html = page.html();
    let at = html
        .find("class=\"digits\"")
        .unwrap_or_else(|| panic!("no code:\n{}", page.text()));
    let block = &html[at..at + html[at..].find("</p>").unwrap()];
    let groups = block
        .split("<span>")
        .skip(1)
        .map(|group| group.split('<').next().unwrap());
    groups.collect::<Vec<_>>().join("-")
}

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
    assert!(
        page.header("set-cookie").is_none(),
        "no cookie for a booking: {}",
        page.path
    );
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// 「名前を言わずに居場所へ」, from the list to the seat and out again, without a script and without a cookie.
    async fn a_seat_without_a_name(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.office.session(&world.office.coordinator).await;
        world.place(&me, &ibasho("水曜の居場所")).await;
        let mut visitor = world.visitor();
        let list = visitor.get("/basho").await;
        list.assert_says("水曜の居場所");
        list.assert_says("11月25日（水）");
        list.assert_says("14:00〜16:00");
        let place = visitor.get("/basho/1").await;
        place.assert_says("声を出さずに過ごせます");
        place.assert_says("まだ確かめていないこと");
        assert!(!place.text().contains("車をとめる場所があります"), "what does not hold is not said to hold");
        let ask = visitor.get("/yoyaku/ba/1/1").await;
        assert_calm(&ask);
        // Nothing is filled in.
        let slip = visitor.submit(&ask.form_with_button("席をとる")).await;
        slip.assert_says("席をとりました");
        assert_calm(&slip);
        let code = digits(&slip);
        assert_eq!(code.len(), 14, "{code}");
        assert!(!slip.path.contains(&code[..4]));
        // Another telephone, the digits as somebody writes them down.
        let mut other = world.visitor();
        let enter = other.get("/yoyaku/hikae").await;
        let wrong = other.submit(&enter.form_with_button("開く").fill("bangou", "1234-5678-9012")).await;
        assert_eq!(wrong.status.as_u16(), 422);
        wrong.assert_says("この番号の予約は見つかりませんでした");
        let held = other.submit(&enter.form_with_button("開く").fill("bangou", &code)).await;
        held.assert_says("水曜の居場所");
        let file = other.submit(&held.form_with_button("カレンダーに入れる")).await;
        assert_eq!(file.header("content-type"), Some("text/calendar; charset=utf-8"));
        let file = String::from_utf8(file.bytes.clone()).unwrap();
        assert!(file.contains("SUMMARY:予定") && !file.contains("居場所") && !file.contains("市民センター"), "{file}");
        let left = other.submit(&held.form_with_button("取り消す")).await;
        left.assert_says("取り消しました");
        assert_eq!(world.number("SELECT taken FROM gathering").await, 0);
        // The page of a booking that was left says so again, and asks nothing.
        let again = other.submit(&enter.form_with_button("開く").fill("bangou", &code)).await;
        again.assert_says("取り消しはすんでいます");
    }

    /// Easy Japanese has no 24-hour clock and no 「〜」, from the list to the slip (在留支援のためのやさしい日本語ガイドライン).
    async fn whoever_asked_for_easy_japanese_reads_it_to_the_end(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.office.session(&world.office.coordinator).await;
        world.place(&me, &ibasho("水曜の居場所")).await;
        let mut visitor = world.visitor();
        visitor.cookies = vec![("v".to_owned(), "e=1".to_owned())];
        let mut pages = vec![visitor.get("/basho").await, visitor.get("/basho/1").await];
        let ask = visitor.get("/yoyaku/ba/1/1").await;
        pages.push(visitor.submit(&ask.form_with_button("席をとる")).await);
        pages.push(ask);
        for page in &pages {
            page.assert_says("午後2時から 午後4時まで");
            assert!(!page.text().contains("14:00"), "{}", page.path);
        }
        pages[1].assert_says("予約しなくて いいです");
        pages[2].assert_says("なくしても、だいじょうぶです");
        visitor.get("/yoyaku/hikae").await.assert_says("番号を 入れると");
    }

    /// What is near leads to it: the directory's pages of the town, the leaflet of one office or one town of many.
    async fn the_pages_of_a_town_lead_to_its_places(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let near = visitor.get("/madoguchi/10/10212").await;
        assert!(!near.html().contains("/basho?machi="), "nothing is listed yet");
        let me = world.office.session(&world.office.coordinator).await;
        world.place(&me, &ibasho("水曜の居場所")).await;
        // A page of the directory stands for a minute.
        world.clock.advance(jiff::SignedDuration::from_mins(1));
        for path in ["/madoguchi/10/10212", "/madoguchi/10", "/madoguchi/mado/hall-10212-1"] {
            let page = visitor.get(path).await;
            let list = visitor.get(&page.link("居場所と、集まり")).await;
            list.assert_says("水曜の居場所");
        }
        let far = visitor.get("/madoguchi/13/13206").await;
        assert!(!far.html().contains("/basho?machi="));
        let office = world.office.id;
        for (query, there) in [
            ("", true),
            ("?machi=10212", true),
            ("?machi=10000", true),
            ("?machi=47000", false),
            ("?machi=13206", false),
            (&format!("?mado={office}"), true),
            ("?mado=1", false),
        ] {
            let sheet = visitor.get(&format!("/basho/insatsu/2026-11{query}")).await;
            assert_eq!(sheet.text().contains("水曜の居場所"), there, "{query}");
        }
    }

    /// What was typed stays when something is to be looked at again; nothing typed is in the address or the title.
    async fn what_was_typed_stays(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.office.session(&world.office.coordinator).await;
        world.place(&me, &ibasho("水曜の居場所")).await;
        let mut visitor = world.visitor();
        let ask = visitor.get("/yoyaku/ba/1/1").await;
        let form = ask.form_with_button("席をとる").fill("nickname", "みかんの木").fill("people", "九人").fill("calendar_name", "歯医者");
        let back = visitor.submit(&form).await;
        assert_eq!(back.status.as_u16(), 422);
        back.assert_says("一緒に来る人数を、数字で書いてください");
        assert!(back.html().contains("みかんの木") && back.html().contains("歯医者"));
        let slip = visitor.submit(&back.form_with_button("席をとる").fill("people", "２")).await;
        slip.assert_says("席をとりました");
        slip.assert_says("みかんの木");
        for page in [&back, &slip] {
            let title = page.html().split("<title>").nth(1).unwrap().split("</title>").next().unwrap().to_owned();
            assert!(!title.contains("みかん") && !title.contains("居場所"), "{title}");
            assert!(page.path.is_ascii(), "{}", page.path);
        }
        assert_eq!(world.number("SELECT taken FROM gathering").await, 2);
    }

    async fn a_cancelled_day_stays_on_the_list_and_takes_nobody(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.office.session(&world.office.coordinator).await;
        let day = world.place(&me, &ibasho("水曜の居場所")).await;
        world.app.community.cancel_gathering(&me, day, "台風のためです").await.unwrap();
        let mut visitor = world.visitor();
        visitor.get("/basho").await.assert_says("とりやめになりました");
        visitor.get("/yoyaku/ba/1/1").await.assert_says("台風のためです");
        let sheet = visitor.get("/basho/insatsu/2026-11").await;
        assert!(!sheet.text().contains("水曜の居場所"), "a printed sheet names no day that is cancelled already");
    }

    /// A place that is not listed is not there, and so is a number of nothing.
    async fn what_is_not_listed_is_not_there(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.office.session(&world.office.coordinator).await;
        let id = world.app.community.add_programme(&me, &ibasho("まだの場")).await.unwrap();
        world.app.community.add_gathering(&me, id, &wednesday()).await.unwrap();
        let mut visitor = world.visitor();
        for (hidden, nothing) in [("/basho/1", "/basho/99"), ("/yoyaku/ba/1/1", "/yoyaku/ba/9/9")] {
            let (hidden, nothing) = (visitor.get(hidden).await, visitor.get(nothing).await);
            assert_eq!((hidden.status.as_u16(), hidden.bytes == nothing.bytes), (404, true));
        }
        assert!(!visitor.get("/basho").await.text().contains("まだの場"));
        for odd in ["/basho/x", "/basho/-1", "/basho/insatsu/2026-13", "/yoyaku/ba/1/x"] {
            assert_eq!(visitor.get(odd).await.status.as_u16(), 404, "{odd}");
        }
    }

    async fn the_sift_narrows(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.office.session(&world.office.coordinator).await;
        world.place(&me, &ibasho("水曜の居場所")).await;
        let family = Draft { kind: Kind::FamilyGroup, for_whom: ForWhom::Family, first_time_friendly: false, ..ibasho("家族の会") };
        world.place(&me, &family).await;
        let mut visitor = world.visitor();
        let says = async |visitor: &mut testkit::client::Client, path: &str| {
            let text = visitor.get(path).await.text();
            (text.contains("水曜の居場所"), text.contains("家族の会"))
        };
        assert_eq!(says(&mut visitor, "/basho").await, (true, true));
        assert_eq!(says(&mut visitor, "/basho?dare=honnin").await, (true, false));
        assert_eq!(says(&mut visitor, "/basho?dare=kazoku").await, (true, true));
        assert_eq!(says(&mut visitor, "/basho?shurui=family_group").await, (false, true));
        assert_eq!(says(&mut visitor, "/basho?hajimete=1").await, (true, false));
        assert_eq!(says(&mut visitor, "/basho?ie=1").await, (false, false));
        assert_eq!(says(&mut visitor, "/basho?itu=kyou").await, (false, false));
        // Whatever else stands in an address is as if nothing was chosen.
        let odd = visitor.get("/basho?itu=%3Cb%3E&machi=%E3%81%BF&shurui=x&nazo=1").await;
        assert_eq!(odd.status.as_u16(), 200);
        assert!(!odd.html().contains("<b>\"") && !odd.html().contains("itu=<"));
    }
}
