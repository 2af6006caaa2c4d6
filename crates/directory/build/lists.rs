//! The lists with one row a municipality: 自立相談支援機関 and halls; and the placeholders where a list has none.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use crate::places::Places;
use crate::record::WindowRecord;
use crate::sources::Sources;
use crate::table::{Row, keep, rows};

/// Rows that say the same of several municipalities are one window that serves them all.
pub fn self_reliance(
    path: &Path,
    places: &Places,
    sources: &mut Sources,
) -> Vec<WindowRecord<'static>> {
    const SAME: [&str; 14] = [
        "name",
        "postal",
        "address",
        "phone",
        "fax",
        "email",
        "hours",
        "closed",
        "methods",
        "contact_type",
        "service_area",
        "official_url",
        "source_url",
        "status",
    ];
    let rows = rows(path);
    let mut groups: BTreeMap<Vec<&str>, Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        let mut key: Vec<&str> = vec![&row["code5"][..2]];
        key.extend(SAME.iter().map(|column| row[*column]));
        groups.entry(key).or_default().push(at);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    groups.sort_unstable(); // as the file lists them
    let mut taken: HashMap<u16, u32> = HashMap::new();
    groups
        .iter()
        .map(|group| {
            let row = &rows[group[0]];
            let mut all: Vec<u16> = group
                .iter()
                .map(|&at| places.check(rows[at]["code5"]))
                .collect();
            all.sort_unstable();
            all.dedup();
            let home = all[0];
            let number = taken.entry(home).or_insert(0);
            *number += 1;
            let (serves, serves_note) = self_reliance_area(row, home, &all, places);
            let representative = row["contact_type"] == "representative";
            let city = if let [one] = all[..] {
                places.kind(one)
            } else {
                ""
            };
            WindowRecord {
                id: keep(format!("js-{home:05}-{number}")),
                kind: "JS",
                level: if all.len() > 1 { 'p' } else { 'c' },
                branch: false,
                name: row["name"],
                // 生活困窮者自立支援法: a city runs it itself; for a town or village the list does not say who does.
                operator: if matches!(city, "市" | "中核市" | "指定都市" | "特別区") {
                    places.name(home)
                } else {
                    ""
                },
                phone: row["phone"],
                phone_note: if representative {
                    "代表の電話です。「生活困窮者の自立相談」と伝えると、担当につながります。"
                } else {
                    ""
                },
                fax: row["fax"],
                email: row["email"],
                url: row["official_url"],
                postal: row["postal"],
                address: row["address"],
                hours: row["hours"],
                closed: row["closed"],
                methods: row["methods"],
                confidence: contact_confidence(row),
                confirmed: row["verified_at"],
                sources: vec![sources.add(row["source_title"], row["source_url"])],
                first_for: ward_it_stands_in(row["address"], home, places),
                serves,
                serves_note,
                needs_review: row["status"] == "review_required",
                ..WindowRecord::default()
            }
        })
        .collect()
}

/// The municipality of the row, or the one ward that `service_area` names.
fn self_reliance_area(
    row: &Row,
    home: u16,
    all: &[u16],
    places: &Places,
) -> (Vec<u16>, &'static str) {
    let area = row["service_area"];
    if area.is_empty() || area == places.name(home) {
        return (all.to_vec(), "");
    }
    if let Some(ward) = places.wards(home).find(|&ward| places.name(ward) == area) {
        return (vec![ward], "");
    }
    assert!(
        area.starts_with('旧'),
        "service_area 「{area}」 is neither a ward nor a former town"
    );
    (all.to_vec(), keep(format!("{area}を担当します。")))
}

/// A window of a designated city is listed first for the ward it stands in: the data rarely says which ward it serves.
fn ward_it_stands_in(address: &str, home: u16, places: &Places) -> Vec<u16> {
    let address: String = address.chars().filter(|c| !c.is_whitespace()).collect();
    places
        .wards(home)
        .filter(|&ward| address.contains(places.name(ward)))
        .collect()
}

pub fn halls(path: &Path, places: &Places, sources: &mut Sources) -> Vec<WindowRecord<'static>> {
    rows(path)
        .iter()
        .map(|row| {
            let code = places.check(row["code5"]);
            let place = places.name(code);
            // The list writes 「函館市役所・役場」 and 「七飯町役所・役場」 alike.
            let name = row["name"].strip_suffix("役所・役場").map_or(row["name"], |stem| {
                let word = if matches!(places.kind(code), "町" | "村") { "役場" } else { "役所" };
                keep(format!("{stem}{word}"))
            });
            WindowRecord {
                id: keep(format!("hall-{code:05}-1")),
                kind: "HALL",
                level: 'c',
                name,
                operator: place,
                phone: row["phone"],
                phone_note: "代表の電話です。「ひきこもりの相談はどこですか」とたずねると、担当につながります。",
                url: row["official_url"],
                postal: row["postal"],
                address: row["address"],
                hours: row["hours"],
                closed: row["closed"],
                methods: if row["phone"].is_empty() { "来所" } else { "電話;来所" },
                confidence: contact_confidence(row),
                confirmed: row["verified_at"],
                sources: vec![sources.add(row["source_title"], row["source_url"])],
                serves: vec![code],
                ..WindowRecord::default()
            }
        })
        .collect()
}

/// Where no row serves (the prefectures themselves, the six villages of the Northern Territories): a placeholder of the
/// prefecture that says so and helps to find the window.
pub fn placeholders(
    windows: &[WindowRecord<'static>],
    places: &Places,
    sources: &mut Sources,
) -> Vec<WindowRecord<'static>> {
    let mut out = Vec::new();
    for (kind, what, basis) in [
        (
            "JS",
            "の自立相談支援機関",
            "生活困窮者自立支援法（都道府県と市に置かれる）",
        ),
        ("HALL", "の代表窓口", "都道府県の公式サイト"),
    ] {
        let mut served: HashSet<u16> = HashSet::new();
        for window in windows.iter().filter(|w| w.kind == kind) {
            for &code in &window.serves {
                served.insert(code);
                served.extend(places.wards(code));
            }
        }
        let mut missing: BTreeMap<u16, Vec<u16>> = BTreeMap::new();
        for &code in places.rows.keys().filter(|code| !served.contains(code)) {
            missing.entry(code / 1000 * 1000).or_default().push(code);
        }
        for (prefecture, unserved) in missing {
            let serves_note = if unserved.len() > 1 {
                "市区町村を選ぶと、お住まいの窓口が出ます。色丹村など6つの村の役場と窓口は、まだ確認できていません。"
            } else {
                "市区町村を選ぶと、お住まいの窓口が出ます。"
            };
            out.push(WindowRecord {
                id: keep(format!("{}-{prefecture:05}-1", kind.to_lowercase())),
                kind,
                level: 'p',
                name: keep(format!("{}{what}", places.name(prefecture))),
                operator: if kind == "HALL" {
                    places.name(prefecture)
                } else {
                    ""
                },
                url: places.rows[&prefecture]["official_url"],
                confidence: "missing",
                serves: unserved,
                exactly: true,
                serves_note,
                sources: vec![sources.add(basis, places.rows[&prefecture]["official_url"])],
                fallback: true,
                ..WindowRecord::default()
            });
        }
    }
    out
}

/// The lists carry no confidence of their own. An official list of this year is one source; a row its publisher marks as
/// still to be checked is less; without a number there is no contact to be sure of.
fn contact_confidence(row: &Row) -> &'static str {
    match (row["phone"], row["address"], row.get("status")) {
        ("", "", _) => "name-only",
        ("", ..) => "medium-address",
        (_, _, Some(&"review_required")) => "medium",
        _ => "medium-high",
    }
}
