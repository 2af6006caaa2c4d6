//! `ippo.toml`: what the operator decides before the program starts.
//!
//! Reading it answers with one sentence that names the key, or with a configuration in which every value was checked.
//! Unknown keys are refused: a misspelt `trusted_proxies` must not pass in silence.

mod mail;

pub use mail::{Mail, Security};

use crate::failure::{Failure, Result};
use crate::proxies::Network;
use data_encoding::BASE64;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use toml::{Table, Value};
use zeroize::Zeroizing;

/// The keys, and what stands above each in the file that `ippo init` writes.
const KEYS: &[(&str, &str)] = &[
    ("listen", "待ち受けるアドレスとポート。"),
    (
        "public_url",
        "みなさんがブラウザーで開くアドレス。最後に / はつけません。https のときだけ、Cookie に Secure がつきます。",
    ),
    (
        "database",
        "データベース。sqlite:ファイル名 か postgres://利用者:パスワード@サーバー/名前。",
    ),
    (
        "secret",
        "このサーバーの秘密の値（32バイト、base64）。変えると、声で伝える番号と案内の途中の答えが使えなくなります。データベースとは別に保管してください。",
    ),
    ("site_name", "ページの見出しに出る、目立たない名前。"),
    (
        "operator",
        "「このサイトについて」に出る、運営している団体の名前。",
    ),
    (
        "exit_url",
        "「この画面をとじる」で開くページ。だれが開いていても不思議でないページを選びます。",
    ),
    (
        "trusted_proxies",
        "手前にあるプロキシのアドレス。ここに書いたものが付けた X-Forwarded-For だけを信じます。",
    ),
];

const PROXIES: &str = "trusted_proxies";
const MAIL: &str = "mail";

/// The keys of `[mail]`, with an example; written as comments, because sending mail is the operator's decision.
const KEYS_OF_MAIL: &[(&str, &str)] = &[
    ("host", "\"smtp.example.jp\""),
    ("port", "587"),
    (
        "security",
        "\"starttls\"  # starttls か tls。none は、このサーバー自身のメールサーバーにだけ",
    ),
    ("user", "\"…\""),
    (
        "password_file",
        "\"mail.password\"  # このファイルと同じフォルダーから数えます。直接書くなら password",
    ),
    ("password", "\"…\""),
    (
        "from",
        "\"yotei@example.jp\"  # 窓口の名前の入らないアドレスを選びます。差出人の名前は「予定」です",
    ),
    (
        "link",
        "false  # true にすると、本文に public_url を書きます。目立たない名前のときだけ",
    ),
];

/// A checked configuration.
pub struct Config {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Where people reach it.
    pub public_url: String,
    /// `sqlite:` with a path that does not depend on the working folder, or `postgres://`.
    pub database: String,
    /// The installation's secret.
    pub secret: Zeroizing<[u8; 32]>,
    /// The neutral name in titles.
    pub site_name: Option<String>,
    /// Who runs it.
    pub operator: Option<String>,
    /// Where the quick exit leads.
    pub exit_url: Option<String>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// By which server messages leave; `None`: no mail is sent, and none is offered.
    pub mail: Option<Mail>,
}

/// What the environment says instead of the file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `IPPO_DATABASE`.
    pub database: Option<String>,
    /// `IPPO_LISTEN`.
    pub listen: Option<String>,
}

impl Overrides {
    /// From the environment; an empty variable counts as none.
    pub fn from_environment() -> Self {
        let read = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            database: read("IPPO_DATABASE"),
            listen: read("IPPO_LISTEN"),
        }
    }
}

impl Config {
    /// Reads and checks the file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let why = match error.kind() {
                std::io::ErrorKind::NotFound => {
                    "ありません。ippo init で作るか、--config で場所を書いてください".to_owned()
                }
                _ => format!("読めません（{error}）"),
            };
            Failure::usage(format!("設定ファイル {} が{why}。", path.display()))
        })?;
        Self::parse(&text, path, &Overrides::from_environment())
    }

    /// Checks the text of the file. Relative paths in it count from the file's own folder.
    pub fn parse(text: &str, path: &Path, overrides: &Overrides) -> Result<Self> {
        let mut file = File::parse(text, path)?;
        for (key, value) in [
            ("database", &overrides.database),
            ("listen", &overrides.listen),
        ] {
            if let Some(value) = value {
                file.table
                    .insert(key.to_owned(), Value::String(value.clone()));
            }
        }
        let config = Self {
            listen: file.must("listen", listen)?,
            public_url: file.must("public_url", public_url)?,
            database: file.must("database", |text| database(text, path))?,
            secret: file.must("secret", secret)?,
            site_name: file.may("site_name", |text| named(text, 40))?,
            operator: file.may("operator", |text| named(text, 100))?,
            exit_url: file.may("exit_url", web_address)?,
            trusted_proxies: file.networks()?,
            mail: mail::read(&file, path)?,
        };
        Ok(config)
    }

    /// What the pages need of it.
    pub fn for_web(&self) -> web::Config {
        let mut pages = web::Config::new(self.public_url.clone(), *self.secret);
        if let Some(name) = &self.site_name {
            pages.site_name.clone_from(name);
        }
        if let Some(url) = &self.exit_url {
            pages.exit_url.clone_from(url);
        }
        pages.operator.clone_from(&self.operator);
        pages.sends_mail = self.mail.is_some();
        pages
    }
}

/// The text of a new file, for `ippo init`. What has no value is written as a comment, so that the operator sees it.
pub fn render(values: &[(&str, Option<&str>)], trusted_proxies: &[&str]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::from(
        "# Ippo の設定です（ippo init が書きました）。\n\
         # 秘密の値が入っています。ほかの人が読めないところに置き、メールなどで送らないでください。\n",
    ));
    for (key, explanation) in KEYS {
        let given = values.iter().find(|(name, _)| name == key);
        let value = match given.and_then(|(_, value)| *value) {
            Some(value) => Some(Value::from(value)),
            None if *key == PROXIES && !trusted_proxies.is_empty() => {
                Some(Value::from(trusted_proxies.to_vec()))
            }
            None => None,
        };
        let line = value.map_or_else(
            || format!("# {key} = …"),
            |value| format!("{key} = {value}"),
        );
        for part in ["\n# ", explanation, "\n", &line, "\n"] {
            text.push_str(part);
        }
    }
    text.push_str(
        "\n# 予約した人が望んだときだけ送る、予定のお知らせのメール。書かなければ、メールは送らず、ページにも出ません。\n# [mail]\n",
    );
    for (key, example) in KEYS_OF_MAIL {
        for part in ["# ", key, " = ", example, "\n"] {
            text.push_str(part);
        }
    }
    text
}

/// The proxies to believe when nobody said which: what listens on this machine alone is reached through a proxy on it.
pub fn usual_proxies(listen: SocketAddr) -> &'static [&'static str] {
    if listen.ip().is_loopback() {
        &["127.0.0.1", "::1"]
    } else {
        &[]
    }
}

/// A secret nobody knows yet, as the file holds it.
pub fn fresh_secret() -> Zeroizing<String> {
    let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(vault::random());
    Zeroizing::new(BASE64.encode(bytes.as_ref()))
}

/// The file as it was written, with its name for the sentences.
struct File {
    table: Table,
    name: String,
}

impl File {
    fn parse(text: &str, path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let table: Table = toml::from_str(text).map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            Failure::usage(format!(
                "設定ファイル {name} の{line}行目が読めません。「名前 = \"値\"」の形で書いてください。"
            ))
        })?;
        let file = Self { table, name };
        match file
            .table
            .keys()
            .find(|key| *key != MAIL && !KEYS.iter().any(|(known, _)| known == key))
        {
            Some(key) => Err(file.wrong(
                key,
                "という項目はありません。使えるのは ",
                &format!("{} です", known_keys()),
            )),
            None => Ok(file),
        }
    }

    fn wrong(&self, key: &str, what: &str, more: &str) -> Failure {
        Failure::usage(format!(
            "設定ファイル {} の「{key}」{what}{more}。",
            self.name
        ))
    }

    fn must<T>(&self, key: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<T> {
        self.may(key, read)?
            .ok_or_else(|| self.wrong(key, "がありません。", &explanation(key)))
    }

    fn may<T>(&self, key: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>> {
        let text = match self.table.get(key) {
            None => return Ok(None),
            Some(Value::String(text)) => text,
            Some(_) => return Err(self.wrong(key, "は、", "\"…\" で囲んだ文字で書いてください")),
        };
        read(text.trim())
            .map(Some)
            .map_err(|expected| self.wrong(key, "が正しくありません。", &expected))
    }

    fn networks(&self) -> Result<Vec<Network>> {
        let form = || {
            self.wrong(
                PROXIES,
                "は、",
                "[\"127.0.0.1\", \"10.0.0.0/8\"] のように、アドレスのリストで書いてください",
            )
        };
        match self.table.get(PROXIES) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => list
                .iter()
                .map(|one| one.as_str().and_then(Network::parse).ok_or_else(form))
                .collect(),
            Some(_) => Err(form()),
        }
    }
}

fn known_keys() -> String {
    KEYS.iter()
        .map(|(key, _)| *key)
        .chain(["[mail]"])
        .collect::<Vec<_>>()
        .join(", ")
}

fn explanation(key: &str) -> String {
    let found = KEYS.iter().find(|(known, _)| *known == key);
    found
        .map_or("", |(_, text)| text)
        .trim_end_matches('。')
        .to_owned()
}

// ---------------------------------------------------------------- one value each: the value, or what is expected

/// `127.0.0.1:8080`.
pub fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "127.0.0.1:8080 のように、アドレスとポートを書いてください".to_owned())
}

/// `https://soudan.example.jp`, without a path.
pub fn public_url(text: &str) -> Result<String, String> {
    let url = web_address(text)?;
    let url = url.trim_end_matches('/');
    let host = url.split_once("://").map_or("", |(_, rest)| rest);
    if host.is_empty() || host.contains(['/', '?', '#', '@', ' ']) {
        return Err(
            "https://soudan.example.jp のように、サーバーの名前まで（パスなし）で書いてください"
                .to_owned(),
        );
    }
    Ok(url.to_owned())
}

fn web_address(text: &str) -> Result<String, String> {
    let known = text.starts_with("https://") || text.starts_with("http://");
    if known && !text.contains(char::is_whitespace) {
        Ok(text.to_owned())
    } else {
        Err("https:// から始まるアドレスを書いてください".to_owned())
    }
}

/// The database's address, with a relative file name counted from the folder of `beside`.
pub fn database(text: &str, beside: &Path) -> Result<String, String> {
    if let Some(file) = text.strip_prefix("sqlite:") {
        // Both sqlite:/var/ippo.db and sqlite:///var/ippo.db are in use.
        let file = Path::new(file.strip_prefix("//").unwrap_or(file));
        if file.as_os_str().is_empty() {
            return Err("sqlite: のあとに、ファイルの名前を書いてください".to_owned());
        }
        let folder = beside.parent().map_or_else(PathBuf::new, Path::to_owned);
        return Ok(format!("sqlite:{}", folder.join(file).display()));
    }
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(text.to_owned());
    }
    Err("sqlite:ippo.db か postgres://利用者@サーバー/名前 の形で書いてください".to_owned())
}

fn secret(text: &str) -> Result<Zeroizing<[u8; 32]>, String> {
    let bytes = Zeroizing::new(BASE64.decode(text.as_bytes()).unwrap_or_default());
    match <[u8; 32]>::try_from(bytes.as_slice()) {
        Ok(secret) => Ok(Zeroizing::new(secret)),
        Err(_) => {
            Err("ippo init が書いた44文字（32バイトのbase64）をそのまま使ってください".to_owned())
        }
    }
}

fn named(text: &str, longest: usize) -> Result<String, String> {
    let length = text.chars().count();
    if (1..=longest).contains(&length) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(format!("1文字から{longest}文字で書いてください"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/etc/ippo/ippo.toml";

    fn parse(text: &str) -> Result<Config> {
        Config::parse(text, Path::new(PATH), &Overrides::default())
    }

    fn whole(more: &str) -> String {
        format!(
            "listen = \"127.0.0.1:8080\"\npublic_url = \"https://soudan.example.jp/\"\ndatabase = \"sqlite:ippo.db\"\n\
             secret = \"{}\"\n{more}",
            BASE64.encode(&[7; 32])
        )
    }

    #[test]
    fn a_file_that_init_writes_is_read_back() {
        let secret = fresh_secret();
        let text = render(
            &[
                ("listen", Some("[::1]:8081")),
                ("public_url", Some("http://localhost:8081")),
                ("database", Some("sqlite:data/\"odd\".db")),
                ("secret", Some(&secret)),
                ("site_name", Some("まちの窓口")),
            ],
            &["10.0.0.0/8"],
        );
        let config = parse(&text).unwrap();
        assert_eq!(config.listen.port(), 8081);
        assert_eq!(config.database, "sqlite:/etc/ippo/data/\"odd\".db");
        assert_eq!(BASE64.encode(config.secret.as_ref()), *secret);
        assert_eq!(config.for_web().site_name, "まちの窓口");
        assert!(config.trusted_proxies.len() == 1 && config.exit_url.is_none());
    }

    #[test]
    fn what_is_wrong_is_named_in_one_sentence() {
        let cases = [
            ("lisen = \"x\"", "「lisen」"),
            ("trusted_proxies = \"127.0.0.1\"", "「trusted_proxies」"),
            ("trusted_proxies = [\"proxy\"]", "「trusted_proxies」"),
            ("site_name = 3", "「site_name」"),
            ("site_name = \"\"", "「site_name」"),
            ("exit_url = \"yahoo\"", "「exit_url」"),
            ("= 3", "5行目"),
        ];
        for (more, named) in cases {
            let failure = parse(&whole(more)).err().unwrap();
            assert_eq!(failure.code(), 2);
            assert!(failure.sentence().contains(named), "{}", failure.sentence());
            assert!(failure.sentence().contains(PATH) && failure.sentence().ends_with('。'));
        }
        for key in ["listen", "public_url", "database", "secret"] {
            let without: String = whole("")
                .lines()
                .filter(|line| !line.starts_with(key))
                .collect::<Vec<_>>()
                .join("\n");
            assert!(
                parse(&without)
                    .err()
                    .unwrap()
                    .sentence()
                    .contains(&format!("「{key}」がありません"))
            );
            let wrong = format!("{without}\n{key} = \"???\"");
            assert!(
                parse(&wrong)
                    .err()
                    .unwrap()
                    .sentence()
                    .contains(&format!("「{key}」が正しくありません"))
            );
        }
    }

    #[test]
    fn the_environment_comes_first_and_is_checked_too() {
        let overrides = Overrides {
            database: Some("postgres://ippo@db/ippo".to_owned()),
            listen: Some("0.0.0.0:80".to_owned()),
        };
        let config = Config::parse(&whole(""), Path::new(PATH), &overrides).unwrap();
        assert_eq!(
            (config.database.as_str(), config.listen.port()),
            ("postgres://ippo@db/ippo", 80)
        );
        let wrong = Overrides {
            listen: Some("here".to_owned()),
            ..Overrides::default()
        };
        assert!(Config::parse(&whole(""), Path::new(PATH), &wrong).is_err());
    }

    #[test]
    fn a_public_address_has_no_path_and_a_file_its_folder() {
        assert_eq!(public_url("https://a.jp/").unwrap(), "https://a.jp");
        for wrong in [
            "https://a.jp/ippo",
            "ftp://a.jp",
            "a.jp",
            "https://",
            "https://a b",
        ] {
            assert!(public_url(wrong).is_err(), "{wrong}");
        }
        let beside = Path::new("/srv/ippo.toml");
        assert_eq!(
            database("sqlite:/var/ippo.db", beside).unwrap(),
            "sqlite:/var/ippo.db"
        );
        assert_eq!(
            database("sqlite:///var/ippo.db", beside).unwrap(),
            "sqlite:/var/ippo.db"
        );
        assert_eq!(
            database("sqlite:ippo.db", Path::new("ippo.toml")).unwrap(),
            "sqlite:ippo.db"
        );
    }
}
