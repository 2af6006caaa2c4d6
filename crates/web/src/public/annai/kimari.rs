//! `/annai/kimari`: 「この案内の決まり」, printed from the same data that the guide follows. An ordinary public page.

use askama::Template;
use axum::{
    Router,
    http::{HeaderValue, header},
    response::Response,
    routing::get,
};
use guide::{Decision, Invariant, Rule, Rules};

use super::words::Words;
use crate::{App, Page, Visit, show};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/annai/kimari", get(rules))
        .route("/annai/kimari/kimetakoto", get(decisions))
}

/// One rule as printed.
struct Printed<'r> {
    rule: &'r Rule,
    /// Each effect: a further condition (as the data writes it), what happens, and a reason of its own.
    effects: Vec<(&'r str, String, Option<&'r str>)>,
}

#[derive(Template)]
#[template(path = "public/annai-kimari.html")]
struct Shown<'r> {
    page: Page,
    w: Words,
    version: &'r str,
    invariants: &'r [Invariant],
    rules: Vec<Printed<'r>>,
}

async fn rules(visit: Visit) -> Response {
    let guide: &Rules = &visit.app.guide;
    let page = visit
        .page("この案内の決まり")
        .described("案内がどの窓口を先に出すかの決まりを、そのまま全部のせています。")
        .under("/", "はじめ")
        .under("/annai", "ご案内");
    let w = Words { easy: page.easy() };
    let printed = guide.rules.iter().map(|rule| Printed {
        rule,
        effects: rule
            .effects
            .iter()
            .map(|effect| {
                (
                    effect.when.as_ref().map_or("", |when| when.source()),
                    guide.describe(effect, w.easy),
                    effect.reason.as_ref().map(|text| text.get(w.easy)),
                )
            })
            .collect(),
    });
    public(show(&Shown {
        page,
        w,
        version: &guide.version,
        invariants: &guide.invariants,
        rules: printed.collect(),
    }))
}

#[derive(Template)]
#[template(path = "public/annai-kimetakoto.html")]
struct Decided<'r> {
    page: Page,
    version: &'r str,
    decisions: &'r [Decision],
}

async fn decisions(visit: Visit) -> Response {
    let guide: &Rules = &visit.app.guide;
    let page = visit
        .page("決めたことと、その理由")
        .described("案内の決まりを作るときに、迷って決めたことの記録です。")
        .under("/", "はじめ")
        .under("/annai", "ご案内")
        .under("/annai/kimari", "この案内の決まり");
    public(show(&Decided {
        page,
        version: &guide.version,
        decisions: &guide.decisions,
    }))
}

/// The rules are the same for everybody and change with the program; only how they look depends on a cookie.
fn public(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=3600"),
    );
    headers.append(header::VARY, HeaderValue::from_static("cookie"));
    response
}
