//! One result card: guide.md §E5, in its fixed order. What is true of a kind of window comes from the guide's data,
//! what is true of this window from the directory, with the day it was confirmed.

use basics::{MunicipalityCode, japanese};
use directory::{Channel, Directory, Fact, Freshness, HowToFind, Kind, Window, hours::OpenState};
use guide::{Answers, How, Item, Rules, Who};
use jiff::Zoned;

use super::{
    around::{self, opening, window_of},
    words::Words,
};
use crate::page::{CrisisLine, Page};

/// The question whether a window costs something.
const FREE: &str = "無料か";

/// What a card is made from.
pub(super) struct Table<'a> {
    pub directory: &'a Directory,
    pub rules: &'a Rules,
    pub answers: &'a Answers,
    pub page: &'a Page,
    pub now: &'a Zoned,
    /// Lines that stand higher up on the page.
    pub already: Vec<&'static str>,
}

/// One card.
pub(super) struct Card<'a> {
    pub kind: Kind,
    pub name: String,
    /// The kind's name, when the window has a name of its own.
    pub sort: &'a str,
    /// Other kinds that are the same body.
    pub also: Vec<&'a str>,
    pub why: &'a str,
    pub notes: Vec<&'a str>,
    /// What is known: words, and whether they are good news.
    pub chips: Vec<(&'static str, bool)>,
    /// What is not known yet, as words of one line.
    pub unknown: Vec<&'static str>,
    pub step: String,
    pub opening: Option<(String, bool)>,
    pub hours: Option<String>,
    pub phone: Option<(String, String)>,
    pub phone_note: Option<&'a str>,
    pub email: Option<&'a str>,
    pub form: Option<&'a str>,
    pub lines: Vec<&'a CrisisLine>,
    /// The list of places where one can write instead of speak.
    pub writing: Option<&'a str>,
    pub find: Option<HowToFind<'a>>,
    pub who_answers: &'a str,
    pub asked: &'a str,
    pub not_asked: &'a str,
    pub say: &'a str,
    pub refused: &'a str,
    pub serves: Option<String>,
    pub age: Option<&'a str>,
    /// When and how it was confirmed.
    pub confirmed: Option<String>,
    /// The window's own page.
    pub href: Option<String>,
    /// The area is missing: choose a prefecture.
    pub choose_area: bool,
    /// Reading, nothing to contact.
    pub reading: bool,
}

impl<'a> Table<'a> {
    /// The card of one item of the guide's answer.
    pub fn card(&self, item: &Item<'a>) -> Option<Card<'a>> {
        let w = Words {
            easy: self.page.easy(),
        };
        let text = self.rules.card(item.kind)?;
        let window = window_of(self.directory, self.answers, item.kind, self.now);
        let kind_name = text.name.get(w.easy);
        let name = window.map_or_else(
            || kind_name.to_owned(),
            |window| window.title(self.directory.municipalities()),
        );
        let area = self.answers.area;
        let needs_area = !around::EVERYWHERE.contains(&item.kind);
        let (chips, unknown) = window.map_or_else(Default::default, |window| self.chips(window));
        let state = window.and_then(|window| opening(window, self.now));
        let find = match (window, area) {
            (Some(window), Some(area)) => self.directory.how_to_find_window(window, area),
            (None, Some(area)) if needs_area => Some(self.directory.how_to_find(item.kind, area)),
            _ => None,
        }
        .filter(|find| !find.steps.is_empty());
        Some(Card {
            kind: item.kind,
            sort: if name == kind_name { "" } else { kind_name },
            also: item
                .also
                .iter()
                .filter_map(|kind| self.rules.card(*kind))
                .map(|card| card.name.get(w.easy))
                .collect(),
            why: item.because.text.get(w.easy),
            notes: item
                .notes
                .iter()
                .map(|note| note.text.get(w.easy))
                .filter(|note| *note != item.because.text.get(w.easy))
                .collect(),
            chips,
            unknown,
            step: self.step(
                w,
                item.kind,
                window,
                state.as_ref(),
                text.next_step.get(w.easy),
            ),
            opening: state.as_ref().and_then(|state| self.open_now(w, state)),
            hours: window
                .and_then(Window::main_hours)
                .map(|hours| hours.text.to_string()),
            phone: window
                .and_then(|window| window.phone.as_ref())
                .map(|phone| (phone.to_string(), phone.href())),
            phone_note: window.and_then(|window| window.phone_note.as_deref()),
            email: window.and_then(|window| window.email.as_deref()),
            form: window.and_then(|window| window.form.as_deref()),
            lines: self.lines(item.kind),
            writing: (item.kind == Kind::Listen)
                .then(|| self.page.line("mental-health"))
                .flatten()
                .map(|line| line.url)
                .filter(|url| !url.is_empty()),
            find,
            who_answers: text.who_answers.get(w.easy),
            asked: text.asked.get(w.easy),
            not_asked: text.not_asked.get(w.easy),
            say: text.say.get(w.easy),
            refused: text.refused.get(w.easy),
            serves: window
                .map(|window| self.directory.serves_sentence(window))
                .filter(|sentence| !sentence.is_empty()),
            age: window
                .and_then(|window| window.age.as_ref())
                .map(|age| &*age.note),
            confirmed: window.map(|window| confirmed(window, self.now)),
            href: window.map(|window| format!("/madoguchi/mado/{}", window.id)),
            choose_area: needs_area && area.is_none() && item.kind == Kind::Hc,
            reading: item.kind == Kind::Read,
            name,
        })
    }

    /// What to do next, in one sentence, with the hour it is.
    fn step(
        &self,
        w: Words,
        kind: Kind,
        window: Option<&Window>,
        state: Option<&OpenState>,
        general: &str,
    ) -> String {
        let Some(window) = window else {
            return match (self.answers.area, around::EVERYWHERE.contains(&kind)) {
                (None, false) if kind == Kind::Hc => w
                    .t(
                        "お住まいの県をえらぶと、担当のセンターの電話番号がわかります。",
                        "県を えらぶと、センターの 電話番号が わかります。",
                    )
                    .to_owned(),
                (Some(_), false) => w
                    .t(
                        "連絡先は、まだ確認できていません。下の順でさがせます。",
                        "電話番号は、まだわかりません。下の順で、さがせます。",
                    )
                    .to_owned(),
                _ if kind == Kind::Listen
                    && self.already.contains(&listening(self.answers.area)[0]) =>
                {
                    w.t(
                        "上の「先に、ここへ」の電話で話せます。文字で話すこともできます。",
                        "上の 電話で 話せます。文字でも 話せます。",
                    )
                    .to_owned()
                }
                _ => general.to_owned(),
            };
        };
        let can_write = window.email.is_some() || window.form.is_some();
        let ways = around::ways(self.answers.how);
        let rather_writes = self.answers.how.has(How::Voiceless)
            || (ways.contains(&Channel::Mail) && !ways.contains(&Channel::Tel));
        if can_write && (rather_writes || window.phone.is_none()) {
            return w
                .t(
                    "メールを書く。夜中でも送れます。",
                    "メールを書きます。夜も送れます。",
                )
                .to_owned();
        }
        if window.phone.is_none() {
            return w
                .t(
                    "電話番号は、まだ確認できていません。下の順でさがせます。",
                    "電話番号は、まだわかりません。下の順で、さがせます。",
                )
                .to_owned();
        }
        let or_mail = if can_write {
            w.t("メールなら、いまでも。", "メールは、いまも送れます。")
        } else {
            ""
        };
        match state {
            Some(OpenState::Open { .. }) => w
                .t(
                    "電話をかける。いま、つながる時間です。",
                    "電話をします。いま、開いています。",
                )
                .to_owned(),
            Some(state) => match self.next_time(w, state) {
                Some(at) => format!(
                    "{at}{}{or_mail}",
                    w.t(" から、電話をかける。", "から、電話できます。")
                ),
                None => format!(
                    "{}{or_mail}",
                    w.t(
                        "開いている時間に、電話をかける。",
                        "開いている時間に、電話をします。"
                    )
                ),
            },
            None if !around::is_office_time(self.now) => format!(
                "{}{or_mail}",
                w.t(
                    "平日の昼に、電話をかける。受付時間は、まだ確認できていません。",
                    "平日の昼に、電話をします。開いている時間は、まだわかりません。"
                )
            ),
            None => format!(
                "{}{or_mail}",
                w.t(
                    "電話をかける。受付時間は、まだ確認できていません。",
                    "電話をします。開いている時間は、まだわかりません。"
                )
            ),
        }
    }

    /// The next concrete opening; やさしい日本語 writes no 24-hour clock.
    pub fn next_time(&self, w: Words, state: &OpenState) -> Option<String> {
        if !w.easy {
            return state.next_words(self.now);
        }
        let at = state.next_open()?;
        Some(format!(
            "{} {}",
            japanese::date(at.date()),
            japanese::easy_time(at.time())
        ))
    }

    /// Said only where the next step does not say it already: open now, or nobody can be sure.
    fn open_now(&self, w: Words, state: &OpenState) -> Option<(String, bool)> {
        match state {
            OpenState::Closed { .. } => None,
            OpenState::Open { .. } if w.easy => Some(("いま開いています".to_owned(), true)),
            _ => Some((state.sentence(self.now), state.is_open())),
        }
    }

    /// 無料 / 家族だけ / 名前 / 声 / 予約: what is known, and what is not.
    fn chips(&self, window: &Window) -> (Vec<(&'static str, bool)>, Vec<&'static str>) {
        let facts = &window.facts;
        let w = Words {
            easy: self.page.easy(),
        };
        let mut known = Vec::new();
        let mut unknown = Vec::new();
        let mut say =
            |fact: &Fact, yes: &'static str, no: &'static str, name: &'static str, good: bool| {
                match fact.known() {
                    Some(true) => known.push((yes, good)),
                    Some(false) => known.push((no, !good)),
                    None => unknown.push(name),
                }
            };
        say(&facts.free, "無料", "お金がかかる", FREE, true);
        if self.answers.who != Who::Me {
            say(
                &facts.family_ok,
                w.t("家族だけでOK", "家族だけでいい"),
                "ご本人も来てから",
                "家族だけでよいか",
                true,
            );
        }
        say(
            &facts.anonymous_ok,
            w.t("名前を言わなくてOK", "名前はいらない"),
            "名前を聞かれる",
            "名前を言わずに話せるか",
            true,
        );
        say(
            &facts.voiceless_ok,
            w.t("声を出さなくてOK", "声を出さなくていい"),
            "声を出さない方法はなし",
            "声を出さずに話せるか",
            true,
        );
        say(
            &facts.booking,
            "行くときは予約",
            "予約なしでOK",
            "予約がいるか",
            false,
        );
        // The centres are free of charge everywhere, as their reason on the card (R10) already says.
        unknown.retain(|name| window.kind != Kind::Hc || *name != FREE);
        (known, unknown)
    }

    /// The national lines behind a kind, those first that answer now.
    fn lines(&self, kind: Kind) -> Vec<&'a CrisisLine> {
        let ids: Vec<&'static str> = match kind {
            Kind::Listen => {
                let mut ids = listening(self.answers.area);
                if self.answers.age.is_some_and(|age| age <= 18) {
                    ids.insert(0, "childline");
                }
                ids.retain(|id| !self.already.contains(id));
                ids
            }
            Kind::Law => vec!["consumer-hotline"],
            Kind::P9110 => vec!["police-consultation"],
            _ => Vec::new(),
        };
        self.page.open_first(ids)
    }
}

/// Lines where someone listens without a name. よりそいホットライン has a number of its own in three prefectures.
pub(super) fn listening(area: Option<MunicipalityCode>) -> Vec<&'static str> {
    let three = area.is_some_and(|area| matches!(&area.as_str()[..2], "03" | "04" | "07"));
    let yorisoi = if three {
        "yorisoi-hotline-tohoku"
    } else {
        "yorisoi-hotline"
    };
    vec![yorisoi, "inochi-no-denwa", "mental-health"]
}

/// When and how the window was confirmed.
fn confirmed(window: &Window, now: &Zoned) -> String {
    let when = match (&window.confirmed, window.freshness(now.date())) {
        (None, _) => "その日付は、まだ確認できていません".to_owned(),
        (Some(day), Freshness::Stale) => {
            format!("最後は{}。かわっているかもしれません", day.words())
        }
        (Some(day), _) => day.words(),
    };
    format!("{}（{when}）", window.confidence.label())
}
