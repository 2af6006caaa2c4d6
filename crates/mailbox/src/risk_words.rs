//! Words that a person should see at once. They mark; a person decides.

use basics::fold;
use std::sync::LazyLock;

/// One word found in a letter.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Mark {
    /// いのち, 暴力, 虐待, くらし, からだ, 契約.
    pub category: String,
    /// The word as the list has it.
    pub word: String,
}

static WORDS: LazyLock<Vec<(&str, &str, String)>> = LazyLock::new(|| {
    let lines = include_str!("risk_words.txt").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .map(|(category, word)| (category, word, fold(word)))
        .collect()
});

/// The words of the list that stand in the text, in the order of the list.
pub fn find(text: &str) -> Vec<Mark> {
    let folded = fold(text);
    WORDS
        .iter()
        .filter(|(_, _, needle)| folded.contains(needle.as_str()))
        .map(|(category, word, _)| Mark {
            category: (*category).to_owned(),
            word: (*word).to_owned(),
        })
        .collect()
}

/// The marks as JSON, of one length for up to about a dozen words, so that having them does not show once sealed.
pub(crate) fn find_padded(text: &str) -> String {
    let mut marks = serde_json::to_string(&find(text)).unwrap_or_default();
    let missing = (marks.len() + 1).next_multiple_of(1_024) - marks.len() - 1;
    marks.extend(std::iter::repeat_n(' ', missing));
    marks
}

/// The inverse; what cannot be read is no mark.
pub(crate) fn from_padded(marks: &str) -> Vec<Mark> {
    serde_json::from_str(marks).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_however_it_is_written() {
        let words = |text: &str| {
            find(text)
                .into_iter()
                .map(|mark| mark.word)
                .collect::<Vec<_>>()
        };
        assert_eq!(words("もう 消え たいです"), ["消えたい"]);
        assert_eq!(words("ﾘｽｶしました"), ["リスカ"]);
        assert_eq!(
            words("食べ物がない。死にたい"),
            ["死にたい", "食べ物がない"]
        );
        assert!(words("天気がいいですね").is_empty());
    }

    #[test]
    fn that_there_are_no_marks_does_not_show_in_the_length() {
        let (none, some) = (
            find_padded("天気がいいですね"),
            find_padded("死にたい。食べ物がない。包丁"),
        );
        assert_eq!(none.len(), some.len());
        assert_eq!(from_padded(&some), find("死にたい。食べ物がない。包丁"));
    }
}
