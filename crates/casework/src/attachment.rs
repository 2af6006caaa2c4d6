//! Attachments: sealed in pieces, known by their content, given out as downloads only.
//!
//! A file arrives piece by piece ([`Upload`]) and is there for nobody until [`Upload::finish`]; whatever breaks off leaves
//! nothing. Each piece is sealed with its number inside, so that pieces cannot be left out or change places. Erased, an
//! attachment leaves a line without a name.

mod sniff;
mod upload;

pub use sniff::FileKind;
pub use upload::{Upload, file_name};

use crate::search::{self, Source};
use crate::{Casework, Error, Result, case, compartment};
use basics::time::from_micros;
use basics::{CaseId, CompartmentId, StaffId};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{Action, CompartmentGrant};
use office::session::Session;
use serde::{Deserialize, Serialize};
use store::{Conn, Db, params, transact};
use vault::{Json, Narrative, Place, Sealed, Zeroizing};

/// The largest file: 20 MiB.
pub const LARGEST: i64 = 20 * 1024 * 1024;
/// How much one case may hold: 200 MiB.
pub const QUOTA: i64 = 200 * 1024 * 1024;
/// How much is sealed at once.
const PIECE: usize = 256 * 1024;
/// So long after it was added whoever added it may take it back by themself.
const TAKE_BACK: i64 = 24 * 3_600 * 1_000_000;

/// What was said about a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its name.
    pub name: String,
    /// One line.
    pub note: String,
}

/// A file as the list shows it; an erased one without its name.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// Its identifier.
    pub id: i64,
    /// Where it lies.
    pub compartment: CompartmentId,
    /// What it is.
    pub kind: FileKind,
    /// How long.
    pub bytes: i64,
    /// Name and note; `None` once it was erased.
    pub about: Option<About>,
    /// Who added it.
    pub added_by: StaffId,
    /// On which day.
    pub added_on: Date,
    /// When it was erased.
    pub erased_on: Option<Date>,
    /// Whether the asker may take it back now.
    pub may_take_back: bool,
}

/// The files of a case.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// The case's page.
    pub view: case::CaseView,
    /// Newest first.
    pub files: Vec<Attachment>,
    /// How much of [`QUOTA`] is used.
    pub used: i64,
    /// The compartments a file may be put into by this asker.
    pub writable: Vec<CompartmentId>,
}

store::row! {
    struct AttachmentRow {
        pub id: i64,
        pub compartment_id: i64,
        pub state: String,
        pub kind: String,
        pub bytes: i64,
        pub about: Option<Vec<u8>>,
        pub added_by: i64,
        pub added_at: i64,
        pub added_on: String,
        pub erased_on: Option<String>,
    }
}

fn about_place(id: i64) -> Place {
    Place {
        table: "attachment",
        row: id,
        column: "about",
    }
}

fn piece_place(id: i64) -> Place {
    Place {
        table: "attachment_piece",
        row: id,
        column: "body",
    }
}

/// One piece with its place in the file.
struct Piece {
    of: i64,
    n: i64,
    bytes: Zeroizing<Vec<u8>>,
}

impl Narrative for Piece {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Room for the padding too, so that nothing readable is left behind by growing.
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.bytes.len() + 16 + 512));
        bytes.extend_from_slice(&self.of.to_be_bytes());
        bytes.extend_from_slice(&self.n.to_be_bytes());
        bytes.extend_from_slice(&self.bytes);
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> vault::Result<Self> {
        let (of, rest) = bytes.split_first_chunk().ok_or(vault::Error::Unreadable)?;
        let (n, rest) = rest.split_first_chunk().ok_or(vault::Error::Unreadable)?;
        Ok(Self {
            of: i64::from_be_bytes(*of),
            n: i64::from_be_bytes(*n),
            bytes: Zeroizing::new(rest.to_vec()),
        })
    }
}

impl Casework {
    /// The files of a case, as far as their compartments are in the asker's reach.
    pub async fn attachments(&self, session: &Session, id: CaseId) -> Result<Shelf> {
        transact!(self.db(), "attachment.list", |tx| {
            let (case, grant) = case::open(tx, session, id, Action::ReadCase).await?;
            let view = case::view(tx, case, &grant, self).await?;
            let sql = format!(
                "SELECT {} FROM attachment WHERE case_id = $1 AND state <> 'arriving' ORDER BY added_at DESC, id DESC",
                AttachmentRow::COLS
            );
            let rows: Vec<AttachmentRow> = tx.all(&sql, params![id.get()]).await?;
            let mut files = Vec::new();
            for place in &view.compartments {
                let mut mine = rows
                    .iter()
                    .filter(|row| row.compartment_id == place.id.get());
                if mine.clone().next().is_none() {
                    continue;
                }
                let action = Action::ReadCompartment;
                let inside = grant
                    .compartment(tx, session, place.reference(), action)
                    .await?;
                mine.try_for_each(|row| {
                    files.push(read(session, &inside, row)?);
                    Ok::<_, Error>(())
                })?;
            }
            files.sort_by_key(|file| std::cmp::Reverse(file.id));
            let writable = view.compartments.iter();
            let writable = writable.filter(|one| grant.may_write(one.id, one.kind));
            Ok(Shelf {
                used: used(tx, id).await?,
                files,
                writable: writable.map(|one| one.id).collect(),
                view,
            })
        })
    }

    /// Opens a file for a download.
    pub async fn download(&self, session: &Session, case: CaseId, id: i64) -> Result<Download> {
        transact!(self.db(), "attachment.read", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ReadCase).await?;
            let row = row_of(tx, case, id).await?;
            let action = Action::ReadCompartment;
            let inside =
                compartment::open(tx, session, &grant, row.compartment_id.into(), action).await?;
            let file = read(session, &inside, &row)?;
            let about = file.about.ok_or(Error::NotFound)?;
            let entry = grant
                .entry("attachment.read")
                .because(format!("attachment={id}"));
            office::audit::record(tx, &entry).await?;
            Ok(Download {
                about,
                kind: file.kind,
                bytes: file.bytes,
                db: self.db().clone(),
                inside,
                id,
                n: 0,
                left: file.bytes,
            })
        })
    }

    /// Takes back a file that was put in by mistake: by whoever added it, within a day, and not under a legal hold.
    /// What stays is that there was one, and when.
    pub async fn take_back_attachment(
        &self,
        session: &Session,
        case: CaseId,
        id: i64,
    ) -> Result<()> {
        let today = self.clock().today();
        transact!(self.db(), "attachment.take_back", |tx| {
            let (_, grant) = case::open(tx, session, case, Action::ChangeCase).await?;
            let row = row_of(tx, case, id).await?;
            let action = Action::WriteNote;
            compartment::open(tx, session, &grant, row.compartment_id.into(), action).await?;
            if !may_take_back(session, &row) {
                return Err(Error::Illegal(
                    "取り消せるのは、添付した本人が、24時間以内に取り消すときだけです。",
                ));
            }
            crate::retention::must_not_be_held(tx, case).await?;
            erase(tx, id, session.staff(), today).await?;
            let entry = grant
                .entry("attachment.erased")
                .because(format!("attachment={id}"));
            office::audit::record(tx, &entry).await?;
            Ok(())
        })?;
        Ok(self.db().scrub().await?)
    }
}

/// A file on its way out, piece by piece.
pub struct Download {
    /// Name and note.
    pub about: About,
    /// What it is.
    pub kind: FileKind,
    /// How long.
    pub bytes: i64,
    db: Db,
    inside: CompartmentGrant,
    id: i64,
    n: i64,
    left: i64,
}

impl Download {
    /// The next piece; `None` after the last. A missing or changed piece is an error, never a shorter file.
    pub async fn next(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>> {
        if self.left == 0 {
            return Ok(None);
        }
        let found: Option<(i64, Vec<u8>)> = self
            .db
            .read()
            .await?
            .first(
                "SELECT id, body FROM attachment_piece WHERE attachment_id = $1 AND n = $2",
                params![self.id, self.n],
            )
            .await?;
        let (row, body) = found.ok_or(Error::Damaged("attachment_piece"))?;
        let sealed = Sealed::<Piece>::from_bytes(body);
        let piece = self.inside.open(&sealed, &piece_place(row))?;
        let length = i64::try_from(piece.bytes.len()).unwrap_or(i64::MAX);
        if piece.of != self.id || piece.n != self.n || length > self.left || length == 0 {
            return Err(Error::Damaged("attachment_piece"));
        }
        self.n += 1;
        self.left -= length;
        Ok(Some(piece.bytes))
    }
}

fn read(session: &Session, inside: &CompartmentGrant, row: &AttachmentRow) -> Result<Attachment> {
    let about = row
        .about
        .clone()
        .map(|about| {
            inside.open(
                &Sealed::<Json<About>>::from_bytes(about),
                &about_place(row.id),
            )
        })
        .transpose()?;
    let day = |day: &str| {
        day.parse()
            .map_err(|_| Error::Damaged("attachment.added_on"))
    };
    Ok(Attachment {
        id: row.id,
        compartment: row.compartment_id.into(),
        kind: FileKind::from_code(&row.kind).ok_or(Error::Damaged("attachment.kind"))?,
        bytes: row.bytes,
        about: about.map(|Json(about)| about),
        added_by: row.added_by.into(),
        added_on: day(&row.added_on)?,
        erased_on: row.erased_on.as_deref().map(day).transpose()?,
        may_take_back: may_take_back(session, row),
    })
}

fn may_take_back(session: &Session, row: &AttachmentRow) -> bool {
    let now: Timestamp = session.clock().now();
    let until = from_micros(row.added_at.saturating_add(TAKE_BACK));
    row.state == "kept" && row.added_by == session.staff().get() && now < until
}

/// The files of an opened compartment, erased ones too, oldest first.
pub(crate) async fn of_compartment(
    conn: &mut Conn,
    session: &Session,
    inside: &CompartmentGrant,
) -> Result<Vec<Attachment>> {
    let sql = format!(
        "SELECT {} FROM attachment WHERE compartment_id = $1 AND state <> 'arriving' ORDER BY added_at, id",
        AttachmentRow::COLS
    );
    let rows: Vec<AttachmentRow> = conn.all(&sql, params![inside.compartment().get()]).await?;
    rows.iter().map(|row| read(session, inside, row)).collect()
}

async fn row_of(tx: &mut Conn, case: CaseId, id: i64) -> Result<AttachmentRow> {
    let sql = format!(
        "SELECT {} FROM attachment WHERE id = $1 AND case_id = $2 AND state <> 'arriving'",
        AttachmentRow::COLS
    );
    let row = tx.first(&sql, params![id, case.get()]).await?;
    row.ok_or(Error::NotFound)
}

/// How many bytes the case holds, those on their way too.
async fn used(tx: &mut Conn, case: CaseId) -> Result<i64> {
    let (used,): (i64,) = tx
        .one(
            "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM attachment WHERE case_id = $1 AND state <> 'erased'",
            params![case.get()],
        )
        .await?;
    Ok(used)
}

/// Erases one file down to the fact that there was one.
async fn erase(tx: &mut Conn, id: i64, by: StaffId, today: Date) -> Result<()> {
    tx.exec(
        "DELETE FROM attachment_piece WHERE attachment_id = $1",
        params![id],
    )
    .await?;
    tx.exec(
        "UPDATE attachment SET state = 'erased', about = NULL, bytes = 0, erased_by = $1, erased_on = $2 WHERE id = $3",
        params![by.get(), today.to_string(), id],
    )
    .await?;
    search::forget(tx, Source::Attachment, id).await
}
