//! `/yomu`: reading. Nothing here asks anything. Words follow field/guide.md C6 and C10; numbers come from the
//! directory's hotlines.

use askama::Template;
use axum::{Router, response::Response, routing::get};

use crate::{App, Page, Visit, show};

/// One reading page, for the list and the sitemap.
pub struct Reading {
    /// Last part of the address.
    pub slug: &'static str,
    /// Title.
    pub title: &'static str,
    /// What it is about, in one sentence.
    pub about: &'static str,
}

/// All reading pages, in the order of the list.
pub const READINGS: &[Reading] = &[
    Reading {
        slug: "tsurai",
        title: "いま、つらさが強いとき",
        about: "話せるところ、声を出さない方法、朝までのこと。",
    },
    Reading {
        slug: "oya",
        title: "親の夜のページ",
        about: "今夜しなくてよいことと、あす電話するときの一行。3分で読めます。",
    },
    Reading {
        slug: "mawari",
        title: "きょうだい・まわりの方へ",
        about: "「わたしが言ってもいいのかな」と思っている方に。",
    },
    Reading {
        slug: "keiyaku",
        title: "高額な契約をすすめられたら",
        about: "その場で決めなくて大丈夫です。もう契約したあとでも、考え直せることがあります。",
    },
    Reading {
        slug: "rireki",
        title: "見たことを知られたくないとき",
        about: "この端末に残るものと、消し方。できないことも正直に書いています。",
    },
];

/// Lines where someone listens, in the order shown.
pub const LISTENING: &[&str] = &[
    "yorisoi-hotline",
    "yorisoi-hotline-tohoku",
    "yorisoi-hotline-ip",
    "mental-health",
    "inochi-sos",
    "inochi-no-denwa",
];
/// Lines for people of up to 18 years.
const CHILDREN: &[&str] = &["kodomo-sos-24", "childline", "child-abuse"];
/// Lines for when home is frightening.
const HOME: &[&str] = &[
    "dv-consultation-plus",
    "dv-consultation",
    "sexual-violence-one-stop",
    "police-consultation",
    "child-abuse",
];

/// The doors.
pub fn routes() -> Router<App> {
    Router::new()
        .route(
            "/yomu",
            get(async |visit: Visit| {
                show(&List {
                    page: visit
                        .page("読みもの")
                        .described("短い読みもの。夜のこと、家族のこと、契約のこと。")
                        .under("/", "はじめ"),
                    readings: READINGS,
                })
            }),
        )
        .route(
            "/yomu/tsurai",
            get(async |visit: Visit| {
                show(&Tsurai {
                    page: read(&visit, "tsurai"),
                })
            }),
        )
        .route(
            "/yomu/oya",
            get(async |visit: Visit| {
                show(&Oya {
                    page: read(&visit, "oya"),
                })
            }),
        )
        .route(
            "/yomu/mawari",
            get(async |visit: Visit| {
                show(&Mawari {
                    page: read(&visit, "mawari"),
                })
            }),
        )
        .route(
            "/yomu/keiyaku",
            get(async |visit: Visit| -> Response {
                show(&Keiyaku {
                    page: read(&visit, "keiyaku"),
                })
            }),
        )
        .route(
            "/yomu/rireki",
            get(async |visit: Visit| {
                show(&Rireki {
                    page: read(&visit, "rireki"),
                })
            }),
        )
}

fn read(visit: &Visit, slug: &str) -> Page {
    let (title, about) = READINGS
        .iter()
        .find(|r| r.slug == slug)
        .map_or(("読みもの", ""), |r| (r.title, r.about));
    visit
        .page(title)
        .described(about)
        .under("/", "はじめ")
        .under("/yomu", "読みもの")
}

#[derive(Template)]
#[template(path = "public/yomu.html")]
struct List {
    page: Page,
    readings: &'static [Reading],
}

#[derive(Template)]
#[template(path = "public/yomu-tsurai.html")]
struct Tsurai {
    page: Page,
}

#[derive(Template)]
#[template(path = "public/yomu-oya.html")]
struct Oya {
    page: Page,
}

#[derive(Template)]
#[template(path = "public/yomu-mawari.html")]
struct Mawari {
    page: Page,
}

#[derive(Template)]
#[template(path = "public/yomu-keiyaku.html")]
struct Keiyaku {
    page: Page,
}

#[derive(Template)]
#[template(path = "public/yomu-rireki.html")]
struct Rireki {
    page: Page,
}
