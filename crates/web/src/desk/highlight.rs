//! Finds in a letter, as it was written, the words that the risk list found in its folded form.

use basics::fold;
use mailbox::risk_words;

/// A piece of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The words as written.
    pub text: String,
    /// Whether the risk list has them.
    pub marked: bool,
}

/// The letter in pieces, and the words that were marked. The list marks; a person decides.
pub(super) fn pieces(text: &str) -> (Vec<Piece>, Vec<risk_words::Mark>) {
    let marks = risk_words::find(text);
    if marks.is_empty() {
        return (
            vec![Piece {
                text: text.to_owned(),
                marked: false,
            }],
            marks,
        );
    }
    let characters: Vec<char> = text.chars().collect();
    let mut marked = vec![false; characters.len()];
    for mark in &marks {
        let needle = fold(&mark.word);
        for start in 0..characters.len() {
            if let Some(end) = ends_at(&characters, start, &needle) {
                marked[start..end].fill(true);
            }
        }
    }
    (cut(&characters, &marked), marks)
}

/// Where the needle ends that begins here, if it does. What folding drops (spaces, long marks) may stand in between.
fn ends_at(characters: &[char], start: usize, needle: &str) -> Option<usize> {
    let first: String = characters[start..(start + 2).min(characters.len())]
        .iter()
        .collect();
    let begins = fold(&first);
    // Cheap: most places begin differently, and a place that folds to nothing is no beginning.
    if begins.is_empty()
        || fold(&characters[start].to_string()).is_empty()
        || begins.chars().next() != needle.chars().next()
    {
        return None;
    }
    let mut so_far = String::new();
    for (at, character) in characters
        .iter()
        .enumerate()
        .skip(start)
        .take(needle.chars().count() * 2 + 8)
    {
        so_far.push(*character);
        let folded = fold(&so_far);
        if folded == needle {
            return Some(at + 1);
        }
        if folded.chars().count() > needle.chars().count() {
            return None;
        }
    }
    None
}

fn cut(characters: &[char], marked: &[bool]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (character, marked) in characters.iter().zip(marked) {
        match pieces.last_mut() {
            Some(last) if last.marked == *marked => last.text.push(*character),
            _ => pieces.push(Piece {
                text: character.to_string(),
                marked: *marked,
            }),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        pieces(text)
            .0
            .iter()
            .map(|p| {
                if p.marked {
                    format!("[{}]", p.text)
                } else {
                    p.text.clone()
                }
            })
            .collect()
    }

    #[test]
    fn words_are_marked_as_they_were_written() {
        assert_eq!(shown("もう 消え たいです。"), "もう [消え たい]です。");
        assert_eq!(shown("ﾘｽｶしました"), "[ﾘｽｶ]しました");
        assert_eq!(shown("きょうは晴れ"), "きょうは晴れ");
        assert_eq!(shown("<b>死にたい</b>"), "<b>[死にたい]</b>");
    }

    #[test]
    fn nothing_of_the_letter_is_lost() {
        let text = "しにたい しにたい\nどうしたら。消えたい消えたい".repeat(40);
        assert_eq!(
            pieces(&text)
                .0
                .iter()
                .map(|piece| piece.text.as_str())
                .collect::<String>(),
            text
        );
    }
}
