//! `/desk/watashi`: one's own account: password, recovery codes, other browsers, and the key from the recovery sheet.

use askama::Template;
use axum::{Router, extract::RawQuery, http::StatusCode, response::Response, routing::get};
use office::{
    Error, RecoveryCodes,
    access::{self, Action},
    office_key,
    session::{IDLE_MINUTES, LONGEST_HOURS},
};

use crate::{App, Form, Page, page::see_other, parts::Mistake, show, show_with};

use super::colleague::{Colleague, Me, Sent};

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/watashi", get(look).post(act))
}

#[derive(Template)]
#[template(path = "desk/own.html")]
struct OwnPage {
    page: Page,
    me: Me,
    login: String,
    role: &'static str,
    qualification: &'static str,
    reads_letters: bool,
    has_key: bool,
    has_calendar: bool,
    idle: i64,
    longest: i64,
    done: String,
    mistakes: Vec<Mistake>,
}

impl OwnPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

fn draw(colleague: &Colleague, done: String, mistakes: Vec<Mistake>) -> Response {
    let session = &colleague.session;
    let status = if mistakes.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = OwnPage {
        page: colleague
            .page("わたしのアカウント")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/watashi"),
        login: session.login().to_owned(),
        role: session.role().label(),
        qualification: session.qualification().label(),
        reads_letters: colleague.may(Action::ReadThread),
        has_key: session.holds_office_key(),
        has_calendar: colleague.may(Action::SeePlaces),
        idle: IDLE_MINUTES,
        longest: LONGEST_HOURS,
        done,
        mistakes,
    };
    show_with(status, &page)
}

async fn look(colleague: Colleague, RawQuery(query): RawQuery) -> Response {
    let done = match query.as_deref().and_then(|query| query.split_once('=')) {
        Some(("ok", "kagi")) => "手紙を開く鍵を受け取りました。".to_owned(),
        Some(("ok", "hoka")) => "ほかの画面のサインインを切りました。".to_owned(),
        Some(("yobi", left)) => match left.parse::<u8>() {
            Ok(left) => format!(
                "予備コードでサインインしました。のこりは{left}個です。スマートフォンをなくしたときは、管理者に招き直しを頼んでください。"
            ),
            Err(_) => String::new(),
        },
        _ => String::new(),
    };
    draw(&colleague, done, Vec::new())
}

#[derive(Template)]
#[template(path = "desk/own_codes.html")]
struct CodesPage {
    page: Page,
    me: Me,
    login: String,
    codes: Vec<String>,
    why: &'static str,
}

fn codes(colleague: &Colleague, codes: RecoveryCodes, why: &'static str) -> Response {
    let (page, me) = (colleague.page("予備コード"), colleague.me("/desk/watashi"));
    show(&CodesPage {
        page,
        me,
        login: colleague.session.login().to_owned(),
        codes: codes.0,
        why,
    })
}

async fn act(Sent { colleague, form }: Sent) -> Response {
    let (entrance, session) = (&colleague.app().entrance, &colleague.session);
    let refused = match form.text("act") {
        "password" => match change_password(&colleague, &form).await {
            Ok(fresh) => {
                return codes(
                    &colleague,
                    fresh,
                    "パスワードを変えました。前の予備コードは使えません。ほかの画面のサインインは切れています。",
                );
            }
            Err(error) => error,
        },
        "codes" => match entrance
            .renew_recovery_codes(session, form.text("codes_password"))
            .await
        {
            Ok(fresh) => {
                return codes(
                    &colleague,
                    fresh,
                    "新しい予備コードを出しました。前の予備コードは使えません。",
                );
            }
            Err(Error::Invalid {
                field: "old_password",
                sentence,
            }) => Error::Invalid {
                field: "codes_password",
                sentence,
            },
            Err(error) => error,
        },
        "sessions" => match entrance.end_other_sessions(session).await {
            Ok(()) => return see_other("/desk/watashi?ok=hoka"),
            Err(error) => error,
        },
        "sheet" => match take_key(&colleague, form.text("sheet")).await {
            Ok(()) => return see_other("/desk/watashi?ok=kagi"),
            Err(error @ Error::SheetDoesNotFit) => {
                return draw(
                    &colleague,
                    String::new(),
                    vec![Mistake::at("sheet", error.to_string())],
                );
            }
            Err(error) => error,
        },
        _ => return draw(&colleague, String::new(), Vec::new()),
    };
    match refused {
        Error::Invalid { field, sentence } => draw(
            &colleague,
            String::new(),
            vec![Mistake::at(field, sentence)],
        ),
        Error::ChangedMeanwhile => draw(
            &colleague,
            String::new(),
            vec![Mistake::at(
                "old_password",
                Error::ChangedMeanwhile.to_string(),
            )],
        ),
        error => colleague.trouble(error).await,
    }
}

async fn change_password(colleague: &Colleague, form: &Form) -> office::Result<RecoveryCodes> {
    let (old, new) = (form.text("old_password"), form.text("password"));
    if new != form.text("password_again") {
        return Err(Error::Invalid {
            field: "password_again",
            sentence: "新しいパスワードが、2つの欄でちがっています。".to_owned(),
        });
    }
    colleague
        .app()
        .entrance
        .change_password(&colleague.session, old, new)
        .await
}

async fn take_key(colleague: &Colleague, sheet: &str) -> office::Result<()> {
    let permit = access::permit(&colleague.session, Action::GrantOfficeKey, "").await?;
    office_key::take_from_sheet(&colleague.app().db, &colleague.session, &permit, sheet).await
}
