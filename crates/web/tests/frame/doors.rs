//! Every answer wears the coats: headers, calm pages, no traces.

use crate::house::{bytes, house, text};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};

const PUBLIC: &[&str] = &[
    "/",
    "/yomu",
    "/yomu/tsurai",
    "/yomu/oya",
    "/yomu/mawari",
    "/yomu/keiyaku",
    "/yomu/rireki",
    "/kono-site",
    "/robots.txt",
    "/sitemap.xml",
];
const PRIVATE: &[&str] = &[
    "/yomi",
    "/toziru",
    "/annai/nai",
    "/tegami/nai",
    "/desk/nai",
    "/desk/mihon",
];

#[tokio::test]
async fn every_answer_tells_the_browser_what_it_may_do() {
    let house = house("https://ippo.example").await;
    for path in PUBLIC.iter().chain(PRIVATE).chain(&[
        "/nai",
        "/favicon.ico",
        web::assets::url("public.css"),
    ]) {
        let answer = house.get(path).await;
        let headers = answer.headers();
        let csp = headers["content-security-policy"].to_str().unwrap();
        assert!(
            csp.starts_with("default-src 'none'; style-src 'self'; script-src 'self';"),
            "{path}"
        );
        assert!(
            csp.contains("frame-ancestors 'none'")
                && csp.contains("base-uri 'none'")
                && csp.contains("form-action 'self'")
        );
        assert_eq!(
            csp.contains("connect-src"),
            path.starts_with("/desk"),
            "{path}"
        );
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(
            headers["strict-transport-security"], "max-age=31536000",
            "{path}"
        );
        assert!(!headers.contains_key("server") && !headers.contains_key("x-powered-by"));
        let cache = headers["cache-control"].to_str().unwrap();
        if PRIVATE.contains(path) || answer.status() == StatusCode::NOT_FOUND {
            assert_eq!(cache, "no-store", "{path}");
        } else {
            assert_ne!(cache, "no-store", "{path}");
        }
        assert_eq!(
            headers.contains_key("x-robots-tag"),
            PRIVATE.contains(path),
            "{path}"
        );
    }
}

#[tokio::test]
async fn every_public_page_carries_the_lines_and_the_way_out() {
    let house = house("https://ippo.example").await;
    for path in PUBLIC
        .iter()
        .filter(|path| !path.contains('.'))
        .chain(&["/yomi", "/nai"])
    {
        let page = text(house.get(path).await).await;
        assert!(page.contains("<html lang=\"ja\">"), "{path}");
        assert!(page.contains("いま、つらさが強いとき"), "{path}");
        assert!(page.matches("href=\"tel:").count() >= 4, "{path}");
        assert!(page.contains("href=\"/toziru\""), "{path}");
        assert_eq!(page.matches("<h1").count(), 1, "{path}");
        assert!(
            !page.contains("!important") && !page.contains("onclick"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn absent_pages_look_the_same_byte_for_byte() {
    let house = house("https://ippo.example").await;
    let one = house.get("/madoguchi-nai").await;
    assert_eq!(one.status(), StatusCode::NOT_FOUND);
    let one = bytes(one).await;
    assert_eq!(
        one,
        bytes(house.get("/nothing/here?x=%E3%81%82").await).await
    );
    assert_eq!(
        bytes(house.get("/tegami/nai").await).await,
        bytes(house.get("/tegami/nai2/x").await).await
    );
}

#[tokio::test]
async fn closing_takes_everything_away_and_leads_to_the_weather() {
    let house = house("https://ippo.example").await;
    // First a blank page, which hides everything at once; then the way out.
    for (path, status) in [
        ("/toziru", StatusCode::OK),
        ("/toziru/tenki", StatusCode::SEE_OTHER),
    ] {
        let request = Request::get(path)
            .header(header::COOKIE, "__Host-v=t=dark; __Host-a=xyz")
            .body(Body::empty())
            .unwrap();
        let answer = house.ask(request).await;
        assert_eq!(answer.status(), status);
        let (name, onward) = match path {
            "/toziru" => ("refresh", "0; url=/toziru/tenki"),
            _ => ("location", "https://www.jma.go.jp/bosai/forecast/"),
        };
        assert_eq!(answer.headers()[name], onward);
        assert_eq!(
            answer.headers()["clear-site-data"],
            "\"cookies\", \"storage\", \"cache\""
        );
        let gone: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
        assert_eq!(gone.len(), 2);
        assert!(
            gone.iter()
                .all(|line| line.to_str().unwrap().contains("Max-Age=0"))
        );
    }
}

#[tokio::test]
async fn a_choice_of_colours_is_drawn_on_the_server() {
    let house = house("http://localhost").await;
    let answer = house.post("/yomi", "kara=%2Fyomu&t=dark&f=xl&e=1").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()["location"], "/yomi?kara=%2Fyomu&ok=1");
    let cookie = answer.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let request = Request::get("/")
        .header(header::COOKIE, cookie)
        .body(Body::empty())
        .unwrap();
    let page = text(house.ask(request).await).await;
    assert!(page.contains("<html lang=\"ja\" data-theme=\"dark\" data-size=\"xl\">"));
    assert!(page.contains("ゆっくりで いいです"));
}

#[tokio::test]
async fn troubles_are_calm_and_keep_what_was_typed() {
    let house = house("http://localhost").await;
    let wrong = house
        .ask(Request::delete("/").body(Body::empty()).unwrap())
        .await;
    assert_eq!(wrong.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(text(wrong).await.contains("送られたものはありません"));

    let json = Request::post("/yomi")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from("{}"))
        .unwrap();
    assert_eq!(
        house.ask(json).await.status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );

    let long = format!(
        "kara=/&bun=%E3%81%AF%E3%81%98%E3%82%81%E3%81%BE%E3%81%97%E3%81%A6+{}",
        "a".repeat(80_000)
    );
    let answer = house.post("/yomi", &long).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(text(answer).await.contains("はじめまして"));

    let elsewhere = Request::post("/yomi")
        .header("sec-fetch-site", "cross-site")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("t=dark"))
        .unwrap();
    let answer = house.ask(elsewhere).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(!answer.headers().contains_key("set-cookie"));
}

#[tokio::test]
async fn pages_are_packed_unless_secrets_stand_beside_typed_text() {
    let house = house("http://localhost").await;
    assert_eq!(
        house.get_packed("/").await.headers()["content-encoding"],
        "gzip"
    );
    assert_eq!(
        house.get_packed("/annai/nai").await.headers()["content-encoding"],
        "gzip"
    );
    for path in ["/tegami/nai", "/desk/nai", "/desk/mihon"] {
        assert!(
            !house
                .get_packed(path)
                .await
                .headers()
                .contains_key("content-encoding"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn files_keep_for_ever_under_their_content_name() {
    let house = house("http://localhost").await;
    let answer = house.get_packed(web::assets::url("public.css")).await;
    assert_eq!(
        answer.headers()["cache-control"],
        "public, max-age=31536000, immutable"
    );
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert_eq!(answer.headers()["content-type"], "text/css; charset=utf-8");
    assert_eq!(
        house.get("/assets/public.000000000000.css").await.status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        house.get("/favicon.ico").await.headers()["content-type"],
        "image/svg+xml"
    );
}
