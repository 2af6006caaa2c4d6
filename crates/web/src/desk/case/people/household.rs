//! `…/hito/kazoku`: who lives together, who is related how, and what is around them.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use basics::{CaseId, PersonId};
use casework::household::{
    Cohabiting, Direction, Entry, Kin, NewKinship, NewMembership, NewTie, Quality, TieKind,
};
use casework::{Error, PartialDay, Person, circle::Circle};

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

use super::{Head, Stay, case_id, choices, mistake, status, stays, typed};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case/{id}/hito/kazoku", get(look).post(act))
}

/// An entry with a button that takes it back.
struct Line {
    entry: String,
    words: String,
}

#[derive(Template)]
#[template(path = "desk/case/people/household.html")]
struct HouseholdPage {
    page: Page,
    me: Me,
    head: Head,
    stays: Vec<Stay>,
    kinship: Vec<Line>,
    passed: Vec<Line>,
    ties: Vec<Line>,
    who: Vec<Choice>,
    people: Vec<Choice>,
    others: Vec<Choice>,
    gone: Vec<Choice>,
    whose: Vec<Choice>,
    source: Vec<Choice>,
    cohabiting: Vec<Choice>,
    kinds: Vec<Choice>,
    qualities: Vec<Choice>,
    tie_kinds: Vec<Choice>,
    tie_qualities: Vec<Choice>,
    directions: Vec<Choice>,
    from: String,
    until: String,
    on: String,
    name: String,
    mistakes: Vec<Mistake>,
}

impl HouseholdPage {
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
    let people = |field: &str| typed::people(&circle.view.people, form.text(field));
    let (kinship, passed, ties) = lines(&circle);
    let said = ["said_stay", "said_kin", "said_tie"]
        .into_iter()
        .map(|field| form.text(field))
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    let page = HouseholdPage {
        page: colleague
            .page("家族とつながり")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(&circle.view, "hito"),
        stays: stays(&circle),
        kinship,
        passed,
        ties,
        who: people("who"),
        people: people("a"),
        others: people("b"),
        gone: people("gone"),
        whose: people("whose"),
        source: typed::people(&circle.view.people, said),
        cohabiting: choices!(Cohabiting::ALL, form.text("cohabiting")),
        kinds: choices!(Kin::ALL, form.text("kin")),
        qualities: choices!(Quality::ALL, form.text("quality")),
        tie_kinds: choices!(TieKind::ALL, form.text("tie")),
        tie_qualities: choices!(Quality::ALL, form.text("tie_quality")),
        directions: choices!(Direction::ALL, form.text("direction")),
        from: form.line("from"),
        until: form.line("until"),
        on: form.line("on"),
        name: form.line("name"),
        mistakes,
    };
    show_with(status(&page.mistakes), &page)
}

fn lines(circle: &Circle) -> (Vec<Line>, Vec<Line>, Vec<Line>) {
    let household = &circle.household;
    let name = |id: PersonId| {
        circle
            .view
            .person(id)
            .map(Person::label)
            .unwrap_or_default()
    };
    let said = |quality: Quality| match quality {
        Quality::Plain => String::new(),
        other => format!("（{}）", other.label()),
    };
    let kinship = household.kinship.iter().map(|kin| Line {
        entry: format!("kinship.{}", kin.id),
        words: match kin.kind {
            Kin::Parent => format!(
                "{}は、{}の親{}",
                name(kin.a),
                name(kin.b),
                said(kin.quality)
            ),
            other => format!(
                "{}と{}：{}{}",
                name(kin.a),
                name(kin.b),
                other.label(),
                said(kin.quality)
            ),
        },
    });
    let passed = household.passed.iter().map(|(who, day)| Line {
        entry: format!("passing.{who}"),
        words: match day {
            Some(day) => format!("{}：{}", name(*who), day.label()),
            None => format!("{}：日付はわからない", name(*who)),
        },
    });
    let ties = household.ties.iter().map(|tie| Line {
        entry: format!("tie.{}", tie.id),
        words: format!(
            "{}{}{}{}",
            tie.kind.label(),
            if tie.name.is_empty() {
                String::new()
            } else {
                format!("：{}", tie.name)
            },
            said(tie.quality),
            tie.person
                .map(|id| format!("　{}", name(id)))
                .unwrap_or_default()
        ),
    });
    (kinship.collect(), passed.collect(), ties.collect())
}

async fn act(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let id = case_id(&id);
    let done = match form.text("act") {
        "member" => member(&colleague, id, &form).await,
        "ends" => ends(&colleague, id, &form).await,
        "kin" => kin(&colleague, id, &form).await,
        "passing" => passing(&colleague, id, &form).await,
        "tie" => tie(&colleague, id, &form).await,
        "withdraw" => withdraw(&colleague, id, &form).await,
        _ => return draw(&colleague, id, &form, Vec::new()).await,
    };
    match done.map_err(mistake) {
        Ok(()) => see_other(&format!("/desk/case/{id}/hito/kazoku")),
        Err(Ok(mistake)) => draw(&colleague, id, &form, vec![mistake]).await,
        Err(Err(error)) => colleague.case_trouble(error).await,
    }
}

fn somebody(form: &Form, field: &'static str) -> Result<PersonId, Error> {
    typed::person(form.text(field))
        .ok_or_else(|| Error::invalid(field, "どなたかを選んでください。"))
}

async fn member(colleague: &Colleague, id: CaseId, form: &Form) -> Result<(), Error> {
    let casework = &colleague.app().casework;
    let who = somebody(form, "who")?;
    let case = casework.case(&colleague.session, id).await?;
    let relation = case.person(who).ok_or(Error::NotFound)?.relationship;
    let new = NewMembership {
        person: who,
        relation,
        cohabiting: Cohabiting::from_code(form.text("cohabiting"))
            .ok_or_else(|| Error::invalid("cohabiting", "どれか一つを選んでください。"))?,
        from: PartialDay::parse("from", form.text("from"))?,
        until: PartialDay::parse("until", form.text("until"))?,
        source: typed::person(form.text("said_stay")),
    };
    let noted = casework.note_membership(&colleague.session, id, &new).await;
    noted.map(|_| ())
}

async fn ends(colleague: &Colleague, id: CaseId, form: &Form) -> Result<(), Error> {
    let until = PartialDay::parse("ends", form.text("ends"))?
        .ok_or_else(|| Error::invalid("ends", "いつまでかを、わかるところまで書いてください。"))?;
    let stay = form.line("stay").parse().unwrap_or(0);
    let casework = &colleague.app().casework;
    casework
        .end_membership(&colleague.session, id, stay, until)
        .await
}

async fn kin(colleague: &Colleague, id: CaseId, form: &Form) -> Result<(), Error> {
    let new = NewKinship {
        a: somebody(form, "a")?,
        b: somebody(form, "b")?,
        kind: Kin::from_code(form.text("kin"))
            .ok_or_else(|| Error::invalid("kin", "どんなつながりかを選んでください。"))?,
        quality: Quality::from_code(form.text("quality")).unwrap_or(Quality::Plain),
        source: typed::person(form.text("said_kin")),
    };
    let casework = &colleague.app().casework;
    let noted = casework.note_kinship(&colleague.session, id, &new).await;
    noted.map(|_| ())
}

async fn passing(colleague: &Colleague, id: CaseId, form: &Form) -> Result<(), Error> {
    let who = somebody(form, "gone")?;
    let on = PartialDay::parse("on", form.text("on"))?;
    let casework = &colleague.app().casework;
    casework
        .note_passing(&colleague.session, id, who, on, None)
        .await
}

async fn tie(colleague: &Colleague, id: CaseId, form: &Form) -> Result<(), Error> {
    let new = NewTie {
        person: typed::person(form.text("whose")),
        kind: TieKind::from_code(form.text("tie"))
            .ok_or_else(|| Error::invalid("tie", "どんなところかを選んでください。"))?,
        quality: Quality::from_code(form.text("tie_quality")).unwrap_or(Quality::Plain),
        direction: Direction::from_code(form.text("direction")).unwrap_or(Direction::Unsaid),
        name: form.line("name"),
        source: typed::person(form.text("said_tie")),
    };
    let casework = &colleague.app().casework;
    let noted = casework.note_tie(&colleague.session, id, &new).await;
    noted.map(|_| ())
}

async fn withdraw(colleague: &Colleague, id: CaseId, form: &Form) -> Result<(), Error> {
    let (table, of) = form.text("entry").split_once('.').unwrap_or_default();
    let of: i64 = of.parse().map_err(|_| Error::NotFound)?;
    let entry = match table {
        "membership" => Entry::Membership(of),
        "kinship" => Entry::Kinship(of),
        "tie" => Entry::Tie(of),
        "passing" => Entry::Passing(of.into()),
        _ => return Err(Error::NotFound),
    };
    let casework = &colleague.app().casework;
    casework.withdraw_entry(&colleague.session, id, entry).await
}
