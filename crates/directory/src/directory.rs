//! The directory itself: loaded once at start-up, then only read.

use std::collections::HashMap;

use basics::MunicipalityCode;
use serde::Serialize;

use crate::area::Area;
use crate::confidence::{Confidence, Confirmed, Source};
use crate::contact::{Channel, Phone};
use crate::facts::{Fact, Facts};
use crate::hotline::{Hotline, LineUse};
use crate::hours::Hours;
use crate::kind::Kind;
use crate::municipality::{Municipalities, Municipality};
use crate::postal::{self, PostalError};
use crate::record::{Blob, WindowRecord};
use crate::search::Folded;
use crate::window::{Age, Level, Text, Window};

static BLOB: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/directory.bin"));

/// Windows, municipalities, postal codes and national lines.
#[derive(Clone, Debug)]
pub struct Directory {
    municipalities: Municipalities,
    postal_several: Vec<Vec<u16>>,
    hotlines: Vec<Hotline>,
    windows: Vec<Window>,
    /// Same order as `windows`.
    pub(crate) folded: Vec<Folded>,
    by_id: HashMap<Text, u32>,
    /// For every municipality the windows that serve it, best first.
    by_place: HashMap<MunicipalityCode, Vec<u32>>,
    /// Windows of the whole country.
    national: Vec<u32>,
}

pub(crate) fn blob() -> Blob<'static> {
    // Written by build.rs of this very build: if it cannot be read, the program is broken and cannot start.
    #[allow(clippy::expect_used)]
    postcard::from_bytes(BLOB).expect("the embedded directory is readable")
}

impl Directory {
    /// The shipped data.
    pub fn load() -> Self {
        let blob = blob();
        let municipalities = Municipalities::from_records(&blob.municipalities);
        let hotlines = Hotline::all(&blob.hotlines);
        let mut windows = Vec::with_capacity(blob.windows.len() + hotlines.len());
        let mut folded = Vec::with_capacity(windows.capacity());
        for record in &blob.windows {
            if let Some(window) = shipped(record, &blob.sources, &municipalities) {
                windows.push(window);
                let (name, place, rest) = record.folded;
                folded.push(Folded {
                    name: name.into(),
                    place: place.into(),
                    rest: rest.into(),
                });
            }
        }
        for window in hotlines.iter().filter_map(Hotline::window) {
            folded.push(Folded::of(&window, &municipalities));
            windows.push(window);
        }
        let mut directory = Self {
            municipalities,
            postal_several: blob.postal_several,
            hotlines,
            windows,
            folded,
            by_id: HashMap::new(),
            by_place: HashMap::new(),
            national: Vec::new(),
        };
        directory.index();
        directory
    }

    /// The same with the operator's own windows. One with the id of a shipped window takes its place, so that a
    /// placeholder can be filled in and its address stays.
    #[must_use]
    pub fn with_windows(mut self, own: Vec<Window>) -> Self {
        for window in own {
            let folded = Folded::of(&window, &self.municipalities);
            if let Some(&at) = self.by_id.get(&window.id) {
                self.windows[at as usize] = window;
                self.folded[at as usize] = folded;
            } else {
                self.by_id
                    .insert(window.id.clone(), self.windows.len() as u32);
                self.windows.push(window);
                self.folded.push(folded);
            }
        }
        self.index();
        self
    }

    fn index(&mut self) {
        self.by_id = self
            .windows
            .iter()
            .enumerate()
            .map(|(at, window)| (window.id.clone(), at as u32))
            .collect();
        self.national = Vec::new();
        let mut by_place: HashMap<MunicipalityCode, Vec<u32>> =
            HashMap::with_capacity(self.municipalities.all().len());
        for (at, window) in self.windows.iter().enumerate() {
            if window.serves.is_everywhere() {
                self.national.push(at as u32);
            }
            for &code in window.serves.codes() {
                by_place.entry(code).or_default().push(at as u32);
            }
        }
        for (&code, list) in &mut by_place {
            // A placeholder steps back when a real window of the same kind and level serves the place.
            let filled: Vec<(Kind, Level)> = list
                .iter()
                .map(|&at| &self.windows[at as usize])
                .filter(|w| !w.fallback && !w.branch)
                .map(|w| (w.kind, w.level))
                .collect();
            list.retain(|&at| {
                let window = &self.windows[at as usize];
                !window.fallback || !filled.contains(&(window.kind, window.level))
            });
            list.sort_by_key(|&at| self.rank(at, code));
        }
        self.by_place = by_place;
    }

    /// Nearer first; a branch with an area of its own before the main office, a branch without one behind it.
    fn rank(&self, at: u32, code: MunicipalityCode) -> (Kind, u8, bool, u32) {
        let window = &self.windows[at as usize];
        let branch_of_all = window.branch
            && window
                .serves
                .serves
                .iter()
                .any(MunicipalityCode::is_prefecture);
        let nearness = match window.level {
            _ if window.fallback => 7,
            _ if window.first_for.contains(&code) => 0,
            _ if window.phone_note.is_some() && window.kind == Kind::Js => 3, // a switchboard behind the desk itself
            Level::City if window.branch => 2,
            Level::City => 1,
            Level::Prefecture if branch_of_all => 5,
            Level::Prefecture if window.branch => 2,
            Level::Prefecture => 4,
            Level::National => 6,
        };
        (window.kind, nearness, window.phone.is_none(), at)
    }

    // ------------------------------------------------------------ places

    /// All municipalities.
    pub fn municipalities(&self) -> &Municipalities {
        &self.municipalities
    }

    /// The municipality, ward or prefecture with this code.
    pub fn municipality(&self, code: MunicipalityCode) -> Option<&Municipality> {
        self.municipalities.get(code)
    }

    /// Where a postal code lies. Several: ask which.
    pub fn postal(&self, text: &str) -> Result<Vec<MunicipalityCode>, PostalError> {
        postal::lookup(text, &self.postal_several)
    }

    // ------------------------------------------------------------ windows

    /// Every window, shipped ones first.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// The window with this id.
    pub fn window(&self, id: &str) -> Option<&Window> {
        self.by_id.get(id).map(|&at| &self.windows[at as usize])
    }

    /// Every window that serves someone who lives there, ordered by kind and then nearest first; national lines last.
    /// Empty only for a code that does not exist.
    pub fn windows_for(&self, code: MunicipalityCode) -> Vec<&Window> {
        let Some(local) = self.by_place.get(&code) else {
            return Vec::new();
        };
        local
            .iter()
            .chain(&self.national)
            .map(|&at| &self.windows[at as usize])
            .collect()
    }

    /// The same, of one kind (windows that also act as it included), best first.
    pub fn windows_of(&self, code: MunicipalityCode, kind: Kind) -> Vec<&Window> {
        // The guide asks this for every kind on every result page: no list of all windows in between.
        let Some(local) = self.by_place.get(&code) else {
            return Vec::new();
        };
        let all = local
            .iter()
            .chain(&self.national)
            .map(|&at| &self.windows[at as usize]);
        all.filter(|window| window.is(kind)).collect()
    }

    /// Every window that serves some part of a prefecture or municipality, without the national lines: for its page.
    pub fn windows_in(&self, code: MunicipalityCode) -> Vec<&Window> {
        let mut seen = std::collections::HashSet::new();
        let places = self.municipalities.all().iter().filter(|m| {
            self.municipalities
                .with_ancestors(m.code)
                .any(|a| a.code == code)
        });
        let mut list: Vec<u32> = places
            .filter_map(|m| self.by_place.get(&m.code))
            .flatten()
            .copied()
            .filter(|at| seen.insert(*at))
            .collect();
        list.sort_by_key(|&at| (self.windows[at as usize].kind, at));
        list.into_iter()
            .map(|at| &self.windows[at as usize])
            .collect()
    }

    /// The hall to ask when nothing else is known.
    pub fn hall(&self, code: MunicipalityCode) -> Option<&Window> {
        self.windows_of(code, Kind::Hall).into_iter().next()
    }

    /// 「新潟県（新潟市を除く）にお住まいの方」, with the source's further words.
    pub fn serves_sentence(&self, window: &Window) -> String {
        let area = if window.fallback
            && window
                .serves
                .codes()
                .iter()
                .any(MunicipalityCode::is_prefecture)
            && window.kind != Kind::Hc
        {
            // Stands for what the prefecture's municipalities have themselves.
            String::new()
        } else {
            window.serves.sentence(&self.municipalities)
        };
        match &window.serves_note {
            Some(note) if area.is_empty() => note.to_string(),
            Some(note) => format!("{area}。{note}"),
            None => area,
        }
    }

    /// One object a line for the command line, for each window that serves the place.
    pub fn lines_for(&self, code: MunicipalityCode) -> Vec<WindowLine<'_>> {
        self.windows_for(code)
            .into_iter()
            .map(|window| WindowLine {
                kind: window.kind,
                id: &window.id,
                name: &window.name,
                operator: window.operator.as_deref(),
                phone: window.phone.as_ref().map(Phone::as_str),
                confidence: window.confidence,
                confirmed_at: window.confirmed.as_ref().map(Confirmed::iso),
                source: window
                    .sources
                    .iter()
                    .map(|source| source.url.as_deref().unwrap_or(&source.title))
                    .collect::<Vec<_>>()
                    .join(" | "),
                serves_note: self.serves_sentence(window),
                fallback: window.fallback,
            })
            .collect()
    }

    // ------------------------------------------------------------ national lines

    /// Every national line, in the order in which they are shown.
    pub fn hotlines(&self) -> &[Hotline] {
        &self.hotlines
    }

    /// The line with this id.
    pub fn hotline(&self, id: &str) -> Option<&Hotline> {
        self.hotlines.iter().find(|line| line.id == id)
    }

    /// Other numbers that reach the same line.
    pub fn variants(&self, id: &str) -> Vec<&Hotline> {
        self.hotlines
            .iter()
            .filter(|line| line.variant_of == Some(id))
            .collect()
    }

    /// The lines for an occasion, in the order in which they are shown.
    pub fn lines(&self, line_use: LineUse) -> Vec<&Hotline> {
        self.hotlines
            .iter()
            .filter(|line| line.uses.contains(&line_use))
            .collect()
    }
}

/// What `ippo windows --json` prints for one window.
#[derive(Clone, Debug, Serialize)]
pub struct WindowLine<'a> {
    /// The code of guide.md §E2.
    pub kind: Kind,
    /// Its name; of a placeholder, what is known to exist.
    pub name: &'a str,
    /// The body responsible; null: not known.
    pub operator: Option<&'a str>,
    /// The telephone; null when there is none or it is not shown.
    pub phone: Option<&'a str>,
    /// How sure the contact is.
    pub confidence: Confidence,
    /// `2024-03-17`, `2018-05` or `2022`; null: the source is undated.
    pub confirmed_at: Option<String>,
    /// Addresses of the sources, joined by 「 | 」.
    pub source: String,
    /// Whom it serves, in words.
    pub serves_note: String,
    /// A placeholder: it exists, its contact is not confirmed.
    pub fallback: bool,
    /// Stable id, part of the page's address.
    pub id: &'a str,
}

// ---------------------------------------------------------------- from the embedded form

fn shipped(
    record: &WindowRecord<'static>,
    sources: &[(&'static str, &'static str)],
    all: &Municipalities,
) -> Option<Window> {
    let confidence = Confidence::from_code(record.confidence)?;
    let codes = |numbers: &[u16]| {
        numbers
            .iter()
            .filter_map(|&n| MunicipalityCode::from_number(n).ok())
            .collect::<Vec<_>>()
    };
    let channels = Channel::read(record.methods);
    let words = Text::from(record.methods);
    let mut hours: Vec<Hours> = Hours::new(&record.hours.into(), &record.closed.into())
        .into_iter()
        .collect();
    if confidence == Confidence::Low
        || confidence == Confidence::NameOnly && matches!(record.kind, "HC" | "MUNI")
    {
        // Old words may be read, but "open now" is not said on their strength.
        for hours in &mut hours {
            hours.schedule = None;
        }
    }
    let mut facts = Facts::from_channels(&channels, &words);
    if record.hours.contains("要予約") {
        facts.booking = Fact::yes(record.hours);
    }
    if !record.free.is_empty() {
        facts.free = Fact::yes(record.free);
    }
    if !record.family.is_empty() {
        facts.family_ok = Fact::yes(record.family);
    }
    if !record.no_voiceless.is_empty() {
        facts.voiceless_ok = Fact::no(record.no_voiceless);
    }
    Some(Window {
        id: record.id.into(),
        kind: record.kind.parse().ok()?,
        also: record
            .also
            .iter()
            .filter_map(|code| code.parse().ok())
            .collect(),
        name: record.name.into(),
        operator: say(record.operator),
        run_by: say(record.run_by),
        level: match record.level {
            'c' => Level::City,
            'p' => Level::Prefecture,
            _ => Level::National,
        },
        branch: record.branch,
        phone: Phone::new(record.phone).filter(|_| confidence.shows_phone()),
        phone_note: say(record.phone_note).filter(|_| !record.phone.is_empty()),
        fax: say(record.fax),
        email: say(record.email),
        form: say(record.form),
        url: say(record.url),
        postal: say(record.postal),
        address: say(record.address),
        hours,
        channels,
        channels_text: say(record.methods),
        note: say(record.note),
        age: say(record.age_note).map(|note| Age {
            note,
            from: record.age_from,
            to: record.age_to,
        }),
        confidence,
        confirmed: Confirmed::read(record.confirmed),
        sources: record
            .sources
            .iter()
            .filter_map(|&at| sources.get(usize::from(at)))
            .map(|&(title, url)| Source {
                title: title.into(),
                url: say(url),
            })
            .collect(),
        serves: if record.exactly {
            Area::exactly(codes(&record.serves))
        } else {
            Area::new(codes(&record.serves), codes(&record.except), all)
        },
        serves_note: say(record.serves_note),
        first_for: codes(&record.first_for),
        facts,
        needs_review: record.needs_review,
        fallback: record.fallback,
        imported: false,
    })
}

fn say(text: &'static str) -> Option<Text> {
    (!text.is_empty()).then(|| Text::from(text))
}
