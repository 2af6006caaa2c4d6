//! Serves the public pages alone, with an empty database, to look at them:
//! `cargo run -p web --example look -- 127.0.0.1:8099`.
#![allow(clippy::expect_used, reason = "an example starts or says why not")]

use std::sync::Arc;

#[tokio::main]
async fn main() {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8099".to_owned());
    let mut config = web::Config::new(format!("http://{address}"), [1; 32]);
    config.pattern_book = true;
    if let Some(away) = std::env::args().nth(2) {
        config.exit_url = away;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let db = store::Db::open(&format!(
        "sqlite:{}",
        folder.path().join("look.db").display()
    ))
    .await
    .expect("a database");
    db.migrate(&[
        office::MIGRATIONS,
        mailbox::MIGRATIONS,
        casework::MIGRATIONS,
        community::MIGRATIONS,
    ])
    .await
    .expect("migrations");
    let rules = guide::Rules::shipped().expect("the rules are whole");
    let app = web::App::new(
        config,
        db,
        Arc::new(directory::Directory::load()),
        Arc::new(rules),
        basics::Clock::system(),
    );
    let listener = tokio::net::TcpListener::bind(&address)
        .await
        .expect("the address is free");
    println!("http://{address}");
    let service = web::router(app).into_make_service_with_connect_info::<std::net::SocketAddr>();
    axum::serve(listener, service).await.expect("serving");
}
