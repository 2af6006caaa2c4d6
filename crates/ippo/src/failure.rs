//! What a command answers instead of a result: one sentence for the person at the terminal, and the exit code.

use std::fmt::Write as _;
use std::io;

/// Why a command ended without doing what it was asked.
#[derive(Debug)]
pub struct Failure {
    sentence: String,
    code: u8,
}

/// What commands answer.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// What was typed or configured is wrong: exit 2.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            code: 2,
        }
    }

    /// Something failed: exit 1.
    pub fn failed(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            code: 1,
        }
    }

    /// Everything was said already.
    pub fn quiet(code: u8) -> Self {
        Self {
            sentence: String::new(),
            code,
        }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.code
    }

    /// Says it on standard error.
    pub fn say(&self) {
        if !self.sentence.is_empty() {
            use io::Write as _;
            // Whoever closed standard error does not want to know.
            let _ = writeln!(io::stderr(), "ippo: {}", self.sentence);
        }
    }

    #[cfg(test)]
    pub fn sentence(&self) -> &str {
        &self.sentence
    }
}

/// The room's sentence, and behind it what went wrong inside: whoever runs a server wants both.
fn with_causes(error: &dyn std::error::Error) -> Failure {
    let mut sentence = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(sentence, "（{error}）");
        cause = error.source();
    }
    Failure::failed(sentence)
}

impl From<office::Error> for Failure {
    fn from(error: office::Error) -> Self {
        with_causes(&error)
    }
}

impl From<mailbox::Error> for Failure {
    fn from(error: mailbox::Error) -> Self {
        with_causes(&error)
    }
}

impl From<casework::Error> for Failure {
    fn from(error: casework::Error) -> Self {
        with_causes(&error)
    }
}

impl From<community::Error> for Failure {
    fn from(error: community::Error) -> Self {
        with_causes(&error)
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Self::failed(format!("データベースを使えませんでした（{error}）。"))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            // `ippo windows … | head`: the reader has seen enough.
            return Self::quiet(0);
        }
        Self::failed(format!("読み書きできませんでした（{error}）。"))
    }
}
