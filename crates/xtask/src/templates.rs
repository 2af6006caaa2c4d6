//! Every page stands on a base template (crisis strip, quick exit, headings), and nothing in a page breaks the content
//! security policy: no inline script or style, nothing fetched from elsewhere.

use crate::Finding;
use crate::tree::Tree;

/// Checks every template of web.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree
        .matching(|file| file.path.starts_with("crates/web/templates/") && file.kind() == "html")
    {
        let mut report = |line: usize, what: &str| {
            findings.push(Finding {
                place: file.path.clone(),
                line,
                what: what.to_owned(),
            });
        };
        let name = file.path.trim_start_matches("crates/web/templates/");
        let is_page =
            !name.starts_with("parts/") && !name.ends_with("base.html") && !name.contains("/_");
        if is_page && !begins_with_extends(&file.text) {
            report(
                1,
                "a page extends a base: begin with {% extends \"public/base.html\" %} (a fragment goes into parts/)",
            );
        }
        for (at, line) in file.text.lines().enumerate() {
            for what in faults(line) {
                report(at + 1, what);
            }
        }
    }
    findings
}

fn begins_with_extends(text: &str) -> bool {
    let mut rest = text.trim_start();
    // A leading comment may say what the page is for.
    while let Some(after) = rest.strip_prefix("{#") {
        rest = after
            .split_once("#}")
            .map_or("", |(_, rest)| rest)
            .trim_start();
    }
    rest.strip_prefix("{%").is_some_and(|rest| {
        rest.trim_start_matches('-')
            .trim_start()
            .starts_with("extends")
    })
}

fn faults(line: &str) -> Vec<&'static str> {
    let lower = line.to_lowercase();
    let mut faults = Vec::new();
    if lower.contains(" style=") || lower.contains("<style") {
        faults.push("an inline style: the policy refuses it; use a class");
    }
    if lower.contains("<script")
        && !lower.contains(" src=")
        && !lower.contains("application/ld+json")
    {
        faults.push("an inline script: the policy refuses it; put it into assets/");
    }
    if [
        " onclick=",
        " onload=",
        " onsubmit=",
        " onchange=",
        " oninput=",
    ]
    .iter()
    .any(|handler| lower.contains(handler))
    {
        faults.push("an inline handler: the policy refuses it; listen in assets/");
    }
    if lower.contains("javascript:") {
        faults.push("a javascript: address; use a button and listen in assets/");
    }
    let fetched = [
        "src=\"http",
        "src=\"//",
        "srcset=\"http",
        "action=\"http",
        "@import",
        "url(http",
    ];
    if fetched
        .iter()
        .any(|from_elsewhere| lower.contains(from_elsewhere))
        || (lower.contains("<link")
            && lower.contains("href=\"http")
            && !lower.contains("canonical"))
    {
        faults.push(
            "something fetched from or sent to elsewhere: the pages make no third-party request",
        );
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> usize {
        check(&Tree::of("crates/web/templates/public/home.html", text)).len()
    }

    #[test]
    fn a_page_without_a_base_is_found() {
        assert_eq!(page("<!DOCTYPE html>"), 1);
        assert_eq!(
            page("{# the first page #}\n{%- extends \"public/base.html\" %}"),
            0
        );
        assert_eq!(
            check(&Tree::of("crates/web/templates/parts/card.html", "<div>")),
            []
        );
    }

    #[test]
    fn what_the_policy_refuses_is_found() {
        let base = "{% extends \"public/base.html\" %}\n";
        for planted in [
            "<p style=\"color:red\">",
            "<script>alert(1)</script>",
            "<a onclick=\"go()\">",
            "<a href=\"javascript:go()\">",
            "<img src=\"https://example.com/a.png\">",
            "<link rel=\"stylesheet\" href=\"https://example.com/a.css\">",
        ] {
            assert_eq!(page(&format!("{base}{planted}")), 1, "{planted}");
        }
        assert_eq!(
            page(&format!(
                "{base}<script src=\"/a.js\"></script><a href=\"https://example.com/\">"
            )),
            0
        );
    }
}
