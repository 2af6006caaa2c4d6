//! `…/hito/{person}`: one person: what is known and since when, and how they may be reached.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use basics::{CaseId, PersonId};
use casework::circle::Circle;
use casework::contact_rule::{Channel, NewContactPoint, Others};
use casework::identity::{Ground, IdentityEvent, Level, Step};
use casework::person_link::{At, LinkGround, LinkKind, LinkState, Linkable, PersonLink};
use casework::{AgeBand, Error, Gender, Identity, Person, Relationship};

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

use super::{Head, PersonView, case_id, choices, mistake, status, typed};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case/{id}/hito/{person}", get(look).post(act))
}

/// A step of the ladder for the eye.
struct Rung {
    label: &'static str,
    here: bool,
}

/// A step that was taken.
struct Taken {
    at: String,
    by: String,
    to: &'static str,
    ground: &'static str,
    changed: String,
    undone: bool,
    back: bool,
}

impl Taken {
    fn of(event: &IdentityEvent) -> Self {
        let at = basics::time::to_jst(event.at);
        Self {
            at: format!(
                "{} {}",
                basics::japanese::date_with_year(at.date()),
                basics::japanese::time(at.time())
            ),
            by: event.by.clone(),
            to: event.to.label(),
            ground: event.ground.label(),
            changed: event.changed.join("・"),
            undone: event.undone,
            back: event.undoes.is_some(),
        }
    }
}

/// A link to a person of another case, for those who may open both.
struct Linked {
    other: String,
    case: i64,
    kind: &'static str,
    state: &'static str,
}

/// The words of the form, as typed or as known.
struct Typed {
    nickname: String,
    name: String,
    kana: String,
    birth: String,
    town: String,
    address: String,
    value: String,
    from: String,
    until: String,
    ourselves: String,
    remark: String,
}

#[derive(Template)]
#[template(path = "desk/case/people/one.html")]
struct OnePage {
    page: Page,
    me: Me,
    head: Head,
    person: PersonView,
    rungs: Vec<Rung>,
    taken: Vec<Taken>,
    seen: i64,
    may_step_back: bool,
    typed: Typed,
    relationships: Vec<Choice>,
    principal: bool,
    ages: Vec<Choice>,
    genders: Vec<Choice>,
    grounds: Vec<Choice>,
    channels: Vec<Choice>,
    others: Vec<Choice>,
    says_name: Vec<Choice>,
    ban: Vec<Choice>,
    links: Vec<Linked>,
    linkable: Vec<Choice>,
    kinds: Vec<Choice>,
    link_grounds: Vec<Choice>,
    mistakes: Vec<Mistake>,
}

impl OnePage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

async fn look(colleague: Colleague, Path((id, person)): Path<(String, String)>) -> Response {
    let asked = Asked::of(&id, &person);
    draw(&colleague, asked, &Form::default(), Vec::new()).await
}

/// Which person of which case.
#[derive(Clone, Copy)]
struct Asked {
    case: CaseId,
    person: PersonId,
}

impl Asked {
    fn of(id: &str, person: &str) -> Self {
        Self {
            case: case_id(id),
            person: person.parse().unwrap_or(PersonId::from(0)),
        }
    }

    fn path(self) -> String {
        format!("/desk/case/{}/hito/{}", self.case, self.person)
    }
}

async fn draw(
    colleague: &Colleague,
    asked: Asked,
    form: &Form,
    mistakes: Vec<Mistake>,
) -> Response {
    let casework = &colleague.app().casework;
    let session = &colleague.session;
    let looked = async {
        let circle = casework.circle(session, asked.case).await?;
        let links = casework.person_links(session).await?;
        let linkable = casework.linkable(session, asked.case).await?;
        Ok((circle, links, linkable))
    };
    let (circle, links, linkable) = match looked.await {
        Ok(found) => found,
        Err(error) => return colleague.case_trouble(error).await,
    };
    match circle.view.person(asked.person) {
        Some(person) => {
            let page = page(colleague, &circle, person, form, mistakes);
            let page = with_links(page, asked, &links, &linkable, form);
            show_with(status(&page.mistakes), &page)
        }
        None => colleague.not_found().await,
    }
}

fn page(
    colleague: &Colleague,
    circle: &Circle,
    person: &Person,
    form: &Form,
    mistakes: Vec<Mistake>,
) -> OnePage {
    let steps = circle.steps.get(&person.id).map_or(&[][..], Vec::as_slice);
    let standing = steps
        .iter()
        .filter(|one| !one.undone && one.undoes.is_none());
    let sent = form.get("ground").is_some();
    let chosen = |name: &str, known: &str| {
        if sent {
            form.text(name).to_owned()
        } else {
            known.to_owned()
        }
    };
    let ban = if form.flag("ban") { "1" } else { "" };
    let says = if form.flag("says_name") { "1" } else { "" };
    OnePage {
        page: colleague
            .page("人とつながり")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(&circle.view, "hito"),
        rungs: Level::ALL
            .iter()
            .map(|level| Rung {
                label: level.label(),
                here: level.number() == person.identity_level,
            })
            .collect(),
        taken: steps.iter().rev().map(Taken::of).collect(),
        seen: steps.last().map_or(0, |one| one.seq),
        may_step_back: standing.count() > 1,
        typed: typed_words(colleague, person, form),
        relationships: choices!(
            Relationship::ALL[1..],
            chosen("relationship", person.relationship.code())
        ),
        principal: person.id == circle.view.case.principal,
        ages: choices!(AgeBand::ALL, chosen("age", person.age_band.code())),
        genders: choices!(Gender::ALL, chosen("gender", person.gender.code())),
        grounds: choices!(Ground::OFFERED, form.text("ground")),
        channels: choices!(Channel::ALL, form.text("channel")),
        others: choices!(
            Others::ALL,
            form.get("others").unwrap_or(Others::Hang.code())
        ),
        says_name: vec![Choice::new("1", "センターの名前を出してよいと聞いた").chosen(says == "1")],
        ban: vec![Choice::new("1", "使わない（連絡しない）と決めた").chosen(ban == "1")],
        links: Vec::new(),
        linkable: Vec::new(),
        kinds: choices!(
            LinkKind::ALL,
            form.get("kind").unwrap_or(LinkKind::Same.code())
        ),
        link_grounds: choices!(LinkGround::ALL, form.text("link_ground")),
        person: PersonView::of(colleague, circle, person),
        mistakes,
    }
}

fn typed_words(colleague: &Colleague, person: &Person, form: &Form) -> Typed {
    let Identity {
        nickname,
        name,
        kana,
        birth_year,
        born_on,
        address,
    } = &person.identity;
    let all = &colleague.app().directory;
    let town = person.municipality.and_then(|code| all.municipality(code));
    let birth = match (born_on, birth_year) {
        (Some(day), _) => day.to_string(),
        (None, Some(year)) => year.to_string(),
        (None, None) => String::new(),
    };
    let or = |field: &str, known: &str| match form.get(field) {
        Some(_) => form.line(field),
        None => known.to_owned(),
    };
    Typed {
        nickname: or("nickname", nickname),
        name: or("name", name),
        kana: or("kana", kana),
        birth: or("birth", &birth),
        town: or(
            "town",
            &town
                .map(|one| one.full_name(all.municipalities()))
                .unwrap_or_default(),
        ),
        address: or("address", address),
        value: form.line("value"),
        from: form.line("from"),
        until: form.line("until"),
        ourselves: form.line("ourselves"),
        remark: form.line("remark"),
    }
}

/// With the links whose both sides the colleague may open; of others the page says nothing.
fn with_links(
    mut page: OnePage,
    asked: Asked,
    links: &[PersonLink],
    linkable: &[Linkable],
    form: &Form,
) -> OnePage {
    for link in links.iter().filter(|link| link.state != LinkState::Undone) {
        let [(a_number, a_words), (b_number, b_words)] = &link.words;
        let (other, number, words) = match asked.person {
            id if id == link.a.person => (link.b, b_number, b_words),
            id if id == link.b.person => (link.a, a_number, a_words),
            _ => continue,
        };
        page.links.push(Linked {
            other: format!("ケース {number}　{words}"),
            case: other.case.get(),
            kind: link.kind.label(),
            state: link.state.label(),
        });
    }
    page.linkable = linkable
        .iter()
        .map(|one| {
            let code = format!("{}.{}", one.at.case, one.at.person);
            let chosen = form.text("other") == code;
            Choice::new(code, format!("ケース {}　{}", one.number, one.label)).chosen(chosen)
        })
        .collect();
    page
}

async fn act(
    Path((id, person)): Path<(String, String)>,
    Sent { colleague, form }: Sent,
) -> Response {
    let asked = Asked::of(&id, &person);
    let done = match form.text("act") {
        "learn" => learn(&colleague, asked, &form).await,
        "back" => back(&colleague, asked, &form).await,
        "keep" => keep(&colleague, asked, &form).await,
        "end" => {
            let point = form.line("point").parse().unwrap_or(0);
            let Asked { case, person } = asked;
            let casework = &colleague.app().casework;
            casework
                .end_contact_point(&colleague.session, case, person, point)
                .await
        }
        "link" => link(&colleague, asked, &form).await,
        _ => return draw(&colleague, asked, &form, Vec::new()).await,
    };
    match done.map_err(mistake) {
        Ok(()) => see_other(&asked.path()),
        Err(Ok(mistake)) => draw(&colleague, asked, &form, vec![mistake]).await,
        Err(Err(Error::Meanwhile)) => {
            // What was typed stays; the steps beside it are those of now.
            let mistake = Mistake::at("ground", Error::Meanwhile.to_string());
            draw(&colleague, asked, &form, vec![mistake]).await
        }
        Err(Err(error)) => colleague.case_trouble(error).await,
    }
}

async fn learn(colleague: &Colleague, asked: Asked, form: &Form) -> Result<(), Error> {
    let casework = &colleague.app().casework;
    let case = casework.case(&colleague.session, asked.case).await?;
    let person = case.person(asked.person).ok_or(Error::NotFound)?;
    let (birth_year, born_on) = typed::birth(form.text("birth"))?;
    let ground = Ground::from_code(form.text("ground"))
        .ok_or_else(|| Error::invalid("ground", "どうしてわかったかを選んでください。"))?;
    let step = Step {
        identity: Identity {
            nickname: form.line("nickname"),
            name: form.line("name"),
            kana: form.line("kana"),
            birth_year,
            born_on,
            address: form.line("address"),
        },
        relationship: Relationship::from_code(form.text("relationship"))
            .filter(|_| person.id != case.case.principal)
            .unwrap_or(person.relationship),
        age_band: AgeBand::from_code(form.text("age")).unwrap_or(person.age_band),
        gender: Gender::from_code(form.text("gender")).unwrap_or(person.gender),
        municipality: typed::town(&colleague.app().directory, &form.line("town"))?,
        ground,
        seen: form.line("seen").parse().unwrap_or(0),
    };
    let Asked { case, person } = asked;
    let learnt = casework.learn(&colleague.session, case, person, &step);
    learnt.await.map(|_| ())
}

async fn back(colleague: &Colleague, asked: Asked, form: &Form) -> Result<(), Error> {
    let Asked { case, person } = asked;
    let seen = form.line("seen").parse().unwrap_or(0);
    let casework = &colleague.app().casework;
    casework
        .step_back(&colleague.session, case, person, seen)
        .await
        .map(|_| ())
}

async fn keep(colleague: &Colleague, asked: Asked, form: &Form) -> Result<(), Error> {
    let channel = Channel::from_code(form.text("channel"))
        .ok_or_else(|| Error::invalid("channel", "どの方法かを選んでください。"))?;
    let new = NewContactPoint {
        channel,
        value: form.line("value"),
        from: typed::time("from", form.text("from"))?,
        until: typed::time("until", form.text("until"))?,
        may_say_centre_name: form.flag("says_name"),
        others: Others::from_code(form.text("others")).unwrap_or(Others::Hang),
        ourselves: form.line("ourselves"),
        remark: form.line("remark"),
        ban: form.flag("ban"),
    };
    let Asked { case, person } = asked;
    let casework = &colleague.app().casework;
    casework
        .keep_contact_point(&colleague.session, case, person, &new, None)
        .await
        .map(|_| ())
}

async fn link(colleague: &Colleague, asked: Asked, form: &Form) -> Result<(), Error> {
    let pick = || Error::invalid("other", "どの人かを選んでください。");
    let (case, person) = form.text("other").split_once('.').ok_or_else(pick)?;
    let other = At {
        case: case.parse().map_err(|_| pick())?,
        person: person.parse().map_err(|_| pick())?,
    };
    let ground = LinkGround::from_code(form.text("link_ground"))
        .ok_or_else(|| Error::invalid("link_ground", "どうしてそう思うかを選んでください。"))?;
    let kind = LinkKind::from_code(form.text("kind")).unwrap_or(LinkKind::Same);
    let this = At {
        case: asked.case,
        person: asked.person,
    };
    let casework = &colleague.app().casework;
    casework
        .propose_link(&colleague.session, this, other, kind, ground)
        .await
        .map(|_| ())
}
