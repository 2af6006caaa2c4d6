//! An old phone on a slow line: at most 14 KB of HTML and 30 KB in all for the first visit, and nobody else is asked.

use e2e::crawl::Crawl;
use e2e::{Browser, Demo, Look, http};

const HTML: usize = 14 * 1024;
const FIRST_VISIT: usize = 30 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn every_public_page_is_small_and_asks_nobody_else() {
    let demo = Demo::start();
    let browser = Browser::open(Look::PHONE).await;
    let mut faults = Vec::new();
    for path in Crawl::public(&demo.origin) {
        let page = http::get(&demo.origin, &path);
        // The pattern book shows every part at once and is no public page.
        let budget = if path == "/mihon" { usize::MAX } else { HTML };
        if page.wire.len() > budget {
            faults.push(format!(
                "{path}: {} bytes of HTML on the wire",
                page.wire.len()
            ));
        }
        browser.wire().await;
        browser.goto(&demo.url(&path)).await;
        let mut all = 0;
        for address in browser.wire().await.addresses {
            match address.strip_prefix(&demo.origin) {
                Some(ours) => all += http::get(&demo.origin, ours).wire.len(),
                None if address.starts_with("data:") => {}
                None => faults.push(format!("{path} asks {address}")),
            }
        }
        if all > FIRST_VISIT && path != "/mihon" {
            faults.push(format!("{path}: {all} bytes for a first visit"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn pages_that_show_what_was_typed_are_not_kept_by_anybody() {
    let demo = Demo::start();
    for path in [
        "/annai",
        "/tegami",
        "/tegami/hiraku",
        "/desk/hairu",
        "/toziru",
    ] {
        let page = http::get(&demo.origin, path);
        let kept = page.header("cache-control").unwrap_or_default();
        assert!(
            kept.contains("no-store"),
            "{path} ({}): cache-control {kept:?}",
            page.status
        );
    }
}
