//! Text search over every window, forgiving of kana, width, old kanji forms and spaces.

use crate::directory::Directory;
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
    pub fn search(&self, text: &str) -> Vec<&Window> {
        let terms: Vec<String> = text
            .split_whitespace()
            .map(basics::fold)
            .filter(|term| !term.is_empty())
            .take(MAX_TERMS)
            .collect();
        if terms.is_empty() {
            return Vec::new();
        }
        let mut hits: Vec<(u8, bool, usize)> = self
            .folded
            .iter()
            .enumerate()
            .filter_map(|(at, folded)| {
                closeness(&terms, folded).map(|rank| (rank, self.windows()[at].fallback, at))
            })
            .collect();
        hits.sort_unstable();
        hits.into_iter()
            .map(|(_, _, at)| &self.windows()[at])
            .collect()
    }
}

fn closeness(terms: &[String], folded: &Folded) -> Option<u8> {
    let mut worst = 0;
    for term in terms {
        let rank = if folded.name.contains(term.as_str()) {
            0
        } else if folded.place.contains(term.as_str()) {
            1
        } else if folded.rest.contains(term.as_str()) {
            2
        } else {
            return None;
        };
        worst = worst.max(rank);
    }
    Some(worst)
}
