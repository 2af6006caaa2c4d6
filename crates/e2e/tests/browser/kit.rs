//! The kit itself: if these fail, no other story can be believed.

#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::TcpListener;

use e2e::{Browser, Look, axe};

const PAGE: &str = "<!DOCTYPE html><html lang=ja><meta charset=utf-8><meta name=viewport content='width=device-width'><title>t</title>\
    <style>p{color:black;background:white}@media(prefers-color-scheme:dark){p::after{content:'暗い'}}\
    @media(forced-colors:active){p::before{content:'強制'}} @media(max-width:400px){h1::after{content:'狭い'}}</style>\
    <main><h1>題</h1><p>本文</p><noscript>なし</noscript><script>document.write('あり')</script>\
    <form><label>名<input name=a></label><button>送る</button></form></main>";

/// Serves one page at every path until the test ends; whether scripts run is decided a site, so a file will not do.
fn serve(page: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
                page.len()
            );
        }
    });
    origin
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_is_what_the_page_sees() {
    let browser = Browser::open(Look::PHONE).await;
    browser.goto(&serve(PAGE)).await;
    assert!(browser.says("あり").await && !browser.says("なし").await);
    let seen = |pseudo: &str, of: &str| {
        format!("return getComputedStyle(document.querySelector('{of}'), '::{pseudo}').content")
    };
    assert_eq!(browser.script(&seen("after", "p")).await, "none");
    assert_eq!(browser.script(&seen("after", "h1")).await, "\"狭い\"");
    assert_eq!(browser.overflow().await, 0);

    let browser = Browser::open(Look {
        forced_colours: true,
        text_percent: 200,
        ..Look::DESK.dark()
    })
    .await;
    browser.goto(&serve(PAGE)).await;
    assert_eq!(browser.script(&seen("after", "p")).await, "\"暗い\"");
    assert_eq!(browser.script(&seen("before", "p")).await, "\"強制\"");
    assert_eq!(browser.script(&seen("after", "h1")).await, "none");
    assert_eq!(
        browser
            .script("return getComputedStyle(document.querySelector('p')).fontSize")
            .await,
        "32px"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_script_a_page_can_still_be_read_and_filled_in() {
    let browser = Browser::open(Look::PHONE.without_script()).await;
    browser.goto(&serve(PAGE)).await;
    // WebDriver counts <noscript> as unseen even when it is shown, so only the script's absence is asked for.
    assert!(browser.says("本文").await && !browser.says("あり").await);
    browser.fill("a", "ひとこと").await;
    assert_eq!(browser.value("a").await, "ひとこと");
    browser.press("送る").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_a_planted_fault() {
    let browser = Browser::open(Look::DESK).await;
    browser
        .goto(&serve("<title>t</title><html lang=ja><main><h1>a</h1><img src=x><p style='color:#ccc;background:white'>薄い字</main>"))
        .await;
    let found = axe::violations(&browser).await.join("\n");
    assert!(
        found.contains("image-alt") && found.contains("color-contrast"),
        "{found}"
    );
}
