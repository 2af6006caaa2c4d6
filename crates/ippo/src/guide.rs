//! `ippo guide --json`: the guide's rules behind a door for machines.

use crate::cli::{OPTIONS, PAGE};
use crate::failure::{Failure, Result};
use ::guide::{Rules, door};
use serde::Serialize;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};

const LONG_ABOUT: &str = "\
案内の決まり（どんな答えに、どの窓口を、なぜ出すか）を、機械から確かめるための入口です。
設定もデータベースも要りません。入力はどこにも残りません。

標準入力の1行に1つのJSONオブジェクト（答え）を読み、標準出力の1行に1つのJSONオブジェクトを書きます。
  入力  {\"who\":\"self\",\"age\":24,\"want\":[\"listen\"],\"has_muni\":true}
  出力  {\"urgent\":[],\"top\":[\"MUNI\",\"HC\",…],\"more\":[…],\"later\":[…],\"fired\":[\"R10\",…]}

書ける項目:
  who age school want how stage money illness dis risk parent_old know_me prev
  has_muni has_kw closed（地域のかわりに、窓口の有無と受付時間外かどうかを伝えます）

読めない行には {\"error\":\"理由\"} を1行書いて、次の行へ進みます。行の数は入力と出力で同じです。
読めない行が1つでもあれば、最後に終了コード2で終わります。";

/// 案内の決まりを機械から確かめます
#[derive(clap::Args)]
#[command(long_about = LONG_ABOUT, override_usage = "ippo guide --json < 答え.jsonl", help_template = PAGE, next_help_heading = OPTIONS)]
pub struct Args {
    /// 1行に1つのJSONオブジェクトを読み、書きます（今は、この形だけです）
    #[arg(long)]
    json: bool,
}

/// Answers every line of standard input.
pub fn run(args: &Args) -> Result<()> {
    if !args.json {
        return Err(Failure::usage(
            "--json を書いてください。人のための案内は、ブラウザーの /annai にあります。",
        ));
    }
    let rules = Rules::shipped()
        .map_err(|error| Failure::failed(format!("案内の決まりを読めませんでした（{error}）。")))?;
    let out = std::io::stdout().lock();
    let refused = answer_all(&rules, std::io::stdin().lock(), out)?;
    match refused {
        Refused { lines: 0, .. } => Ok(()),
        Refused { lines, first } => Err(Failure::usage(format!(
            "{lines}行を読めませんでした。最初は{first}行目です。"
        ))),
    }
}

/// How many lines could not be read, and which was the first.
#[derive(Debug, Default, PartialEq, Eq)]
struct Refused {
    lines: u64,
    first: u64,
}

#[derive(Serialize)]
struct Slip<'a> {
    error: &'a str,
}

fn answer_all(rules: &Rules, input: impl Read, output: impl Write) -> Result<Refused> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let mut output = BufWriter::with_capacity(1 << 16, output);
    let mut refused = Refused::default();
    let mut line = Vec::new();
    for number in 1.. {
        // Somebody who asks line by line and waits gets each answer at once; a file is answered in blocks.
        if input.buffer().is_empty() {
            output.flush()?;
        }
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        match answer(rules, &line) {
            Ok(said) => output.write_all(said.as_bytes())?,
            Err(sentence) => {
                refused.lines += 1;
                if refused.lines == 1 {
                    refused.first = number;
                }
                serde_json::to_writer(&mut output, &Slip { error: &sentence })
                    .map_err(std::io::Error::from)?;
            }
        }
        output.write_all(b"\n")?;
    }
    output.flush()?;
    Ok(refused)
}

fn answer(rules: &Rules, line: &[u8]) -> std::result::Result<String, String> {
    let line = std::str::from_utf8(line).map_err(|_| "UTF-8で書いてください。".to_owned())?;
    door::answer_line(rules, line.trim()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_gets_a_line_and_slips_are_counted() {
        let rules = Rules::shipped().unwrap();
        let input = b"{\"who\":\"self\",\"age\":24}\nnonsense\n\n{\"age\":200}\n\xff\n{}";
        let mut output = Vec::new();
        let refused = answer_all(&rules, &input[..], &mut output).unwrap();
        assert_eq!(refused, Refused { lines: 4, first: 2 });
        let text = String::from_utf8(output).unwrap();
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 6);
        assert!(lines[0]["top"].as_array().unwrap().contains(&"HC".into()));
        for slip in &lines[1..5] {
            assert!(slip["error"].is_string());
        }
        assert!(lines[5]["fired"].is_array());
    }
}
