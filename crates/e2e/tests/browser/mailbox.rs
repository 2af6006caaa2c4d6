//! What a writer does, for the stories of the others.

use e2e::{Browser, Demo};

/// Writes a first letter to the sample office, beginning at the page where an office is chosen; leaves the browser on
/// the page with the code and gives back its digits.
pub async fn write_first_letter(demo: &Demo, writer: &Browser, words: &str) -> String {
    begin_first_letter(demo, writer).await;
    send_first_letter(writer, words).await
}

/// Opens the empty form; where there is one office, choosing is skipped.
pub async fn begin_first_letter(demo: &Demo, writer: &Browser) {
    writer.goto(&demo.url("/tegami")).await;
    if !writer.has("textarea[name=bun]").await {
        writer.press("みどり市ひきこもり地域支援センター").await;
    }
}

/// The same, from the page with the empty form.
pub async fn send_first_letter(writer: &Browser, words: &str) -> String {
    writer.fill("bun", words).await;
    writer.press("手紙を送る").await;
    writer.wait_for("届きました").await;
    let digits: String = writer.find(".digits").await.text().await.unwrap();
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(
        digits.len(),
        26,
        "locator, secret and check digits: {digits}"
    );
    digits
}

/// Comes back with the code, in a browser that knows nothing.
pub async fn come_back(demo: &Demo, writer: &Browser, code: &str) {
    writer.goto(&demo.url("/tegami/hiraku")).await;
    writer.fill("ban", code).await;
    writer.press("開く").await;
}
