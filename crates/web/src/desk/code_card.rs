//! A return code that passes through staff's hands: shown once, read out or printed, changed at first use.

use askama::Template;
use axum::response::Response;
use mailbox::{Thread, return_code::ShownCode};

use crate::{Page, public::tegami::qr::Qr, show};

use super::colleague::{Colleague, Me};

#[derive(Template)]
#[template(path = "desk/code_ask.html")]
struct AskPage {
    page: Page,
    me: Me,
    id: i64,
    number: i64,
}

/// Whether a new code is really wanted: the old one dies.
pub(super) fn ask(colleague: &Colleague, thread: &Thread) -> Response {
    show(&AskPage {
        page: colleague.page("番号の出し直し"),
        me: colleague.me("/desk"),
        id: thread.id.get(),
        number: thread.number,
    })
}

#[derive(Template)]
#[template(path = "desk/code_shown.html")]
struct ShownPage {
    page: Page,
    me: Me,
    id: i64,
    number: i64,
    groups: Vec<String>,
    spoken: String,
    qr: Option<Qr>,
    entry: String,
    entered: bool,
}

/// The code, once.
pub(super) fn shown(
    colleague: &Colleague,
    thread: &Thread,
    code: &ShownCode,
    entered: bool,
) -> Response {
    let base = &colleague.app().config.public_url;
    let groups = code
        .spoken
        .split(|c: char| !c.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .map(str::to_owned);
    show(&ShownPage {
        page: colleague.page("手紙の番号"),
        me: colleague.me(if entered { "/desk/nyuuryoku" } else { "/desk" }),
        id: thread.id.get(),
        number: thread.number,
        groups: groups.collect(),
        spoken: code.spoken.to_string(),
        qr: Qr::of(&format!("{base}/tegami/k/{}", *code.long)),
        entry: format!("{base}/tegami/hiraku"),
        entered,
    })
}
