//! 「まちがいを知らせる」: somebody without an account says that a window is wrong.
//!
//! What is wrong is chosen from a list; the words are the writer's own and are sealed to the office like a letter. A
//! report never changes a window by itself.

use basics::time::micros;
use basics::{Clock, OfficeId};
use store::{Conn, params, row};
use vault::{CompartmentKey, Place, PublicKey, Sealed};

/// What is wrong with a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The number is wrong or nobody answers.
    Phone,
    /// The hours.
    Hours,
    /// The place.
    Address,
    /// The name.
    Name,
    /// Whom it serves.
    Area,
    /// It no longer exists.
    Gone,
    /// It turned somebody away.
    TurnedAway,
    /// Something else.
    Other,
}

impl What {
    /// All of them, in the order of the form.
    pub const ALL: &'static [Self] = &[
        Self::Phone,
        Self::Hours,
        Self::Address,
        Self::Name,
        Self::Area,
        Self::Gone,
        Self::TurnedAway,
        Self::Other,
    ];

    /// As stored and as the form sends it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Hours => "hours",
            Self::Address => "address",
            Self::Name => "name",
            Self::Area => "area",
            Self::Gone => "gone",
            Self::TurnedAway => "turned_away",
            Self::Other => "other",
        }
    }

    /// The inverse of [`Self::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|what| what.code() == code)
    }

    /// The words beside the button.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Phone => "電話番号がちがう・つながらない",
            Self::Hours => "受付時間がちがう",
            Self::Address => "場所がちがう",
            Self::Name => "名前がちがう",
            Self::Area => "担当する地域がちがう",
            Self::Gone => "もうない",
            Self::TurnedAway => "相談をことわられた",
            Self::Other => "そのほか",
        }
    }
}

/// The most that is taken of the writer's words, in characters.
pub const MAX_WORDS: usize = 1_000;

/// Where the words stand, for sealing and opening them.
pub fn place(id: i64) -> Place {
    Place {
        table: "window_report",
        row: id,
        column: "words",
    }
}

row! {
    /// A report that waits for somebody to look at it.
    pub struct ReportRow {
        /// Its id.
        pub id: i64,
        /// The window it is about.
        pub window_id: String,
        /// What is wrong ([`What::code`]).
        pub what: String,
        /// The key of the words, wrapped for the office (owner: the report's id).
        pub wrapped_key: Option<Vec<u8>>,
        /// The words, sealed; none were written when empty.
        pub words: Option<Vec<u8>>,
        /// When, in microseconds.
        pub sent_at: i64,
    }
}

/// Keeps a report; its id. `words` beyond [`MAX_WORDS`] are cut off.
pub async fn keep(
    tx: &mut Conn,
    clock: &Clock,
    office: OfficeId,
    office_key: &PublicKey,
    window_id: &str,
    what: What,
    words: &str,
) -> Result<i64, ReportError> {
    let id = basics::new_id(clock);
    let words: String = words.trim().chars().take(MAX_WORDS).collect();
    let sealed = if words.is_empty() {
        None
    } else {
        let key = CompartmentKey::fresh();
        Some((key.wrap_for(office_key, id)?, key.seal(&place(id), &words)))
    };
    let wrapped: Option<&[u8]> = sealed.as_ref().map(|(wrapped, _)| wrapped.as_slice());
    let words: Option<&[u8]> = sealed
        .as_ref()
        .map(|(_, words): &(_, Sealed<String>)| words.as_bytes());
    tx.exec(
        "INSERT INTO window_report (id, office, window_id, what, wrapped_key, words, sent_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![id, office.get(), window_id, what.code(), wrapped, words, micros(clock.now())],
    )
    .await?;
    Ok(id)
}

/// The reports nobody has settled yet, oldest first.
pub async fn waiting(
    conn: &mut Conn,
    office: OfficeId,
    at_most: u32,
) -> store::Result<Vec<ReportRow>> {
    let sql = format!(
        "SELECT {} FROM window_report WHERE office = $1 AND settled_at IS NULL ORDER BY sent_at, id LIMIT $2",
        ReportRow::COLS
    );
    conn.all(&sql, params![office.get(), i64::from(at_most)])
        .await
}

/// Settles a report and erases its words. Whether it was waiting.
pub async fn settle(
    tx: &mut Conn,
    clock: &Clock,
    office: OfficeId,
    id: i64,
) -> store::Result<bool> {
    let rows = tx
        .exec(
            "UPDATE window_report SET settled_at = $1, words = NULL, wrapped_key = NULL WHERE id = $2 AND office = $3 AND settled_at IS NULL",
            params![micros(clock.now()), id, office.get()],
        )
        .await?;
    Ok(rows > 0)
}

/// Why a report could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Sealing.
    #[error("お知らせを封じられませんでした")]
    Vault(#[from] vault::Error),
}
