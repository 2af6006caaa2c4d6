//! What the project checks about itself: `cargo xtask check`.
//!
//! Each lint is one file: what it looks for, why, and unit tests that plant the fault and see it found.
//! A finding names the file, the line and what to do instead.
//!
//! Architecture invariant: nothing of the program is linked in; everything is read as text or from `cargo metadata`.

mod floors;
mod length;
mod licences;
mod phones;
mod rust_text;
mod sql;
mod templates;
mod tree;
mod words;

use std::fmt;
use std::process::ExitCode;

/// One thing that should not be so.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where: a path below the repository, or a crate's name.
    pub place: String,
    /// The line, counted from one; zero when the whole file or crate is meant.
    pub line: usize,
    /// What is wrong and what to do instead.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {}", self.place, self.what)
        } else {
            write!(f, "{}:{}: {}", self.place, self.line, self.what)
        }
    }
}

/// A lint: its name and what it finds in the tree.
type Lint = (&'static str, fn(&tree::Tree) -> Vec<Finding>);

const LINTS: &[Lint] = &[
    ("floors", floors::check),
    ("portable SQL", sql::check),
    ("phone numbers", phones::check),
    ("words", words::check),
    ("templates", templates::check),
    ("licences", licences::check),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments != ["check"] {
        eprintln!("usage: cargo xtask check");
        return ExitCode::from(2);
    }
    let tree = match tree::Tree::read() {
        Ok(tree) => tree,
        Err(error) => {
            eprintln!("xtask: {error}");
            return ExitCode::from(2);
        }
    };
    let mut found = 0;
    for (name, lint) in LINTS {
        let findings = lint(&tree);
        println!(
            "{name}: {}",
            if findings.is_empty() {
                "ok".to_owned()
            } else {
                format!("{} found", findings.len())
            }
        );
        for finding in &findings {
            println!("  {finding}");
        }
        found += findings.len();
    }
    for note in length::notes(&tree) {
        println!("note: {note}");
    }
    if found == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
