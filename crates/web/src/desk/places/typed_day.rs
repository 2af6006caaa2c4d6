//! One day as a form brings it: a day added by hand, or what a day is changed to.

use basics::time::to_jst;
use community::gathering::{Day, Gathering};
use jiff::civil::{Date, Time};

use crate::{Form, desk::days, parts::Mistake};

use super::{chosen_hosts, typed::whole};

/// What was typed, or everything that is not right.
pub(super) fn day(form: &Form, today: Date) -> Result<Day, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut missed = |field: &'static str, text: &str| mistakes.push(Mistake::at(field, text));
    let day = days::read_day(&form.line("day"), today);
    if day.is_none() {
        missed("day", "日にちを入れてください。");
    }
    let from = days::read_time(&form.line("from"));
    if from.is_none() {
        missed("from", "始まりの時刻を入れてください。");
    }
    let until = match form.line("until").as_str() {
        "24:00" => Some(24 * 60),
        text => days::read_time(text).map(minutes),
    };
    if until.is_none() {
        missed("until", "終わりの時刻を入れてください。");
    }
    let capacity = whole(&form.line("capacity")).unwrap_or_else(|()| {
        missed("capacity", "数字で入れてください。");
        None
    });
    let (Some(day), Some(from), Some(until)) = (day, from, until) else {
        return Err(mistakes);
    };
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    Ok(Day {
        day,
        from,
        // An end before the beginning is no length; the room says so.
        minutes: u32::try_from(until - minutes(from)).unwrap_or(0),
        capacity,
        words: form.line("words"),
        hosts: chosen_hosts(form),
    })
}

fn minutes(time: Time) -> i32 {
    i32::from(time.hour()) * 60 + i32::from(time.minute())
}

/// The day as it stands.
pub(super) fn stands(gathering: &Gathering, hosts: &[basics::StaffId]) -> Day {
    let mut hosts = hosts.to_vec();
    hosts.sort_unstable();
    let length = gathering.ends_at.duration_since(gathering.starts_at);
    Day {
        day: gathering.day,
        from: to_jst(gathering.starts_at).time(),
        minutes: u32::try_from(length.as_mins()).unwrap_or(0),
        capacity: gathering.own_capacity,
        words: gathering.words.clone(),
        hosts,
    }
}

/// The form of a day.
pub(super) fn form_of(day: &Day) -> Form {
    let end = minutes(day.from) + i32::try_from(day.minutes).unwrap_or(0);
    let number = |number: Option<u32>| number.map(|one| one.to_string()).unwrap_or_default();
    let mut pairs = vec![
        ("day", day.day.to_string()),
        ("from", days::time_field(day.from)),
        ("until", format!("{:02}:{:02}", end / 60, end % 60)),
        ("capacity", number(day.capacity)),
        ("words", day.words.clone()),
    ];
    pairs.extend(day.hosts.iter().map(|host| ("hosts", host.to_string())));
    Form::from_pairs(pairs.iter().map(|(name, value)| (*name, value.as_str())))
}
