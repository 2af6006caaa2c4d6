//! `/desk/ba/{id}`: a programme, its coming days, and what may be done with it.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use basics::GatheringId;
use community::Error;
use community::attendance::Heads;
use community::gathering::{Gathering, State as DayState};
use community::programme::{Programme, RunBy, State};
use jiff::Span;
use office::access::{Action, may_run};
use office::staff::Staff;
use std::collections::HashMap;

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

use super::{
    hosts, hours,
    list::seats,
    mistake, names, once, programme_id, status, team, typed_day,
    year::{self, Year},
};

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/ba/{id}", get(look).post(act))
}

/// One day as a line.
struct Line {
    id: i64,
    day: String,
    hours: String,
    words: String,
    booked: String,
    /// Who came, once heads were counted; empty before, and for who does not run it.
    came: String,
    waiting: i64,
    state: DayState,
    /// It lies ahead and may still be changed.
    ahead: bool,
    /// It has begun.
    over: bool,
    /// The asker runs it.
    run: bool,
}

#[derive(Template)]
#[template(path = "desk/ba_one.html")]
struct OnePage {
    page: Page,
    me: Me,
    id: i64,
    number: i64,
    version: i64,
    title: String,
    gist: Vec<String>,
    state: State,
    chip: &'static str,
    /// Others run it: when it was looked at last; empty: never.
    of_others: bool,
    checked: String,
    facts: Vec<(&'static str, String)>,
    /// The first days, and those further on.
    coming: [Vec<Line>; 2],
    past: Vec<Line>,
    year: Option<Year>,
    may_edit: bool,
    hosts: Vec<Choice>,
    once: String,
    form: Form,
    mistakes: Vec<Mistake>,
}

impl OnePage {
    fn typed(&self, field: &str) -> &str {
        self.form.text(field)
    }

    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

/// So many days are shown at once; the others are one press away.
const FIRST: usize = 6;

async fn look(colleague: Colleague, Path(id): Path<String>) -> Response {
    draw(&colleague, &id, Form::default(), Vec::new()).await
}

async fn draw(colleague: &Colleague, id: &str, form: Form, mistakes: Vec<Mistake>) -> Response {
    let team = match team(colleague).await {
        Ok(team) => team,
        Err(response) => return response,
    };
    match read(colleague, id, &team, form, mistakes).await {
        Ok(page) => show_with(status(&page.mistakes), &page),
        Err(error) => colleague.place_trouble(error).await,
    }
}

async fn read(
    colleague: &Colleague,
    id: &str,
    team: &[Staff],
    form: Form,
    mistakes: Vec<Mistake>,
) -> community::Result<OnePage> {
    let (room, session) = (&colleague.app().community, &colleague.session);
    let (today, now) = (colleague.app().clock.today(), colleague.app().clock.now());
    let one = room.programme(session, programme_id(id)).await?;
    let since = today.saturating_sub(Span::new().days(62));
    let days = room.days_of(session, one.id, since).await?;
    let waiting = room.waiting_by_day(session, one.id, today).await?;
    let run = may_run(session, one.office, &one.draft.hosts);
    // Days that somebody runs who does not run the programme.
    let mine = room.my_gatherings(session, since, today.saturating_add(Span::new().days(200)));
    let mine: Vec<GatheringId> = match mine.await {
        Ok(mine) => mine.into_iter().map(|on| on.gathering.id).collect(),
        Err(error) if error.is_not_found() => Vec::new(),
        Err(error) => return Err(error),
    };
    let counted = room.counted(session, one.id, year::since(today)).await?;
    let came: HashMap<GatheringId, Heads> = counted
        .iter()
        .map(|day| (day.gathering, day.heads))
        .collect();
    let line = |day: Gathering| {
        let heads = came.get(&day.id).copied();
        Line {
            came: heads.map(said).unwrap_or_default(),
            ..line(&one, day, &waiting, run, &mine, now)
        }
    };
    let (past, coming): (Vec<_>, Vec<_>) = days.into_iter().partition(|day| day.ends_at <= now);
    let mut coming: Vec<Line> = coming.into_iter().map(line).collect();
    let later = coming.split_off(coming.len().min(FIRST));
    let draft = &one.draft;
    Ok(OnePage {
        page: colleague.page("場").with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/ba"),
        id: one.id.get(),
        number: one.number,
        version: one.version,
        title: draft.details.title.clone(),
        gist: vec![
            draft.kind.label().to_owned(),
            draft.for_whom.label().to_owned(),
        ],
        state: one.state,
        chip: if one.state == State::Listed && !one.waits_for_check() {
            "ok"
        } else {
            "unknown"
        },
        of_others: draft.run_by == RunBy::Other,
        checked: one
            .checked_on
            .map(basics::japanese::date_with_year)
            .unwrap_or_default(),
        facts: facts(&one, team),
        coming: [coming, later],
        past: past.into_iter().rev().map(line).collect(),
        year: Year::of(&counted),
        may_edit: colleague.may(Action::EditPlaces),
        hosts: hosts(team, &form, &draft.hosts),
        once: once(colleague, &form),
        form,
        mistakes,
    })
}

fn line(
    one: &Programme,
    day: Gathering,
    waiting: &HashMap<GatheringId, i64>,
    run: bool,
    mine: &[GatheringId],
    now: jiff::Timestamp,
) -> Line {
    Line {
        id: day.id.get(),
        day: basics::japanese::date(day.day),
        hours: hours(&day),
        booked: if one.draft.takes_bookings {
            seats(day.taken, day.capacity(one))
        } else {
            String::new()
        },
        came: String::new(),
        waiting: waiting.get(&day.id).copied().unwrap_or(0),
        ahead: day.state == DayState::Planned && day.ends_at > now,
        over: day.starts_at <= now,
        run: run || mine.contains(&day.id),
        state: day.state,
        words: day.words,
    }
}

/// 「来た人 6人（本人4・ピア2） うち、はじめて1人」
fn said(heads: Heads) -> String {
    let parts = [
        ("本人", heads.principals),
        ("家族", heads.family),
        ("ピア", heads.peers),
        ("ほか", heads.others),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(who, count)| format!("{who}{count}"))
        .collect();
    let who = match parts.as_slice() {
        [] => String::new(),
        parts => format!("（{}）", parts.join("・")),
    };
    let first = match heads.first_timers {
        0 => String::new(),
        first => format!(" うち、はじめて{first}人"),
    };
    format!("来た人 {}人{who}{first}", heads.people())
}

fn facts(one: &Programme, team: &[Staff]) -> Vec<(&'static str, String)> {
    let draft = &one.draft;
    let details = &draft.details;
    let way = match (draft.walk_in, draft.takes_bookings) {
        (true, true) => "予約なしで来られます。予約もできます",
        (true, false) => "予約なしで来られます",
        (false, _) => "予約して来ます",
    };
    let told = &draft.after_booking;
    let told: Vec<&str> = [&told.place, &told.link, &told.words]
        .into_iter()
        .map(|text| text.trim())
        .filter(|text| !text.is_empty())
        .collect();
    let seats = draft.capacity.map(|seats| format!("{seats}人"));
    let facts = [
        (
            "いつ",
            draft.rule.as_ref().map_or_else(
                || "くり返しはありません".to_owned(),
                community::recurrence::Rule::sentence,
            ),
        ),
        ("外に出る場所", one.public_place()),
        ("来るとき", way.to_owned()),
        ("定員", seats.unwrap_or_else(|| "数えません".to_owned())),
        ("費用", details.cost.clone()),
        ("開く団体", details.run_by_name.clone()),
        ("予約した人に伝えること", told.join("\n")),
        ("受け持つ人", names(team, &draft.hosts)),
    ];
    let known = facts.into_iter().filter(|(_, text)| !text.is_empty());
    known.collect()
}

async fn act(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let (room, session) = (&colleague.app().community, &colleague.session);
    let programme = programme_id(&id);
    let done = match form.text("act") {
        "list" => room.list_programme(session, programme).await,
        "check" => {
            let version = form.line("version").parse().unwrap_or(0);
            room.check_programme(session, programme, version).await
        }
        "end" => room.end_programme(session, programme).await,
        "again" => room.take_up_again(session, programme).await,
        "day" => match typed_day::day(&form, colleague.app().clock.today()) {
            Ok(day) => {
                let made = once(&colleague, &form).parse().unwrap_or(0);
                let made = GatheringId::from(made);
                room.add_gathering_once(session, programme, made, &day)
                    .await
            }
            Err(mistakes) => return draw(&colleague, &id, form, mistakes).await,
        },
        _ => return draw(&colleague, &id, form, Vec::new()).await,
    };
    match done {
        Ok(()) | Err(Error::Again) => see_other(&format!("/desk/ba/{programme}")),
        Err(error) => match mistake(error) {
            Ok(mistake) => draw(&colleague, &id, form, vec![mistake]).await,
            Err(error) => colleague.place_trouble(error).await,
        },
    }
}
