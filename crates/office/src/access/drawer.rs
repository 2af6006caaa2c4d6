//! What only one colleague's own sign-in opens.

use crate::session::Session;
use vault::SymmetricKey;

/// What only this colleague's own sign-in opens: drafts. Nobody else can ask for it, so nobody is asked.
pub struct Drawer {
    key: SymmetricKey,
}

impl Drawer {
    /// The drawer of a signed-in colleague.
    pub fn of(session: &Session) -> Self {
        Self {
            key: session.drawer_key(),
        }
    }

    /// Seals a draft for its place.
    pub fn seal(&self, place: &str, text: &str) -> Vec<u8> {
        self.key.seal(place.as_bytes(), text.as_bytes())
    }

    /// Opens a draft; `None` when it is somebody else's, or damaged.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Option<String> {
        let bytes = self.key.open(place.as_bytes(), sealed).ok()?;
        String::from_utf8(bytes.to_vec()).ok()
    }
}
