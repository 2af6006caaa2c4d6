//! The ひきこもり centres: each row of centers.csv with the decision of areas.toml about it.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::places::Places;
use crate::record::WindowRecord;
use crate::sources::Sources;
use crate::table::{Row, keep, rows};

pub fn centers(data: &Path, places: &Places, sources: &mut Sources) -> Vec<WindowRecord<'static>> {
    let decisions: toml::Table = std::fs::read_to_string(data.join("areas.toml"))
        .expect("areas.toml")
        .parse()
        .expect("areas.toml is TOML");
    let rows = rows(&data.join("centers.csv"));
    let by_place: HashMap<(&str, &str), &Row> = rows
        .iter()
        .map(|row| ((row["code5"], row["name"]), row))
        .collect();
    assert_eq!(
        by_place.len(),
        rows.len(),
        "two rows of centers.csv with the same code and name"
    );
    let mut decided = HashSet::new();
    let mut windows = Vec::new();

    for decision in decisions["window"].as_array().expect("[[window]]") {
        let (code, name) = (text(decision, "code"), text(decision, "row"));
        let row = by_place
            .get(&(code, name))
            .unwrap_or_else(|| panic!("areas.toml: centers.csv has no row {code} 「{name}」"));
        decided.insert((code, name));
        check_quotes(decision, row["note"]);
        windows.push(center(decision, row, places, sources));
    }
    for row in &rows {
        assert!(
            decided.contains(&(row["code5"], row["name"])),
            "no decision in areas.toml for {} 「{}」",
            row["code5"],
            row["name"]
        );
    }
    for decision in decisions["added"].as_array().expect("[[added]]") {
        let quoted = text(decision, "quoted_row");
        let row = rows
            .iter()
            .find(|row| row["name"] == quoted)
            .unwrap_or_else(|| panic!("areas.toml: no row 「{quoted}」"));
        check_quotes(decision, row["note"]);
        windows.push(WindowRecord {
            id: text(decision, "id"),
            kind: "HC",
            level: 'p',
            name: text(decision, "name"),
            operator: row["setting_body"],
            url: "",
            confidence: "name-only",
            sources: center_sources(row["sources"], sources),
            serves: codes(decision, "serves", places),
            except: codes(decision, "except", places),
            ..WindowRecord::default()
        });
    }
    windows
}

fn center(
    decision: &toml::Value,
    row: &Row,
    places: &Places,
    sources: &mut Sources,
) -> WindowRecord<'static> {
    let level = row["level"];
    let missing = row["confidence"] == "missing";
    // Of too little confidence to be shown: then it is not shipped either.
    let hidden = !matches!(row["confidence"], "high" | "medium-high" | "medium");
    let body = row["setting_body"];
    let name = if missing {
        keep(format!("{body}のひきこもり地域支援センター"))
    } else {
        Some(text(decision, "name"))
            .filter(|n| !n.is_empty())
            .unwrap_or(row["name"])
    };
    let own_url = text(decision, "url");
    let id = text(decision, "id");
    let kind = if level.contains("ステーション") {
        "MUNI"
    } else {
        "HC"
    };
    assert!(
        id.starts_with(&format!("{}-{}-", kind.to_lowercase(), row["code5"])),
        "{id} does not say its place"
    );
    WindowRecord {
        id,
        kind,
        also: list(decision, "also"),
        level: if level == "都道府県" { 'p' } else { 'c' },
        branch: row["sub_site"] == "1",
        name,
        operator: body,
        run_by: text(decision, "run_by"),
        phone: if hidden { "" } else { row["phone"] },
        phone_note: "",
        fax: if hidden { "" } else { row["fax"] },
        email: if hidden { "" } else { row["email"] },
        form: text(decision, "form"),
        url: if own_url.is_empty() {
            row["url"]
        } else {
            own_url
        },
        postal: row["postal"],
        address: row["address"],
        hours: row["hours"],
        closed: "",
        methods: row["methods"],
        note: text(decision, "note"),
        age_note: text(decision, "age_note"),
        age_from: number(decision, "age_from"),
        age_to: number(decision, "age_to"),
        confidence: row["confidence"],
        confirmed: row["as_of"],
        sources: if missing {
            vec![placeholder_source(row["note"], sources)]
        } else {
            center_sources(row["sources"], sources)
        },
        serves: codes(decision, "serves", places),
        except: codes(decision, "except", places),
        first_for: codes(decision, "first_for", places),
        serves_note: text(decision, "serves_note"),
        needs_review: false,
        fallback: missing,
        free: text(decision, "free"),
        family: text(decision, "family"),
        no_voiceless: text(decision, "no_voiceless"),
        ..WindowRecord::default()
    }
}

/// From where it is known that there is a centre of which nothing else is known.
fn placeholder_source(note: &'static str, sources: &mut Sources) -> u16 {
    const EVERYWHERE: &str =
        "2018年4月までに、すべての都道府県と指定都市に設置（厚生労働省の説明の引用）";
    let url = note.find("http").map_or("", |at| {
        note[at..].split([' ', ')', '）']).next().unwrap_or("")
    });
    sources.add(EVERYWHERE, url)
}

/// One `sources` cell: addresses, some followed by a remark, joined by 「 | 」.
fn center_sources(cell: &'static str, sources: &mut Sources) -> Vec<u16> {
    cell.split(" | ")
        .filter(|part| !part.is_empty())
        .map(|part| {
            if part.starts_with("http") {
                let (url, remark) = part.split_once(' ').unwrap_or((part, ""));
                sources.add(keep(remark.trim_matches(['(', ')', '（', '）', ' '])), url)
            } else {
                sources.add(part, "")
            }
        })
        .collect()
}

fn check_quotes(decision: &toml::Value, note: &str) {
    for key in ["quote", "free", "family", "no_voiceless"] {
        let quote = text(decision, key);
        assert!(
            note.contains(quote),
            "areas.toml: 「{quote}」 is not in the note 「{note}」"
        );
    }
    assert!(
        !text(decision, "reason").is_empty(),
        "areas.toml: every decision says why"
    );
}

fn text(decision: &toml::Value, key: &str) -> &'static str {
    decision
        .get(key)
        .map_or("", |value| keep(value.as_str().expect("a text")))
}

fn number(decision: &toml::Value, key: &str) -> Option<u8> {
    decision.get(key).map(|value| {
        value
            .as_integer()
            .and_then(|n| u8::try_from(n).ok())
            .expect("an age")
    })
}

fn list(decision: &toml::Value, key: &str) -> Vec<&'static str> {
    decision
        .get(key)
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .map(|value| keep(value.as_str().expect("a text")))
        .collect()
}

fn codes(decision: &toml::Value, key: &str, places: &Places) -> Vec<u16> {
    list(decision, key)
        .into_iter()
        .map(|code| places.check(code))
        .collect()
}
