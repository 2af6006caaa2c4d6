//! `/basho/insatsu/2026-12`: the month on one sheet (A4, folded once), from the same data as the pages. What is cancelled
//! by then is left out; what changes later stands behind the QR code.

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse as _, Response},
    routing::get,
};
use community::gathering::{OnDay, State};
use jiff::{Span, civil::Date, civil::date};
use std::collections::BTreeMap;

use super::{for_whom, hours, how, page, trouble};
use crate::{App, Page, Trouble, Visit, public::tegami::qr::Qr, show};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/basho/insatsu/{month}", get(sheet))
}

/// The months one may print, as address and words: this one and the next two.
pub(super) fn months(today: Date) -> Vec<(String, String)> {
    let first = today.first_of_month();
    (0..3)
        .filter_map(|ahead| first.checked_add(Span::new().months(ahead)).ok())
        .map(|month| {
            (
                format!("/basho/insatsu/{}", month.strftime("%Y-%m")),
                format!("{}月", month.month()),
            )
        })
        .collect()
}

fn read(month: &str) -> Option<Date> {
    let (year, month) = month.split_once('-')?;
    let (year, month): (i16, i8) = (year.parse().ok()?, month.parse().ok()?);
    ((2020..=2100).contains(&year) && (1..=12).contains(&month)).then(|| date(year, month, 1))
}

/// One place with its days of the month.
struct Entry {
    title: String,
    kind: &'static str,
    for_whom: String,
    place: String,
    cost: String,
    how: String,
    about: String,
    days: Vec<String>,
}

#[derive(Template)]
#[template(path = "public/basho-insatsu.html")]
struct Sheet {
    page: Page,
    month: String,
    entries: Vec<Entry>,
    offices: Vec<String>,
    printed: String,
    url: String,
    qr: Option<Qr>,
}

async fn sheet(visit: Visit, Path(month): Path<String>) -> Response {
    let Some(first) = read(&month) else {
        return Trouble::NotFound.into_response();
    };
    let community = &visit.app.community;
    let on = match community.on_between(first, first.last_of_month()).await {
        Ok(on) => on,
        Err(error) => return trouble(&error),
    };
    let mut by_place: BTreeMap<i64, Vec<&OnDay>> = BTreeMap::new();
    for one in on
        .iter()
        .filter(|one| one.gathering.state != State::Cancelled)
    {
        by_place.entry(one.programme.number).or_default().push(one);
    }
    let offices = match names(&visit, &on).await {
        Ok(offices) => offices,
        Err(error) => return trouble(&error),
    };
    let url = format!("{}/basho", visit.app.config.public_url);
    show(&Sheet {
        page: page(&visit, "居場所と、集まり").under("/basho", "居場所と、集まり"),
        month: format!("{}年{}月", first.year(), first.month()),
        entries: by_place.values().filter_map(|days| entry(days)).collect(),
        offices,
        printed: basics::japanese::date_with_year(visit.app.clock.today()),
        qr: Qr::of(&url),
        url,
    })
}

async fn names(visit: &Visit, on: &[OnDay]) -> Result<Vec<String>, community::Error> {
    let mut ids: Vec<_> = on.iter().map(|one| one.programme.office).collect();
    ids.sort();
    ids.dedup();
    let mut conn = visit.app.db.read().await?;
    let mut names = Vec::new();
    for id in ids {
        names.push(office::office::one(&mut conn, id).await?.name);
    }
    Ok(names)
}

fn entry(days: &[&OnDay]) -> Option<Entry> {
    let first = days.first()?;
    let programme = &first.programme;
    let day = |one: &&OnDay| {
        let day = one.gathering.day;
        let words = match one.gathering.words.trim() {
            "" => String::new(),
            words => format!("「{words}」"),
        };
        let weekday = basics::japanese::weekday(day);
        format!(
            "{}日（{weekday}）{}{words}",
            day.day(),
            hours(&one.gathering)
        )
    };
    Some(Entry {
        title: programme.draft.details.title.clone(),
        kind: programme.draft.kind.label(),
        for_whom: for_whom(programme),
        place: programme.public_place(),
        cost: programme.draft.details.cost.clone(),
        how: if programme.draft.walk_in {
            how(first)
        } else {
            "予約して来る会です".to_owned()
        },
        about: super::first_sentence(&programme.draft.details.about),
        days: days.iter().map(day).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_run_over_the_turn_of_the_year() {
        let months = months(date(2026, 12, 31));
        let words: Vec<&str> = months.iter().map(|(_, words)| words.as_str()).collect();
        assert_eq!(words, ["12月", "1月", "2月"]);
        assert_eq!(months[1].0, "/basho/insatsu/2027-01");
        assert_eq!(read("2027-01"), Some(date(2027, 1, 1)));
        for wrong in ["", "2027", "2027-13", "みかん", "99999-01", "2027-00"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
