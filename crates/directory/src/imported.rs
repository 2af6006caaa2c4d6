//! The operator's own windows in the database.
//!
//! The functions work inside the caller's transaction; the caller records the change in the audit chain (`office` lies
//! beside this room) and then builds the directory anew with [`crate::Directory::with_windows`].

use basics::time::micros;
use jiff::Timestamp;
use store::{Conn, params};

use crate::municipality::Municipalities;
use crate::own_window::OwnWindow;
use crate::window::Window;

/// Stores the windows; one that is already there is replaced.
pub async fn put(tx: &mut Conn, windows: &[OwnWindow], at: Timestamp) -> store::Result<()> {
    for window in windows {
        // Texts, numbers and codes only: this cannot fail to become JSON.
        let body = serde_json::to_string(window).unwrap_or_default();
        tx.exec(
            "INSERT INTO imported_window (id, body, imported_at) VALUES ($1, $2, $3) \
             ON CONFLICT (id) DO UPDATE SET body = excluded.body, imported_at = excluded.imported_at",
            params![&window.id, &body, micros(at)],
        )
        .await?;
    }
    Ok(())
}

/// Takes a window out again; a shipped window of the same id is back then. Whether there was one.
pub async fn remove(tx: &mut Conn, id: &str) -> store::Result<bool> {
    Ok(tx
        .exec("DELETE FROM imported_window WHERE id = $1", params![id])
        .await?
        > 0)
}

/// Every window stored, ready for [`crate::Directory::with_windows`]. Rows of a newer version that this one cannot read
/// are left out.
pub async fn windows(conn: &mut Conn, all: &Municipalities) -> store::Result<Vec<Window>> {
    let rows: Vec<(String,)> = conn
        .all("SELECT body FROM imported_window ORDER BY id", params![])
        .await?;
    Ok(rows
        .iter()
        .filter_map(|(body,)| serde_json::from_str::<OwnWindow>(body).ok())
        .map(|own| own.window(all))
        .collect())
}
