//! `/tegami/kaku/{office}`: the first letter. Who reads it, when an answer comes and what cannot be promised stand
//! before the button; nothing but the words is needed.

use std::time::Duration;

use askama::Template;
use axum::{
    Router,
    extract::{Path, Request},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::get,
};
use basics::OfficeId;
use mailbox::{MAX_CHARS, Writer, first_letter::FirstLetter, return_code::Token};
use office::office::{Office, Pause};

use super::{
    LETTER_LIMIT, address, carried, code::arrived_here, keeps_cookies, office_of, page,
    promise::Promise, split, thousands, with_code, with_probe,
};
use crate::{
    App, Form, FormTrouble, Page, Trouble, Visit,
    form::What,
    page::see_other,
    parts::{Choice, Mistake},
    show, show_with,
};

/// After this time the page says that it could not make sure, instead of letting a person wait for nothing.
const PATIENCE: Duration = Duration::from_secs(25);

/// The door.
pub fn routes() -> Router<App> {
    Router::new().route("/tegami/kaku/{office}", get(ask).post(send))
}

/// What was typed, as it goes back into the form.
#[derive(Default)]
pub struct Draft {
    /// The words.
    pub words: String,
    /// Who the writer is to the person.
    pub writer: Option<Writer>,
    /// The form's one-time token.
    pub token: String,
}

impl Draft {
    fn fresh() -> Self {
        Self {
            token: Token::fresh().field(),
            ..Self::default()
        }
    }

    /// From the form; the token is kept, so that sending again is still the same letter.
    pub fn of(form: &Form) -> Self {
        Self {
            words: form.text("bun").to_owned(),
            writer: Writer::from_code(form.text("dare")),
            token: Token::from_field(form.text("_f")).field(),
        }
    }

    fn choices(&self) -> Vec<Choice> {
        let choice = |writer: Writer, label: &str| {
            Choice::new(writer.code(), label).chosen(self.writer == Some(writer))
        };
        vec![
            choice(Writer::Principal, "わたし自身のこと"),
            choice(Writer::Family, "家族のこと"),
            choice(Writer::Other, "まわりの人のこと"),
            choice(Writer::Unsaid, "言わない").apart(),
        ]
    }
}

/// A text that is too long for one letter.
pub struct TooLong {
    /// How many characters it has.
    pub chars: String,
    /// How many are too many.
    pub over: String,
    /// Into how many letters it would be cut.
    pub parts: usize,
}

impl TooLong {
    /// Measures a text that the mailbox found too long.
    pub fn of(words: &str, chars: usize) -> Self {
        Self {
            chars: thousands(chars),
            over: thousands(chars.saturating_sub(MAX_CHARS)),
            parts: split::parts(words, MAX_CHARS).len(),
        }
    }

    /// The words at the field and in the summary.
    pub fn sentence(&self) -> String {
        format!(
            "一通に書けるのは4,000字までです。いまは{}字あり、{}字多くなっています。",
            self.chars, self.over
        )
    }
}

#[derive(Template)]
#[template(path = "public/tegami-kaku.html")]
struct Write {
    page: Page,
    office: Office,
    promise: Promise,
    draft: Draft,
    mistakes: Vec<Mistake>,
    too_long: Option<TooLong>,
    has_open: bool,
    only_office: bool,
}

impl Write {
    /// The version of the words that was asked for.
    fn t<'w>(&self, normal: &'w str, easy: &'w str) -> &'w str {
        if self.page.easy() { easy } else { normal }
    }
}

#[derive(Template)]
#[template(path = "public/tegami-oyasumi.html")]
struct Paused {
    page: Page,
    name: String,
    pause: Pause,
}

#[derive(Template)]
#[template(path = "public/tegami-todokazu.html")]
struct NotSent {
    page: Page,
    office: OfficeId,
    draft: Draft,
    reason: Reason,
}

/// Why a letter was not sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// Our side: the database.
    Ours,
    /// Longer than what is read, or broken off: the end may be missing.
    Torn,
    /// Bytes that are text in no known encoding.
    Encoding,
}

impl NotSent {
    fn writer(&self) -> &'static str {
        self.draft.writer.map_or("", Writer::code)
    }
}

fn office_id(text: &str) -> Option<OfficeId> {
    text.parse::<i64>().ok().map(OfficeId::from)
}

async fn ask(visit: Visit, Path(office): Path<String>, headers: HeaderMap) -> Response {
    let Some(id) = office_id(&office) else {
        return Trouble::NotFound.into_response();
    };
    let office = match office_of(&visit, id).await {
        Ok(office) => office,
        Err(trouble) => return trouble,
    };
    match office.settings.paused.clone() {
        Some(pause) => show(&Paused {
            page: page(&visit),
            name: office.name,
            pause,
        }),
        None => with_probe(
            &visit,
            form(&visit, &headers, office, Draft::fresh(), None).await,
        ),
    }
}

/// The form, empty or with what was typed and what to look at again.
async fn form(
    visit: &Visit,
    headers: &HeaderMap,
    office: Office,
    draft: Draft,
    wrong: Option<mailbox::Error>,
) -> Response {
    let too_long = match wrong {
        Some(mailbox::Error::TooLong(chars)) => Some(TooLong::of(&draft.words, chars)),
        _ => None,
    };
    let mistakes: Vec<Mistake> = match (&too_long, &wrong) {
        (Some(long), _) => vec![Mistake::at("bun", long.sentence())],
        (None, Some(error)) => vec![Mistake::at("bun", error.to_string())],
        (None, None) => Vec::new(),
    };
    let status = if mistakes.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let told = Write {
        page: page(visit).with_error(!mistakes.is_empty()),
        promise: Promise::of(&office.settings, visit.app.clock.now()),
        office,
        draft,
        mistakes,
        too_long,
        has_open: carried(visit, headers).is_some(),
        only_office: super::offices::count(visit).await == 1,
    };
    show_with(status, &told)
}

async fn send(visit: Visit, Path(office): Path<String>, request: Request) -> Response {
    let Some(id) = office_id(&office) else {
        return Trouble::NotFound.into_response();
    };
    let (headers, address) = (request.headers().clone(), address(&request));
    let form_sent = match Form::read(request, LETTER_LIMIT).await {
        Ok(form) => form,
        Err(trouble) => return unreadable(&visit, id, trouble),
    };
    let draft = Draft::of(&form_sent);
    // A form that was opened before the letters were paused is still taken: nobody writes for nothing.
    let sent = tokio::time::timeout(
        PATIENCE,
        store(&visit, id, &draft, form_sent.flag("wakeru"), address),
    )
    .await;
    match sent {
        Ok(Ok(code)) if keeps_cookies(&visit, &headers) => {
            with_code(&visit, &code, "/tegami/todoita")
        }
        Ok(Ok(code)) => arrived_here(&visit, code),
        Ok(Err(wrong @ (mailbox::Error::Empty | mailbox::Error::TooLong(_)))) => {
            match office_of(&visit, id).await {
                Ok(office) => form(&visit, &headers, office, draft, Some(wrong)).await,
                Err(_) => not_sent(&visit, id, draft, Reason::Ours),
            }
        }
        // The thread of this very form is there, but under another code by now.
        Ok(Err(mailbox::Error::NotFound | mailbox::Error::WrongCode)) => {
            see_other("/tegami/fuutou")
        }
        Ok(Err(error)) => {
            tracing::error!(target: "web", "a first letter was not stored: {error}");
            not_sent(&visit, id, draft, Reason::Ours)
        }
        Err(_) => not_sent(&visit, id, draft, Reason::Ours),
    }
}

/// Hands the letter to the mailbox; one that is too long as several, when its writer wished so.
async fn store(
    visit: &Visit,
    office: OfficeId,
    draft: &Draft,
    cut: bool,
    address: Option<std::net::IpAddr>,
) -> mailbox::Result<String> {
    let token = Token::from_field(&draft.token);
    let writer = draft.writer.unwrap_or(Writer::Unsaid);
    let pages = if cut {
        split::parts(&draft.words, MAX_CHARS)
    } else {
        vec![draft.words.as_str()]
    };
    let mut code = Err(mailbox::Error::Empty);
    // The same form with other words is a further letter of the same thread, and one that was already there changes
    // nothing: after an interruption all of it can be sent again.
    for body in pages {
        let letter = FirstLetter {
            office,
            writer,
            body,
            token: &token,
            address,
        };
        code = Ok(visit
            .app
            .mailbox
            .first_letter(&letter)
            .await?
            .code
            .to_string());
    }
    code
}

fn unreadable(visit: &Visit, office: OfficeId, trouble: FormTrouble) -> Response {
    let draft = Draft::of(&trouble.saved);
    if draft.words.trim().is_empty() {
        return trouble.into_response();
    }
    // The end may be missing: show what came, and let its writer look before sending it again.
    let reason = if trouble.what == What::Encoding {
        Reason::Encoding
    } else {
        Reason::Torn
    };
    not_sent(visit, office, draft, reason)
}

/// Not sent, and said so; the words stand in the form again.
fn not_sent(visit: &Visit, office: OfficeId, draft: Draft, reason: Reason) -> Response {
    let status = match reason {
        Reason::Ours => StatusCode::SERVICE_UNAVAILABLE,
        Reason::Torn => StatusCode::PAYLOAD_TOO_LARGE,
        Reason::Encoding => StatusCode::BAD_REQUEST,
    };
    show_with(
        status,
        &NotSent {
            page: page(visit).with_error(true),
            office,
            draft,
            reason,
        },
    )
}
