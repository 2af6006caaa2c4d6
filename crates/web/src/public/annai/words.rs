//! Words in two versions, picked by the person's choice.

use guide::Text;

/// Picks normal Japanese or やさしい日本語. Every template of this door has one as `w`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    /// やさしい日本語 was chosen.
    pub easy: bool,
}

impl Words {
    /// The version that was asked for.
    pub fn t<'w>(self, normal: &'w str, easy: &'w str) -> &'w str {
        if self.easy { easy } else { normal }
    }

    /// The version of one of the guide's texts.
    pub fn of(self, text: &Text) -> &str {
        text.get(self.easy)
    }
}
