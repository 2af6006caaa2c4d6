//! The command line: which commands there are, and what `--help` says.

use crate::failure::Result;
use crate::{audit, code, demo, guide, import, init, serve, windows};
use clap::{ArgAction, Parser, Subcommand};
use std::path::PathBuf;
use std::time::Instant;

/// The heading of every list of options.
pub const OPTIONS: &str = "オプション";
/// The page of one command or of the whole program.
pub const PAGE: &str = "{before-help}{about-with-newline}
使い方:
  {usage}

{all-args}{after-help}
";

const ABOUT: &str = "Ippo（一歩）— ひきこもり地域支援センターの仕事を支えるプログラム";

const LONG_ABOUT: &str = "\
Ippo（一歩）— ひきこもり地域支援センターの仕事を支えるプログラム

ご本人やご家族が、合う窓口を見つけ、名前を言わずに手紙を書き、返事を受け取ります。
センターの職員が、手紙を読み、返事を書きます。ひとつのプログラムで、ぜんぶ動きます。

ためしてみる（何も残りません）:
  ippo demo

センターで使いはじめる:
  1. ippo init      窓口の名前などを聞かれます。設定ファイル ippo.toml ができます。
  2. 画面に出た復旧シートを紙に写し、金庫に入れます。
  3. ippo serve     サーバーを動かします。止めるときは Ctrl-C です。
  4. 画面に出た登録アドレスを、最初の管理者がブラウザーで開きます。";

const AFTER: &str = "\
終了コード:
  0  できました。
  1  できませんでした（データベースにつながらない、記録の鎖が合わない、など）。
  2  コマンドや設定の書き方が正しくありません。何を直せばよいかを1文で表示します。

設定:
  ippo.toml は今いるフォルダーから読みます（--config で変えられます）。
  環境変数 IPPO_DATABASE と IPPO_LISTEN は、ippo.toml の database と listen より優先します。
  記録の細かさは IPPO_LOG で変えられます（error, warn, info, debug）。記録は標準エラー出力に出ます。
  手紙の中身、入力された言葉、相手のアドレスは、記録に残りません。

各コマンドの説明: ippo コマンド --help";

/// The whole command line.
#[derive(Parser)]
#[command(
    name = "ippo",
    version,
    about = ABOUT,
    long_about = LONG_ABOUT,
    after_long_help = AFTER,
    after_help = "くわしい説明: ippo --help",
    help_template = PAGE,
    subcommand_help_heading = "コマンド",
    subcommand_value_name = "コマンド",
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true,
    next_help_heading = OPTIONS,
    max_term_width = 100
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// この説明を表示します（-h は短い説明）
    #[arg(short, long, action = ArgAction::Help, global = true, help_heading = OPTIONS)]
    help: Option<bool>,
    /// 版を表示します
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

#[derive(Subcommand)]
enum Command {
    Init(init::Args),
    Serve(serve::Args),
    Demo(demo::Args),
    Windows(windows::Args),
    Guide(guide::Args),
    Import(import::Args),
    Audit(audit::Args),
    Code(code::Args),
}

/// Where the configuration lies; for every command that needs it.
#[derive(clap::Args)]
pub struct ConfigFile {
    /// 設定ファイル
    #[arg(long = "config", value_name = "FILE", default_value = "ippo.toml", hide_default_value = true, help_heading = OPTIONS, help = "設定ファイル（書かなければ ./ippo.toml）")]
    pub path: PathBuf,
}

impl Cli {
    /// Does what was asked.
    pub fn run(self, started: Instant) -> Result<()> {
        match self.command {
            Command::Init(args) => init::run(&args),
            Command::Serve(args) => serve::run(&args, started),
            Command::Demo(args) => demo::run(&args, started),
            Command::Windows(args) => windows::run(&args),
            Command::Guide(args) => guide::run(&args),
            Command::Import(args) => import::run(&args),
            Command::Audit(args) => audit::run(&args),
            Command::Code(args) => code::run(&args),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_whole() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_option_is_explained() {
        fn look(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(
                    argument.get_help().is_some(),
                    "{} {}",
                    command.get_name(),
                    argument.get_id()
                );
            }
            command.get_subcommands().for_each(look);
        }
        look(&Cli::command());
    }
}
