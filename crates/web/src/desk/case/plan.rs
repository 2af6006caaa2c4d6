//! The plan, printable: `…/keikaku`; one part of it: `…/keikaku/{plan}/{compartment}`.

mod offers;
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
    Part as PartOf,
    plan::{AgreedHow, Goal, GoalStatus, PartVersion, Plan, PlanPart, Step, SubjectKind, Term},
};

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::{Choice, Mistake},
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
        .merge(part::routes())
}

/// Somebody's agreement, in words.
struct AgreedLine {
    id: i64,
    words: String,
    withdrawn: String,
}

struct PartView {
    href: String,
    /// Whether a form is offered.
    writable: bool,
    from: String,
    words_of: &'static str,
    part: PlanPart,
    agreed: Vec<AgreedLine>,
    /// Who may still be asked, where somebody may write here.
    may_agree: Vec<Choice>,
    hows: Vec<Choice>,
    review: String,
    review_due: bool,
    by: String,
    older: Vec<(String, String, PartVersion, Vec<AgreedLine>)>,
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
    id: casework::plan::PlanId,
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
    printed_on: String,
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
        Some("ok=agree") => "確かめた人を書き足しました。",
        Some("ok=disagree") => "取り下げたことを残しました。",
        Some("ok=meanwhile") => {
            "ほかの人が、先に書き直しました。いまの版を見てから、もう一度お願いします。"
        }
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
        printed_on: basics::japanese::date_with_year(around.today),
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
        let agreed = agreed_lines(around, now);
        let home = around.find(part.compartment);
        let open = |one: &&casework::Person| {
            let given = |given: &casework::plan::Agreement| {
                given.agreed.by == one.id && given.withdrawn_on.is_none()
            };
            home.is_some_and(|home| home.is_held_by(one.id)) && !now.agreements.iter().any(given)
        };
        let may_agree = around.view.people.iter().filter(open);
        let may_agree = may_agree
            .map(|one| Choice::new(one.id.to_string(), one.label()))
            .collect();
        PartView {
            href: format!("/desk/case/{id}/keikaku/{}/{}", plan.id, part.compartment),
            writable: around
                .find(part.compartment)
                .is_some_and(|one| around.may_write(one)),
            from: around.compartment(part.compartment),
            words_of: part.words_of(),
            agreed,
            may_agree,
            hows: (AgreedHow::ALL.iter())
                .map(|how| Choice::new(how.code(), how.label()))
                .collect(),
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
                .map(|old| {
                    let agreed = agreed_lines(around, old);
                    (
                        around.when(old.at),
                        around.name(old.by),
                        old.clone(),
                        agreed,
                    )
                })
                .collect(),
            part,
        }
    });
    PlanView {
        id: plan.id,
        title,
        parts: parts.collect(),
        more,
    }
}

/// Who agreed to a version, the earliest first, those who took it back too.
fn agreed_lines(around: &Context, version: &PartVersion) -> Vec<AgreedLine> {
    let date = basics::japanese::date_with_year;
    let given = version.agreements.iter();
    given
        .map(|one| AgreedLine {
            id: one.id,
            words: format!(
                "{}・{}・{}",
                around.person(one.agreed.by),
                date(one.agreed.on),
                one.agreed.how.label()
            ),
            withdrawn: one.withdrawn_on.map(date).unwrap_or_default(),
        })
        .collect()
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
