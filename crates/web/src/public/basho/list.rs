//! `/basho`: what is on. Today and the coming days, for whom, where; what is cancelled says so.

use askama::Template;
use axum::{
    Router,
    extract::{Query, rejection::QueryRejection},
    response::Response,
    routing::get,
};
use basics::MunicipalityCode;
use community::gathering::OnDay;
use community::programme::{ForWhom, Kind, Programme};
use jiff::{Span, civil::Date};
use serde::Deserialize;
use std::collections::BTreeMap;

use super::{Line, is_near, page, trouble};
use crate::{App, Page, Visit, show};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/basho", get(list))
}

/// What was chosen. Codes only; what is no code of ours is as if nothing was chosen.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// kyou, shuu, or tsuki
    itu: String,
    /// honnin, kazoku
    dare: String,
    /// a kind
    shurui: String,
    /// five digits
    machi: String,
    /// "1": from home
    ie: String,
    /// "1": friendly to who comes for the first time
    hajimete: String,
}

impl Asked {
    fn days(&self) -> i32 {
        match self.itu.as_str() {
            "kyou" => 0,
            "shuu" => 6,
            _ => 30,
        }
    }

    fn whom(&self) -> Option<ForWhom> {
        match self.dare.as_str() {
            "honnin" => Some(ForWhom::Principal),
            "kazoku" => Some(ForWhom::Family),
            _ => None,
        }
    }

    fn kind(&self) -> Option<Kind> {
        Kind::from_code(&self.shurui)
    }

    fn municipality(&self) -> Option<MunicipalityCode> {
        MunicipalityCode::parse(&self.machi).ok()
    }

    fn fits(&self, programme: &Programme) -> bool {
        let draft = &programme.draft;
        let whom = self
            .whom()
            .is_none_or(|whom| draft.for_whom == whom || draft.for_whom == ForWhom::Anyone);
        let place = self
            .municipality()
            .is_none_or(|asked| is_near(programme, asked));
        whom && place
            && self.kind().is_none_or(|kind| draft.kind == kind)
            && (self.ie != "1" || draft.online)
            && (self.hajimete != "1" || draft.first_time_friendly)
    }

    /// The address with one choice changed; choosing what is chosen takes it back.
    fn href(&self, name: &str, value: &str) -> String {
        let mut with = self.clone();
        let field = match name {
            "itu" => &mut with.itu,
            "dare" => &mut with.dare,
            "shurui" => &mut with.shurui,
            "machi" => &mut with.machi,
            "ie" => &mut with.ie,
            _ => &mut with.hajimete,
        };
        *field = if *field == value {
            String::new()
        } else {
            value.to_owned()
        };
        let pairs = [
            ("itu", with.itu.as_str()),
            ("dare", &with.dare),
            ("shurui", with.kind().map_or("", Kind::code)),
            ("machi", &with.machi),
            ("ie", &with.ie),
            ("hajimete", &with.hajimete),
        ];
        let query: Vec<String> = pairs
            .iter()
            .filter(|(_, value)| {
                !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            })
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if query.is_empty() {
            "/basho".to_owned()
        } else {
            format!("/basho?{}", query.join("&"))
        }
    }

    fn is_narrow(&self) -> bool {
        self.whom().is_some()
            || self.kind().is_some()
            || self.municipality().is_some()
            || self.ie == "1"
            || self.hajimete == "1"
    }
}

/// One choice of a row.
struct Chip {
    href: String,
    label: String,
    chosen: bool,
}

struct Row {
    name: &'static str,
    chips: Vec<Chip>,
}

/// One day with what is on.
struct OnOneDay {
    day: String,
    today: bool,
    lines: Vec<Line>,
}

/// A place that has no day written down in this span.
struct Without {
    href: String,
    title: String,
    kind: &'static str,
    about: String,
}

#[derive(Template)]
#[template(path = "public/basho.html")]
struct List {
    page: Page,
    rows: Vec<Row>,
    days: Vec<OnOneDay>,
    without: Vec<Without>,
    narrow: bool,
    span: &'static str,
    months: Vec<(String, String)>,
}

async fn list(visit: Visit, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let today = visit.app.clock.today();
    let until = today
        .checked_add(Span::new().days(asked.days()))
        .unwrap_or(today);
    let community = &visit.app.community;
    let (on, places) = match (
        community.on_between(today, until).await,
        community.places().await,
    ) {
        (Ok(on), Ok(places)) => (on, places),
        (Err(error), _) | (_, Err(error)) => return trouble(&error),
    };
    let now = visit.app.clock.now();
    let mut by_day: BTreeMap<Date, Vec<&OnDay>> = BTreeMap::new();
    for one in on.iter().filter(|one| asked.fits(&one.programme)) {
        if one.gathering.ends_at > now {
            by_day.entry(one.gathering.day).or_default().push(one);
        }
    }
    let days = by_day
        .iter()
        .map(|(day, on)| OnOneDay {
            day: basics::japanese::date(*day),
            today: *day == today,
            lines: on
                .iter()
                .map(|one| Line::of(one, visit.prefs.easy))
                .collect(),
        })
        .collect();
    let with_a_day = |programme: &Programme| on.iter().any(|one| one.programme.id == programme.id);
    let without = places
        .iter()
        // For today or for a week, a place without a day in it is nothing to go to.
        .filter(|place| asked.days() > 6 && asked.fits(place) && !with_a_day(place))
        .map(|place| Without {
            href: format!("/basho/{}", place.number),
            title: place.draft.details.title.clone(),
            kind: place.draft.kind.label(),
            about: super::first_sentence(&place.draft.details.about),
        })
        .collect();
    let rows = rows(&visit, &asked, &places);
    show(&List {
        page: page(&visit, "居場所と、集まり")
            .described("ひきこもりの状態にある方とご家族の、居場所や集まりの予定です。名前を言わずに来られます。"),
        rows,
        days,
        without,
        narrow: asked.is_narrow(),
        span: match asked.days() {
            0 => "きょう",
            6 => "この1週間",
            _ => "これから1か月",
        },
        months: super::leaflet::months(today, asked.municipality()),
    })
}

fn rows(visit: &Visit, asked: &Asked, places: &[Programme]) -> Vec<Row> {
    let chip = |name: &str, value: &str, label: &str, chosen: bool| Chip {
        href: asked.href(name, value),
        label: label.to_owned(),
        chosen,
    };
    let mut rows = vec![
        Row {
            name: "いつ",
            chips: vec![
                chip("itu", "kyou", "きょう", asked.itu == "kyou"),
                chip("itu", "shuu", "1週間", asked.itu == "shuu"),
            ],
        },
        Row {
            name: "だれが",
            chips: vec![
                chip("dare", "honnin", "本人", asked.dare == "honnin"),
                chip("dare", "kazoku", "家族", asked.dare == "kazoku"),
            ],
        },
        Row {
            name: "どんな",
            chips: vec![
                chip(
                    "hajimete",
                    "1",
                    "はじめてでも来やすい",
                    asked.hajimete == "1",
                ),
                chip("ie", "1", "家から（オンライン）", asked.ie == "1"),
            ],
        },
    ];
    let kinds: Vec<Kind> = Kind::ALL
        .iter()
        .copied()
        .filter(|kind| places.iter().any(|place| place.draft.kind == *kind))
        .collect();
    if kinds.len() > 1 {
        rows.push(Row {
            name: "種類",
            chips: kinds
                .iter()
                .map(|kind| {
                    chip(
                        "shurui",
                        kind.code(),
                        kind.label(),
                        asked.kind() == Some(*kind),
                    )
                })
                .collect(),
        });
    }
    let mut codes: Vec<MunicipalityCode> = places
        .iter()
        .filter_map(|place| place.draft.municipality)
        .collect();
    codes.sort_by_key(|code| code.as_str().to_owned());
    codes.dedup();
    if codes.len() > 1 {
        let names = visit.app.directory.municipalities();
        rows.push(Row {
            name: "どこで",
            chips: codes
                .iter()
                .map(|code| {
                    let chosen = asked.municipality() == Some(*code);
                    chip("machi", code.as_str(), names.name(*code), chosen)
                })
                .collect(),
        });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_codes_and_nothing_that_was_typed() {
        let asked = Asked {
            itu: "<b>".to_owned(),
            machi: "みかん".to_owned(),
            dare: "kazoku".to_owned(),
            ..Asked::default()
        };
        assert_eq!(asked.href("ie", "1"), "/basho?dare=kazoku&ie=1");
        assert_eq!(asked.href("dare", "kazoku"), "/basho");
        assert_eq!(
            super::super::first_sentence("静かな部屋です。お茶があります。"),
            "静かな部屋です。"
        );
    }
}
