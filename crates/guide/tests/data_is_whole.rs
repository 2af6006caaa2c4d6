//! The shipped data can be read, and every rule of guide.md §E3 is there with both texts.

#![allow(clippy::unwrap_used)]

use guide::{Rules, What};

#[test]
fn the_shipped_rules_are_whole() {
    let rules = Rules::shipped().unwrap();
    assert_eq!(rules.version, "2026-11");
    // §E3 has no R08 and no R09.
    let expected: Vec<String> = (1..=7).chain(10..=44).map(|n| format!("R{n:02}")).collect();
    assert_eq!(
        rules
            .rules
            .iter()
            .map(|rule| rule.id.clone())
            .collect::<Vec<_>>(),
        expected
    );
    for rule in &rules.rules {
        assert!(!rule.effects.is_empty(), "{} does nothing", rule.id);
        assert!(!rule.source.is_empty(), "{}", rule.id);
        for effect in &rule.effects {
            let (normal, easy) = (rules.describe(effect, false), rules.describe(effect, true));
            assert!(!normal.is_empty() && !easy.is_empty());
        }
    }
}

#[test]
fn a_rule_with_only_one_of_its_texts_is_refused() {
    let rules = include_str!("../rules/rules.toml");
    let rest = [
        include_str!("../rules/questions.toml"),
        include_str!("../rules/cards.toml"),
        include_str!("../rules/phrases.toml"),
    ];
    let read = |text: &str| Rules::read(text, rest[0], rest[1], rest[2]);
    assert!(read(rules).is_ok());
    let easy = ", easy = \"名前は言わなくて大丈夫です。\" }";
    let missing = rules.replacen(easy, " }", 1);
    assert_ne!(missing, rules);
    assert!(read(&missing).unwrap_err().to_string().contains("easy"));
    let empty = rules.replacen(easy, ", easy = \" \" }", 1);
    assert_eq!(
        read(&empty).unwrap_err().to_string(),
        "R02: a text is empty in one of its versions"
    );
    let wrong = rules.replacen("risk has danger", "risk has dangr", 1);
    assert!(
        read(&wrong)
            .unwrap_err()
            .to_string()
            .starts_with("R01: the condition `risk has dangr`")
    );
}

#[test]
fn every_line_with_a_number_is_in_the_table_of_hotlines() {
    let tables = ["windows_hotlines.csv", "hotlines_field.csv"].map(|file| {
        std::fs::read_to_string(format!("{}/../../data/{file}", env!("CARGO_MANIFEST_DIR")))
            .unwrap()
    });
    let known: Vec<&str> = tables
        .iter()
        .flat_map(|table| table.lines().skip(1))
        .filter_map(|line| line.split(',').next())
        .collect();
    let rules = Rules::shipped().unwrap();
    for line in &rules.lines {
        for id in &line.hotlines {
            assert!(known.contains(&id.as_str()), "{}: {id}", line.code);
        }
    }
    let used = |code: &str| {
        rules
            .rules
            .iter()
            .flat_map(|rule| &rule.effects)
            .any(|effect| match &effect.what {
                What::Urgent(codes) | What::Beside(codes) => codes.iter().any(|used| used == code),
                _ => false,
            })
    };
    for line in &rules.lines {
        assert!(used(&line.code), "no rule names {}", line.code);
    }
}
