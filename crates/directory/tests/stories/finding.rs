//! The way to a window whose contact is not confirmed, and the shapes machines read.

use directory::machine::{for_script, hsds, json_ld};
use directory::{Kind, Window};

use crate::{code, directory};

#[test]
fn a_centre_without_a_contact_comes_with_the_way_to_find_it() {
    let directory = directory();
    let centre: &Window = directory.windows_of(code("01101"), Kind::Hc)[0];
    let way = directory.how_to_find_window(centre, code("01101")).unwrap();
    // The ward's own site, then the prefecture's; the hall's number to ask.
    assert_eq!(way.sites[0].name, "札幌市中央区");
    assert_eq!(way.sites[1].name, "北海道");
    assert!(way.steps[1].contains("「ひきこもり」"));
    assert!(way.hall.unwrap().phone.is_some());
}

#[test]
fn a_prefectures_centre_is_looked_for_on_the_prefectures_site_first() {
    let directory = directory();
    let centre = directory.windows_of(code("05201"), Kind::Hc)[0];
    assert!(centre.fallback);
    let way = directory.how_to_find_window(centre, code("05201")).unwrap();
    assert_eq!(
        way.sites.iter().map(|s| s.name).collect::<Vec<_>>(),
        ["秋田県", "秋田市"]
    );
}

#[test]
fn a_centre_that_can_be_called_needs_no_way() {
    let directory = directory();
    let centre = directory.window("hc-15000-1").unwrap();
    assert!(
        directory
            .how_to_find_window(centre, code("15202"))
            .is_none()
    );
}

#[test]
fn every_kind_can_be_explained_everywhere() {
    let directory = directory();
    for &kind in Kind::ALL {
        for place in ["13000", "13103", "15101", "01695", "22139"] {
            let way = directory.how_to_find(kind, code(place));
            assert_eq!(
                way.sites.is_empty(),
                way.kind.search_word.is_empty(),
                "{kind} {place}"
            );
        }
    }
}

#[test]
fn json_ld_and_hsds_say_the_same_as_the_page() {
    let directory = directory();
    let row = directory.window("hc-15000-1").unwrap();
    let ld = json_ld(directory, row, "https://example.jp");
    assert_eq!(ld["@type"], "GovernmentService");
    assert_eq!(ld["@id"], "https://example.jp/madoguchi/mado/hc-15000-1");
    assert_eq!(
        ld["availableChannel"][0]["servicePhone"]["telephone"],
        row.phone.as_ref().unwrap().as_str()
    );
    assert_eq!(ld["hoursAvailable"][0]["opens"], "08:30");
    assert_eq!(
        ld["hoursAvailable"][0]["dayOfWeek"]
            .as_array()
            .unwrap()
            .len(),
        5
    );
    assert_eq!(ld["hoursAvailable"][1]["dayOfWeek"], "PublicHolidays");

    let service = serde_json::to_value(hsds(directory, row)).unwrap();
    assert_eq!(service["schedules"][0]["byday"], "MO,TU,WE,TH,FR");
    assert_eq!(service["schedules"][0]["closes_at"], "17:00");
    assert_eq!(service["service_areas"][0]["extent"], "15000");
    assert_eq!(service["x_hikikomori"]["area_exclusions"][0], "15100");
    assert_eq!(
        service["x_hikikomori"]["anonymous_ok"],
        serde_json::Value::Null
    );
    assert_eq!(service["assured_date"], "2024-03-17");
}

#[test]
fn json_ld_cannot_leave_its_script() {
    let directory = directory();
    for window in directory.windows() {
        let text = for_script(&json_ld(directory, window, "https://example.jp"));
        assert!(!text.contains(['<', '>', '&']), "{}", window.id);
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
    }
    assert_eq!(
        for_script(&serde_json::json!("</script>&\u{2028}")),
        "\"\\u003c/script\\u003e\\u0026\\u2028\""
    );
}
