//! Who is asking at the desk: taken from the request once, before anything else happens.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, request::Parts},
    response::{IntoResponse as _, Response},
};
use office::{Role, Session, access::Action};

use crate::{App, Form, Page, Trouble, cookie, csrf, page::Visit};

use super::{
    alarm::{self, AlarmLine},
    kept,
};

/// The cookie of a session; gone when the browser closes.
pub(super) const SESSION_COOKIE: &str = "desk";
/// The cookie of a browser in which somebody has signed in before.
pub(super) const DEVICE_COOKIE: &str = "kiki";
/// A reply and a note of 4,000 characters each, three bytes a character, each byte as `%XX`, and room to spare; or a
/// calendar of closing days, which may have 256 KiB.
const FORM_LIMIT: usize = 384 * 1024;

/// A signed-in colleague looking at a page.
pub(super) struct Colleague {
    /// What they asked for, and how they want to see it.
    pub visit: Visit,
    /// Who they are.
    pub session: Session,
    /// Colleagues who have not come back from a visit, for those who look after it.
    pub alarms: Vec<AlarmLine>,
}

/// A signed-in colleague who sent a form from a page of this very session.
pub(super) struct Sent {
    /// Who.
    pub colleague: Colleague,
    /// What.
    pub form: Form,
}

/// One word of the desk's head.
pub(super) struct NavItem {
    /// Address.
    pub href: &'static str,
    /// Word.
    pub label: &'static str,
    /// Whether this page belongs to it.
    pub current: bool,
}

/// What the head of every desk page shows. Every page template has a field `me` of this type.
pub(super) struct Me {
    /// The colleague's name.
    pub name: String,
    /// The form token of the session.
    pub token: String,
    /// The ways to go.
    pub nav: Vec<NavItem>,
    /// Colleagues who have not come back from a visit.
    pub alarms: Vec<AlarmLine>,
}

/// The value of the session cookie.
pub(super) fn session_cookie(headers: &HeaderMap, app: &App) -> Option<String> {
    cookie::read(headers, &app.config, SESSION_COOKIE)
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
}

async fn resume(headers: &HeaderMap, app: &App, alive: bool) -> Result<Option<Session>, Response> {
    let Some(cookie) = session_cookie(headers, app) else {
        return Ok(None);
    };
    let resumed = if alive {
        app.entrance.resume(&cookie).await
    } else {
        app.entrance.resume_quietly(&cookie).await
    };
    resumed.map_err(|error| {
        tracing::error!(target: "web", ?error, "a session could not be looked up");
        Trouble::Resting.into_response()
    })
}

impl FromRequestParts<App> for Colleague {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visit = Visit::of(parts, app);
        match resume(&parts.headers, app, true).await? {
            Some(session) => Ok(Self::of(visit, session).await),
            None => Err(kept::to_sign_in(
                &visit.path,
                session_cookie(&parts.headers, app).is_some(),
            )),
        }
    }
}

/// A colleague's page asking by itself: no sign of life, and no sign-in page as an answer.
pub(super) struct Watching(pub Colleague);

impl FromRequestParts<App> for Watching {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visit = Visit::of(parts, app);
        match resume(&parts.headers, app, false).await? {
            Some(session) => Ok(Self(Colleague {
                visit,
                session,
                alarms: Vec::new(),
            })),
            // "No content" is what makes an EventSource stop asking.
            None => Err(axum::http::StatusCode::NO_CONTENT.into_response()),
        }
    }
}

impl FromRequest<App> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let visit = Visit::of(&parts, app);
        let session = resume(&parts.headers, app, true).await?;
        let read = Form::read(Request::from_parts(parts, body), FORM_LIMIT).await;
        let form = read.map_err(axum::response::IntoResponse::into_response)?;
        match session {
            None => Err(kept::sign_in_first(&visit, &form)),
            Some(session) if session.is_form_token(form.text(csrf::FIELD)) => Ok(Self {
                colleague: Colleague::of(visit, session).await,
                form,
            }),
            Some(session) => Err(kept::put_back_first(&visit, &session, &form)),
        }
    }
}

impl Colleague {
    /// Who asks, for a handler that reads the body itself; `None`: nobody is signed in.
    pub async fn if_signed_in(parts: &Parts, app: &App) -> Result<Option<Self>, Response> {
        let visit = Visit::of(parts, app);
        let session = resume(&parts.headers, app, true).await?;
        match session {
            Some(session) => Ok(Some(Self::of(visit, session).await)),
            None => Ok(None),
        }
    }

    /// With what their page's head must say.
    async fn of(visit: Visit, session: Session) -> Self {
        let alarms = alarm::lines(&visit.app, &session).await;
        Self {
            visit,
            session,
            alarms,
        }
    }

    /// The page with this title. Titles of the desk say what kind of page it is, never what a letter says.
    pub fn page(&self, title: impl Into<String>) -> Page {
        self.visit.page(title)
    }

    /// The shared state.
    pub fn app(&self) -> &App {
        &self.visit.app
    }

    /// The head of the page, with the way `current` marked.
    pub fn me(&self, current: &str) -> Me {
        Me {
            alarms: self.alarms.clone(),
            ..Me::of(&self.session, current)
        }
    }

    /// Whether the role may do this, for showing a form. Doing it asks again.
    pub fn may(&self, action: Action) -> bool {
        self.session.may(action)
    }

    /// What a room's refusal or fault becomes. The refusal is in the audit chain before "not found" leaves.
    pub async fn trouble(&self, error: impl Into<mailbox::Error>) -> Response {
        let error = error.into();
        if error.is_not_found() {
            return self.not_found().await;
        }
        match error {
            mailbox::Error::Office(office::Error::Busy) => Trouble::Resting.into_response(),
            mailbox::Error::Office(office::Error::NoOfficeKey) => {
                axum::response::Redirect::to("/desk/watashi#kagi").into_response()
            }
            other => {
                tracing::error!(target: "web", error = ?other, "the desk could not go on");
                Trouble::Broken.into_response()
            }
        }
    }

    /// The same for a refusal or fault of the casework room. What a page can show at a field (`Invalid`, `Guarded`,
    /// `Meanwhile`) the page shows itself, with what was typed; here it is a calm page of its own.
    pub async fn case_trouble(&self, error: casework::Error) -> Response {
        use casework::Error as E;
        if error.is_not_found() {
            return self.not_found().await;
        }
        match error {
            E::Mailbox(error) => self.trouble(error).await,
            E::Office(error) => self.trouble(error).await,
            E::Invalid { .. }
            | E::Illegal(_)
            | E::Guarded(_)
            | E::Passable { .. }
            | E::Meanwhile
            | E::Again => Trouble::Stopped {
                sentence: error.to_string(),
            }
            .into_response(),
            other => {
                tracing::error!(target: "web", error = ?other, "a case could not be shown or changed");
                Trouble::Broken.into_response()
            }
        }
    }

    /// The same for the room of places and appointments.
    pub async fn place_trouble(&self, error: community::Error) -> Response {
        use community::Error as E;
        if error.is_not_found() {
            return self.not_found().await;
        }
        match error {
            E::Casework(error) => self.case_trouble(error).await,
            E::Office(error) => self.trouble(error).await,
            E::Invalid { .. } | E::Illegal(_) | E::Taken | E::Full | E::Again | E::Meanwhile => {
                Trouble::Stopped {
                    sentence: error.to_string(),
                }
                .into_response()
            }
            other => {
                tracing::error!(target: "web", error = ?other, "places could not be shown or changed");
                Trouble::Broken.into_response()
            }
        }
    }

    /// Absent and forbidden: the same page, byte for byte.
    pub async fn not_found(&self) -> Response {
        if let Err(error) = self.session.refusals().settled().await {
            tracing::error!(target: "web", ?error, "a refusal could not be recorded");
            return Trouble::Resting.into_response();
        }
        Trouble::NotFound.into_response()
    }
}

impl Me {
    /// The head for this session.
    pub fn of(session: &Session, current: &str) -> Self {
        const LETTERS: [(&str, &str); 10] = [
            ("/desk/kyou", "きょう"),
            ("/desk", "受信箱"),
            ("/desk/case", "ケース"),
            ("/desk/houmon", "訪問"),
            ("/desk/mensetsu", "面接"),
            ("/desk/shuu", "一週間"),
            ("/desk/ba", "場"),
            ("/desk/sagasu", "さがす"),
            ("/desk/nyuuryoku", "手紙を入れる"),
            ("/desk/kotoba", "定型文"),
        ];
        let mut ways = Vec::new();
        match session.role() {
            Role::Coordinator | Role::Supervisor => ways.extend(LETTERS),
            Role::Peer => ways.push(("/desk/pia/kaado", "わたしのカード")),
            Role::Administrator => {}
        }
        if session.role() != Role::Peer {
            ways.push(("/desk/madoguchi", "窓口"));
            ways.push(("/desk/shokuin", "職員"));
        }
        if session.may(Action::SeeAudit) {
            ways.push(("/desk/kiroku", "記録"));
        }
        let nav = ways
            .into_iter()
            .map(|(href, label)| NavItem {
                href,
                label,
                current: href == current,
            })
            .collect();
        Self {
            name: session.name().to_owned(),
            token: session.form_token(),
            nav,
            alarms: Vec::new(),
        }
    }
}
