//! The answers to the question where somebody lives, and what to say about them at the field. How a place is read,
//! however it is written, is the directory's ([`Directory::typed_place`]).

use basics::MunicipalityCode;
use directory::{Directory, TypedPlace};

use crate::Form;

/// More places than this are too many to choose from.
const MOST: usize = 30;

/// What some words stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing was written.
    Nothing,
    /// One place.
    One(MunicipalityCode),
    /// Several: which one?
    Several(Vec<MunicipalityCode>),
    /// None that is known; the sentence says what to do.
    Unknown(&'static str),
}

const NO_SUCH_CODE: &str = "その郵便番号は見つかりませんでした。市町村の名前でも大丈夫です。";
const NOT_SEVEN: &str = "郵便番号は7けたの数字です。市町村の名前でも大丈夫です。";
const NO_SUCH_NAME: &str =
    "その名前の市町村は見つかりませんでした。都道府県だけを選んでも大丈夫です。";
const TOO_MANY: &str = "合うところが多くあります。都道府県の名前もいっしょに書いてください。";

/// Reads one field.
pub(super) fn read(directory: &Directory, text: &str) -> Place {
    match directory.typed_place(text) {
        TypedPlace::Nothing => Place::Nothing,
        TypedPlace::One(code) => Place::One(code),
        TypedPlace::UnknownPostal => Place::Unknown(NO_SUCH_CODE),
        TypedPlace::NotPostal => Place::Unknown(NOT_SEVEN),
        // Here only the place counts: 「新潟県の家」 begins with one.
        TypedPlace::Several(codes) | TypedPlace::Words { begin_with: codes } => {
            match codes.as_slice() {
                [] => Place::Unknown(NO_SUCH_NAME),
                [one] => Place::One(*one),
                many if many.len() > MOST => Place::Unknown(TOO_MANY),
                _ => Place::Several(codes),
            }
        }
    }
}

/// The answers to the question about the place, as a form brought them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// Where the person lives.
    pub area: Place,
    /// Where the asker lives, if elsewhere.
    pub asker: Place,
}

impl Places {
    /// Reads the fields `area`, `pref`, `erabu`, `asker`, `asker_erabu`. What is written counts before the prefecture.
    pub fn from_form(directory: &Directory, form: &Form) -> Self {
        let area = match chosen(read(directory, &form.line("area")), form.text("erabu")) {
            Place::Nothing => prefecture(directory, form.text("pref")),
            place => place,
        };
        let asker = chosen(
            read(directory, &form.line("asker")),
            form.text("asker_erabu"),
        );
        Self { area, asker }
    }

    /// Whether both can be taken.
    pub fn are_clear(&self) -> bool {
        [&self.area, &self.asker]
            .iter()
            .all(|place| matches!(place, Place::Nothing | Place::One(_)))
    }
}

/// One of several that was chosen.
fn chosen(place: Place, code: &str) -> Place {
    match (&place, MunicipalityCode::parse(code)) {
        (Place::Several(codes), Ok(code)) if codes.contains(&code) => Place::One(code),
        _ => place,
    }
}

fn prefecture(directory: &Directory, code: &str) -> Place {
    match MunicipalityCode::parse(code) {
        Ok(code) if code.is_prefecture() && directory.municipality(code).is_some() => {
            Place::One(code)
        }
        _ => Place::Nothing,
    }
}

impl Place {
    /// The code, when there is exactly one.
    pub fn code(&self) -> Option<MunicipalityCode> {
        match self {
            Self::One(code) => Some(*code),
            _ => None,
        }
    }

    /// What to say about it at the field; empty when it is fine.
    pub fn mistake(&self) -> &'static str {
        match self {
            Self::Nothing | Self::One(_) => "",
            Self::Several(_) => "合うところがいくつかあります。どれに近いですか。",
            Self::Unknown(sentence) => sentence,
        }
    }

    /// The places to choose from.
    pub fn candidates(&self) -> &[MunicipalityCode] {
        match self {
            Self::Several(codes) => codes,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(code: &str) -> MunicipalityCode {
        MunicipalityCode::parse(code).unwrap()
    }

    #[test]
    fn what_is_no_place_is_told_with_a_sentence() {
        let directory = Directory::load();
        for (text, expected) in [
            ("", Place::Nothing),
            ("〒９５１－８０６８", Place::One(code("15103"))),
            ("新潟県の家", Place::One(code("15000"))),
        ] {
            assert_eq!(read(&directory, text), expected, "{text}");
        }
        assert!(read(&directory, "府中市").candidates().len() > 1);
        for text in ["000-0000", "12345", "〒", "ゆめのしま国", "<script>", "市"] {
            assert!(
                matches!(read(&directory, text), Place::Unknown(_)),
                "{text}: {:?}",
                read(&directory, text)
            );
        }
    }
}
