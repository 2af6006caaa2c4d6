//! A programme as the form brings it, and the form of a programme that stands.

use community::Error;
use community::feel::{Feel, Known, Trait};
use community::programme::{AfterBooking, Details, Draft, ForWhom, Kind, PlaceShown, RunBy};
use community::recurrence::{Rule, Spoken};
use directory::Directory;

use crate::{Form, desk::case, parts::Mistake};

use super::chosen_hosts;

/// The name of a trait's field.
pub(super) fn trait_field(one: Trait) -> String {
    format!("t_{}", one.code())
}

/// What was typed as a draft, or every mistake that the form can name at once.
pub(super) fn draft(directory: &Directory, form: &Form) -> Result<Draft, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut missed = |field: &'static str, text: &str| mistakes.push(Mistake::at(field, text));
    let kind = Kind::from_code(form.text("kind"));
    if kind.is_none() {
        missed("kind", "どんな場かを選んでください。");
    }
    let for_whom = ForWhom::from_code(form.text("for_whom"));
    if for_whom.is_none() {
        missed("for_whom", "だれのための場かを選んでください。");
    }
    let municipality = match case::town(directory, &form.line("municipality")) {
        Ok(found) => found,
        Err(error) => {
            missed("municipality", &error.to_string());
            None
        }
    };
    let mut number = |field: &'static str| {
        if let Ok(number) = whole(&form.line(field)) {
            number
        } else {
            missed(field, "数字で入れてください。");
            None
        }
    };
    let capacity = number("capacity");
    let (people_from, people_to) = (number("people_from"), number("people_to"));
    let rule = match rule(form) {
        Ok(rule) => rule,
        Err(Error::Invalid { field, sentence }) => {
            missed(field, &sentence);
            None
        }
        Err(_) => None,
    };
    let (Some(kind), Some(for_whom)) = (kind, for_whom) else {
        return Err(mistakes);
    };
    let draft = Draft {
        kind,
        for_whom,
        run_by: RunBy::from_code(form.text("run_by")).unwrap_or(RunBy::Office),
        municipality,
        online: form.has("online", "1"),
        first_time_friendly: form.has("first_time_friendly", "1"),
        walk_in: form.has("walk_in", "1"),
        takes_bookings: form.has("takes_bookings", "1"),
        keeps_waiting_list: form.has("keeps_waiting_list", "1"),
        capacity,
        details: details(form, people_from, people_to),
        after_booking: AfterBooking {
            place: words(form, "after_place"),
            link: form.line("link"),
            words: words(form, "after_words"),
        },
        rule,
        hosts: chosen_hosts(form),
    };
    // The room's first sentence, unless its field has one already.
    if let Err(Error::Invalid { field, sentence }) = draft.check()
        && !mistakes.iter().any(|one| one.field == field)
    {
        mistakes.push(Mistake::at(field, sentence));
    }
    if mistakes.is_empty() {
        Ok(draft)
    } else {
        Err(mistakes)
    }
}

/// A number as people type it, also 「１２人」; nothing is no number.
pub(super) fn whole(text: &str) -> Result<Option<u32>, ()> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = crate::desk::days::whole_number(text).ok_or(())?;
    u32::try_from(number).map(Some).map_err(|_| ())
}

fn words(form: &Form, field: &str) -> String {
    form.text(field).trim().to_owned()
}

fn rule(form: &Form) -> Result<Option<Rule>, Error> {
    if form.text("kurikaeshi").is_empty() {
        return Ok(None);
    }
    let all = |name: &'static str| form.all(name).map(str::to_owned).collect();
    Spoken::read(all).rule().map(Some)
}

fn details(form: &Form, people_from: Option<u32>, people_to: Option<u32>) -> Details {
    let looked_at = |one: &Trait| {
        let known = Known::from_code(form.text(&trait_field(*one)))?;
        (known != Known::Unknown).then_some((*one, known))
    };
    Details {
        title: form.line("title"),
        about: words(form, "about"),
        run_by_name: form.line("run_by_name"),
        ages: form.line("ages"),
        place_shown: PlaceShown::from_code(form.text("place_shown")).unwrap_or_default(),
        place_name: form.line("place_name"),
        address: form.line("address"),
        station: form.line("station"),
        way_in: words(form, "way_in"),
        cost: form.line("cost"),
        contact: form.line("contact"),
        url: form.line("url"),
        feel: Feel {
            people_from,
            people_to,
            traits: Trait::ALL.iter().filter_map(looked_at).collect(),
            sounds: form.line("sounds"),
            light: form.line("light"),
            smell: form.line("smell"),
            what_people_do: words(form, "what_people_do"),
        },
    }
}

/// The fields of a programme that stands, as the form shows them and sends them back.
pub(super) fn form_of(directory: &Directory, draft: &Draft) -> Form {
    let details = &draft.details;
    let number = |number: Option<u32>| number.map(|one| one.to_string()).unwrap_or_default();
    let town = draft
        .municipality
        .and_then(|code| directory.municipality(code))
        .map(|found| found.full_name(directory.municipalities()))
        .unwrap_or_default();
    let feel = &details.feel;
    let mut pairs: Vec<(String, String)> = [
        ("kind", draft.kind.code()),
        ("for_whom", draft.for_whom.code()),
        ("run_by", draft.run_by.code()),
        ("municipality", &town),
        ("title", &details.title),
        ("about", &details.about),
        ("run_by_name", &details.run_by_name),
        ("ages", &details.ages),
        ("place_shown", details.place_shown.code()),
        ("place_name", &details.place_name),
        ("address", &details.address),
        ("station", &details.station),
        ("way_in", &details.way_in),
        ("cost", &details.cost),
        ("contact", &details.contact),
        ("url", &details.url),
        ("sounds", &feel.sounds),
        ("light", &feel.light),
        ("smell", &feel.smell),
        ("what_people_do", &feel.what_people_do),
        ("after_place", &draft.after_booking.place),
        ("link", &draft.after_booking.link),
        ("after_words", &draft.after_booking.words),
        ("capacity", &number(draft.capacity)),
        ("people_from", &number(feel.people_from)),
        ("people_to", &number(feel.people_to)),
    ]
    .into_iter()
    .map(|(name, value): (&str, &str)| (name.to_owned(), value.to_owned()))
    .collect();
    let ticks = [
        ("online", draft.online),
        ("first_time_friendly", draft.first_time_friendly),
        ("walk_in", draft.walk_in),
        ("takes_bookings", draft.takes_bookings),
        ("keeps_waiting_list", draft.keeps_waiting_list),
    ];
    let ticked = ticks.into_iter().filter(|(_, on)| *on);
    pairs.extend(ticked.map(|(name, _)| (name.to_owned(), "1".to_owned())));
    let traits = feel.traits.iter();
    pairs.extend(traits.map(|(one, known)| (trait_field(*one), known.code().to_owned())));
    let hosts = draft.hosts.iter();
    pairs.extend(hosts.map(|host| ("hosts".to_owned(), host.to_string())));
    if let Some(rule) = &draft.rule {
        pairs.extend(rule_fields(&Spoken::of(rule)));
    }
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    Form::from_pairs(pairs)
}

fn rule_fields(spoken: &Spoken) -> Vec<(String, String)> {
    let plain = [
        ("kurikaeshi", &spoken.each),
        ("nanshuu", &spoken.every),
        ("nichi", &spoken.days),
        ("tsuki", &spoken.month),
        ("hajime", &spoken.from),
        ("owari", &spoken.until),
        ("kaisuu", &spoken.count),
        ("jikoku", &spoken.starts),
        ("made", &spoken.ends),
    ];
    let mut fields: Vec<(String, String)> = plain
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
    let mut add = |name: &str, value: &str| fields.push((name.to_owned(), value.to_owned()));
    for day in &spoken.weekdays {
        add("youbi", day);
    }
    for nth in &spoken.nth {
        add("dai", nth);
    }
    for (name, on) in [
        ("shukujitsu", spoken.skip_holidays),
        ("heikan", spoken.skip_closing_days),
    ] {
        if on {
            add(name, "yasumu");
        }
    }
    add("yasumu_hi", &spoken.left_out);
    add("fueru_hi", &spoken.extra);
    fields
}

/// What the fields are called, for saying what somebody else has changed meanwhile.
const CALLED: [(&str, &str); 40] = [
    ("kind", "どんな場"),
    ("for_whom", "だれのため"),
    ("run_by", "だれが開くか"),
    ("run_by_name", "開いている団体"),
    ("title", "名前"),
    ("about", "説明"),
    ("ages", "年齢"),
    ("municipality", "市区町村"),
    ("online", "家からの参加"),
    ("place_shown", "場所ののせ方"),
    ("place_name", "建物の名前"),
    ("address", "住所"),
    ("station", "最寄りの駅・バス停"),
    ("way_in", "入口から席まで"),
    ("cost", "費用"),
    ("contact", "たずねる先"),
    ("url", "ホームページ"),
    ("people_from", "来る人の数"),
    ("people_to", "来る人の数（多くて）"),
    ("sounds", "音"),
    ("light", "明るさ"),
    ("smell", "におい"),
    ("what_people_do", "すごし方"),
    ("after_place", "予約した人に伝える場所"),
    ("link", "オンラインの入口"),
    ("after_words", "当日のこと"),
    ("capacity", "定員"),
    ("walk_in", "予約なし"),
    ("takes_bookings", "予約"),
    ("keeps_waiting_list", "空きを待つ"),
    ("first_time_friendly", "はじめての人"),
    ("kurikaeshi", "くり返し"),
    ("youbi", "曜日"),
    ("dai", "第何"),
    ("hajime", "はじめの日"),
    ("owari", "おわりの日"),
    ("jikoku", "始まりの時刻"),
    ("made", "終わりの時刻"),
    ("yasumu_hi", "休む日"),
    ("fueru_hi", "加える日"),
];

/// What stands now in the fields that differ from what was typed: 「名前：水曜の居場所」.
pub(super) fn differences(stands: &Form, typed: &Form) -> Vec<(&'static str, String)> {
    let values = |form: &Form, name: &str| -> Vec<String> {
        let mut all: Vec<String> = form.all(name).map(|one| one.trim().to_owned()).collect();
        all.retain(|one| !one.is_empty());
        all.sort();
        all
    };
    let mut found = Vec::new();
    for (name, called) in CALLED {
        let (now, mine) = (values(stands, name), values(typed, name));
        if now != mine {
            found.push((called, said(name, &now)));
        }
    }
    let traits = Trait::ALL.iter().map(|one| trait_field(*one));
    if traits
        .into_iter()
        .any(|name| known(stands, &name) != known(typed, &name))
    {
        found.push(("感じ", "ちがうところがあります".to_owned()));
    }
    if values(stands, "hosts") != values(typed, "hosts") {
        found.push(("受け持つ人", "ちがうところがあります".to_owned()));
    }
    found
}

fn known(form: &Form, name: &str) -> Known {
    Known::from_code(form.text(name)).unwrap_or_default()
}

/// A value in words: codes are never shown to somebody.
fn said(name: &str, values: &[String]) -> String {
    let one = values.first().map_or("", String::as_str);
    let label = match name {
        "kind" => Kind::from_code(one).map(Kind::label),
        "for_whom" => ForWhom::from_code(one).map(ForWhom::label),
        "run_by" => RunBy::from_code(one).map(RunBy::label),
        "place_shown" => PlaceShown::from_code(one).map(PlaceShown::label),
        "kurikaeshi" | "youbi" | "dai" => Some("ちがう決め方です"),
        _ if one == "1" && values.len() == 1 && TICKS.contains(&name) => Some("はい"),
        _ if one.is_empty() && TICKS.contains(&name) => Some("いいえ"),
        _ if one.is_empty() => Some("（空いています）"),
        _ => None,
    };
    label.map_or_else(|| one.to_owned(), str::to_owned)
}

const TICKS: [&str; 5] = [
    "online",
    "walk_in",
    "takes_bookings",
    "keeps_waiting_list",
    "first_time_friendly",
];
