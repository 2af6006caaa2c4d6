//! `/desk/sagasu`: search. What is typed travels in a form and never in an address.

use askama::Template;
use axum::{Router, http::StatusCode, response::Response, routing::get};
use casework::search::{Found, Hit, LINES, Source, What};
use office::access::{self, Action};

use crate::{
    App, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    show_with,
};

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/sagasu", get(ask).post(find))
}

#[derive(Template)]
#[template(path = "desk/case/search.html")]
struct SearchPage {
    page: Page,
    me: Me,
    typed: String,
    /// `None` before anything was looked for.
    found: Option<Found>,
    lines: Vec<Line>,
    most: usize,
}

/// One line as the page shows it.
struct Line {
    href: String,
    number: String,
    title: String,
    what: &'static str,
    on: String,
    words: String,
}

impl Line {
    fn of(hit: Hit) -> Self {
        let case = hit.case.map(|id| format!("/desk/case/{id}"));
        let behind = match hit.what {
            What::Words(Source::Person | Source::ContactPoint, _) => "/hito",
            What::Words(Source::Note, _) => "/keika",
            What::Words(Source::Plan, _) => "/keikaku",
            What::Words(Source::Assessment, _) => "/mitate",
            What::Words(Source::SmallStep, _) => "/ayumi",
            What::Words(Source::Attachment, _) => "/tenpu",
            What::Case | What::Thread(_) => "",
        };
        let href = match hit.what {
            What::Thread(id) => format!("/desk/tegami/{id}"),
            _ => case.unwrap_or_default() + behind,
        };
        Self {
            href,
            number: hit.number.map(|n| n.to_string()).unwrap_or_default(),
            title: match hit.what {
                What::Thread(_) if hit.principal.is_empty() => "手紙".to_owned(),
                _ => hit.principal,
            },
            what: match hit.what {
                What::Case => "ケースの番号",
                What::Thread(_) => "手紙の番号",
                What::Words(source, _) => source.label(),
            },
            on: hit
                .on
                .map(basics::japanese::date_with_year)
                .unwrap_or_default(),
            words: hit.excerpt,
        }
    }
}

async fn ask(colleague: Colleague) -> Response {
    if let Err(error) = access::permit(&colleague.session, Action::SearchCases, "").await {
        return colleague.trouble(error).await;
    }
    draw(&colleague, String::new(), None)
}

async fn find(Sent { colleague, form }: Sent) -> Response {
    let typed: String = form.line("kotoba").chars().take(200).collect();
    let looked = colleague.app().casework.search(&colleague.session, &typed);
    match looked.await {
        Ok(found) => match found.jump {
            Some(case) => see_other(&format!("/desk/case/{case}")),
            None => draw(&colleague, typed, Some(found)),
        },
        Err(error) => colleague.case_trouble(error).await,
    }
}

fn draw(colleague: &Colleague, typed: String, mut found: Option<Found>) -> Response {
    let hits = found.as_mut().map(|found| std::mem::take(&mut found.lines));
    let page = SearchPage {
        page: colleague.page("さがす"),
        me: colleague.me("/desk/sagasu"),
        typed,
        lines: hits.into_iter().flatten().map(Line::of).collect(),
        found,
        most: LINES,
    };
    show_with(StatusCode::OK, &page)
}
