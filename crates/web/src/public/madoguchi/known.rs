//! What is known about a window, question by question. What no source says is printed as such, never left out.

use directory::{Channel, Fact, Freshness, Hours, Window};
use jiff::civil::Date;

/// What is written where no source says anything.
pub(super) const UNKNOWN: &str = "まだ確認できていません";

/// One question and what is known.
pub(super) struct Known {
    pub question: &'static str,
    pub answer: String,
    /// The words of the source, where the answer was taken from them.
    pub words: String,
    pub sure: bool,
}

impl Known {
    fn of(question: &'static str, fact: &Fact, yes: &str, no: &str) -> Self {
        let (answer, words) = match fact {
            Fact::Unknown => (UNKNOWN, String::new()),
            Fact::Known { yes: true, words } => (yes, readable(words)),
            Fact::Known { yes: false, words } => (no, readable(words)),
        };
        Self { question, answer: answer.to_owned(), words, sure: fact.known().is_some() }
    }
}

/// The files separate several words with semicolons.
fn readable(words: &str) -> String {
    words.replace([';', '；'], "、")
}

/// The questions people have before they call.
pub(super) fn questions(window: &Window) -> Vec<Known> {
    let facts = &window.facts;
    let mut list = vec![
        Known::of("家族だけでも相談できますか", &facts.family_ok, "できます", "ご本人も来てから、となっています"),
        Known::of("名前を言わなくても大丈夫ですか", &facts.anonymous_ok, "言わなくて大丈夫です", "名前を聞かれます"),
        Known::of("声を出さなくても相談できますか", &facts.voiceless_ok, "できます", "電話か対面だけです"),
        Known::of("家から出ないで相談できますか", &facts.from_home_ok, "できます", "来所だけです"),
        Known::of("家に来てもらえますか", &facts.home_visit, "来てもらえることがあります", "訪問はしていません"),
        Known::of("行くときに、予約はいりますか", &facts.booking, "いります。先に連絡してください", "いりません"),
        Known::of("お金はかかりますか", &facts.free, "無料です", "かかります"),
    ];
    if window.serves.is_everywhere() {
        // Of a national line the files tell what the call costs; that stands beside the number.
        list.retain(|known| !known.question.starts_with("お金") && !known.question.starts_with("行くとき"));
    }
    list
}

/// Opening hours of one channel.
pub(super) struct Times<'a> {
    /// 「電話」, or empty for the window as a whole.
    pub channel: &'static str,
    /// 「月〜金 9:00〜17:00」, when the words were understood.
    pub lines: Vec<String>,
    /// The source's words.
    pub text: &'a str,
    /// 「祝日は、確認できていません」
    pub caveat: Option<&'static str>,
}

/// The hours, channel by channel.
pub(super) fn times(window: &Window) -> Vec<Times<'_>> {
    let one = |hours: &'_ Hours| -> (&'static str, Vec<String>, Option<&'static str>) {
        let schedule = hours.schedule.as_ref();
        let lines = schedule.map_or_else(Vec::new, |s| if s.is_always() { vec!["24時間".to_owned()] } else { s.lines() });
        (hours.channel.map_or("", Channel::label), lines, schedule.and_then(directory::Schedule::caveat))
    };
    window
        .hours
        .iter()
        .map(|hours| {
            let (channel, lines, caveat) = one(hours);
            Times { channel, lines, text: hours.text.as_ref(), caveat }
        })
        .collect()
}

/// When it was last confirmed, in a sentence.
pub(super) fn confirmed(window: &Window, today: Date) -> String {
    match (&window.confirmed, window.freshness(today)) {
        (None, _) => "確認した日は、まだ確認できていません。".to_owned(),
        (Some(day), Freshness::Stale) => {
            format!("{}の情報です。1年半よりまえのものなので、変わっているかもしれません。", day.words())
        }
        (Some(day), Freshness::Ageing) => format!("{}の情報です。1年よりまえのものです。", day.words()),
        (Some(day), _) => format!("{}に確認しました。", day.words()),
    }
}
