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
}
