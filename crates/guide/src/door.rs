//! The machine door: one JSON object of answers in, one JSON object out (`ippo guide --json`).
//!
//! Every key may be missing or `null`; `"unknown"` is taken for every key. A key or a value that is not in
//! guide.md §E1 is refused with one sentence: a checker must not be left thinking that a slip was understood.

use directory::Kind;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

use crate::answers::{Answers, MOST_WANTS, OLDEST, guide_kinds};
use crate::choice::{Choice, Set};
use crate::engine::{Item, Recommendation};
use crate::rules::Rules;
use crate::surroundings::Surroundings;

/// Why a line of answers was refused: one sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Not a JSON object.
    #[error("1行に1つのJSONオブジェクトを書いてください（{0}）。")]
    NotAnObject(String),
    /// A key that does not exist.
    #[error("「{0}」という項目はありません。使えるのは {1} です。")]
    UnknownKey(String, String),
    /// A value that does not exist.
    #[error("{key} に「{value}」は使えません。使えるのは {allowed} です。")]
    UnknownValue {
        /// Of which key.
        key: String,
        /// The value.
        value: String,
        /// What may stand there.
        allowed: String,
    },
    /// More wishes than the question allows.
    #[error("{0} は{1}つまでです。")]
    TooMany(String, usize),
}

/// The keys of the machine door.
pub const KEYS: [&str; 16] = [
    "who",
    "age",
    "school",
    "want",
    "how",
    "stage",
    "money",
    "illness",
    "dis",
    "risk",
    "parent_old",
    "know_me",
    "prev",
    "has_muni",
    "has_kw",
    "closed",
];

/// Answers and switches from one line.
pub fn parse(line: &str) -> Result<(Answers, Surroundings), AnswerError> {
    let value: Value =
        serde_json::from_str(line).map_err(|error| AnswerError::NotAnObject(json_slip(&error)))?;
    let Value::Object(object) = value else {
        return Err(AnswerError::NotAnObject(
            "オブジェクトではありません".to_owned(),
        ));
    };
    from_object(&object)
}

/// One line of answers to one line of windows.
pub fn answer_line(rules: &Rules, line: &str) -> Result<String, AnswerError> {
    let (answers, around) = parse(line)?;
    let said = Said::from(&rules.recommend(&answers, &around));
    // A struct of lists of strings can always be written; the sentence is for the reader of this code.
    serde_json::to_string(&said).map_err(|error| AnswerError::NotAnObject(error.to_string()))
}

impl Answers {
    /// The answers of one line; the switches that stand in for the area are checked and left out.
    pub fn from_json(line: &str) -> Result<Answers, AnswerError> {
        parse(line).map(|(answers, _)| answers)
    }
}

/// The answer in the shape of the machine door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Codes of lines, tier 0.
    pub urgent: Vec<String>,
    /// Codes of windows.
    pub top: Vec<Kind>,
    /// Codes of windows.
    pub more: Vec<Kind>,
    /// Codes of windows.
    pub later: Vec<Kind>,
    /// Ids of rules, sorted.
    pub fired: Vec<String>,
}

impl From<&Recommendation<'_>> for Said {
    fn from(answer: &Recommendation<'_>) -> Self {
        let kinds = |items: &[Item<'_>]| items.iter().map(|item| item.kind).collect();
        Said {
            urgent: answer
                .urgent
                .iter()
                .map(|urgent| urgent.line.code.clone())
                .collect(),
            top: kinds(&answer.top),
            more: kinds(&answer.more),
            later: kinds(&answer.later),
            fired: answer.fired.iter().map(|id| (*id).to_owned()).collect(),
        }
    }
}

impl Serialize for Answers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn codes<C: Choice>(set: Set<C>) -> Vec<&'static str> {
            set.iter().map(Choice::code).collect()
        }
        let mut map = serializer.serialize_map(Some(13))?;
        map.serialize_entry("who", self.who.code())?;
        map.serialize_entry("age", &self.age)?;
        map.serialize_entry("school", self.school.code())?;
        map.serialize_entry("want", &codes(self.want))?;
        map.serialize_entry("how", &codes(self.how))?;
        map.serialize_entry("stage", self.stage.code())?;
        map.serialize_entry("money", self.money.code())?;
        map.serialize_entry("illness", self.illness.code())?;
        map.serialize_entry("dis", &codes(self.dis))?;
        map.serialize_entry("risk", &codes(self.risk))?;
        map.serialize_entry("parent_old", &self.parent_old)?;
        map.serialize_entry("know_me", &self.know_me)?;
        map.serialize_entry("prev", &self.prev)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Answers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let object = Map::deserialize(deserializer)?;
        from_object(&object)
            .map(|(answers, _)| answers)
            .map_err(serde::de::Error::custom)
    }
}

fn from_object(object: &Map<String, Value>) -> Result<(Answers, Surroundings), AnswerError> {
    if let Some(key) = object.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(AnswerError::UnknownKey(shortened(key), KEYS.join(", ")));
    }
    let answers = Answers {
        who: choice(object)?.unwrap_or(crate::Who::Unknown),
        age: age(object)?,
        school: choice(object)?.unwrap_or(crate::School::Unknown),
        want: set(object)?,
        how: set(object)?,
        stage: choice(object)?.unwrap_or(crate::Stage::Unknown),
        money: choice(object)?.unwrap_or(crate::Money::None),
        illness: choice(object)?.unwrap_or(crate::Illness::None),
        dis: set(object)?,
        risk: set(object)?,
        parent_old: switch(object, "parent_old")?,
        know_me: switch(object, "know_me")?,
        prev: prev(object)?,
        area: None,
        asker_area: None,
    };
    if answers.want.len() > MOST_WANTS {
        return Err(AnswerError::TooMany("want".to_owned(), MOST_WANTS));
    }
    let around = Surroundings {
        has_muni: switch(object, "has_muni")?,
        has_kw: switch(object, "has_kw")?,
        closed: switch(object, "closed")?,
        ..Surroundings::default()
    };
    Ok((answers, around))
}

fn choice<C: Choice>(object: &Map<String, Value>) -> Result<Option<C>, AnswerError> {
    match object.get(C::KEY) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => one(value),
    }
}

/// `None` for "unknown" where the list has no such value.
fn one<C: Choice>(value: &Value) -> Result<Option<C>, AnswerError> {
    let spelled = value.as_str().map(as_in_the_table);
    let found = spelled.and_then(C::from_code);
    if found.is_some() || value.as_str() == Some("unknown") {
        return Ok(found);
    }
    let mut allowed: Vec<&str> = C::ALL.iter().map(|choice| choice.code()).collect();
    if !allowed.contains(&"unknown") {
        allowed.push("unknown");
    }
    Err(refused(C::KEY, value, &allowed.join(", ")))
}

/// §E1 writes some ways in words instead of codes; those words are taken as well.
fn as_in_the_table(word: &str) -> &str {
    match word {
        "sns" | "SNS" | "chat/SNS" => "chat",
        "家から出ない" => "no_leave",
        "平日昼" => "daytime",
        "夜" => "night",
        "休日" => "holiday",
        code => code,
    }
}

fn set<C: Choice>(object: &Map<String, Value>) -> Result<Set<C>, AnswerError> {
    match object.get(C::KEY) {
        None | Some(Value::Null) => Ok(Set::new()),
        Some(Value::Array(values)) => {
            let mut set = Set::new();
            for value in values {
                if let Some(choice) = one(value)? {
                    set.insert(choice);
                }
            }
            Ok(set)
        }
        Some(value) => Err(refused(C::KEY, value, "リスト（[…]）")),
    }
}

fn age(object: &Map<String, Value>) -> Result<Option<u8>, AnswerError> {
    let value = match object.get("age") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(word)) if word == "unknown" => return Ok(None),
        Some(value) => value,
    };
    match value.as_u64() {
        Some(age) if age <= u64::from(OLDEST) => Ok(Some(age as u8)),
        _ => Err(refused(
            "age",
            value,
            &format!("0から{OLDEST}までの整数か null"),
        )),
    }
}

fn switch(object: &Map<String, Value>, key: &str) -> Result<bool, AnswerError> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(Value::String(word)) if word == "unknown" => Ok(false),
        Some(value) => Err(refused(key, value, "true か false")),
    }
}

fn prev(object: &Map<String, Value>) -> Result<Option<Kind>, AnswerError> {
    let value = match object.get("prev") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(word)) if word == "unknown" => return Ok(None),
        Some(value) => value,
    };
    let kind = value
        .as_str()
        .and_then(|code| guide_kinds().find(|kind| kind.code() == code));
    kind.map(Some).ok_or_else(|| {
        let codes: Vec<&str> = guide_kinds().map(Kind::code).collect();
        refused("prev", value, &format!("{} か null", codes.join(", ")))
    })
}

fn refused(key: &str, value: &Value, allowed: &str) -> AnswerError {
    let value = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    AnswerError::UnknownValue {
        key: key.to_owned(),
        value: shortened(&value),
        allowed: allowed.to_owned(),
    }
}

/// What was written, short and on one line, so that the sentence stays one sentence.
fn shortened(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(40)
        .collect();
    if text.chars().count() > 40 {
        format!("{line}…")
    } else {
        line
    }
}

fn json_slip(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "途中で終わっています",
        _ => "JSONとして読めません",
    };
    format!("{}文字めあたり：{what}", error.column())
}
