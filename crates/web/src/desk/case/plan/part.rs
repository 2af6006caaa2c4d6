//! `…/keikaku/{plan}/{compartment}`: what a plan says in one compartment. `{plan}` is its identifier, or for a new one
//! `honnin`, `setai` or `kazoku-{person}`.

use askama::Template;
use axum::{Router, extract::Path, http::StatusCode, response::Response, routing::get};
use basics::{CompartmentId, PersonId};
use casework::{
    Error,
    plan::{
        Agreed, AgreedHow, Goal, GoalStatus, NewPlan, Owner, PartOfPlan, Plan, PlanId, SavePart,
        Sheet, Step, SubjectKind, Term,
    },
};
use jiff::civil::Date;
use office::access::CompartmentKind;

use crate::{
    App, Form, Page,
    desk::{
        case::{
            context::{Context, choices, context, once},
            head::Head,
            overview::case_id,
        },
        colleague::{Colleague, Me, Sent},
    },
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

use super::offers::{ForWhomMade, Offer, known, offers};

/// The doors.
pub(super) fn routes() -> Router<App> {
    let path = "/desk/case/{id}/keikaku/{plan}/{compartment}";
    Router::new().route(path, get(look).post(save))
}

/// How many lines of goals and steps a form shows at least, and how many empty ones below those that are filled.
const LINES: usize = 4;
const SPARE: usize = 2;
/// The most a form takes.
const MOST: usize = 30;

type Parts = (String, String, String);

/// The person in `kazoku-123`.
pub(super) fn family(text: &str) -> Option<PersonId> {
    text.strip_prefix("kazoku-")?.parse().ok()
}

#[derive(Default)]
struct GoalLine {
    term: Vec<Choice>,
    words: String,
    period: String,
    status: Vec<Choice>,
}

#[derive(Default)]
struct StepLine {
    owner: Vec<Choice>,
    agency: String,
    words: String,
    due: String,
    done: bool,
}

#[derive(Template)]
#[template(path = "desk/case/plan_part.html")]
struct PartPage {
    page: Page,
    me: Me,
    head: Head,
    address: String,
    title: String,
    from: String,
    words_of: &'static str,
    hint: &'static str,
    writable: bool,
    goals_here: bool,
    words: String,
    direction: String,
    goals: Vec<GoalLine>,
    steps: Vec<StepLine>,
    agreed_by: Vec<Choice>,
    agreed_how: Vec<Choice>,
    agreed_on: String,
    review_on: String,
    reason: String,
    seen: String,
    once: String,
    /// What fits whom the plan is for, to be taken into a step.
    offers: Vec<Offer>,
    /// What the offers were found by.
    known: String,
    mistakes: Vec<Mistake>,
}

impl PartPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, &format!("plan-{field}"))
    }
}

/// What the address names.
struct Named {
    around: Context,
    subject: SubjectKind,
    person: Option<PersonId>,
    plan: Option<Plan>,
    compartment: CompartmentId,
    kind: CompartmentKind,
}

async fn named(colleague: &Colleague, parts: &Parts) -> Result<Named, Response> {
    let around = context(colleague, &parts.0).await?;
    let compartment = parts.2.parse().ok();
    let found = compartment.and_then(|id: CompartmentId| around.find(id));
    let Some((compartment, kind)) = found.map(|one| (one.id, one.kind)) else {
        return Err(colleague.not_found().await);
    };
    let new = |subject, person| Some((subject, person, None));
    let read = match parts.1.as_str() {
        "honnin" => new(SubjectKind::Principal, Some(around.view.case.principal)),
        "setai" => new(SubjectKind::Household, None),
        other => {
            if let Some(person) = family(other) {
                (around.view.person(person)).and_then(|one| new(SubjectKind::Family, Some(one.id)))
            } else {
                let room = &colleague.app().casework;
                let all = room.plans(&colleague.session, case_id(&parts.0)).await;
                let all = match all {
                    Ok(all) => all,
                    Err(error) => return Err(colleague.case_trouble(error).await),
                };
                let id = other.parse::<PlanId>().ok();
                let mine = all.into_iter().find(|plan| Some(plan.id) == id);
                mine.map(|plan| (plan.subject, plan.person, Some(plan)))
            }
        }
    };
    match read {
        Some((subject, person, plan)) => Ok(Named {
            around,
            subject,
            person,
            plan,
            compartment,
            kind,
        }),
        None => Err(colleague.not_found().await),
    }
}

async fn look(colleague: Colleague, Path(parts): Path<Parts>) -> Response {
    draw(&colleague, &parts, None, Vec::new(), StatusCode::OK).await
}

async fn draw(
    colleague: &Colleague,
    parts: &Parts,
    typed: Option<&Form>,
    mistakes: Vec<Mistake>,
    status: StatusCode,
) -> Response {
    let named = match named(colleague, parts).await {
        Ok(named) => named,
        Err(response) => return response,
    };
    let made = ForWhomMade {
        subject: named.subject,
        person: named.person,
    };
    let offers = match offers(colleague, &named.around, made).await {
        Ok(offers) => offers,
        Err(response) => return response,
    };
    let shown = match typed {
        Some(form) => taken(form, &offers),
        None => stored(&named),
    };
    let mut page = page(colleague, parts, &named, &shown, mistakes);
    page.offers = offers;
    show_with(status, &page)
}

/// What is stored, as a form would have sent it: one way of drawing for both.
fn stored(named: &Named) -> Form {
    let part = named.plan.as_ref().and_then(|plan| {
        let mut parts = plan.parts.iter();
        parts.find(|part| part.compartment == named.compartment)
    });
    let Some(now) = part.map(casework::plan::PlanPart::now) else {
        return Form::from_pairs([]);
    };
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let mut fields = vec![
        ("words".to_owned(), now.sheet.words.clone()),
        ("direction".to_owned(), now.sheet.direction.clone()),
        ("review_on".to_owned(), day(now.review_on)),
        ("seen".to_owned(), now.number.to_string()),
    ];
    for (n, goal) in now.sheet.goals.iter().enumerate() {
        fields.push((format!("g{n}.term"), goal.term.code().to_owned()));
        fields.push((format!("g{n}.words"), goal.words.clone()));
        fields.push((format!("g{n}.period"), goal.period.clone()));
        fields.push((format!("g{n}.status"), goal.status.code().to_owned()));
    }
    for (n, step) in now.sheet.steps.iter().enumerate() {
        fields.push((format!("s{n}.owner"), step.owner.code().to_owned()));
        fields.push((format!("s{n}.agency"), step.agency.clone()));
        fields.push((format!("s{n}.words"), step.words.clone()));
        fields.push((format!("s{n}.due"), day(step.due)));
        fields.push((
            format!("s{n}.done"),
            if step.done { "1" } else { "" }.to_owned(),
        ));
    }
    Form::from_pairs(
        fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    )
}

/// The form with the offer that was taken as one more step: its name and nothing else, for words that are found together.
fn taken(form: &Form, offers: &[Offer]) -> Form {
    let offer = form.line("take").parse::<usize>().ok();
    let (Some(offer), n) = (offer.and_then(|at| offers.get(at)), filled(form, 's')) else {
        return form.clone();
    };
    if n >= MOST {
        return form.clone();
    }
    let step = [
        (
            format!("s{n}.words"),
            format!("{}を、いっしょに見てみる", offer.name),
        ),
        (format!("s{n}.agency"), offer.name.clone()),
    ];
    let added = |name: &str| step.iter().any(|(field, _)| field == name);
    let kept = form.iter().filter(|(name, _)| !added(name));
    let step = step
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    Form::from_pairs(kept.chain(step))
}

/// How many lines are filled.
fn filled(form: &Form, letter: char) -> usize {
    let said = |n: &usize| {
        form.get(&format!("{letter}{n}.words"))
            .is_some_and(|words| !words.is_empty())
            || form.text(&format!("{letter}{n}.status")) == GoalStatus::Undecided.code()
    };
    (0..MOST).filter(said).max().map_or(0, |last| last + 1)
}

fn page(
    colleague: &Colleague,
    parts: &Parts,
    named: &Named,
    form: &Form,
    mistakes: Vec<Mistake>,
) -> PartPage {
    let around = &named.around;
    let home = around.find(named.compartment);
    let held = around
        .view
        .people
        .iter()
        .filter(|one| home.is_some_and(|home| home.is_held_by(one.id)));
    let agreed = form.text("agreed_by");
    let goals = (0..(filled(form, 'g') + SPARE).max(LINES)).map(|n| GoalLine {
        term: choices(
            Term::ALL,
            Term::code,
            Term::label,
            form,
            &format!("g{n}.term"),
        ),
        words: form.text(&format!("g{n}.words")).to_owned(),
        period: form.line(&format!("g{n}.period")),
        status: choices(
            GoalStatus::ALL,
            GoalStatus::code,
            GoalStatus::label,
            form,
            &format!("g{n}.status"),
        ),
    });
    let steps = (0..(filled(form, 's') + SPARE).max(LINES)).map(|n| StepLine {
        owner: choices(
            Owner::ALL,
            Owner::code,
            Owner::label,
            form,
            &format!("s{n}.owner"),
        ),
        agency: form.line(&format!("s{n}.agency")),
        words: form.text(&format!("s{n}.words")).to_owned(),
        due: form.line(&format!("s{n}.due")),
        done: form.flag(&format!("s{n}.done")),
    });
    let (words_of, hint) = match named.kind {
        CompartmentKind::Principal => (
            "本人の言葉",
            "本人が話した、書いたとおりに。聞けていなければ、空けておきます。",
        ),
        CompartmentKind::Family => (
            "家族の言葉",
            "家族が望んでいること、心配していること。本人の区画には写しません。",
        ),
        CompartmentKind::Joint => (
            "いっしょに話した言葉",
            "同席した人みんなが聞いたことだけを書きます。",
        ),
        CompartmentKind::Staff => (
            "職員の考え",
            "本人や家族の言葉は、それぞれの区画に書いてください。",
        ),
    };
    PartPage {
        page: colleague.page("計画").with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(&around.view, "keikaku"),
        address: format!(
            "/desk/case/{}/keikaku/{}/{}",
            around.view.case.id, parts.1, named.compartment
        ),
        title: match (named.subject, named.person) {
            (SubjectKind::Family, Some(person)) => format!("{}の計画", around.person(person)),
            (subject, _) => subject.label().to_owned(),
        },
        from: around.compartment(named.compartment),
        words_of,
        hint,
        writable: home.is_some_and(|one| around.may_write(one)),
        goals_here: !(named.subject == SubjectKind::Principal
            && named.kind == CompartmentKind::Family),
        words: form.text("words").to_owned(),
        direction: form.text("direction").to_owned(),
        goals: goals.collect(),
        steps: steps.collect(),
        agreed_by: held
            .map(|one| {
                let code = one.id.to_string();
                Choice::new(code.clone(), one.label()).chosen(code == agreed)
            })
            .collect(),
        agreed_how: choices(
            AgreedHow::ALL,
            AgreedHow::code,
            AgreedHow::label,
            form,
            "agreed_how",
        ),
        agreed_on: form.line("agreed_on"),
        review_on: form.line("review_on"),
        reason: form.line("reason"),
        seen: form.line("seen"),
        once: once(colleague, form),
        offers: Vec::new(),
        known: known(colleague, around),
        mistakes,
    }
}

fn day(around: &Context, form: &Form, field: &str) -> Result<Option<Date>, Mistake> {
    around.day(form, field).map_err(|()| {
        let sentence = "日付を読み取れませんでした。2026-12-28 のように書いてください。";
        Mistake::at(format!("plan-{field}"), sentence)
    })
}

fn sheet(around: &Context, form: &Form) -> Result<Sheet, Mistake> {
    let goal = |n: usize| {
        let status = GoalStatus::from_code(form.text(&format!("g{n}.status")));
        let words = form.text(&format!("g{n}.words")).trim().to_owned();
        (status.is_some() || !words.is_empty()).then(|| Goal {
            term: Term::from_code(form.text(&format!("g{n}.term"))).unwrap_or(Term::Short),
            words,
            period: form.line(&format!("g{n}.period")),
            status: status.unwrap_or(GoalStatus::Thinking),
        })
    };
    let mut steps = Vec::new();
    for n in 0..MOST {
        let words = form.text(&format!("s{n}.words")).trim().to_owned();
        if !words.is_empty() {
            let owner = Owner::from_code(form.text(&format!("s{n}.owner")));
            steps.push(Step {
                owner: owner.ok_or_else(|| {
                    Mistake::at(format!("s{n}-owner"), "だれのすることかを選んでください。")
                })?,
                agency: form.line(&format!("s{n}.agency")),
                words,
                due: day(around, form, &format!("s{n}.due"))
                    .map_err(|mistake| Mistake::at(format!("s{n}-due"), mistake.text))?,
                done: form.flag(&format!("s{n}.done")),
            });
        }
    }
    Ok(Sheet {
        words: form.text("words").trim().to_owned(),
        direction: form.text("direction").trim().to_owned(),
        goals: (0..MOST).filter_map(goal).collect(),
        steps,
        reason: form.line("reason"),
    })
}

fn agreed(around: &Context, form: &Form) -> Result<Option<Agreed>, Mistake> {
    let Ok(by) = form.line("agreed_by").parse::<PersonId>() else {
        return Ok(None);
    };
    let how = AgreedHow::from_code(form.text("agreed_how"));
    Ok(Some(Agreed {
        by,
        on: day(around, form, "agreed_on")?.unwrap_or(around.today),
        how: how.ok_or_else(|| {
            Mistake::at("plan-agreed_how", "どのように確かめたかを選んでください。")
        })?,
    }))
}

fn save_part(named: &Named, form: &Form) -> Result<SavePart, Mistake> {
    let around = &named.around;
    Ok(SavePart {
        compartment: named.compartment,
        sheet: sheet(around, form)?,
        agreed: agreed(around, form)?,
        review_on: day(around, form, "review_on")?,
        seen: form.line("seen").parse().ok(),
    })
}

async fn save(Path(parts): Path<Parts>, Sent { colleague, form }: Sent) -> Response {
    if matches!(form.text("act"), "agree" | "disagree") {
        return agreement(&colleague, &parts, &form).await;
    }
    if form.text("act") != "save" {
        return draw(&colleague, &parts, Some(&form), Vec::new(), StatusCode::OK).await;
    }
    let named = match named(&colleague, &parts).await {
        Ok(named) => named,
        Err(response) => return response,
    };
    let part = match save_part(&named, &form) {
        Ok(part) => part,
        Err(mistake) => return again(&colleague, &parts, &form, mistake).await,
    };
    let (room, session, case) = (
        &colleague.app().casework,
        &colleague.session,
        case_id(&parts.0),
    );
    let saved = if let Some(plan) = &named.plan {
        room.save_plan_part(session, case, plan.id, &part).await
    } else {
        let new = NewPlan {
            subject: named.subject,
            person: named.person,
            once: form.line("once").parse().ok(),
        };
        room.new_plan(session, case, new, &part).await.map(|_| ())
    };
    match saved {
        Ok(()) | Err(Error::Again) => see_other(&format!("/desk/case/{case}/keikaku?ok=save")),
        Err(Error::Invalid { field, sentence }) => {
            again(
                &colleague,
                &parts,
                &form,
                Mistake::at(format!("plan-{field}"), sentence),
            )
            .await
        }
        Err(error @ (Error::Guarded(_) | Error::Meanwhile | Error::Illegal(_))) => {
            again(
                &colleague,
                &parts,
                &form,
                Mistake::at("form", error.to_string()),
            )
            .await
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}

/// Somebody agrees to what stands there, or takes their agreement back.
async fn agreement(colleague: &Colleague, parts: &Parts, form: &Form) -> Response {
    let named = match named(colleague, parts).await {
        Ok(named) => named,
        Err(response) => return response,
    };
    let Some(plan) = &named.plan else {
        return colleague.not_found().await;
    };
    let (room, session, case) = (
        &colleague.app().casework,
        &colleague.session,
        case_id(&parts.0),
    );
    let part = PartOfPlan {
        plan: plan.id,
        compartment: named.compartment,
    };
    let done = if form.text("act") == "disagree" {
        let number = form.line("agreement").parse().unwrap_or(0);
        room.withdraw_plan_agreement(session, case, part, number)
            .await
    } else {
        let agreed = match agreed(&named.around, form) {
            Ok(Some(agreed)) => agreed,
            Ok(None) => {
                let sentence = "だれが確かめたかを選んでください。";
                let mistake = Mistake::at("plan-agreed_by", sentence);
                return on_the_sheet(colleague, parts, mistake).await;
            }
            Err(mistake) => return on_the_sheet(colleague, parts, mistake).await,
        };
        let seen = form.line("seen").parse().unwrap_or(0);
        room.agree_to_plan(session, case, part, seen, &agreed).await
    };
    let ok = |word: &str| see_other(&format!("/desk/case/{case}/keikaku?ok={word}"));
    match done {
        Ok(()) | Err(Error::Again) => ok(form.text("act")),
        Err(Error::Meanwhile) => ok("meanwhile"),
        Err(Error::Invalid { field, sentence }) => {
            let mistake = Mistake::at(format!("plan-{field}"), sentence);
            on_the_sheet(colleague, parts, mistake).await
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}

/// What is wrong with an agreement is said on the sheet of the part, with what is stored there.
async fn on_the_sheet(colleague: &Colleague, parts: &Parts, mistake: Mistake) -> Response {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    draw(colleague, parts, None, vec![mistake], status).await
}

async fn again(colleague: &Colleague, parts: &Parts, form: &Form, mistake: Mistake) -> Response {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    draw(colleague, parts, Some(form), vec![mistake], status).await
}
