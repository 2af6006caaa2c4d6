//! `/desk/ba`: the office's programmes, the days they take place, and who comes.
//!
//! [`list`] all of them · [`edit`] one form for new and old (read by [`typed`], days by [`typed_day`]) · [`one`] a
//! programme with its days · [`day`] changing and cancelling one · [`roster`] the day for those who run it ·
//! [`year`] twelve months of heads · [`mine`] what the start pages say · [`been`] what a compartment's page says.
//!
//! What a booking says is read by those who run the day alone; for everybody else the day's page is absent.

pub(super) mod been;
mod day;
mod edit;
mod list;
pub(super) mod mine;
mod one;
mod roster;
mod typed;
mod typed_day;
mod year;

use axum::{Router, response::Response};
use basics::time::to_jst;
use basics::{GatheringId, ProgrammeId, StaffId};
use community::Error;
use community::gathering::Gathering;
use office::{Role, staff::Staff};

use crate::{
    App, Form,
    desk::colleague::Colleague,
    parts::{Choice, Mistake},
};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(list::routes())
        .merge(edit::routes())
        .merge(one::routes())
        .merge(day::routes())
        .merge(roster::routes())
}

fn programme_id(text: &str) -> ProgrammeId {
    ProgrammeId::from(text.parse::<i64>().unwrap_or(0))
}

fn gathering_id(text: &str) -> GatheringId {
    GatheringId::from(text.parse::<i64>().unwrap_or(0))
}

/// The office's colleagues, for names and for choosing who runs something.
async fn team(colleague: &Colleague) -> Result<Vec<Staff>, Response> {
    let read = async {
        let mut conn = colleague.app().db.read().await?;
        office::staff::list(&mut conn, colleague.session.office()).await
    };
    match read.await {
        Ok(team) => Ok(team),
        Err(error) => Err(colleague.trouble(error).await),
    }
}

/// The names of these, in the order of the office's list.
fn names(team: &[Staff], these: &[StaffId]) -> String {
    let chosen = team.iter().filter(|one| these.contains(&one.id));
    let words: Vec<&str> = chosen.map(|one| one.name.as_str()).collect();
    words.join("、")
}

/// Who may run a gathering: colleagues and peers who are here. One chosen before who has left stays in sight.
fn hosts(team: &[Staff], form: &Form, without: &[StaffId]) -> Vec<Choice> {
    team.iter()
        .filter(|one| !without.contains(&one.id))
        .filter_map(|one| {
            let id = one.id.to_string();
            let chosen = form.has("hosts", &id);
            let fits = one.active && one.role != Role::Administrator;
            let peer = if one.role == Role::Peer {
                "（ピア）"
            } else {
                ""
            };
            (fits || chosen).then(|| Choice::new(id, format!("{}{peer}", one.name)).chosen(chosen))
        })
        .collect()
}

fn chosen_hosts(form: &Form) -> Vec<StaffId> {
    let mut hosts: Vec<StaffId> = (form.all("hosts"))
        .filter_map(|id| id.parse().ok())
        .collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}

/// What a form can show at a field, with everything that was typed; anything else is a page of its own.
fn mistake(error: Error) -> Result<Mistake, Error> {
    match error {
        Error::Invalid { field, sentence } => Ok(Mistake::at(field, sentence)),
        Error::Illegal(sentence) => Ok(Mistake::at("main", sentence)),
        Error::Meanwhile => Ok(Mistake::at("meanwhile", error.to_string())),
        other => Err(other),
    }
}

/// The identifier a form carries so that a double click is one: kept over a mistake, else new.
fn once(colleague: &Colleague, form: &Form) -> String {
    match form.line("once").parse::<i64>() {
        Ok(kept) => kept.to_string(),
        Err(_) => basics::new_id(&colleague.app().clock).to_string(),
    }
}

/// 「14:00〜16:00」
fn hours(gathering: &Gathering) -> String {
    let clock = |at| basics::japanese::time(to_jst(at).time());
    format!(
        "{}〜{}",
        clock(gathering.starts_at),
        clock(gathering.ends_at)
    )
}

fn status(mistakes: &[Mistake]) -> axum::http::StatusCode {
    if mistakes.is_empty() {
        axum::http::StatusCode::OK
    } else {
        axum::http::StatusCode::UNPROCESSABLE_ENTITY
    }
}
