//! What was typed outlives the session. A form that arrives after the session ended is not acted upon: the sign-in
//! page carries its fields, and afterwards one button puts them back onto the page they came from (`act=redraw`).

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use office::Session;

use crate::{Form, Page, Trouble, csrf, page::Visit, show_with};

use super::{colleague::Me, sign_in};

/// How the fields are called while the sign-in form carries them.
const PREFIX: &str = "k.";

/// The fields of a form that could not be taken yet, and where they belong.
#[derive(Clone, Default)]
pub(super) struct Kept {
    /// The page they came from.
    pub path: String,
    /// Names and values, secrets left out.
    pub fields: Vec<(String, String)>,
}

impl Kept {
    fn of(path: &str, form: &Form) -> Self {
        let secret = |name: &str| {
            ["password", "code", "totp", "sheet"]
                .iter()
                .any(|word| name.contains(word))
                || name == csrf::FIELD
                || name == "act"
        };
        let fields = form
            .iter()
            .filter(|(name, _)| !secret(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            path: path.to_owned(),
            fields: fields.collect(),
        }
    }

    /// Out of the sign-in form.
    pub fn from_sign_in(form: &Form) -> Self {
        let fields = form.iter().filter_map(|(name, value)| {
            Some((name.strip_prefix(PREFIX)?.to_owned(), value.to_owned()))
        });
        Self {
            path: desk_path(form.text("kara")).to_owned(),
            fields: fields.collect(),
        }
    }

    /// As hidden fields of the sign-in form.
    pub fn hidden(&self) -> Vec<(String, &str)> {
        self.fields
            .iter()
            .map(|(name, value)| (format!("{PREFIX}{name}"), value.as_str()))
            .collect()
    }

    /// What a person seems to have written, to show it.
    pub fn words(&self) -> Vec<String> {
        Form::from_pairs(
            self.fields
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        )
        .words()
    }

    /// Whether anything is worth carrying on.
    pub fn is_empty(&self) -> bool {
        self.words().is_empty()
    }
}

/// Only a page of the desk leads back; anything else becomes the inbox.
pub(super) fn desk_path(path: &str) -> &str {
    let plain = path
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_'));
    let inside = path == "/desk" || path.starts_with("/desk/");
    let not_the_door = ![
        "/desk/hairu",
        "/desk/deru",
        "/desk/touroku",
        "/desk/dekigoto",
        "/desk/ichiran",
    ]
    .contains(&path);
    if plain && inside && not_the_door && !path.contains("//") {
        path
    } else {
        "/desk"
    }
}

/// Leads to the sign-in page, which leads back.
pub(super) fn to_sign_in(path: &str, ended: bool) -> Response {
    let path = desk_path(path);
    let mut to = String::from("/desk/hairu");
    let mut sign = '?';
    if path != "/desk" {
        to.push_str("?kara=");
        to.push_str(path);
        sign = '&';
    }
    if ended {
        to.push(sign);
        to.push_str("owari=1");
    }
    crate::page::see_other(&to)
}

/// A form came without a session: the sign-in page, with everything in it that was typed.
pub(super) fn sign_in_first(visit: &Visit, form: &Form) -> Response {
    sign_in::page(
        visit,
        StatusCode::UNAUTHORIZED,
        &Kept::of(desk_path(&visit.path), form),
        sign_in::Said::Ended,
    )
}

#[derive(Template)]
#[template(path = "desk/kept.html")]
struct KeptPage {
    page: Page,
    me: Me,
    kept: Kept,
    signed_in: bool,
}

/// A form came from another session of the same browser: nothing is done, everything is kept.
pub(super) fn put_back_first(visit: &Visit, session: &Session, form: &Form) -> Response {
    let kept = Kept::of(desk_path(&visit.path), form);
    if kept.is_empty() {
        return Trouble::Stale { kept: Vec::new() }.into_response();
    }
    back_page(visit, session, kept, StatusCode::FORBIDDEN, false)
}

/// After the sign-in: one button, and everything stands where it stood.
pub(super) fn back_page(
    visit: &Visit,
    session: &Session,
    kept: Kept,
    status: StatusCode,
    signed_in: bool,
) -> Response {
    let page = visit.page("書いたものを残してあります");
    show_with(
        status,
        &KeptPage {
            page,
            me: Me::of(session, ""),
            kept,
            signed_in,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_at_the_desk() {
        assert_eq!(desk_path("/desk/tegami/42"), "/desk/tegami/42");
        for elsewhere in [
            "/tegami",
            "//evil.example/desk/",
            "/desk/..//x",
            "https://x/desk/",
            "/deskx",
            "/desk/hairu",
            "/desk/a?b",
        ] {
            assert_eq!(desk_path(elsewhere), "/desk");
        }
    }

    #[test]
    fn secrets_are_not_carried_on() {
        let form = Form::from_pairs([
            ("body", "こんにちは"),
            ("old_password", "ひみつ です"),
            ("_t", "x"),
            ("act", "reply"),
        ]);
        let kept = Kept::of("/desk/tegami/1", &form);
        assert_eq!(kept.fields, [("body".to_owned(), "こんにちは".to_owned())]);
        let hidden: Vec<(String, String)> = kept
            .hidden()
            .into_iter()
            .map(|(n, v)| (n, v.to_owned()))
            .collect();
        let sent = Form::from_pairs(
            hidden
                .iter()
                .map(|(n, v)| (n.as_str(), v.as_str()))
                .chain([("kara", "/desk/tegami/1")]),
        );
        let back = Kept::from_sign_in(&sent);
        assert_eq!(
            (back.path.as_str(), &back.fields),
            ("/desk/tegami/1", &kept.fields)
        );
    }
}
