//! The area a window serves: a set of municipality codes with exclusions, never a distance.
//!
//! A prefecture's code means all of it and a designated city's code all its wards. Where a code is both inside and
//! outside, the most specific one decides: "Hiroshima prefecture, without Hiroshima city, but with its Aki ward".

use basics::MunicipalityCode;

use crate::municipality::{Municipalities, MunicipalityType};

/// Which municipalities a window serves.
#[derive(Clone, Debug)]
pub struct Area {
    /// As decided: the codes served.
    pub serves: Vec<MunicipalityCode>,
    /// As decided: the codes taken out again.
    pub except: Vec<MunicipalityCode>,
    reach: Reach,
}

#[derive(Clone, Debug)]
enum Reach {
    Everywhere,
    /// Every code that is served, sorted: prefectures, cities, wards.
    Codes(Box<[MunicipalityCode]>),
}

impl Area {
    /// The whole country.
    pub fn everywhere() -> Self {
        Self {
            serves: Vec::new(),
            except: Vec::new(),
            reach: Reach::Everywhere,
        }
    }

    /// The served codes with all that lies in them, without the excluded ones.
    pub fn new(
        serves: Vec<MunicipalityCode>,
        except: Vec<MunicipalityCode>,
        all: &Municipalities,
    ) -> Self {
        let inside = |code: MunicipalityCode| {
            all.with_ancestors(code)
                .find_map(|m| {
                    if serves.contains(&m.code) {
                        Some(true)
                    } else if except.contains(&m.code) {
                        Some(false)
                    } else {
                        None
                    }
                })
                .unwrap_or(false)
        };
        // Most windows serve one town: only a prefecture or a city with wards has anything inside.
        let mut codes: Vec<MunicipalityCode> = Vec::new();
        for &code in &serves {
            if code.is_prefecture() {
                codes.extend(all.within_prefecture(code).map(|m| m.code));
            } else if all
                .get(code)
                .is_some_and(|m| m.kind == MunicipalityType::DesignatedCity)
            {
                codes.extend(all.children(code).map(|m| m.code));
            }
            codes.push(code);
        }
        codes.sort_unstable();
        codes.dedup();
        codes.retain(|&code| inside(code));
        Self {
            serves,
            except,
            reach: Reach::Codes(codes.into_boxed_slice()),
        }
    }

    /// These codes alone, not what lies in them.
    pub fn exactly(mut codes: Vec<MunicipalityCode>) -> Self {
        codes.sort_unstable();
        Self {
            serves: codes.clone(),
            except: Vec::new(),
            reach: Reach::Codes(codes.into_boxed_slice()),
        }
    }

    /// Whether someone who lives there is served.
    pub fn contains(&self, code: MunicipalityCode) -> bool {
        match &self.reach {
            Reach::Everywhere => true,
            Reach::Codes(codes) => codes.binary_search(&code).is_ok(),
        }
    }

    /// Whether it is the whole country.
    pub fn is_everywhere(&self) -> bool {
        matches!(self.reach, Reach::Everywhere)
    }

    /// Every code served, sorted; empty for the whole country.
    pub fn codes(&self) -> &[MunicipalityCode] {
        match &self.reach {
            Reach::Everywhere => &[],
            Reach::Codes(codes) => codes,
        }
    }

    /// 「新潟県（新潟市を除く）にお住まいの方」
    pub fn sentence(&self, all: &Municipalities) -> String {
        if self.is_everywhere() {
            return "全国どこからでも".to_owned();
        }
        // 「広島県（広島市を除く）と、広島市安芸区」: what is put back stands after what was taken out.
        let put_back = |code: &&MunicipalityCode| {
            all.with_ancestors(**code)
                .skip(1)
                .any(|m| self.except.contains(&m.code))
        };
        let back: Vec<MunicipalityCode> = self.serves.iter().filter(put_back).copied().collect();
        let first: Vec<MunicipalityCode> = self
            .serves
            .iter()
            .filter(|code| !back.contains(code))
            .copied()
            .collect();
        let mut text = names(&first, all);
        if !self.except.is_empty() {
            text = format!("{text}（{}を除く）", names(&self.except, all));
        }
        if !back.is_empty() {
            text = format!("{text}と、{}", names(&back, all));
        }
        format!("{text}にお住まいの方")
    }
}

fn names(codes: &[MunicipalityCode], all: &Municipalities) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<&str> = codes
        .iter()
        .take(SHOWN)
        .map(|&code| all.name(code))
        .collect();
    let mut text = shown.join("・");
    if codes.len() > SHOWN {
        text = format!("{text} など{}の市町村", codes.len());
    }
    text
}
