//! `/desk/case/niteiru`: who might be the same human, and what was said about it. For the staff's own eyes; of cases they
//! may not open the page says nothing.

use askama::Template;
use axum::{Router, response::Response, routing::get};
use casework::duplicate::Hint;
use casework::person_link::{At, LinkGround, LinkKind, LinkState, PersonLink};
use casework::{Error, duplicate::Alike};
use office::access::Action;

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::Mistake,
    show_with,
};

use super::{mistake, status};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case/niteiru", get(look).post(act))
}

struct HintView {
    hint: Hint,
    alike: String,
    pair: String,
}

struct LinkView {
    link: PersonLink,
    day: String,
    waits: bool,
    holds: bool,
}

#[derive(Template)]
#[template(path = "desk/case/people/same.html")]
struct SamePage {
    page: Page,
    me: Me,
    hints: Vec<HintView>,
    links: Vec<LinkView>,
    decides: bool,
    mistakes: Vec<Mistake>,
}

async fn look(colleague: Colleague) -> Response {
    draw(&colleague, Vec::new()).await
}

async fn draw(colleague: &Colleague, mistakes: Vec<Mistake>) -> Response {
    let casework = &colleague.app().casework;
    let looked = async {
        let hints = casework.duplicate_hints(&colleague.session).await?;
        let links = casework.person_links(&colleague.session).await?;
        Ok((hints, links))
    };
    let (hints, links) = match looked.await {
        Ok(found) => found,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let page = SamePage {
        page: colleague
            .page("似ている人")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        hints: hints
            .into_iter()
            .map(|hint| HintView {
                alike: hint
                    .alike
                    .iter()
                    .map(|one| Alike::label(*one))
                    .collect::<Vec<_>>()
                    .join("・"),
                pair: format!(
                    "{}.{}.{}.{}",
                    hint.a.at.case, hint.a.at.person, hint.b.at.case, hint.b.at.person
                ),
                hint,
            })
            .collect(),
        links: links
            .into_iter()
            .map(|link| LinkView {
                day: basics::japanese::date_with_year(
                    basics::time::to_jst(link.proposed_at).date(),
                ),
                waits: link.state == LinkState::Proposed,
                holds: link.state == LinkState::Approved,
                link,
            })
            .collect(),
        decides: colleague.may(Action::ApproveCase),
        mistakes,
    };
    show_with(status(&page.mistakes), &page)
}

async fn act(Sent { colleague, form }: Sent) -> Response {
    let casework = &colleague.app().casework;
    let session = &colleague.session;
    let link = form.line("link").parse().unwrap_or(0);
    let done = match form.text("act") {
        "same" => propose(&colleague, &form, LinkKind::Same).await,
        "not_same" => propose(&colleague, &form, LinkKind::NotSame).await,
        "agree" => casework.decide_link(session, link, true).await,
        "decline" => casework.decide_link(session, link, false).await,
        "undo" => casework.undo_link(session, link).await,
        _ => return draw(&colleague, Vec::new()).await,
    };
    match done.map_err(mistake) {
        Ok(()) => see_other("/desk/case/niteiru"),
        Err(Ok(mistake)) => draw(&colleague, vec![mistake]).await,
        Err(Err(error)) => colleague.case_trouble(error).await,
    }
}

async fn propose(colleague: &Colleague, form: &Form, kind: LinkKind) -> Result<(), Error> {
    let parts: Vec<i64> = form
        .text("pair")
        .split('.')
        .filter_map(|part| part.parse().ok())
        .collect();
    let [a_case, a_person, b_case, b_person] = parts[..] else {
        return Err(Error::NotFound);
    };
    let at = |case: i64, person: i64| At {
        case: case.into(),
        person: person.into(),
    };
    let casework = &colleague.app().casework;
    let ground = LinkGround::Records;
    casework
        .propose_link(
            &colleague.session,
            at(a_case, a_person),
            at(b_case, b_person),
            kind,
            ground,
        )
        .await
        .map(|_| ())
}
