//! A crate may use what stands below it, never what stands above or beside it (ARCHITECTURE.md, "Floors").

use crate::Finding;
use crate::tree::Tree;
use serde_json::Value;

/// Which crates of the house each crate may use. A new room is entered here and in ARCHITECTURE.md together.
const MAY_USE: &[(&str, &[&str])] = &[
    ("basics", &[]),
    ("vault", &[]),
    ("store", &[]),
    ("office", &["basics", "vault", "store"]),
    ("directory", &["basics", "vault", "store"]),
    // Pure: answers in, windows out. No database, no keys.
    ("guide", &["basics", "directory"]),
    (
        "mailbox",
        &["basics", "vault", "store", "office", "directory"],
    ),
    (
        "casework",
        &["basics", "vault", "store", "office", "mailbox"],
    ),
    (
        "community",
        &[
            "basics",
            "vault",
            "store",
            "office",
            "directory",
            "casework",
            "community",
        ],
    ),
    (
        "web",
        &[
            "basics",
            "vault",
            "store",
            "office",
            "directory",
            "guide",
            "mailbox",
            "casework",
            "community",
        ],
    ),
    (
        "ippo",
        &[
            "basics",
            "vault",
            "store",
            "office",
            "directory",
            "guide",
            "mailbox",
            "casework",
            "community",
            "web",
        ],
    ),
    (
        "testkit",
        &[
            "basics",
            "vault",
            "store",
            "office",
            "directory",
            "guide",
            "mailbox",
            "casework",
            "community",
            "web",
        ],
    ),
    // The browser knows only what a visitor knows; it borrows the reader of pages.
    ("e2e", &["testkit"]),
    ("xtask", &[]),
    // Measures the program from outside and one room from inside; nothing uses it.
    (
        "bench",
        &[
            "basics",
            "vault",
            "store",
            "office",
            "directory",
            "mailbox",
            "casework",
            "community",
        ],
    ),
];

/// Libraries that open a door which only these crates may stand at.
const DOORS: &[(&str, &[&str])] = &[
    ("rusqlite", &["store", "bench"]),
    ("tokio-postgres", &["store", "testkit"]),
    ("deadpool-postgres", &["store"]),
    ("axum", &["web", "ippo", "testkit"]),
    ("askama", &["web"]),
    ("aes-gcm", &["vault"]),
    ("hpke", &["vault"]),
    ("argon2", &["vault"]),
    ("clap", &["ippo"]),
    ("lettre", &["ippo"]),
    ("fantoccini", &["e2e"]),
];

/// Libraries that would give the guide a clock, a runtime or a die.
const NOT_PURE: &[&str] = &["tokio", "getrandom", "tempfile"];

/// Checks every edge of the workspace.
pub fn check(tree: &Tree) -> Vec<Finding> {
    edges(&tree.metadata).iter().filter_map(judge).collect()
}

/// One dependency of one of our crates.
struct Edge {
    from: String,
    to: String,
    ours: bool,
    for_tests: bool,
}

fn edges(metadata: &Value) -> Vec<Edge> {
    let packages = metadata["packages"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    // Our own crates are the ones that come from no registry.
    let ours = packages
        .iter()
        .filter(|package| package["source"].is_null());
    let mut edges = Vec::new();
    for package in ours {
        let from = package["name"].as_str().unwrap_or_default();
        for dependency in package["dependencies"]
            .as_array()
            .map_or(&[][..], Vec::as_slice)
        {
            edges.push(Edge {
                from: from.to_owned(),
                to: dependency["name"].as_str().unwrap_or_default().to_owned(),
                ours: dependency["source"].is_null(),
                for_tests: dependency["kind"] == "dev",
            });
        }
        if !MAY_USE.iter().any(|(known, _)| *known == from) {
            edges.push(Edge {
                from: from.to_owned(),
                to: String::new(),
                ours: true,
                for_tests: false,
            });
        }
    }
    edges
}

fn judge(edge: &Edge) -> Option<Finding> {
    let Edge {
        from,
        to,
        ours,
        for_tests,
    } = edge;
    let found = |what: String| {
        Some(Finding {
            place: format!("crates/{from}"),
            line: 0,
            what,
        })
    };
    let Some((_, may_use)) = MAY_USE.iter().find(|(known, _)| known == from) else {
        return found(
            "is on no floor: enter it in ARCHITECTURE.md and in xtask's floors.rs".to_owned(),
        );
    };
    // What only tests use does not reach the program.
    if *for_tests {
        return None;
    }
    if *ours {
        if to == "testkit" && !["e2e", "bench"].contains(&from.as_str()) {
            return found("uses testkit outside [dev-dependencies]".to_owned());
        }
        if !may_use.contains(&to.as_str()) {
            return found(format!(
                "uses {to}, which does not stand below it (ARCHITECTURE.md, Floors)"
            ));
        }
        return None;
    }
    if let Some((_, keepers)) = DOORS.iter().find(|(library, _)| library == to)
        && !keepers.contains(&from.as_str())
    {
        return found(format!(
            "uses {to}, which only {} may use",
            keepers.join(" and ")
        ));
    }
    if from == "guide" && NOT_PURE.contains(&to.as_str()) {
        return found(format!(
            "uses {to}, but the guide is a pure function over data"
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tree(from: &str, to: &str, source: Option<&str>, kind: Option<&str>) -> Tree {
        let dependency = json!({"name": to, "source": source, "kind": kind});
        let metadata =
            json!({"packages": [{"name": from, "source": null, "dependencies": [dependency]}]});
        Tree {
            files: Vec::new(),
            metadata,
        }
    }

    #[test]
    fn an_edge_upwards_or_sideways_is_found() {
        assert_eq!(check(&tree("office", "mailbox", None, None)).len(), 1);
        assert_eq!(check(&tree("vault", "store", None, None)).len(), 1);
        assert_eq!(check(&tree("guide", "store", None, None)).len(), 1);
        assert_eq!(check(&tree("mailbox", "office", None, None)).len(), 0);
    }

    #[test]
    fn testkit_is_for_tests_only() {
        assert_eq!(check(&tree("web", "testkit", None, None)).len(), 1);
        assert_eq!(check(&tree("web", "testkit", None, Some("dev"))).len(), 0);
    }

    #[test]
    fn doors_and_purity_are_kept() {
        let registry = Some("registry+https://github.com/rust-lang/crates.io-index");
        assert_eq!(check(&tree("mailbox", "rusqlite", registry, None)).len(), 1);
        assert_eq!(check(&tree("guide", "tokio", registry, None)).len(), 1);
        assert_eq!(check(&tree("store", "rusqlite", registry, None)).len(), 0);
    }

    #[test]
    fn a_crate_on_no_floor_is_found() {
        assert_eq!(
            check(&tree("attic", "serde", Some("r"), None)).len(),
            2,
            "once for itself, once for its edge"
        );
    }
}
