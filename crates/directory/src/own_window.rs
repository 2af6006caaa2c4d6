//! A window of an operator's own, as it is stored; the table in [`crate::import`] says what each field holds.

use basics::MunicipalityCode;
use serde::{Deserialize, Serialize};

use crate::area::Area;
use crate::confidence::{Confidence, Confirmed, Source};
use crate::contact::{Channel, Phone};
use crate::facts::{Fact, Facts};
use crate::hours::Hours;
use crate::kind::Kind;
use crate::municipality::Municipalities;
use crate::window::{Age, Level, Text, Window};

/// A window of an operator's own, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // the table in `import` says what each holds
pub struct OwnWindow {
    pub id: String,
    pub kind: Kind,
    pub name: String,
    pub operator: String,
    pub level: Level,
    pub phone: String,
    pub fax: String,
    pub email: String,
    pub form: String,
    pub url: String,
    pub postal: String,
    pub address: String,
    pub hours: String,
    pub methods: String,
    pub note: String,
    pub age_note: String,
    pub age_from: Option<u8>,
    pub age_to: Option<u8>,
    pub serves: Vec<MunicipalityCode>,
    pub except: Vec<MunicipalityCode>,
    pub serves_note: String,
    pub confidence: Confidence,
    pub confirmed_at: String,
    pub source: String,
    pub free: Option<bool>,
    pub family_ok: Option<bool>,
    pub anonymous_ok: Option<bool>,
    pub voiceless_ok: Option<bool>,
    pub from_home_ok: Option<bool>,
    pub home_visit: Option<bool>,
    pub booking: Option<bool>,
}

impl Default for OwnWindow {
    fn default() -> Self {
        Self {
            id: String::new(),
            kind: Kind::Hc,
            name: String::new(),
            operator: String::new(),
            level: Level::City,
            phone: String::new(),
            fax: String::new(),
            email: String::new(),
            form: String::new(),
            url: String::new(),
            postal: String::new(),
            address: String::new(),
            hours: String::new(),
            methods: String::new(),
            note: String::new(),
            age_note: String::new(),
            age_from: None,
            age_to: None,
            serves: Vec::new(),
            except: Vec::new(),
            serves_note: String::new(),
            confidence: Confidence::High,
            confirmed_at: String::new(),
            source: String::new(),
            free: None,
            family_ok: None,
            anonymous_ok: None,
            voiceless_ok: None,
            from_home_ok: None,
            home_visit: None,
            booking: None,
        }
    }
}

impl OwnWindow {
    /// As the directory knows windows.
    pub fn window(self, all: &Municipalities) -> Window {
        let channels = Channel::read(&self.methods);
        let words = Text::from(self.methods.clone());
        let stated = Facts::from_channels(&channels, &words);
        let fact = |answer: Option<bool>, from_channels: Fact| match answer {
            Some(true) => Fact::yes("確認した人の記入"),
            Some(false) => Fact::no("確認した人の記入"),
            None => from_channels,
        };
        let shows_phone = self.confidence.shows_phone();
        let source_is_address = self.source.starts_with("http");
        Window {
            id: self.id.into(),
            kind: self.kind,
            also: Vec::new(),
            name: self.name.into(),
            operator: say(self.operator),
            run_by: None,
            level: self.level,
            branch: false,
            phone: Phone::new(self.phone).filter(|_| shows_phone),
            phone_note: None,
            fax: say(self.fax).filter(|_| shows_phone),
            email: say(self.email).filter(|_| shows_phone),
            form: say(self.form),
            url: say(self.url),
            postal: say(self.postal),
            address: say(self.address),
            hours: Hours::new(&self.hours.into(), &Text::default())
                .into_iter()
                .collect(),
            channels,
            channels_text: say(self.methods),
            note: say(self.note),
            age: (!self.age_note.is_empty() || self.age_from.is_some() || self.age_to.is_some())
                .then(|| Age {
                    note: if self.age_note.is_empty() {
                        age_words(self.age_from, self.age_to).into()
                    } else {
                        self.age_note.into()
                    },
                    from: self.age_from,
                    to: self.age_to,
                }),
            confidence: self.confidence,
            confirmed: Confirmed::read(self.confirmed_at),
            sources: vec![Source {
                title: self.source.clone().into(),
                url: source_is_address.then(|| self.source.into()),
            }],
            serves: if self.level == Level::National {
                Area::everywhere()
            } else {
                Area::new(self.serves, self.except, all)
            },
            serves_note: say(self.serves_note),
            first_for: Vec::new(),
            facts: Facts {
                free: fact(self.free, stated.free),
                family_ok: fact(self.family_ok, stated.family_ok),
                anonymous_ok: fact(self.anonymous_ok, stated.anonymous_ok),
                voiceless_ok: fact(self.voiceless_ok, stated.voiceless_ok),
                from_home_ok: fact(self.from_home_ok, stated.from_home_ok),
                home_visit: fact(self.home_visit, stated.home_visit),
                booking: fact(self.booking, stated.booking),
            },
            needs_review: false,
            fallback: false,
            imported: true,
        }
    }
}

fn say(text: String) -> Option<Text> {
    (!text.is_empty()).then(|| Text::from(text))
}

fn age_words(from: Option<u8>, to: Option<u8>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => format!("{from}歳から{to}歳の方"),
        (Some(from), None) => format!("{from}歳以上の方"),
        (None, Some(to)) => format!("{to}歳までの方"),
        (None, None) => String::new(),
    }
}
