//! What somebody runs in the coming days, for their start page. Nothing is shown to who runs nothing.

use jiff::Span;

use crate::desk::colleague::Colleague;

use super::hours;

/// One day that the colleague or peer runs.
pub(in crate::desk) struct Mine {
    /// Where it is run.
    pub href: String,
    /// What it is called.
    pub title: String,
    /// 「きょう 14:00〜16:00」
    pub when: String,
}

/// How far ahead a start page looks, in days; and back, so that heads are still counted on the next morning.
const AHEAD: i32 = 14;
const BACK: i32 = 1;

/// The days this colleague or peer runs, yesterday's without a count too.
pub(in crate::desk) async fn mine(colleague: &Colleague) -> community::Result<Vec<Mine>> {
    let today = colleague.app().clock.today();
    let from = today.saturating_sub(Span::new().days(BACK));
    let until = today.saturating_add(Span::new().days(AHEAD));
    let room = &colleague.app().community;
    let all = room.my_gatherings(&colleague.session, from, until).await?;
    let open = all.into_iter().filter(|on| {
        on.gathering.day >= today || on.gathering.state == community::gathering::State::Planned
    });
    Ok(open
        .map(|on| {
            let day = match crate::desk::days::days_between(today, on.gathering.day) {
                0 => "きょう".to_owned(),
                1 => "あす".to_owned(),
                -1 => "きのう".to_owned(),
                _ => basics::japanese::date(on.gathering.day),
            };
            Mine {
                href: format!("/desk/ba/{}/{}", on.programme.id, on.gathering.id),
                when: format!("{day} {}", hours(&on.gathering)),
                title: on.programme.draft.details.title,
            }
        })
        .collect())
}
