//! How a window stands in a list: its name, why it fits, whether it is open now, and the ways to reach it.

use basics::MunicipalityCode;
use directory::{
    Channel, Directory, Fact, HowToFind, Kind, Phone, Toll, Window, hours::OpenState, kind_info,
    open_state,
};
use jiff::Zoned;

use super::window_href;

/// The cost of a call, as far as the number or the source says it.
pub(super) fn cost(window: &Window, phone: &Phone) -> &'static str {
    let said = |fact: &Fact| fact.known().filter(|_| window.serves.is_everywhere());
    match (phone.toll(), said(&window.facts.free)) {
        (Some(Toll::Free), _) | (None, Some(true)) => "通話料はかかりません",
        (Some(Toll::Navi), _) => {
            "通話料がかかります（ナビダイヤル）。IP電話からは、つながらないことがあります"
        }
        (None, Some(false)) => "通話料がかかります",
        (None, None) if phone.as_str().starts_with('0') => "通話料がかかります",
        (None, None) => "料金は、まだ確認できていません",
    }
}

/// Whether a window is open now, in words.
pub(super) struct Opening {
    /// 「いま開いています（17:00まで）」 or the next time, or that it is not known.
    pub sentence: String,
    /// Open for sure.
    pub open: bool,
}

impl Opening {
    /// Of this window, at this moment.
    pub fn of(window: &Window, now: &Zoned) -> Self {
        let state = window
            .main_hours()
            .and_then(|hours| hours.schedule.as_ref())
            .map(|schedule| open_state(schedule, now));
        Self {
            sentence: match (&state, window.main_hours()) {
                (Some(state), _) => state.sentence(now),
                (None, Some(_)) => String::new(),
                (None, None) => "受付時間は、まだ確認できていません".to_owned(),
            },
            open: state.as_ref().is_some_and(OpenState::is_open),
        }
    }
}

/// One window in a list.
pub(super) struct Line<'a> {
    pub href: String,
    pub name: String,
    /// What sort of window it is; empty when the name says it.
    pub sort: &'static str,
    /// Why it stands here; empty when the heading says it.
    pub why: String,
    pub phone: Option<&'a Phone>,
    pub cost: &'static str,
    pub email: Option<&'a str>,
    pub form: Option<&'a str>,
    pub opening: Opening,
    /// The hours in the source's words.
    pub hours: Option<&'a str>,
    /// What is known in a word each.
    pub chips: Vec<&'static str>,
    /// How to find its contact, where that is not known.
    pub find: Option<HowToFind<'a>>,
}

impl<'a> Line<'a> {
    /// The window for somebody who lives there.
    pub fn new(
        directory: &'a Directory,
        window: &'a Window,
        code: MunicipalityCode,
        now: &Zoned,
    ) -> Self {
        let find = directory
            .how_to_find_window(window, code)
            .filter(|_| window.email.is_none() && window.form.is_none());
        Self {
            find,
            ..Self::national(directory, window, now)
        }
    }

    /// The window for somebody of whom no place is known.
    pub fn national(directory: &'a Directory, window: &'a Window, now: &Zoned) -> Self {
        let name = window.title(directory.municipalities());
        let kind = kind_info(window.kind).name;
        Self {
            href: window_href(window),
            sort: if name.contains(kind) || window.kind == Kind::Hall {
                ""
            } else {
                kind
            },
            name,
            why: String::new(),
            phone: window.phone.as_ref(),
            cost: window
                .phone
                .as_ref()
                .map_or("", |phone| cost(window, phone)),
            email: window.email.as_deref(),
            form: window.form.as_deref(),
            opening: Opening::of(window, now),
            hours: window.main_hours().map(|hours| hours.text.as_ref()),
            chips: chips(window),
            find: None,
        }
    }

    /// With the reason why it stands here.
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    /// Without the steps to find it, for lists in which they stand once.
    pub fn short(mut self) -> Self {
        self.find = None;
        self
    }

    /// Whether there is a way to reach it at once.
    pub fn reachable(&self) -> bool {
        self.phone.is_some() || self.email.is_some() || self.form.is_some()
    }
}

/// What is surely good to know; unknown things stand on the window's own page.
fn chips(window: &Window) -> Vec<&'static str> {
    let facts = &window.facts;
    let writes =
        window.takes(Channel::Mail) == Some(true) || window.takes(Channel::Chat) == Some(true);
    [
        (
            facts.free.is_yes() && !window.serves.is_everywhere(),
            "無料",
        ),
        (facts.family_ok.is_yes(), "ご家族だけでも"),
        (facts.anonymous_ok.is_yes(), "名前を言わなくてよい"),
        (facts.voiceless_ok.is_yes() || writes, "声を出さなくてよい"),
        (facts.home_visit.is_yes(), "家に来てもらえる"),
    ]
    .into_iter()
    .filter_map(|(yes, words)| yes.then_some(words))
    .collect()
}
