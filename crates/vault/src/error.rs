//! Why something sealed stays closed. One word for every cause, so that no
//! caller can tell a wrong key from damaged bytes.

/// The vault's one error.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum Error {
    /// Wrong key, wrong place or changed bytes.
    #[error(
        "it does not open: the key, the place or the bytes are not the ones it was sealed with"
    )]
    Closed,
    /// Opened, but what is inside is not of the expected type.
    #[error("it opened, but what is inside is not what was expected")]
    Unreadable,
    /// A recovery sheet with a mistyped group.
    #[error("the recovery sheet was not read correctly: check every group")]
    Sheet,
}
