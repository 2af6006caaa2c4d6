//! Turns `data/*.csv` and `data/areas.toml` into the two files the program embeds, and refuses to build when they
//! contradict each other: a centre without a decision about its area, a code that does not exist, a quote that is not
//! in the note it claims to quote, a phone number of too little confidence.

// A build script may stop the build; that is its only way to say that the data is wrong.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::missing_panics_doc)]

mod centers;
mod lists;
mod places;
#[path = "../src/record.rs"]
mod record;
mod sources;
mod table;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use places::Places;
use record::{Blob, HotlineRecord, WindowRecord};
use sources::Sources;
use table::{keep, rows};

fn main() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
    println!("cargo::rerun-if-changed=build");
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
    let (postal, postal_several) = places::postal_table(&data.join("postal_to_muni.csv"), &places);
    let mut sources = Sources::default();
    let mut windows = centers::centers(&data, &places, &mut sources);
    windows.extend(lists::self_reliance(
        &data.join("windows_jiritsu.csv"),
        &places,
        &mut sources,
    ));
    windows.extend(lists::halls(
        &data.join("windows_municipal_general.csv"),
        &places,
        &mut sources,
    ));
    windows.extend(lists::placeholders(&windows, &places, &mut sources));
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
