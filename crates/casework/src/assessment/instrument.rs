//! Instruments: the questions of an assessment as versioned data files. A version is never changed once it was used; a
//! new one stands beside it, and old answers keep their old labels.

use super::{Answer, Answers};
use office::access::CompartmentKind;
use serde::Deserialize;
use std::sync::LazyLock;

const FILES: &[&str] = &[
    include_str!("../../data/instruments/intake_1.toml"),
    include_str!("../../data/instruments/formulation_1.toml"),
    include_str!("../../data/instruments/burden_1.toml"),
];

/// Answers that every question has: nothing has to be known, asked or said.
pub const ALWAYS: [(&str, &str); 3] = [
    ("unknown", "わからない"),
    ("unasked", "聞いていない"),
    ("unsaid", "こたえない"),
];

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One of the options.
    Choice,
    /// Any of the options.
    Multi,
    /// In words.
    Text,
    /// A number as somebody said it (an age). It is kept as digits; nothing is ever computed with it.
    Number,
    /// A day.
    Date,
}

/// One option: its code and its words, and nothing else (no weight).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Opt(pub String, pub String);

impl TryFrom<Vec<String>> for Opt {
    type Error = &'static str;

    fn try_from(parts: Vec<String>) -> Result<Self, Self::Error> {
        let [code, words] =
            <[String; 2]>::try_from(parts).map_err(|_| "an option is its code and its words")?;
        Ok(Self(code, words))
    }
}

/// One question.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its code; the same in every version that asks the same thing.
    pub code: String,
    /// Its words.
    pub label: String,
    /// How it is answered.
    pub kind: Kind,
    /// A second, quieter line.
    #[serde(default)]
    pub hint: String,
    /// The options of its own; [`ALWAYS`] stand below them.
    #[serde(default)]
    pub options: Vec<Opt>,
}

impl Item {
    /// The words of an option, of its own or of [`ALWAYS`].
    pub fn option(&self, code: &str) -> Option<&str> {
        let own = self.options.iter().find(|one| one.0 == code);
        let always = || ALWAYS.iter().find(|one| one.0 == code).map(|one| one.1);
        own.map(|one| one.1.as_str()).or_else(always)
    }
}

/// Questions that belong together.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Its code.
    pub code: String,
    /// Its words.
    pub title: String,
    /// A second, quieter line.
    #[serde(default)]
    pub hint: String,
    /// Where these questions come from.
    pub source: String,
    /// The questions.
    #[serde(rename = "item")]
    pub items: Vec<Item>,
}

/// One version of one instrument.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// Which.
    pub id: String,
    /// Which version.
    pub version: i64,
    /// What it is called.
    pub title: String,
    /// What stands above it.
    pub lead: String,
    /// In which compartments it may lie.
    pub compartments: Vec<String>,
    /// Whether the person may fill it in themself.
    #[serde(default)]
    pub self_report: bool,
    /// Its questions.
    #[serde(rename = "section")]
    pub sections: Vec<Section>,
}

impl Instrument {
    /// From a data file.
    pub fn read(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Every question in order.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.sections.iter().flat_map(|section| &section.items)
    }

    /// One question.
    pub fn item(&self, code: &str) -> Option<&Item> {
        self.items().find(|item| item.code == code)
    }

    /// Whether it may lie in such a compartment.
    pub fn fits(&self, kind: CompartmentKind) -> bool {
        self.compartments.iter().any(|code| code == kind.code())
    }

    /// What is not right with these answers: the question's code and what to do. Missing answers are never wrong.
    pub fn mistakes(&self, answers: &Answers) -> Vec<(String, &'static str)> {
        let mut found = Vec::new();
        for (code, answer) in answers {
            let Some(item) = self.item(code) else {
                found.push((code.clone(), "この質問は、いまの用紙にありません。"));
                continue;
            };
            if let Some(sentence) = mistake(item, answer) {
                found.push((code.clone(), sentence));
            }
        }
        found
    }

    /// Answers with their words, in the order of the instrument, unanswered questions left out.
    pub fn shown(&self, answers: &Answers) -> Vec<ShownSection> {
        let line = |item: &Item| {
            let answer = answers.get(&item.code)?;
            let chosen: Vec<String> = (answer.chosen.iter())
                .map(|code| {
                    item.option(code)
                        .unwrap_or("（この選択肢の言葉は残っていません）")
                })
                .map(str::to_owned)
                .collect();
            Some(ShownAnswer {
                label: item.label.clone(),
                chosen: chosen.join("、"),
                words: answer.words.clone(),
                source: answer.source.clone(),
            })
        };
        self.sections
            .iter()
            .map(|section| ShownSection {
                title: section.title.clone(),
                answers: section.items.iter().filter_map(line).collect(),
            })
            .filter(|section| !section.answers.is_empty())
            .collect()
    }
}

fn mistake(item: &Item, answer: &Answer) -> Option<&'static str> {
    if answer.chosen.iter().any(|code| item.option(code).is_none()) {
        return Some("選べないものが選ばれています。もう一度選んでください。");
    }
    if item.kind != Kind::Multi && answer.chosen.len() > 1 {
        return Some("一つだけ選んでください。");
    }
    let words = answer.words.trim();
    match item.kind {
        Kind::Number if !words.is_empty() && !is_number(words) => {
            Some("数字で書いてください。わからないときは「わからない」を選べます。")
        }
        Kind::Date if !words.is_empty() && words.parse::<jiff::civil::Date>().is_err() => {
            Some("日付を選んでください。はっきりしないときは「わからない」を選べます。")
        }
        _ => None,
    }
}

fn is_number(words: &str) -> bool {
    words.chars().count() <= 3
        && words
            .chars()
            .all(|c| c.is_ascii_digit() || ('０'..='９').contains(&c))
}

/// A section as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownSection {
    /// Its words.
    pub title: String,
    /// What was answered.
    pub answers: Vec<ShownAnswer>,
}

/// An answer as it is read, with the labels of the version in which it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownAnswer {
    /// The question.
    pub label: String,
    /// What was chosen, in words.
    pub chosen: String,
    /// What was said.
    pub words: String,
    /// Who said it.
    pub source: super::Voice,
}

/// All versions of all instruments.
pub struct Instruments(Vec<Instrument>);

impl Instruments {
    /// From data files.
    pub fn read(files: &[&str]) -> Result<Self, toml::de::Error> {
        let read: Result<Vec<_>, _> = files.iter().map(|text| Instrument::read(text)).collect();
        Ok(Self(read?))
    }

    /// The shipped ones. A file that cannot be read is a fault of the build, caught by a test; its instrument is missing.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Instruments> = LazyLock::new(|| {
            let read = FILES.iter().map(|text| Instrument::read(text));
            Instruments(read.filter_map(Result::ok).collect())
        });
        &SHIPPED
    }

    /// One version.
    pub fn version(&self, id: &str, version: i64) -> Option<&Instrument> {
        self.0
            .iter()
            .find(|one| one.id == id && one.version == version)
    }

    /// The version in use: the newest.
    pub fn newest(&self, id: &str) -> Option<&Instrument> {
        let mine = self.0.iter().filter(|one| one.id == id);
        mine.max_by_key(|one| one.version)
    }

    /// The newest version of each, in the order of the files.
    pub fn in_use(&self) -> Vec<&Instrument> {
        self.0
            .iter()
            .filter(|one| {
                self.newest(&one.id)
                    .is_some_and(|n| n.version == one.version)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = r#"
id = "x"
version = 1
title = "x"
lead = ""
compartments = ["staff"]
[[section]]
code = "s"
title = "前の見出し"
source = "test"
[[section.item]]
code = "out"
label = "外に出ますか"
kind = "choice"
options = [["shop", "コンビニまで"]]
"#;

    #[test]
    fn the_shipped_instruments_can_be_read_and_name_their_sources() {
        let shipped = Instruments::read(FILES).unwrap();
        assert_eq!(shipped.0.len(), FILES.len());
        for one in &shipped.0 {
            let mut codes: Vec<&str> = one.items().map(|item| item.code.as_str()).collect();
            codes.sort_unstable();
            codes.dedup();
            assert_eq!(
                codes.len(),
                one.items().count(),
                "{}: a code comes twice",
                one.id
            );
            for section in &one.sections {
                assert!(section.source.contains("field/"), "{}", section.code);
            }
            for item in one.items() {
                let chosen = matches!(item.kind, Kind::Choice | Kind::Multi);
                assert_eq!(chosen, !item.options.is_empty(), "{}", item.code);
                for (code, words) in ALWAYS {
                    assert_eq!(item.option(code), Some(words));
                    assert!(
                        item.options.iter().all(|own| own.0 != code),
                        "{}",
                        item.code
                    );
                }
            }
        }
    }

    /// No score: a file that gives an option a weight, or an instrument points, is not read at all, and no option is a
    /// number that somebody could add up.
    #[test]
    fn there_is_nothing_to_add_up() {
        for planted in ["weight = 3", "points = 1", "score = 2"] {
            let text = OLD.replace(
                "kind = \"choice\"",
                &format!("kind = \"choice\"\n{planted}"),
            );
            assert!(Instrument::read(&text).is_err(), "{planted}");
        }
        let heavy = OLD.replace(
            "[\"shop\", \"コンビニまで\"]",
            "[\"shop\", \"コンビニまで\", 3]",
        );
        assert!(Instrument::read(&heavy).is_err());
        for one in Instruments::read(FILES).unwrap().0 {
            for option in one.items().flat_map(|item| &item.options) {
                assert!(option.0.parse::<f64>().is_err(), "{}", option.0);
                assert!(!option.1.contains('点'), "{}", option.1);
            }
        }
    }

    /// No public function of these rooms gives back a number that could be read as a score.
    #[test]
    fn no_function_returns_a_number() {
        let sources = [
            include_str!("instrument.rs"),
            include_str!("../assessment.rs"),
            include_str!("../observation.rs"),
            include_str!("../stage.rs"),
            include_str!("../safety_flag.rs"),
            include_str!("../safety_flag/first_action.rs"),
        ];
        let numeric = [
            "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "usize", "f32", "f64",
        ];
        for source in sources {
            let code = source.split("#[cfg(test)]").next().unwrap();
            for line in code.lines() {
                let Some((_, back)) = line.split_once("-> ") else {
                    continue;
                };
                let words = back.split(|c: char| !c.is_alphanumeric());
                assert!(!words.into_iter().any(|w| numeric.contains(&w)), "{line}");
            }
        }
    }

    #[test]
    fn old_answers_keep_their_old_labels() {
        let new = OLD
            .replace("version = 1", "version = 2")
            .replace("外に出ますか", "外出")
            .replace("コンビニまで", "近所の店まで");
        let all = Instruments::read(&[OLD, &new]).unwrap();
        assert_eq!(all.newest("x").unwrap().version, 2);
        assert_eq!(all.in_use().len(), 1);
        let answer = Answer {
            chosen: vec!["shop".to_owned()],
            ..Answer::default()
        };
        let answers = Answers::from([("out".to_owned(), answer)]);
        let shown =
            |version| all.version("x", version).unwrap().shown(&answers)[0].answers[0].clone();
        assert_eq!(
            (shown(1).label.as_str(), shown(1).chosen.as_str()),
            ("外に出ますか", "コンビニまで")
        );
        assert_eq!(
            (shown(2).label.as_str(), shown(2).chosen.as_str()),
            ("外出", "近所の店まで")
        );
    }

    #[test]
    fn nothing_has_to_be_answered_and_nonsense_is_named() {
        let form = Instruments::shipped().newest("intake").unwrap();
        assert!(form.mistakes(&Answers::new()).is_empty());
        let said = |words: &str| Answer {
            words: words.to_owned(),
            ..Answer::default()
        };
        let chose = |code: &str| Answer {
            chosen: vec![code.to_owned()],
            ..Answer::default()
        };
        for (item, good) in [
            ("onset_age", said("17")),
            ("onset_age", said("１７")),
            ("onset_age", chose("unknown")),
            ("received_on", said("2026-11-22")),
        ] {
            assert!(
                form.mistakes(&Answers::from([(item.to_owned(), good)]))
                    .is_empty(),
                "{item}"
            );
        }
        for (item, bad) in [
            ("onset_age", said("高校のころ")),
            ("received_on", said("きのう")),
            ("outing", chose("moon")),
        ] {
            assert_eq!(
                form.mistakes(&Answers::from([(item.to_owned(), bad)]))[0].0,
                item
            );
        }
    }
}
