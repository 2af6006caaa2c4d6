//! Every municipality, every ward, every postal code finds its windows, and never another's.

use std::collections::{HashMap, HashSet};

use directory::{Kind, Level, MunicipalityType, PostalError};

use crate::{code, csv, directory};

/// The only municipalities without a hall and a 自立相談支援機関 of their own in the sources.
const NORTHERN_TERRITORIES: [&str; 6] = ["01695", "01696", "01697", "01698", "01699", "01700"];

#[test]
fn all_1965_are_there_with_their_families() {
    let all = directory().municipalities();
    let mut count: HashMap<MunicipalityType, usize> = HashMap::new();
    for m in all.all() {
        *count.entry(m.kind).or_default() += 1;
        assert_eq!(
            all.with_ancestors(m.code).last().unwrap().kind,
            MunicipalityType::Prefecture,
            "{}",
            m.name
        );
        assert_eq!(
            m.parent.is_none(),
            m.kind == MunicipalityType::Prefecture,
            "{}",
            m.name
        );
    }
    assert_eq!(all.all().len(), 1_965);
    for (kind, wanted) in [
        (MunicipalityType::Prefecture, 47),
        (MunicipalityType::DesignatedCity, 20),
        (MunicipalityType::Ward, 171),
        (MunicipalityType::CoreCity, 62),
        (MunicipalityType::SpecialWard, 23),
        (MunicipalityType::City, 710),
        (MunicipalityType::Town, 743),
        (MunicipalityType::Village, 189),
    ] {
        assert_eq!(count[&kind], wanted, "{}", kind.label());
    }
    assert_eq!(all.children(code("15100")).count(), 8);
    assert_eq!(all.children(code("15000")).count(), 30);
}

#[test]
fn everywhere_there_is_a_hikikomori_window_a_self_reliance_window_and_a_hall() {
    let directory = directory();
    for m in directory.municipalities().all() {
        for kind in [Kind::Hc, Kind::Js, Kind::Hall] {
            let windows = directory.windows_of(m.code, kind);
            assert!(!windows.is_empty(), "{} {} has no {kind}", m.code, m.name);
            for window in windows {
                assert!(
                    window.serves.contains(m.code),
                    "{} does not serve {}",
                    window.id,
                    m.name
                );
                if window.phone.is_none() {
                    let way = directory.how_to_find_window(window, m.code).unwrap();
                    assert!(
                        !way.steps.is_empty() && !way.sites.is_empty(),
                        "{} {}: no way to find it",
                        m.name,
                        window.id
                    );
                    assert!(way.hall.is_some(), "{} {}: no hall", m.name, window.id);
                }
            }
        }
    }
}

#[test]
fn a_self_reliance_window_and_a_hall_are_real_except_for_six_villages() {
    let directory = directory();
    for m in directory
        .municipalities()
        .all()
        .iter()
        .filter(|m| m.kind != MunicipalityType::Prefecture)
    {
        for kind in [Kind::Js, Kind::Hall] {
            let fallback = directory
                .windows_of(m.code, kind)
                .iter()
                .all(|w| w.fallback);
            assert_eq!(
                fallback,
                NORTHERN_TERRITORIES.contains(&m.code.as_str()),
                "{} {kind}",
                m.name
            );
        }
    }
    // What they get instead is Hokkaido's, said honestly.
    for village in NORTHERN_TERRITORIES {
        let lines = directory.lines_for(code(village));
        let js = lines.iter().find(|line| line.kind == Kind::Js).unwrap();
        assert!(
            js.fallback && js.phone.is_none() && js.name.starts_with("北海道"),
            "{js:?}"
        );
        assert!(
            directory
                .windows_of(code(village), Kind::Hc)
                .iter()
                .any(|w| w.id == "hc-01000-1")
        );
    }
}

#[test]
fn no_window_is_of_another_prefecture() {
    let directory = directory();
    for m in directory.municipalities().all() {
        for window in directory.windows_for(m.code) {
            assert_eq!(
                window.level == Level::National,
                window.serves.is_everywhere(),
                "{}",
                window.id
            );
            if window.level != Level::National {
                let home = window.id.split('-').nth(1).unwrap();
                assert_eq!(
                    &home[..2],
                    &m.code.as_str()[..2],
                    "{} for {}",
                    window.id,
                    m.name
                );
            }
        }
    }
}

#[test]
fn an_excluded_municipality_never_gets_the_window_that_excludes_it() {
    let directory = directory();
    let all = directory.municipalities();
    for window in directory
        .windows()
        .iter()
        .filter(|w| !w.serves.except.is_empty())
    {
        for m in all.all() {
            // The nearest decision counts, counted here without the code under test.
            let chain: Vec<_> = all.with_ancestors(m.code).map(|a| a.code).collect();
            let decided = chain
                .iter()
                .find(|c| window.serves.serves.contains(c) || window.serves.except.contains(c));
            let served = decided.is_some_and(|c| window.serves.serves.contains(c));
            let listed = directory
                .windows_for(m.code)
                .iter()
                .any(|w| w.id == window.id);
            assert_eq!(
                listed && !window.fallback,
                served && !window.fallback,
                "{} for {}",
                window.id,
                m.name
            );
            assert!(!listed || served, "{} for {}", window.id, m.name);
        }
    }
}

#[test]
fn residents_of_a_designated_city_get_their_citys_centre_and_not_the_prefectures() {
    let directory = directory();
    let all = directory.municipalities();
    let cities: Vec<_> = all
        .all()
        .iter()
        .filter(|m| m.kind == MunicipalityType::DesignatedCity)
        .collect();
    assert_eq!(cities.len(), 20);
    for city in cities {
        for place in std::iter::once(city).chain(all.children(city.code)) {
            let windows = directory.windows_of(place.code, Kind::Hc);
            // 安芸区 alone belongs to the shared centre of Hiroshima's middle and north, says its note.
            if place.code.as_str() == "34107" {
                let ids: Vec<_> = windows.iter().map(|w| w.id.as_ref()).collect();
                assert_eq!(ids, ["hc-34000-1"]);
                continue;
            }
            assert!(!windows.is_empty());
            for window in windows {
                assert_eq!(
                    window.level,
                    Level::City,
                    "{} for {}",
                    window.id,
                    place.name
                );
                assert!(
                    window.id.starts_with(&format!("hc-{}-", city.code)),
                    "{} for {}",
                    window.id,
                    place.name
                );
            }
        }
    }
}

/// For a resident of … the ひきこもり windows are …, in this order. Each line was read from the notes of centers.csv.
const DECIDED: &[(&str, &[&str])] = &[
    ("15000", &["hc-15000-1"]),                             // 新潟県
    ("15100", &["hc-15100-1"]),                             // 新潟市
    ("15101", &["hc-15100-1"]),                             // its 北区
    ("15202", &["hc-15000-1"]),                             // 長岡市 (its own window is a MUNI)
    ("33100", &["hc-33100-1"]),                             // 岡山市
    ("33202", &["hc-33000-1"]),                             // 倉敷市
    ("40100", &["hc-40100-1"]),                             // 北九州市
    ("40130", &["hc-40130-1", "hc-40130-2"]),               // 福岡市: two, by age
    ("40202", &["hc-40000-1"]),                             // 大牟田市
    ("22100", &["hc-22100-1"]),                             // 静岡市
    ("22138", &["hc-22130-1"]),                             // 浜松市中央区
    ("22203", &["hc-22000-1"]),                             // 沼津市
    ("22213", &["hc-22213-1", "hc-22000-1"]),               // 掛川市
    ("28100", &["hc-28100-1"]),                             // 神戸市
    ("28202", &["hc-28000-2", "hc-28000-1"]), // 尼崎市: the branch, then the main office
    ("28204", &["hc-28204-1", "hc-28000-2", "hc-28000-1"]), // 西宮市: its own first
    ("28301", &["hc-28000-2", "hc-28000-1"]), // 猪名川町
    ("28201", &["hc-28000-1"]),               // 姫路市: not the branch
    ("34101", &["hc-34100-1"]),               // 広島市中区
    ("34107", &["hc-34000-1"]),               // 広島市安芸区
    ("34202", &["hc-34000-1"]),               // 呉市
    ("34207", &["hc-34000-2"]),               // 福山市
    ("34211", &["hc-34100-1"]),               // 大竹市
    ("34213", &["hc-34100-1"]),               // 廿日市市
    ("32201", &["hc-32000-1"]),               // 松江市
    ("32204", &["hc-32000-2", "hc-32000-1"]), // 益田市
    ("31201", &["hc-31000-1", "hc-31000-2"]), // 鳥取市
    ("31203", &["hc-31000-2", "hc-31000-1"]), // 倉吉市
    ("17201", &["hc-17000-1", "hc-17000-2", "hc-17000-3"]), // 金沢市
    ("17206", &["hc-17000-2", "hc-17000-1", "hc-17000-3"]), // 加賀市
    ("14101", &["hc-14100-1"]),               // 横浜市鶴見区
    ("14213", &["hc-14000-1"]),               // 大和市
    ("13103", &["hc-13000-1"]),               // 港区
];

#[test]
fn the_notes_of_the_centres_are_kept() {
    for (place, wanted) in DECIDED {
        let ids: Vec<_> = directory()
            .windows_of(code(place), Kind::Hc)
            .iter()
            .map(|w| w.id.to_string())
            .collect();
        assert_eq!(ids, *wanted, "{place}");
    }
}

#[test]
fn a_municipal_window_serves_its_own_residents_only() {
    let directory = directory();
    let all = directory.municipalities();
    let mut municipal = 0;
    for window in directory.windows().iter().filter(|w| w.kind == Kind::Muni) {
        municipal += 1;
        assert_eq!(window.serves.codes().len(), 1, "{}", window.id);
        for m in all.all() {
            let listed = directory
                .windows_of(m.code, Kind::Muni)
                .iter()
                .any(|w| w.id == window.id);
            assert_eq!(
                listed,
                window.serves.codes() == [m.code],
                "{} for {}",
                window.id,
                m.name
            );
        }
    }
    assert_eq!(
        municipal,
        csv("centers.csv")
            .iter()
            .filter(|row| row["level"].contains("ステーション"))
            .count()
    );
}

#[test]
fn the_hiroshima_centre_serves_fifteen_as_its_note_says() {
    let centre = directory().window("hc-34000-1").unwrap();
    // Without the prefecture's own code: 14 municipalities and 安芸区.
    assert_eq!(
        centre
            .serves
            .codes()
            .iter()
            .filter(|c| !c.is_prefecture())
            .count(),
        15
    );
}

#[test]
fn every_row_of_the_sources_is_in_the_directory() {
    let directory = directory();
    for row in csv("windows_jiritsu.csv") {
        let place = row["code5"].as_str();
        let served = match row["service_area"].as_str() {
            area if area.contains("市") && area.ends_with('区') => {
                directory
                    .municipalities()
                    .children(code(place))
                    .find(|ward| ward.name == area)
                    .unwrap()
                    .code
            }
            _ => code(place),
        };
        let found = directory
            .windows_of(served, Kind::Js)
            .into_iter()
            .any(|window| {
                window.name == row["name"]
                    && window.phone.as_ref().map_or("", |p| p.as_str()) == row["phone"]
                    && window.address.as_deref().unwrap_or("") == row["address"].trim()
                    && window.needs_review == (row["status"] == "review_required")
            });
        assert!(found, "{} {} {}", place, row["name"], row["phone"]);
    }
    for row in csv("windows_municipal_general.csv") {
        let hall = directory.hall(code(&row["code5"])).unwrap();
        assert_eq!(hall.phone.as_ref().map_or("", |p| p.as_str()), row["phone"]);
        assert!(!hall.name.contains("役所・役場"), "{}", hall.name);
    }
    for row in csv("centers.csv") {
        assert!(
            directory
                .windows()
                .iter()
                .any(|w| matches!(w.kind, Kind::Hc | Kind::Muni)
                    && (w.name == row["name"]
                        || row["confidence"] == "missing"
                            && w.name.starts_with(&row["setting_body"])
                        || row["code5"] == "29000" && w.id == "hc-29000-1")),
            "{} {}",
            row["code5"],
            row["name"]
        );
    }
}

#[test]
fn a_ward_gets_its_own_wards_window_before_the_citys() {
    let directory = directory();
    let first = |ward: &str| {
        directory.windows_of(code(ward), Kind::Js)[0]
            .name
            .to_string()
    };
    assert_eq!(first("14101"), "鶴見区役所生活支援課生活支援係");
    assert_eq!(first("27127"), "よりそいサポートきた");
    assert_eq!(first("28102"), "くらし支援窓口（灘）");
    // The window of one ward is not shown to another where the source names the ward.
    assert!(
        directory
            .windows_of(code("14102"), Kind::Js)
            .iter()
            .all(|w| w.name != "鶴見区役所生活支援課生活支援係")
    );
}

#[test]
fn every_postal_code_leads_to_the_places_japan_post_says() {
    let directory = directory();
    let rows = csv("postal_to_muni.csv");
    assert_eq!(directory::postal::len(), rows.len());
    assert_eq!(rows.len(), 142_920);
    let mut several = 0;
    let mut places = HashSet::new();
    for row in rows {
        let wanted: Vec<&str> = row["code5s"]
            .split([';', '|', ' '])
            .filter(|c| !c.is_empty())
            .collect();
        let found = directory.postal(&row["postal"]).unwrap();
        assert_eq!(
            found
                .iter()
                .map(basics::MunicipalityCode::as_str)
                .collect::<Vec<_>>(),
            wanted,
            "{}",
            row["postal"]
        );
        several += usize::from(found.len() > 1);
        places.extend(found);
    }
    assert_eq!(several, 134);
    // Whatever a postal code leads to resolves: the municipalities do (see above).
    for place in &places {
        assert!(!directory.windows_of(*place, Kind::Hc).is_empty());
    }
    // All but the six villages can be reached by postal code.
    for m in directory.municipalities().all().iter().filter(|m| {
        !matches!(
            m.kind,
            MunicipalityType::Prefecture | MunicipalityType::DesignatedCity
        )
    }) {
        assert_eq!(
            places.contains(&m.code),
            !NORTHERN_TERRITORIES.contains(&m.code.as_str()),
            "{}",
            m.name
        );
    }
}

#[test]
fn a_postal_code_nobody_has_is_said_so() {
    assert_eq!(
        directory().postal("〒000-0000"),
        Err(PostalError::Unknown("000-0000".into()))
    );
    assert_eq!(
        directory().postal("999-9999"),
        Err(PostalError::Unknown("999-9999".into()))
    );
    assert_eq!(
        directory().postal("95180"),
        Err(PostalError::NotSevenDigits)
    );
    assert_eq!(
        directory().postal("〒９５１－８０６８").unwrap(),
        directory().postal("9518068").unwrap()
    );
}

#[test]
fn an_unknown_code_has_no_windows() {
    assert!(directory().windows_for(code("15999")).is_empty());
}

#[test]
fn the_area_reads_as_a_sentence() {
    let sentence = |id: &str| directory().serves_sentence(directory().window(id).unwrap());
    assert_eq!(
        sentence("hc-15000-1"),
        "新潟県（新潟市を除く）にお住まいの方"
    );
    assert!(
        sentence("hc-34000-1").contains("を除く）と、広島市安芸区にお住まいの方。"),
        "{}",
        sentence("hc-34000-1")
    );
    assert_eq!(sentence("listen-yorisoi-hotline"), "全国どこからでも");
    assert!(sentence("js-01000-1").contains("6つの村"));
    assert!(!sentence("js-13000-1").contains("6つの村"));
}
