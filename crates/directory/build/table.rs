//! Reading the CSV files, and texts that live as long as the build script.

use std::collections::HashMap;
use std::path::Path;

pub type Row = HashMap<String, &'static str>;

/// A build script ends soon: its texts may live as long as it does.
pub fn keep(text: impl Into<String>) -> &'static str {
    Box::leak(text.into().into_boxed_str())
}

pub fn rows(path: &Path) -> Vec<Row> {
    let mut reader =
        csv::Reader::from_path(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let headers = reader.headers().expect("a header line").clone();
    reader
        .records()
        .map(|record| {
            let record = record.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            headers
                .iter()
                .map(str::to_owned)
                .zip(record.iter().map(|cell| keep(cell.trim())))
                .collect()
        })
        .collect()
}
