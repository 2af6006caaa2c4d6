//! Text search over every window, forgiving of kana, width, old kanji forms and spaces.

use basics::MunicipalityCode;

use crate::directory::Directory;
use crate::kind::Kind;
use crate::kind_info::kind_info;
use crate::municipality::Municipalities;
use crate::window::{Text, Window};

/// The texts of a window, folded once.
#[derive(Clone, Debug)]
pub(crate) struct Folded {
    /// Its name.
    pub name: Text,
    /// Where: prefecture, county, municipality, and the readings of the names.
    pub place: Text,
    /// All else that is shown.
    pub rest: Text,
}

impl Folded {
    pub(crate) fn of(window: &Window, all: &Municipalities) -> Self {
        let place: Vec<String> = window
            .serves
            .serves
            .iter()
            .filter_map(|&code| all.get(code))
            .flat_map(|m| [basics::fold(&m.full_name(all)), basics::fold(m.kana)])
            .collect();
        let rest = [
            &window.operator,
            &window.run_by,
            &window.address,
            &window.email,
            &window.channels_text,
            &window.note,
            &window.serves_note,
        ];
        let rest = rest.into_iter().flatten().map(|text| basics::fold(text));
        let more = window
            .phone
            .iter()
            .map(|phone| basics::fold(phone.as_str()));
        let rest: Vec<String> = rest
            .chain(more)
            .chain(window.hours.iter().map(|hours| basics::fold(&hours.text)))
            .collect();
        Self {
            name: basics::fold(&window.name).into(),
            place: place.join(" ").into(),
            rest: rest.join(" ").into(),
        }
    }
}

/// Words looked at in one search; more than anyone types, few enough to keep a search short.
const MAX_TERMS: usize = 8;

impl Directory {
    /// The windows in which every word occurs, best first: all in the name, then the name and the place, then anywhere.
    /// A word that is the name of a municipality also finds the windows that serve it: 「長岡市 ひきこもり」 finds the
    /// prefecture's centre.
    pub fn search(&self, text: &str) -> Vec<&Window> {
        let terms: Vec<Term> = text
            .split_whitespace()
            .map(basics::fold)
            .filter(|word| !word.is_empty())
            .take(MAX_TERMS)
            .map(|word| Term {
                kinds: Kind::ALL
                    .iter()
                    .copied()
                    .filter(|&kind| basics::fold(kind_info(kind).name).contains(&word))
                    .collect(),
                places: self.municipalities().named(&word),
                word,
            })
            .collect();
        if terms.is_empty() {
            return Vec::new();
        }
        let mut hits: Vec<(u8, bool, usize)> = self
            .folded
            .iter()
            .zip(self.windows())
            .enumerate()
            .filter_map(|(at, (folded, window))| {
                let mut ranks = terms.iter().map(|term| term.closeness(folded, window));
                let rank = ranks.try_fold(0, |worst, rank| Some(worst.max(rank?)))?;
                Some((rank, window.fallback, at))
            })
            .collect();
        hits.sort_unstable();
        hits.into_iter()
            .map(|(_, _, at)| &self.windows()[at])
            .collect()
    }
}

/// One word of a search.
struct Term {
    word: String,
    /// Kinds in whose name it occurs.
    kinds: Vec<Kind>,
    /// Municipalities whose name or reading it is.
    places: Vec<MunicipalityCode>,
}

impl Term {
    fn closeness(&self, folded: &Folded, window: &Window) -> Option<u8> {
        let word = self.word.as_str();
        if folded.name.contains(word) {
            Some(0)
        } else if folded.place.contains(word) || self.serves(window) {
            Some(1)
        } else if folded.rest.contains(word) || self.kinds.contains(&window.kind) {
            Some(2)
        } else {
            None
        }
    }

    fn serves(&self, window: &Window) -> bool {
        !window.serves.is_everywhere()
            && self
                .places
                .iter()
                .any(|&place| window.serves.contains(place))
    }
}
