//! `/desk/hikitsugi`: hand-over in bulk and one's own sheets; `/desk/case/{id}/hikitsugi`: the sheet of a case.

use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery},
    http::StatusCode,
    response::Response,
    routing::get,
};
use basics::time::{from_micros, micros, start_of_day};
use basics::{CaseId, StaffId};
use casework::{
    Error,
    hand_over::{Carried, HandOver, HandedOver, SheetLine, SheetWords, next_april},
};
use jiff::civil::Date;
use office::{Staff, access, access::Action, staff};

use crate::{
    App, Form, Page,
    desk::{
        colleague::{Colleague, Me, Sent},
        days,
    },
    page::see_other,
    parts::Mistake,
    show_with,
};

use super::{
    custody::{mistake_of, moment},
    head::Head,
    overview::case_id,
};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk/hikitsugi", get(bulk).post(hand))
        .route("/desk/case/{id}/hikitsugi", get(sheet).post(write))
}

/// A case in the table.
struct RowView {
    case: CaseId,
    number: i64,
    principal: String,
    kind: &'static str,
    chosen: bool,
    to: String,
    error: String,
}

/// A sheet of one's own.
struct MineView {
    case: CaseId,
    number: i64,
    principal: String,
    other: String,
    at: String,
    written: bool,
}

#[derive(Template)]
#[template(path = "desk/case/hand_over.html")]
struct BulkPage {
    page: Page,
    me: Me,
    leads: bool,
    done: String,
    to_write: Vec<MineView>,
    to_read: Vec<MineView>,
    from: Option<(StaffId, String)>,
    colleagues: Vec<(StaffId, String)>,
    rows: Vec<RowView>,
    everybody: String,
    day: String,
    hour: String,
    mistakes: Vec<Mistake>,
}

impl BulkPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }

    fn is(&self, typed: &str, id: &StaffId) -> bool {
        typed == id.to_string()
    }
}

async fn bulk(colleague: Colleague, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let form = Form::from_pairs(pairs.iter().map(|(key, value)| (&**key, &**value)));
    draw(&colleague, &form, Vec::new(), &[]).await
}

async fn draw(
    colleague: &Colleague,
    form: &Form,
    mistakes: Vec<Mistake>,
    refused: &[(CaseId, i64, String)],
) -> Response {
    match page_of(colleague, form, mistakes, refused).await {
        Ok(page) => {
            let status = if page.mistakes.is_empty() {
                StatusCode::OK
            } else {
                StatusCode::UNPROCESSABLE_ENTITY
            };
            show_with(status, &page)
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}

async fn page_of(
    colleague: &Colleague,
    form: &Form,
    mistakes: Vec<Mistake>,
    refused: &[(CaseId, i64, String)],
) -> Result<BulkPage, Error> {
    let (app, session) = (colleague.app(), &colleague.session);
    let (to_write, to_read): (Vec<SheetLine>, Vec<SheetLine>) = app
        .casework
        .my_sheets(session)
        .await?
        .into_iter()
        .partition(|line| line.mine_to_write);
    let leads = colleague.may(Action::HandOver);
    let mut people: Vec<Staff> = Vec::new();
    let mut carried: Vec<Carried> = Vec::new();
    let from = form.line("from").parse::<i64>().ok().map(StaffId::from);
    if leads {
        let mut conn = app.db.read().await?;
        people = staff::list(&mut conn, session.office()).await?;
        people.retain(|one| one.active && access::may(one.role, Action::ReadCase));
        drop(conn);
        if let Some(from) = from {
            carried = app.casework.carried_by(session, from).await?;
        }
    }
    let april = basics::time::to_jst(next_april(app.clock.today())).date();
    let typed_day = form.line("day");
    let first_time = !form.has("act", "hand");
    let rows = carried.into_iter().map(|one| {
        let id = one.case.to_string();
        let error = refused.iter().find(|(case, _, _)| *case == one.case);
        RowView {
            case: one.case,
            number: one.number,
            principal: one.principal,
            kind: one.kind.label(),
            chosen: first_time || form.has("case", &id),
            to: form.line(&format!("to-{id}")),
            error: error.map(|(_, _, why)| why.clone()).unwrap_or_default(),
        }
    });
    let mine = |lines: Vec<SheetLine>| -> Vec<MineView> {
        let view = |line: SheetLine| MineView {
            case: line.case,
            number: line.number,
            principal: line.principal,
            other: line.other,
            at: moment(line.moment),
            written: line.written,
        };
        lines.into_iter().map(view).collect()
    };
    let colleagues: Vec<(StaffId, String)> =
        people.into_iter().map(|one| (one.id, one.name)).collect();
    let named = |id: StaffId| colleagues.iter().find(|(one, _)| *one == id).cloned();
    let done = form.line("ok").parse::<usize>().ok();
    Ok(BulkPage {
        page: colleague.page("引き継ぎ").with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        leads,
        done: done.map_or_else(String::new, |count| {
            let moved = form.line("yoyaku").parse::<usize>().unwrap_or(0);
            let with = if moved > 0 {
                format!("面接の予約{moved}件も移しました。")
            } else {
                String::new()
            };
            let left = match form.line("nokori").parse::<i64>() {
                Ok(stay) if stay > 0 => format!(
                    "面接の予約{stay}件は、その時間に次の担当があいていないので、いまの担当のままです。面接予約のページで決めてください。"
                ),
                Ok(-1) => "面接の予約は移せませんでした。面接予約のページで確かめてください。".to_owned(),
                _ => String::new(),
            };
            format!(
                "{count}件の引き継ぎを決めました。いまの担当に、引き継ぎの紙を頼みました。訪問の予定と、受け持っていた手紙も、その日時に移ります。{with}{left}"
            )
        }),
        to_write: mine(to_write),
        to_read: mine(to_read),
        from: from.and_then(named),
        rows: rows.collect(),
        colleagues,
        everybody: form.line("to"),
        day: if typed_day.is_empty() {
            april.to_string()
        } else {
            typed_day
        },
        hour: match form.line("hour").as_str() {
            "" => "0:00".to_owned(),
            hour => hour.to_owned(),
        },
        mistakes,
    })
}

async fn hand(Sent { colleague, form }: Sent) -> Response {
    if form.text("act") != "hand" {
        return draw(&colleague, &form, Vec::new(), &[]).await;
    }
    let order = match order(&colleague, &form) {
        Ok(order) => order,
        Err(mistakes) => return draw(&colleague, &form, mistakes, &[]).await,
    };
    let handed = colleague
        .app()
        .casework
        .hand_over(&colleague.session, &order);
    match handed.await {
        Ok(HandedOver::Done(count)) => {
            let (from, moment) = (order.from, order.moment);
            let passed = colleague
                .app()
                .community
                .pass_on_appointments(&colleague.session, from, moment, &order.cases)
                .await;
            // The cases are handed over; appointments that could not be asked for stay where they are, and it is said.
            let (moved, stay) = passed.map_or_else(
                |error| {
                    tracing::error!(target: "web", ?error, "appointments were not passed on");
                    (0, -1)
                },
                |came| (came.moved, i64::try_from(came.stay).unwrap_or(-1)),
            );
            see_other(&format!(
                "/desk/hikitsugi?ok={count}&yoyaku={moved}&nokori={stay}"
            ))
        }
        Ok(HandedOver::Refused(lines)) => {
            let mistakes = lines
                .iter()
                .map(|(case, number, why)| {
                    Mistake::at(format!("c{case}"), format!("ケース {number}：{why}"))
                })
                .collect();
            draw(&colleague, &form, mistakes, &lines).await
        }
        Err(error) => match mistake_of(&error) {
            Some(mistake) => draw(&colleague, &form, vec![mistake], &[]).await,
            None => colleague.case_trouble(error).await,
        },
    }
}

fn order(colleague: &Colleague, form: &Form) -> Result<HandOver, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let clock = &colleague.app().clock;
    let from = form.line("from").parse::<i64>().map(StaffId::from);
    if from.is_err() {
        mistakes.push(Mistake::at(
            "from",
            "だれの担当を引き継ぐかを選んでください。",
        ));
    }
    let day: Option<Date> = days::read_day(form.text("day"), clock.today());
    let hour = days::read_time(form.text("hour"));
    if day.is_none() || hour.is_none() {
        mistakes.push(Mistake::at(
            "day",
            "日付と時刻を、2027-04-01、0:00 のように書いてください。",
        ));
    }
    let mut cases = Vec::new();
    for case in form.all("case").filter_map(|id| id.parse::<i64>().ok()) {
        let own = form.line(&format!("to-{case}"));
        let to = if own.is_empty() { form.line("to") } else { own };
        match to.parse::<i64>() {
            Ok(to) => cases.push((CaseId::from(case), StaffId::from(to))),
            Err(_) => {
                if !mistakes.iter().any(|one| one.field == "to") {
                    mistakes.push(Mistake::at("to", "だれに引き継ぐかを選んでください。"));
                }
            }
        }
    }
    let (Ok(from), Some(day), Some(hour)) = (from, day, hour) else {
        return Err(mistakes);
    };
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let moment = start_of_day(day)
        + jiff::SignedDuration::from_mins(i64::from(hour.hour()) * 60 + i64::from(hour.minute()));
    // Today's date means now: people move on short notice, too.
    let moment = if day == clock.today() {
        moment.max(clock.now())
    } else {
        moment
    };
    Ok(HandOver {
        from,
        moment,
        cases,
    })
}

#[derive(Template)]
#[template(path = "desk/case/sheet.html")]
struct SheetPage {
    page: Page,
    me: Me,
    head: Head,
    sheet: Option<SheetView>,
    mistakes: Vec<Mistake>,
}

struct SheetView {
    id: i64,
    from: String,
    to: String,
    at: String,
    words: SheetWords,
    written: String,
    /// When what is shown was written, in µs; empty: not yet. Sent along with 「読みました」.
    version: String,
    to_read: bool,
    may_write: bool,
    out_of_reach: bool,
}

impl SheetPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

async fn sheet(colleague: Colleague, Path(id): Path<String>) -> Response {
    draw_sheet(&colleague, case_id(&id), None, Vec::new()).await
}

async fn draw_sheet(
    colleague: &Colleague,
    id: CaseId,
    typed: Option<SheetWords>,
    mistakes: Vec<Mistake>,
) -> Response {
    let (room, session) = (&colleague.app().casework, &colleague.session);
    let found = async {
        let view = room.case(session, id).await?;
        let sheet = room.sheet(session, id).await?;
        Ok::<_, Error>((view, sheet))
    };
    let (view, sheet) = match found.await {
        Ok(found) => found,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let status = if mistakes.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = SheetPage {
        page: colleague
            .page("引き継ぎの紙")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(&view, "tantou"),
        sheet: sheet.map(|sheet| SheetView {
            id: sheet.id,
            from: sheet.from.1,
            to: sheet.to.1,
            at: moment(sheet.moment),
            words: typed.unwrap_or(sheet.words),
            written: sheet.written_at.map(moment).unwrap_or_default(),
            version: sheet
                .written_at
                .map_or_else(String::new, |at| micros(at).to_string()),
            out_of_reach: sheet.out_of_reach,
            to_read: sheet.to_read,
            may_write: sheet.may_write,
        }),
        mistakes,
    };
    show_with(status, &page)
}

async fn write(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let id = case_id(&id);
    let (room, session) = (&colleague.app().casework, &colleague.session);
    let words = SheetWords {
        promised: form.text("promised").to_owned(),
        avoid: form.text("avoid").to_owned(),
        pace: form.text("pace").to_owned(),
        who_knows: form.text("who_knows").to_owned(),
        other: form.text("other").to_owned(),
    };
    let done = match form.text("act") {
        "write" => {
            let sheet = form.line("sheet").parse().unwrap_or(0);
            room.write_sheet(session, id, sheet, &words).await
        }
        "read" => {
            let seen = form.line("version").parse().ok().map(from_micros);
            room.confirm_sheet(session, id, seen).await
        }
        _ => return draw_sheet(&colleague, id, Some(words), Vec::new()).await,
    };
    match done {
        Ok(()) => see_other(&format!("/desk/case/{id}/hikitsugi")),
        Err(error) => match mistake_of(&error) {
            Some(mistake) => {
                // Whoever only reads it sees it as it is now.
                let typed = (form.text("act") == "write").then_some(words);
                draw_sheet(&colleague, id, typed, vec![mistake]).await
            }
            None => colleague.case_trouble(error).await,
        },
    }
}
