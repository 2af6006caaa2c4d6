//! `/desk/madoguchi`: opening hours, closing days, the promise, the texts for the public, and the pause.

use askama::Template;
use axum::{Router, extract::RawQuery, http::StatusCode, response::Response, routing::get};
use office::{
    Error, Office, Pause,
    access::{self, Action},
    calendar::{OpenNow, week_text},
};

use crate::{App, Page, page::see_other, parts::Mistake, show_with};

use super::{
    colleague::{Colleague, Me, Sent},
    koyomi::{Busy, busy},
    office_form::{Typed, differences, mistake},
};

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/madoguchi", get(look).post(act))
}

#[derive(Template)]
#[template(path = "desk/office.html")]
struct OfficePage {
    page: Page,
    me: Me,
    typed: Typed,
    may_edit: bool,
    may_pause: bool,
    paused: bool,
    notice: Option<String>,
    week: Vec<String>,
    now: String,
    promise: String,
    preview: Option<String>,
    /// What somebody else saved meanwhile, where it differs: what it is, and its value.
    theirs: Vec<(&'static str, String)>,
    done: &'static str,
    /// What stands on closing days.
    standing: Vec<Busy>,
    mistakes: Vec<Mistake>,
}

impl OfficePage {
    fn pause_title(&self) -> &'static str {
        if self.paused {
            "休みのお知らせを変える"
        } else {
            "受け付けを休む"
        }
    }

    fn pause_open(&self) -> bool {
        self.paused
            || self
                .mistakes
                .iter()
                .any(|mistake| mistake.field.starts_with("pause"))
    }

    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "templates pass numbers by reference"
    )]
    fn day_error(&self, at: &usize) -> &str {
        self.error(&format!("from{at}"))
    }

    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

#[derive(Default)]
struct Said {
    preview: Option<String>,
    theirs: Vec<(&'static str, String)>,
    done: &'static str,
    mistakes: Vec<Mistake>,
    status: StatusCode,
}

async fn office_of(colleague: &Colleague) -> Result<Office, Response> {
    let looked = async {
        let permit = access::permit(&colleague.session, Action::SeeOffice, "").await?;
        office::office::one(&mut colleague.app().db.read().await?, permit.office()).await
    };
    match looked.await {
        Ok(office) => Ok(office),
        Err(error) => Err(colleague.trouble(error).await),
    }
}

async fn draw(colleague: &Colleague, office: &Office, typed: Typed, said: Said) -> Response {
    let (app, now) = (colleague.app(), colleague.app().clock.now());
    let looked =
        async { office::staff::coordinator_notice(&mut app.db.read().await?, office.id).await };
    let notice = match looked.await {
        Ok(notice) => notice,
        Err(error) => return colleague.trouble(error).await,
    };
    let room = &app.community;
    let standing = match room.standing_on_closing_days(&colleague.session).await {
        Ok(standing) => busy(colleague, &standing),
        Err(error) => return colleague.place_trouble(error).await,
    };
    let page = OfficePage {
        standing,
        page: colleague.page("窓口").with_error(!said.mistakes.is_empty()),
        me: colleague.me("/desk/madoguchi"),
        may_edit: colleague.may(Action::EditOffice),
        may_pause: colleague.may(Action::PauseLetters),
        paused: office.settings.paused.is_some(),
        notice,
        week: week_text(&office.settings.opening),
        now: match office.settings.opening.open_now(now) {
            OpenNow::Until(time) => {
                format!("いま開いています（{}まで）", basics::japanese::time(time))
            }
            OpenNow::From(day, time) => format!(
                "いまは時間外です。つぎは{} {}から",
                basics::japanese::date(day),
                basics::japanese::time(time)
            ),
            OpenNow::Unknown => "開く日がわかりません".to_owned(),
        },
        promise: office.settings.promise_text(now),
        typed,
        preview: said.preview,
        theirs: said.theirs,
        done: said.done,
        mistakes: said.mistakes,
    };
    show_with(said.status, &page)
}

async fn look(colleague: Colleague, RawQuery(query): RawQuery) -> Response {
    let office = match office_of(&colleague).await {
        Ok(office) => office,
        Err(response) => return response,
    };
    let done = match query.as_deref() {
        Some("ok=save") => "保存しました。公開の画面に、もう出ています。",
        Some("ok=pause") => {
            "手紙の受け付けを休みました。いま書いている人のこれまでの手紙には、返事ができます。"
        }
        Some("ok=resume") => "手紙の受け付けを始めました。",
        _ => "",
    };
    let typed = Typed::of(&office);
    draw(
        &colleague,
        &office,
        typed,
        Said {
            done,
            ..Said::default()
        },
    )
    .await
}

async fn act(Sent { colleague, form }: Sent) -> Response {
    let office = match office_of(&colleague).await {
        Ok(office) => office,
        Err(response) => return response,
    };
    let typed = Typed::read(&form, &office);
    match form.text("act") {
        "save" => save(&colleague, office, typed).await,
        "preview" => preview(&colleague, office, typed).await,
        "pause" => {
            let pause = Pause {
                message: typed.pause.message.trim().to_owned(),
                other_door: typed.pause.other_door.trim().to_owned(),
                other_url: typed.pause.other_url.trim().to_owned(),
            };
            set_pause(
                &colleague,
                office,
                typed,
                Some(pause),
                "/desk/madoguchi?ok=pause",
            )
            .await
        }
        "resume" => set_pause(&colleague, office, typed, None, "/desk/madoguchi?ok=resume").await,
        _ => draw(&colleague, &office, typed, Said::default()).await,
    }
}

async fn preview(colleague: &Colleague, office: Office, typed: Typed) -> Response {
    let clock = &colleague.app().clock;
    let said = match typed.settings(clock.today(), None) {
        Ok(settings) => Said {
            preview: Some(settings.promise_text(clock.now())),
            ..Said::default()
        },
        Err(mistakes) => Said {
            mistakes,
            status: StatusCode::UNPROCESSABLE_ENTITY,
            ..Said::default()
        },
    };
    draw(colleague, &office, typed, said).await
}

async fn save(colleague: &Colleague, office: Office, typed: Typed) -> Response {
    let permit = match access::permit(&colleague.session, Action::EditOffice, "").await {
        Ok(permit) => permit,
        Err(error) => return colleague.trouble(error).await,
    };
    let app = colleague.app();
    let settings = match typed.settings(app.clock.today(), office.settings.paused.clone()) {
        Ok(settings) => settings,
        Err(mistakes) => {
            let said = Said {
                mistakes,
                status: StatusCode::UNPROCESSABLE_ENTITY,
                ..Said::default()
            };
            return draw(colleague, &office, typed, said).await;
        }
    };
    match office::office::change(&app.db, &permit, typed.version, &typed.name, &settings).await {
        Ok(()) => see_other("/desk/madoguchi?ok=save"),
        Err(Error::ChangedMeanwhile) => {
            let office = match office_of(colleague).await {
                Ok(office) => office,
                Err(response) => return response,
            };
            let theirs = differences(&typed, &Typed::of(&office));
            // Saving again from here means: mine, after having seen theirs.
            let typed = Typed {
                version: office.version,
                ..typed
            };
            let said = Said {
                theirs,
                status: StatusCode::CONFLICT,
                ..Said::default()
            };
            draw(colleague, &office, typed, said).await
        }
        Err(error @ Error::Invalid { .. }) => {
            let said = Said {
                mistakes: vec![mistake(error)],
                status: StatusCode::UNPROCESSABLE_ENTITY,
                ..Said::default()
            };
            draw(colleague, &office, typed, said).await
        }
        Err(error) => colleague.trouble(error).await,
    }
}

async fn set_pause(
    colleague: &Colleague,
    office: Office,
    typed: Typed,
    pause: Option<Pause>,
    then: &str,
) -> Response {
    let set = async {
        let permit = access::permit(&colleague.session, Action::PauseLetters, "").await?;
        office::office::pause(&colleague.app().db, &permit, pause).await
    };
    match set.await {
        Ok(()) => see_other(then),
        Err(error @ Error::Invalid { .. }) => {
            let said = Said {
                mistakes: vec![mistake(error)],
                status: StatusCode::UNPROCESSABLE_ENTITY,
                ..Said::default()
            };
            draw(colleague, &office, typed, said).await
        }
        Err(Error::ChangedMeanwhile) => {
            let said = Said {
                mistakes: vec![Mistake::at("yasumi", Error::ChangedMeanwhile.to_string())],
                status: StatusCode::CONFLICT,
                ..Said::default()
            };
            draw(colleague, &office, typed, said).await
        }
        Err(error) => colleague.trouble(error).await,
    }
}
