//! Whatever a browser sends, nothing that can be saved is lost.

use axum::{
    body::Body,
    http::{Request, header},
};
use encoding_rs::{EUC_JP, ISO_2022_JP, SHIFT_JIS};
use web::form::{Form, What};

async fn read(kind: &str, body: impl Into<Vec<u8>>) -> Result<Form, web::FormTrouble> {
    let request = Request::post("/")
        .header(header::CONTENT_TYPE, kind)
        .body(Body::from(body.into()))
        .unwrap();
    Form::read(request, 10_000).await
}

const USUAL: &str = "application/x-www-form-urlencoded";

fn percent(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |out, b| format!("{out}%{b:02X}"))
}

#[tokio::test]
async fn an_ordinary_form_is_read_field_by_field() {
    let form = read(
        USUAL,
        "who=self&want=listen&want=place&bun=a+b%0D%0Ac%00%07&leer=&ohne",
    )
    .await
    .unwrap();
    assert_eq!(form.text("who"), "self");
    assert_eq!(form.all("want").collect::<Vec<_>>(), ["listen", "place"]);
    assert_eq!(form.text("bun"), "a b\nc");
    assert_eq!(form.get("leer"), Some(""));
    assert_eq!(form.get("ohne"), Some(""));
    assert_eq!(form.get("nirgends"), None);
    assert!(form.has("want", "place") && !form.flag("leer") && form.flag("who"));
}

#[tokio::test]
async fn old_encodings_are_understood() {
    let words = "夜、眠れません。話をきいてほしいです。①と～";
    for encoding in [SHIFT_JIS, EUC_JP, ISO_2022_JP] {
        let said = "夜、眠れません。話をきいてほしいです。";
        let body = format!("bun={}&x=1", percent(&encoding.encode(said).0));
        let form = read(USUAL, body).await.unwrap();
        assert_eq!(form.text("bun"), said, "{}", encoding.name());
    }
    let named = format!(
        "_charset_=Shift_JIS&bun={}",
        percent(&SHIFT_JIS.encode(words).0)
    );
    assert_eq!(
        read(USUAL, named).await.unwrap().text("bun"),
        "夜、眠れません。話をきいてほしいです。①と～"
    );
    assert_eq!(
        read(USUAL, format!("bun={}", percent(words.as_bytes())))
            .await
            .unwrap()
            .text("bun"),
        words
    );
}

#[tokio::test]
async fn bytes_that_are_no_text_come_back_with_what_could_be_read() {
    let trouble = read(USUAL, "bun=%E3%81%82%FF%FE%E3%81&name=%E3%81%84")
        .await
        .unwrap_err();
    assert_eq!(trouble.what, What::Encoding);
    assert!(trouble.saved.text("bun").starts_with('あ'));
    assert_eq!(trouble.saved.text("name"), "い");
}

#[tokio::test]
async fn a_form_that_is_too_long_comes_back_with_its_beginning() {
    let body = format!("who=self&bun={}", "%E3%81%82".repeat(5_000));
    let trouble = read(USUAL, body).await.unwrap_err();
    assert_eq!(trouble.what, What::TooLarge);
    assert_eq!(trouble.saved.text("who"), "self");
    let kept = trouble.saved.text("bun");
    assert!(kept.chars().filter(|c| *c == 'あ').count() > 1_000);
}

#[tokio::test]
async fn multipart_is_read_and_files_are_passed_over() {
    let body = "--x\r\nContent-Disposition: form-data; name=\"bun\"\r\n\r\nこんにちは\r\nまた\r\n--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.png\"\r\n\r\n\u{1}\r\n--x--\r\n";
    let form = read("multipart/form-data; boundary=x", body).await.unwrap();
    assert_eq!(form.text("bun"), "こんにちは\nまた");
    assert_eq!(form.get("f"), None);
    let torn = &body[..body
        .find("--x\r\nContent-Disposition: form-data; name=\"f\"")
        .unwrap()
        - 5];
    let trouble = read("multipart/form-data; boundary=x", torn)
        .await
        .unwrap_err();
    assert_eq!(trouble.what, What::Broken);
    assert!(trouble.saved.text("bun").starts_with("こんにちは"));
}

#[tokio::test]
async fn other_kinds_are_turned_away_with_their_words() {
    assert_eq!(
        read("application/json", "{}").await.unwrap_err().what,
        What::NotAForm
    );
    let trouble = read("text/plain", "bun=こんにちは").await.unwrap_err();
    assert_eq!(trouble.what, What::NotAForm);
    assert_eq!(trouble.saved.words(), ["bun=こんにちは"]);
}

#[test]
fn secrets_are_not_among_the_words_shown_again() {
    let form = Form::from_pairs([
        ("_t", "あ"),
        ("password", "あ い"),
        ("token", "abcDEF123"),
        ("bun", "はい"),
    ]);
    assert_eq!(form.words(), ["はい"]);
}
