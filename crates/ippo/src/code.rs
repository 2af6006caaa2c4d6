//! `ippo code`: the six digits of this moment, for trying the demo without an app.

use crate::cli::PAGE;
use crate::failure::{Failure, Result};
use basics::Clock;
use office::TotpSecret;

const LONG_ABOUT: &str = "\
確認コード（6けたの数字）を表示します。`ippo demo` を、認証アプリなしで試すためのものです。
ふだんの職員は、自分のスマートフォンの認証アプリを使ってください。

  ippo code ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// 見本を試すための確認コードを表示します
#[derive(clap::Args)]
#[command(long_about = LONG_ABOUT, help_template = PAGE, next_help_heading = "引数")]
pub struct Args {
    /// 認証アプリの秘密の値（ippo demo が表示します）
    #[arg(value_name = "SECRET")]
    secret: String,
}

/// Prints the digits.
pub fn run(args: &Args) -> Result<()> {
    let secret = TotpSecret::parse(&args.secret).map_err(|_| {
        Failure::usage("秘密の値を読めません。ippo demo が表示した32文字をそのまま書いてください。")
    })?;
    println!("{}", secret.code_at(Clock::system().now()));
    Ok(())
}
