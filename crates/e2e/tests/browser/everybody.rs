//! Everybody can use every page: axe-core finds nothing in light or dark, nothing scrolls sideways on the narrowest
//! screen or with text twice the size, and buttons stay buttons when the system forces its own colours.

use crate::desk::signed_in;
use crate::guide_walk::answering;
use crate::mailbox::{begin_first_letter, come_back, write_first_letter};
use e2e::crawl::{Crawl, shape};
use e2e::{Browser, Demo, Look, axe};

/// Looks at the open page in both themes and writes down what is wrong.
pub async fn look(browser: &Browser, faults: &mut Vec<String>) {
    let page = browser.path().await;
    for dark in [false, true] {
        browser.media(dark, false).await;
        let theme = if dark { "dark" } else { "light" };
        faults.extend(
            axe::violations(browser)
                .await
                .iter()
                .map(|fault| format!("{page} ({theme}): {fault}")),
        );
    }
}

pub async fn fits(browser: &Browser, look: &str, faults: &mut Vec<String>) {
    let overflow = browser.overflow().await;
    if overflow > 0 {
        let widest = browser
            .script(
                "const edge = document.documentElement.clientWidth; return [...document.body.querySelectorAll('*')]
                 .filter(part => part.getBoundingClientRect().right > edge + 1).slice(-2).map(part => part.outerHTML.slice(0, 120)).join(' … ')",
            )
            .await;
        faults.push(format!(
            "{} ({look}) is {overflow} px too wide: {widest}",
            browser.path().await
        ));
    }
}

#[track_caller]
pub fn nothing(faults: &[String]) {
    assert!(
        faults.is_empty(),
        "{} found:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_on_public_pages() {
    let demo = Demo::start();
    let browser = Browser::open(Look::PHONE).await;
    let mut faults = Vec::new();
    let pages = Crawl::public(&demo.origin);
    assert!(pages.len() > 20, "only {pages:?}");
    for path in pages {
        browser.goto(&demo.url(&path)).await;
        look(&browser, &mut faults).await;
    }
    nothing(&faults);
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_in_the_guide() {
    let demo = Demo::start();
    let mut faults = Vec::new();
    // Answers to everything bring the urgent windows; answers to nothing bring the rest.
    for answers in [20, 0] {
        let browser = Browser::open(Look::PHONE).await;
        browser.goto(&demo.url("/annai")).await;
        let way = answering(&browser, "みどり市", answers).await;
        assert!(way.len() > 7, "{way:?}");
        for (address, _) in way {
            browser.goto(&address).await;
            look(&browser, &mut faults).await;
        }
        for path in ["/annai", "/annai/kotae", "/annai/kaado", "/annai/zenbu"] {
            browser.goto(&demo.url(path)).await;
            look(&browser, &mut faults).await;
        }
        // A place that is many, and none.
        for area in ["府中市", "まほろばの里"] {
            browser.goto(&demo.url("/annai/zenbu")).await;
            browser.fill("area", area).await;
            browser.press("窓口を見る").await;
            look(&browser, &mut faults).await;
        }
    }
    nothing(&faults);
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_in_the_mailbox() {
    let demo = Demo::start();
    let browser = Browser::open(Look::PHONE).await;
    let mut faults = Vec::new();
    // A mistake of each kind: nothing written, too much written, no such code.
    begin_first_letter(&demo, &browser).await;
    browser.press("手紙を送る").await;
    look(&browser, &mut faults).await;
    browser.paste("bun", &"長い話です。\n".repeat(700)).await;
    browser.press("手紙を送る").await;
    browser.wait_for("分けて").await;
    look(&browser, &mut faults).await;
    come_back(&demo, &browser, "1111").await;
    look(&browser, &mut faults).await;
    // A letter's life.
    write_first_letter(&demo, &browser, "はじめて書きます。").await;
    look(&browser, &mut faults).await;
    for path in [
        "/tegami/fuutou",
        "/tegami/kaado",
        "/tegami/dare",
        "/tegami/doui",
        "/tegami/bangou",
        "/tegami/owari",
        "/tegami",
        "/tegami/hiraku",
    ] {
        browser.goto(&demo.url(path)).await;
        look(&browser, &mut faults).await;
    }
    for letter in ["answered", "overdue", "no_reply", "closed", "entered"] {
        come_back(&demo, &browser, &demo.letter(letter)).await;
        look(&browser, &mut faults).await;
    }
    browser.goto(&demo.url("/tegami/fuutou")).await;
    nothing(&faults);
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_on_the_desk() {
    let demo = Demo::start();
    let mut faults = Vec::new();
    let stranger = Browser::open(Look::DESK).await;
    stranger.goto(&demo.url("/desk")).await;
    look(&stranger, &mut faults).await;
    stranger.press("サインイン").await;
    look(&stranger, &mut faults).await;
    drop(stranger);
    // The roles see mostly the same pages: each shape of page is looked at once in both themes.
    let mut looked = std::collections::BTreeSet::new();
    for role in ["coordinator", "supervisor", "administrator", "peer"] {
        let desk = signed_in(&demo, role, Look::DESK).await;
        for path in desk_pages(&demo, &desk).await {
            if looked.insert(shape(&path)) {
                desk.goto(&demo.url(&path)).await;
                look(&desk, &mut faults).await;
            }
        }
    }
    nothing(&faults);
}

/// Every shape of page that this colleague reaches.
async fn desk_pages(demo: &Demo, desk: &Browser) -> Vec<String> {
    let mut crawl = Crawl::default();
    crawl.offer_all([
        "/desk",
        "/desk/mihon",
        "/desk/kore-wa-nai",
        "/desk/pia/kaado",
    ]);
    while let Some(path) = crawl.next() {
        desk.goto(&demo.url(&path)).await;
        // Lists to keep and other files are not pages.
        if desk.has("main").await {
            for link in desk.all("a[href]").await {
                let href = link.attr("href").await.unwrap().unwrap_or_default();
                if href.starts_with("/desk") {
                    crawl.offer(&href);
                }
            }
            crawl.pages.push(path);
        }
    }
    assert!(crawl.pages.len() > 5, "only {:?}", crawl.pages);
    crawl.pages
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_scrolls_sideways() {
    let demo = Demo::start();
    let mut faults = Vec::new();
    let pages = Crawl::public(&demo.origin);
    let looks = [
        ("320 px", Look::NARROW),
        (
            "text 200 %",
            Look {
                text_percent: 200,
                ..Look::PHONE
            },
        ),
    ];
    for (name, look) in looks {
        let browser = Browser::open(look).await;
        for path in &pages {
            browser.goto(&demo.url(path)).await;
            fits(&browser, name, &mut faults).await;
        }
        browser.goto(&demo.url("/annai")).await;
        for (address, _) in answering(&browser, "みどり市", 20).await {
            browser.goto(&address).await;
            fits(&browser, name, &mut faults).await;
        }
        write_first_letter(&demo, &browser, "はじめて書きます。").await;
        fits(&browser, name, &mut faults).await;
        for path in [
            "/tegami/fuutou",
            "/tegami/kaado",
            "/tegami/dare",
            "/tegami/doui",
            "/tegami/bangou",
            "/tegami/owari",
        ] {
            browser.goto(&demo.url(path)).await;
            fits(&browser, name, &mut faults).await;
        }
    }
    // The desk is for large screens, and a phone in the corridor must still do.
    for role in ["coordinator", "peer"] {
        let desk = signed_in(&demo, role, Look::PHONE).await;
        for path in desk_pages(&demo, &desk).await {
            desk.goto(&demo.url(&path)).await;
            fits(&desk, role, &mut faults).await;
        }
    }
    nothing(&faults);
}

#[tokio::test(flavor = "multi_thread")]
async fn buttons_stay_buttons_in_forced_colours() {
    let demo = Demo::start();
    let browser = Browser::open(Look {
        forced_colours: true,
        ..Look::PHONE
    })
    .await;
    for path in ["/", "/tegami", "/tegami/hiraku", "/desk", "/mihon"] {
        browser.goto(&demo.url(path)).await;
        // Colours of our own are gone; what is left to tell a button by is its edge.
        let bare = browser
            .script(
                "return [...document.querySelectorAll('button:not(.vh):not(.text), .btn:not(.text)')].filter(button => button.offsetParent !== null \
                 && parseFloat(getComputedStyle(button).borderTopWidth) === 0).map(button => button.outerHTML)",
            )
            .await;
        assert_eq!(
            bare,
            serde_json::json!([]),
            "{path}: buttons without an edge"
        );
    }
}
