//! What the command line's reader found wrong, in one Japanese sentence instead of its English ones.

use crate::failure::Failure;
use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// The sentence, or `None` when it is no mistake but a page asked for.
pub fn sentence(error: &Error) -> Option<Failure> {
    let said = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let typed = context(error, ContextKind::InvalidSubcommand);
            format!("「{typed}」というコマンドはありません")
        }
        ErrorKind::UnknownArgument => {
            let typed = context(error, ContextKind::InvalidArg);
            format!("「{typed}」は、ここでは使えません")
        }
        ErrorKind::MissingRequiredArgument => {
            format!(
                "{} を書いてください",
                context(error, ContextKind::InvalidArg)
            )
        }
        ErrorKind::ArgumentConflict => {
            let (one, other) = (
                context(error, ContextKind::InvalidArg),
                context(error, ContextKind::PriorArg),
            );
            format!("{one} と {other} は、どちらかだけにしてください")
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let argument = context(error, ContextKind::InvalidArg);
            format!("{argument} の値が正しくありません")
        }
        ErrorKind::InvalidUtf8 => "読めない文字が入っています".to_owned(),
        _ => return None,
    };
    Some(Failure::usage(format!(
        "{said}（書き方は --help にあります）。"
    )))
}

fn context(error: &Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(one)) => one.clone(),
        Some(ContextValue::Strings(several)) => several.join(" と "),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::Cli;
    use clap::Parser as _;

    fn sentence(line: &str) -> Option<String> {
        let error = Cli::try_parse_from(line.split(' ')).err()?;
        super::sentence(&error).map(|failure| failure.sentence().to_owned())
    }

    #[test]
    fn every_slip_is_one_sentence_that_names_what_was_typed() {
        for (line, named) in [
            ("ippo nonsense", "「nonsense」というコマンド"),
            ("ippo windows --are 1", "「--are」"),
            ("ippo windows --area 1 --postal 2", "--postal"),
            ("ippo windows --area", "--area <CODE>"),
            ("ippo import windows", "<FILE>"),
            ("ippo code", "<SECRET>"),
            ("ippo init --supervisor-name 佐藤", "--supervisor-login"),
        ] {
            let sentence = sentence(line).unwrap();
            assert!(
                sentence.contains(named) && sentence.ends_with('。'),
                "{line}: {sentence}"
            );
        }
        assert_eq!(sentence("ippo --help"), None);
        assert_eq!(sentence("ippo --version"), None);
    }
}
