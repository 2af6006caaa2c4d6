//! `/yomi`: 「見やすさ」. Colours, text size, やさしい日本語, readings; chosen here, drawn on the server.

use askama::Template;
use axum::{Router, extract::RawQuery, http::header, response::Response, routing::get};

use crate::{
    App, Form, Page, Visit,
    page::see_other,
    prefs::{Prefs, Size, Theme},
    show,
};

/// The door.
pub fn routes() -> Router<App> {
    Router::new().route("/yomi", get(ask).post(choose))
}

#[derive(Template)]
#[template(path = "public/yomi.html")]
struct Yomi {
    page: Page,
    back: String,
    changed: bool,
}

impl Yomi {
    fn theme(&self, theme: Theme) -> bool {
        self.page.prefs.theme == theme
    }
    fn size(&self, size: Size) -> bool {
        self.page.prefs.size == size
    }
}

async fn ask(visit: Visit, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let said = |name| {
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let back = own_path(&said("kara").unwrap_or_default()).to_owned();
    show(&Yomi {
        page: visit.page("見やすさ").under("/", "はじめ"),
        back,
        changed: said("ok").is_some(),
    })
}

async fn choose(visit: Visit, form: Form) -> Response {
    let prefs = if form.flag("modosu") {
        Prefs::default()
    } else {
        Prefs::from_form(&form)
    };
    let back = percent_encoding::utf8_percent_encode(
        own_path(form.text("kara")),
        percent_encoding::NON_ALPHANUMERIC,
    );
    let mut response = see_other(&format!("/yomi?kara={back}&ok=1"));
    response
        .headers_mut()
        .append(header::SET_COOKIE, prefs.to_cookie(&visit.app.config));
    response
}

/// Only a path of this site leads back; anything else becomes the beginning.
fn own_path(path: &str) -> &str {
    let plain = path
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.'));
    if plain && path.starts_with('/') && !path.starts_with("//") {
        path
    } else {
        "/"
    }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn the_way_back_stays_on_this_site() {
        assert_eq!(own_path("/madoguchi/13/13103"), "/madoguchi/13/13103");
        for elsewhere in [
            "//evil.example",
            "https://evil.example",
            "",
            "/a?b=c",
            "/\\evil",
            "javascript:1",
        ] {
            assert_eq!(own_path(elsewhere), "/");
        }
    }
}
