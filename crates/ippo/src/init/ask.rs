//! The questions of `ippo init`: what the flags leave open is asked for, one line each, and asked again until it fits.

use super::Args;
use crate::config;
use crate::failure::{Failure, Result};
use basics::MunicipalityCode;
use directory::{Directory, Municipalities};
use std::io::{BufRead, Write};
use std::net::SocketAddr;

/// Everything that `ippo init` needs to know, checked as far as it can be without a database.
pub struct Asked {
    /// The office's name.
    pub office: String,
    /// The prefecture or city on whose behalf it works.
    pub jurisdiction: MunicipalityCode,
    /// Sign-in name and name of the first administrator.
    pub admin: (String, String),
    /// The same of the first supervisor, if one is invited now.
    pub supervisor: Option<(String, String)>,
    /// As it goes into the file.
    pub database: String,
    /// As it goes into the file.
    pub listen: SocketAddr,
    /// As it goes into the file.
    pub public_url: String,
}

impl Asked {
    /// Takes the flags and asks for the rest on standard error.
    pub fn of(args: &Args) -> Result<Self> {
        let directory = Directory::load();
        let all = directory.municipalities();
        let mut input = std::io::stdin().lock();
        let mut desk = Desk {
            quiet: args.yes,
            input: &mut input,
        };
        let office = desk.ask(
            "--office",
            "窓口の名前",
            args.office.as_deref(),
            None,
            filled,
        )?;
        let jurisdiction = desk.ask(
            "--jurisdiction",
            "どの都道府県・市区町村の窓口ですか（コードか名前）",
            args.jurisdiction.as_deref(),
            None,
            |text| place(text, all),
        )?;
        let login = desk.ask(
            "--admin-login",
            "最初の管理者のログイン名（半角の英小文字と数字）",
            args.admin_login.as_deref(),
            None,
            login,
        )?;
        let name = desk.ask(
            "--admin-name",
            "最初の管理者の名前",
            args.admin_name.as_deref(),
            Some("システム管理者"),
            filled,
        )?;
        let supervisor = desk.supervisor(args, &login)?;
        let database = desk.ask(
            "--database",
            "データベース",
            args.database.as_deref(),
            Some("sqlite:ippo.db"),
            |text| config::database(text, std::path::Path::new("")).map(|_| text.to_owned()),
        )?;
        let listen = desk.ask(
            "--listen",
            "待ち受けるアドレスとポート",
            args.listen.as_deref(),
            Some("127.0.0.1:8080"),
            config::listen,
        )?;
        let here = format!("http://{listen}");
        let public_url = desk.ask(
            "--public-url",
            "みなさんがブラウザーで開くアドレス",
            args.public_url.as_deref(),
            Some(&here),
            config::public_url,
        )?;
        Ok(Self {
            office,
            jurisdiction,
            admin: (login, name),
            supervisor,
            database,
            listen,
            public_url,
        })
    }
}

/// Where the questions are put and the answers come from.
struct Desk<'a> {
    quiet: bool,
    input: &'a mut dyn BufRead,
}

impl Desk<'_> {
    fn supervisor(&mut self, args: &Args, admin: &str) -> Result<Option<(String, String)>> {
        const NAME: &str = "センター長";
        let free = |text: &str| {
            let text = login(text)?;
            if text == admin {
                Err("管理者とは別のログイン名にしてください".to_owned())
            } else {
                Ok(Some(text))
            }
        };
        let chosen = match &args.supervisor_login {
            None if self.quiet => None,
            None => self.ask(
                "--supervisor-login",
                "センター長のログイン名（あとで招くときは、そのまま Enter）",
                None,
                Some(""),
                |text| {
                    if text.is_empty() {
                        Ok(None)
                    } else {
                        free(text)
                    }
                },
            )?,
            Some(login) => self.ask("--supervisor-login", "", Some(login), None, free)?,
        };
        let Some(login) = chosen else { return Ok(None) };
        let name = self.ask(
            "--supervisor-name",
            "センター長の名前",
            args.supervisor_name.as_deref(),
            Some(NAME),
            filled,
        )?;
        Ok(Some((login, name)))
    }

    /// The flag's value, or the answer, or the default. A wrong flag is an error; a wrong answer is asked for again.
    fn ask<T>(
        &mut self,
        flag: &str,
        question: &str,
        given: Option<&str>,
        default: Option<&str>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T> {
        let wrong =
            |expected: String| Failure::usage(format!("{flag} が正しくありません。{expected}。"));
        if let Some(given) = given {
            return read(given.trim()).map_err(wrong);
        }
        if self.quiet {
            let default = default.ok_or_else(|| {
                Failure::usage(format!("{flag} がありません。{question}を書いてください。"))
            })?;
            return read(default).map_err(wrong);
        }
        loop {
            let answer = self.line(flag, question, default)?;
            match read(&answer) {
                Ok(value) => return Ok(value),
                Err(expected) => eprintln!("  {expected}。"),
            }
        }
    }

    fn line(&mut self, flag: &str, question: &str, default: Option<&str>) -> Result<String> {
        let hint = default
            .filter(|text| !text.is_empty())
            .map_or_else(String::new, |text| format!(" [{text}]"));
        let mut err = std::io::stderr().lock();
        write!(err, "{question}{hint}: ").and_then(|()| err.flush())?;
        let mut line = String::new();
        if self.input.read_line(&mut line)? == 0 {
            return Err(Failure::usage(format!(
                "答えがないまま入力が終わりました。{flag} でも書けます。"
            )));
        }
        let answer = line.trim();
        Ok(if answer.is_empty() {
            default.unwrap_or("")
        } else {
            answer
        }
        .to_owned())
    }
}

fn filled(text: &str) -> Result<String, String> {
    if text.is_empty() {
        Err("1文字以上で書いてください".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

fn login(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
    if (3..=32).contains(&text.len()) && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("半角の英小文字・数字・「.」「-」「_」で、3文字から32文字にしてください".to_owned())
    }
}

/// A code, or a name that only one place has.
fn place(text: &str, all: &Municipalities) -> Result<MunicipalityCode, String> {
    if let Ok(code) = MunicipalityCode::parse(text) {
        return match all.get(code) {
            Some(place) => Ok(place.code),
            None => Err(format!(
                "コード {code} の都道府県・市区町村は見つかりません"
            )),
        };
    }
    let same: Vec<_> = all
        .all()
        .iter()
        .filter(|place| place.name == text || place.full_name(all) == text)
        .collect();
    match same[..] {
        [one] => Ok(one.code),
        [] => {
            Err("5けたのコード（例: 10212）か、都道府県・市区町村の名前を書いてください".to_owned())
        }
        _ => {
            let choices: Vec<String> = same
                .iter()
                .map(|place| format!("{} {}", place.code, place.full_name(all)))
                .collect();
            Err(format!(
                "同じ名前がいくつかあります。コードで書いてください: {}",
                choices.join("、")
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_code_or_a_name_that_only_one_has() {
        let directory = Directory::load();
        let all = directory.municipalities();
        for text in ["10212", "102121", "みどり市", "群馬県みどり市"] {
            assert_eq!(place(text, all).unwrap().as_str(), "10212", "{text}");
        }
        assert!(place("府中市", all).unwrap_err().contains("13206"));
        for text in ["", "99999", "10999", "どこか"] {
            assert!(place(text, all).is_err(), "{text}");
        }
    }

    #[test]
    fn a_wrong_answer_is_asked_for_again_and_a_missing_one_named() {
        let mut input = &b"Kanri\n kanri \n"[..];
        let mut desk = Desk {
            quiet: false,
            input: &mut input,
        };
        assert_eq!(
            desk.ask("--admin-login", "?", None, None, login).unwrap(),
            "kanri"
        );
        let ended = desk
            .ask("--admin-login", "?", None, None, login)
            .unwrap_err();
        assert!(ended.code() == 2 && ended.sentence().contains("--admin-login"));
        let mut desk = Desk {
            quiet: true,
            input: &mut &b""[..],
        };
        assert!(
            desk.ask("--office", "?", None, None, filled)
                .unwrap_err()
                .sentence()
                .contains("--office")
        );
        assert_eq!(
            desk.ask("--listen", "?", None, Some("x"), filled).unwrap(),
            "x"
        );
    }
}
