//! `/madoguchi/15`: the centres of a prefecture, its municipalities' own windows, and the list of municipalities.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
    routing::get,
};
use directory::{Kind, Municipality, MunicipalityType, Window};

use super::{
    drawn, href,
    line::Line,
    moved,
    offices::{Nearby, nearby},
    read_code, under_places, window_href,
};
use crate::{App, Page, Trouble, Visit};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/madoguchi/{prefecture}", get(prefecture))
}

/// Municipalities whose names begin in the same row of the syllabary.
struct Row<'a> {
    /// 「あ行」
    label: &'static str,
    /// For the link to it.
    id: &'static str,
    places: Vec<Place<'a>>,
}

struct Place<'a> {
    href: String,
    place: &'a Municipality,
}

/// A designated city with its wards.
struct City<'a> {
    place: Place<'a>,
    wards: Vec<Place<'a>>,
}

#[derive(Template)]
#[template(path = "public/madoguchi-ken.html")]
struct PrefecturePage<'a> {
    page: Page,
    name: &'static str,
    centres: Vec<Line<'a>>,
    /// Windows of the municipalities' own.
    own: Vec<Line<'a>>,
    cities: Vec<City<'a>>,
    rows: Vec<Row<'a>>,
    site: Option<&'static str>,
    nearby: Nearby,
}

impl<'a> Place<'a> {
    fn new(place: &'a Municipality) -> Self {
        Self {
            href: href(place.code),
            place,
        }
    }
}

const ROWS: [(&str, &str, &str); 10] = [
    ("あ行", "a", "あいうえお"),
    ("か行", "ka", "かきくけこがぎぐげご"),
    ("さ行", "sa", "さしすせそざじずぜぞ"),
    ("た行", "ta", "たちつてとだぢづでど"),
    ("な行", "na", "なにぬねの"),
    ("は行", "ha", "はひふへほばびぶべぼぱぴぷぺぽ"),
    ("ま行", "ma", "まみむめも"),
    ("や行", "ya", "やゆよ"),
    ("ら行", "ra", "らりるれろ"),
    ("わ行", "wa", "わゐゑをん"),
];

fn rows(mut places: Vec<&Municipality>) -> Vec<Row<'_>> {
    places.sort_by_key(|place| (place.kana, place.code));
    ROWS.iter()
        .map(|(label, id, first)| Row {
            label,
            id,
            places: places
                .iter()
                .filter(|place| place.kana.chars().next().is_some_and(|c| first.contains(c)))
                .map(|place| Place::new(place))
                .collect(),
        })
        .filter(|row| !row.places.is_empty())
        .collect()
}

async fn prefecture(visit: Visit, headers: HeaderMap, Path(asked): Path<String>) -> Response {
    let directory = &visit.app.directory;
    let Some(code) = read_code(directory, &asked) else {
        // Addresses of windows were shorter once.
        return match directory.window(&asked) {
            Some(window) => moved(&window_href(window)),
            None => Trouble::NotFound.into_response(),
        };
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
            .described(format!("{name}で、ひきこもりの状態にある方とご家族が相談できる窓口。ひきこもり地域支援センターと、市区町村ごとの窓口。"));
        let now = page.now.clone();
        let here = directory.windows_in(code);
        let line = |window: &'_ &'_ Window| -> bool { !window.fallback || window.kind == Kind::Hc };
        let of = |kind: Kind| {
            here.iter()
                .copied()
                .filter(move |window| window.kind == kind)
                .filter(|w| line(w))
        };
        let centres = of(Kind::Hc)
            .map(|window| {
                Line::new(directory, window, code, &now).because(directory.serves_sentence(window))
            })
            .collect();
        let own = of(Kind::Muni)
            .map(|window| {
                Line::new(directory, window, code, &now)
                    .because(directory.serves_sentence(window))
                    .short()
            })
            .collect();
        let (cities, others): (Vec<_>, Vec<_>) = all
            .children(code)
            .partition(|place| place.kind == MunicipalityType::DesignatedCity);
        PrefecturePage {
            page: under_places(page, directory, code, false),
            name,
            centres,
            own,
            cities: cities
                .into_iter()
                .map(|city| City {
                    wards: all.children(city.code).map(Place::new).collect(),
                    place: Place::new(city),
                })
                .collect(),
            rows: rows(others),
            site: all.site(code).map(|(_, url)| url),
            nearby,
        }
    })
    .await
}
