//! The desk with its script: new letters appear by themselves, keys lead through the list, colleagues see each other.

use crate::desk::signed_in;
use crate::mailbox::write_first_letter;
use e2e::{Browser, Demo, Look};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_letter_appears_by_itself_and_keys_open_it() {
    let demo = Demo::start();
    let desk = signed_in(&demo, "coordinator", Look::DESK).await;
    desk.goto(&demo.url("/desk")).await;
    let before = desk.all("a.open").await.len();
    let writer = Browser::open(Look::PHONE).await;
    write_first_letter(
        &demo,
        &writer,
        "はじめまして。もう消えたいと思う夜があります。",
    )
    .await;
    desk.wait_for("新しい手紙が1通").await;
    assert_eq!(desk.all("a.open").await.len(), before + 1);
    assert!(!desk.says("はじめまして").await, "the list opens no letter");

    // j leads into the list, Enter opens; r leads to the pen, and what is typed there is no command.
    let keys = |at: &str, key: &str| {
        format!(
            "{at}.dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true }}))"
        )
    };
    desk.script(&keys("document.body", "j")).await;
    assert_eq!(
        desk.script("return document.activeElement.className").await,
        "open"
    );
    desk.script("document.activeElement.click()").await;
    desk.wait_for("返事を書く").await;
    desk.script(&keys("document.body", "r")).await;
    assert_eq!(
        desk.script("return document.activeElement.id").await,
        "body"
    );
    desk.script(&keys("document.activeElement", "g")).await;
    assert!(desk.path().await.starts_with("/desk/tegami/"));

    // A text of the office goes in where the cursor stands; the page is not left for it.
    desk.fill("body", "こんにちは。").await;
    desk.script("const s = document.getElementById('phrase'); s.selectedIndex = 1; document.getElementById('ireru').click()").await;
    let body = desk.value("body").await;
    assert!(
        body.starts_with("こんにちは。\n")
            && body.len() > "こんにちは。\n".len()
            && !body.contains('{'),
        "{body}"
    );

    // A colleague sees in the list, without loading anew, that somebody answers.
    let colleague = signed_in(&demo, "supervisor", Look::DESK).await;
    colleague.goto(&demo.url("/desk")).await;
    desk.press("わたしが担当する").await;
    desk.wait_for("担当になりました").await;
    assert_eq!(desk.value("body").await, body);
    colleague.wait_for("返事を書いています").await;
    assert!(desk.complaints().await.is_empty() && colleague.complaints().await.is_empty());
}
