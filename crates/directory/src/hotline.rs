//! The national lines: the one table of numbers that belong to no place.

use crate::area::Area;
use crate::confidence::{Confidence, Confirmed, Source};
use crate::contact::{Channel, Phone};
use crate::facts::Facts;
use crate::hours::Hours;
use crate::kind::Kind;
use crate::record::HotlineRecord;
use crate::window::{Age, Level, Text, Window};

/// A national line.
#[derive(Clone, Debug)]
pub struct Hotline {
    /// Stable: `yorisoi-hotline`.
    pub id: &'static str,
    /// What it is for, as the publisher names it: 「救急・火事」.
    pub label: &'static str,
    /// The name of the line.
    pub name: &'static str,
    /// The number.
    pub phone: Phone,
    /// What a call costs. None: not known.
    pub cost: Option<&'static str>,
    /// When it answers. None: not known.
    pub availability: Option<Hours>,
    /// The official page.
    pub url: Option<&'static str>,
    /// Who runs it.
    pub publisher: Option<&'static str>,
    /// When the source said it.
    pub confirmed: Option<Confirmed>,
    /// Where it is known from.
    pub source: &'static str,
    /// How sure it is; always medium or better.
    pub confidence: Confidence,
    /// Still to be checked again: shown with 「確認中」.
    pub recheck: bool,
    /// What it is used for. Empty for a variant.
    pub uses: &'static [LineUse],
    /// The line of which this is another number (from some prefectures, from an IP telephone).
    pub variant_of: Option<&'static str>,
}

/// On which occasions a line is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineUse {
    /// Someone is in danger now: police, ambulance.
    Emergency,
    /// Wanting to disappear.
    Sos,
    /// The same, for those up to 18.
    SosChild,
    /// A child is being hurt.
    ChildAbuse,
    /// Violence between partners or in the family.
    Violence,
    /// 性犯罪・性暴力
    SexualViolence,
    /// A contract, a pull-out operator.
    Contract,
    /// Police, not now.
    Police,
    /// Someone who listens, without a name.
    Listen,
}

impl LineUse {
    const fn kind(self) -> Option<Kind> {
        match self {
            Self::Listen => Some(Kind::Listen),
            Self::Contract => Some(Kind::Law),
            Self::Police => Some(Kind::P9110),
            _ => None,
        }
    }
}

/// What each line is used for, and its name where the publisher's list only says the occasion. In the order in which
/// lines of one use are shown (guide.md §C6).
const USES: &[(&str, Option<&str>, &[LineUse])] = &[
    ("police-emergency", None, &[LineUse::Emergency]),
    ("fire-ambulance-emergency", None, &[LineUse::Emergency]),
    ("yorisoi-hotline", None, &[LineUse::Sos, LineUse::Listen]),
    ("inochi-sos", None, &[LineUse::Sos]),
    ("inochi-no-denwa", None, &[LineUse::Sos, LineUse::Listen]),
    (
        "mental-health",
        Some("こころの健康相談統一ダイヤル"),
        &[LineUse::Sos, LineUse::Listen],
    ),
    ("kodomo-sos-24", None, &[LineUse::SosChild]),
    ("childline", None, &[LineUse::SosChild, LineUse::Listen]),
    ("child-abuse", None, &[LineUse::ChildAbuse]),
    ("jido-sodan", None, &[LineUse::ChildAbuse]),
    ("dv-consultation-plus", None, &[LineUse::Violence]),
    ("dv-consultation", None, &[LineUse::Violence]),
    ("sexual-violence-one-stop", None, &[LineUse::SexualViolence]),
    (
        "consumer-hotline",
        Some("消費者ホットライン"),
        &[LineUse::Contract],
    ),
    ("police-consultation", None, &[LineUse::Police]),
    // Other numbers of a line above: shown beside it, never for an occasion by themselves.
    ("yorisoi-hotline-tohoku", None, &[]),
    ("yorisoi-hotline-ip", None, &[]),
];

/// A number that reaches the same line from elsewhere, and the line.
const VARIANTS: &[(&str, &str)] = &[
    ("yorisoi-hotline-tohoku", "yorisoi-hotline"),
    ("yorisoi-hotline-ip", "yorisoi-hotline"),
];

impl Hotline {
    pub(crate) fn all(records: &[HotlineRecord<'static>]) -> Vec<Self> {
        USES.iter()
            .filter_map(|&(id, name, uses)| {
                let record = records.iter().find(|record| record.id == id)?;
                let say = |text: &'static str| Some(text).filter(|text| !text.is_empty());
                Some(Self {
                    id,
                    label: record.label,
                    name: name.unwrap_or(record.label),
                    phone: Phone::new(record.number)?,
                    cost: say(record.cost),
                    availability: Hours::new(&record.availability.into(), &Text::default()),
                    url: say(record.url),
                    publisher: say(record.publisher),
                    confirmed: Confirmed::read(record.confirmed),
                    source: record.source,
                    confidence: Confidence::from_code(record.confidence)
                        .filter(|confidence| confidence.shows_phone())?,
                    recheck: record.recheck,
                    uses,
                    variant_of: VARIANTS
                        .iter()
                        .find(|(own, _)| *own == id)
                        .map(|&(_, of)| of),
                })
            })
            .collect()
    }

    /// Lines that are windows of a kind the guide ranks (LISTEN, LAW, P9110) are also windows, of the whole country.
    pub(crate) fn window(&self) -> Option<Window> {
        let kind = self.uses.iter().find_map(|line_use| line_use.kind())?;
        let words = Text::from("電話");
        Some(Window {
            id: format!("{}-{}", kind.code().to_lowercase(), self.id).into(),
            kind,
            also: Vec::new(),
            name: self.name.into(),
            operator: self.publisher.map(Text::from),
            run_by: None,
            level: Level::National,
            branch: false,
            phone: Some(self.phone.clone()),
            phone_note: self.cost.map(Text::from),
            fax: None,
            email: None,
            form: None,
            url: self.url.map(Text::from),
            postal: None,
            address: None,
            hours: self.availability.clone().into_iter().collect(),
            channels: vec![Channel::Tel],
            channels_text: Some(words.clone()),
            note: VARIANTS
                .iter()
                .any(|&(_, of)| of == self.id)
                .then(|| "岩手・宮城・福島からと、IP電話からは、別の番号があります。".into()),
            age: self.uses.contains(&LineUse::SosChild).then(|| Age {
                note: "18歳までの方".into(),
                from: None,
                to: Some(18),
            }),
            confidence: self.confidence,
            confirmed: self.confirmed.clone(),
            sources: vec![Source {
                title: self.source.into(),
                url: self.url.map(Text::from),
            }],
            serves: Area::everywhere(),
            serves_note: None,
            first_for: Vec::new(),
            facts: Facts {
                free: match self.cost {
                    Some("無料") => crate::Fact::yes("無料"),
                    Some("通話料あり") => crate::Fact::no("通話料あり"),
                    _ => crate::Fact::Unknown,
                },
                ..Facts::from_channels(&[Channel::Tel], &words)
            },
            needs_review: self.recheck,
            fallback: false,
            imported: false,
        })
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_line_of_the_two_files_has_a_use() {
        let blob = crate::directory::blob();
        for record in &blob.hotlines {
            assert!(
                super::USES.iter().any(|(id, ..)| *id == record.id),
                "{}",
                record.id
            );
        }
        assert_eq!(
            super::Hotline::all(&blob.hotlines).len(),
            blob.hotlines.len()
        );
    }
}
