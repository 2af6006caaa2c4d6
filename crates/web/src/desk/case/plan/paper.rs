//! `…/keikaku/kami/{person}`: the plan as it is given to one person, on paper.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use basics::{CaseId, PersonId};
use casework::plan::{Goal, PlanPart, Step, Term};
use casework::plan_paper::PlanPaper;

use crate::{
    App, Page,
    desk::{
        case::overview::case_id,
        colleague::{Colleague, Me},
    },
    show,
};

use super::goal_words;

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case/{id}/keikaku/kami/{person}", get(look))
}

#[derive(Template)]
#[template(path = "desk/case/plan_paper.html")]
struct PaperPage {
    page: Page,
    me: Me,
    case: CaseId,
    paper: PlanPaper,
    on: String,
}

/// The goals by how far ahead they are, where there are any.
fn goals(part: &PlanPart) -> Vec<(&'static str, Vec<&Goal>)> {
    let of = |term: Term| {
        let goals = part.now().sheet.goals.iter();
        goals.filter(|goal| goal.term == term).collect::<Vec<_>>()
    };
    let both = [Term::Long, Term::Short].map(|term| (term.label(), of(term)));
    let some = both.into_iter().filter(|(_, goals)| !goals.is_empty());
    some.collect()
}

fn steps(part: &PlanPart) -> &[Step] {
    &part.now().sheet.steps
}

async fn look(colleague: Colleague, Path((id, person)): Path<(String, String)>) -> Response {
    let case = case_id(&id);
    let person = PersonId::from(person.parse::<i64>().unwrap_or(0));
    let room = &colleague.app().casework;
    match room.plan_paper(&colleague.session, case, person).await {
        Ok(paper) => show(&PaperPage {
            page: colleague.page("計画（渡す紙）"),
            me: colleague.me("/desk/case"),
            case,
            paper,
            on: basics::japanese::date_with_year(colleague.app().clock.today()),
        }),
        Err(error) => colleague.case_trouble(error).await,
    }
}
