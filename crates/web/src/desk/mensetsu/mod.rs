//! `/desk/mensetsu`: appointments. Who comes when, as far as the asker may know; what a caller asks for; one's own hours.
//!
//! [`list`]: the coming days · [`one`]: one appointment · [`enter`]: for a caller · [`hours`]: hours, rooms, absences.

mod enter;
mod hours;
mod list;
mod one;

use axum::Router;
use community::appointment::desk::{Line, Whose};

use crate::App;

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(list::routes())
        .merge(enter::routes())
        .merge(hours::routes())
        .merge(one::routes())
}

/// Whose it is, as a list says it.
fn called(line: &Line) -> String {
    match &line.whose {
        Whose::Hidden => "予約".to_owned(),
        Whose::Known(caller, _) => caller.label.clone(),
        Whose::Slip(words) if words.nickname.is_empty() => "お名前なし".to_owned(),
        Whose::Slip(words) => format!("{}さん", words.nickname),
    }
}

/// Who comes, in a word: 「家族・2人・はじめて」; nothing of somebody who is hidden.
fn gist(line: &Line) -> String {
    let one = &line.appointment;
    if line.whose == Whose::Hidden {
        return String::new();
    }
    let mut parts = Vec::new();
    if one.who != community::appointment::Who::Unsaid {
        parts.push(one.who.label().to_owned());
    }
    if one.people > 1 {
        parts.push(format!("{}人", one.people));
    }
    if one.first_time {
        parts.push("はじめて".to_owned());
    }
    parts.join("・")
}
