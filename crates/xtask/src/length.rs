//! One concept a file: a source of more than 600 lines probably holds two. A note, not a fault.

use crate::tree::Tree;

const LONG: usize = 600;

/// Names the long sources, longest first.
pub fn notes(tree: &Tree) -> Vec<String> {
    let mut long: Vec<(usize, &str)> = tree
        .matching(|file| file.kind() == "rs" && !file.path.contains("/tests/"))
        .map(|file| (file.text.lines().count(), file.path.as_str()))
        .filter(|(lines, _)| *lines > LONG)
        .collect();
    long.sort_unstable_by(|a, b| b.cmp(a));
    long.iter()
        .map(|(lines, path)| format!("{path} has {lines} lines; it may hold two concepts"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_named() {
        assert_eq!(
            notes(&Tree::of("crates/web/src/a.rs", &"\n".repeat(601))).len(),
            1
        );
        assert_eq!(
            notes(&Tree::of("crates/web/src/a.rs", &"\n".repeat(600))).len(),
            0
        );
    }
}
