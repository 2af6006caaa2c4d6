//! All phone numbers live in one table (data/windows_*.csv): a number in a template, a text or a source would go stale
//! without anybody noticing. Numbers of Japan in every way they are written, also in full width. Tests may hold numbers:
//! nobody dials them, and a stale one fails its test.

use crate::Finding;
use crate::tree::{File, Tree};

/// Files that are not about phones at all.
fn looked_at(file: &File) -> bool {
    let generated = file.path == "Cargo.lock" || file.kind() == "svg";
    !generated && !file.path.starts_with("data/") && !file.path.contains("/tests/")
}

/// Checks every text of the repository outside data/.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| looked_at(file)) {
        let shipped = file
            .text
            .split("#[cfg(test)]\nmod ")
            .next()
            .unwrap_or_default();
        for (at, line) in shipped.lines().enumerate() {
            for number in numbers(line, matches!(file.kind(), "html" | "txt")) {
                findings.push(Finding {
                    place: file.path.clone(),
                    line: at + 1,
                    what: format!(
                        "a phone number of its own ({number}): take it from the directory (data/)"
                    ),
                });
            }
        }
    }
    findings
}

/// Phone numbers in a line. With `short`, also #7119 and its kind.
fn numbers(line: &str, short: bool) -> Vec<String> {
    let characters: Vec<char> = line.chars().map(narrow).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let before = at.checked_sub(1).map(|before| characters[before]);
        let starts = !before
            .is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '/' | '%'));
        let length = if starts {
            number_at(&characters[at..], short, before)
        } else {
            0
        };
        if length > 0 {
            found.push(characters[at..at + length].iter().collect());
            at += length;
        } else {
            at += 1;
        }
    }
    found
}

/// The length of a phone number that begins here, or zero.
fn number_at(rest: &[char], short: bool, before: Option<char>) -> usize {
    let shape: String = rest.iter().take(16).collect();
    if short && shape.starts_with('#') && before != Some('&') {
        let digits = rest[1..].iter().take_while(|c| c.is_ascii_digit()).count();
        return if digits == 4 && matches!(rest[1], '7'..='9') {
            5
        } else {
            0
        };
    }
    let groups = groups(rest);
    let ends_well = |length: usize| {
        !rest
            .get(length)
            .is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    match groups.as_slice() {
        // (0x)xxxx-xxxx, then 0xxx-xx-xxxx and 0x(xxxx)xxxx
        [(1, a), (_, b), (c_at, c), ..]
            if rest[0] == '('
                && rest[1] == '0'
                && (2..=5).contains(a)
                && (1..=4).contains(b)
                && (3..=4).contains(c)
                && ends_well(c_at + c) =>
        {
            c_at + c
        }
        [(0, a), (_, b), (c_at, c), ..]
            if rest[0] == '0'
                && (2..=5).contains(a)
                && (1..=4).contains(b)
                && (3..=4).contains(c)
                && ends_well(c_at + c) =>
        {
            c_at + c
        }
        // ten or eleven digits with a zero in front
        [(0, a), ..]
            if rest[0] == '0'
                && rest.get(1).is_some_and(|c| *c != '0')
                && (10..=11).contains(a)
                && ends_well(*a) =>
        {
            *a
        }
        _ => 0,
    }
}

/// Runs of digits joined by single hyphens or brackets: where each begins and how long it is.
fn groups(rest: &[char]) -> Vec<(usize, usize)> {
    let mut groups = Vec::new();
    let mut at = usize::from(rest.first() == Some(&'('));
    loop {
        let length = rest[at..].iter().take_while(|c| c.is_ascii_digit()).count();
        if length == 0 {
            return groups;
        }
        groups.push((at, length));
        at += length;
        match rest.get(at) {
            Some('-' | '(' | ')') => at += 1,
            _ => return groups,
        }
        if at >= rest.len() {
            return groups;
        }
    }
}

/// Full-width digits and the many hyphens, as plain ones.
fn narrow(character: char) -> char {
    match character {
        '０'..='９' => {
            char::from_u32(character as u32 - '０' as u32 + '0' as u32).unwrap_or(character)
        }
        '－' | '‐' | '‑' | '–' | '−' | 'ー' => '-',
        '（' => '(',
        '）' => ')',
        '＃' | '♯' => '#',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Put together here, so that this file itself holds none.
    fn number(parts: &[&str], join: &str) -> String {
        parts.join(join)
    }

    #[test]
    fn a_planted_number_is_found_however_it_is_written() {
        for planted in [
            number(&["0120", "279", "338"], "-"),
            number(&["025", "123", "4567"], "-"),
            number(&["03", "1234", "5678"], "－"),
            number(&["０３", "１２３４", "５６７８"], "ー"),
            number(&["0570", "064", "556"], "-"),
            number(&["(03)", "1234-", "5678"], ""),
            number(&["03(", "1234)", "5678"], ""),
            number(&["0120", "279", "338"], ""),
            number(&["090", "1234", "5678"], "-"),
        ] {
            let html = format!("<p>電話は{planted}です</p>");
            assert_eq!(
                check(&Tree::of("crates/web/templates/public/home.html", &html)).len(),
                1,
                "{planted}"
            );
        }
        let short = format!("<p>{}{}へ</p>", '#', 7119);
        assert_eq!(
            check(&Tree::of("crates/web/templates/public/home.html", &short)).len(),
            1
        );
    }

    #[test]
    fn dates_codes_and_colours_are_not_numbers() {
        for fine in [
            "2026-11-22",
            "951-8068",
            "&#8212;",
            "0-0-0",
            "docs/0001-2-345.md",
            "15100",
            "--a: #0017c1",
            "20000101000000",
            "1.0.229",
            "0.5-1.5",
        ] {
            assert_eq!(
                check(&Tree::of("crates/web/templates/public/home.html", fine)),
                [],
                "{fine}"
            );
        }
        assert_eq!(
            check(&Tree::of("crates/web/src/a.rs", "// issue #7119")),
            []
        );
    }
}
