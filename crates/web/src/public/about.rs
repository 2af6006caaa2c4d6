//! `/kono-site`: who runs this, what is kept and what is not, where the data comes from, what works and what does not.
//! Beside it what machines ask for first: `robots.txt` and `sitemap.xml`.

use std::fmt::Write as _;

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{
    App, Page, Visit,
    public::{madoguchi, yomu::READINGS},
    show,
};

/// The doors.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/kono-site", get(about))
        .route("/robots.txt", get(robots))
        .route("/sitemap.xml", get(sitemap))
}

#[derive(Template)]
#[template(path = "public/kono-site.html")]
struct About {
    page: Page,
    operator: Option<String>,
}

async fn about(visit: Visit) -> Response {
    let operator = visit.app.config.operator.clone();
    let page = visit
        .page("このサイトについて")
        .described("だれが動かしているか、何を残して何を残さないか、窓口の情報の出どころ、使いやすさについて。")
        .under("/", "はじめ");
    show(&About { page, operator })
}

async fn robots(State(app): State<App>) -> Response {
    let text = format!(
        "User-agent: *\nAllow: /annai/kimari\nDisallow: /annai\nDisallow: /tegami\nDisallow: /toziru\nDisallow: /yomi\nDisallow: /desk\nDisallow: /partner\n\nSitemap: {}/sitemap.xml\n",
        app.config.public_url
    );
    (
        [
            (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=3600"),
        ],
        text,
    )
        .into_response()
}

/// Addresses of the ordinary pages.
fn addresses(app: &App) -> Vec<String> {
    let mut paths: Vec<String> = ["/", "/yomu", "/kono-site"].map(str::to_owned).into();
    paths.extend(READINGS.iter().map(|r| format!("/yomu/{}", r.slug)));
    paths.extend_from_slice(madoguchi::addresses(app));
    paths
}

async fn sitemap(State(app): State<App>) -> Response {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for path in addresses(&app) {
        let _ = writeln!(xml, "<url><loc>{}{path}</loc></url>", app.config.public_url);
    }
    xml.push_str("</urlset>\n");
    (
        [
            (header::CONTENT_TYPE, "application/xml; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=3600"),
        ],
        xml,
    )
        .into_response()
}
