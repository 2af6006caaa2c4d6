//! Style sheets, the little script and the icon: part of the program, named by their content, kept for ever.

use std::{
    collections::HashMap,
    io::Write as _,
    sync::{Arc, LazyLock},
};

use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use data_encoding::HEXLOWER;
use flate2::{Compression, write::GzEncoder};
use rust_embed::RustEmbed;

use crate::{App, Trouble};

#[derive(RustEmbed)]
#[folder = "assets"]
struct Files;

/// One file as it is sent.
struct Asset {
    kind: HeaderValue,
    plain: Bytes,
    packed: Bytes,
}

struct Shelf {
    by_url_name: HashMap<String, Arc<Asset>>,
    url_of: HashMap<String, String>,
}

static SHELF: LazyLock<Shelf> = LazyLock::new(|| {
    let mut shelf = Shelf {
        by_url_name: HashMap::new(),
        url_of: HashMap::new(),
    };
    for name in Files::iter() {
        let Some(file) = Files::get(&name) else {
            continue;
        };
        let hash = HEXLOWER.encode(&file.metadata.sha256_hash()[..6]);
        let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, "bin"));
        let url_name = format!("{stem}.{hash}.{ending}");
        let kind = mime_guess::from_path(&*name).first_or_octet_stream();
        let kind = if kind.type_() == "text" || kind.subtype() == "javascript" {
            format!("{kind}; charset=utf-8")
        } else {
            kind.to_string()
        };
        let plain = Bytes::from(file.data.into_owned());
        shelf
            .url_of
            .insert(name.to_string(), format!("/assets/{url_name}"));
        shelf.by_url_name.insert(
            url_name,
            Arc::new(Asset {
                kind: HeaderValue::from_str(&kind)
                    .unwrap_or(HeaderValue::from_static("application/octet-stream")),
                packed: pack(&plain),
                plain,
            }),
        );
    }
    shelf
});

fn pack(plain: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail; an empty result simply means the plain bytes are sent.
    if encoder.write_all(plain).is_err() {
        return Bytes::new();
    }
    encoder.finish().map(Bytes::from).unwrap_or_default()
}

/// The address of a file in `assets/`, with its content in the name. An unknown name leads to a plain 404.
pub fn url(name: &str) -> &'static str {
    SHELF
        .url_of
        .get(name)
        .map_or("/assets/missing", String::as_str)
}

/// Size of a file as sent with gzip, for the tests of the byte budget.
pub fn packed_size(name: &str) -> usize {
    let url = url(name).trim_start_matches("/assets/");
    SHELF
        .by_url_name
        .get(url)
        .map_or(0, |asset| asset.packed.len())
}

/// The files' door.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/assets/{name}", get(file))
        .route("/favicon.ico", get(icon))
}

async fn icon(headers: HeaderMap) -> Response {
    let mut response = send(url("icon.svg").trim_start_matches("/assets/"), &headers);
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=86400"),
    );
    response
}

async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    send(&name, &headers)
}

fn send(url_name: &str, asked: &HeaderMap) -> Response {
    let Some(asset) = SHELF.by_url_name.get(url_name) else {
        return Trouble::NotFound.into_response();
    };
    let gzip = asked
        .get(header::ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| {
            v.split(',')
                .any(|part| part.split(';').next().is_some_and(|c| c.trim() == "gzip"))
        });
    let gzip = gzip && !asset.packed.is_empty() && asset.packed.len() < asset.plain.len();
    let mut response = if gzip {
        asset.packed.clone()
    } else {
        asset.plain.clone()
    }
    .into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, asset.kind.clone());
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}
