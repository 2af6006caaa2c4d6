//! The 「感じ」 of a place: how many come, without speaking, sounds, light, smell, the way out (field/guide.md §F16).
//!
//! Everything is asked as something one may know or not: what the office has not looked at is unknown and is said to be,
//! never taken for a no.

use serde::{Deserialize, Serialize};

basics::codes! {
    /// A yes, a no, or not looked at yet.
    #[derive(Default)]
    Known {
        /// はい
        Yes = "yes", "はい";
        /// いいえ
        No = "no", "いいえ";
        /// まだ確かめていません
        #[default]
        Unknown = "unknown", "まだ確かめていません";
    }
}

basics::codes! {
    /// What one may ask of a place, each with what is said when it holds.
    Trait {
        /// 声を出さずに過ごせる
        WithoutSpeaking = "without_speaking", "声を出さずに過ごせます";
        /// 名前を言わなくてよい
        NoName = "no_name", "名前を言わなくてかまいません";
        /// 顔を出さなくてよい (online)
        NoFace = "no_face", "カメラはオフのままでかまいません";
        /// 見ているだけでよい
        OnlyWatching = "only_watching", "見ているだけでもかまいません";
        /// 途中で来て、途中で帰ってよい
        LeaveMidway = "leave_midway", "途中で来ても、途中で帰っても、だいじょうぶです";
        /// ひとりになれる場所
        PrivateCorner = "private_corner", "ひとりになれる場所があります";
        /// 職員がそばに来ない
        LeftAlone = "left_alone", "声をかけられずに過ごせます";
        /// 外から見えない
        NotSeenFromOutside = "not_seen", "中の様子は、外から見えません";
        /// 入口に看板がない、または目立たない
        PlainDoor = "plain_door", "入口に、目立つ看板はありません";
        /// 通学・通勤の人と時間が重ならない
        QuietWay = "quiet_way", "通学や通勤の人通りと、時間が重なりません";
        /// 女性のみ
        WomenOnly = "women_only", "女性だけの回です";
        /// 飲み物・食べ物
        Drinks = "drinks", "飲み物があります";
        /// 段差なし
        StepFree = "step_free", "段差がありません";
        /// 車いすのトイレ
        WheelchairToilet = "wheelchair_toilet", "車いすで使えるトイレがあります";
        /// 筆談
        WrittenTalk = "written_talk", "筆談ができます";
        /// 字幕
        Captions = "captions", "字幕があります";
        /// 手話
        SignLanguage = "sign_language", "手話の通訳があります";
        /// 駐車場
        Parking = "parking", "車をとめる場所があります";
    }
}

impl Trait {
    /// Those that speak of getting about and understanding, which the page shows apart.
    pub fn is_access(self) -> bool {
        matches!(
            self,
            Self::StepFree
                | Self::WheelchairToilet
                | Self::WrittenTalk
                | Self::Captions
                | Self::SignLanguage
                | Self::Parking
        )
    }
}

/// What a place feels like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Feel {
    /// How many usually come, from.
    pub people_from: Option<u32>,
    /// How many usually come, to.
    pub people_to: Option<u32>,
    /// What holds and what does not. What is not named here is unknown.
    pub traits: Vec<(Trait, Known)>,
    /// Sounds, in a few words: 「小さな音で音楽」. Empty: not known.
    pub sounds: String,
    /// Light. Empty: not known.
    pub light: String,
    /// Smell. Empty: not known.
    pub smell: String,
    /// What people do there.
    pub what_people_do: String,
}

impl Feel {
    /// Whether this is so.
    pub fn of(&self, asked: Trait) -> Known {
        self.traits
            .iter()
            .find(|(known, _)| *known == asked)
            .map_or(Known::Unknown, |(_, known)| *known)
    }

    /// What surely holds, in the order of the page.
    pub fn holds(&self) -> Vec<Trait> {
        let all = Trait::ALL.iter().copied();
        all.filter(|asked| self.of(*asked) == Known::Yes).collect()
    }

    /// 「3〜8人くらい」; `None` when it is not known.
    pub fn people(&self) -> Option<String> {
        match (self.people_from, self.people_to) {
            (Some(from), Some(to)) if from == to => Some(format!("{from}人くらい")),
            (Some(from), Some(to)) => Some(format!("{from}〜{to}人くらい")),
            (Some(from), None) => Some(format!("{from}人以上")),
            (None, Some(to)) => Some(format!("{to}人まで")),
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_looked_at_is_unknown_and_never_a_no() {
        let feel = Feel {
            traits: vec![(Trait::NoName, Known::Yes), (Trait::Parking, Known::No)],
            people_from: Some(3),
            people_to: Some(8),
            ..Feel::default()
        };
        assert_eq!(feel.of(Trait::WomenOnly), Known::Unknown);
        assert_eq!(feel.holds(), [Trait::NoName]);
        assert_eq!(feel.people().as_deref(), Some("3〜8人くらい"));
        assert_eq!(Feel::default().people(), None);
    }
}
