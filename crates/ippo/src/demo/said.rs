//! What the demo prints: for people, and as one line for tests.

use super::office::{self, Colleague};
use jiff::Timestamp;
use serde_json::json;
use std::fmt::Write as _;
use vault::Zeroizing;

/// Everything worth knowing about the running demo.
pub struct Sample {
    /// Where it is reached.
    pub public_url: String,
    /// Its throw-away database.
    pub database: String,
    /// Who can sign in.
    pub colleagues: Vec<Colleague>,
    /// The letters, in the order of their story.
    pub letters: Vec<SampleLetter>,
    /// Some of the bookings, with the numbers that open them.
    pub slips: Vec<SampleSlip>,
}

/// A sample booking and the number that opens it.
pub struct SampleSlip {
    /// What it shows.
    pub what: &'static str,
    /// A word for tests.
    pub key: &'static str,
    /// The twelve digits.
    pub code: String,
}

/// A sample letter and how its writer comes back.
pub struct SampleLetter {
    /// What it shows.
    pub what: &'static str,
    /// A word for tests.
    pub key: &'static str,
    /// The long form of the code.
    pub long: Zeroizing<String>,
    /// The digits, where they may still be shown.
    pub spoken: Option<Zeroizing<String>>,
}

impl Sample {
    /// For the person who started it.
    pub fn words(&self, now: Timestamp) -> String {
        let url = &self.public_url;
        let mut text = format!(
            "見本の窓口「{}」が動いています。人も手紙も作りものです。\n\n  {url}/            みなさんのページ\n  {url}/desk        職員のページ\n\n",
            office::NAME
        );
        text.push_str("職員のサインイン（4人とも、パスワードは ");
        let _ = writeln!(text, "{} ）", office::PASSWORD);
        for one in &self.colleagues {
            let _ = writeln!(
                text,
                "  ログイン名 {:<8} いまの確認コード {}   秘密の値 {}   {}（{}・{}）",
                one.login,
                one.totp.code_at(now),
                one.totp.base32(),
                one.name,
                one.role.label(),
                one.qualification.label()
            );
        }
        text.push_str("  確認コードは30秒ごとに変わり、それぞれ1回だけ使えます。次のコード: ippo code 秘密の値\n\n");
        let _ = writeln!(
            text,
            "見本の手紙を開く番号（{url}/tegami/hiraku に入れます）"
        );
        for letter in &self.letters {
            if let Some(spoken) = &letter.spoken {
                let _ = writeln!(text, "  {}  {}", **spoken, letter.what);
            }
        }
        let _ = writeln!(
            text,
            "\n見本の予約を開く番号（{url}/yoyaku/hikae に入れます）"
        );
        for slip in &self.slips {
            let _ = writeln!(text, "  {}  {}", slip.code, slip.what);
        }
        text
    }

    /// Only the digits of this moment.
    pub fn digits(&self, now: Timestamp) -> String {
        let mut text = String::new();
        for one in &self.colleagues {
            let _ = writeln!(text, "  {:<8} {}", one.login, one.totp.code_at(now));
        }
        text
    }

    /// One line of JSON.
    pub fn json(&self, now: Timestamp) -> String {
        let sign_ins: Vec<_> = self
            .colleagues
            .iter()
            .map(|one| {
                json!({
                    "login": one.login,
                    "password": office::PASSWORD,
                    "totp": one.totp.base32(),
                    "code": one.totp.code_at(now),
                    "name": one.name,
                    "role": one.role.code(),
                })
            })
            .collect();
        let letters: Vec<_> = self
            .letters
            .iter()
            .map(|letter| {
                json!({
                    "key": letter.key,
                    "long": *letter.long,
                    "spoken": letter.spoken.as_ref().map(|spoken| spoken.as_str()),
                })
            })
            .collect();
        let slips: Vec<_> = self
            .slips
            .iter()
            .map(|slip| json!({ "key": slip.key, "code": slip.code }))
            .collect();
        json!({
            "public": self.public_url,
            "desk": format!("{}/desk", self.public_url),
            "office": office::NAME,
            "database": self.database,
            "sign_ins": sign_ins,
            "letters": letters,
            "slips": slips,
        })
        .to_string()
    }
}
