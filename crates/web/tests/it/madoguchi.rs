//! The directory as a reader meets it: every place has a page, every window has a page, nothing is blank or guessed,
//! and what is typed or reported leaves no trace.

use std::io::Write as _;

use axum::http::{Method, StatusCode};
use directory::{
    Kind,
    report::{self, What},
};
use testkit::{
    TestDb,
    client::{Answer, Client},
};
use vault::Sealed;

use crate::world::{MIGRATIONS, World};

fn packed(page: &Answer) -> usize {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&page.bytes).unwrap();
    gzip.finish().unwrap().len()
}

/// What every page of this door keeps to.
#[track_caller]
fn assert_whole(page: &Answer) {
    let path = &page.path;
    assert_eq!(page.status, StatusCode::OK, "{path}");
    assert!(
        packed(page) <= 20 * 1024,
        "{path} has {} bytes",
        packed(page)
    );
    let html = page.html();
    for empty in [
        "<dd></dd>",
        "<dt></dt>",
        "<p></p>",
        "<td></td>",
        "<li></li>",
        "<h1></h1>",
        "<h2></h2>",
        "<h3></h3>",
        "<ul></ul>",
        "<ul class=\"wins\"></ul>",
        "href=\"\"",
        "（）",
        "「」",
        "></a>",
        "style=",
    ] {
        assert!(!html.contains(empty), "{path} holds {empty}");
    }
    assert!(
        html.contains("id=\"tsurai\"") && html.contains("id=\"toziru\""),
        "{path}"
    );
}

/// An ordinary public page: may be kept for a moment, may be found, has one address.
#[track_caller]
fn assert_public(page: &Answer) {
    assert_whole(page);
    let html = page.html();
    assert!(
        html.contains(&format!(
            "<link rel=\"canonical\" href=\"http://localhost{}\">",
            page.path
        )),
        "{}",
        page.path
    );
    assert!(!html.contains("noindex"), "{}", page.path);
    assert_eq!(
        page.header("cache-control"),
        Some("private, max-age=60"),
        "{}",
        page.path
    );
    assert!(
        page.header("etag")
            .is_some_and(|tag| tag.starts_with("W/\"")),
        "{}",
        page.path
    );
}

fn json_ld(page: &Answer) -> serde_json::Value {
    let html = page.html();
    let (_, rest) = html
        .split_once("<script type=\"application/ld+json\">")
        .unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

async fn sagasu(visitor: &mut Client, typed: &str) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("q", typed)
        .finish();
    visitor
        .once(Method::POST, "/madoguchi/sagasu", Some(body))
        .await
}

/// Telephones that stand in the centres' file with a confidence too low to be shown anywhere.
fn unsure_phones() -> Vec<String> {
    let mut read = csv::Reader::from_path(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../data/centers.csv"
    ))
    .unwrap();
    let at =
        |name: &str, heads: &csv::StringRecord| heads.iter().position(|head| head == name).unwrap();
    let heads = read.headers().unwrap().clone();
    let (phone, confidence) = (at("phone", &heads), at("confidence", &heads));
    let rows: Vec<(String, bool)> = read
        .records()
        .map(|row| row.unwrap())
        .map(|row| {
            (
                row[phone].to_owned(),
                matches!(&row[confidence], "high" | "medium-high" | "medium"),
            )
        })
        .filter(|(phone, _)| !phone.is_empty())
        .collect();
    let sure: Vec<&String> = rows
        .iter()
        .filter(|(_, sure)| *sure)
        .map(|(phone, _)| phone)
        .collect();
    rows.iter()
        .filter(|(phone, is)| !is && !sure.contains(&phone))
        .map(|(phone, _)| phone.clone())
        .collect()
}

testkit::on_both_databases! {
    MIGRATIONS;

    async fn every_place_has_a_page_that_says_whom_to_ask(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let unsure = unsure_phones();
        let all = world.app.directory.municipalities();
        for place in all.prefectures() {
            let page = visitor.get(&format!("/madoguchi/{}", &place.code.as_str()[..2])).await;
            assert_public(&page);
            page.assert_says(&format!("{}の窓口", place.name));
            for child in all.children(place.code) {
                let href = format!("\"/madoguchi/{}/{}\"", &child.code.as_str()[..2], child.code);
                assert!(page.html().contains(&href), "{} does not lead to {}", place.name, child.name);
            }
            for phone in &unsure {
                assert!(!page.html().contains(phone.as_str()), "{} shows a number that is not sure", page.path);
            }
        }
        for place in all.all().iter().filter(|place| !place.code.is_prefecture()).step_by(20) {
            let page = visitor.get(&format!("/madoguchi/{}/{}", &place.code.as_str()[..2], place.code)).await;
            assert_public(&page);
            for words in ["まず、ここから", "お金・仕事・住まいが心配なとき", "どこに聞けばよいか、わからないとき", "よりそいホットライン"] {
                page.assert_says(words);
            }
            for phone in &unsure {
                assert!(!page.html().contains(phone.as_str()), "{} shows a number that is not sure", page.path);
            }
        }
    }

    async fn every_window_has_a_page_on_which_nothing_is_blank(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let unsure = unsure_phones();
        assert!(!unsure.is_empty());
        let usual = |kind: Kind| matches!(kind, Kind::Js | Kind::Hall);
        let windows = world.app.directory.windows();
        let (many, few): (Vec<_>, Vec<_>) = windows.iter().partition(|window| usual(window.kind));
        for window in few.into_iter().chain(many.into_iter().step_by(20)) {
            let page = visitor.get(&format!("/madoguchi/mado/{}", window.id)).await;
            assert_public(&page);
            let text = page.text();
            for words in ["連絡のしかた", "受付の時間", "はじめる前に知りたいこと", "担当する地域", "声が出ないときに渡す紙", "この情報について", "まちがいを知らせる"] {
                assert!(text.contains(words), "{} does not say {words}", page.path);
            }
            for word in ["家族だけ", "名前を言わな", "声を出", "家から出"] {
                assert!(text.contains(word), "{} says nothing about {word}", page.path);
            }
            match &window.phone {
                Some(phone) => assert!(page.html().contains(&phone.href()), "{}", page.path),
                None => page.assert_says("電話番号は、まだ確認できていません"),
            }
            for phone in &unsure {
                assert!(!page.html().contains(phone.as_str()), "{} shows a number that is not sure", page.path);
            }
            let ld = json_ld(&page);
            assert_eq!(ld["@type"], "GovernmentService");
            assert_eq!(ld["url"], format!("http://localhost{}", page.path));
        }
    }

    async fn open_now_is_said_with_the_next_hour_and_holidays_are_known(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let path = "/madoguchi/mado/hc-15000-1";
        // Sunday night; Monday is a holiday.
        visitor.get(path).await.assert_says("いまは閉まっています。つぎに開くのは 24日(火) 8:30");
        world.clock.set(testkit::clock_at("2026-11-24T10:00").now());
        visitor.get(path).await.assert_says("いま開いています（17:00まで）");
        world.clock.set(testkit::clock_at("2026-12-29T10:00").now());
        visitor.get(path).await.assert_says("つぎに開くのは 1月4日(月) 8:30");
    }

    async fn a_centre_says_whom_it_does_not_serve(db: TestDb) {
        let world = World::new(&db).await;
        let page = world.visitor().get("/madoguchi/mado/hc-15000-1").await;
        page.assert_says("新潟県（新潟市を除く）にお住まいの方");
        assert_eq!(page.link("新潟市の窓口"), "/madoguchi/15/15100");
    }

    async fn a_placeholder_shows_the_way_and_no_number(db: TestDb) {
        let world = World::new(&db).await;
        let page = world.visitor().get("/madoguchi/mado/hc-01100-1").await;
        page.assert_says("この窓口の名前と連絡先は、まだ確認できていません");
        page.assert_says("札幌市のホームページを開きます");
        page.assert_says("ひきこもり");
    }

    async fn each_page_has_one_address(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        for (asked, right) in [
            ("/madoguchi/15000", "/madoguchi/15"),
            ("/madoguchi/15100", "/madoguchi/15/15100"),
            ("/madoguchi/151009", "/madoguchi/15/15100"),
            ("/madoguchi/15000/15103", "/madoguchi/15/15103"),
            ("/madoguchi/13/15103", "/madoguchi/15/15103"),
            ("/madoguchi/15/15000", "/madoguchi/15"),
            ("/madoguchi/hc-15000-1", "/madoguchi/mado/hc-15000-1"),
        ] {
            let answer = visitor.once(Method::GET, asked, None).await;
            assert_eq!((answer.status, answer.header("location")), (StatusCode::MOVED_PERMANENTLY, Some(right)), "{asked}");
        }
        for nowhere in ["/madoguchi/99", "/madoguchi/15/99999", "/madoguchi/mado/x", "/madoguchi/mado/%E3%81%82", "/madoguchi/１５", "/madoguchi/+15"] {
            let path = percent_encoding::utf8_percent_encode(nowhere, percent_encoding::CONTROLS).to_string();
            assert_eq!(visitor.get(&path).await.status, StatusCode::NOT_FOUND, "{nowhere}");
        }
    }

    async fn a_browser_that_has_the_page_is_told_so(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let first = visitor.get("/madoguchi/15/15103").await;
        visitor.headers.insert("if-none-match", first.header("etag").unwrap().parse().unwrap());
        let again = visitor.get("/madoguchi/15/15103").await;
        assert_eq!((again.status, again.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
        // Another look of the pages is another page.
        visitor.cookies.push(("v".to_owned(), "t=dark".to_owned()));
        assert_eq!(visitor.get("/madoguchi/15/15103").await.status, StatusCode::OK);
    }

    async fn a_search_forgives_and_leaves_no_trace(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        for (typed, leads) in [
            ("9518068", "/madoguchi/15/15103"),
            ("〒９５１－８０６８", "/madoguchi/15/15103"),
            ("みどりし", "/madoguchi/10/10212"),
            ("ﾐﾄﾞﾘｼ", "/madoguchi/10/10212"),
            ("Midori-shi", "/madoguchi/10/10212"),
            ("沖縄県", "/madoguchi/47"),
        ] {
            let answer = sagasu(&mut visitor, typed).await;
            assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, Some(leads)), "{typed}");
        }
        let several = sagasu(&mut visitor, "府中市").await;
        several.assert_says("どちらですか");
        assert_eq!(several.link("東京都府中市"), "/madoguchi/13/13206");
        assert_eq!(several.link("広島県府中市"), "/madoguchi/34/34208");
        // A postal code that several municipalities share asks which.
        let shared = directory::postal::all()
            .map(|code| format!("{code:07}"))
            .find(|code| world.app.directory.postal(code).unwrap().len() > 1)
            .unwrap();
        sagasu(&mut visitor, &shared).await.assert_says("どちらですか");
        for (typed, says) in [
            ("", "まだ何も入っていません"),
            ("000-0000", "その郵便番号は、見つかりませんでした"),
            ("12345", "郵便番号は、7けたの数字です"),
            ("すみれの花のおか", "その言葉では、見つかりませんでした"),
        ] {
            let page = sagasu(&mut visitor, typed).await;
            assert_eq!(page.status, StatusCode::OK, "{typed}");
            page.assert_says(says);
            assert_eq!(page.form_with_button("さがす").value("q"), Some(typed), "what was typed stays");
        }
        for typed in ["ひきこもり 新潟県", "ﾋｷｺﾓﾘ　新潟県", "よかよかルーム", "よりそいほっとらいん"] {
            let page = sagasu(&mut visitor, typed).await;
            assert_whole(&page);
            assert!(page.html().contains("class=\"win\""), "{typed}");
            let title = testkit::html::title(&page.html());
            assert!(title.starts_with("さがした結果"), "{title}");
            assert_eq!(page.header("cache-control"), Some("no-store"));
            assert!(page.html().contains("noindex"));
        }
        assert!(visitor.visited.iter().all(|address| address == "/madoguchi/sagasu"));
        // However long and odd, it is a page.
        for odd in ["<script>alert(1)</script>", "\u{0}", "%", &"あ".repeat(5_000), &"a ".repeat(3_000)] {
            let page = sagasu(&mut visitor, odd).await;
            assert!(page.status == StatusCode::OK && !page.html().contains("<script>alert"), "{odd:.20}");
        }
    }

    async fn an_office_of_the_place_takes_letters(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let near = visitor.get("/madoguchi/10/10212").await;
        assert_eq!(near.link("手紙を書く"), world.form());
        let hall = visitor.get("/madoguchi/mado/hall-10212-1").await;
        assert_eq!(hall.link("手紙を書く"), world.form());
        assert!(!visitor.get("/madoguchi/10/10201").await.html().contains(&world.form()));
    }

    async fn the_lists_are_honest(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        for path in ["/madoguchi", "/madoguchi/sendo", "/madoguchi/shurui"] {
            assert_public(&visitor.get(path).await);
        }
        let fresh = visitor.get("/madoguchi/sendo").await;
        fresh.assert_says("日付がわからない");
        let kinds = visitor.get("/madoguchi/shurui").await.text();
        let (known, unknown) = kinds.split_once("まだのっていない窓口").unwrap();
        assert!(known.contains("ひきこもり地域支援センター") && !unknown.contains("自立相談支援機関"));
        assert!(unknown.contains("発達障害者支援センター"));
    }

    async fn the_sitemap_lists_every_page_once(db: TestDb) {
        let world = World::new(&db).await;
        let map = world.visitor().get("/sitemap.xml").await;
        let text = String::from_utf8(map.bytes).unwrap();
        let mut addresses: Vec<&str> = text.split("<loc>").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
        let directory = &world.app.directory;
        assert!(addresses.len() > directory.windows().len() + directory.municipalities().all().len());
        assert!(addresses.len() < 50_000);
        assert!(addresses.contains(&"http://localhost/madoguchi/15/15103"));
        assert!(addresses.contains(&"http://localhost/madoguchi/mado/hc-15000-1"));
        let count = addresses.len();
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!(addresses.len(), count);
    }

    async fn other_directories_may_read_it(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let one = visitor.get("/api/services/hc-15000-1").await.json();
        assert_eq!(one["service_areas"][0]["extent"], "15000");
        let list = visitor.get("/api/services?area=15103").await.json();
        assert_eq!(list["contents"][0]["id"], "hc-15100-1");
        assert_eq!(list["last_page"], true);
        for nowhere in ["/api/services/x", "/api/services?area=99", "/api/services?page=0", "/api/services?page=x"] {
            assert_eq!(visitor.get(nowhere).await.status, StatusCode::NOT_FOUND, "{nowhere}");
        }
    }

    async fn a_mistake_is_reported_without_a_name_and_sealed(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let window = visitor.get("/madoguchi/mado/hc-15000-1").await;
        let form = visitor.get(&window.link("まちがいを知らせる")).await;
        assert_whole(&form);
        let unchosen = visitor.submit(&form.form_with_button("知らせる").fill("kotoba", "すみれの花")).await;
        assert_eq!(unchosen.status, StatusCode::UNPROCESSABLE_ENTITY);
        unchosen.assert_says("どこがちがうか、ひとつ選んでください");
        let again = unchosen.form_with_button("知らせる");
        assert_eq!(again.value("kotoba"), Some("すみれの花"));
        let too_long = visitor.submit(&again.clone().fill("nani", "phone").fill("kotoba", &"字".repeat(1_001))).await;
        assert_eq!(too_long.status, StatusCode::UNPROCESSABLE_ENTITY);
        too_long.assert_says("いまは1001字あります");
        assert_eq!(world.number("SELECT COUNT(*) FROM window_report").await, 0);
        let thanks = visitor.submit(&again.fill("nani", What::Phone.code())).await;
        assert_whole(&thanks);
        assert_eq!(thanks.path, "/madoguchi/mado/hc-15000-1/machigai/todoita");
        thanks.assert_says("ありがとうございます");
        assert!(visitor.visited.iter().all(|address| address.is_ascii() && !address.contains('?')));
        assert!(visitor.cookies.is_empty());

        let mut conn = world.db.read().await.unwrap();
        let rows = report::waiting(&mut conn, world.office.id, 10).await.unwrap();
        drop(conn);
        let [row] = rows.as_slice() else { panic!("{} rows", rows.len()) };
        assert_eq!((row.window_id.as_str(), row.what.as_str()), ("hc-15000-1", "phone"));
        let sealed = row.words.clone().unwrap();
        assert!(!String::from_utf8_lossy(&sealed).contains("すみれ"));
        let session = world.office.session(&world.office.coordinator).await;
        let words = store::transact!(world.db, "directory.read_reports", |tx| {
            let key = row.wrapped_key.as_deref().unwrap();
            let grant = office::access::open_report(tx, &session, world.office.id, row.id, key).await?;
            grant.open(&Sealed::<String>::from_bytes(sealed.clone()), &report::place(row.id))
        })
        .unwrap();
        assert_eq!(words, "すみれの花");
        let recorded = "SELECT COUNT(*) FROM audit_row WHERE action = 'window_report.keep' AND outcome = 'ok'";
        assert_eq!(world.number(recorded).await, 1);
        // The page says the same as before: a report changes nothing by itself.
        assert_eq!(visitor.get("/madoguchi/mado/hc-15000-1").await.bytes, window.bytes);
    }

    async fn too_many_reports_are_turned_away_honestly(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let path = "/madoguchi/mado/hc-15000-1/machigai";
        let mut refused = None;
        for _ in 0..30 {
            let page = visitor.post(path, &[("nani", "hours"), ("kotoba", "書いたもの")]).await;
            if page.status == StatusCode::TOO_MANY_REQUESTS {
                refused = Some(page);
                break;
            }
        }
        let page = refused.expect("a limit");
        page.assert_says("いまは受けとれません");
        assert_eq!(page.form_with_button("知らせる").value("kotoba"), Some("書いたもの"));
        let recorded = "SELECT COUNT(*) FROM audit_row WHERE action = 'window_report.keep' AND outcome = 'refused'";
        assert_eq!(world.number(recorded).await, 1);
        // Somebody else is not held back.
        let other = visitor.somebody_else().post(path, &[("nani", "hours")]).await;
        other.assert_says("ありがとうございます");
    }

    async fn where_nobody_reads_it_nothing_is_kept(db: TestDb) {
        let world = World::new(&db).await;
        store::housekeeping!(db, "session.touch", |tx| {
            tx.exec("ALTER TABLE office RENAME TO office_away", store::params![]).await?;
            Ok::<_, store::Error>(())
        })
        .unwrap();
        let path = "/madoguchi/mado/hc-15000-1/machigai";
        world.visitor().get(path).await.assert_says("受けとる窓口が、まだありません");
        world.visitor().post(path, &[("nani", "hours"), ("kotoba", "x y")]).await.assert_says("どこにも送られていません");
        assert_eq!(world.number("SELECT COUNT(*) FROM window_report").await, 0);
        // The directory itself stands without the database.
        assert_public(&world.visitor().get("/madoguchi/15/15103").await);
    }
}
