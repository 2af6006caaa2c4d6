//! Municipalities and postal codes.

use std::collections::BTreeMap;
use std::path::Path;

use crate::record::{MunicipalityRecord, POSTAL_WIDTH, SEVERAL};
use crate::table::{Row, rows};

pub struct Places {
    pub rows: BTreeMap<u16, Row>,
}

impl Places {
    pub fn read(path: &Path) -> Self {
        Self {
            rows: rows(path)
                .into_iter()
                .map(|row| (row["code5"].parse().expect("code5"), row))
                .collect(),
        }
    }

    pub fn check(&self, code: &str) -> u16 {
        let number = code
            .parse()
            .unwrap_or_else(|_| panic!("「{code}」 is no code"));
        assert!(self.rows.contains_key(&number), "{code} does not exist");
        number
    }

    pub fn name(&self, code: u16) -> &'static str {
        self.rows[&code]["name"]
    }

    pub fn kind(&self, code: u16) -> &'static str {
        self.rows[&code]["type"]
    }

    pub fn wards(&self, city: u16) -> impl Iterator<Item = u16> + '_ {
        let parent = format!("{city:05}");
        self.rows
            .iter()
            .filter(move |(_, row)| row["type"] == "行政区" && row["parent_code5"] == parent)
            .map(|(&code, _)| code)
    }

    pub fn records(&self) -> Vec<MunicipalityRecord<'static>> {
        const KINDS: [&str; 8] = [
            "都道府県",
            "指定都市",
            "行政区",
            "中核市",
            "特別区",
            "市",
            "町",
            "村",
        ];
        self.rows
            .iter()
            .map(|(&code, row)| MunicipalityRecord {
                code,
                parent: row["parent_code5"].parse().unwrap_or(0),
                kind: KINDS
                    .iter()
                    .position(|&kind| kind == row["type"])
                    .expect("a known type") as u8,
                name: row["name"],
                kana: row["kana"],
                romaji: row["romaji"],
                county: row["county"],
                url: row["official_url"],
            })
            .collect()
    }
}

pub fn postal_table(path: &Path, places: &Places) -> (Vec<u8>, Vec<Vec<u16>>) {
    let mut several: Vec<Vec<u16>> = Vec::new();
    let mut entries: Vec<(u32, u16)> = rows(path)
        .iter()
        .map(|row| {
            let codes: Vec<u16> = row["code5s"]
                .split([';', '|', ' '])
                .filter(|c| !c.is_empty())
                .map(|c| places.check(c))
                .collect();
            let value = if let [one] = codes[..] {
                one
            } else {
                several.push(codes);
                SEVERAL + (several.len() - 1) as u16
            };
            (row["postal"].parse().expect("seven digits"), value)
        })
        .collect();
    entries.sort_unstable();
    let mut table = Vec::with_capacity(entries.len() * POSTAL_WIDTH);
    for (postal, value) in entries {
        table.extend_from_slice(&postal.to_be_bytes()[1..]);
        table.extend_from_slice(&value.to_be_bytes());
    }
    (table, several)
}
