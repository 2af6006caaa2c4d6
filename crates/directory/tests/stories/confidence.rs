//! What is not sure is not shown, and what is not known is not filled in.

use std::collections::HashSet;

use directory::{Confidence, Kind, LineUse, MunicipalityType};

use crate::{code, csv, directory};

#[test]
fn the_phone_of_a_doubtful_centre_is_nowhere() {
    let directory = directory();
    let everything = format!("{:?}", directory.windows());
    let mut hidden = 0;
    for row in csv("centers.csv") {
        let sure = matches!(
            row["confidence"].as_str(),
            "high" | "medium-high" | "medium"
        );
        if !sure && !row["phone"].is_empty() {
            hidden += 1;
            assert!(!everything.contains(&row["phone"]), "{}", row["name"]);
        }
        if sure && !row["phone"].is_empty() {
            let window = directory
                .windows()
                .iter()
                .find(|w| w.name == row["name"])
                .unwrap();
            assert_eq!(window.phone.as_ref().unwrap().as_str(), row["phone"]);
        }
    }
    assert_eq!(hidden, 5);
    for window in directory.windows() {
        assert!(
            window.phone.is_none() || window.confidence.shows_phone(),
            "{}",
            window.id
        );
    }
}

#[test]
fn the_sixty_seven_bodies_all_have_a_centre_and_twenty_two_a_phone() {
    let directory = directory();
    let bodies: Vec<_> = directory
        .municipalities()
        .all()
        .iter()
        .filter(|m| {
            matches!(
                m.kind,
                MunicipalityType::Prefecture | MunicipalityType::DesignatedCity
            )
        })
        .collect();
    assert_eq!(bodies.len(), 67);
    for body in &bodies {
        assert!(
            !directory.windows_of(body.code, Kind::Hc).is_empty(),
            "{}",
            body.name
        );
    }
    let with_phone = bodies.iter().filter(|body| {
        directory.windows_in(body.code).iter().any(|w| {
            w.kind == Kind::Hc
                && w.id.starts_with(&format!("hc-{}-", body.code))
                && w.phone.is_some()
        })
    });
    assert_eq!(with_phone.count(), 22);
}

#[test]
fn a_placeholder_says_that_it_exists_and_nothing_more() {
    for window in directory().windows().iter().filter(|w| w.fallback) {
        assert_eq!(window.confidence, Confidence::Missing, "{}", window.id);
        assert!(
            window.phone.is_none()
                && window.email.is_none()
                && window.hours.is_empty()
                && window.address.is_none()
        );
    }
    let line = directory()
        .lines_for(code("01101"))
        .into_iter()
        .find(|line| line.kind == Kind::Hc)
        .map(|line| serde_json::to_value(line).unwrap());
    let line = line.unwrap();
    assert_eq!(line["fallback"], true);
    assert_eq!(line["phone"], serde_json::Value::Null);
    assert_eq!(line["confidence"], "missing");
    assert_eq!(line["name"], "札幌市のひきこもり地域支援センター");
    assert_eq!(line["operator"], "札幌市");
    assert_eq!(line["confirmed_at"], serde_json::Value::Null);
}

#[test]
fn the_line_of_a_real_centre_holds_what_its_row_says() {
    let lines = directory().lines_for(code("15202"));
    let line =
        serde_json::to_value(lines.iter().find(|line| line.kind == Kind::Hc).unwrap()).unwrap();
    assert_eq!(line["name"], "新潟県ひきこもり地域支援センター");
    assert_eq!(line["operator"], "新潟県");
    assert_eq!(line["confidence"], "high");
    assert_eq!(line["confirmed_at"], "2024-03-17");
    assert_eq!(line["fallback"], false);
    assert_eq!(line["serves_note"], "新潟県（新潟市を除く）にお住まいの方");
    assert_eq!(
        line["source"],
        "https://www.pref.niigata.lg.jp/sec/seishin/1356820526672.html"
    );
    let row = csv("centers.csv")
        .into_iter()
        .find(|row| row["name"] == "新潟県ひきこもり地域支援センター")
        .unwrap();
    assert_eq!(line["phone"], row["phone"].as_str());
}

#[test]
fn facts_come_from_words_of_the_source() {
    let directory = directory();
    let hanshin = directory.window("hc-28000-2").unwrap();
    assert_eq!(hanshin.facts.free.known(), Some(true));
    assert_eq!(hanshin.facts.anonymous_ok.known(), None);
    assert_eq!(hanshin.facts.anonymous_ok.label(), "まだ確認できていません");
    let nagano = directory.window("hc-20000-1").unwrap();
    assert_eq!(nagano.facts.voiceless_ok.known(), Some(false));
    let tokyo = directory.window("hc-13000-1").unwrap();
    assert!(
        tokyo.facts.voiceless_ok.is_yes()
            && tokyo.facts.home_visit.is_yes()
            && tokyo.facts.family_ok.is_yes()
    );
    // Nobody's source speaks of anonymity: so nobody is said to allow it.
    assert!(
        directory
            .windows()
            .iter()
            .all(|w| w.facts.anonymous_ok.known().is_none())
    );
}

#[test]
fn every_window_says_where_it_is_known_from() {
    for window in directory().windows() {
        assert!(!window.sources.is_empty(), "{}", window.id);
    }
}

#[test]
fn ids_are_unique_and_fit_into_an_address() {
    let mut seen = HashSet::new();
    for window in directory().windows() {
        assert!(
            window
                .id
                .chars()
                .all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-')),
            "{}",
            window.id
        );
        assert!(seen.insert(&window.id), "{}", window.id);
        assert_eq!(directory().window(&window.id).unwrap().name, window.name);
    }
}

#[test]
fn every_national_line_is_shown_as_its_file_says() {
    let rows: Vec<_> = csv("windows_hotlines.csv")
        .into_iter()
        .chain(csv("hotlines_field.csv"))
        .collect();
    assert_eq!(directory().hotlines().len(), rows.len());
    for row in rows {
        let line = directory().hotline(&row["id"]).unwrap();
        assert_eq!(line.phone.as_str(), row["number"]);
        assert_eq!(line.cost.unwrap_or(""), row["cost"]);
        assert_eq!(
            line.recheck,
            row.get("mark").is_some_and(|mark| mark == "recheck")
        );
    }
    // Hours that no source confirms are not known, and not invented.
    assert!(
        directory()
            .hotline("inochi-sos")
            .unwrap()
            .availability
            .is_none()
    );
    for line_use in [
        LineUse::Emergency,
        LineUse::Sos,
        LineUse::SosChild,
        LineUse::ChildAbuse,
        LineUse::Violence,
        LineUse::Contract,
        LineUse::Police,
        LineUse::Listen,
    ] {
        assert!(!directory().lines(line_use).is_empty(), "{line_use:?}");
    }
}

#[test]
fn ages_order_two_centres_and_hide_none() {
    let both = directory().windows_of(code("40130"), Kind::Hc);
    let suits = |age| {
        both.iter()
            .map(|w| w.suits_age(Some(age)))
            .collect::<Vec<_>>()
    };
    assert_eq!(suits(17), [false, true]);
    assert_eq!(suits(45), [true, false]);
    assert!(both.iter().all(|w| w.suits_age(None)));
}

#[test]
fn another_number_of_a_line_is_never_offered_by_itself() {
    let variants = directory().variants("yorisoi-hotline");
    assert_eq!(variants.len(), 2);
    for line in variants {
        assert!(line.uses.is_empty());
        assert!(
            directory()
                .windows()
                .iter()
                .all(|w| w.phone.as_ref() != Some(&line.phone)),
            "{}",
            line.id
        );
    }
}
