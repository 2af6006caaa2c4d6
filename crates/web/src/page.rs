//! What every page needs: the title, how the person wants to see it, where it stands, the lines for hard moments.
//!
//! A handler takes a [`Visit`], asks it for a [`Page`], puts that into its template struct and hands it to [`show`]:
//!
//! ```text
//! #[derive(Template)]
//! #[template(path = "public/yomu.html")]
//! struct Yomu { page: Page }
//!
//! async fn yomu(visit: Visit) -> Response {
//!     show(&Yomu { page: visit.page("読みもの").under("/", "はじめ") })
//! }
//! ```

use std::{convert::Infallible, sync::Arc};

use askama::{Template, filters::Safe};
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};

use directory::{Hotline, Schedule, open_state};
use jiff::Zoned;

use crate::{App, Trouble, assets, headers::Door, prefs::Prefs};

/// One line to call in a hard moment. Filled from the directory's hotlines, never from a template.
#[derive(Clone, Debug)]
pub struct CrisisLine {
    /// Stable identifier in the data file, such as `yorisoi-hotline`.
    pub id: &'static str,
    /// What the line is called.
    pub label: &'static str,
    /// The number as people read it.
    pub number: String,
    /// The number as a link.
    pub href: String,
    /// What the call costs; empty when not known.
    pub cost: &'static str,
    /// When someone answers; empty when not known.
    pub hours: String,
    /// Its official page; empty when not known.
    pub url: &'static str,
    /// Still to be checked again.
    pub recheck: bool,
    schedule: Option<Schedule>,
}

impl From<&Hotline> for CrisisLine {
    fn from(line: &Hotline) -> Self {
        Self {
            id: line.id,
            label: line.name,
            number: line.phone.to_string(),
            href: line.phone.href(),
            cost: line.cost.unwrap_or(""),
            hours: line
                .availability
                .as_ref()
                .map(|hours| hours.text.to_string())
                .unwrap_or_default(),
            url: line.url.unwrap_or(""),
            recheck: line.recheck,
            schedule: line
                .availability
                .as_ref()
                .and_then(|hours| hours.schedule.clone()),
        }
    }
}

impl CrisisLine {
    /// When someone answers and what the call costs. What is unknown is said, never left blank.
    pub fn when(&self) -> String {
        match (self.hours.as_str(), self.cost) {
            ("", "") => "受付時間と料金は、まだ確認できていません".to_owned(),
            ("", cost) => format!("{cost}・受付時間は、まだ確認できていません"),
            (hours, "") => format!("{hours}・料金は、まだ確認できていません"),
            (hours, cost) => format!("{hours}・{cost}"),
        }
    }

    /// Whether someone answers now. `None`: not known.
    pub fn is_open(&self, now: &Zoned) -> Option<bool> {
        self.schedule
            .as_ref()
            .map(|schedule| open_state(schedule, now).is_open())
    }
}

/// A step of the path above the title.
#[derive(Clone, Debug)]
pub struct Crumb {
    /// Address.
    pub href: String,
    /// Words.
    pub label: String,
}

/// Who is looking, and how they want to see things. Taken from the request once.
#[derive(Clone)]
pub struct Visit {
    /// The shared state.
    pub app: App,
    /// The person's choices.
    pub prefs: Prefs,
    /// The path asked for, without query.
    pub path: String,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self::of(parts, app))
    }
}

impl Visit {
    pub(crate) fn of(parts: &Parts, app: &App) -> Self {
        Self {
            app: app.clone(),
            prefs: Prefs::from_headers(&parts.headers, &app.config),
            path: parts.uri.path().to_owned(),
        }
    }

    /// The page with this title. On the guide's and the mailbox's doors the title must be neutral.
    pub fn page(&self, title: impl Into<String>) -> Page {
        let door = Door::of(&self.path);
        Page {
            title: title.into(),
            site_name: self.app.config.site_name.clone(),
            description: String::new(),
            prefs: self.prefs,
            crisis: self.app.crisis.clone(),
            trail: Vec::new(),
            canonical: (door == Door::Public)
                .then(|| format!("{}{}", self.app.config.public_url, self.path)),
            back_to: (door == Door::Public).then(|| self.path.clone()),
            show_exit: door != Door::Desk,
            noindex: door != Door::Public,
            is_error: false,
            now: self.app.clock.now_jst(),
        }
    }
}

/// What base templates read. Every page template's struct has a field `page` of this type.
#[derive(Clone, Debug)]
pub struct Page {
    /// The page's own title, without the site's name.
    pub title: String,
    /// The neutral short name of the site.
    pub site_name: String,
    /// One sentence for search engines; empty for none.
    pub description: String,
    /// The person's choices.
    pub prefs: Prefs,
    /// The lines at the foot of the page.
    pub crisis: Arc<[CrisisLine]>,
    /// The way back up.
    pub trail: Vec<Crumb>,
    /// The shareable address of an ordinary public page.
    pub canonical: Option<String>,
    /// Where 「見やすさ」 leads back to.
    pub back_to: Option<String>,
    /// Show 「この画面をとじる」.
    pub show_exit: bool,
    /// Ask search engines to pass by.
    pub noindex: bool,
    /// The form came back with something to look at: the title says so first.
    pub is_error: bool,
    /// The moment of asking, in Japan.
    pub now: Zoned,
}

impl Page {
    /// Adds a step to the way back up.
    #[must_use]
    pub fn under(mut self, href: impl Into<String>, label: impl Into<String>) -> Self {
        self.trail.push(Crumb {
            href: href.into(),
            label: label.into(),
        });
        self
    }

    /// One sentence for search engines.
    #[must_use]
    pub fn described(mut self, sentence: impl Into<String>) -> Self {
        self.description = sentence.into();
        self
    }

    /// Without 「この画面をとじる」.
    #[must_use]
    pub fn without_exit(mut self) -> Self {
        self.show_exit = false;
        self
    }

    /// Not for search engines.
    #[must_use]
    pub fn unlisted(mut self) -> Self {
        self.noindex = true;
        self.canonical = None;
        self
    }

    /// The form came back: 「エラー：」 before the title, so that a screen reader says it first.
    #[must_use]
    pub fn with_error(mut self, error: bool) -> Self {
        self.is_error = error;
        self
    }

    /// Whether to write やさしい日本語.
    pub fn easy(&self) -> bool {
        self.prefs.easy
    }

    /// The text as HTML, with readings where the writer gave them: `｜相談《そうだん》`. Readings are shown only when the
    /// person asked for them (screen readers would say the word twice).
    pub fn ruby(&self, text: &str) -> Safe<String> {
        Safe(ruby(text, self.prefs.ruby))
    }

    /// The address of an asset, with its content in the name.
    pub fn asset(&self, name: &str) -> &'static str {
        assets::url(name)
    }

    /// The address of 「見やすさ」, which leads back here.
    pub fn yomi_href(&self) -> String {
        match self.back_to.as_deref() {
            None | Some("/") => "/yomi".to_owned(),
            Some(path) => format!(
                "/yomi?kara={}",
                percent_encoding::utf8_percent_encode(path, percent_encoding::NON_ALPHANUMERIC)
            ),
        }
    }

    /// The lines of the strip at the foot of every page: few, always in the same order.
    pub fn strip(&self) -> impl Iterator<Item = &CrisisLine> {
        const SHOWN: [&str; 4] = [
            "yorisoi-hotline",
            "mental-health",
            "fire-ambulance-emergency",
            "police-emergency",
        ];
        SHOWN.iter().filter_map(|id| self.line(id))
    }

    /// Those of the lines that are known, in the order asked for.
    pub fn lines(&self, ids: impl AsRef<[&'static str]>) -> Vec<&CrisisLine> {
        ids.as_ref().iter().filter_map(|id| self.line(id)).collect()
    }

    /// The same, those first that answer now.
    pub fn open_first(&self, ids: impl AsRef<[&'static str]>) -> Vec<&CrisisLine> {
        let mut lines = self.lines(ids);
        lines.sort_by_key(|line| match line.is_open(&self.now) {
            Some(true) => 0,
            None => 1,
            Some(false) => 2,
        });
        lines
    }

    /// A line of the directory by its identifier, if it is known.
    pub fn line(&self, id: &str) -> Option<&CrisisLine> {
        self.crisis.iter().find(|line| line.id == id)
    }
}

fn ruby(text: &str, show: bool) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('｜') {
        out.push_str(&escape(before));
        let Some((word, reading, tail)) = after.split_once('《').and_then(|(word, more)| {
            more.split_once('》')
                .map(|(reading, tail)| (word, reading, tail))
        }) else {
            out.push_str(&escape(after));
            return out;
        };
        if show {
            out.push_str("<ruby>");
            out.push_str(&escape(word));
            out.push_str("<rp>（</rp><rt>");
            out.push_str(&escape(reading));
            out.push_str("</rt><rp>）</rp></ruby>");
        } else {
            out.push_str(&escape(word));
        }
        rest = tail;
    }
    out.push_str(&escape(rest));
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// Turns a template into an answer.
pub fn show(template: &impl Template) -> Response {
    show_with(StatusCode::OK, template)
}

/// Turns a template into an answer with a status of its own.
pub fn show_with(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (
            status,
            [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
            html,
        )
            .into_response(),
        Err(error) => {
            tracing::error!(target: "web", "a template could not be written: {error}");
            Trouble::Broken.into_response()
        }
    }
}

/// Leads on to another page after a form was taken (303).
pub fn see_other(to: &str) -> Response {
    axum::response::Redirect::to(to).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_shown_only_when_asked_for() {
        assert_eq!(
            ruby("｜相談《そうだん》<できます>", false),
            "相談&lt;できます&gt;"
        );
        assert_eq!(
            ruby("｜相談《そうだん》できます", true),
            "<ruby>相談<rp>（</rp><rt>そうだん</rt><rp>）</rp></ruby>できます"
        );
        assert_eq!(ruby("｜とじない《かっこ", true), "とじない《かっこ");
    }
}
