//! `/madoguchi/mado/hc-15000-1`: one window, with everything that is known about it and where it is known from.

use askama::{Template, filters::Safe};
use axum::{
    Router,
    extract::Path,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
    routing::get,
};
use basics::MunicipalityCode;
use directory::{Channel, Directory, HowToFind, Kind, Phone, Window, kind_info, machine};
use guide::Card;

use super::{
    drawn, href,
    known::{self, Answers, Times},
    line::{Opening, cost},
    offices::{Nearby, nearby},
    under_places, window_href,
};
use crate::{App, Page, Trouble, Visit};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/madoguchi/mado/{id}", get(window))
}

/// A place, as a link.
struct PlaceLink {
    href: String,
    name: &'static str,
}

#[derive(Template)]
#[template(path = "public/madoguchi-mado.html")]
struct WindowPage<'a> {
    page: Page,
    json_ld: Safe<String>,
    name: String,
    sort: Vec<&'static str>,
    what: &'static str,
    window: &'a Window,
    phone: Option<&'a Phone>,
    cost: &'static str,
    /// What to know when calling; of a national line this is the cost, which stands there already.
    phone_note: Option<&'a str>,
    opening: Opening,
    times: Vec<Times<'a>>,
    /// The ways beside the telephone that need no voice, as the source names them.
    silent_ways: Vec<&'static str>,
    answers: Answers,
    card: Option<&'a Card>,
    serves: String,
    places: Vec<PlaceLink>,
    not_served: Vec<PlaceLink>,
    confirmed: String,
    find: Option<HowToFind<'a>>,
    nearby: Nearby,
    /// Where a mistake is reported.
    report: String,
    /// The page's address, for paper.
    address: String,
}

impl WindowPage<'_> {
    fn easy(&self) -> bool {
        self.page.easy()
    }
}

async fn window(visit: Visit, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let directory = &visit.app.directory;
    let Some(window) = directory.window(&id) else {
        return Trouble::NotFound.into_response();
    };
    let asked = async {
        match window.serves.serves.first() {
            Some(area) => nearby(&visit, *area).await,
            None => Nearby::default(),
        }
    };
    drawn::page_knowing(&visit, &headers, asked, |nearby| {
        draw(&visit, directory, window, nearby)
    })
    .await
}

/// The municipality in whose name the path above the page leads, and the way to find the contact.
fn home(window: &Window) -> Option<MunicipalityCode> {
    match &window.serves.serves[..] {
        [] => None,
        [one] => Some(*one),
        [first, ..] => Some(first.prefecture()),
    }
}

fn draw<'a>(
    visit: &'a Visit,
    directory: &'a Directory,
    window: &'a Window,
    nearby: Nearby,
) -> WindowPage<'a> {
    const SHOWN: usize = 60;
    let all = directory.municipalities();
    let name = window.title(all);
    let kind = kind_info(window.kind);
    let place = |code: &MunicipalityCode| PlaceLink {
        href: href(*code),
        name: all.name(*code),
    };
    let operator = window.operator.as_deref().unwrap_or("");
    let page = visit.page(&name).described(format!(
        "{operator}{}{name}（{}）。連絡のしかた、受付時間、担当する地域、確認した日。",
        if operator.is_empty() { "" } else { "の" },
        kind.name
    ));
    let page = match home(window) {
        Some(code) => under_places(page, directory, code, true),
        None => page.under("/", "はじめ").under("/madoguchi", "窓口"),
    };
    let now = page.now.clone();
    let here = window_href(window);
    WindowPage {
        json_ld: Safe(machine::for_script(&machine::json_ld(
            directory,
            window,
            &visit.app.config.public_url,
        ))),
        sort: std::iter::once(window.kind)
            .chain(window.also.iter().copied())
            .map(|kind| kind_info(kind).name)
            .filter(|sort| !name.contains(sort))
            .collect(),
        what: if page.easy() { kind.easy } else { kind.what },
        phone: window.phone.as_ref(),
        cost: window
            .phone
            .as_ref()
            .map_or("", |phone| cost(window, phone)),
        phone_note: window
            .phone_note
            .as_deref()
            .filter(|_| !window.serves.is_everywhere()),
        opening: Opening::of(window, &now),
        times: known::times(window),
        silent_ways: [Channel::Mail, Channel::Chat, Channel::Fax, Channel::Letter]
            .into_iter()
            .filter(|channel| window.takes(*channel) == Some(true))
            .map(Channel::label)
            .collect(),
        answers: known::answers(window),
        card: visit
            .app
            .guide
            .card(window.kind)
            .filter(|_| window.kind != Kind::Hall),
        serves: directory.serves_sentence(window),
        places: if window.serves.serves.len() <= SHOWN {
            window.serves.serves.iter().map(place).collect()
        } else {
            Vec::new()
        },
        not_served: window.serves.except.iter().take(SHOWN).map(place).collect(),
        confirmed: known::confirmed(window, now.date()),
        find: home(window).and_then(|code| directory.how_to_find_window(window, code)),
        nearby,
        address: format!("{}{here}", visit.app.config.public_url),
        report: format!("{here}/machigai"),
        name,
        window,
        page,
    }
}
