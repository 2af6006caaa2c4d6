//! What somebody typed for a place: a postal code however it is written, the name of a municipality in kanji, kana or
//! Latin letters, with or without its prefecture, even a whole address; or none of these, but words.

use basics::{MunicipalityCode, fold};

use crate::directory::Directory;
use crate::municipality::Municipality;
use crate::postal::PostalError;

/// What the typed words stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypedPlace {
    /// Nothing was typed.
    Nothing,
    /// One place for sure.
    One(MunicipalityCode),
    /// Several: ask which. Sorted by code, at least two.
    Several(Vec<MunicipalityCode>),
    /// A postal code that the table does not hold.
    UnknownPostal,
    /// Digits that are no postal code.
    NotPostal,
    /// Words that are no place by themselves.
    Words {
        /// The places with whose name they begin: 「新潟県 ひきこもり」 begins with 新潟県. May be empty.
        begin_with: Vec<MunicipalityCode>,
    },
}

impl Directory {
    /// Reads what somebody typed for a place.
    pub fn typed_place(&self, typed: &str) -> TypedPlace {
        let typed = typed.trim();
        if fold(typed).is_empty() {
            return TypedPlace::Nothing;
        }
        match self.postal(typed) {
            Ok(codes) => return among(codes),
            Err(PostalError::Unknown(_)) => return TypedPlace::UnknownPostal,
            Err(PostalError::NotSevenDigits) => {}
        }
        // 「〒951-8068 新潟市中央区…」: the seven digits in front decide.
        match typed.find(|c: char| c.is_alphabetic() && !matches!(c, 'ー' | 'ｰ')) {
            None if typed.chars().any(char::is_numeric) => return TypedPlace::NotPostal,
            None => return words(Vec::new()),
            Some(0) => {}
            Some(end) => {
                if let Ok(codes) = self.postal(&typed[..end]) {
                    return among(codes);
                }
            }
        }
        self.by_name(typed)
    }

    fn by_name(&self, typed: &str) -> TypedPlace {
        let all = self.municipalities();
        let word = fold(typed);
        let hits = all.search(typed);
        if hits.is_empty() {
            return self.whole_address(&word);
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
        among(
            chosen
                .iter()
                .filter(|m| !m.parent.is_some_and(is_there))
                .map(|m| m.code)
                .collect(),
        )
    }

    /// 「新潟県新潟市中央区西堀通」: the longest name with which the text begins.
    fn whole_address(&self, word: &str) -> TypedPlace {
        let all = self.municipalities();
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
        // What follows decides: a street leads on to the place, 「新潟県 ひきこもり」 asks for windows.
        let rest = word.get(longest..).unwrap_or_default();
        let street = rest.is_empty()
            || rest.chars().any(char::is_numeric)
            || rest.ends_with(['町', '通', '丁', '目', '区']);
        if street && !found.is_empty() {
            among(found)
        } else {
            words(found)
        }
    }
}

fn among(mut codes: Vec<MunicipalityCode>) -> TypedPlace {
    codes.sort_unstable();
    codes.dedup();
    match codes.as_slice() {
        [] => words(codes),
        [one] => TypedPlace::One(*one),
        _ => TypedPlace::Several(codes),
    }
}

fn words(begin_with: Vec<MunicipalityCode>) -> TypedPlace {
    TypedPlace::Words { begin_with }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(code: &str) -> TypedPlace {
        TypedPlace::One(MunicipalityCode::parse(code).unwrap())
    }

    #[test]
    fn a_place_is_found_however_it_is_written() {
        let directory = Directory::load();
        for (typed, expected) in [
            ("", TypedPlace::Nothing),
            (" 　", TypedPlace::Nothing),
            ("〒９５１－８０６８", one("15103")),
            ("951-8068 新潟市中央区", one("15103")),
            ("みどり市", one("10212")),
            ("midori-shi", one("10212")),
            ("みどりし", one("10212")),
            ("新潟県新潟市中央区西堀通", one("15103")),
            ("新潟県 新潟市", one("15100")),
            ("横浜市", one("14100")),
            ("世田谷", one("13112")),
            ("沖縄県", one("47000")),
            ("おきなわけん", one("47000")),
            ("000-0000", TypedPlace::UnknownPostal),
            ("12345", TypedPlace::NotPostal),
        ] {
            assert_eq!(directory.typed_place(typed), expected, "{typed}");
        }
        for typed in ["府中市", "新潟", "北区", "横浜", "midori"] {
            assert!(
                matches!(directory.typed_place(typed), TypedPlace::Several(codes) if codes.len() > 1),
                "{typed}"
            );
        }
        for typed in ["ひきこもり", "ゆめのしま国", "〒", "<script>"] {
            assert_eq!(directory.typed_place(typed), words(Vec::new()), "{typed}");
        }
        let with_place = directory.typed_place("新潟県 ひきこもり");
        assert_eq!(
            with_place,
            words(vec![MunicipalityCode::parse("15000").unwrap()])
        );
    }
}
