//! Readings for ruby, per word, from `rules/readings.txt`. Off unless the reader asks for them (guide.md §C7).

use std::collections::HashMap;

use crate::rules::{Rules, RulesError, nonsense};

/// A piece of text: as it is, or with a reading above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'t> {
    /// Nothing above it.
    Plain(&'t str),
    /// `<ruby>base<rt>reading</rt></ruby>`.
    Ruby {
        /// The characters.
        base: &'t str,
        /// How they are read, in hiragana.
        reading: &'t str,
    },
}

/// One word: `話す` is `話` read `はな`, then `す`.
#[derive(Clone, Debug)]
struct Word {
    written: String,
    /// Bytes before the base, and up to its end.
    base: (usize, usize),
    reading: String,
}

/// The reviewed glossary of readings.
#[derive(Clone, Debug, Default)]
pub struct Readings {
    /// By first character, longest first.
    words: HashMap<char, Vec<Word>>,
}

impl Readings {
    /// Reads the glossary: words apart by spaces, `#` begins a comment line.
    pub(crate) fn read(text: &str) -> Result<Readings, RulesError> {
        let mut words: HashMap<char, Vec<Word>> = HashMap::new();
        for entry in text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .flat_map(str::split_whitespace)
        {
            let word = Word::read(entry)
                .ok_or_else(|| nonsense("readings.txt", &format!("`{entry}` is no entry")))?;
            if let Some(first) = word.written.chars().next() {
                words.entry(first).or_default().push(word);
            }
        }
        for list in words.values_mut() {
            list.sort_by_key(|word| std::cmp::Reverse(word.written.len()));
        }
        Ok(Readings { words })
    }

    /// The text in pieces; put together again it is the same text.
    pub fn segments<'t>(&'t self, text: &'t str) -> Vec<Segment<'t>> {
        let mut segments = Vec::new();
        let (mut plain, mut at) = (0, 0);
        while let Some(first) = text[at..].chars().next() {
            let found = self.words.get(&first).and_then(|list| {
                list.iter()
                    .find(|word| text[at..].starts_with(&word.written))
            });
            let Some(word) = found else {
                at += first.len_utf8();
                continue;
            };
            let (from, to) = (at + word.base.0, at + word.base.1);
            if plain < from {
                segments.push(Segment::Plain(&text[plain..from]));
            }
            segments.push(Segment::Ruby {
                base: &text[from..to],
                reading: &word.reading,
            });
            plain = to;
            at += word.written.len();
        }
        if plain < text.len() {
            segments.push(Segment::Plain(&text[plain..]));
        }
        segments
    }
}

impl Word {
    fn read(entry: &str) -> Option<Word> {
        let (before, rest) = entry.split_once('[')?;
        let (reading, after) = rest.split_once(']')?;
        // The base is the run of characters that are not kana, right before the bracket.
        let base = before
            .char_indices()
            .rev()
            .take_while(|(_, c)| !is_kana(*c))
            .last()?
            .0;
        let sound =
            !reading.is_empty() && reading.chars().all(is_kana) && !after.contains(['[', ']']);
        sound.then(|| Word {
            written: format!("{before}{after}"),
            base: (base, before.len()),
            reading: reading.to_owned(),
        })
    }
}

fn is_kana(c: char) -> bool {
    ('\u{3041}'..='\u{30ff}').contains(&c)
}

impl Rules {
    /// A text of the guide in pieces, for pages with ruby.
    pub fn ruby<'t>(&'t self, text: &'t str) -> Vec<Segment<'t>> {
        self.readings.segments(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let readings = Readings::read(include_str!("../rules/readings.txt")).unwrap();
        let shown = readings
            .segments(text)
            .into_iter()
            .map(|segment| match segment {
                Segment::Plain(text) => text.to_owned(),
                Segment::Ruby { base, reading } => format!("{base}({reading})"),
            });
        shown.collect()
    }

    #[test]
    fn words_are_read_by_what_follows_them() {
        assert_eq!(
            shown("話を聞いて、話せます。"),
            "話(はなし)を聞(き)いて、話(はな)せます。"
        );
        assert_eq!(
            shown("家族だけで来て、出します。"),
            "家族(かぞく)だけで来(き)て、出(だ)します。"
        );
        assert_eq!(shown("お金がない"), "お金(かね)がない");
        assert_eq!(shown("木曜"), "木曜");
        assert_eq!(shown(""), "");
    }

    #[test]
    fn an_entry_that_is_none_is_named() {
        for entry in ["話", "[はなし]", "話[]", "話[hanasi]", "話[はな]し[し]"] {
            assert!(Readings::read(entry).is_err(), "{entry}");
        }
    }
}
