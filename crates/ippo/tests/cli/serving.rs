//! `ippo serve`: up, answering, down.

use crate::founding::init;
use crate::program::Ippo;
use testkit::TestDb;

testkit::on_both_databases! {
    [];

    async fn it_serves_until_told_to_stop(db: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("ippo.toml");
        init(&config, db.url()).with(0);
        let mut running = Ippo::new("serve").config(&config).env("IPPO_LISTEN", "127.0.0.1:0").start("127.0.0.1:");
        assert!(running.get("/").starts_with("HTTP/1.1 200"));
        assert!(running.get("/no-such-page?words=typed").starts_with("HTTP/1.1 404"));
        running.wait_for("404");
        // Neither the path nor what was typed is in the log.
        assert!(running.heard.iter().all(|line| !line.contains("no-such-page") && !line.contains("typed")), "{:?}", running.heard);
        assert_eq!(running.stop().0, 0);
    }
}

#[test]
fn a_bad_configuration_is_one_sentence_that_names_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("ippo.toml");
    Ippo::new("serve")
        .config(&config)
        .run()
        .with(2)
        .one_sentence_about("ippo.toml");
    init(
        &config,
        &format!("sqlite:{}", folder.path().join("ippo.db").display()),
    )
    .with(0);
    let whole = std::fs::read_to_string(&config).unwrap();
    let cases = [
        (whole.replace("listen =", "lisen ="), "lisen"),
        (
            whole.replace("public_url = \"https:", "public_url = \"gopher:"),
            "public_url",
        ),
        (whole.replace("secret = \"", "secret = \"x"), "secret"),
        (
            whole.replace("database = \"sqlite:", "database = \"oracle:"),
            "database",
        ),
    ];
    for (text, key) in cases {
        std::fs::write(&config, text).unwrap();
        for command in ["serve", "audit verify"] {
            Ippo::new(command)
                .config(&config)
                .run()
                .with(2)
                .one_sentence_about(key);
        }
    }
    std::fs::write(&config, whole).unwrap();
    Ippo::new("serve")
        .config(&config)
        .env("IPPO_LISTEN", "nowhere")
        .run()
        .with(2)
        .one_sentence_about("listen");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let _keep = std::net::TcpListener::bind(&taken);
    let ended = Ippo::new("serve")
        .config(&config)
        .env("IPPO_LISTEN", &taken)
        .run()
        .with(1);
    assert!(ended.err.contains(&taken), "{}", ended.err);
}
