//! `…/hito/zu`: genogram and ecomap, for the eye, for paper, and in sentences.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use casework::drawing::{Drawing, Shape, ecomap, genogram};

use crate::{
    App, Page,
    desk::colleague::{Colleague, Me},
    show,
};

use super::{Head, case_id};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case/{id}/hito/zu", get(look))
}

#[derive(Template)]
#[template(path = "desk/case/people/drawings.html")]
struct DrawingsPage {
    page: Page,
    me: Me,
    head: Head,
    today: String,
    family: Drawing,
    around: Drawing,
}

async fn look(colleague: Colleague, Path(id): Path<String>) -> Response {
    let casework = &colleague.app().casework;
    match casework.circle(&colleague.session, case_id(&id)).await {
        Ok(circle) => {
            let (figures, bonds) = genogram::family_of(&circle);
            let page = colleague.page("家系図とつながりの図");
            show(&DrawingsPage {
                me: colleague.me("/desk/case"),
                head: Head::of(&circle.view, "hito"),
                today: basics::japanese::date_with_year(page.now.date()),
                page,
                family: genogram::genogram(&figures, &bonds).drawing,
                around: ecomap::ecomap(&ecomap::around(&circle)),
            })
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}
