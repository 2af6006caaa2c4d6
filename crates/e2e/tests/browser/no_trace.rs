//! Nothing typed leaves a trace: not in an address, a title, a header, a log line, nor in the bytes on the disk; and
//! after 「この画面をとじる」, Back shows nothing.

use crate::desk::{open_letter, signed_in};
use crate::guide_walk::to_the_result;
use crate::mailbox::{come_back, write_first_letter};
use e2e::{Browser, Demo, Look};

/// Words that nobody else writes.
const IN_LETTER: &str = "しののめあさがお7301";
const IN_MORE: &str = "ぬばたまよみち4417";
const IN_ANSWER: &str = "たまゆらこもれび9023";
const IN_NOTE: &str = "うたかたみなも6650";
const IN_SEARCH: &str = "まほろばのさと2285";
const ALL: [&str; 5] = [IN_LETTER, IN_MORE, IN_ANSWER, IN_NOTE, IN_SEARCH];

/// Everything seen on the way.
#[derive(Default)]
struct Seen {
    addresses: Vec<String>,
    headers: Vec<String>,
    titles: Vec<String>,
}

impl Seen {
    async fn note(&mut self, browser: &Browser) {
        self.titles.push(browser.client.title().await.unwrap());
        let wire = browser.wire().await;
        self.addresses.extend(wire.addresses);
        self.headers.extend(wire.headers);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_typed_turns_up_anywhere() {
    let demo = Demo::start();
    let mut seen = Seen::default();
    let writer = Browser::open(Look::PHONE).await;

    // Searches and the mailbox, both sides, mistakes included.
    for path in ["/", "/tegami", "/madoguchi"] {
        writer.goto(&demo.url(path)).await;
        if writer.has("main input[name=q]").await {
            writer.fill("q", IN_SEARCH).await;
            writer.press("さがす").await;
            seen.note(&writer).await;
        }
    }
    come_back(&demo, &writer, IN_SEARCH).await;
    seen.note(&writer).await;
    let code = write_first_letter(&demo, &writer, IN_LETTER).await;
    seen.note(&writer).await;
    writer.press("番号をひかえました").await;
    writer.fill("bun", IN_MORE).await;
    writer.press("送る").await;
    writer.wait_for(IN_MORE).await;
    seen.note(&writer).await;
    let desk = signed_in(&demo, "coordinator", Look::DESK).await;
    open_letter(&demo, &desk, IN_LETTER).await;
    desk.fill("note", IN_NOTE).await;
    desk.press("メモを残す").await;
    desk.wait_for(IN_NOTE).await;
    desk.fill("body", IN_ANSWER).await;
    desk.press("返事を届ける").await;
    seen.note(&desk).await;
    come_back(&demo, &writer, &code).await;
    writer.wait_for(IN_ANSWER).await;
    seen.note(&writer).await;

    let (log, stored) = (demo.log(), demo.raw_bytes());
    for words in ALL {
        let encoded = percent(words);
        let finds = |place: &str| place.contains(words) || place.to_uppercase().contains(&encoded);
        for place in seen
            .addresses
            .iter()
            .chain(&seen.titles)
            .chain(&seen.headers)
        {
            assert!(!finds(place), "{words} turned up in {place}");
        }
        assert!(!finds(&log), "{words} turned up in the log:\n{log}");
        assert!(
            !holds(&stored, words.as_bytes()),
            "{words} stands on the disk in the clear"
        );
        let wide: Vec<u8> = words.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(
            !holds(&stored, &wide),
            "{words} stands on the disk in the clear, as UTF-16"
        );
    }
    // The same search does find what is no secret: it looks in the right place.
    assert!(holds(
        &stored,
        "みどり市ひきこもり地域支援センター".as_bytes()
    ));
    assert!(
        seen.addresses
            .iter()
            .any(|address| address.contains("/tegami/fuutou"))
    );
    assert!(
        seen.headers
            .iter()
            .any(|headers| headers.to_lowercase().contains("content-security-policy"))
    );
    // Nor does the code stand in an address or a log line: it is the key to everything above.
    assert!(
        !seen
            .addresses
            .iter()
            .chain(&seen.titles)
            .any(|place| place.contains(&code))
    );
    assert!(!log.contains(&code));
}

/// The guide asks about money, illness and death; its addresses and titles tell none of it.
#[tokio::test(flavor = "multi_thread")]
async fn the_guide_tells_nothing_in_addresses_titles_and_log() {
    const AREA: &str = "みどり市笠懸町";
    let demo = Demo::start();
    let visitor = Browser::open(Look::PHONE).await;
    visitor.goto(&demo.url("/annai")).await;
    let mut way = to_the_result(&visitor, "〒376-0101").await;
    for path in ["/annai/kotae", "/annai/kaado"] {
        visitor.goto(&demo.url(path)).await;
        way.push((
            visitor.address().await,
            visitor.client.title().await.unwrap(),
        ));
    }
    // A place that cannot be made out is asked about again, with what was typed.
    visitor.goto(&demo.url("/annai/zenbu")).await;
    visitor.fill("area", AREA).await;
    visitor.press("窓口を見る").await;
    way.push((
        visitor.address().await,
        visitor.client.title().await.unwrap(),
    ));
    for (address, title) in &way {
        assert!(
            !address.contains('?') && !address.contains("10212"),
            "{address}"
        );
        let title = title.trim_start_matches("エラー：");
        assert!(
            title.starts_with("ご案内") && !title.contains("ひきこもり"),
            "{address}: {title}"
        );
    }
    let wire = visitor.wire().await;
    let places = [AREA, "376-0101", "3760101"];
    for words in places {
        let encoded = percent(words);
        for place in wire.addresses.iter().chain(&wire.headers) {
            assert!(
                !place.contains(words) && !place.contains(&encoded),
                "{words} turned up in {place}"
            );
        }
        assert!(!demo.log().contains(words), "{words} turned up in the log");
        assert!(!holds(&demo.raw_bytes(), AREA.as_bytes()));
    }
    // A log line of the guide does not even say which question.
    assert!(demo.log().contains("/annai"), "the log was looked at");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_closing_the_screen_back_shows_nothing_with_script() {
    back_shows_nothing(Look::PHONE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_closing_the_screen_back_shows_nothing_without_script() {
    back_shows_nothing(Look::PHONE.without_script()).await;
}

async fn back_shows_nothing(look: Look) {
    let demo = Demo::start();
    let writer = Browser::open(look).await;
    write_first_letter(&demo, &writer, IN_LETTER).await;
    writer.press("番号をひかえました").await;
    writer.wait_for(IN_LETTER).await;
    close_and_go_back(&writer, IN_LETTER).await;
    writer.goto(&demo.url("/tegami/fuutou")).await;
    assert!(!writer.says(IN_LETTER).await);

    // The same in the guide: the result and the answers are gone.
    writer.goto(&demo.url("/annai")).await;
    to_the_result(&writer, "みどり市").await;
    writer.wait_for("お住まいの方への案内です").await;
    close_and_go_back(&writer, "お住まいの方への案内です").await;
    writer.goto(&demo.url("/annai/kotae")).await;
    assert!(!writer.says("みどり市").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_away_stays_away_with_script() {
    put_away(Look::PHONE, Look::DESK).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_away_stays_away_without_script() {
    put_away(Look::PHONE.without_script(), Look::DESK.without_script()).await;
}

/// Answers forgotten, an envelope closed, a letter erased, a colleague signed out: Back shows none of it.
async fn put_away(phone: Look, screen: Look) {
    let demo = Demo::start();
    let writer = Browser::open(phone).await;
    writer.goto(&demo.url("/annai")).await;
    to_the_result(&writer, "みどり市").await;
    writer.wait_for("お住まいの方への案内です").await;
    press_and_go_back(&writer, "答えを消す", "お住まいの方への案内です").await;

    let code = write_first_letter(&demo, &writer, IN_LETTER).await;
    writer.press("番号をひかえました").await;
    writer.wait_for(IN_LETTER).await;
    press_and_go_back(&writer, "封筒をとじる", IN_LETTER).await;

    let desk = signed_in(&demo, "coordinator", screen).await;
    open_letter(&demo, &desk, IN_LETTER).await;
    press_and_go_back(&desk, "サインアウト", IN_LETTER).await;

    come_back(&demo, &writer, &code).await;
    writer.wait_for(IN_LETTER).await;
    writer.press("終わりにして、すべて消す").await;
    press_and_go_back(&writer, "すべて消す", IN_LETTER).await;
}

/// Presses the quick exit; then no step back shows these words.
async fn close_and_go_back(writer: &Browser, words: &str) {
    press_and_go_back(writer, "この画面をとじる", words).await;
}

async fn press_and_go_back(browser: &Browser, button: &str, words: &str) {
    browser.press(button).await;
    assert!(!browser.says(words).await);
    for step in 0..4 {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        browser.client.back().await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert!(
            !browser.says(words).await,
            "{button}, {step} steps back: {}",
            browser.text().await
        );
    }
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|part| part == needle)
}

fn percent(words: &str) -> String {
    words
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
