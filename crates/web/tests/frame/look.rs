//! What the style sheets and templates promise: contrast, bytes, nothing from elsewhere, no number of their own.

use std::{collections::BTreeMap, fs, path::Path};

use crate::house::{bytes, house};

fn css() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/public.css")).unwrap()
}

fn variables(block: &str) -> BTreeMap<String, String> {
    block
        .split(';')
        .filter_map(|line| line.trim().strip_prefix("--"))
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn block<'c>(css: &'c str, after: &str) -> &'c str {
    let start = css
        .find(after)
        .unwrap_or_else(|| panic!("{after} is in the style sheet"))
        + after.len();
    let end = css[start..].find('}').unwrap();
    &css[start..start + end]
}

/// Relative luminance and contrast of WCAG 2.2.
fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(hex: &str) -> f64 {
    let digits: String = hex.trim_start_matches('#').chars().collect();
    let digits = if digits.len() == 3 {
        digits.chars().flat_map(|c| [c, c]).collect()
    } else {
        digits
    };
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&digits[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}

#[test]
fn both_themes_are_easy_to_read() {
    let css = css();
    let light = variables(block(&css, ":root{"));
    let dark = variables(block(&css, ":root[data-theme=dark]{"));
    let by_device = variables(block(&css, ":root:not([data-theme=light]){"));
    assert_eq!(
        dark, by_device,
        "the chosen and the device's dark are the same"
    );
    assert_eq!(
        light.keys().collect::<Vec<_>>(),
        dark.keys().collect::<Vec<_>>()
    );
    for (theme, colours) in [("light", &light), ("dark", &dark)] {
        for ground in ["bg", "panel", "warm", "tint"] {
            let on = |name: &str| contrast(&colours[name], &colours[ground]);
            assert!(on("fg") >= 7.0, "{theme}: body on {ground} {:.2}", on("fg"));
            for words in ["sub", "link", "visited", "hover", "err"] {
                assert!(
                    on(words) >= 4.5,
                    "{theme}: {words} on {ground} {:.2}",
                    on(words)
                );
            }
            for edge in ["line", "btn"] {
                assert!(
                    on(edge) >= 3.0,
                    "{theme}: {edge} on {ground} {:.2}",
                    on(edge)
                );
            }
        }
        for (ink, ground) in [
            ("btnfg", "btn"),
            ("btnfg", "btnhover"),
            ("ok", "bg"),
            ("warn", "bg"),
        ] {
            let found = contrast(&colours[ink], &colours[ground]);
            assert!(found >= 4.5, "{theme}: {ink} on {ground} {found:.2}");
        }
        assert!(
            contrast(&colours["ring1"], &colours["bg"]) >= 3.0,
            "{theme}: the ring is seen"
        );
        assert!(contrast(&colours["markfg"], &colours["mark"]) >= 7.0);
    }
}

#[tokio::test]
async fn the_first_visit_is_small() {
    let house = house("https://ippo.example").await;
    let css = web::assets::packed_size("public.css");
    let script = web::assets::packed_size("exit.js");
    let icon = web::assets::packed_size("icon.svg");
    assert!(css > 0 && css <= 10 * 1024, "CSS {css}");
    assert!(script > 0 && script <= 2 * 1024, "script {script}");
    for path in [
        "/",
        "/yomu",
        "/yomu/tsurai",
        "/yomu/oya",
        "/yomu/mawari",
        "/yomu/keiyaku",
        "/yomu/rireki",
        "/kono-site",
        "/yomi",
        "/nai",
    ] {
        let html = bytes(house.get_packed(path).await).await.len();
        println!("{path}: {html} + {css} + {script} + {icon}");
        assert!(html <= 14 * 1024, "{path} {html}");
        assert!(html + css + script + icon <= 30 * 1024);
    }
}

fn files(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((
                path.display().to_string(),
                fs::read_to_string(&path).unwrap(),
            ));
        }
    }
}

#[test]
fn nothing_is_fetched_from_elsewhere_and_no_template_holds_a_number() {
    let mut all = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    files(&root.join("templates"), &mut all);
    files(&root.join("assets"), &mut all);
    for (name, text) in &all {
        for fetching in [
            "src=\"http",
            "src=\"//",
            "url(http",
            "url(//",
            "@import",
            "action=\"http",
            "<link rel=\"stylesheet\" href=\"http",
            "style=\"",
            "<style",
        ] {
            assert!(!text.contains(fetching), "{name} holds {fetching}");
        }
        if Path::new(name)
            .extension()
            .is_none_or(|ending| ending != "html")
        {
            continue;
        }
        assert!(
            !text.contains("tel:"),
            "{name}: a number's link comes from the directory"
        );
        let narrow: Vec<char> = text
            .chars()
            .map(|c| {
                if c.is_ascii_digit() || c == '-' {
                    c
                } else {
                    ' '
                }
            })
            .collect();
        for word in narrow.iter().collect::<String>().split_whitespace() {
            let digits = word.chars().filter(char::is_ascii_digit).count();
            assert!(
                !(word.starts_with('0') && word.contains('-') && digits >= 9),
                "{name} holds the number {word}"
            );
            assert!(
                !(word.starts_with('0') && (10..=11).contains(&digits)),
                "{name} holds the number {word}"
            );
        }
    }
}
