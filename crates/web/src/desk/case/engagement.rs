//! `…/kakawari`: how the office deals with a household: engagements, first approach, refusal, pace, tasks, ages, letters.

use askama::Template;
use axum::{Router, extract::Path, http::StatusCode, response::Response, routing::get};
use basics::{CaseId, PersonId, StaffId, ThreadId};
use casework::approach::{Ground, NewApproach};
use casework::closing::NewClosing;
use casework::dealings::Dealings;
use casework::engagement::{BEGINNINGS, Change, Rhythm, State};
use casework::refusal::NewRefusal;
use casework::silence::{NewWatch, Pace};
use casework::task::Kind;
use casework::{Error, Knows};
use jiff::civil::Date;
use office::access::Action;

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    desk::days,
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

use super::head::Head;
use super::overview::case_id;

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/case/{id}/kakawari", get(look).post(act))
}

/// Where kinds of window are explained, for the codes of a milestone.
pub(super) fn window_links(codes: &[&str]) -> Vec<(String, String)> {
    let link = |code: &&str| {
        let kind = code.parse::<directory::Kind>().ok()?;
        let name = directory::kind_info(kind).name;
        Some((
            format!("/madoguchi/shurui#{}", kind.code()),
            name.to_owned(),
        ))
    };
    codes.iter().filter_map(link).collect()
}

#[derive(Template)]
#[template(path = "desk/case/engagement.html")]
struct DealingsPage {
    page: Page,
    me: Me,
    head: Head,
    all: Dealings,
    form: Form,
    today: Date,
    approves: bool,
    mistakes: Vec<Mistake>,
}

impl DealingsPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }

    fn typed(&self, field: &str) -> String {
        self.form.text(field).to_owned()
    }

    fn day(&self, field: &str) -> String {
        match self.form.get(field) {
            Some(text) => text.to_owned(),
            None => self.today.to_string(),
        }
    }

    fn on(&self, day: &Date) -> String {
        crate::desk::days::on(*day, self.today)
    }

    fn is(&self, field: &str, value: &str) -> bool {
        self.form.text(field) == value
    }

    fn chosen(
        &self,
        field: &str,
        all: impl Iterator<Item = (&'static str, &'static str)>,
    ) -> Vec<Choice> {
        all.map(|(code, label)| Choice::new(code, label).chosen(self.is(field, code)))
            .collect()
    }

    fn states(&self) -> Vec<Choice> {
        let now = self.all.course.current().state;
        let next = if now.is_over() {
            BEGINNINGS.to_vec()
        } else {
            now.next()
        };
        let open = next
            .into_iter()
            .filter(|to| *to != State::EnteredInError || self.approves);
        self.chosen("to", open.map(|to| (to.code(), to.label())))
    }

    fn rhythms(&self) -> Vec<Choice> {
        let now = self.all.course.current().rhythm;
        let all = Rhythm::ALL.iter();
        all.map(|one| Choice::new(one.code(), one.label()).chosen(*one == now))
            .collect()
    }

    fn paces(&self) -> Vec<Choice> {
        self.chosen(
            "pace",
            Pace::ALL.iter().map(|one| (one.code(), one.label())),
        )
    }

    fn kinds(&self) -> Vec<Choice> {
        self.chosen(
            "kind",
            Kind::ALL.iter().map(|one| (one.code(), one.label())),
        )
    }

    fn grounds(&self) -> Vec<Choice> {
        let all = Ground::ALL.iter();
        self.chosen("ground_of", all.map(|one| (one.code(), one.label())))
    }

    fn closes(&self) -> bool {
        self.all.course.current().state.leads_to(State::Finished)
    }

    fn person(&self, id: &PersonId) -> String {
        let found = self.all.view.person(*id);
        found.map_or_else(String::new, casework::Person::label)
    }

    /// 静観: whether there is a day of the next look to choose.
    fn watches(&self) -> bool {
        self.all.course.current().state == State::OnHold
    }

    /// The day of the next look, as typed or as it stands.
    fn review(&self) -> String {
        let stored = self.all.course.current().review_on;
        match self.form.get("review_on") {
            Some(typed) => typed.to_owned(),
            None => stored.map(|day| day.to_string()).unwrap_or_default(),
        }
    }

    fn guarded(&self) -> bool {
        self.all.view.case.subject_knows != Knows::Knows
    }

    fn at(&self, at: &jiff::Timestamp) -> String {
        days::moment(*at, self.today)
    }

    fn until(&self, day: &Date) -> String {
        days::due(*day, self.today)
    }

    fn links(&self, windows: &[&str]) -> Vec<(String, String)> {
        window_links(windows)
    }

    fn room_of(&self, thread: &mailbox::Thread) -> &'static str {
        thread.part_of.map_or("", |(_, _, kind)| kind.label())
    }
}

async fn look(colleague: Colleague, Path(id): Path<String>) -> Response {
    let form = Form::from_pairs(Vec::<(&str, &str)>::new());
    draw(&colleague, case_id(&id), form, Vec::new(), StatusCode::OK).await
}

async fn draw(
    colleague: &Colleague,
    id: CaseId,
    form: Form,
    mistakes: Vec<Mistake>,
    status: StatusCode,
) -> Response {
    let (room, session) = (&colleague.app().casework, &colleague.session);
    match room.dealings(session, id).await {
        Ok(all) => {
            let page = DealingsPage {
                page: colleague.page("関わり").with_error(!mistakes.is_empty()),
                me: colleague.me("/desk/case"),
                head: Head::of(&all.view, "kakawari"),
                today: colleague.app().clock.today(),
                approves: session.may(Action::ApproveCase),
                all,
                form,
                mistakes,
            };
            show_with(status, &page)
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}

async fn act(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let id = case_id(&id);
    let act = form.text("act").to_owned();
    if matches!(act.as_str(), "" | "redraw") {
        return draw(&colleague, id, form, Vec::new(), StatusCode::OK).await;
    }
    match done(&colleague, id, &act, &form).await {
        Ok(section) => see_other(&format!("/desk/case/{id}/kakawari#{section}")),
        Err(Error::Invalid { field, sentence }) => {
            let mistakes = vec![Mistake::at(field, sentence)];
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            draw(&colleague, id, form, mistakes, status).await
        }
        Err(error @ (Error::Guarded(_) | Error::Illegal(_) | Error::Meanwhile | Error::Again)) => {
            let mistakes = vec![Mistake::at("ima", error.to_string())];
            draw(&colleague, id, form, mistakes, StatusCode::CONFLICT).await
        }
        Err(error) => colleague.case_trouble(error).await,
    }
}

/// A day of a form, or the word what to do.
fn day(form: &Form, field: &'static str, today: Date) -> Result<Date, Error> {
    days::read_day(form.text(field), today)
        .ok_or_else(|| Error::invalid(field, "日付を、たとえば「12月1日」のように書いてください。"))
}

fn past_day(form: &Form, field: &'static str, today: Date) -> Result<Date, Error> {
    // 「11月20日」 typed on the 24th means the last one, not the next.
    let day = day(form, field, today)?;
    let typed_year = form
        .text(field)
        .chars()
        .filter(char::is_ascii_digit)
        .count()
        > 4;
    if day > today && !typed_year {
        Ok(day.with().year(day.year() - 1).build().unwrap_or(day))
    } else {
        Ok(day)
    }
}

fn later_day(form: &Form, field: &'static str, today: Date) -> Result<Option<Date>, Error> {
    match form.text(field).trim() {
        "" => Ok(None),
        _ => day(form, field, today).map(Some),
    }
}

fn person(form: &Form, field: &'static str) -> Result<PersonId, Error> {
    let id = form.line(field).parse::<i64>().ok();
    id.map(PersonId::from)
        .ok_or_else(|| Error::invalid(field, "だれのことかを選んでください。"))
}

async fn done(
    colleague: &Colleague,
    id: CaseId,
    act: &str,
    form: &Form,
) -> Result<&'static str, Error> {
    let (room, session) = (&colleague.app().casework, &colleague.session);
    let today = colleague.app().clock.today();
    let number = form.line("row").parse::<i64>().unwrap_or(0);
    let for_person = form.line("for").parse::<i64>().ok().map(PersonId::from);
    let section = match act {
        "state" => {
            let to = State::from_code(form.text("to"))
                .ok_or_else(|| Error::invalid("to", "どの状態にするかを選んでください。"))?;
            let change = Change::new(for_person, form.text("ground"));
            if form.text("again") == "1" {
                room.reenter(session, id, to, &change).await?;
            } else {
                room.change_engagement(session, id, to, &change).await?;
            }
            "ima"
        }
        "rhythm" => {
            let rhythm = Rhythm::from_code(form.text("rhythm")).unwrap_or(Rhythm::Undecided);
            room.set_rhythm(session, id, rhythm).await?;
            "ima"
        }
        "quiet" => {
            let until = day(form, "quiet", today)?;
            room.keep_quiet(session, id, Some(until)).await?;
            "ima"
        }
        "quiet_end" => {
            room.keep_quiet(session, id, None).await?;
            "ima"
        }
        "review" => {
            let on = later_day(form, "review_on", today)?;
            room.review_quiet_watching(session, id, on).await?;
            "ima"
        }
        "close" => {
            let new = NewClosing {
                for_person,
                ground: form.text("close_ground").to_owned(),
                reentry: form.text("reentry").to_owned(),
            };
            let proposed = room.propose_closing(session, id, &new).await;
            proposed.map_err(|error| match error {
                Error::Invalid {
                    field: "ground",
                    sentence,
                } => Error::invalid("close_ground", sentence),
                other => other,
            })?;
            "kugiri"
        }
        "close_yes" | "close_no" => {
            let approve = act == "close_yes";
            room.decide_closing(session, id, number, approve).await?;
            "ima"
        }
        "approach" => {
            let ground = Ground::from_code(form.text("ground_of"))
                .ok_or_else(|| Error::invalid("ground_of", "どちらかを選んでください。"))?;
            let new = NewApproach {
                ground,
                agreed_with: person(form, "agreed_with")?,
                agreed_on: past_day(form, "agreed_on", today)?,
                words: form.text("approach_words").to_owned(),
            };
            let proposed = room.propose_approach(session, id, &new).await;
            proposed.map_err(|error| at("words", "approach_words", error))?;
            "hajimete"
        }
        "approach_yes" => {
            room.approve_approach(session, id, number).await?;
            "hajimete"
        }
        "approach_back" => {
            room.withdraw_approach(session, id, number).await?;
            "hajimete"
        }
        "refusal" => {
            let heard_by = form.line("heard_by").parse::<i64>();
            let new = NewRefusal {
                person: person(form, "refused")?,
                heard_by: heard_by.map_or(session.staff(), StaffId::from),
                heard_on: past_day(form, "heard_on", today)?,
                check_on: later_day(form, "check_on", today)?,
                words: form.text("refusal_words").to_owned(),
            };
            let recorded = room.record_refusal(session, id, &new).await;
            recorded.map_err(|error| at("words", "refusal_words", error))?;
            "nozomanai"
        }
        "lift" => {
            let words = form.text("lift_words");
            room.lift_refusal(session, id, number, words).await?;
            "nozomanai"
        }
        "pace" => {
            let pace = Pace::from_code(form.text("pace"))
                .ok_or_else(|| Error::invalid("pace", "ペースを選んでください。"))?;
            let new = NewWatch {
                person: person(form, "pace_person")?,
                pace,
                agreed_on: past_day(form, "pace_on", today)?,
                words: form.text("pace_words").to_owned(),
            };
            let watched = room.watch_silence(session, id, &new).await;
            watched.map_err(|error| at("agreed_on", "pace_on", error))?;
            "pace"
        }
        "stop" => {
            room.stop_silence(session, id, number).await?;
            "pace"
        }
        "task" => {
            let kind = Kind::from_code(form.text("kind")).unwrap_or(Kind::Other);
            let due = day(form, "due_on", today)?;
            let words = form.text("task_words");
            let added = room.add_task(session, id, kind, due, words).await;
            added.map_err(|error| at("words", "task_words", error))?;
            "yaru"
        }
        "task_done" => {
            room.task_done(session, id, number).await?;
            "yaru"
        }
        "away" => {
            let age = form.line("age").parse().unwrap_or(0);
            room.dismiss_milestone(session, id, number.into(), age)
                .await?;
            "fushime"
        }
        "detach" => {
            room.detach_thread(session, id, ThreadId::from(number))
                .await?;
            "tegami"
        }
        _ => return Err(Error::NotFound),
    };
    Ok(section)
}

/// The room's field by the name it has on this page.
fn at(room: &'static str, page: &'static str, error: Error) -> Error {
    match error {
        Error::Invalid { field, sentence } if field == room => Error::invalid(page, sentence),
        other => other,
    }
}
