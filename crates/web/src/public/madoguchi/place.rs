//! What somebody typed: a postal code, the name of a place, or free words.

use basics::{MunicipalityCode, fold};
use directory::{Directory, Municipality, PostalError};

/// More places than these are too many to choose from.
const MOST: usize = 40;

/// What it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// Nothing.
    Nothing,
    /// One place for sure.
    Place(MunicipalityCode),
    /// Places to choose from. They may stand beside windows in which the words occur.
    Places(Vec<MunicipalityCode>),
    /// A postal code that nobody knows.
    UnknownPostal,
    /// Digits that are no postal code.
    NotPostal,
    /// No place: words to look for.
    Words,
}

/// Reads it.
pub(super) fn read(directory: &Directory, typed: &str) -> Typed {
    let typed = typed.trim();
    if fold(typed).is_empty() {
        return Typed::Nothing;
    }
    match directory.postal(typed) {
        Ok(codes) => return places(codes),
        Err(PostalError::Unknown(_)) => return Typed::UnknownPostal,
        Err(PostalError::NotSevenDigits) => {}
    }
    // 「〒951-8068 新潟市中央区…」: the seven digits in front decide.
    let letters = typed.find(|c: char| c.is_alphabetic() && !matches!(c, 'ー' | 'ｰ'));
    match letters {
        None if typed.chars().any(char::is_numeric) => return Typed::NotPostal,
        None => return Typed::Words,
        Some(0) => {}
        Some(end) => {
            if let Ok(codes) = directory.postal(&typed[..end]) {
                return places(codes);
            }
        }
    }
    by_name(directory, typed)
}

fn places(mut codes: Vec<MunicipalityCode>) -> Typed {
    codes.sort_unstable();
    codes.dedup();
    match codes.as_slice() {
        [] => Typed::Words,
        [one] => Typed::Place(*one),
        many if many.len() > MOST => Typed::Words,
        _ => Typed::Places(codes),
    }
}

fn by_name(directory: &Directory, typed: &str) -> Typed {
    let all = directory.municipalities();
    let word = fold(typed);
    let hits = all.search(typed);
    if hits.is_empty() {
        return whole_address(directory, &word);
    }
    let names = |m: &Municipality| {
        [
            fold(m.name),
            fold(m.kana),
            fold(m.romaji),
            fold(&m.full_name(all)),
        ]
    };
    let exactly: Vec<&Municipality> = hits
        .iter()
        .copied()
        .filter(|m| names(m).contains(&word))
        .collect();
    // 「北区」 is the whole name of one ward and the end of many.
    let full = word.ends_with(['市', '区', '町', '村', '県', '府', '都', '道']);
    let ending: Vec<&Municipality> = hits
        .iter()
        .copied()
        .filter(|m| fold(m.name).ends_with(&word))
        .collect();
    let chosen = match (full && !ending.is_empty(), exactly.is_empty()) {
        (true, _) => ending,
        (false, false) => exactly,
        (false, true) => hits,
    };
    // A city stands for its wards.
    let is_there =
        |code: MunicipalityCode| !code.is_prefecture() && chosen.iter().any(|m| m.code == code);
    places(
        chosen
            .iter()
            .filter(|m| !m.parent.is_some_and(is_there))
            .map(|m| m.code)
            .collect(),
    )
}

/// 「新潟県新潟市中央区西堀通」: the longest name with which the text begins.
fn whole_address(directory: &Directory, word: &str) -> Typed {
    let all = directory.municipalities();
    let mut longest = 0;
    let mut found: Vec<MunicipalityCode> = Vec::new();
    for place in all.all() {
        let prefecture = all.name(place.code.prefecture());
        let written = [
            place.name.to_owned(),
            format!("{}{}", place.county, place.name),
            format!("{prefecture}{}", place.name),
            place.full_name(all),
        ];
        for name in written.iter().map(|name| fold(name)) {
            if name.chars().count() < 2 || !word.starts_with(&name) || name.len() < longest {
                continue;
            }
            if name.len() > longest {
                longest = name.len();
                found.clear();
            }
            if !found.contains(&place.code) {
                found.push(place.code);
            }
        }
    }
    // Only a whole address leads on; 「新潟県 ひきこもり」 asks for windows.
    let rest: String = word
        .chars()
        .skip_while({
            let mut left = longest;
            move |c| {
                let inside = left > 0;
                left = left.saturating_sub(c.len_utf8());
                inside
            }
        })
        .collect();
    let looks_like_a_street = rest.chars().any(char::is_numeric)
        || rest.is_empty()
        || rest.ends_with(['町', '通', '丁', '目', '区']);
    if looks_like_a_street {
        places(found)
    } else {
        Typed::Words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(code: &str) -> MunicipalityCode {
        MunicipalityCode::parse(code).unwrap()
    }

    #[test]
    fn a_place_is_found_however_it_is_written() {
        let directory = Directory::load();
        for (typed, expected) in [
            ("", Typed::Nothing),
            (" 　", Typed::Nothing),
            ("〒９５１－８０６８", Typed::Place(code("15103"))),
            ("951-8068 新潟市中央区", Typed::Place(code("15103"))),
            ("みどり市", Typed::Place(code("10212"))),
            ("midori-shi", Typed::Place(code("10212"))),
            ("みどりし", Typed::Place(code("10212"))),
            ("新潟県新潟市中央区西堀通", Typed::Place(code("15103"))),
            ("新潟県 新潟市", Typed::Place(code("15100"))),
            ("沖縄県", Typed::Place(code("47000"))),
            ("おきなわけん", Typed::Place(code("47000"))),
            ("000-0000", Typed::UnknownPostal),
            ("12345", Typed::NotPostal),
            ("ひきこもり", Typed::Words),
            ("新潟県 ひきこもり", Typed::Words),
            ("ゆめのしま国", Typed::Words),
            ("〒", Typed::Words),
        ] {
            assert_eq!(read(&directory, typed), expected, "{typed}");
        }
        for typed in ["府中市", "新潟", "北区", "横浜", "midori"] {
            assert!(
                matches!(read(&directory, typed), Typed::Places(codes) if codes.len() > 1),
                "{typed}"
            );
        }
    }
}
