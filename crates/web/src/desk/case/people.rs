//! The people of a case: `…/hito` everybody at a glance, `…/hito/{person}` one of them, `…/hito/kazoku` the household,
//! `…/hito/zu` the drawings, `…/ayumi` small steps, `/desk/case/niteiru` who might be the same.

mod household;
mod one;
mod same;
mod steps;
mod typed;
mod zu;

pub(in crate::desk) use typed::town;

use askama::Template;
use axum::{Router, extract::Path, http::StatusCode, response::Response, routing::get};
use basics::CaseId;
use casework::circle::Circle;
use casework::contact_rule::ContactPoint;
use casework::household::{Cohabiting, Household};
use casework::identity::Level;
use casework::subject_knows::Heard;
use casework::{Error, Gender, Identity, Knows, NewPerson, Part, Person, Relationship};

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

use super::head::Head;
use super::overview::case_id;

/// All values of a code list as choices, one of them chosen.
macro_rules! choices {
    ($list:expr, $chosen:expr) => {
        $list
            .iter()
            .map(|one| Choice::new(one.code(), one.label()).chosen(one.code() == $chosen))
            .collect::<Vec<Choice>>()
    };
}
use choices;

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk/case/{id}/hito", get(look).post(act))
        .merge(one::routes())
        .merge(household::routes())
        .merge(zu::routes())
        .merge(steps::routes())
        .merge(same::routes())
}

/// One of the people as the page shows them.
struct PersonView {
    id: i64,
    label: String,
    level: &'static str,
    facts: Vec<(&'static str, String)>,
    ways: Vec<Way>,
}

/// A way to reach somebody, in plain words.
struct Way {
    id: i64,
    what: &'static str,
    value: String,
    rules: String,
    remark: String,
    ban: bool,
}

impl Way {
    fn of(point: &ContactPoint) -> Self {
        let mut rules = point.rules().join("。");
        rules.push('。');
        Self {
            id: point.id,
            what: point.channel.label(),
            value: point.value.clone(),
            rules,
            remark: point.remark.clone(),
            ban: point.ban,
        }
    }
}

impl PersonView {
    fn of(colleague: &Colleague, circle: &Circle, person: &Person) -> Self {
        let ways = circle
            .points
            .iter()
            .filter(|point| point.person == person.id);
        Self {
            id: person.id.get(),
            label: person.label(),
            level: Level::from_number(person.identity_level).map_or("", Level::label),
            facts: facts(colleague, &circle.household, person),
            ways: ways.map(Way::of).collect(),
        }
    }
}

/// What is known of somebody; what is not known is not listed.
fn facts(
    colleague: &Colleague,
    household: &Household,
    person: &Person,
) -> Vec<(&'static str, String)> {
    let Identity {
        name,
        kana,
        birth_year,
        born_on,
        address,
        ..
    } = &person.identity;
    let birth = match (born_on, birth_year) {
        (Some(day), _) => basics::japanese::date_with_year(*day),
        (None, Some(year)) => format!("{year}年"),
        (None, None) => String::new(),
    };
    let all = &colleague.app().directory;
    let town = person
        .municipality
        .and_then(|code| all.municipality(code))
        .map(|found| found.full_name(all.municipalities()))
        .unwrap_or_default();
    let gender = match person.gender {
        Gender::Unsaid => "",
        other => other.label(),
    };
    let passed = match household.passed.get(&person.id) {
        Some(Some(day)) => day.label(),
        Some(None) => "日付はわからない".to_owned(),
        None => String::new(),
    };
    let age = match (person.age_band, birth.is_empty()) {
        (casework::AgeBand::Unknown, _) => "",
        (band, _) => band.label(),
    };
    let facts = [
        ("名前", name.clone()),
        ("よみ", kana.clone()),
        ("生まれ", birth),
        ("年代", age.to_owned()),
        ("性別", gender.to_owned()),
        ("市区町村", town),
        ("住所", address.clone()),
        ("亡くなった日", passed),
    ];
    facts
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

/// A stretch of living together, as a line of a table.
struct Stay {
    id: i64,
    who: String,
    how: &'static str,
    from: String,
    until: String,
    source: String,
    open: bool,
}

fn stays(circle: &Circle) -> Vec<Stay> {
    let name = |id| {
        circle
            .view
            .person(id)
            .map(Person::label)
            .unwrap_or_default()
    };
    let day = |day: Option<casework::PartialDay>| day.map(casework::PartialDay::label);
    let members = circle.household.members.iter();
    members
        .map(|member| Stay {
            id: member.id,
            who: name(member.person),
            how: member.cohabiting.label(),
            from: day(member.from).unwrap_or_else(|| "わからない".to_owned()),
            until: day(member.until).unwrap_or_else(|| "いまも".to_owned()),
            source: member.source.map_or_else(|| "職員".to_owned(), name),
            open: member.until.is_none() && member.cohabiting == Cohabiting::Together,
        })
        .collect()
}

#[derive(Template)]
#[template(path = "desk/case/people/all.html")]
struct AllPage {
    page: Page,
    me: Me,
    head: Head,
    people: Vec<PersonView>,
    stays: Vec<Stay>,
    knows: Vec<Choice>,
    heard_from: Vec<Choice>,
    heard_on: String,
    who: Vec<Choice>,
    nickname: String,
    mistakes: Vec<Mistake>,
}

impl AllPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

async fn look(colleague: Colleague, Path(id): Path<String>) -> Response {
    draw(&colleague, case_id(&id), &Form::default(), Vec::new()).await
}

async fn draw(colleague: &Colleague, id: CaseId, form: &Form, mistakes: Vec<Mistake>) -> Response {
    let circle = match colleague
        .app()
        .casework
        .circle(&colleague.session, id)
        .await
    {
        Ok(circle) => circle,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let knows = form
        .get("knows")
        .unwrap_or(circle.view.case.subject_knows.code());
    let others = &Relationship::ALL[1..];
    let people = circle.view.people.iter();
    let page = AllPage {
        page: colleague
            .page("人とつながり")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(&circle.view, "hito"),
        people: people
            .map(|person| PersonView::of(colleague, &circle, person))
            .collect(),
        stays: stays(&circle),
        knows: choices!(Knows::ALL, knows),
        heard_from: circle
            .view
            .people
            .iter()
            .map(|one| {
                let code = one.id.to_string();
                let chosen = form.text("heard_from") == code;
                Choice::new(code, one.label()).chosen(chosen)
            })
            .collect(),
        heard_on: match form.get("heard_on") {
            Some(typed) => typed.to_owned(),
            None => colleague.app().clock.today().to_string(),
        },
        who: choices!(others, form.text("relationship")),
        nickname: form.line("nickname"),
        mistakes,
    };
    show_with(status(&page.mistakes), &page)
}

fn status(mistakes: &[Mistake]) -> StatusCode {
    if mistakes.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// What a page shows at a field; anything else is a page of its own.
fn mistake(error: Error) -> Result<Mistake, Error> {
    match error {
        Error::Invalid { field, sentence } => Ok(Mistake::at(field, sentence)),
        other => Err(other),
    }
}

async fn act(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let id = case_id(&id);
    let casework = &colleague.app().casework;
    let done = match form.text("act") {
        "knows" => match heard(&form, colleague.app().clock.today()) {
            Ok(heard) => casework
                .heard_subject_knows(&colleague.session, id, &heard)
                .await
                .map(|()| format!("/desk/case/{id}/hito")),
            Err(error) => Err(error),
        },
        "add" => match new_person(&form) {
            Ok(new) => casework
                .add_person(&colleague.session, id, &new)
                .await
                .map(|person| format!("/desk/case/{id}/hito/{person}")),
            Err(error) => Err(error),
        },
        _ => return draw(&colleague, id, &form, Vec::new()).await,
    };
    match done.map_err(mistake) {
        Ok(next) => see_other(&next),
        Err(Ok(mistake)) => draw(&colleague, id, &form, vec![mistake]).await,
        Err(Err(error)) => colleague.case_trouble(error).await,
    }
}

/// Whether the person knows, and whom that was heard from: without it nothing is changed.
fn heard(form: &Form, today: jiff::civil::Date) -> Result<Heard, Error> {
    let knows = Knows::from_code(form.text("knows"))
        .ok_or_else(|| Error::invalid("knows", "どれか一つを選んでください。"))?;
    let from = form.line("heard_from").parse::<i64>();
    let from =
        from.map_err(|_| Error::invalid("heard_from", "だれから聞いたかを選んでください。"))?;
    let on = crate::desk::days::read_day(form.text("heard_on"), today).ok_or_else(|| {
        Error::invalid(
            "heard_on",
            "聞いた日を、たとえば「2026-12-01」のように書いてください。",
        )
    })?;
    Ok(Heard {
        knows,
        from: from.into(),
        on,
    })
}

fn new_person(form: &Form) -> Result<NewPerson, Error> {
    let relationship = Relationship::from_code(form.text("relationship"))
        .filter(|one| *one != Relationship::Oneself)
        .ok_or_else(|| Error::invalid("relationship", "本人から見た続柄を選んでください。"))?;
    let part = match relationship {
        Relationship::Agency | Relationship::Acquaintance => Part::Finder,
        Relationship::Unsaid => Part::Other,
        _ => Part::Family,
    };
    let nickname = form.line("nickname");
    if nickname.chars().count() > 40 {
        return Err(Error::invalid("nickname", "40文字までで書いてください。"));
    }
    Ok(NewPerson::unknown(part, relationship).called(&nickname))
}
