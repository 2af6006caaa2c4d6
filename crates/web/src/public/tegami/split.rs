//! A letter that is longer than one letter may be, cut where a person would turn the page.

/// The parts of a text, each of at most `most` characters, none empty. Cut after a paragraph, else after a line, else
/// after a sentence, else where the page ends; nothing but white space at the cuts is lost.
pub fn parts(text: &str, most: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest
            .char_indices()
            .nth(most)
            .map_or(rest.len(), |(at, _)| at);
        let cut = if end == rest.len() {
            end
        } else {
            good_cut(&rest[..end])
        };
        let part = rest[..cut].trim_end();
        if !part.is_empty() {
            parts.push(part);
        }
        rest = rest[cut..].trim_start();
    }
    parts
}

/// The best place to end this page; never in its first half, so that the parts stay few.
fn good_cut(page: &str) -> usize {
    let late = |at: &usize| *at > page.len() / 2;
    let after = |mark: &str| page.rfind(mark).map(|at| at + mark.len()).filter(late);
    let sentence = ["。", "．", "？", "！", "」"]
        .iter()
        .filter_map(|mark| after(mark))
        .max();
    after("\n\n")
        .or_else(|| after("\n"))
        .or(sentence)
        .unwrap_or(page.len())
}

#[cfg(test)]
mod tests {
    use super::parts;

    fn squeezed(text: &str) -> String {
        text.split_whitespace().collect()
    }

    #[test]
    fn it_is_cut_after_a_paragraph_a_line_or_a_sentence_and_nothing_is_lost() {
        let paragraphs = format!(
            "{}。\n\n{}。{}",
            "あ".repeat(70),
            "い".repeat(20),
            "う".repeat(40)
        );
        assert_eq!(
            parts(&paragraphs, 100),
            [
                format!("{}。", "あ".repeat(70)),
                format!("{}。{}", "い".repeat(20), "う".repeat(40))
            ]
        );
        let sentences = format!("{}。{}", "あ".repeat(80), "い".repeat(60));
        assert_eq!(parts(&sentences, 100)[0], format!("{}。", "あ".repeat(80)));
        for text in [
            &"あ".repeat(250),
            &"あ\n".repeat(130),
            &"a b　".repeat(99),
            "",
            "  \n",
            "ひとこと",
        ] {
            let parts = parts(text, 100);
            assert!(
                parts
                    .iter()
                    .all(|part| !part.is_empty() && part.chars().count() <= 100)
            );
            assert_eq!(squeezed(&parts.concat()), squeezed(text));
        }
    }
}
