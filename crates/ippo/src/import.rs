//! `ippo import windows FILE`: the operator's own windows from a CSV file.

use crate::cli::{ConfigFile, OPTIONS, PAGE};
use crate::config::Config;
use crate::failure::{Failure, Result};
use crate::rooms;
use basics::{Clock, OfficeId};
use clap::Subcommand;
use directory::{Directory, Import, OwnWindow, import, imported};
use indicatif::{ProgressBar, ProgressStyle};
use office::audit::{self, Actor, Entry};
use std::path::PathBuf;
use store::{Db, transact};

const LONG_ABOUT: &str = "\
センターが自分で確かめた窓口を、CSVファイルから取り込みます。

はじめに全部の行を調べ、正しくない行を1行ずつ知らせます。
1行でも正しくなければ、何も取り込みません。--partial をつけると、正しい行だけを取り込みます。
もう一度取り込むと、同じ窓口は新しい内容に置きかわります。
動いている ippo serve には、再起動したあとで反映されます。

ファイルは UTF-8 か Shift_JIS で、1行目に列の名前を書きます（日本語でも英語でも、順番は自由です）。

  かならず要る列   種類 名称 担当地域 出典 確認日
  あるとよい列     電話 受付時間 住所 URL メール 方法 対象年齢 説明 設置主体 担当地域の説明 除く地域
                   無料 家族だけ 匿名 声なし 家から 訪問あり 予約（はい・いいえ。わからないときは空）

  種類       HC MUNI KW EDU JS FUKUSHI MHC PHC MED DEV DIS HOUKATSU IBASHO PEER FAM
             LISTEN SAPO HW DWORK LAW のどれか
  担当地域   市区町村コード。いくつもあるときは空白で区切ります。都道府県のコードは、その全部です
  確認日     2026-11-22 のように

例:
  種類,名称,担当地域,出典,確認日,電話,受付時間
  IBASHO,居場所 ひだまり,10212,https://example.jp/,2026-11-01,,火 13:00-16:00";

/// データをファイルから取り込みます
#[derive(clap::Args)]
#[command(help_template = PAGE, subcommand_help_heading = "コマンド", subcommand_value_name = "コマンド", disable_help_subcommand = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Windows(Windows),
}

/// 窓口をCSVファイルから取り込みます
#[derive(clap::Args)]
#[command(long_about = LONG_ABOUT, help_template = PAGE, next_help_heading = OPTIONS)]
struct Windows {
    /// CSVファイル
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// 調べるだけで、取り込みません
    #[arg(long)]
    dry_run: bool,
    /// 正しくない行があっても、正しい行だけを取り込みます
    #[arg(long)]
    partial: bool,
    #[command(flatten)]
    config: ConfigFile,
}

/// Checks the file and, when it is all right, stores its windows.
pub fn run(args: &Args) -> Result<()> {
    let Command::Windows(args) = &args.command;
    // The configuration first: a wrong one is not found out after a long check.
    let config = if args.dry_run {
        None
    } else {
        Some(Config::read(&args.config.path)?)
    };
    let bytes = std::fs::read(&args.file).map_err(|error| {
        Failure::usage(format!("{} を読めません（{error}）。", args.file.display()))
    })?;
    let directory = Directory::load();
    let clock = Clock::system();
    let checked = import::read(&bytes, directory.municipalities(), clock.today());
    report(&checked);
    let Some(config) = config else {
        println!("調べただけで、取り込んでいません（--dry-run）。");
        return if checked.all_right() {
            Ok(())
        } else {
            Err(Failure::quiet(1))
        };
    };
    if !checked.all_right() && !args.partial {
        return Err(Failure::failed(
            "正しくない行があるので、何も取り込みませんでした。直してもう一度取り込むか、--partial で正しい行だけを取り込んでください。",
        ));
    }
    if checked.windows.is_empty() {
        return Err(Failure::failed("取り込める行がありませんでした。"));
    }
    rooms::runtime()?.block_on(async {
        let db = rooms::open_existing(&config.database).await?;
        store_all(&db, &clock, &checked.windows).await
    })?;
    println!(
        "{}件の窓口を取り込みました。動いている ippo serve は、再起動すると新しい内容になります。",
        checked.windows.len()
    );
    Ok(())
}

fn report(checked: &Import) {
    for problem in &checked.problems {
        println!("{problem}");
    }
    let mut rows: Vec<u64> = checked.problems.iter().map(|problem| problem.row).collect();
    rows.dedup();
    println!(
        "正しい行 {}、正しくない行 {}。",
        checked.windows.len(),
        rows.len()
    );
}

/// All windows in one transaction: a file is imported whole or not at all.
async fn store_all(db: &Db, clock: &Clock, windows: &[OwnWindow]) -> Result<()> {
    /// How many rows go to the database between two steps of the bar.
    const STEP: usize = 50;
    let now = clock.now();
    let bar = ProgressBar::new(windows.len() as u64).with_style(
        ProgressStyle::with_template("取り込み中 [{bar:30}] {pos}/{len}件")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let entry = Entry::done(
        OfficeId::INSTALLATION,
        Actor::Operator,
        "directory.import",
        "",
        now,
    )
    .because(format!("windows={}", windows.len()));
    transact!(db, "directory.import", |tx| {
        bar.set_position(0);
        for some in windows.chunks(STEP) {
            imported::put(tx, some, now).await?;
            bar.inc(some.len() as u64);
        }
        audit::record(tx, &entry).await
    })?;
    bar.finish_and_clear();
    Ok(())
}
