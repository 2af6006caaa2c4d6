//! What can go wrong in this room, in the words a page may show.

use crate::access::NotFound;

/// Everything that the functions of this room answer instead of a result.
///
/// The sentences are shown to staff (or, for [`Error::NotFound`], to anyone), so they hold no technical words;
/// what went wrong inside stands in `source()` and belongs into the log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Absent, or not for this person: the two look the same.
    #[error("お探しのページは見つかりませんでした。")]
    NotFound,
    /// Sign-in was refused. One sentence for a wrong login, password, code, and for "too many tries".
    #[error(
        "サインインできませんでした。ログイン名、パスワード、確認コードをもう一度お確かめください。\
         何度か続いたときは、1分ほどおいてからお試しください。"
    )]
    SignInRefused,
    /// The password check queue is full.
    #[error("ただいま混み合っています。少しおいてから、もう一度お試しください。")]
    Busy,
    /// Somebody else changed the same thing in the meantime; what was typed is kept by the page.
    #[error("ほかの職員が先に変更しました。いまの内容を確かめてから、もう一度保存してください。")]
    ChangedMeanwhile,
    /// A field of a form is not right.
    #[error("{sentence}")]
    Invalid {
        /// Which field, as the form names it.
        field: &'static str,
        /// What to do about it.
        sentence: String,
    },
    /// The invitation code is unknown, used or older than 72 hours.
    #[error(
        "この登録コードは使えません。期限（72時間）が過ぎたか、すでに使われています。管理者に新しいコードを頼んでください。"
    )]
    InvitationUnusable,
    /// This account holds no office key yet, so it can open no letter.
    #[error(
        "このアカウントには、まだ手紙を開く鍵が渡されていません。鍵を持つ同僚に「鍵を渡す」を頼んでください。"
    )]
    NoOfficeKey,
    /// The words on the recovery sheet do not give this office's key.
    #[error("復旧シートの内容が、この窓口のものと合いません。1行ずつ、もう一度お確かめください。")]
    SheetDoesNotFit,
    /// The database.
    #[error("いま保存できませんでした。少しおいてから、もう一度お試しください。")]
    Store(#[from] store::Error),
    /// Keys and sealing.
    #[error("鍵が合わないため、開けませんでした。")]
    Vault(#[from] vault::Error),
    /// The writer of the audit chain is gone or could not write.
    #[error("記録を残せなかったため、手続きを止めました。少しおいてから、もう一度お試しください。")]
    NotRecorded,
    /// What is stored cannot be understood; this is a fault of ours, not of the person at the page.
    #[error("保存されている内容を読み取れませんでした（{0}）。管理者に知らせてください。")]
    Damaged(&'static str),
}

impl Error {
    pub(crate) fn invalid(field: &'static str, sentence: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            sentence: sentence.into(),
        }
    }
}

impl From<NotFound> for Error {
    fn from(_: NotFound) -> Self {
        Self::NotFound
    }
}

/// What functions of this room answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;
