//! A block: one paragraph of a note, with whose words it is, about whom, and whether it may be passed on. A request for
//! one's own records (開示請求) goes through them one by one.

use crate::codes::codes;
use crate::{Error, Result};
use basics::PersonId;
use serde::{Deserialize, Serialize};

codes! {
    /// What kind of words a block holds: what was heard (S) and what was seen (O) are kept apart.
    BlockKind {
        /// 本人の言葉 (S)
        PrincipalWords = "principal_words", "本人の言葉";
        /// 家族の言葉 (S)
        FamilyWords = "family_words", "家族の言葉";
        /// 機関情報 (S)
        AgencyInformation = "agency_information", "機関から聞いたこと";
        /// 職員の観察 (O): what staff saw, thought and did.
        Observation = "observation", "職員が見たこと・したこと";
    }
}

codes! {
    /// Whether a block may be passed on to the other side of the household or to somebody else.
    MayShare {
        /// 伝えない
        Not = "not", "伝えない";
        /// 同意があれば
        WithConsent = "with_consent", "同意があれば伝えてよい";
        /// 伝えてよい
        Yes = "yes", "伝えてよいと聞いた";
    }
}

/// One paragraph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// The words.
    pub text: String,
    /// What kind of words.
    pub kind: BlockKind,
    /// Whose words; `None`: the staff's own, or an agency's.
    #[serde(default)]
    pub source: Option<PersonId>,
    /// About whom; `None`: nobody in particular.
    #[serde(default)]
    pub subject: Option<PersonId>,
    /// Whether it may be passed on.
    pub may_share: MayShare,
}

/// How many characters one block may have.
pub const MAX_CHARS: usize = 8_000;
/// How many blocks one note may have.
const MOST_BLOCKS: usize = 60;

/// The words as they will be kept: one kind of line end, no control characters, no empty lines around.
pub(crate) fn tidy(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = text
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    text.trim_end()
        .trim_start_matches('\n')
        .trim_end()
        .to_owned()
}

/// The blocks that say something. Refuses what is too long, and a note that says nothing.
pub(crate) fn checked(blocks: &[Block]) -> Result<Vec<Block>> {
    let kept: Vec<Block> = blocks
        .iter()
        .map(|block| Block {
            text: tidy(&block.text),
            ..block.clone()
        })
        .filter(|block| !block.text.trim().is_empty())
        .collect();
    if kept.is_empty() {
        return Err(Error::invalid(
            "words",
            "内容を書いてください。一行でも大丈夫です。",
        ));
    }
    if kept.len() > MOST_BLOCKS {
        return Err(Error::invalid(
            "words",
            format!("段落は{MOST_BLOCKS}までです。二つの記録に分けてください。"),
        ));
    }
    if let Some(long) = kept
        .iter()
        .map(|block| block.text.chars().count())
        .find(|chars| *chars > MAX_CHARS)
    {
        return Err(Error::invalid(
            "words",
            format!("ひとつの段落は{MAX_CHARS}字までです（いま{long}字）。分けて書いてください。"),
        ));
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Block {
        Block {
            text: text.to_owned(),
            kind: BlockKind::Observation,
            source: None,
            subject: None,
            may_share: MayShare::Not,
        }
    }

    #[test]
    fn empty_paragraphs_fall_away_and_an_empty_note_is_told() {
        let kept = checked(&[said(" \r\n"), said("眠れた\u{7}\r\n")]).unwrap();
        assert_eq!(kept, [said("眠れた")]);
        assert!(checked(&[said("　"), said("")]).is_err());
        assert!(checked(&[said(&"あ".repeat(MAX_CHARS + 1))]).is_err());
    }
}
