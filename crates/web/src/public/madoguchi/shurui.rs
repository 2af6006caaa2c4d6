//! `/madoguchi/shurui`: which kinds of window this directory knows, and which it does not.

use askama::Template;
use axum::{Router, http::HeaderMap, response::Response, routing::get};
use directory::{Kind, KindInfo, kind_info, kind_info::SiteOf};

use super::{drawn, under_entry};
use crate::{App, Page, Visit};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/madoguchi/shurui", get(kinds))
}

struct Row {
    info: &'static KindInfo,
    count: usize,
}

impl Row {
    /// Whether somebody has it on a site, so that it can be looked for.
    fn findable(&self) -> bool {
        self.info.on != SiteOf::Nobody
    }

    fn whose(&self) -> &'static str {
        match self.info.on {
            SiteOf::Prefecture => "都道府県（指定都市にお住まいなら市）",
            SiteOf::Municipality => "お住まいの市区町村",
            SiteOf::Nobody => "",
        }
    }
}

#[derive(Template)]
#[template(path = "public/madoguchi-shurui.html")]
struct Kinds {
    page: Page,
    known: Vec<Row>,
    unknown: Vec<Row>,
}

async fn kinds(visit: Visit, headers: HeaderMap) -> Response {
    drawn::page(&visit, &headers, || {
        let windows = visit.app.directory.windows();
        let row = |kind: &Kind| Row {
            info: kind_info(*kind),
            count: windows
                .iter()
                .filter(|window| window.is(*kind) && !window.fallback)
                .count(),
        };
        let (known, unknown) = Kind::ALL
            .iter()
            .filter(|kind| **kind != Kind::Read)
            .map(row)
            .partition(|row| row.count > 0);
        let page = under_entry(&visit, "この案内が知っている窓口の種類")
            .described("この案内にのっている窓口の種類と、まだのっていない種類、そのさがし方。");
        Kinds {
            page,
            known,
            unknown,
        }
    })
}
