//! The plan: `…/keikaku`; one part of it: `…/keikaku/{plan}/{compartment}`; the paper for one person: [`paper`].

mod paper;
mod part;

use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery},
    http::StatusCode,
    response::Response,
    routing::get,
};
use casework::{
    AgeBand, Part as PartOf, Relationship,
    plan::{Goal, GoalStatus, PartVersion, Plan, PlanPart, Step, SubjectKind, Term},
};
use guide::{Answers, Who};

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::{Choice, Mistake},
    public::annai::{Fitting, fitting},
    show_with,
};

use super::{
    context::{Context, context},
    head::Head,
    overview::case_id,
};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk/case/{id}/keikaku", get(look).post(begin))
        .merge(paper::routes())
        .merge(part::routes())
}

struct PartView {
    href: String,
    /// Whether a form is offered.
    writable: bool,
    from: String,
    words_of: &'static str,
    part: PlanPart,
    agreed: String,
    review: String,
    review_due: bool,
    by: String,
    older: Vec<(String, String, PartVersion)>,
}

impl PartView {
    /// The goals by how far ahead they are, where there are any.
    fn goals(&self) -> Vec<(&'static str, Vec<&Goal>)> {
        let of = |term: Term| {
            let goals = self.part.now().sheet.goals.iter();
            goals.filter(|goal| goal.term == term).collect::<Vec<_>>()
        };
        let both = [Term::Long, Term::Short].map(|term| (term.label(), of(term)));
        both.into_iter()
            .filter(|(_, goals)| !goals.is_empty())
            .collect()
    }

    fn steps(&self) -> &[Step] {
        &self.part.now().sheet.steps
    }
}

struct PlanView {
    title: String,
    parts: Vec<PartView>,
    /// Compartments that hold no part of it yet.
    more: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "desk/case/plan.html")]
struct PlanPage {
    page: Page,
    me: Me,
    head: Head,
    done: &'static str,
    plans: Vec<PlanView>,
    subjects: Vec<Choice>,
    compartments: Vec<Choice>,
    fits: Vec<Fitting>,
    known: String,
    /// A paper for each person: the address, and what to call them.
    papers: Vec<(String, String)>,
    mistakes: Vec<Mistake>,
}

impl PlanPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, &format!("begin-{field}"))
    }
}

async fn look(colleague: Colleague, Path(id): Path<String>, RawQuery(query): RawQuery) -> Response {
    let done = match query.as_deref() {
        Some("ok=save") => "計画を保存しました。",
        _ => "",
    };
    let form = Form::from_pairs([]);
    draw(&colleague, &id, &form, Vec::new(), StatusCode::OK, done).await
}

async fn draw(
    colleague: &Colleague,
    id: &str,
    form: &Form,
    mistakes: Vec<Mistake>,
    status: StatusCode,
    done: &'static str,
) -> Response {
    let around = match context(colleague, id).await {
        Ok(around) => around,
        Err(response) => return response,
    };
    let room = &colleague.app().casework;
    let plans = match room.plans(&colleague.session, case_id(id)).await {
        Ok(plans) => plans,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let subject = form.text("subject").to_owned();
    let chosen = |code: &str| subject == code;
    let mut subjects = vec![
        Choice::new("honnin", "本人").chosen(chosen("honnin")),
        Choice::new("setai", "世帯").chosen(chosen("setai")),
    ];
    let family = around.view.people.iter();
    subjects.extend(family.filter(|one| one.part == PartOf::Family).map(|one| {
        let code = format!("kazoku-{}", one.id);
        let label = one.label();
        Choice::new(code.clone(), label).chosen(chosen(&code))
    }));
    let sheet = coarse(&around);
    let page = PlanPage {
        page: colleague.page("計画").with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(&around.view, "keikaku"),
        done,
        plans: plans
            .into_iter()
            .map(|plan| plan_view(&around, plan))
            .collect(),
        subjects,
        compartments: around.writable(|_| true, form, "compartment"),
        fits: fitting(colleague.app(), &sheet),
        known: known(colleague, &around),
        papers: around
            .view
            .people
            .iter()
            .map(|one| {
                let href = format!("/desk/case/{}/keikaku/kami/{}", case_id(id), one.id);
                (href, one.label())
            })
            .collect(),
        mistakes,
    };
    show_with(status, &page)
}

fn plan_view(around: &Context, plan: Plan) -> PlanView {
    let id = around.view.case.id;
    let title = match (plan.subject, plan.person) {
        (SubjectKind::Family, Some(person)) => format!("{}の計画", around.person(person)),
        (subject, _) => subject.label().to_owned(),
    };
    let missing = around.view.compartments.iter().filter(|one| {
        around.may_write(one) && !plan.parts.iter().any(|part| part.compartment == one.id)
    });
    let more = missing.map(|one| {
        let href = format!("/desk/case/{id}/keikaku/{}/{}", plan.id, one.id);
        (href, around.view.name_of(one))
    });
    let more = more.collect();
    let parts = plan.parts.into_iter().map(|part| {
        let now = part.now();
        let agreed = now.agreed.as_ref().map(|one| {
            let on = basics::japanese::date_with_year(one.on);
            format!("{}・{on}・{}", around.person(one.by), one.how.label())
        });
        PartView {
            href: format!("/desk/case/{id}/keikaku/{}/{}", plan.id, part.compartment),
            writable: around
                .find(part.compartment)
                .is_some_and(|one| around.may_write(one)),
            from: around.compartment(part.compartment),
            words_of: part.words_of(),
            agreed: agreed.unwrap_or_default(),
            review: now
                .review_on
                .map(basics::japanese::date_with_year)
                .unwrap_or_default(),
            review_due: now.review_on.is_some_and(|day| day <= around.today),
            by: format!(
                "{}・{}（{}版）",
                around.name(now.by),
                around.when(now.at),
                now.number
            ),
            older: part
                .versions
                .iter()
                .skip(1)
                .map(|old| (around.when(old.at), around.name(old.by), old.clone()))
                .collect(),
            part,
        }
    });
    PlanView {
        title,
        parts: parts.collect(),
        more,
    }
}

/// What the guide is told of this case: age band, municipality, on whose behalf. No word that anybody said.
fn coarse(around: &Context) -> Answers {
    let principal = around.view.principal();
    let age = principal.and_then(|one| match one.age_band {
        AgeBand::Unknown => None,
        AgeBand::Under15 => Some(14),
        AgeBand::Teens => Some(17),
        AgeBand::Twenties => Some(25),
        AgeBand::Thirties => Some(35),
        AgeBand::Forties => Some(45),
        AgeBand::Fifties | AgeBand::EarlySixties => Some(57),
        AgeBand::Over65 => Some(70),
    });
    let speaks = around
        .view
        .people
        .iter()
        .find(|one| Some(one.id) != principal.map(|p| p.id));
    let who = match speaks.map(|one| one.relationship) {
        None => Who::Me,
        Some(Relationship::Mother | Relationship::Father) => Who::Parent,
        Some(
            Relationship::ElderSister
            | Relationship::YoungerSister
            | Relationship::ElderBrother
            | Relationship::YoungerBrother,
        ) => Who::Sibling,
        Some(Relationship::Agency) => Who::Supporter,
        Some(Relationship::Acquaintance) => Who::Neighbor,
        Some(Relationship::Unsaid) => Who::Unknown,
        Some(_) => Who::Family,
    };
    Answers {
        who,
        age,
        area: principal.and_then(|one| one.municipality),
        ..Answers::default()
    }
}

/// The same in words, so that nobody wonders where the list comes from.
fn known(colleague: &Colleague, around: &Context) -> String {
    let principal = around.view.principal();
    let age = principal.map_or("わからない", |one| one.age_band.label());
    let all = colleague.app().directory.municipalities();
    let area = principal
        .and_then(|one| one.municipality)
        .and_then(|code| all.get(code));
    let area = area.map_or_else(
        || "まだ分かっていません".to_owned(),
        |one| one.full_name(all),
    );
    format!("年代：{age}・住まい：{area}")
}

async fn begin(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    if form.text("act") != "begin" {
        return draw(&colleague, &id, &form, Vec::new(), StatusCode::OK, "").await;
    }
    let subject = form.text("subject");
    let fits = subject == "honnin" || subject == "setai" || part::family(subject).is_some();
    let mut mistakes = Vec::new();
    if !fits {
        mistakes.push(Mistake::at(
            "begin-subject",
            "だれの計画かを選んでください。",
        ));
    }
    match form.line("compartment").parse::<i64>() {
        Ok(compartment) if fits => see_other(&format!(
            "/desk/case/{}/keikaku/{subject}/{compartment}",
            case_id(&id)
        )),
        _ => {
            if mistakes.is_empty() {
                let sentence = "だれの区画から書きはじめるかを選んでください。";
                mistakes.push(Mistake::at("begin-compartment", sentence));
            }
            draw(
                &colleague,
                &id,
                &form,
                mistakes,
                StatusCode::UNPROCESSABLE_ENTITY,
                "",
            )
            .await
        }
    }
}

/// A day of staff's own step, in words.
fn due_words(step: &Step) -> String {
    step.due
        .map(basics::japanese::date_with_year)
        .unwrap_or_default()
}

/// Words for a goal that has none: 今は決めない is an answer.
fn goal_words(goal: &Goal) -> &str {
    match (goal.words.as_str(), goal.status) {
        ("", GoalStatus::Undecided) => "今は決めない",
        (words, _) => words,
    }
}
