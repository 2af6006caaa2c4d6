//! `ippo windows`, `ippo guide`, `ippo code`: answers without a configuration or a database.

use crate::program::Ippo;
use serde_json::Value;

fn lines(out: &str) -> Vec<Value> {
    out.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn the_windows_of_a_city_are_one_object_a_line() {
    let ended = Ippo::new("windows --area 15100 --json").run().with(0);
    let windows = lines(&ended.out);
    for window in &windows {
        let keys = [
            "kind",
            "name",
            "operator",
            "phone",
            "confidence",
            "confirmed_at",
            "source",
            "serves_note",
            "fallback",
        ];
        assert!(keys.iter().all(|key| window.get(key).is_some()), "{window}");
        assert!(
            window["fallback"].is_boolean()
                && (window["phone"].is_null() || window["phone"].is_string())
        );
    }
    let of = |kind: &str| {
        windows
            .iter()
            .filter(|window| window["kind"] == kind)
            .count()
    };
    assert!(
        of("HC") >= 1 && of("JS") >= 1 && of("HALL") == 1,
        "{windows:?}"
    );
    // The prefecture's centre does not serve a designated city that has its own.
    assert!(
        windows
            .iter()
            .all(|window| window["kind"] != "HC" || window["operator"] != "新潟県")
    );
    assert_eq!(
        Ippo::new("windows --postal 951-8068 --json")
            .run()
            .with(0)
            .out,
        Ippo::new("windows --area 15103 --json").run().out
    );
}

#[test]
fn the_table_is_for_people() {
    let ended = Ippo::new("windows --postal 9518068").run().with(0);
    assert!(
        ended.out.starts_with("新潟県新潟市中央区（15103）の窓口")
            && ended.out.contains("■ ひきこもり地域支援センター")
    );
}

#[test]
fn an_unknown_place_is_one_sentence_and_exit_2() {
    Ippo::new("windows --area 99999")
        .run()
        .with(2)
        .one_sentence_about("99999");
    Ippo::new("windows --area 15999 --json")
        .run()
        .with(2)
        .one_sentence_about("15999");
    Ippo::new("windows --postal 12")
        .run()
        .with(2)
        .one_sentence_about("7けた");
    Ippo::new("windows --postal 0000000")
        .run()
        .with(2)
        .one_sentence_about("000-0000");
    Ippo::new("windows")
        .run()
        .with(2)
        .one_sentence_about("--area");
    // 弥富市 and 木曽岬町 share it: which one is asked, not guessed.
    let shared = Ippo::new("windows --postal 4980000 --json").run().with(2);
    shared.one_sentence_about("--area 23235（愛知県弥富市）");
    assert!(shared.err.contains("--area 24303") && shared.out.is_empty());
}

#[test]
fn the_guide_answers_line_by_line() {
    let ended = Ippo::new("guide --json")
        .input("{\"who\":\"self\",\"age\":24,\"has_muni\":true,\"has_kw\":true}\n")
        .run()
        .with(0);
    let answer = &lines(&ended.out)[0];
    // Persona 1 of the field notes: MUNI, HC, KW.
    assert_eq!(answer["top"], serde_json::json!(["MUNI", "HC", "KW"]));
    assert!(
        answer["urgent"].is_array() && answer["fired"].as_array().unwrap().contains(&"R10".into())
    );
    let ended = Ippo::new("guide --json")
        .input("{}\n{\"agee\":3}\n{}")
        .run()
        .with(2);
    assert_eq!(ended.out.lines().count(), 3);
    assert!(
        lines(&ended.out)[1]["error"]
            .as_str()
            .unwrap()
            .contains("agee")
    );
    ended.one_sentence_about("2行目");
    Ippo::new("guide")
        .run()
        .with(2)
        .one_sentence_about("--json");
}

#[test]
fn the_guide_answers_each_line_at_once_when_somebody_waits() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_ippo"))
        .args(["guide", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        stdin.write_all(b"{\"age\":40}\n").unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert!(line.ends_with("}\n"));
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn help_reads_like_a_manual_and_every_command_has_a_page() {
    let ended = Ippo::new("--help").run().with(0);
    for command in [
        "init", "serve", "demo", "windows", "guide", "import", "audit", "code",
    ] {
        assert!(ended.out.contains(&format!("  {command} ")), "{command}");
        let page = Ippo::new(command).arg("--help").run().with(0);
        assert!(page.out.contains("使い方:"), "{}", page.out);
    }
    assert!(ended.out.contains("終了コード"));
}

#[test]
fn a_slip_on_the_command_line_is_one_sentence() {
    Ippo::new("madoguchi")
        .run()
        .with(2)
        .one_sentence_about("「madoguchi」");
    Ippo::new("windows --aera 15100")
        .run()
        .with(2)
        .one_sentence_about("「--aera」");
}

#[test]
fn a_code_is_six_digits() {
    let ended = Ippo::new("code GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
        .run()
        .with(0);
    assert!(ended.out.trim().len() == 6 && ended.out.trim().bytes().all(|b| b.is_ascii_digit()));
    Ippo::new("code nonsense")
        .run()
        .with(2)
        .one_sentence_about("秘密の値");
}
