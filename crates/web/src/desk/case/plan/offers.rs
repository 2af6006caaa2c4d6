//! What a plan may start from: the windows that the guide finds for whom it is made, and what the office itself offers.
//! Offers only: nothing of it stands in a plan before somebody takes it into a step.

use axum::response::Response;
use casework::{AgeBand, Relationship, plan::SubjectKind};
use community::programme::{ForWhom, State};
use guide::{Answers, Who};
use jiff::civil::Date;

use basics::PersonId;

use crate::{
    desk::{case::context::Context, colleague::Colleague},
    public::annai::fitting,
};

/// Something that fits.
pub(super) struct Offer {
    /// Its name, or the kind of window where none is known there.
    pub name: String,
    /// What sort of thing it is.
    pub kind: String,
    /// Why it is shown; empty for what the office offers.
    pub because: String,
    /// Its page; empty without one.
    pub href: String,
}

/// For whom a plan is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct ForWhomMade {
    pub subject: SubjectKind,
    /// The person, unless it is for the household.
    pub person: Option<PersonId>,
}

/// What fits: the office's own programmes first, then the guide's windows.
pub(super) async fn offers(
    colleague: &Colleague,
    around: &Context,
    made: ForWhomMade,
) -> Result<Vec<Offer>, Response> {
    let programmes = colleague.app().community.programmes(&colleague.session);
    let programmes = match programmes.await {
        Ok(all) => all,
        // Whoever may not see the places is offered the windows all the same.
        Err(error) if error.is_not_found() => Vec::new(),
        Err(error) => return Err(colleague.place_trouble(error).await),
    };
    let fits = |for_whom: ForWhom| match made.subject {
        SubjectKind::Principal => for_whom != ForWhom::Family,
        SubjectKind::Family => for_whom != ForWhom::Principal,
        SubjectKind::Household => true,
    };
    let own = programmes
        .into_iter()
        .filter(|one| one.state == State::Listed && fits(one.draft.for_whom))
        .map(|one| Offer {
            kind: one.draft.kind.label().to_owned(),
            because: String::new(),
            href: format!("/basho/{}", one.number),
            name: one.draft.details.title,
        });
    let windows = fitting(colleague.app(), &coarse(around, made));
    let windows = windows.into_iter().map(|one| Offer {
        name: if one.window.is_empty() {
            one.kind.clone()
        } else {
            one.window
        },
        kind: one.kind,
        because: one.because,
        href: one.href,
    });
    Ok(own.chain(windows).collect())
}

/// What the guide is told of this case: age band, municipality, on whose behalf. No word that anybody said.
fn coarse(around: &Context, made: ForWhomMade) -> Answers {
    let principal = around.view.principal();
    let age = principal.and_then(|one| match one.age_band {
        AgeBand::Unknown => None,
        AgeBand::Under15 => Some(14),
        AgeBand::Teens => Some(17),
        AgeBand::Twenties => Some(25),
        AgeBand::Thirties => Some(35),
        AgeBand::Forties => Some(45),
        AgeBand::Fifties | AgeBand::EarlySixties => Some(57),
        AgeBand::Over65 => Some(70),
    });
    let mut others = around.view.people.iter();
    let speaks = match made.subject {
        SubjectKind::Principal => None,
        SubjectKind::Family => others.find(|one| Some(one.id) == made.person),
        SubjectKind::Household => others.find(|one| Some(one.id) != principal.map(|p| p.id)),
    };
    let who = match speaks.map(|one| one.relationship) {
        None => Who::Me,
        Some(Relationship::Mother | Relationship::Father) => Who::Parent,
        Some(
            Relationship::ElderSister
            | Relationship::YoungerSister
            | Relationship::ElderBrother
            | Relationship::YoungerBrother,
        ) => Who::Sibling,
        Some(Relationship::Agency) => Who::Supporter,
        Some(Relationship::Acquaintance) => Who::Neighbor,
        Some(Relationship::Unsaid) => Who::Unknown,
        Some(_) => Who::Family,
    };
    Answers {
        who,
        age,
        area: principal.and_then(|one| one.municipality),
        parent_old: around
            .view
            .people
            .iter()
            .any(|one| is_old_parent(one, around.today)),
        ..Answers::default()
    }
}

fn is_old_parent(one: &casework::Person, today: Date) -> bool {
    let parent = matches!(
        one.relationship,
        Relationship::Mother | Relationship::Father
    );
    let born = one.identity.born_on.map(Date::year);
    let born = born.or(one.identity.birth_year);
    let old = born.is_some_and(|year| year + 65 <= today.year());
    parent && (old || one.age_band == AgeBand::Over65)
}

/// The same in words, so that nobody wonders where the list comes from.
pub(super) fn known(colleague: &Colleague, around: &Context) -> String {
    let principal = around.view.principal();
    let age = principal.map_or("わからない", |one| one.age_band.label());
    let all = colleague.app().directory.municipalities();
    let area = principal
        .and_then(|one| one.municipality)
        .and_then(|code| all.get(code));
    let area = area.map_or_else(
        || "まだ分かっていません".to_owned(),
        |one| one.full_name(all),
    );
    format!("年代：{age}・住まい：{area}")
}
