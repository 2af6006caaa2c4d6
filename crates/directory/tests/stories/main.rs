//! What the directory promises, tried on the data that is shipped. One binary, one file a story.

// Helpers of tests may stop the test, as a test may.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

mod areas;
mod confidence;
mod database;
mod finding;
mod import;
mod opening;
mod search;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use basics::MunicipalityCode;
use directory::Directory;

/// Loaded once for all stories.
pub fn directory() -> &'static Directory {
    static DIRECTORY: LazyLock<Directory> = LazyLock::new(Directory::load);
    &DIRECTORY
}

pub fn code(text: &str) -> MunicipalityCode {
    MunicipalityCode::parse(text).unwrap()
}

/// A data file as the sources gave it: what the program shows is held against this, not against its own embedding.
pub fn csv(file: &str) -> Vec<HashMap<String, String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../data")
        .join(file);
    csv::Reader::from_path(path)
        .unwrap()
        .deserialize()
        .map(Result::unwrap)
        .collect()
}
