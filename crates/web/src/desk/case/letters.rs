//! Letters on paper: `…/tayori`, and the sheet to print, `…/tayori/{letter}`.

use askama::Template;
use axum::{Router, extract::Path, http::StatusCode, response::Response, routing::get};
use basics::{CaseId, PersonId};
use casework::Error;
use casework::approach::Way;
use casework::case::CaseView;
use casework::outgoing::{Letter, MAX_LETTER, NewLetter, Sent as SentLetter};

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::{Choice, Mistake},
    show, show_with,
};

use super::despite::{self, Beyond};
use super::head::Head;
use super::overview::case_id;

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk/case/{id}/tayori", get(look).post(act))
        .route("/desk/case/{id}/tayori/{letter}", get(print))
}

#[derive(Template)]
#[template(path = "desk/case/letters.html")]
struct LettersPage {
    page: Page,
    me: Me,
    head: Head,
    view: CaseView,
    /// Whom a letter may go to.
    people: Vec<Choice>,
    /// Whom none may go to, and why.
    stopped: Vec<(String, String)>,
    letters: Vec<SentLetter>,
    words: String,
    most: usize,
    beyond: Beyond,
    mistakes: Vec<Mistake>,
}

impl LettersPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }

    fn person(&self, id: &PersonId) -> String {
        let found = self.view.person(*id);
        found.map_or_else(String::new, casework::Person::label)
    }
}

async fn look(colleague: Colleague, Path(id): Path<String>) -> Response {
    let form = Form::from_pairs(Vec::<(&str, &str)>::new());
    draw(&colleague, case_id(&id), &form, Vec::new(), StatusCode::OK).await
}

async fn draw(
    colleague: &Colleague,
    id: CaseId,
    form: &Form,
    mistakes: Vec<Mistake>,
    status: StatusCode,
) -> Response {
    match read(colleague, id, form, None, mistakes).await {
        Ok(page) => show_with(status, &page),
        Err(error) => colleague.case_trouble(error).await,
    }
}

async fn read(
    colleague: &Colleague,
    id: CaseId,
    form: &Form,
    beyond: Option<Beyond>,
    mistakes: Vec<Mistake>,
) -> casework::Result<LettersPage> {
    let (room, session) = (&colleague.app().casework, &colleague.session);
    let view = room.case(session, id).await?;
    let letters = room.letters(session, id).await?;
    let (mut people, mut stopped) = (Vec::new(), Vec::new());
    for person in &view.people {
        match room.may_reach(session, id, person.id, Way::Letter).await {
            Ok(()) => {
                let id = person.id.to_string();
                let chosen = form.text("to") == id;
                people.push(Choice::new(id, person.label()).chosen(chosen));
            }
            Err(Error::Guarded(why)) => stopped.push((person.label(), why)),
            // Only a written reason goes past it: they stay to be chosen, and the page asks for it.
            Err(Error::Passable { sentence, .. }) => {
                let id = person.id.to_string();
                let chosen = form.text("to") == id;
                let choice = Choice::new(id, person.label()).chosen(chosen);
                people.push(choice.hint(&sentence));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(LettersPage {
        page: colleague
            .page("手紙を書く")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(&view, "kakawari"),
        view,
        people,
        stopped,
        letters,
        words: form.text("words").to_owned(),
        most: MAX_LETTER,
        beyond: beyond.unwrap_or_else(|| Beyond::typed(form)),
        mistakes,
    })
}

async fn act(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let id = case_id(&id);
    if form.text("act") != "print" {
        return draw(&colleague, id, &form, Vec::new(), StatusCode::OK).await;
    }
    let Ok(person) = form.line("to").parse::<i64>() else {
        let mistakes = vec![Mistake::at("to", "どなたへの手紙かを選んでください。")];
        return draw(
            &colleague,
            id,
            &form,
            mistakes,
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await;
    };
    let new = NewLetter {
        person: person.into(),
        words: form.text("words").to_owned(),
        despite: despite::chosen(&form),
    };
    let (room, session) = (&colleague.app().casework, &colleague.session);
    match room.print_letter(session, id, &new).await {
        Ok(letter) => see_other(&format!("/desk/case/{id}/tayori/{letter}")),
        Err(error @ (Error::Passable { .. } | Error::Invalid { field: "wake", .. })) => {
            let beyond = Beyond::answered(&form, &error);
            let mistakes = beyond.as_ref().map(Beyond::mistakes).unwrap_or_default();
            match read(&colleague, id, &form, beyond, mistakes).await {
                Ok(page) => show_with(StatusCode::CONFLICT, &page),
                Err(error) => colleague.case_trouble(error).await,
            }
        }
        Err(Error::Invalid { field, sentence }) => {
            let mistakes = vec![Mistake::at(field, sentence)];
            draw(
                &colleague,
                id,
                &form,
                mistakes,
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await
        }
        Err(Error::Guarded(sentence)) => {
            let mistakes = vec![Mistake::at("to", sentence)];
            draw(&colleague, id, &form, mistakes, StatusCode::CONFLICT).await
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}

#[derive(Template)]
#[template(path = "desk/case/letter_sheet.html")]
struct SheetPage {
    page: Page,
    me: Me,
    case: CaseId,
    letter: Letter,
    date: String,
}

async fn print(colleague: Colleague, Path((id, letter)): Path<(String, String)>) -> Response {
    let (room, session) = (&colleague.app().casework, &colleague.session);
    let (case, number) = (case_id(&id), letter.parse().unwrap_or(0));
    match room.letter(session, case, number).await {
        Ok(letter) => show(&SheetPage {
            page: colleague.page("手紙"),
            me: colleague.me("/desk/case"),
            case,
            date: basics::japanese::date(letter.on),
            letter,
        }),
        Err(error) => colleague.case_trouble(error).await,
    }
}
