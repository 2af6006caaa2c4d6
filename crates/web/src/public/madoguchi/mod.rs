//! `/madoguchi`: the directory. Ordinary public pages with addresses that may be shared and found.
//!
//! * [`entry`]: the way in; [`sagasu`] and [`place`]: what somebody typed, answered in the body and never in an address.
//! * [`prefecture`], [`municipality`]: the windows of a place; [`line`]: how a window stands in a list.
//! * [`window`] and [`known`]: one page a window; [`machigai`]: a mistake reported without an account.
//! * [`sendo`]: how fresh it all is; [`shurui`]: which kinds of window are known; [`api`]: the same for machines.
//! * [`drawn`]: pages are drawn once a minute; [`offices`]: who takes letters. No plain page asks the database.

mod api;
pub mod drawn;
mod entry;
mod known;
mod line;
mod machigai;
mod municipality;
pub mod offices;
mod prefecture;
mod sagasu;
mod sendo;
mod shurui;
mod window;

use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use basics::MunicipalityCode;
use directory::{Directory, Window};

use crate::{App, Page, Visit};

/// The doors.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(entry::routes())
        .merge(sagasu::routes())
        .merge(sendo::routes())
        .merge(shurui::routes())
        .merge(window::routes())
        .merge(machigai::routes())
        .merge(prefecture::routes())
        .merge(municipality::routes())
        .merge(api::routes())
}

/// The address of every page of the directory, for the sitemap.
pub fn addresses(app: &App) -> &[String] {
    app.drawn.addresses.get_or_init(|| {
        let mut paths = vec![
            "/madoguchi".to_owned(),
            "/madoguchi/sendo".to_owned(),
            "/madoguchi/shurui".to_owned(),
        ];
        paths.extend(
            app.directory
                .municipalities()
                .all()
                .iter()
                .map(|place| href(place.code)),
        );
        paths.extend(app.directory.windows().iter().map(window_href));
        paths
    })
}

/// The one address of a prefecture, municipality or ward.
fn href(code: MunicipalityCode) -> String {
    let prefecture = &code.as_str()[..2];
    if code.is_prefecture() {
        format!("/madoguchi/{prefecture}")
    } else {
        format!("/madoguchi/{prefecture}/{code}")
    }
}

/// The one address of a window.
fn window_href(window: &Window) -> String {
    format!("/madoguchi/mado/{}", window.id)
}

/// The page has one address, and it is this one (301).
fn moved(to: &str) -> Response {
    let mut response = StatusCode::MOVED_PERMANENTLY.into_response();
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

/// A code as it may be written in an address: `15`, `15100`, and `151009` with its check digit.
fn read_code(directory: &Directory, text: &str) -> Option<MunicipalityCode> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let code = match text.len() {
        2 => MunicipalityCode::parse(&format!("{text}000")),
        5 => MunicipalityCode::parse(text),
        6 => MunicipalityCode::parse(&text[..5]),
        _ => return None,
    };
    code.ok()
        .filter(|code| directory.municipality(*code).is_some())
}

/// The path above the page of a place: 窓口 › 新潟県 › 新潟市.
fn under_places(
    page: Page,
    directory: &Directory,
    code: MunicipalityCode,
    with_itself: bool,
) -> Page {
    let all = directory.municipalities();
    let mut above: Vec<_> = all
        .with_ancestors(code)
        .skip(usize::from(!with_itself))
        .collect();
    above.reverse();
    let mut page = page.under("/", "はじめ").under("/madoguchi", "窓口");
    for place in above {
        page = page.under(href(place.code), place.name);
    }
    page
}

/// A page directly under the way in.
fn under_entry(visit: &Visit, title: impl Into<String>) -> Page {
    visit
        .page(title)
        .under("/", "はじめ")
        .under("/madoguchi", "窓口")
}
