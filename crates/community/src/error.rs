//! What can go wrong with a place or an appointment, in the words its readers will see.

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The room's one error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such programme, gathering, slip or appointment for this asker: absent and forbidden are one.
    #[error("お探しのページは見つかりませんでした。")]
    NotFound,
    /// A field of a form is not right; what was typed is kept by the page.
    #[error("{sentence}")]
    Invalid {
        /// Which field, as the form names it.
        field: &'static str,
        /// What to do about it.
        sentence: String,
    },
    /// A step that this state does not allow (409).
    #[error("{0}")]
    Illegal(&'static str),
    /// Somebody else took the slot a moment before. The page shows the next free one.
    #[error("その時間は、たったいま別の方の予約が入りました。ほかの時間から選べます。")]
    Taken,
    /// Every seat is taken and this gathering keeps no waiting list, or the party does not fit.
    #[error("この回は、いま空きがありません。")]
    Full,
    /// One network address was given as many slips as it may have for now.
    #[error(
        "いま、同じところから続けて予約がありました。10分ほどあとに、もう一度お試しください。書いたものは、このまま残っています。"
    )]
    TooMany,
    /// The same form was sent a second time; nothing was changed.
    #[error("これは、もう受け付けています。")]
    Again,
    /// No such code, or one that is over.
    #[error("この番号の予約は見つかりませんでした。数字を、もう一度お確かめください。")]
    WrongCode,
    /// Somebody else changed the same thing in the meantime; nothing was overwritten.
    #[error("ほかの職員が先に変更しました。いまの内容を確かめてから、もう一度保存してください。")]
    Meanwhile,
    /// The office refused, or a key is missing.
    #[error(transparent)]
    Office(#[from] office::Error),
    /// The casework room refused.
    #[error(transparent)]
    Casework(#[from] casework::Error),
    /// The database failed.
    #[error("いま記録できませんでした。")]
    Store(#[from] store::Error),
    /// Something sealed did not open.
    #[error("封を開けられませんでした。")]
    Vault(#[from] vault::Error),
    /// What is stored cannot be understood; this is a fault of ours.
    #[error("保存されている内容を読み取れませんでした（{0}）。管理者に知らせてください。")]
    Damaged(&'static str),
}

impl Error {
    /// A field that is not right.
    pub fn invalid(field: &'static str, sentence: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            sentence: sentence.into(),
        }
    }

    /// The sentence of a guard that stands before somebody of a case (inv. 8, 9): what to do first.
    pub fn guard(&self) -> Option<&str> {
        match self {
            Self::Casework(
                casework::Error::Guarded(sentence) | casework::Error::Passable { sentence, .. },
            ) => Some(sentence),
            _ => None,
        }
    }

    /// Whether the asker is to see the page of something that does not exist.
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::NotFound | Self::Office(office::Error::NotFound) => true,
            Self::Casework(error) => error.is_not_found(),
            _ => false,
        }
    }
}
