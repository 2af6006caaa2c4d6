//! What the quick log's form says, and what it is as a contact with its notes.

use basics::PersonId;
use basics::time::{jst, to_jst};
use casework::contact::{Channel, Direction, NewContact, Outcome, Party};
use casework::note::{Block, BlockKind, MayShare, State};
use casework::quick_log::{LogForm, QuickLog, With};
use casework::{AgeBand, Gender, Identity, NewPerson, Part, Relationship};
use jiff::civil::{Date, DateTime, Time};
use jiff::{Timestamp, ToSpan as _, Zoned};

use crate::{
    Form,
    desk::{case::despite, days},
    parts::Mistake,
};

/// The paragraphs of the form, in order; the first holds what was heard.
pub(super) const BLOCKS: [&str; 3] = ["b1", "b2", "b3"];

/// How a person stands in a field: 「p123」.
pub(super) fn person_code(id: PersonId) -> String {
    format!("p{id}")
}

pub(super) fn person_of(code: &str) -> Option<PersonId> {
    code.strip_prefix('p')?.parse().ok()
}

/// A form as one line of text, for the draft; without the session's token and the button.
pub(super) fn to_text(form: &Form) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(
            form.iter()
                .filter(|(name, _)| *name != crate::csrf::FIELD && *name != "act"),
        )
        .finish()
}

/// Back from the text.
pub(super) fn from_text(text: &str) -> Form {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect();
    Form::from_pairs(
        pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    )
}

/// Whether somebody typed anything; rows that were only clicked through are not worth a word.
pub(super) fn says_something(form: &Form) -> bool {
    BLOCKS
        .iter()
        .chain(["shokuin", "yobina", "minutes", "next"].iter())
        .any(|name| !form.text(name).trim().is_empty())
}

/// Reads the form. All mistakes at once, each at its field.
pub(super) fn read(
    form: &Form,
    asked: &LogForm,
    now: &Zoned,
    state: State,
) -> Result<QuickLog, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut miss = |field: &str, text: &str| mistakes.push(Mistake::at(field, text));
    let channel = Channel::from_code(form.text("channel"));
    let direction = Direction::from_code(form.text("direction"));
    let result = Outcome::from_code(form.text("result"));
    let with = with_of(form);
    if channel.is_none() {
        miss("channel", "手段をえらんでください。");
    }
    if direction.is_none() {
        miss(
            "direction",
            "「受けた」か「こちらから」かをえらんでください。",
        );
    }
    if with.is_none() {
        miss(
            "who",
            "相手をえらんでください。会えなかったときは、会おうとした相手です。",
        );
    }
    if result.is_none() {
        miss(
            "result",
            "どうだったかをえらんでください。「不在」や「応答なし」も記録になります。",
        );
    }
    if form.text("who") == "new" && Relationship::from_code(form.text("tsuzukigara")).is_none() {
        miss(
            "tsuzukigara",
            "新しい人が、本人の何にあたるかをえらんでください。",
        );
    }
    let at = moment(&form.line("day"), &form.line("time"), now);
    if at.is_none() {
        miss(
            "day",
            "日付は「11/24」、時刻は「10:30」のように入れてください。",
        );
    }
    let minutes = number(&form.line("minutes"));
    if minutes.is_err() {
        miss("minutes", "かかった時間は、分の数字だけで入れてください。");
    }
    let next = match form.line("next") {
        empty if empty.is_empty() => Ok(None),
        typed => days::read_day(&typed, now.date()).map(Some).ok_or(()),
    };
    if next.is_err() {
        miss("next", "次の日付は「12/8」のように入れてください。");
    }
    let (
        Some(channel),
        Some(direction),
        Some(result),
        Some(with),
        Some(at),
        Ok(minutes),
        Ok(next_on),
        true,
    ) = (
        channel,
        direction,
        result,
        with,
        at,
        minutes,
        next,
        mistakes.is_empty(),
    )
    else {
        return Err(mistakes);
    };
    let about = match form.get("about") {
        None => Some(asked.view.case.principal),
        Some(code) => person_of(code),
    };
    let blocks = BLOCKS
        .iter()
        .enumerate()
        .map(|(n, name)| block(form, asked, &with, about, name, n == 0))
        .collect();
    Ok(QuickLog {
        contact: NewContact {
            at,
            channel,
            direction,
            party: Party::Other,
            people: Vec::new(),
            about,
            minutes,
            result,
            staff: form.all("staff").filter_map(|id| id.parse().ok()).collect(),
            next_on,
        },
        with,
        blocks,
        staff_line: form.text("shokuin").to_owned(),
        state,
        despite: despite::chosen(form),
    })
}

fn with_of(form: &Form) -> Option<With> {
    match form.text("who") {
        "new" => {
            let relationship =
                Relationship::from_code(form.text("tsuzukigara")).unwrap_or(Relationship::Unsaid);
            let part = match relationship {
                Relationship::Agency | Relationship::Acquaintance => Part::Finder,
                Relationship::Unsaid | Relationship::Oneself => Part::Other,
                _ => Part::Family,
            };
            Some(With::New(NewPerson {
                part,
                relationship,
                identity: Identity {
                    nickname: form.line("yobina"),
                    ..Identity::default()
                },
                age_band: AgeBand::Unknown,
                gender: Gender::Unsaid,
                municipality: None,
            }))
        }
        "together" => Some(With::Together(
            form.all("together").filter_map(person_of).collect(),
        )),
        "agency" => Some(With::Agency),
        "nobody" => Some(With::Nobody),
        code => person_of(code).map(With::Person),
    }
}

/// One paragraph. What nobody chose follows from who spoke and about whom.
fn block(
    form: &Form,
    asked: &LogForm,
    with: &With,
    about: Option<PersonId>,
    name: &str,
    heard: bool,
) -> Block {
    let kind_of = |person: PersonId| {
        let choice = asked.voices.iter().find(|voice| voice.person == person);
        choice.map_or(BlockKind::Observation, |voice| voice.kind)
    };
    let (kind, source) = match form.text(&format!("{name}.source")) {
        "staff" => (BlockKind::Observation, None),
        "agency" => (BlockKind::AgencyInformation, None),
        code => match (person_of(code), heard, with) {
            (Some(person), ..) => (kind_of(person), Some(person)),
            (None, true, With::Person(person)) => (kind_of(*person), Some(*person)),
            (None, true, With::New(new)) => (casework::quick_log::kind_of(new.part), None),
            (None, true, With::Agency | With::Nobody) => (BlockKind::AgencyInformation, None),
            (None, true, With::Together(_)) => (BlockKind::FamilyWords, None),
            (None, false, _) => (BlockKind::Observation, None),
        },
    };
    let subject = match form.text(&format!("{name}.subject")) {
        "" => about,
        code => person_of(code),
    };
    Block {
        text: form.text(name).to_owned(),
        kind,
        source,
        subject,
        may_share: MayShare::from_code(form.text(&format!("{name}.share")))
            .unwrap_or(MayShare::Not),
    }
}

/// A day and a time that have been: 「11/20」 is the last such day, not the next.
fn moment(day: &str, time: &str, now: &Zoned) -> Option<Timestamp> {
    let today = now.date();
    let day = match day {
        "" => today,
        typed => past_day(typed, today)?,
    };
    let time = match time {
        "" if day == today => now.time(),
        "" => Time::midnight(),
        typed => days::read_time(typed)?,
    };
    let at = DateTime::from_parts(day, time).to_zoned(jst()).ok()?;
    // The form shows minutes: this very minute is not yet to come.
    let this_minute = at.timestamp() > now.timestamp()
        && to_jst(at.timestamp()).time().minute() == now.time().minute();
    Some(at.timestamp()).map(|at| if this_minute { now.timestamp() } else { at })
}

fn past_day(typed: &str, today: Date) -> Option<Date> {
    let a_year_ago = today.checked_sub(1.year()).ok()?.tomorrow().ok()?;
    days::read_day(typed, a_year_ago)
}

/// A number as people type it; empty is nothing.
fn number(typed: &str) -> Result<Option<i64>, ()> {
    let half: String = typed
        .trim_end_matches('分')
        .chars()
        .map(|c| match c {
            '０'..='９' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            other => other,
        })
        .collect();
    match half.trim() {
        "" => Ok(None),
        digits => digits.parse().map(Some).map_err(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_without_a_year_is_the_last_such_day() {
        let now: Zoned = "2026-11-24T10:30:20+09:00[+09:00]".parse().unwrap();
        let read = |day: &str, time: &str| {
            moment(day, time, &now).map(|at| to_jst(at).datetime().to_string())
        };
        assert_eq!(read("11/20", "14:05").unwrap(), "2026-11-20T14:05:00");
        assert_eq!(read("12/28", "9時").unwrap(), "2025-12-28T09:00:00");
        assert_eq!(read("", "").unwrap(), "2026-11-24T10:30:20");
        assert_eq!(read("11/24", "10:30").unwrap(), "2026-11-24T10:30:00");
        assert_eq!(read("あした", "9時"), None);
    }

    #[test]
    fn numbers_are_read_as_people_type_them() {
        assert_eq!(number("２０分"), Ok(Some(20)));
        assert_eq!(number(" "), Ok(None));
        assert!(number("二十").is_err());
    }
}
