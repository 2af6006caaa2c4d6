//! Quick log and the timeline of a case: `…/kaku` (one screen, keyboard only), `…/keika`, `…/keika/{note}`.
//!
//! * [`quick`]: the doors of the quick log · [`typed`]: what its form says · [`page`]: how it looks.
//! * [`timeline`]: contacts, notes, letters, addenda · [`note`]: a note's own page: 書き直す, 確定, 訂正.
//! * [`entry`]: one contact or note as both pages show it.

mod entry;
mod note;
mod page;
mod quick;
mod timeline;
mod typed;

use axum::Router;

use crate::App;

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(quick::routes())
        .merge(timeline::routes())
        .merge(note::routes())
}
