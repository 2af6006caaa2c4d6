//! `ippo serve`: the server, from opening the house to closing it.

use crate::cli::{ConfigFile, OPTIONS, PAGE};
use crate::config::Config;
use crate::failure::{Failure, Result};
use crate::post::{self, Post};
use crate::proxies::{self, Network};
use crate::rooms;
use basics::Clock;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::watch;
use web::App;

const LONG_ABOUT: &str = "\
サーバーを動かします。Ctrl-C か SIGTERM を受けると、いまの応答を終えてから止まります。

データベースの表は、はじめに自動で新しい版に合わせます。
期限の過ぎた手紙や予約の消去、これから先の開催日の書き足し、使われていないサインインの片づけも、
このプログラムの中で行います。ippo.toml に [mail] があるときは、望んだ人への予定のお知らせを送ります。
TLS（https）は、手前のプロキシ（nginx など）で終わらせてください。そのときは ippo.toml に
public_url（https:// から）と trusted_proxies を書きます。

PostgreSQL を使うときは、同じデータベースに向けて、いくつでも同時に動かせます。";

/// サーバーを動かします
#[derive(clap::Args)]
#[command(long_about = LONG_ABOUT, help_template = PAGE, next_help_heading = OPTIONS)]
pub struct Args {
    #[command(flatten)]
    config: ConfigFile,
}

/// How long answers that are under way may take after the signal. Live pages of the desk never end by themselves.
const LAST_ANSWERS: Duration = Duration::from_secs(10);
/// How often the job table is looked at.
const JOBS_EVERY: Duration = Duration::from_mins(5);
/// How often limits and sessions are tidied.
const TIDY_EVERY: Duration = Duration::from_hours(1);
/// How often the days of places are laid out ahead, and old bookings forgotten.
const PLACES_EVERY: Duration = Duration::from_hours(24);
/// Slips that one round forgets at most (`community::retention`).
const ONE_ROUND: u64 = 500;

/// Serves until told to stop.
pub fn run(args: &Args, started: Instant) -> Result<()> {
    let config = Config::read(&args.config.path)?;
    log_to_stderr();
    warn_if_others_can_read(&args.config.path);
    rooms::runtime()?.block_on(async {
        let stopped = stop_signal();
        let mail = config.mail.as_ref();
        let post = mail
            .map(|mail| Post::new(mail, &config.public_url))
            .transpose()?;
        let app = rooms::app_of(&config, Clock::system()).await?;
        app.mailbox.schedule().await?;
        let listener = bind(config.listen).await?;
        tracing::info!(
            "ippo {} {} {} {}ms",
            env!("CARGO_PKG_VERSION"),
            app.db.engine_name(),
            listener.local_addr()?,
            started.elapsed().as_millis()
        );
        serve(app, listener, config.trusted_proxies.into(), post, stopped).await
    })
}

/// Logs go to standard error; standard output is for answers.
pub fn log_to_stderr() {
    let filter = std::env::var("IPPO_LOG").unwrap_or_else(|_| "info".to_owned());
    let filter = tracing_subscriber::EnvFilter::try_new(filter)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(filter)
        .init();
    web::log::quiet_panics();
}

#[cfg(unix)]
fn warn_if_others_can_read(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let open = std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
    if open {
        tracing::warn!(
            "{} はほかの利用者も読めます。chmod 600 で閉じてください",
            path.display()
        );
    }
}

#[cfg(not(unix))]
fn warn_if_others_can_read(_: &Path) {}

/// Takes the address; port 0 takes a free one.
pub async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::failed(format!("{address} で待ち受けられません（{error}）。ほかのプログラムが使っていないか、お確かめください。"))
    })
}

/// Serves the pages and does the house's own work until a signal comes.
pub async fn serve(
    app: App,
    listener: TcpListener,
    trusted: Arc<[Network]>,
    post: Option<Post>,
    stopped: watch::Receiver<bool>,
) -> Result<()> {
    let jobs = tokio::spawn(house_work(app.clone(), stopped.clone()));
    // On its own: a mail server that takes its time must keep nothing else waiting.
    let messages =
        post.map(|post| tokio::spawn(post::work(app.community.clone(), post, stopped.clone())));
    let refusals = app.entrance.refusals().clone();
    let router = web::router(app).layer(axum::middleware::from_fn(move |request, next| {
        proxies::see_through(Arc::clone(&trusted), request, next)
    }));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        // An answer leaves at once, not when the next packet comes.
        let _ = stream.set_nodelay(true);
    });
    let server = axum::serve(listener, service).with_graceful_shutdown(told(stopped.clone()));
    tokio::select! {
        done = server => done?,
        () = async { told(stopped).await; tokio::time::sleep(LAST_ANSWERS).await } => {
            tracing::info!("終わらない接続を閉じます");
        }
    }
    let _ = jobs.await;
    if let Some(messages) = messages {
        let _ = tokio::time::timeout(LAST_ANSWERS, messages).await;
    }
    // What was refused in the last moment is in the chain before the program ends.
    let _ = refusals.settled().await;
    tracing::info!("止まりました");
    Ok(())
}

async fn told(mut stopped: watch::Receiver<bool>) {
    // An error means that nobody can tell any more, which is as good as being told.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Becomes true with SIGINT (Ctrl-C) or SIGTERM. Called before anything is announced: whoever is told that the program
/// listens may tell it to stop, and must not kill it in the middle of an answer.
pub fn stop_signal() -> watch::Receiver<bool> {
    let (stop, stopped) = watch::channel(false);
    #[cfg(unix)]
    let terminate = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate())
    };
    tokio::spawn(async move {
        #[cfg(unix)]
        if let Ok(mut terminate) = terminate {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            let _ = stop.send(true);
            return;
        }
        let _ = tokio::signal::ctrl_c().await;
        let _ = stop.send(true);
    });
    stopped
}

/// What must not wait for a request: retention, and rows that nobody needs any more.
async fn house_work(app: App, stopped: watch::Receiver<bool>) {
    let mut jobs = tokio::time::interval(JOBS_EVERY);
    let mut tidy = tokio::time::interval(TIDY_EVERY);
    let mut places = tokio::time::interval(PLACES_EVERY);
    loop {
        tokio::select! {
            () = told(stopped.clone()) => return,
            _ = jobs.tick() => {
                if let Err(error) = app.mailbox.run_due_job().await {
                    tracing::error!(?error, "期限の過ぎた手紙の消去ができませんでした");
                }
            }
            _ = tidy.tick() => {
                if let Err(error) = office::limits::purge(&app.db, &app.clock).await {
                    tracing::error!(?error, "制限の行の片づけができませんでした");
                }
                if let Err(error) = app.entrance.purge_sessions().await {
                    tracing::error!(?error, "サインインの片づけができませんでした");
                }
                if let Err(error) = app.casework.purge_drafts().await {
                    tracing::error!(?error, "古い書きかけの片づけができませんでした");
                }
                if let Err(error) = app.community.give_up_late_messages().await {
                    tracing::error!(?error, "送れなかったお知らせの片づけができませんでした");
                }
            }
            _ = places.tick() => {
                if let Err(error) = app.community.lay_out_days().await {
                    tracing::error!(?error, "これから先の開催日を書き足せませんでした");
                }
                if let Err(error) = forget_bookings(&app).await {
                    tracing::error!(?error, "期限の過ぎた予約の消去ができませんでした");
                }
            }
        }
    }
}

/// What is over is forgotten, in rounds, so that no transaction is long.
async fn forget_bookings(app: &App) -> community::Result<()> {
    while app.community.forget().await? >= ONE_ROUND {}
    Ok(())
}
