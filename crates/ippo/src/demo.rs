//! `ippo demo`: the whole thing with invented people, on a database that is gone afterwards.

mod cases;
mod letters;
mod office;
mod peer;
mod places;
mod said;

use crate::cli::{OPTIONS, PAGE};
use crate::config;
use crate::failure::{Failure, Result};
use crate::proxies::Network;
use crate::{rooms, serve};
use basics::Clock;
use jiff::SignedDuration;
use said::Sample;
use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpListener;
use tokio::sync::watch;
use web::App;

const LONG_ABOUT: &str = "\
見本の窓口「みどり市ひきこもり地域支援センター」を動かします。人も手紙も、すべて作りものです。

データベースは一時フォルダーに作り、終わるとき（Ctrl-C）に消します。
職員とピアサポーター、4人のサインインのしかたと、見本の手紙を開く番号を表示します。
確認コードは、認証アプリに秘密の値を入れるか、ippo code で見られます。
端末で動かしているときは、Enter を押すと、いまの確認コードをもう一度表示します。

本番の窓口は ippo init で作ってください。";

/// 見本の窓口をためします（終わると何も残りません）
#[derive(clap::Args)]
#[command(long_about = LONG_ABOUT, help_template = PAGE, next_help_heading = OPTIONS)]
pub struct Args {
    /// 待ち受けるアドレス。ポート0なら、空いているポートを使います
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: String,
    /// ほかの機械から開くときのアドレス（書かなければ、待ち受けるアドレス）
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// はじめに、同じ内容を1行のJSONで表示します（テスト用）
    #[arg(long)]
    json: bool,
}

/// How long ago the letters of the sample story began; its oldest case began years before ([`cases::OLDEST`]).
const LETTERS_BEGAN: SignedDuration = SignedDuration::from_hours(24 * 12);

/// Builds the sample office and serves it.
pub fn run(args: &Args, started: Instant) -> Result<()> {
    let wrong = |flag: &'static str| {
        move |expected: String| Failure::usage(format!("{flag} が正しくありません。{expected}。"))
    };
    let listen = config::listen(&args.listen).map_err(wrong("--listen"))?;
    let public_url = args
        .public_url
        .as_deref()
        .map(config::public_url)
        .transpose()
        .map_err(wrong("--public-url"))?;
    serve::log_to_stderr();
    // Dropped, and so removed, whichever way this function ends.
    let folder = tempfile::Builder::new().prefix("ippo-demo-").tempdir()?;
    let database = format!("sqlite:{}", folder.path().join("ippo.db").display());
    rooms::runtime()?.block_on(async {
        let stopped = serve::stop_signal();
        let listener = serve::bind(listen).await?;
        let address = listener.local_addr()?;
        let public_url = public_url.unwrap_or_else(|| format!("http://{}", reachable(address)));
        let pages = pages(public_url.clone());
        let (app, sample) = sample(pages, database, public_url).await?;
        tell(args, &sample, started)?;
        watch_enter(sample);
        serve_until_stopped(app, listener, stopped).await
    })
}

/// An address that listens everywhere is opened at this machine.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => ([127, 0, 0, 1], v4.port()).into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => {
            (std::net::Ipv6Addr::LOCALHOST, v6.port()).into()
        }
        other => other,
    }
}

fn pages(public_url: String) -> web::Config {
    let mut pages = web::Config::new(public_url, vault::random());
    pages.operator = Some("みどり市（見本）".to_owned());
    pages.pattern_book = true;
    pages
}

/// The office, its people and its letters, told from five years ago until now; then the clock is the machine's.
async fn sample(pages: web::Config, database: String, public_url: String) -> Result<(App, Sample)> {
    let now = Clock::system();
    let ago = |long: SignedDuration| now.now().saturating_sub(long).unwrap_or(now.now());
    let then = Clock::fixed(ago(SignedDuration::from_hours(24 * cases::OLDEST)));
    let db = rooms::open(&database).await?;
    office::windows(&db, &Clock::fixed(ago(LETTERS_BEGAN))).await?;
    let past = rooms::app(pages.clone(), db.clone(), then.clone()).await?;
    let desk = office::found(&past, &then).await?;
    let case = cases::tell(&past, &then, &now, &desk).await?;
    peer::tell(&past, &then, &now, &desk, case).await?;
    let slips = places::tell(&past, &then, &now, &desk).await?;
    let letters = letters::write(&past, &then, &now, &desk).await?;
    past.entrance.refusals().settled().await?;
    let rules = Arc::clone(&past.guide);
    let app = App::new(pages, db, Arc::clone(&past.directory), rules, now);
    app.mailbox.schedule().await?;
    Ok((
        app,
        Sample {
            public_url,
            database,
            colleagues: desk.colleagues,
            letters,
            slips,
        },
    ))
}

fn tell(args: &Args, sample: &Sample, started: Instant) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let now = Clock::system().now();
    if args.json {
        writeln!(out, "{}", sample.json(now))?;
    }
    write!(out, "{}", sample.words(now))?;
    writeln!(
        out,
        "\n{}秒で始まりました。終わるときは Ctrl-C です。",
        format_args!("{:.1}", started.elapsed().as_secs_f64())
    )?;
    out.flush()?;
    Ok(())
}

/// Enter shows the digits of the moment, for whoever tries it at a terminal.
fn watch_enter(sample: Sample) {
    if !std::io::stdin().is_terminal() {
        return;
    }
    // Not a task: reading a terminal cannot be stopped, and the program must be able to end.
    std::thread::spawn(move || {
        let mut line = String::new();
        while std::io::stdin()
            .read_line(&mut line)
            .is_ok_and(|read| read > 0)
        {
            line.clear();
            let _ = write!(
                std::io::stdout().lock(),
                "{}",
                sample.digits(Clock::system().now())
            );
        }
    });
}

async fn serve_until_stopped(
    app: App,
    listener: TcpListener,
    stopped: watch::Receiver<bool>,
) -> Result<()> {
    let proxies = config::usual_proxies(listener.local_addr()?);
    let proxies = proxies.iter().filter_map(|text| Network::parse(text));
    serve::serve(app, listener, proxies.collect(), None, stopped).await
}
