//! An app with an empty database, for tests of the pages themselves.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Request, Response, header},
};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// The doors, and the folder that must outlive them.
pub struct House {
    pub router: Router,
    _folder: tempfile::TempDir,
}

pub async fn house(public_url: &str) -> House {
    let folder = tempfile::tempdir().unwrap();
    let db = store::Db::open(&format!(
        "sqlite:{}",
        folder.path().join("web.db").display()
    ))
    .await
    .unwrap();
    db.migrate(&[
        office::MIGRATIONS,
        mailbox::MIGRATIONS,
        casework::MIGRATIONS,
        community::MIGRATIONS,
    ])
    .await
    .unwrap();
    let mut config = web::Config::new(public_url, [7; 32]);
    config.pattern_book = true;
    let clock = basics::Clock::fixed("2026-11-22T18:00:00Z".parse().unwrap());
    let app = web::App::new(
        config,
        db,
        Arc::new(directory::Directory::load()),
        Arc::new(guide::Rules::shipped().unwrap()),
        clock,
    );
    House {
        router: web::router(app),
        _folder: folder,
    }
}

impl House {
    pub async fn ask(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Response<Body> {
        self.ask(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    pub async fn get_packed(&self, path: &str) -> Response<Body> {
        self.ask(
            Request::get(path)
                .header(header::ACCEPT_ENCODING, "gzip")
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    pub async fn post(&self, path: &str, body: &str) -> Response<Body> {
        let request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }
}

pub async fn bytes(response: Response<Body>) -> Vec<u8> {
    response
        .into_body()
        .collect()
        .await
        .unwrap()
        .to_bytes()
        .to_vec()
}

pub async fn text(response: Response<Body>) -> String {
    String::from_utf8(bytes(response).await).unwrap()
}
