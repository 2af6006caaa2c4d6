//! What a colleague does, for the stories of the others.

use e2e::{Browser, Demo, Look};

/// A browser in which the colleague of this role has signed in. The six digits are good once: one call a role and demo.
pub async fn signed_in(demo: &Demo, role: &str, look: Look) -> Browser {
    let browser = Browser::open(look).await;
    let who = demo.sign_in(role);
    browser.goto(&demo.url("/desk")).await;
    browser.fill("login", &who.login).await;
    browser.fill("password", &who.password).await;
    browser.fill("code", &who.code()).await;
    browser.press("サインイン").await;
    // An administrator begins at the office page; the others at the inbox.
    assert!(
        browser.has("form[action=\"/desk/deru\"]").await,
        "{}",
        browser.text().await
    );
    browser
}

/// Opens the waiting letter that holds these words; its address.
pub async fn open_letter(demo: &Demo, desk: &Browser, words: &str) -> String {
    desk.goto(&demo.url("/desk")).await;
    let mut addresses = Vec::new();
    for link in desk.all("a.open").await {
        addresses.push(link.attr("href").await.unwrap().unwrap());
    }
    // The newest promise stands last.
    for address in addresses.iter().rev() {
        desk.goto(&demo.url(address)).await;
        if desk.says(words).await {
            return demo.url(address);
        }
    }
    panic!(
        "none of the {} letters in the inbox says {words:?}",
        addresses.len()
    );
}
