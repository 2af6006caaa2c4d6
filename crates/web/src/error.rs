//! Every trouble becomes a calm page: what happened, what was kept, what to do next, whom to call.
//!
//! Handlers return a [`Trouble`] (or a room's error turned into one). It travels as a status and a note; the layer
//! [`calm`] writes the page, because only there are the person's preferences known. Plain refusals of the framework
//! (405, 413 …) get the same pages. Absent and forbidden are one: [`Trouble::NotFound`], byte for byte.

use std::{any::Any, sync::Arc};

use askama::Template;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    App, Page,
    headers::Door,
    page::{Visit, show_with},
};

/// Something went differently than hoped.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Trouble {
    /// Not there, or not for this person.
    #[error("not found")]
    NotFound,
    /// The address exists, but not for this kind of request.
    #[error("wrong method")]
    WrongMethod,
    /// The request took longer than the program waits.
    #[error("too slow")]
    TooSlow,
    /// More was sent than fits.
    #[error("too large")]
    TooLarge,
    /// Not the kind of form this page reads.
    #[error("not a form")]
    NotAForm,
    /// A form that could not be read, with what could be saved of it.
    #[error("unreadable form")]
    Unreadable {
        /// Which of the form troubles.
        status: StatusCode,
        /// What the person had typed, to copy from.
        kept: Vec<String>,
    },
    /// The form's token does not fit its session (opened long ago, or in another window).
    #[error("stale form")]
    Stale {
        /// What the person had typed, to copy from.
        kept: Vec<String>,
    },
    /// A rule of the field stopped it, in the rule's own words (409).
    #[error("stopped by a rule")]
    Stopped {
        /// Which rule, and what to do first.
        sentence: String,
    },
    /// Another site made the browser send this.
    #[error("from elsewhere")]
    FromElsewhere,
    /// Resting for a moment: the database is away, or too much at once.
    #[error("resting")]
    Resting,
    /// A mistake of the program.
    #[error("broken")]
    Broken,
}

impl Trouble {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooSlow | Self::Resting => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotAForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unreadable { status, .. } => *status,
            Self::Stale { .. } | Self::FromElsewhere => StatusCode::FORBIDDEN,
            Self::Stopped { .. } => StatusCode::CONFLICT,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn of_status(status: StatusCode) -> Option<Self> {
        Some(match status {
            StatusCode::NOT_FOUND
            | StatusCode::FORBIDDEN
            | StatusCode::UNAUTHORIZED
            | StatusCode::GONE => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::WrongMethod,
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::URI_TOO_LONG => Self::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::NotAForm,
            StatusCode::REQUEST_TIMEOUT
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Self::TooSlow,
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Self::Unreadable {
                status,
                kept: Vec::new(),
            },
            _ if status.is_server_error() => Self::Broken,
            _ => return None,
        })
    }

    /// What is printed on the page: title, what happened, what was kept, what to do next.
    fn words(&self) -> [&'static str; 4] {
        match self {
            Self::NotFound => [
                "ページが見つかりませんでした",
                "この住所のページは、いまはありません。住所がかわったか、入力の一文字がちがうのかもしれません。",
                "あなたが何かをまちがえた、ということではありません。",
                "はじめのページから、もういちど選べます。",
            ],
            Self::WrongMethod => [
                "このページは、ここからは開けません",
                "ページを開く順番が、いつもとちがったようです。",
                "送られたものはありません。",
                "はじめのページにもどって、もういちど選んでください。",
            ],
            Self::TooLarge => [
                "文字が多すぎて、受けとれませんでした",
                "いちどに受けとれる量を、こえていました。",
                "まだどこにも送られていません。前の画面にもどると、書いた文が残っていることが多いです。",
                "半分くらいに分けて、2回に送っても大丈夫です。",
            ],
            Self::NotAForm => [
                "受けとれない形で届きました",
                "お使いのアプリかブラウザが、このページでは読めない形で送ったようです。",
                "まだどこにも送られていません。",
                "前の画面にもどって、ページの中のボタンから送ってみてください。",
            ],
            Self::Unreadable { .. } => [
                "一部を読みとれませんでした",
                "送られたものの一部を、文字として読みとれませんでした。",
                "まだどこにも送られていません。",
                "前の画面にもどって、もういちど送ってみてください。",
            ],
            Self::Stale { .. } => [
                "時間がたったため、まだ送っていません",
                "この画面を開いてから時間がたったか、別の画面で新しく開きなおされたようです。安全のため、いったん止めました。",
                "まだどこにも送られていません。",
                "もういちど画面を開いて、下の文をはりつけてください。",
            ],
            Self::Stopped { .. } => [
                "いまは、このまま進められません",
                "",
                "なにも変わっていません。",
                "前の画面にもどって、内容をお確かめください。",
            ],
            Self::FromElsewhere => [
                "ほかのページから送られたため、止めました",
                "このサイトの外のページから送られたように見えたので、念のため受けとりませんでした。",
                "なにも送られていません。なにも変わっていません。",
                "はじめのページから、もういちど開いてください。",
            ],
            Self::TooSlow | Self::Resting => [
                "いま、こみあっています",
                "こちらの準備に時間がかかっています。あなたの側の問題ではありません。",
                "送る途中だったものは、まだ届いていないかもしれません。書いた文は、手元に写しておくと安心です。",
                "すこし待ってから、もういちど開いてください。",
            ],
            Self::Broken => [
                "こちらの都合で、表示できませんでした",
                "プログラムの中で、うまくいかないことがありました。あなたの側の問題ではありません。",
                "送る途中だったものは、まだ届いていないかもしれません。書いた文は、手元に写しておくと安心です。",
                "すこし待ってから、もういちど開いてください。",
            ],
        }
    }

    fn kept(&self) -> &[String] {
        match self {
            Self::Unreadable { kept, .. } | Self::Stale { kept } => kept,
            _ => &[],
        }
    }
}

/// The note that travels with the status to the layer that writes the page.
#[derive(Clone)]
struct Note(Arc<Trouble>);

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Note(Arc::new(self)));
        response
    }
}

/// What a panic becomes.
#[allow(
    clippy::needless_pass_by_value,
    reason = "the shape tower-http asks for"
)]
pub fn caught(_panic: Box<dyn Any + Send + 'static>) -> Response {
    // What a panic says may hold what was typed, so it is not logged here; the hook has printed the place.
    tracing::error!(target: "web", "a handler panicked");
    Trouble::Broken.into_response()
}

#[derive(Template)]
#[template(path = "public/trouble.html")]
struct TroublePage {
    page: Page,
    happened: String,
    safe: &'static str,
    next: &'static str,
    kept: Vec<String>,
    desk: bool,
}

/// The layer that writes the pages.
pub async fn calm(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::of(&parts, &app);
    let response = next.run(Request::from_parts(parts, body)).await;
    let trouble = match response.extensions().get::<Note>() {
        Some(Note(trouble)) => Arc::clone(trouble),
        None if has_words_of_its_own(&response) => return response,
        None => match Trouble::of_status(response.status()) {
            Some(trouble) => Arc::new(trouble),
            None => return response,
        },
    };
    let [title, usual, safe, next] = trouble.words();
    let happened = match &*trouble {
        Trouble::Stopped { sentence } => sentence.clone(),
        _ => usual.to_owned(),
    };
    let door = Door::of(&visit.path);
    let page = Page {
        canonical: None,
        back_to: None,
        noindex: true,
        ..visit.page(title)
    };
    let told = TroublePage {
        page,
        happened,
        safe,
        next,
        kept: trouble.kept().to_vec(),
        desk: door == Door::Desk,
    };
    let mut page = show_with(trouble.status(), &told);
    // What the refusal itself carried (Allow, Set-Cookie, Retry-After) stays.
    for (name, value) in response.headers() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            page.headers_mut().append(name, value.clone());
        }
    }
    if page.status() == StatusCode::SERVICE_UNAVAILABLE {
        page.headers_mut()
            .entry(header::RETRY_AFTER)
            .or_insert(HeaderValue::from_static("30"));
    }
    if page.extensions().get::<Note>().is_some() {
        // Even the trouble page could not be written.
        *page.body_mut() = Body::from("しばらくしてから、もういちど開いてください。");
        page.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
    }
    page
}

fn has_words_of_its_own(response: &Response) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| !kind.starts_with("text/plain"))
}
