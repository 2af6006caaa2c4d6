//! `/madoguchi/mado/…/machigai`: somebody says that something about a window is wrong. No account, no name. The words
//! are sealed to an office of this installation; a report never changes a window by itself.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Request},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::get,
};
use basics::OfficeId;
use directory::{
    Window,
    report::{self, MAX_WORDS, ReportError, What},
};
use jiff::SignedDuration;
use office::{
    Actor, Entry, audit,
    limits::{self, BucketKey, Rate},
    office::Office,
};
use store::transact;
use vault::SymmetricKey;

use super::{offices::told, under_places, window_href};
use crate::{
    App, Form, Page, Trouble, Visit,
    form::USUAL_LIMIT,
    page::see_other,
    parts::{Choice, Mistake},
    public::tegami::address,
    show, show_with,
};

/// From one household in an hour: far more than anyone finds wrong.
const GENEROUS: Rate = Rate {
    capacity: 20,
    refill: SignedDuration::from_mins(3),
};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/madoguchi/mado/{id}/machigai", get(ask).post(take))
        .route("/madoguchi/mado/{id}/machigai/todoita", get(thanks))
}

/// What stands in the form.
#[derive(Default)]
struct Typed {
    what: Option<What>,
    words: String,
}

/// Why a report was not taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// Too many from the same place in this hour.
    TooMany,
    /// The database is away.
    NotNow,
}

#[derive(Template)]
#[template(path = "public/madoguchi-machigai.html")]
struct ReportPage {
    page: Page,
    name: String,
    here: String,
    /// Whether there is somebody who reads it.
    office: Option<String>,
    typed: Typed,
    mistakes: Vec<Mistake>,
    refusal: Option<Refusal>,
}

impl ReportPage {
    fn choices(&self) -> Vec<Choice> {
        What::ALL
            .iter()
            .map(|what| {
                Choice::new(what.code(), what.label()).chosen(self.typed.what == Some(*what))
            })
            .collect()
    }
}

#[derive(Template)]
#[template(path = "public/madoguchi-todoita.html")]
struct Thanks {
    page: Page,
    name: String,
    here: String,
}

/// The window of the address, and who is told.
async fn found<'v>(visit: &'v Visit, id: &str) -> Result<(&'v Window, Option<Office>), Response> {
    let directory = &visit.app.directory;
    let window = directory
        .window(id)
        .ok_or_else(|| Trouble::NotFound.into_response())?;
    let offices = visit.app.offices.list(&visit.app.db).await;
    Ok((
        window,
        told(&offices, directory.municipalities(), window).cloned(),
    ))
}

fn page(visit: &Visit, window: &Window, title: &str) -> Page {
    let page = visit.page(title).unlisted();
    let directory = &visit.app.directory;
    let page = match window.serves.serves.first() {
        Some(code) => under_places(page, directory, code.prefecture(), true),
        None => page.under("/", "はじめ").under("/madoguchi", "窓口"),
    };
    page.under(
        window_href(window),
        window.title(directory.municipalities()),
    )
}

fn form(
    visit: &Visit,
    window: &Window,
    office: Option<&Office>,
    typed: Typed,
    mistakes: Vec<Mistake>,
    refusal: Option<Refusal>,
) -> Response {
    let status = match refusal {
        Some(Refusal::TooMany) => StatusCode::TOO_MANY_REQUESTS,
        Some(Refusal::NotNow) => StatusCode::SERVICE_UNAVAILABLE,
        None if mistakes.is_empty() => StatusCode::OK,
        None => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let told = ReportPage {
        page: page(visit, window, "まちがいを知らせる").with_error(!mistakes.is_empty()),
        name: window.title(visit.app.directory.municipalities()),
        here: window_href(window),
        office: office.map(|office| office.name.clone()),
        typed,
        mistakes,
        refusal,
    };
    show_with(status, &told)
}

async fn ask(visit: Visit, Path(id): Path<String>) -> Response {
    match found(&visit, &id).await {
        Ok((window, office)) => form(
            &visit,
            window,
            office.as_ref(),
            Typed::default(),
            Vec::new(),
            None,
        ),
        Err(trouble) => trouble,
    }
}

async fn take(visit: Visit, Path(id): Path<String>, request: Request) -> Response {
    let (window, office) = match found(&visit, &id).await {
        Ok(found) => found,
        Err(trouble) => return trouble,
    };
    let address = address(&request);
    let sent = match Form::read(request, USUAL_LIMIT).await {
        Ok(sent) => sent,
        Err(trouble) => return trouble.into_response(),
    };
    let typed = Typed {
        what: What::from_code(sent.text("nani")),
        words: sent.text("kotoba").to_owned(),
    };
    let Some(office) = office else {
        return form(&visit, window, None, typed, Vec::new(), None);
    };
    let mistakes = mistakes(&typed);
    let (Some(what), true) = (typed.what, mistakes.is_empty()) else {
        return form(&visit, window, Some(&office), typed, mistakes, None);
    };
    let app = &visit.app;
    let pepper = SymmetricKey::derive(&*app.config.key("reports"), b"ippo", "limits of reports");
    let bucket = BucketKey::address(&pepper, app.clock.now(), "directory.report", address);
    let refused = match limits::take(&app.db, &app.clock, bucket, GENEROUS).await {
        Ok(true) => match keep(app, &office, &window.id, what, &typed.words).await {
            Ok(()) => return see_other(&format!("{}/machigai/todoita", window_href(window))),
            Err(error) => {
                tracing::error!(target: "web", "a report was not kept: {error}");
                Refusal::NotNow
            }
        },
        Ok(false) => {
            let entry = Entry::refused(
                office.id,
                Actor::Stranger,
                "window_report.keep",
                "",
                app.clock.now(),
            )
            .because("limit");
            if let Err(error) = app.entrance.refusals().refuse(entry).await {
                tracing::error!(target: "web", ?error, "a refusal could not be recorded");
            }
            Refusal::TooMany
        }
        Err(error) => {
            tracing::error!(target: "web", ?error, "a limit could not be looked up");
            Refusal::NotNow
        }
    };
    form(
        &visit,
        window,
        Some(&office),
        typed,
        Vec::new(),
        Some(refused),
    )
}

fn mistakes(typed: &Typed) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    if typed.what.is_none() {
        mistakes.push(Mistake::at(
            "nani",
            "どこがちがうか、ひとつ選んでください。わからないときは「そのほか」で大丈夫です。",
        ));
    }
    let length = typed.words.trim().chars().count();
    if length > MAX_WORDS {
        mistakes.push(Mistake::at(
            "kotoba",
            format!("書けるのは1,000字までです。いまは{length}字あります。書いたものは、そのまま残しています。"),
        ));
    }
    mistakes
}

/// Why a report could not be kept.
#[derive(Debug, thiserror::Error)]
enum KeepError {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Office(#[from] office::Error),
}

async fn keep(
    app: &App,
    office: &Office,
    window: &str,
    what: What,
    words: &str,
) -> Result<(), KeepError> {
    let to: OfficeId = office.id;
    transact!(app.db, "window_report.keep", |tx| {
        let id = report::keep(tx, &app.clock, to, &office.public_key, window, what, words).await?;
        let subject = format!("window_report:{id}");
        audit::record(
            tx,
            &Entry::done(
                to,
                Actor::Stranger,
                "window_report.keep",
                subject,
                app.clock.now(),
            ),
        )
        .await?;
        Ok::<_, KeepError>(())
    })
}

async fn thanks(visit: Visit, Path(id): Path<String>) -> Response {
    let Some(window) = visit.app.directory.window(&id) else {
        return Trouble::NotFound.into_response();
    };
    show(&Thanks {
        page: page(&visit, window, "届きました"),
        name: window.title(visit.app.directory.municipalities()),
        here: window_href(window),
    })
}
