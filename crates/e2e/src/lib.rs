//! The program as people meet it: `ippo demo`, started as a process, looked at with Chromium.
//!
//! [`Demo`] starts the program and keeps every line it prints; [`Browser`] is one Chromium with a [`Look`] (script on or
//! off, light or dark, phone or desk, large text); [`http`] asks without a browser, to see headers and bytes.
//! The stories stand in `tests/browser/`. `scripts/test` installs what is needed and says where it is; a missing piece
//! is a failure.

// A test helper that cannot go on has one good answer: stop the test and say why.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

pub mod axe;
mod browser;
pub mod crawl;
mod demo;
pub mod http;

pub use browser::{Browser, Look, Wire};
pub use demo::{Demo, SignIn};

use std::path::{Path, PathBuf};

/// What `scripts/test` names in `variable`, or else `fallback` below target/, or else a sentence that helps.
fn piece(variable: &str, fallback: &str) -> PathBuf {
    let path = std::env::var_os(variable).map_or_else(|| target().join(fallback), PathBuf::from);
    let by_name = path.components().count() == 1;
    assert!(
        by_name || path.exists(),
        "{variable} ({}) is not there. Run the browser tests with scripts/test -p e2e, which installs and builds what they need.",
        path.display()
    );
    path
}

/// The build folder.
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target")
}
