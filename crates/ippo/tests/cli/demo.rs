//! `ippo demo`: there when started, gone when stopped.

use crate::program::Ippo;
use serde_json::Value;

#[test]
fn the_sample_office_is_there_and_then_nothing_is_left() {
    let running = Ippo::new("demo --listen 127.0.0.1:0 --json").start("終わるときは Ctrl-C");
    let said: Value = serde_json::from_str(
        running
            .heard
            .iter()
            .find(|line| line.starts_with('{'))
            .unwrap(),
    )
    .unwrap();
    assert_eq!(said["office"], "みどり市ひきこもり地域支援センター");
    let roles: Vec<&str> = said["sign_ins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["supervisor", "coordinator", "administrator"]);
    for one in said["sign_ins"].as_array().unwrap() {
        assert_eq!(one["code"].as_str().unwrap().len(), 6);
        assert!(
            running
                .heard
                .iter()
                .any(|line| line.contains(one["totp"].as_str().unwrap())
                    && line.contains(one["login"].as_str().unwrap()))
        );
    }
    assert!(said["letters"].as_array().unwrap().len() >= 6);
    assert!(running.get("/").starts_with("HTTP/1.1 200"));
    let database = said["database"]
        .as_str()
        .unwrap()
        .strip_prefix("sqlite:")
        .unwrap()
        .to_owned();
    assert!(std::path::Path::new(&database).exists());
    let (code, folder) = running.stop();
    assert_eq!(code, 0);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "the throw-away folder is thrown away"
    );
    Ippo::new("demo --listen nowhere")
        .run()
        .with(2)
        .one_sentence_about("--listen");
}
