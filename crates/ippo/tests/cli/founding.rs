//! `ippo init`: all of it, or nothing.

use crate::program::{Ended, Ippo};
use basics::Clock;
use office::{Attempt, Enrolment, Entrance, Role};
use std::path::Path;
use testkit::TestDb;

/// `ippo init` with everything said in flags.
pub fn init(config: &Path, database: &str) -> Ended {
    asked_for(config, database).run()
}

fn asked_for(config: &Path, database: &str) -> Ippo {
    Ippo::new("init --yes --jurisdiction 10212 --admin-login kanri --supervisor-login sato --supervisor-name 佐藤")
        .arg("--office")
        .arg("みどり市 ひきこもり地域支援センター")
        .arg("--public-url")
        .arg("https://soudan.example.jp/")
        .arg("--database")
        .arg(database)
        .config(config)
}

fn after<'a>(out: &'a str, label: &str) -> &'a str {
    let from = out
        .find(label)
        .unwrap_or_else(|| panic!("no {label} in {out}"))
        + label.len();
    out[from..].lines().next().unwrap().trim()
}

testkit::on_both_databases! {
    [];

    async fn an_office_is_founded_with_its_first_colleagues(db: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("ippo.toml");
        let ended = init(&config, db.url()).with(0);

        let office = office::office::all(&mut db.read().await.unwrap()).await.unwrap().remove(0);
        assert_eq!((office.name.as_str(), office.jurisdiction.as_str()), ("みどり市 ひきこもり地域支援センター", "10212"));
        // The printed sheet opens what letters are sealed to.
        let sheet = &ended.out[after_sheet_head(&ended.out)..];
        let sheet: String = sheet.lines().take_while(|line| !line.contains("すべて")).collect::<Vec<_>>().join(" ");
        assert_eq!(vault::sheet::read(&sheet).unwrap().public(), office.public_key);
        // Both colleagues are invited, and the code works at the staff entrance.
        let staff = office::staff::list(&mut db.read().await.unwrap(), office.id).await.unwrap();
        let roles: Vec<(&str, Role)> = staff.iter().map(|one| (one.login.as_str(), one.role)).collect();
        assert!(roles.contains(&("kanri", Role::Administrator)) && roles.contains(&("sato", Role::Supervisor)));
        assert!(ended.out.contains("https://soudan.example.jp/desk/"));
        enrols(&db, after(&ended.out, "登録コード")).await;

        let text = std::fs::read_to_string(&config).unwrap();
        assert!(text.contains("https://soudan.example.jp\"") && !ended.out.contains(secret(&text)));
        assert_eq!(mode(&config), 0o600);

        // Again: the file is not overwritten, and the office not founded twice.
        init(&config, db.url()).with(2).one_sentence_about("すでにある");
        assert_eq!(std::fs::read_to_string(&config).unwrap(), text);
        let second = folder.path().join("second.toml");
        init(&second, db.url()).with(2).one_sentence_about("すでに窓口");
        assert!(!second.exists());
        assert_eq!(office::office::all(&mut db.read().await.unwrap()).await.unwrap().len(), 1);
    }

    async fn a_founding_that_fails_leaves_nothing(db: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("ippo.toml");
        // Too long a name is found out by the room, after the tables are there.
        let ended = asked_for(&config, db.url()).arg("--admin-name").arg("長".repeat(61)).run().with(2);
        ended.one_sentence_about("--admin-name");
        assert!(!config.exists());
        assert!(office::office::all(&mut db.read().await.unwrap()).await.unwrap().is_empty());
        init(&config, db.url()).with(0);
    }
}

fn after_sheet_head(out: &str) -> usize {
    let at = out.find("作成日").unwrap();
    at + out[at..].find('\n').unwrap()
}

fn secret(config: &str) -> &str {
    let line = config
        .lines()
        .find(|line| line.starts_with("secret"))
        .unwrap();
    line.split('"').nth(1).unwrap()
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

async fn enrols(db: &TestDb, code: &str) {
    let clock = Clock::system();
    let entrance = Entrance::open(
        db,
        &clock,
        &testkit::builders::pepper(),
        &testkit::builders::gate(),
    );
    let totp = entrance.invited(code).await.unwrap().totp;
    let password = "朝の公園をひとまわり 3";
    let enrolment = Enrolment {
        invitation: code,
        password,
        totp_secret: &totp.base32(),
        totp_code: &totp.code_at(clock.now()),
    };
    entrance.enrol(enrolment).await.unwrap();
    let code = totp.code_at(clock.now());
    let attempt = Attempt {
        login: "kanri",
        password,
        code: &code,
        ..Attempt::default()
    };
    entrance.sign_in(attempt).await.unwrap();
}

#[test]
fn what_flags_leave_open_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("ippo.toml");
    let answers = "みどりの窓口\n府中市\nみどり市\nKanri\nkanri\n\n\nsqlite:data.db\n\n\n";
    let ended = Ippo::new("init")
        .config(&config)
        .input(answers)
        .run()
        .with(0);
    assert!(
        ended.err.contains("窓口の名前")
            && ended.err.contains("13206")
            && ended.err.contains("半角の英小文字")
    );
    assert!(ended.out.contains("http://127.0.0.1:8080/desk"));
    assert!(folder.path().join("data.db").exists(), "beside ippo.toml");
}

#[test]
fn what_is_missing_or_wrong_is_named_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("ippo.toml");
    let cases = [
        ("init --yes", "--office"),
        (
            "init --yes --office みどり --jurisdiction 99999 --admin-login kanri",
            "--jurisdiction",
        ),
        (
            "init --yes --office みどり --jurisdiction 10212 --admin-login か",
            "--admin-login",
        ),
        (
            "init --yes --office みどり --jurisdiction 10212 --admin-login kanri --supervisor-login kanri",
            "--supervisor-login",
        ),
        (
            "init --yes --office みどり --jurisdiction 10212 --admin-login kanri --database mysql:x",
            "--database",
        ),
        (
            "init --yes --office みどり --jurisdiction 10212 --admin-login kanri --listen here",
            "--listen",
        ),
        (
            "init --yes --office みどり --jurisdiction 10212 --admin-login kanri --public-url soudan",
            "--public-url",
        ),
    ];
    for (line, named) in cases {
        Ippo::new(line)
            .config(&config)
            .run()
            .with(2)
            .one_sentence_about(named);
    }
    let nowhere = format!(
        "sqlite:{}",
        folder.path().join("no/such/folder/ippo.db").display()
    );
    assert_eq!(init(&config, &nowhere).code, 1);
    Ippo::new("init")
        .config(&config)
        .input("みどり\n")
        .run()
        .with(2);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
