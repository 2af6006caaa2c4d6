//! What is known about the windows around a person, as far as the rules ask for it.
//!
//! The machine door gives three switches and nothing else. The web fills in what the directory knows about the
//! windows of the person's area; what it does not know it leaves out, and an unknown fact never moves a window.

use directory::Kind;

/// How near a window is: R42 puts the nearer one first when weights are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A municipality's window.
    Municipality,
    /// A prefecture's or designated city's window.
    Prefecture,
    /// Nationwide.
    Nation,
}

/// What is known about the window that stands for one kind in the person's area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowFacts {
    /// Which kind.
    pub kind: Kind,
    /// How near; `None` when it plays no part.
    pub level: Option<Level>,
    /// Is one of the chosen ways known to be offered? `None`: not confirmed, or no way was chosen.
    pub offers_channel: Option<bool>,
    /// Is it open at this moment? `None`: not confirmed.
    pub open_now: Option<bool>,
    /// Does someone come to the home? `None`: not confirmed.
    pub outreach: Option<bool>,
    /// Confirmed longer than 18 months ago (R41): the window stays in the directory and leaves the guide.
    pub stale: bool,
}

impl WindowFacts {
    /// A window about which nothing is known.
    pub fn unknown(kind: Kind) -> Self {
        WindowFacts {
            kind,
            level: None,
            offers_channel: None,
            open_now: None,
            outreach: None,
            stale: false,
        }
    }
}

/// The surroundings of one question to the guide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The municipality has a ひきこもり window of its own.
    pub has_muni: bool,
    /// There is a 子ども・若者総合相談センター.
    pub has_kw: bool,
    /// The ひきこもり地域支援センター is not open at this moment.
    pub closed: bool,
    /// No area was given (R39). In the machine door the switches stand in for the area, so this stays false there.
    pub no_area: bool,
    /// The person lives in a designated city, or where the prefectural centre does not serve (R12).
    pub city_centre: bool,
    /// The asker gave an area of their own (R40).
    pub asker_area: bool,
    /// Kinds that are one and the same body here (R17).
    pub same_body: Vec<(Kind, Kind)>,
    /// What is known about single windows; at most one entry a kind counts (the first).
    pub windows: Vec<WindowFacts>,
}

impl Surroundings {
    /// What is known about the window of this kind.
    pub fn window(&self, kind: Kind) -> Option<&WindowFacts> {
        self.windows.iter().find(|facts| facts.kind == kind)
    }
}
