//! Cases at the desk: `/desk/case` the list, `/desk/case/atarashii` a new one, `/desk/case/{id}` and what lies behind it.
//!
//! Every page of a case begins with [`head::Head`] (number, what to call the people, whether the person knows, flags) so
//! that nobody writes a letter to somebody who must not get one because the warning stood on another page.

mod assess;
mod attachments;
mod consent;
mod context;
mod custody;
pub(super) mod despite;
mod disclosure;
mod engagement;
mod glass;
mod hand_over;
mod head;
mod letters;
mod list;
mod log;
mod looked;
mod new;
mod of_letter;
mod overview;
mod peers;
mod people;
mod plan;
mod retention;
mod search;
mod today;
mod visits;

pub(super) use people::town;

use axum::Router;

use crate::App;

/// All doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(list::routes())
        .merge(new::routes())
        .merge(of_letter::routes())
        .merge(overview::routes())
        .merge(log::routes())
        .merge(looked::routes())
        .merge(people::routes())
        .merge(assess::routes())
        .merge(plan::routes())
        .merge(consent::routes())
        .merge(visits::routes())
        .merge(engagement::routes())
        .merge(letters::routes())
        .merge(today::routes())
        .merge(custody::routes())
        .merge(glass::routes())
        .merge(hand_over::routes())
        .merge(peers::routes())
        .merge(search::routes())
        .merge(disclosure::routes())
        .merge(attachments::routes())
        .merge(retention::routes())
}
