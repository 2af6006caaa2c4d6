//! `/desk/case/atarashii`: a new case, from a call, a visit or (`?tegami=`) a thread of letters. Nothing has to be known.

use askama::Template;
use axum::{Router, extract::RawQuery, http::StatusCode, response::Response, routing::get};
use basics::ThreadId;
use casework::{AgeBand, Error, Knows, NewCase, NewPerson, Part, Relationship};
use office::access::{self, Action};

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case/atarashii", get(ask).post(open))
}

#[derive(Template)]
#[template(path = "desk/case/new.html")]
struct NewPage {
    page: Page,
    me: Me,
    who: Vec<Choice>,
    knows: Vec<Choice>,
    ages: Vec<Choice>,
    nickname: String,
    consulter: String,
    thread: String,
    mistakes: Vec<Mistake>,
}

impl NewPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

async fn ask(colleague: Colleague, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let thread = form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == "tegami")
        .map(|(_, value)| value.into_owned())
        .filter(|value| value.parse::<i64>().is_ok())
        .unwrap_or_default();
    let form = Form::from_pairs([("tegami", thread.as_str())]);
    draw(&colleague, &form, Vec::new(), StatusCode::OK).await
}

async fn draw(
    colleague: &Colleague,
    form: &Form,
    mistakes: Vec<Mistake>,
    status: StatusCode,
) -> Response {
    if let Err(error) = access::permit(&colleague.session, Action::OpenNewCase, "").await {
        return colleague.trouble(error).await;
    }
    let chosen = |name: &str, code: &str| form.text(name) == code;
    let page = NewPage {
        page: colleague
            .page("新しいケース")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        who: Relationship::ALL
            .iter()
            .map(|one| Choice::new(one.code(), one.label()).chosen(chosen("who", one.code())))
            .collect(),
        knows: Knows::ALL
            .iter()
            .map(|one| Choice::new(one.code(), one.label()).chosen(chosen("knows", one.code())))
            .collect(),
        ages: AgeBand::ALL
            .iter()
            .map(|one| Choice::new(one.code(), one.label()).chosen(chosen("age", one.code())))
            .collect(),
        nickname: form.line("nickname"),
        consulter: form.line("consulter"),
        thread: form.line("tegami"),
        mistakes,
    };
    show_with(status, &page)
}

async fn open(Sent { colleague, form }: Sent) -> Response {
    if form.text("act") != "open" {
        return draw(&colleague, &form, Vec::new(), StatusCode::OK).await;
    }
    let Some(who) = Relationship::from_code(form.text("who")) else {
        let mistake = Mistake::at(
            "who",
            "どなたからの相談かを選んでください。「言わない」でも大丈夫です。",
        );
        return draw(
            &colleague,
            &form,
            vec![mistake],
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await;
    };
    let new = new_case(&form, who);
    match colleague
        .app()
        .casework
        .open_new(&colleague.session, &new)
        .await
    {
        Ok(opened) => see_other(&format!("/desk/case/{}/kaku", opened.case)),
        Err(Error::Mailbox(mailbox::Error::Again)) => {
            let mistake = Mistake::at("tegami", "この手紙は、もうケースになっています。");
            draw(&colleague, &form, vec![mistake], StatusCode::CONFLICT).await
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}

fn new_case(form: &Form, who: Relationship) -> NewCase {
    let mut principal =
        NewPerson::unknown(Part::Principal, Relationship::Oneself).called(&form.line("nickname"));
    principal.age_band = AgeBand::from_code(form.text("age")).unwrap_or(AgeBand::Unknown);
    let part = match who {
        Relationship::Oneself => None,
        Relationship::Agency | Relationship::Acquaintance => Some(Part::Finder),
        Relationship::Unsaid => Some(Part::Other),
        _ => Some(Part::Family),
    };
    let consulter = part.map(|part| NewPerson::unknown(part, who).called(&form.line("consulter")));
    // Who asks for themself knows; of everybody else nothing is assumed.
    let knows = match who {
        Relationship::Oneself => Knows::Knows,
        _ => Knows::from_code(form.text("knows")).unwrap_or(Knows::Unknown),
    };
    NewCase {
        principal,
        consulter,
        subject_knows: knows,
        thread: form.line("tegami").parse::<i64>().ok().map(ThreadId::from),
    }
}
