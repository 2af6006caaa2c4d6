//! A file on its way in: sealed as it comes, all of it or nothing.

use super::{About, FileKind, LARGEST, PIECE, Piece, QUOTA, about_place, piece_place, used};
use crate::search::{self, Source};
use crate::{Casework, Error, Result, case, compartment};
use basics::{CaseId, CompartmentId, new_id};
use office::access::{Action, CompartmentGrant};
use office::session::Session;
use store::{Conn, housekeeping, params, transact};
use vault::{Json, Zeroizing};

/// What lies about half way after this long belongs to nobody any more.
const STALE: i64 = 3_600 * 1_000_000;
const NAME_CHARS: usize = 120;
const NOTE_CHARS: usize = 500;

const TOO_LARGE: &str = "20MBまでのファイルを添付できます。小さくするか、分けてください。";
const NOT_TAKEN: &str = "この種類のファイルは、安全のため受け取れません。PDF・写真（JPEG・PNG・HEIC）・テキスト・Word・Excel・OpenDocument にしてください。";
const FULL: &str =
    "このケースの添付は、合わせて200MBまでです。要らなくなったものがないか、確かめてください。";

/// A file that is arriving. Dropped without [`Upload::finish`] it is taken away again.
pub struct Upload {
    room: Casework,
    inside: CompartmentGrant,
    case: CaseId,
    id: i64,
    kind: Option<FileKind>,
    waiting: Zeroizing<Vec<u8>>,
    n: i64,
    bytes: i64,
    done: bool,
}

impl Casework {
    /// Begins to take a file into a compartment. Whether the asker may is decided here, before the first byte.
    pub async fn attach(
        &self,
        session: &Session,
        case: CaseId,
        compartment: CompartmentId,
    ) -> Result<Upload> {
        let id = new_id(self.clock());
        let now = self.clock().now_micros();
        let inside = transact!(self.db(), "attachment.begin", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let action = Action::WriteNote;
            let inside = compartment::open(tx, session, &grant, compartment, action).await?;
            sweep(tx, now).await?;
            if used(tx, case).await? >= QUOTA {
                return Err(Error::invalid("fairu", FULL));
            }
            tx.exec(
                "INSERT INTO attachment (id, case_id, compartment_id, state, kind, bytes, added_by, added_at, added_on) \
                 VALUES ($1, $2, $3, 'arriving', '', 0, $4, $5, $6)",
                params![
                    id,
                    case.get(),
                    compartment.get(),
                    session.staff().get(),
                    now,
                    self.clock().today().to_string()
                ],
            )
            .await?;
            Ok::<_, Error>(inside)
        })?;
        Ok(Upload {
            room: self.clone(),
            inside,
            case,
            id,
            kind: None,
            waiting: Zeroizing::new(Vec::with_capacity(PIECE)),
            n: 0,
            bytes: 0,
            done: false,
        })
    }
}

impl Upload {
    /// The next bytes, as they come.
    pub async fn take(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let fits = bytes.len().min(PIECE - self.waiting.len());
            self.waiting.extend_from_slice(&bytes[..fits]);
            bytes = &bytes[fits..];
            if self.waiting.len() == PIECE {
                self.put_away().await?;
            }
        }
        Ok(())
    }

    /// Seals what has come so far. The first piece says what the file is.
    async fn put_away(&mut self) -> Result<()> {
        let length = i64::try_from(self.waiting.len()).unwrap_or(i64::MAX);
        if self.bytes + length > LARGEST {
            return Err(Error::invalid("fairu", TOO_LARGE));
        }
        let kind = match self.kind {
            Some(kind) => kind,
            None => {
                FileKind::of(&self.waiting).ok_or_else(|| Error::invalid("fairu", NOT_TAKEN))?
            }
        };
        if !kind.goes_on(&self.waiting) {
            return Err(Error::invalid("fairu", NOT_TAKEN));
        }
        self.kind = Some(kind);
        let bytes = std::mem::replace(&mut self.waiting, Zeroizing::new(Vec::with_capacity(PIECE)));
        let piece = Piece {
            of: self.id,
            n: self.n,
            bytes,
        };
        let row = new_id(self.room.clock());
        let sealed = self.inside.seal(&piece_place(row), &piece);
        let (id, n, so_far) = (self.id, self.n, self.bytes + length);
        // A piece of something that is not there yet: the beginning is in the chain, and the end will be.
        housekeeping!(self.room.db(), "attachment.piece", |tx| {
            tx.exec(
                "INSERT INTO attachment_piece (id, attachment_id, n, body) VALUES ($1, $2, $3, $4)",
                params![row, id, n, sealed.as_bytes()],
            )
            .await?;
            tx.exec(
                "UPDATE attachment SET bytes = $1 WHERE id = $2",
                params![so_far, id],
            )
            .await?;
            Ok::<_, Error>(())
        })?;
        self.n += 1;
        self.bytes += length;
        Ok(())
    }

    /// The file is whole: from here on it is there. The name is made harmless, its end fits the content.
    /// What cannot be kept is gone when this returns.
    pub async fn finish(mut self, session: &Session, name: &str, note: &str) -> Result<i64> {
        match self.keep(session, name, note).await {
            Ok(id) => {
                self.done = true;
                Ok(id)
            }
            Err(error) => {
                self.give_up().await?;
                Err(error)
            }
        }
    }

    async fn keep(&mut self, session: &Session, name: &str, note: &str) -> Result<i64> {
        if !self.waiting.is_empty() {
            self.put_away().await?;
        }
        let kind = self
            .kind
            .ok_or_else(|| Error::invalid("fairu", "ファイルを選んでください。"))?;
        let about = About {
            name: file_name(name, kind),
            note: note.trim().chars().take(NOTE_CHARS).collect(),
        };
        let (id, clock) = (self.id, self.room.clock().clone());
        transact!(self.room.db(), "attachment.keep", |tx| {
            let (_, grant) = case::open(tx, session, self.case, Action::ChangeCase).await?;
            if used(tx, self.case).await? > QUOTA {
                return Err(Error::invalid("fairu", FULL));
            }
            let sealed = self.inside.seal(&about_place(id), &Json(about.clone()));
            let kept = tx
                .exec(
                    "UPDATE attachment SET state = 'kept', kind = $1, about = $2 WHERE id = $3 AND state = 'arriving'",
                    params![kind.code(), sealed.as_bytes(), id],
                )
                .await?;
            if kept == 0 {
                return Err(Error::Illegal(
                    "添付の途中で時間がたちすぎました。もう一度、選んでください。",
                ));
            }
            let words = format!("{}\n{}", about.name, about.note);
            search::keep(tx, &self.inside, &clock, Source::Attachment, id, &words).await?;
            let entry = grant
                .entry("attachment.kept")
                .because(format!("attachment={id}"));
            office::audit::record(tx, &entry).await?;
            Ok(())
        })?;
        Ok(id)
    }

    /// Takes away what has come so far.
    pub async fn give_up(mut self) -> Result<()> {
        self.done = true;
        take_away(&self.room, self.id).await
    }
}

async fn take_away(room: &Casework, id: i64) -> Result<()> {
    housekeeping!(room.db(), "attachment.sweep", |tx| {
        tx.exec(
            "DELETE FROM attachment_piece WHERE attachment_id IN (SELECT id FROM attachment WHERE id = $1 AND state = 'arriving')",
            params![id],
        )
        .await?;
        tx.exec(
            "DELETE FROM attachment WHERE id = $1 AND state = 'arriving'",
            params![id],
        )
        .await?;
        Ok::<_, Error>(())
    })
}

/// Takes away what broke off when the program itself did.
async fn sweep(tx: &mut Conn, now: i64) -> Result<()> {
    const OLD: &str = "SELECT id FROM attachment WHERE state = 'arriving' AND added_at < $1";
    tx.exec(
        &format!("DELETE FROM attachment_piece WHERE attachment_id IN ({OLD})"),
        params![now - STALE],
    )
    .await?;
    tx.exec(
        "DELETE FROM attachment WHERE state = 'arriving' AND added_at < $1",
        params![now - STALE],
    )
    .await?;
    Ok(())
}

impl Drop for Upload {
    /// The browser went away half way: what came is taken away by a task of its own.
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let (room, id) = (self.room.clone(), self.id);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = take_away(&room, id).await {
                    tracing::warn!(target: "casework", ?error, "half a file stays until the next sweep");
                }
            });
        }
    }
}

/// A name as it may stand in a header and on a disk: no folders, nothing invisible that turns it around, and an end that
/// fits the content.
pub fn file_name(name: &str, kind: FileKind) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let harmless = |c: &char| {
        let turns = matches!(*c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        !c.is_control() && !turns && !matches!(c, '"' | '<' | '>' | '|' | '?' | '*' | ':')
    };
    let clean: String = base.chars().filter(harmless).collect();
    let clean = clean.trim().trim_matches('.');
    let (stem, end) = clean.rsplit_once('.').unwrap_or((clean, ""));
    let fits = kind
        .extensions()
        .iter()
        .any(|one| one.eq_ignore_ascii_case(end));
    let (stem, end) = if fits {
        (stem, end.to_ascii_lowercase())
    } else {
        (
            clean,
            kind.extensions()
                .first()
                .map_or_else(String::new, |one| (*one).to_owned()),
        )
    };
    let stem: String = stem.chars().take(NAME_CHARS).collect();
    let stem = if stem.is_empty() { "添付" } else { &stem };
    format!("{stem}.{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_as_its_content_is() {
        let name = |name: &str| file_name(name, FileKind::Pdf);
        assert_eq!(name("診断書.pdf"), "診断書.pdf");
        assert_eq!(name("診断書.PDF"), "診断書.pdf");
        assert_eq!(name("写真.exe"), "写真.exe.pdf");
        assert_eq!(name("C:\\Users\\x\\a.pdf"), "a.pdf");
        assert_eq!(name("../../etc/passwd"), "passwd.pdf");
        assert_eq!(name("\u{202e}fdp.exe"), "fdp.exe.pdf");
        assert_eq!(name(""), "添付.pdf");
        assert_eq!(name("a\r\n\"b\".pdf"), "ab.pdf");
    }
}
