//! The whole circle: find the right window, write to it without a name, get an answer, read it, end it.

use crate::desk::{open_letter, signed_in};
use crate::mailbox::{come_back, send_first_letter};
use e2e::{Browser, Demo, Look};

const LETTER: &str = "夜中に書いています。三年ほど部屋にいます。何から話せばいいか、わかりません。";
const ANSWER: &str = "お手紙をありがとうございます。書けるところから、ゆっくりで大丈夫です。";
const NOTE: &str = "同僚だけが読むメモです。";
const MORE: &str = "返事をありがとうございます。また書きます。";

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_circle_with_script() {
    whole_circle(Look::PHONE, Look::DESK).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_circle_without_script() {
    whole_circle(Look::PHONE.without_script(), Look::DESK.without_script()).await;
}

async fn whole_circle(phone: Look, screen: Look) {
    let demo = Demo::start();
    let writer = Browser::open(phone).await;

    // The guide: a place, then nothing but 「とばす」, to a window that fits, with its reason.
    writer.goto(&demo.url("/")).await;
    writer.press("いくつかの質問からさがす").await;
    crate::guide_walk::to_the_result(&writer, "みどり市").await;
    crate::guide_walk::to_the_letter(&writer).await;

    // The letter: before sending it says who reads it and that no name is needed.
    for words in [
        "読む人",
        "名前も、住所も、メールアドレスも書かなくて大丈夫です",
        "お返事します",
        "できないこと",
    ] {
        writer.wait_for(words).await;
    }
    let code = send_first_letter(&writer, LETTER).await;
    writer.press("番号をひかえました").await;
    writer.wait_for("お返事します").await;
    assert!(writer.says(LETTER).await);
    writer.press("封筒をとじる").await;
    writer.wait_for("封筒をとじました").await;

    // The desk: the letter is there, a note for colleagues, an answer.
    let desk = signed_in(&demo, "coordinator", screen).await;
    let address = open_letter(&demo, &desk, LETTER).await;
    desk.fill("note", NOTE).await;
    desk.press("メモを残す").await;
    desk.wait_for(NOTE).await;
    desk.fill("body", ANSWER).await;
    desk.press("返事を届ける").await;
    desk.goto(&address).await;
    desk.wait_for(ANSWER).await;

    // Days later, somewhere else: the spoken code opens it, grouped as on the card.
    drop(writer);
    let writer = Browser::open(phone).await;
    let spaced: String = code
        .chars()
        .enumerate()
        .flat_map(|(at, digit)| [digit].into_iter().chain((at % 4 == 3).then_some(' ')))
        .collect();
    come_back(&demo, &writer, &spaced).await;
    writer.wait_for("お返事が届いています").await;
    assert!(writer.says(ANSWER).await && writer.says(LETTER).await);
    assert!(!writer.says(NOTE).await, "notes are for colleagues");

    // Write more, then end it: everything is gone, for the writer and for the desk.
    writer.fill("bun", MORE).await;
    writer.press("送る").await;
    writer.wait_for(MORE).await;
    writer.press("終わりにして、すべて消す").await;
    writer.press("すべて消す").await;
    writer.wait_for("すべて消しました").await;
    come_back(&demo, &writer, &code).await;
    assert!(!writer.says(LETTER).await && !writer.says(ANSWER).await);
    desk.goto(&address).await;
    assert!(!desk.says(LETTER).await && !desk.says(ANSWER).await && !desk.says(NOTE).await);

    // Neither side's browser had anything to complain about.
    if phone.script {
        assert_eq!(
            desk.complaints()
                .await
                .into_iter()
                .filter(|line| !line.contains("404"))
                .collect::<Vec<_>>(),
            Vec::<String>::new()
        );
    }
}
