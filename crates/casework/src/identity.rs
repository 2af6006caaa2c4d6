//! The identity ladder: anonymous → nickname → number → named → verified, and back; every step undoable exactly.
//!
//! A step is an event with everything that was known once it was taken; the person's row is the last of them. Where
//! somebody stands follows from what is known and how it became known ([`Known::level`]), never from time (inv. 13), and
//! counting needs no more than L1 (inv. 30). Nothing is merged.

mod ledger;

pub(crate) use ledger::{begin, code_given, code_taken_back, of_person};

use crate::codes::codes;
use crate::person::{AgeBand, Gender, Identity, Person, Relationship};
use crate::{Error, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

codes! {
    /// A step of the ladder.
    Level {
        /// L0
        Uncounted = "0", "どなたか、まだわからない";
        /// L1
        Pseudonym = "1", "呼び名がある";
        /// L2
        Coded = "2", "受付コードがある";
        /// L3
        Named = "3", "名前やよみを聞いた";
        /// L4
        Verified = "4", "書類で確かめた";
    }
}

impl Level {
    /// 0–4.
    pub fn number(self) -> i64 {
        match self {
            Self::Uncounted => 0,
            Self::Pseudonym => 1,
            Self::Coded => 2,
            Self::Named => 3,
            Self::Verified => 4,
        }
    }

    /// From 0–4.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.number() == number)
    }
}

codes! {
    /// How it became known.
    Ground {
        /// The case was opened with it.
        Opened = "opened", "ケースを開いたとき";
        /// 本人・家族から聞いた
        Told = "told", "本人・家族から聞いた";
        /// 受付コードを渡した
        Code = "code", "受付コードを渡した";
        /// 申込票などに書いてもらった
        Form = "form", "申込票などに書いてもらった";
        /// 身分証などの書類を見た
        Document = "document", "身分証などの書類を見た";
        /// 関係機関から（根拠のある場合）
        Agency = "agency", "関係機関から聞いた";
        /// 聞き違い・書き違いを直す
        Corrected = "corrected", "聞き違い・書き違いを直す";
        /// 消してほしい、呼び名に戻してほしいと言われた
        Asked = "asked", "消してほしいと言われた";
        /// A step was taken back.
        SteppedBack = "stepped_back", "一つ前に戻した";
    }
}

impl Ground {
    /// Those that a form offers.
    pub const OFFERED: [Self; 7] = [
        Self::Told,
        Self::Form,
        Self::Document,
        Self::Code,
        Self::Agency,
        Self::Corrected,
        Self::Asked,
    ];
}

/// Everything known about who somebody is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Who they are.
    pub identity: Identity,
    /// What they are to the principal.
    pub relationship: Relationship,
    /// 年代
    pub age_band: AgeBand,
    /// 性別
    pub gender: Gender,
    /// Where they live.
    pub municipality: Option<basics::MunicipalityCode>,
    /// Whether they hold a return code.
    pub has_code: bool,
    /// Whether the name was seen in a document.
    pub verified: bool,
}

impl Known {
    /// Where on the ladder this much is.
    pub fn level(&self) -> Level {
        let Identity { name, kana, .. } = &self.identity;
        let named = !name.is_empty() || !kana.is_empty();
        match () {
            () if named && self.verified => Level::Verified,
            () if named => Level::Named,
            () if self.has_code => Level::Coded,
            () if !self.identity.nickname.is_empty() => Level::Pseudonym,
            () => Level::Uncounted,
        }
    }

    /// The words for what differs from an earlier state, for the list of steps. Never the contents.
    pub(super) fn differs_from(&self, before: &Self) -> Vec<&'static str> {
        let (new, old) = (&self.identity, &before.identity);
        [
            (new.nickname != old.nickname, "呼び名"),
            (new.name != old.name, "名前"),
            (new.kana != old.kana, "よみ"),
            (
                (new.birth_year, new.born_on) != (old.birth_year, old.born_on),
                "生まれた日",
            ),
            (new.address != old.address, "住所"),
            (self.relationship != before.relationship, "続柄"),
            (self.age_band != before.age_band, "年代"),
            (self.gender != before.gender, "性別"),
            (self.municipality != before.municipality, "市区町村"),
            (self.has_code != before.has_code, "受付コード"),
            (self.verified != before.verified, "書類での確認"),
        ]
        .into_iter()
        .filter_map(|(differs, word)| differs.then_some(word))
        .collect()
    }
}

/// A step somebody takes: what is known now, and how it became known.
#[derive(Debug, Clone)]
pub struct Step {
    /// Who they are.
    pub identity: Identity,
    /// What they are to the principal.
    pub relationship: Relationship,
    /// 年代
    pub age_band: AgeBand,
    /// 性別
    pub gender: Gender,
    /// Where they live.
    pub municipality: Option<basics::MunicipalityCode>,
    /// How it became known.
    pub ground: Ground,
    /// The last step its author had seen; another one in between is not overwritten.
    pub seen: i64,
}

impl Step {
    /// A step that changes nothing yet, for a form or a test to fill in.
    pub fn from(person: &Person, seen: i64, ground: Ground) -> Self {
        Self {
            identity: person.identity.clone(),
            relationship: person.relationship,
            age_band: person.age_band,
            gender: person.gender,
            municipality: person.municipality,
            ground,
            seen,
        }
    }

    fn checked(&self) -> Result<()> {
        let Identity {
            nickname,
            name,
            kana,
            address,
            ..
        } = &self.identity;
        let short = |field, text: &str, most: usize| {
            if text.chars().count() <= most {
                Ok(())
            } else {
                Err(Error::invalid(
                    field,
                    format!("{most}文字までで書いてください。"),
                ))
            }
        };
        short("nickname", nickname, 40)?;
        short("name", name, 60)?;
        short("kana", kana, 80)?;
        short("address", address, 200)?;
        if self.ground == Ground::Document && name.is_empty() {
            return Err(Error::invalid(
                "name",
                "書類で確かめた名前を書いてください。",
            ));
        }
        if !Ground::OFFERED.contains(&self.ground) {
            return Err(Error::invalid(
                "ground",
                "どうしてわかったかを選んでください。",
            ));
        }
        Ok(())
    }

    /// What is known after this step. Verified stays verified until the name or the birth is said anew.
    fn after(&self, before: &Known) -> Known {
        let mut identity = self.identity.clone();
        if let Some(day) = identity.born_on {
            identity.birth_year = Some(day.year());
        }
        let core = |one: &Identity| {
            (
                one.name.clone(),
                one.kana.clone(),
                one.birth_year,
                one.born_on,
            )
        };
        let same = core(&identity) == core(&before.identity);
        Known {
            relationship: self.relationship,
            age_band: self.age_band,
            gender: self.gender,
            municipality: self.municipality,
            has_code: before.has_code || self.ground == Ground::Code,
            verified: self.ground == Ground::Document || (before.verified && same),
            identity,
        }
    }
}

/// A step that was taken.
#[derive(Debug, Clone)]
pub struct IdentityEvent {
    /// 1, 2, 3 … of this person.
    pub seq: i64,
    /// From where.
    pub from: Level,
    /// To where.
    pub to: Level,
    /// How it became known.
    pub ground: Ground,
    /// Who wrote it down.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The step that this one took back.
    pub undoes: Option<i64>,
    /// Whether it was taken back later.
    pub undone: bool,
    /// What it changed, in words without contents.
    pub changed: Vec<&'static str>,
    /// Everything known after it.
    pub after: Known,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Known {
        Known {
            identity: Identity::default(),
            relationship: Relationship::Oneself,
            age_band: AgeBand::Unknown,
            gender: Gender::Unsaid,
            municipality: None,
            has_code: false,
            verified: false,
        }
    }

    fn step(ground: Ground) -> Step {
        let known = nothing();
        Step {
            identity: known.identity,
            relationship: known.relationship,
            age_band: known.age_band,
            gender: known.gender,
            municipality: None,
            ground,
            seen: 1,
        }
    }

    #[test]
    fn only_a_seen_document_verifies_and_only_a_name() {
        let mut new = step(Ground::Document);
        assert!(new.checked().is_err());
        new.identity.name = "山田 花子".to_owned();
        let seen = new.after(&nothing());
        assert_eq!(seen.level(), Level::Verified);
        new.ground = Ground::Told;
        assert_eq!(new.after(&nothing()).level(), Level::Named);
        // Another address by hearsay leaves the name verified; another name does not.
        new.identity.address = "となりの町".to_owned();
        assert_eq!(new.after(&seen).level(), Level::Verified);
        new.identity.name = "山川 花子".to_owned();
        assert_eq!(new.after(&seen).level(), Level::Named);
    }

    #[test]
    fn the_ladder_follows_from_what_is_known() {
        let mut known = nothing();
        assert_eq!(known.level(), Level::Uncounted);
        known.age_band = AgeBand::Forties;
        assert_eq!(known.level(), Level::Uncounted);
        known.identity.nickname = "すみれ".to_owned();
        assert_eq!(known.level(), Level::Pseudonym);
        known.has_code = true;
        assert_eq!(known.level(), Level::Coded);
        known.identity.kana = "やまだ".to_owned();
        assert_eq!(known.level(), Level::Named);
    }
}
