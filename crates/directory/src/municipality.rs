//! 市区町村: prefectures, cities, wards, towns and villages, as 総務省 numbers them.

use basics::MunicipalityCode;

use crate::record::MunicipalityRecord;

/// What sort of body a municipality code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MunicipalityType {
    /// 都道府県
    Prefecture,
    /// 指定都市: a city with wards (行政区) and a ひきこもり地域支援センター of its own.
    DesignatedCity,
    /// 行政区: a ward of a designated city. Not a body of its own; it belongs to its city.
    Ward,
    /// 中核市
    CoreCity,
    /// 特別区: a special ward of Tokyo, a body of its own.
    SpecialWard,
    /// 市
    City,
    /// 町
    Town,
    /// 村
    Village,
}

impl MunicipalityType {
    /// In the order in which `build.rs` numbers them.
    const NUMBERED: [Self; 8] = [
        Self::Prefecture,
        Self::DesignatedCity,
        Self::Ward,
        Self::CoreCity,
        Self::SpecialWard,
        Self::City,
        Self::Town,
        Self::Village,
    ];

    /// The word for it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Prefecture => "都道府県",
            Self::DesignatedCity => "指定都市",
            Self::Ward => "行政区",
            Self::CoreCity => "中核市",
            Self::SpecialWard => "特別区",
            Self::City => "市",
            Self::Town => "町",
            Self::Village => "村",
        }
    }
}

/// One municipality, ward or prefecture.
#[derive(Clone, Debug)]
pub struct Municipality {
    /// Its code.
    pub code: MunicipalityCode,
    /// What it is.
    pub kind: MunicipalityType,
    /// 「新潟市」; a ward carries its city's name: 「新潟市北区」.
    pub name: &'static str,
    /// The reading in hiragana.
    pub kana: &'static str,
    /// The reading in Latin letters; empty for six villages.
    pub romaji: &'static str,
    /// 郡, for towns and villages; else empty.
    pub county: &'static str,
    /// The city of a ward, the prefecture of all others; none for a prefecture.
    pub parent: Option<MunicipalityCode>,
    /// The body's own site. None for the six villages and three new wards.
    pub official_url: Option<&'static str>,
}

impl Municipality {
    /// 「新潟県新潟市北区」, 「北海道二海郡八雲町」: for a list in which the same name occurs twice.
    pub fn full_name(&self, all: &Municipalities) -> String {
        match all.get(self.code.prefecture()) {
            Some(prefecture) if prefecture.code != self.code => {
                format!("{}{}{}", prefecture.name, self.county, self.name)
            }
            _ => self.name.to_owned(),
        }
    }
}

/// All 1,965 of them.
#[derive(Clone, Debug)]
pub struct Municipalities {
    /// Sorted by code.
    all: Vec<Municipality>,
    /// Name, reading and Latin reading, folded for search; same order.
    folded: Vec<[String; 3]>,
}

impl Municipalities {
    pub(crate) fn from_records(records: &[MunicipalityRecord<'static>]) -> Self {
        let code = |number| MunicipalityCode::from_number(number).ok();
        let mut all: Vec<Municipality> = records
            .iter()
            .filter_map(|record| {
                Some(Municipality {
                    code: code(record.code)?,
                    kind: *MunicipalityType::NUMBERED.get(usize::from(record.kind))?,
                    name: record.name,
                    kana: record.kana,
                    romaji: record.romaji,
                    county: record.county,
                    parent: code(record.parent),
                    official_url: Some(record.url).filter(|url| !url.is_empty()),
                })
            })
            .collect();
        all.sort_unstable_by_key(|m| m.code);
        let folded = all
            .iter()
            .map(|m| [m.name, m.kana, m.romaji].map(basics::fold))
            .collect();
        Self { all, folded }
    }

    /// Every one, sorted by code.
    pub fn all(&self) -> &[Municipality] {
        &self.all
    }

    /// The one with this code.
    pub fn get(&self, code: MunicipalityCode) -> Option<&Municipality> {
        self.all
            .binary_search_by_key(&code, |m| m.code)
            .ok()
            .map(|at| &self.all[at])
    }

    /// The name for this code, empty when there is none.
    pub fn name(&self, code: MunicipalityCode) -> &'static str {
        self.get(code).map_or("", |m| m.name)
    }

    /// The 47 prefectures.
    pub fn prefectures(&self) -> impl Iterator<Item = &Municipality> {
        self.all
            .iter()
            .filter(|m| m.kind == MunicipalityType::Prefecture)
    }

    /// What lies directly in it: the municipalities of a prefecture, the wards of a designated city.
    pub fn children(&self, code: MunicipalityCode) -> impl Iterator<Item = &Municipality> {
        self.all.iter().filter(move |m| m.parent == Some(code))
    }

    /// The prefecture itself and everything in it, wards too.
    pub fn within_prefecture(
        &self,
        prefecture: MunicipalityCode,
    ) -> impl Iterator<Item = &Municipality> {
        let from = self.all.partition_point(|m| m.code < prefecture);
        self.all[from..]
            .iter()
            .take_while(move |m| m.code.prefecture() == prefecture)
    }

    /// The body itself, then what it lies in: ward, city, prefecture.
    pub fn with_ancestors(&self, code: MunicipalityCode) -> impl Iterator<Item = &Municipality> {
        std::iter::successors(self.get(code), |m| {
            m.parent.and_then(|parent| self.get(parent))
        })
    }

    /// Its own site, or for a ward without one, its city's.
    pub fn site(&self, code: MunicipalityCode) -> Option<(&Municipality, &'static str)> {
        self.with_ancestors(code)
            .find_map(|m| m.official_url.map(|url| (m, url)))
    }

    /// Those whose name or reading matches the text, best first: the whole name, then its beginning, then a part of it.
    /// Several words narrow it down (「新潟 北区」, 「ふくしま だて」: any of them may be the prefecture).
    pub fn search(&self, text: &str) -> Vec<&Municipality> {
        let terms: Vec<String> = text
            .split_whitespace()
            .map(basics::fold)
            .filter(|term| !term.is_empty())
            .collect();
        if terms.is_empty() {
            return Vec::new();
        }
        let mut hits: Vec<(u8, &Municipality)> = self
            .all
            .iter()
            .zip(&self.folded)
            .filter_map(|(m, folded)| {
                let prefecture = self
                    .all
                    .binary_search_by_key(&m.code.prefecture(), |m| m.code)
                    .ok()
                    .map(|at| &self.folded[at]);
                let mut best: Option<u8> = None;
                for term in &terms {
                    match closeness(term, folded) {
                        Some(rank) => best = Some(best.map_or(rank, |b| b.min(rank))),
                        None if terms.len() > 1
                            && prefecture
                                .is_some_and(|p| closeness(term, p).is_some_and(|r| r < 2)) => {}
                        None => return None,
                    }
                }
                best.map(|rank| (rank, m))
            })
            .collect();
        hits.sort_by_key(|(rank, m)| (*rank, m.code));
        hits.into_iter().map(|(_, m)| m).collect()
    }

    /// Those whose whole name or reading this folded word is.
    pub(crate) fn named(&self, folded_word: &str) -> Vec<MunicipalityCode> {
        let named = self.all.iter().zip(&self.folded);
        named
            .filter(|(_, folded)| folded.iter().any(|name| name == folded_word))
            .map(|(m, _)| m.code)
            .collect()
    }
}

fn closeness(term: &str, folded: &[String; 3]) -> Option<u8> {
    folded
        .iter()
        .filter(|text| text.contains(term))
        .map(|text| {
            if text == term {
                0
            } else if text.starts_with(term) {
                1
            } else {
                2
            }
        })
        .min()
}
