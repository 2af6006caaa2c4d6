//! The kinds of window: the codes of the guide's table E2, and one more, `HALL`.
//!
//! A kind is a word both rooms share: the guide ranks kinds, the directory knows which windows of a kind
//! serve a municipality. National crisis lines (110, 119, 189, …) are not kinds: they are [`crate::Hotline`]s.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What sort of place a window is.
///
/// The order of the variants is the order of the guide's table and carries no rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// ひきこもり地域支援センター of a prefecture, a designated city or a municipality.
    Hc,
    /// A municipality's own ひきこもり window, 支援ステーション or サポート事業.
    Muni,
    /// 子ども・若者総合相談センター (up to 39).
    Kw,
    /// 教育支援センター, 教育相談, school counsellors and social workers.
    Edu,
    /// 自立相談支援機関 (生活困窮者自立支援法).
    Js,
    /// 福祉事務所.
    Fukushi,
    /// 精神保健福祉センター.
    Mhc,
    /// 保健所.
    Phc,
    /// A doctor the person already sees, or medical care.
    Med,
    /// 発達障害者支援センター.
    Dev,
    /// 障害者相談支援 (基幹相談支援センター).
    Dis,
    /// 地域包括支援センター.
    Houkatsu,
    /// 居場所, a place to be.
    Ibasho,
    /// 当事者会, a group of people with the same experience.
    Peer,
    /// 家族会, a group of families.
    Fam,
    /// National lines and chats that listen, without a name, also at night.
    Listen,
    /// 地域若者サポートステーション (15 to 49).
    Sapo,
    /// ハローワーク, ジョブカフェ.
    Hw,
    /// 就労移行支援, 障害者就業・生活支援センター.
    Dwork,
    /// 法テラス, 消費者ホットライン.
    Law,
    /// The police's consultation line.
    P9110,
    /// Something to read: no one needs to be contacted.
    Read,
    /// The city, town or village hall. Not in the guide's table: it is the number to ask when the contact of
    /// another window is not confirmed yet.
    Hall,
}

impl Kind {
    /// Every kind, in the order of the guide's table.
    pub const ALL: &'static [Kind] = &[
        Kind::Hc,
        Kind::Muni,
        Kind::Kw,
        Kind::Edu,
        Kind::Js,
        Kind::Fukushi,
        Kind::Mhc,
        Kind::Phc,
        Kind::Med,
        Kind::Dev,
        Kind::Dis,
        Kind::Houkatsu,
        Kind::Ibasho,
        Kind::Peer,
        Kind::Fam,
        Kind::Listen,
        Kind::Sapo,
        Kind::Hw,
        Kind::Dwork,
        Kind::Law,
        Kind::P9110,
        Kind::Read,
        Kind::Hall,
    ];

    /// The code, as in the guide's table E2 and in every file and JSON line.
    pub const fn code(self) -> &'static str {
        match self {
            Kind::Hc => "HC",
            Kind::Muni => "MUNI",
            Kind::Kw => "KW",
            Kind::Edu => "EDU",
            Kind::Js => "JS",
            Kind::Fukushi => "FUKUSHI",
            Kind::Mhc => "MHC",
            Kind::Phc => "PHC",
            Kind::Med => "MED",
            Kind::Dev => "DEV",
            Kind::Dis => "DIS",
            Kind::Houkatsu => "HOUKATSU",
            Kind::Ibasho => "IBASHO",
            Kind::Peer => "PEER",
            Kind::Fam => "FAM",
            Kind::Listen => "LISTEN",
            Kind::Sapo => "SAPO",
            Kind::Hw => "HW",
            Kind::Dwork => "DWORK",
            Kind::Law => "LAW",
            Kind::P9110 => "P9110",
            Kind::Read => "READ",
            Kind::Hall => "HALL",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A code that is not in the table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("「{0}」という窓口の種類はありません")]
pub struct UnknownKind(pub String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Kind::ALL
            .iter()
            .copied()
            .find(|kind| kind.code() == code)
            .ok_or_else(|| UnknownKind(code.to_owned()))
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        code.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_comes_back_as_its_kind() {
        for &kind in Kind::ALL {
            assert_eq!(kind.code().parse::<Kind>(), Ok(kind));
        }
        assert!("hc".parse::<Kind>().is_err());
    }
}
