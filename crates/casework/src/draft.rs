//! What a colleague is writing, kept while they write: it outlives a closed tab, a lost connection and a restart of the
//! program. One row a form, sealed in the colleague's own drawer ([`Drawer`]): nobody else's sign-in opens it, and the
//! administrator's least of all.
//!
//! A draft is no record. Keeping it leaves no audit row (a row for every few seconds of typing would bury the others);
//! what is sent in the end leaves its own.

use crate::{Casework, Error, Result};
use basics::time::from_micros;
use jiff::Timestamp;
use mailbox::return_code::Token;
use office::access::Drawer;
use office::session::Session;
use store::{Conn, housekeeping, params};

/// A draft nobody came back to is gone after so many days.
const DAYS: i64 = 30;
const DAY: i64 = 24 * 3_600 * 1_000_000;
/// A form that is longer is not kept by itself.
const LONGEST: usize = 128 * 1024;

/// A draft that was kept.
#[derive(Clone)]
pub struct Kept {
    /// When.
    pub at: Timestamp,
    /// The form's fields, as the page wrote them down.
    pub text: String,
}

/// Without the words.
impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

fn place(session: &Session, key: &str) -> String {
    format!("draft/{}/{key}", session.staff())
}

/// What stands in the database for a form's one-time token.
pub(crate) fn token_hash(token: &Token) -> [u8; 32] {
    vault::hash(token.field().as_bytes())
}

impl Casework {
    /// Keeps what stands in a form. `key` names the form and the case, never anything typed. What a late browser still
    /// saves after the form was sent is let go.
    pub async fn keep_draft(
        &self,
        session: &Session,
        key: &str,
        token: &Token,
        text: &str,
    ) -> Result<()> {
        if text.len() > LONGEST {
            return Err(Error::invalid(
                "words",
                "長すぎて、書きかけとして預かれません。",
            ));
        }
        let sealed = Drawer::of(session).seal(&place(session, key), text);
        let token = token_hash(token).to_vec();
        housekeeping!(self.db(), "draft.keep", |tx| {
            tx.exec(
                "INSERT INTO draft (staff_id, form_key, token_hash, spent, kept_at, sealed) VALUES ($1, $2, $3, 0, $4, $5) \
                 ON CONFLICT (staff_id, form_key) DO UPDATE SET token_hash = excluded.token_hash, spent = 0, \
                 kept_at = excluded.kept_at, sealed = excluded.sealed \
                 WHERE draft.spent = 0 OR draft.token_hash <> excluded.token_hash",
                params![
                    session.staff().get(),
                    key,
                    &token,
                    self.clock().now_micros(),
                    &sealed
                ],
            )
            .await?;
            Ok(())
        })
    }

    /// What this colleague left in a form.
    pub async fn draft(&self, session: &Session, key: &str) -> Result<Option<Kept>> {
        let found: Option<(i64, Vec<u8>)> = self
            .db()
            .read()
            .await?
            .first(
                "SELECT kept_at, sealed FROM draft WHERE staff_id = $1 AND form_key = $2 AND spent = 0",
                params![session.staff().get(), key],
            )
            .await?;
        Ok(found.and_then(|(at, sealed)| {
            let text = Drawer::of(session).open(&place(session, key), &sealed)?;
            Some(Kept {
                at: from_micros(at),
                text,
            })
        }))
    }

    /// Throws away what was left in a form.
    pub async fn drop_draft(&self, session: &Session, key: &str) -> Result<()> {
        housekeeping!(self.db(), "draft.keep", |tx| {
            tx.exec(
                "DELETE FROM draft WHERE staff_id = $1 AND form_key = $2",
                params![session.staff().get(), key],
            )
            .await?;
            Ok(())
        })
    }

    /// Removes drafts nobody came back to. Run it every hour.
    pub async fn purge_drafts(&self) -> Result<u64> {
        let before = self.clock().now_micros() - DAYS * DAY;
        housekeeping!(self.db(), "draft.purge", |tx| {
            Ok::<_, Error>(
                tx.exec("DELETE FROM draft WHERE kept_at < $1", params![before])
                    .await?,
            )
        })
    }
}

/// The form was sent: its draft is gone, inside the transaction that did what the form asked for.
pub(crate) async fn spend(
    tx: &mut Conn,
    session: &Session,
    key: &str,
    token: &Token,
) -> Result<()> {
    tx.exec(
        "INSERT INTO draft (staff_id, form_key, token_hash, spent, kept_at, sealed) VALUES ($1, $2, $3, 1, $4, $5) \
         ON CONFLICT (staff_id, form_key) DO UPDATE SET token_hash = excluded.token_hash, spent = 1, \
         kept_at = excluded.kept_at, sealed = excluded.sealed",
        params![
            session.staff().get(),
            key,
            token_hash(token).to_vec(),
            session.clock().now_micros(),
            Vec::<u8>::new()
        ],
    )
    .await?;
    Ok(())
}
