//! What can go wrong with a case, in the words the staff will read.

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The room's one error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such case, compartment or paper for this asker: absent and forbidden are one.
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
    /// Somebody else changed the same thing in the meantime; nothing was lost and nothing overwritten.
    #[error("ほかの職員が先に変更しました。いまの内容を確かめてから、もう一度保存してください。")]
    Meanwhile,
    /// The same form was sent a second time; nothing was changed.
    #[error("これは、もう記録されています。")]
    Again,
    /// A guard stopped it: the sentence says which and what to do first.
    #[error("{0}")]
    Guarded(String),
    /// A guard stopped it that a written reason goes past, on this ground and no other.
    #[error("{sentence}")]
    Passable {
        /// Which guard.
        sentence: String,
        /// On what ground it may be passed.
        basis: crate::despite::Basis,
    },
    /// The office refused, or a key is missing.
    #[error(transparent)]
    Office(#[from] office::Error),
    /// The letters refused.
    #[error(transparent)]
    Mailbox(#[from] mailbox::Error),
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

    /// Whether the asker is to see the page of something that does not exist.
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::NotFound | Self::Office(office::Error::NotFound) => true,
            Self::Mailbox(error) => error.is_not_found(),
            _ => false,
        }
    }
}
