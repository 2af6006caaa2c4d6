//! `/desk/case/{id}`: the case at a glance.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use basics::{CaseId, PersonId, time::to_jst};
use casework::{
    case::CaseView, contact::Contact, contact_rule::ContactPoint, engagement::Engagement,
    overview::Overview, subject_knows::KnowsEvent, visit::Visit,
};
use jiff::{Timestamp, civil::Date};
use mailbox::Thread;

use crate::{
    App, Page,
    desk::colleague::{Colleague, Me},
    show,
};

use super::head::Head;

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case/{id}", get(look))
}

#[derive(Template)]
#[template(path = "desk/case/overview.html")]
struct OverviewPage {
    page: Page,
    me: Me,
    head: Head,
    view: CaseView,
    engagement: Engagement,
    contacts: Vec<Contact>,
    visits: Vec<Visit>,
    threads: Vec<Thread>,
    people: Vec<PersonLine>,
    knows: Vec<KnowsEvent>,
}

/// A person with the ways to reach them.
struct PersonLine {
    label: String,
    age: &'static str,
    ways: Vec<ContactPoint>,
}

impl OverviewPage {
    fn day(&self, at: &Timestamp) -> String {
        self.date(&to_jst(*at).date())
    }

    /// A day of another year says its year.
    fn date(&self, day: &Date) -> String {
        crate::desk::days::on(*day, self.page.now.date())
    }

    fn hour(&self, at: &Timestamp) -> String {
        to_jst(*at).strftime("%H:%M").to_string()
    }

    /// When it was heard, from whom, and who wrote it down.
    fn heard(&self, event: &KnowsEvent) -> String {
        let from = self.names(&[event.heard.from]);
        format!(
            "{}に、{from}から聞きました（記録 {}さん）",
            self.date(&event.heard.on),
            event.by_name
        )
    }

    fn names(&self, people: &[PersonId]) -> String {
        let names: Vec<String> = people
            .iter()
            .filter_map(|id| self.view.person(*id))
            .map(casework::Person::label)
            .collect();
        names.join("、")
    }
}

/// The identifier in an address; anything else is a case that does not exist.
pub(super) fn case_id(text: &str) -> CaseId {
    CaseId::from(text.parse::<i64>().unwrap_or(0))
}

async fn look(colleague: Colleague, Path(id): Path<String>) -> Response {
    let room = &colleague.app().casework;
    match room.overview(&colleague.session, case_id(&id)).await {
        Ok(found) => show(&page_of(&colleague, found)),
        Err(error) => colleague.case_trouble(error).await,
    }
}

fn page_of(colleague: &Colleague, found: Overview) -> OverviewPage {
    let people = found.view.people.iter().map(|person| PersonLine {
        label: person.label(),
        age: person.age_band.label(),
        ways: found
            .contact_points
            .iter()
            .filter(|way| way.person == person.id)
            .cloned()
            .collect(),
    });
    OverviewPage {
        page: colleague.page("ケース"),
        me: colleague.me("/desk/case"),
        head: Head::of(&found.view, ""),
        people: people.collect(),
        engagement: found.engagement,
        contacts: found.contacts,
        visits: found.visits,
        threads: found.threads,
        knows: found.knows,
        view: found.view,
    }
}
