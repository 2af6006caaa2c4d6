//! What we may ship: permissive licences only, no OpenSSL, one SQLite and one TLS.

use crate::Finding;
use crate::tree::Tree;
use serde_json::Value;

const ALLOWED: &[&str] = &[
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "BSL-1.0",
    "CC0-1.0",
    "Unlicense",
    "Unicode-3.0",
    "CDLA-Permissive-2.0",
];

/// File-level copyleft, in tests only: it never reaches the program.
const FOR_TESTS: &[(&str, &str)] = &[("webdriver", "MPL-2.0")];

/// Crates that must not come in, not even by way of others.
const BANNED: &[(&str, &str)] = &[
    ("openssl-sys", "TLS is rustls"),
    ("native-tls", "TLS is rustls"),
    ("libsqlite3-sys-le", "SQLite is bundled by rusqlite"),
];

/// Crates that may come in behind these others only: the house itself does not speak them.
const ONLY_BEHIND: &[(&str, &[&str], &str)] = &[
    // Recurrence is rrule, whose inside is chrono: better than an expansion of our own. calcard reads calendars in tests.
    (
        "chrono",
        &["rrule", "chrono-tz", "calcard"],
        "dates are jiff",
    ),
    ("chrono-tz", &["rrule", "calcard"], "dates are jiff"),
];

/// Crates of which there may be one version only.
const ONCE: &[&str] = &["libsqlite3-sys", "rustls", "tokio", "axum"];

/// Checks every package that cargo resolved.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let resolved: Vec<&str> = tree.metadata["resolve"]["nodes"]
        .as_array()
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .filter_map(|node| node["id"].as_str())
        .collect();
    let packages: Vec<&Value> = tree.metadata["packages"]
        .as_array()
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .filter(|package| {
            package["id"]
                .as_str()
                .is_some_and(|id| resolved.contains(&id))
        })
        .collect();
    let mut findings: Vec<Finding> = packages
        .iter()
        .filter_map(|package| judge(package))
        .collect();
    findings.extend(behind_others(tree, &packages));
    for name in ONCE {
        let versions: Vec<&str> = packages
            .iter()
            .filter(|package| package["name"] == **name)
            .filter_map(|package| package["version"].as_str())
            .collect();
        if versions.len() > 1 {
            findings.push(Finding {
                place: (*name).to_owned(),
                line: 0,
                what: format!("is there more than once: {}", versions.join(", ")),
            });
        }
    }
    findings
}

fn behind_others(tree: &Tree, packages: &[&Value]) -> Vec<Finding> {
    let name_of = |id: &Value| {
        let found = packages.iter().find(|package| package["id"] == *id);
        found
            .and_then(|package| package["name"].as_str())
            .unwrap_or_default()
    };
    let nodes = tree.metadata["resolve"]["nodes"].as_array();
    let mut findings = Vec::new();
    for node in nodes.map_or(&[][..], Vec::as_slice) {
        let user = name_of(&node["id"]);
        let needed = node["dependencies"].as_array();
        for needed in needed.map_or(&[][..], Vec::as_slice) {
            let needed = name_of(needed);
            let rule = ONLY_BEHIND.iter().find(|(name, _, _)| *name == needed);
            if let Some((name, behind, why)) = rule.filter(|(_, behind, _)| !behind.contains(&user))
            {
                findings.push(Finding {
                    place: user.to_owned(),
                    line: 0,
                    what: format!(
                        "uses {name}, which may stand behind {} only: {why}",
                        behind.join(", ")
                    ),
                });
            }
        }
    }
    findings
}

fn judge(package: &Value) -> Option<Finding> {
    let name = package["name"].as_str().unwrap_or_default();
    let licence = package["license"].as_str().unwrap_or_default();
    let found = |what: String| {
        Some(Finding {
            place: name.to_owned(),
            line: 0,
            what,
        })
    };
    if let Some((_, why)) = BANNED.iter().find(|(banned, _)| *banned == name) {
        return found(format!("must not come in: {why}"));
    }
    if FOR_TESTS.contains(&(name, licence)) || allowed(licence) {
        return None;
    }
    found(format!(
        "has the licence {licence:?}, which is not on the list (xtask's licences.rs)"
    ))
}

/// Whether an SPDX expression can be met with licences of the list.
fn allowed(expression: &str) -> bool {
    // `MIT/Apache-2.0` is the old way of writing OR.
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let mut tokens: Vec<&str> = spaced.split_whitespace().collect();
    tokens.reverse();
    let met = either(&mut tokens);
    met && tokens.is_empty()
}

// Both sides are always read, also when the first has decided: the tokens must be used up.
fn either(tokens: &mut Vec<&str>) -> bool {
    let mut met = all(tokens);
    while tokens.last() == Some(&"OR") {
        tokens.pop();
        met |= all(tokens);
    }
    met
}

fn all(tokens: &mut Vec<&str>) -> bool {
    let mut met = one(tokens);
    while tokens.last() == Some(&"AND") {
        tokens.pop();
        met &= one(tokens);
    }
    met
}

fn one(tokens: &mut Vec<&str>) -> bool {
    match tokens.pop() {
        Some("(") => {
            let met = either(tokens);
            tokens.pop() == Some(")") && met
        }
        Some(name) => {
            let mut name = name.to_owned();
            if tokens.last() == Some(&"WITH") {
                tokens.pop();
                name = format!("{name} WITH {}", tokens.pop().unwrap_or_default());
            }
            ALLOWED.contains(&name.as_str())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tree(packages: &[(&str, &str, &str)]) -> Tree {
        let ids: Vec<Value> = (0..packages.len())
            .map(|id| json!({"id": id.to_string()}))
            .collect();
        let packages: Vec<Value> = packages
            .iter()
            .enumerate()
            .map(|(id, (name, version, license))| json!({"id": id.to_string(), "name": name, "version": version, "license": license}))
            .collect();
        Tree {
            files: Vec::new(),
            metadata: json!({"packages": packages, "resolve": {"nodes": ids}}),
        }
    }

    #[test]
    fn expressions() {
        for fine in [
            "MIT",
            "MIT OR Apache-2.0",
            "MIT/Apache-2.0",
            "(MIT OR GPL-3.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR MIT",
        ] {
            assert!(allowed(fine), "{fine}");
        }
        for not in [
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "",
            "MPL-2.0",
            "Apache-2.0 WITH Classpath-exception",
        ] {
            assert!(!allowed(not), "{not}");
        }
    }

    #[test]
    fn a_foreign_licence_a_banned_crate_and_a_second_sqlite_are_found() {
        assert_eq!(check(&tree(&[("a", "1", "AGPL-3.0")])).len(), 1);
        assert_eq!(check(&tree(&[("openssl-sys", "1", "MIT")])).len(), 1);
        assert_eq!(
            check(&tree(&[
                ("libsqlite3-sys", "1", "MIT"),
                ("libsqlite3-sys", "2", "MIT")
            ]))
            .len(),
            1
        );
        assert_eq!(
            check(&tree(&[
                ("webdriver", "1", "MPL-2.0"),
                ("serde", "1", "MIT OR Apache-2.0")
            ]))
            .len(),
            0
        );
    }

    #[test]
    fn chrono_stays_behind_rrule() {
        let uses = |user: &str| Tree {
            files: Vec::new(),
            metadata: json!({
                "packages": [
                    {"id": "0", "name": user, "version": "1", "license": "MIT"},
                    {"id": "1", "name": "chrono", "version": "1", "license": "MIT"},
                ],
                "resolve": {"nodes": [{"id": "0", "dependencies": ["1"]}, {"id": "1", "dependencies": []}]},
            }),
        };
        assert_eq!(check(&uses("rrule")).len(), 0);
        assert_eq!(check(&uses("community")).len(), 1);
    }
}
