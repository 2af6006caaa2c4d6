//! `/desk/kotoba`: 定型文, the office's own texts for its answers.

use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery},
    http::StatusCode,
    response::Response,
    routing::get,
};
use office::{
    Error,
    access::{self, Action, Permit},
    phrases::{self, Phrase, PhraseId, PhraseText},
};

use crate::{App, Form, Page, page::see_other, parts::Mistake, show_with};

use super::colleague::{Colleague, Me, Sent};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk/kotoba", get(list).post(add))
        .route("/desk/kotoba/{id}", get(one).post(change))
}

/// What stands in the form.
#[derive(Default)]
struct Typed {
    title: String,
    body: String,
    position: String,
    version: i64,
}

impl Typed {
    fn read(form: &Form) -> Self {
        Self {
            title: form.line("title"),
            body: form.text("body").to_owned(),
            position: form.line("position"),
            version: form.line("version").parse().unwrap_or(0),
        }
    }

    fn of(phrase: &Phrase) -> Self {
        Self {
            title: phrase.title.clone(),
            body: phrase.body.clone(),
            position: phrase.position.to_string(),
            version: phrase.version,
        }
    }

    fn text(&self) -> PhraseText {
        PhraseText {
            title: self.title.clone(),
            body: self.body.clone(),
            position: self.position.parse().unwrap_or(100),
        }
    }
}

#[derive(Template)]
#[template(path = "desk/phrases.html")]
struct PhrasesPage {
    page: Page,
    me: Me,
    phrases: Vec<Phrase>,
    /// The one being changed; `None` when the form adds one.
    id: Option<i64>,
    typed: Typed,
    /// What is saved now, when somebody else changed it meanwhile.
    saved: Option<Phrase>,
    done: &'static str,
    mistakes: Vec<Mistake>,
}

impl PhrasesPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }

    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "templates pass fields by reference"
    )]
    fn is_on(&self, id: &i64) -> bool {
        self.id == Some(*id)
    }
}

struct Draw {
    id: Option<i64>,
    typed: Typed,
    saved: Option<Phrase>,
    done: &'static str,
    mistakes: Vec<Mistake>,
    status: StatusCode,
}

impl Draw {
    fn plain(id: Option<i64>, typed: Typed) -> Self {
        Self {
            id,
            typed,
            saved: None,
            done: "",
            mistakes: Vec::new(),
            status: StatusCode::OK,
        }
    }
}

async fn permitted(colleague: &Colleague) -> Result<(Permit, Vec<Phrase>), Response> {
    let looked = async {
        let permit = access::permit(&colleague.session, Action::EditPhrases, "").await?;
        let list = phrases::list(&mut colleague.app().db.read().await?, permit.office()).await?;
        Ok::<_, Error>((permit, list))
    };
    match looked.await {
        Ok(found) => Ok(found),
        Err(error) => Err(colleague.trouble(error).await),
    }
}

fn draw(colleague: &Colleague, phrases: Vec<Phrase>, draw: Draw) -> Response {
    let page = PhrasesPage {
        page: colleague
            .page("定型文")
            .with_error(!draw.mistakes.is_empty()),
        me: colleague.me("/desk/kotoba"),
        phrases,
        id: draw.id,
        typed: draw.typed,
        saved: draw.saved,
        done: draw.done,
        mistakes: draw.mistakes,
    };
    show_with(draw.status, &page)
}

async fn list(colleague: Colleague, RawQuery(query): RawQuery) -> Response {
    let (_, phrases) = match permitted(&colleague).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let done = match query.as_deref() {
        Some("ok=add") => "定型文を加えました。",
        Some("ok=change") => "定型文を変えました。",
        Some("ok=remove") => "定型文を消しました。",
        _ => "",
    };
    draw(
        &colleague,
        phrases,
        Draw {
            done,
            ..Draw::plain(None, Typed::default())
        },
    )
}

async fn one(colleague: Colleague, Path(id): Path<String>) -> Response {
    let (_, phrases) = match permitted(&colleague).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let found = phrases
        .iter()
        .find(|phrase| phrase.id.to_string() == id)
        .map(|phrase| (phrase.id, Typed::of(phrase)));
    match found {
        Some((id, typed)) => draw(&colleague, phrases, Draw::plain(Some(id), typed)),
        None => colleague.not_found().await,
    }
}

async fn add(Sent { colleague, form }: Sent) -> Response {
    let (permit, phrases) = match permitted(&colleague).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let typed = Typed::read(&form);
    if form.text("act") != "add" {
        return draw(&colleague, phrases, Draw::plain(None, typed));
    }
    match phrases::add(&colleague.app().db, &permit, &typed.text()).await {
        Ok(_) => see_other("/desk/kotoba?ok=add"),
        Err(error) => refused(&colleague, phrases, None, typed, error).await,
    }
}

async fn change(Path(path_id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let (permit, phrases) = match permitted(&colleague).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let Some(id) = path_id
        .parse::<i64>()
        .ok()
        .filter(|id| phrases.iter().any(|phrase| phrase.id == *id))
    else {
        return colleague.not_found().await;
    };
    let typed = Typed::read(&form);
    let db = &colleague.app().db;
    match form.text("act") {
        "change" => match phrases::change(
            db,
            &permit,
            PhraseId::from(id),
            typed.version,
            &typed.text(),
        )
        .await
        {
            Ok(()) => see_other("/desk/kotoba?ok=change"),
            Err(error) => refused(&colleague, phrases, Some(id), typed, error).await,
        },
        "remove" => match phrases::remove(db, &permit, PhraseId::from(id)).await {
            Ok(()) => see_other("/desk/kotoba?ok=remove"),
            Err(error) => colleague.trouble(error).await,
        },
        _ => draw(&colleague, phrases, Draw::plain(Some(id), typed)),
    }
}

async fn refused(
    colleague: &Colleague,
    phrases: Vec<Phrase>,
    id: Option<i64>,
    typed: Typed,
    error: Error,
) -> Response {
    match error {
        Error::Invalid { field, sentence } => {
            let mistakes = vec![Mistake::at(field, sentence)];
            draw(
                colleague,
                phrases,
                Draw {
                    mistakes,
                    status: StatusCode::UNPROCESSABLE_ENTITY,
                    ..Draw::plain(id, typed)
                },
            )
        }
        Error::ChangedMeanwhile => {
            let saved = phrases.iter().find(|phrase| Some(phrase.id) == id);
            // Saving again from here means: mine, after having seen theirs.
            let version = saved.map_or(typed.version, |saved| saved.version);
            let saved = saved.map(|one| Phrase {
                id: one.id,
                title: one.title.clone(),
                body: one.body.clone(),
                position: one.position,
                version: one.version,
            });
            let typed = Typed { version, ..typed };
            draw(
                colleague,
                phrases,
                Draw {
                    saved,
                    status: StatusCode::CONFLICT,
                    ..Draw::plain(id, typed)
                },
            )
        }
        other => colleague.trouble(other).await,
    }
}
