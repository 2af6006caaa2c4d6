//! The string literals of a Rust source, with their lines: what a program can show or send, without its comments.

/// One string literal.
#[derive(Debug, PartialEq, Eq)]
pub struct Literal {
    /// The line it begins on, counted from one.
    pub line: usize,
    /// What stands between the quotes; escapes are left as written, continued lines are joined.
    pub text: String,
    /// Whether it stands in a unit-test module (after `#[cfg(test)]`).
    pub in_tests: bool,
}

/// All string literals of a source, in order.
pub fn literals(source: &str) -> Vec<Literal> {
    let tests_begin = source.find("#[cfg(test)]\nmod ").unwrap_or(usize::MAX);
    let bytes = source.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    let mut line = 1;
    while at < bytes.len() {
        let rest = &source[at..];
        let step = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some((open, close)) = raw_string(rest, at > 0 && is_word(bytes[at - 1])) {
            let end = rest[open..]
                .find(&close)
                .map_or(rest.len(), |end| open + end);
            found.push(Literal {
                line,
                text: rest[open..end].to_owned(),
                in_tests: at > tests_begin,
            });
            (end + close.len()).min(rest.len())
        } else if rest.starts_with('"') {
            let end = string_end(rest);
            found.push(Literal {
                line,
                text: joined(&rest[1..end]),
                in_tests: at > tests_begin,
            });
            end + 1
        } else if rest.starts_with('\'') {
            character(rest)
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
        let step = step.min(rest.len()).max(1);
        line += rest[..step].matches('\n').count();
        at += step;
    }
    found
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// `r"`, `r#"`, `br##"` …: where the text begins, and what ends it.
fn raw_string(rest: &str, inside_word: bool) -> Option<(usize, String)> {
    if inside_word {
        return None;
    }
    let after = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then(|| {
        (
            rest.len() - after.len() + hashes + 1,
            format!("\"{}", "#".repeat(hashes)),
        )
    })
}

fn string_end(rest: &str) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            '"' if !escaped => return at,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

/// A backslash at a line's end swallows the break and the next line's indentation.
fn joined(text: &str) -> String {
    let mut out = String::new();
    let mut lines = text.split("\\\n");
    out.push_str(lines.next().unwrap_or_default());
    for line in lines {
        out.push_str(line.trim_start());
    }
    out
}

/// A character literal is passed over whole; a lifetime is one quote.
fn character(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => rest[2..]
            .char_indices()
            .skip(1)
            .find(|(_, c)| *c == '\'')
            .map_or(1, |(at, _)| at + 3),
        Some(_) => match characters.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_found_and_comments_are_not() {
        let source = "// \"no\"\nlet a = \"one\"; /* \"no\" /* \"no\" */ */\nlet b = r#\"two \"quoted\"\"#;\n\
                      fn f<'a>(c: char) -> &'a str { if c == '\"' || c == '\\'' { \"three\" } else { \"fo\\\n   ur\" } }\n\
                      let r = b\"five\"; let four = for_r\"\";\n#[cfg(test)]\nmod tests { const X: &str = \"six\"; }";
        let found: Vec<_> = literals(source)
            .into_iter()
            .map(|l| (l.line, l.text, l.in_tests))
            .collect();
        let expected = [
            (2, "one", false),
            (3, "two \"quoted\"", false),
            (4, "three", false),
            (4, "four", false),
            (6, "five", false),
            (6, "", false),
            (8, "six", true),
        ];
        assert_eq!(
            found,
            expected.map(|(line, text, tests)| (line, text.to_owned(), tests))
        );
    }
}
