//! Small things that are typed on these pages: a birth, a town, a time of day, one of the people.

use basics::{MunicipalityCode, PersonId};
use casework::{Error, PartialDay, Person};
use directory::{Directory, Municipality};
use jiff::civil::{Date, Time};

use crate::parts::Choice;

/// A year, or a whole day, of birth.
pub(super) fn birth(text: &str) -> Result<(Option<i16>, Option<Date>), Error> {
    let day = PartialDay::parse("birth", text)?;
    Ok(match day {
        Some(day) => (Some(day.year()), day.code().parse().ok()),
        None => (None, None),
    })
}

/// A town by its name. A name that occurs twice needs its prefecture.
pub(in crate::desk) fn town(
    directory: &Directory,
    text: &str,
) -> Result<Option<MunicipalityCode>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let all = directory.municipalities();
    let folded = basics::fold(text);
    // As this very page writes it: with its prefecture.
    let mut whole = all.all().iter();
    if let Some(one) = whole.find(|one| basics::fold(&one.full_name(all)) == folded) {
        return Ok(Some(one.code));
    }
    let found = all.search(text);
    let named = |one: &&&Municipality| basics::fold(one.name) == folded;
    let exact: Vec<&Municipality> = found.iter().filter(named).copied().collect();
    match (exact.as_slice(), found.as_slice()) {
        ([one], _) | ([], [one]) => Ok(Some(one.code)),
        ([], []) => Err(Error::invalid(
            "town",
            "この市区町村は見つかりませんでした。「新潟市」のように書いてください。",
        )),
        (_, many) => {
            let several: Vec<String> = many.iter().take(4).map(|one| one.full_name(all)).collect();
            Err(Error::invalid(
                "town",
                format!(
                    "いくつかあります。{} のように、都道府県から書いてください。",
                    several.join("、")
                ),
            ))
        }
    }
}

/// A time of day; blank is none.
pub(super) fn time(field: &'static str, text: &str) -> Result<Option<Time>, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let plain = basics::fold(text).replace('時', ":").replace('分', "");
    let whole = plain
        .strip_suffix(':')
        .map_or(plain.clone(), |hour| format!("{hour}:00"));
    let padded = match whole.split_once(':') {
        Some((hour, minute)) => format!("{hour:0>2}:{minute:0>2}"),
        None => format!("{whole:0>2}:00"),
    };
    padded
        .parse()
        .map(Some)
        .map_err(|_| Error::invalid(field, "時刻は「21:00」のように書いてください。"))
}

/// The people as choices.
pub(super) fn people(people: &[Person], chosen: &str) -> Vec<Choice> {
    people
        .iter()
        .map(|one| {
            let id = one.id.to_string();
            Choice::new(id.clone(), one.label()).chosen(id == chosen)
        })
        .collect()
}

/// One of the people, as a form sends them; an empty choice is nobody.
pub(super) fn person(text: &str) -> Option<PersonId> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        for (typed, wanted) in [
            ("21:00", "21:00"),
            ("9:30", "09:30"),
            ("２１時", "21:00"),
            ("9時5分", "09:05"),
        ] {
            let read = time("from", typed).unwrap().unwrap();
            assert_eq!(read.strftime("%H:%M").to_string(), wanted);
        }
        assert!(time("from", "夜").is_err() && time("from", "25:00").is_err());
        assert!(time("from", " ").unwrap().is_none());
    }

    #[test]
    fn a_town_is_found_by_its_name_and_twins_need_their_prefecture() {
        let directory = Directory::load();
        assert!(town(&directory, "").unwrap().is_none());
        assert!(town(&directory, "府中市").is_err());
        assert!(town(&directory, "東京都府中市").unwrap().is_some());
        assert!(town(&directory, "新潟市").unwrap().is_some());
        assert!(town(&directory, "どこでもない町").is_err());
    }
}
