//! 定型文: texts an office keeps for its answers, with places to fill in.
//!
//! They are the office's own wording and say nothing about anybody, so they are stored in the clear.

use crate::access::{Action, Permit};
use crate::audit::{self, Entry};
use crate::error::{Error, Result};
use basics::{OfficeId, new_id};
use store::{Conn, Db, params, row, transact};

basics::id! {
    /// One text of an office.
    PhraseId
}

/// The places that a text may hold, and what they are called on the page.
pub const PLACEHOLDERS: &[(&str, &str)] = &[
    ("窓口", "この窓口の名前"),
    ("担当", "返事を書く人の名前"),
    ("約束の日", "次のお返事の約束の日"),
    ("開いている日", "窓口が開いている曜日と時間"),
];

row! {
    /// One text of an office.
    pub struct Phrase {
        /// Its identifier.
        pub id: i64,
        /// What it is called in the list.
        pub title: String,
        /// The text, with `{窓口}` and the other [`PLACEHOLDERS`].
        pub body: String,
        /// Where it stands in the list.
        pub position: i64,
        /// Counts the changes; a form sends back the one it was made from.
        pub version: i64,
    }
}

/// What the form holds.
#[derive(Clone, Debug)]
pub struct PhraseText {
    /// Its title.
    pub title: String,
    /// Its body.
    pub body: String,
    /// Its place in the list.
    pub position: i64,
}

impl PhraseText {
    /// What is wrong with it, if anything: the places must be known ones, so that no `{…}` reaches a reader.
    fn check(&self) -> Result<()> {
        let (title, body) = (self.title.trim(), self.body.trim());
        if title.is_empty() || title.chars().count() > 60 {
            return Err(Error::invalid(
                "title",
                "題名を60文字までで書いてください。",
            ));
        }
        if body.is_empty() || body.chars().count() > 4_000 {
            return Err(Error::invalid(
                "body",
                "本文を4,000文字までで書いてください。",
            ));
        }
        match unknown_placeholder(body) {
            Some(unknown) => Err(Error::invalid(
                "body",
                format!(
                    "「{{{unknown}}}」に入る内容がありません。使えるのは{}です。",
                    known_placeholders()
                ),
            )),
            None => Ok(()),
        }
    }
}

fn known_placeholders() -> String {
    PLACEHOLDERS
        .iter()
        .map(|(name, _)| format!("{{{name}}}"))
        .collect::<Vec<_>>()
        .join("、")
}

fn unknown_placeholder(body: &str) -> Option<&str> {
    placeholders(body).find(|name| PLACEHOLDERS.iter().all(|(known, _)| known != name))
}

fn placeholders(body: &str) -> impl Iterator<Item = &str> {
    body.split('{')
        .skip(1)
        .filter_map(|after| after.split_once('}').map(|(name, _)| name))
}

/// The text with its places filled in. A place for which nothing is given stays as it is, for the writer to see.
pub fn fill(body: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(body.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}

/// The texts of an office, in its own order.
pub async fn list(conn: &mut Conn, office: OfficeId) -> Result<Vec<Phrase>> {
    Ok(conn
        .all(
            &format!(
                "SELECT {} FROM phrase WHERE office_id = $1 ORDER BY position, id",
                Phrase::COLS
            ),
            params![office.get()],
        )
        .await?)
}

/// Adds a text.
pub async fn add(db: &Db, permit: &Permit, text: &PhraseText) -> Result<PhraseId> {
    permit.must_be_for(Action::EditPhrases)?;
    text.check()?;
    let id = new_id(permit.clock());
    let now = permit.clock().now_micros();
    transact!(db, "office.add_phrase", |tx| {
        tx.exec(
            "INSERT INTO phrase (id, office_id, title, body, position, version, updated_at) \
             VALUES ($1, $2, $3, $4, $5, 1, $6)",
            params![
                id,
                permit.office().get(),
                text.title.trim(),
                text.body.trim(),
                text.position,
                now
            ],
        )
        .await?;
        audit::record(tx, &entry(permit, "phrase.add", id)).await?;
        Ok::<_, Error>(PhraseId::from(id))
    })
}

/// Changes a text; [`Error::ChangedMeanwhile`] when somebody else did so since `version`.
pub async fn change(
    db: &Db,
    permit: &Permit,
    id: PhraseId,
    version: i64,
    text: &PhraseText,
) -> Result<()> {
    permit.must_be_for(Action::EditPhrases)?;
    text.check()?;
    transact!(db, "office.change_phrase", |tx| {
        let changed = tx
            .exec(
                "UPDATE phrase SET title = $1, body = $2, position = $3, version = version + 1, updated_at = $4 \
                 WHERE id = $5 AND office_id = $6 AND version = $7",
                params![
                    text.title.trim(),
                    text.body.trim(),
                    text.position,
                    permit.clock().now_micros(),
                    id.get(),
                    permit.office().get(),
                    version
                ],
            )
            .await?;
        if changed == 0 {
            return Err(Error::ChangedMeanwhile);
        }
        audit::record(tx, &entry(permit, "phrase.change", id.get())).await?;
        Ok::<_, Error>(())
    })
}

/// Removes a text.
pub async fn remove(db: &Db, permit: &Permit, id: PhraseId) -> Result<()> {
    permit.must_be_for(Action::EditPhrases)?;
    transact!(db, "office.remove_phrase", |tx| {
        let gone = tx
            .exec(
                "DELETE FROM phrase WHERE id = $1 AND office_id = $2",
                params![id.get(), permit.office().get()],
            )
            .await?;
        if gone == 0 {
            return Err(Error::NotFound);
        }
        audit::record(tx, &entry(permit, "phrase.remove", id.get())).await?;
        Ok::<_, Error>(())
    })
}

fn entry(permit: &Permit, action: &'static str, id: i64) -> Entry {
    permit.entry(action, format!("phrase:{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_and_unknown_ones_are_named() {
        let body = "{窓口}の{担当}です。次は{約束の日}までにお返事します。";
        assert_eq!(unknown_placeholder(body), None);
        assert_eq!(unknown_placeholder("{相談員}です。"), Some("相談員"));
        assert_eq!(
            fill(
                body,
                &[("窓口", "みどり市"), ("約束の日", "11月26日（木）")]
            ),
            "みどり市の{担当}です。次は11月26日（木）までにお返事します。"
        );
    }
}
