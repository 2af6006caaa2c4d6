//! Walking through the guide as somebody does who answers a little and skips the rest.

use e2e::Browser;

/// From the guide's first page to the result: says where they live, picks the first answer of the first questions,
/// skips the rest. Notes the addresses and titles on the way.
pub async fn to_the_result(visitor: &Browser, area: &str) -> Vec<(String, String)> {
    answering(visitor, area, 3).await
}

/// The same with an answer to each of the first `answers` questions.
pub async fn answering(visitor: &Browser, area: &str, answers: usize) -> Vec<(String, String)> {
    let mut way = Vec::new();
    visitor.press("はじめる").await;
    for step in 0..20 {
        way.push((
            visitor.address().await,
            visitor.client.title().await.unwrap(),
        ));
        if visitor.path().await == "/annai/kekka" {
            visitor.wait_for("合いそうな窓口").await;
            return way;
        }
        if visitor.has("input[name=area]").await {
            visitor.fill("area", area).await;
            visitor.press("つぎへ").await;
        } else if step < answers && visitor.has("main label.choice").await {
            visitor
                .find("main label.choice")
                .await
                .click()
                .await
                .unwrap();
            visitor.press("つぎへ").await;
        } else {
            visitor.press("とばす").await;
        }
    }
    panic!("twenty questions and no result: {way:?}");
}

/// From the result by way of a window's own page to the letter form.
pub async fn to_the_letter(visitor: &Browser) {
    // The centre of the place fits, and it says why.
    visitor.wait_for("お住まいの市のセンターが担当です").await;
    visitor.press("くわしく見る").await;
    assert!(visitor.path().await.starts_with("/madoguchi/"));
    visitor.wait_for("まちがい").await;
    visitor.client.back().await.unwrap();
    visitor.wait_for("合いそうな窓口").await;
    visitor.press_on("main a[href^=\"/tegami/kaku/\"]").await;
}
