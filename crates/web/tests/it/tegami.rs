//! The mailbox as a person meets it: no name, no script, an old telephone.

use std::io::Write as _;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use futures_util::future::join_all;
use mailbox::{Origin, Writer, entered::EnteredLetter, return_code::Token};
use office::{
    Pause, Settings,
    access::{Action, operator},
};
use testkit::{
    TestDb,
    client::{Answer, Client},
};

use crate::world::{MIGRATIONS, World};

const WORDS: &str = "夜になると眠れません。ないしょの合言葉は、すみれの花です。";

/// The digits that a page shows.
fn digits(page: &Answer) -> String {
    let html = page.html();
    let at = html
        .find("class=\"digits\"")
        .unwrap_or_else(|| panic!("no code on {}:\n{}", page.path, page.text()));
    let block = &html[at..at + html[at..].find("</p>").unwrap()];
    block
        .split("<span>")
        .skip(1)
        .map(|group| group.split('<').next().unwrap())
        .collect()
}

fn packed(page: &Answer) -> usize {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&page.bytes).unwrap();
    gzip.finish().unwrap().len()
}

/// What every page of this door keeps to.
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
    assert_eq!(
        page.header("referrer-policy"),
        Some("no-referrer"),
        "{}",
        page.path
    );
    let html = page.html();
    assert!(
        html.contains("<title>手紙 | まちの窓口</title>")
            || html.contains("<title>エラー：手紙 | まちの窓口</title>"),
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
    assert!(
        packed(page) <= 14 * 1024,
        "{} has {} bytes",
        page.path,
        packed(page)
    );
}

/// One form, sent without following where it leads.
async fn send(visitor: &mut Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    visitor.once(Method::POST, path, Some(body)).await
}

fn token_of(page: &Answer) -> String {
    page.form_with_button("送る")
        .value("_f")
        .unwrap()
        .to_owned()
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// The whole circle of issue 2, as HTTP.
    async fn a_letter_goes_out_and_the_answer_is_found_days_later(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let form = visitor.get("/tegami").await;
        assert_eq!(form.path, world.form(), "one office only: straight to it");
        assert_calm(&form);
        form.assert_says("11月26日（木）まで");
        form.assert_says("11月23日（月）は勤労感謝の日");
        form.assert_says("支援コーディネーターが読みます");
        form.assert_says("できないこと");
        let page = visitor.submit(&form.form_with_button("手紙を送る").fill("bun", WORDS).fill("dare", "family")).await;
        assert_eq!(page.path, "/tegami/todoita");
        assert_calm(&page);
        page.assert_says("届きました");
        page.assert_says("11月26日（木）まで");
        let spoken = digits(&page);
        assert_eq!(spoken.len(), 26);
        assert!(page.html().contains("<svg class=\"qr\""));
        let card = visitor.get("/tegami/kaado").await;
        assert_calm(&card);
        assert_eq!(digits(&card), spoken);
        assert!(!card.text().contains("ひきこもり"), "the card does not tell");

        // Days later, on another device, by the digits.
        world.clock.advance(jiff::SignedDuration::from_hours(50));
        world.answer("読みました。ゆっくりで大丈夫です。").await;
        let mut later = visitor.somebody_else();
        let door = later.get("/tegami/hiraku").await;
        assert_calm(&door);
        let spaced: String = spoken.as_bytes().chunks(4).map(|g| std::str::from_utf8(g).unwrap()).collect::<Vec<_>>().join("－");
        let thread = later.submit(&door.form_with_button("開く").fill("ban", &spaced)).await;
        assert_eq!(thread.path, "/tegami/fuutou");
        assert_calm(&thread);
        thread.assert_says(WORDS);
        thread.assert_says("読みました。ゆっくりで大丈夫です。");
        thread.assert_says("お返事が届いています");
        thread.assert_says("今回がさいご");
        assert_eq!(digits(&thread), spoken);
        let again = later.get("/tegami/fuutou").await;
        assert!(!again.html().contains("class=\"digits\""), "once the answer has been read, the code is not shown");

        // Writing more, and saying what is wished.
        let sent = later.submit(&again.form_to("/tegami/fuutou").fill("bun", "もうひとつ。")).await;
        sent.assert_says("届きました");
        sent.assert_says("お返事します");
        let quiet = later.submit(&sent.form_with_button("今はそっとしておいて")).await;
        quiet.assert_says("「今はそっとしておいて」と伝わっています");
        let none = later.submit(&quiet.form_with_button("やっぱり返事がほしい")).await;
        none.assert_says("お返事します");

        // Another code, and the old one is dead.
        let look = later.get("/tegami/bangou").await;
        assert_calm(&look);
        let changed = later.submit(&look.form_with_button("番号を新しくする")).await;
        changed.assert_says("番号が新しくなりました");
        assert_ne!(digits(&changed), spoken);
        let mut old = visitor.somebody_else();
        assert_eq!(send(&mut old, "/tegami/hiraku", &[("ban", &spoken)]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let gone = visitor.get("/tegami/fuutou").await;
        gone.assert_says("もう開けません");
        assert!(visitor.cookie("k").is_none());

        // Ended and erased.
        let ask = later.get("/tegami/owari").await;
        assert_calm(&ask);
        let bye = later.submit(&ask.form_with_button("すべて消す")).await;
        assert_calm(&bye);
        bye.assert_says("すべて消しました");
        assert!(later.cookie("k").is_none());
        later.get("/tegami/fuutou").await.assert_says("番号で開く");
        assert_eq!(world.number("SELECT COUNT(*) FROM letter").await, 0);
        assert!(!db.holds_in_the_clear("すみれの花").await);
    }

    async fn a_double_click_is_one_letter_and_one_code(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let form = visitor.get(&world.form()).await.form_with_button("手紙を送る").fill("bun", WORDS);
        let (mut one, mut two) = (visitor.clone(), visitor.clone());
        let (first, second) = tokio::join!(one.submit(&form), two.submit(&form));
        first.assert_says("届きました");
        assert_eq!(digits(&first), digits(&second));
        assert_eq!(one.cookie("k"), two.cookie("k"));
        assert_eq!(world.number("SELECT COUNT(*) FROM letter").await, 1);
        // Back, changed, sent again: the new words are a second letter.
        let edited = one.submit(&form.fill("bun", "書きなおしました。")).await;
        assert_eq!(digits(&edited), digits(&first));
        let thread = one.get("/tegami/fuutou").await;
        thread.assert_says(WORDS);
        thread.assert_says("書きなおしました。");
        // The same in an open envelope.
        let more = thread.form_to("/tegami/fuutou").fill("bun", "続き");
        one.submit(&more).await.assert_says("届きました");
        one.submit(&more).await.assert_says("届きました");
        assert_eq!(world.number("SELECT COUNT(*) FROM letter").await, 3);
    }

    /// Without cookies the code comes with the answer itself; it is the only way back, so it must not be lost.
    async fn a_browser_without_cookies_is_shown_its_code_all_the_same(db: TestDb) {
        let world = World::new(&db).await;
        let form = world.visitor().get(&world.form()).await.form_with_button("手紙を送る").fill("bun", WORDS);
        let code_of = async || {
            let arrived = world.visitor().submit(&form).await;
            arrived.assert_says("届きました");
            assert_calm(&arrived);
            world.visitor().submit(&arrived.form_to("/tegami/todoita")).await
        };
        let sent = code_of().await;
        assert_calm(&sent);
        assert_eq!(digits(&code_of().await), digits(&sent), "a reload is the same letter");
        assert_eq!(world.number("SELECT COUNT(*) FROM letter").await, 1);
        let mut elsewhere = world.visitor();
        let enter = elsewhere.get("/tegami/hiraku").await;
        elsewhere.submit(&enter.form_to("/tegami/hiraku").fill("ban", &digits(&sent))).await.assert_says(WORDS);
    }

    async fn nothing_that_was_typed_is_lost(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let form = visitor.get(&world.form()).await.form_with_button("手紙を送る");
        let token = form.value("_f").unwrap().to_owned();
        // Empty.
        let empty = visitor.submit(&form.clone().fill("bun", " \n").fill("dare", "self")).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_calm(&empty);
        empty.assert_says("たしかめてください");
        assert_eq!(empty.form_with_button("手紙を送る").value("dare"), Some("self"));
        assert_eq!(token_of(&empty), token);
        // Too long: everything stands in the form again, and can go out as several letters.
        let long = format!("{}\n\n{}おわり", "あ".repeat(3_900), "い".repeat(5_000));
        let back = visitor.submit(&form.fill("bun", &long)).await;
        assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY);
        back.assert_says("いまは8,905字あり、4,905字多くなっています");
        assert_eq!(back.form_with_button("手紙を送る").value("bun"), Some(long.as_str()));
        assert_eq!(world.number("SELECT COUNT(*) FROM letter").await, 0, "nothing is half stored");
        let cut = back.form_with_button("分けて送る");
        visitor.submit(&cut).await.assert_says("届きました");
        visitor.submit(&cut).await.assert_says("届きました");
        assert_eq!(world.number("SELECT COUNT(*) FROM letter").await, 3);
        let thread = visitor.get("/tegami/fuutou").await;
        thread.assert_says(&"あ".repeat(3_900));
        thread.assert_says("おわり");
        // Far too long: what came is given back, and nobody says that it arrived.
        let huge = "う".repeat(120_000);
        let mut other = visitor.somebody_else();
        let torn = send(&mut other, &world.form(), &[("bun", &huge), ("_f", &token)]).await;
        assert_eq!(torn.status, StatusCode::PAYLOAD_TOO_LARGE);
        torn.assert_says("まだ送れていません");
        assert!(torn.form_with_button("もういちど送る").value("bun").unwrap().chars().count() > 20_000);
        // A stale form in an envelope gives the words back as well.
        let stale = send(&mut visitor, "/tegami/fuutou", &[("bun", "だいじな続き"), ("_t", "ちがう")]).await;
        assert_eq!(stale.status, StatusCode::FORBIDDEN);
        assert!(stale.html().contains("だいじな続き"));
    }

    async fn an_old_telephone_writes_in_shift_jis(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        visitor.get(&world.form()).await;
        let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode("表が眠れません。ソフトな手紙");
        let body: String = bytes.iter().fold("bun=".to_owned(), |all, byte| all + &format!("%{byte:02X}"));
        let request = Request::post(world.form())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        let answer = visitor.send(request).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, Some("/tegami/todoita")));
        visitor.get("/tegami/fuutou").await.assert_says("表が眠れません。ソフトな手紙");
    }

    async fn a_wrong_code_is_the_same_page_whatever_the_reason(db: TestDb) {
        let world = World::new(&db).await;
        let mut writer = world.writer(WORDS).await;
        let spoken = digits(&writer.get("/tegami/todoita").await);
        let mut off_by_one = spoken.clone().into_bytes();
        off_by_one[9] = if off_by_one[9] == b'9' { b'0' } else { off_by_one[9] + 1 };
        let off_by_one = String::from_utf8(off_by_one).unwrap();
        let long = writer.cookie("k").unwrap().to_owned();
        let other_secret = format!("{}{}", &long[..7], "0".repeat(26));
        let before = refused(&world).await;
        let mut stranger = writer.somebody_else();
        let tries = ["", "みかん", &off_by_one, &other_secret, "999999-00000000000000000000000000", &"9".repeat(70_000)];
        let mut pages = Vec::new();
        for typed in tries {
            pages.push(send(&mut stranger, "/tegami/hiraku", &[("ban", typed)]).await);
        }
        pages.push(send(&mut stranger, "/tegami/hiraku", &[]).await);
        for path in ["/tegami/k", "/tegami/k/", "/tegami/k/x", "/tegami/k/a/b/c", "/tegami/k/%FF", &format!("/tegami/k/{other_secret}")] {
            pages.push(stranger.once(Method::GET, path, None).await);
        }
        for page in &pages {
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.path);
            assert_eq!(page.bytes, pages[0].bytes, "{}", page.path);
            assert!(page.header("set-cookie").is_none());
            assert_calm(page);
        }
        assert_eq!(refused(&world).await - before, pages.len() as i64, "each one is in the chain");
        // The right one still opens, and closing takes it out of the browser.
        let open = stranger.get(&format!("/tegami/k/{long}")).await;
        assert_eq!(open.path, "/tegami/fuutou");
        let closed = stranger.submit(&open.form_with_button("封筒をとじる")).await;
        assert_calm(&closed);
        assert!(stranger.cookie("k").is_none());
        // So does leaving by the quick exit.
        writer.once(Method::GET, "/toziru", None).await;
        assert!(writer.cookie("k").is_none());
    }

    async fn thirty_two_at_the_same_moment(db: TestDb) {
        let world = World::new(&db).await;
        let path = world.form();
        let letters = (0..32).map(|n| {
            let (mut visitor, path) = (world.visitor(), path.clone());
            async move {
                let form = visitor.get(&path).await;
                let form = form.form_with_button("手紙を送る").fill("bun", &format!("手紙その{n}"));
                visitor.submit(&form).await.assert_says("届きました");
                visitor.get("/tegami/fuutou").await.assert_says(&format!("手紙その{n}"));
                visitor.cookie("k").unwrap().to_owned()
            }
        });
        let mut codes = join_all(letters).await;
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), 32);
        assert_eq!(world.number("SELECT COUNT(*) FROM thread").await, 32);
        assert_eq!(world.number("SELECT COUNT(DISTINCT number) FROM thread").await, 32);
        assert_eq!(world.number("SELECT MAX(number) FROM thread").await, 32);
        assert_eq!(world.number("SELECT MIN(number) FROM thread").await, 1);
    }

    async fn nothing_typed_turns_up_in_an_address_a_title_or_a_header(db: TestDb) {
        let world = World::new(&db).await;
        let secret = "すみれの花";
        let mut visitor = world.visitor();
        let form = visitor.get(&world.form()).await;
        let filled = form.form_with_button("手紙を送る").fill("bun", WORDS);
        let mut pages = vec![form];
        pages.push(visitor.submit(&filled).await);
        let code = visitor.cookie("k").unwrap().to_owned();
        let spoken = digits(pages.last().unwrap());
        for path in ["/tegami", "/tegami/fuutou", "/tegami/fuutou/okutta", "/tegami/fuutou/kaeta", "/tegami/bangou", "/tegami/kaado", "/tegami/owari", "/tegami/hiraku", "/tegami/tojita"] {
            pages.push(visitor.get(path).await);
        }
        for page in &pages {
            assert_calm(page);
            for (name, value) in &page.headers {
                let value = value.to_str().unwrap();
                assert!(!value.contains(secret) && !value.contains(&spoken), "{} {name}", page.path);
                assert!(name == "set-cookie" || !value.contains(&code), "{} {name}", page.path);
            }
        }
        for address in &visitor.visited {
            assert!(!address.contains(&code) && !address.contains(&spoken) && !address.contains('?') && address.is_ascii(), "{address}");
        }
    }

    async fn while_letters_are_paused_another_door_is_shown_and_what_was_begun_is_taken(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let opened_before = visitor.get(&world.form()).await;
        let pause = Pause {
            message: "12月1日まで、手紙をお休みします。".to_owned(),
            other_door: "県のセンターでは、お受けしています。".to_owned(),
            other_url: "/madoguchi/10".to_owned(),
        };
        let permit = operator(&world.clock, world.office.id, Action::PauseLetters);
        office::office::pause(&db, &permit, Some(pause)).await.unwrap();
        let page = visitor.get(&world.form()).await;
        assert_calm(&page);
        page.assert_says("12月1日まで、手紙をお休みします。");
        page.assert_says("県のセンターでは、お受けしています。");
        assert!(!page.html().contains("<textarea"));
        let sent = visitor.submit(&opened_before.form_with_button("手紙を送る").fill("bun", WORDS)).await;
        sent.assert_says("届きました");
        visitor.get("/tegami/fuutou").await.assert_says("いま手紙をお休みしています");
    }

    async fn when_the_database_fails_nobody_says_it_arrived(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        let mut writer = world.writer("はじめの手紙").await;
        let form = visitor.get(&world.form()).await.form_with_button("手紙を送る").fill("bun", WORDS).fill("dare", "other");
        let more = writer.get("/tegami/fuutou").await.form_to("/tegami/fuutou").fill("bun", "続きです");
        store::housekeeping!(db, "session.touch", |tx| {
            tx.exec("ALTER TABLE letter RENAME TO letter_away", store::params![]).await?;
            Ok::<_, store::Error>(())
        })
        .unwrap();
        let page = visitor.submit(&form).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_calm(&page);
        page.assert_says("まだ送れていません");
        assert!(!page.says("届きました"));
        let again = page.form_with_button("もういちど送る");
        assert_eq!((again.value("bun"), again.value("dare"), again.value("_f")), (Some(WORDS), Some("other"), form.value("_f")));
        let not_more = writer.submit(&more).await;
        assert_eq!(not_more.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_calm(&not_more);
        assert_eq!(not_more.form_with_button("もういちど送る").value("bun"), Some("続きです"));
        store::housekeeping!(db, "session.touch", |tx| {
            tx.exec("ALTER TABLE letter_away RENAME TO letter", store::params![]).await?;
            Ok::<_, store::Error>(())
        })
        .unwrap();
        visitor.submit(&again).await.assert_says("届きました");
        writer.submit(&not_more.form_with_button("もういちど送る")).await.assert_says("届きました");
        assert_eq!(world.number("SELECT COUNT(*) FROM letter").await, 3);
    }

    async fn a_code_that_staff_handed_over_becomes_the_writers_own(db: TestDb) {
        let world = World::new(&db).await;
        let session = world.office.session(&world.office.coordinator).await;
        let token = Token::fresh();
        let letter = EnteredLetter { origin: Origin::Phone, writer: Writer::Principal, body: "電話で聞いた話", token: &token };
        let (_, code) = world.app.mailbox.enter_letter(&session, &letter).await.unwrap();
        let mut visitor = world.visitor();
        // A messenger that looks at the link first changes nothing.
        visitor.clone().get(&format!("/tegami/k/{}", *code.long)).await;
        let first = visitor.post("/tegami/hiraku", &[("ban", &code.spoken)]).await;
        assert_eq!(first.path, "/tegami/bangou");
        assert_calm(&first);
        first.assert_says("はじめに、番号を新しくします");
        assert!(!first.says("電話で聞いた話"));
        // Clicked twice: both lead to the same new code.
        let form = first.form_with_button("番号を新しくする");
        let mut second_click = visitor.clone();
        let new = visitor.submit(&form).await;
        let same = second_click.submit(&form).await;
        new.assert_says("番号が新しくなりました");
        assert_eq!(digits(&new), digits(&same));
        assert_eq!(visitor.cookie("k"), second_click.cookie("k"));
        let thread = visitor.get("/tegami/fuutou").await;
        thread.assert_says("電話で聞いた話");
        thread.assert_says("窓口の人が書き取りました");
        let old = send(&mut visitor.somebody_else(), "/tegami/hiraku", &[("ban", &code.spoken)]).await;
        assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    async fn an_overdue_answer_is_apologised_for(db: TestDb) {
        let world = World::new(&db).await;
        let mut writer = world.writer(WORDS).await;
        world.clock.advance(jiff::SignedDuration::from_hours(24 * 6));
        let page = writer.get("/tegami/fuutou").await;
        page.assert_says("11月26日（木）のお約束を、すぎています");
        page.assert_says("申しわけありません");
        assert_eq!(page.link("この地域のほかの窓口"), "/madoguchi/10/10212");
    }

    async fn among_several_offices_one_is_chosen(db: TestDb) {
        let world = World::new(&db).await;
        for (name, code) in [("新潟市のセンター", "15100"), ("新潟県のセンター", "15000")] {
            let new = office::NewOffice {
                name: name.to_owned(),
                jurisdiction: basics::MunicipalityCode::parse(code).unwrap(),
                settings: Settings::default(),
            };
            office::office::found(&db, &world.clock, &new).await.unwrap();
        }
        let mut visitor = world.visitor();
        let list = visitor.get("/tegami").await;
        assert_calm(&list);
        assert_eq!(list.path, "/tegami");
        let found = visitor.post("/tegami", &[("q", "951-8068")]).await;
        assert_calm(&found);
        let text = found.text();
        let near = text.split("その地域の手紙を受けとる窓口").nth(1).unwrap();
        assert!(near.find("新潟市のセンター").unwrap() < near.find("新潟県のセンター").unwrap());
        let form = visitor.get(&list.link("新潟市のセンター")).await;
        form.assert_says("新潟市のセンターへ");
        visitor.get("/tegami/kaku/1").await.assert_says("見つかりませんでした");
        visitor.get("/tegami/kaku/mikan").await.assert_says("見つかりませんでした");
    }

    async fn in_plain_japanese_with_readings_it_is_the_same_door(db: TestDb) {
        let world = World::new(&db).await;
        let mut visitor = world.visitor();
        visitor.cookies.push(("v".to_owned(), "e=1&r=1".to_owned()));
        let form = visitor.get(&world.form()).await;
        assert_calm(&form);
        assert!(form.html().contains("<rt>てがみ</rt>"));
        let page = visitor.submit(&form.form_with_button("手紙を送る").fill("bun", WORDS)).await;
        assert_calm(&page);
        assert_eq!(digits(&page).len(), 26);
        let thread = visitor.get("/tegami/fuutou").await;
        assert_calm(&thread);
        thread.assert_says(WORDS);
    }
}

async fn refused(world: &World) -> i64 {
    world
        .number(
            "SELECT COUNT(*) FROM audit_row WHERE action = 'mailbox.enter' AND outcome = 'refused'",
        )
        .await
}
