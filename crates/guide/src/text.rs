//! A sentence in two versions: normal and やさしい日本語. No text of the guide exists in only one of them.

use serde::Deserialize;

/// One text, twice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Calm, plain Japanese.
    pub normal: String,
    /// やさしい日本語: short sentences, one thing a sentence.
    pub easy: String,
}

impl Text {
    /// The version that was asked for.
    pub fn get(&self, easy: bool) -> &str {
        if easy { &self.easy } else { &self.normal }
    }

    /// Do both versions say something?
    pub fn is_whole(&self) -> bool {
        !self.normal.trim().is_empty() && !self.easy.trim().is_empty()
    }
}
