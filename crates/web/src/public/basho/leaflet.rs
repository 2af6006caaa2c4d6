//! `/basho/insatsu/2026-12`: the month on one sheet, from the same data as the pages. Two sides of A4, folded once: the
//! outside says nothing but a month, so that it may lie on a table at home (field/guide.md §C9); the programme runs over
//! both halves of the inside. What is cancelled by then is left out; what changes later stands behind the QR code.
//!
//! `?machi=` keeps to a town, `?mado=` to an office: one installation may hold many.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, rejection::QueryRejection},
    response::{IntoResponse as _, Response},
    routing::get,
};
use basics::{MunicipalityCode, OfficeId};
use community::gathering::{OnDay, State};
use jiff::{Span, civil::Date, civil::date};
use serde::Deserialize;
use std::collections::BTreeMap;

use super::{for_whom, hours, how, is_near, page, trouble};
use crate::{App, Page, Trouble, Visit, public::tegami::qr::Qr, show};

/// So many lines, roughly, fit on the inside in the usual size; more are set smaller, and still more take another sheet.
const LINES: usize = 64;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/basho/insatsu/{month}", get(sheet))
}

/// The months one may print, as address and words: this one and the next two; of one town when one was chosen.
pub(super) fn months(today: Date, town: Option<MunicipalityCode>) -> Vec<(String, String)> {
    let first = today.first_of_month();
    let kept = town.map_or_else(String::new, |code| format!("?machi={code}"));
    (0..3)
        .filter_map(|ahead| first.checked_add(Span::new().months(ahead)).ok())
        .map(|month| {
            (
                format!("/basho/insatsu/{}{kept}", month.strftime("%Y-%m")),
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

/// Whose month. What is no code of ours is as if nothing was chosen.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// a town or prefecture: five digits
    machi: String,
    /// an office
    mado: String,
}

impl Asked {
    fn town(&self) -> Option<MunicipalityCode> {
        MunicipalityCode::parse(&self.machi).ok()
    }

    fn office(&self) -> Option<OfficeId> {
        self.mado.parse::<i64>().ok().map(OfficeId::from)
    }

    fn fits(&self, on: &OnDay) -> bool {
        let town = self.town().is_none_or(|code| is_near(&on.programme, code));
        town && self
            .office()
            .is_none_or(|office| on.programme.office == office)
    }
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
    times: Vec<Times>,
    /// What is special on a day.
    notes: Vec<String>,
}

impl Entry {
    /// How many lines it takes, roughly.
    fn lines(&self) -> usize {
        let days: usize = self.times.iter().map(|t| 1 + t.days.len() / 5).sum();
        4 + days + self.about.chars().count() / 32 + self.notes.len()
    }
}

/// Days at the same hours: 「13:00〜16:00　1日（火） 3日（木）」.
struct Times {
    hours: String,
    days: Vec<String>,
}

/// An office to keep to.
struct Choice {
    href: String,
    label: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "public/basho-insatsu.html")]
struct Sheet {
    page: Page,
    year: i16,
    month: String,
    choices: Vec<Choice>,
    back: String,
    entries: Vec<Entry>,
    dense: bool,
    offices: Vec<String>,
    printed: String,
    url: String,
    qr: Option<Qr>,
}

async fn sheet(
    visit: Visit,
    Path(month): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Some(first) = read(&month) else {
        return Trouble::NotFound.into_response();
    };
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    match draw(&visit, first, &asked).await {
        Ok(sheet) => show(&sheet),
        Err(error) => trouble(&error),
    }
}

async fn draw(visit: &Visit, first: Date, asked: &Asked) -> Result<Sheet, community::Error> {
    let community = &visit.app.community;
    let mut on = community.on_between(first, first.last_of_month()).await?;
    on.retain(|one| one.gathering.state != State::Cancelled);
    let offices = names(visit, &on).await?;
    let month = first.strftime("%Y-%m");
    let here = |office: Option<OfficeId>| {
        let town = asked.town().map(|code| format!("machi={code}"));
        let office = office.map(|id| format!("mado={id}"));
        let query: Vec<String> = town.into_iter().chain(office).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/basho/insatsu/{month}{mark}{}", query.join("&"))
    };
    let mut choices = vec![Choice {
        href: here(None),
        label: "すべての窓口".to_owned(),
        chosen: asked.office().is_none(),
    }];
    if offices.len() > 1 {
        choices.extend(offices.iter().map(|(id, name)| Choice {
            href: here(Some(*id)),
            label: name.clone(),
            chosen: asked.office() == Some(*id),
        }));
    }
    on.retain(|one| asked.fits(one));
    let mut by_place: BTreeMap<i64, Vec<&OnDay>> = BTreeMap::new();
    for one in &on {
        by_place.entry(one.programme.number).or_default().push(one);
    }
    let entries: Vec<Entry> = by_place.values().filter_map(|days| entry(days)).collect();
    let shown = |id: &OfficeId| on.iter().any(|one| one.programme.office == *id);
    let back = asked.town().map_or_else(
        || "/basho".to_owned(),
        |code| format!("/basho?machi={code}"),
    );
    let url = format!("{}{back}", visit.app.config.public_url);
    let month = format!("{}月", first.month());
    Ok(Sheet {
        // What a browser prints at the edge of the outside is the title: a month, and nothing more.
        page: page(visit, &format!("{month}の予定")).under("/basho", "居場所と、集まり"),
        year: first.year(),
        month,
        choices,
        back,
        dense: entries.iter().map(Entry::lines).sum::<usize>() > LINES,
        entries,
        offices: offices
            .into_iter()
            .filter(|(id, _)| shown(id))
            .map(|(_, name)| name)
            .collect(),
        printed: basics::japanese::date_with_year(visit.app.clock.today()),
        qr: Qr::of(&url),
        url,
    })
}

/// The offices that have something in this month.
async fn names(visit: &Visit, on: &[OnDay]) -> Result<Vec<(OfficeId, String)>, community::Error> {
    let mut ids: Vec<_> = on.iter().map(|one| one.programme.office).collect();
    ids.sort();
    ids.dedup();
    let mut conn = visit.app.db.read().await?;
    let mut names = Vec::new();
    for id in ids {
        names.push((id, office::office::one(&mut conn, id).await?.name));
    }
    Ok(names)
}

fn entry(on: &[&OnDay]) -> Option<Entry> {
    let first = on.first()?;
    let programme = &first.programme;
    let mut times: Vec<Times> = Vec::new();
    let mut notes = Vec::new();
    for one in on {
        let (day, hours) = (one.gathering.day, hours(&one.gathering, false));
        let weekday = basics::japanese::weekday(day);
        let words = one.gathering.words.trim();
        if !words.is_empty() {
            notes.push(format!("{}日：{words}", day.day()));
        }
        let day = format!("{}日（{weekday}）", day.day());
        match times.iter_mut().find(|known| known.hours == hours) {
            Some(known) => known.days.push(day),
            None => times.push(Times {
                hours,
                days: vec![day],
            }),
        }
    }
    Some(Entry {
        title: programme.draft.details.title.clone(),
        kind: programme.draft.kind.label(),
        for_whom: for_whom(programme, false),
        place: programme.public_place(),
        cost: programme.draft.details.cost.clone(),
        how: if programme.draft.walk_in {
            how(first, false)
        } else {
            "予約して来る会です".to_owned()
        },
        about: super::first_sentence(&programme.draft.details.about),
        times,
        notes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_run_over_the_turn_of_the_year() {
        let months = super::months(date(2026, 12, 31), None);
        let words: Vec<&str> = months.iter().map(|(_, words)| words.as_str()).collect();
        assert_eq!(words, ["12月", "1月", "2月"]);
        assert_eq!(months[1].0, "/basho/insatsu/2027-01");
        let town = MunicipalityCode::parse("10212").ok();
        let of_town = super::months(date(2026, 11, 3), town);
        assert_eq!(of_town[0].0, "/basho/insatsu/2026-11?machi=10212");
        assert_eq!(read("2027-01"), Some(date(2027, 1, 1)));
        for wrong in ["", "2027", "2027-13", "みかん", "99999-01", "2027-00"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
