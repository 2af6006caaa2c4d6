//! What can go wrong with a letter, in the words its writer or the staff will read.

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The mailbox's one error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing was written.
    #[error("まだ何も書かれていません。ひとことだけでも送れます。")]
    Empty,
    /// More than [`crate::MAX_CHARS`] characters.
    #[error(
        "一通に書けるのは4,000文字までです。いまは{0}文字あります。短くするか、二通に分けてください。"
    )]
    TooLong(usize),
    /// The code is wrong, whatever the reason: one answer for all of them.
    #[error("この番号では、手紙を開けませんでした。")]
    WrongCode,
    /// No such thread for this asker.
    #[error("お探しのページは見つかりませんでした。")]
    NotFound,
    /// The same form was sent a second time; nothing was changed.
    #[error("この手紙は、もう届いています。")]
    Again,
    /// The writer wrote or a colleague answered while this answer was being typed.
    #[error(
        "書いているあいだに、新しい手紙か返事が加わりました。読んでから、もういちど送ってください。書いたものは下に残っています。"
    )]
    Meanwhile,
    /// So many letters in one thread, so quickly, that nobody could have written them.
    #[error(
        "短いあいだにたくさんの手紙が届いているため、いまは受け取れません。10分ほどおいてから、もういちど送ってください。"
    )]
    TooMany,
    /// The day is in the past or more than a year away.
    #[error("約束の日は、あすから1年以内の日を選んでください。")]
    Day,
    /// The thread is part of a case: what goes out to people of a case is asked of the room of cases first.
    #[error("この手紙はケースに加わっています。ケースの決まりを確かめてから、返事を出します。")]
    OfCase,
    /// The office refused (role, missing key, absent).
    #[error(transparent)]
    Office(#[from] office::Error),
    /// The database failed.
    #[error("いま記録できませんでした。")]
    Store(#[from] store::Error),
    /// Something sealed did not open.
    #[error("封を開けられませんでした。")]
    Vault(#[from] vault::Error),
}

impl Error {
    /// Whether the asker is to see the page of something that does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(
            self,
            Error::NotFound | Error::Office(office::Error::NotFound)
        )
    }
}
