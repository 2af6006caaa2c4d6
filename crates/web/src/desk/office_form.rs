//! The office page's form: what is typed, the settings it means, and where two people's versions differ.

use jiff::civil::Date;
use office::{Error, Hours, Office, Opening, Pause, Settings};

use crate::{Form, parts::Mistake};

use super::days;

const WEEKDAYS: [&str; 7] = [
    "月曜日",
    "火曜日",
    "水曜日",
    "木曜日",
    "金曜日",
    "土曜日",
    "日曜日",
];

/// One day of the week, as typed.
pub(super) struct DayField {
    pub name: &'static str,
    pub from: String,
    pub to: String,
}

/// The form as typed.
pub(super) struct Typed {
    pub name: String,
    pub week: Vec<DayField>,
    pub closing_days: String,
    pub closed_holidays: bool,
    pub closed_new_year: bool,
    pub promise_days: String,
    pub who_reads: String,
    pub intro: String,
    pub phone: String,
    pub retention_days: String,
    pub version: i64,
    pub pause: PauseTyped,
}

pub(super) struct PauseTyped {
    pub message: String,
    pub other_door: String,
    pub other_url: String,
}

impl Typed {
    pub fn of(office: &Office) -> Self {
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
            phone: settings.phone.clone(),
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

    pub fn read(form: &Form, office: &Office) -> Self {
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
            phone: form.line("phone"),
            retention_days: form.line("retention_days"),
            version: form.line("version").parse().unwrap_or(0),
            pause,
        }
    }

    /// The settings that these fields mean.
    pub fn settings(&self, today: Date, paused: Option<Pause>) -> Result<Settings, Vec<Mistake>> {
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
            phone: self.phone.clone(),
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

pub(super) fn mistake(error: Error) -> Mistake {
    match error {
        Error::Invalid {
            field: "week",
            sentence,
        } => Mistake::at("from0", sentence),
        Error::Invalid { field, sentence } => Mistake::at(field, sentence),
        other => Mistake::at("name", other.to_string()),
    }
}

pub(super) fn differences(mine: &Typed, theirs: &Typed) -> Vec<(&'static str, String)> {
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
    compare("職員用の電話番号", mine.phone.clone(), theirs.phone.clone());
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
