//! How we speak (ARCHITECTURE.md, "Words"): calm, plain, no pressure, and nobody is "a hikikomori". Looks at templates,
//! at the texts the program shows, and at the rule data; not at what others wrote (data/).

use crate::Finding;
use crate::rust_text;
use crate::tree::Tree;

/// Words that are not ours, and why.
const NOT_OURS: &[(&str, &str)] = &[
    ("脱出", "nobody is being rescued from a prison"),
    ("社会復帰", "nobody has left society"),
    ("更生", "nobody has done wrong"),
    ("卒業", "support is not a course with an end"),
    ("勇気", "asking must not need courage"),
    ("早く", "no hurry, no pressure"),
    ("頑張", "no pressure"),
    ("がんばって", "no pressure"),
    ("がんばろう", "no pressure"),
    ("甘え", "no judgement"),
    ("怠け", "no judgement"),
    ("普通の人", "no comparison"),
    ("まともな", "no judgement"),
    ("ひきこもり者", "a person is never \"a hikikomori\""),
    (
        "ひきこもりの人",
        "a person is never \"a hikikomori\": write ひきこもりの状態にある方, or simply the person",
    ),
    ("引きこもりの人", "a person is never \"a hikikomori\""),
    ("障害者の方", "write 障害のある方"),
];

/// Where such a word is right: a school is left by 卒業.
const FINE: &[&str] = &[
    "学校を卒業",
    "卒業・中退",
    "卒業した学校",
    "高校卒業",
    "中学卒業",
    "卒業後",
    "在学・卒業",
    "卒業（",
];

/// Checks every text a person may see.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.matching(|file| !matches!(file.member(), "" | "xtask")) {
        let texts: Vec<(usize, String)> = match file.kind() {
            "rs" if !file.path.contains("/tests/") => rust_text::literals(&file.text)
                .into_iter()
                .filter(|literal| !literal.in_tests)
                .map(|literal| (literal.line, literal.text))
                .collect(),
            "html" => lines(&without_comments(&file.text)),
            "txt" | "json" | "csv" | "ftl" | "js" => lines(&file.text),
            _ => continue,
        };
        for (line, text) in texts {
            for what in faults(&text) {
                findings.push(Finding {
                    place: file.path.clone(),
                    line,
                    what,
                });
            }
        }
    }
    findings
}

fn lines(text: &str) -> Vec<(usize, String)> {
    text.lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.to_owned()))
        .collect()
}

fn faults(text: &str) -> Vec<String> {
    let mut plain = text.to_owned();
    for fine in FINE {
        plain = plain.replace(fine, "");
    }
    let mut faults: Vec<String> = NOT_OURS
        .iter()
        .filter(|(word, _)| plain.contains(word))
        .map(|(word, why)| format!("「{word}」: {why}"))
        .collect();
    let characters: Vec<char> = plain.chars().collect();
    // After a word, that is: a list of marks to split a text at does not shout.
    let shouts = characters
        .windows(2)
        .any(|pair| matches!(pair[1], '！' | '!') && is_word(pair[0]));
    if shouts {
        faults.push("an exclamation mark: we speak calmly".to_owned());
    }
    faults
}

fn is_word(character: char) -> bool {
    matches!(character, 'ぁ'..='ヿ' | '一'..='鿿' | '々' | '」' | '）')
}

/// Blanks out `{# … #}` and `<!-- … -->`, keeping the line breaks.
fn without_comments(html: &str) -> String {
    let mut out = html.to_owned();
    for (open, close) in [("{#", "#}"), ("<!--", "-->")] {
        let mut from = 0;
        while let Some(start) = out[from..].find(open).map(|at| from + at) {
            let end = out[start..]
                .find(close)
                .map_or(out.len(), |at| start + at + close.len());
            let blank: String = out[start..end].chars().filter(|c| *c == '\n').collect();
            out.replace_range(start..end, &blank);
            from = start + blank.len();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pressure_judgement_and_shouting_are_found() {
        for planted in [
            "<p>社会復帰を目指します</p>",
            "<p>勇気を出してください</p>",
            "<p>お待ちしています！</p>",
            "<p>どうぞ!</p>",
            "<li>ひきこもりの人</li>",
        ] {
            assert_eq!(
                check(&Tree::of("crates/web/templates/public/home.html", planted)).len(),
                1,
                "{planted}"
            );
        }
        assert_eq!(
            check(&Tree::of(
                "crates/guide/src/rules.rs",
                "const A: &str = \"早く相談を\";"
            ))
            .len(),
            1
        );
    }

    #[test]
    fn comments_code_and_schools_are_fine() {
        for fine in [
            "{# 「勇気」とは書かない #}<p>はい</p>",
            "<!-- 早く -->",
            "{% if !open %}",
            "<p>学校を卒業したあと</p>",
        ] {
            assert_eq!(
                check(&Tree::of("crates/web/templates/public/home.html", fine)),
                [],
                "{fine}"
            );
        }
        assert_eq!(
            check(&Tree::of(
                "crates/guide/src/rules.rs",
                "// 早く\nlet a = !b;"
            )),
            []
        );
    }
}
