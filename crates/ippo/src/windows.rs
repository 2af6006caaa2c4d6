//! `ippo windows`: which windows serve a place. The same answers as the pages give.

use crate::cli::{OPTIONS, PAGE};
use crate::failure::{Failure, Result};
use basics::MunicipalityCode;
use directory::{Directory, WindowLine};
use std::io::{BufWriter, Write};

const LONG_ABOUT: &str = "\
ある地域に住む人が相談できる窓口を表示します。設定もデータベースも要りません。

例:
  ippo windows --area 15100           新潟市
  ippo windows --postal 951-8068      郵便番号から
  ippo windows --area 15100 --json    1行に1つのJSONオブジェクト

--json の項目:
  kind          窓口の種類（HC ひきこもり地域支援センター、MUNI 市町村の窓口、JS 自立相談支援機関 など）
  name          名前
  operator      設置主体。わからないときは null
  phone         電話番号。確かさが足りず表示しないときは null
  confidence    連絡先の確かさ（high, medium-high, medium, medium-address, name-only, low, missing）
  confirmed_at  確認した日。わからないときは null
  source        出典
  serves_note   だれのための窓口か
  fallback      true は、窓口はあるが連絡先をまだ確認できていないもの
  id            窓口のページのアドレスに使う名前

市区町村コードが無いとき、郵便番号が見つからないとき、郵便番号がいくつかの市町村にまたがるときは、
1文で知らせて、終了コード2で終わります。";

/// 地域の相談窓口を調べます
#[derive(clap::Args)]
#[command(long_about = LONG_ABOUT, override_usage = "ippo windows --area CODE [--json]\n  ippo windows --postal POSTAL [--json]", help_template = PAGE, next_help_heading = OPTIONS)]
pub struct Args {
    /// 市区町村コード（5けた。都道府県は 15000 のように）
    #[arg(long, value_name = "CODE", conflicts_with = "postal")]
    area: Option<String>,
    /// 郵便番号（7けた。ハイフンがあってもかまいません）
    #[arg(long, value_name = "POSTAL")]
    postal: Option<String>,
    /// 1行に1つのJSONオブジェクトを書き出します
    #[arg(long)]
    json: bool,
}

/// Prints the windows of the place.
pub fn run(args: &Args) -> Result<()> {
    let directory = Directory::load();
    let area = area(args, &directory)?;
    let lines = directory.lines_for(area);
    let mut out = BufWriter::new(std::io::stdout().lock());
    if args.json {
        for line in &lines {
            serde_json::to_writer(&mut out, line).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
        }
    } else {
        table(&mut out, &directory, area, &lines)?;
    }
    out.flush()?;
    Ok(())
}

fn area(args: &Args, directory: &Directory) -> Result<MunicipalityCode> {
    match (&args.area, &args.postal) {
        (Some(code), _) => known(code, directory),
        (None, Some(postal)) => one_of(postal, directory),
        (None, None) => Err(Failure::usage(
            "--area（市区町村コード）か --postal（郵便番号）を書いてください。",
        )),
    }
}

fn known(text: &str, directory: &Directory) -> Result<MunicipalityCode> {
    let code = MunicipalityCode::parse(text)
        .map_err(|error| Failure::usage(format!("{error}。").replace("。。", "。")))?;
    match directory.municipality(code) {
        Some(_) => Ok(code),
        None => Err(Failure::usage(format!(
            "市区町村コード {code} は見つかりません。総務省の全国地方公共団体コードをお確かめください。"
        ))),
    }
}

fn one_of(postal: &str, directory: &Directory) -> Result<MunicipalityCode> {
    let codes = directory
        .postal(postal)
        .map_err(|error| Failure::usage(error.to_string()))?;
    if let [one] = codes[..] {
        return Ok(one);
    }
    let all = directory.municipalities();
    let choices: Vec<String> = codes
        .iter()
        .filter_map(|code| all.get(*code))
        .map(|place| format!("--area {}（{}）", place.code, place.full_name(all)))
        .collect();
    Err(Failure::usage(format!(
        "この郵便番号は{}つの市区町村にまたがっています。お住まいのところを選んでください: {}。",
        codes.len(),
        choices.join("、")
    )))
}

fn table(
    out: &mut impl Write,
    directory: &Directory,
    area: MunicipalityCode,
    lines: &[WindowLine<'_>],
) -> Result<()> {
    let all = directory.municipalities();
    let place = all.get(area).map(|place| place.full_name(all));
    writeln!(out, "{}（{area}）の窓口", place.unwrap_or_default())?;
    let mut heading = None;
    for line in lines {
        if heading != Some(line.kind) {
            heading = Some(line.kind);
            writeln!(out, "\n■ {}", directory::kind_info(line.kind).name)?;
        }
        entry(out, line)?;
    }
    writeln!(
        out,
        "\n「まだ確認できていません」は、窓口が無いという意味ではありません。"
    )?;
    Ok(())
}

fn entry(out: &mut impl Write, line: &WindowLine<'_>) -> Result<()> {
    const UNKNOWN: &str = "まだ確認できていません";
    writeln!(out, "  {}", line.name)?;
    writeln!(out, "    電話    {}", line.phone.unwrap_or(UNKNOWN))?;
    if !line.serves_note.is_empty() {
        writeln!(out, "    対象    {}", line.serves_note)?;
    }
    writeln!(
        out,
        "    確認日  {}（{}）",
        line.confirmed_at.as_deref().unwrap_or(UNKNOWN),
        line.confidence.label()
    )?;
    Ok(())
}
