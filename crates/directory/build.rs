//! Turns `data/*.csv` and `data/areas.toml` into the two files the program embeds, and refuses to build when they
//! contradict each other: a centre without a decision about its area, a code that does not exist, a quote that is not
//! in the note it claims to quote, a phone number of too little confidence.

// A build script may stop the build; that is its only way to say that the data is wrong.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::missing_panics_doc)]

#[path = "src/record.rs"]
mod record;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use record::{Blob, HotlineRecord, MunicipalityRecord, POSTAL_WIDTH, SEVERAL, WindowRecord};

type Row = HashMap<String, &'static str>;

fn main() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/record.rs");
    for file in [
        "areas.toml",
        "centers.csv",
        "hotlines_field.csv",
        "municipalities.csv",
        "postal_to_muni.csv",
        "windows_hotlines.csv",
        "windows_jiritsu.csv",
        "windows_municipal_general.csv",
    ] {
        println!("cargo::rerun-if-changed={}", data.join(file).display());
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));

    let places = Places::read(&data.join("municipalities.csv"));
    let (postal, postal_several) = postal_table(&data.join("postal_to_muni.csv"), &places);
    let mut sources = Sources::default();
    let mut windows = centers(&data, &places, &mut sources);
    windows.extend(self_reliance(
        &data.join("windows_jiritsu.csv"),
        &places,
        &mut sources,
    ));
    windows.extend(halls(
        &data.join("windows_municipal_general.csv"),
        &places,
        &mut sources,
    ));
    windows.extend(placeholders(&windows, &places));
    let ids: HashSet<&str> = windows.iter().map(|w| w.id).collect();
    assert_eq!(ids.len(), windows.len(), "two windows share an id");
    for window in &mut windows {
        window.folded = folded(window, &places);
    }
    let blob = Blob {
        municipalities: places.records(),
        windows,
        hotlines: hotlines(&data),
        sources: sources.list,
        postal_several,
    };
    std::fs::write(out.join("postal.bin"), postal).expect("write postal.bin");
    std::fs::write(
        out.join("directory.bin"),
        postcard::to_stdvec(&blob).expect("encode"),
    )
    .expect("write directory.bin");
}

/// A build script ends soon: its texts may live as long as it does.
fn keep(text: impl Into<String>) -> &'static str {
    Box::leak(text.into().into_boxed_str())
}

fn rows(path: &Path) -> Vec<Row> {
    let mut reader =
        csv::Reader::from_path(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let headers = reader.headers().expect("a header line").clone();
    reader
        .records()
        .map(|record| {
            let record = record.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            headers
                .iter()
                .map(str::to_owned)
                .zip(record.iter().map(|cell| keep(cell.trim())))
                .collect()
        })
        .collect()
}

// ---------------------------------------------------------------- municipalities

struct Places {
    rows: BTreeMap<u16, Row>,
}

impl Places {
    fn read(path: &Path) -> Self {
        Self {
            rows: rows(path)
                .into_iter()
                .map(|row| (row["code5"].parse().expect("code5"), row))
                .collect(),
        }
    }

    fn check(&self, code: &str) -> u16 {
        let number = code
            .parse()
            .unwrap_or_else(|_| panic!("「{code}」 is no code"));
        assert!(self.rows.contains_key(&number), "{code} does not exist");
        number
    }

    fn name(&self, code: u16) -> &'static str {
        self.rows[&code]["name"]
    }

    fn kind(&self, code: u16) -> &'static str {
        self.rows[&code]["type"]
    }

    fn wards(&self, city: u16) -> impl Iterator<Item = u16> + '_ {
        let parent = format!("{city:05}");
        self.rows
            .iter()
            .filter(move |(_, row)| row["type"] == "行政区" && row["parent_code5"] == parent)
            .map(|(&code, _)| code)
    }

    fn records(&self) -> Vec<MunicipalityRecord<'static>> {
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

fn postal_table(path: &Path, places: &Places) -> (Vec<u8>, Vec<Vec<u16>>) {
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

// ---------------------------------------------------------------- sources

#[derive(Default)]
struct Sources {
    list: Vec<(&'static str, &'static str)>,
    seen: HashMap<(&'static str, &'static str), u16>,
}

impl Sources {
    fn add(&mut self, title: &'static str, url: &'static str) -> u16 {
        *self.seen.entry((title, url)).or_insert_with(|| {
            self.list.push((title, url));
            (self.list.len() - 1) as u16
        })
    }
}

// ---------------------------------------------------------------- centres

fn centers(data: &Path, places: &Places, sources: &mut Sources) -> Vec<WindowRecord<'static>> {
    let decisions: toml::Table = std::fs::read_to_string(data.join("areas.toml"))
        .expect("areas.toml")
        .parse()
        .expect("areas.toml is TOML");
    let rows = rows(&data.join("centers.csv"));
    let by_place: HashMap<(&str, &str), &Row> = rows
        .iter()
        .map(|row| ((row["code5"], row["name"]), row))
        .collect();
    assert_eq!(
        by_place.len(),
        rows.len(),
        "two rows of centers.csv with the same code and name"
    );
    let mut decided = HashSet::new();
    let mut windows = Vec::new();

    for decision in decisions["window"].as_array().expect("[[window]]") {
        let (code, name) = (text(decision, "code"), text(decision, "row"));
        let row = by_place
            .get(&(code, name))
            .unwrap_or_else(|| panic!("areas.toml: centers.csv has no row {code} 「{name}」"));
        decided.insert((code, name));
        check_quotes(decision, row["note"]);
        windows.push(center(decision, row, places, sources));
    }
    for row in &rows {
        assert!(
            decided.contains(&(row["code5"], row["name"])),
            "no decision in areas.toml for {} 「{}」",
            row["code5"],
            row["name"]
        );
    }
    for decision in decisions["added"].as_array().expect("[[added]]") {
        let quoted = text(decision, "quoted_row");
        let row = rows
            .iter()
            .find(|row| row["name"] == quoted)
            .unwrap_or_else(|| panic!("areas.toml: no row 「{quoted}」"));
        check_quotes(decision, row["note"]);
        windows.push(WindowRecord {
            id: text(decision, "id"),
            kind: "HC",
            level: 'p',
            name: text(decision, "name"),
            operator: row["setting_body"],
            url: "",
            confidence: "name-only",
            sources: center_sources(row["sources"], sources),
            serves: codes(decision, "serves", places),
            except: codes(decision, "except", places),
            ..WindowRecord::default()
        });
    }
    windows
}

fn center(
    decision: &toml::Value,
    row: &Row,
    places: &Places,
    sources: &mut Sources,
) -> WindowRecord<'static> {
    let level = row["level"];
    let missing = row["confidence"] == "missing";
    // Of too little confidence to be shown: then it is not shipped either.
    let hidden = !matches!(row["confidence"], "high" | "medium-high" | "medium");
    let body = row["setting_body"];
    let name = if missing {
        keep(format!("{body}のひきこもり地域支援センター"))
    } else {
        Some(text(decision, "name"))
            .filter(|n| !n.is_empty())
            .unwrap_or(row["name"])
    };
    let own_url = text(decision, "url");
    let id = text(decision, "id");
    let kind = if level.contains("ステーション") {
        "MUNI"
    } else {
        "HC"
    };
    assert!(
        id.starts_with(&format!("{}-{}-", kind.to_lowercase(), row["code5"])),
        "{id} does not say its place"
    );
    WindowRecord {
        id,
        kind,
        also: list(decision, "also"),
        level: if level == "都道府県" { 'p' } else { 'c' },
        branch: row["sub_site"] == "1",
        name,
        operator: body,
        run_by: text(decision, "run_by"),
        phone: if hidden { "" } else { row["phone"] },
        phone_note: "",
        fax: if hidden { "" } else { row["fax"] },
        email: if hidden { "" } else { row["email"] },
        form: text(decision, "form"),
        url: if own_url.is_empty() {
            row["url"]
        } else {
            own_url
        },
        postal: row["postal"],
        address: row["address"],
        hours: row["hours"],
        closed: "",
        methods: row["methods"],
        note: text(decision, "note"),
        age_note: text(decision, "age_note"),
        age_from: number(decision, "age_from"),
        age_to: number(decision, "age_to"),
        confidence: row["confidence"],
        confirmed: row["as_of"],
        sources: center_sources(row["sources"], sources),
        serves: codes(decision, "serves", places),
        except: codes(decision, "except", places),
        first_for: codes(decision, "first_for", places),
        serves_note: text(decision, "serves_note"),
        needs_review: false,
        fallback: missing,
        free: text(decision, "free"),
        family: text(decision, "family"),
        no_voiceless: text(decision, "no_voiceless"),
        ..WindowRecord::default()
    }
}

/// One `sources` cell: addresses, some followed by a remark, joined by 「 | 」.
fn center_sources(cell: &'static str, sources: &mut Sources) -> Vec<u16> {
    cell.split(" | ")
        .filter(|part| !part.is_empty())
        .map(|part| {
            if part.starts_with("http") {
                let (url, remark) = part.split_once(' ').unwrap_or((part, ""));
                sources.add(keep(remark.trim_matches(['(', ')', '（', '）', ' '])), url)
            } else {
                sources.add(part, "")
            }
        })
        .collect()
}

fn check_quotes(decision: &toml::Value, note: &str) {
    for key in ["quote", "free", "family", "no_voiceless"] {
        let quote = text(decision, key);
        assert!(
            note.contains(quote),
            "areas.toml: 「{quote}」 is not in the note 「{note}」"
        );
    }
    assert!(
        !text(decision, "reason").is_empty(),
        "areas.toml: every decision says why"
    );
}

fn text(decision: &toml::Value, key: &str) -> &'static str {
    decision
        .get(key)
        .map_or("", |value| keep(value.as_str().expect("a text")))
}

fn number(decision: &toml::Value, key: &str) -> Option<u8> {
    decision.get(key).map(|value| {
        value
            .as_integer()
            .and_then(|n| u8::try_from(n).ok())
            .expect("an age")
    })
}

fn list(decision: &toml::Value, key: &str) -> Vec<&'static str> {
    decision
        .get(key)
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .map(|value| keep(value.as_str().expect("a text")))
        .collect()
}

fn codes(decision: &toml::Value, key: &str, places: &Places) -> Vec<u16> {
    list(decision, key)
        .into_iter()
        .map(|code| places.check(code))
        .collect()
}

// ---------------------------------------------------------------- 自立相談支援機関

/// Rows that say the same of several municipalities are one window that serves them all.
fn self_reliance(
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
                confidence: if row["status"] == "review_required" {
                    "medium"
                } else {
                    "medium-high"
                },
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

// ---------------------------------------------------------------- halls

fn halls(path: &Path, places: &Places, sources: &mut Sources) -> Vec<WindowRecord<'static>> {
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
                confidence: "medium-high",
                confirmed: row["verified_at"],
                sources: vec![sources.add(row["source_title"], row["source_url"])],
                serves: vec![code],
                ..WindowRecord::default()
            }
        })
        .collect()
}

// ---------------------------------------------------------------- placeholders

/// Where no row serves (the prefectures themselves, the six villages of the Northern Territories): a placeholder of the
/// prefecture that says so and helps to find the window.
fn placeholders(windows: &[WindowRecord<'static>], places: &Places) -> Vec<WindowRecord<'static>> {
    let mut out = Vec::new();
    for (kind, what) in [("JS", "の自立相談支援機関"), ("HALL", "の代表窓口")] {
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
                serves_note: "市区町村を選ぶと、お住まいの窓口が出ます。",
                fallback: true,
                ..WindowRecord::default()
            });
        }
    }
    out
}

// ---------------------------------------------------------------- national lines

fn hotlines(data: &Path) -> Vec<HotlineRecord<'static>> {
    let mut lines = rows(&data.join("windows_hotlines.csv"));
    lines.extend(rows(&data.join("hotlines_field.csv")));
    lines
        .iter()
        .filter(|row| matches!(row["confidence"], "high" | "medium-high" | "medium"))
        .map(|row| HotlineRecord {
            id: row["id"],
            label: row["label"],
            number: row["number"],
            cost: row["cost"],
            availability: row["availability"],
            url: row["official_url"],
            publisher: row["publisher"],
            confirmed: row["verified_at"],
            source: row["source"],
            confidence: row["confidence"],
            recheck: row.get("mark") == Some(&"recheck"),
        })
        .collect()
}

// ---------------------------------------------------------------- search

fn folded(
    window: &WindowRecord<'static>,
    places: &Places,
) -> (&'static str, &'static str, &'static str) {
    let place: Vec<String> = window
        .serves
        .iter()
        .map(|code| &places.rows[code])
        .flat_map(|row| {
            [
                basics::fold(&format!("{}{}{}", row["pref"], row["county"], row["name"])),
                basics::fold(row["kana"]),
            ]
        })
        .collect();
    let rest = [
        window.operator,
        window.run_by,
        window.address,
        window.phone,
        window.email,
        window.hours,
        window.methods,
        window.note,
        window.age_note,
        window.serves_note,
    ];
    let rest: Vec<String> = rest
        .iter()
        .filter(|text| !text.is_empty())
        .map(|text| basics::fold(text))
        .collect();
    // Folding drops spaces, so a space can stand between two texts: a word is never found across the joint.
    (
        keep(basics::fold(window.name)),
        keep(place.join(" ")),
        keep(rest.join(" ")),
    )
}
