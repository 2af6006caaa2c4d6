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

/// What a first visit of this answer costs: itself and what it names of ours, all as sent.
fn first_visit(demo: &Demo, page: &http::Response) -> usize {
    let html = page.body();
    let named = html.split("\"/assets/").skip(1);
    let ours: std::collections::BTreeSet<&str> =
        named.filter_map(|rest| rest.split('"').next()).collect();
    assert!(ours.len() > 1, "a style sheet at least: {ours:?}");
    let beside = ours.iter().map(|name| {
        http::get(&demo.origin, &format!("/assets/{name}"))
            .wire
            .len()
    });
    page.wire.len() + beside.sum::<usize>()
}

fn field<'h>(html: &'h str, name: &str) -> &'h str {
    let from = format!("name=\"{name}\" value=\"");
    let rest = html.split(&from).nth(1).expect("the field is there");
    rest.split('"').next().expect("its end")
}

/// Pages that only a form leads to, in the year of the demo. These doors are never packed (`web::headers`): what is
/// counted is what travels.
#[test]
fn what_a_booking_answers_is_small_as_it_is_sent() {
    let demo = Demo::start();
    let origin = demo.origin.as_str();
    let mut pages: Vec<(&str, u16, http::Response)> = Vec::new();
    let door = http::get(origin, "/yoyaku");
    let door = door.header("location").expect("there is one office");
    let action = format!("{}/raisho", door.trim_start_matches(origin));
    let times = http::get(origin, &action).body();
    let time = field(&times, "toki").to_owned();
    let ask = |body: &str| http::post(origin, &action, "", body);
    pages.push(("no time", 422, ask("")));
    let form = ask(&format!("toki={time}"));
    let tokens = [(); 2].map(|()| field(&ask(&format!("toki={time}")).body(), "_f").to_owned());
    pages.push(("the questions", 200, form));
    let book = |token: &str, people: &str| {
        ask(&format!(
            "_f={token}&toki={time}&people={people}&act=yoyaku"
        ))
    };
    pages.push(("no number", 422, book(&tokens[0], "x")));
    let booked = book(&tokens[0], "1");
    let code = field(&booked.body(), "bangou").to_owned();
    pages.push(("booked", 200, booked));
    pages.push(("somebody was faster", 409, book(&tokens[1], "1")));
    let slip =
        |path: &str, act: &str| http::post(origin, path, "", &format!("bangou={code}&act={act}"));
    pages.push(("the slip", 200, slip("/yoyaku/hikae", "")));
    pages.push(("other times", 200, slip("/yoyaku/kaeru", "")));
    pages.push(("no other time", 422, slip("/yoyaku/kaeru", "kaeru")));
    pages.push(("cancelled", 200, slip("/yoyaku/hikae", "yameru")));
    let wrong = http::post(origin, "/yoyaku/hikae", "", "bangou=123456789012");
    pages.push(("a wrong number", 422, wrong));
    // The next day of the open room.
    let place = http::get(origin, "/basho/1").body();
    let seat = place.split("href=\"/yoyaku/ba/").nth(1).expect("a seat");
    let seat = format!("/yoyaku/ba/{}", seat.split('"').next().expect("its end"));
    let token = field(&http::get(origin, &seat).body(), "_f").to_owned();
    let sit = |people: &str| {
        let body = format!("_f={token}&people={people}");
        http::post(origin, &seat, "", &body)
    };
    pages.push(("no number of people", 422, sit("x")));
    pages.push(("a seat", 200, sit("1")));
    for (what, status, page) in &pages {
        assert_eq!(page.status, *status, "{what}");
        assert_eq!(page.header("content-encoding"), None, "{what}");
        let (html, all) = (page.wire.len(), first_visit(&demo, page));
        assert!(html <= HTML, "{what}: {html} bytes of HTML");
        assert!(all <= FIRST_VISIT, "{what}: {all} bytes for a first visit");
    }
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
        "/yoyaku/hikae",
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
