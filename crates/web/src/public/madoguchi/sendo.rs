//! `/madoguchi/sendo`: how fresh the directory is, prefecture by prefecture. Nothing is made to look newer than it is.

use std::collections::BTreeMap;

use askama::Template;
use axum::{Router, http::HeaderMap, response::Response, routing::get};
use basics::MunicipalityCode;
use directory::{Directory, Freshness, Window};
use jiff::civil::Date;

use super::{drawn, href, under_entry};
use crate::{App, Page, Visit};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/madoguchi/sendo", get(freshness))
}

/// The windows of one prefecture, counted.
#[derive(Default)]
struct Count {
    href: String,
    name: &'static str,
    windows: u32,
    within_12: u32,
    within_18: u32,
    older: u32,
    undated: u32,
    /// Windows whose telephone is not shown.
    silent: u32,
}

impl Count {
    fn add(&mut self, window: &Window, today: Date) {
        self.windows += 1;
        *match window.freshness(today) {
            Freshness::Fresh => &mut self.within_12,
            Freshness::Ageing => &mut self.within_18,
            Freshness::Stale => &mut self.older,
            Freshness::Undated => &mut self.undated,
        } += 1;
        self.silent += u32::from(window.phone.is_none());
    }
}

#[derive(Template)]
#[template(path = "public/madoguchi-sendo.html")]
struct Fresh {
    page: Page,
    rows: Vec<Count>,
    sum: Count,
}

fn count(directory: &Directory, today: Date) -> (Vec<Count>, Count) {
    let all = directory.municipalities();
    let mut rows: BTreeMap<MunicipalityCode, Count> = all
        .prefectures()
        .map(|place| {
            (
                place.code,
                Count {
                    href: href(place.code),
                    name: place.name,
                    ..Count::default()
                },
            )
        })
        .collect();
    let mut sum = Count {
        name: "全国",
        ..Count::default()
    };
    for window in directory.windows() {
        sum.add(window, today);
        let home = window
            .serves
            .serves
            .first()
            .map(MunicipalityCode::prefecture);
        if let Some(row) = home.and_then(|code| rows.get_mut(&code)) {
            row.add(window, today);
        }
    }
    (rows.into_values().collect(), sum)
}

async fn freshness(visit: Visit, headers: HeaderMap) -> Response {
    drawn::page(&visit, &headers, || {
        let page = under_entry(&visit, "情報の新しさ")
            .described("窓口の情報を、いつ確認したか。都道府県ごとに、古いものと、まだわからないものの数も出しています。");
        let (rows, sum) = count(&visit.app.directory, page.now.date());
        Fresh { page, rows, sum }
    })
}
