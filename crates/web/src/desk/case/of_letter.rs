//! `/desk/tegami/{id}/case`: a letter becomes part of a case one works on, in the compartment of whoever wrote.

use askama::Template;
use axum::{Router, extract::Path, http::StatusCode, response::Response, routing::get};
use basics::{CaseId, PersonId, ThreadId};
use casework::of_letters::Choosable;
use casework::{Error, Part};
use office::access::{self, Action};

use crate::{
    App, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::Mistake,
    show_with,
};

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/tegami/{id}/case", get(ask).post(act))
}

#[derive(Template)]
#[template(path = "desk/case/of_letter.html")]
struct OfLetterPage {
    page: Page,
    me: Me,
    id: i64,
    number: i64,
    cases: Vec<Choosable>,
    chosen: String,
    mistakes: Vec<Mistake>,
}

impl OfLetterPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

fn name_of(case: &Choosable) -> String {
    let principal = case.people.iter().find(|one| one.part == Part::Principal);
    match principal.map(|one| one.identity.called()) {
        None | Some("") => format!("ケース {}", case.number),
        Some(name) => format!("ケース {}　{name}さん", case.number),
    }
}

async fn ask(colleague: Colleague, Path(id): Path<String>) -> Response {
    let id = ThreadId::from(id.parse::<i64>().unwrap_or(0));
    draw(&colleague, id, String::new(), Vec::new(), StatusCode::OK).await
}

async fn draw(
    colleague: &Colleague,
    id: ThreadId,
    chosen: String,
    mistakes: Vec<Mistake>,
    status: StatusCode,
) -> Response {
    let (app, session) = (colleague.app(), &colleague.session);
    let action = Action::Assign;
    if !session.may(action) {
        return colleague.trouble(access::absent(session, id, action)).await;
    }
    let thread = match app.mailbox.thread_for(session, id, action).await {
        Ok(thread) => thread,
        Err(error) => return colleague.trouble(error).await,
    };
    if let Some((case, ..)) = thread.part_of {
        return see_other(&format!("/desk/case/{case}/kakawari#tegami"));
    }
    match app.casework.own_people(session).await {
        Ok(cases) => show_with(
            status,
            &OfLetterPage {
                page: colleague
                    .page("手紙をケースに加える")
                    .with_error(!mistakes.is_empty()),
                me: colleague.me("/desk"),
                id: id.get(),
                number: thread.number,
                cases,
                chosen,
                mistakes,
            },
        ),
        Err(error) => colleague.case_trouble(error).await,
    }
}

async fn act(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let id = ThreadId::from(id.parse::<i64>().unwrap_or(0));
    let chosen = form.line("into");
    if form.text("act") != "attach" {
        return draw(&colleague, id, chosen, Vec::new(), StatusCode::OK).await;
    }
    let wanted = chosen
        .split_once('-')
        .and_then(|(case, person)| Some((case.parse::<i64>().ok()?, person.parse::<i64>().ok()?)));
    let Some((case, person)) = wanted else {
        let mistakes = vec![Mistake::at(
            "into",
            "どのケースの、だれの手紙かを選んでください。",
        )];
        return draw(
            &colleague,
            id,
            chosen,
            mistakes,
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await;
    };
    let (case, person) = (CaseId::from(case), PersonId::from(person));
    let (room, session) = (&colleague.app().casework, &colleague.session);
    match room.attach_thread(session, case, id, person).await {
        Ok(()) => see_other(&format!("/desk/case/{case}/kakawari#tegami")),
        Err(Error::Mailbox(mailbox::Error::Again)) => {
            let mistakes = vec![Mistake::at(
                "into",
                "この手紙は、もうケースに加わっています。",
            )];
            draw(&colleague, id, chosen, mistakes, StatusCode::CONFLICT).await
        }
        Err(Error::Invalid { sentence, .. }) => {
            let mistakes = vec![Mistake::at("into", sentence)];
            draw(
                &colleague,
                id,
                chosen,
                mistakes,
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}
