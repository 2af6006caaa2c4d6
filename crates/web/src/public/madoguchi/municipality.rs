//! `/madoguchi/15/15103`: the windows that serve somebody who lives there, in a gentle order.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
    routing::get,
};
use basics::MunicipalityCode;
use directory::{Directory, Kind, Municipality, MunicipalityType, Site, Window, kind_info};
use jiff::Zoned;

use super::{
    drawn, href,
    line::Line,
    moved,
    offices::{Nearby, nearby},
    read_code, under_places,
};
use crate::{App, Page, Trouble, Visit};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/madoguchi/{prefecture}/{place}", get(municipality))
}

/// A link to a place nearby.
struct Near {
    href: String,
    name: &'static str,
}

/// Windows of one kind beyond the usual ones.
struct Group<'a> {
    name: &'static str,
    what: &'static str,
    lines: Vec<Line<'a>>,
}

#[derive(Template)]
#[template(path = "public/madoguchi-machi.html")]
struct MunicipalityPage<'a> {
    page: Page,
    name: &'static str,
    /// The first windows to turn to.
    first: Vec<Line<'a>>,
    money: Vec<Line<'a>>,
    halls: Vec<Line<'a>>,
    more: Vec<Group<'a>>,
    national: Vec<Group<'a>>,
    nearby: Nearby,
    site: Option<Site<'a>>,
    /// The heading over the places nearby, and the places.
    near: Option<(String, Vec<Near>)>,
    prefecture: Near,
}

/// Kinds with a place of their own on the page.
const USUAL: [Kind; 4] = [Kind::Hc, Kind::Muni, Kind::Js, Kind::Hall];

async fn municipality(
    visit: Visit,
    headers: HeaderMap,
    Path((_, asked)): Path<(String, String)>,
) -> Response {
    let directory = &visit.app.directory;
    let Some(code) = read_code(directory, &asked) else {
        return Trouble::NotFound.into_response();
    };
    let here = href(code);
    if here != visit.path {
        return moved(&here);
    }
    drawn::page_knowing(&visit, &headers, nearby(&visit, code), |nearby| {
        let all = directory.municipalities();
        let name = all.name(code);
        let page = visit
            .page(format!("{name}の窓口"))
            .described(format!(
                "{}にお住まいの、ひきこもりの状態にある方とご家族が相談できる窓口。電話番号、受付時間、いま開いているか。",
                directory.municipality(code).map_or_else(String::new, |place| place.full_name(all))
            ));
        let now = page.now.clone();
        let windows = directory.windows_for(code);
        let of = |kind: Kind| -> Vec<Line<'_>> {
            windows
                .iter()
                .filter(|window| window.kind == kind)
                .map(|window| Line::new(directory, window, code, &now))
                .collect()
        };
        MunicipalityPage {
            page: under_places(page, directory, code, false),
            name,
            first: first(directory, &windows, code, &now),
            money: of(Kind::Js),
            halls: of(Kind::Hall),
            more: groups(directory, &windows, code, &now, false),
            national: groups(directory, &windows, code, &now, true),
            nearby,
            site: all.site(code).map(|(place, url)| Site {
                name: place.name,
                url,
            }),
            near: near(directory, code),
            prefecture: Near {
                href: href(code.prefecture()),
                name: all.name(code.prefecture()),
            },
        }
    })
    .await
}

/// The place's own window before the centre; a placeholder of the place behind it.
fn first<'a>(
    directory: &'a Directory,
    windows: &[&'a Window],
    code: MunicipalityCode,
    now: &Zoned,
) -> Vec<Line<'a>> {
    let mut list: Vec<&Window> = windows
        .iter()
        .copied()
        .filter(|w| matches!(w.kind, Kind::Hc | Kind::Muni))
        .collect();
    list.sort_by_key(|window| match (window.kind, window.fallback) {
        (Kind::Muni, false) => 0,
        (Kind::Hc, false) => 1,
        (Kind::Hc, true) => 2,
        _ => 3,
    });
    let mut explained = Vec::new();
    list.into_iter()
        .map(|window| {
            let why = match window.kind {
                Kind::Muni if !window.fallback => {
                    "お住まいの近くの窓口です。近所に知られたくないときは、下のセンターやメールが先でもかまいません。".to_owned()
                }
                // What the kind is stands once; the next one says whom it serves.
                kind if explained.contains(&kind) => directory.serves_sentence(window),
                kind => kind_info(kind).what.to_owned(),
            };
            explained.push(window.kind);
            Line::new(directory, window, code, now).because(why)
        })
        .collect()
}

/// The other kinds, each with what it is.
fn groups<'a>(
    directory: &'a Directory,
    windows: &[&'a Window],
    code: MunicipalityCode,
    now: &Zoned,
    national: bool,
) -> Vec<Group<'a>> {
    let mut groups: Vec<(Kind, Group<'a>)> = Vec::new();
    for window in windows
        .iter()
        .filter(|w| !USUAL.contains(&w.kind) && w.serves.is_everywhere() == national)
    {
        let line = Line {
            sort: "",
            ..Line::new(directory, window, code, now)
        };
        if let Some((_, group)) = groups.iter_mut().find(|(kind, _)| *kind == window.kind) {
            group.lines.push(line);
        } else {
            let info = kind_info(window.kind);
            groups.push((
                window.kind,
                Group {
                    name: info.name,
                    what: info.what,
                    lines: vec![line],
                },
            ));
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// The wards of the same city, or the towns of the same county.
fn near(directory: &Directory, code: MunicipalityCode) -> Option<(String, Vec<Near>)> {
    let all = directory.municipalities();
    let place = directory.municipality(code)?;
    let link = |other: &Municipality| Near {
        href: href(other.code),
        name: other.name,
    };
    let (title, list): (String, Vec<Near>) = match place.kind {
        MunicipalityType::DesignatedCity => (
            format!("{}の区", place.name),
            all.children(code).map(link).collect(),
        ),
        MunicipalityType::Ward => {
            let city = place.parent?;
            let wards = all
                .children(city)
                .filter(|ward| ward.code != code)
                .map(link)
                .collect();
            (format!("{}のほかの区", all.name(city)), wards)
        }
        _ if !place.county.is_empty() => {
            let parent = place.parent?;
            let towns = all
                .children(parent)
                .filter(|town| town.county == place.county && town.code != code);
            (format!("{}の町村", place.county), towns.map(link).collect())
        }
        _ => return None,
    };
    (!list.is_empty()).then_some((title, list))
}
