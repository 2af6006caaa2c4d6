//! Who works on a case, who must not know of it, read-and-sign, compartments behind broken glass: `…/tantou`.

use askama::Template;
use axum::{Router, extract::Path, http::StatusCode, response::Response, routing::get};
use basics::{CaseId, CompartmentId, PersonId, StaffId, japanese, time::to_jst};
use casework::{
    Error,
    review::{BehindGlass, Signature},
    workers::Workers,
};
use jiff::Timestamp;
use office::{
    Role,
    access::{Action, Reach},
    custody::acquaintance::Acquaintance,
    custody::{AssignmentKind, NewAssignment},
};

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

use super::{head::Head, overview::case_id};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case/{id}/tantou", get(look).post(act))
}

/// A worker as the page shows them.
struct WorkerView {
    id: i64,
    kind: &'static str,
    name: String,
    scope: String,
    since: String,
    until: String,
    checked: bool,
    ended_by_card: bool,
}

#[derive(Template)]
#[template(path = "desk/case/workers.html")]
struct WorkersPage {
    page: Page,
    me: Me,
    head: Head,
    workers: Vec<WorkerView>,
    must_check: bool,
    sheet_unread: bool,
    approvers: Vec<String>,
    denied: Vec<(i64, String, &'static str, String)>,
    linked: Vec<(String, String, String)>,
    glass: Option<GlassView>,
    signatures: Vec<(String, String, String)>,
    may_change: bool,
    leads: bool,
    may_sign: bool,
    colleagues: Vec<Choice>,
    others: Vec<Choice>,
    everybody: Vec<Choice>,
    people: Vec<Choice>,
    kinds: Vec<Choice>,
    scopes: Vec<Choice>,
    reasons: Vec<Choice>,
    words: String,
    mistakes: Vec<Mistake>,
}

struct GlassView {
    until: String,
    compartments: Vec<(CompartmentId, String, bool)>,
    reviewers: String,
}

impl WorkersPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

/// A moment as the desk says it.
pub(super) fn moment(at: Timestamp) -> String {
    let at = to_jst(at);
    let day = japanese::date_with_year(at.date());
    format!("{day} {}", japanese::time(at.time()))
}

/// What a page can say at a field; everything else is a page of its own.
pub(super) fn mistake_of(error: &Error) -> Option<Mistake> {
    match error {
        Error::Invalid { field, sentence }
        | Error::Office(office::Error::Invalid { field, sentence }) => {
            Some(Mistake::at(*field, sentence))
        }
        Error::Guarded(_)
        | Error::Meanwhile
        | Error::Illegal(_)
        | Error::Office(office::Error::ChangedMeanwhile) => {
            Some(Mistake::at("main", error.to_string()))
        }
        _ => None,
    }
}

async fn look(colleague: Colleague, Path(id): Path<String>) -> Response {
    draw(&colleague, case_id(&id), &Form::default(), Vec::new()).await
}

async fn draw(colleague: &Colleague, id: CaseId, form: &Form, mistakes: Vec<Mistake>) -> Response {
    let (room, session) = (&colleague.app().casework, &colleague.session);
    let found = async {
        let workers = room.workers(session, id).await?;
        let signatures = room.signatures(session, id).await?;
        let behind = match workers.view.reach {
            Reach::BrokenGlass(_) => room.behind_glass(session, id).await?,
            _ => None,
        };
        Ok::<_, Error>((workers, signatures, behind))
    };
    match found.await {
        Ok((workers, signatures, behind)) => {
            let status = if mistakes.is_empty() {
                StatusCode::OK
            } else {
                StatusCode::UNPROCESSABLE_ENTITY
            };
            let page = page_of(colleague, &workers, signatures, behind, form, mistakes);
            show_with(status, &page)
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}

fn page_of(
    colleague: &Colleague,
    found: &Workers,
    signatures: Vec<Signature>,
    behind: Option<BehindGlass>,
    form: &Form,
    mistakes: Vec<Mistake>,
) -> WorkersPage {
    let view = &found.view;
    let now = colleague.app().clock.now();
    let chosen = |name: &str, value: &str| form.has(name, value);
    let pick = |name: &'static str, except_me: bool, peers: bool| -> Vec<Choice> {
        let fits = found.colleagues.iter().filter(|one| {
            (peers || one.role != Role::Peer) && !(except_me && one.id == colleague.session.staff())
        });
        fits.map(|one| {
            let id = one.id.to_string();
            let choice = Choice::new(&id, &one.name).hint(one.role.label());
            choice.chosen(chosen(name, &id))
        })
        .collect()
    };
    let mut scopes = Vec::new();
    if found.reaches_all {
        let all = Choice::new("all", "すべての区画（これから開く区画も）");
        scopes.push(all.chosen(chosen("scope", "all")));
    }
    scopes.extend(view.compartments.iter().map(|one| {
        let id = one.id.to_string();
        let choice = Choice::new(&id, view.name_of(one));
        choice.chosen(chosen("scope", &id))
    }));
    let workers = view.workers.iter().map(|one| WorkerView {
        id: one.id,
        kind: one.kind.label(),
        name: one.name.clone(),
        scope: if one.kind == AssignmentKind::Peer {
            "カードだけ".to_owned()
        } else if one.whole {
            "すべての区画".to_owned()
        } else {
            "選んだ区画だけ".to_owned()
        },
        since: moment(one.from),
        until: one.until.map(moment).unwrap_or_default(),
        checked: one.conflict_checked || one.kind == AssignmentKind::Peer || one.from > now,
        ended_by_card: one.kind == AssignmentKind::Peer,
    });
    let leads = colleague.session.role() == Role::Supervisor;
    let assigned = view.reach == Reach::Assigned;
    WorkersPage {
        page: colleague.page("担当").with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(view, "tantou"),
        workers: workers.collect(),
        must_check: found.must_check,
        sheet_unread: found.sheet_unread,
        approvers: found.approvers.iter().map(|one| one.name.clone()).collect(),
        denied: found
            .denied
            .iter()
            .map(|one| {
                (
                    one.id,
                    one.name.clone(),
                    one.reason.label(),
                    moment(one.since),
                )
            })
            .collect(),
        linked: found
            .linked
            .iter()
            .map(|(staff, name, person)| {
                let who = view.person(*person).map(casework::Person::label);
                let pair = format!("{staff}-{person}");
                (pair, name.clone(), who.unwrap_or_default())
            })
            .collect(),
        glass: behind.map(|glass| GlassView {
            until: moment(glass.until),
            compartments: glass.compartments,
            reviewers: glass.reviewers.join("、"),
        }),
        signatures: signatures
            .into_iter()
            .map(|one| (one.name, moment(one.at), one.words))
            .collect(),
        may_change: found.settles,
        leads,
        may_sign: leads && !assigned && colleague.may(Action::ApproveCase),
        colleagues: pick("staff", false, false),
        others: pick("who", true, false),
        everybody: pick("member", true, true),
        people: view
            .people
            .iter()
            .map(|one| {
                let id = one.id.to_string();
                let choice = Choice::new(&id, one.label());
                choice.chosen(chosen("person", &id))
            })
            .collect(),
        kinds: [
            AssignmentKind::Main,
            AssignmentKind::Sub,
            AssignmentKind::Duty,
        ]
        .iter()
        .map(|one| Choice::new(one.code(), one.label()).chosen(chosen("kind", one.code())))
        .collect(),
        scopes,
        reasons: Acquaintance::ALL
            .iter()
            .map(|one| Choice::new(one.code(), one.label()).chosen(chosen("why", one.code())))
            .collect(),
        words: form.text("words").to_owned(),
        mistakes,
    }
}

fn staff_in(form: &Form, name: &'static str) -> Result<StaffId, Error> {
    let id = form.line(name).parse::<i64>().map(StaffId::from);
    id.map_err(|_| Error::invalid(name, "職員を選んでください。"))
}

fn number_in(form: &Form, name: &str) -> i64 {
    form.line(name).parse().unwrap_or(0)
}

async fn act(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let id = case_id(&id);
    match done(&colleague, id, &form).await {
        Ok(true) => {
            // Whoever said that they know the family does not find the case any more.
            let gone = form.text("act") == "know";
            see_other(&if gone {
                "/desk/case".to_owned()
            } else {
                format!("/desk/case/{id}/tantou")
            })
        }
        Ok(false) => draw(&colleague, id, &form, Vec::new()).await,
        Err(error) => match mistake_of(&error) {
            Some(mistake) => draw(&colleague, id, &form, vec![mistake]).await,
            None => colleague.case_trouble(error).await,
        },
    }
}

/// Does what the form asks; `false`: only shows the page again.
async fn done(colleague: &Colleague, id: CaseId, form: &Form) -> Result<bool, Error> {
    let (room, session) = (&colleague.app().casework, &colleague.session);
    let reason = || Acquaintance::from_code(form.text("why"));
    let no_reason = || Error::invalid("why", "つながりを選んでください。");
    match form.text("act") {
        "check" => room.confirm_unacquainted(session, id).await?,
        "know" => {
            let why = reason().unwrap_or(Acquaintance::Unsaid);
            room.declare_acquaintance(session, id, session.staff(), why)
                .await?;
        }
        "assign" => {
            let new = new_assignment(colleague, form)?;
            room.assign(session, id, &new).await?;
        }
        "end" => {
            let now = colleague.app().clock.now();
            room.end_assignment(session, id, number_in(form, "assignment"), now)
                .await?;
        }
        "deny" => {
            let why = reason().ok_or_else(no_reason)?;
            room.declare_acquaintance(session, id, staff_in(form, "who")?, why)
                .await?;
        }
        "lift" => {
            room.lift_acquaintance(session, id, number_in(form, "entry"))
                .await?;
        }
        "link" => {
            let person = PersonId::from(number_in(form, "person"));
            room.link_colleague(session, id, staff_in(form, "member")?, person)
                .await?;
        }
        "unlink" => {
            let pair = form.line("pair");
            let (staff, person) = pair.split_once('-').unwrap_or(("0", "0"));
            let (staff, person) = (staff.parse().unwrap_or(0), person.parse().unwrap_or(0));
            room.unlink_colleague(session, id, StaffId::from(staff), PersonId::from(person))
                .await?;
        }
        "sign" => room.sign(session, id, form.text("words")).await?,
        "open" => {
            let wanted = CompartmentId::from(number_in(form, "compartment"));
            room.open_behind_glass(session, id, wanted).await?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn new_assignment(colleague: &Colleague, form: &Form) -> Result<NewAssignment, Error> {
    let kind = AssignmentKind::from_code(form.text("kind"))
        .filter(|kind| *kind != AssignmentKind::Peer)
        .ok_or_else(|| Error::invalid("kind", "何の担当かを選んでください。"))?;
    let staff = staff_in(form, "staff")?;
    let listed: Vec<CompartmentId> = form
        .all("scope")
        .filter_map(|value| value.parse::<i64>().ok())
        .map(CompartmentId::from)
        .collect();
    let whole = form.has("scope", "all");
    if !whole && listed.is_empty() {
        return Err(Error::invalid(
            "scope",
            "どの区画を開けるようにするかを選んでください。",
        ));
    }
    Ok(NewAssignment {
        only: (!whole).then_some(listed),
        ..NewAssignment::whole(staff, kind, &colleague.app().clock)
    })
}
