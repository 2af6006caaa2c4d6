//! `[mail]` in `ippo.toml`: by which server the few messages leave that somebody asked for. Without it no page offers mail.

use super::{File, KEYS_OF_MAIL, MAIL, named};
use crate::failure::Result;
use std::path::{Path, PathBuf};
use toml::Value;
use zeroize::Zeroizing;

/// How the connection is kept from listeners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Plain at first, then TLS; without TLS nothing is sent.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// None: only to a server on this machine.
    Nothing,
}

/// A checked `[mail]`.
pub struct Mail {
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept.
    pub security: Security,
    /// Who we are to the server, and the password; `None`: it asks nobody.
    pub account: Option<(String, Zeroizing<String>)>,
    /// The address that messages come from.
    pub from: String,
    /// Whether a message names the address of the site: only where it gives nothing away.
    pub link: bool,
}

/// Reads the section, if there is one.
pub(super) fn read(file: &File, path: &Path) -> Result<Option<Mail>> {
    let table = match file.table.get(MAIL) {
        None => return Ok(None),
        Some(Value::Table(table)) => table.clone(),
        Some(_) => {
            return Err(file.wrong(MAIL, "は、", "[mail] という見出しの下に書いてください"));
        }
    };
    let section = File {
        table,
        name: format!("{} の [mail]", file.name),
    };
    if let Some(key) = section
        .table
        .keys()
        .find(|key| !KEYS_OF_MAIL.iter().any(|(known, _)| known == key))
    {
        let known: Vec<&str> = KEYS_OF_MAIL.iter().map(|(key, _)| *key).collect();
        return Err(section.wrong(
            key,
            "という項目はありません。使えるのは ",
            &format!("{} です", known.join(", ")),
        ));
    }
    let host = section.must("host", |text| named(text, 255))?;
    let security = section.may("security", security)?;
    let security = security.unwrap_or(Security::StartTls);
    if security == Security::Nothing && !is_this_machine(&host) {
        return Err(section.wrong(
            "security",
            " の none は、",
            "このサーバー自身（localhost）のメールサーバーにだけ使えます",
        ));
    }
    let port = match section.table.get("port") {
        None => security.usual_port(),
        Some(value) => value
            .as_integer()
            .and_then(|port| u16::try_from(port).ok())
            .filter(|port| *port != 0)
            .ok_or_else(|| section.wrong("port", "は、", "1から65535の数で書いてください"))?,
    };
    let link = match section.table.get("link") {
        None => false,
        Some(Value::Boolean(link)) => *link,
        Some(_) => return Err(section.wrong("link", "は、", "true か false で書いてください")),
    };
    Ok(Some(Mail {
        port,
        security,
        account: account(&section, path)?,
        from: section.must("from", address)?,
        host,
        link,
    }))
}

fn account(section: &File, path: &Path) -> Result<Option<(String, Zeroizing<String>)>> {
    let Some(user) = section.may("user", |text| named(text, 255))? else {
        return Ok(None);
    };
    let written = section.may("password", |text| Ok(Zeroizing::new(text.to_owned())))?;
    let kept = section.may("password_file", |text| Ok(PathBuf::from(text)))?;
    let password = match (written, kept) {
        (Some(password), None) => password,
        (None, Some(file)) => {
            let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
            let text = std::fs::read_to_string(folder.join(file)).map_err(|error| {
                let why = format!("のファイルが読めません（{error}）");
                section.wrong("password_file", &why, "")
            })?;
            Zeroizing::new(Zeroizing::new(text).trim_end().to_owned())
        }
        _ => {
            return Err(section.wrong(
                "user",
                "を書いたときは、",
                "password か password_file のどちらかひとつを書いてください",
            ));
        }
    };
    Ok(Some((user, password)))
}

impl Security {
    fn usual_port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
            Self::Nothing => 25,
        }
    }
}

fn security(text: &str) -> Result<Security, String> {
    match text {
        "starttls" => Ok(Security::StartTls),
        "tls" => Ok(Security::Tls),
        "none" => Ok(Security::Nothing),
        _ => Err("starttls か tls か none のどれかを書いてください".to_owned()),
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn address(text: &str) -> Result<String, String> {
    text.parse::<lettre::Address>()
        .map(|_| text.to_owned())
        .map_err(|_| "yotei@example.jp のような、メールアドレスだけを書いてください".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Overrides, fresh_secret};
    use super::*;

    fn parse(mail: &str) -> Result<Option<Mail>> {
        let text = format!(
            "listen = \"127.0.0.1:8080\"\npublic_url = \"https://soudan.example.jp\"\n\
             database = \"sqlite:ippo.db\"\nsecret = \"{}\"\n{mail}",
            *fresh_secret()
        );
        let config = Config::parse(&text, Path::new("/etc/ippo.toml"), &Overrides::default())?;
        assert_eq!(config.for_web().sends_mail, config.mail.is_some());
        Ok(config.mail)
    }

    #[test]
    fn without_the_section_no_mail_is_offered_and_with_it_every_value_is_checked() {
        assert!(parse("").unwrap().is_none());
        let from = "from = \"yotei@example.jp\"";
        let host = "host = \"smtp.example.jp\"";
        let mail = parse(&format!("[mail]\n{host}\n{from}"));
        let mail = mail.unwrap().unwrap();
        assert_eq!((mail.port, mail.security), (587, Security::StartTls));
        assert!(mail.account.is_none() && !mail.link);
        let here = format!("[mail]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\n{from}");
        assert_eq!(parse(&here).unwrap().unwrap().port, 25);
        for (wrong, named) in [
            (format!("[mail]\n{from}"), "「host」"),
            (format!("[mail]\n{host}"), "「from」"),
            (
                format!("[mail]\n{host}\nfrom = \"予定 <a@b.jp>\""),
                "「from」",
            ),
            (
                format!("[mail]\n{host}\n{from}\nsecurity = \"none\""),
                "localhost",
            ),
            (
                format!("[mail]\n{host}\n{from}\nsecurity = \"ssl\""),
                "「security」",
            ),
            (format!("[mail]\n{host}\n{from}\nport = 0"), "「port」"),
            (
                format!("[mail]\n{host}\n{from}\nuser = \"ippo\""),
                "「user」",
            ),
            (
                format!("[mail]\n{host}\n{from}\npasword = \"x\""),
                "「pasword」",
            ),
            ("mail = true".to_owned(), "「mail」"),
        ] {
            let failure = parse(&wrong).err().unwrap();
            assert!(failure.sentence().contains(named), "{}", failure.sentence());
        }
    }
}
