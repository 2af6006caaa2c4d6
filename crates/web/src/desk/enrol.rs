//! `/desk/touroku`: an invited person sets their own password and app. The code is typed into a form, so that it
//! stands in no address, history or log.

use askama::Template;
use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::get,
};
use office::{Enrolment, Error, Invited, TotpSecret};

use crate::{
    App, Form, Page, Trouble, Visit, parts::Mistake, public::tegami::qr::Qr, show, show_with,
};

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/touroku", get(ask).post(act))
}

#[derive(Template)]
#[template(path = "desk/enrol_code.html")]
struct CodePage {
    page: Page,
    mistakes: Vec<Mistake>,
}

impl CodePage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

#[derive(Template)]
#[template(path = "desk/enrol.html")]
struct EnrolPage {
    page: Page,
    invitation: String,
    name: String,
    login: String,
    office_name: String,
    secret: String,
    secret_groups: String,
    qr: Option<Qr>,
    mistakes: Vec<Mistake>,
}

impl EnrolPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

#[derive(Template)]
#[template(path = "desk/enrolled.html")]
struct EnrolledPage {
    page: Page,
    login: String,
    codes: Vec<String>,
}

async fn ask(visit: Visit) -> Response {
    code_page(&visit, Vec::new())
}

fn code_page(visit: &Visit, mistakes: Vec<Mistake>) -> Response {
    let status = if mistakes.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    show_with(
        status,
        &CodePage {
            page: visit
                .page("アカウントの登録")
                .with_error(!mistakes.is_empty()),
            mistakes,
        },
    )
}

async fn act(visit: Visit, form: Form) -> Response {
    let code = form.line("invitation_code");
    let invited = match visit.app.entrance.invited(&code).await {
        Ok(invited) => invited,
        Err(error) => return trouble(&visit, error),
    };
    if form.text("act") != "enrol" {
        return enrol_page(&visit, code, invited, Vec::new());
    }
    // The app holds the secret of the page that was shown; a mangled one begins anew.
    let Ok(secret) = TotpSecret::parse(form.text("totp_secret")) else {
        return enrol_page(
            &visit,
            code,
            invited,
            vec![Mistake::at(
                "totp_code",
                "もういちど、QRコードを読みとってください。",
            )],
        );
    };
    let login = invited.login.clone();
    let invited = Invited {
        totp: secret,
        ..invited
    };
    if form.text("password") != form.text("password_again") {
        let mistake = Mistake::at("password_again", "パスワードが、2つの欄でちがっています。");
        return enrol_page(&visit, code, invited, vec![mistake]);
    }
    let enrolment = Enrolment {
        invitation: &code,
        password: form.text("password"),
        totp_secret: form.text("totp_secret"),
        totp_code: form.text("totp_code"),
    };
    match visit.app.entrance.enrol(enrolment).await {
        Ok(codes) => show(&EnrolledPage {
            page: visit.page("登録が終わりました"),
            login,
            codes: codes.0,
        }),
        Err(Error::Invalid { field, sentence }) => {
            enrol_page(&visit, code, invited, vec![Mistake::at(field, sentence)])
        }
        Err(error) => trouble(&visit, error),
    }
}

fn enrol_page(
    visit: &Visit,
    invitation: String,
    invited: Invited,
    mistakes: Vec<Mistake>,
) -> Response {
    let status = if mistakes.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let secret = invited.totp.base32();
    let groups: Vec<&str> = (0..secret.len())
        .step_by(4)
        .map(|at| &secret[at..(at + 4).min(secret.len())])
        .collect();
    let page = EnrolPage {
        page: visit
            .page("アカウントの登録")
            .with_error(!mistakes.is_empty()),
        invitation,
        qr: Qr::of(&invited.totp.uri(&invited.login)),
        name: invited.name,
        login: invited.login,
        office_name: invited.office_name,
        secret_groups: groups.join(" "),
        secret,
        mistakes,
    };
    show_with(status, &page)
}

fn trouble(visit: &Visit, error: Error) -> Response {
    match error {
        Error::InvitationUnusable => code_page(
            visit,
            vec![Mistake::at("invitation_code", error.to_string())],
        ),
        Error::Busy => Trouble::Resting.into_response(),
        other => {
            tracing::error!(target: "web", error = ?other, "an enrolment could not go on");
            Trouble::Broken.into_response()
        }
    }
}
