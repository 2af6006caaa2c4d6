//! `…/keika/{note}`: one note. A draft is written on, confirmed or thrown away by its author; what is confirmed is
//! corrected by one more revision with its reason, and everything before stays in sight.

use askama::Template;
use axum::{Router, extract::Path, http::StatusCode, response::Response, routing::get};
use basics::{NoteId, StaffId};
use casework::note::{Block, BlockKind, MayShare, NoteView};
use casework::{Error, case::CaseView};

use crate::{
    App, Form, Page,
    desk::{
        case::{head::Head, overview::case_id},
        colleague::{Colleague, Me, Sent},
    },
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

use super::{
    entry::{Names, NoteLine},
    typed::{person_code, person_of},
};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case/{id}/keika/{note}", get(look).post(sent))
}

/// A paragraph in the form.
struct Field {
    name: String,
    text: String,
    kinds: Vec<Choice>,
    sources: Vec<Choice>,
    subjects: Vec<Choice>,
    shares: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "desk/case/kiroku.html")]
struct NotePage {
    page: Page,
    me: Me,
    head: Head,
    note: NoteLine,
    compartment: String,
    fields: Vec<Field>,
    version: i64,
    /// Whether it was left to the asker, to confirm or discard as it stands.
    left: bool,
    reason: String,
    mistakes: Vec<Mistake>,
    stopped: String,
    done: bool,
}

impl NotePage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

#[derive(Default)]
struct Said {
    mistakes: Vec<Mistake>,
    stopped: String,
    done: bool,
}

async fn look(colleague: Colleague, Path((id, note)): Path<(String, String)>) -> Response {
    draw(
        &colleague,
        &id,
        &note,
        None,
        Said::default(),
        StatusCode::OK,
    )
    .await
}

fn note_id(text: &str) -> NoteId {
    NoteId::from(text.parse::<i64>().unwrap_or(0))
}

async fn draw(
    colleague: &Colleague,
    id: &str,
    note: &str,
    form: Option<&Form>,
    said: Said,
    status: StatusCode,
) -> Response {
    let (app, session) = (colleague.app(), &colleague.session);
    let found = app.casework.note(session, case_id(id), note_id(note)).await;
    let (view, note) = match found {
        Ok(found) => found,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let staff = match app.db.read().await {
        Ok(mut conn) => office::staff::list(&mut conn, session.office()).await,
        Err(error) => Err(error.into()),
    };
    let staff = match staff {
        Ok(staff) => staff,
        Err(error) => return colleague.trouble(error).await,
    };
    let name = |id: StaffId| {
        let found = staff.iter().find(|one| one.id == id);
        found.map_or_else(|| "職員".to_owned(), |one| one.name.clone())
    };
    let names = Names {
        view: &view,
        staff: &name,
        me: session.staff(),
        today: app.clock.today(),
    };
    let page = NotePage {
        page: colleague
            .page("記録")
            .with_error(!said.mistakes.is_empty() || !said.stopped.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(&view, "keika"),
        compartment: names.compartment(note.compartment).0,
        fields: fields(&view, &note, form),
        // After a change by somebody else the page shows what stands now, and the next press is about that.
        version: note.version,
        left: note.falls_to_asker,
        reason: form
            .map(|form| form.text("reason").to_owned())
            .unwrap_or_default(),
        note: names.note(&note),
        mistakes: said.mistakes,
        stopped: said.stopped,
        done: said.done,
    };
    show_with(status, &page)
}

fn fields(view: &CaseView, note: &NoteView, form: Option<&Form>) -> Vec<Field> {
    let mut blocks: Vec<Block> = match form {
        Some(form) => typed(form),
        None => note.blocks().to_vec(),
    };
    blocks.push(Block {
        text: String::new(),
        kind: BlockKind::Observation,
        source: None,
        subject: note.blocks().first().and_then(|block| block.subject),
        may_share: MayShare::Not,
    });
    let people = |chosen: Option<basics::PersonId>, none: &str| {
        let mut list = vec![Choice::new("", none).chosen(chosen.is_none())];
        list.extend(view.people.iter().map(|person| {
            Choice::new(person_code(person.id), person.label()).chosen(chosen == Some(person.id))
        }));
        list
    };
    blocks
        .into_iter()
        .enumerate()
        .map(|(n, block)| Field {
            name: format!("b{}", n + 1),
            kinds: BlockKind::ALL
                .iter()
                .map(|one| Choice::new(one.code(), one.label()).chosen(*one == block.kind))
                .collect(),
            sources: people(block.source, "職員・機関"),
            subjects: people(block.subject, "とくに決めない"),
            shares: MayShare::ALL
                .iter()
                .map(|one| Choice::new(one.code(), one.label()).chosen(*one == block.may_share))
                .collect(),
            text: block.text,
        })
        .collect()
}

/// The paragraphs that say something, as they were sent.
fn typed(form: &Form) -> Vec<Block> {
    (1..)
        .map(|n| format!("b{n}"))
        .map_while(|name| {
            let text = form.get(&name)?.to_owned();
            let part = |part: &str| form.text(&format!("{name}.{part}")).to_owned();
            Some(Block {
                text,
                kind: BlockKind::from_code(&part("kind")).unwrap_or(BlockKind::Observation),
                source: person_of(&part("source")),
                subject: person_of(&part("subject")),
                may_share: MayShare::from_code(&part("share")).unwrap_or(MayShare::Not),
            })
        })
        .filter(|block| !block.text.trim().is_empty())
        .collect()
}

async fn sent(
    Path((id, note)): Path<(String, String)>,
    Sent { colleague, form }: Sent,
) -> Response {
    let (app, session) = (colleague.app(), &colleague.session);
    let (case, which) = (case_id(&id), note_id(&note));
    let seen = form.line("version").parse::<i64>().unwrap_or(0);
    let blocks = typed(&form);
    let room = &app.casework;
    let (done, code) = match form.text("act") {
        "save" => (
            room.save_draft(session, case, which, seen, &blocks).await,
            "",
        ),
        "confirm" => {
            let saved = room.save_draft(session, case, which, seen, &blocks).await;
            let done = match saved {
                Ok(()) => room.confirm_note(session, case, which, seen + 1).await,
                Err(error) => Err(error),
            };
            (done, "kakutei")
        }
        // Left by a colleague who is not on the case any more: as it stands, or not at all.
        "confirm-left" => (
            room.confirm_note(session, case, which, seen).await,
            "kakutei",
        ),
        "discard" => (
            room.discard_note(session, case, which, seen).await,
            "suteru",
        ),
        "correct" => {
            let reason = form.text("reason");
            let done = room.correct_note(session, case, which, seen, reason, &blocks);
            (done.await, "teisei")
        }
        _ => {
            let said = Said::default();
            return draw(&colleague, &id, &note, Some(&form), said, StatusCode::OK).await;
        }
    };
    let (status, said) = match done {
        Ok(()) if code.is_empty() => {
            let said = Said {
                done: true,
                ..Said::default()
            };
            return draw(&colleague, &id, &note, None, said, StatusCode::OK).await;
        }
        Ok(()) => return see_other(&format!("/desk/case/{case}/keika?ok={code}")),
        Err(Error::Invalid { field, sentence }) => {
            let at = if field == "words" { "b1" } else { field };
            let said = Said {
                mistakes: vec![Mistake::at(at, sentence)],
                ..Said::default()
            };
            (StatusCode::UNPROCESSABLE_ENTITY, said)
        }
        Err(error @ (Error::Meanwhile | Error::Illegal(_) | Error::Guarded(_))) => {
            let said = Said {
                stopped: error.to_string(),
                ..Said::default()
            };
            (StatusCode::CONFLICT, said)
        }
        Err(error) => return colleague.case_trouble(error).await,
    };
    draw(&colleague, &id, &note, Some(&form), said, status).await
}
