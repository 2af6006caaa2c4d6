//! What is known about a window, question by question. What no source says is printed as such, never left out.

use directory::{Channel, Fact, Freshness, Hours, Window};
use jiff::civil::Date;

/// One question and what is known.
pub(super) struct Known {
    pub question: &'static str,
    pub answer: String,
    /// The words of the source, where the answer was taken from them.
    pub words: String,
}

/// What is known, and the questions that no source answers.
#[derive(Default)]
pub(super) struct Answers {
    pub known: Vec<Known>,
    pub unknown: Vec<&'static str>,
}

impl Answers {
    fn fact(
        &mut self,
        fact: &Fact,
        question: &'static str,
        short: &'static str,
        yes: &str,
        no: &str,
    ) {
        match fact {
            Fact::Unknown => self.unknown.push(short),
            Fact::Known { yes: is, words } => {
                let answer = if *is { yes } else { no }.to_owned();
                self.known.push(Known {
                    question,
                    answer,
                    words: readable(words),
                });
            }
        }
    }

    fn text(&mut self, text: Option<String>, question: &'static str, short: &'static str) {
        match text {
            None => self.unknown.push(short),
            Some(answer) => self.known.push(Known {
                question,
                answer,
                words: String::new(),
            }),
        }
    }
}

/// The files separate several words with semicolons.
fn readable(words: &str) -> String {
    words.replace([';', '；'], "、")
}

/// The questions people have before they call.
pub(super) fn answers(window: &Window) -> Answers {
    let facts = &window.facts;
    let everywhere = window.serves.is_everywhere();
    let mut all = Answers::default();
    all.fact(
        &facts.family_ok,
        "家族だけでも相談できますか",
        "家族だけでよいか",
        "できます",
        "ご本人も来てから、となっています",
    );
    all.fact(
        &facts.anonymous_ok,
        "名前を言わなくても大丈夫ですか",
        "名前を言わなくてよいか",
        "言わなくて大丈夫です",
        "名前を聞かれます",
    );
    all.fact(
        &facts.voiceless_ok,
        "声を出さなくても相談できますか",
        "声を出さずに相談できるか",
        "できます",
        "電話か対面だけです",
    );
    all.fact(
        &facts.from_home_ok,
        "家から出ないで相談できますか",
        "家から出ずに相談できるか",
        "できます",
        "来所だけです",
    );
    all.fact(
        &facts.home_visit,
        "家に来てもらえますか",
        "家に来てもらえるか",
        "来てもらえることがあります",
        "訪問はしていません",
    );
    if !everywhere {
        // What the call to a national line costs stands beside its number, and nobody goes there.
        all.fact(
            &facts.booking,
            "行くときに、予約はいりますか",
            "予約がいるか",
            "いります。先に連絡してください",
            "いりません",
        );
        all.fact(
            &facts.free,
            "相談にお金はかかりますか",
            "無料か",
            "無料です",
            "かかります",
        );
    }
    let ways = window.channels_text.as_deref().map(readable);
    all.text(ways, "相談のしかた", "相談のしかた");
    if !everywhere {
        let postal = window
            .postal
            .as_deref()
            .map(|postal| format!("〒{postal} "))
            .unwrap_or_default();
        all.text(
            window
                .address
                .as_deref()
                .map(|address| format!("{postal}{address}")),
            "場所",
            "場所",
        );
    }
    all.text(
        window.age.as_ref().map(|age| age.note.to_string()),
        "年齢",
        "年齢の決まり",
    );
    let run_by = window
        .run_by
        .as_deref()
        .map(|by| format!("（{by}が行っています）"))
        .unwrap_or_default();
    all.text(
        window
            .operator
            .as_deref()
            .map(|operator| format!("{operator}{run_by}")),
        "運営",
        "運営しているところ",
    );
    all
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
        let lines = schedule.map_or_else(Vec::new, |s| {
            if s.is_always() {
                vec!["24時間".to_owned()]
            } else {
                s.lines()
            }
        });
        (
            hours.channel.map_or("", Channel::label),
            lines,
            schedule.and_then(directory::Schedule::caveat),
        )
    };
    window
        .hours
        .iter()
        .map(|hours| {
            let (channel, lines, caveat) = one(hours);
            Times {
                channel,
                lines,
                text: hours.text.as_ref(),
                caveat,
            }
        })
        .collect()
}

/// When it was last confirmed, in a sentence.
pub(super) fn confirmed(window: &Window, today: Date) -> String {
    match (&window.confirmed, window.freshness(today)) {
        (None, _) => "確認した日は、まだ確認できていません。".to_owned(),
        (Some(day), Freshness::Stale) => {
            format!(
                "{}の情報です。1年半よりまえのものなので、変わっているかもしれません。",
                day.words()
            )
        }
        (Some(day), Freshness::Ageing) => {
            format!("{}の情報です。1年よりまえのものです。", day.words())
        }
        (Some(day), _) => format!("{}に確認しました。", day.words()),
    }
}
