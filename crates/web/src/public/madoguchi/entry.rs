//! `/madoguchi`: the way in. A field for where somebody lives, and the prefectures.

use askama::Template;
use axum::{Router, http::HeaderMap, response::Response, routing::get};
use directory::Municipality;

use super::drawn;
use crate::{App, Page, Visit};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/madoguchi", get(entry))
}

/// The regions and the last prefecture of each.
const REGIONS: [(&str, u8); 8] = [
    ("北海道", 1),
    ("東北", 7),
    ("関東", 14),
    ("中部", 23),
    ("近畿", 30),
    ("中国", 35),
    ("四国", 39),
    ("九州・沖縄", 47),
];

/// A part of the country.
pub(super) struct Region<'a> {
    name: &'static str,
    prefectures: Vec<&'a Municipality>,
}

/// The prefectures by region.
pub(super) fn regions(app: &App) -> Vec<Region<'_>> {
    let mut regions: Vec<Region<'_>> = REGIONS
        .iter()
        .map(|(name, _)| Region {
            name,
            prefectures: Vec::new(),
        })
        .collect();
    for prefecture in app.directory.municipalities().prefectures() {
        let number: u8 = prefecture.code.as_str()[..2].parse().unwrap_or(0);
        if let Some(at) = REGIONS.iter().position(|(_, last)| number <= *last) {
            regions[at].prefectures.push(prefecture);
        }
    }
    regions
}

#[derive(Template)]
#[template(path = "public/madoguchi.html")]
struct Entry<'a> {
    page: Page,
    regions: Vec<Region<'a>>,
}

async fn entry(visit: Visit, headers: HeaderMap) -> Response {
    drawn::page(&visit, &headers, || {
        Entry {
        page: visit
            .page("窓口をさがす")
            .described("ひきこもりの状態にある方とご家族が相談できる窓口を、住んでいるところからさがせます。郵便番号でも、市町村の名前でも。")
            .under("/", "はじめ"),
        regions: regions(&visit.app),
    }
    })
}
