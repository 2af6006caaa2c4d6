//! The machine door: what it takes, what it refuses, and in which words.

#![allow(clippy::unwrap_used)]

use guide::{AnswerError, Answers, Rules, door};

fn said(line: &str) -> String {
    door::answer_line(&Rules::shipped().unwrap(), line).unwrap()
}

fn refused(line: &str) -> String {
    let error: AnswerError = door::parse(line).unwrap_err();
    error.to_string()
}

#[test]
fn nothing_said_still_leads_to_the_centre() {
    let expected = r#"{"urgent":[],"top":["HC"],"more":[],"later":[],"fired":["R10","R44"]}"#;
    assert_eq!(said("{}"), expected);
    let nulls = r#"{"who":null,"age":null,"school":null,"want":null,"how":null,"stage":null,"money":null,"illness":null,
        "dis":null,"risk":null,"parent_old":null,"know_me":null,"prev":null,"has_muni":null,"has_kw":null,"closed":null}"#;
    assert_eq!(said(nulls), expected);
    let unknown = r#"{"who":"unknown","age":"unknown","school":"unknown","how":["unknown"],"stage":"unknown",
        "money":"unknown","illness":"unknown","dis":["unknown"],"risk":[],"parent_old":"unknown","prev":"unknown"}"#;
    assert_eq!(said(unknown), expected);
}

#[test]
fn one_line_in_every_key() {
    let line = r#"{"who":"parent","age":17,"school":"high","want":["advice","listen","work"],"how":["mail","voiceless"],
        "stage":"s1","money":"urgent","illness":"suspected","dis":["dev","techo"],"risk":["danger","debt","contract"],
        "parent_old":true,"know_me":true,"prev":"JS","has_muni":true,"has_kw":true,"closed":true}"#;
    let expected = concat!(
        r#"{"urgent":["110","119"],"top":["LISTEN","HC","FUKUSHI"],"#,
        r#""more":["EDU","LAW","KW","HOUKATSU","MHC","FAM","DIS","DEV","PHC","JS","IBASHO","MUNI"],"#,
        r#""later":["DWORK","HW","SAPO"],"#,
        r#""fired":["R01","R06","R07","R10","R11","R13","R16","R19","R21","R22","R23","R27","R29","R30","R35","R36","R42"]}"#
    );
    assert_eq!(said(line), expected);
}

#[test]
fn a_slip_is_named_in_one_sentence() {
    for (line, sentence) in [
        (
            r#"{"who":"mother"}"#,
            "who に「mother」は使えません。使えるのは unknown, self, parent, sibling, family, neighbor, teacher, supporter です。",
        ),
        (
            r#"{"age":24.5}"#,
            "age に「24.5」は使えません。使えるのは 0から120までの整数か null です。",
        ),
        (
            r#"{"age":-1}"#,
            "age に「-1」は使えません。使えるのは 0から120までの整数か null です。",
        ),
        (
            r#"{"age":"24"}"#,
            "age に「24」は使えません。使えるのは 0から120までの整数か null です。",
        ),
        (
            r#"{"want":"work"}"#,
            "want に「work」は使えません。使えるのは リスト（[…]） です。",
        ),
        (
            r#"{"want":["info","listen","place","work"]}"#,
            "want は3つまでです。",
        ),
        (
            r#"{"closed":1}"#,
            "closed に「1」は使えません。使えるのは true か false です。",
        ),
        (
            r"[]",
            "1行に1つのJSONオブジェクトを書いてください（オブジェクトではありません）。",
        ),
        (
            r#"{"who":"#,
            "1行に1つのJSONオブジェクトを書いてください（7文字めあたり：途中で終わっています）。",
        ),
    ] {
        assert_eq!(refused(line), sentence);
    }
    assert!(refused(r#"{"prev":"HALL"}"#).starts_with("prev に「HALL」は使えません。"));
    assert!(
        refused(r#"{"risks":["danger"]}"#)
            .starts_with("「risks」という項目はありません。使えるのは who, age,")
    );
    assert!(refused(&format!(r#"{{"money":"{}\n"}}"#, "あ".repeat(5000))).len() < 300);
}

#[test]
fn the_words_of_the_table_are_taken_for_the_codes() {
    let words = r#"{"how":["chat/SNS","家から出ない","平日昼","夜","休日"]}"#;
    let codes = r#"{"how":["chat","no_leave","daytime","night","holiday"]}"#;
    assert_eq!(door::parse(words), door::parse(codes));
}

#[test]
fn answers_survive_json_and_the_cookie() {
    let line = r#"{"who":"self","age":0,"school":"none","want":["unknown"],"how":["any","no_leave","holiday"],"stage":"s4","money":"anxious","illness":"treated","dis":["dev"],"risk":["suicide"],"parent_old":false,"know_me":true,"prev":"READ"}"#;
    let answers = Answers::from_json(line).unwrap();
    assert_eq!(serde_json::to_string(&answers).unwrap(), line);
    assert_eq!(serde_json::from_str::<Answers>(line).unwrap(), answers);
    assert_eq!(Answers::from_bytes(&answers.to_bytes()), Some(answers));
    assert!(answers.to_bytes().len() <= 16);
}

#[test]
fn any_text_is_answered_or_refused() {
    let rules = Rules::shipped().unwrap();
    for text in [
        "",
        " ",
        "null",
        "\u{feff}{}",
        "{\"who\":\"self\"}{}",
        "{\"age\":1e400}",
        "{\"age\":18446744073709551616}",
        "\0",
    ] {
        assert!(door::answer_line(&rules, text).is_err(), "{text:?}");
    }
    let deep = "[".repeat(100_000);
    assert!(door::answer_line(&rules, &deep).is_err());
    assert!(door::answer_line(&rules, "{\"who\":\"self\",\"who\":\"parent\"}\r\n").is_ok());
}
