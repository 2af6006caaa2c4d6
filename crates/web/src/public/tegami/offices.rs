//! `/tegami`: to which office. With one office only this leads straight to its form.

use askama::Template;
use axum::{Router, http::HeaderMap, response::Response, routing::get};
use basics::MunicipalityCode;
use office::office::Office;

use super::{carried, page, trouble};
use crate::{App, Form, Page, Visit, page::see_other, show};

/// From this many offices on, a search by area stands above the list.
const MANY: usize = 6;

/// The door.
pub fn routes() -> Router<App> {
    Router::new().route("/tegami", get(choose).post(search))
}

/// Offices of one prefecture.
struct Group {
    prefecture: &'static str,
    offices: Vec<Office>,
}

#[derive(Template)]
#[template(path = "public/tegami.html")]
struct Choose {
    page: Page,
    groups: Vec<Group>,
    /// What was typed and the offices that take letters from there, when somebody searched.
    found: Option<(String, Vec<Office>)>,
    many: bool,
    has_open: bool,
}

async fn all(visit: &Visit) -> Result<Vec<Office>, Response> {
    let mut conn = visit
        .app
        .db
        .read()
        .await
        .map_err(|error| trouble(&error.into()))?;
    office::office::all(&mut conn)
        .await
        .map_err(|error| trouble(&error.into()))
}

/// How many offices there are; 0 when that cannot be told now.
pub async fn count(visit: &Visit) -> usize {
    all(visit).await.map_or(0, |offices| offices.len())
}

async fn choose(visit: Visit, headers: HeaderMap) -> Response {
    match all(&visit).await {
        Err(trouble) => trouble,
        Ok(offices) => match offices.as_slice() {
            [only] => see_other(&format!("/tegami/kaku/{}", only.id)),
            _ => list(&visit, &headers, offices, None),
        },
    }
}

/// A search leaves no trace in the address: it is a form that answers with the page.
async fn search(visit: Visit, headers: HeaderMap, form: Form) -> Response {
    let offices = match all(&visit).await {
        Ok(offices) => offices,
        Err(trouble) => return trouble,
    };
    let asked = form.line("q");
    let near = codes(&visit, &asked);
    let mut found: Vec<Office> = offices
        .iter()
        .filter(|office| near.contains(&office.jurisdiction))
        .cloned()
        .collect();
    // The nearest first: a city's own office before its prefecture's.
    found.sort_by_key(|office| near.iter().position(|code| *code == office.jurisdiction));
    list(&visit, &headers, offices, Some((asked, found)))
}

/// The areas that a postal code or a name stands for, each with what it belongs to.
fn codes(visit: &Visit, asked: &str) -> Vec<MunicipalityCode> {
    let directory = &visit.app.directory;
    let places = match directory.postal(asked) {
        Ok(codes) => codes,
        Err(_) if asked.is_empty() => Vec::new(),
        Err(_) => directory
            .municipalities()
            .search(asked)
            .iter()
            .map(|place| place.code)
            .collect(),
    };
    let mut codes: Vec<MunicipalityCode> = places.clone();
    for place in places {
        codes.extend(
            directory
                .municipalities()
                .with_ancestors(place)
                .map(|above| above.code),
        );
    }
    let mut seen = std::collections::HashSet::new();
    codes.retain(|code| seen.insert(*code));
    codes
}

fn list(
    visit: &Visit,
    headers: &HeaderMap,
    mut offices: Vec<Office>,
    found: Option<(String, Vec<Office>)>,
) -> Response {
    let many = offices.len() > MANY;
    offices.sort_by_key(|office| (office.jurisdiction, office.id));
    let mut groups: Vec<Group> = Vec::new();
    for office in offices {
        let prefecture = visit
            .app
            .directory
            .municipalities()
            .name(office.jurisdiction.prefecture());
        match groups
            .last_mut()
            .filter(|group| group.prefecture == prefecture)
        {
            Some(group) => group.offices.push(office),
            None => groups.push(Group {
                prefecture,
                offices: vec![office],
            }),
        }
    }
    show(&Choose {
        page: page(visit),
        groups,
        found,
        many,
        has_open: carried(visit, headers).is_some(),
    })
}
