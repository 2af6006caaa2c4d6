//! Nothing typed, no address, no secret of a path turns up in the log.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use crate::house::house;
use axum::{
    body::Body,
    http::{Request, header},
};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Paper {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test(flavor = "current_thread")]
async fn the_log_knows_the_kind_of_page_and_nothing_else() {
    let house = house("http://localhost").await;
    let paper = Paper::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(paper.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    house.get("/yomi?kara=/himitsu-path").await;
    house.get("/himitsu-path/ABCDEFGH").await;
    house.get("/tegami/k/HIMITSU-CODE-1234").await;
    let request = Request::post("/yomi")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::USER_AGENT, "Furui-Keitai/1.0")
        .header(header::COOKIE, "v=himitsu-cookie")
        .header("x-forwarded-for", "203.0.113.9")
        .body(Body::from("t=dark&bun=himitsu-kotoba"))
        .unwrap();
    house.ask(request).await;
    drop(guard);
    let log = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("GET /yomi 200"), "{log}");
    assert!(log.contains("GET - 404"), "{log}");
    for secret in ["himitsu", "HIMITSU", "ABCDEFGH", "Furui", "203.0.113.9"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}
