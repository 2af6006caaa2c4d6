//! `/desk/madoguchi`: opening hours, closing days, the promise, the texts for the public, and the pause.

use askama::Template;
use axum::{Router, extract::RawQuery, http::StatusCode, response::Response, routing::get};
use jiff::civil::Date;
use office::{
    Error, Hours, Office, Opening, Pause, Settings,
    access::{self, Action},
    calendar::{OpenNow, week_text},
};

use crate::{App, Form, Page, page::see_other, parts::Mistake, show_with};

use super::{
    colleague::{Colleague, Me, Sent},
    days,
};

const WEEKDAYS: [&str; 7] = [
    "月曜日",
    "火曜日",
    "水曜日",
    "木曜日",
    "金曜日",
    "土曜日",
    "日曜日",
];

/// The door.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/desk/madoguchi", get(look).post(act))
}

/// One day of the week, as typed.
struct DayField {
    name: &'static str,
    from: String,
    to: String,
}

/// The form as typed.
struct Typed {
    name: String,
    week: Vec<DayField>,
    closing_days: String,
    closed_holidays: bool,
    closed_new_year: bool,
    promise_days: String,
    who_reads: String,
    intro: String,
    retention_days: String,
    version: i64,
    pause: PauseTyped,
}

struct PauseTyped {
    message: String,
    other_door: String,
    other_url: String,
}

impl Typed {
    fn of(office: &Office) -> Self {
        let settings = &office.settings;
        let opening = &settings.opening;
        let day = |(name, hours): (&'static str, &Option<Hours>)| DayField {
            name,
            from: hours
                .map(|hours| days::time_field(hours.from))
                .unwrap_or_default(),
            to: hours
                .map(|hours| days::time_field(hours.to))
                .unwrap_or_default(),
        };
        let pause = settings.paused.clone();
        Self {
            name: office.name.clone(),
            week: WEEKDAYS.into_iter().zip(&opening.week).map(day).collect(),
            closing_days: opening
                .closing_days
                .iter()
                .map(Date::to_string)
                .collect::<Vec<_>>()
                .join("\n"),
            closed_holidays: opening.closed_holidays,
            closed_new_year: opening.closed_new_year,
            promise_days: settings.promise_days.to_string(),
            who_reads: settings.who_reads.clone(),
            intro: settings.intro.clone(),
            retention_days: settings.retention_days.to_string(),
            version: office.version,
            pause: PauseTyped {
                message: pause
                    .as_ref()
                    .map(|p| p.message.clone())
                    .unwrap_or_default(),
                other_door: pause
                    .as_ref()
                    .map(|p| p.other_door.clone())
                    .unwrap_or_default(),
                other_url: pause.map(|p| p.other_url).unwrap_or_default(),
            },
        }
    }

    fn read(form: &Form, office: &Office) -> Self {
        // The pause has a form of its own beside the settings; what one does not send stays as it is.
        let known = Self::of(office);
        let text = |name: &str, known: String| form.get(name).map_or(known, str::to_owned);
        let pause = PauseTyped {
            message: text("pause_message", known.pause.message),
            other_door: text("pause_other_door", known.pause.other_door),
            other_url: text("pause_other_url", known.pause.other_url),
        };
        if form.get("name").is_none() {
            return Self {
                pause,
                ..Self::of(office)
            };
        }
        let day = |(at, name): (usize, &'static str)| DayField {
            name,
            from: form.line(&format!("from{at}")),
            to: form.line(&format!("to{at}")),
        };
        Self {
            name: form.line("name"),
            week: WEEKDAYS.into_iter().enumerate().map(day).collect(),
            closing_days: form.text("closing_days").to_owned(),
            closed_holidays: form.flag("closed_holidays"),
            closed_new_year: form.flag("closed_new_year"),
            promise_days: form.line("promise_days"),
            who_reads: form.text("who_reads").trim().to_owned(),
            intro: form.text("intro").trim().to_owned(),
            retention_days: form.line("retention_days"),
            version: form.line("version").parse().unwrap_or(0),
            pause,
        }
    }

    /// The settings that these fields mean.
    fn settings(&self, today: Date, paused: Option<Pause>) -> Result<Settings, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let mut week = [None; 7];
        for (at, day) in self.week.iter().enumerate() {
            match hours(day) {
                Ok(hours) => week[at] = hours,
                Err(text) => mistakes.push(Mistake::at(format!("from{at}"), text)),
            }
        }
        let mut closing_days = Vec::new();
        for line in self
            .closing_days
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            match days::read_day(line, today) {
                Some(day) => closing_days.push(day),
                None => mistakes.push(Mistake::at(
                    "closing_days",
                    format!("「{line}」を日付として読めませんでした。1行に1日ずつ書いてください。"),
                )),
            }
        }
        let mut number = |field: &'static str, text: &str| {
            text.parse::<u32>().unwrap_or_else(|_| {
                mistakes.push(Mistake::at(field, "数字で書いてください。"));
                0
            })
        };
        let promise_days = number("promise_days", &self.promise_days);
        let retention_days = number("retention_days", &self.retention_days);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let opening = Opening {
            week,
            closing_days,
            closed_new_year: self.closed_new_year,
            closed_holidays: self.closed_holidays,
        };
        let (who_reads, intro) = (self.who_reads.clone(), self.intro.clone());
        let settings = Settings {
            opening,
            promise_days,
            who_reads,
            intro,
            paused,
            retention_days,
        };
        match settings.check() {
            Ok(()) => Ok(settings),
            Err(error) => Err(vec![mistake(error)]),
        }
    }
}

fn hours(day: &DayField) -> Result<Option<Hours>, String> {
    match (day.from.as_str(), day.to.as_str()) {
        ("", "") => Ok(None),
        (from, to) => match (days::read_time(from), days::read_time(to)) {
            (Some(from), Some(to)) if from < to => Ok(Some(Hours { from, to })),
            (Some(_), Some(_)) => Err(format!(
                "{}は、開く時刻を閉じる時刻より前にしてください。",
                day.name
            )),
            _ => Err(format!(
                "{}の時刻を「8:30」のように書いてください。休みの日は、どちらも空にします。",
                day.name
            )),
        },
    }
}

fn mistake(error: Error) -> Mistake {
    match error {
        Error::Invalid {
            field: "week",
            sentence,
        } => Mistake::at("from0", sentence),
        Error::Invalid { field, sentence } => Mistake::at(field, sentence),
        other => Mistake::at("name", other.to_string()),
    }
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
    let page = OfficePage {
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

fn differences(mine: &Typed, theirs: &Typed) -> Vec<(&'static str, String)> {
    let yes = |yes: bool| if yes { "はい" } else { "いいえ" }.to_owned();
    let mut found = Vec::new();
    let mut compare = |what: &'static str, mine: String, theirs: String| {
        if mine != theirs {
            found.push((
                what,
                if theirs.is_empty() {
                    "（空）".to_owned()
                } else {
                    theirs
                },
            ));
        }
    };
    compare("窓口の名前", mine.name.clone(), theirs.name.clone());
    for (mine, theirs) in mine.week.iter().zip(&theirs.week) {
        compare(
            theirs.name,
            format!("{}〜{}", mine.from, mine.to),
            format!("{}〜{}", theirs.from, theirs.to),
        );
    }
    compare(
        "休みの日",
        mine.closing_days.clone(),
        theirs.closing_days.clone(),
    );
    compare(
        "祝日は休む",
        yes(mine.closed_holidays),
        yes(theirs.closed_holidays),
    );
    compare(
        "年末年始は休む",
        yes(mine.closed_new_year),
        yes(theirs.closed_new_year),
    );
    compare(
        "返事の約束（日）",
        mine.promise_days.clone(),
        theirs.promise_days.clone(),
    );
    compare(
        "だれが読むか",
        mine.who_reads.clone(),
        theirs.who_reads.clone(),
    );
    compare("はじめの文", mine.intro.clone(), theirs.intro.clone());
    compare(
        "残す日数",
        mine.retention_days.clone(),
        theirs.retention_days.clone(),
    );
    if found.is_empty() {
        found.push(("手紙の受け付け", "休みの設定が変わりました".to_owned()));
    }
    found
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
