//! `ippo audit verify`: walks the hash chains of the audit record.

use crate::cli::{ConfigFile, OPTIONS, PAGE};
use crate::config::Config;
use crate::failure::{Failure, Result};
use crate::rooms;
use basics::OfficeId;
use clap::Subcommand;
use office::audit::{self, Anchor, ChainReport};
use std::collections::HashMap;

const LONG_ABOUT: &str = "\
記録の鎖を、はじめから終わりまで確かめます。

だれが、いつ、何をしたかの記録は、窓口ごとに1本の鎖になっています。
1行でも書きかえられたり、抜かれたりすると、鎖が合わなくなります。

  終了コード0  すべての鎖が合っています。
  終了コード1  合わない鎖があります。どこで合わないかを表示します。

表示される「控え」を、紙やほかの場所に書き写しておくと、あとから鎖をまるごと作りかえても分かります。
  ippo audit verify --anchor 控え";

/// 記録の鎖を確かめます
#[derive(clap::Args)]
#[command(help_template = PAGE, subcommand_help_heading = "コマンド", subcommand_value_name = "コマンド", disable_help_subcommand = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Verify(Verify),
}

/// 記録の鎖を、はじめから終わりまで確かめます
#[derive(clap::Args)]
#[command(long_about = LONG_ABOUT, help_template = PAGE, next_help_heading = OPTIONS)]
struct Verify {
    #[command(flatten)]
    config: ConfigFile,
    /// 前に書き写した控え（何度でも書けます）
    #[arg(long, value_name = "ANCHOR")]
    anchor: Vec<String>,
}

/// Verifies and prints one line a chain.
pub fn run(args: &Args) -> Result<()> {
    let Command::Verify(args) = &args.command;
    let config = Config::read(&args.config.path)?;
    let anchors = args
        .anchor
        .iter()
        .map(|text| anchor(text))
        .collect::<Result<Vec<_>>>()?;
    rooms::runtime()?.block_on(async {
        let db = rooms::open_existing(&config.database).await?;
        let offices = office::office::all(&mut db.read().await?).await?;
        let mut names: HashMap<OfficeId, String> =
            offices.into_iter().map(|office| (office.id, office.name)).collect();
        names.insert(OfficeId::INSTALLATION, "サーバー全体".to_owned());
        let reports = audit::verify_against(&db, &anchors).await?;
        let mut broken = 0;
        for report in &reports {
            println!("{}", sentence(report, &names));
            broken += u8::from(report.fault.is_some());
        }
        match broken {
            0 => {
                println!("すべての鎖が合っています（{}本）。", reports.len());
                Ok(())
            }
            _ => Err(Failure::failed(format!(
                "{}本のうち{broken}本の鎖が合いません。データベースに手を加えず、写しを取って、責任者に知らせてください。",
                reports.len()
            ))),
        }
    })
}

fn sentence(report: &ChainReport, names: &HashMap<OfficeId, String>) -> String {
    let name = names
        .get(&report.office)
        .map_or("（名前の分からない窓口）", String::as_str);
    match &report.fault {
        None => format!(
            "合っています  {name}  {}行  控え {}:{}:{}",
            report.rows,
            report.office,
            report.rows,
            report.head_hex()
        ),
        Some(fault) => format!("合いません    {name}  {}行まで  {fault}", report.rows),
    }
}

/// `窓口の番号:行の番号:値`, as it was printed.
fn anchor(text: &str) -> Result<Anchor> {
    let read = || {
        let (office, rest) = text.trim().split_once(':')?;
        let (seq, hash) = rest.split_once(':')?;
        let hash = data_encoding::HEXLOWER_PERMISSIVE
            .decode(hash.as_bytes())
            .ok()?;
        Some(Anchor {
            office: office.parse().ok()?,
            seq: seq.parse().ok()?,
            hash: hash.try_into().ok()?,
        })
    };
    read().ok_or_else(|| {
        Failure::usage(
            "--anchor を読めません。ippo audit verify が表示した控えを、そのまま書いてください。",
        )
    })
}
