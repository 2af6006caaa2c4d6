//! `…/naosu`: one day is changed; `…/yasumu`: it is cancelled, with a sentence for the public.

use askama::Template;
use axum::{Router, extract::Path, response::Response, routing::get};
use basics::{GatheringId, ProgrammeId};
use community::Error;
use community::gathering::State;
use community::gathering_desk::{Planned, Told};

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

use super::{
    gathering_id, hosts, hours, mistake, programme_id,
    roster::{Call, calls},
    status, team, typed_day,
};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk/ba/{id}/{gathering}/naosu", get(old).post(change))
        .route("/desk/ba/{id}/{gathering}/yasumu", get(ask).post(cancel))
}

#[derive(Template)]
#[template(path = "desk/ba_day.html")]
struct DayPage {
    page: Page,
    me: Me,
    action: String,
    back: String,
    title: String,
    when: String,
    told: Told,
    version: i64,
    /// What somebody else saved meanwhile: when, which theme.
    meanwhile: String,
    hosts: Vec<Choice>,
    form: Form,
    mistakes: Vec<Mistake>,
}

impl DayPage {
    fn typed(&self, field: &str) -> &str {
        self.form.text(field)
    }

    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

#[derive(Template)]
#[template(path = "desk/ba_yasumu.html")]
struct CancelPage {
    page: Page,
    me: Me,
    action: String,
    back: String,
    title: String,
    when: String,
    told: Told,
    may_run: bool,
    calls: Vec<Call>,
    cancelled: bool,
    /// It may still be taken back.
    ahead: bool,
    form: Form,
    mistakes: Vec<Mistake>,
}

impl CancelPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

fn ids((programme, gathering): &(String, String)) -> (ProgrammeId, GatheringId) {
    (programme_id(programme), gathering_id(gathering))
}

async fn planned(colleague: &Colleague, path: &(String, String)) -> Result<Planned, Response> {
    let (programme, gathering) = ids(path);
    let room = &colleague.app().community;
    match room.planned(&colleague.session, programme, gathering).await {
        Ok(found) => Ok(found),
        Err(error) => Err(colleague.place_trouble(error).await),
    }
}

fn when(found: &Planned) -> String {
    let day = &found.on.gathering;
    format!("{} {}", basics::japanese::date(day.day), hours(day))
}

async fn old(colleague: Colleague, Path(path): Path<(String, String)>) -> Response {
    let found = match planned(&colleague, &path).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let form = typed_day::form_of(&typed_day::stands(&found.on.gathering, &found.own_hosts));
    draw(&colleague, &found, form, Vec::new()).await
}

async fn draw(
    colleague: &Colleague,
    found: &Planned,
    form: Form,
    mistakes: Vec<Mistake>,
) -> Response {
    let team = match team(colleague).await {
        Ok(team) => team,
        Err(response) => return response,
    };
    let (programme, day) = (&found.on.programme, &found.on.gathering);
    let (found_id, day_id) = (programme.id, day.id);
    let regular = room_hosts(colleague, found_id).await;
    let late = mistakes.iter().any(|one| one.field == "meanwhile");
    let page = DayPage {
        page: colleague
            .page("開催日を変える")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/ba"),
        action: format!("/desk/ba/{found_id}/{day_id}/naosu"),
        back: format!("/desk/ba/{found_id}"),
        title: programme.draft.details.title.clone(),
        when: when(found),
        told: found.told,
        version: day.version,
        meanwhile: if late {
            format!("{}　{}", when(found), day.words)
        } else {
            String::new()
        },
        hosts: hosts(&team, &form, &regular),
        form,
        mistakes,
    };
    show_with(status(&page.mistakes), &page)
}

/// Who runs every day of the programme and need not be chosen again; empty when that cannot be read.
async fn room_hosts(colleague: &Colleague, id: ProgrammeId) -> Vec<basics::StaffId> {
    let room = &colleague.app().community;
    let found = room.programme(&colleague.session, id).await;
    found.map(|one| one.draft.hosts).unwrap_or_default()
}

async fn change(Path(path): Path<(String, String)>, Sent { colleague, form }: Sent) -> Response {
    let found = match planned(&colleague, &path).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    if form.text("act") != "save" {
        return draw(&colleague, &found, form, Vec::new()).await;
    }
    let day = match typed_day::day(&form, colleague.app().clock.today()) {
        Ok(day) => day,
        Err(mistakes) => return draw(&colleague, &found, form, mistakes).await,
    };
    let (programme, gathering) = ids(&path);
    let back = format!("/desk/ba/{programme}");
    // The double click: what is wanted stands already.
    if typed_day::stands(&found.on.gathering, &found.own_hosts) == day {
        return see_other(&back);
    }
    let version = form.line("version").parse().unwrap_or(0);
    let room = &colleague.app().community;
    let done = room.change_gathering(&colleague.session, gathering, version, &day);
    match done.await {
        Ok(()) => see_other(&back),
        Err(error) => match mistake(error) {
            Ok(mistake) => draw(&colleague, &found, form, vec![mistake]).await,
            Err(error) => colleague.place_trouble(error).await,
        },
    }
}

async fn ask(colleague: Colleague, Path(path): Path<(String, String)>) -> Response {
    let found = match planned(&colleague, &path).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    draw_cancel(&colleague, &found, Form::default(), Vec::new()).await
}

async fn draw_cancel(
    colleague: &Colleague,
    found: &Planned,
    form: Form,
    mistakes: Vec<Mistake>,
) -> Response {
    let (programme, day) = (&found.on.programme, &found.on.gathering);
    let calls = if found.may_run && found.told.calls > 0 {
        let room = &colleague.app().community;
        match room.roster(&colleague.session, day.id).await {
            Ok(roster) => calls(&roster),
            Err(error) => return colleague.place_trouble(error).await,
        }
    } else {
        Vec::new()
    };
    let page = CancelPage {
        page: colleague
            .page("開催をとりやめる")
            .with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/ba"),
        action: format!("/desk/ba/{}/{}/yasumu", programme.id, day.id),
        back: format!("/desk/ba/{}", programme.id),
        title: programme.draft.details.title.clone(),
        when: when(found),
        told: found.told,
        may_run: found.may_run,
        calls,
        cancelled: day.state == State::Cancelled,
        ahead: day.starts_at > colleague.app().clock.now(),
        form,
        mistakes,
    };
    show_with(status(&page.mistakes), &page)
}

async fn cancel(Path(path): Path<(String, String)>, Sent { colleague, form }: Sent) -> Response {
    let found = match planned(&colleague, &path).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let (programme, gathering) = ids(&path);
    let page = format!("/desk/ba/{programme}/{gathering}/yasumu");
    let done = match form.text("act") {
        // Sent twice is cancelled once: the first sentence stands.
        "cancel" if found.on.gathering.state == State::Cancelled => Ok(()),
        "cancel" => {
            let room = &colleague.app().community;
            room.cancel_gathering(&colleague.session, gathering, form.text("words").trim())
                .await
                .map(drop)
        }
        // Sent twice it is taken back once.
        "again" if found.on.gathering.state == State::Planned => Ok(()),
        "again" => {
            let room = &colleague.app().community;
            room.take_back_cancelling(&colleague.session, gathering)
                .await
        }
        _ => return draw_cancel(&colleague, &found, form, Vec::new()).await,
    };
    match done {
        Ok(()) if form.text("act") == "again" => see_other(&format!("/desk/ba/{programme}")),
        Ok(()) => see_other(&page),
        Err(error @ Error::Illegal(_)) => colleague.place_trouble(error).await,
        Err(error) => match mistake(error) {
            Ok(mistake) => draw_cancel(&colleague, &found, form, vec![mistake]).await,
            Err(error) => colleague.place_trouble(error).await,
        },
    }
}
