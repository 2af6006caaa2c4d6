//! `/desk/hozon`: how long records are kept, what may go, who decides; `/desk/hozon/boki`: the destruction list.

use askama::Template;
use axum::{Router, http::StatusCode, response::Response, routing::get};
use basics::CaseId;
use casework::{
    Error,
    retention::{HoldGround, Overview, RecordType, Tombstone},
};
use office::access::Action;

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::{Choice, Mistake},
    show, show_with,
};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk/hozon", get(look).post(act))
        .route("/desk/hozon/boki", get(book))
}

#[derive(Template)]
#[template(path = "desk/case/retention.html")]
struct RetentionPage {
    page: Page,
    me: Me,
    seen: Overview,
    grounds: Vec<Choice>,
    number: String,
    may_approve: bool,
    mine: basics::StaffId,
    mistakes: Vec<Mistake>,
}

impl RetentionPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }

    fn labels(&self, records: &[RecordType]) -> String {
        let labels: Vec<&str> = records.iter().map(|record| record.label()).collect();
        labels.join("、")
    }
}

#[derive(Template)]
#[template(path = "desk/case/tombstones.html")]
struct BookPage {
    page: Page,
    me: Me,
    stones: Vec<Tombstone>,
}

async fn look(colleague: Colleague) -> Response {
    draw(&colleague, &Form::default(), Vec::new(), StatusCode::OK).await
}

async fn draw(
    colleague: &Colleague,
    form: &Form,
    mistakes: Vec<Mistake>,
    status: StatusCode,
) -> Response {
    let seen = match colleague.app().casework.retention(&colleague.session).await {
        Ok(seen) => seen,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let page = RetentionPage {
        page: colleague
            .page("保存と廃棄")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/hozon"),
        seen,
        grounds: HoldGround::ALL
            .iter()
            .map(|one| {
                let chosen = form.text("ground") == one.code();
                Choice::new(one.code(), one.label()).chosen(chosen)
            })
            .collect(),
        number: form.line("number"),
        may_approve: colleague.may(Action::ApproveErasure),
        mine: colleague.session.staff(),
        mistakes,
    };
    show_with(status, &page)
}

async fn act(Sent { colleague, form }: Sent) -> Response {
    let (room, session) = (&colleague.app().casework, &colleague.session);
    let case = CaseId::from(form.text("case").parse::<i64>().unwrap_or(0));
    let row = form.text("row").parse::<i64>().unwrap_or(0);
    let done = match form.text("act") {
        "propose" => room.propose_erasure(session, case).await.map(drop),
        "approve" => room.approve_erasure(session, case, row).await,
        "decline" => room.decline_erasure(session, case, row).await,
        "lift" => room.lift_hold(session, case, row).await,
        "hold" => hold(&colleague, &form).await,
        "years" => match RecordType::from_code(form.text("record")) {
            Some(record) => {
                let years = form.line("years").parse().unwrap_or(0);
                room.set_retention(session, record, years).await
            }
            None => Err(Error::NotFound),
        },
        _ => return draw(&colleague, &form, Vec::new(), StatusCode::OK).await,
    };
    // What other rooms wrote down of the case goes with it at once; should that fail, it goes with the day's own work.
    if done.is_ok() && form.text("act") == "approve" {
        let forgotten = colleague.app().community.forget().await;
        if let Err(error) = forgotten {
            return colleague.place_trouble(error).await;
        }
    }
    match done {
        Ok(()) => see_other("/desk/hozon"),
        Err(Error::Invalid { field, sentence }) => {
            let mistakes = vec![Mistake::at(field, sentence)];
            draw(
                &colleague,
                &form,
                mistakes,
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}

async fn hold(colleague: &Colleague, form: &Form) -> Result<(), Error> {
    let (room, session) = (&colleague.app().casework, &colleague.session);
    let Ok(number) = form.line("number").parse() else {
        return Err(Error::invalid(
            "number",
            "ケースの番号を数で書いてください。",
        ));
    };
    let Some(ground) = HoldGround::from_code(form.text("ground")) else {
        return Err(Error::invalid("ground", "止める理由を選んでください。"));
    };
    let case = room.case_numbered(session, number).await?;
    room.hold(session, case, ground).await
}

async fn book(colleague: Colleague) -> Response {
    match colleague
        .app()
        .casework
        .tombstones(&colleague.session)
        .await
    {
        Ok(stones) => show(&BookPage {
            page: colleague.page("廃棄簿"),
            me: colleague.me("/desk/hozon"),
            stones,
        }),
        Err(error) => colleague.case_trouble(error).await,
    }
}
