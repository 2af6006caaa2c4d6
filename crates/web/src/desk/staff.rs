//! `/desk/shokuin`: who works here, who holds the key to the letters, and invitations.

use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery},
    http::StatusCode,
    response::Response,
    routing::get,
};
use basics::StaffId;
use office::{
    Error, Invitation, Qualification, Role, Staff, StaffForm,
    access::{self, Action},
    enrol::{self, INVITATION_HOURS},
    office_key,
};

use crate::{
    App, Form, Page,
    page::see_other,
    parts::{Choice, Mistake},
    show, show_with,
};

use super::colleague::{Colleague, Me, Sent};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk/shokuin", get(list).post(act))
        .route("/desk/shokuin/{id}", get(one).post(change))
}

/// The account form as typed.
#[derive(Default)]
struct Typed {
    login: String,
    name: String,
    role: String,
    qualification: String,
    active: bool,
}

impl Typed {
    fn read(form: &Form) -> Self {
        Self {
            login: form.line("login"),
            name: form.line("name"),
            role: form.line("role"),
            qualification: form.line("qualification"),
            active: form.flag("active"),
        }
    }

    fn of(staff: &Staff) -> Self {
        Self {
            login: staff.login.clone(),
            name: staff.name.clone(),
            role: staff.role.code().to_owned(),
            qualification: staff.qualification.code().to_owned(),
            active: staff.active,
        }
    }

    fn form(&self, active: bool) -> Result<StaffForm, Error> {
        Ok(StaffForm {
            login: self.login.clone(),
            name: self.name.clone(),
            role: Role::parse(&self.role)?,
            qualification: Qualification::parse(&self.qualification)?,
            active,
        })
    }

    fn roles(&self) -> Vec<Choice> {
        Role::ALL
            .into_iter()
            .map(|role| {
                let hint = match role {
                    Role::Coordinator => "手紙を読み、返事をします",
                    Role::Supervisor => "手紙を読み、窓口と職員の設定もします",
                    Role::Administrator => "設定とアカウントだけ。手紙は読めません",
                    Role::Peer => "自分のカードだけを見ます。記録は開けません",
                };
                Choice::new(role.code(), role.label())
                    .hint(hint)
                    .chosen(role.code() == self.role)
            })
            .collect()
    }

    fn qualifications(&self) -> Vec<Choice> {
        Qualification::ALL
            .into_iter()
            .map(|one| {
                Choice::new(one.code(), one.label()).chosen(one.code() == self.qualification)
            })
            .collect()
    }
}

/// A line of the list.
struct StaffView {
    staff: Staff,
    state: &'static str,
    key: &'static str,
    wants_key: bool,
    me: bool,
}

fn view(staff: Staff, me: StaffId) -> StaffView {
    let reads = access::may(staff.role, Action::ReadThread);
    let state = match (staff.active, staff.enrolled) {
        (false, _) => "止めています",
        (true, false) => "登録を待っています",
        (true, true) => "使えます",
    };
    let key = match (reads, staff.holds_office_key) {
        (false, _) => "対象外",
        (true, true) => "あり",
        (true, false) => "まだ",
    };
    let wants_key = staff.active && staff.enrolled && reads && !staff.holds_office_key;
    StaffView {
        me: staff.id == me,
        state,
        key,
        wants_key,
        staff,
    }
}

#[derive(Template)]
#[template(path = "desk/staff.html")]
struct StaffPage {
    page: Page,
    me: Me,
    staff: Vec<StaffView>,
    notice: Option<String>,
    may_manage: bool,
    may_give_key: bool,
    typed: Typed,
    done: &'static str,
    mistakes: Vec<Mistake>,
}

impl StaffPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

async fn draw(
    colleague: &Colleague,
    typed: Typed,
    done: &'static str,
    mistakes: Vec<Mistake>,
) -> Response {
    let looked = async {
        let permit = access::permit(&colleague.session, Action::SeeStaff, "").await?;
        let mut conn = colleague.app().db.read().await?;
        let staff = office::staff::list(&mut conn, permit.office()).await?;
        let notice = office::staff::coordinator_notice(&mut conn, permit.office()).await?;
        Ok::<_, Error>((staff, notice))
    };
    let (staff, notice) = match looked.await {
        Ok(found) => found,
        Err(error) => return colleague.trouble(error).await,
    };
    let me = colleague.session.staff();
    let status = if mistakes.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = StaffPage {
        page: colleague.page("職員").with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/shokuin"),
        staff: staff.into_iter().map(|one| view(one, me)).collect(),
        notice,
        may_manage: colleague.may(Action::ManageStaff),
        may_give_key: colleague.session.holds_office_key(),
        typed,
        done,
        mistakes,
    };
    show_with(status, &page)
}

async fn list(colleague: Colleague, RawQuery(query): RawQuery) -> Response {
    let done = match query.as_deref() {
        Some("ok=change") => "職員の内容を変えました。",
        Some("ok=key") => "手紙を開く鍵を渡しました。",
        _ => "",
    };
    draw(&colleague, Typed::default(), done, Vec::new()).await
}

async fn act(Sent { colleague, form }: Sent) -> Response {
    let typed = Typed::read(&form);
    match form.text("act") {
        "invite" => invite(&colleague, typed).await,
        "key" => give_key(&colleague, &form).await,
        _ => draw(&colleague, typed, "", Vec::new()).await,
    }
}

async fn invite(colleague: &Colleague, typed: Typed) -> Response {
    let invited = async {
        let permit = access::permit(&colleague.session, Action::ManageStaff, "").await?;
        enrol::invite(&colleague.app().db, &permit, &typed.form(true)?).await
    };
    match invited.await {
        Ok(invitation) => shown(colleague, &typed, &invitation),
        Err(Error::Invalid { field, sentence }) => {
            draw(colleague, typed, "", vec![Mistake::at(field, sentence)]).await
        }
        Err(error) => colleague.trouble(error).await,
    }
}

async fn give_key(colleague: &Colleague, form: &Form) -> Response {
    let given = async {
        let subject = form.line("staff");
        let to: i64 = subject.parse().map_err(|_| Error::NotFound)?;
        let permit = access::permit(
            &colleague.session,
            Action::GrantOfficeKey,
            &format!("staff:{to}"),
        )
        .await?;
        office_key::grant(
            &colleague.app().db,
            &colleague.session,
            &permit,
            StaffId::from(to),
        )
        .await
    };
    match given.await {
        Ok(()) => see_other("/desk/shokuin?ok=key"),
        Err(Error::Invalid { field, sentence }) => {
            draw(
                colleague,
                Typed::default(),
                "",
                vec![Mistake::at(field, sentence)],
            )
            .await
        }
        Err(error) => colleague.trouble(error).await,
    }
}

#[derive(Template)]
#[template(path = "desk/invited.html")]
struct InvitedPage {
    page: Page,
    me: Me,
    name: String,
    login: String,
    code: String,
    hours: i64,
    address: String,
}

/// The invitation, once.
fn shown(colleague: &Colleague, typed: &Typed, invitation: &Invitation) -> Response {
    show(&InvitedPage {
        page: colleague.page("登録コード"),
        me: colleague.me("/desk/shokuin"),
        name: typed.name.clone(),
        login: typed.login.clone(),
        code: invitation.code.clone(),
        hours: INVITATION_HOURS,
        address: format!("{}/desk/touroku", colleague.app().config.public_url),
    })
}

#[derive(Template)]
#[template(path = "desk/staff_one.html")]
struct OnePage {
    page: Page,
    me: Me,
    staff: Staff,
    typed: Typed,
    myself: bool,
    mistakes: Vec<Mistake>,
}

impl OnePage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

async fn account(colleague: &Colleague, id: &str) -> Result<Staff, Response> {
    let looked = async {
        let permit = access::permit(&colleague.session, Action::ManageStaff, "").await?;
        let id: i64 = id.parse().map_err(|_| Error::NotFound)?;
        office::staff::one(
            &mut colleague.app().db.read().await?,
            permit.office(),
            StaffId::from(id),
        )
        .await
    };
    match looked.await {
        Ok(staff) => Ok(staff),
        Err(error) => Err(colleague.trouble(error).await),
    }
}

fn draw_one(colleague: &Colleague, staff: Staff, typed: Typed, mistakes: Vec<Mistake>) -> Response {
    let status = if mistakes.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = OnePage {
        page: colleague
            .page("職員の変更")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/shokuin"),
        myself: staff.id == colleague.session.staff(),
        staff,
        typed,
        mistakes,
    };
    show_with(status, &page)
}

async fn one(colleague: Colleague, Path(id): Path<String>) -> Response {
    match account(&colleague, &id).await {
        Ok(staff) => {
            let typed = Typed::of(&staff);
            draw_one(&colleague, staff, typed, Vec::new())
        }
        Err(response) => response,
    }
}

async fn change(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let staff = match account(&colleague, &id).await {
        Ok(staff) => staff,
        Err(response) => return response,
    };
    let typed = Typed::read(&form);
    let db = &colleague.app().db;
    let subject = format!("staff:{}", staff.id);
    let permit = match access::permit(&colleague.session, Action::ManageStaff, &subject).await {
        Ok(permit) => permit,
        Err(error) => return colleague.trouble(error).await,
    };
    let done = match form.text("act") {
        "change" => match typed.form(typed.active) {
            Ok(wanted) => office::staff::change(db, &permit, staff.id, &wanted).await,
            Err(error) => Err(error),
        },
        "again" => match enrol::invite_again(db, &permit, staff.id).await {
            Ok(invitation) => return shown(&colleague, &Typed::of(&staff), &invitation),
            Err(error) => Err(error),
        },
        _ => return draw_one(&colleague, staff, typed, Vec::new()),
    };
    match done {
        Ok(()) => see_other("/desk/shokuin?ok=change"),
        Err(Error::Invalid { field, sentence }) => {
            draw_one(&colleague, staff, typed, vec![Mistake::at(field, sentence)])
        }
        Err(error) => colleague.trouble(error).await,
    }
}
