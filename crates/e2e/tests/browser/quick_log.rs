//! A call is written down with keys alone: no mouse, one screen (issue 3). What is half written outlives a closed tab.

use crate::desk::signed_in;
use e2e::{Browser, Demo, Look};
use fantoccini::key::Key;

const LINE: &str = "朝、台所で顔を合わせた";
const STAFF: &str = "つぎは短めに";

/// Keys go to whatever has the focus, as from a keyboard.
async fn keys(desk: &Browser, keys: &str) {
    let at = desk.client.active_element().await.unwrap();
    at.send_keys(keys).await.unwrap();
}

async fn focus(desk: &Browser) -> String {
    let name = desk.script("return document.activeElement.name").await;
    name.as_str().unwrap_or_default().to_owned()
}

/// Presses the number that stands beside this answer of the row that has the focus.
async fn answer(desk: &Browser, row: &str, words: &str) {
    assert_eq!(focus(desk).await, row);
    let place = format!(
        "return Array.from(document.activeElement.closest('fieldset').querySelectorAll('label')).findIndex(one => one.textContent.includes('{words}')) + 1"
    );
    let place = desk.script(&place).await.as_i64().unwrap();
    assert!((1..=10).contains(&place), "{row} has no {words}");
    keys(desk, &(place % 10).to_string()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_written_down_with_keys_alone() {
    let demo = Demo::start();
    let desk = signed_in(&demo, "coordinator", Look::DESK).await;
    desk.goto(&demo.url("/desk/case/atarashii")).await;
    desk.choose("who", "mother").await;
    desk.choose("knows", "not").await;
    desk.fill("nickname", "はると").await;
    desk.press("ケースを開く").await;
    let here = desk.address().await;
    assert!(here.ends_with("/kaku"), "{here}");

    // The first row has the focus; each number leads to the next row.
    answer(&desk, "channel", "電話").await;
    answer(&desk, "direction", "受けた").await;
    answer(&desk, "who", "母").await;
    answer(&desk, "result", "話せた").await;
    assert_eq!(focus(&desk).await, "minutes");
    keys(&desk, "20").await;
    let tab = String::from(char::from(Key::Tab));
    keys(&desk, &tab).await;
    let first = focus(&desk).await;
    keys(&desk, LINE).await;
    desk.wait_for("書きかけを預かりました").await;

    // The tab is closed; in another one everything stands there again.
    let other = desk.client.new_window(true).await.unwrap();
    desk.client.close_window().await.unwrap();
    desk.client.switch_to_window(other.handle).await.unwrap();
    desk.goto(&here).await;
    desk.wait_for("書きかけがあります").await;
    assert_eq!(desk.value(&first).await.trim(), LINE);
    assert_eq!(desk.value("minutes").await, "20");

    // On to the staff's line and the next day, and it is recorded from where the cursor stands.
    for name in ["shokuin", "next"] {
        for _ in 0..40 {
            if focus(&desk).await == name {
                break;
            }
            keys(&desk, &tab).await;
        }
        assert_eq!(focus(&desk).await, name);
        keys(&desk, if name == "next" { "12/8" } else { STAFF }).await;
    }
    let record = format!("{}{}", char::from(Key::Control), char::from(Key::Enter));
    keys(&desk, &record).await;
    desk.wait_for(LINE).await;
    assert!(!desk.address().await.ends_with("/kaku"));
    for words in ["20分", "話せた", STAFF, "12月8日"] {
        assert!(desk.says(words).await, "{words}: {}", desk.text().await);
    }
    assert_eq!(desk.complaints().await, Vec::<String>::new());
}
