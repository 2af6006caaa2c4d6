//! `/desk/ba/{id}/{gathering}`: the day, for those who run it. Who is expected and who is here, heads, what was noticed.
//!
//! A peer has the same page without nicknames. That somebody of a case came is written into their own compartment and
//! nowhere else (inv. 25); no list of this page says who was marked, until a colleague opens that very case.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use basics::{CaseId, PersonId, time::to_jst};
use casework::Person;
use community::Error;
use community::attendance::{Expected, Heads, Roster};
use community::booking::{State as BookingState, Who};
use community::gathering::State;
use office::Role;
use office::access::Reach;

use crate::{
    App, Form, Page,
    desk::{
        colleague::{Colleague, Me, Sent},
        days,
    },
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

use super::{gathering_id, hours, mistake, names, programme_id, status, team, typed::whole};

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/ba/{id}/{gathering}", get(look).post(act))
}

/// One booking as a line.
struct Line {
    booking: i64,
    /// What to call them; empty: nothing was written, or a peer asks.
    name: String,
    facts: Vec<String>,
    note: String,
    here: bool,
}

/// Somebody who wished to be called.
pub(super) struct Call {
    pub phone: String,
    pub name: String,
}

/// Somebody of the chosen case.
struct Human {
    id: PersonId,
    label: String,
    marked: bool,
}

#[derive(Template)]
#[template(path = "desk/ba_hi.html")]
struct RosterPage {
    page: Page,
    me: Me,
    action: String,
    back: String,
    title: String,
    when: String,
    state: State,
    words: String,
    place: String,
    hosts: String,
    reads_slips: bool,
    peer: bool,
    takes_bookings: bool,
    seated: Vec<Line>,
    waiting: Vec<Line>,
    people: i64,
    calls: Vec<Call>,
    /// Whether heads can be counted yet.
    countable: bool,
    counted: bool,
    heads: Vec<(&'static str, &'static str, String)>,
    notes: Vec<(String, String, String)>,
    cases: Vec<Choice>,
    /// The case whose people are offered.
    chosen: Option<(CaseId, String)>,
    humans: Vec<Human>,
    done: &'static str,
    form: Form,
    mistakes: Vec<Mistake>,
}

impl RosterPage {
    fn door_hint(&self) -> &'static str {
        if self.reads_slips {
            "番号の終わりの4けた（たとえば 1156）か、呼び名。"
        } else {
            "番号の終わりの4けた（たとえば 1156）。"
        }
    }

    fn note_hint(&self) -> &'static str {
        if self.peer {
            "受け持つ職員と、書いた人だけが読みます。人の名前は、書かないでください。"
        } else {
            "受け持つ職員が読みます。一人のことは、その人のケースに書いてください。"
        }
    }

    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

const HEADS: [(&str, &str); 6] = [
    ("principals", "本人"),
    ("family", "家族"),
    ("peers", "ピア"),
    ("others", "ほか"),
    ("staff", "職員"),
    ("first_timers", "うち、はじめての人"),
];

/// Those who wished to be called, with what they wrote.
pub(super) fn calls(roster: &Roster) -> Vec<Call> {
    let wish = roster.expected.iter().filter(|one| one.wants_a_call);
    wish.filter_map(|one| {
        let words = one.words.as_ref()?;
        Some(Call {
            phone: words.phone.clone(),
            name: called(one),
        })
    })
    .collect()
}

fn called(one: &Expected) -> String {
    match one.words.as_ref().map(|words| words.nickname.trim()) {
        Some("") | None => "（呼び名なし）".to_owned(),
        Some(name) => format!("{name}さん"),
    }
}

fn line(one: &Expected) -> Line {
    let mut facts = Vec::new();
    if one.people > 1 {
        facts.push(format!("{}人で", one.people));
    }
    match one.who {
        Who::Principal => facts.push("本人".to_owned()),
        Who::Family => facts.push("家族".to_owned()),
        Who::Other => facts.push("支援・学び".to_owned()),
        Who::Unsaid => {}
    }
    if one.first_time == Some(true) {
        facts.push("はじめて".to_owned());
    }
    if one.perhaps {
        facts.push("「行けないかも」".to_owned());
    }
    let note = one.words.as_ref().map(|words| words.note.clone());
    Line {
        booking: one.booking,
        name: called(one),
        facts,
        note: note.unwrap_or_default(),
        here: one.arrived,
    }
}

async fn look(colleague: Colleague, Path(path): Path<(String, String)>) -> Response {
    draw(&colleague, &path, Form::default(), Vec::new()).await
}

async fn draw(
    colleague: &Colleague,
    path: &(String, String),
    form: Form,
    mistakes: Vec<Mistake>,
) -> Response {
    match read(colleague, path, form, mistakes).await {
        Ok(page) => show_with(status(&page.mistakes), &page),
        Err(response) => response,
    }
}

/// The roster of an address, whose programme and day belong together.
async fn roster(colleague: &Colleague, path: &(String, String)) -> Result<Roster, Error> {
    let room = &colleague.app().community;
    let found = room
        .roster(&colleague.session, gathering_id(&path.1))
        .await?;
    if found.on.programme.id == programme_id(&path.0) {
        Ok(found)
    } else {
        Err(Error::NotFound)
    }
}

async fn read(
    colleague: &Colleague,
    path: &(String, String),
    form: Form,
    mistakes: Vec<Mistake>,
) -> Result<RosterPage, Response> {
    let found = match roster(colleague, path).await {
        Ok(found) => found,
        Err(error) => return Err(colleague.place_trouble(error).await),
    };
    let team = team(colleague).await?;
    let (programme, gathering) = (&found.on.programme, &found.on.gathering);
    let peer = colleague.session.role() == Role::Peer;
    let today = colleague.app().clock.today();
    let notes = notes(colleague, &found, &team).await?;
    let (cases, chosen, humans) = if peer {
        (Vec::new(), None, Vec::new())
    } else {
        of_cases(colleague, &found, &form).await?
    };
    let lines = |state: BookingState| -> Vec<Line> {
        let of = found.expected.iter().filter(|one| one.state == state);
        of.map(line).collect()
    };
    let heads = found.heads.unwrap_or_default();
    let counts = [
        heads.principals,
        heads.family,
        heads.peers,
        heads.others,
        heads.staff,
        heads.first_timers,
    ];
    Ok(RosterPage {
        page: colleague.page("開催日").with_error(!mistakes.is_empty()),
        me: colleague.me(if peer { "/desk/pia/kaado" } else { "/desk/ba" }),
        action: format!("/desk/ba/{}/{}", programme.id, gathering.id),
        back: format!("/desk/ba/{}", programme.id),
        title: programme.draft.details.title.clone(),
        when: format!(
            "{} {}",
            basics::japanese::date(gathering.day),
            hours(gathering)
        ),
        state: gathering.state,
        words: gathering.words.clone(),
        place: programme.public_place(),
        hosts: names(&team, &found.hosts),
        reads_slips: found.reads_slips,
        peer,
        takes_bookings: programme.draft.takes_bookings,
        seated: lines(BookingState::Booked),
        waiting: lines(BookingState::Waiting),
        people: gathering.taken,
        calls: calls(&found),
        countable: gathering.day <= today && gathering.state != State::Cancelled,
        counted: found.heads.is_some(),
        heads: HEADS
            .iter()
            .zip(counts)
            .map(|((field, label), count)| {
                let typed = match (form.get(field), found.heads) {
                    (Some(typed), _) => typed.to_owned(),
                    (None, Some(_)) => count.to_string(),
                    (None, None) => String::new(),
                };
                (*field, *label, typed)
            })
            .collect(),
        notes,
        cases,
        chosen,
        humans,
        done: "",
        form,
        mistakes,
    })
}

/// What was noticed: who wrote it, when, the words.
async fn notes(
    colleague: &Colleague,
    found: &Roster,
    team: &[office::staff::Staff],
) -> Result<Vec<(String, String, String)>, Response> {
    // A colleague to whom the office key was not given yet opens nothing sealed; a peer opens their own.
    if !found.reads_slips && colleague.session.role() != Role::Peer {
        return Ok(Vec::new());
    }
    let room = &colleague.app().community;
    let notes = room
        .gathering_notes(&colleague.session, found.on.gathering.id)
        .await;
    let today = colleague.app().clock.today();
    match notes {
        Ok(notes) => Ok(notes
            .into_iter()
            .map(|note| {
                let at = days::moment(note.at, today);
                (names(team, &[note.by]), at, note.words)
            })
            .collect()),
        Err(error) => Err(colleague.place_trouble(error).await),
    }
}

type OfCases = (Vec<Choice>, Option<(CaseId, String)>, Vec<Human>);

/// The colleague's own cases, and the people of the one that was chosen.
async fn of_cases(colleague: &Colleague, found: &Roster, form: &Form) -> Result<OfCases, Response> {
    let (room, session) = (&colleague.app().casework, &colleague.session);
    // Nobody has come to a day that lies ahead.
    let begun = found.on.gathering.starts_at <= colleague.app().clock.now()
        || found.on.gathering.day == to_jst(colleague.app().clock.now()).date();
    if !begun || found.on.gathering.state == State::Cancelled {
        return Ok((Vec::new(), None, Vec::new()));
    }
    let lines = match room.cases(session).await {
        Ok(lines) => lines,
        Err(error) => return Err(colleague.case_trouble(error).await),
    };
    let chosen: Option<CaseId> = form.line("case").parse().ok();
    let choice = |line: &casework::case_list::CaseLine| {
        let label = format!("ケース {}　{}", line.number, line.principal);
        Choice::new(line.id.to_string(), label).chosen(chosen == Some(line.id))
    };
    let cases = lines.iter().map(choice).collect();
    let Some(line) = lines.iter().find(|line| Some(line.id) == chosen) else {
        return Ok((cases, None, Vec::new()));
    };
    let view = match room.case(session, line.id).await {
        Ok(view) => view,
        Err(error) => return Err(colleague.case_trouble(error).await),
    };
    // Who leads reads every case, and writes into those they work on.
    let label = format!("ケース {}　{}", line.number, line.principal);
    if view.reach != Reach::Assigned {
        return Ok((cases, Some((line.id, label)), Vec::new()));
    }
    let marked = &colleague.app().community;
    let marked = match marked.marked(session, found.on.gathering.id, line.id).await {
        Ok(marked) => marked,
        Err(error) => return Err(colleague.place_trouble(error).await),
    };
    let human = |person: &Person| Human {
        id: person.id,
        label: person.label(),
        marked: marked.contains(&person.id),
    };
    Ok((
        cases,
        Some((line.id, label)),
        view.people.iter().map(human).collect(),
    ))
}

fn heads(form: &Form) -> Result<Heads, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut count = |field: &'static str| {
        if let Ok(count) = whole(&form.line(field)) {
            count.unwrap_or(0)
        } else {
            mistakes.push(Mistake::at(field, "人数を、数字で入れてください。"));
            0
        }
    };
    let heads = Heads {
        principals: count("principals"),
        family: count("family"),
        peers: count("peers"),
        staff: count("staff"),
        others: count("others"),
        first_timers: count("first_timers"),
    };
    if mistakes.is_empty() {
        Ok(heads)
    } else {
        Err(mistakes)
    }
}

async fn act(Path(path): Path<(String, String)>, Sent { colleague, form }: Sent) -> Response {
    let (room, session) = (&colleague.app().community, &colleague.session);
    let id = gathering_id(&path.1);
    let number = |name: &str| form.line(name).parse::<i64>().unwrap_or(0);
    let (case, person) = (
        CaseId::from(number("case")),
        PersonId::from(number("person")),
    );
    let done = match form.text("act") {
        "here" => room.tap(session, id, number("booking"), true).await,
        "not_here" => room.tap(session, id, number("booking"), false).await,
        "door" => room.arrive_at_door(session, id, form.text("said")).await,
        "count" => match heads(&form) {
            Ok(heads) => room.count_heads(session, id, &heads).await,
            Err(mistakes) => return draw(&colleague, &path, form, mistakes).await,
        },
        "note" => {
            room.write_gathering_note(session, id, form.text("words"))
                .await
        }
        "mark" => room.mark_person(session, id, case, person).await,
        "unmark" => room.unmark_person(session, id, case, person).await,
        _ => return draw(&colleague, &path, form, Vec::new()).await,
    };
    match done {
        // The people of the case stay in sight: often two come together.
        Ok(()) if matches!(form.text("act"), "mark" | "unmark") => {
            match read(&colleague, &path, form, Vec::new()).await {
                Ok(mut page) => {
                    page.done = "その人の区画に残しました。";
                    show_with(status(&[]), &page)
                }
                Err(response) => response,
            }
        }
        Ok(()) => see_other(&format!("/desk/ba/{}/{id}", programme_id(&path.0))),
        Err(error) => match mistake(error) {
            Ok(mistake) => draw(&colleague, &path, form, vec![mistake]).await,
            Err(error) => colleague.place_trouble(error).await,
        },
    }
}
